"""The nouns of the house: targets, labels, beliefs, queries.

Everything here is a frozen dataclass of plain data. A *target* is one annotated quantity; a
*label* is one answer about it; a *belief* is what a learner thinks of it. A belief has a *member*
axis (one model is one member, a committee several) and a *unit* axis with bounds (a clip label is
one unit, a time-continuous trace many), so no strategy needs to know what made it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadLabel

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
Bools: TypeAlias = NDArray[np.bool_]
Value: TypeAlias = str | float
Source: TypeAlias = Literal["human", "simulated", "machine"]


@dataclass(frozen=True)
class Target:
    """One annotated quantity: a category, or a position on a scale.

    Parameters
    ----------
    name : str
        Such as ``"emotion"`` or ``"arousal"``.
    classes : tuple of str
        The categories; empty for a scale.
    low, high : float
        Native range of a scale, in its own units.
    rate_hz : float
        Samples per second of a time-continuous target; 0 for one value a segment.

    Examples
    --------
    >>> arousal = Target("arousal", low=1, high=5)
    >>> arousal.check(4)
    4.0
    >>> arousal.check(7)
    Traceback (most recent call last):
    seral_core.errors.BadLabel: arousal is 7; expected a number in [1, 5]; correct the value or widen the target's range
    >>> Target("emotion", ("anger", "sadness")).check("anger")
    'anger'
    """

    name: str
    classes: tuple[str, ...] = ()
    low: float = -1.0
    high: float = 1.0
    rate_hz: float = 0.0

    @property
    def is_scale(self) -> bool:
        """Whether values are numbers in ``[low, high]`` and not class names."""
        return not self.classes

    def check(self, value: object) -> Value:
        """Return ``value`` in the target's own type, or raise `BadLabel`."""
        if not self.is_scale:
            if value not in self.classes:
                raise BadLabel(
                    f"{self.name} is {value!r}; expected one of {', '.join(self.classes)}; "
                    "correct the value or add the class to the target"
                )
            return str(value)
        try:
            number = float(value)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            number = float("nan")
        if not self.low <= number <= self.high:
            raise BadLabel(
                f"{self.name} is {value}; expected a number in [{self.low:g}, {self.high:g}]; "
                "correct the value or widen the target's range"
            )
        return number


Task: TypeAlias = tuple[Target, ...]


@dataclass(frozen=True)
class Label:
    """One answer about one target of one segment. Labels are only ever appended.

    Parameters
    ----------
    segment : str
        Segment id, see `seral_core.corpora.corpus.segment_id`.
    target : str
        Name of the target.
    value : str or float
        Class name, or number in the target's native range.
    annotator : str
        Who answered.
    cost : float
        What the answer cost, in clips listened to.
    weight : float
        How much it counts in training; 1 is a full label.
    source : {"human", "simulated", "machine"}
        Machine labels never count as labels that people gave.

    Examples
    --------
    >>> Label("a.wav", "emotion", "anger", "r1", cost=0.5)
    Label(segment='a.wav', target='emotion', value='anger', annotator='r1', cost=0.5, weight=1.0, source='simulated')
    >>> sum(Label("a.wav", name, 0.0, "r1", cost=0.5).cost for name in ("arousal", "valence"))
    1.0
    """

    segment: str
    target: str
    value: Value
    annotator: str
    cost: float = 1.0
    weight: float = 1.0
    source: Source = "simulated"


@dataclass(frozen=True)
class Query:
    """What an oracle is asked: these segments, about these targets.

    Parameters
    ----------
    segments : tuple of str
        Segment ids, in the order of choice.
    task : tuple of Target
        What is asked about each.
    round : int
        Round that asks, from 0.
    step : str
        Name of the step that asks, unique within the round.
    beliefs : mapping of target name to Belief
        What the model believes of the segments, one row each; for oracles that say ``needs_beliefs``.

    Examples
    --------
    >>> query = Query(("a.wav", "b.wav"), (Target("arousal"),), round=3, step="query")
    >>> [(segment, target.name) for segment in query.segments for target in query.task]
    [('a.wav', 'arousal'), ('b.wav', 'arousal')]
    """

    segments: tuple[str, ...]
    task: Task
    round: int = 0
    step: str = ""
    beliefs: Prediction = field(default_factory=dict)


def _one_unit_each(rows: int) -> Ints:
    return np.arange(rows + 1, dtype=np.intp)


@dataclass(frozen=True)
class Classes:
    """Belief about a category.

    Parameters
    ----------
    proba : Floats of shape (members, units, classes)
        Probabilities; each row over the classes sums to 1.
    bounds : Ints of shape (rows + 1,)
        Row ``i`` owns the units ``bounds[i]:bounds[i + 1]``. Left out: one unit a row.

    Examples
    --------
    >>> belief = Classes(np.array([[[0.9, 0.1], [0.5, 0.5]]]))
    >>> belief.proba.shape, belief.bounds
    ((1, 2, 2), array([0, 1, 2]))
    >>> belief.guess
    array([0, 0])
    """

    proba: Floats
    bounds: Ints = field(default=None)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        if self.bounds is None:
            object.__setattr__(self, "bounds", _one_unit_each(self.proba.shape[1]))

    @property
    def mean(self) -> Floats:
        """Probabilities averaged over members, of shape (units, classes)."""
        return np.asarray(self.proba[0] if len(self.proba) == 1 else self.proba.mean(0))

    @property
    def guess(self) -> Ints:
        """Number of the most probable class, of shape (units,)."""
        return np.asarray(self.mean.argmax(-1))


@dataclass(frozen=True)
class Scale:
    """Belief about a position on a scale, in the target's native units.

    Parameters
    ----------
    mean, std : Floats of shape (members, units)
        Expected value and its standard deviation; ``std`` is 0 where a learner gives none.
    bounds : Ints of shape (rows + 1,)
        As in `Classes`.

    Examples
    --------
    >>> Scale(np.array([[0.2], [0.4]]), np.zeros((2, 1))).guess.round(3)
    array([0.3])
    """

    mean: Floats
    std: Floats
    bounds: Ints = field(default=None)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        if self.bounds is None:
            object.__setattr__(self, "bounds", _one_unit_each(self.mean.shape[1]))

    @property
    def guess(self) -> Floats:
        """Expected value averaged over members, of shape (units,)."""
        return np.asarray(self.mean[0] if len(self.mean) == 1 else self.mean.mean(0))


Belief: TypeAlias = Classes | Scale
Prediction: TypeAlias = Mapping[str, Belief]
