"""What a classifier of levels says, as logarithms of probabilities, and without how common each level is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from seral_core.sequences.levels import checked
from seral_core.types import Floats, Ints


def log_proba(scores: Floats, heads: Sequence[int]) -> list[Floats]:
    """Return the log probabilities of each head, for decoding.

    Parameters
    ----------
    scores : Floats of shape (frames, sum of heads)
        Before the softmax.
    heads : sequence of int
        Number of classes of each.

    Returns
    -------
    list of Floats of shape (frames, classes)
        One array a head.

    Examples
    --------
    >>> [np.exp(each).round(2).tolist() for each in log_proba(np.log([[1.0, 3.0, 2.0, 2.0, 4.0]]), (2, 3))]
    [[[0.25, 0.75]], [[0.25, 0.25, 0.5]]]
    """
    parts = np.split(np.asarray(scores, dtype=np.float64), np.cumsum(heads)[:-1], axis=-1)
    return [part - np.logaddexp.reduce(part, axis=-1, keepdims=True) for part in parts]


def class_priors(labels: Iterable[Ints], k: int) -> Floats:
    """Return how frequent each level is.

    Parameters
    ----------
    labels : iterable of Ints of shape (frames,)
        Levels of each recording of the training part, -1 for a frame without one.
    k : int
        How many levels there are.

    Returns
    -------
    Floats of shape (k,)
        They sum to 1.

    Examples
    --------
    >>> class_priors([np.array([0, 0, -1]), np.array([1, 0])], 2).round(3)
    array([0.75, 0.25])
    """
    counts = np.zeros(k)
    for recording in labels:
        given = checked(recording, k)
        counts += np.bincount(given[given >= 0], minlength=k)
    return np.asarray(counts / max(counts.sum(), 1.0))


def without_priors(log_proba: Floats, priors: Floats) -> Floats:
    """Scale a classifier's output by the inverse of class priors, and normalise again (section 4.2 of Le et al.).

    Parameters
    ----------
    log_proba : Floats of shape (frames, k)
        Natural logarithm of probabilities.
    priors : Floats of shape (k,)
        See `class_priors`; a level that training never saw, whose output means nothing, gets probability 0.

    Returns
    -------
    Floats of shape (frames, k)
        Logarithms; each frame's probabilities sum to 1.

    Examples
    --------
    >>> np.exp(without_priors(np.log([[0.8, 0.2]]), np.array([0.8, 0.2]))).round(3)
    array([[0.5, 0.5]])
    """
    with np.errstate(divide="ignore"):
        offset = np.where(priors > 0, -np.log(priors), -np.inf)
    scaled = np.asarray(log_proba, dtype=np.float64) + offset
    return np.asarray(scaled - np.logaddexp.reduce(scaled, axis=1, keepdims=True))
