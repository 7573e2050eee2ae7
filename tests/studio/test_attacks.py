"""What hostile or unlucky users do: odd names, damaged files, clocks that are wrong, projects that vanish."""

from __future__ import annotations

import os
import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from seral_core.errors import BadLabel, SeralError
from seral_core.runs.run import ask_to
from seral_core.store import Answer, LabelStore
from seral_core.studio import background
from seral_core.studio.background import Background
from seral_core.studio.given import SPACE
from seral_core.studio.project import LabelProject, new_project
from seral_core.studio.queue import ABSENT_S
from seral_core.studio.session import Session
from seral_core.studio.testing import answered, made_project
from seral_core.studio.trainer import Trainer, work

from .conftest import label, said, skipped

Make = Callable[..., Session]


def test_undo_takes_the_comment_back_too(session: Make) -> None:
    made = session(clips=12)
    (clip, *_) = made.next("me")["clips"]
    made.record("me", {**said(clip), "comment": "two people speak"})
    assert len(made.store.current()) == 2
    made.undo("me")
    assert made.store.current() == []


def test_a_machines_label_is_nobodys_answer(session: Make) -> None:
    made = session(clips=12, test_share=0.0)
    segments = made.corpus.ids
    made.store.append(
        Answer(f"m{i}", i, "emotion", "anger", rater="model", source="machine", purpose="free") for i in segments
    )
    assert made.progress("me")["labelled"] == 0
    assert sorted(label(made, "me", 20)) == sorted(segments)
    Trainer(made.folder).look()
    assert made.guess(segments[0]) is not None


def test_labels_that_were_imported_are_not_asked_again(session: Make) -> None:
    made = session(clips=12)
    made.store.append(Answer(f"i{i}", f"{i:04}.wav", "emotion", "anger", rater="other") for i in range(6))
    heard = label(made, "me", 20)
    assert sorted(heard) == [f"{i:04}.wav" for i in range(6, 12)]


def test_a_guess_that_was_shown_is_recorded_when_the_clip_is_answered_again(session: Make) -> None:
    made = session(clips=60)
    label(made, "me", 20)
    Trainer(made.folder).look()
    (clip, *_) = made.next("me")["clips"]
    assert made.record("me", said(clip))["guess"] is not None
    (again, *_) = made.undo("me")["clips"]
    made.record("me", said(again))
    assert [row.guess_visible for row in made.store.current() if row.segment == clip["segment"]] == [True]


def test_names_that_are_no_text_do_not_stop_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    noise = np.random.default_rng(0).normal(size=4000) / 9
    names = [b"a.wav", b"\xff\xfe.wav", '<b>größe & "x"\'.wav'.encode(), b"x..%2f..%2fetc.wav", b"a\nb.wav", b"-rf.wav"]
    for name in names:
        with open(os.path.join(os.fsencode(folder), name), "wb") as file:
            soundfile.write(file, noise, 8000, format="WAV")
    new_project(tmp_path / "p", LabelProject(str(folder), ("arousal",), test_share=0.0))
    made = Session(tmp_path / "p", train=False)
    heard = label(made, "me", 10, lambda clip: said(clip, 0.5, "arousal"))
    assert sorted(heard) == sorted(name.decode() for name in names if b"\xff" not in name)
    assert "rename them" in made.corpus.notes[-1]
    work(made.folder, idle_s=0.0)
    assert made.progress("me")["trainer"]["state"] == "ended"


def test_a_clock_that_is_ahead_does_not_hold_a_clip_for_ever(session: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = session(clips=12, raters=("anna", "ben"))
    (clip, *_) = made.next("anna")["clips"]
    made.record("anna", said(clip, answered_at=3.9e9))
    label(made, "ben", 20)
    assert made.next("ben")["clips"] == []
    monkeypatch.setattr("seral_core.studio.queue.ABSENT_S", -1.0)
    assert len(made.next("ben")["clips"]) == 1


def test_a_screen_with_a_class_and_a_trace_is_open_until_both_are_there(session: Make) -> None:
    made = session(clips=12, targets=("emotion=anger,neutral,sadness", "arousal@25"))
    (clip, *_) = made.next("me")["clips"]
    assert made.record("me", said(clip))["clips"][0] == clip
    where = {"shown": clip["shown"], "segment": clip["segment"], "target": "arousal", "id": "t"}
    assert made.trace("me", {**where, "samples": [[0, 0.0], [0.04, 0.1]]})["clips"][0] != clip
    assert made.undo("me")["undone"] == clip["segment"]
    assert made.store.current() == []


def test_answers_to_a_project_of_traces_are_refused_and_skips_taken(session: Make) -> None:
    made = session(clips=12, targets=("arousal@25",))
    (clip, *_) = made.next("me")["clips"]
    with pytest.raises(BadLabel, match="send a trace"):
        made.record("me", {"shown": clip["shown"], "segment": clip["segment"], "answers": []})
    made.record("me", skipped(clip))
    assert made.progress("me")["skipped"] == 1


@pytest.mark.parametrize(
    "samples",
    [None, [], "x", [1], [[0]], [[0, 0, 0, 0]], [[0, "x"]], [[0, 9]], [[-1, 0]], [[0, float("nan")]], [[True, 0]]],
)
def test_a_trace_that_is_none_is_refused(session: Make, samples: Any) -> None:
    made = session(clips=12, targets=("arousal@25",))
    (clip, *_) = made.next("me")["clips"]
    where = {"shown": clip["shown"], "segment": clip["segment"], "target": "arousal", "id": "t"}
    with pytest.raises(BadLabel):
        made.trace("me", {**where, "samples": samples})
    assert made.store.current() == []


@pytest.mark.parametrize("payload", [None, [], "answer", 3, {}, {"segment": {}}, {"segment": ["a"], "shown": None}])
def test_rubbish_is_refused(session: Make, payload: Any) -> None:
    made = session(clips=12)
    with pytest.raises(BadLabel):
        made.record("me", payload)


@pytest.mark.parametrize("n", [0, -1, 21, "4", None, True, 1.5])
def test_nobody_asks_for_all_clips_at_once(session: Make, n: Any) -> None:
    with pytest.raises(BadLabel, match="from 1 to 20"):
        session(clips=12).next("me", n)


def test_an_id_cannot_take_the_place_of_another_row(session: Make) -> None:
    made = session(clips=12, raters=("anna", "ben"))
    (clip, other, *_) = made.next("anna")["clips"]
    payload = said(clip)
    made.record("anna", payload)
    stolen = said(made.next("ben")["clips"][0])
    for wanted in (payload["answers"][0]["id"], clip["shown"], other["shown"]):
        stolen["answers"][0]["id"] = wanted
        with pytest.raises(BadLabel, match="new id") as wrong:
            made.record("ben", stolen)
        assert not any(word in str(wrong.value) for word in ("anna", clip["segment"])), "whose it is stays hidden"
    assert len(made.store.current()) == 1
    assert made.next("ben")["clips"][0]["segment"] == stolen["segment"]


def ids_that_seral_gives_next(made: Session, rater: str, answer: str) -> list[str]:
    """Ids that anybody can work out who has an export: of a rater's next screens, retractions and skips."""
    at = made.queue.slots.hand(rater).given
    names = [f"{made.studio.run}\n{rater}\n{at + i}\n" for i in range(3)] + [f"{answer} taken back"]
    open_now = made.next(rater)["clips"][0]["shown"]
    return [*(str(uuid.uuid5(SPACE, name)) for name in names), f"{open_now} skipped"]


def test_nobody_takes_ids_that_another_rater_s_screens_and_undos_will_have(session: Make) -> None:
    made = session(clips=24, raters=("anna", "ben"), test_share=0.0)
    theirs = said(made.next("ben")["clips"][0])
    made.record("ben", theirs)
    for wanted in ids_that_seral_gives_next(made, "ben", theirs["answers"][0]["id"]):
        mine = said(made.next("anna")["clips"][0])
        mine["answers"][0]["id"] = wanted
        for body in (mine, {**mine, "kind": "skip", "id": wanted}):
            with pytest.raises(BadLabel, match="new id"):
                made.record("anna", body)
    assert made.undo("ben")["undone"] == theirs["segment"]
    made.record("ben", skipped(made.next("ben")["clips"][0]))
    label(made, "ben", 4)
    assert len(made.next("ben")["clips"]) == 4


def test_an_id_that_is_used_again_beside_new_ones_is_refused_and_what_stands_stays(session: Make) -> None:
    made = session(clips=12, targets=("emotion=anger,neutral,sadness", "arousal"))
    (clip, *_) = made.next("me")["clips"]
    first = {"id": "e1", "target": "emotion", "value": "anger"}
    made.record("me", said(clip, answers=[first, {"id": "a1", "target": "arousal", "value": 0.5}]))
    again = said(clip, answers=[first, {"id": "a2", "target": "arousal", "value": 0.1}], corrects=["e1", "a1"])
    with pytest.raises(BadLabel, match="got answer e1 beside new ones"):
        made.record("me", again)
    assert [row.id for row in made.store.current()] == ["e1", "a1"]
    made.undo("me")
    (clip, *_) = made.next("me")["clips"]
    with pytest.raises(BadLabel, match="got answer e1 beside new ones"):
        made.record("me", {**again, "shown": clip["shown"], "corrects": []})
    assert made.store.current() == []


def test_a_rater_has_gone_too_where_the_server_s_clock_was_ahead(
    session: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = session(clips=12, raters=("anna", "ben"))
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 400 * 86400)
    (clip, *_) = made.next("anna")["clips"]
    monkeypatch.setattr(time, "time", lambda: now)
    fresh = Session(made.folder, train=False)  # as after a restart
    for at_hand in (made, fresh):
        label(at_hand, "ben", 20)
        assert at_hand.next("ben")["clips"] == []
    monkeypatch.setattr(time, "time", lambda: now + ABSENT_S + 1)
    for at_hand in (made, fresh):
        assert [given["segment"] for given in at_hand.next("ben")["clips"]] == [clip["segment"]]


@pytest.mark.parametrize("clock", [-1e9, -0.5, 4.1e9, 1e18])
def test_a_clock_that_is_far_off_costs_no_label(session: Make, clock: float) -> None:
    made = session(clips=12, targets=("emotion=anger,neutral,sadness", "arousal@25"))
    before = time.time()
    for clip in made.next("me", 2)["clips"]:
        made.record("me", said(clip, answered_at=clock, shown_at=clock, played_at=clock))
        where = {"shown": clip["shown"], "segment": clip["segment"], "target": "arousal", "id": f"t{clip['shown']}"}
        made.trace("me", {**where, "answered_at": clock, "samples": [[0, 0.0, clock], [0.04, 0.1, clock + 0.04]]})
    rows = made.store.current()
    times = [row.answered_at or 0.0 for row in rows]
    assert len(rows) == 4
    assert before <= min(times) <= max(times) <= time.time()
    assert times == sorted(times), "they are in the order in which they were sent"
    assert {(row.shown_at, row.played_at) for row in rows} == {(None, None)}, "and nothing is made up"
    assert {row.trace for row in rows if row.target == "arousal"} == {((0.0, 0.0), (0.04, 0.1))}


def test_a_project_file_that_is_being_edited_stops_nobody(session: Make) -> None:
    made = session(clips=12)
    (made.folder / "studio.toml").write_text("corpus = [")
    assert len(label(made, "me", 3)) == 3


def test_a_project_that_was_deleted_acknowledges_nothing(session: Make) -> None:
    made = session(clips=12)
    (clip, *_) = made.next("me")["clips"]
    shutil.rmtree(made.folder)
    with pytest.raises(SeralError):
        made.record("me", said(clip))


# -- the trainer


def test_damaged_files_of_the_trainer_are_worked_out_again(session: Make) -> None:
    made = session(clips=60)
    label(made, "me", 25)
    Trainer(made.folder).look()
    (log,) = made.run.glob("*/events.jsonl")
    log.write_bytes(b"rubbish\n" + log.read_bytes())
    for path in (
        made.run / "next.json",
        made.run / "features.npz",
        made.run / "state.json",
        *made.run.glob("beliefs/*"),
    ):
        path.write_bytes(b"\x00rubbish")
    (made.run / ".next.json.1.draft").write_text("left over")
    assert len(made.next("me")["clips"]) == 4
    assert made.guess("0001.wav") is None
    work(made.folder, idle_s=0.0)
    assert not (made.run / "trouble.txt").exists()
    assert made.guess("0001.wav") is not None
    assert not list(made.run.glob(".*.draft"))


def test_a_project_that_is_deleted_ends_its_trainer_and_stays_deleted(tmp_path: Path) -> None:
    folder = answered(made_project(60, folder=tmp_path), 12)
    trainer = Trainer(folder)
    shutil.rmtree(folder)
    from seral_core.studio.trainer import _go_on

    _go_on(trainer, 60.0)
    assert not folder.exists()


def test_a_trainer_that_the_user_stopped_is_left_alone(session: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr(background.subprocess, "Popen", lambda words, **how: started.append(words) or FakeProcess())
    made = session(clips=40)
    label(made, "me", 12)
    trainer = Trainer(made.folder)
    ask_to(trainer.log.folder, "stop")
    Background(made.folder).start()
    assert not started
    ask_to(trainer.log.folder, "")
    Background(made.folder).start()
    assert len(started) == 1


class FakeProcess:
    """A process that has ended as it says."""

    def __init__(self, returncode: int = 1) -> None:
        self.returncode = returncode

    def poll(self) -> int:
        return self.returncode


@pytest.mark.parametrize(("returncode", "starts"), [(1, 1), (-9, 3)])
def test_one_that_fails_is_not_started_over_and_over_but_one_that_was_killed_is(
    session: Make, monkeypatch: pytest.MonkeyPatch, returncode: int, starts: int
) -> None:
    started: list[Any] = []

    def popen(words: Any, **how: Any) -> FakeProcess:
        started.append(words)
        return FakeProcess(returncode)

    monkeypatch.setattr(background.subprocess, "Popen", popen)
    monkeypatch.setattr(background, "LOOK_S", -1.0)
    keeper = Background(session(clips=40).folder)
    for _ in range(3):
        keeper.start()
    assert len(started) == starts


def test_trouble_that_was_before_a_clock_was_put_back_does_not_end_the_training(
    session: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, started = session(clips=40), list[Any]()
    monkeypatch.setattr(background.subprocess, "Popen", lambda words, **_: started.append(words) or FakeProcess())
    made.run.mkdir(exist_ok=True)
    (made.run / "trouble.txt").write_text("the disk was full")
    Background(made.folder).start()
    assert not started
    os.utime(made.run / "trouble.txt", (4e9, 4e9))
    Background(made.folder).start()
    assert len(started) == 1


def test_a_trainer_that_could_not_write_down_why_it_ended_is_not_said_to_be_starting(
    session: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = session(clips=40)
    monkeypatch.setattr(background.subprocess, "Popen", lambda words, **how: FakeProcess(1))  # as on a full disk
    monkeypatch.setattr(background, "LOOK_S", -1.0)
    keeper = Background(made.folder)
    keeper.start()
    assert background.trainer_state(made.run)["state"] == "starting"
    keeper.start()
    state = made.progress("me")["trainer"]
    assert (state["state"], "is the disk full?" in state["trouble"]) == ("failed", True)
    keeper.process = FakeProcess(None)  # type: ignore[assignment, arg-type]
    keeper.start()
    assert made.progress("me")["trainer"]["state"] == "starting"


def test_a_waiting_trainer_costs_next_to_nothing(session: Make) -> None:
    made = session(clips=60)
    label(made, "me", 30)
    trainer = Trainer(made.folder)
    trainer.look()
    began = time.process_time()
    for _ in range(100):
        assert not trainer.look()
    looks = (time.process_time() - began) / 100
    began = time.process_time()
    label(made, "me", 10)
    assert trainer.look()
    assert looks < (time.process_time() - began) / 10


# -- PostgreSQL


def test_two_servers_share_a_project_in_a_database(tmp_path: Path) -> None:
    address = os.environ.get("SERAL_TEST_POSTGRES")
    if not address:
        pytest.skip("SERAL_TEST_POSTGRES is not set: it holds the address of a PostgreSQL database for tests")
    from sqlalchemy import create_engine, make_url

    url, name = make_url(address).set(drivername="postgresql+psycopg"), f"seral_{uuid.uuid4().hex}"
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        store = url.set(database=name).render_as_string(hide_password=False)
        folder = made_project(60, folder=tmp_path, store=store, raters=("anna", "ben"), test_share=0.0)
        here, there = Session(folder, train=False), Session(folder, train=False)
        for _ in range(15):
            label(here, "anna", 1)
            label(there, "ben", 1)
        assert here.next("ben") == there.next("ben")
        assert len({row.segment for row in LabelStore(store).current()}) == 30
        assert Trainer(folder).look()
        for session in (here, there):
            session.store.close()
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()
