"""Estimates without a test set: unbiased where they say so, with intervals that hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, learners
from seral_core.scores.metrics import uar
from seral_core.studio.estimate import Estimate, bootstrap, cross_validated, held_out, uar_interval, wilson
from seral_core.types import Classes, Scale, Target

EMOTION = Target("emotion", ("anger", "neutral", "sadness"))
RNG = np.random.default_rng


@pytest.mark.parametrize(("right", "n"), [(0, 10), (10, 10), (7, 10), (81, 263), (1, 1)])
def test_wilson_is_the_interval_that_scipy_gives(right: int, n: int) -> None:
    expected = binomtest(right, n).proportion_ci(method="wilson")
    assert wilson(right, n) == pytest.approx((expected.low, expected.high), abs=1e-6)


def test_the_interval_of_uar_holds_the_true_value_as_often_as_it_says() -> None:
    rng, inside, recall = RNG(0), 0, np.array([0.9, 0.6, 0.75])
    for _ in range(200):
        truth = rng.integers(3, size=40)
        right = rng.random(40) < recall[truth]
        guess = np.where(right, truth, (truth + 1) % 3)
        low, high = uar_interval(truth, guess, 3)
        inside += low <= recall.mean() <= high
    assert 180 <= inside <= 200


def test_the_interval_of_a_perfect_score_is_not_a_point() -> None:
    low, high = uar_interval(np.arange(30) % 3, np.arange(30) % 3, 3)
    assert 0.8 < low < 0.9
    assert high == 1.0


def test_the_interval_of_uar_narrows_as_test_clips_come_in() -> None:
    def width(n: int) -> float:
        truth = np.arange(n) % 3
        low, high = uar_interval(truth, np.where(np.arange(n) % 4 == 0, 0, truth), 3)
        return high - low

    assert width(240) < width(60) < width(15)


def test_the_bootstrap_finds_the_known_interval_of_a_mean() -> None:
    values = RNG(1).normal(size=400)
    low, high = bootstrap(lambda rows: float(values[rows].mean()), 400, RNG(0), draws=3000)
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.01)


def test_a_held_out_score_is_the_metric_itself() -> None:
    truth = np.arange(30) % 3
    proba = np.eye(3)[np.where(np.arange(30) < 10, 0, truth)][None] * 0.8 + 0.1
    found = held_out(Classes(proba), EMOTION, truth, RNG(0))
    assert found["uar"].value == pytest.approx(uar(truth, proba[0].argmax(1), 3))
    assert all(e.low <= e.value <= e.high and e.n == 30 for e in found.values())


def test_a_scale_has_an_interval_too() -> None:
    truth = RNG(0).normal(size=60)
    belief = Scale((truth + RNG(1).normal(size=60) * 0.5)[None], np.zeros((1, 60)))
    found = held_out(belief, Target("arousal", low=-9, high=9), truth, RNG(2))
    assert list(found) == ["ccc", "pcc", "rmse"]
    assert 0.6 < found["ccc"].low < found["ccc"].value < found["ccc"].high < 1


def test_too_few_test_clips_say_nothing() -> None:
    assert held_out(Classes(np.ones((1, 4, 3)) / 3), EMOTION, np.zeros(4, int), RNG(0)) == {}


def test_an_estimate_without_an_interval_is_valid_json() -> None:
    assert Estimate(0.5, float("nan"), float("inf"), 3).as_data() == {"value": 0.5, "low": None, "high": None, "n": 3}


def make_known(n: int = 60, speakers: int = 6) -> tuple[Known, list[str | None]]:
    """Labels that depend on the speaker alone: within speakers they are easy, across them impossible."""
    rng = RNG(0)
    who = np.arange(n) % speakers
    values = np.eye(speakers)[who] * 5 + rng.normal(size=(n, speakers)) * 0.1
    table = FeatureTable(values, tuple(f"{i}.wav" for i in range(n)))
    answers = Answers(np.arange(n), (who % 3).astype(np.intp), np.ones(n))
    return Known(table, (EMOTION,), {"emotion": answers}), [str(w) for w in who]


def test_cross_validation_never_tests_on_a_speaker_it_learned_from() -> None:
    known, speakers = make_known()
    make = lambda: learners["logistic-regression"]((EMOTION,))  # noqa: E731
    across = cross_validated(make, known, speakers, RNG(0))["emotion"]["uar"]
    mixed = cross_validated(make, known, [None] * 60, RNG(0))["emotion"]["uar"]
    assert mixed > 0.95
    assert across < 0.5


def test_too_few_labels_are_not_split() -> None:
    known, speakers = make_known(12)
    assert cross_validated(lambda: learners["logistic-regression"]((EMOTION,)), known, speakers, RNG(0)) == {}
