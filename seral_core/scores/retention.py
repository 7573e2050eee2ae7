"""How far a confidence can be trusted: what is left of the errors when the least sure guesses go to people.

An error is any number of at least 0 for each clip, such as 1 for a wrong class, or the distance from gold on a scale.
All are defined for all input of at least one value, as in `seral_core.scores.metrics`.
"""

from __future__ import annotations

import numpy as np

from seral_core.scores.metrics import pcc
from seral_core.types import Floats, Ints


def retention_curve(errors: Floats, sure: Floats) -> tuple[Floats, Floats]:
    """Return the error-retention curve: the mean error when only the surest part keeps the model's guess.

    All other clips go to people, whose answers count as free of errors. Of equally sure clips, the order does not
    matter: each has the mean error of them all.

    Parameters
    ----------
    errors : Floats of shape (clips,)
        At least 0.
    sure : Floats of shape (clips,)
        In any unit; higher is surer.

    Returns
    -------
    kept, left : Floats of shape (clips + 1,)
        Share of clips that keep the model's guess, from 0 to 1, and the mean error over all clips.

    References
    ----------
    .. [1] Malinin et al., Shifts: a dataset of real distributional shift across multiple large-scale tasks, NeurIPS
       2021, section 2.

    Examples
    --------
    >>> kept, left = retention_curve(np.array([1.0, 0.0, 0.0, 1.0]), np.array([0.3, 0.9, 0.8, 0.5]))
    >>> kept.tolist(), left.tolist()
    ([0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 0.0, 0.0, 0.25, 0.5])
    """
    errors = np.asarray(errors, np.float64)
    _, place, count = np.unique(-np.asarray(sure, np.float64), return_inverse=True, return_counts=True)
    shared = np.bincount(place, errors) / count
    clips = max(len(errors), 1)
    left = np.concatenate([[0.0], np.cumsum(np.repeat(shared, count))]) / clips
    return np.arange(len(errors) + 1) / clips, left


def retention_area(errors: Floats, sure: Floats) -> float:
    """Return the area under the error-retention curve: lower is better.

    Parameters
    ----------
    errors, sure : Floats of shape (clips,)
        As in `retention_curve`.

    Returns
    -------
    float
        From 0 to the mean error; half of that where confidence says nothing. nan without clips.

    Examples
    --------
    >>> errors = np.array([1.0, 0.0, 0.0, 1.0])
    >>> retention_area(errors, np.array([0.3, 0.9, 0.8, 0.5])), retention_area(errors, np.zeros(4))
    (0.125, 0.25)
    """
    if not len(errors):
        return float("nan")
    kept, left = retention_curve(errors, sure)
    return float(np.trapezoid(left, kept))


def rejection_ratio(errors: Floats, sure: Floats) -> float:
    r"""Return how much of the best possible gain over chance a confidence brings (prediction rejection ratio).

    :math:`(A_{chance} - A) / (A_{chance} - A_{best})` of areas under the error-retention curve, where the best
    confidence ranks clips by their very errors. It compares confidences of models that err more or less often.

    Parameters
    ----------
    errors, sure : Floats of shape (clips,)
        As in `retention_curve`.

    Returns
    -------
    float
        1 is the best possible, 0 chance, below 0 worse than chance; 0 where all errors are the same, as nothing can be
        ranked. nan without clips.

    References
    ----------
    .. [1] Malinin, Mlodozeniec and Gales, Ensemble distribution distillation, ICLR 2020, appendix B.

    Examples
    --------
    >>> errors = np.array([1.0, 0.0, 0.0, 1.0])
    >>> rejection_ratio(errors, np.array([0.3, 0.9, 0.8, 0.5])), rejection_ratio(errors, np.array([0.9, 0.3, 0.5, 0.8]))
    (1.0, -1.0)
    """
    best = retention_area(errors, -np.asarray(errors, np.float64))
    chance = retention_area(errors, np.zeros(len(errors)))
    gain = chance - best
    return float("nan") if np.isnan(gain) else (chance - retention_area(errors, sure)) / gain if gain > 1e-12 else 0.0


def calibration_error(right: Floats, sure: Floats, bins: int = 10) -> float:
    """Return the expected calibration error: how far confidence is from the share that is right, on average.

    Parameters
    ----------
    right : Floats of shape (clips,)
        1 where the guess is right, 0 where it is wrong; shares between them are allowed.
    sure : Floats of shape (clips,)
        In [0, 1].
    bins : int
        Parts of equal width.

    Returns
    -------
    float
        In [0, 1]; 0 is best. nan without clips.

    References
    ----------
    .. [1] Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, ICML 2017, Eq. 3.

    Examples
    --------
    >>> round(calibration_error(np.array([1.0, 0.0, 1.0, 1.0]), np.array([0.55, 0.55, 0.95, 0.95])), 3)
    0.05
    """
    if not len(right):
        return float("nan")
    sure = np.asarray(sure, np.float64)
    part = np.clip((sure * bins).astype(np.intp), 0, bins - 1)
    apart = np.bincount(part, np.asarray(right, np.float64) - sure, minlength=bins)
    return float(np.abs(apart).sum() / len(sure))


def rank_correlation(some: Floats, others: Floats) -> float:
    """Return Spearman's rank correlation; equal values share their mean rank.

    Parameters
    ----------
    some, others : Floats of shape (clips,)
        In any units.

    Returns
    -------
    float
        In [-1, 1]; 0 where either is the same everywhere. nan without clips.

    Examples
    --------
    >>> round(rank_correlation(np.array([0.1, 0.5, 0.9]), np.array([1.0, 2.0, 40.0])), 9)
    1.0
    """
    from scipy.stats import rankdata

    return pcc(rankdata(some), rankdata(others))


def vote_entropy_of(counts: Ints | Floats) -> Floats:
    r"""Return how far raters disagree about each clip: the entropy of their votes over that of a tie of all classes.

    Parameters
    ----------
    counts : array of shape (clips, classes)
        Votes for each class.

    Returns
    -------
    Floats of shape (clips,)
        In [0, 1]; 0 where all agree, nan where nobody voted.

    Examples
    --------
    >>> vote_entropy_of(np.array([[6, 0], [3, 3], [0, 0]]))
    array([ 0.,  1., nan])
    """
    from scipy.special import entr

    votes = np.asarray(counts, np.float64)
    total = votes.sum(axis=1, keepdims=True)
    shares = np.divide(votes, total, out=np.full_like(votes, np.nan), where=total > 0)
    most = np.log(max(votes.shape[1], 2))
    return np.asarray(entr(shares).sum(axis=1) / most, np.float64)
