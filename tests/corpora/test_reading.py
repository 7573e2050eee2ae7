"""What is said of how a corpus is read holds for all of it, and what hits nothing is refused or noted."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.corpora.base import open_corpus, read_corpus
from seral_core.corpora.reading import Reading, remembered
from seral_core.corpora.remembering import remember_all
from seral_core.errors import BadCorpus
from tests.corpora.test_readers import folder_of


def table(place: Path, name: str = "labels.csv") -> Path:
    rows = [f"{i}.wav,{i % 4},{1 + i % 5}" for i in range(8)]
    (place / name).write_text("\n".join(["file,emotion,arousal", *rows]), encoding="utf-8")
    return place / name


@pytest.mark.parametrize("first", ["labels.csv", ""])
def test_a_table_and_its_folder_are_remembered_and_forgotten_as_one(first: str, tmp_path: Path) -> None:
    both = (table(tmp_path), tmp_path)
    command = ["corpora", str(tmp_path / first), "--class", "0=anger", "--remember"]
    assert f"remembered for {tmp_path} and {both[0]}: " in CliRunner().invoke(commands, command).output
    assert ["anger" in open_corpus(path).task[0].classes for path in both] == [True, True]
    remember_all(tmp_path / first, Reading())
    assert [bool(remembered(path)) for path in both] == [False, False]


def test_what_is_remembered_of_one_of_two_tables_is_its_own(tmp_path: Path) -> None:
    one, other = table(tmp_path), table(tmp_path, "others.csv")
    assert remember_all(one, Reading(said=("class 0=anger",))) == [str(one)]
    assert not remembered(other)
    assert not remembered(tmp_path)


def test_what_is_remembered_of_a_table_does_not_change_a_folder_whose_names_say_all(tmp_path: Path) -> None:
    folder_of(tmp_path, [f"03-01-0{e}-01-01-01-0{a}.wav" for e in (5, 6) for a in (1, 2)])
    path = table(tmp_path)
    assert remember_all(path, Reading(said=("class 0=anger",))) == [str(path)]
    assert open_corpus(tmp_path).name == "ravdess"


def test_a_range_of_no_target_is_refused(tmp_path: Path) -> None:
    path = table(tmp_path)
    words = "got a range for nosuch, which labels has no target of; it has emotion, arousal"
    with pytest.raises(BadCorpus, match=words):
        open_corpus(path, ranges={"nosuch": (1, 5)}, columns={"class": "emotion"})
    with pytest.raises(BadCorpus, match="got a range for nosuch"):
        read_corpus(path, Reading(ranges=("arousal=1:7", "nosuch=1:5")))
    assert open_corpus(path, ranges={"arousal": (1, 7)}).task[-1].high == 7


def test_a_word_that_no_answer_is_is_noted(tmp_path: Path) -> None:
    said = {"0": "anger", "7": "happiness", "x": ""}
    notes = open_corpus(table(tmp_path), words=said).notes
    assert "no answer is '7', 'x', so what was said of them changes nothing (--class 7=happiness --class x=)" in notes
    names = folder_of(tmp_path / "names", ["s1_W1.wav", "s2_N1.wav"])
    notes = open_corpus(names, pattern="{speaker}_{emotion:1}{take}", words={"W": "anger", "Q": "sadness"}).notes
    assert "no answer is 'Q', so what was said of it changes nothing (--class Q=sadness)" in notes
