"""Several beliefs as one: the members of several models, or the rows of several tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seral_core.errors import BadFeatures
from seral_core.types import Belief, Classes, Ints, Scale
from seral_core.units import joined


def join_members(beliefs: Sequence[Belief]) -> Belief:
    """Return one belief with the members of several about the same units.

    Raises
    ------
    BadFeatures
        When their units are not the same.

    Examples
    --------
    >>> join_members([Scale(np.zeros((1, 2)), np.zeros((1, 2))), Scale(np.ones((1, 2)), np.zeros((1, 2)))]).guess
    array([0.5, 0.5])
    """
    first = beliefs[0]
    if any(not np.array_equal(first.bounds, belief.bounds) for belief in beliefs[1:]):
        raise BadFeatures(
            "the members of a committee believe something of other units each; expected the same "
            "units of all; let the learner give the same units for the same clips"
        )
    return _concatenated(beliefs, 0, first.bounds)


def join_rows(beliefs: Sequence[Belief]) -> Belief:
    """Return one belief with the rows of several, one after another.

    Examples
    --------
    >>> join_rows([Classes(np.eye(2)[None]), Classes(np.eye(2)[None, 1:])]).guess
    array([0, 1, 1])
    """
    return _concatenated(beliefs, 1, joined(belief.bounds for belief in beliefs))


def _concatenated(beliefs: Sequence[Belief], axis: int, bounds: Ints) -> Belief:
    classes = [belief for belief in beliefs if isinstance(belief, Classes)]
    if classes:
        return Classes(np.concatenate([belief.proba for belief in classes], axis), bounds)
    scales = [belief for belief in beliefs if isinstance(belief, Scale)]
    mean, std = [belief.mean for belief in scales], [belief.std for belief in scales]
    return Scale(np.concatenate(mean, axis), np.concatenate(std, axis), bounds)
