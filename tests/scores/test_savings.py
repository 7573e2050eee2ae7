"""Labels saved against a baseline, by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from seral_core.errors import BadPlan
from seral_core.scores.groups import ScoredOn
from seral_core.scores.savings import saving
from seral_core.scores.statistics import Curve

SPENT = np.array([10.0, 20.0, 30.0, 40.0])


def curve(name: str, *runs: list[float]) -> Curve:
    """Return a curve whose runs have a test part each."""
    return Curve(name, SPENT, np.array(runs), tuple((0, fold) for fold in range(len(runs))))


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
    it = found(curve("active", *[[0.1, 0.2, 0.2, 0.2]] * 5), curve("random", *[[0.1, 0.2, 0.3, 0.4]] * 5))
    assert not it.reached
    assert math.isnan(it.labels)
    assert math.isnan(it.percent_saved)
    assert it.missed == 1
    assert it.low == it.high == -math.inf


def test_the_same_labels_in_another_order_reach_the_same_score() -> None:
    it = found(curve("active", [0.1, 0.2, 0.3, 0.39999]), curve("random", [0.1, 0.2, 0.3, 0.4]))
    assert (it.labels, it.percent_saved) == (40, 0)


def test_the_interval_of_equal_pairs_is_a_point_and_that_of_uneven_ones_holds_the_estimate() -> None:
    passive = curve("random", *[[0.1, 0.2, 0.3, 0.4]] * 5)
    same = found(curve("active", *[[0.1, 0.3, 0.4, 0.4]] * 5), passive)
    assert same.low == same.high == same.percent_saved == 25
    uneven = found(curve("a", [0.1, 0.5, 0.5, 0.5], *[[0.1, 0.3, 0.4, 0.4]] * 3, [0.1, 0.2, 0.3, 0.4]), passive)
    assert uneven.low < uneven.percent_saved < uneven.high


def test_only_pairs_are_compared() -> None:
    other = Curve("random", SPENT, np.ones((1, 4)), ((7, 0),))
    with pytest.raises(BadPlan, match="no runs"):
        found(curve("active", [0.1, 0.2, 0.3, 0.4]), other)


def test_runs_on_the_same_clips_are_drawn_together_and_few_parts_give_no_interval() -> None:
    passive, active = curve("random", *[[0.1, 0.2, 0.3, 0.4]] * 10), curve("a", *[[0.1, 0.3, 0.4, 0.4]] * 10)
    five, four = (tuple((seed, seed % parts) for seed in range(10)) for parts in (5, 4))
    assert found(replace(active, pairs=five), replace(passive, pairs=five)).low == 25
    few = found(replace(active, pairs=four), replace(passive, pairs=four))
    assert (few.known, few.reached, few.percent_saved) == (False, True, 25)
    over = ScoredOn(split="2 of 5")
    assert not found(replace(active, on=over), replace(passive, on=over)).known, "parts that overlap"


def test_the_interval_of_what_is_saved_holds_the_truth_in_about_95_of_100_experiments() -> None:
    rng, held = np.random.default_rng(0), []
    for _ in range(100):
        shift = rng.normal(0, 0.02, 5)
        passive = Curve("random", SPENT, np.tile([0.1, 0.2, 0.3, 0.4], (5, 1)), tuple((0, fold) for fold in range(5)))
        active = replace(passive, name="a", values=passive.values + 0.05 + shift[:, None])
        it = saving(active, passive, rng, draws=200)  # 0.05 above a curve that gains 0.01 a label: five labels of forty
        held.append(it.low <= 100 * 5 / 40 <= it.high)
    assert 0.91 <= np.mean(held) <= 0.98
