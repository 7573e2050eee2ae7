"""Judges: they say how good a learner is, on held-out speakers or on the whole target set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, Learner
from seral_core.scores.metrics import detail, score
from seral_core.types import Belief, Classes, Ints, Scale, Task

Verdict = tuple[dict[str, dict[str, float]], dict[str, dict[str, Any]]]


class Judge(Protocol):
    """Anything that scores a trained learner.

    Examples
    --------
    >>> judge: Judge = lambda learner, known: ({"emotion": {"answers": float(len(known))}}, {})
    >>> judge(None, Known(FeatureTable(np.eye(2), ("a", "b")), (), {}))
    ({'emotion': {'answers': 0.0}}, {})
    """

    def __call__(self, learner: Learner, known: Known, /) -> Verdict:
        """Return scores and details by target, as in `seral_core.runs.events.Scored`."""
        ...


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Scores on segments that are never asked for, of other speakers where the split says so.

    Parameters
    ----------
    table : FeatureTable
        The test segments.
    task : tuple of Target
        What is scored.
    gold : mapping of target name to array of shape (rows,)
        Class numbers (-1 where unknown), or native units (nan where unknown).

    Examples
    --------
    >>> from seral_core.learners.base import learners, trained
    >>> from seral_core.types import Target
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> table = FeatureTable(np.array([[0.0], [1.0], [4.0]]), ("a", "b", "c"))
    >>> known = Known(table, task, {"emotion": Answers(np.array([0, 2]), np.array([0, 1]), np.ones(2))})
    >>> learner = trained(learners["logistic-regression"](task), known, np.random.default_rng(0))
    >>> test = FeatureTable(np.array([[0.5], [3.5], [9.0]]), ("x", "y", "z"))
    >>> scores, _ = HeldOut(test, task, {"emotion": np.array([0, 1, -1])})(learner, known)
    >>> scores["emotion"]["uar"]
    1.0
    """

    table: FeatureTable
    task: Task
    gold: Mapping[str, NDArray[Any]]

    def __call__(self, learner: Learner, known: Known) -> Verdict:
        """Score the learner's predictions of the test segments."""
        return _verdict(learner.predict(self.table), self.task, self.gold)


@dataclass(frozen=True, eq=False)
class WholeSet:
    """Scores on the whole pool, with the labels known so far filled in.

    This answers "how good would the corpus be labelled if we stopped now?".

    Parameters
    ----------
    task : tuple of Target
        What is scored.
    gold : mapping of target name to array of shape (rows of the pool,)
        As in `HeldOut`.

    Examples
    --------
    >>> from seral_core.learners.base import learners, trained
    >>> from seral_core.types import Target
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> table = FeatureTable(np.array([[0.0], [1.0], [4.0]]), ("a", "b", "c"))
    >>> known = Known(table, task, {"emotion": Answers(np.array([0, 2]), np.array([0, 1]), np.ones(2))})
    >>> learner = trained(learners["logistic-regression"](task), known, np.random.default_rng(0))
    >>> scores, detail = WholeSet(task, {"emotion": np.array([0, 1, 1])})(learner, known)
    >>> detail["emotion"]["confusion"], round(scores["emotion"]["uar"], 2)
    ([[1, 0], [1, 1]], 0.75)
    """

    task: Task
    gold: Mapping[str, NDArray[Any]]

    def __call__(self, learner: Learner, known: Known) -> Verdict:
        """Score predictions for what is unknown and answers for what is known."""
        prediction = learner.predict(known.table)
        filled = {t.name: _filled(prediction[t.name], known.answers[t.name]) for t in self.task}
        return _verdict(filled, self.task, self.gold)


def _filled(belief: Belief, answers: Answers) -> Belief:
    if isinstance(belief, Classes):
        proba = belief.proba.copy()
        proba[:, answers.rows] = np.eye(proba.shape[-1])[answers.values]
        return replace(belief, proba=proba)
    mean = belief.mean.copy()
    mean[:, answers.rows] = answers.values
    return replace(belief, mean=mean)


def _verdict(prediction: Mapping[str, Belief], task: Task, gold: Mapping[str, NDArray[Any]]) -> Verdict:
    scores, details = {}, {}
    for target in task:
        truth = gold[target.name]
        rated = np.flatnonzero(~np.isnan(truth) if target.is_scale else truth >= 0)
        belief = _rows(prediction[target.name], rated)
        scores[target.name] = score(belief, target, truth[rated])
        details[target.name] = detail(belief, target, truth[rated])
    return scores, details


def _rows(belief: Belief, rows: Ints) -> Belief:
    match belief:
        case Classes(proba):
            return Classes(proba[:, rows])
        case Scale(mean, std):
            return Scale(mean[:, rows], std[:, rows])
