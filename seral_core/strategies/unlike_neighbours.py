"""Unlike neighbours: choose clips of which something else is believed than of the clips beside them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, best, strategies
from seral_core.strategies.representations import narrowed, neighbours_of, representations
from seral_core.strategies.space import Points, k_means_clusters
from seral_core.strategies.uncertainty import mean_ranks
from seral_core.types import Floats, Ints

#: Clusters that take the place of classes where nothing is believed of any.
CLUSTERS = 4


def divergences(proba: Floats, others: Floats) -> Floats:
    r"""Symmetric Kullback-Leibler divergence, :math:`\sum_c (p_c - q_c) \ln (p_c / q_c)` (Li et al. 2024, Eq. 11).

    Parameters
    ----------
    proba, others : Floats of shape (..., classes)
        Probabilities; those below 1e-6 count as that much.

    Returns
    -------
    Floats of shape (...)
        In nats, 0 where both are equal.

    Examples
    --------
    >>> divergences(np.array([[0.5, 0.5]]), np.array([[0.5, 0.5], [0.75, 0.25]])).round(3)
    array([0.   , 0.275])
    """
    p, q = np.maximum(proba, 1e-6), np.maximum(others, 1e-6)
    found: Floats = ((p - q) * np.log(p / q)).sum(axis=-1)
    return found


@strategies.register("unlike-neighbours")
@dataclass(frozen=True)
class UnlikeNeighbours:
    """Clips whose class probabilities differ most from those of their nearest neighbours (BMAL, for first labels).

    The score is the mean divergence (Li et al., Eq. 11) of a clip from its nearest neighbours among the candidates'
    representations, and the highest are taken. Where no model is trained yet, or none believes anything of classes, the
    paper does not say what stands for the probabilities: here it is how near a clip is to the centres of four clusters.
    Chakraborty et al. choose the whole batch at once by a convex program, with uncertainty beside it.

    Parameters
    ----------
    neighbours : int
        How many neighbours count, or all others where there are fewer.

    Raises
    ------
    BadPlan
        When fewer than one neighbour is to count.

    References
    ----------
    .. [1] Chakraborty, Balasubramanian, Sun, Panchanathan and Ye, Active batch selection via convex relaxations with
       guaranteed solution bounds, IEEE TPAMI 37, 2015.
    .. [2] Li et al., Active learning with task adaptation pre-training for speech emotion recognition, 2024, Eq. 11.

    Examples
    --------
    >>> from seral_core.types import Classes, Target
    >>> belief = Classes(np.array([[[0.9, 0.1], [0.2, 0.8], [0.9, 0.1], [0.9, 0.1]]]))
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> view = line_view(0.0, 1.0, 2.0, 3.0, 9.0, labelled=[4], task=task, predict=lambda rows: {"emotion": belief})
    >>> UnlikeNeighbours(neighbours=2)(view, 1, np.random.default_rng(0))
    array([1])
    """

    neighbours: int = 20

    def __post_init__(self) -> None:
        if self.neighbours < 1:
            raise BadPlan(f"got unlike-neighbours with {self.neighbours} neighbours; expected 1 or more, such as 20")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates that differ most from those beside them."""
        if not len(view.candidates):
            return view.candidates
        some = narrowed(representations(view))
        _, near = neighbours_of(some, self.neighbours)
        asked = [target for target in view.task if not target.is_scale] if view.is_trained else []
        believed = [view.classes(target).pooled().mean for target in asked] or [memberships(some, rng)]
        return best(view, mean_ranks([contrast(proba, near) for proba in believed]), max(n, 0), rng)


def contrast(proba: Floats, near: Ints) -> Floats:
    """Return the mean divergence of each row from its neighbours.

    Parameters
    ----------
    proba : Floats of shape (rows, classes)
        Probabilities.
    near : Ints of shape (rows, neighbours)
        Positions.

    Examples
    --------
    >>> contrast(np.array([[0.5, 0.5], [0.5, 0.5], [0.75, 0.25]]), np.array([[1], [2], [0]])).round(3)
    array([0.   , 0.275, 0.275])
    """
    total = np.zeros(len(proba))
    for each in near.T:  # one neighbour at a time, so that memory does not grow with their number
        total += divergences(proba, proba[each])
    return np.asarray(total / max(near.shape[1], 1))


def memberships(some: Points, rng: Generator) -> Floats:
    """Return how much each point belongs to each of a few clusters: the nearer a centre, the more.

    Returns
    -------
    Floats of shape (points, clusters)
        Rows sum to 1: softmax of squared distances to the centres, in units of the mean one to the nearest.

    Examples
    --------
    >>> memberships(np.array([[0.0], [0.0], [9.0]]), np.random.default_rng(0)).round(3).tolist()
    [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    """
    label, square = k_means_clusters(some, CLUSTERS, rng)
    centres = np.array([some[label == each].mean(axis=0, dtype=np.float64) for each in np.unique(label)])
    squares = np.stack([((some - centre) ** 2).sum(axis=1) for centre in centres], axis=1)
    squares -= squares.min(axis=1, keepdims=True)
    weights = np.exp(-squares / (2 * (square.mean() or 1.0)))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), dtype=np.float64)


#: As the field calls it.
strategies.register("bmal")(UnlikeNeighbours)
