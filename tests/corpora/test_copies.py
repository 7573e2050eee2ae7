"""Clips are copies where their names say the same and they sound the same; no other file is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from seral_core.corpora.base import open_corpus
from seral_core.corpora.copies import same_sound

RATE_HZ = 16_000


def voice(seed: int, seconds: float = 1.0) -> np.ndarray:
    """Noise as low as speech, which any sampling rate keeps."""
    rng = np.random.default_rng(seed)
    return np.repeat(rng.normal(size=round(seconds * RATE_HZ / 16)) / 9, 16)


def write(path: Path, sound: np.ndarray, rate_hz: int = RATE_HZ) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, rate_hz)


def test_numbers_that_start_again_in_each_emotion_are_no_copies(tmp_path: Path) -> None:
    for i, emotion in enumerate(("Angry", "Happy", "Sad")):
        for take in (1, 2):
            write(tmp_path / f"0012/{emotion}/0012_{take:06d}.wav", voice(10 * i + take))
    corpus = open_corpus(tmp_path)
    assert (corpus.name, len(corpus)) == ("esd", 6)
    assert not any("copies" in note for note in corpus.notes)


def test_one_name_in_two_folders_with_other_sounds_is_two_clips(tmp_path: Path) -> None:
    for i, place in enumerate(("morning", "evening")):
        write(tmp_path / place / "DC_a01.wav", voice(i))
    assert open_corpus(tmp_path).ids == ("evening/DC_a01.wav", "morning/DC_a01.wav")


@pytest.mark.parametrize("kind", ["same", "slower", "flac", "mp3"])
def test_one_name_and_one_sound_in_two_folders_is_one_clip(kind: str, tmp_path: Path) -> None:
    write(tmp_path / "a/DC_a01.wav", voice(1))
    write(tmp_path / "b/DC_a02.wav", voice(2))
    copy = tmp_path / f"b/DC_a01.{kind if kind in ('flac', 'mp3') else 'wav'}"
    write(copy, voice(1)[::2] if kind == "slower" else voice(1), RATE_HZ // 2 if kind == "slower" else RATE_HZ)
    corpus = open_corpus(tmp_path)
    assert corpus.ids == ("a/DC_a01.wav", "b/DC_a02.wav")
    assert [note for note in corpus.notes if "left out" in note] == [
        f"1 files left out, they are copies of another: b/{copy.name}"
    ]


def test_a_whole_corpus_within_another_is_left_out_and_other_sounds_in_it_are_noted(tmp_path: Path) -> None:
    for i, name in enumerate(("Actor_01/03-01-05-01-01-01-01.wav", "Actor_02/03-01-03-01-01-01-02.wav")):
        write(tmp_path / name, voice(i))
        write(tmp_path / "all" / name, voice(5 * i))
    corpus = open_corpus(tmp_path)
    assert [name.split("/")[0] for name in corpus.ids] == ["Actor_01", "Actor_02"]
    words = "1 of the files left out sound otherwise than what they are copies of by name: all/Actor_02"
    assert any(note.startswith(words) for note in corpus.notes)


def test_what_cannot_be_read_is_the_same_where_all_bytes_are(tmp_path: Path) -> None:
    for name, content in (("a", b"x"), ("b", b"x"), ("c", b"y")):
        (tmp_path / name).write_bytes(content)
    assert same_sound(tmp_path / "a", tmp_path / "b")
    assert not same_sound(tmp_path / "a", tmp_path / "c")
    assert not same_sound(tmp_path / "a", tmp_path / "missing")
