"""Stores to test: SQLite always, PostgreSQL where SERAL_TEST_POSTGRES holds the address of a server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from seral_core.store import Answer, LabelStore


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for a new store, of each kind."""
    if request.param == "sqlite":
        yield str(tmp_path / "labels.sqlite")
        return
    address = os.environ.get("SERAL_TEST_POSTGRES")
    if not address:
        pytest.skip("SERAL_TEST_POSTGRES is not set: it holds the address of a PostgreSQL database for tests")
    from sqlalchemy import create_engine, make_url

    url = make_url(address).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"seral_{uuid.uuid4().hex}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield url.set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture
def store(place: str) -> Iterator[LabelStore]:
    """A new store, of each kind."""
    store = LabelStore(place)
    yield store
    store.close()


@pytest.fixture
def say() -> Callable[..., Answer]:
    """Make answers with few words; ids count up."""
    count = iter(range(1, 10**9))

    def make(segment: str = "a.wav", value: Any = "anger", target: str = "emotion", **more: Any) -> Answer:
        return Answer(**{"id": str(next(count)), "rater": "r1", **more}, segment=segment, target=target, value=value)

    return make
