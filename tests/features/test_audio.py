"""Reading audio: whatever libsndfile reads becomes mono samples at 16 kHz."""

from __future__ import annotations

import numpy as np
import pytest

from seral_core.errors import BadClip
from seral_core.features.audio import read_segment


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.aiff", "a.mp3"])
@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100])
def test_every_format_and_rate_comes_out_at_16_khz(name, rate_hz, write, voice) -> None:
    samples = read_segment(write(name, voice(200, 0.5, rate_hz), rate_hz))
    assert samples.dtype == np.float32
    assert abs(len(samples) - 8_000) <= 0.1 * 8_000
    spectrum = np.abs(np.fft.rfft(samples))
    assert abs(spectrum.argmax() * 16_000 / len(samples) - 200) < 10


def test_channels_are_mixed_to_one(write, voice) -> None:
    left, right = voice(120), voice(300)
    mixed = read_segment(write("stereo.wav", np.stack([left, right], axis=1)))
    expected = (left + right) / 2
    assert np.allclose(mixed, expected - expected.mean(), atol=1e-3)


def test_a_segment_is_cut_out_of_its_file(write, voice) -> None:
    whole = voice(150, 1.0)
    path = write("long.wav", whole)
    part = read_segment(path, 0.25, 0.75)
    assert len(part) == 8_000
    assert np.corrcoef(part, whole[4_000:12_000])[0, 1] > 0.999


def test_a_segment_without_end_goes_on_to_the_end(write, voice) -> None:
    assert len(read_segment(write("long.wav", voice(150, 1.0)), 0.25)) == 12_000


def test_a_constant_offset_is_removed(write, voice) -> None:
    assert abs(read_segment(write("offset.wav", voice() + 0.2)).mean()) < 1e-6


def test_a_missing_file_is_named(tmp_path) -> None:
    with pytest.raises(BadClip, match=r"^gone\.wav does not exist"):
        read_segment(tmp_path / "gone.wav")


def test_an_empty_file_is_named(tmp_path) -> None:
    (tmp_path / "empty.wav").touch()
    with pytest.raises(BadClip, match=r"^empty\.wav is empty \(0 bytes\)"):
        read_segment(tmp_path / "empty.wav")


def test_a_file_without_samples_is_named(write) -> None:
    with pytest.raises(BadClip, match=r"is empty \(0 samples\)"):
        read_segment(write("none.wav", np.zeros(0, np.float32)))


def test_a_file_that_is_not_audio_is_named(tmp_path) -> None:
    (tmp_path / "text.wav").write_text("this is not audio")
    with pytest.raises(BadClip, match=r"^text\.wav cannot be read as audio"):
        read_segment(tmp_path / "text.wav")


@pytest.mark.parametrize("offset", [0.0, 0.5])
def test_a_silent_clip_is_named(offset, write) -> None:
    with pytest.raises(BadClip, match=r"^still\.wav is silent"):
        read_segment(write("still.wav", np.full(16_000, offset, np.float32)))


def test_a_very_short_clip_is_named_with_its_length(write, voice) -> None:
    for samples, lasts in ((1440, "90"), (1599, "99.9")):
        with pytest.raises(BadClip, match=f"lasts {lasts} ms; expected at least 100 ms"):
            read_segment(write("short.wav", voice(200, 0.1)[:samples]))


def test_a_clip_of_100_ms_is_long_enough(write, voice) -> None:
    assert len(read_segment(write("enough.wav", voice(200, 0.1)))) == 1_600


def test_a_segment_outside_of_its_file_is_named(write, voice) -> None:
    with pytest.raises(BadClip, match=r"lasts 0\.600 s, but the segment is 2\.000 s to 3\.000 s"):
        read_segment(write("a.wav", voice()), 2.0, 3.0)


def test_samples_that_are_not_finite_are_named(tmp_path) -> None:
    import soundfile

    path = tmp_path / "nan.wav"
    soundfile.write(path, np.array([0.1, np.nan] * 4_000), 16_000, subtype="FLOAT")
    with pytest.raises(BadClip, match="samples that are not finite"):
        read_segment(path)
