"""Disagreement times distance: choose segments on which a committee disagrees and that lie far from labelled ones."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.strategies.base import View, strategies
from seral_core.strategies.fused import farthest
from seral_core.strategies.label_space import Labels
from seral_core.strategies.space import Points
from seral_core.types import Floats, Ints, Scale, Target


@strategies.register("qbc-gsx")
def qbc_gsx(view: View, n: int, rng: Generator) -> Ints:
    r"""Uncertainty and diversity of scales: disagreement of a committee (qbc) times distance in features (gsx).

    :math:`\sigma_i \cdot \min_j \|x_i - x_j\|` is highest, with the standard deviation :math:`\sigma` of the members'
    values as in qbc, in parts of each target's range and added up over targets. Picks of one round count as labelled
    for those after them, so that a round does not ask for neighbours that are uncertain for the same reason.

    Uses ``table``, ``labelled`` and ``committee``.

    Raises
    ------
    BadPlan
        When a target is a category, or no model is trained yet.

    References
    ----------
    .. [1] Kee, del Castillo and Runger, Query-by-committee improvement with diversity and density in batch active
       learning, Information Sciences 454-455, 2018 (the idea; they weigh terms of a sum).
    .. [2] Wu, Lin and Huang, Active learning for regression using greedy sampling, Information Sciences 474, 2019
       (gsx).

    Examples
    --------
    >>> members = Scale(np.array([[0.1, 0.1, 0.3], [0.3, 0.2, 0.5]]), np.zeros((2, 3)))
    >>> view = line_view(0.0, 5.0, 6.0, 5.1, labelled=[0], committee=lambda rows: {"arousal": members})
    >>> qbc_gsx(view, 1, np.random.default_rng(0)), qbc_gsx(view, 2, np.random.default_rng(0))
    (array([3]), array([3, 2]))
    """
    if not len(view.candidates):
        return view.candidates
    beliefs = view.committee(view.candidates)
    apart = np.sum([_disagreement(view, target, beliefs[target.name]) for target in view.task], axis=0)
    nowhere = Labels(np.zeros((len(view.candidates), 1)), np.zeros((len(view.labelled), 1)))
    return farthest(view, n, rng, _features_alone, nowhere, apart)


def _disagreement(view: View, target: Target, belief: object) -> Floats:
    """Return the deviation of the members' values from one another, in parts of the range, of shape (candidates,)."""
    if not isinstance(belief, Scale):
        view.scale(target)
        raise AssertionError("a scale was expected")
    return np.asarray(belief.per_row(belief.mean.std(axis=0)) / ((target.high - target.low) or 1.0), dtype=np.float64)


def _features_alone(features: Points, _guess: Floats, _values: Floats) -> Points:
    return features
