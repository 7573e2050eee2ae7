"""Trust in a confidence: the curves by hand, and what holds for all of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

from seral_core.scores.retention import (
    calibration_error,
    rank_correlation,
    rejection_ratio,
    retention_area,
    retention_curve,
    vote_entropy_of,
)


def test_areas_lie_between_the_best_and_the_worst_order_and_chance_is_half_the_error() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        errors, sure = rng.exponential(size=30), rng.integers(0, 6, 30) / 5
        best, worst = retention_area(errors, -errors), retention_area(errors, errors)
        assert best <= retention_area(errors, sure) <= worst
        assert retention_area(errors, np.ones(30)) == pytest.approx(errors.mean() / 2)
        assert rejection_ratio(errors, -errors) == pytest.approx(1)
        assert retention_curve(errors, sure)[1][-1] == pytest.approx(errors.mean())


def test_the_order_of_equally_sure_clips_does_not_matter() -> None:
    errors, sure = np.array([1.0, 0.0, 0.0, 1.0, 0.0]), np.array([0.5, 0.5, 0.9, 0.5, 0.1])
    turn = np.array([3, 1, 4, 0, 2])
    np.testing.assert_allclose(retention_curve(errors, sure)[1], retention_curve(errors[turn], sure[turn])[1])


def test_calibration_error_is_the_weighted_gap_of_the_bins() -> None:
    right, sure = np.array([1.0, 1.0, 0.0, 1.0, 0.0]), np.array([0.91, 0.99, 0.95, 0.1, 0.31])
    by_hand = (3 * abs(2 / 3 - 0.95) + abs(1 - 0.1) + abs(0 - 0.31)) / 5
    assert calibration_error(right, sure) == pytest.approx(by_hand)
    assert calibration_error(np.ones(3), np.ones(3)) == 0


def test_rank_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(1)
    some, others = rng.integers(0, 5, 40).astype(float), rng.normal(size=40)
    assert rank_correlation(some, others) == pytest.approx(spearmanr(some, others).statistic)
    assert rank_correlation(np.ones(4), np.arange(4.0)) == 0


def test_vote_entropy_is_of_the_share_of_votes() -> None:
    np.testing.assert_allclose(vote_entropy_of(np.array([[2, 1, 1]])), [1.5 * np.log(2) / np.log(3)])


def test_nothing_to_rank_is_no_merit_and_no_clips_are_no_number() -> None:
    assert rejection_ratio(np.ones(3), np.arange(3.0)) == 0
    none = np.zeros(0)
    assert all(np.isnan(score(none, none)) for score in (retention_area, rejection_ratio, calibration_error))
