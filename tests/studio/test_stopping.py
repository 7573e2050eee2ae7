"""Stopping advice: each criterion where its authors would stop, and in valid JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from seral_core.studio.stopping import (
    Round,
    advise,
    agreement,
    cohen_kappa,
    falling_confidence,
    foreseen,
    gain_for_cost,
    stabilising,
)
from seral_core.types import Target


def test_kappa_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.integers(4, size=300), rng.integers(4, size=300)
    b[:200] = a[:200]
    assert cohen_kappa(a, b, 4) == pytest.approx(cohen_kappa_score(a, b))


def test_models_that_name_one_class_alone_agree() -> None:
    assert agreement(np.zeros(5), np.zeros(5), Target("emotion", ("a", "b"))) == 1.0
    assert agreement(np.ones(5), np.ones(5), Target("arousal")) == 1.0


def test_stable_predictions_stop_at_the_first_three_rounds_that_agree() -> None:
    rounds = [Round(20)] + [Round(20 + 10 * i, a) for i, a in enumerate((0.5, 0.9, 0.99, 0.995, 0.995, 0.7), 1)]
    advice = stabilising(rounds)
    assert advice.at == 70
    assert "0.897" in advice.says
    assert not advice.stop
    assert stabilising(rounds[:-1]).stop


def test_no_advice_to_stop_after_the_first_round() -> None:
    assert not any(advice.stop for advice in advise([Round(20, None, 0.6, None, 0, 0.5)]))


def test_confidence_that_rises_again_has_not_passed_its_peak() -> None:
    rounds = [Round(x, confidence=c) for x, c in enumerate((0.6, 0.59, 0.58, 0.61, 0.6, 0.59))]
    advice = falling_confidence(rounds)
    assert not advice.stop
    assert "2 of the last 3" in advice.says


def test_foreseen_labels_count_only_rounds_that_brought_some() -> None:
    rounds = [Round(x, foreseen=1.0, new=10) for x in (20, 30)] + [Round(40)]
    assert not foreseen(rounds).stop
    assert foreseen([*rounds, Round(50, foreseen=0.8, new=10)]).stop


def test_a_flat_curve_stops_and_a_steep_one_does_not() -> None:
    steep = [Round(x, score=0.2 + x / 500, tests=40) for x in range(20, 220, 10)]
    flat = [Round(x, score=0.7, tests=40) for x in range(220, 330, 10)]
    assert not gain_for_cost(steep).stop
    advice = gain_for_cost(steep + flat, per_minute=10)
    assert advice.stop
    assert advice.at is not None
    assert advice.at > 250
    assert "10 min" in advice.says


def test_a_small_test_part_says_nothing_of_the_gain() -> None:
    advice = gain_for_cost([Round(x, score=0.6, tests=10) for x in range(20, 320, 10)])
    assert not advice.stop
    assert advice.says == "Needs 10 rounds with 30 test labels or more."


def test_advice_is_plain_data() -> None:
    rounds = [Round(float(x), 0.5, 0.6, 0.7, 5, 0.5) for x in range(10)]
    assert len(json.loads(json.dumps([a.as_data() for a in advise(rounds)], allow_nan=False))) == 4
