"""Cross-task learning: a learner of what is asked for, beside what a model of another task believes.

The other model knows other targets (dimensions where classes are asked for, or classes where
dimensions are), often from another corpus. It is trained once, and what it believes of the pool is
kept by id.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Known, Learner, Progress, learners, predicted
from seral_core.norms import DIMENSIONS, NRC, Norms, dimension
from seral_core.types import Belief, Classes, Floats, Prediction, Scale, Target, Task


@dataclass(eq=False)
class SourceBeliefs:
    """What a source model believes of segments: worked out once, looked up by id. Not to be changed.

    Parameters
    ----------
    task : tuple of Target
        The targets that it knows, with their native ranges.
    ids : tuple of str
        Segment ids, each once.
    beliefs : mapping of target name to Belief
        One entry per target, with a row for each id, in their order; others are left out.
    norms : Norms
        What classes mean on the dimensions.

    Raises
    ------
    BadFeatures
        When a belief is missing or does not fit the ids.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> arousal = Scale(np.array([[0.1, 0.2, 0.3]]), np.zeros((1, 3)))
    >>> source = SourceBeliefs((Target("arousal"),), ("a", "b", "c"), {"arousal": arousal})
    >>> source.of(FeatureTable(np.eye(2), ("c", "a")))["arousal"].mean
    array([[0.3, 0.1]])
    """

    task: Task
    ids: tuple[str, ...]
    beliefs: Prediction
    norms: Norms = NRC
    _row: dict[str, int] = field(init=False, repr=False)
    _last: tuple[tuple[str, ...], Prediction] | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._row = {segment: i for i, segment in enumerate(self.ids)}
        self._last = None
        for target in self.task:
            belief = self.beliefs.get(target.name)
            rows = "no" if belief is None else str(belief.rows)
            if belief is None or len(self._row) != belief.rows or len(self._row) != len(self.ids):
                raise BadFeatures(
                    f"got {rows} beliefs about {target.name} for {len(self._row)} different "
                    "segments; expected one each; predict all segments with the source model first"
                )
        self.beliefs = {target.name: self.beliefs[target.name] for target in self.task}

    @classmethod
    def predicted(cls, model: Learner, table: FeatureTable, task: Task, norms: Norms = NRC) -> SourceBeliefs:
        """Return what a trained model believes of a table."""
        found = predicted(model.predict, table)
        return cls(task, table.ids, {target.name: found[target.name] for target in task}, norms)

    @classmethod
    def uniform(cls, task: Task, ids: tuple[str, ...], norms: Norms = NRC) -> SourceBeliefs:
        """Return the beliefs of a model that knows nothing: every class alike, the middle of every scale."""
        beliefs: dict[str, Belief] = {}
        for target in task:
            if target.is_scale:
                middle = np.full((1, len(ids)), (target.low + target.high) / 2)
                beliefs[target.name] = Scale(middle, np.zeros_like(middle))
            else:
                beliefs[target.name] = Classes(np.full((1, len(ids), len(target.classes)), 1 / len(target.classes)))
        return cls(task, ids, beliefs, norms)

    def of(self, table: FeatureTable) -> Prediction:
        """Return the beliefs about the segments of a table; none where it knows none of them.

        Raises
        ------
        BadFeatures
            When it knows some of the segments but not all.
        """
        if table.ids == self.ids:
            return self.beliefs
        if self._last is not None and table.ids == self._last[0]:
            return self._last[1]
        rows = np.array([self._row.get(segment, -1) for segment in table.ids], dtype=np.intp)
        missing = np.flatnonzero(rows < 0)
        if len(missing) and len(missing) < len(rows):
            raise BadFeatures(
                f"the source model was not asked about {len(missing)} of {len(rows)} segments, "
                f"first '{table.ids[missing[0]]}'; expected a belief about each; predict the whole "
                "pool with it"
            )
        found = {} if len(missing) else {t.name: self.beliefs[t.name].take(rows) for t in self.task}
        # The whole pool is asked about in every round, a few rows only once.
        if self._last is None or len(table) >= len(self._last[0]):
            self._last = (table.ids, found)
        return found

    def __deepcopy__(self, memo: dict[int, Any]) -> SourceBeliefs:
        return self  # copies of a learner, as in a committee, share it


#: Optional parts of a learner that are those of the one within.
HANDED_ON = ("embed", "goes_on", "save", "load")


@dataclass
class CrossTask:
    """A learner of the targets asked for, whose predictions hold the source model's beliefs as well.

    The learner is trained from scratch in every round, the source model only once. A target may not
    be asked for and believed by the source under the same name.

    Parameters
    ----------
    target : Learner
        Learns what is asked for.
    source : SourceBeliefs
        About every segment of the pool. Segments it was never asked about, such as those of a test
        part, get only the learner's own beliefs.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024.

    Examples
    --------
    >>> from seral_core.learners.base import Answers, trained
    >>> from seral_core.types import Target
    >>> task, arousal = (Target("emotion", ("anger", "sadness")),), Target("arousal")
    >>> table = FeatureTable(np.array([[0.0], [1.0], [2.0]]), ("a", "b", "c"))
    >>> belief = Scale(np.array([[0.9, 0.1, -0.5]]), np.zeros((1, 3)))
    >>> source = SourceBeliefs((arousal,), table.ids, {"arousal": belief})
    >>> known = Known(table, task, {"emotion": Answers(np.array([0, 2]), np.array([0, 1]), np.ones(2))})
    >>> learner = trained(CrossTask(learners["logistic-regression"](task), source), known, np.random.default_rng(0))
    >>> belief = learner.predict(table)
    >>> belief["emotion"].guess, belief["arousal"].guess
    (array([0, 0, 1]), array([ 0.9,  0.1, -0.5]))
    """

    target: Learner
    source: SourceBeliefs

    def __post_init__(self) -> None:
        if isinstance(self.target, NormMapping) and self.target.source is None:
            self.target = replace(self.target, source=self.source)

    @property
    def related(self) -> Task:
        """The targets that are not asked for."""
        return self.source.task

    @property
    def norms(self) -> Norms:
        """What classes mean on the dimensions."""
        return self.source.norms

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Train the learner of what is asked for."""
        both = {t.name for t in known.task} & {t.name for t in self.related}
        if both:
            raise BadPlan(
                f"{', '.join(sorted(both))} is asked for, and the source model knows it already; "
                "expected different targets, such as emotion and arousal; name other targets of "
                "the source"
            )
        yield from self.target.train(known, rng)

    def predict(self, table: FeatureTable) -> Prediction:
        """Return the learner's beliefs, and the source model's."""
        return {**self.target.predict(table), **self.source.of(table)}

    def __getattr__(self, name: str) -> Any:
        # What the learner of what is asked for offers beside its beliefs; its own members lack the
        # source's.
        if name in HANDED_ON:
            return getattr(self.target, name)
        raise AttributeError(f"{type(self).__name__} has no {name}")

    def notes(self, labels: float) -> tuple[str, ...]:
        """Return what the learner wants the user to know."""
        notes: tuple[str, ...] = getattr(self.target, "notes", lambda _: ())(labels)
        return notes


@learners.register("nrc-mapping")
@dataclass
class NormMapping:
    r"""Scales straight from the source's class probabilities and the norms; it never trains.

    :math:`\tilde y = \sum_e p_e \cdot \mathrm{NRC}[e]`, in the native units of each target. The
    standard deviation is that of the norms under the probabilities.

    Parameters
    ----------
    task : tuple of Target
        Scales named valence, arousal or dominance, or by another name of these.
    source : SourceBeliefs, optional
        With one category; `CrossTask` gives its own where it is left out.

    Raises
    ------
    BadPlan
        When there is no source that knows classes, or a target is no dimension.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, Eq. 3.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> emotion, valence = Target("emotion", ("anger", "happiness")), Target("valence", low=1, high=5)
    >>> source = SourceBeliefs((emotion,), ("a",), {"emotion": Classes(np.array([[[0.25, 0.75]]]))})
    >>> NormMapping((valence,), source).predict(FeatureTable(np.eye(1), ("a",)))["valence"].guess
    array([4.122])
    """

    task: Task
    source: SourceBeliefs | None = None

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Learn nothing; say what is missing."""
        self._checked()
        yield from ()

    def predict(self, table: FeatureTable) -> Prediction:
        """Return where the classes put each segment."""
        source = self._checked()
        categories = [t for t in source.task if not t.is_scale]
        emotion = next((t for t in categories if source.norms.dimensions(t.classes)), categories[0])
        belief = source.of(table).get(emotion.name)
        if not isinstance(belief, Classes):
            raise BadFeatures(
                f"the source model was not asked about '{table.ids[0]}'; expected a belief about "
                "each segment; where it learned from the test part itself, score on the whole set"
            )
        places = source.norms.of(emotion.classes, self.task)
        return {t.name: _scale(belief, t, places[:, i]) for i, t in enumerate(self.task)}

    def _checked(self) -> SourceBeliefs:
        strange = [t.name for t in self.task if not t.is_scale or dimension(t.name) not in DIMENSIONS]
        if strange:
            raise BadPlan(
                f"got nrc-mapping with the target {', '.join(strange)}; expected scales called "
                f"{', '.join(DIMENSIONS)}; ask for these, or choose another learner"
            )
        if self.source is None or all(t.is_scale for t in self.source.task):
            raise BadPlan(
                "nrc-mapping maps the classes that a source model believes in, but there is no "
                "such model; give the plan a source corpus with a category, such as emotion"
            )
        return self.source


def _scale(belief: Classes, target: Target, places: Floats) -> Scale:
    mean = belief.proba @ places
    variance = belief.proba @ places**2 - mean**2
    return Scale(np.clip(mean, target.low, target.high), np.sqrt(np.maximum(variance, 0.0)), belief.bounds)
