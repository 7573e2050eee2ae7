"""A PostgreSQL database: it may go away and come back, be slow, or be held by a computer that is gone.

Nobody waits for long, and nobody has to start again. While the database is away, one call in a second tries to reach
it, and all others are told at once. A server whose computer ended in the midst of writing lets go of the others after
half a minute.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from seral_core.errors import BadStore, MissingExtra

#: How long a connection may take to be made, and how long what was sent may remain unconfirmed by the
#: database's computer. In seconds.
CONNECT_S, SILENT_S = 5, 10
#: How long a writer waits for its turn, and after how long a writer that says nothing loses its own. In seconds.
TURN_S, ABANDONED_S = 10, 30
#: How long until a database that was not reached is tried again; for how long one waits behind a call. In seconds.
AGAIN_S, BEHIND_S = 1.0, 5.0
#: Key of the lock under which writers take turns, so that ``seq`` rises as answers appear. Where the server is set not
#: to wait for its disk, it does for an answer.
_TURN = (
    "SELECT pg_advisory_xact_lock(7371014853), CASE current_setting('synchronous_commit') "
    "WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END"
)
#: What PostgreSQL says of a state that passes: by class of its code, and for a database that may only be read for now.
_PASSES, _ONLY_READ = ("08", "40", "53", "55", "57"), "25006"
#: What a connection is refused for as long as nobody changes anything.
_REFUSED = ("authentication failed", "does not exist", "pg_hba.conf", "permission denied", "no password supplied")


class Away(BadStore):
    """A database that is not reached just now, or takes nothing: the same may be asked again."""


class NotNow(Exception):
    """Why a database is not asked, or what is not known after it was; `Away` says it in a sentence."""

    def __init__(self, why: str, state: str = "") -> None:
        super().__init__(why)
        self.why, self.state = why, state


class Database:
    """Who calls a database, and whether it was away a moment ago.

    Examples
    --------
    >>> Database().check()
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[int, float] = {}
        self._lent = 0
        self._away, self._again, self._trying = "", 0.0, 0

    @contextmanager
    def call(self, engine: Engine, *, writes: bool = False) -> Iterator[Connection]:
        """Lend a connection; to write to one writer at a time, and then all is kept at the end, or nothing.

        Raises
        ------
        NotNow
            At once, where it was away a moment ago; where it went away while it stored what was written.
        """
        me = threading.get_ident()
        self._begin(me)
        try:
            with self._connected(engine) as connection:
                if writes:
                    yield from _written(connection)
                else:  # who only reads needs no transaction, and asks less
                    yield connection.execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError as wrong:
            if _code(wrong) == _ONLY_READ:
                engine.dispose()  # connections stay as they were made, also once it may be written to
            raise
        finally:
            with self._lock:
                self._calls.pop(me, None)
                self._trying = 0 if self._trying == me else self._trying

    def check(self, holder: int = 0) -> None:
        """Raise `NotNow` where it was away a moment ago, or the thread ``holder`` has waited for it for long."""
        now = time.monotonic()
        with self._lock:
            if self._away and (now < self._again or self._trying):
                raise NotNow(self._away)
            if now - self._calls.get(holder, now) > BEHIND_S:
                raise NotNow(f"no answer for more than {BEHIND_S:.0f} s")

    def _begin(self, me: int) -> None:
        self.check()
        with self._lock:
            self._calls[me] = time.monotonic()
            if self._away:
                self._trying = me

    @contextmanager
    def _connected(self, engine: Engine) -> Iterator[Connection]:
        try:
            connection = engine.connect()
        except DBAPIError as wrong:
            with self._lock:
                if passes(wrong) and not self._lent:  # where no more may connect, those that are connected go on
                    self._away, self._again = str(wrong.orig), time.monotonic() + AGAIN_S
            raise
        with self._lock:
            self._away = ""
            self._lent += 1
        try:
            with connection:
                yield connection
        finally:
            with self._lock:
                self._lent -= 1


def _written(connection: Connection) -> Iterator[Connection]:
    transaction = connection.begin()
    try:
        connection.exec_driver_sql(_TURN)
        yield connection
    except BaseException:
        with suppress(DBAPIError):
            transaction.rollback()
        raise
    try:
        transaction.commit()
    except DBAPIError as wrong:
        if wrong.connection_invalidated:
            state = "whether this was stored is not known: sent again, it is there once"
            raise NotNow(str(wrong.orig), state) from wrong
        raise


def _code(wrong: DBAPIError) -> str:
    return str(getattr(wrong.orig, "sqlstate", None) or "")


def passes(wrong: DBAPIError) -> bool:
    """Whether an error is about a state of the database that may be over soon.

    Examples
    --------
    >>> class Refused(Exception):
    ...     sqlstate = "57P03"
    >>> passes(DBAPIError("SELECT 1", None, Refused("the database system is starting up")))
    True
    """
    if code := _code(wrong):
        return code[:2] in _PASSES or code == _ONLY_READ
    said, kinds = str(wrong.orig), [kind.__name__ for kind in type(wrong.orig).__mro__]
    return "OperationalError" in kinds and not any(text in said for text in _REFUSED)


def engine_of(url: URL) -> Engine:
    """Return an engine whose connections end when the database, or its computer, is gone.

    A connection is tried before it is lent: of those that a restart has broken, none is handed out.
    """
    settings: dict[str, Any] = {
        "connect_timeout": CONNECT_S, "tcp_user_timeout": 1000 * SILENT_S, "keepalives_idle": SILENT_S,
        "keepalives_interval": 3, "keepalives_count": 3, "application_name": "seral",
    }  # fmt: skip
    given = {name: value for name, value in settings.items() if name not in url.query}
    try:
        engine = create_engine(url, pool_pre_ping=True, pool_timeout=CONNECT_S, connect_args=given)
    except ImportError:
        raise MissingExtra("a PostgreSQL store", "psycopg", "postgres") from None
    event.listen(engine, "connect", _prepare)
    return engine


def _prepare(connection: Any, record: object) -> None:
    """Have the server notice when this computer is gone, and wait for nobody for ever."""
    limits = {
        "lock_timeout": TURN_S, "idle_in_transaction_session_timeout": ABANDONED_S, "tcp_keepalives_idle": SILENT_S,
        "tcp_keepalives_interval": 3, "tcp_keepalives_count": 3,
    }  # fmt: skip
    milliseconds = ("lock_timeout", "idle_in_transaction_session_timeout")
    said = (f"SET {name} = {1000 * value if name in milliseconds else value}" for name, value in limits.items())
    connection.autocommit = True
    connection.execute("; ".join(said))
    connection.autocommit = False
