"""Tables as survey tools, statistics programs and call centres write them are read as their users mean them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import soundfile

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadCorpus

WORDS = ("anger", "joy", "sadness", "neutral")
FILES = [f"{i}.wav" for i in range(8)]


def table(place: Path, head: str, rows: list[str], name: str = "t.csv") -> Path:
    (place / name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return place / name


def noted(corpus: Corpus, text: str) -> bool:
    return any(text in note for note in corpus.notes)


def names(corpus: Corpus) -> list[str]:
    return [target.name for target in corpus.task]


def test_rows_that_explain_the_columns_of_a_survey_are_no_clips(tmp_path: Path) -> None:
    head = "RecordedDate,Progress,file,Q1"
    above = ["Recorded Date,Progress,file,What do you hear?", "{ImportId:a},{ImportId:b},{ImportId:file},{ImportId:Q1}"]
    rows = [f"2024-03-04 10:00,100,{file},{WORDS[i % 4]}" for i, file in enumerate(FILES)]
    corpus = open_corpus(table(tmp_path, head, [*above, *rows]))
    assert (len(corpus), len(corpus.task[0].classes)) == (8, 4)
    assert noted(corpus, "rows that explain the columns are left out: 2, 3")
    units = open_corpus(
        table(tmp_path, "file,arousal", ["name,1 to 9", *(f"{file},{i}" for i, file in enumerate(FILES))])
    )
    assert (len(units), names(units)) == (8, ["arousal"])
    first_is_away = open_corpus(
        table(tmp_path, "id,arousal", ["video,1", *(f"{file},{i}" for i, file in enumerate(FILES))])
    )
    assert len(first_is_away) == 9, "a row of numbers explains nothing"


def test_rows_behind_sums_are_sums_whatever_they_are_called(tmp_path: Path) -> None:
    rows = [f"{file},{1 + i % 5}" for i, file in enumerate(FILES)]
    corpus = open_corpus(table(tmp_path, "file,arousal", [*rows, "Mean,3.2", "N,24", "Cronbach,0.9"]))
    assert (len(corpus), corpus.task[0].high) == (8, 5.0)
    assert noted(corpus, "rows that sum up others are left out: Mean, N, Cronbach")


def test_what_describes_raters_is_no_segments_and_contradictions_stay_refused(tmp_path: Path) -> None:
    rows = [f"{file},{who},{'mw'[who]},{1 + (i + who) % 7}" for i, file in enumerate(FILES) for who in (0, 1)]
    corpus = open_corpus(table(tmp_path, "Datei,VP,Geschlecht,Erregung", rows))
    assert (corpus.columns["vp"], corpus.segments["sex"].notna().any()) == ("rater", False)
    assert noted(corpus, "column geschlecht is left out: it describes the raters")
    odd = [f"{file},{who},{'mw'[(who + i) % 2]},1" for i, file in enumerate(FILES) for who in (0, 1)]
    with pytest.raises(BadCorpus, match="correct the sex"):
        open_corpus(table(tmp_path, "file,rater,sex,arousal", odd))


def test_texts_of_intervals_that_hold_emotions_are_the_target(tmp_path: Path) -> None:
    rows = [f"{file},0,emotion,{WORDS[i % 4]},2" for i, file in enumerate(FILES)]
    corpus = open_corpus(table(tmp_path, "filename,tmin,tier,text,tmax", rows))
    assert names(corpus) == ["text"], "a tier's name that all rows share is no class"
    assert noted(corpus, "column text holds emotions, so it is a target")
    beside = [f"{file},{WORDS[i % 4]},{WORDS[(i + 1) % 4]}" for i, file in enumerate(FILES)]
    assert names(open_corpus(table(tmp_path, "file,text,emotion", beside))) == ["emotion"]


def test_days_are_no_times_in_a_recording_and_a_sentiment_is_what_a_call_centre_asks(tmp_path: Path) -> None:
    head = "Recording,Agent,Start Time,CSAT,Sentiment"
    rows = [
        f"{file},Maria {'KB'[i % 2]},2024-03-0{i + 1} 10:00:00,{1 + i % 5},{('negative', 'positive')[i % 2]}"
        for i, file in enumerate(FILES)
    ]
    corpus = open_corpus(table(tmp_path, head, rows))
    assert (names(corpus), corpus.columns["start time"]) == (["sentiment"], "description")
    assert not noted(corpus, "called like some")


@pytest.mark.parametrize("name", ["NA", "None", "null"])
def test_speakers_called_as_programs_call_what_is_missing_are_asked_about(name: str, tmp_path: Path) -> None:
    rows = [f"{file},{name if i == 3 else 'anna'},{WORDS[i % 4]}" for i, file in enumerate(FILES)]
    corpus = open_corpus(table(tmp_path, "file,speaker,emotion", rows))
    assert corpus.segments["speaker"].tolist()[3] == name
    assert noted(corpus, f"a speaker is called {name} (1 rows); if that means unknown")


@pytest.mark.parametrize(
    ("words", "left_out", "asked"),
    [
        (("no label", "not rated", "(blank)"), 3, ""),
        (("I don't know", "can’t tell", "NoConsensus"), 3, ""),
        (("mixed", "tipsy"), 0, "no known words for emotions are the classes mixed (1), tipsy (1) of emotion"),
    ],
)
def test_words_that_are_no_emotions_are_no_answer_or_asked_about(
    words: tuple[str, ...], left_out: int, asked: str, tmp_path: Path
) -> None:
    rows = [f"{i}.wav,{word}" for i, word in enumerate((*WORDS, *words))]
    corpus = open_corpus(table(tmp_path, "file,emotion", rows))
    assert int(corpus.gold("emotion").isna().sum()) == left_out
    assert noted(corpus, "no known words") == bool(asked)
    assert noted(corpus, asked)


@pytest.mark.parametrize(
    ("codes", "asked"),
    [((97, 98, 99), "97 and 98 and 99 apart"), ((-7, -8), "-8 and -7 apart"), ((6, 7), "")],
)
def test_codes_of_statistics_programs_for_no_answer_are_asked_about(
    codes: tuple[int, ...], asked: str, tmp_path: Path
) -> None:
    rows = [f"{i}.wav,{number}" for i, number in enumerate((1, 2, 3, 4, 5, *codes))]
    corpus = open_corpus(table(tmp_path, "file,arousal", rows))
    assert noted(corpus, "apart from") == bool(asked)
    assert noted(corpus, asked)
    classes = open_corpus(table(tmp_path, "file,emotion", rows))
    assert noted(classes, f"if {codes[0]} means no answer: --class {codes[0]}=") == bool(asked)


def test_scales_are_known_that_go_around_zero_and_those_of_msp_podcast(tmp_path: Path) -> None:
    def range_of(column: str, *numbers: object) -> tuple[str, float, float]:
        rows = [f"{i}.wav;{number}" for i, number in enumerate(numbers)]
        target = open_corpus(table(tmp_path, f"file;{column}", rows)).task[0]
        return target.name, target.low, target.high

    assert range_of("arousal", -5, 0, 5) == ("arousal", -5.0, 5.0)
    assert range_of("EmoAct", 1.5, 4.5) == ("arousal", 1.0, 7.0)
    assert range_of("EmoAct", 2, 9) == ("arousal", 1.0, 9.0)
    assert range_of("walencja", "-3,0E-01", "2,5E-01") == ("walencja", -1.0, 1.0)


def test_a_scale_in_words_is_said_to_have_no_order(tmp_path: Path) -> None:
    rows = [f"{file},{('low', 'medium', 'high')[i % 3]}" for i, file in enumerate(FILES)]
    assert noted(open_corpus(table(tmp_path, "file,arousal", rows)), "arousal holds words, so it is classes without")


def test_empty_cells_behind_the_last_column_are_passed_over(tmp_path: Path) -> None:
    rows = [f"{file},{WORDS[i % 4]}" + "," * (i % 3) for i, file in enumerate(FILES)]
    corpus = open_corpus(table(tmp_path, "file,emotion", rows))
    assert (len(corpus), corpus.notes[1:]) == (8, ("emotion: joy is happiness",))


@pytest.mark.parametrize(
    ("head", "roles"),
    [
        ("plik;mówca;płeć;emocja", ("file", "speaker", "sex")),
        ("dosya;konuşmacı;cinsiyet;duygu", ("file", "speaker", "sex")),
        ("soubor;mluvčí;pohlaví;emoce", ("file", "speaker", "sex")),
        ("fil;talare;kön;känsla", ("file", "speaker", "sex")),
    ],
)
def test_columns_are_known_in_more_languages(head: str, roles: tuple[str, ...], tmp_path: Path) -> None:
    rows = [f"{file};{'ab'[i // 4]};{'mf'[i // 4]};{WORDS[i % 4]}" for i, file in enumerate(FILES)]
    corpus = open_corpus(table(tmp_path, head, rows))
    assert tuple(corpus.columns.values())[:3] == roles
    assert names(corpus) == [head.rpartition(";")[2]]


def test_a_column_that_names_recordings_which_are_there_is_found_whatever_it_is_called(tmp_path: Path) -> None:
    for i in range(5):
        soundfile.write(tmp_path / f"c{i + 1}.wav", [0.1] * 100, 1000)
        soundfile.write(tmp_path / f"{i + 1}.wav", [0.1] * 100, 1000)
    rows = [f"c{i + 1},{i + 1}" for i in range(5)]
    assert open_corpus(table(tmp_path, "nm,arousal", rows)).columns["nm"] == "file"
    with pytest.raises(BadCorpus, match="no column 'file'"):
        open_corpus(table(tmp_path, "stufe,arousal", [f"{i + 1},{i + 1}" for i in range(5)]))


def test_workbooks_beside_recordings_are_named_and_tables_without_permission_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    soundfile.write(tmp_path / "a.wav", [0.1] * 100, 1000)
    (tmp_path / "labels.xlsx").write_bytes(b"PK\3\4")
    assert noted(open_corpus(tmp_path), "to take labels from labels.xlsx, save it as 'CSV UTF-8'")

    def locked(path: Path) -> Any:
        raise PermissionError(13, "Permission denied", str(path))

    path = table(tmp_path, "file,emotion", ["a.wav,anger"])
    monkeypatch.setattr("seral_core.corpora.tables.encoding_of", locked)
    with pytest.raises(BadCorpus, match=r"no permission to read .*chmod"):
        open_corpus(path, "table")
