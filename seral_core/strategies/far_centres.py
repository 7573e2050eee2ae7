"""By clusters: centres are learned from a pool of partitions in mini-batches, and every clip is held against them.

k-means starts on a sample of the pool, and `sklearn.cluster.MiniBatchKMeans` goes on from there with a bounded draw of
each partition (``partial_fit``), in the order of the partitions: whoever looks at them, the centres are the same. They
are not those that a pool in memory has; up to `SAMPLE` clips, strategies take the pool whole, and then they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core.far.rest import among
from seral_core.strategies.base import View
from seral_core.strategies.parts import Part
from seral_core.strategies.space import Points, centres_of, k_means_clusters, on_scale
from seral_core.threads import one_thread
from seral_core.types import Floats, Ints

#: So many clips, drawn at random, are where k-means starts; a pool of no more is taken whole, as in memory.
SAMPLE = 20_000
#: So many candidates of a partition, drawn at random, move the centres.
BATCH = 4096
#: Rows held against the centres at once.
AT_ONCE = 4096


@dataclass(frozen=True)
class Centres:
    """Centres of clusters, and the space they lie in.

    Parameters
    ----------
    at : array of shape (clusters, width)
        Where they are.
    mean, weight : Floats of shape (features,)
        The scale of the pool's features.
    axes : array of shape (width, features), optional
        Principal axes; left out: the features themselves.

    Examples
    --------
    >>> centres = Centres(np.array([[0.0], [10.0]]), np.zeros(1), np.ones(1))
    >>> centres.nearest(centres.points(np.array([[1.0], [12.0]])))
    (array([0, 1]), array([1., 4.]))
    """

    at: Points
    mean: Floats
    weight: Floats
    axes: Points | None = None

    def points(self, values: Points) -> Points:
        """Return rows of the table as points of the space."""
        near = on_scale(values, self.mean, self.weight)
        return near if self.axes is None else near @ self.axes.T

    def nearest(self, near: Points) -> tuple[Ints, Floats]:
        """Return for each point which centre is nearest, and the squared distance to it."""
        theirs = np.einsum("ij,ij->i", self.at, self.at)
        label = (theirs - 2 * (near @ self.at.T)).argmin(axis=1)
        apart = near - self.at[label]
        return label, np.einsum("ij,ij->i", apart, apart).astype(np.float64)


def centres_in_parts(view: View, clusters: int, rng: Generator, width: int | None = None) -> Centres:
    """Learn the centres of k-means over the candidates of a pool in partitions.

    Parameters
    ----------
    view : View
        Of a pool in partitions.
    clusters : int
        How many are wanted; fewer come back where points of the sample coincide.
    rng : Generator
        Draws the sample and the mini-batches.
    width : int, optional
        Wider features are reduced by PCA, whose axes are those of the sample.

    References
    ----------
    .. [1] Sculley, Web-scale k-means clustering, WWW 2010.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> from seral_core.runs.far_pool import FarPool
    >>> from seral_core.types import Target
    >>> pool = FarPool(far_example(np.array([[0.0], [1.0], [11.0], [12.0]])), (Target("arousal"),))
    >>> len(centres_in_parts(pool.view(pool.task, 0), 2, np.random.default_rng(0)).at)
    2
    """
    from sklearn.cluster import MiniBatchKMeans

    parts, count = view.parts, len(view.candidates)
    assert parts is not None
    some = np.arange(count) if count <= SAMPLE else np.sort(rng.choice(count, SAMPLE, replace=False))
    mean, weight = parts.scale()
    near = on_scale(parts.vectors(view.candidates[some]), mean, weight)
    axes = _axes(near, width)
    near = near if axes is None else near @ axes.T
    start = centres_of(near, k_means_clusters(near, clusters, rng)[0])
    # Centres that start well need not be drawn anew where few come to them.
    model: Any = MiniBatchKMeans(len(start), init=start, n_init=1, random_state=0, reassignment_ratio=0.0)
    asked = Centres(start, mean, weight, axes), int(rng.integers(2**31))
    with one_thread():
        model.partial_fit(near)
        for _, batch in parts.each(view, _batch, asked, ("table",)):
            if len(batch):
                model.partial_fit(batch)
    return Centres(np.ascontiguousarray(model.cluster_centers_, dtype=near.dtype), mean, weight, axes)


def _axes(near: Points, width: int | None) -> Points | None:
    if width is None or min(near.shape) <= width:
        return None
    from sklearn.decomposition import PCA

    with one_thread():
        found: Points = PCA(width, random_state=0).fit(near).components_
    return found.astype(near.dtype)


def _batch(part: Part, asked: tuple[Centres, int]) -> Points:
    """Return a draw of the candidates of a partition, as points."""
    space, seed = asked
    rows = part.view.candidates
    if len(rows) > BATCH:
        rows = np.sort(np.random.default_rng([seed, part.number]).choice(rows, BATCH, replace=False))
    return space.points(part.view.table.values[rows])


def sizes_in_parts(view: View, centres: Centres) -> tuple[Ints, Ints]:
    """Return how many candidates, and how many labelled clips beside them, each cluster has.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> from seral_core.runs.far_pool import FarPool
    >>> from seral_core.types import Target
    >>> pool = FarPool(far_example(np.array([[0.0], [1.0], [12.0]])), (Target("arousal"),))
    >>> sizes_in_parts(pool.view(pool.task, 0), Centres(np.array([[0.0], [12.0]]), np.zeros(1), np.ones(1)))
    (array([2, 1]), array([0, 0]))
    """
    assert view.parts is not None
    free = np.zeros(len(centres.at), dtype=np.intp)
    for _, here in view.parts.each(view, _sizes, centres, ("table",)):
        free += here
    known = view.labelled[~among(view.labelled, view.candidates)]
    label = centres.nearest(centres.points(view.parts.vectors(known)))[0] if len(known) else known
    return free, np.bincount(label, minlength=len(free))


def _sizes(part: Part, centres: Centres) -> Ints:
    found = np.zeros(len(centres.at), dtype=np.intp)
    rows = part.view.candidates
    for start in range(0, len(rows), AT_ONCE):
        near = centres.points(part.view.table.values[rows[start : start + AT_ONCE]])
        found += np.bincount(centres.nearest(near)[0], minlength=len(found))
    return found


@dataclass(frozen=True)
class Crowd:
    """Candidates that represent a cluster: those with the lowest of the numbers that all have drawn.

    Parameters
    ----------
    rows : Ints of shape (some,)
        Row numbers.
    near : array of shape (some, width)
        Where they are.
    drawn : Floats of shape (some,)
        The numbers.
    """

    rows: Ints
    near: Points
    drawn: Floats

    def joined(self, other: Crowd, most: int) -> Crowd:
        """Return the lowest of both, by row."""
        rows, near, drawn = (
            np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("rows", "near", "drawn")
        )
        kept = np.sort(np.argsort(drawn, kind="stable")[:most])
        return Crowd(rows[kept], near[kept], drawn[kept])


def crowds_in_parts(view: View, centres: Centres, which: Ints, most: int, rng: Generator) -> dict[int, Crowd]:
    """Return candidates of some clusters, drawn at random: all where a cluster has no more than ``most``.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> from seral_core.runs.far_pool import FarPool
    >>> from seral_core.types import Target
    >>> pool = FarPool(far_example(np.array([[0.0], [9.0], [1.0], [12.0]])), (Target("arousal"),))
    >>> centres = Centres(np.array([[0.0], [12.0]]), np.zeros(1), np.ones(1))
    >>> crowds_in_parts(pool.view(pool.task, 0), centres, np.array([1]), 5, np.random.default_rng(0))[1].rows
    array([1, 3])
    """
    assert view.parts is not None
    found: dict[int, Crowd] = {}
    asked = (centres, which, most, int(rng.integers(2**31)))
    for first, here in view.parts.each(view, _crowds, asked, ("table",)):
        for cluster, crowd in here.items():
            crowd = Crowd(crowd.rows + first, crowd.near, crowd.drawn)
            found[cluster] = found[cluster].joined(crowd, most) if cluster in found else crowd
    return found


def _crowds(part: Part, asked: tuple[Centres, Ints, int, int]) -> dict[int, Crowd]:
    centres, which, most, seed = asked
    found: dict[int, Crowd] = {}
    candidates = part.view.candidates
    drawn = np.random.default_rng([seed, part.number]).random(len(candidates))
    for start in range(0, len(candidates), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        rows = candidates[some]
        near = centres.points(part.view.table.values[rows])
        label = centres.nearest(near)[0]
        for cluster in np.intersect1d(label, which).tolist():
            mine = label == cluster
            crowd = Crowd(rows[mine], near[mine], drawn[some][mine])
            none = Crowd(rows[:0], near[:0], drawn[:0])
            found[cluster] = found.get(cluster, none).joined(crowd, most)
    return found
