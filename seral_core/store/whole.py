"""Whether an SQLite store's file holds every row that it must.

SQLite writes a row into ``-wal`` first, and a copy of the main file would lack it. So `Reach` moves
every row into the main file before it acknowledges the row: the main file alone is whole at any
moment, after any end. The one exception is another program that reads the file for long (more than
a tenth of a second): what is acknowledged meanwhile stays in ``-wal`` until that program is done,
and a copy is whole with both files. What may happen to files besides is noticed by two numbers that
say how many rows there must be:

- The **mark** in the header of the main file (``user_version``). Every transaction writes it together with its
  rows, so it costs no further wait for the disk and can be neither behind nor ahead. In a file that was copied
  while pages were being written to it, or beside the ``-wal`` of another moment, the mark and the rows differ.
- The **count** in a small file beside the store (``-count``). It is written after the rows are in the main
  file, and is not waited for: after a kill or power failure it may be behind, but is never ahead, so it raises no
  false alarm. It notices what no file can know of itself: that it was replaced by an older copy, emptied or deleted.

Rows are never deleted and the numbers only rise. So a process that reads the numbers first and
counts the rows next finds at least as many rows, unless some are missing. Stores of earlier
versions have mark 0 and no count.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, inspect

from seral_core.errors import BadStore, NotAFile
from seral_core.files import SQLITE, read_bytes, regular
from seral_core.store.schema import answers

#: What SQLite and SERAL keep beside a store.
BESIDE = ("-wal", "-shm", "-count")
#: What may block a program that opens it: a pipe in the place of any of these.
_OPENED = (*SQLITE, "-count")
#: A file from anybody may lie beside a store: what a link leads to is not written to.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)


def beside(path: Path, ending: str) -> Path:
    """Return the path of a file beside the store, such as ``labels.sqlite-wal``."""
    return path.with_name(path.name + ending)


def check_regular(path: Path) -> None:
    """Raise `BadStore` where a pipe or device lies in place of a store or of a file beside it: SQLite would wait."""
    try:
        for ending in _OPENED:
            regular(beside(path, ending))
    except NotAFile as wrong:
        raise BadStore(str(wrong)) from None


def mark_in_file(path: Path) -> int:
    """Return the mark in the main file itself, whatever is in ``-wal``; -1 where there is no such file.

    SQLite opens the file: a descriptor of our own would, when closed, let go of the locks of this
    process.

    Examples
    --------
    >>> mark_in_file(Path("nowhere.sqlite"))
    -1
    """
    check_regular(path)
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return -1


def mark(connection: Connection) -> int:
    """Return the mark as a connection sees it."""
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar() or 0)


def set_mark(connection: Connection, rows: int) -> None:
    """Write the mark within the transaction that writes the rows; a PostgreSQL store has none."""
    if connection.dialect.name == "sqlite" and mark(connection) != rows:
        connection.exec_driver_sql(f"PRAGMA user_version = {int(rows)}")


def count_beside(path: Path) -> int:
    """Return the count beside a store; 0 where there is none, or it cannot be read.

    Examples
    --------
    >>> count_beside(Path("nowhere.sqlite"))
    0
    """
    try:
        return max(0, int(read_bytes(beside(path, "-count")).split()[0]))
    except (OSError, ValueError, IndexError):
        return 0


def write_count(path: Path, rows: int) -> None:
    """Raise the count, in place and in one piece; where that cannot be, it stays behind, which does no harm."""
    if count_beside(path) >= rows:
        return
    with suppress(OSError):
        handle = os.open(regular(beside(path, "-count")), os.O_WRONLY | os.O_CREAT | _NO_LINK, 0o600)
        try:
            os.write(handle, f"{rows:<12} rows in {path.name}\n".encode())
            os.chmod(handle if os.chmod in os.supports_fd else beside(path, "-count"), path.stat().st_mode & 0o666)
        finally:
            os.close(handle)


def forget_count(path: Path) -> None:
    """Start the count again, for a user who goes on with fewer rows."""
    beside(path, "-count").unlink(missing_ok=True)


def required(path: Path) -> int:
    """Return how many rows there must be; ask before counting them.

    Examples
    --------
    >>> required(Path("nowhere.sqlite"))
    0
    """
    return max(0, count_beside(path), mark_in_file(path))


def rows_in(connection: Connection) -> int:
    """Return how many rows there are: counted in the table, for an index may be of another moment."""
    if not inspect(connection).has_table(answers.name):
        return 0
    how = " NOT INDEXED" if connection.dialect.name == "sqlite" else ""
    return int(connection.exec_driver_sql(f"SELECT count(*) FROM {answers.name}{how}").scalar() or 0)


def check_whole(connection: Connection, path: Path, must: int) -> int:
    """Return how many rows a store has; raise `BadStore` where some are missing.

    Parameters
    ----------
    connection : Connection
        To the store.
    path : Path
        Of the store.
    must : int
        What `required` returned before.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> with create_engine("sqlite://").connect() as connection:
    ...     rows = check_whole(connection, Path("labels.sqlite"), 12)
    Traceback (most recent call last):
    seral_core.errors.BadStore: labels.sqlite has 0 rows (answers, and clips that were shown), but 12 were stored ...
    """
    must = max(must, mark(connection))
    rows = rows_in(connection)
    if rows < must:
        raise missing(path, rows, must)
    return rows


def missing(path: Path, rows: int, must: int) -> BadStore:
    """Return the error for a store that has fewer rows than it must."""
    return BadStore(
        f"{path} has {rows} rows (answers, and clips that were shown), but {must} were stored in "
        f"it (missing: {must - rows}); the file was cut short, deleted, replaced by an older one, "
        "or copied while it was written; restore a copy that has them, or stop SERAL and continue "
        f"with the {rows} that are there: seral labels accept {shlex.quote(str(path))}"
    )


#: How long a mark that cannot be read is waited for, in seconds.
_PATIENCE_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1)


class Guard:
    """Notices while a store is in use that its file is not what was written to.

    Parameters
    ----------
    path : Path
        Of the store.

    Examples
    --------
    >>> guard = Guard(Path("nowhere.sqlite"))
    >>> guard.check()
    >>> guard.kept
    0
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept = 0
        self._size = 0
        self._files: dict[str, tuple[int, int]] = {}

    def note(self, kept: int) -> None:
        """Note how many rows the main file holds now, and which files they are."""
        self.kept = max(self.kept, kept)
        with suppress(OSError):
            self._size = max(self._size, self.path.stat().st_size)
        for ending in ("", "-wal"):
            found = _identity(beside(self.path, ending))
            if found is not None:
                self._files.setdefault(ending, found)

    def check(self) -> None:
        """Raise `BadStore` where a file was deleted, replaced or cut short since: nobody would find the answer."""
        for ending, known in self._files.items():
            if _identity(beside(self.path, ending)) != known:
                raise self._wrong(f"{self.path}{ending} was moved, deleted or replaced")
        kept, size = self.kept, self._size  # before the file is read: other threads raise both meanwhile
        if kept and self.path.stat().st_size < size:
            raise self._wrong(f"{self.path} was cut short")
        for pause_s in _PATIENCE_S:
            if not kept or mark_in_file(self.path) >= kept:
                return
            time.sleep(pause_s)  # another thread or process may be moving rows into the file just now
        if mark_in_file(self.path) < kept:
            raise self._wrong(f"{self.path} was replaced by another, or damaged,")

    def _wrong(self, what: str) -> BadStore:
        return BadStore(
            f"{what} while in use; this answer was not stored; put the file back and answer again, or restart"
        )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def make_private(path: Path) -> None:
    """Make a store's file for only its owner, or take from everybody else the right to read one that is there.

    A file that its group may write to is shared on purpose: the group keeps its rights.
    """
    with suppress(OSError):  # SQLite says what is wrong with the place
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        return
    others = (beside(path, ending) for ending in BESIDE)
    for place in (path, *(other for other in others if not other.is_symlink())):
        with suppress(OSError):  # another user's, who alone may change them
            mode = place.stat().st_mode & 0o777
            if mode & 0o007 and place.is_file():
                place.chmod(mode & (0o770 if mode & 0o020 else 0o700))
