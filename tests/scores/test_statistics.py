"""Comparing curves: intervals, levels reached, paired differences."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seral_core.scores.statistics import Curve, aligned, difference, holm, labels_to_reach, rank_biserial


def frame(*runs: tuple[str, int, list[float], list[float]]) -> pd.DataFrame:
    rows = [(name, seed, 0, x, y) for name, seed, xs, ys in runs for x, y in zip(xs, ys, strict=True)]
    return pd.DataFrame(rows, columns=["curve", "seed", "fold", "spent", "value"])


def test_runs_on_their_way_do_not_pull_the_mean() -> None:
    (curve,) = aligned(frame(("a", 0, [20, 30, 40], [0.4, 0.5, 0.6]), ("a", 1, [20, 30], [0.9, 0.9])))
    assert curve.pairs == ((0, 0),)
    assert curve.mean.tolist() == [0.4, 0.5, 0.6]


def test_runs_with_other_costs_are_interpolated_to_common_points() -> None:
    (curve,) = aligned(frame(("a", 0, [20, 40], [0.4, 0.6]), ("a", 1, [20, 30, 40.5], [0.4, 0.5, 0.7])))
    assert curve.spent.tolist() == [20, 30, 40]
    np.testing.assert_allclose(curve.values[0], [0.4, 0.5, 0.6])


def test_a_level_never_reached_is_an_answer() -> None:
    assert math.isnan(labels_to_reach(0.9, [20, 40], [0.4, 0.6]))
    assert labels_to_reach(0.3, [20, 40], [0.4, 0.6]) == 20


@given(st.floats(0.401, 0.599))
def test_the_curve_is_at_the_level_where_it_should_reach_it(level: float) -> None:
    spent, values = [20.0, 30.0, 40.0], [0.4, 0.45, 0.6]
    assert np.interp(labels_to_reach(level, spent, values), spent, values) == pytest.approx(level, abs=1e-6)


def test_a_difference_is_over_the_runs_that_are_paired() -> None:
    spent = np.array([0.0, 10.0])
    a = Curve("a", spent, np.array([[0.5, 0.5], [0.7, 0.7], [0.1, 0.1]]), ((0, 0), (1, 0), (9, 0)))
    b = Curve("b", spent, np.array([[0.6, 0.6], [0.4, 0.4]]), ((1, 0), (0, 0)))
    gap = difference(a, b)
    assert gap is not None
    assert (gap.pairs, round(gap.mean, 9)) == (2, 0.1)
    assert difference(a, Curve("c", spent, np.zeros((1, 2)), ((5, 5),))) is None


def test_the_area_is_the_mean_height() -> None:
    curve = Curve("a", np.array([0.0, 10.0, 30.0]), np.array([[0.0, 1.0, 1.0]]), ((0, 0),))
    assert curve.areas[0] == pytest.approx(25 / 30)


def test_what_leans_to_one_side_is_counted_by_ranks() -> None:
    # Ranks 1 to 5, of which only the 2 is negative.
    assert rank_biserial([0.1, -0.2, 0.3, 0.4, 0.5]) == pytest.approx((13 - 2) / 15)


def test_holm_never_lets_a_weaker_result_look_stronger() -> None:
    assert holm([0.04, 0.01, 0.5]) == [0.08, 0.03, 0.5]
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([0.6, math.nan, 0.01])[::2] == [0.6, 0.02], "what could not be tested does not count"
