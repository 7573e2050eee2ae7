"""The database of a project goes away while people label, and comes back: nobody has to do anything."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seral_core.runs.run import alone
from seral_core.store import Away, LabelStore, database
from seral_core.studio import learning
from seral_core.studio import trainer as trainer_module
from seral_core.studio.background import Background, trainer_state
from seral_core.studio.beliefs import last_beliefs
from seral_core.studio.opening import opened_project
from seral_core.studio.session import Session
from seral_core.studio.testing import made_project
from seral_core.studio.trainer import work
from tests.patience import until
from tests.postgres import Between, Postgres

from .conftest import label, said

Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def tried_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "AGAIN_S", 0.0)


@pytest.fixture
def between(postgres: Postgres) -> Iterator[Between]:
    with Between(postgres.port) as made:
        yield made


@pytest.fixture
def far_project(postgres: Postgres, between: Between, tmp_path: Path) -> Make:
    """Make a project whose database is behind something that may break."""

    def make(**how: Any) -> Path:
        store = postgres.address(between.port, postgres.new().rpartition("/")[2])
        return made_project(folder=tmp_path, **{"store": store, "clips": 60, "test_share": 0.0, **how})

    return make


def test_an_answer_is_refused_for_now_and_stored_when_it_is_sent_again(far_project: Make, postgres: Postgres) -> None:
    session = Session(far_project(raters=("anna", "ben")), train=False)
    first, second, *_ = session.next("anna")["clips"]
    answer = said(first)
    postgres.stop()
    for _ in range(2):
        with pytest.raises(Away, match="stored is kept"):
            session.record("anna", answer)
    session.check_given("anna", second["segment"])  # what is at hand goes on playing
    assert session.look() == ""
    fresh = Session(session.folder, train=False)  # of a server that is started meanwhile
    with pytest.raises(Away):
        fresh.next("ben")
    assert session.studio.rater("anna").name == "anna"
    postgres.start()
    assert session.record("anna", answer)["saved"] == 1
    assert session.record("anna", answer)["saved"] == 0
    assert [row.segment for row in fresh.store.current()] == [first["segment"]]
    assert len(fresh.next("ben")["clips"]) == 4


def test_a_database_that_gives_no_answer_holds_up_one_request_alone(
    far_project: Make, between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BEHIND_S", 0.3)
    session = Session(far_project(), train=False)
    first, *_ = session.next("me")["clips"]
    between.silent = True
    saved = list[int]()
    stuck = threading.Thread(target=lambda: saved.append(session.record("me", said(first))["saved"]))
    stuck.start()
    time.sleep(0.1)
    with pytest.raises(Away, match="no answer"):
        session.progress("me")
    between.silent = False
    stuck.join()
    assert saved == [1]
    assert session.progress("me")["answered"] == 1


def test_a_project_is_opened_while_its_database_is_away_and_says_so(far_project: Make, postgres: Postgres) -> None:
    folder = far_project()
    label(Session(folder, train=False), "me", 2)
    postgres.stop()
    found, _, notes = opened_project(str(folder), {})
    assert found == folder
    assert any("is not reached just now" in note and "answers wait in raters' browsers" in note for note in notes)


def test_the_trainer_waits_for_the_database_and_learns_what_was_answered(
    far_project: Make, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer_module, "LOOK_S", 0.05)
    monkeypatch.setattr(learning, "QUIET_S", 0.1)
    folder = far_project(initial=6, batch=6, strategy="margin")
    session, run = Session(folder, train=False), folder / "run"
    run.mkdir(exist_ok=True)
    label(session, "me", 8)
    found = list[bool]()
    trainer = threading.Thread(target=lambda: found.append(work(folder, idle_s=1.5)))
    trainer.start()
    until(lambda: last_beliefs(run), 0.05)
    before = last_beliefs(run)
    postgres.stop()
    time.sleep(0.5)
    assert trainer.is_alive()
    assert trainer_state(run)["state"] != "failed"
    postgres.start()
    label(session, "me", 8)
    until(lambda: last_beliefs(run).round > before.round, 0.05)  # type: ignore[union-attr]
    trainer.join()
    assert found == [True]
    assert not (run / "trouble.txt").exists()


def test_one_of_two_servers_trains_and_the_other_takes_over_when_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seral_core.studio.background.LOOK_S", 0.0)
    keeper = Background(made_project(folder=tmp_path))
    keeper.run.mkdir()
    with alone(keeper.run):  # as the trainer of the other server has it
        keeper.start()
        assert keeper.process is None
    keeper.start()
    assert keeper.process is not None
    keeper.process.kill()
    keeper.process.wait()
    assert trainer_state(keeper.run)["state"] != "failed"


def test_a_copy_of_the_folder_on_another_computer_shares_the_database(
    far_project: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    from seral_core.studio.stores import ForeignStore, agree

    folder = far_project(raters=("anna", "ben"))
    here = Session(folder, train=False)
    label(here, "anna", 3)
    copy = shutil.copytree(folder, tmp_path / "other computer")
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home of the other"))
    with pytest.raises(ForeignStore):
        Session(copy, train=False)
    agree(copy, here.studio.store)
    there = Session(copy, train=False)
    label(there, "ben", 3)
    assert here.next("ben") == there.next("ben")
    assert len({row.segment for row in LabelStore(here.studio.store).current()}) == 6
