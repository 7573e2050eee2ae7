"""What is said and remembered of how a corpus is read: kept whole, never contradicting, whatever the names are."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from seral_core.cli.commands import commands
from seral_core.corpora.base import open_corpus, read_corpus
from seral_core.corpora.reading import Reading, remember, settled, with_column
from seral_core.errors import BadPlan
from seral_core.home import home


def written(folder: Path, head: str, rows: list[str]) -> Path:
    path = folder / "t.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return path


def damaged(kept: Path, how: str) -> None:
    text = kept.read_text()
    kept.unlink()
    if how == "link":
        kept.with_suffix(".other").write_text(text)
        kept.symlink_to(kept.with_suffix(".other"))
    elif how == "pipe":
        os.mkfifo(kept)
    elif how == "dangling":
        kept.symlink_to("nowhere")
    else:
        kept.write_text(text[: int(how)])


@pytest.mark.parametrize("how", ["link", "pipe", "dangling", "0", "1", "2", "3"])
def test_what_is_remembered_in_a_file_that_is_cut_off_or_none_is_said(how: str, tmp_path: Path) -> None:
    path = written(tmp_path, "file,arousal", ["a.wav,2", "b.wav,7"])
    remember(path, Reading("table", ("arousal=1:9",), ("class xxx=",)))
    (kept,) = [p for p in home("readings").iterdir() if str(path) in p.read_text()]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    lines = kept.read_text().splitlines(keepends=True)
    damaged(kept, str(len("".join(lines[: int(how)]))) if how.isdecimal() else how)
    with pytest.raises(BadPlan, match=r"what is remembered of how .* --forget"):
        open_corpus(path)
    remember(path, Reading())
    assert not os.path.lexists(kept)
    assert open_corpus(path).task[0].high == 7


@pytest.mark.parametrize(
    ("ranges", "said"),
    [
        (("arousal=1:5", "arousal=1:7"), ()),
        ((), ("class A=anger", "class a=sadness")),
        ((), ("class not sure=anger", "class Not  Sure=")),
        ((), ("class =anger",)),
        ((), ("column =who",)),
    ],
)
def test_what_is_said_of_a_corpus_and_contradicts_is_refused(
    ranges: tuple[str, ...], said: tuple[str, ...], tmp_path: Path
) -> None:
    with pytest.raises(BadPlan, match=r"expected one of them|before the sign"):
        settled(tmp_path, ranges=ranges, said=said)
    assert settled(tmp_path, ranges=ranges[:1] * 2).ranges == ranges[:1] * 2, "the same twice is no contradiction"
    assert Reading(ranges=ranges, said=said).said == said, "what earlier versions kept still opens"


def test_names_may_hold_the_signs_that_readings_are_written_with(tmp_path: Path) -> None:
    rows = ["a.wav,x=y,30", "b.wav,z,40", "c.wav,x=y,50"]
    path = written(tmp_path, 'file,"emotion, felt=said","age, years"', rows)
    reading = with_column(Reading(said=("class x=y=anger", "class z=joy")), "emotion, felt=said", "class")
    assert with_column(with_column(reading, "age, years", "scale"), "age, years", "description").said == (
        *reading.said, "column description=age, years"
    )  # fmt: skip
    corpus = read_corpus(path, with_column(reading, "age, years", "description"))
    assert corpus.gold("emotion, felt=said").tolist() == ["anger", "happiness", "anger"]
    assert corpus.columns["age, years"] == "description"


def test_letters_are_noted_as_they_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, "file,emotion", [f"{i}.wav,{letter}" for i, letter in enumerate("AFHU" * 3)])
    (note,) = [n for n in read_corpus(path, Reading(said=("class F=sadness",))).notes if n.startswith("letters of")]
    assert ("a anger" in note, "f fear" in note) == (True, False)
    said = tuple(f"class {letter}=joy" for letter in "AFHU")
    assert not any(note.startswith("letters of") for note in read_corpus(path, Reading(said=said)).notes)


def test_the_list_of_corpora_is_printed_in_lines() -> None:
    shown = CliRunner().invoke(commands, ["corpora"], catch_exceptions=False).output
    assert "\ncorpora by name\n  synthetic" in shown
    assert "\\n" not in shown
