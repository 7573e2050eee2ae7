"""The nouns of the house: targets, labels, beliefs, queries.

Everything here is a frozen dataclass of plain data. A *target* is one annotated quantity; a
*label* is one answer about it; a *belief* is what a learner thinks of it. A belief has a *member*
axis (one model is one member, a committee several) and a *unit* axis with bounds (a clip label is
one unit, a time-continuous trace many), so no strategy needs to know what made it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import isfinite
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadLabel
from seral_core.units import are_one_each, checked, one_each, per_row, taken, trace_of

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.intp]
Bools: TypeAlias = NDArray[np.bool_]
Value: TypeAlias = str | float
#: A value for each unit of a time-continuous target, at its rate and from the start of the segment.
Trace: TypeAlias = tuple[str, ...] | tuple[float, ...]
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
        Values per second of a time-continuous target, which has a trace for each segment; 0 for one
        value per segment.

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
                f"{self.name} is {value}; expected a number in [{self.low:g}, {self.high:g}]; correct the value or "
                + ("widen the target's range" if isfinite(number) else "leave it out")
            )
        return number

    def units(self, value: object) -> NDArray[Any]:
        """Return a value, or the values of a trace, as numbers: a plain value is one unit.

        Parameters
        ----------
        value : str or float, or a sequence of them
            A sequence where the target has a rate, one value else.

        Returns
        -------
        array of shape (units,)
            Class numbers (integers) of a category, native units of a scale; nan in the gaps of a trace.

        Raises
        ------
        BadLabel
            When it is a trace and should not be, or the other way round; when a value does not
            fit, or a trace is all gaps.

        Examples
        --------
        >>> Target("emotion", ("anger", "sadness")).units("sadness"), Target("arousal", rate_hz=2).units((0.5, 0.25))
        (array([1]), array([0.5 , 0.25]))
        >>> Target("arousal").units((0.5, 0.25))
        Traceback (most recent call last):
        seral_core.errors.BadLabel: arousal is a trace of 2 values; expected one value per segment; ...
        """
        is_trace = isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)
        given: Sequence[object] = value if is_trace else (value,)  # type: ignore[assignment]
        if is_trace != (self.rate_hz > 0) or not len(given):
            given_as = f"a trace of {len(given)} values" if is_trace else repr(value)
            wanted = f"{self.rate_hz:g} values per second, one or more" if self.rate_hz else "one value per segment"
            change = "correct the value" if self.rate_hz else "give the target its rate (rate_hz), or take the mean"
            raise BadLabel(f"{self.name} is {given_as:.80}; expected {wanted}; {change}")
        if is_trace and self.is_scale:
            return trace_of(given, self.name, self.low, self.high, self.check)
        found = [self.check(one) for one in given]
        if self.is_scale:
            return np.array(found, dtype=np.float64)
        return np.array([self.classes.index(str(one)) for one in found], dtype=np.intp)


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
    value : str or float, or a tuple of them
        Class name, or number in the target's native range; a tuple, one value per unit, where the
        target has a rate.
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
    value: Value | Trace
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
        What the model believes of the segments, one row each; for oracles that say
        ``needs_beliefs``.
    sure : mapping of target name to Floats of shape (segments,)
        How sure a confidence measure is of what the model guesses, in [0, 1]; for oracles that name a ``measure``.
    about, whom : tuple of str
        As in `seral_core.runs.events.Asked`: for each segment the target that alone is asked about, and the rater
        that is asked; see `questions`.
    given : tuple of Label
        All labels that stand so far; for oracles that say ``needs_given``.

    Examples
    --------
    >>> query = Query(("a.wav", "b.wav"), (Target("arousal"), Target("valence")), about=("valence", ""))
    >>> [(segment, [target.name for target in task]) for segment, task, _ in query.questions()]
    [('a.wav', ['valence']), ('b.wav', ['arousal', 'valence'])]
    """

    segments: tuple[str, ...]
    task: Task
    round: int = 0
    step: str = ""
    beliefs: Prediction = field(default_factory=dict)
    sure: Mapping[str, Floats] = field(default_factory=dict)
    about: tuple[str, ...] = ()
    whom: tuple[str, ...] = ()
    given: tuple[Label, ...] = ()

    def questions(self) -> Iterator[tuple[str, Task, str]]:
        """Yield each segment with the targets it is asked about and the rater who is asked; empty: anybody."""
        anything = ("",) * len(self.segments)
        tasks = {"": self.task} | {target.name: (target,) for target in self.task}
        for segment, about, rater in zip(self.segments, self.about or anything, self.whom or anything, strict=True):
            yield segment, tasks.get(about, ()), rater


class _Units:
    """What both kinds of belief do with their units."""

    bounds: Ints

    @cached_property
    def is_plain(self) -> bool:
        """Whether every row has one unit."""
        return are_one_each(self.bounds)

    @property
    def rows(self) -> int:
        """How many rows are believed something of."""
        return len(self.bounds) - 1

    def per_row(self, scores: NDArray[Any]) -> Floats:
        """Return the mean of each row's scores, given one per unit: the one rule of how units make a row.

        Parameters
        ----------
        scores : array of shape (units, ...)
            Such as the entropy of each unit.

        Returns
        -------
        Floats of shape (rows, ...)
            Where every row has one unit, the scores as they are.
        """
        return np.asarray(scores if self.is_plain else per_row(scores, self.bounds), dtype=np.float64)

    def _settle(self, units: int) -> None:
        if self.bounds is None:
            object.__setattr__(self, "bounds", one_each(units))
            self.__dict__["is_plain"] = True
        else:
            object.__setattr__(self, "bounds", checked(self.bounds, units, "a belief"))


@dataclass(frozen=True)
class Classes(_Units):
    """Belief about a category.

    Parameters
    ----------
    proba : Floats of shape (members, units, classes)
        Probabilities; each row over the classes sums to 1.
    bounds : Ints of shape (rows + 1,)
        Row ``i`` owns the units ``bounds[i]:bounds[i + 1]``. Left out: one unit per row.

    Examples
    --------
    >>> belief = Classes(np.array([[[0.9, 0.1], [0.5, 0.5]]]))
    >>> belief.proba.shape, belief.bounds
    ((1, 2, 2), array([0, 1, 2]))
    >>> belief.guess
    array([0, 0])
    >>> frames = Classes(np.array([[[0.9, 0.1], [0.5, 0.5], [0.0, 1.0]]]), np.array([0, 2, 3]))
    >>> frames.pooled().mean.tolist(), frames.take(np.array([1])).guess
    ([[0.7, 0.3], [0.0, 1.0]], array([1]))
    """

    proba: Floats
    bounds: Ints = field(default=None)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        self._settle(self.proba.shape[1])

    @property
    def mean(self) -> Floats:
        """Probabilities averaged over members, of shape (units, classes)."""
        return np.asarray(self.proba[0] if len(self.proba) == 1 else self.proba.mean(0))

    @property
    def guess(self) -> Ints:
        """Number of the most probable class, of shape (units,)."""
        return np.asarray(self.mean.argmax(-1))

    def take(self, rows: Ints) -> Classes:
        """Return the belief about some rows, with all their units, in this order."""
        if self.is_plain:
            return Classes(self.proba.take(rows, axis=1))
        units, bounds = taken(self.bounds, rows)
        return Classes(self.proba.take(units, axis=1), bounds)

    def at(self, units: Ints) -> Classes:
        """Return the belief about some units, each a row of its own."""
        return Classes(self.proba.take(units, axis=1))

    def pooled(self) -> Classes:
        """Return the belief with one unit per row: the mean probability of its units."""
        return self if self.is_plain else Classes(per_row(self.proba, self.bounds, axis=1))


@dataclass(frozen=True)
class Scale(_Units):
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
    >>> frames = Scale(np.array([[0.0, 0.5, 1.0]]), np.array([[0.1, 0.3, 0.1]]), np.array([0, 2, 3]))
    >>> frames.pooled().mean.tolist(), frames.pooled().std.tolist()
    ([[0.25, 1.0]], [[0.2, 0.1]])
    """

    mean: Floats
    std: Floats
    bounds: Ints = field(default=None)  # type: ignore[arg-type]

    def __post_init__(self) -> None:
        self._settle(self.mean.shape[1])

    @property
    def guess(self) -> Floats:
        """Expected value averaged over members, of shape (units,)."""
        return np.asarray(self.mean[0] if len(self.mean) == 1 else self.mean.mean(0))

    def take(self, rows: Ints) -> Scale:
        """Return the belief about some rows, with all their units, in this order."""
        if self.is_plain:
            return Scale(self.mean.take(rows, axis=1), self.std.take(rows, axis=1))
        units, bounds = taken(self.bounds, rows)
        return Scale(self.mean.take(units, axis=1), self.std.take(units, axis=1), bounds)

    def at(self, units: Ints) -> Scale:
        """Return the belief about some units, each a row of its own."""
        return Scale(self.mean.take(units, axis=1), self.std.take(units, axis=1))

    def pooled(self) -> Scale:
        r"""Return the belief about the mean of each row's units.

        Its deviation is :math:`\frac{1}{k} \sum_u \sigma_u`: that of the mean of `k` values whose
        errors go together, as those of neighbouring frames do. If they did not, it would be
        smaller; it is never larger.
        """
        if self.is_plain:
            return self
        return Scale(per_row(self.mean, self.bounds, axis=1), per_row(self.std, self.bounds, axis=1))


Belief: TypeAlias = Classes | Scale
Prediction: TypeAlias = Mapping[str, Belief]
