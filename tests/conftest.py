"""What tests share: where real recordings and pretrained models are, and examples that are the same each time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import settings

from tests.postgres import Postgres

# Processes that write compiled functions into one folder at the same time have crashed: each has its own.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
os.environ["NUMBA_CACHE_DIR"] = str(Path(__file__).parents[1] / ".pytest_cache" / "numba" / _WORKER)

# The same examples in every run; `python -m tests.fuzz` looks for new ones.
settings.register_profile("seral", derandomize=True, database=None, deadline=None)
settings.load_profile("seral")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real corpora, named by SERAL_TEST_DATA."""
    folder = os.environ.get("SERAL_TEST_DATA")
    if not folder:
        pytest.skip("SERAL_TEST_DATA is not set: it names a folder with real recordings (emodb, ravdess)")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def real_models() -> Path:
    """Folder of pretrained encoders: named by SERAL_TEST_MODELS, or ``models`` beside the real corpora."""
    data = os.environ.get("SERAL_TEST_DATA")
    folder = os.environ.get("SERAL_TEST_MODELS") or (data and Path(data).resolve().parent / "models")
    if not folder or not Path(folder).is_dir():
        pytest.skip("no pretrained encoders: SERAL_TEST_MODELS names their folder (whisper-tiny.en-encoder)")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def librosa() -> ModuleType:
    """An oracle whose first use compiles for a quarter of a minute: one process bears it."""
    return pytest.importorskip("librosa", reason="the dev extra is not installed")


@pytest.fixture(scope="session")
def _one_postgres() -> Iterator[Postgres]:
    with Postgres(max_connections=12, superuser_reserved_connections=1, max_wal_senders=0) as server:
        yield server


@pytest.fixture
def postgres(_one_postgres: Postgres) -> Iterator[Postgres]:
    """A database server that a test may stop, of few connections."""
    yield _one_postgres
    _one_postgres.start()


#: What takes long to make and is made once in a session: tests that share it go to one process.
TOGETHER = {
    "finished": "dashboard",
    "repeated": "dashboard",
    "chromium": "dashboard",
    "heard": "heard",
    "librosa": "librosa",
    "postgres": "postgres",
}


@pytest.hookimpl(tryfirst=True)  # before xdist's own, which looks for groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep tests together that share what is slow to make, and begin with these, the longest first."""
    for item in items:
        if together := _shared(item):
            item.add_marker(pytest.mark.xdist_group(together))
    long = {_group(item) for item in items if item.get_closest_marker("slow")} - {""}
    items.sort(key=lambda item: (_group(item) not in long, not _group(item)))


def _shared(item: pytest.Item) -> str:
    """Return the group of the session's fixtures that an item uses, else its file where it uses the file's own."""
    path = item.nodeid.split("::")[0]
    fixtures = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    for fixture in fixtures:
        if fixture in TOGETHER:
            return TOGETHER[fixture]
    own = any(one.scope == "module" and one.baseid == path for made in fixtures.values() for one in made)
    return path if own else ""


def _group(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return str(marker.args[0]) if marker else ""
