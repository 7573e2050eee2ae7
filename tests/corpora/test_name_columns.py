"""A folder and a file in two columns name a recording together, and rows of different recordings are never merged."""

from __future__ import annotations

from pathlib import Path

import pytest

from seral_core.corpora.base import open_corpus
from seral_core.errors import BadCorpus
from tests.corpora.test_readers import folder_of

FILES = tuple(f"{where}{n}.wav" for where in ("", "x/", "x/y/", "x/w/", "z/") for n in (1, 2))


def opened(place: Path, head: str, rows: list[str], **options: object) -> tuple[list[str], tuple[str, ...]]:
    (place / "labels.csv").write_text("\n".join([head, *rows]), encoding="utf-8")
    corpus = open_corpus(place / "labels.csv", **options)
    return [segment.split("#")[0] for segment in corpus.ids], corpus.notes


@pytest.mark.parametrize(
    ("head", "rows", "expected"),
    [
        ("folder,file,emotion", ["x,1.wav,joy", "z,1.wav,joy", ",1.wav,joy"], ["x/1.wav", "z/1.wav", "1.wav"]),
        ("who,file,emotion", ["x,1,joy", "z,1,anger"], ["x/1.wav", "z/1.wav"]),
        ("Ordner,Datei,Emotion", ["X\\Y\\,1.wav,joy", "Z\\,1.wav,anger"], ["x/y/1.wav", "z/1.wav"]),
        ("folder,file,emotion", ["x,1.wav,joy", "z,2.wav,joy"], ["x/1.wav", "z/2.wav"]),
        ("a,b,file,emotion", ["x,y,1.wav,joy", "x,w,1.wav,anger"], ["x/y/1.wav", "x/w/1.wav"]),
        ("b,a,file,emotion", ["y,x,1.wav,joy", "w,x,1.wav,anger"], ["x/y/1.wav", "x/w/1.wav"]),
    ],
)
def test_folders_in_other_columns_are_joined_where_that_finds_the_recordings(
    head: str, rows: list[str], expected: list[str], tmp_path: Path
) -> None:
    ids, notes = opened(folder_of(tmp_path, list(FILES)), head, rows)
    assert ids == expected
    assert any(note.startswith("names of files are joined with column") for note in notes)
    assert not any("repeat an answer" in note for note in notes)


def test_folders_are_joined_without_recordings_where_their_column_is_called_so(tmp_path: Path) -> None:
    ids, _ = opened(tmp_path, "dir,file,emotion", ["a,1.wav,joy", "b,1.wav,joy"])
    assert ids == ["a/1.wav", "b/1.wav"]


def test_columns_that_only_describe_are_not_joined(tmp_path: Path) -> None:
    rows = ["1.wav,x,p,joy", "1.wav,x,q,anger", "2.wav,x,p,joy"]
    ids, _ = opened(folder_of(tmp_path, list(FILES)), "file,set,rater,emotion", rows)
    assert ids == ["1.wav", "2.wav"]
    rows = ["1.wav,x,joy", "1.wav,x,joy"]
    ids, _ = opened(tmp_path, "file,folder,emotion", rows, columns={"description": "folder"})
    assert ids == ["1.wav"]


def test_rows_that_differ_in_another_name_of_the_recording_are_not_called_repeated(tmp_path: Path) -> None:
    rows = ["1.wav,day1_1.wav,joy", "2.wav,day1_2.wav,joy", "1.wav,day2_1.wav,joy"]
    with pytest.raises(BadCorpus, match=r"rows 2, 4 name the file 1\.wav, but differ in column audio_file; say which"):
        opened(tmp_path, "file,audio_file,emotion", rows)
    ids, _ = opened(tmp_path, "file,audio_file,emotion", rows, columns={"file": "audio_file"})
    assert ids == ["day1_1.wav", "day1_2.wav", "day2_1.wav"]
    ids, _ = opened(tmp_path, "file,audio_file,emotion", rows, columns={"description": "audio_file"})
    assert ids == ["1.wav", "2.wav"]
