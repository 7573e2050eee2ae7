"""Scores of traces: over all frames together, and recording by recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seral_core.errors import BadPlan
from seral_core.scores.metrics import ccc, pcc, rmse
from seral_core.types import Floats


def scores(predictions: Sequence[Floats], gold: Sequence[Floats]) -> dict[str, float]:
    """Score predicted traces as MixedEmotions D4.2 does (section 4.5).

    Parameters
    ----------
    predictions : sequence of Floats of shape (frames,)
        One a recording.
    gold : sequence of Floats of shape (frames,)
        Of the same recordings, in the same order; frames where it is nan do not count.

    Returns
    -------
    dict of str to float
        ``rmse``, ``cc`` (Pearson) and ``ccc`` of all frames, one recording after another; ``ccc_each``, the mean CCC
        of recordings, E{CCC}; ``tau``, the mean of Kendall's rank correlation (tau-b), E{tau}. A recording whose gold
        or prediction is constant counts 0 in the means, as CCC has it; one without gold is left out. nan where no
        frame has gold.

    Raises
    ------
    BadPlan
        Where predictions and gold are not as many or as long, or a prediction is no number where there is gold.

    Examples
    --------
    >>> gold = [np.array([0.0, 1.0, 2.0]), np.array([5.0, 6.0, np.nan])]
    >>> found = scores([np.array([0.0, 1.0, 2.0]), np.array([6.0, 5.0, 0.0])], gold)
    >>> {name: round(value, 2) for name, value in found.items()}
    {'rmse': 0.63, 'cc': 0.96, 'ccc': 0.96, 'ccc_each': 0.0, 'tau': 0.0}
    """
    pairs = paired(predictions, gold)
    truth, guess = together(pairs)
    return {
        "rmse": rmse(truth, guess),
        "cc": pcc(truth, guess),
        "ccc": ccc(truth, guess),
        "ccc_each": _mean(ccc, pairs),
        "tau": _mean(kendall, pairs),
    }


def kendall(truth: Floats, guess: Floats) -> float:
    """Kendall's rank correlation (tau-b): how many pairs of frames are in the same order, less those in the other.

    Parameters
    ----------
    truth, guess : Floats of shape (frames,)
        Values of any unit.

    Returns
    -------
    float
        In [-1, 1]; 0 where either is constant; nan without frames.

    Examples
    --------
    >>> round(kendall(np.array([1.0, 2.0, 3.0]), np.array([10.0, 30.0, 20.0])), 3)
    0.333
    """
    from scipy.stats import kendalltau

    if not len(truth):
        return float("nan")
    if np.ptp(truth) == 0 or np.ptp(guess) == 0:
        return 0.0
    return float(kendalltau(truth, guess).statistic)


def paired(predictions: Sequence[Floats], gold: Sequence[Floats]) -> list[tuple[Floats, Floats]]:
    """Return gold and prediction of each recording, at the frames that have gold.

    Raises
    ------
    BadPlan
        As `scores` does.

    Examples
    --------
    >>> paired([np.array([1.0, 2.0])], [np.array([np.nan, 3.0])])
    [(array([3.]), array([2.]))]
    """
    if len(predictions) != len(gold):
        raise BadPlan(
            f"got {len(predictions)} predictions for {len(gold)} recordings; expected one each; join them by id"
        )
    pairs = []
    for number, (guess, truth) in enumerate(zip(predictions, gold, strict=True)):
        guess, truth = np.asarray(guess, dtype=np.float64), np.asarray(truth, dtype=np.float64)
        if guess.shape != truth.shape or guess.ndim != 1:
            raise BadPlan(
                f"recording {number} has predictions of shape {guess.shape} and gold of shape {truth.shape}; expected "
                "one value a frame in each; bring both to one rate and length"
            )
        have = ~np.isnan(truth)
        if not np.isfinite(guess[have]).all():
            raise BadPlan(
                f"recording {number} has predictions that are no numbers; expected one for every frame with gold; "
                "check the learner"
            )
        pairs.append((truth[have], guess[have]))
    return pairs


def together(pairs: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Return the gold of all recordings, one after another, and their predictions.

    Examples
    --------
    >>> together([(np.array([1.0]), np.array([1.5])), (np.array([2.0]), np.array([2.5]))])
    (array([1., 2.]), array([1.5, 2.5]))
    """
    none = np.zeros(0)
    return np.concatenate([none, *(t for t, _ in pairs)]), np.concatenate([none, *(g for _, g in pairs)])


def _mean(formula: Callable[[Floats, Floats], float], pairs: Sequence[tuple[Floats, Floats]]) -> float:
    each = [formula(truth, guess) for truth, guess in pairs if len(truth)]
    return float(np.mean(each)) if each else float("nan")
