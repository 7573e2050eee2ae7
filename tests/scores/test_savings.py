"""Labels saved against a baseline, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from seral_core.errors import BadPlan
from seral_core.scores.savings import saving
from seral_core.scores.statistics import Curve, holm, signed_rank

SPENT = np.array([10.0, 20.0, 30.0, 40.0])


def curve(name: str, *runs: list[float]) -> Curve:
    return Curve(name, SPENT, np.array(runs), tuple((seed, 0) for seed in range(len(runs))))


def found(active: Curve, passive: Curve):
    return saving(active, passive, np.random.default_rng(0), draws=400)


def test_labels_are_interpolated_to_the_best_of_the_mean_curve() -> None:
    passive = curve("random", [0.2, 0.3, 0.4, 0.5], [0.0, 0.1, 0.2, 0.3])  # mean .1 .2 .3 .4
    active = curve("active", [0.2, 0.4, 0.5, 0.5], [0.0, 0.2, 0.4, 0.5])  # mean .1 .3 .45 .5
    it = found(active, passive)
    assert it.baseline_best == pytest.approx(0.4)
    assert it.baseline_labels == 40
    assert it.labels == pytest.approx(20 + 10 * (0.1 / 0.15))
    assert it.percent_saved == pytest.approx(100 * (40 - it.labels) / 40)
    assert it.reached


def test_a_baseline_that_was_best_early_is_not_credited_with_its_end() -> None:
    passive, active = curve("random", [0.1, 0.5, 0.3, 0.3]), curve("active", [0.1, 0.2, 0.5, 0.5])
    it = found(active, passive)
    assert (it.baseline_labels, it.labels, it.percent_saved) == (20, 30, -25)


def test_not_reached_is_an_answer() -> None:
    it = found(curve("active", [0.1, 0.2, 0.2, 0.2]), curve("random", [0.1, 0.2, 0.3, 0.4]))
    assert not it.reached
    assert math.isnan(it.labels)
    assert math.isnan(it.percent_saved)
    assert it.missed == 1
    assert it.low == it.high == -math.inf


def test_the_same_labels_in_another_order_reach_the_same_score() -> None:
    it = found(curve("active", [0.1, 0.2, 0.3, 0.39999]), curve("random", [0.1, 0.2, 0.3, 0.4]))
    assert (it.labels, it.percent_saved) == (40, 0)


def test_the_interval_of_equal_pairs_is_a_point_and_that_of_uneven_ones_holds_the_estimate() -> None:
    passive = curve("random", *[[0.1, 0.2, 0.3, 0.4]] * 4)
    same = found(curve("active", *[[0.1, 0.3, 0.4, 0.4]] * 4), passive)
    assert same.low == same.high == same.percent_saved == 25
    uneven = found(curve("a", [0.1, 0.5, 0.5, 0.5], *[[0.1, 0.3, 0.4, 0.4]] * 2, [0.1, 0.2, 0.3, 0.4]), passive)
    assert uneven.low < uneven.percent_saved < uneven.high


def test_only_pairs_are_compared() -> None:
    other = Curve("random", SPENT, np.ones((1, 4)), ((7, 0),))
    with pytest.raises(BadPlan, match="no runs"):
        found(curve("active", [0.1, 0.2, 0.3, 0.4]), other)


def test_the_signed_rank_test_is_wilcoxons() -> None:
    # Ranks 1 to 5, of which only the 2 is negative: W- = 2; 3 of 32 sign patterns give 2 or less, two-sided 6 / 32.
    test = signed_rank([0.1, -0.2, 0.3, 0.4, 0.5])
    assert test.p == pytest.approx(6 / 32)
    assert test.effect == pytest.approx((13 - 2) / 15)


def test_holm_never_lets_a_weaker_result_look_stronger() -> None:
    assert holm([0.04, 0.01, 0.5]) == [0.08, 0.03, 0.5]
    assert holm([0.6, 0.5]) == [1.0, 1.0]
