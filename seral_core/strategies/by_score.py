"""By score: each candidate has a score of its own, and those with the highest are chosen.

What chooses so is defined once, by its scores: in memory it takes the highest; of a pool in partitions each returns
those not below its own n-th highest, and the highest of them are the same clips, ties included.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.strategies.base import View, best, highest, not_below
from seral_core.strategies.parts import Part
from seral_core.types import Floats, Ints

#: From a view to the scores of its candidates, one array per target; higher is chosen sooner.
Scores: TypeAlias = Callable[[View], Sequence[Floats]]


def ranks(scores: NDArray[np.floating]) -> Floats:
    """Return ranks from 0 (lowest) to 1 (highest); equal scores share their mean rank.

    Parameters
    ----------
    scores : array of shape (candidates,)
        In any unit.

    Returns
    -------
    Floats of shape (candidates,)
        In [0, 1].

    Examples
    --------
    >>> ranks(np.array([0.3, 0.1, 0.3, 0.9]))
    array([0.5, 0. , 0.5, 1. ])
    """
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    mean = last - (count + 1) / 2
    return np.asarray(mean[place] / max(len(scores) - 1, 1), float)


def mean_ranks(scores: Sequence[Floats]) -> Floats:
    """Join the scores of several targets by their mean rank; those of one are left as they are.

    Parameters
    ----------
    scores : sequence of Floats of shape (candidates,)
        One per target, in any unit; at least one.

    Returns
    -------
    Floats of shape (candidates,)
        In [0, 1] for several targets.

    Examples
    --------
    >>> mean_ranks([np.array([0.1, 0.9, 0.5]), np.array([7.0, 1.0, 9.0])])
    array([0.25, 0.5 , 0.75])
    """
    if len(scores) == 1:
        return scores[0]
    joined: Floats = np.mean([ranks(s) for s in scores], axis=0)
    return joined


def by_score(
    view: View,
    scores: Scores,
    n: int,
    rng: Generator,
    *,
    uses: tuple[str, ...] = ("predict",),
    join: Callable[[Sequence[Floats]], Floats] = mean_ranks,
) -> Ints:
    """Return the ``n`` candidates with the highest scores; among equal scores, at random.

    Parameters
    ----------
    view : View
        Of a pool in memory or in partitions.
    scores : callable
        Each candidate's depend on that candidate and the model alone.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.
    uses : tuple of str
        What ``scores`` looks at, as in `seral_core.strategies.partitions.Parts.each`.
    join : callable
        From the scores of all candidates for each target to one score each. Ranks are those among all candidates: of
        several targets, or with another ``join``, all scores are brought together, 8 bytes a clip and target.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, highest score first.

    Examples
    --------
    >>> from seral_core.strategies.base import line_view
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0])
    >>> by_score(view, lambda view: [view.table.values[view.candidates, 0]], 1, np.random.default_rng(0))
    array([2])
    """
    n = max(0, min(n, len(view.candidates)))
    if not n:
        return view.candidates[:0]
    if view.parts is None:
        return best(view, join(scores(view)), n, rng)
    if len(view.task) > 1 or join is not mean_ranks:
        each = [found for _, found in view.parts.each(view, _all_of, scores, uses) if found is not None]
        return view.candidates[highest(join([np.concatenate(one) for one in zip(*each, strict=True)]), n, rng)]
    rows, top = np.zeros(0, dtype=np.intp), np.zeros(0)
    for first, (near, high) in view.parts.each(view, _best_of, (scores, n), uses):
        rows, top = np.concatenate([rows, first + near]), np.concatenate([top, high])
        if len(rows) > 8 * n + 4096:
            kept = not_below(top, n)
            rows, top = rows[kept], top[kept]
    return rows[highest(top, n, rng)]


def _best_of(part: Part, asked: tuple[Scores, int]) -> tuple[Ints, Floats]:
    """Return the rows of a partition whose score is not below its n-th highest, with their scores."""
    scores, n = asked
    if not len(part.view.candidates):
        return np.zeros(0, dtype=np.intp), np.zeros(0)
    (found,) = scores(part.view)
    near = not_below(found, n)
    return part.view.candidates[near], found[near]


def _all_of(part: Part, scores: Scores) -> list[Floats] | None:
    return list(scores(part.view)) if len(part.view.candidates) else None
