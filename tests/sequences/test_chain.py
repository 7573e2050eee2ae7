"""The chain after a regressor, each step by itself and all together."""

from __future__ import annotations

import numpy as np
import pytest

from seral_core.errors import BadPlan
from seral_core.scores.metrics import ccc
from seral_core.sequences.chain import Chain, delayed, smoothed

RATE = 5.0


def gold(recordings: int = 2, frames: int = 600, seed: int = 0) -> list[np.ndarray]:
    """Slow traces of several recordings."""
    rng = np.random.default_rng(seed)
    at = np.arange(frames) / RATE
    return [
        0.4 * np.sin(at / rng.uniform(3, 5)) + 0.3 * np.cos(at / rng.uniform(8, 12) + rng.uniform(0, 6))
        for _ in range(recordings)
    ]


def kept(chain: Chain) -> dict[str, float]:
    return {step.name: step.setting for step in chain.steps if step.kept}


def together(traces: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(traces)


def test_a_known_bias_and_scale_are_recovered_exactly() -> None:
    truth = gold()
    predictions = [0.2 + trace / 4 for trace in truth]
    chain = Chain.fit(predictions, truth, RATE)
    mean, deviation = together(truth).mean(), together(truth).std()
    steps = kept(chain)
    assert steps["centring"] == pytest.approx(mean - (0.2 + mean / 4))
    assert steps["scaling"] == pytest.approx(deviation / (deviation / 4))
    assert "shift" not in steps
    assert np.allclose(together(chain.apply(predictions)), together(truth))


def test_a_known_shift_is_recovered_with_bias_and_scale_and_helps_unseen_recordings_too() -> None:
    truth, unseen = gold(), gold(seed=1)
    late = 8

    def early(traces: list[np.ndarray]) -> list[np.ndarray]:
        return [0.1 + np.append(trace[late:], np.repeat(trace[-1], late)) / 2 for trace in traces]

    chain = Chain.fit(early(truth), truth, RATE)
    assert kept(chain)["shift"] == pytest.approx(late / RATE)
    before, after = (ccc(together(unseen), together(values)) for values in (early(unseen), chain.apply(early(unseen))))
    assert after > 0.95 > before


def test_noise_is_filtered() -> None:
    truth = gold()
    rng = np.random.default_rng(0)
    noisy = [np.where(rng.random(len(trace)) < 0.1, 3.0, trace) for trace in truth]
    chain = Chain.fit(noisy, truth, RATE)
    assert kept(chain)["median"] <= 2
    assert ccc(together(truth), together(chain.apply(noisy))) > 0.97 > 0.3 > ccc(together(truth), together(noisy))


def test_nothing_is_kept_that_does_not_help() -> None:
    truth = gold()
    chain = Chain.fit(truth, truth, RATE)
    assert len(chain.steps) == 4
    assert not kept(chain)
    assert not chain.table()["kept"].any()
    assert all(map(np.array_equal, chain.apply(truth), truth))


def test_the_ccc_of_dev_never_falls_from_step_to_step_and_is_what_the_table_says() -> None:
    truth = gold(3)
    rng = np.random.default_rng(2)
    predictions = [0.3 * np.roll(trace, -5) + 0.1 * rng.standard_normal(len(trace)) - 0.2 for trace in truth]
    chain = Chain.fit(predictions, truth, RATE)
    table = chain.table()
    assert table["step"].tolist() == ["median", "centring", "scaling", "shift"]
    reached = table["after"].where(table["kept"], table["before"])
    assert table["before"].iloc[1:].tolist() == pytest.approx(reached.iloc[:-1].tolist())
    assert (reached >= table["before"]).all()
    assert ccc(together(truth), together(predictions)) == pytest.approx(table["before"].iloc[0])
    assert ccc(together(truth), together(chain.apply(predictions))) == pytest.approx(reached.iloc[-1])


def test_windows_go_from_400_ms_to_20_s_and_shifts_from_a_frame_to_10_s(monkeypatch: pytest.MonkeyPatch) -> None:
    from seral_core.sequences import chain as module

    truth = gold()
    tried = {name: [s.setting for s in module._candidates(name, truth, truth, 25.0)] for name in ("median", "shift")}
    assert (min(tried["median"]), max(tried["median"]), len(tried["median"])) == (0.4, 20.0, 50)
    assert (min(tried["shift"]), max(tried["shift"]), len(tried["shift"])) == (0.04, 10.0, 250)
    # At a frame per second, a filter of .4 s would do nothing.
    assert [step.setting for step in module._candidates("shift", truth, truth, 1.0)] == list(range(1, 11))
    assert min(step.setting for step in module._candidates("median", truth, truth, 1.0)) == pytest.approx(1.6)


def test_frames_without_gold_do_not_count() -> None:
    truth = gold()
    predictions = [trace / 2 for trace in truth]
    holes = [np.where(np.arange(len(trace)) % 3 == 0, np.nan, trace) for trace in truth]
    odd = [np.where(np.isnan(hole), 9.0, trace / 2) for hole, trace in zip(holes, truth, strict=True)]
    one, other = (Chain.fit(values, holes, RATE).steps[0].before for values in (predictions, odd))
    assert one == pytest.approx(other)
    assert kept(Chain.fit(predictions, holes, RATE))["scaling"] == pytest.approx(2.0)


def test_constant_predictions_and_short_recordings_go_through() -> None:
    truth = gold()
    chain = Chain.fit([np.ones(len(trace)) for trace in truth], truth, RATE)
    assert not kept(chain)
    assert [step.name for step in chain.steps] == ["median", "centring", "shift"]
    short = [np.array([0.1, 0.3, 0.2, 0.5]), np.array([0.1]), np.array([])]
    found = Chain.fit(short, [values * 2 for values in short], RATE)
    assert [len(values) for values in found.apply(short)] == [4, 1, 0]


def test_smoothing_and_delay_by_hand() -> None:
    values = np.array([1.0, 5.0, 2.0, 3.0])
    # Four frames ask for five; the trace has no more than three that have a middle.
    assert smoothed(values, 4.0, 1.0).tolist() == smoothed(values, 3.0, 1.0).tolist() == [1.0, 2.0, 3.0, 3.0]
    assert smoothed(values, 0.5, 1.0).tolist() == values.tolist()
    assert delayed(values, 2.0, 1.0).tolist() == [1.0, 1.0, 1.0, 5.0]
    assert delayed(values, 9.0, 1.0).tolist() == [1.0, 1.0, 1.0, 1.0]


def test_smoothing_is_the_median_of_every_window() -> None:
    values = np.random.default_rng(0).standard_normal(40)
    for frames in (3, 11, 39):
        ends = np.pad(values, frames // 2, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(ends, frames)
        assert smoothed(values, frames, 1.0) == pytest.approx(np.median(windows, axis=1))


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(BadPlan, match="no frame that has gold"):
        Chain.fit([np.zeros(2)], [np.full(2, np.nan)], RATE)
    with pytest.raises(BadPlan, match="got 1 recordings at 0 Hz"):
        Chain.fit([np.zeros(2)], [np.zeros(2)], 0.0)
    with pytest.raises(BadPlan, match="no numbers"):
        Chain.fit([np.array([0.0, np.nan])], [np.array([0.0, np.nan])], RATE)
    with pytest.raises(BadPlan, match="no numbers"):
        Chain(RATE).apply([np.array([np.inf])])
