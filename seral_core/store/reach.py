"""How a store is reached: connections to its file or database, and trouble with them in a sentence."""

from __future__ import annotations

import atexit
import errno
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.pool import NullPool

from seral_core.errors import BadStore
from seral_core.store.address import shown, url_of
from seral_core.store.database import BEHIND_S, Away, Database, NotNow, engine_of, passes
from seral_core.store.whole import Guard, beside, check_regular, make_private, mark, mark_in_file, write_count

#: How long a writer waits for others, in seconds.
PATIENCE_S = 30
#: How long an answer waits for readers who keep its rows from the main file, and how long until it
#: is tried again.
_PAUSES_S, _LATER_S = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05), 0.5
#: No thread, and since when it waits.
NOBODY = (-1, 0.0)
#: What is known where something could not be stored.
NOTHING = "nothing of this was stored and everything stored before is kept"

#: All that may have to start again in a forked child.
_REACHES: weakref.WeakSet[Reach] = weakref.WeakSet()
#: Engines of parents, kept so that their connections are not closed in the child.
_INHERITED: list[Engine] = []


class Anew(BadStore):
    """Somebody found the file changed since the writer made sure of it: the writer has to look again."""


class Reach:
    """The way to one store.

    Parameters
    ----------
    place : Path or str
        File, or address of a PostgreSQL database.

    Examples
    --------
    >>> Reach("postgresql://me:secret@host/labels").shown
    'postgresql+psycopg://me:***@host/labels'
    >>> Reach("mysql://host/labels")
    Traceback (most recent call last):
    seral_core.errors.BadStore: got mysql://host/labels; expected a file or the address of a PostgreSQL ...
    """

    def __init__(self, place: Path | str) -> None:
        self.url = url_of(place)
        self.path = Path(self.url.database or "") if self.url.get_backend_name() == "sqlite" else None
        #: Rises whenever connections start again, so that what was made sure of before is made sure
        #: of again.
        self.generation = 0
        #: How many rows this process knows of: what it read of them would be wrong for a store with
        #: fewer.
        self.known = 0
        self._begin_anew()
        _REACHES.add(self)

    def _begin_anew(self) -> None:
        self.generation += 1
        self._engine: Engine | None = None
        self._guard = Guard(self.path) if self.path else None
        self._opening, self._writing, self.folding = threading.Lock(), threading.Lock(), threading.Lock()
        self._settling, self._later = threading.Lock(), False
        self._database, self._waits = Database(), NOBODY
        self.looking = threading.Lock()

    @property
    def shown(self) -> str:
        """The place as messages say it, without a password."""
        return str(self.path) if self.path else shown(self.url)

    @property
    def exists(self) -> bool:
        """Whether there may be something to read."""
        return self.path is None or self.path.exists()

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Lend a connection to read from."""
        engine = self._ready()
        with self._database.call(engine) if self.path is None else engine.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self, generation: int) -> Iterator[Connection]:
        """Lend a connection to write to, to one writer at a time; all is kept at the end, or nothing.

        ``generation`` is that in which the caller made sure of the file.
        """
        if self.path is None:
            with self._database.call(self._ready(), writes=True) as connection:
                yield connection
            return
        # Threads take turns here: SQLite lets those who wait sleep for up to a tenth of a second
        # each time.
        with self._writing:
            self.check_files()
            if generation != self.generation:  # another thread found the file changed a moment ago
                raise Anew(f"{self.shown} is being checked again; this answer was not stored; answer again")
            with ExitStack() as held:
                with self._waiting():
                    connection = held.enter_context(self._ready().execution_options(writes=True).begin())
                yield connection
                rows = mark(connection)
            self.known = max(self.known, rows)
        self._settle(rows)
        write_count(self.path, rows)
        self.check_files()

    def expect(self, holder: int = 0) -> None:
        """Raise `Away` where ``holder`` waits in vain; see `seral_core.store.database.Database.check`."""
        with self.named_errors():
            if self.path is None:
                self._database.check(holder)
            waits, since = self._waits
            if holder == waits and time.monotonic() - since > BEHIND_S:
                raise NotNow(f"locked by another program for more than {BEHIND_S:.0f} s")

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Note which thread waits for other programs to let go of the file."""
        self._waits = threading.get_ident(), time.monotonic()
        try:
            yield
        finally:
            self._waits = NOBODY

    @contextmanager
    def named_errors(self, state: str = NOTHING) -> Iterator[None]:
        """Turn trouble with the store into `BadStore`; what may be over soon into `Away`."""
        try:
            yield
        except NotNow as wrong:
            raise Away(self._sentence(wrong.why, wrong.state or state)) from wrong
        except DBAPIError as wrong:
            kind = Away if self.path is None and passes(wrong) else BadStore
            raise kind(self._sentence(str(wrong.orig), state)) from wrong
        except (SQLAlchemyError, sqlite3.Error) as wrong:
            kind = Away if isinstance(wrong, NoneFree) else BadStore
            raise kind(self._sentence(str(wrong), state)) from wrong

    def make_file(self) -> None:
        """Make an SQLite store's file where it is missing; readers of it go on while one writes."""
        if self.path is None:
            return
        make_private(self.path)
        connection = self._ready().raw_connection()
        try:
            for left in range(PATIENCE_S * 20, -1, -1):
                try:
                    connection.cursor().execute("PRAGMA journal_mode=WAL")
                    return
                except sqlite3.OperationalError as wrong:  # others may be doing the same; SQLite does not wait here
                    if "locked" not in str(wrong) or not left:
                        raise
                    time.sleep(0.05)
        finally:
            connection.close()

    def check_files(self) -> None:
        """Start again where the file is not the one that was written to: it is checked before the next answer."""
        try:
            if self._guard is not None:
                self._guard.check()
        except OSError:
            self.close()
            raise

    def copy(self, draft: Path, to: Path) -> None:
        """Copy an SQLite store as it is at one moment into a draft of ``to`` that needs no other file beside it."""
        connection = self._ready().raw_connection()
        try:
            with closing(sqlite3.connect(draft)) as copied:
                connection.driver_connection.backup(copied)  # type: ignore[union-attr]
                copied.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.Error as wrong:
            if getattr(wrong, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(to)) from None
            raise
        finally:
            connection.close()

    def _settle(self, rows: int) -> None:
        """Move rows from ``-wal`` into the main file; see `seral_core.store.whole`."""
        assert self._guard is not None
        for pause_s in (*_PAUSES_S, 0.0):
            with self._settling:
                if self._guard.kept >= rows or self._checkpoint(rows):
                    return
            time.sleep(pause_s)
        if not self._later:  # somebody reads for long: this answer is in the -wal and the count until then
            self._later = True
            timer = threading.Timer(_LATER_S, self._settle_later, (rows,))
            timer.daemon = True
            timer.start()

    def _settle_later(self, rows: int) -> None:
        self._later = False
        if self._engine is not None:
            with suppress(SQLAlchemyError, sqlite3.Error, OSError):
                self._settle(rows)

    def _checkpoint(self, rows: int) -> bool:
        """Return whether the main file has so many rows now."""
        assert self._guard is not None
        assert self.path is not None
        connection = self._ready().raw_connection()
        try:
            (busy, _, _) = connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as wrong:
            state = "this answer does not count as stored yet, and everything stored before is kept"
            raise BadStore(self._sentence(str(wrong), state)) from wrong
        finally:
            connection.close()
        found = -1 if busy else mark_in_file(self.path)
        if found >= rows:
            self._guard.note(found)
        return found >= rows

    def close(self) -> None:
        """Close all connections; the last one to a file leaves nothing in ``-wal``."""
        with self._opening:
            self.generation += 1
            engine, self._engine = self._engine, None
            self._database = Database()
            self._guard = Guard(self.path) if self.path else None
        if engine is not None:
            engine.dispose()

    def forget(self) -> None:
        """Start again in a forked child: connections are the parent's, and locks may be held by its threads."""
        if self._engine is not None:
            _INHERITED.append(self._engine)
        self._begin_anew()

    def _ready(self) -> Engine:
        with self._opening:
            if self._engine is None:
                if self.path is not None:
                    check_regular(self.path)
                self._make_folder()
                self._engine = _engine(self.url)
            return self._engine

    def _make_folder(self) -> None:
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as wrong:
            raise BadStore(self._sentence(f"{wrong.strerror}: {self.path.parent}", "nothing was stored")) from wrong

    def _sentence(self, why: str, state: str) -> str:
        why = why.strip().split("\n")[0]
        remedy = next((text for sign, text in _REMEDIES if sign in why.lower()), "check the place and its rights")
        return f"{self.shown}: {why}; {state}; {remedy}"


_REMEDIES = (
    ("not a database", "it is damaged or something else: restore a copy, or name another file"),
    ("malformed", "the file is damaged: move it away and restore a copy, or rescue it with 'sqlite3 FILE .recover'"),
    ("readonly", "give yourself the right to write to the file and its folder"),
    ("unable to open", "give yourself the right to write to the file and its folder"),
    ("permission", "give yourself the right to write to the file and its folder"),
    ("disk", "free some space, or check the disk, and answer again"),
    ("locked", "end the program that holds it, and answer again"),
    ("never", "append a retraction or a correction"),
    ("read-only", "wait until it may be written to again, or name the server that may be"),
    ("too many clients", "end other programs that use it, or raise its max_connections"),
    ("connection slots", "end other programs that use it, or raise its max_connections"),
    ("authentication", "correct the password in the address, in PGPASSWORD or in ~/.pgpass"),
    ("lock timeout", "another server has been writing for long: it is sent again"),
    ("no answer", "check the database, and the network between it and here"),
    ("does not exist", "make that database, or correct the address"),
    ("connect", "check the address, and that the database runs"),
    ("resolve", "check the address, and that the database runs"),
)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        if path.exists() and not _may_write(path):
            return create_engine("sqlite://", creator=lambda: _only_reading(path), poolclass=NullPool)
        # As many connections as there are threads: each waits for its turn in SQLite, not in the
        # pool.
        engine = create_engine(url, max_overflow=-1, connect_args={"timeout": PATIENCE_S, "check_same_thread": False})
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
        return engine
    return engine_of(url)


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _only_reading(path: Path) -> sqlite3.Connection:
    """Open a file beside which SQLite may not put its own: safe as long as nobody is writing to it."""
    still = "" if beside(path, "-wal").exists() else "&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro{still}", uri=True, timeout=PATIENCE_S)


def _prepare(connection: Any, record: object) -> None:
    """Make an SQLite connection durable: an answer is on the disk once its transaction ends."""
    connection.isolation_level = None  # transactions begin where we say, see `_begin`
    for setting in ("synchronous=FULL", "fullfsync=ON", "trusted_schema=OFF", "cell_size_check=ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin(connection: Connection) -> None:
    """Take the writer's lock at once: a reader that turns writer could not wait for its turn."""
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _after_fork() -> None:
    for reach in list(_REACHES):
        reach.forget()


def _at_exit() -> None:
    for reach in list(_REACHES):
        reach.close()


atexit.register(_at_exit)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
