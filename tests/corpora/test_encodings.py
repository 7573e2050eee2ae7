"""Tables that are not in UTF-8 are read where western letters make sense of them, and refused otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from seral_core.corpora.encodings import encoding_of
from seral_core.errors import BadCorpus


def written(words: str, encoding: str, place: Path) -> Path:
    path = place / "t.csv"
    path.write_bytes(
        "\n".join(["file;emotion", *(f"{i}.wav;{w}" for i, w in enumerate(words.split()))]).encode(encoding)
    )
    return path


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        ("hněv štěstí radost", "cp1250"),
        ("radość zazdrość", "cp1250"),
        ("őrjöngés harag", "cp1250"),
        ("bărbat furie", "cp1250"),
        ("kızgın neşe", "cp1254"),
        ("ğ mutluluk", "cp1254"),
        ("гнев радость", "cp1251"),
        ("愤怒 悲伤", "gb18030"),
        ("あ", "shift-jis"),
    ],
)
def test_letters_of_other_countries_are_never_read_as_western_ones(words: str, encoding: str, tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=r"neither in UTF-8 nor with western letters.*save it as 'CSV UTF-8'"):
        encoding_of(written(words, encoding, tmp_path))


@pytest.mark.parametrize(
    "words",
    [
        "Ärger Überraschung",
        "colère cœur sœur",
        "don’t l’ami “so”",
        "œuvre …",
        "perché città più",
        "não manhã irmãs corações",
        "glæde sørg træ",
        "pingüino niño",
    ],
)
def test_western_letters_are_read_with_a_note(words: str, tmp_path: Path) -> None:
    encoding, notes = encoding_of(written(words, "cp1252", tmp_path))
    assert (encoding, len(notes)) == ("cp1252", 1)


def test_letters_of_old_macs_are_told_from_quotation_marks(tmp_path: Path) -> None:
    assert encoding_of(written("alegría canción enojó Ärger", "mac-roman", tmp_path))[0] == "mac-roman"
