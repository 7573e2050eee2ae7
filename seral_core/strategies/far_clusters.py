"""k-means over a pool of partitions: centres are learned in mini-batches, and every clip is held against them."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.strategies import far_centres
from seral_core.strategies.base import View
from seral_core.strategies.far_centres import AT_ONCE, Centres, centres_in_parts
from seral_core.strategies.parts import Part
from seral_core.strategies.space import k_means_clusters, on_scale
from seral_core.types import Floats, Ints


def clusters_in_parts(view: View, clusters: int, rng: Generator) -> tuple[Ints, Ints]:
    """Return the candidate nearest the centre of each cluster, and how many candidates the cluster has.

    Parameters
    ----------
    view : View
        Of a pool in partitions.
    clusters : int
        How many are wanted; fewer come back where points coincide.
    rng : Generator
        Draws the sample, where k-means starts, and the mini-batches.

    Returns
    -------
    rows, sizes : Ints of shape (clusters,)
        Row numbers in the pool, and numbers of clips; large clusters first.

    References
    ----------
    .. [1] Sculley, Web-scale k-means clustering, WWW 2010 (what scikit-learn's MiniBatchKMeans is).

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> from seral_core.runs.far_pool import FarPool
    >>> from seral_core.types import Target
    >>> values = np.array([[0.0], [1.0], [2.0], [9.0], [10.0], [11.0], [12.0], [13.0]])
    >>> pool = FarPool(far_example(values), (Target("arousal"),))
    >>> clusters_in_parts(pool.view(pool.task, 0), 2, np.random.default_rng(0))
    (array([5, 1]), array([5, 3]))
    """
    parts, count = view.parts, len(view.candidates)
    assert parts is not None
    if count <= far_centres.SAMPLE:
        rows = view.candidates[np.arange(count)]
        label, square = k_means_clusters(on_scale(parts.vectors(rows), *parts.scale()), clusters, rng)
        return _ordered(rows, label, square)
    centres = centres_in_parts(view, clusters, rng)
    found, sizes = np.zeros(len(centres.at), dtype=np.intp), np.zeros(len(centres.at), dtype=np.intp)
    best = np.full(len(found), np.inf)
    for first, (here, squares, local) in parts.each(view, _nearest_each, centres, ("table",)):
        sizes += here
        better = squares < best
        best[better], found[better] = squares[better], first + local[better]
    order = np.lexsort((np.arange(len(sizes)), -sizes))
    order = order[sizes[order] > 0]
    return found[order], sizes[order]


def _ordered(rows: Ints, label: Ints, square: Floats) -> tuple[Ints, Ints]:
    by_distance = np.lexsort((square, label))
    found, at, size = np.unique(label[by_distance], return_index=True, return_counts=True)
    order = np.lexsort((found, -size))
    return rows[by_distance[at][order]], size[order]


def _nearest_each(part: Part, centres: Centres) -> tuple[Ints, Floats, Ints]:
    """Return for each centre how many candidates are nearest to it, and which is the nearest, with its square."""
    rows, count = part.view.candidates, len(centres.at)
    sizes, best, found = np.zeros(count, np.intp), np.full(count, np.inf), np.zeros(count, np.intp)
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        label, square = centres.nearest(centres.points(part.view.table.values[some]))
        sizes += np.bincount(label, minlength=count)
        order = np.lexsort((square, label))
        here, at = np.unique(label[order], return_index=True)
        nearest = order[at]
        better = square[nearest] < best[here]
        best[here[better]], found[here[better]] = square[nearest[better]], some[nearest[better]]
    return sizes, best, found
