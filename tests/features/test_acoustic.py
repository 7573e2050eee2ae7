"""The default features: they hear what they are named after, and always give numbers."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from seral_core.features.acoustic import SERALv01
from seral_core.features.base import extractors
from seral_core.features.pitch import yin

extractor = SERALv01()


def row(signal: np.ndarray) -> dict[str, float]:
    return dict(zip(extractor.names, extractor(signal.astype(np.float32)).tolist(), strict=True))


def test_the_set_has_150_to_250_features_with_a_name_each() -> None:
    assert 150 <= len(extractor.names) <= 250
    assert len(set(extractor.names)) == len(extractor.names)


def test_default_is_another_name_of_the_set() -> None:
    assert extractors["default"]() == extractors["SERALv01"]() == extractor


@pytest.mark.parametrize("f0_hz", [80.0, 125.0, 210.0, 380.0])
def test_pitch_is_found_within_a_tenth_of_a_semitone(f0_hz, voice) -> None:
    expected = 12 * np.log2(f0_hz / 27.5)
    assert row(voice(f0_hz, 1.0))["pitch_st_median"] == pytest.approx(expected, abs=0.1)


def test_yin_does_not_call_noise_periodic() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    _, aperiodicity = yin(noise)
    assert np.median(aperiodicity) > 0.3


def test_a_falling_voice_has_a_falling_trend_and_a_wider_range() -> None:
    time = np.arange(16_000) / 16_000
    falling = np.sin(2 * np.pi * (200 * time - 30 * time**2))
    level = np.sin(2 * np.pi * 200 * time)
    assert row(falling)["pitch_trend_st_per_s"] < -3
    assert abs(row(level)["pitch_trend_st_per_s"]) < 0.1
    assert row(falling)["pitch_st_range"] > row(level)["pitch_st_range"] + 1


def test_a_louder_clip_has_a_higher_level_and_the_same_relative_level(voice) -> None:
    soft, loud = row(0.1 * voice()), row(voice())
    assert loud["level_db_mean"] - soft["level_db_mean"] == pytest.approx(20, abs=0.1)
    assert loud["level_below_max_median_db"] == pytest.approx(soft["level_below_max_median_db"], abs=0.1)
    assert loud["pitch_st_mean"] == pytest.approx(soft["pitch_st_mean"], abs=0.05)


def test_a_brighter_voice_has_a_flatter_tilt_and_a_lower_alpha_ratio() -> None:
    from scipy.signal import lfilter

    pulses = np.zeros(16_000)
    pulses[::100] = 1.0
    dull, bright = (row(lfilter([1.0], [1.0, -pole], pulses)) for pole in (0.95, 0.5))
    assert bright["tilt_voiced_mean"] > dull["tilt_voiced_mean"] + 1
    assert bright["alpha_ratio_voiced_mean"] < dull["alpha_ratio_voiced_mean"] - 3
    assert bright["centroid_voiced_mean"] > dull["centroid_voiced_mean"] + 300


def test_noise_in_the_voice_lowers_the_harmonics_to_noise_ratio(voice) -> None:
    clean = voice(150, 1.0)
    hoarse = clean + np.random.default_rng(0).normal(0, 0.03, len(clean))
    assert row(hoarse)["hnr_db_mean"] < row(clean)["hnr_db_mean"] - 3


def test_syllables_and_pauses_are_counted(voice) -> None:
    found = row(voice(150, 3.0))
    assert found["syllables_per_s"] == pytest.approx(4, abs=0.7)
    assert found["voiced_per_s"] == pytest.approx(4, abs=0.7)
    assert found["voiced_share"] == pytest.approx(2 / 3, abs=0.1)


def test_silence_around_the_speech_changes_little(voice) -> None:
    alone = voice(150, 1.0)
    padded = np.concatenate([np.zeros(8_000), alone, np.zeros(8_000)])
    assert row(padded)["duration_s"] == pytest.approx(row(alone)["duration_s"], abs=0.05)
    assert row(padded)["mfcc1_mean"] == pytest.approx(row(alone)["mfcc1_mean"], rel=0.1)


@pytest.mark.parametrize("seconds", [0.1, 0.25, 3.0])
@pytest.mark.parametrize("kind", ["noise", "tone", "click", "late click", "clipped", "tiny"])
def test_features_are_always_finite(kind, seconds) -> None:
    size = int(16_000 * seconds)
    time = np.arange(size) / 16_000
    signals = {
        "noise": np.random.default_rng(1).normal(0, 0.1, size),
        "tone": np.sin(2 * np.pi * 440 * time),
        "click": np.eye(1, size, 0)[0],
        "late click": np.eye(1, size, size - 1)[0],
        "clipped": np.sign(np.sin(2 * np.pi * 90 * time)),
        "tiny": 2e-4 * np.sin(2 * np.pi * 100 * time),
    }
    assert np.isfinite(extractor(signals[kind].astype(np.float32))).all()


def test_the_same_clip_gives_the_same_row(voice) -> None:
    assert np.array_equal(extractor(voice()), extractor(voice()))


def test_naming_the_extractors_imports_no_audio_library() -> None:
    code = (
        "import sys, seral_core.features.base as base; list(base.extractors);print([m for m in "
        "('librosa', 'sklearn', 'numba', 'opensmile', 'soundfile') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_real_speech_gives_plausible_pitch_by_sex(real_data) -> None:
    from seral_core.features.audio import read_segment

    def median_st(actor: int) -> float:
        files = sorted((real_data / "ravdess" / f"Actor_{actor:02d}").glob("03-01-01-*"))[:4]
        return float(np.median([row(read_segment(file))["pitch_st_median"] for file in files]))

    man, woman = median_st(1), median_st(2)
    assert 20 < man < 32 < woman < 42
