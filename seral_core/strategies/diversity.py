"""Diversity: choose segments that lie far from one another in feature space."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.strategies.base import View, strategies
from seral_core.strategies.far_clusters import clusters_in_parts
from seral_core.strategies.far_distance import farthest_in_parts, without
from seral_core.strategies.gaps import Gaps
from seral_core.strategies.parts import in_parts
from seral_core.strategies.space import k_means_clusters, nearest_labelled, points
from seral_core.types import Ints


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
    if view.parts is not None:
        return farthest_in_parts(view, wanted, rng, first)
    gaps = Gaps(nearest_labelled(view), points(view)[view.candidates] if wanted > 1 else None)
    if first is not None and not len(view.labelled):
        gaps.choose(first)
    while len(gaps.chosen) < wanted:
        gaps.choose(gaps.widest(rng))
    return view.candidates[np.array(gaps.chosen, dtype=np.intp)]


@strategies.register("k-centre")
@in_parts
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
@in_parts
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
    if view.parts is not None:
        near, _ = clusters_in_parts(view, wanted, rng)
        left = without(view, near).candidates
        rest = left[rng.choice(len(left), wanted - len(near), replace=False)] if len(near) < wanted else near[:0]
        return np.concatenate([near, rest])
    label, square = k_means_clusters(points(view)[view.candidates], wanted, rng)
    by_distance = np.lexsort((square, label))
    found, at, size = np.unique(label[by_distance], return_index=True, return_counts=True)
    chosen = by_distance[at][np.lexsort((found, -size))]
    others = np.setdiff1d(np.arange(len(label)), chosen)
    more = rng.permutation(others)[: wanted - len(chosen)]
    picks: Ints = view.candidates[np.concatenate([chosen, more])]
    return picks
