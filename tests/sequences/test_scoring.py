"""Scores of traces by hand."""

from __future__ import annotations

import numpy as np
import pytest

from seral_core.errors import BadPlan
from seral_core.sequences.scoring import kendall, scores

GOLD = [np.array([0.0, 1.0, 2.0, 3.0]), np.array([10.0, 12.0])]
GUESS = [np.array([1.0, 2.0, 4.0, 3.0]), np.array([12.0, 10.0])]


def test_all_scores_by_hand() -> None:
    found = scores(GUESS, GOLD)
    truth, guess = np.concatenate(GOLD), np.concatenate(GUESS)
    assert found["rmse"] == pytest.approx(np.sqrt((1 + 1 + 4 + 0 + 4 + 4) / 6))
    assert found["cc"] == pytest.approx(np.corrcoef(truth, guess)[0, 1])
    shift = truth.mean() - guess.mean()
    total = 2 * np.cov(truth, guess, ddof=0)[0, 1] / (truth.var() + guess.var() + shift**2)
    assert found["ccc"] == pytest.approx(total)
    # First: covariance 1, variances 1.25 each, means apart by 1. Second: the other way round.
    assert found["ccc_each"] == pytest.approx((2 * 1 / (1.25 + 1.25 + 1) - 1) / 2)
    # First: five pairs in order, one not. Second: one pair, not in order.
    assert found["tau"] == pytest.approx(((5 - 1) / 6 - 1) / 2)


def test_ties_count_as_in_tau_b() -> None:
    # Pairs: (1,1) tied in gold; the other two in order; tau-b = 2 / sqrt(2 x 3).
    assert kendall(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])) == pytest.approx(2 / np.sqrt(2 * 3))


def test_total_and_mean_ccc_differ_as_in_figure_5_2() -> None:
    """Predicting the mean of each sequence: nothing within sequences, something over both."""
    gold = [np.array([0.0, 1.0, 2.0]), np.array([4.0, 5.0, 6.0])]
    found = scores([np.full(3, 1.0), np.full(3, 5.0)], gold)
    assert found["ccc_each"] == found["tau"] == 0.0
    assert found["ccc"] == pytest.approx(2 * 4 / (4 + 2 / 3 + 4))


@pytest.mark.parametrize("constant", ["gold", "guess", "both"])
def test_a_constant_recording_counts_0_in_the_means(constant: str) -> None:
    moving, still = np.array([0.0, 1.0, 2.0]), np.full(3, 0.1)
    gold = [moving, still if constant != "guess" else moving]
    guess = [moving, still if constant != "gold" else moving]
    found = scores(guess, gold)
    assert (found["ccc_each"], found["tau"]) == pytest.approx((0.5, 0.5))
    assert np.isfinite(list(found.values())).all()


def test_frames_and_recordings_without_gold_do_not_count() -> None:
    gaps = [np.append(GOLD[0], np.nan), GOLD[1], np.full(3, np.nan), np.array([])]
    guess = [np.append(GUESS[0], np.nan), GUESS[1], np.zeros(3), np.array([])]
    assert scores(guess, gaps) == scores(GUESS, GOLD)


def test_without_any_gold_scores_are_nan() -> None:
    assert np.isnan(list(scores([np.zeros(2)], [np.full(2, np.nan)]).values())).all()
    assert np.isnan(list(scores([], []).values())).all()


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(BadPlan, match="got 1 predictions for 2 recordings"):
        scores(GUESS[:1], GOLD)
    with pytest.raises(BadPlan, match="recording 0 has predictions of shape"):
        scores([np.zeros(3), GUESS[1]], GOLD)
    with pytest.raises(BadPlan, match="recording 1 has predictions that are no numbers"):
        scores([GUESS[0], np.array([np.nan, 1.0])], GOLD)
