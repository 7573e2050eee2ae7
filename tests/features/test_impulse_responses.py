"""Speech through a phone and in rooms: it echoes, stays in time, and measured responses take the place of made ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from seral_core.errors import BadClip, UnknownName
from seral_core.features.audio import RATE_HZ
from seral_core.features.impulse_responses import NAMES, recorded_through, response_of
from seral_core.types import Floats

pytest.importorskip("pyroomacoustics", reason="pyroomacoustics is not installed: pip install -e '.[denoise]'")


def falls_in_s(response: Floats) -> float:
    """Time in which echoes fall by 60 dB, extrapolated from their fall between -5 and -35 dB (Schroeder)."""
    left = 10 * np.log10(np.cumsum(response[::-1] ** 2)[::-1] + 1e-20)
    at = [int(np.argmax(left < left[0] - fall)) for fall in (5, 35)]
    return 2 * (at[1] - at[0]) / RATE_HZ


def test_echoes_last_longer_the_larger_the_room() -> None:
    phone, classroom, hall = (falls_in_s(response_of(name)) for name in NAMES)
    assert phone < 0.05
    assert 0.5 < classroom < 1.2
    assert 1.5 < hall < 2.6


@pytest.mark.parametrize("name", NAMES)
def test_speech_stays_in_time_keeps_its_level_and_is_the_same_each_time(name: str) -> None:
    speech = np.random.default_rng(0).normal(0, 0.05, RATE_HZ).astype(np.float32)
    heard = recorded_through(speech, response_of(name))
    assert heard.shape == speech.shape
    assert np.array_equal(heard, recorded_through(speech, response_of(name)))
    late = np.fft.irfft(np.fft.rfft(heard) * np.conj(np.fft.rfft(speech)))
    assert abs((int(np.abs(late).argmax()) + 100) % RATE_HZ - 100) < 16  # a millisecond
    assert np.std(heard) / np.std(speech) == pytest.approx(1, abs=0.2)


def test_a_phone_takes_away_what_is_very_low() -> None:
    gains = np.abs(np.fft.rfft(response_of("phone"), RATE_HZ))  # a value for each Hz
    assert 20 * np.log10(gains[100] / gains[1000]) < -15
    assert abs(20 * np.log10(gains[2000] / gains[1000])) < 6


def test_a_measured_response_is_taken_where_there_is_one(tmp_path: Path) -> None:
    measured = np.zeros(480, np.float32)
    measured[[48, 96]] = 1.0, 0.5  # an echo after 1 ms at 48 kHz, after 16 samples at 16 kHz
    soundfile.write(tmp_path / "hall.wav", measured, 48_000, subtype="FLOAT")
    found = response_of("hall", tmp_path)
    peak = int(np.abs(found).argmax())
    assert found[peak + 16] / found[peak] == pytest.approx(0.5, abs=0.05)
    assert np.array_equal(response_of("classroom", tmp_path), response_of("classroom"))


def test_a_response_that_cannot_be_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "phone.wav").write_bytes(b"no sound")
    with pytest.raises(BadClip, match="cannot be read as an impulse response"):
        response_of("phone", tmp_path)
    soundfile.write(tmp_path / "phone.wav", np.zeros(100), RATE_HZ)
    with pytest.raises(BadClip, match="silent"):
        response_of("phone", tmp_path)
    with pytest.raises(UnknownName, match="known: classroom, hall, phone"):
        response_of("church")
