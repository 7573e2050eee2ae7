"""Judges: they say how good a learner is, on held-out speakers or on the whole target set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, Learner
from seral_core.learners.in_blocks import believed
from seral_core.learners.matched import Matched, filled, matched
from seral_core.scores.metrics import ccc, detail, score
from seral_core.types import Belief, Target, Task

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
    gold : mapping of target name to array of shape (rows,), or to Answers
        Class numbers (-1 where unknown), or native units (nan where unknown): the units that a
        learner gives a row are pooled. Answers where the target has a rate: all units of all traces
        are scored together, and the detail has the concordance of each trace.

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
    gold: Mapping[str, NDArray[Any] | Answers]

    def __call__(self, learner: Learner, known: Known) -> Verdict:
        """Score the learner's predictions of the test segments."""
        return _verdict(believed(learner.predict, self.table), self.task, self.gold)


@dataclass(frozen=True, eq=False)
class WholeSet:
    """Scores on the whole pool, with the labels known so far filled in.

    This answers "how good would the corpus be labelled if we stopped now?".

    Parameters
    ----------
    task : tuple of Target
        What is scored.
    gold : mapping of target name to array of shape (rows of the pool,), or to Answers
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
    gold: Mapping[str, NDArray[Any] | Answers]

    def __call__(self, learner: Learner, known: Known) -> Verdict:
        """Score predictions for what is unknown and answers for what is known."""
        prediction = believed(learner.predict, known.table)
        of = getattr(known, "everything", known.answers.__getitem__)
        both = {t.name: filled(prediction[t.name], of(t.name), t) for t in self.task}
        return _verdict(both, self.task, self.gold)


def _verdict(prediction: Mapping[str, Belief], task: Task, gold: Mapping[str, NDArray[Any] | Answers]) -> Verdict:
    scores, details = {}, {}
    for target in task:
        found = matched(prediction[target.name], known_gold(gold[target.name], target), target)
        scores[target.name] = score(found.belief, target, found.values)
        details[target.name] = detail(found.belief, target, found.values) | _each_trace(found, target)
    return scores, details


def known_gold(gold: NDArray[Any] | Answers, target: Target) -> Answers:
    """Return gold as answers, without the rows that have none.

    Parameters
    ----------
    gold : array of shape (rows,), or Answers
        Class numbers (-1 where unknown), or native units (nan where unknown); answers where the
        target has a rate.
    target : Target
        What it is about.

    Examples
    --------
    >>> known_gold(np.array([0.5, np.nan, 0.1]), Target("arousal")).rows
    array([0, 2])
    """
    if isinstance(gold, Answers):
        return gold
    rows = np.flatnonzero(~np.isnan(gold) if target.is_scale else gold >= 0)
    return Answers(rows, gold[rows], np.ones(len(rows)))


def _each_trace(found: Matched, target: Target) -> dict[str, list[float]]:
    """Return the concordance of each trace by itself; the score is that of all units together."""
    if not (target.rate_hz and target.is_scale):
        return {}
    pairs = pairwise(found.bounds.tolist())
    guess = np.asarray(found.belief.guess, np.float64)
    return {"ccc of each": [round(ccc(found.values[a:b], guess[a:b]), 6) for a, b in pairs if b > a]}
