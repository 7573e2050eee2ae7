"""No acknowledged answer is lost and none doubled: killed writers, many writers, bad files, bad disks."""

from __future__ import annotations

import os
import resource
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, create_engine, make_url

from seral_core.errors import BadStore
from seral_core.store import Answer, LabelStore, schema

Say = Callable[..., Answer]


def child(work: Callable[[], object]) -> int:
    """Do work in a child process; return its id."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


def screen(run: int, number: int) -> list[Answer]:
    """Two answers of one screen, with ids that show where they are from."""
    return [
        Answer(f"{run}-{number}-{target}", f"{number}.wav", target, 0.5, rater=f"r{run}", screen=f"{run}-{number}")
        for target in ("arousal", "valence")
    ]


def test_a_killed_writer_loses_nothing_it_acknowledged_and_doubles_nothing(place: str) -> None:
    rng = np.random.default_rng(1)
    acknowledged: set[str] = set()
    for run in range(20):
        out, into = os.pipe()

        def write(run: int = run, into: int = into) -> None:
            store = LabelStore(place)
            for number in range(10**6):
                store.append(screen(run, number))
                os.write(into, f"{run}-{number}\n".encode())

        pid = child(write)
        os.close(into)
        with os.fdopen(out) as pipe:
            said = [pipe.readline() for _ in range(rng.integers(0, 30))]
            time.sleep(rng.uniform(0, 0.01))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            said += pipe.readlines()
        acknowledged |= {line.strip() for line in said}
        store = LabelStore(place)
        store.append(screen(run, len(said)) + screen(run, len(said) - 1) if said else screen(run, 0))
        store.close()
    rows = LabelStore(place).rows()
    assert len(acknowledged) > 20
    assert len({row.id for row in rows}) == len(rows), "nothing is doubled"
    screens = Counter(row.screen for row in rows)
    assert set(screens.values()) == {2}, "a screen is kept whole or not at all"
    assert acknowledged <= set(screens)


def test_a_store_whose_making_was_killed_is_made_by_the_next_one(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    for run in range(20):
        path = tmp_path / f"{run}.sqlite"
        pid = child(lambda path=path: LabelStore(path).append(screen(0, 0)))
        time.sleep(rng.uniform(0, 0.06))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        store = LabelStore(path)
        assert len(store.rows()) in (0, 2)
        store.append(screen(0, 0) + screen(0, 1))
        assert [row.seq for row in LabelStore(path).rows()] == [1, 2, 3, 4]
        store.close()


def test_many_processes_and_threads_write_at_once_and_a_reader_misses_none(place: str) -> None:
    def write(run: int) -> None:
        store = LabelStore(place)
        # Neighbours send the same screens, as a browser does that did not hear the answer.
        threads = [
            threading.Thread(target=lambda t=t: [store.append(screen(run + t, n)) for n in range(15)]) for t in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    children = [child(lambda run=run: write(run)) for run in range(4)]
    store, seen = LabelStore(place), list[Answer]()
    while children:
        seen += store.rows(after=seen[-1].seq if seen else 0)
        children = [pid for pid in children if os.waitpid(pid, os.WNOHANG)[0] == 0]
    seen += store.rows(after=seen[-1].seq if seen else 0)
    assert [row.id for row in seen] == [row.id for row in store.rows()]
    assert {row.screen for row in seen} == {f"{run}-{n}" for run in range(6) for n in range(15)}
    assert len(seen) == 6 * 15 * 2


def test_a_store_goes_on_in_a_forked_child(place: str) -> None:
    store = LabelStore(place)
    store.append(screen(0, 0))
    _, status = os.waitpid(child(lambda: store.append(screen(0, 1))), 0)
    assert status == 0
    assert store.append(screen(0, 2)) == 2
    assert [row.seq for row in store.rows()] == [1, 2, 3, 4, 5, 6]


def test_a_connection_that_the_server_dropped_is_made_again(place: str, say: Say) -> None:
    if "://" not in place:
        pytest.skip("there is no server to drop connections of SQLite")
    store = LabelStore(place)
    store.append([say()])
    engine = create_engine(make_url(place))
    with engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.exec_driver_sql(f"{others} AND pid <> pg_backend_pid()")
    engine.dispose()
    assert store.append([say("b.wav")]) == 1
    assert [row.segment for row in store.rows()] == ["a.wav", "b.wav"]


def add_mood(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE seral_answers ADD COLUMN mood TEXT")


def test_an_old_store_is_brought_up_to_date_with_all_its_answers(
    place: str, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = LabelStore(place)
    old.append([say(), say("b.wav")])
    assert old.version == 1
    old.close()
    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, add_mood])
    new = LabelStore(place)
    assert new.version == 1, "reading alone changes nothing"
    assert [row.segment for row in new.rows()] == ["a.wav", "b.wav"]
    new.append([say("c.wav")])
    assert new.version == 2
    assert [row.segment for row in new.rows()] == ["a.wav", "b.wav", "c.wav"]
    again = LabelStore(place)
    again.append([say("d.wav")])
    assert again.version == 2


def test_a_step_that_fails_leaves_the_old_store_as_it_was(
    place: str, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = LabelStore(place)
    old.append([say()])
    old.close()

    def stumble(connection: Connection) -> None:
        add_mood(connection)
        connection.exec_driver_sql("SELECT 1 FROM nowhere")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, stumble])
        with pytest.raises(BadStore, match="nowhere"):
            LabelStore(place).append([say("b.wav")])
    after = LabelStore(place)
    assert (after.version, len(after.rows())) == (1, 1)
    assert after.append([say("c.wav")]) == 1


def test_a_store_of_a_newer_version_is_neither_read_nor_written(
    place: str, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, add_mood])
        LabelStore(place).append([say()])
    for verb in (lambda: LabelStore(place).rows(), lambda: LabelStore(place).append([say("b.wav")])):
        with pytest.raises(BadStore, match="version 2 of the label store; this SERAL reads up to 1; install a newer"):
            verb()


def zeroed_page(content: bytearray) -> None:
    content[4096 * 8 : 4096 * 9] = bytes(4096)


def cut_off(content: bytearray) -> None:
    del content[len(content) // 2 :]


def overwritten_head(content: bytearray) -> None:
    content[:16] = b"this is no store"


@pytest.mark.parametrize("damage", [zeroed_page, cut_off, overwritten_head])
def test_a_damaged_file_is_reported_and_not_written_to(
    damage: Callable[[bytearray], None], tmp_path: Path, say: Say
) -> None:
    path = tmp_path / "labels.sqlite"
    store = LabelStore(path)
    store.append([say(f"{i}.wav", comment="long " * 50) for i in range(500)])
    store.close()
    content = bytearray(path.read_bytes())
    damage(content)
    path.write_bytes(content)
    with pytest.raises(BadStore, match=r"labels\.sqlite.*(restore a copy)"):
        LabelStore(path).append([say("new.wav")])
    with pytest.raises(BadStore, match=r"labels\.sqlite.*(restore a copy)"):
        LabelStore(path).rows()
    assert path.read_bytes() == content


def test_the_database_of_another_program_is_left_alone(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "places.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(BadStore, match=r"holds other tables \(bookmarks\)"):
        LabelStore(path).append([say()])
    assert path.read_bytes() == before


def told_by_child(work: Callable[[], object], *, as_nobody: bool = False) -> str:
    """Return what ``work`` says in a child process, where wanted without a superuser's rights."""
    out, into = os.pipe()

    def tell() -> None:
        if as_nobody and os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        try:
            said = f"done: {work()}"
        except BadStore as wrong:
            said = str(wrong)
        os.write(into, said.encode())

    pid = child(tell)
    os.close(into)
    with os.fdopen(out) as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return said


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that every user may enter."""
    folder = tmp_path_factory.mktemp("open")
    for parent in (folder, *folder.parents[:3]):
        if parent.stat().st_uid == os.geteuid():
            parent.chmod(0o755)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
def test_a_folder_one_may_not_write_to_is_reported_and_nothing_acknowledged(open_folder: Path, say: Say) -> None:
    open_folder.chmod(0o555)
    said = told_by_child(lambda: LabelStore(open_folder / "labels.sqlite").append([say()]), as_nobody=True)
    assert "give yourself the right to write" in said
    said = told_by_child(lambda: LabelStore(open_folder / "new" / "labels.sqlite").append([say()]), as_nobody=True)
    assert "give yourself the right to write" in said
    assert list(open_folder.iterdir()) == []


def test_a_store_one_may_only_read_is_read_and_not_written(open_folder: Path, say: Say) -> None:
    path = open_folder / "labels.sqlite"
    store = LabelStore(path)
    store.append([say()])
    store.close()
    path.chmod(0o444)
    open_folder.chmod(0o555)
    assert told_by_child(lambda: [row.segment for row in LabelStore(path).rows()], as_nobody=True) == "done: ['a.wav']"
    said = told_by_child(lambda: LabelStore(path).append([say("b.wav")]), as_nobody=True)
    assert "give yourself the right to write" in said
    assert [row.segment for row in LabelStore(path).rows()] == ["a.wav"]


def test_a_full_disk_is_reported_and_all_that_was_acknowledged_is_kept(tmp_path: Path, say: Say) -> None:
    path = tmp_path / "labels.sqlite"
    store = LabelStore(path)
    store.append([say()])
    store.close()
    limit = 200_000

    def fill() -> int:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        store = LabelStore(path)
        for number in range(10_000):
            store.append([say(f"{number}.wav", comment="long " * 200, id=f"full-{number}")])
            (tmp_path / "acknowledged").write_text(str(number + 1))
        return number

    said = told_by_child(fill)
    assert "free some space" in said
    acknowledged = [f"{number}.wav" for number in range(int((tmp_path / "acknowledged").read_text()))]
    stored = [row.segment for row in LabelStore(path).rows()]
    # The answer that failed may be there: it was on the disk, but not yet where a copy of the file would have it.
    assert stored[: len(acknowledged) + 1] == ["a.wav", *acknowledged]
    assert len(stored) <= len(acknowledged) + 2
    assert LabelStore(path).append([say("later.wav")]) == 1


#: As version 1 was written: what SQLAlchemy writes for it must not change.
FIRST_VERSION = """
CREATE TABLE seral_schema ( version INTEGER NOT NULL, at DOUBLE NOT NULL, PRIMARY KEY (version) );
CREATE TABLE seral_answers ( seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, segment TEXT NOT
NULL, target TEXT NOT NULL, word TEXT, number DOUBLE, trace JSON, rater TEXT NOT NULL, weight DOUBLE NOT NULL,
kind TEXT NOT NULL, "of" TEXT NOT NULL, purpose TEXT NOT NULL, screen TEXT NOT NULL, shown_at DOUBLE, played_at
DOUBLE, answered_at DOUBLE, plays INTEGER NOT NULL, guess_visible BOOLEAN NOT NULL, round INTEGER NOT NULL, run
TEXT NOT NULL, device TEXT NOT NULL, confidence DOUBLE, secondary JSON NOT NULL, comment TEXT NOT NULL, source
TEXT NOT NULL, stored_at DOUBLE NOT NULL, UNIQUE (id) );
CREATE INDEX seral_answers_rater ON seral_answers (rater, kind, seq);
CREATE INDEX seral_answers_screen ON seral_answers (screen);
CREATE INDEX seral_answers_segment ON seral_answers (segment, target);
CREATE TRIGGER seral_answers_no_update BEFORE UPDATE ON seral_answers BEGIN SELECT RAISE(ABORT, 'answers are
never changed: append a retraction or a correction'); END;
CREATE TRIGGER seral_answers_no_delete BEFORE DELETE ON seral_answers BEGIN SELECT RAISE(ABORT, 'answers are
never deleted: append a retraction'); END;
CREATE TRIGGER seral_answers_no_replace BEFORE INSERT ON seral_answers WHEN EXISTS (SELECT 1 FROM seral_answers
WHERE id = NEW.id OR seq = NEW.seq) BEGIN SELECT RAISE(IGNORE); END;
INSERT INTO seral_schema VALUES (1, 0.0);
"""
TABLE, UNIQUE = "CREATE TABLE seral_answers (", "UNIQUE (id)"
#: What a file of others has in place of a text of `FIRST_VERSION`, and what it has besides.
NOT_AS_MADE = {
    "trigger": ("", "", "CREATE TRIGGER quiet BEFORE INSERT ON seral_answers BEGIN SELECT RAISE(IGNORE); END"),
    "view": ("", "", "CREATE VIEW other AS SELECT 1"),
    "index": ("", "", "CREATE UNIQUE INDEX one ON seral_answers (segment, target)"),
    "replaces": (UNIQUE, f"{UNIQUE}, UNIQUE (segment, kind, target) ON CONFLICT REPLACE", ""),
    "ignores": (UNIQUE, f"{UNIQUE}, UNIQUE (segment, kind, target) ON CONFLICT IGNORE", ""),
    "truncates": ("comment TEXT NOT NULL", "comment INTEGER NOT NULL", ""),
    "other case": (TABLE, "CREATE TABLE SERAL_Answers (x TEXT UNIQUE ON CONFLICT REPLACE DEFAULT 1, ", ""),
}


def made(path: Path, old: str, new: str, statement: str) -> None:
    """Make an empty store of version 1, with another text, and what else is stated."""
    with sqlite3.connect(path) as connection:
        connection.executescript((FIRST_VERSION.replace(old, new) if old else FIRST_VERSION) + statement)
    connection.close()


@pytest.mark.parametrize("kind", NOT_AS_MADE)
def test_a_store_of_others_decides_nothing_about_answers(kind: str, tmp_path: Path, say: Say) -> None:
    path = tmp_path / "labels.sqlite"
    made(path, *NOT_AS_MADE[kind])
    before = path.read_bytes()
    for verb in (lambda: LabelStore(path).rows(), lambda: LabelStore(path).append([say()]), LabelStore(path).accept):
        with pytest.raises(BadStore, match="tables, indexes, views or triggers that are not as SERAL makes them"):
            verb()
    assert path.read_bytes() == before


@pytest.mark.parametrize("statement", ["", "CREATE TABLE notes (text)", "ANALYZE", "DROP INDEX seral_answers_screen"])
def test_a_store_of_version_1_opens_with_what_decides_nothing_beside_it(
    statement: str, tmp_path: Path, say: Say
) -> None:
    path = tmp_path / "labels.sqlite"
    made(path, "", "", statement)
    assert LabelStore(path).append([say(), say()]) == 2
    assert len(LabelStore(path).rows()) == 2


QUIET = {
    "sqlite": ["CREATE TRIGGER quiet BEFORE INSERT ON seral_answers BEGIN SELECT RAISE(IGNORE); END"],
    "postgresql": [
        "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE TRIGGER quiet BEFORE INSERT ON seral_answers FOR EACH ROW EXECUTE FUNCTION quiet()",
    ],
}


def test_an_answer_that_a_database_lets_go_is_an_error(store: LabelStore, say: Say) -> None:
    store.append([say()])
    with store._write() as connection:
        for statement in QUIET[connection.dialect.name]:
            connection.exec_driver_sql(statement)
    with pytest.raises(BadStore, match="did not take answer"):
        store.append([say()])


@pytest.mark.parametrize("ending", ["", "-wal", "-journal", "-count"])
def test_a_pipe_is_no_store_and_is_not_waited_for(ending: str, tmp_path: Path, say: Say) -> None:
    path = tmp_path / "labels.sqlite"
    if ending:
        store = LabelStore(path)
        store.append([say("1")])
        store.close()
        path.with_name(path.name + ending).unlink(missing_ok=True)
    os.mkfifo(path.with_name(path.name + ending))
    with pytest.raises(BadStore, match="is a pipe"):
        LabelStore(path).rows()
    with pytest.raises(BadStore, match="is a pipe"):
        LabelStore(path).append([say("2")])


def test_a_password_in_the_query_of_an_address_is_not_shown() -> None:
    assert "SECRET" not in repr(LabelStore("postgresql://host/labels?password=SECRET"))


@pytest.mark.parametrize(
    "asks",
    [
        "sslmode=require&sslkey=/project/engine.so:key",  # a program, which PostgreSQL's own library loads
        "sslkey=a.pem&sslkey=/project/engine.so:key",
        "sslkeylogfile=/home/me/.bashrc",
        "hostaddr=192.0.2.1",
        "host=elsewhere.example",
        "dbname=other",
        "plugin=some_package",
    ],
)
def test_an_address_may_ask_for_no_program_file_or_other_place(asks: str) -> None:
    with pytest.raises(BadStore, match=f"asks for {asks.split('&')[-1].split('=')[0]}; expected"):
        LabelStore(f"postgresql://labels.example.org/labels?{asks}")
    with pytest.raises(BadStore, match="expected behind the question mark: nothing"):
        LabelStore(f"sqlite:////labels.sqlite?{asks}")


def test_an_address_is_shown_with_all_that_says_where_it_leads() -> None:
    there = LabelStore("postgresql:///labels?host=/run/postgresql&sslmode=disable").place
    assert "host=%2Frun%2Fpostgresql&sslmode=disable" in there
