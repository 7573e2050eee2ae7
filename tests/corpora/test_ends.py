"""A FLAC or Ogg of which only the beginning would be heard is refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from seral_core.corpora.ends import last_sample
from seral_core.errors import BadClip
from seral_core.features.audio import read_segment

RATE_HZ = 16_000


def written(path: Path, seconds: float = 1.0, **how: object) -> bytes:
    noise = np.random.default_rng(0).normal(scale=0.1, size=round(seconds * RATE_HZ))
    soundfile.write(path, noise, RATE_HZ, **how)
    return path.read_bytes()


def promising(flac: bytes, samples: int) -> bytes:
    kept = int.from_bytes(flac[18:26], "big") >> 36 << 36
    return flac[:18] + (kept | samples).to_bytes(8, "big") + flac[26:]


@pytest.mark.parametrize("samples", [RATE_HZ // 2, 2 * RATE_HZ])
def test_a_flac_that_ends_elsewhere_than_its_header_says_is_refused(samples: int, tmp_path: Path) -> None:
    flac = written(tmp_path / "a.flac")
    (tmp_path / "b.flac").write_bytes(promising(flac, samples))
    with pytest.raises(BadClip, match=rf"ends at 1.0 s, but its header promises {samples / RATE_HZ:.1f} s"):
        read_segment(tmp_path / "b.flac")
    assert len(read_segment(tmp_path / "a.flac")) == RATE_HZ


def test_flacs_that_were_joined_are_refused_and_one_of_unknown_length_is_heard(tmp_path: Path) -> None:
    flac = written(tmp_path / "a.flac")
    (tmp_path / "two.flac").write_bytes(flac + written(tmp_path / "b.flac", 2.0))
    with pytest.raises(BadClip, match="holds several files"):
        read_segment(tmp_path / "two.flac")
    (tmp_path / "streamed.flac").write_bytes(promising(flac, 0))
    assert len(read_segment(tmp_path / "streamed.flac")) == RATE_HZ


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("rate_hz", [8_000, 12_345, 96_000])
def test_the_end_of_a_whole_flac_is_found(channels: int, rate_hz: int, tmp_path: Path) -> None:
    for samples, loudness in ((1, 0.1), (5_000, 0.0), (40_001, 0.3)):
        noise = np.random.default_rng(samples).normal(scale=loudness, size=(samples, channels))
        soundfile.write(tmp_path / "a.flac", noise, rate_hz)
        assert last_sample(tmp_path / "a.flac") == (samples, samples)
    assert last_sample(Path(__file__)) is None


@pytest.mark.parametrize("kind", ["VORBIS", "OPUS"])
def test_streams_behind_one_another_in_an_ogg_are_refused(kind: str, tmp_path: Path) -> None:
    one, other = (written(tmp_path / f"{name}.ogg", subtype=kind) for name in "ab")
    assert len(read_segment(tmp_path / "a.ogg")) == RATE_HZ
    (tmp_path / "chain.ogg").write_bytes(one + other)
    with pytest.raises(BadClip, match="holds several streams"):
        read_segment(tmp_path / "chain.ogg")
