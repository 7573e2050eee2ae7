"""Transitions: how probable each level is after each, from one frame to the next."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from seral_core.sequences.levels import checked
from seral_core.types import Floats, Ints


def transitions(labels: Iterable[Ints], k: int) -> Floats:
    """Return the logarithm of P(next level | level), the second sum of Eq. 9 of Le et al.

    Every pair of levels counts once more than it was seen (add-one smoothing): with thousands of frames a level this
    hardly changes what is frequent, and a jump that was never seen stays possible, at about one in the number of
    frames. A level that was never seen is followed by all alike.

    Parameters
    ----------
    labels : iterable of Ints of shape (frames,)
        Levels of each recording, -1 for a frame without one. Pairs are counted within recordings, and not across gaps.
    k : int
        How many levels there are.

    Returns
    -------
    Floats of shape (k, k)
        From row to column; natural logarithm.

    Raises
    ------
    BadLabel
        Where a number is no level.

    Examples
    --------
    >>> np.exp(transitions([np.array([0, 0, 0, 1]), np.array([1, -1, 0])], 2)).round(2)
    array([[0.6, 0.4],
           [0.5, 0.5]])
    """
    counts = np.ones((k, k))
    for recording in labels:
        given = checked(recording, k)
        both = (given[:-1] >= 0) & (given[1:] >= 0)
        np.add.at(counts, (given[:-1][both], given[1:][both]), 1)
    return np.asarray(np.log(counts / counts.sum(axis=1, keepdims=True)))
