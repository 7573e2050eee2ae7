"""Noise under speech: as loud as is asked for, from another third for each part, and the same for the same seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from seral_core.errors import BadPlan
from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.noises import PARTS, Noises, made_noises, noises_in, snr_db, with_noise

SPEECH = np.random.default_rng(0).normal(0, 0.05, RATE_HZ).astype(np.float32)


def tone(seconds: float, hz: float = 440.0) -> Signal:
    return (0.2 * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)).astype(np.float32)


def test_no_sample_of_noise_is_heard_in_two_parts() -> None:
    noises = Noises({"counted": np.arange(3 * RATE_HZ + 1, dtype=np.float32)})
    heard = {
        part: {x for seed in range(20) for x in noises.excerpt(part, RATE_HZ, np.random.default_rng(seed))[1]}  # type: ignore[arg-type]
        for part in PARTS
    }
    assert all(len(heard[part]) == RATE_HZ for part in PARTS)
    assert len(set.union(*heard.values())) == 3 * RATE_HZ


@pytest.mark.parametrize("wanted", [0, 3, 6, 9, 12])
def test_the_signal_to_noise_ratio_is_the_one_that_was_asked_for(wanted: int) -> None:
    noise = np.random.default_rng(1).uniform(-1, 1, RATE_HZ).astype(np.float32)
    assert snr_db(SPEECH, with_noise(SPEECH, noise, wanted)) == pytest.approx(wanted, abs=1e-3)


def test_the_same_seed_gives_the_same_noise_and_another_seed_another() -> None:
    one, again, other = (made_noises(4.0, seed).kinds for seed in (0, 0, 1))
    for kind, noise in one.items():
        assert np.array_equal(noise, again[kind])
        assert not np.array_equal(noise, other[kind])
        assert np.abs(noise).max() == 1
    assert not any(np.array_equal(one["babble"], one[kind]) for kind in ("street", "hum"))


def test_folders_are_kinds_and_recordings_of_a_kind_follow_one_another_at_full_scale(tmp_path: Path) -> None:
    for name, seconds in (("cafe/1.wav", 2), ("cafe/2.wav", 4), ("bus/1.wav", 3)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        soundfile.write(tmp_path / name, tone(seconds), RATE_HZ)
    found = noises_in(tmp_path).kinds
    assert {kind: len(noise) / RATE_HZ for kind, noise in found.items()} == {"bus": 3, "cafe": 6}
    assert all(np.abs(noise).max() == pytest.approx(1) for noise in found.values())


def test_noise_that_is_silent_or_too_short_or_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="silent"):
        with_noise(SPEECH, np.zeros_like(SPEECH), 6)
    soundfile.write(tmp_path / "short.wav", tone(1), RATE_HZ)
    with pytest.raises(BadPlan, match="shorter than 3 s"):
        noises_in(tmp_path)
    (tmp_path / "none").mkdir()
    with pytest.raises(BadPlan, match="got 0 kinds"):
        noises_in(tmp_path / "none")
