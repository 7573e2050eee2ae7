"""Recording and undoing: nothing wrong gets in, nothing right gets lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from seral_core.errors import BadLabel, UnknownName
from seral_core.store import Away, reach
from seral_core.studio.given import Answered, NotGiven
from seral_core.studio.project import add_raters
from seral_core.studio.session import Session
from tests.patience import until

from .conftest import label, said, skipped

Make = Callable[..., Session]


def test_an_answer_sent_twice_is_kept_once(session: Make) -> None:
    made = session(clips=12)
    payload = said(made.next("me")["clips"][0])
    first, again = made.record("me", payload), made.record("me", payload)
    assert (first["saved"], again["saved"]) == (1, 0)
    assert first["clips"] == again["clips"]
    assert len(made.store.current()) == 1


def test_an_answer_sent_again_over_a_slow_line_is_acknowledged_without_a_write(
    session: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = session(clips=12)
    payload = said(made.next("me")["clips"][0])
    made.record("me", payload)
    monkeypatch.setattr(made.store, "append", None)
    assert made.record("me", payload)["saved"] == 0


def test_what_is_recorded_is_all_that_was_sent(session: Make) -> None:
    made = session(clips=12, targets=("emotion=anger,neutral,sadness", "arousal=1:5"))
    (clip, *_) = made.next("me")["clips"]
    payload = {
        "shown": clip["shown"], "segment": clip["segment"], "shown_at": 10.0, "played_at": 11.0, "answered_at": 12.5,
        "plays": 2, "guess_visible": True, "device": "keyboard", "comment": "noisy",
        "answers": [
            {"id": "1", "target": "emotion", "value": "anger", "confidence": 0.5, "secondary": ["sadness", "anger"]},
            {"id": "2", "target": "arousal", "value": 4},
        ],
    }  # fmt: skip
    assert made.record("me", payload)["saved"] == 3
    emotion, arousal, comment = made.store.rows(after=made.queue.slots.seq - 4)[:3]
    assert (emotion.value, emotion.confidence, emotion.secondary) == ("anger", 0.5, ("sadness",))
    assert (arousal.value, comment.comment) == (4.0, "noisy")
    assert (emotion.shown_at, emotion.played_at, emotion.answered_at, emotion.plays) == (10.0, 11.0, 12.5, 2)
    assert (emotion.guess_visible, emotion.device, emotion.run) == (True, "keyboard", made.studio.run)
    assert {row.screen for row in (emotion, arousal, comment)} == {clip["shown"]}


def test_undo_takes_back_the_whole_screen_and_shows_it_again(session: Make) -> None:
    made = session(clips=12, targets=("arousal", "valence"))
    first, second, *_ = made.next("me")["clips"]
    parts = [{"id": name, "target": name, "value": 0.5} for name in ("arousal", "valence")]
    made.record("me", {"shown": first["shown"], "segment": first["segment"], "answers": parts})
    back = made.undo("me")
    assert back["undone"] == first["segment"]
    assert [clip["segment"] for clip in back["clips"]][:2] == [first["segment"], second["segment"]]
    assert made.store.current() == []
    assert Session(made.folder, train=False).next("me")["clips"] == back["clips"]


def test_undo_goes_back_step_by_step_over_skips_too(session: Make) -> None:
    made = session(clips=12)
    heard = label(made, "me", 2)
    (third, *_) = made.next("me")["clips"]
    made.record("me", skipped(third))
    undone = [made.undo("me")["undone"] for _ in range(4)]
    assert undone == [third["segment"], *heard[::-1], None]
    assert [clip["segment"] for clip in made.next("me")["clips"]][:3] == [*heard, third["segment"]]


def test_an_undo_sent_twice_takes_back_one_screen(session: Make) -> None:
    made = session(clips=12)
    first, second, *_ = made.next("me")["clips"]
    made.record("me", said(first))
    made.record("me", said(second))
    made.undo("me", second["shown"])
    assert made.undo("me", second["shown"])["undone"] is None
    assert [row.segment for row in made.store.current()] == [first["segment"]]


def test_nobody_undoes_for_another(session: Make) -> None:
    made = session(clips=12, raters=("anna", "ben"))
    (clip, *_) = made.next("anna")["clips"]
    made.record("anna", said(clip))
    assert made.undo("ben")["undone"] is None
    assert made.undo("ben", clip["shown"])["undone"] is None
    assert len(made.store.current()) == 1


def test_a_new_answer_after_undo_counts(session: Make) -> None:
    made = session(clips=12)
    (clip, *_) = made.next("me")["clips"]
    made.record("me", said(clip, "anger"))
    (again, *_) = made.undo("me")["clips"]
    made.record("me", said(again, "sadness"))
    assert [row.value for row in made.store.current()] == ["sadness"]


def test_a_second_answer_counts_only_when_it_names_the_one_that_it_corrects(session: Make) -> None:
    made = session(clips=12)
    (clip, *_) = made.next("me")["clips"]
    made.record("me", {**said(clip, "anger"), "comment": "noisy"})
    second = said(clip, "neutral")
    with pytest.raises(Answered) as wrong:
        made.record("me", second)
    (stored,) = wrong.value.stored
    assert stored["value"] == "anger"
    assert [row.value for row in made.store.current() if row.kind == "answer"] == ["anger"]
    for _ in range(2):
        made.record("me", {**second, "corrects": [stored["id"]]})
    assert [(row.kind, row.value) for row in made.store.current()] == [("answer", "neutral")]
    assert made.progress("me")["answered"] == 1
    with pytest.raises(Answered):
        made.record("me", {**said(clip, "sadness"), "corrects": [stored["id"]]})
    assert made.undo("me")["undone"] == clip["segment"]
    assert made.store.current() == []


def test_of_two_servers_that_get_an_answer_at_the_same_moment_the_second_is_shown_the_first(
    session: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = session(clips=12)
    other = Session(one.folder, train=False)
    first, second, *_ = one.next("me")["clips"]
    append, late = other.store.append, [(one, first, "anger"), (one, second, "sadness")]

    def overtaken(rows: Any, **how: Any) -> int:
        while late and rows:  # the other server writes after this one has looked, and before it writes
            by, clip, value = late.pop()
            by.record("me", said(clip, value))
        return append(rows, **how)

    monkeypatch.setattr(other.store, "append", overtaken)
    with pytest.raises(Answered) as wrong:
        other.record("me", said(first, "neutral"))
    assert [row["value"] for row in wrong.value.stored] == ["anger"]
    assert sorted(row.value for row in one.store.current()) == ["anger", "sadness"]
    third = one.next("me")["clips"][0]
    late.append((one, one.next("me")["clips"][1], "sadness"))
    assert other.record("me", said(third, "neutral"))["saved"] == 1, "an answer to another clip is in nobody's way"


@pytest.mark.parametrize("first", [said, skipped])
def test_an_answer_after_a_skip_and_a_skip_after_an_answer_are_corrections_too(session: Make, first: Any) -> None:
    made = session(clips=12)
    (clip, *_) = made.next("me")["clips"]
    made.record("me", first(clip))
    other = said(clip) if first is skipped else {**skipped(clip), "id": "skip"}
    with pytest.raises(Answered) as wrong:
        made.record("me", other)
    made.record("me", {**other, "corrects": [row["id"] for row in wrong.value.stored]})
    assert [row.kind for row in made.store.current()] == ["answer" if first is skipped else "skip"]


def test_an_answer_for_a_screen_that_was_undone_is_one_for_the_screen_that_shows_it_again(session: Make) -> None:
    made = session(clips=12)
    (clip, *_) = made.next("me")["clips"]
    first = said(clip, "anger")
    made.record("me", first)
    again = made.undo("me", clip["shown"], answers=[first["answers"][0]["id"]])
    made.record("me", said(clip, "sadness"))
    assert again["again"] == again["clips"][0]["shown"] != clip["shown"]
    assert [(row.value, row.screen) for row in made.store.current()] == [("sadness", again["again"])]
    with pytest.raises(Answered):
        made.record("me", said(again["clips"][0]))
    assert made.undo("me", clip["shown"], answers=[first["answers"][0]["id"]])["undone"] is None
    assert [row.value for row in made.store.current()] == ["sadness"], "an undo that comes late means the first answer"


def test_a_clip_that_the_rater_picked_is_free_unless_it_is_set_aside(session: Make) -> None:
    made = session(clips=40, gold="corpus", gold_share=0.2, test_share=0.2)
    shown = {clip["segment"] for clip in made.next("me")["clips"]}
    picked = next(i for i in sorted(made.queue.pool) if i not in shown)
    made.record("me", {**said({"segment": picked, "shown": ""}), "shown": ""})
    assert [row.purpose for row in made.store.current()] == ["free"]
    assert picked not in label(made, "me", 40)
    for segment in (min(made.queue.test), min(made.queue.gold), "../../etc/passwd"):
        with pytest.raises(NotGiven):
            made.record("me", {**said({"segment": segment, "shown": ""}, "anger"), "shown": ""})


def test_answers_are_kept_while_the_recordings_are_away_and_clips_come_when_they_are_back(session: Make) -> None:
    made = session(clips=12)
    first, second, *_ = made.next("me")["clips"]
    table = Path(made.studio.corpus)
    away = table.rename(table.with_name("away"))
    fresh = Session(made.folder, train=False)
    done = fresh.record("me", said(first))
    assert (done["saved"], done["clips"], "cannot be read" in done["trouble"]) == (1, [], True)
    assert str(table) not in done["trouble"]
    assert str(table) in fresh.trouble
    assert fresh.undo("me")["undone"] == first["segment"]
    fresh.record("me", said(first))
    away.rename(table)
    fresh._look_again = 0.0
    back = fresh.record("me", said(second))
    assert (back["trouble"], len(back["clips"]), back["progress"]["answered"]) == ("", 4, 2)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"segment": "../../etc/passwd"}, "showed another clip"),
        ({"segment": None}, "is not in this project"),
        ({"shown": "no such screen"}, "was never shown"),
        ({"shown": 7}, "expected a text"),
        ({"answers": "anger"}, "expected a list"),
        ({"answers": [3]}, "expected a list"),
        ({"answers": []}, "without emotion"),
        ({"answers": [{"id": "1", "target": "emotion"}]}, "without emotion"),
        ({"answers": [{"id": "1", "target": "mood", "value": "anger"}]}, "expected each of emotion once"),
        ({"answers": [{"id": "1", "target": "emotion", "value": "joy"}]}, "expected one of anger, neutral, sadness"),
        ({"answers": [{"id": "1", "target": "emotion", "value": ["anger"]}]}, "expected one of"),
        ({"answers": [{"id": "", "target": "emotion", "value": "anger"}]}, "without an id"),
        ({"answers": [{"id": "x" * 200, "target": "emotion", "value": "anger"}]}, "at most 100"),
        ({"answers": [{"id": "1", "target": "emotion", "value": "anger", "confidence": 2}]}, r"in \[0, 1\]"),
        ({"answers": [{"id": "1", "target": "emotion", "value": "anger", "secondary": ["joy"]}]}, "expected one of"),
        ({"answers": [{"id": "1", "target": "emotion", "value": "anger", "unsure": "no"}]}, "true or false"),
        ({"answered_at": "noon"}, "expected a number"),
        ({"answered_at": float("nan")}, "expected a number"),
        ({"plays": -1}, "at least 0"),
        ({"plays": True}, "at least 0"),
        ({"guess_visible": 1}, "true or false"),
        ({"kind": "delete"}, "expected answer or skip"),
        ({"comment": "x" * 5000}, "shorten it"),
        ({"device": {"$gt": ""}}, "expected a text"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(session: Make, change: dict[str, Any], sentence: str) -> None:
    made = session(clips=12)
    payload = {**said(made.next("me")["clips"][0]), **change}
    with pytest.raises(BadLabel, match=sentence):
        made.record("me", payload)
    assert made.store.current() == []


@pytest.mark.parametrize("value", [True, "4", 9, float("nan"), 10**400, None, [4]])
def test_a_scale_takes_numbers_in_its_range_alone(session: Make, value: object) -> None:
    made = session(clips=12, targets=("arousal=1:5",))
    (clip, *_) = made.next("me")["clips"]
    payload = said(clip, 3, "arousal")
    payload["answers"][0]["value"] = value
    with pytest.raises(BadLabel):
        made.record("me", payload)


def test_a_screen_of_another_rater_is_refused(session: Make) -> None:
    made = session(clips=12, raters=("anna", "ben"))
    (clip, *_) = made.next("anna")["clips"]
    with pytest.raises(BadLabel, match="reload the page"):
        made.record("ben", said(clip))


def test_a_rater_nobody_knows_is_refused(session: Make) -> None:
    made = session(clips=12)
    for verb in (made.next, made.undo, made.progress):
        with pytest.raises(UnknownName):
            verb("eve")


def test_a_rater_who_is_added_while_the_session_is_open_can_begin(session: Make) -> None:
    made = session(clips=12)
    secret = add_raters(made.folder, ["ben"]).rater("ben").secret
    found = made.rater(secret)
    assert found is not None
    assert found.name == "ben"
    assert len(made.next("ben")["clips"]) == 4
    assert made.rater("guess") is None


def test_a_trace_is_kept_raw(session: Make) -> None:
    made = session(clips=12, targets=("arousal=relative@25",))
    first, second, *_ = made.next("me")["clips"]
    samples = [[i / 25, 3.0 * i, 1e9 + i / 25] for i in range(50)]
    where = {"shown": first["shown"], "segment": first["segment"], "target": "arousal", "device": "gamepad"}
    done = made.trace("me", {**where, "id": "1", "samples": samples})
    assert done["clips"][0] == second
    (row,) = made.store.current()
    assert [list(sample) for sample in row.trace or ()] == samples
    assert row.device == "gamepad"
    with pytest.raises(BadLabel, match="go back"):
        made.trace("me", {**where, "id": "2", "samples": samples[::-1]})


def test_progress_says_pace_and_time_left(session: Make) -> None:
    made = session(clips=40)
    for i, _ in enumerate(range(11)):
        (clip, *_) = made.next("me")["clips"]
        made.record("me", said(clip, answered_at=1000.0 + 3 * i))
    said_now = made.progress("me")
    assert (said_now["answered"], said_now["labelled"], said_now["left"]) == (11, 11, 29)
    assert (said_now["per_minute"], said_now["seconds_left"]) == (20.0, 29 * 3)


def test_a_file_that_another_program_locks_holds_up_one_request_alone(
    session: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "BEHIND_S", 0.2)
    made = session(clips=12)
    first, *_ = made.next("me")["clips"]
    saved = list[int]()
    stuck = threading.Thread(target=lambda: saved.append(made.record("me", said(first))["saved"]))
    with closing(sqlite3.connect(made.folder / "labels.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        stuck.start()
        until(lambda: made.store._reach._waits[0] == stuck.ident)
        with pytest.raises(Away, match="locked by another program"):
            made.progress("me")
        other.execute("ROLLBACK")
    stuck.join()
    assert saved == [1]
    assert made.progress("me")["answered"] == 1
