"""Distances in features and in labels at once: what all greedy sampling shares.

Squares are compared, whose order is the same. Picks of one round count as labelled for those after
them, with the value that was estimated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.random import Generator

from seral_core.strategies.base import View
from seral_core.strategies.far_distance import centre_in_parts
from seral_core.strategies.label_space import Labels
from seral_core.strategies.space import (
    Points,
    column_rows,
    draw_highest,
    kept_columns,
    labelled_columns,
    points,
    remember,
    squared_distances,
)
from seral_core.types import Floats, Ints

#: From squared distances in features, estimated and known values, to a score, of shape (labelled,
#: candidates).
Fusion = Callable[[Points, Floats, Floats], Points]
#: So many of the widest bounds are settled first.
SETTLED = 64


def centre_of(view: View) -> int:
    """Return the position of the candidate nearest the centroid of the pool: where GSx starts.

    Parameters
    ----------
    view : View
        Uses ``table``; at least one candidate.

    Returns
    -------
    int
        Position in ``view.candidates``, in the same feature space as every distance.

    Examples
    --------
    >>> centre_of(line_view(0.0, 1.0, 5.0, 2.1))
    3
    """
    if view.parts is not None:
        return centre_in_parts(view)
    everything = points(view)
    centroid = everything.mean(axis=0, dtype=np.float64).astype(everything.dtype)
    return int(squared_distances(everything[view.candidates], centroid).argmin())


def in_own_units(view: View) -> View:
    """Return the view with distances between features as the table has them, not z-scored.

    Distances are kept in ``view.scratch`` beside those of the z-scored space.

    Examples
    --------
    >>> points(in_own_units(line_view(1.0, 3.0, 5.0))).tolist()
    [[1.0], [3.0], [5.0]]
    """

    def make() -> Points:
        values = np.asarray(view.table.pooled().values)
        return values if values.dtype in (np.float32, np.float64) else values.astype(float)

    own = replace(view, scratch=view.scratch.setdefault(("space", "own units"), {}))
    remember(own, "points", make)
    return own


def labels_alone(_features: Points, guess: Floats, values: Floats) -> Points:
    r"""Squared distance in label space, :math:`\|\hat y_i - y_j\|^2`.

    Examples
    --------
    >>> labels_alone(np.zeros(0), np.array([[0.0, 0.0]]), np.array([[0.3, 0.4]])).round(2)
    array([[0.25]])
    """
    from scipy.spatial.distance import cdist

    apart: Points = cdist(values, guess, "sqeuclidean")
    return apart


def by_norm(features: Points, guess: Floats, values: Floats) -> Points:
    r"""Squared distance in features times that in labels, :math:`\|x_i - x_j\|^2 \|\hat y_i - y_j\|^2`.

    Examples
    --------
    >>> by_norm(np.array([[4.0]]), np.array([[0.0, 0.0]]), np.array([[0.3, 0.4]])).round(2)
    array([[1.]])
    """
    apart = labels_alone(features, guess, values)
    return np.multiply(features, apart, out=apart)


def by_product(features: Points, guess: Floats, values: Floats) -> Points:
    r"""Squared distance in features times those of all targets: :math:`\|x_i - x_j\|^2 \prod_t (\hat y_i^t - y_j^t)^2`.

    Examples
    --------
    >>> by_product(np.array([[4.0]]), np.array([[0.0, 0.0]]), np.array([[0.5, 1.0]]))
    array([[1.]])
    """
    apart = np.square(np.subtract.outer(values[:, 0], guess[:, 0]))
    for t in range(1, guess.shape[1]):
        apart *= np.square(np.subtract.outer(values[:, t], guess[:, t]))
    return np.multiply(features, apart, out=apart)


#: How a fusion joins the squared label distances of several targets.
JOIN: dict[Fusion, Callable[..., Floats]] = {by_norm: np.sum, by_product: np.prod}


def farthest(view: View, n: int, rng: Generator, fusion: Fusion, labels: Labels, weight: Floats | None = None) -> Ints:
    """Return candidates whose smallest fused distance to a labelled row, times a weight, is highest.

    Parameters
    ----------
    view : View
        Uses ``table``, ``candidates`` and ``labelled``.
    n : int
        Number of segments wanted. Each pick counts as labelled for those after it.
    rng : Generator
        Draws among equals.
    fusion : Fusion
        `labels_alone`, `by_norm` or `by_product`.
    labels : Labels
        Of the view's candidates and labelled rows.
    weight : Floats of shape (candidates,), optional
        0 or more. Where nothing is labelled it decides the first pick; without weights that is the
        candidate nearest the centroid.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Examples
    --------
    >>> view, labels = line_view(0.0, 1.0, 5.0, labelled=[0]), Labels(np.array([[0.9], [0.3]]), np.zeros((1, 1)))
    >>> farthest(view, 1, np.random.default_rng(0), by_norm, labels)
    array([2])
    >>> farthest(view, 1, np.random.default_rng(0), by_norm, labels, np.array([2.0, 1.0]))
    array([1])
    """
    wanted = max(0, min(n, len(view.candidates)))
    if not wanted:
        return view.candidates[:0]
    if wanted == 1 and len(view.labelled) and fusion in JOIN and isinstance(column_rows(view), slice):
        return view.candidates[[draw_highest(_widest(view, fusion, labels, weight), rng)]]
    return view.candidates[_picks(view, wanted, rng, fusion, labels, weight)]


def _squared(view: View, weight: Floats | None) -> Floats:
    return np.ones(len(view.candidates)) if weight is None else np.square(weight)


def _widest(view: View, fusion: Fusion, labels: Labels, weight: Floats | None) -> Floats:
    """Weighted gap of each candidate, exact only where the widest may be, and too wide elsewhere.

    The fused distance to any labelled row bounds the smallest one; those nearest in features, or in
    one target's values, are tried.
    """
    kept, rows, guess = kept_columns(view), view.candidates, labels.guess
    known, weights = labels.known[np.searchsorted(view.labelled, kept.rows)], _squared(view, weight)
    gaps = np.full(len(rows), np.inf)
    for near in (kept.nearest[rows], *(_nearest_values(known[:, t], guess[:, t]) for t in range(guess.shape[1]))):
        apart = JOIN[fusion](np.square(known[near] - guess), axis=1)
        # Rounding must not make it too narrow.
        np.minimum(gaps, kept.squares[near, rows] * apart * (1 + 1e-9), out=gaps)
    gaps *= weights

    def settle(which: Ints) -> float:
        exact = fusion(kept.squares[:, rows[which]], guess[which], known).min(axis=0)
        gaps[which] = exact * weights[which]
        return float(gaps[which].max())

    some = min(SETTLED, len(rows))
    top = np.argpartition(gaps, len(rows) - some)[len(rows) - some :]
    widest = settle(top)
    bounds = gaps.copy()
    bounds[top] = -1.0
    settle(np.concatenate([top[:1], np.flatnonzero(bounds >= widest)]))
    return gaps


def _nearest_values(known: Floats, guess: Floats) -> Ints:
    """Return the position of the known value nearest to each guess."""
    order = np.argsort(known)
    rising = known[order]
    right = (
        np.clip(np.searchsorted(rising, guess), 1, len(rising) - 1) if len(rising) > 1 else np.zeros(len(guess), int)
    )
    left = np.maximum(right - 1, 0)
    return order[np.where(guess - rising[left] < rising[right] - guess, left, right)]


def _gaps(view: View, fusion: Fusion, labels: Labels) -> Floats:
    """Smallest fused distance of each candidate to a labelled row, of shape (candidates,)."""
    which = view.candidates if fusion is labels_alone else column_rows(view)
    whole = isinstance(which, slice)
    guess = _spread(labels.guess, view.candidates, len(view.table)) if whole else labels.guess
    gaps = np.full(len(guess), np.inf)
    for rows, squares in _columns(view, fusion):
        values = labels.known[np.searchsorted(view.labelled, rows)]
        np.minimum(gaps, fusion(squares, guess, values).min(axis=0), out=gaps)
    return gaps[view.candidates] if whole else gaps


def _spread(guess: Floats, rows: Ints, size: int) -> Floats:
    everywhere = np.zeros((size, guess.shape[1]))
    everywhere[rows] = guess
    return everywhere


def _columns(view: View, fusion: Fusion) -> Iterator[tuple[Ints, Points]]:
    if fusion is not labels_alone:
        yield from labelled_columns(view)
        return
    step = max(1, 2**16 // len(view.candidates))
    for start in range(0, len(view.labelled), step):
        yield view.labelled[start : start + step], np.zeros(0)


def _picks(view: View, wanted: int, rng: Generator, fusion: Fusion, labels: Labels, weight: Floats | None) -> Ints:
    """Return the positions of the candidates chosen one after another."""
    near = points(view)[view.candidates] if wanted > 1 else np.zeros((0, 0))
    gaps, weights = _gaps(view, fusion, labels), _squared(view, weight)
    chosen: list[int] = []
    while len(chosen) < wanted:
        # Without a labelled row all gaps are infinite, and candidates differ only in weights.
        scores = weights.copy() if np.isinf(gaps[0]) else gaps * weights
        scores[chosen] = -1.0
        central = not chosen and not len(view.labelled) and weight is None
        pick = centre_of(view) if central else draw_highest(scores, rng)
        chosen.append(pick)
        if len(chosen) < wanted:
            apart = squared_distances(near, near[pick])[None]
            np.minimum(gaps, fusion(apart, labels.guess, labels.guess[[pick]])[0], out=gaps)
    return np.array(chosen, dtype=np.intp)


def farthest_within(
    view: View, n: int, rng: Generator, fusion: Fusion, labels: Labels, groups: Ints, labelled_groups: Ints
) -> Ints:
    """As `farthest`, but rows are compared within their group; one that has no labelled row, with all of them.

    Parameters
    ----------
    view, n, rng, fusion, labels
        As in `farthest`.
    groups : Ints of shape (candidates,)
        The group of each candidate.
    labelled_groups : Ints of shape (labelled,)
        That of each labelled row.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Examples
    --------
    >>> view = line_view(0.0, 1.0, 5.0, 4.0, labelled=[0, 2])
    >>> labels = Labels(np.array([[0.5], [0.5]]), np.zeros((2, 1)))
    >>> farthest_within(view, 1, np.random.default_rng(0), by_norm, labels, np.array([0, 0]), np.array([0, 1]))
    array([3])
    """
    wanted = max(0, min(n, len(view.candidates)))
    gaps = np.full(len(view.candidates), np.inf)
    empty = np.setdiff1d(groups, labelled_groups)
    for group in np.unique(groups):
        mine = np.flatnonzero(groups == group)
        theirs = np.flatnonzero(labelled_groups == group) if group not in empty else np.arange(len(view.labelled))
        gaps[mine] = _between(view, fusion, labels, mine, theirs)
    near = points(view)[view.candidates]
    chosen: list[int] = []
    while len(chosen) < wanted:
        first = not chosen and not len(view.labelled)
        pick = centre_of(view) if first else draw_highest(gaps, rng)
        chosen.append(pick)
        apart = fusion(squared_distances(near, near[pick])[None], labels.guess, labels.guess[[pick]])[0]
        if groups[pick] in empty:
            gaps[groups == groups[pick]] = np.inf
            empty = empty[empty != groups[pick]]
        np.minimum(gaps, apart, out=gaps, where=(groups == groups[pick]) | np.isin(groups, empty))
        gaps[chosen] = -1.0
    return view.candidates[np.array(chosen, dtype=np.intp)]


def _between(view: View, fusion: Fusion, labels: Labels, mine: Ints, theirs: Ints) -> Floats:
    """Smallest fused distance of some candidates to some labelled rows, both by position."""
    everything, rows = points(view), view.candidates[mine]
    kept = kept_columns(view) if isinstance(column_rows(view), slice) else None
    place = None if kept is None else np.argsort(kept.rows)
    gaps = np.full(len(mine), np.inf)
    step = max(1, 2**18 // max(len(mine), 1))
    for start in range(0, len(theirs), step):
        some = theirs[start : start + step]
        if kept is not None and place is not None:
            squares = kept.squares[np.ix_(place[some], rows)]
        else:
            near = everything[rows]
            squares = np.array([squared_distances(near, everything[row]) for row in view.labelled[some]])
        np.minimum(gaps, fusion(squares, labels.guess[mine], labels.known[some]).min(axis=0), out=gaps)
    return gaps
