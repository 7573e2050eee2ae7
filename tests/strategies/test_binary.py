"""The informativeness of Han et al. 2013, against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from seral_core.errors import BadPlan
from seral_core.learners.base import Answers
from seral_core.strategies.base import line_view
from seral_core.strategies.binary import (
    BinaryConfidence,
    fit_platt,
    informativeness,
    levels_of,
    platt,
    sides_of,
)
from seral_core.strategies.expected import BalancedRange, PredictedError
from seral_core.strategies.gates import Gate, Meter, RandomVariableGate, VariableGate
from seral_core.types import Target


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_the_boundary_belongs_to_the_negative_side() -> None:
    assert sides_of(np.array([-1.0, 0.0, 1e-9, 1.0]), 0.0).tolist() == [0, 0, 1, 1]  # Eq. 1


def test_the_middle_of_another_range_is_the_boundary() -> None:
    known = Answers(np.array([0, 1, 4, 5]), np.array([2.0, 3.0, 3.1, 5.0]), np.ones(4))
    task = (Target("arousal", low=1, high=5),)
    view = line_view(-4.0, -3.0, -2.0, 0.1, 3.0, 4.0, labelled=[0, 1, 4, 5], task=task, answers={"arousal": known})
    assert BinaryConfidence()(view, 1, rng()).tolist() == [3]


def test_confidence_is_the_logistic_of_the_output() -> None:
    # Eq. 2 with A = -2, B = 0.5: f = 1 gives 1 / (1 + e^-1.5)
    assert platt(np.array([1.0]), -2.0, 0.5)[0] == pytest.approx(0.8175744761936437)
    assert platt(np.array([0.25]), -2.0, 0.5)[0] == 0.5


def test_the_logistic_is_the_likeliest_one() -> None:
    """Platt's smoothed targets are a logistic regression in which every point counts for both sides."""
    outputs = np.array([-1.5, -0.5, 0.2, -0.1, 0.8, 1.4])
    positive = np.array([False, False, False, True, True, True])
    A, B = fit_platt(outputs, positive)
    high, low = 4 / 5, 1 / 5
    weights = np.concatenate([np.where(positive, high, low), np.where(positive, 1 - high, 1 - low)])
    twice = np.concatenate([outputs, outputs])[:, None]
    other = LogisticRegression(C=np.inf, tol=1e-10).fit(twice, np.repeat([1, 0], 6), weights)
    assert pytest.approx(-other.coef_[0, 0], rel=1e-3) == A
    assert pytest.approx(-other.intercept_[0], abs=1e-3) == B


def test_informativeness_is_minus_the_distance_from_a_half() -> None:
    values = np.random.default_rng(1).normal(size=(30, 3))
    sides = sides_of(values[:, 0], 0.0)
    machine = SVC().fit(values, sides)
    p = platt(machine.decision_function(values), *fit_platt(machine.decision_function(values), sides == 1))
    np.testing.assert_allclose(informativeness(values, sides, values), -np.abs(p - 0.5))  # Eq. 3
    distance = informativeness(values, sides, values, "distance")
    np.testing.assert_allclose(distance, -np.abs(machine.decision_function(values)))


def test_levels_rise_with_the_values() -> None:
    values = np.random.default_rng(0).uniform(-1, 1, 60)
    levels = levels_of(values, 5, rng())
    assert set(levels.tolist()) == set(range(5))
    assert (np.diff(levels[np.argsort(values)]) >= 0).all()


@pytest.mark.parametrize("text", [{"levels": 1}, {"levels": 11}, {"measure": "hope"}])
def test_options_out_of_range_are_refused(text: dict[str, object]) -> None:
    with pytest.raises(BadPlan, match="expected"):
        BinaryConfidence(**text)  # type: ignore[arg-type]


def test_more_levels_choose_between_levels() -> None:
    x = np.linspace(-3, 3, 31)
    rows = np.array([0, 1, 2, 14, 15, 16, 28, 29, 30])
    known = Answers(rows, np.sign(x[rows]) * (np.abs(x[rows]) > 1) * 0.9, np.ones(9))
    view = line_view(*x, labelled=rows.tolist(), answers={"arousal": known})
    picks = x[BinaryConfidence(levels=3)(view, 4, rng())]
    assert (np.abs(picks) > 0.5).all(), "two borders lie between three levels, none at 0"


def test_predicted_error_finds_where_values_jump_about() -> None:
    noise = np.random.default_rng(0)
    x = np.linspace(-3, 3, 80)
    y = np.where(x > 1, noise.uniform(-1, 1, 80), 0.0)
    rows = np.arange(0, 80, 2)
    view = line_view(*x, labelled=rows.tolist(), answers={"arousal": Answers(rows, y[rows], np.ones(40))})
    assert (x[PredictedError()(view, 5, rng())] > 0.8).all()


def test_balanced_range_fills_the_emptiest_part_first() -> None:
    from seral_core.types import Scale

    rows = np.array([0, 1, 2])
    known = {"arousal": Answers(rows, np.array([-0.9, -0.8, 0.1]), np.ones(3))}
    guess = np.array([-0.9, -0.7, 0.0, 0.9, 0.8])
    belief = {"arousal": Scale(guess[None], np.zeros((1, 5)))}
    view = line_view(*range(8), labelled=rows.tolist(), answers=known, predict=lambda asked: belief)
    picks = BalancedRange(bins=4)(view, 3, rng())
    assert set(picks[:1].tolist()) <= {6, 7}
    assert len(set(picks.tolist())) == 3


def test_a_variable_threshold_shrinks_when_asked_and_grows_when_not() -> None:
    meter = Meter(0.5)
    opened = VariableGate(share=1.0, threshold=0.5, step=0.1).opened(np.array([0.4, 0.46, 0.2]), np.ones(3), meter)
    assert opened.tolist() == [True, False, True]
    assert meter.level == pytest.approx(0.5 * 0.9 * 1.1 * 0.9)


def test_a_spent_gate_rests() -> None:
    meter = Meter(0.5, used=2.0)
    gate = VariableGate(share=0.1, threshold=0.5, step=0.1, window=10)
    assert not gate.opened(np.array([0.1]), np.ones(1), meter)[0]
    assert meter.level == 0.5
    assert meter.used == pytest.approx(1.8)


def test_a_random_gate_asks_now_and_then_where_a_fixed_one_never_does() -> None:
    sure = np.full(400, 0.95)
    fixed = Gate(share=1.0, threshold=0.9)
    blurred = RandomVariableGate(share=1.0, threshold=0.9, step=1e-9)
    assert not fixed.opened(sure, fixed.noise(400, rng()), Meter(0.9)).any()
    assert 50 < blurred.opened(sure, blurred.noise(400, rng()), Meter(0.9)).sum() < 350
