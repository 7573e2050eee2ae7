"""Workers: processes that carry out experiments, one always warm, and all of them outlive the server."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path

from seral_core.home import home

#: A fresh run needs the cores in its first seconds more than the next spare worker does.
NEXT_SPARE_S = 8.0


class Crew:
    """One spare worker that has loaded everything, and those that are at work.

    A worker has its own session, so it goes on when the server ends or is killed. A spare one ends
    with the server, because its standard input closes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: subprocess.Popen[str] | None = None
        self._ready = threading.Event()
        self._busy: dict[Path, subprocess.Popen[str]] = {}

    def warm(self) -> None:
        """Start a spare worker unless there is one."""
        with self._lock:
            if self._spare is None or self._spare.poll() is not None:
                self._spare = self._started()

    def wait(self, timeout_s: float = 180.0) -> bool:
        """Wait until the spare worker has loaded everything; return whether it has."""
        self.warm()
        return self._ready.wait(timeout_s)

    def begin(self, folder: Path) -> None:
        """Have the experiment of a folder carried out."""
        for _ in range(2):  # a spare one may have been killed since
            self.warm()
            with self._lock, contextlib.suppress(BrokenPipeError):
                worker, self._spare = self._spare, None
                assert worker is not None
                assert worker.stdin is not None
                with worker.stdin:
                    worker.stdin.write(f"{folder.resolve()}\n")
                self._busy[folder.resolve()] = worker
                break
        again = threading.Timer(NEXT_SPARE_S, self.warm)
        again.daemon = True
        again.start()

    def busy(self, folder: Path) -> bool:
        """Whether a worker of this server has the folder in hand."""
        worker = self._busy.get(folder.resolve())
        return worker is not None and worker.poll() is None

    def _started(self) -> subprocess.Popen[str]:
        self._ready = ready = threading.Event()
        with (home("logs") / "workers.log").open("a") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "seral_core.runs.worker"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
            )  # fmt: skip
        threading.Thread(target=_hear, args=(worker, ready), daemon=True).start()
        return worker


def _hear(worker: subprocess.Popen[str], ready: threading.Event) -> None:
    assert worker.stdout is not None
    for line in worker.stdout:
        if line.strip() == "ready":
            ready.set()


@cache
def crew() -> Crew:
    """Return this server's crew."""
    return Crew()
