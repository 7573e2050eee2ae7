"""Representations: where candidates lie for the model that is being trained, or by features where it has no place."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadFeatures
from seral_core.strategies.base import View
from seral_core.strategies.space import Points, k_means_clusters, points
from seral_core.threads import one_thread
from seral_core.types import Floats, Ints


def representations(view: View) -> Points:
    """Return where the candidates lie: the learner's embeddings, or z-scored features where it gives none.

    Before the first labels no learner is trained, so features it is; those of a pretrained encoder are its
    representations.

    Returns
    -------
    array of shape (candidates, dimensions)
        float32 or float64.

    Raises
    ------
    BadFeatures
        When the learner gives embeddings of another shape, or some that are not finite.

    Examples
    --------
    >>> representations(line_view(1.0, 3.0)).tolist()
    [[-1.0], [1.0]]
    >>> representations(line_view(1.0, 3.0, labelled=[0], embed=lambda rows: np.ones((len(rows), 2)))).tolist()
    [[1.0, 1.0]]
    """
    if view.embed is None:
        return points(view)[view.candidates]
    found = np.asarray(view.embeddings(view.candidates))
    if found.ndim != 2 or len(found) != len(view.candidates) or not np.isfinite(found).all():
        raise BadFeatures(
            f"the learner's embeddings of {len(view.candidates)} clips have the shape {found.shape}, or are not all "
            "finite; expected a row of numbers for each clip; correct the learner's embed"
        )
    return found if found.dtype in (np.float32, np.float64) else found.astype(np.float64)


#: Wider representations are reduced by PCA.
WIDTH = 50


def narrowed(some: Points, width: int = WIDTH) -> Points:
    """Return points by PCA in at most ``width`` dimensions, so that distances between many stay cheap.

    Examples
    --------
    >>> narrowed(np.random.default_rng(0).normal(size=(9, 5)), 2).shape, narrowed(np.eye(3), 5).shape
    ((9, 2), (3, 3))
    """
    if min(some.shape) <= width:
        return some
    from sklearn.decomposition import PCA

    with one_thread():
        return np.ascontiguousarray(PCA(width, random_state=0).fit_transform(some))


def neighbours_of(some: Points, count: int) -> tuple[Floats, Ints]:
    """Return each point's nearest other points, worked out in blocks.

    Parameters
    ----------
    some : array of shape (points, dimensions)
        At least one.
    count : int
        How many neighbours; all others where there are fewer.

    Returns
    -------
    distances, positions : arrays of shape (points, neighbours)
        The nearest first.

    Examples
    --------
    >>> neighbours_of(np.array([[0.0], [1.0], [5.0]]), 1)
    (array([[1.],
           [1.],
           [4.]]), array([[1],
           [0],
           [1]]))
    """
    count = min(count, len(some) - 1)
    if count < 1:
        return np.zeros((len(some), 0)), np.zeros((len(some), 0), dtype=np.intp)
    from sklearn.neighbors import NearestNeighbors

    with one_thread():
        distances, near = NearestNeighbors(n_neighbors=count).fit(some).kneighbors()
    return distances.astype(np.float64), near.astype(np.intp)


def nearest_to_centres(label: Ints, square: Floats, wanted: int, rng: Generator) -> Ints:
    """Choose the point nearest the centre of each cluster, then the second nearest of each, and so on.

    Parameters
    ----------
    label : Ints of shape (points,)
        Cluster of each point.
    square : Floats of shape (points,)
        Squared distance to its centre.
    wanted : int
        Number of points; no more come back than there are.
    rng : Generator
        Draws among equals.

    Returns
    -------
    Ints of shape (<= wanted,)
        Positions; those of large clusters first.

    Examples
    --------
    >>> label, square = np.array([0, 0, 0, 1, 1]), np.array([4.0, 0.0, 1.0, 2.0, 3.0])
    >>> nearest_to_centres(label, square, 4, np.random.default_rng(0))
    array([1, 3, 2, 4])
    """
    size = np.bincount(label)
    order = np.lexsort((rng.random(len(label)), square, label))
    first = np.concatenate([[0], np.cumsum(size)[:-1]])
    turn = np.empty(len(label), dtype=np.intp)
    turn[order] = np.arange(len(label)) - first[label[order]]
    chosen: Ints = np.lexsort((label, -size[label], turn))[:wanted]
    return chosen


def around_centres(some: Points, clusters: int, wanted: int, rng: Generator) -> Ints:
    """Choose points nearest the centres of k-means; see `nearest_to_centres`.

    Examples
    --------
    >>> around_centres(np.array([[0.0], [1.0], [2.0], [9.0], [9.5], [10.0], [10.5]]), 2, 1, np.random.default_rng(0))
    array([5])
    """
    label, square = k_means_clusters(some, clusters, rng)
    return nearest_to_centres(label, square, wanted, rng)
