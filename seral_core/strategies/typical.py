"""Typical clips: choose the densest point of the largest cluster that has no label yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.strategies import far_centres
from seral_core.strategies.base import View, strategies
from seral_core.strategies.far_centres import centres_in_parts, crowds_in_parts, sizes_in_parts
from seral_core.strategies.parts import in_parts
from seral_core.strategies.space import Points, draw_highest, k_means_clusters, reduced
from seral_core.types import Bools, Floats, Ints

#: Clusters with fewer members are passed over while larger ones are left.
SMALLEST = 5
#: Wider features are reduced by PCA.
WIDTH = 50
#: In larger clusters, this many members represent all of them.
CROWD = 1500


def typicality(some: Points, neighbours: int = 20) -> Floats:
    """Inverse of the mean distance to the nearest neighbours.

    Parameters
    ----------
    some : array of shape (points, features)
        The members of one cluster.
    neighbours : int
        How many neighbours count, or all others where there are fewer.

    Returns
    -------
    Floats of shape (points,)
        Infinite where all neighbours coincide; 0 for a single point.

    Examples
    --------
    >>> typicality(np.array([[0.0], [1.0], [3.0]]), neighbours=2)
    array([0.5       , 0.66666667, 0.4       ])
    """
    count = min(neighbours, len(some) - 1)
    if count < 1:
        return np.zeros(len(some))
    # Near the cluster's centre, dot products lose little of small distances.
    near = some.astype(np.float64) - some.mean(axis=0, dtype=np.float64)
    norms = np.einsum("ij,ij->i", near, near)
    squares = norms[:, None] + norms - 2 * (near @ near.T)
    np.fill_diagonal(squares, np.inf)
    nearest = np.partition(squares, count - 1, axis=1)[:, :count]
    nearest[nearest < 1e-12 * norms.max()] = 0.0
    mean = np.sqrt(nearest).mean(axis=1)
    typical: Floats = np.divide(1.0, mean, out=np.full(len(some), np.inf), where=mean > 0)
    return typical


@strategies.register("typiclust")
@in_parts
@dataclass(frozen=True)
class TypiClust:
    """Most typical clips of the largest clusters without a label (for the first labels).

    The pool is clustered by k-means into as many clusters as there will be labels. Clusters are
    visited by how few labels they have, then by size; from each comes its most typical clip.

    A pool in partitions is taken whole up to 20,000 clips. Of a larger one, clusters are learned in mini-batches
    (`seral_core.strategies.far_centres`), and neighbours are sought among 1,500 clips of a cluster, drawn once a round.

    Parameters
    ----------
    clusters : int
        At most so many clusters.
    neighbours : int
        Neighbours that make a clip typical.

    References
    ----------
    .. [1] Hacohen, Dekel and Weinshall, Active learning on a budget: opposite strategies suit high
       and low budgets, ICML 2022. The features are the table's, not learned by self-supervision.

    Examples
    --------
    >>> view = line_view(0.0, 0.2, 0.3, 0.4, 0.7, 9.0, 9.1, 9.2, 9.4, 9.6, 9.9)
    >>> TypiClust(neighbours=2)(view, 2, np.random.default_rng(0))
    array([6, 2])
    """

    clusters: int = 500
    neighbours: int = 20

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the most typical candidates of the clusters that need a label most."""
        wanted = max(0, min(n, len(view.candidates)))
        if not wanted:
            return view.candidates[:0]
        if view.parts is not None:
            return self._in_parts(view, wanted, rng)
        rows = np.union1d(view.labelled, view.candidates)
        some = reduced(view, WIDTH)[rows]
        free = np.isin(rows, view.candidates)
        count = min(len(view.labelled) + wanted, self.clusters)
        label, _ = k_means_clusters(some, count, rng)
        return rows[self._visit(some, label, free, wanted, rng)]

    def _in_parts(self, view: View, wanted: int, rng: Generator) -> Ints:
        assert view.parts is not None
        size = len(view.table)
        if size <= far_centres.SAMPLE:
            sample, numbers = view.parts.sample(view, np.arange(size))
            free = view.candidates[np.arange(len(view.candidates))]
            return numbers[self(sample.among(free), wanted, rng)]
        centres = centres_in_parts(view, min(len(view.labelled) + wanted, self.clusters), rng, WIDTH)
        left, covered = sizes_in_parts(view, centres)
        turns = _turns(left + covered, covered, left, wanted)
        most = max(CROWD, int(np.bincount(turns).max()))
        crowds = crowds_in_parts(view, centres, np.unique(turns), most, rng)
        there = {cluster: np.ones(len(crowd.rows), bool) for cluster, crowd in crowds.items()}
        chosen: list[int] = []
        for cluster in turns.tolist():
            members = np.flatnonzero(there[cluster])
            pick = self._most_typical(crowds[cluster].near, members, rng)
            there[cluster][pick] = False
            chosen.append(int(crowds[cluster].rows[pick]))
        return np.array(chosen, dtype=np.intp)

    def _visit(self, some: Points, label: Ints, free: Bools, wanted: int, rng: Generator) -> Ints:
        size = np.bincount(label)
        covered, left = (np.bincount(label[which], minlength=len(size)) for which in (~free, free))
        free = free.copy()
        chosen: list[int] = []
        for cluster in _turns(size, covered, left, wanted).tolist():
            pick = self._most_typical(some, np.flatnonzero((label == cluster) & free), rng)
            chosen.append(pick)
            free[pick] = False
        return np.array(chosen, dtype=np.intp)

    def _most_typical(self, some: Points, members: Ints, rng: Generator) -> int:
        if len(members) > CROWD:
            members = np.sort(rng.choice(members, CROWD, replace=False))
        return int(members[draw_highest(typicality(some[members], self.neighbours), rng)])


def _turns(size: Ints, covered: Ints, left: Ints, wanted: int) -> Ints:
    """Return which clusters are visited one after the other: each visit leaves one candidate less, and one label more.

    Examples
    --------
    >>> _turns(np.array([9, 7, 2]), np.array([1, 0, 0]), np.array([8, 7, 2]), 4)
    array([1, 0, 1, 0])
    """
    covered, left = covered.copy(), left.copy()
    turns: list[int] = []
    while len(turns) < wanted:
        there = left > 0
        cluster = int(np.lexsort((-size, covered, size < min(SMALLEST, size[there].max()), ~there))[0])
        turns.append(cluster)
        left[cluster] -= 1
        covered[cluster] += 1
    return np.array(turns, dtype=np.intp)
