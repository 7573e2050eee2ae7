"""The store keeps every answer, exactly once, as it was given."""

from __future__ import annotations

import pickle
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DBAPIError

from seral_core.errors import BadLabel, BadStore, MissingExtra
from seral_core.store import Answer, LabelStore, labels_of, new_id
from seral_core.store.overtaken import Overtaken
from seral_core.studio.given import taken_back
from seral_core.types import Target

Say = Callable[..., Answer]
EMOTION = Target("emotion", ("anger", "sadness"))

FULL = Answer(
    id="1", segment="ordner/Ärger 怒り.wav#1.500-3.000", target="arousal", value=0.1 + 0.2,
    trace=((0.0, 0.1), (0.04, -1e-9)), rater="Zoë", weight=0.5, of="0", purpose="repeat", screen="s",
    shown_at=1763600000.123456, played_at=1763600000.2,
    answered_at=1763600001.5, plays=3, guess_visible=True, round=7, run="k", device="gamepad", confidence=0.25,
    secondary=("anger", "fear, mild"), comment="=1+1\n'; DROP TABLE seral_answers; --", source="machine",
)  # fmt: skip


def test_an_answer_comes_back_as_it_was_given(store: LabelStore) -> None:
    assert store.append([FULL]) == 1
    assert store.rows() == [FULL]
    assert store.rows()[0].seq == 1


def test_a_repeated_answer_is_stored_once(store: LabelStore, say: Say) -> None:
    one, two = say(), say("b.wav")
    assert [store.append([one]), store.append([one, two]), store.append([two, two])] == [1, 1, 0]
    assert store.rows() == [one, two]


def test_an_id_of_another_answer_is_refused_with_all_that_were_sent_with_it(store: LabelStore, say: Say) -> None:
    store.append([say(id="x")])
    with pytest.raises(BadLabel, match="give each answer an id of its own"):
        store.append([say("new.wav", id="y"), say(value="sadness", id="x")])
    assert [row.id for row in store.rows()] == ["x"]


def test_rows_are_in_order_of_arrival_and_can_be_read_on(store: LabelStore, say: Say) -> None:
    given = [say(f"{i}.wav", rater=f"r{i % 2}") for i in range(1234)]
    store.append(given)
    assert store.rows() == given
    seen = store.rows()[-1].seq
    store.append([say("late.wav")])
    assert [row.segment for row in store.rows(after=seen)] == ["late.wav"]
    assert [row.segment for row in store.rows(rater="r1", segment="7.wav", target="emotion")] == ["7.wav"]
    assert store.rows(target="arousal") == []


def test_nothing_can_be_changed_or_deleted_by_whatever_program(store: LabelStore, place: str, say: Say) -> None:
    store.append([say()])
    url = make_url(place if "://" in place else f"sqlite:///{place}")
    engine = create_engine(url)
    orders = ["UPDATE seral_answers SET word = 'sadness'", "DELETE FROM seral_answers"]
    if "://" in place:
        orders.append("TRUNCATE seral_answers")
    for order in orders:
        with pytest.raises(DBAPIError, match="never"), engine.begin() as connection:
            connection.exec_driver_sql(order)
    engine.dispose()
    assert store.rows()[0].value == "anger"


def test_replacing_a_row_in_sqlite_changes_nothing(tmp_path: Path, say: Say) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    store.append([say(), say("b.wav")])
    with sqlite3.connect(tmp_path / "labels.sqlite") as connection:
        row = list(connection.execute("SELECT * FROM seral_answers WHERE seq = 1").fetchone())
        row[2] = "other.wav"
        for seq, name in ((1, "1"), (9, "1"), (2, "9")):
            row[:2] = seq, name
            connection.execute(f"INSERT OR REPLACE INTO seral_answers VALUES ({','.join('?' * len(row))})", row)
    assert [(row.seq, row.segment) for row in store.rows()] == [(1, "a.wav"), (2, "b.wav")]


def test_the_last_answer_is_valid(store: LabelStore, say: Say) -> None:
    store.append([say(), say(value="sadness"), say(value="anger", rater="r2"), say(target="arousal", value=0.5)])
    assert [(row.rater, row.value) for row in store.current()] == [("r1", "sadness"), ("r2", "anger"), ("r1", 0.5)]
    assert [row.value for row in store.current("r2")] == ["anger"]


def test_repeats_are_kept_beside_the_first_answer(store: LabelStore, say: Say) -> None:
    store.append([say(screen="1")])
    store.append([say(value="sadness", purpose="repeat", screen=screen) for screen in "23"])
    assert [row.value for row in store.current()] == ["anger", "sadness", "sadness"]


def test_undo_takes_back_a_whole_screen_and_earlier_answers_are_valid_again(store: LabelStore, say: Say) -> None:
    store.append([say(screen="s1"), say(target="arousal", value=0.5, screen="s1")])
    store.append([say(value="sadness", screen="s2"), say(target="arousal", value=-0.5, screen="s2")])
    assert store.append(taken_back(store.rows(screen="s2"), at=5.0)) == 2
    assert [row.value for row in store.current()] == ["anger", 0.5]
    store.append(taken_back(store.rows(screen="s1"), at=6.0))
    assert (store.current(), len(store.rows())) == ([], 8)


def test_nothing_is_written_for_a_screen_that_has_changed_since_the_writer_looked(store: LabelStore, say: Say) -> None:
    first = say(screen="s1")
    assert store.append([first], seen=0) == 1
    with pytest.raises(Overtaken):
        store.append([say(value="sadness", screen="s2"), say(value="sadness", screen="s1")], seen=0)
    assert store.append([first], seen=0) == 0, "the same once more is no other answer"
    assert store.append([say(screen="s2")], seen=0) == 1
    assert store.append([say(value="sadness", screen="s1")], seen=1) == 1


def test_nobody_takes_back_another_raters_answer(store: LabelStore, say: Say) -> None:
    store.append([say(id="mine", screen="s")])
    store.append([say(rater="r2", kind="retraction", of="mine", value=None), say("z.wav", rater="r2", of="mine")])
    assert [row.segment for row in store.current()] == ["a.wav", "z.wav"]


def test_a_correction_replaces_what_it_names_until_it_is_taken_back(store: LabelStore, say: Say) -> None:
    store.append([say(id="wrong", purpose="repeat", screen="1")])
    store.append([say(value="sadness", purpose="repeat", screen="2", of="wrong")])
    assert [row.value for row in store.current()] == ["sadness"]
    store.append(taken_back(store.rows(screen="2"), at=1.0))
    assert [row.value for row in store.current()] == ["anger"]


def test_reading_a_store_that_is_not_there_makes_no_file(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "no" / "labels.sqlite")
    assert (store.rows(), store.current(), store.version) == ([], [], 0)
    assert list(tmp_path.iterdir()) == []


def test_labels_are_what_people_answered_for_training(store: LabelStore, say: Say) -> None:
    store.append(
        [
            say("a.wav"),
            say("b.wav", purpose="test"),
            say("c.wav", kind="unsure"),
            say("d.wav", source="machine"),
            say("e.wav", None, kind="skip"),
            say("f.wav", value=3.0, target="other"),
            say("g.wav", "sadness", weight=0.5),
        ]
    )
    labels = labels_of(store, (EMOTION,))
    assert [(b.segment, b.value, b.weight, b.source, b.cost) for b in labels] == [
        ("a.wav", "anger", 1.0, "human", 1.0),
        ("g.wav", "sadness", 0.5, "human", 1.0),
    ]
    assert [b.segment for b in labels_of(store, (EMOTION,), purposes=("test",))] == ["b.wav"]
    assert [b.segment for b in labels_of(store, (EMOTION,), source="machine")] == ["d.wav"]


def test_a_label_outside_its_target_is_named(store: LabelStore, say: Say) -> None:
    store.append([say(value="fury")])
    with pytest.raises(BadLabel, match="emotion is 'fury'"):
        labels_of(store, (EMOTION,))


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""}, {"segment": ""}, {"rater": ""}, {"target": ""}, {"value": None}, {"value": float("inf")},
        {"value": True}, {"value": ["anger"]}, {"value": "a\0b"}, {"segment": "\udce4.wav"}, {"weight": -1},
        {"weight": None}, {"plays": -1}, {"plays": 1.5}, {"confidence": 1.1}, {"kind": "guess"}, {"purpose": "fun"},
        {"source": "dog"}, {"guess_visible": "no"}, {"kind": "retraction"}, {"id": "7", "of": "7"},
        {"secondary": "anger"},
        {"secondary": ("",)},
        {"trace": ()}, {"trace": ((1.0,),)}, {"trace": ((0.0, 1.0), (0.0, 1.0, 2.0))}, {"trace": ((0.0, "high"),)},
        {"answered_at": float("nan")}, {"round": 2**40},
    ],
)  # fmt: skip
def test_an_answer_with_a_wrong_part_is_refused(wrong: dict[str, object], say: Say) -> None:
    with pytest.raises(BadLabel, match="expected"):
        say(**wrong)


def test_a_moved_file_is_not_written_to(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "labels.sqlite"
    store = LabelStore(path)
    store.append([say()])
    path.rename(tmp_path / "elsewhere.sqlite")
    with pytest.raises(BadStore, match="was moved, deleted or replaced"):
        store.append([say("b.wav")])
    (tmp_path / "elsewhere.sqlite").rename(path)
    assert store.append([say("c.wav")]) == 1
    assert [row.segment for row in LabelStore(path).rows()] == ["a.wav", "c.wav"]


def test_any_name_of_a_file_will_do(tmp_path: Path, say: Say) -> None:
    for name in ("a?b=c.sqlite", "50% #1.sqlite", "ÄÖ 怒.sqlite", "file:x"):
        store = LabelStore(tmp_path / name)
        store.append([say()])
        assert (tmp_path / name).stat().st_size > 0
        assert pickle.loads(pickle.dumps(store)).rows() == store.rows()


def test_a_place_that_is_no_store_is_refused(tmp_path: Path, say: Say) -> None:
    with pytest.raises(BadStore, match="is a folder, and is not opened"):
        LabelStore(tmp_path).append([say()])
    with pytest.raises(BadStore, match="expected a file or the address of a PostgreSQL"):
        LabelStore("http://example.org/labels")
    with pytest.raises(BadStore, match=r"127\.0\.0\.1:1/labels") as told:
        LabelStore("postgresql://me:secret@127.0.0.1:1/labels").append([say()])
    assert "secret" not in str(told.value)
    assert "check the address" in str(told.value)


def test_a_postgresql_store_asks_for_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"seral-speech\[postgres\]"):
        LabelStore("postgresql://127.0.0.1/labels").rows()


def test_sixty_threads_write_at_once(tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    with ThreadPoolExecutor(60) as pool:
        new = pool.map(lambda i: store.append([Answer(str(i % 200), "a.wav", "arousal", 0.5, rater="r")]), range(400))
        assert sum(new) == 200
    assert len(store.rows()) == 200


def test_ids_are_unique() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000


def test_raw_traces_give_labels_at_the_rate_of_their_target(store: LabelStore) -> None:
    samples = tuple((i / 10, i / 20) for i in range(21))  # two seconds, from 0 to 1
    store.append(
        [
            Answer("1", "a.wav", "arousal", trace=samples, rater="r1"),
            Answer("2", "b.wav", "arousal", trace=((0.0, 0.25),), rater="r1"),
            Answer("3", "c.wav", "arousal", 0.5, rater="r1"),
            Answer("4", "a.wav", "valence", trace=samples, rater="r1"),
        ]
    )
    labels = labels_of(store, (Target("arousal", rate_hz=2.0), Target("valence")))
    assert {label.segment: label.value for label in labels} == {
        "a.wav": pytest.approx((0.125, 0.375, 0.625, 0.875)),
        "b.wav": (0.25,),
    }
    assert labels[0].cost == 0.5
    with pytest.raises(BadLabel, match=r"arousal is 0.625|arousal is 0.875"):
        labels_of(store, (Target("arousal", high=0.6, rate_hz=2.0),))


@pytest.mark.parametrize(
    ("column", "held"),
    [("word", b"\xff"), ("trace", "no JSON"), ("trace", "7"), ("secondary", "[" * 10_000), ("weight", "much"),
     ("plays", 0.5), ("kind", "guess"), ("rater", b"anna"), ("shown_at", "noon")],
)  # fmt: skip
def test_what_sqlite_holds_in_place_of_an_answer_is_said(column: str, held: object, tmp_path: Path, say: Say) -> None:
    path = tmp_path / "labels.sqlite"
    store = LabelStore(path)
    store.append([say("a.wav"), say("b.wav")])
    store.close()
    with closing(sqlite3.connect(path)) as other:
        (guard,) = other.execute("SELECT sql FROM sqlite_master WHERE name = 'seral_answers_no_update'").fetchone()
        other.execute("DROP TRIGGER seral_answers_no_update")
        other.execute(f"UPDATE seral_answers SET {column} = ? WHERE seq = 2", [held])
        other.execute(guard)
        other.commit()
    with pytest.raises(BadStore, match="holds what is no answer after row 1 "):
        LabelStore(path).rows()
