"""Labels that other tools export come into a project in its own words, and what does not fit is counted and named."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.errors import BadCorpus, BadLabel, BadPlan, UnknownName
from seral_core.exchange import Imported, export_labels, import_labels
from seral_core.exchange.asked import Asked
from seral_core.exchange.label_studio_names import file_of
from seral_core.store import Answer, LabelStore
from seral_core.studio.session import Session
from seral_core.studio.testing import answered, made_project
from seral_core.studio.training_labels import training_labels
from seral_core.types import Target

TASK = (Target("emotion", ("anger", "happiness", "sadness")), Target("arousal", low=1, high=5))


@pytest.fixture
def store(tmp_path: Path) -> LabelStore:
    return LabelStore(tmp_path / "labels.sqlite")


def corpus_of(*segments: tuple[str, float, float] | str, root: Path | None = None) -> Corpus:
    places = [(one, 0.0, np.nan) if isinstance(one, str) else one for one in segments]
    files, starts, ends = zip(*places, strict=True)
    index = segment_index(files, starts, ends)
    return Corpus("study", index.to_frame()[[]].assign(speaker=None), rating_frame([]), TASK, root)


def asked(corpus: Corpus, *classes: str, columns: tuple[str, ...] = ()) -> Asked:
    return Asked(TASK, lambda: corpus, classes, columns)


def result(name: str, kind: str, said: object, **place: object) -> dict[str, Any]:
    return {"id": "r", "from_name": name, "to_name": "audio", "type": kind, "value": {kind: said, **place}}


def task(audio: str, *results: dict[str, Any], who: object = 1, **more: object) -> dict[str, Any]:
    about = {"id": audio, "completed_by": who, "result": list(results), "created_at": "2025-01-01T10:00:00Z", **more}
    return {"data": {"audio": audio}, "annotations": [about]}


def written(path: Path, tasks: object) -> Path:
    path.write_text(json.dumps(tasks, ensure_ascii=False), encoding="utf-8")
    return path


def stored(store: LabelStore) -> set[tuple[object, ...]]:
    return {(row.segment, row.target, row.value, row.rater) for row in store.current()}


def test_answers_of_label_studio_get_the_projects_clips_and_classes(tmp_path: Path, store: LabelStore) -> None:
    tasks = [
        task("/data/upload/3/0123abcd-one.wav", result("Emotion", "choices", ["Angry", "Happy"])),
        task("http://localhost:8080/data/upload/3/0123abcd-two_b.wav", result("emotion", "choices", ["traurig"])),
        task("s3://bucket/audio/three.wav", result("emotion", "choices", ["FURIOUS"]), result("arousal", "rating", 4)),
    ]
    path = written(tmp_path / "tasks.json", tasks)
    project = asked(corpus_of("x/one.wav", "two b.wav", "three.flac"), "furious=anger")
    found = import_labels(store, path, project)
    assert (found.read, found.fit, found.new) == (4, 4, 4)
    assert stored(store) == {
        ("x/one.wav", "emotion", "anger", "label-studio-1"),
        ("two b.wav", "emotion", "sadness", "label-studio-1"),
        ("three.flac", "emotion", "anger", "label-studio-1"),
        ("three.flac", "arousal", 4.0, "label-studio-1"),
    }
    assert store.current()[0].secondary == ("happiness",)
    said = " ".join(found.notes)
    assert "clips found by file name: 1, such as one.wav is x/one.wav" in said
    assert "FURIOUS is anger" in said
    assert import_labels(store, path, project).new == 0, "importing twice adds nothing"


def test_what_does_not_fit_is_counted_named_and_not_stored(tmp_path: Path, store: LabelStore) -> None:
    tasks = [
        task("a.wav", result("emotion", "choices", ["irritated"]), result("arousal", "rating", 9)),
        task("b.wav", result("emotion", "choices", ["xxx"]), result("accent", "choices", ["north"])),
        task("z.wav", result("emotion", "choices", ["anger"])),
        task("a.wav", result("emotion", "choices", ["anger"]), was_cancelled=True),
        task("b.wav", {"from_name": "box", "type": "rectanglelabels", "value": {"x": 1}}),
    ]
    found = import_labels(store, written(tmp_path / "tasks.json", tasks), asked(corpus_of("a.wav", "b.wav"), "xxx="))
    assert (found.read, found.fit, found.new, store.rows()) == (5, 0, 0, [])
    assert sorted(found.notes) == sorted(
        [
            "answers left out: 1 of 5, as asked: xxx (1)",
            "answers left out: 1 of 5, since the project does not ask accent (1); if it is one of its targets: "
            "--column emotion=accent",
            "answers left out: 1 of 5, since their clips are not in the project: z.wav",
            "answers left out: 1 of 5, all of arousal: its numbers go from 9 to 9, which looks like the range [1, 9], "
            "but the project asks [1, 5]; say their range, and they are converted (--range arousal=1:9)",
            "answers left out: 1 of 5, since they are none of the project's classes: emotion = irritated (1), "
            "first for a.wav; say which class a word is (--class 'irritated=CLASS'), or leave it out "
            "(--class 'irritated=')",
            "cancelled annotations are left out, with their results: 1 (a.wav)",
            "results of a kind that is no label of audio are left out: 1 (rectanglelabels)",
        ]
    )


def test_regions_at_one_time_on_two_channels_do_not_replace_each_other(tmp_path: Path, store: LabelStore) -> None:
    both = [
        result("emotion", "labels", [word], start=1, end=2, channel=channel)
        for channel, word in enumerate(["Angry", "Sad"])
    ]
    path = written(tmp_path / "tasks.json", [task("call.wav", *both)])
    found = import_labels(store, path, asked(corpus_of(("call.wav#ch1", 1, 2), ("call.wav#ch2", 1, 2))))
    assert found.fit == 2
    assert {row[:3] for row in stored(store)} == {
        ("call.wav#ch1#1.000-2.000", "emotion", "anger"),
        ("call.wav#ch2#1.000-2.000", "emotion", "sadness"),
    }
    mixed = import_labels(store, path, asked(corpus_of(("call.wav", 1, 2))))
    assert (mixed.fit, mixed.new) == (0, 0)
    assert "they name channels, which this project does not tell apart (--channel each)" in mixed.notes[-1]


def test_the_first_channel_alone_is_the_only_one_of_a_file_or_the_first_of_several(tmp_path: Path) -> None:
    region = result("emotion", "labels", ["anger"], start=1, end=2, channel=0)
    path = written(tmp_path / "tasks.json", [task("call.wav", region)])
    for place, segment in (("call.wav", "call.wav#1.000-2.000"), ("call.wav#ch1", "call.wav#ch1#1.000-2.000")):
        kept = LabelStore(tmp_path / f"{len(place)}.sqlite")
        import_labels(kept, path, asked(corpus_of((place, 1, 2), ("call.wav#ch2", 1, 2))))
        assert {row[0] for row in stored(kept)} == {segment}


def test_a_region_from_start_to_end_of_a_file_is_the_whole_file(tmp_path: Path, store: LabelStore) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(12_000), 8000)
    soundfile.write(tmp_path / "b.wav", np.zeros(24_000), 8000)
    tasks = [task(n, result("emotion", "labels", ["anger"], start=0, end=1.5, channel=0)) for n in ("a.wav", "b.wav")]
    found = import_labels(
        store, written(tmp_path / "tasks.json", tasks), asked(corpus_of("a.wav", "b.wav", root=tmp_path))
    )
    assert (found.fit, {row[0] for row in stored(store)}) == (1, {"a.wav"})


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_short_exports_of_label_studio_are_the_same_answers_as_the_long_one(
    kind: str, tmp_path: Path, store: LabelStore
) -> None:
    def row(audio: str, number: int, **answers: object) -> dict[str, object]:
        about = {"annotator": 7, "annotation_id": number, "created_at": "2025-01-01T10:00:00Z", "lead_time": 3.2}
        return {"audio": audio, "id": number, "transcript": f"sentence {number}", **answers, **about}

    span = {"start": 1, "end": 2, "channel": 0}
    rows = [
        row("/data/upload/1/0123abcd-a.wav", 1, emotion="Angry", arousal=[{"rating": 4}]),
        row("/data/upload/1/0123abcd-b.wav", 2, emotion={"choices": ["Sad", "Angry"]}),
        row("c.wav", 3, emotion=[{**span, "labels": ["Happy"]}, {**span, "channel": 1, "labels": ["Sad"]}]),
        row("d.wav", 4, emotion=["Happy", "Sad"]),
    ]
    path = tmp_path / f"export.{kind}"
    if kind == "json":
        written(path, rows)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            sheet = csv.DictWriter(file, list(rows[0]))
            sheet.writeheader()
            sheet.writerows({k: v if isinstance(v, str) else json.dumps(v) for k, v in one.items()} for one in rows)
    project = asked(corpus_of("a.wav", "b.wav", ("c.wav#ch1", 1, 2), ("c.wav#ch2", 1, 2), "d.wav"))
    found = import_labels(store, path, project)
    assert found.fit == 5
    assert stored(store) == {
        ("a.wav", "emotion", "anger", "label-studio-7"),
        ("a.wav", "arousal", 4.0, "label-studio-7"),
        ("b.wav", "emotion", "sadness", "label-studio-7"),
        ("c.wav#ch1#1.000-2.000", "emotion", "happiness", "label-studio-7"),
        ("c.wav#ch2#1.000-2.000", "emotion", "sadness", "label-studio-7"),
    }
    assert any("whose part of a file this export does not say" in note and "d.wav" in note for note in found.notes)
    assert import_labels(store, path, project).new == 0
    long = task("a.wav", result("emotion", "choices", ["Angry"]), result("arousal", "rating", 4), who=7)
    assert import_labels(store, written(tmp_path / "long.json", [long]), project).new == 0


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("https://host.example/label/data/upload/3/abcd1234-a.wav", "a.wav"),
        ("/label/data/upload/3/abcd1234-a.wav", "a.wav"),
        ("https://host.example/label/data/local-files/?d=study/a%20b.wav", "study/a b.wav"),
        ("http://h/data/upload/3/abcd1234-a.wav", "a.wav"),
        ("https://s/data/upload/a.wav", "a.wav"),
        ("/home/me/data/upload/1/a.wav", "/home/me/data/upload/1/a.wav"),
        ("s3://bucket/data/upload/3/abcd1234-a.wav", "s3://bucket/data/upload/3/abcd1234-a.wav"),
        ("https://files.example/data/uploads/a.wav", "https://files.example/data/uploads/a.wav"),
    ],
)
def test_a_file_is_found_behind_the_address_of_any_label_studio_server(address: str, file: str) -> None:
    assert file_of(address) == file


def test_a_number_that_was_left_empty_in_label_studio_stops_no_import(tmp_path: Path) -> None:
    values = ({"number": None}, {"number": 2})
    results = [{"from_name": "arousal", "type": "number", "value": value} for value in values]
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps([{"data": {"audio": "a.wav"}, "annotations": [{"result": results}]}]))
    store = LabelStore(tmp_path / "labels.sqlite")
    assert import_labels(store, path).new == 1
    assert [row.value for row in store.current()] == [2.0]


def test_answers_of_prodigy_are_read(tmp_path: Path, store: LabelStore) -> None:
    options = [{"id": 1, "text": "Angry"}, {"id": 2, "text": "Sad"}]
    lines = [
        {"audio": "clips/a.wav", "options": options, "accept": [2, 1], "answer": "accept", "_annotator_id": "anna"},
        {
            "audio": "data:audio/wav;base64,AA",
            "path": "b.wav",
            "label": "HAPPY",
            "answer": "accept",
            "_session_id": "s",
        },
        {"audio": "c.wav", "audio_spans": [{"start": 1, "end": 2, "label": "ANGRY"}], "answer": "accept"},
        {"audio": "a.wav", "label": "ANGRY", "answer": "reject"},
        {"audio": "b.wav", "answer": "ignore"},
    ]
    path = tmp_path / "answers.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    project = asked(corpus_of("a.wav", "b.wav", ("c.wav", 1, 2)))
    found = import_labels(store, path, project)
    assert (found.read, found.fit, found.new) == (4, 4, 4)
    assert stored(store) == {
        ("a.wav", "emotion", "sadness", "anna"),
        ("b.wav", "emotion", "happiness", "s"),
        ("c.wav#1.000-2.000", "emotion", "anger", "prodigy"),
        ("b.wav", "", None, "prodigy"),
    }
    assert "rejected tasks, which say only what a clip is not, are left out: 1 (a.wav)" in found.notes
    assert any("'label' is taken for emotion" in note for note in found.notes)
    assert import_labels(store, path, project) == Imported(4, 0)
    for wrong in ("{", "[1]", '{"text": "a"}'):
        path.write_text(wrong)
        with pytest.raises(BadLabel, match="expected"):
            import_labels(store, path, project)
    with pytest.raises(BadPlan, match="only read"):
        export_labels(store, tmp_path / "new.jsonl")


def test_files_of_one_name_in_two_folders_are_not_guessed_between(tmp_path: Path, store: LabelStore) -> None:
    tasks = [
        task("y/a.wav", result("emotion", "choices", ["anger"])),
        task("a.wav", result("emotion", "choices", ["sad"])),
    ]
    found = import_labels(store, written(tmp_path / "t.json", tasks), asked(corpus_of("x/a.wav", "b.wav")))
    assert (found.fit, store.rows()) == (0, [])


def test_words_and_targets_that_the_project_has_not_got_are_refused(tmp_path: Path) -> None:
    for classes, columns, wrong in (
        (("a=rage",), (), UnknownName), (("rage",), (), BadPlan), ((), ("mood=label",), UnknownName),
    ):  # fmt: skip
        with pytest.raises(wrong):
            asked(corpus_of("a.wav"), *classes, columns=columns)


def test_an_export_of_seral_comes_back_as_it_was_into_a_project_too(tmp_path: Path, store: LabelStore) -> None:
    rows = [Answer("1", "a.wav", "emotion", "Angry", rater="r"), Answer("2", "z.wav", "emotion", "anger", rater="r")]
    store.append(rows)
    for name in ("labels.csv", "labels.json"):
        export_labels(store, tmp_path / name)
        back = LabelStore(tmp_path / f"{name}.sqlite")
        found = import_labels(back, tmp_path / name, asked(corpus_of("a.wav")))
        assert back.rows() == store.rows()
        assert (found.read, found.new, found.fit) == (2, 2, 0)
        assert "2 do not fit the clips and classes of this project, first a.wav: emotion = Angry" in found.notes[0]


def test_own_exports_come_back_while_the_recordings_are_away_and_others_are_refused(
    tmp_path: Path, store: LabelStore
) -> None:
    def gone() -> Corpus:
        raise BadCorpus("the disk is out")

    store.append([Answer("1", "a.wav", "emotion", "anger", rater="r")])
    export_labels(store, tmp_path / "labels.csv")
    back = LabelStore(tmp_path / "back.sqlite")
    assert import_labels(back, tmp_path / "labels.csv", Asked(TASK, gone)).new == 1
    others = written(tmp_path / "t.json", [task("a.wav", result("emotion", "choices", ["anger"]))])
    with pytest.raises(BadCorpus, match="disk"):
        import_labels(back, others, Asked(TASK, gone))
    assert len(back.rows()) == 1


def test_an_answer_of_a_class_that_a_project_has_not_got_stops_no_training() -> None:
    folder = answered(made_project(clips=12), 5)
    Session(folder, train=False).store.append([Answer("x", "0007.wav", "emotion", "Angry", rater="me")])
    session = Session(folder, train=False)
    assert len(training_labels(session.studio, session.store.current())) == 5


def test_stored_answers_of_another_project_are_no_gold_and_leave_their_clips_open(tmp_path: Path) -> None:
    folder = made_project(12, ("arousal=1:5",), folder=tmp_path, raters=("me", "you"))
    store = LabelStore(folder / "labels.sqlite")
    odd = [Answer(f"o{i}", f"{i:04}.wav", "arousal", value, rater="you") for i, value in enumerate((8.0, "word"))]
    store.append(odd)
    corpus = open_corpus(folder)
    assert any("2 answers are left out, their values are not of the project" in note for note in corpus.notes)
    assert corpus.gold("arousal").isna().all()
    session = Session(folder, train=False)
    assert session.progress("you")["answered"] == 0
    given = {clip["segment"] for clip in session.next("you")["clips"]}
    assert given, "clips with an answer that says nothing are given as others"
    assert session.queue.slots.answered("0000.wav") <= {"me"}


def test_a_prediction_that_somebody_confirms_is_that_persons_answer(tmp_path: Path, store: LabelStore) -> None:
    machine = Answer("m", "a.wav", "emotion", "anger", rater="m1", source="machine")
    store.append([machine])
    export_labels(store, tmp_path / "t.json")
    task = json.loads((tmp_path / "t.json").read_text())[0]
    task["annotations"] = [{"id": 5, "completed_by": 7, "result": task["predictions"][0]["result"]}]
    (tmp_path / "t.json").write_text(json.dumps([task]))
    import_labels(store, tmp_path / "t.json")
    assert {(row.rater, row.source) for row in store.current()} == {("m1", "machine"), ("label-studio-7", "human")}


def test_the_command_says_how_many_rows_fit_the_project(tmp_path: Path) -> None:
    def seral(*words: object) -> str:
        return CliRunner().invoke(commands, ["labels", "import", *map(str, words)], catch_exceptions=False).output

    folder = made_project(clips=6, folder=tmp_path)
    results = [task(f"/data/upload/1/0123abcd-{i:04}.wav", result("mood", "choices", [w])) for i, w in enumerate("uvw")]
    path = written(tmp_path / "tasks.json", results)
    assert seral(folder, path).startswith(
        "read 3 rows, 0 of them fit the project, 0 are new\n- answers left out: 3 of 3"
    )
    options = ("--class", "u=anger", "--class", "v=sadness", "--class", "w=", "--column", "emotion=mood")
    for store, new in ((folder, 2), (folder / "labels.sqlite", 0)):
        assert f"read 3 rows, 2 of them fit the project, {new} are new\n" in seral(store, path, *options)


def test_what_a_rater_rejected_or_ignored_later_in_prodigy_does_not_count(tmp_path: Path, store: LabelStore) -> None:
    def line(clip: str, answer: str, label: str, at: float | None, rater: str = "anna", task: int = 1) -> str:
        said = {"audio": clip, "answer": answer, "label": label, "_annotator_id": rater, "_task_hash": task}
        return json.dumps(said | ({} if at is None else {"_timestamp": at}))

    path = tmp_path / "answers.jsonl"
    lines = [
        line("a.wav", "accept", "anger", 1), line("a.wav", "reject", "anger", 2),
        line("b.wav", "accept", "anger", 3), line("b.wav", "ignore", "anger", 4),
        line("c.wav", "reject", "anger", 5), line("c.wav", "accept", "anger", 6),
        line("d.wav", "accept", "anger", 7), line("d.wav", "reject", "fear", 8, task=2),
        line("e.wav", "accept", "anger", 9), line("e.wav", "reject", "anger", 10, rater="ben"),
        line("f.wav", "accept", "fear", 12), line("f.wav", "accept", "anger", 11),
    ]  # fmt: skip
    path.write_text("\n".join(lines))
    found = import_labels(store, path)
    stands = {row.segment: row.value for row in store.current() if row.kind == "answer"}
    assert stands == {"c.wav": "anger", "d.wav": "anger", "e.wav": "anger", "f.wav": "fear"}
    assert "rejected or ignored later are left out: 2 (a.wav, b.wav)" in " ".join(found.notes)


def test_a_name_of_a_megabyte_and_a_weight_beyond_all_meaning_are_refused_and_nothing_is_stored(
    store: LabelStore, tmp_path: Path
) -> None:
    anger = result("emotion", "choices", ["anger"])
    long = written(tmp_path / "tasks.json", [task("a.wav", anger, who={"email": "r" * 1_000_000})])
    with pytest.raises(BadLabel, match=r"^rater of answer [-\w]+ is 'r+\.\.\.; expected at most 1,000 letters") as told:
        import_labels(store, long)
    assert len(str(told.value)) < 300
    export_labels(_filled(tmp_path), tmp_path / "own.csv")
    text = (tmp_path / "own.csv").read_text()
    for weight in ("1e308", "1000001"):
        (tmp_path / "heavy.csv").write_text(text.replace(",1.0,", f",{weight},"))
        with pytest.raises(BadLabel, match=r"weight of answer 1 is .* at most 1,000,000"):
            import_labels(store, tmp_path / "heavy.csv")
    assert store.rows() == []


def _filled(place: Path) -> LabelStore:
    store = LabelStore(place / "filled.sqlite")
    store.append([Answer("1", "a.wav", "emotion", "anger", rater="r1")])
    return store
