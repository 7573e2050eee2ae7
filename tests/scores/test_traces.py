"""Traces: nothing is lost in resampling, and known lags are found."""

from __future__ import annotations

import numpy as np
import pytest

from seral_core.errors import BadLabel
from seral_core.scores.metrics import ccc
from seral_core.scores.traces import best_lag, gold_trace, lags, normalised, pairwise_ccc, resampled, shifted


def wander(seed: int, seconds: float = 60.0, rate_hz: float = 25.0) -> np.ndarray:
    """A smooth walk, as of a hand."""
    steps = np.random.default_rng(seed).normal(size=int(seconds * rate_hz) + 100)
    return np.convolve(steps, np.hanning(101), "valid") / 6


def test_frames_hold_the_mean_of_the_trace() -> None:
    assert resampled([0, 1, 2, 4], [0, 2, 2, 0], 0.5, 4.0).tolist() == [1.5, 1.0]
    assert resampled([1.0], [0.3], 2.0, 2.0) == pytest.approx([0.3] * 4), "before the first and after the last sample"
    assert len(resampled([0.0], [0.0], 25.0, 1.999)) == 49, "a frame that is cut off is left out"
    assert len(resampled([0.0], [0.0], 10.0, 0.3)) == 3


def test_a_jump_is_kept_where_it_was() -> None:
    assert resampled([0.0, 1.0, 1.0, 2.0], [0.0, 0.0, 1.0, 1.0], 1.0, 2.0)[1] == 1.0


def test_what_a_rater_went_back_for_and_traced_again_counts() -> None:
    times, values = [0, 1, 2, 3, 4, 1, 2, 3.5, 4], [0, 0, 0, 0, 0, 8, 8, 8, 8]
    assert resampled(times, values, 1.0, 4.0).tolist() == [4.0, 8.0, 8.0, 8.0]
    kept = resampled([0, 1, 2, 3, 4, 1, 2], [0, 0, 0, 3, 3, 8, 8], 1.0, 5.0)
    assert kept.tolist() == [4.0, 8.0, 5.5, 3.0, 3.0], "and what was not traced again stays"


def test_gold_of_traces_listens_to_those_who_agree() -> None:
    truth, rng = wander(5), np.random.default_rng(6)
    good = [truth + rng.normal(scale=0.1, size=len(truth)) for _ in range(3)]
    found = gold_trace(np.stack([*good, -truth, rng.normal(size=len(truth))]))
    assert ccc(truth, found) > 0.97 > 0.9 > ccc(truth, np.mean([*good, -truth, rng.normal(size=len(truth))], axis=0))


def test_a_quick_tremble_does_not_look_like_a_slow_swing() -> None:
    times = np.arange(0, 60, 0.04)
    tremble = np.sin(2 * np.pi * 2.02 * times)
    assert np.ptp(resampled(times, tremble, 1.0, 60.0)) < 0.05 < np.ptp(tremble[::25])


def test_irregular_samples_give_the_frames_of_regular_ones() -> None:
    rng = np.random.default_rng(0)
    dense, curve = np.arange(0, 20.001, 0.04), lambda t: np.sin(t / 2)
    some = np.union1d(rng.uniform(0, 20, 600), [0, 20])
    regular, irregular = (resampled(t, curve(t), 5.0, 20.0) for t in (dense, some))
    assert np.abs(regular - irregular).max() < 0.002


@pytest.mark.parametrize(("times", "values"), [([], []), ([0.0, 1.0], [1.0]), ([0.0, float("nan")], [1, 1])])
def test_a_trace_that_cannot_be_read_is_refused(times: list[float], values: list[float]) -> None:
    with pytest.raises(BadLabel, match="expected equally many, and at least one"):
        resampled(times, values, 25.0, 2.0)


def test_a_relative_trace_is_brought_to_its_own_range() -> None:
    assert normalised(np.array([10.0, -10.0, 0.0])).tolist() == [1, 0, 0.5]
    z = normalised(np.array([1.0, 2.0, 6.0]), "deviation")
    assert (z.mean(), z.std()) == pytest.approx((0, 1))
    assert normalised(np.full(3, 7.0)).tolist() == [0, 0, 0]


def test_pairs_are_compared_where_both_have_values() -> None:
    a = np.array([0.0, 1.0, 2.0, np.nan])
    b = np.array([0.0, 2.0, 1.0, 5.0])
    c = np.array([np.nan] * 3 + [1.0])
    found = pairwise_ccc(np.stack([a, b, c]))
    assert found[0, 1] == found[1, 0] == ccc(a[:3], b[:3])
    assert np.isnan(found[0, 2])
    assert np.isnan(np.diag(found)).all()


def test_a_fixed_shift_moves_by_whole_frames_to_either_side() -> None:
    values = np.arange(5.0)
    assert shifted(values, 0.4, 5.0)[:3].tolist() == [2, 3, 4]
    assert shifted(values, -0.4, 5.0)[2:].tolist() == [0, 1, 2]
    assert np.isnan(shifted(values, 99.0, 5.0)).all()
    assert shifted(values, 0.0, 5.0).tolist() == values.tolist()


@pytest.mark.parametrize("late_s", [0.0, 0.4, 2.8, 6.0, -1.2])
def test_a_known_lag_is_found_under_noise(late_s: float) -> None:
    truth = wander(0)
    noise = np.random.default_rng(1).normal(scale=0.1, size=len(truth))
    late = shifted(truth, -late_s, 25.0) + noise
    assert best_lag(late, truth, 25.0) == pytest.approx(late_s, abs=0.08)


def test_raters_are_lined_up_with_one_another() -> None:
    truth = wander(2)
    true = np.array([2.0, 3.2, 2.8, 5.0, 2.4])
    rng = np.random.default_rng(3)
    traces = np.stack([shifted(truth, -late, 25.0) + rng.normal(scale=0.15, size=len(truth)) for late in true])
    found = lags(traces, 25.0)
    assert found == pytest.approx(true - true.min(), abs=0.17)
    before, after = (
        np.nanmean(pairwise_ccc(some)) for some in (traces, [shifted(t, s, 25.0) for t, s in zip(traces, found)])
    )
    assert after > before + 0.2
    assert after > 0.85


def test_one_rater_or_one_who_never_moves_has_no_lag() -> None:
    assert lags(wander(0)[None], 25.0).tolist() == [0.0]
    assert lags(np.zeros((0, 10)), 25.0).tolist() == []
    still = np.stack([wander(0), np.zeros(1500)])
    assert lags(still, 25.0).tolist() == [0.0, 0.0]
