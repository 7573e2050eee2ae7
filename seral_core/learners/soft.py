"""Soft labels: a clip that raters hear differently is learned as several classes, by their shares of the votes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from seral_core.errors import UnknownName
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, Learner, Progress, learners
from seral_core.learners.per_target import PerTarget
from seral_core.learners.recommended import SpreadRidge
from seral_core.learners.softmax import SoftmaxRegression
from seral_core.learners.voted import WAYS, shares_of
from seral_core.types import Prediction, Target, Task


@dataclass
class Soft:
    """A learner that is trained on soft labels: a clip enters once for each class, with its share as weight.

    For one that minimises the cross-entropy of its labels this is exactly the cross-entropy with the soft label, and
    any that takes weights can do it. Scales and traces are learned as they are.

    Parameters
    ----------
    learner : Learner
        Trained on weighted labels. One that weighs classes by how many labels they have counts a clip for each of its
        classes: leave that to ``balanced`` here.
    by : {"votes", "weighted", "dawid-skene"}
        As of `seral_core.learners.voted.shares_of`.
    hard : bool
        Learn only the class with the largest share, the first of equals.
    balanced : bool
        Weigh classes inversely to their shares of all labels.

    References
    ----------
    .. [1] Li, Wang, Zhang, Funakoshi and Okumura, Active learning with task adaptation pre-training for speech emotion
       recognition, 2024, section 5.8.

    Examples
    --------
    >>> from seral_core.learners.base import trained
    >>> from seral_core.learners.voted import Voted
    >>> from seral_core.types import Label
    >>> emotion = Target("emotion", ("anger", "fear"))
    >>> votes = {"a": ("anger", "anger", "fear"), "b": ("fear", "fear", "fear")}
    >>> labels = tuple(Label(i, "emotion", v, f"r{r}") for i, said in votes.items() for r, v in enumerate(said))
    >>> answers = {"emotion": Answers(np.array([0, 1]), np.array([0, 1]), np.ones(2))}
    >>> known = Voted(FeatureTable(np.array([[-9.0], [9.0]]), ("a", "b")), (emotion,), answers, labels)
    >>> learner = trained(learners["soft"]((emotion,), C=100.0, balanced=False), known, np.random.default_rng(0))
    >>> learner.predict(known.table)["emotion"].mean.round(2)
    array([[0.67, 0.33],
           [0.  , 1.  ]])
    """

    learner: Learner
    by: str = "votes"
    hard: bool = False
    balanced: bool = False

    def __post_init__(self) -> None:
        if self.by not in WAYS:
            raise UnknownName("way to soft labels", self.by, WAYS)

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Train the learner on what votes share out."""
        soft = {t.name: self._shared_out(known, t) for t in known.task if not (t.is_scale or t.rate_hz)}
        yield from self.learner.train(replace(known, answers={**known.answers, **soft}), rng)

    def predict(self, table: FeatureTable) -> Prediction:
        """Return what the learner believes."""
        return self.learner.predict(table)

    def _shared_out(self, known: Known, target: Target) -> Answers:
        answers = known.answers[target.name]
        shares = shares_of(known, target, self.by)
        if self.hard:
            shares = np.eye(len(target.classes))[shares.argmax(axis=1)] if len(shares) else shares
        weights = shares * answers.weights[:, None]
        if self.balanced:
            mass = weights.sum(axis=0)
            weights = weights * np.divide(mass.sum(), mass * (mass > 0).sum(), out=np.zeros(len(mass)), where=mass > 0)
        which, value = np.nonzero(weights)
        return Answers(answers.rows[which], value, weights[which, value])


@learners.register("soft")
def soft(task: Task, *, by: str = "votes", hard: bool = False, C: float = 0.03, balanced: bool = True) -> Learner:
    """Logistic regression on soft labels, ridge for scales.

    Parameters
    ----------
    task : tuple of Target
        Categories, scales, or both.
    by : {"votes", "weighted", "dawid-skene"}
        How votes become soft labels, see `seral_core.learners.voted.shares_of`.
    hard : bool
        Learn only the class with the largest share.
    C : float
        Inverse strength of the regularisation, on standardised features.
    balanced : bool
        Weigh classes inversely to their shares of all labels.

    Returns
    -------
    Learner
        Beliefs of one member.

    Examples
    --------
    >>> soft((Target("emotion", ("anger", "sadness")),), by="dawid-skene").by
    'dawid-skene'
    >>> soft((Target("emotion", ("anger", "sadness")),), by="dawid")
    Traceback (most recent call last):
    seral_core.errors.UnknownName: way to soft labels 'dawid'; did you mean 'dawid-skene'? known: dawid-skene, ...
    """
    both = {True: SpreadRidge(), False: SoftmaxRegression(C=C)}
    return Soft(PerTarget(task, {t.name: both[t.is_scale] for t in task}), by, hard, balanced)
