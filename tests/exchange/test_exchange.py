"""What goes out comes back the same, and nothing in a file does harm."""

from __future__ import annotations

import csv
import json
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from seral_core.corpora.base import open_corpus
from seral_core.errors import BadCorpus, BadLabel, BadPlan, NotAFile
from seral_core.exchange import Imported, export_labels, import_labels, ratings_of
from seral_core.exchange.base import FORMATS as FORMATS_BY_ENDING
from seral_core.guard import for_spreadsheet, from_spreadsheet
from seral_core.store import KINDS, PURPOSES, Answer, LabelStore
from seral_core.types import Target

FORMATS = ["labels.csv", "labels.parquet", "labels.json", "labels"]
WHOLE = ["labels.csv", "labels.parquet", "labels"]

TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
NEEDED = TEXT.filter(bool) | st.sampled_from(
    ["=cmd|' /C calc'!A0", "../../etc/passwd", "'=1", "+1", "a\r\nb", "NaN", """ "'" """]
)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
TIME = st.none() | st.floats(0, 2e9)
ANSWER = st.builds(
    Answer,
    id=st.uuids().map(str), segment=NEEDED | st.just("a/b.wav#1.500-3.000"), target=NEEDED,
    value=NEEDED | NUMBER, trace=st.none() | st.lists(st.tuples(NUMBER, NUMBER), min_size=1, max_size=3),
    rater=NEEDED, weight=st.floats(0, 10), kind=st.sampled_from([k for k in KINDS if k != "retraction"]), of=TEXT,
    purpose=st.sampled_from(PURPOSES), screen=TEXT, shown_at=TIME, played_at=TIME, answered_at=TIME,
    plays=st.integers(0, 9), guess_visible=st.booleans(), round=st.integers(0, 9), run=TEXT, device=TEXT,
    confidence=st.none() | st.floats(0, 1), secondary=st.lists(NEEDED, max_size=2).map(tuple), comment=TEXT,
    source=st.sampled_from(["human", "machine", "simulated"]),
)  # fmt: skip


def answer(id: str, segment: str = "a.wav", value: object = "anger", target: str = "emotion", **more: object) -> Answer:
    return Answer(id, segment, target, value, **{"rater": "r1", **more})  # type: ignore[arg-type]


def history() -> list[Answer]:
    """Rows of two raters and a machine, some of them taken back, corrected or answered again."""
    return [
        answer("1", screen="s1", shown_at=10.5, played_at=11.0, answered_at=12.25, plays=2, device="keyboard", round=3),
        answer("2", value=0.1 + 0.2, target="arousal", screen="s1", confidence=0.5),
        answer(
            "3", "b.wav#0.500-", "sadness", rater="r2", secondary=("fear", "a, b"), comment="=1+1\n'so'", weight=0.5
        ),
        answer("4", "b.wav#0.500-", "anger", rater="r2", screen="s2"),
        answer("5", "b.wav#0.500-", None, rater="r2", kind="retraction", of="4"),
        answer("6", value="sadness", purpose="repeat", screen="s3"),
        answer("7", "c.wav", None, target="", kind="skip", screen="s4"),
        answer("8", "c.wav", None, kind="unsure", rater="r2"),
        answer("9", "d.wav", None, target="valence", trace=((0.0, 0.5), (0.04, -0.25)), device="gamepad"),
        answer("10", "d.wav", "anger", rater="svm", source="machine", guess_visible=True),
        answer("11", "d.wav", None, target="", kind="comment", comment="noisy"),
        answer("12", "a.wav", "sadness", of="1", screen="s5"),
        answer("13", "d.wav", "sadness"),
    ]


@pytest.fixture
def new(tmp_path: Path) -> Callable[[], LabelStore]:
    count = iter(range(1000))
    return lambda: LabelStore(tmp_path / f"labels-{next(count)}.sqlite")


@pytest.mark.parametrize("name", FORMATS)
def test_an_export_comes_back_with_the_same_answers(name: str, tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    store, other = new(), new()
    store.append(history())
    written = export_labels(store, tmp_path / "out" / name)
    assert import_labels(other, tmp_path / "out" / name) == Imported(written, written)
    assert other.current() == store.current()
    if name in WHOLE:
        assert other.rows() == store.rows()
    assert import_labels(other, tmp_path / "out" / name) == Imported(written, 0), "importing twice adds nothing"
    assert import_labels(store, tmp_path / "out" / name) == Imported(written, 0)


@pytest.mark.parametrize("name", FORMATS)
def test_a_store_without_rows_goes_out_and_comes_back(name: str, tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    assert export_labels(new(), tmp_path / "out" / name) == 0
    assert import_labels(new(), tmp_path / "out" / name) == Imported(0, 0)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=15, deadline=None)
@given(said=st.lists(ANSWER, min_size=1, max_size=4, unique_by=lambda a: a.id))
def test_every_answer_comes_back(name: str, said: list[Answer], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    format = FORMATS_BY_ENDING[Path(name).suffix]
    format.write(said, folder / name, ())
    assert {row.id: row for row in format.read(folder / name).own} == {row.id: row for row in said}
    assert [path.name for path in folder.iterdir()] == [name]


@given(TEXT | st.text("'=+-@\t\r\n", max_size=5))
@example("\r")
def test_a_guarded_cell_is_no_formula_and_comes_back(cell: str) -> None:
    assert from_spreadsheet(for_spreadsheet(cell)) == cell
    assert not for_spreadsheet(cell).startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_no_text_cell_of_a_csv_is_a_formula(tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    store = new()
    bad = '=HYPERLINK("http://x")'
    store.append(
        [answer(bad, bad, bad, bad, rater=bad, device=bad, comment=bad, run=bad, screen=bad, secondary=(bad,))]
    )
    export_labels(store, tmp_path / "labels.csv")
    with (tmp_path / "labels.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert not [cell for cell in rows[1] if cell.startswith(("=", "+", "-", "@"))]


def test_a_spreadsheet_with_semicolons_is_read(tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    store, other = new(), new()
    store.append(history())
    export_labels(store, tmp_path / "labels.csv")
    frame = pd.read_csv(tmp_path / "labels.csv", dtype=str, na_filter=False)
    frame.sample(frac=1, random_state=0).to_csv(tmp_path / "excel.csv", index=False, sep=";", encoding="utf-8-sig")
    import_labels(other, tmp_path / "excel.csv")
    assert other.rows() == store.rows(), "in the order of arrival, however the rows were sorted"


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("number", "high", "number is 'high'; expected a number"), ("plays", "1.5", "expected a whole number"),
        ("guess_visible", "maybe", "expected true or false"), ("trace", "[[0", "expected a list in JSON"),
        ("kind", "guess", "expected one of answer"), ("confidence", "7", "expected a number in"),
        ("number", "0.5", "expected one; empty the other"), ("rater", "", "not empty"),
        ("trace", "[1, 2]", "expected samples"), ("trace", "[" * 99999, "expected a list in JSON"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_with_its_row_and_nothing_is_added(
    column: str, cell: str, said: str, tmp_path: Path, new: Callable[[], LabelStore]
) -> None:
    store, other = new(), new()
    store.append([answer("1"), answer("2", "b.wav")])
    export_labels(store, tmp_path / "labels.csv")
    frame = pd.read_csv(tmp_path / "labels.csv", dtype=str, na_filter=False)
    frame.loc[1, column] = cell
    frame.to_csv(tmp_path / "labels.csv", index=False)
    with pytest.raises(BadLabel, match=rf"labels\.csv, row 3: .*({said})"):
        import_labels(other, tmp_path / "labels.csv")
    assert other.rows() == []


def test_a_changed_cell_under_an_old_id_is_refused(tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    store = new()
    store.append([answer("1"), answer("2", "b.wav")])
    export_labels(store, tmp_path / "labels.csv")
    text = (tmp_path / "labels.csv").read_text().replace("b.wav,emotion,anger", "b.wav,emotion,fear")
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(BadLabel, match="give each answer an id of its own"):
        import_labels(store, tmp_path / "labels.csv")
    assert len(store.rows()) == 2


def test_a_table_of_others_follows_its_changes(tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    store, table = new(), tmp_path / "mine.csv"
    for value, added in (("anger", 2), ("anger", 0), ("fear", 1), ("anger", 1), ("anger", 0)):
        table.write_text(f"file,rater,emotion\na.wav,r1,{value}\nb.wav,r1,sadness\n")
        assert import_labels(store, table).new == added
        assert [row.value for row in store.current() if row.segment == "a.wav"] == [value]


def test_an_audformat_export_has_a_table_per_rater_and_a_gold_table(
    tmp_path: Path, new: Callable[[], LabelStore]
) -> None:
    audformat = pytest.importorskip("audformat", reason="the audformat extra is not installed")
    store = new()
    store.append([*history(), answer("20", "d.wav", "sadness", rater="../../up"), answer("21", "d.wav", rater="gold")])
    task = (Target("emotion", ("anger", "fear", "sadness")), Target("arousal", low=-1, high=1))
    export_labels(store, tmp_path / "db", task=task)
    assert all(path.parent == tmp_path / "db" for path in tmp_path.rglob("*.parquet"))
    database = audformat.Database.load(str(tmp_path / "db"))
    raters = {name: rater.type for name, rater in database.raters.items()}
    assert raters == {
        "r1": "human",
        "r2": "human",
        "../../up": "human",
        "gold": "human",
        "svm (machine)": "machine",
        "gold-vote": "vote",
    }
    assert list(database.schemes["emotion"].labels) == ["anger", "fear", "sadness"]
    assert database["rater.r1"]["emotion"].rater_id == "r1"
    assert database["rater.r1"].df["emotion"].tolist()[0] == "sadness", "the correction, not what it corrects"
    gold = database["gold"].df["emotion"]
    assert gold.index.get_level_values("file").tolist() == ["a.wav", "b.wav", "d.wav"]
    assert gold.tolist() == ["sadness", "sadness", "sadness"], "two of three for d.wav"
    corpus = open_corpus(str(tmp_path / "db"))
    assert {t.name for t in corpus.task} >= {"emotion", "arousal"}
    assert set(corpus.of("emotion")["rater"]) == {"r1", "r2", "../../up", "gold"}, "neither votes nor machines"


def test_a_full_folder_is_not_written_over(tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "db.yaml").write_text("name: precious\n")
    with pytest.raises(BadPlan, match="expected a new or empty folder"):
        export_labels(new(), tmp_path / "corpus")
    assert (tmp_path / "corpus" / "db.yaml").read_text() == "name: precious\n"


def test_a_corpus_in_audformat_gives_the_answers_of_its_raters(tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    audformat = pytest.importorskip("audformat", reason="the audformat extra is not installed")
    database = audformat.Database("theirs", source="x")
    database.raters["ann"] = audformat.Rater("human")
    database.schemes["emotion"] = audformat.Scheme("str", labels=["anger", "sadness"])
    database.raters["net"] = audformat.Rater("machine")
    for rater in ("ann", "net"):
        database[rater] = audformat.Table(audformat.filewise_index(["a.wav", "b.wav"]))
        database[rater]["emotion"] = audformat.Column(scheme_id="emotion", rater_id=rater)
        database[rater]["emotion"].set(["anger", "sadness"])
    database.save(str(tmp_path / "db"))
    store = new()
    assert import_labels(store, tmp_path / "db") == Imported(4, 4)
    assert [(row.segment, row.value, row.rater, row.source) for row in store.current()] == [
        ("a.wav", "anger", "ann", "human"),
        ("b.wav", "sadness", "ann", "human"),
        ("a.wav", "anger", "net", "machine"),
        ("b.wav", "sadness", "net", "machine"),
    ]
    assert import_labels(store, tmp_path / "db") == Imported(4, 0)
    assert set(open_corpus(str(tmp_path / "db")).ratings["rater"]) == {"ann"}


class Evil:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (self.mark,)  # type: ignore[return-value]


def test_a_database_with_a_table_that_is_gone_is_refused(tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    pytest.importorskip("audformat", reason="the audformat extra is not installed")
    store = new()
    store.append(history())
    export_labels(store, tmp_path / "db")
    (tmp_path / "db" / "db.answers.parquet").unlink()
    for opened in (lambda: import_labels(new(), tmp_path / "db"), lambda: open_corpus(str(tmp_path / "db"))):
        with pytest.raises(BadCorpus, match=r"db\.answers"):
            opened()


@pytest.mark.parametrize("way", ["header", "pickle", "elsewhere"])
def test_nothing_of_a_database_is_executed(way: str, tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    pytest.importorskip("audformat", reason="the audformat extra is not installed")
    store, mark = new(), tmp_path / "mark"
    store.append(history())
    export_labels(store, tmp_path / "db")
    header = tmp_path / "db" / "db.yaml"
    if way == "header":
        header.write_text(header.read_text() + f"\nx: !!python/object/apply:os.mkdir ['{mark}']\n")
    elif way == "pickle":
        (tmp_path / "db" / "db.gold.pkl").write_bytes(pickle.dumps(Evil(mark)))
    else:
        (tmp_path / "up.pkl").write_bytes(pickle.dumps(Evil(mark)))
        header.write_text(header.read_text().replace("\n  gold:\n", "\n  x/../../up:\n"))
    for opened in (lambda: import_labels(new(), tmp_path / "db"), lambda: open_corpus(str(tmp_path / "db"))):
        with pytest.raises(BadCorpus, match="db"):
            opened()
    assert not mark.exists()


def test_label_studio_tasks_hold_labels_as_it_writes_them(tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    store = new()
    store.append(history())
    export_labels(store, tmp_path / "tasks.json")
    tasks = {task["data"]["segment"]: task for task in json.loads((tmp_path / "tasks.json").read_text())}
    assert tasks["b.wav#0.500-"]["data"]["audio"] == "b.wav"
    kinds = {
        (result["type"], result["from_name"], json.dumps(result["value"]))
        for task in tasks.values()
        for annotation in task["annotations"]
        for result in annotation["result"]
    }
    assert ("choices", "emotion", '{"choices": ["sadness", "fear", "a, b"]}') in kinds
    assert ("number", "arousal", '{"number": 0.30000000000000004}') in kinds
    assert ("textarea", "comment", '{"text": ["noisy"]}') in kinds
    assert any(kind == "timeserieslabels" for kind, _, _ in kinds)
    assert [a["was_cancelled"] for a in tasks["c.wav"]["annotations"]] == [True, False]
    assert all("completed_by" not in a for task in tasks.values() for a in task["annotations"])


def test_a_machines_label_is_a_prediction_in_label_studio_and_no_annotation(
    tmp_path: Path, new: Callable[[], LabelStore]
) -> None:
    store, path, back = new(), tmp_path / "tasks.json", new()
    store.append([answer("1"), answer("2", rater="svm", source="machine"), answer("3", target="arousal", value=0.5)])
    export_labels(store, path)
    (task,) = json.loads(path.read_text())
    assert [[r["id"] for r in each["result"]] for each in task["annotations"]] == [["1", "3"]]
    assert [(p["model_version"], p["result"][0]["id"]) for p in task["predictions"]] == [("svm", "2")]
    import_labels(back, path)
    assert {(row.id, row.rater, row.source) for row in back.rows()} == {
        ("1", "r1", "human"),
        ("2", "svm", "machine"),
        ("3", "r1", "human"),
    }


def test_what_was_changed_in_label_studio_is_a_new_answer_of_the_person_who_changed_it(
    tmp_path: Path, new: Callable[[], LabelStore]
) -> None:
    store, path = new(), tmp_path / "tasks.json"
    store.append([answer("1"), answer("2", "b.wav")])
    export_labels(store, path)
    tasks = json.loads(path.read_text())
    changed = tasks[1]["annotations"][0]
    changed["result"][0]["value"] = {"choices": ["fear"]}
    changed |= {"completed_by": {"id": 3, "email": "ann@example.org"}, "updated_at": "2026-01-02T03:04:05.5Z"}
    path.write_text(json.dumps(tasks))
    assert import_labels(store, path) == Imported(2, 1)
    assert import_labels(store, path) == Imported(2, 0)
    last = store.rows()[-1]
    assert (last.segment, last.value, last.rater, last.answered_at) == (
        "b.wav",
        "fear",
        "ann@example.org",
        1767323045.5,
    )
    assert [row.value for row in store.current("r1")] == ["anger", "anger"]


def test_tasks_of_label_studio_itself_are_read(tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    def result(kind: str, name: str, **value: object) -> dict[str, object]:
        return {"id": "x", "from_name": name, "to_name": "audio", "type": kind, "value": value}

    tasks = [
        {
            "id": 1, "data": {"audio": "/data/upload/2/deadbeef-a%20b.wav"}, "predictions": [
                {"model_version": "v2", "result": [result("choices", "emotion", choices=["sadness"])]}],
            "annotations": [
                {"id": 11, "completed_by": 5, "was_cancelled": False, "created_at": "2026-01-02T03:04:05Z", "result": [
                    result("choices", "emotion", choices=["anger", "fear"]), result("number", "arousal", number=3),
                    result("rating", "valence", rating=4), result("textarea", "note", text=["loud", "short"]),
                    result("labels", "who", start=0.5, end=1.25, channel=0, labels=["child"]),
                    result("rectanglelabels", "box", x=1, y=2)]},
                {"id": 12, "completed_by": 6, "was_cancelled": True, "result": []},
            ],
        },
        {"data": {"audio": "/data/local-files/?d=sub%2Fc.wav"}, "annotations": []},
    ]  # fmt: skip
    (tmp_path / "tasks.json").write_text(json.dumps(tasks))
    store = new()
    assert import_labels(store, tmp_path / "tasks.json") == Imported(7, 7)
    assert import_labels(store, tmp_path / "tasks.json") == Imported(7, 0)
    said = {(row.segment, row.target, row.value, row.rater, row.kind, row.source) for row in store.rows()}
    five = "label-studio-5"
    assert said == {
        ("a b.wav", "emotion", "anger", five, "answer", "human"),
        ("a b.wav", "arousal", 3.0, five, "answer", "human"),
        ("a b.wav", "valence", 4.0, five, "answer", "human"),
        ("a b.wav", "note", None, five, "comment", "human"),
        ("a b.wav#0.500-1.250", "who", "child", five, "answer", "human"),
        ("a b.wav", "", None, "label-studio-6", "skip", "human"),
        ("a b.wav", "emotion", "sadness", "v2", "answer", "machine"),
    }


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '[{"data": {}}]', '[{"data": {"audio": "a"}, "annotations": 5}]', "[" * 9999]
)
def test_json_that_holds_no_tasks_is_refused(text: str, tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    (tmp_path / "tasks.json").write_text(text)
    with pytest.raises(BadLabel, match="expected"):
        import_labels(new(), tmp_path / "tasks.json")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"choices": "anger"}, ["anger"]),
        ({"choices": []}, []),
        ({}, []),
        ({"number": float("inf")}, []),
        ({"start": 2, "end": 1, "labels": ["x"]}, "span of the recording"),
        ({"start": 0, "end": 1e308, "labels": ["x"]}, "span of the recording"),
    ],
)
def test_odd_results_of_label_studio_are_read_or_refused(
    value: dict[str, object], said: object, tmp_path: Path, new: Callable[[], LabelStore]
) -> None:
    result = {"type": "any", "from_name": "emotion", "value": value}
    (tmp_path / "tasks.json").write_text(
        json.dumps([{"data": {"audio": "a.wav"}, "annotations": [{"result": [result]}]}])
    )
    store = new()
    if isinstance(said, list):
        import_labels(store, tmp_path / "tasks.json")
        assert [row.value for row in store.rows()] == said
    else:
        with pytest.raises(BadLabel, match=str(said)):
            import_labels(store, tmp_path / "tasks.json")


@pytest.mark.parametrize("name", ["labels.csv", "labels.parquet", "labels.json"])
def test_a_file_of_rubbish_is_refused(name: str, tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    for rubbish in (b"", b"\xff\xfe\x00\x01", b"PAR1", b"\x00" * 100):
        (tmp_path / name).write_bytes(rubbish)
        with pytest.raises((BadLabel, BadCorpus), match=r"expected|rename"):
            import_labels(new(), tmp_path / name)


def test_an_ending_that_is_not_known_is_refused(tmp_path: Path, new: Callable[[], LabelStore]) -> None:
    with pytest.raises(BadPlan, match=r"expected \.csv, \.parquet"):
        export_labels(new(), tmp_path / "labels.xlsx")
    with pytest.raises(BadPlan, match="is not there"):
        import_labels(new(), tmp_path / "labels.csv")


def test_an_export_that_fails_leaves_the_old_file(
    tmp_path: Path, new: Callable[[], LabelStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new()
    store.append(history())
    (tmp_path / "labels.csv").write_text("old")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", fail)
    with pytest.raises(OSError, match="No space"):
        export_labels(store, tmp_path / "labels.csv", replace=True)
    assert (tmp_path / "labels.csv").read_text() == "old"
    assert not list(tmp_path.glob(".*draft*"))


@pytest.mark.parametrize("name", ["labels.csv", "labels.parquet", "tasks.json", "labels"])
def test_a_file_of_the_user_is_replaced_only_when_asked_for(
    name: str, tmp_path: Path, new: Callable[[], LabelStore]
) -> None:
    (tmp_path / name).write_text("of the user")
    with pytest.raises(BadPlan, match=r"is there already; expected a new file; nothing was written; .*--replace"):
        export_labels(new(), tmp_path / name)
    assert (tmp_path / name).read_text() == "of the user"
    (tmp_path / name).unlink()
    os.mkfifo(tmp_path / name)
    with pytest.raises(NotAFile, match="is a pipe"):
        export_labels(new(), tmp_path / name, replace=True)
    assert (tmp_path / name).is_fifo()


def test_what_a_killed_export_left_behind_is_removed_by_the_next_one(
    tmp_path: Path, new: Callable[[], LabelStore]
) -> None:
    now = time.time()
    for name, age_s in (("labels.0123456789ab", 90_000), ("labels.ba9876543210", 1), ("other.0123456789ab", 90_000)):
        (tmp_path / f".{name}.draft.csv").write_text("half")
        os.utime(tmp_path / f".{name}.draft.csv", (now - age_s, now - age_s))
    export_labels(new(), tmp_path / "labels.csv")
    left = {path.name for path in tmp_path.glob(".*draft*")}
    assert left == {".labels.ba9876543210.draft.csv", ".other.0123456789ab.draft.csv"}, "others may still be at work"


def test_ratings_of_a_store_leave_out_repeats_machines_and_what_is_no_answer(new: Callable[[], LabelStore]) -> None:
    store = new()
    store.append(history())
    frame = ratings_of(store.current())
    assert frame[["segment", "rater", "value"]].to_numpy().tolist() == [
        ["a.wav", "r1", 0.30000000000000004],
        ["b.wav#0.500-", "r2", "sadness"],
        ["a.wav", "r1", "sadness"],
        ["d.wav", "r1", "sadness"],
    ]
