"""Energy, loudness and F0 along time: what is known of tones, pauses and other levels."""

from __future__ import annotations

import numpy as np
import pytest

from seral_core.features.prosody import energy, prosody

SECOND = 16_000


def tone(hz: float, seconds: float, level: float = 0.3) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * np.arange(int(seconds * SECOND)) / SECOND)).astype(np.float32)


def test_mean_f0_follows_tones_and_pauses_have_none() -> None:
    sound = np.concatenate([tone(150, 4), np.zeros(6 * SECOND, np.float32), tone(300, 4)])
    f0 = prosody(sound, 350, 25.0, window_s=1.0)[2]
    assert f0[50] == pytest.approx(150, rel=0.01)
    assert f0[300] == pytest.approx(300, rel=0.01)
    assert np.isnan(f0[125:225]).all()


def test_range_of_energy_is_that_of_the_window_and_loudness_grows_with_the_level() -> None:
    sound = np.concatenate([tone(200, 4, 0.1), tone(200, 4, 0.4)])
    energy_range, loudness, _ = prosody(sound, 200, 25.0, window_s=1.0)
    assert energy_range[[50, 150]] == pytest.approx(0, abs=0.01)
    assert energy_range[100] == pytest.approx((0.4 - 0.1) / np.sqrt(2), rel=0.02)
    assert loudness[150] == pytest.approx(loudness[50] * 16**0.3, rel=0.1)  # power to the 0.3


def test_frames_are_as_many_as_asked_for_beyond_a_minute_too() -> None:
    rng = np.random.default_rng(0)
    sound = rng.normal(0, 0.1, 61 * SECOND + 123).astype(np.float32)
    assert prosody(sound, 1525, 25.0).shape == (3, 1525)
    assert energy(sound, 10) == pytest.approx(0.01, rel=0.3)


def test_silence_has_no_f0_and_no_energy() -> None:
    curves = prosody(np.zeros(4 * SECOND, np.float32), 100, 25.0)
    assert not curves[0].any()
    assert np.isnan(curves[2]).all()
