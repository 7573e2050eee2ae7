"""Recordings whose headers or samples lie: read to their end, or named, and never played at full scale."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.corpora.base import open_corpus
from seral_core.corpora.recording import Recording, duration_s, frames_of
from seral_core.errors import BadClip
from seral_core.features.audio import read_segment
from seral_dashboard import clips

RATE_HZ = 16_000
NOISE = (np.random.default_rng(0).normal(size=8 * RATE_HZ) / 9).astype(np.float32)


def mp3(path: Path, *levels: float) -> bytes:
    """Return the frames of an MP3 with so many seconds at each level, the quiet ones being small; no header first."""
    sound = np.concatenate([level * NOISE[:RATE_HZ] for level in levels])
    with soundfile.SoundFile(
        path, "w", RATE_HZ, 1, format="MP3", bitrate_mode="VARIABLE", compression_level=0.9
    ) as out:
        out.write(sound)
    content = path.read_bytes()
    first = content.index(b"\xff\xf3")
    return content[content.index(b"\xff\xf3", first + 20) :]


@pytest.mark.parametrize("times", [1, 2])
def test_an_mp3_without_a_length_is_read_to_its_end(tmp_path: Path, times: int) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3(path, 1.0, 0.001, 0.001, 0.001, 0.0) * times)
    with soundfile.SoundFile(path) as file:
        assert abs(file.frames / RATE_HZ - 5 * times) > 0.5, "what libsndfile believes"
    assert abs(duration_s(path) - 5 * times) < 0.2
    assert abs(frames_of(path) / RATE_HZ - 5 * times) < 0.2
    with Recording(path) as file:
        whole = np.concatenate(list(file.blocks(0)))
    with Recording(path) as file:
        part = np.concatenate(list(file.blocks(4 * RATE_HZ, 5 * RATE_HZ - 4000)))
    assert abs(len(whole) / RATE_HZ - 5 * times) < 0.2
    assert np.array_equal(part, whole[4 * RATE_HZ : 5 * RATE_HZ - 4000])


def test_two_mp3s_in_one_are_read_as_both(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    soundfile.write(path, NOISE[: 3 * RATE_HZ], RATE_HZ)
    path.write_bytes(path.read_bytes() * 2)
    assert abs(duration_s(path) - 6) < 0.3
    assert abs(len(read_segment(path)) / RATE_HZ - 6) < 0.3


def test_what_only_seems_to_be_seekable_is_decoded_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "a.aiff"
    soundfile.write(path, NOISE, RATE_HZ, subtype="DWVW_16")
    whole = read_segment(path)
    assert np.allclose(whole, NOISE - NOISE.mean(), atol=1e-4)
    part = whole[3 * RATE_HZ : 4 * RATE_HZ]
    assert np.allclose(read_segment(path, 3.0, 4.0), part - part.mean(), atol=1e-4)


@pytest.mark.parametrize("peak", [32_767, 900, 3])
def test_integers_that_were_written_as_floats_are_named_and_not_played(tmp_path: Path, peak: int) -> None:
    sound = np.rint(NOISE / np.abs(NOISE).max() * peak).astype(np.float32)
    sound[:RATE_HZ] = np.sign(sound[:RATE_HZ])
    soundfile.write(tmp_path / "a.wav", sound, RATE_HZ, subtype="FLOAT")
    for part in ((), (0.0, 0.5)):  # the beginning alone does not show it
        with pytest.raises(BadClip, match="integers written as floats"):
            read_segment(tmp_path / "a.wav", *part)
    key = clips.admit("damage", open_corpus(tmp_path))
    with pytest.raises(BadClip, match="integers written as floats"):
        clips.sound(key, "a.wav")


def test_floats_a_little_beyond_full_scale_are_read_and_far_beyond_named(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", 8 * NOISE, RATE_HZ, subtype="FLOAT")
    assert len(read_segment(tmp_path / "a.wav")) == len(NOISE)
    soundfile.write(tmp_path / "b.wav", 400 * NOISE, RATE_HZ, subtype="FLOAT")
    with pytest.raises(BadClip, match="where full scale is 1"):
        read_segment(tmp_path / "b.wav")
    assert not any(clips.pcm(400 * NOISE)), "it would be played as noise at full scale"


def wav_that_says(path: Path, said: int) -> Path:
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
    content = (NOISE * 32767).astype("<i2").tobytes()
    head = struct.pack("<4sI4s", b"RIFF", said, b"WAVE") + form + struct.pack("<4sI", b"data", said)
    path.write_bytes(head + content)
    return path


@pytest.mark.parametrize("said", [0x7FFFF000, 0xFFFFFFFF])
def test_a_wav_whose_size_is_too_large_is_read_to_its_end(tmp_path: Path, said: int) -> None:
    path = wav_that_says(tmp_path / "a.wav", said)
    assert duration_s(path) == 8
    assert len(read_segment(path)) == len(NOISE)


def test_a_wav_that_was_never_closed_is_not_called_empty(tmp_path: Path) -> None:
    path = wav_that_says(tmp_path / "a.wav", 0)
    assert np.isnan(duration_s(path))
    with pytest.raises(BadClip, match="the recorder did not close it; convert it with ffmpeg"):
        read_segment(path)


@pytest.mark.parametrize("kind", ["wav", "aiff", "au"])
def test_a_recording_that_was_cut_off_is_named_and_never_taken_for_a_shorter_one(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    soundfile.write(path, NOISE, RATE_HZ, subtype="PCM_16")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert np.isnan(duration_s(path))
    with pytest.raises(BadClip, match=r"is cut off: 4\.0 s are there, and its header promises more"):
        read_segment(path)
    path.write_bytes(content[:-10])
    assert len(read_segment(path)) == len(NOISE) - 5, "a few bytes are a fault of the writer"


def halved(path: Path, kind: str) -> Path:
    """Write a recording whose header promises half of the sound."""
    soundfile.write(path, NOISE, RATE_HZ, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    mark, at, order = {"wav": (b"data", 4, "<I"), "aiff": (b"SSND", 4, ">I"), "au": (b".snd", 8, ">I")}[kind]
    at += content.index(mark)
    content[at : at + 4] = struct.pack(order, struct.unpack(order, content[at : at + 4])[0] // 2)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("kind", ["wav", "aiff", "au"])
def test_sound_behind_what_a_header_promises_is_named_and_never_left_out(tmp_path: Path, kind: str) -> None:
    path = halved(tmp_path / f"a.{kind}", kind)
    assert np.isnan(duration_s(path))
    for part in ((), (0.0, 0.5)):
        with pytest.raises(BadClip, match=r"has 12800\d bytes behind the 4\.0 s of sound that its header promises"):
            read_segment(path, *part)
    key = clips.admit("half", open_corpus(tmp_path))
    with pytest.raises(BadClip, match="bytes behind the"):
        clips.sound(key, path.name)
    shown = CliRunner().invoke(commands, ["corpora", str(tmp_path)]).output
    assert "1 clips without a readable recording: a." in shown
    assert "ffmpeg -ignore_length 1" in shown


@pytest.mark.parametrize(
    "rest", [b"ID3\3" + b"x" * 9000, bytes(9000), struct.pack("<4sI", b"LIST", 8999) + b"y" * 8999]
)
def test_tags_and_padding_behind_the_sound_change_nothing(tmp_path: Path, rest: bytes) -> None:
    soundfile.write(tmp_path / "a.wav", NOISE, RATE_HZ)
    with (tmp_path / "a.wav").open("ab") as file:
        file.write(rest)
    assert len(read_segment(tmp_path / "a.wav")) == len(NOISE)


def test_a_clip_on_one_channel_is_played_alone(tmp_path: Path) -> None:
    sides = np.stack([NOISE[:RATE_HZ], NOISE[RATE_HZ : 2 * RATE_HZ]], axis=1)
    soundfile.write(tmp_path / "call.wav", sides, RATE_HZ)
    (tmp_path / "table.csv").write_text("file,emotion\ncall.wav,anger\n", encoding="utf-8")
    from seral_core.corpora.channel_choice import with_channels

    key = clips.admit("one channel", with_channels(open_corpus(tmp_path / "table.csv"), "2"))
    made = clips.sound(key, "call.wav#ch2")
    sent = np.frombuffer(clips.wav(made)[clips.HEADER :], "<i2")
    assert made.channels == 1
    assert np.array_equal(sent, soundfile.read(tmp_path / "call.wav", dtype="int16")[0][:, 1])
    assert b"".join(made.read(0, made.size - 1)) == clips.wav(made)


def test_a_clip_that_fails_in_an_unforeseen_way_is_refused_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "a.wav", NOISE, RATE_HZ)
    key = clips.admit("unforeseen", open_corpus(tmp_path))

    def broken(*_: object) -> None:
        raise ValueError("array is too big")

    monkeypatch.setattr(soundfile.SoundFile, "__init__", broken)
    assert np.isnan(duration_s(tmp_path / "a.wav")), "a page asks for it with every clip"
    with pytest.raises(BadClip, match="array is too big"):
        clips.sound(key, "a.wav")
