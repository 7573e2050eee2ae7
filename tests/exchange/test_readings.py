"""Imports know what was said of a file, and on which scale its numbers are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.corpora.reading import Reading, remember
from seral_core.errors import BadCorpus, BadLabel, BadPlan, SeralError
from seral_core.exchange import export_labels, import_labels
from seral_core.exchange.asked import Asked
from seral_core.store import Answer, LabelStore
from seral_core.studio.testing import made_project
from seral_core.types import Target

CLASSES = ("anger", "happiness", "sadness", "neutral")
AROUSAL = Target("arousal", low=1, high=5)


@pytest.fixture
def store(tmp_path: Path) -> LabelStore:
    return LabelStore(tmp_path / "labels.sqlite")


def project(*, high: float = 5, segments: str = "abcd", **said: tuple[str, ...]) -> Asked:
    index = segment_index([f"{name}.wav" for name in segments], [0.0] * len(segments), [np.nan] * len(segments))
    task = (Target("emotion", CLASSES), Target("arousal", low=1, high=high))
    corpus = Corpus("study", index.to_frame()[[]].assign(speaker=None), rating_frame([]), task)
    return Asked(task, lambda: corpus, **said)


def table(path: Path, head: str, *rows: str) -> Path:
    path.write_text("\n".join((head, *rows)) + "\n", encoding="utf-8")
    return path


def values(store: LabelStore) -> dict[str, Any]:
    return {row.segment[0]: row.value for row in store.current()}


def rated(kind: str, path: Path, *numbers: float, names: str = "abcd") -> Path:
    """Write numbers for the clips a, b ... as another tool does."""
    named = [(f"{name}.wav", number) for name, number in zip(names, numbers, strict=False)]
    if kind == "csv":
        return table(path / "theirs.csv", "file,rater,arousal", *(f"{file},w,{n}" for file, n in named))
    if kind == "audformat":
        audformat = pytest.importorskip("audformat", reason="the audformat extra is not installed")
        database = audformat.Database("theirs", usage="other")
        database.schemes["arousal"] = audformat.Scheme("float")
        database.raters["w"] = audformat.Rater("human")
        database["arousal"] = audformat.Table(audformat.filewise_index([file for file, _ in named]))
        database["arousal"]["arousal"] = audformat.Column(scheme_id="arousal", rater_id="w")
        database["arousal"]["arousal"].set([float(number) for _, number in named])
        database.save(str(path / "theirs"), storage_format="csv")
        return path / "theirs"
    if kind == "label-studio":
        results = [{"from_name": "arousal", "type": "number", "value": {"number": number}} for _, number in named]
        given = [[{"completed_by": "w", "result": [one]}] for one in results]
        tasks = [{"data": {"audio": file}, "annotations": one} for (file, _), one in zip(named, given, strict=True)]
    else:
        rated = [(file, [{"rating": number}]) for file, number in named]
        tasks = [{"audio": f, "arousal": n, "annotation_id": f, "annotator": "w"} for f, n in rated]
    (path / "theirs.json").write_text(json.dumps(tasks))
    return path / "theirs.json"


@pytest.mark.parametrize("kind", ["csv", "audformat", "label-studio", "label-studio-min"])
def test_numbers_of_another_scale_are_refused_all_of_them_or_converted_once_their_range_is_said(
    kind: str, tmp_path: Path, store: LabelStore
) -> None:
    path = rated(kind, tmp_path, 1, 7, 4)
    found = import_labels(store, path, project())
    assert (found.fit, store.rows()) == (0, []), "not only the highest are left out"
    assert any(
        "3 of 3, all of arousal" in note and "range [1, 7], but the project asks [1, 5]" in note
        and "(--range arousal=1:7)" in note for note in found.notes
    )  # fmt: skip
    found = import_labels(store, path, project(ranges=("arousal=1:7",)))
    assert (found.fit, values(store)) == (3, {"a": 1, "b": 5, "c": 3})
    assert any("converted from [1, 7] to the [1, 5] of the project" in note for note in found.notes)
    assert import_labels(store, path, project(ranges=("arousal=1:7",))).new == 0


def test_a_range_that_is_guessed_as_another_one_is_asked_about_even_where_all_numbers_fit(
    tmp_path: Path, store: LabelStore
) -> None:
    path = rated("csv", tmp_path, 2, 4)
    found = import_labels(store, path, project(high=7))
    assert (found.fit, store.rows()) == (0, [])
    assert any("(--range arousal=1:5, or --range arousal=1:7 if they are on the project's" in n for n in found.notes)
    assert import_labels(store, path, project(high=7, ranges=("arousal=1:7",))).fit == 2
    assert values(store) == {"a": 2, "b": 4}


@pytest.mark.parametrize("kind", ["csv", "label-studio"])
def test_numbers_outside_the_range_that_was_said_are_refused_all_of_them(
    kind: str, tmp_path: Path, store: LabelStore
) -> None:
    path = rated(kind, tmp_path, 1, 9, 4)
    try:
        notes = import_labels(store, path, project(ranges=("arousal=1:7",))).notes
    except SeralError as wrong:
        notes = (str(wrong),)
    assert any("[1, 7]" in note and "9" in note for note in notes)
    assert store.rows() == []


@pytest.mark.parametrize("name", ["labels.csv", "labels.parquet", "labels.json", "db"])
def test_an_export_says_its_ranges_and_another_project_converts_them(
    name: str, tmp_path: Path, store: LabelStore
) -> None:
    if name == "db":
        pytest.importorskip("audformat", reason="the audformat extra is not installed")
    store.append([Answer("1", "a.wav", "arousal", 4.0, rater="r"), Answer("2", "b.wav", "arousal", 7.0, rater="r")])
    store.append([Answer("3", "b.wav", "arousal", 1.0, rater="r", of="2")])
    export_labels(store, tmp_path / name, project=(Target("arousal", low=1, high=7),))
    other = LabelStore(tmp_path / "other.sqlite")
    found = import_labels(other, tmp_path / name, project())
    assert values(other) == {"a": 3, "b": 1}
    assert any("converted from [1, 7] to the [1, 5]" in note for note in found.notes)
    assert import_labels(other, tmp_path / name, project()).new == 0
    same = LabelStore(tmp_path / "same.sqlite")
    import_labels(same, tmp_path / name, project(high=7))
    assert [row.id for row in same.current()] == [row.id for row in store.current()], "as they were"


def test_an_export_of_an_earlier_version_is_refused_where_its_numbers_leave_the_scale(
    tmp_path: Path, store: LabelStore
) -> None:
    store.append([Answer("1", "a.wav", "arousal", 4.0, rater="r"), Answer("2", "b.wav", "arousal", 7.0, rater="r")])
    store.append([Answer("3", "b.wav", "arousal", 7.0, rater="r", kind="retraction", of="2")])
    export_labels(store, tmp_path / "labels.csv")
    for asked, expected in ((project(), {}), (project(ranges=("arousal=1:7",)), {"a": 3}), (project(high=7), {"a": 4})):
        other = LabelStore(tmp_path / f"{len(expected)}-{asked.task[1].high}.sqlite")
        found = import_labels(other, tmp_path / "labels.csv", asked)
        assert values(other) == expected
        assert any("left out: all 3 of arousal" in note for note in found.notes) == (not expected)


def test_answers_of_others_beside_rows_that_are_left_out_are_stored_as_usual(tmp_path: Path, store: LabelStore) -> None:
    store.append([Answer("1", "a.wav", "arousal", 7.0, rater="r")])
    export_labels(store, tmp_path / "labels.json")
    tasks = json.loads((tmp_path / "labels.json").read_text())
    theirs = {"from_name": "emotion", "type": "choices", "value": {"choices": ["Angry"]}}
    tasks[0]["annotations"].append({"completed_by": 1, "result": [theirs]})
    (tmp_path / "labels.json").write_text(json.dumps(tasks))
    other = LabelStore(tmp_path / "other.sqlite")
    found = import_labels(other, tmp_path / "labels.json", project())
    assert (found.fit, values(other)) == (1, {"a": "anger"})
    assert import_labels(other, tmp_path / "labels.json", project()).new == 0


def test_words_that_are_remembered_of_an_export_of_label_studio_mean_the_same_there(
    tmp_path: Path, store: LabelStore
) -> None:
    path = table(tmp_path / "t.csv", "audio,mood,annotator,annotation_id", "a.wav,A,1,7", "b.wav,happy,1,8")
    remember(path, Reading(said=("class A=neutral", "class happy=anger", "column emotion=mood")))
    import_labels(store, path, project())
    assert values(store) == {"a": "neutral", "b": "anger"}


def test_a_table_is_imported_as_its_reading_is_remembered_and_options_stand_over_that(
    tmp_path: Path, store: LabelStore
) -> None:
    path = table(tmp_path / "t.csv", "file,emotion,rater", "a.wav,A,u", "b.wav,happy,u", "c.wav,sad,u")
    remember(path, Reading(said=("class A=neutral", "class happy=anger", "class sad=")))
    found = import_labels(store, path, project())
    assert values(store) == {"a": "neutral", "b": "anger"}
    assert any("t.csv was read as remembered: --class A=neutral" in note for note in found.notes)
    found = import_labels(store, path, project(classes=("a=anger", "happy=")))
    assert values(store) == {"a": "anger", "b": "anger"}
    assert any("does not give stay: 1 (b.wav: emotion = anger by u)" in note for note in found.notes)


@pytest.mark.parametrize("where", ["said", "remembered"])
def test_columns_and_ranges_are_those_that_were_said(where: str, tmp_path: Path, store: LabelStore) -> None:
    path = table(tmp_path / "t.csv", "x,who,mood,energy", "a.wav,u,joy,2", "b.wav,u,sad,4")
    columns, ranges = ("file=x", "rater=who", "emotion=mood", "arousal=energy"), ("arousal=1:9",)
    if where == "remembered":
        remember(path, Reading(ranges=ranges, said=tuple(f"column {text}" for text in columns)))
    asked = project() if where == "remembered" else project(columns=columns, ranges=ranges)
    assert import_labels(store, path, asked).fit == 4
    assert {(row.segment, row.rater, row.value) for row in store.current()} == {
        *(("a.wav", "u", "happiness"), ("a.wav", "u", 1.5), ("b.wav", "u", "sadness"), ("b.wav", "u", 2.5))
    }


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"columns": ("emotion=nosuch",)}, "got the column 'nosuch' for emotion; the file has mood"),
        ({"columns": ("file=nosuch",)}, "the table has file, mood"),
        ({"classes": ("A=anger", "a=sadness")}, "got 'class A=anger' and 'class a=sadness'; expected one of them"),
        ({"classes": ("=anger",)}, "expected a word or name before the sign ="),
        ({"ranges": ("arousal=1:5", "arousal=1:7")}, "expected one of them"),
    ],
)
def test_what_was_said_and_cannot_be_is_refused(
    said: dict[str, tuple[str, ...]], message: str, tmp_path: Path, store: LabelStore
) -> None:
    path = table(tmp_path / "t.csv", "file,mood", "a.wav,joy", "b.wav,sad", "c.wav,joy", "d.wav,sad")
    with pytest.raises(SeralError, match=message):
        import_labels(store, path, project(**said))


def test_files_that_are_no_tables_have_no_columns_for_recordings(tmp_path: Path, store: LabelStore) -> None:
    with pytest.raises(BadPlan, match=r"theirs\.json, which is no table"):
        import_labels(store, rated("label-studio", tmp_path, 3), project(columns=("file=audio",)))


def test_a_word_is_given_a_class_though_it_is_one_itself_and_one_that_nothing_says_is_named(
    tmp_path: Path, store: LabelStore
) -> None:
    said = ("happiness=anger", "x=y=sadness", "furios=anger")
    words = [("a", "happiness"), ("b", "x=y"), ("c", "furious")]
    tasks = [{"audio": f"{name}.wav", "label": word, "answer": "accept"} for name, word in words]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, tasks)))
    found = import_labels(store, tmp_path / "p.jsonl", project(classes=said, columns=("emotion=label",)))
    assert values(store) == {"a": "anger", "b": "sadness", "c": "anger"}
    assert any("no answer of others says furios" in note for note in found.notes)


def test_a_column_that_cannot_be_read_is_said_to_be_left_out(tmp_path: Path, store: LabelStore) -> None:
    path = table(tmp_path / "t.csv", "file,emotion,arousal", "a.wav,joy,2", "b.wav,sad,2000")
    found = import_labels(store, path, project())
    assert any("answers left out: all in the column arousal, since arousal goes from 2 to" in n for n in found.notes)


@pytest.mark.parametrize(("bad", "said"), [("inf", ()), ("-inf", ("arousal=1:5",)), ("9", ("arousal=1:5",))])
@pytest.mark.parametrize("kind", ["csv", "parquet", "audformat", "label-studio", "label-studio-min"])
def test_one_number_that_is_none_of_the_scale_is_left_out_and_named_and_the_others_are_stored(
    kind: str, bad: str, said: tuple[str, ...], tmp_path: Path, store: LabelStore
) -> None:
    names, numbers = "abcdefgh", [1.0, 2.0, 3.0, 4.0, 5.0, 5.0, float(bad), 2.0]
    path = rated("csv" if kind == "parquet" else kind, tmp_path, *numbers, names=names)
    if kind == "parquet":
        path = tmp_path / "t.parquet"
        pd.read_csv(tmp_path / "theirs.csv").to_parquet(path)
    found = import_labels(store, path, project(ranges=said, segments=names))
    assert values(store) == {name: number for name, number in zip(names, numbers, strict=True) if name != "g"}
    where = "row 8 (" if kind in ("csv", "parquet") else "g.wav"
    assert any("answers left out" in note and ": 1 " in note and where in note for note in found.notes)


def test_a_word_among_numbers_is_left_out_and_named_and_an_infinite_one_is_no_reason_to_widen_a_range(
    tmp_path: Path, store: LabelStore
) -> None:
    rows = [f"{name}.wav,{number}" for name, number in zip("abcdef", "123452", strict=True)]
    path = table(tmp_path / "t.csv", "file,arousal", *rows, "g.wav,hgih")
    assert any("row 8 (hgih)" in note for note in import_labels(store, path, project(segments="abcdefg")).notes)
    assert len(values(store)) == 6
    with pytest.raises(BadLabel, match="correct the value or leave it out"):
        AROUSAL.check("inf")
    with pytest.raises(BadCorpus, match=r"arousal is inf; expected finite numbers; correct it, or leave it out"):
        open_corpus(table(tmp_path / "u.csv", "file,arousal", *rows, "g.wav,inf"))


def test_channels_that_a_project_has_not_got_are_named_and_no_option_for_it(tmp_path: Path, store: LabelStore) -> None:
    index = segment_index(["call.wav#ch1", "call.wav#ch2"], [0.0] * 2, [np.nan] * 2)
    corpus = Corpus("calls", index.to_frame()[[]].assign(speaker=None), rating_frame([]), (Target("emotion", CLASSES),))
    path = table(tmp_path / "t.csv", "file,emotion", "call.wav#ch9,joy")
    found = import_labels(store, path, Asked(corpus.task, lambda: corpus))
    assert any("not in the project: call.wav#ch9" in note and "--channel" not in note for note in found.notes)


def test_the_command_takes_and_writes_ranges(tmp_path: Path) -> None:
    folder = made_project(6, folder=tmp_path, targets=("arousal=1:5",))
    path = table(tmp_path / "t.csv", "file,rater,arousal", "0000.wav,w,1", "0001.wav,w,7", "0002.wav,w,4")

    def seral(*words: object) -> str:
        done = CliRunner().invoke(commands, ["labels", *map(str, words)], catch_exceptions=False, standalone_mode=False)
        return done.output

    assert "read 3 rows, 3 of them fit" in seral("import", folder, path, "--range", "arousal=1:7")
    seral("export", folder, "--to", tmp_path / "out.csv")
    assert ",1:5" in (tmp_path / "out.csv").read_text()
    with pytest.raises(BadPlan, match="is no project; expected one for --class, --column and --range"):
        seral("import", tmp_path / "bare.sqlite", path, "--range", "arousal=1:7")
