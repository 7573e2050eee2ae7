"""Several targets that help one another: what is believed of the others is one more feature of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, Learner, Progress, learners, trained
from seral_core.learners.inner import inner_learner
from seral_core.types import Belief, Classes, Floats, Ints, Prediction, Task

#: Parts of the labels of a target, each believed something of by a model of the others.
FOLDS = 5


@learners.register("chained")
@dataclass
class Chained:
    """Learns each target from the features and from what a first model believes of all other targets.

    Clips may have labels for some of the targets only. A first model is trained for each target by itself. Where a
    clip's label taught it, the belief comes from a model that has not seen the label (cross-fitting), so that the
    second model does not trust the first one too much; whose clip it is, nobody knows here, so that a speaker may be
    on both sides. With one target, there is only the first model.

    Parameters
    ----------
    task : tuple of Target
        What is learned; one value per segment.
    learner : str
        Learns each target: a name, and its options after slashes, such as ``svm/C=2``.
    strength : float
        Spread of the beliefs beside that of the features, which have 1.

    Raises
    ------
    BadPlan
        When a target has a rate, or the strength is not over 0.

    References
    ----------
    .. [1] MixedEmotions, Deliverable D4.2, 2016, section 2.5.
    .. [2] Read, Pfahringer, Holmes and Frank, Classifier chains for multi-label classification, Machine Learning
       85(3), 2011; here each link sees all others, as in stacking.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> task = (Target("emotion", ("anger", "sadness")), Target("arousal"))
    >>> table = FeatureTable(np.linspace(-1, 1, 9)[:, None], tuple("abcdefghi"))
    >>> emotion = Answers(np.array([0, 1, 7, 8]), np.array([1, 1, 0, 0]), np.ones(4))
    >>> arousal = Answers(np.arange(2, 7), np.linspace(-0.5, 0.5, 5), np.ones(5))
    >>> known = Known(table, task, {"emotion": emotion, "arousal": arousal})
    >>> learner = trained(Chained(task), known, np.random.default_rng(0))
    >>> learner.predict(table)["emotion"].guess
    array([1, 1, 1, 1, 1, 0, 0, 0, 0])
    """

    task: Task
    learner: str = "recommended"
    strength: float = 1.0
    _first: dict[str, Learner] = field(default_factory=dict, repr=False)
    _second: dict[str, Learner] = field(default_factory=dict, repr=False)
    _scale: dict[str, tuple[Floats, Floats]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        traced = [target.name for target in self.task if target.rate_hz]
        if traced:
            raise BadPlan(f"{traced[0]} has traces; expected one value per segment; choose another learner")
        if not self.strength > 0:
            raise BadPlan(f"strength of chained is {self.strength:g}; expected a number over 0; correct it")
        for target in self.task:
            inner_learner(self.learner, (target,))

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Train a first model of each target, then a second one that sees what the first ones believe."""
        self._first, self._second, self._scale = {}, {}, {}
        believed: dict[str, Floats] = {}
        for i, target in enumerate(self.task):
            yield Progress(i / 2 / len(self.task), target.name)
            self._first[target.name] = self._trained(known, target.name, known.answers[target.name], rng)
            if len(self.task) > 1:
                believed[target.name] = self._believed(known, target.name, rng)
        for i, target in enumerate(self.task if len(self.task) > 1 else ()):
            yield Progress(0.5 + i / 2 / len(self.task), f"{target.name}, with the others")
            table = self._with_others(known.table, target.name, believed)
            more = replace(known, table=table)
            self._second[target.name] = self._trained(more, target.name, known.answers[target.name], rng)

    def predict(self, table: FeatureTable) -> Prediction:
        """Return what the second models believe; of a single target, what the first does."""
        first = {name: learner.predict(table)[name] for name, learner in self._first.items()}
        if not self._second:
            return first
        numbers = {name: self._scaled(name, _numbers(belief)) for name, belief in first.items()}
        return {
            name: learner.predict(self._with_others(table, name, numbers))[name]
            for name, learner in self._second.items()
        }

    def _trained(self, known: Known, name: str, answers: Answers, rng: Generator) -> Learner:
        (target,) = (target for target in self.task if target.name == name)
        mine = Known(known.table, (target,), {name: answers})
        return trained(inner_learner(self.learner, (target,)), mine, rng)

    def _believed(self, known: Known, name: str, rng: Generator) -> Floats:
        """Return what is believed of each row by models that have not seen its label."""
        numbers = _numbers(self._first[name].predict(known.table)[name])
        answers = known.answers[name]
        fold = rng.permutation(len(answers)) % FOLDS
        for part in range(FOLDS if len(answers) > FOLDS else 0):
            others = self._trained(known, name, answers.take(np.flatnonzero(fold != part)), rng)
            held: Ints = answers.rows[fold == part]
            numbers[held] = _numbers(others.predict(known.table.take(held))[name])
        spread = numbers.std(axis=0)
        self._scale[name] = numbers.mean(axis=0), np.where(spread > 1e-9, spread, np.inf) / self.strength
        return self._scaled(name, numbers)

    def _scaled(self, name: str, numbers: Floats) -> Floats:
        mean, spread = self._scale[name]
        return np.asarray((numbers - mean) / spread)

    def _with_others(self, table: FeatureTable, name: str, numbers: dict[str, Floats]) -> FeatureTable:
        """Return one row per segment: its features, and what is believed of the other targets."""
        pooled = table.pooled()
        others = [numbers[target.name] for target in self.task if target.name != name]
        values = np.column_stack([pooled.values, *others])
        return replace(pooled, values=values.astype(pooled.values.dtype), names=(), key="")


def _numbers(belief: Belief) -> Floats:
    """Return a belief as columns: the probability of each class but the last, or the expected value."""
    belief = belief.pooled()
    if isinstance(belief, Classes):
        return np.array(belief.mean[:, :-1], dtype=np.float64)
    return np.array(belief.guess[:, None], dtype=np.float64)
