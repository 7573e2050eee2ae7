"""The trainer as seen from a session: started when somebody labels, and what it is at."""

from __future__ import annotations

import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from seral_core import process
from seral_core.folders import inside
from seral_core.runs.job import TROUBLE, trouble
from seral_core.runs.run import running, wish
from seral_core.studio.files import read_json

#: How often it is looked whether the trainer is there; how long after trouble it is tried again. In
#: seconds.
LOOK_S, AGAIN_S = 3.0, 60.0
#: Where a trainer of this process ended wrongly and could not write down why.
_SPEECHLESS: set[Path] = set()


class Background:
    """Keeps one trainer at work for a project, whichever process started it. It ends with the process that did.

    Parameters
    ----------
    folder : Path
        Of the project.

    Examples
    --------
    >>> Background(Path("a project")).process is None
    True
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.run = folder, inside(folder, "run")
        self.process: subprocess.Popen[bytes] | None = None
        self._looked = self._began = float("-inf")

    def start(self) -> None:
        """Start the trainer unless one is at work; quick, and quiet where it fails."""
        now = time.monotonic()
        if now - self._looked < LOOK_S:
            return
        self._looked = now
        if self.process is not None and self.process.poll() is None:
            _SPEECHLESS.discard(self.run)
            return
        if self.process is not None and self.process.returncode > 0 and not (self.run / TROUBLE).exists():
            _SPEECHLESS.add(self.run)
        with suppress(OSError):  # a folder that may only be read, or a full disk: answers have their own sentence
            self._start(now)

    def end(self) -> None:
        """End the trainer that this process started, if there is one; it is started again when somebody labels."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def _start(self, now: float) -> None:
        if self._fails(now) or self._in_trouble() or self._unwanted() or running(self._made()):
            return
        self._began = now
        self.process = process.start("seral_core.studio.trainer", str(self.folder.resolve()), log="trainer.log")

    def _fails(self, now: float) -> bool:
        """Whether the last one ended by itself, wrongly, a moment ago; one that was killed is replaced at once."""
        return self.process is not None and (self.process.returncode or 0) > 0 and now - self._began < AGAIN_S

    def _unwanted(self) -> bool:
        """Whether the user stopped the training, as any other run."""
        return any(wish(plan.parent) == "stop" for plan in self.run.glob("*/plan.toml"))

    def _made(self) -> Path:
        self.run.mkdir(exist_ok=True)
        return self.run

    def _in_trouble(self) -> bool:
        try:
            ago = time.time() - (self.run / TROUBLE).stat().st_mtime
            return 0 <= ago < AGAIN_S  # a clock that was put back must not end the training
        except OSError:
            return False


def running_trainer(folder: Path) -> bool:
    """Whether some process trains for a project now.

    Examples
    --------
    >>> running_trainer(Path("nowhere"))
    False
    """
    run = inside(folder, "run")
    return run.is_dir() and running(run)


def trainer_state(run: Path) -> dict[str, Any]:
    """Return what the trainer is at.

    Parameters
    ----------
    run : Path
        The project's ``run`` folder.

    Returns
    -------
    dict
        ``state``: ``starting``, ``features``, ``training``, ``waiting`` (for answers), ``ended`` or
        ``failed``; ``round`` (-1 before the first); ``done`` of ``total`` clips while features are
        extracted; ``trouble``: what went wrong, as a sentence.

    Examples
    --------
    >>> trainer_state(Path("nowhere"))
    {'state': 'starting', 'round': -1}
    """
    state = {"state": "starting", "round": -1, **read_json(inside(run, "state.json"))}
    state.pop("at", None)
    if (run / TROUBLE).exists():
        state.update(state="failed", trouble=trouble(run))
    elif run in _SPEECHLESS:
        state.update(state="failed", trouble=f"it ended and could not write why into {run}; is the disk full?")
    return state
