"""The trainer of a class: a process of its own that learns round by round, and may be killed at any moment."""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from seral_core.classroom import LOG, PLACE
from seral_core.classroom.learning import Learning
from seral_core.classroom.story import story_of
from seral_core.folders import inside
from seral_core.home import private_folder
from seral_core.runs.job import Told, at_work

#: How often it looks for a question that was revealed, and how long nothing happens before it ends, in seconds.
LOOK_S, IDLE_S = 0.25, 1800.0
PREPARING = "preparing.json"


def work(folder: Path, idle_s: float = IDLE_S) -> bool:
    """Learn until the class has ended, or nothing has happened for a while; return whether there was no trouble.

    Examples
    --------
    >>> from seral_core.classroom.testing import made_class
    >>> folder = made_class(clips=40, ready=False)
    >>> work(folder, idle_s=0.0), sorted(path.name for path in (folder / "class").glob("*.*"))
    (True, ['.lock', 'curves.json', 'model.npz'])
    """
    place = private_folder(inside(folder, PLACE))
    return at_work(place, lambda: _learn(folder, idle_s), "the model could not be trained", "every vote is kept")


def _learn(folder: Path, idle_s: float) -> None:
    progress = Told(inside(folder, f"{PLACE}/{PREPARING}"))
    try:
        learning = Learning(folder, progress)
    finally:
        progress.path.unlink(missing_ok=True)
    log, last, stamp = inside(folder, f"{PLACE}/{LOG}"), time.monotonic(), -1
    while folder.exists():
        now = log.stat().st_mtime_ns if log.exists() else 0
        if now != stamp:
            stamp, last = now, time.monotonic()
            while learning.look():
                pass
            if story_of(folder).ended:
                return
        if time.monotonic() - last >= idle_s:
            return
        time.sleep(LOOK_S)


def main() -> None:
    """Learn for the class whose folder the command line names."""
    with suppress(OSError, AttributeError):
        os.nice(10)
    raise SystemExit(0 if work(Path(sys.argv[1])) else 1)
