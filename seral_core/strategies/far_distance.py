"""Farthest first in a pool of partitions: the same picks as in memory, without ever holding the pool.

Each partition keeps for its rows a bound on the squared distance to the nearest labelled row. Once a round it is
brought up to date with the new labels by products of matrices, whose rounding errors the bound includes, and the
partition returns the few rows with the widest bounds. Their distances are then worked out exactly, as in memory.
Distances only fall as picks are made: as long as the widest exact one is wider than every bound of the rows that were
not returned, it is the widest of the pool.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator

from seral_core.far.rest import Rest
from seral_core.files import DAMAGED
from seral_core.strategies.base import View
from seral_core.strategies.gaps import Gaps
from seral_core.strategies.partitions import Parts
from seral_core.strategies.parts import Part
from seral_core.strategies.space import Points, on_scale, squared_distances
from seral_core.types import Floats, Ints

#: Rows multiplied at once, so that they stay in the processor's cache.
AT_ONCE = 1024
#: Labelled rows multiplied at once.
COLUMNS = 256
#: So many rows more than are wanted come back from a partition.
SPARE = 16


@dataclass(frozen=True)
class Asked:
    """What a partition needs to know to bring its bounds up to date.

    Parameters
    ----------
    rows : Ints of shape (labelled,)
        Labelled rows, by their number in the pool.
    vectors : array of shape (labelled, features)
        Their features, as the table has them.
    chosen : array of shape (chosen, features)
        Those of picks that have no label yet.
    mean, weight : Floats of shape (features,)
        The scale on which distances are measured.
    most : int
        How many rows a partition returns, at most.
    """

    rows: Ints
    vectors: Points
    chosen: Points
    mean: Floats
    weight: Floats
    most: int


@dataclass(frozen=True)
class Wide:
    """The rows of some partitions with the widest bounds.

    Parameters
    ----------
    rows : Ints of shape (some,)
        Ascending.
    vectors : array of shape (some, features)
        Their features.
    bounds : Points of shape (some,)
        None of their squared distances is wider.
    rest : float
        Nor is that of any other row wider than this.
    guess : Floats of shape (some, targets), optional
        What the model estimates of them.
    """

    rows: Ints
    vectors: Points
    bounds: Points | Floats
    rest: float
    guess: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    def joined(self, other: Wide) -> Wide:
        """Return the rows of both; those of the other come after."""
        rows, vectors, bounds, guess = (
            np.concatenate([getattr(self, name), getattr(other, name)])
            for name in ("rows", "vectors", "bounds", "guess")
        )
        return Wide(rows, vectors, bounds, max(self.rest, other.rest), guess)

    def narrowed(self, most: int, places: Ints | None = None) -> Wide:
        """Return the widest of them; the others belong to the rest.

        Parameters
        ----------
        most : int
            How many are kept.
        places : Ints, optional
            Where the vectors of ``rows`` are in ``vectors``, which then has more; left out: in their order.
        """
        count = min(most, len(self.rows))
        split = np.argpartition(-self.bounds, count - 1) if 0 < count < len(self.rows) else np.arange(len(self.rows))
        kept, left = np.sort(split[:count]), split[count:]
        rest = max(self.rest, float(self.bounds[left].max())) if len(left) else self.rest
        vectors = np.array(self.vectors[kept if places is None else places[kept]])
        return Wide(
            self.rows[kept], vectors, self.bounds[kept], rest, self.guess[kept] if len(self.guess) else self.guess
        )


def farthest_in_parts(view: View, n: int, rng: Generator, first: int | None = None) -> Ints:
    """Choose again and again the candidate farthest from all labelled and chosen ones.

    Parameters
    ----------
    view : View
        Of a pool in partitions; uses ``parts``, ``candidates`` and ``labelled``.
    n : int
        Number of segments wanted; no more than there are candidates.
    rng : Generator
        Draws among equals, as in memory.
    first : int, optional
        Position among the candidates to start from where nothing is labelled; left out: at random.

    Returns
    -------
    Ints of shape (n,)
        Row numbers, in the order of choice.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> from seral_core.runs.far_pool import FarPool
    >>> from seral_core.types import Target
    >>> pool = FarPool(far_example(), (Target("arousal"),))
    >>> farthest_in_parts(pool.view(pool.task, 0), 3, np.random.default_rng(0), first=0)
    array([0, 4, 2])
    """
    parts = view.parts
    assert parts is not None
    chosen: list[int] = []
    if not len(view.labelled):
        count = len(view.candidates)
        at = first if first is not None else int(rng.integers(count)) if count > 1 else 0
        chosen.append(int(view.candidates[at]))
    mean, weight = parts.scale()
    labelled = parts.vectors(view.labelled)
    while len(chosen) < n:
        picked = np.array(chosen, dtype=np.intp)
        asked = Asked(view.labelled, labelled, parts.vectors(picked), mean, weight, n + SPARE)
        found = _picks(view, parts, asked, without(view, picked), n - len(chosen), rng)
        chosen += found or [_one_exact(view, parts, asked, picked, rng)]
    return np.array(chosen, dtype=np.intp)


def _picks(view: View, parts: Parts, asked: Asked, left: View, wanted: int, rng: Generator) -> list[int]:
    """Return the picks that are certain after one look at all partitions; none where the first is not."""
    wide: Wide | None = None
    for first, each in parts.each(left, widest_of, asked, ("table",)):
        each = replace(each, rows=each.rows + first)
        if wide is None:
            wide = each
        else:
            wide = wide.joined(each).narrowed(32 * asked.most)
    if wide is None or not len(wide.rows):
        return []
    near = on_scale(wide.vectors, asked.mean, asked.weight)
    squares = np.full(len(near), np.inf, near.dtype)
    for one in on_scale(np.concatenate([asked.vectors, asked.chosen]), asked.mean, asked.weight):
        np.minimum(squares, squared_distances(near, one), out=squares)
    gaps = Gaps(squares, near)
    while len(gaps.chosen) < wanted:
        top = gaps.tops()
        if gaps.squares[top[0]] <= wide.rest or gaps.squares[top[0]] < 0:
            break
        gaps.choose(int(top[rng.integers(len(top))]) if len(top) > 1 else int(top[0]))
    return [int(wide.rows[at]) for at in gaps.chosen]


def without(view: View, rows: Ints) -> View:
    """Return the view without some candidates.

    Examples
    --------
    >>> from seral_core.strategies.base import line_view
    >>> without(line_view(0.0, 1.0, 5.0), np.array([1])).candidates
    array([0, 2])
    """
    if isinstance(view.candidates, Rest):
        return view.among(Rest(view.candidates.size, np.union1d(view.candidates.taken, rows)))  # type: ignore[arg-type]
    return view.among(np.setdiff1d(view.candidates, rows))


def _one_exact(view: View, parts: Parts, asked: Asked, picked: Ints, rng: Generator) -> int:
    """Return the next pick where bounds leave it open, as where many rows coincide: from exact distances."""
    widest, rows = -1.0, [np.zeros(0, dtype=np.intp)]
    for first, (square, found) in parts.each(without(view, picked), exactly_widest_of, asked, ("table",)):
        if square > widest:
            widest, rows = square, []
        if square == widest:
            rows.append(first + found)
    top = np.concatenate(rows)
    return int(top[rng.integers(len(top))]) if len(top) > 1 else int(top[0])


def centre_in_parts(view: View) -> int:
    """Return the position of the candidate nearest the centroid of the pool, the first of equals.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> from seral_core.runs.far_pool import FarPool
    >>> from seral_core.types import Target
    >>> centre_in_parts(FarPool(far_example(), (Target("arousal"),)).view((Target("arousal"),), 0))
    2
    """
    assert view.parts is not None
    position, found, nearest = 0, 0, np.inf
    for _, (square, at, count) in view.parts.each(view, _nearest_centre, view.parts.scale(), ("table",)):
        if square < nearest:
            nearest, found = square, position + at
        position += count
    return found


def _nearest_centre(part: Part, scale: tuple[Floats, Floats]) -> tuple[float, int, int]:
    """Return the square, position and number of candidates; the centroid of z-scores is 0."""
    rows = part.view.candidates
    nearest, found = np.inf, 0
    for start in range(0, len(rows), AT_ONCE):
        near = on_scale(part.view.table.values[rows[start : start + AT_ONCE]], *scale)
        squares = squared_distances(near, np.zeros(near.shape[1], near.dtype))
        if squares.min() < nearest:
            nearest, found = float(squares.min()), start + int(squares.argmin())
    return nearest, found, len(rows)


def widest_of(part: Part, asked: Asked) -> Wide:
    """Bring the bounds of a partition up to date, keep them, and return the widest of its candidates.

    Examples
    --------
    >>> from seral_core.far.place import Place
    >>> from seral_core.strategies.base import line_view
    >>> asked = Asked(np.array([0]), np.array([[1.0]]), np.zeros((0, 1)), np.zeros(1), np.ones(1), 1)
    >>> wide = widest_of(Part(line_view(1.0, 2.0, 4.0, labelled=[0]), 0, 0, Place("memory://near")), asked)
    >>> wide.rows, wide.bounds.round(3), round(wide.rest, 3)
    (array([2]), array([9.], dtype=float32), 1.0)
    """
    values, candidates = part.view.table.values, part.view.candidates
    bounds, seen = _kept(part, len(values))
    at = np.flatnonzero(~np.isin(asked.rows, seen))
    if len(seen) and not np.isin(seen, asked.rows).all():  # a label was taken back
        bounds, at = np.full(len(values), np.inf, np.float32), np.arange(len(asked.rows))
    if len(at):
        _lower(bounds, values, asked.vectors[at], asked)
        _keep(part, bounds, asked.rows)
    if len(asked.chosen):
        bounds = bounds.copy()
        _lower(bounds, values, asked.chosen, asked)
    return Wide(candidates, values, bounds[candidates], -np.inf).narrowed(asked.most, candidates)


def exactly_widest_of(part: Part, asked: Asked) -> tuple[float, Ints]:
    """Return the widest squared distance of a partition's candidates, exactly as in memory, and who has it.

    Examples
    --------
    >>> from seral_core.far.place import Place
    >>> from seral_core.strategies.base import line_view
    >>> asked = Asked(np.array([0]), np.array([[1.0]]), np.zeros((0, 1)), np.zeros(1), np.ones(1), 1)
    >>> part = Part(line_view(1.0, 3.0, 3.0, labelled=[0]), 0, 0, Place("memory://nearer"))
    >>> exactly_widest_of(part, asked)
    (4.0, array([1, 2]))
    """
    wide = widest_of(part, replace(asked, most=len(part.view.candidates)))
    others = on_scale(np.concatenate([asked.vectors, asked.chosen]), asked.mean, asked.weight)
    order = np.argsort(-wide.bounds, kind="stable")
    widest, rows = -1.0, [np.zeros(0, dtype=np.intp)]
    for start in range(0, len(order), AT_ONCE):
        some = order[start : start + AT_ONCE]
        if wide.bounds[some[0]] < widest:
            break
        near = on_scale(wide.vectors[some], asked.mean, asked.weight)
        squares = np.full(len(near), np.inf, near.dtype)
        for one in others:
            np.minimum(squares, squared_distances(near, one), out=squares)
        if squares.max() > widest:
            widest, rows = float(squares.max()), []
        rows.append(wide.rows[some[squares == widest]])
    return widest, np.sort(np.concatenate(rows))


def _lower(bounds: Points, values: Points, others: Points, asked: Asked) -> None:
    """Lower bounds to those on the squared distance to any of the others."""
    for at in range(0, len(others), COLUMNS):
        above = Above(others[at : at + COLUMNS], asked.mean, asked.weight)
        for start in range(0, len(values), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            np.minimum(bounds[part], above.squares(values[part]).min(axis=1), out=bounds[part])


class Above:
    """What squared distances to some rows, worked out as in memory, cannot exceed: from products of matrices.

    Parameters
    ----------
    others : array of shape (others, features)
        The rows, as the table has them.
    mean, weight : Floats of shape (features,)
        The scale on which distances are measured.

    Examples
    --------
    >>> Above(np.array([[1.0], [2.0]]), np.zeros(1), np.ones(1)).squares(np.array([[5.0]])).round(3)
    array([[16.,  9.]], dtype=float32)
    """

    def __init__(self, others: Points, mean: Floats, weight: Floats) -> None:
        # Distances do not change where all points are shifted by what the mean loses in float32.
        self._mean, self._weight = mean.astype(np.float32), weight.astype(np.float32)
        self._away = np.ascontiguousarray((np.asarray(others, np.float32) - self._mean) * self._weight)
        self._theirs = np.einsum("ij,ij->i", self._away, self._away)
        self._errors = np.float32((3 * len(mean) + 20) * 2.0**-24)
        # Fresh memory for each block would take longer than the products.
        self._near = np.empty((AT_ONCE, len(mean)), np.float32)

    def squares(self, values: Points) -> Points:
        """Return the bounds for at most `AT_ONCE` rows, of shape (rows, others)."""
        near = np.subtract(values, self._mean, out=self._near[: len(values)], casting="same_kind")
        near *= self._weight
        own, errors = np.einsum("ij,ij->i", near, near), self._errors
        # |x - y|^2, and what rounding may have taken from it: at most `errors` times (|x| + |y|)^2.
        apart = (1 + errors) * (own[:, None] + self._theirs) - 2 * (near @ self._away.T)
        apart += 2 * errors * np.sqrt(own)[:, None] * np.sqrt(self._theirs)
        return np.asarray(apart, np.float32)


def _name(number: int) -> str:
    return f"near-{number:05d}.npz"


def _kept(part: Part, size: int) -> tuple[Points, Ints]:
    """Return the bounds of a partition and the labelled rows that they know of; none where they were lost."""
    try:
        with np.load(io.BytesIO(part.keep.read(_name(part.number))), allow_pickle=False) as file:
            bounds, seen = file["bounds"], file["seen"]
        if bounds.shape == (size,) and bounds.dtype == np.float32 and seen.dtype.kind == "i":
            return bounds, seen
    except DAMAGED:
        pass  # it is made again from the labels
    return np.full(size, np.inf, np.float32), np.zeros(0, dtype=np.intp)


def _keep(part: Part, bounds: Points, seen: Ints) -> None:
    sink = io.BytesIO()
    np.savez(sink, bounds=bounds, seen=seen)
    part.keep.write(_name(part.number), sink.getvalue(), to_disk=False)
