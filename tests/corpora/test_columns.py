"""Columns and rows of other people's tables: judged by what is in them, asked about where that is not sure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from seral_core.cli.commands import commands
from seral_core.corpora.base import open_corpus
from seral_core.corpora.folds import speaker_alarms
from seral_core.corpora.reading import Reading, with_column
from seral_core.errors import BadCorpus
from tests.corpora.test_tables import many, noted, sounds, targets, written

VOTED = ["a.wav,{0},{0},{1}", "b.wav,{1},{1},{0}", "c.wav,{0},{1},{1}", "d.wav,{1},{0},{0}"]
WORDS = [row.format("anger", "joy") for row in VOTED]
GOLD = ["anger", "happiness", "happiness", "anger"]
NUMBERS = [row.format(1, 4) for row in VOTED]


@pytest.mark.parametrize(
    ("head", "row", "message"),
    [
        ("a.wav,joy", "{i}.wav,{e}", r"looks like data \(a.wav, joy\)"),
        ("1;s1/a.WAV;wut", "{i};{s}/{i}.WAV;{e}", r"looks like data \(s1/a.wav, wut\)"),
        ("x.flac,0.25,-0.5", "{i}.flac,0.{i},-0.{n}", r"looks like data \(x.flac, 0.25, -0.5\)"),
        ("utt1,fear", "utt{i},{e}", r"looks like data \(fear\)"),
        ("rec0,7", "rec{i},{n}", r"looks like data \(rec0\)"),
        ("u1,5", "u{i},{n}", "the first row must hold names of columns"),
    ],
)
def test_a_first_row_that_looks_like_data_is_refused(head: str, row: str, message: str, tmp_path: Path) -> None:
    sounds(tmp_path, "rec0.wav", seconds=0.1)
    with pytest.raises(BadCorpus, match=message):
        open_corpus(written(tmp_path, head, many(row)))


@pytest.mark.parametrize(
    ("head", "rows", "message"),
    [
        ("Our study,,", ["file,speaker,emotion", "a.wav,s,joy"], r"row 2 holds names of columns \(file, speaker"),
        ("My labels,,,", [",,,", "a.wav,s,joy,1"], r"the first row of .* does not look like names of columns"),
        ("Study 2", ["file,emotion", "a.wav,joy"], "remove a title above the names"),
        ("file,arousal", [",1-5", "a.wav,3"], "first row 2; .* units, titles and sums are no rows"),
        ("file,emotion", ["a.wav,joy", "emotion,file", "fear,b.wav"], "row 3 holds names .* split the table there"),
    ],
)
def test_titles_units_and_second_tables_are_no_rows(head: str, rows: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(BadCorpus, match=message):
        open_corpus(written(tmp_path, head, rows))


def test_names_of_columns_that_come_again_and_sums_are_left_out_with_a_note(tmp_path: Path) -> None:
    rows = [*many("{i}.wav,{e}"), "FILE,Emotion", *many("b{i}.wav,{e}")]
    again = open_corpus(written(tmp_path, "file,emotion", rows))
    assert (len(again), noted(again, "repeat the names of the columns are left out: 14")) == (24, True)
    rows = ["a.wav,3,0", "b.wav,1,2", "Gesamt,4,2", "Mean,2,1"]
    counts = open_corpus(written(tmp_path, "file,Wut,Freude", rows))
    assert counts.gold("emotion").tolist() == ["anger", "happiness"]
    assert noted(counts, "rows that sum up others are left out: Gesamt, Mean")
    sounds(tmp_path, "sum.wav", seconds=0.1)
    assert "sum.wav" in open_corpus(written(tmp_path, "file,arousal", ["sum,1", "b,5"])).ids, "a recording of that name"


@pytest.mark.parametrize("nobody", ["Unknown", "n/a", "?", "#REF!", "=A2", "unbekannt", "#DIV/0!"])
def test_a_word_for_nobody_is_no_speaker_and_an_alarm(nobody: str, tmp_path: Path) -> None:
    rows = [f"{i}.wav,{nobody if i < 2 else who},{'joy' if i % 2 else 'fear'}" for i, who in enumerate("abNAAN")]
    corpus = open_corpus(written(tmp_path, "file,speaker,emotion", [*rows, "n.wav,NA,joy"]))
    assert corpus.segments["speaker"].tolist() == [None, None, "N", "A", "A", "N", "NA"]
    assert noted(corpus, f"2 rows are taken as of an unknown speaker: {nobody} (2)")
    alarms = speaker_alarms(corpus, ["0.wav", "2.wav"], ["1.wav", "3.wav"])
    assert any("2 segments have no known speaker" in alarm for alarm in alarms)


@pytest.mark.parametrize(
    ("head", "rows", "target"),
    [
        ("file,anna,ben,carl", WORDS, "emotion"),
        ("file,emotion (Anna),emotion (Ben),emotion (Cy)", WORDS, "emotion"),
        ("file,first rater,second rater,third rater", WORDS, "emotion"),
        ("Datei,Gefühl_AB,Gefühl_CD,Gefühl_EF", WORDS, "emotion"),
        ("file,p1,p2,p3", WORDS, "emotion"),
        ("file,arousal1,arousal2,arousal3", NUMBERS, "arousal"),
        ("file,anna_valence,ben_valence,cy_valence", NUMBERS, "valence"),
    ],
)
def test_columns_with_the_same_answers_side_by_side_are_raters(
    head: str, rows: list[str], target: str, tmp_path: Path
) -> None:
    corpus = open_corpus(written(tmp_path, head, rows))
    assert (targets(corpus), corpus.of(target)["rater"].nunique()) == ([target], 3)
    assert corpus.gold(target).tolist() == (GOLD if rows == WORDS else [2, 3, 3, 2])
    assert noted(corpus, "are read as the answers of raters")


def test_raters_and_votes_can_be_said(tmp_path: Path) -> None:
    path = written(tmp_path, "file,pat,lou,cy,emotion", [f"{row},fear" for row in WORDS])
    assert (targets(open_corpus(path))[0], noted(open_corpus(path), "--column rater=pat,lou,cy")) == ("emotion", True)
    for role in ("rater", "emotion"):
        told = open_corpus(path, columns={role: "pat,lou,cy"})
        assert told.gold("emotion").tolist() == GOLD
    numbers = written(tmp_path, "file,pat,lou,cy", NUMBERS, "n.csv")
    shown = CliRunner().invoke(
        commands, ["corpora", str(numbers), "--column", "arousal=pat,lou,cy"], catch_exceptions=False
    )
    assert "arousal: mean 2.5" in shown.output
    said = with_column(with_column(Reading(), "pat", "rater"), "lou", "rater")
    assert open_corpus(numbers, **said.options).of("rating")["rater"].unique().tolist() == ["pat", "lou"]
    with pytest.raises(BadCorpus, match="pat holds no counts of votes"):
        open_corpus(path, columns={"votes": "pat,lou"})


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("file,predicted_label,true_label", ["true_label"]),
        ("file,model output,human", ["human"]),
        ("file,y_pred,y_true", ["y_true"]),
        ("file,prompt_emotion,perceived_emotion", ["perceived_emotion", "prompt_emotion"]),
        ("file,acted,heard", ["heard", "acted"]),
        ("file,primary emotion,secondary emotion", ["primary emotion", "secondary emotion"]),
        ("file,emotion_2,emotion", ["emotion", "emotion_2"]),
    ],
)
def test_what_people_heard_is_the_first_target(head: str, expected: list[str], tmp_path: Path) -> None:
    rows = ["a.wav,joy,fear", "b.wav,fear,joy", "c.wav,joy,joy", "d.wav,fear,joy"]
    assert targets(open_corpus(written(tmp_path, head, rows))) == expected


def test_second_choices_leave_the_first_one_alone(tmp_path: Path) -> None:
    rows = ["a.wav,anger,,", "b.wav,joy,fear,", "c.wav,sad,anger,joy", "d.wav,joy,fear,joy"]
    for head in ("file,emotion,emotion_2,emotion_3", "file,label,label1,label2"):
        corpus = open_corpus(written(tmp_path, head, rows))
        assert corpus.gold(corpus.task[0].name).tolist() == ["anger", "happiness", "sadness", "happiness"]
        assert noted(corpus, "if each is a rater's: --column rater=")


def test_texts_that_number_somebody_and_strengths_are_no_targets(tmp_path: Path) -> None:
    corpus = open_corpus(written(tmp_path, "Aufnahme,Wer,Stimmung", many("{i}.wav,{s},m{e}")))
    assert (targets(corpus), noted(corpus, "numbers of things, such as S0")) == (["stimmung"], True)
    for head, cells in (("intensity", ("normal", "strong")), ("emotional_intensity", ("01", "02")), ("level", "LH")):
        rows = [f"{i}.wav,{cells[i % 2]},{'joy' if i % 3 else 'fear'}" for i in range(9)]
        assert targets(open_corpus(written(tmp_path, f"file,{head},emotion", rows))) == ["emotion"]
    scale = open_corpus(written(tmp_path, "file,emotion,intensity", many("{i}.wav,{e},{n}")))
    assert targets(scale) == ["emotion", "intensity"]


def test_decimal_commas_that_hardly_repeat_are_numbers(tmp_path: Path) -> None:
    rows = [f"{i}.wav;0,{i}1;{i},5" for i in range(9)]
    assert targets(open_corpus(written(tmp_path, "file;laune;tempo", rows))) == ["laune", "tempo"]


@pytest.mark.parametrize(
    ("numbers", "asked"),
    [
        ((-1, 0, 1), ""),
        ((-1, 0, 1, 2), ""),
        ((-1, 0, 0.5, 1), ""),
        ((1, 2, 3, 4, 5, -1, 99), "-1 and 99 apart from all others; if it means no answer: --class -1= --class 99="),
        ((0, 1, 2, 3, 4, -1), "valence is -1 apart"),
        ((1, 2, 3, 4, 5, 6, 7, 9), "valence is 9 apart"),
    ],
)
def test_numbers_that_stand_apart_are_all_asked_about_and_others_are_not(
    numbers: tuple[float, ...], asked: str, tmp_path: Path
) -> None:
    path = written(tmp_path, "file,valence", [f"{i}.wav,{number}" for i, number in enumerate(numbers)])
    assert [note for note in open_corpus(path).notes if "apart from" in note and (not asked or asked not in note)] == []
    assert noted(open_corpus(path), *([asked] if asked else []))


@pytest.mark.parametrize(
    ("head", "rows", "expected"),
    [
        ("file,angry,happy", ["True,False", "False,True"], ["anger", "happiness"]),
        ("file,emotion_angry,emotion_happy", ["1,0", "0,1"], ["anger", "happiness"]),
        ("file,Wut,Freude", ["x,", ",x"], ["anger", "happiness"]),
        ("file,angry,happy,weird", ["1,0,0", "0,0,1"], ["anger", "weird"]),
        ("file,angry,happy,n", ["2,1,3", "0,2,2"], ["anger", "happiness"]),
        ("file,votes_sad,votes_angry", ["1,1", "1,0"], ["tie", "sadness"]),
    ],
)
def test_counts_and_marks_of_classes_are_votes(head: str, rows: list[str], expected: list[str], tmp_path: Path) -> None:
    corpus = open_corpus(written(tmp_path, head, [f"{i}.wav,{row}" for i, row in enumerate(rows)]))
    assert targets(corpus) == ["emotion"]
    assert corpus.gold("emotion").fillna("tie").tolist() == expected


def test_counts_that_may_be_scales_are_asked_about(tmp_path: Path) -> None:
    path = written(tmp_path, "file,angry,happy", ["a.wav,3,1", "b.wav,0,6", "c.wav,2,5"])
    assert (targets(open_corpus(path)), noted(open_corpus(path), "--column votes=angry,happy")) == (
        ["angry", "happy"], True,
    )  # fmt: skip
    assert open_corpus(path, columns={"votes": "angry,happy"}).gold("emotion")["b.wav"] == "happiness"
    letters = written(tmp_path, "file,a,h,s,all", ["a.wav,3,1,0,4", "b.wav,0,6,1,7", "c.wav,2,5,2,9"], "l.csv")
    assert noted(open_corpus(letters), "--column votes=a,h,s")
    labelled = written(tmp_path, "file,emotion,angry,happy", ["a.wav,joy,0,1", "b.wav,fear,1,0"], "e.csv")
    assert open_corpus(labelled).gold("emotion").tolist() == ["happiness", "fear"]


@pytest.mark.parametrize("head", ["user,file,emotion", "Participant,file,emotion", "subject_id,file,emotion"])
def test_people_who_tell_apart_the_rows_of_a_recording_are_raters(head: str, tmp_path: Path) -> None:
    rows = [f"{who},{i}.wav,{'joy' if i else 'fear'}" for i in range(3) for who in (1, 2)]
    corpus = open_corpus(written(tmp_path, head, rows))
    assert (corpus.of("emotion")["rater"].nunique(), corpus.segments["speaker"].notna().any()) == (2, False)
    own = open_corpus(written(tmp_path, "Participant,file,emotion", many("{s},{i}.wav,{e}")))
    assert own.segments["speaker"].nunique() == 3, "who speaks, where each recording has one row"


@pytest.mark.parametrize(
    ("name", "start", "message"),
    [
        ("t.xlsx", b"PK\x03\x04..", "is no table that SERAL reads; .* save it as 'CSV UTF-8'"),
        ("t.jsonl", b"{}", "seral labels import"),
        ("t.txt", b"file;emotion", "save it as 'CSV UTF-8'"),
        ("t.csv", b"PK\x03\x04..", "is a workbook of a spreadsheet; .* save it as 'CSV UTF-8'"),
    ],
)
def test_tables_of_other_programs_are_named(name: str, start: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(start)
    with pytest.raises(BadCorpus, match=message):
        open_corpus(tmp_path / name)


def test_names_of_channels_are_answered_with_what_to_write(tmp_path: Path) -> None:
    sounds(tmp_path, "a.wav", channels=2)
    for names in (("A", "B"), ("Agent", "Customer")):
        path = written(tmp_path, "file,channel,emotion", [f"a.wav,{names[0]},joy", f"a.wav,{names[1]},fear"])
        with pytest.raises(BadCorpus, match=f"channel is {names[0]}, {names[1]}; .* write 1 .* and 2"):
            open_corpus(path)
    with pytest.raises(BadCorpus, match="write 1 or left for the first channel"):
        open_corpus(path, columns={"channel": "channel"})
    sides = open_corpus(written(tmp_path, "file,side,emotion", ["a.wav,left,joy", "a.wav,right,fear"]))
    assert len(sides) == 2
    one = open_corpus(written(tmp_path, "file,channel,emotion", ["a.wav,phone,joy", "b.wav,room,fear"]))
    assert one.columns["channel"] == "description"


def test_a_table_of_votes_that_is_not_of_crema_d_is_an_ordinary_one(tmp_path: Path) -> None:
    path = written(tmp_path, ",A,D,F,H,N,S,fileName", ["100001,1,0,0,3,0,0,x1", "100002,2,0,1,1,0,0,x2"])
    assert noted(open_corpus(path), "filename is the file")
    with pytest.raises(BadCorpus, match="names no file of CREMA-D, first x1"):
        open_corpus(path, reader="cremad")


def test_arrays_in_cells_describe(tmp_path: Path) -> None:
    frame = pd.DataFrame({"file": ["a.wav", "b.wav"], "emotion": ["joy", "fear"], "embedding": [np.zeros(3)] * 2})
    frame.to_parquet(tmp_path / "t.parquet")
    assert targets(open_corpus(tmp_path / "t.parquet")) == ["emotion"]
