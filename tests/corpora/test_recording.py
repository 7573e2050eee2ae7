"""Recordings: decoded in blocks, whatever their headers say."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from seral_core.corpora.base import open_corpus
from seral_core.corpora.durations import durations_s
from seral_core.corpora.readers.table import Table
from seral_core.corpora.recording import BLOCK, Recording, frames_of
from seral_core.errors import BadClip, SeralError
from seral_core.features.audio import read_segment
from seral_core.features.extract import extract
from seral_core.features.ready import load_features
from seral_core.oracles.answers import Answers
from seral_core.types import Query, Target
from tests.patience import PATIENCE

NOISE = np.random.default_rng(0).normal(size=(3 * BLOCK // 2, 2)).astype(np.float32) / 9
KINDS = [("FLAC", None), ("WAV", "PCM_16"), ("OGG", "VORBIS"), ("MP3", None), ("WAV", "MS_ADPCM")]


def flac_that_says(path: Path, frames: int) -> Path:
    """Make a FLAC of one second whose header says that it has so many samples."""
    soundfile.write(path, NOISE[:16_000], 16_000, format="FLAC")
    content = bytearray(path.read_bytes())
    content[21] = (content[21] & 0xF0) | (frames >> 32)
    content[22:26] = struct.pack(">I", frames & 0xFFFFFFFF)
    path.write_bytes(content)
    return path


def wav_that_says(path: Path, channels: int, rate_hz: int) -> Path:
    """Make a WAV with such a header, and four gigabytes of samples that are not there."""
    form = (16, 1, channels, rate_hz, 2**31, min(2 * channels, 65535), 16)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 2**32 - 1, b"WAVE", b"fmt ", *form, b"data", 2**32 - 1)
    path.write_bytes(head + bytes(range(256)) * 200)
    return path


@pytest.mark.parametrize(("form", "subtype"), KINDS)
def test_blocks_are_what_is_read_at_once(tmp_path: Path, form: str, subtype: str | None) -> None:
    path = tmp_path / f"a.{form.lower()}"
    soundfile.write(path, NOISE, 16_000, format=form, subtype=subtype)
    with soundfile.SoundFile(path) as file:
        file.seek(0)  # as earlier versions did; of an MP3 it changes the last bits
        once = file.read(dtype="float32", always_2d=True)
    with Recording(path) as file:
        blocks = list(file.blocks(0, len(once)))
    with Recording(path) as file:
        part = np.concatenate(list(file.blocks(70_001, 150_000)))
    assert len(blocks) > 2
    assert np.allclose(np.concatenate(blocks), once, rtol=0, atol=1e-6)
    assert np.allclose(part, once[70_001:150_000], rtol=0, atol=1e-6)
    mono = once.mean(axis=1)
    assert np.array_equal(read_segment(path), mono - mono.mean()), "features of earlier versions stay what they are"


@pytest.mark.parametrize("frames", [0, 2**36 - 1, 5_000_000])
def test_a_length_that_is_not_so_is_counted(tmp_path: Path, frames: int) -> None:
    path = flac_that_says(tmp_path / "lies.flac", frames)
    assert frames_of(path) == 16_000


def test_a_stream_that_does_not_say_its_length_is_read_like_any_other(tmp_path: Path) -> None:
    lying, honest = flac_that_says(tmp_path / "a.flac", 0), flac_that_says(tmp_path / "b.flac", 16_000)
    assert np.array_equal(read_segment(lying), read_segment(honest))
    corpus = open_corpus(tmp_path)
    assert durations_s(corpus).isna().tolist() == [True, False]


def test_what_cannot_be_gone_to_is_decoded_from_the_start(tmp_path: Path) -> None:
    path = tmp_path / "phone.wav"
    soundfile.write(path, NOISE[:, 0], 8000, subtype="GSM610")
    with Recording(path) as file:
        everything = np.concatenate(list(file.blocks(0)))
        assert not file.seekable
    with Recording(path) as file:
        assert np.array_equal(np.concatenate(list(file.blocks(140_000, 150_000))), everything[140_000:150_000])


@pytest.mark.parametrize(("channels", "rate_hz"), [(65_535, 16_000), (1, 1), (1, 2**31 - 1), (1, 0), (0, 16_000)])
def test_a_header_that_lies_is_refused_or_bounded(tmp_path: Path, channels: int, rate_hz: int) -> None:
    path = wav_that_says(tmp_path / "a.wav", channels, rate_hz)
    with pytest.raises(BadClip):
        read_segment(path)


def test_a_recording_too_long_for_one_row_is_named_with_what_to_do(tmp_path: Path) -> None:
    with soundfile.SoundFile(tmp_path / "long.flac", "w", 100, 1) as file:
        file.write(np.zeros(100 * 3600, np.int16))
    soundfile.write(tmp_path / "short.wav", NOISE[:16_000], 16_000)
    table = extract(open_corpus(tmp_path), jobs=1)
    assert table.ids == ("short.wav",)
    assert dict(table.problems)["long.flac"].startswith("lasts 60 minutes; expected at most 10")


@pytest.fixture
def pipes(tmp_path: Path) -> Iterator[Path]:
    """A folder with a recording and, beside it, what would be waited for without end."""
    soundfile.write(tmp_path / "good.wav", NOISE[:16_000], 16_000)
    for name in ("pipe.wav", "pipe.csv", "pipe.npz", "pipe.parquet"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "zero.wav").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(tmp_path / "socket.wav"))
        yield tmp_path


def in_time(what: Callable[[], Any]) -> Any:
    """Return what a call gives, or fail where it waits."""
    found: list[Any] = []
    worker = threading.Thread(target=lambda: found.append(what()), daemon=True)
    worker.start()
    worker.join(PATIENCE)
    assert found, "it waits"
    return found[0]


def test_pipes_devices_and_sockets_are_named_and_never_opened(pipes: Path) -> None:
    corpus = in_time(lambda: open_corpus(pipes))
    assert in_time(lambda: durations_s(corpus).notna().sum()) == 1
    problems = dict(in_time(lambda: extract(corpus, jobs=1)).problems)
    assert problems == {
        "pipe.wav": "is a pipe, and is not opened",
        "socket.wav": "is a socket, and is not opened",
        "zero.wav": "is a device, and is not opened",
    }


def refused(what: Callable[[], Any]) -> str:
    try:
        what()
    except SeralError as wrong:
        return str(wrong)
    return ""


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_pipe_is_no_table(pipes: Path, ending: str) -> None:
    assert "is a pipe" in str(in_time(lambda: refused(lambda: open_corpus(pipes / f"pipe.{ending}"))))
    assert "is a pipe" in str(in_time(lambda: refused(lambda: Table().read(pipes / f"pipe.{ending}"))))


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
def test_a_pipe_has_no_features(pipes: Path, ending: str) -> None:
    assert "is a pipe" in str(in_time(lambda: refused(lambda: load_features(pipes / f"pipe.{ending}"))))


def test_a_pipe_has_no_answers(pipes: Path) -> None:
    told: list[str] = []
    query = Query(("a.wav",), (Target("arousal"),))
    assert in_time(lambda: Answers(pipes / "pipe.csv", told.append).usable(query)) == ()
    assert "is a pipe" in told[0]
