"""A server with its own runs folder, and a real browser to look at it with."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_dashboard.keys import Cookies, token
from tests.patience import PATIENCE

CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SMALL = "synthetic:clips=60:speakers=6"


def a_grid(**changes: Any) -> Grid:
    """A comparison that is over in a few seconds."""
    plan = Plan(corpus=SMALL, budget=30, initial=10, batch=10, split="speakers:3", **changes)
    return Grid(plan, ("margin", "random"), (0, 1), (0,))


@pytest.fixture(scope="session")
def finished(own_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished experiment; its parent can serve as a runs folder."""
    from seral_core.runs.worker import work

    folder = tmp_path_factory.mktemp("runs") / "small"
    a_grid().save(folder)
    work(folder)
    assert not (folder / "trouble.txt").exists(), (folder / "trouble.txt").read_text()
    return folder


@pytest.fixture
def runs(finished: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runs folder that pages read in this process."""
    monkeypatch.setenv("SERAL_RUNS", str(finished.parent))
    monkeypatch.delenv("SERAL_OPEN", raising=False)
    return finished.parent


class Server:
    """A dashboard in a process of its own."""

    def __init__(self, runs: Path, log: Path, password: str = "", port: int = 0) -> None:
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = port or int(probe.getsockname()[1])
        start = (
            "from seral_dashboard.reach import Reach; from seral_dashboard.serve import serve; "
            f"serve(port={self.port}, browser=False, reach=Reach({password!r}))"
        )
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", start], env={**os.environ, "SERAL_RUNS": str(runs)}, stdout=out, stderr=out
            )
        self.log = log

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> Server:
        for _ in range(10 * PATIENCE):
            with contextlib.suppress(OSError), urlopen(f"{self.address}/_stcore/health", timeout=2):
                return self
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise AssertionError(f"the dashboard did not come up: {self.log.read_text()}")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session")
def start_server(own_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Server]]:
    """Start dashboards that end with the tests."""
    servers: list[Server] = []

    def start(runs: Path, password: str = "", port: int = 0) -> Server:
        servers.append(Server(runs, tmp_path_factory.mktemp("logs") / "server.log", password, port))
        return servers[-1].wait()

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.process.terminate()
            server.process.wait(PATIENCE)


@pytest.fixture(scope="session")
def server(start_server: Callable[[Path], Server], finished: Path) -> Server:
    """A dashboard that has one finished experiment."""
    return start_server(finished.parent)


@pytest.fixture
def no_trainer_left(tmp_path: Path) -> Iterator[None]:
    """End the trainers that a dashboard started for projects of this test."""
    from tests.dashboard.scripted import processes

    yield
    for pid in processes("seral_core.studio.trainer", str(tmp_path)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The system's Chromium; needed where CI is set, elsewhere a reason to skip."""
    missing = "" if Path(CHROMIUM).exists() else f"there is no {CHROMIUM}: apt-get install chromium"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing = 'playwright is not installed: pip install -e ".[dev]"'
    if missing:
        assert not os.environ.get("CI"), missing
        pytest.skip(missing)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


def known_to(context: Any, port: int) -> Any:
    """Give a browser the cookie that the printed address of a server would; return it."""
    cookies = Cookies(token(), port)
    for host in ("127.0.0.1", "localhost"):
        context.add_cookies([{"name": cookies.name, "value": cookies.owner(), "url": f"http://{host}:{port}"}])
    return context


@pytest.fixture
def browser(chromium: Any) -> Iterator[Any]:
    """A window of 1280 x 800 that no server knows."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
    yield context
    context.close()


@pytest.fixture
def page(browser: Any) -> Any:
    """A page of a window that every server knows; remembers what it asked for, and what failed or was forbidden."""
    page = browser.new_page()
    opened = page.goto

    def goto(url: str, **how: Any) -> Any:
        known_to(browser, urlsplit(url).port or 80)
        return opened(url, **how)

    page.goto = goto
    page.set_default_timeout(1000 * PATIENCE)
    page.asked = []
    page.mistakes = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("pageerror", lambda wrong: page.mistakes.append(str(wrong)))
    page.on("console", lambda said: page.mistakes.append(said.text) if "Content Security Policy" in said.text else None)
    return page


@pytest.fixture
def small_corpus(finished: Path) -> Any:
    """The corpus of the finished experiment."""
    from seral_core.corpora.base import open_corpus

    return open_corpus(SMALL)


@pytest.fixture
def small_grid() -> Callable[..., Grid]:
    """Make a grid that is over in a few seconds."""
    return a_grid
