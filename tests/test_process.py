"""Children end with their parent, however that ends, unless a user started what they do."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seral_core import process
from tests.patience import until
from tests.runs.conftest import small_table

STARTS = int(os.environ.get("SERAL_STARTS", "4"))

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="finds processes by /proc")


def of(home: Path) -> dict[int, str]:
    """All processes whose SERAL_HOME this is, and their command lines."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"SERAL_HOME={home}".encode() in (place / "environ").read_bytes().split(b"\0"):
                found[int(place.name)] = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return {pid: line for pid, line in found.items() if line and pid != os.getpid()}


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home of this test's own; whatever is at work for it ends with the test."""
    home = tmp_path / "home"
    home.mkdir()
    yield home
    for pid in of(home):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def begun(home: Path, code: str, *words: object) -> subprocess.Popen[str]:
    """Python code in a process of its own."""
    env = {**os.environ, "SERAL_HOME": str(home), "PYTHONPATH": os.pathsep.join(map(str, process.FOLDERS))}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, words)], env=env, stdout=subprocess.PIPE, text=True)


def killed(parent: subprocess.Popen[str]) -> None:
    parent.kill()
    parent.wait()


POOL = """
import time
from joblib import Parallel, delayed
from seral_core.process import pool
with pool():
    Parallel(n_jobs=2)(delayed(time.sleep)(600) for _ in range(2))
"""
CHILD = """
import time
from seral_core.process import start
child = start("tests.asleep", log="example.log")
time.sleep(600)
"""


@pytest.mark.parametrize(("code", "several"), [(POOL, 3), (CHILD, 2)], ids=["pool", "child"])
def test_what_was_started_ends_with_a_killed_parent(home: Path, code: str, several: int) -> None:
    parent = begun(home, code)
    until(lambda: len(of(home)) >= several)
    time.sleep(1)
    killed(parent)
    until(lambda: not of(home))


GRID = """
import sys, time
from pathlib import Path
from seral_dashboard.workers import crew
crew().start(Path(sys.argv[1]))
print("begun", flush=True)
time.sleep(600)
"""


def test_an_experiment_that_was_started_goes_on_without_its_parent(home: Path, tmp_path: Path) -> None:
    from seral_core.runs.grid import Grid
    from seral_core.runs.plan import Plan

    table, folder = small_table(tmp_path / "data"), tmp_path / "a grid\nof two lines"
    plan = Plan(str(table), features=str(table.with_name("features.npz")), split="speakers:3", initial=8, budget=16)
    Grid(plan, ("random",)).save(folder)
    parent = begun(home, GRID, folder)
    assert parent.stdout is not None
    parent.stdout.readline()
    killed(parent)
    until(lambda: (folder / "summary.json").exists())
    until(lambda: not of(home))


TRAINER = """
import sys, time
from pathlib import Path
from seral_core.studio.session import Session
session = Session(Path(sys.argv[1]))
while True:
    session.next("me")
    time.sleep(0.2)
"""


def test_a_project_has_one_trainer_which_ends_with_the_server_that_started_it(home: Path, tmp_path: Path) -> None:
    from seral_core.runs.run import running
    from seral_core.studio.testing import made_project

    folder = made_project(60, folder=tmp_path)

    def trainers() -> list[str]:
        return [line for line in of(home).values() if "seral_core.studio.trainer" in line]

    servers = [begun(home, TRAINER, folder) for _ in range(2)]
    until(lambda: (folder / "run" / "state.json").exists() and running(folder / "run"))
    until(lambda: len(trainers()) == 1)
    assert not (folder / "run" / "trouble.txt").exists()
    for server in servers:  # the other one's takes over
        until(lambda: running(folder / "run"))
        killed(server)
    until(lambda: not trainers())


def test_killed_servers_leave_no_process_and_make_nothing_that_nobody_asked_for(home: Path, tmp_path: Path) -> None:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    code = f"from seral_dashboard.serve import serve; serve(port={port}, browser=False)"
    for _ in range(STARTS):
        server = begun(home, code)
        until(lambda: len(of(home)) >= 2)
        time.sleep(2)
        killed(server)
    until(lambda: not of(home))
    assert [path.name for path in home.rglob("*") if "synthetic" in path.name] == []


def test_the_path_of_children_is_what_the_user_gave_without_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(process, "_PYTHON", {"PYTHONPATH": os.pathsep.join(["", ".", "own", str(tmp_path)])})
    monkeypatch.setenv("PYTHONHOME", str(tmp_path))
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "1")
    around = process.environment()
    assert around["PYTHONPATH"].split(os.pathsep)[0] == str(tmp_path / "own")
    assert str(tmp_path) not in around["PYTHONPATH"].split(os.pathsep)
    assert not {"PYTHONHOME", "STREAMLIT_SERVER_PORT"} & set(around)
