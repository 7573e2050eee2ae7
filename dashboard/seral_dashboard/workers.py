"""Workers: processes that carry out experiments and recipes and outlive the server, and a spare one that does not."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from functools import cache
from pathlib import Path

from seral_core import process
from seral_core.runs.worker import BUILT_IN

#: A fresh run needs the cores in its first seconds more than the next spare worker does.
NEXT_SPARE_S = 8.0
GRID, RECIPE = "seral_core.runs.worker", "seral_core.recipes.worker"
LOG = "workers.log"


class Crew:
    """One spare worker that has loaded everything, and those that are at work.

    A spare one ends with the server, however that ends. As soon as it has an experiment, it stays.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._spare: subprocess.Popen[bytes] | None = None
        self._built_in = False
        self._busy: dict[Path, subprocess.Popen[bytes]] = {}

    def warm(self) -> None:
        """Start a spare worker unless there is one."""
        with self._lock:
            if self._spare is None or self._spare.poll() is not None:
                self._spare = process.start(GRID, log=LOG)
                if self._built_in:
                    process.say(self._spare, BUILT_IN)

    def prepare(self) -> None:
        """Have spare workers load the built-in corpus from now on, for somebody looks at it.

        The first one extracts its features.
        """
        with self._lock, contextlib.suppress(BrokenPipeError):
            if not self._built_in:
                self.warm()
                self._built_in = True
                assert self._spare is not None
                process.say(self._spare, BUILT_IN)

    def start(self, folder: Path) -> None:
        """Have the experiment of a folder carried out."""
        for _ in range(2):  # a spare one may have been killed since
            with self._lock, contextlib.suppress(BrokenPipeError):
                self.warm()
                worker, self._spare = self._spare, None
                assert worker is not None
                process.say(worker, str(folder.resolve()), stay=True)
                self._busy[folder.resolve()] = worker
                break
        again = threading.Timer(NEXT_SPARE_S, self.warm)
        again.daemon = True
        again.start()

    def begin_recipe(self, folder: Path) -> None:
        """Have the recipe of a folder carried out."""
        place = folder.resolve()
        self._busy[place] = process.start(RECIPE, str(place), log=LOG, stays=True)

    def busy(self, folder: Path) -> bool:
        """Whether a worker of this server has the folder in hand."""
        worker = self._busy.get(folder.resolve())
        return worker is not None and worker.poll() is None


@cache
def crew() -> Crew:
    """Return this server's crew."""
    return Crew()
