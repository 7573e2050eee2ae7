"""One head for each rater: models of what single people would say, whose mean is what the crowd would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.joined_beliefs import join_members
from seral_core.learners.base import Answers, Known, Learner, Progress, learners
from seral_core.learners.per_target import PerTarget
from seral_core.learners.softmax import SoftmaxRegression
from seral_core.learners.voted import votes_of
from seral_core.scores.dawid_skene import named
from seral_core.types import Prediction, Target, Task


@dataclass
class PerRater:
    """A head for each rater, trained on this rater's votes, and on all others' with a lower weight.

    The belief has a member for each head, in the order of ``raters``: committee strategies see how far raters are
    thought to differ. Votes without names are one rater's.

    Parameters
    ----------
    task : tuple of Target
        Categories.
    C : float
        Inverse strength of each head's regularisation, on standardised features.
    shared : float
        What others' votes weigh in a head, in [0, 1]: 0 leaves a rater of few votes with a poor head, 1 makes all
        heads alike.

    References
    ----------
    .. [1] Davani, Diaz and Prabhakaran, Dealing with disagreements: looking beyond the majority vote in subjective
       annotations, TACL 10, 2022.

    Examples
    --------
    >>> from seral_core.learners.base import trained
    >>> from seral_core.learners.voted import Voted
    >>> from seral_core.types import Label
    >>> emotion = Target("emotion", ("anger", "fear"))
    >>> said = {"a": ("anger", "anger"), "b": ("fear", "anger")}
    >>> labels = tuple(Label(i, "emotion", v, r) for i, vs in said.items() for r, v in zip(("ann", "ben"), vs))
    >>> answers = {"emotion": Answers(np.array([0, 1]), np.array([0, 1]), np.ones(2))}
    >>> known = Voted(FeatureTable(np.array([[-2.0], [2.0]]), ("a", "b")), (emotion,), answers, labels)
    >>> learner = trained(PerRater((emotion,), C=9.0, shared=0.0), known, np.random.default_rng(0))
    >>> learner.raters["emotion"], learner.predict(known.table)["emotion"].proba[:, 1].round(1).tolist()
    (('ann', 'ben'), [[0.0, 1.0], [1.0, 0.0]])
    """

    task: Task
    C: float = 0.03
    shared: float = 0.2
    raters: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _heads: dict[str, list[Learner]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.shared <= 1:
            raise BadPlan(f"shared of per-rater is {self.shared}; expected a weight from 0 to 1; correct it")

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Train the heads of each target; one for all where nobody has answered yet."""
        self.raters, self._heads = {}, {}
        for target in self.task:
            votes = votes_of(known, target)
            who = named(votes["rater"])
            self.raters[target.name] = tuple(sorted(set(who))) or ("nobody",)
            self._heads[target.name] = []
            for i, rater in enumerate(self.raters[target.name]):
                yield Progress(i / len(self.raters[target.name]), rater)
                weights = votes["weight"].to_numpy(float) * np.where(who == rater, 1.0, self.shared)
                head = PerTarget((target,), SoftmaxRegression(C=self.C, balanced=True))
                yield from head.train(_said(known, target, votes, weights), rng)
                self._heads[target.name].append(head)

    def predict(self, table: FeatureTable) -> Prediction:
        """Return beliefs with a member for each rater."""
        found = {name: [head.predict(table)[name] for head in heads] for name, heads in self._heads.items()}
        return {name: join_members(beliefs) for name, beliefs in found.items()}

    def committee(self, table: FeatureTable) -> Prediction:
        """Return the same: the raters are the committee."""
        return self.predict(table)


def _said(known: Known, target: Target, votes: pd.DataFrame, weights: np.ndarray) -> Known:
    """Return what a head learns from: a row for each vote that counts."""
    counts = weights > 0
    rows = known.table.rows(votes["segment"][counts])
    order = np.argsort(rows, kind="stable")
    values = pd.Index(target.classes).get_indexer(pd.Index(votes["value"][counts]))
    answers = Answers(rows[order], values[order], weights[counts][order])
    return replace(known, task=(target,), answers={target.name: answers})


@learners.register("per-rater")
def per_rater(task: Task, *, C: float = 0.03, shared: float = 0.2) -> Learner:
    """Logistic regression with one head a rater; the committee's members are the raters.

    Parameters
    ----------
    task : tuple of Target
        Categories.
    C, shared : float
        As of `PerRater`.

    Returns
    -------
    Learner
        Beliefs with a member for each rater who has answered.

    Examples
    --------
    >>> per_rater((Target("emotion", ("anger", "sadness")),), shared=2)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: shared of per-rater is 2; expected a weight from 0 to 1; correct it
    """
    return PerRater(task, C, shared)
