"""The feature cache: a row, or the reason why there is none, by what the clip holds and what describes it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadFeatures
from seral_core.files import SQLITE, opened, regular
from seral_core.home import home

Row: TypeAlias = NDArray[np.float32]

_TABLES = (
    "CREATE TABLE IF NOT EXISTS files (path TEXT PRIMARY KEY, size INTEGER, mtime_ns INTEGER, content TEXT)",
    "CREATE TABLE IF NOT EXISTS features (key TEXT PRIMARY KEY, row BLOB, problem TEXT)",
    "CREATE TABLE IF NOT EXISTS notes (key TEXT PRIMARY KEY, note TEXT)",
    "CREATE TABLE IF NOT EXISTS names (extractor TEXT PRIMARY KEY, names TEXT)",
)


def row_key(content: str, start_s: float, end_s: float, extractor: str, channel: int | None = None) -> str:
    """Return the key of one row: content of the file, times of the segment, extractor and its parameters.

    Parameters
    ----------
    content : str
        Hash of the file, as `file_hash` gives.
    start_s, end_s : float
        Where the segment lies, in seconds; nan as the end means to the end of the file.
    extractor : str
        Its ``key``: name, version and parameters.
    channel : int, optional
        On which channel it lies, counted from 1; left out: on all, mixed.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> row_key("ab", 0, 1, "SERALv01") == row_key("ab", 0, 2, "SERALv01")
    False
    """
    text = json.dumps([content, f"{start_s:.6f}", f"{end_s:.6f}", extractor, *([] if channel is None else [channel])])
    return hashlib.sha256(text.encode()).hexdigest()


class FeatureCache:
    """Features on disk, safe for several processes; every row is kept at once.

    Parameters
    ----------
    path : Path, optional
        The SQLite file; left out, SERAL's own; ``:memory:`` keeps nothing.

    Examples
    --------
    >>> with FeatureCache(home("cache", "example") / "features.sqlite") as cache:
    ...     cache.put("k1", np.array([1.0, 2.0], np.float32))
    ...     cache.put("k2", "is silent")
    ...     cache.get(["k1", "k2", "k3"])
    {'k1': array([1., 2.], dtype=float32), 'k2': 'is silent'}
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or home("cache") / "features.sqlite"
        for ending in SQLITE:
            regular(self.path.with_name(self.path.name + ending))
        try:
            self._db = sqlite3.connect(self.path, timeout=60, isolation_level=None)
        except sqlite3.Error as why:
            raise self._broken(why) from None
        for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", *_TABLES):
            self._run(statement)

    def __enter__(self) -> FeatureCache:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def get(self, keys: Iterable[str]) -> dict[str, Row | str]:
        """Return what is known, by key: a row of features, or the reason why there is none."""
        query = "SELECT key, row, problem FROM features WHERE key IN (SELECT value FROM json_each(?))"
        found = self._run(query, json.dumps(list(keys)))
        return {key: np.frombuffer(row, np.float32) if problem is None else problem for key, row, problem in found}

    def put(self, key: str, what: Row | str, note: str = "") -> None:
        """Keep a row of features (of frames all values, one frame after another), or the reason why there is none."""
        row, problem = (None, what) if isinstance(what, str) else (what.astype(np.float32).tobytes(), None)
        self._run("INSERT OR REPLACE INTO features VALUES (?, ?, ?)", key, row, problem)
        self.put_note(key, note)

    def put_note(self, key: str, note: str) -> None:
        """Keep what a user should know of how a row was made; an empty text for nothing."""
        self._run("INSERT OR REPLACE INTO notes VALUES (?, ?)", key, note)

    def notes(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the notes on rows, by key; rows that earlier versions of SERAL made have none."""
        query = "SELECT key, note FROM notes WHERE key IN (SELECT value FROM json_each(?))"
        return dict(self._run(query, json.dumps(list(keys))))

    def names(self, extractor: str, make: Callable[[], Sequence[str]]) -> tuple[str, ...]:
        """Return the feature names of an extractor; ``make`` is called only when they are not known yet."""
        found = self._run("SELECT names FROM names WHERE extractor = ?", extractor)
        if found:
            return tuple(json.loads(found[0][0]))
        names = tuple(make())
        self._run("INSERT OR REPLACE INTO names VALUES (?, ?)", extractor, json.dumps(names))
        return names

    def contents(self, paths: Iterable[Path]) -> dict[Path, str]:
        """Return the sha256 of each file; a file with known size and change time is not read again.

        A file that is missing or cannot be opened is left out.
        """
        stats = {}
        for path in set(paths):
            with suppress(OSError):  # it may go between two looks
                if path.is_file():
                    stats[str(path)] = path.stat()
        query = "SELECT path, size, mtime_ns, content FROM files WHERE path IN (SELECT value FROM json_each(?))"
        known = {row[0]: row[1:] for row in self._run(query, json.dumps(list(stats)))}
        result: dict[Path, str] = {}
        for name, stat in stats.items():
            size, mtime_ns, content = known.get(name, (-1, -1, ""))
            if (size, mtime_ns) != (stat.st_size, stat.st_mtime_ns):
                try:
                    content = file_hash(Path(name))
                except OSError:
                    continue
                row = (name, stat.st_size, stat.st_mtime_ns, content)
                self._run("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?)", *row)
            result[Path(name)] = content
        return result

    def _run(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Carry out one statement, which is kept at once, and return its rows."""
        try:
            return self._db.execute(statement, values).fetchall()
        except sqlite3.Error as why:
            raise self._broken(why) from None

    def _broken(self, why: sqlite3.Error) -> BadFeatures:
        return BadFeatures(
            f"the feature cache {self.path} cannot be used ({why}); expected a SQLite file on a "
            "disk with space left; free some space, delete the file if it is damaged, or set "
            "SERAL_HOME to another folder"
        )


def file_hash(path: Path) -> str:
    """Return the sha256 of a file's bytes.

    Parameters
    ----------
    path : Path
        Read in parts, so it may be large.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    OSError
        When it cannot be opened.

    Examples
    --------
    >>> path = home("cache", "example") / "abc.txt"
    >>> _ = path.write_bytes(b"abc")
    >>> file_hash(path)[:8]
    'ba7816bf'
    """
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def table_key(extractor: str, rows: Mapping[str, str]) -> str:
    """Return the key of a whole table from the extractor and each segment's row key.

    Parameters
    ----------
    extractor : str
        Its ``key``.
    rows : mapping of str to str
        Segment id to the key of its row, in order.

    Returns
    -------
    str
        The extractor's key, a dash and 16 hexadecimal digits.

    Examples
    --------
    >>> table_key("SERALv01.1", {"a.wav": "k1"}).split("-")[0]
    'SERALv01.1'
    """
    text = json.dumps([extractor, list(rows.items())])
    return f"{extractor}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
