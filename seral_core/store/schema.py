"""The store's tables, what keeps them append-only, and the steps from each version to the next."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    func,
    inspect,
    select,
)

from seral_core.errors import BadStore

metadata = MetaData()

#: One row per answer. A number is in ``number``, a class in ``word``: no value changes its type.
answers = Table(
    "seral_answers",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("segment", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("word", Text),
    Column("number", Double),
    Column("trace", JSON(none_as_null=True)),
    Column("rater", Text, nullable=False),
    Column("weight", Double, nullable=False),
    Column("kind", Text, nullable=False),
    Column("of", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("screen", Text, nullable=False),
    Column("shown_at", Double),
    Column("played_at", Double),
    Column("answered_at", Double),
    Column("plays", Integer, nullable=False),
    Column("guess_visible", Boolean, nullable=False),
    Column("round", Integer, nullable=False),
    Column("run", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("confidence", Double),
    Column("secondary", JSON, nullable=False),
    Column("comment", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("stored_at", Double, nullable=False),
    Index("seral_answers_rater", "rater", "kind", "seq"),
    Index("seral_answers_segment", "segment", "target"),
    Index("seral_answers_screen", "screen"),
    sqlite_autoincrement=True,
)

#: One row a version that the store has been brought to.
versions = Table(
    "seral_schema",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
)

_SQLITE_GUARDS = """
CREATE TRIGGER seral_answers_no_update BEFORE UPDATE ON seral_answers
BEGIN SELECT RAISE(ABORT, 'answers are never changed: append a retraction or a correction'); END
;;
CREATE TRIGGER seral_answers_no_delete BEFORE DELETE ON seral_answers
BEGIN SELECT RAISE(ABORT, 'answers are never deleted: append a retraction'); END
;;
CREATE TRIGGER seral_answers_no_replace BEFORE INSERT ON seral_answers
WHEN EXISTS (SELECT 1 FROM seral_answers WHERE id = NEW.id OR seq = NEW.seq)
BEGIN SELECT RAISE(IGNORE); END
"""

_POSTGRES_GUARDS = """
CREATE FUNCTION seral_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'answers are never changed or deleted: append a retraction or a correction'; END $$
;;
CREATE TRIGGER seral_answers_no_change BEFORE UPDATE OR DELETE ON seral_answers
FOR EACH ROW EXECUTE FUNCTION seral_refuse()
;;
CREATE TRIGGER seral_answers_no_truncate BEFORE TRUNCATE ON seral_answers
FOR EACH STATEMENT EXECUTE FUNCTION seral_refuse()
"""


def _first(connection: Connection) -> None:
    """Version 1: answers, and the triggers that let nobody change one."""
    answers.create(connection)
    guards = _SQLITE_GUARDS if connection.dialect.name == "sqlite" else _POSTGRES_GUARDS
    for statement in guards.split(";;"):
        connection.exec_driver_sql(statement)


#: Step ``i`` brings a store from version ``i`` to ``i + 1``; steps are only ever added at the end.
MIGRATIONS: list[Callable[[Connection], None]] = [_first]


def version_of(connection: Connection) -> int:
    """Return the version of the store that a connection leads to; 0 where there is none yet.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> with create_engine("sqlite://").connect() as connection:
    ...     version_of(connection)
    0
    """
    if not inspect(connection).has_table(versions.name):
        return 0
    return connection.scalar(select(func.max(versions.c.version))) or 0


def bring_up(connection: Connection, where: str) -> int:
    """Bring a store to the newest version within the transaction of ``connection``.

    Parameters
    ----------
    connection : Connection
        Holds the lock of the only writer.
    where : str
        Path or address of the store, for messages.

    Returns
    -------
    int
        The version that it has now.

    Raises
    ------
    BadStore
        When a newer SERAL wrote it, or something else is in its place.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> with create_engine("sqlite://").begin() as connection:
    ...     bring_up(connection, "memory") == len(MIGRATIONS)
    True
    """
    version = check_ours(connection, where)
    if version == 0:
        versions.create(connection, checkfirst=True)
    for number, step in enumerate(MIGRATIONS[version:], version + 1):
        step(connection)
        connection.execute(versions.insert().values(version=number, at=time.time()))
    return max(version, len(MIGRATIONS))


def check_ours(connection: Connection, where: str) -> int:
    """Return the version; raise `BadStore` where a newer SERAL wrote the store, or something else is there.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> with create_engine("sqlite://").begin() as connection:
    ...     _ = connection.exec_driver_sql("CREATE TABLE bookmarks (url TEXT)")
    ...     version = check_ours(connection, "firefox.sqlite")
    Traceback (most recent call last):
    seral_core.errors.BadStore: firefox.sqlite holds other tables (bookmarks); expected a label store ...
    """
    version = version_of(connection)
    if version > len(MIGRATIONS):
        raise BadStore(
            f"{where} has version {version} of the label store; this SERAL reads up to "
            f"{len(MIGRATIONS)}; install a newer SERAL to use it"
        )
    others = inspect(connection).get_table_names()
    if not version and others and connection.dialect.name == "sqlite":
        raise BadStore(
            f"{where} holds other tables ({', '.join(others[:3])}); expected a label store or a "
            "new file; name another file"
        )
    if connection.dialect.name == "sqlite" and (foreign := _not_ours(connection, version)):
        raise BadStore(
            f"{where} holds tables, indexes, views or triggers that are not as SERAL makes them "
            f"({', '.join(foreign[:3])}), and are not obeyed; expected a store as SERAL wrote it; ask "
            "the person who gave it to you for an export"
        )
    return version


#: What decides about answers in an SQLite file: names and statements.
Made: TypeAlias = frozenset[tuple[str, str]]


def _not_ours(connection: Connection, version: int) -> list[str]:
    """Return the names in an SQLite file that differ from what the steps up to a version make.

    A constraint may say ``ON CONFLICT REPLACE``, and an index may be unique: whole statements are compared.
    """
    ours = _made_by(tuple(MIGRATIONS[:version]))
    return sorted({name for name, _ in _deciding(connection) - ours})


@cache
def _made_by(steps: tuple[Callable[[Connection], None], ...]) -> Made:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        versions.create(connection)
        for step in steps:
            step(connection)
        made = _deciding(connection)
    engine.dispose()
    return made


def _deciding(connection: Connection) -> Made:
    """Return what a file says of SERAL's tables, and its views and triggers; other tables touch no answer."""
    ours = f"lower(tbl_name) IN ('{answers.name}', '{versions.name}')"
    there = connection.exec_driver_sql(
        f"SELECT name, sql FROM sqlite_master WHERE type IN ('view', 'trigger') OR {ours}"
    )
    return frozenset((str(name), " ".join(str(sql).split())) for name, sql in there)


def check_sound(connection: Connection, where: str) -> None:
    """Raise `BadStore` where an SQLite file is damaged: nothing is written on top, and no part is taken for the whole.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> with create_engine("sqlite://").connect() as connection:
    ...     check_sound(connection, "memory")
    """
    if connection.dialect.name != "sqlite":
        return
    found = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar()  # compares the indexes, too
    if found != "ok":
        raise BadStore(
            f"{where} is damaged ({str(found).strip().splitlines()[-1]}); nothing was written to it, and what it gives "
            "would be wrong; stop SERAL, move it away with all files beside it (-wal, -shm, -count) and restore a "
            "copy, or rescue it with 'sqlite3 FILE .recover'"
        )
