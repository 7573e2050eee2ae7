"""A database that is stopped, silent, full, slow or only to be read: said at once, and gone on with by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from seral_core.errors import BadStore
from seral_core.store import Answer, Away, LabelStore, database
from tests.postgres import Between, Postgres

Say = Callable[..., Answer]


@pytest.fixture
def between(postgres: Postgres) -> Iterator[Between]:
    with Between(postgres.port) as made:
        yield made


@pytest.fixture
def far(postgres: Postgres, between: Between, say: Say, monkeypatch: pytest.MonkeyPatch) -> Iterator[LabelStore]:
    """A store behind something that may break, with one answer; it is tried again at once."""
    monkeypatch.setattr(database, "AGAIN_S", 0.0)
    store = LabelStore(postgres.address(between.port, postgres.new().rpartition("/")[2]))
    store.append([say("first.wav")])
    yield store
    between.silent = between.deaf = False
    store.close()


def test_after_a_restart_no_broken_connection_is_handed_out(far: LabelStore, postgres: Postgres, say: Say) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: far.rows(), range(40)))
    postgres.stop()
    for _ in range(3):
        with pytest.raises(Away, match=r"nothing of this was stored .*check the address"):
            far.append([say("second.wav")])
    with pytest.raises(Away, match="everything that was stored is kept"):
        far.rows()
    postgres.start()
    assert len(far.rows()) == 1
    with ThreadPoolExecutor(4) as threads:
        assert [len(rows) for rows in threads.map(lambda _: far.rows(), range(20))] == [1] * 20
    assert far.append([say("second.wav")]) == 1


def test_while_it_is_away_one_call_tries_and_the_others_are_told_at_once(
    far: LabelStore, postgres: Postgres, between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "AGAIN_S", 60.0)
    postgres.stop()
    with pytest.raises(Away):
        far.rows()
    before = between.connections
    for _ in range(20):
        with pytest.raises(Away, match="check the address"):
            far.rows()
    assert between.connections == before
    with pytest.raises(Away):
        far.expect()
    far.close()  # who opens it anew, tries anew
    postgres.start()
    assert len(far.rows()) == 1
    far.expect()


def test_nobody_waits_behind_a_call_that_gets_no_answer(
    far: LabelStore, between: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BEHIND_S", 0.1)
    between.silent = True
    stuck = threading.Thread(target=far.rows)
    stuck.start()
    time.sleep(0.3)
    with pytest.raises(Away, match="no answer for more than"):
        far.expect(stuck.ident or 0)
    far.expect()
    between.silent = False
    stuck.join()
    far.expect(stuck.ident or 0)


def test_an_answer_whose_receipt_was_lost_is_stored_once(far: LabelStore, between: Between, say: Say) -> None:
    answer = say("second.wav")

    def lose() -> None:
        with far._write() as connection:
            far._append(connection, [answer])
            between.deaf = True
            threading.Timer(0.3, between.cut).start()

    with pytest.raises(Away, match="whether this was stored is not known: sent again, it is there once"):
        lose()
    between.deaf = False
    assert far.append([answer]) == 0
    assert [row.segment for row in far.rows()] == ["first.wav", "second.wav"]


def test_a_server_that_dies_while_it_writes_holds_up_the_others_for_a_moment(
    postgres: Postgres, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "TURN_S", 0.3)
    monkeypatch.setattr(database, "ABANDONED_S", 1.0)
    place = postgres.new()
    gone, other = LabelStore(place), LabelStore(place)
    other.append([say("first.wav")])

    def die() -> None:
        with gone._write():
            with pytest.raises(Away, match="another server has been writing for long"):
                other.append([say("second.wav")])
            time.sleep(1.0)
            assert other.append([say("third.wav")]) == 1

    with pytest.raises(Away):
        die()
    assert gone.append([say("fourth.wav")]) == 1
    gone.close(), other.close()


def test_a_database_that_may_only_be_read_is_written_to_as_soon_as_it_may(postgres: Postgres, say: Say) -> None:
    place = postgres.new()
    name, store = place.rpartition("/")[2], LabelStore(place)
    store.append([say("first.wav")])
    store.close()
    postgres.say(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(Away, match=r"read-only transaction; nothing .*wait until it may"):
        store.append([say("second.wav")])
    postgres.say(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    assert store.append([say("second.wav")]) == 1
    store.close()


def test_where_no_more_may_connect_those_who_are_connected_go_on(postgres: Postgres, say: Say) -> None:
    place = postgres.new()
    store, held = LabelStore(place), list[psycopg.Connection]()
    store.append([say("first.wav")])
    with suppress(psycopg.OperationalError):
        while True:
            held.append(psycopg.connect(place))
    assert store.append([say("second.wav")]) == 1
    with store._reach.connect(), pytest.raises(Away, match=r"clients already|slots.*max_connections"):
        store.rows()
    assert len(store.rows()) == 2, "one that failed cuts off no other"
    for one in held:
        one.close()
    store.close()


@pytest.mark.parametrize("kind", [psycopg.OperationalError, psycopg.errors.ConnectionTimeout, psycopg.errors.DiskFull])
def test_what_may_be_over_soon_is_told_from_what_stays(kind: type[Exception]) -> None:
    assert database.passes(DBAPIError("SELECT 1", None, kind("something else than English, perhaps")))
    assert not database.passes(DBAPIError("SELECT 1", None, psycopg.errors.UndefinedTable("no such table")))


def test_what_does_not_pass_is_no_reason_to_wait(postgres: Postgres) -> None:
    place = postgres.new()
    for wrong, remedy in ((place.replace("seral:", "seral:x"), "correct the password"), (f"{place}x", "make that")):
        store = LabelStore(wrong)
        for _ in range(2):
            with pytest.raises(BadStore, match=remedy) as caught:
                store.rows()
            assert not isinstance(caught.value, Away)
        store.close()
