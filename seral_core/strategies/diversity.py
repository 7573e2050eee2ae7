"""Diversity: choose segments that lie far from one another in feature space."""

from __future__ import annotations

from itertools import count

import numpy as np
from numpy.random import Generator

from seral_core.strategies.base import View, strategies
from seral_core.strategies.space import Points, k_means_clusters, nearest_labelled, points, squared_distances
from seral_core.types import Ints

#: So many single gaps are brought up to date for a pick, then all at once.
TRIES = 32


def farthest_first(view: View, n: int, rng: Generator, first: int | None = None) -> Ints:
    """Choose again and again the candidate farthest from all labelled and chosen ones.

    Parameters
    ----------
    view : View
        Uses ``table`` and ``labelled``.
    n : int
        Number of segments wanted.
    rng : Generator
        Draws among equals.
    first : int, optional
        Position among the candidates to start from where nothing is labelled; left out: at random.

    Returns
    -------
    Ints of shape (<= n,)
        Row numbers, in the order of choice.

    Examples
    --------
    >>> farthest_first(line_view(0.0, 1.0, 5.0, 9.0), 3, np.random.default_rng(0), first=0)
    array([0, 3, 2])
    """
    wanted = max(0, min(n, len(view.candidates)))
    if not wanted:
        return view.candidates[:0]
    gaps = Gaps(nearest_labelled(view), points(view)[view.candidates] if wanted > 1 else None)
    if first is not None and not len(view.labelled):
        gaps.choose(first)
    while len(gaps.chosen) < wanted:
        gaps.choose(gaps.widest(rng))
    return view.candidates[np.array(gaps.chosen, dtype=np.intp)]


class Gaps:
    """Squared distances of candidates to the nearest chosen point, brought up to date only where it matters.

    A gap only ever shrinks, so an old one is a bound: as long as the widest of them is up to date,
    no other needs to be. A pick then costs a few distances in place of one to every candidate.

    Parameters
    ----------
    squares : array of shape (candidates,)
        Squared distances to the nearest labelled point; changed in place.
    near : array of shape (candidates, features), optional
        The candidates; may be left out where only one is chosen.

    Examples
    --------
    >>> near = np.array([[0.0], [1.0], [5.0]])
    >>> gaps = Gaps(np.array([1.0, 4.0, 36.0]), near)
    >>> gaps.choose(gaps.widest(np.random.default_rng(0)))
    >>> gaps.chosen, gaps.widest(np.random.default_rng(0))
    ([2], 1)
    """

    def __init__(self, squares: Points, near: Points | None) -> None:
        self.squares, self.near = squares, near
        self.chosen: list[int] = []
        self._seen = np.zeros(len(squares), dtype=np.intp)
        self._all_seen = 0

    def choose(self, pick: int) -> None:
        """Add a point to the chosen ones."""
        self.chosen.append(pick)
        self.squares[pick] = -1.0

    def widest(self, rng: Generator) -> int:
        """Return the candidate with the widest gap; among equal gaps, at random."""
        for turn in count():
            top = np.flatnonzero(self.squares == self.squares.max())
            old = top[self._seen[top] < len(self.chosen)]
            if not len(old):
                return int(top[rng.integers(len(top))]) if len(top) > 1 else int(top[0])
            if turn < TRIES and len(old) == 1:
                self._update_one(int(old[0]))
            else:
                self._update_all()
        raise AssertionError("gaps shrink, so this ends")

    def _update_one(self, i: int) -> None:
        assert self.near is not None
        new = self.near[self.chosen[self._seen[i] :]]
        self.squares[i] = min(self.squares[i], squared_distances(new, self.near[i]).min())
        self._seen[i] = len(self.chosen)

    def _update_all(self) -> None:
        assert self.near is not None
        for pick in self.chosen[self._all_seen :]:
            np.minimum(self.squares, squared_distances(self.near, self.near[pick]), out=self.squares)
        self._all_seen = len(self.chosen)
        self._seen[:] = len(self.chosen)


@strategies.register("k-centre")
def k_centre(view: View, n: int, rng: Generator) -> Ints:
    """Greedy k-centre (core-set): each pick is the candidate farthest from all labelled ones.

    Uses ``table`` and ``labelled``. Where nothing is labelled, the first pick is drawn at random.

    References
    ----------
    .. [1] Sener and Savarese, Active learning for convolutional neural networks: a core-set
       approach, ICLR 2018.

    Examples
    --------
    >>> k_centre(line_view(0.0, 1.0, 5.0, labelled=[0]), 1, np.random.default_rng(0))
    array([2])
    """
    return farthest_first(view, n, rng)


@strategies.register("k-means")
def k_means(view: View, n: int, rng: Generator) -> Ints:
    """Clips nearest the centres of k-means over the candidates, those of large clusters first.

    Uses ``table``. There are as many clusters as segments wanted; where points coincide and fewer
    clusters are found, the rest is drawn at random.

    References
    ----------
    .. [1] Zhu, Wang, Yao and Tsou, Active learning with sampling by uncertainty and density for
       word sense disambiguation and text classification, COLING 2008 (sampling by clustering for
       the first labels).

    Examples
    --------
    >>> view = line_view(0.0, 1.0, 2.0, 9.0, 10.0, 11.0, 12.0, 13.0)
    >>> k_means(view, 2, np.random.default_rng(0))
    array([5, 1])
    """
    wanted = max(0, min(n, len(view.candidates)))
    if not wanted:
        return view.candidates[:0]
    label, square = k_means_clusters(points(view)[view.candidates], wanted, rng)
    by_distance = np.lexsort((square, label))
    found, at, size = np.unique(label[by_distance], return_index=True, return_counts=True)
    chosen = by_distance[at][np.lexsort((found, -size))]
    others = np.setdiff1d(np.arange(len(label)), chosen)
    more = rng.permutation(others)[: wanted - len(chosen)]
    picks: Ints = view.candidates[np.concatenate([chosen, more])]
    return picks
