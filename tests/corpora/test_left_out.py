"""What a folder holds and SERAL cannot use is counted, with what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from seral_core.corpora.base import open_corpus
from seral_core.corpora.files import audio_files
from seral_core.errors import BadCorpus
from seral_core.runs.incoming import Arriving


def folder_of(place: Path, *files: str) -> Path:
    for file in files:
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        if file.endswith(".wav"):
            soundfile.write(place / file, np.zeros(100), 1000)
        else:
            (place / file).write_bytes(b"sound of a telephone")
    return place


@pytest.mark.parametrize("reader", ["folder", "folder-per-class", None])
def test_recordings_in_formats_that_are_not_read_are_counted(reader: str | None, tmp_path: Path) -> None:
    folder_of(tmp_path, "wut/1.wav", "freude/2.wav", "trauer/3.m4a", "trauer/4.M4A", "trauer/5.amr", "wut/1.m4a")
    notes = open_corpus(tmp_path, reader).notes
    assert notes[-1] == (
        "3 files left out, .m4a (2) and .amr (1) are not read: convert them, such as with: ffmpeg -i IN.m4a OUT.wav"
    )


@pytest.mark.parametrize("reader", [None, "folder", "folder-per-class", "emodb"])
def test_a_folder_of_such_recordings_alone_is_refused_with_the_remedy(reader: str | None, tmp_path: Path) -> None:
    folder_of(tmp_path, "a.m4a", "b.m4a")
    with pytest.raises(BadCorpus, match=r"2 files left out, \.m4a is not read: convert them"):
        open_corpus(tmp_path, reader)


def test_a_stream_says_once_which_arrivals_it_passes_over(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.wav", "b.3gp")
    said: list[str] = []
    assert list(Arriving(tmp_path, set(), True, 0.01, 0.02, tell=said.append)) == ["a.wav"]
    assert said == ["1 file left out, .3gp is not read: convert them, such as with: ffmpeg -i IN.3gp OUT.wav"]


def test_folders_and_files_without_permission_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_of(tmp_path, "a.wav", "b.wav", "secret/c.wav")
    scandir, access = os.scandir, os.access

    def no_secrets(path: Any) -> Iterator[Any]:
        if str(path).endswith("secret"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", no_secrets)
    monkeypatch.setattr(os, "access", lambda path, mode: not str(path).endswith("b.wav") and access(path, mode))
    corpus = open_corpus(tmp_path)
    assert corpus.ids == ("a.wav",)
    assert "2 files and folders are left out, you have no permission to read them: b.wav, secret/" in corpus.notes[-1]


def test_a_link_to_a_disk_that_is_away_stays_a_recording_and_is_noted(tmp_path: Path) -> None:
    folder_of(tmp_path, "a.wav")
    (tmp_path / "b.wav").symlink_to(tmp_path / "away" / "b.wav")
    corpus = open_corpus(tmp_path)
    assert corpus.ids == ("a.wav", "b.wav")
    assert "1 recordings are links to files that are not there: b.wav" in corpus.notes


def test_a_folder_that_is_linked_twice_is_listed_once_and_in_order(tmp_path: Path) -> None:
    folder_of(tmp_path, "b/1.wav", "a/1.wav")
    (tmp_path / "c").symlink_to(tmp_path / "a")
    assert audio_files(tmp_path) == sorted(audio_files(tmp_path))
    assert len(audio_files(tmp_path)) == 2
