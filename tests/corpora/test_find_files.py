"""Names in a table find the recordings they mean, and never another one."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from seral_core.corpora.find_files import find_files


def folder_of(place: Path, *files: str) -> Path:
    for file in files:
        (place / file).parent.mkdir(parents=True, exist_ok=True)
        (place / file).touch()
    return place


@pytest.mark.parametrize(
    ("name", "file", "kind"),
    [
        ("Ünal/ses_1.wav", "Ünal/ses_1.wav", ""),
        (unicodedata.normalize("NFD", "Ünal/ses_1.wav"), "Ünal/ses_1.wav", "spelling"),
        ("ünal/SES_1.WAV", "Ünal/ses_1.wav", "spelling"),
        ("Ünal/ses_1", "Ünal/ses_1.wav", "ending"),
        ("Ünal/ses_1.m4a", "Ünal/ses_1.wav", "ending"),
        ("Ünal\\ses_1.wav", "Ünal/ses_1.wav", ""),
        ("E:\\Tez\\kayıt\\Ünal\\ses_1.wav", "Ünal/ses_1.wav", "tail"),
        ("\\\\server\\kayıt\\Ünal\\ses_1.wav", "Ünal/ses_1.wav", "tail"),
        ("/Users/ayse/kayıt/ses_1.wav", "Ünal/ses_1.wav", "tail"),
        ("data/Ünal/ses_1.wav", "Ünal/ses_1.wav", "tail"),
        ("https://example.org/%C3%9Cnal/ses_1.wav?v=2", "Ünal/ses_1.wav", "tail"),
        ("file:///E:/Tez/%C3%9Cnal/ses_1.wav", "Ünal/ses_1.wav", "tail"),
        ("ses_1.wav", "Ünal/ses_1.wav", "below"),
        ("SES_1", "Ünal/ses_1.wav", "below"),
    ],
)
def test_a_name_finds_its_file_however_it_is_written(name: str, file: str, kind: str, tmp_path: Path) -> None:
    found = find_files([name, "gone.wav"], folder_of(tmp_path, "Ünal/ses_1.wav", "Ünal/ses_2.wav"))
    assert found.files == {name: file}
    assert list(found.joins) == [kind] * bool(kind)
    assert found.missing == ("gone.wav",)


def test_an_address_of_this_computer_is_the_file_itself(tmp_path: Path) -> None:
    folder_of(tmp_path, "a b/1.wav", "c/1.wav")
    address = (tmp_path / "a b" / "1.wav").as_uri()
    found = find_files([address, str(tmp_path / "c" / "1.wav")], tmp_path)
    assert list(found.files.values()) == ["a b/1.wav", "c/1.wav"]
    assert found.notes == ()


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("1.wav", ["anna/1.wav", "ben/1.wav"]),
        ("A.wav", ["a.wav", "a.WAV"]),
        ("a", ["a.wav", "a.flac"]),
        ("D:\\x\\1.wav", ["anna/1.wav", "ben/1.wav"]),
    ],
)
def test_a_name_that_several_files_fit_is_not_guessed(name: str, files: list[str], tmp_path: Path) -> None:
    found = find_files([name], folder_of(tmp_path, *files))
    assert found.files == {}
    assert sorted(found.doubtful[name]) == sorted(files)
    assert "several fit" in found.notes[0]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("train/dia0.wav", "dev/dia0.wav"),  # parts that number their files alike
        ("/data/train/dia0.wav", "dev/dia0.wav"),
        ("/data/angry/07.wav", "sad/07.wav"),
        ("anna/1.wav", "ben/1.wav"),
    ],
)
def test_a_file_of_another_folder_is_not_taken_for_one_that_is_missing(name: str, file: str, tmp_path: Path) -> None:
    assert find_files([name], folder_of(tmp_path, file)).missing == (name,)


def test_a_file_that_one_name_means_is_not_given_to_another(tmp_path: Path) -> None:
    folder_of(tmp_path, "f01/1.wav")
    found = find_files(["f01/1.wav", "D:\\f02\\1.wav", "1.wav"], tmp_path)
    assert found.files == {"f01/1.wav": "f01/1.wav"}
    surer = find_files(["D:\\s\\f01\\1.wav", "D:\\s\\f02\\1.wav"], tmp_path)
    assert surer.files == {"D:\\s\\f01\\1.wav": "f01/1.wav"}


def test_two_forms_of_one_name_are_the_same_file_unless_both_are_there(tmp_path: Path) -> None:
    composed, apart = (unicodedata.normalize(form, "é.wav") for form in ("NFC", "NFD"))
    folder_of(tmp_path, apart)
    assert find_files([composed, apart], tmp_path).files == {composed: apart, apart: apart}
    folder_of(tmp_path, composed)
    assert find_files([composed, apart], tmp_path).files == {composed: composed, apart: apart}


def test_what_was_joined_and_what_is_missing_is_noted(tmp_path: Path) -> None:
    notes = find_files(["A.wav", "x.wav", "y.wav"], folder_of(tmp_path, "a.wav")).notes
    assert notes[0].startswith("1 names of files differ from those on the disk in upper and lower case")
    assert "A.wav is a.wav" in notes[0]
    assert notes[1] == f"2 of 3 files are not in {tmp_path}: x.wav, y.wav"


def test_folders_of_another_computer_tell_its_files_apart(tmp_path: Path) -> None:
    names = ["D:\\study\\s1\\01.wav", "D:\\study\\s2\\01.wav", "D:\\study\\s2\\02.wav"]
    found = find_files(names, folder_of(tmp_path, "old/s1/01.wav", "old/s1/02.wav"))
    assert found.files == {names[0]: "old/s1/01.wav"}
    assert set(found.missing) == {names[1], names[2]}


def test_the_only_folder_of_a_table_may_be_called_otherwise_on_the_disk(tmp_path: Path) -> None:
    folder_of(tmp_path, "wav/a.wav", "wav/b.wav", "wav/c.wav")
    found = find_files(["audio16k/a.wav", "audio16k/b.flac"], tmp_path)
    assert found.files == {"audio16k/a.wav": "wav/a.wav", "audio16k/b.flac": "wav/b.wav"}
    assert found.notes == (
        "2 names of files are in a folder that is called otherwise here: audio16k/a.wav is wav/a.wav and 1 more",
    )
    assert find_files(["raw/a.wav", "raw/b.wav", "old/c.wav"], tmp_path).files == {}, "two folders may tell files apart"
    folder_of(tmp_path, "noisy/a.wav")
    assert find_files(["audio16k/a.wav", "audio16k/b.flac"], tmp_path).files == {}, "two files share a name"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("s2", "s1"),
        ("session_2/wav", "session_1/wav"),
        ("anna", "ben"),
        ("F01", "M02"),
        ("train", "dev"),
        ("sad", "angry"),
    ],
)
def test_folders_that_tell_people_or_parts_apart_are_no_other_names_of_one(
    theirs: str, ours: str, tmp_path: Path
) -> None:
    folder_of(tmp_path, f"{ours}/01.wav", f"{ours}/02.wav")
    for above in ("", "/data/"):
        assert len(find_files([f"{above}{theirs}/01.wav", f"{above}{theirs}/02.wav"], tmp_path).missing) == 2
