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


def class_priors(labels: Iterable[Ints], k: int) -> Floats:
    """Return how frequent each level is, counted once more than it was seen.

    Parameters
    ----------
    labels : iterable of Ints of shape (frames,)
        Levels of each recording of the training part, -1 for a frame without one.
    k : int
        How many levels there are.

    Returns
    -------
    Floats of shape (k,)
        Above 0; they sum to 1.

    Examples
    --------
    >>> class_priors([np.array([0, 0, -1]), np.array([1, 0])], 2).round(3)
    array([0.667, 0.333])
    """
    counts = np.ones(k)
    for recording in labels:
        given = checked(recording, k)
        counts += np.bincount(given[given >= 0], minlength=k)
    return np.asarray(counts / counts.sum())


def without_priors(log_proba: Floats, priors: Floats) -> Floats:
    """Scale a classifier's output by the inverse of class priors, and normalise again (section 4.2 of Le et al.).

    Parameters
    ----------
    log_proba : Floats of shape (frames, k)
        Natural logarithm of probabilities.
    priors : Floats of shape (k,)
        See `class_priors`.

    Returns
    -------
    Floats of shape (frames, k)
        Logarithms; each frame's probabilities sum to 1.

    Examples
    --------
    >>> np.exp(without_priors(np.log([[0.8, 0.2]]), np.array([0.8, 0.2]))).round(3)
    array([[0.5, 0.5]])
    """
    scaled = np.asarray(log_proba, dtype=np.float64) - np.log(priors)
    return np.asarray(scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True))
