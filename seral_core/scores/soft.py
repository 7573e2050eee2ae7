"""How well believed distributions fit those of raters' votes: cross-entropy, Jensen-Shannon divergence, hard UAR."""

from __future__ import annotations

import numpy as np

from seral_core.scores.metrics import Metric, metrics, uar
from seral_core.types import Floats

#: Probabilities below this count as this: a class that one rater heard and a model excludes costs much, not infinitely.
LEAST = 1e-6


def cross_entropy(truth: Floats, guess: Floats) -> float:
    r"""Mean cross-entropy of soft labels, in nats: how unlikely a model holds what raters said.

    :math:`-\frac{1}{n} \sum_i \sum_c y_{ic} \ln \hat y_{ic}` over segments and classes.

    Parameters
    ----------
    truth, guess : Floats of shape (segments, classes)
        Shares of votes and believed probabilities; rows sum to 1. Probabilities below `LEAST` count as that.

    Returns
    -------
    float
        The entropy of ``truth`` or more; nan without segments.

    References
    ----------
    .. [1] Li, Wang, Zhang, Funakoshi and Okumura, Active learning with task adaptation pre-training for speech emotion
       recognition, 2024, Eq. 16.

    Examples
    --------
    >>> round(cross_entropy(np.array([[0.5, 0.5]]), np.array([[0.5, 0.5]])), 3)
    0.693
    """
    truth, guess = _pair(truth, guess)
    return float(-(truth * np.log(np.maximum(guess, LEAST))).sum(axis=1).mean()) if len(truth) else float("nan")


def jensen_shannon(truth: Floats, guess: Floats) -> float:
    """Mean Jensen-Shannon divergence of two distributions, in nats.

    Parameters
    ----------
    truth, guess : Floats of shape (segments, classes)
        As of `cross_entropy`.

    Returns
    -------
    float
        From 0, where they are the same, to ln 2, where they share no class; nan without segments.

    References
    ----------
    .. [1] Lin, Divergence measures based on the Shannon entropy, IEEE Transactions on Information Theory 37, 1991.

    Examples
    --------
    >>> jensen_shannon(np.eye(2), np.eye(2)), round(jensen_shannon(np.eye(2), np.eye(2)[::-1]), 3)
    (0.0, 0.693)
    """
    truth, guess = _pair(truth, guess)
    if not len(truth):
        return float("nan")
    both = (truth + guess) / 2
    return float(max(0.0, (_entropy(both) - (_entropy(truth) + _entropy(guess)) / 2).mean()))


def hard_uar(truth: Floats, guess: Floats) -> float:
    """Unweighted average recall of the likeliest class, on segments where one class has most votes.

    Parameters
    ----------
    truth, guess : Floats of shape (segments, classes)
        As of `cross_entropy`.

    Returns
    -------
    float
        In [0, 1]; nan without such segments.

    Examples
    --------
    >>> hard_uar(np.array([[0.8, 0.2], [0.5, 0.5], [0.3, 0.7]]), np.array([[0.6, 0.4], [1.0, 0.0], [0.9, 0.1]]))
    0.5
    """
    truth, guess = _pair(truth, guess)
    top = np.sort(truth, axis=1)
    clear = top[:, -1] - top[:, -2] > 1e-9
    return uar(truth[clear].argmax(axis=1), guess[clear].argmax(axis=1), truth.shape[1])


def _entropy(shares: Floats) -> Floats:
    return np.asarray(-(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1))


def _pair(truth: Floats, guess: Floats) -> tuple[Floats, Floats]:
    truth, guess = np.asarray(truth, np.float64), np.asarray(guess, np.float64)
    if truth.shape != guess.shape or truth.ndim != 2 or truth.shape[1] < 2:
        raise ValueError(
            f"got truth of shape {truth.shape} and guess of shape {guess.shape}; expected a row for each segment and a "
            "column for each of two classes or more in both; join them by id"
        )
    return truth, guess


for _metric in (
    Metric("cross-entropy", cross_entropy, "shares", higher_is_better=False, title="cross-entropy"),
    Metric("jensen-shannon", jensen_shannon, "shares", higher_is_better=False, title="Jensen-Shannon"),
    Metric("hard-uar", hard_uar, "shares", title="UAR of the likeliest class"),
):
    metrics.register(_metric.name)(_metric)
