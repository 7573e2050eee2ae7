"""Greedy sampling by labels, or features and labels, in a pool of partitions: the same picks as in memory.

What a clip is believed to be changes in every round, so nothing is kept: each partition bounds the fused distance of
its rows to all that is labelled, by products of matrices whose rounding errors the bound includes, and returns the few
widest; those are worked out exactly. See `seral_core.strategies.far_distance`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View
from seral_core.strategies.far_distance import AT_ONCE, SPARE, Above, Wide, without
from seral_core.strategies.fused import Fusion, labels_alone
from seral_core.strategies.label_space import estimates, known_values
from seral_core.strategies.parts import Part
from seral_core.strategies.space import Points, on_scale, squared_distances
from seral_core.types import Floats, Ints


@dataclass(frozen=True)
class Others:
    """What candidates shall be far from: labelled rows, and picks that have no label yet.

    Parameters
    ----------
    vectors : array of shape (others, features)
        Their features, as the table has them.
    values : Floats of shape (others, targets)
        Known values; of picks, estimated ones.
    mean, weight : Floats of shape (features,)
        The scale on which features are measured.
    fusion : Fusion
        How distances are joined.
    most : int
        How many rows a partition returns, at most.
    """

    vectors: Points
    values: Floats
    mean: Floats
    weight: Floats
    fusion: Fusion
    most: int

    def gaps(self, vectors: Points, guess: Floats) -> Floats:
        """Return the smallest fused distance of some rows to any of the others, as in memory."""
        near = on_scale(vectors, self.mean, self.weight)
        gaps = np.full(len(near), np.inf)
        for one, value in zip(on_scale(self.vectors, self.mean, self.weight), self.values, strict=True):
            np.minimum(gaps, self.fusion(squared_distances(near, one)[None], guess, value[None])[0], out=gaps)
        return gaps

    def bounds(self, values: Points, rows: Ints, guess: Floats) -> Floats:
        """Return what `gaps` of some rows of a partition cannot exceed."""
        out, above = np.empty(len(rows)), Above(self.vectors, self.mean, self.weight)
        for start in range(0, len(rows), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            if self.fusion is labels_alone:
                apart = np.zeros(0, np.float32)
            else:
                apart = above.squares(values[rows[some]]).T
            out[some] = self.fusion(apart, guess[some], self.values).min(axis=0)
        return out * (1 + 1e-12)


def fused_in_parts(view: View, n: int, rng: Generator, fusion: Fusion, *, plain: bool = False) -> Ints:
    """Return candidates whose smallest fused distance to a labelled row is highest, one after another.

    Parameters
    ----------
    view : View
        Of a pool in partitions.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.
    fusion : Fusion
        As in `seral_core.strategies.fused.farthest`.
    plain : bool
        Whether features count in their own units, and not as z-scores.

    Raises
    ------
    BadPlan
        When nobody has labelled anything yet.
    """
    parts, wanted = view.parts, max(0, min(n, len(view.candidates)))
    assert parts is not None
    if not wanted:
        return view.candidates[:0]
    values = known_values(view)
    if not len(values):
        raise BadPlan(
            "this strategy measures distances to labelled clips, but none is labelled yet; let another one choose the "
            "first labels, such as --start random"
        )
    width = view.table.values.shape[1]
    mean, weight = (np.zeros(width), np.ones(width)) if plain else parts.scale()
    others = Others(parts.vectors(view.labelled), values, mean, weight, fusion, wanted + SPARE)
    chosen: list[int] = []
    while len(chosen) < wanted:
        left = without(view, np.array(chosen, dtype=np.intp))
        wide = _widest(left, others)
        picks = _certain(wide, others, wanted - len(chosen), rng)
        if not picks:
            row = _one_exact(left, others, rng)
            at = np.array([row], dtype=np.intp)
            found = estimates(view, view.task, view.predict(at))
        else:
            at, found = wide.rows[picks], wide.guess[picks]
        chosen += at.tolist()
        others = replace(
            others,
            vectors=np.concatenate([others.vectors, parts.vectors(at)]),
            values=np.concatenate([others.values, found]),
        )
    return np.array(chosen, dtype=np.intp)


def _widest(view: View, others: Others) -> Wide:
    wide: Wide | None = None
    for each in _each(view, others):
        wide = each if wide is None else wide.joined(each).narrowed(32 * others.most)
    assert wide is not None
    return wide


def _each(view: View, others: Others) -> Iterator[Wide]:
    assert view.parts is not None
    for first, each in view.parts.each(view, _widest_of, others, ("predict",)):
        yield replace(each, rows=each.rows + first)


def _certain(wide: Wide, others: Others, wanted: int, rng: Generator) -> list[int]:
    """Return the positions of the picks that are certain; none where the first is not."""
    gaps, near = others.gaps(wide.vectors, wide.guess), on_scale(wide.vectors, others.mean, others.weight)
    chosen: list[int] = []
    while len(chosen) < wanted and len(gaps) and gaps.max() > max(wide.rest, -0.5):
        top = np.flatnonzero(gaps == gaps.max())
        pick = int(top[rng.integers(len(top))]) if len(top) > 1 else int(top[0])
        chosen.append(pick)
        apart = others.fusion(squared_distances(near, near[pick])[None], wide.guess, wide.guess[[pick]])[0]
        np.minimum(gaps, apart, out=gaps)
        gaps[chosen] = -1.0
    return chosen


def _one_exact(view: View, others: Others, rng: Generator) -> int:
    """Return the next pick where bounds leave it open, as where many rows coincide: from exact distances."""
    assert view.parts is not None
    widest, rows = -1.0, [np.zeros(0, dtype=np.intp)]
    for first, (gap, found) in view.parts.each(view, _exactly_widest_of, others, ("predict",)):
        if gap > widest:
            widest, rows = gap, []
        if gap == widest:
            rows.append(first + found)
    top = np.concatenate(rows)
    return int(top[rng.integers(len(top))]) if len(top) > 1 else int(top[0])


def _widest_of(part: Part, others: Others) -> Wide:
    """Return the candidates of a partition with the widest bounds."""
    rows, values = part.view.candidates, part.view.table.values
    if not len(rows):
        none = np.zeros((0, values.shape[1]), np.float32)
        return Wide(rows, none, np.zeros(0), -np.inf, np.zeros((0, len(part.view.task))))
    guess = estimates(part.view, part.view.task, part.view.beliefs)
    bounds = others.bounds(values, rows, guess)
    return Wide(rows, values, bounds, -np.inf, guess).narrowed(others.most, rows)


def _exactly_widest_of(part: Part, others: Others) -> tuple[float, Ints]:
    """Return the widest fused distance of a partition's candidates, exactly, and who has it."""
    rows, values = part.view.candidates, part.view.table.values
    if not len(rows):
        return -1.0, rows
    guess = estimates(part.view, part.view.task, part.view.beliefs)
    bounds = others.bounds(values, rows, guess)
    widest, found = -1.0, [np.zeros(0, dtype=np.intp)]
    order = np.argsort(-bounds, kind="stable")
    for start in range(0, len(order), AT_ONCE):
        some = order[start : start + AT_ONCE]
        if bounds[some[0]] < widest:
            break
        gaps = others.gaps(np.asarray(values[rows[some]]), guess[some])
        if gaps.max() > widest:
            widest, found = float(gaps.max()), []
        found.append(rows[some[gaps == widest]])
    return widest, np.sort(np.concatenate(found))
