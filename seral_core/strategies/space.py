"""Feature space: where segments lie, how far they are apart, and how they cluster.

Every strategy that measures distances sees the same space: features z-scored over the pool, one
point per row. Distances are sums of squared differences (never a difference of dot products, which
loses the small ones), worked out one column at a time, so no (pool x pool) matrix comes up.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.strategies.base import View
from seral_core.threads import one_thread
from seral_core.types import Floats, Ints

Points = NDArray[np.floating[Any]]

#: Rows worked on at once, so that a block stays in the processor's cache.
BLOCK = 2048
#: Columns kept between rounds take at most this many bytes.
KEPT_BYTES = 2**30
#: A view that asks for less than this part of the pool gets distances of only its candidates.
FEW = 1 / 8


def z_scored(values: Points) -> Points:
    """Return ``values`` with mean 0 and standard deviation 1 per column; constant columns become 0.

    Parameters
    ----------
    values : array of shape (points, features)
        float32 or float64; the result has the same type.

    Examples
    --------
    >>> z_scored(np.array([[1.0, 7.0], [3.0, 7.0]]))
    array([[-1.,  0.],
           [ 1.,  0.]])
    """
    mean = values.mean(axis=0, dtype=np.float64)
    square = np.zeros(values.shape[1])
    for start in range(0, len(values), BLOCK):
        square += ((values[start : start + BLOCK] - mean) ** 2).sum(axis=0)
    return on_scale(values, mean, weight_of(mean, np.sqrt(square / max(len(values), 1)), values.dtype))


def weight_of(mean: Floats, std: Floats, kind: Any = np.float32) -> Floats:
    """Return what deviations from the mean are multiplied with: 0 where a column is constant but for its last digits.

    Examples
    --------
    >>> weight_of(np.array([2.0, 7.0]), np.array([0.5, 0.0]))
    array([2., 0.])
    """
    constant = std <= 16 * np.finfo(kind).eps * np.abs(mean)
    return np.divide(1.0, std, out=np.zeros_like(std), where=~constant)


def on_scale(values: Points, mean: Floats, weight: Floats) -> Points:
    """Return ``(values - mean) * weight``, worked out in float64 and in blocks, in the type of ``values``.

    Examples
    --------
    >>> on_scale(np.array([[3.0]]), np.array([2.0]), np.array([2.0]))
    array([[2.]])
    """
    out = np.empty(values.shape, values.dtype)
    for start in range(0, len(values), BLOCK):
        out[start : start + BLOCK] = (values[start : start + BLOCK] - mean) * weight
    return out


def remember(view: View, name: str, make: Any) -> Any:
    """Return ``make()``, kept in ``view.scratch`` for as long as the pool stays the same.

    Examples
    --------
    >>> view = line_view(0.0, 1.0, 5.0)
    >>> remember(view, "size", lambda: 3), remember(view, "size", lambda: 4), list(view.scratch)
    (3, 3, [('space', 'size')])
    """
    key = ("space", name)
    kept = view.scratch.get(key)
    if kept is None or kept[0] is not view.table.values:
        kept = view.scratch[key] = (view.table.values, make())
    return kept[1]


def points(view: View) -> Points:
    """Return the pool in feature space: z-scored, one point per row.

    Returns
    -------
    array of shape (rows of the table, features)
        float32 where the table is float32, else float64.

    Examples
    --------
    >>> points(line_view(1.0, 3.0)).tolist()
    [[-1.0], [1.0]]
    """

    def make() -> Points:
        values = np.asarray(view.table.pooled().values)
        values = values if values.dtype in (np.float32, np.float64) else values.astype(float)
        return z_scored(values) if view.pool_scale is None else on_scale(values, *view.pool_scale)

    found: Points = remember(view, "points", make)
    return found


def reduced(view: View, width: int) -> Points:
    """Return `points`, by PCA in at most ``width`` dimensions.

    Returns
    -------
    array of shape (rows of the table, at most width)
        As wide as the features where that is less.

    Examples
    --------
    >>> from seral_core.strategies.contract import AROUSAL, toy_view
    >>> view = toy_view(np.random.default_rng(0).normal(size=(9, 5)), (AROUSAL,), ())
    >>> reduced(view, 2).shape, reduced(view, 5).shape
    ((9, 2), (9, 5))
    """

    def make() -> Points:
        everything = points(view)
        if min(everything.shape) <= width:
            return everything
        from sklearn.decomposition import PCA

        with one_thread():
            found: Points = PCA(width, random_state=0).fit_transform(everything)
        return np.ascontiguousarray(found)

    found: Points = remember(view, f"reduced {width}", make)
    return found


def squared_distances(some: Points, one: Points) -> Points:
    """Return squared Euclidean distances from ``one`` point to ``some``.

    Parameters
    ----------
    some : array of shape (points, features)
        Where to.
    one : array of shape (features,)
        Where from.

    Examples
    --------
    >>> squared_distances(np.array([[0.0, 0.0], [3.0, 4.0]]), np.zeros(2))
    array([ 0., 25.])
    """
    out = np.empty(len(some), some.dtype)
    buffer = np.empty((min(BLOCK, len(some)), some.shape[1]), some.dtype)
    for start in range(0, len(some), BLOCK):
        block = some[start : start + BLOCK]
        apart = np.subtract(block, one, out=buffer[: len(block)])
        np.einsum("ij,ij->i", apart, apart, out=out[start : start + BLOCK])
    return out


@dataclass
class Columns:
    """Squared distances of all points to the labelled rows.

    Parameters
    ----------
    rows : list of int
        The labelled rows, in the order in which they were labelled.
    buffer : array of shape (rows or more, points)
        One row of distances for each of them.
    nearest : Ints of shape (points,)
        For each point, the position in ``rows`` of the nearest.

    Examples
    --------
    >>> kept = Columns()
    >>> for row in (0, 2):
    ...     kept.add(np.array([[0.0], [1.0], [5.0]]), row)
    >>> kept.squares.tolist(), kept.nearest
    ([[0.0, 1.0, 25.0], [25.0, 16.0, 0.0]], array([0, 0, 1]))
    """

    rows: list[int] = field(default_factory=list)
    buffer: Points | None = None
    nearest: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.intp))

    @property
    def squares(self) -> Points:
        """Only the distances, of shape (rows, points); not to be changed."""
        return np.zeros((0, 0)) if self.buffer is None else self.buffer[: len(self.rows)]

    def add(self, everything: Points, row: int) -> None:
        """Add the distances to one more row."""
        if self.buffer is None or len(self.rows) == len(self.buffer):
            larger = np.empty((max(16, 2 * len(self.rows)), len(everything)), everything.dtype)
            if self.buffer is not None:
                larger[: len(self.rows)] = self.buffer
            self.buffer = larger
        new = self.buffer[len(self.rows)] = squared_distances(everything, everything[row])
        if not self.rows:
            self.nearest = np.zeros(len(everything), dtype=np.intp)
        closer = new < self.buffer[self.nearest, np.arange(len(everything))]
        self.nearest[closer] = len(self.rows)
        self.rows.append(row)


def column_rows(view: View) -> Ints | slice:
    """Return which rows the columns of `labelled_columns` speak of: the candidates, or the whole pool.

    Examples
    --------
    >>> column_rows(line_view(0.0, 1.0, 5.0, labelled=[0]))
    slice(None, None, None)
    >>> column_rows(line_view(*range(20), labelled=range(18)))
    array([18, 19])
    """
    size = len(view.table)
    large = size * len(view.labelled) * points(view).itemsize > KEPT_BYTES
    return view.candidates if large or len(view.candidates) < FEW * size else slice(None)


def labelled_columns(view: View) -> Iterator[tuple[Ints, Points]]:
    """Go through the labelled rows, and how far others are from each, in blocks.

    Columns are kept in ``view.scratch``, so one more label costs one more column; where that would
    take more than `KEPT_BYTES`, or few candidates are asked for, they are worked out on the way.

    Yields
    ------
    rows : Ints of shape (some labelled,)
        Row numbers.
    squares : array of shape (some labelled, rows of `column_rows`)
        Squared distances; not to be changed.

    Examples
    --------
    >>> view = line_view(1.0, 3.0, 5.0, labelled=[0, 2])
    >>> for rows, squares in labelled_columns(view):
    ...     print(rows, squares.round(1).tolist())
    [0 2] [[0.0, 1.5, 6.0], [6.0, 1.5, 0.0]]
    """
    everything, which = points(view), column_rows(view)
    kept = None if isinstance(which, np.ndarray) else kept_columns(view)
    near = everything[which]
    step = max(1, 2**16 // max(len(near), 1))
    labelled = view.labelled if kept is None else np.array(kept.rows, dtype=np.intp)
    for start in range(0, len(labelled), step):
        rows = labelled[start : start + step]
        if kept is None or kept.buffer is None:
            yield rows, np.array([squared_distances(near, everything[row]) for row in rows])
        else:
            yield rows, kept.buffer[start : start + len(rows)]


def kept_columns(view: View) -> Columns:
    """Return the columns of all labelled rows, kept in ``view.scratch``: one more label costs one more.

    Examples
    --------
    >>> kept_columns(line_view(0.0, 1.0, 5.0, labelled=[0, 2])).rows
    [0, 2]
    """
    everything = points(view)
    kept: Columns = remember(view, "columns", Columns)
    if not set(kept.rows) <= set(view.labelled.tolist()):
        view.scratch.pop(("space", "columns"))
        kept = remember(view, "columns", Columns)
    have = set(kept.rows)
    for row in view.labelled.tolist():
        if row not in have:
            kept.add(everything, row)
    return kept


@dataclass
class _Nearest:
    """Squared distance of every point to the nearest row seen so far."""

    squares: Points
    seen: set[int] = field(default_factory=set)


def nearest_labelled(view: View) -> Points:
    """Return the squared distance of each candidate to its nearest labelled row.

    Returns
    -------
    array of shape (candidates,)
        A fresh array; infinite where nothing is labelled yet.

    Examples
    --------
    >>> view = line_view(0.0, 1.0, 5.0, labelled=[0])
    >>> near = nearest_labelled(view)
    >>> bool(np.isclose(near[1] / near[0], 25))
    True
    """
    everything = points(view)
    if len(view.candidates) < FEW * len(view.table):
        near = everything[view.candidates]
        squares = np.full(len(near), np.inf, everything.dtype)
        for row in view.labelled:
            np.minimum(squares, squared_distances(near, everything[row]), out=squares)
        return squares
    return _kept_nearest(view, everything).squares[view.candidates]


def _kept_nearest(view: View, everything: Points) -> _Nearest:
    def make() -> _Nearest:
        return _Nearest(np.full(len(everything), np.inf, everything.dtype))

    kept: _Nearest = remember(view, "nearest", make)
    labelled = set(view.labelled.tolist())
    if not kept.seen <= labelled:
        view.scratch.pop(("space", "nearest"))
        kept = remember(view, "nearest", make)
    for row in sorted(labelled - kept.seen):
        np.minimum(kept.squares, squared_distances(everything, everything[row]), out=kept.squares)
    kept.seen |= labelled
    return kept


def draw_highest(scores: Points, rng: Generator) -> int:
    """Return the position of the highest score; among equal scores, at random.

    Parameters
    ----------
    scores : array of shape (candidates,)
        At least one; none of them nan.

    Examples
    --------
    >>> draw_highest(np.array([1.0, 3.0, 2.0]), np.random.default_rng(0))
    1
    """
    top = np.flatnonzero(scores == scores.max())
    return int(top[rng.integers(len(top))]) if len(top) > 1 else int(top[0])


def k_means_clusters(some: Points, clusters: int, rng: Generator) -> tuple[Ints, Floats]:
    """Cluster points by k-means.

    Parameters
    ----------
    some : array of shape (points, features)
        At least one.
    clusters : int
        Number of clusters wanted; no more than points come back, fewer where points coincide.
        More than 20,000 points, or into more than 200 clusters, are clustered in mini-batches.

    Returns
    -------
    label : Ints of shape (points,)
        Cluster of each point.
    square : Floats of shape (points,)
        Squared distance of each point to the centre of its cluster.

    Examples
    --------
    >>> label, square = k_means_clusters(np.array([[0.0], [2.0], [9.0]]), 2, np.random.default_rng(0))
    >>> bool(label[0] == label[1] != label[2]), square
    (True, array([1., 1., 0.]))
    """
    from sklearn.cluster import KMeans, MiniBatchKMeans

    clusters = max(1, min(clusters, len(some)))
    seed = int(rng.integers(2**31))
    if len(some) > 20_000 or clusters > 200:
        model = MiniBatchKMeans(clusters, random_state=seed, n_init=1, batch_size=4096)
    else:
        model = KMeans(clusters, random_state=seed, n_init=1)
    with warnings.catch_warnings(), one_thread():
        # Fewer distinct points than clusters is no mistake here.
        warnings.simplefilter("ignore")
        label = model.fit_predict(some).astype(np.intp)
    apart = some - model.cluster_centers_[label]
    return label, np.einsum("ij,ij->i", apart, apart).astype(np.float64)


def centres_of(some: Points, label: Ints) -> Points:
    """Return the mean of each cluster, of shape (clusters, features)."""
    return np.stack([some[label == one].mean(axis=0) for one in np.unique(label)])
