"""A job: one process at work in one folder. Its progress, and what went wrong, are in files that pages read."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from seral_core.errors import SeralError
from seral_core.files import read_text, write_text
from seral_core.folders import inside
from seral_core.guard import echo
from seral_core.runs.run import InUse, alone

TROUBLE, CRASH = "trouble.txt", "crash.txt"
#: Progress is not written more often than this, in seconds.
TOLD_S = 0.3


def at_work(
    folder: Path, do: Callable[[], None], ended: str = "the run ended", kept: str = "everything recorded is kept"
) -> bool:
    """Do the work of a folder while it is held; what goes wrong becomes a sentence in ``folder/trouble.txt``.

    Where another process has the folder in hand, that one goes on, and this one has nothing to do.
    A mistake of SERAL is written to ``crash.txt`` in full.

    Parameters
    ----------
    folder : Path
        Of the job.
    do : callable
        The work.
    ended, kept : str
        What a mistake of SERAL means, as the beginning of a sentence; and what is safe.

    Returns
    -------
    bool
        Whether there was no trouble.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> at_work(folder, lambda: print("working")), trouble(folder)
    working
    (True, '')
    >>> at_work(folder, lambda: print(1 / 0)), trouble(folder)[:70]
    (False, 'the run ended by a mistake in SERAL (ZeroDivisionError: division by ze')
    """
    try:
        with alone(folder):
            (folder / TROUBLE).unlink(missing_ok=True)
            do()
    except InUse as wrong:
        echo(str(wrong), err=True)
    except SeralError as wrong:
        _write(folder / TROUBLE, str(wrong))
        return False
    except Exception as wrong:
        _write(folder / CRASH, traceback.format_exc())
        mistake = f"{ended} by a mistake in SERAL ({type(wrong).__name__}: {wrong})"
        _write(folder / TROUBLE, f"{mistake}; {kept}; details are in {folder / CRASH}")
        return False
    return True


def trouble(folder: Path) -> str:
    """Return what went wrong in a folder, or nothing."""
    try:
        return read_text(inside(folder, TROUBLE))
    except (OSError, SeralError):
        return ""


def standing(folder: Path, *, held: bool, starting: bool, wanted: str) -> tuple[str, str]:
    """Return the state of a job that is not finished, and what went wrong.

    Parameters
    ----------
    folder : Path
        Of the job.
    held : bool
        Whether a process has it in hand.
    starting : bool
        Whether one that was started for it lives, although it has not got it in hand: not yet, or no more.
    wanted : str
        As `seral_core.runs.run.wish` returns it.

    Returns
    -------
    state : str
        ``running``, ``paused``, ``stopping``, ``starting``, ``failed``, ``stopped`` or
        ``interrupted``.
    trouble : str
        Why it failed.

    Examples
    --------
    >>> standing(Path("a run"), held=True, starting=False, wanted="stop")
    ('stopping', '')
    >>> standing(Path("a run"), held=False, starting=True, wanted="stop")
    ('stopping', '')
    >>> standing(Path("a run"), held=False, starting=False, wanted="")
    ('interrupted', '')
    """
    if held:
        return {"pause": "paused", "stop": "stopping"}.get(wanted, "running"), ""
    if starting:  # or not ended yet
        return ("stopping" if wanted == "stop" else "starting"), ""
    if (folder / TROUBLE).exists():
        return "failed", trouble(folder)
    return ("stopped" if wanted == "stop" else "interrupted"), ""


class Told:
    """Writes down how far a job has come, a few times a second at most.

    Parameters
    ----------
    path : Path
        A JSON file with ``done``, ``total``, ``what`` and whatever else is given.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "progress.json"
    >>> Told(path)(3, 12, "clips")
    >>> path.read_text()
    '{"done": 3, "total": 12, "what": "clips"}'
    >>> told = Told(path)
    >>> told(12, 12, "clips"), told(0, 5, "runs"), told(1, 5, "runs")  # the next one comes too soon
    (None, None, None)
    >>> path.read_text()
    '{"done": 0, "total": 5, "what": "runs"}'
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.last, self.done = float("-inf"), -1

    def __call__(self, done: int, total: int, what: str, **more: float | None) -> None:
        """Write it down, unless that was done a moment ago and more is to come; what begins is always written."""
        begins, self.done = done <= self.done, done
        if time.monotonic() - self.last < TOLD_S and done < total and not begins:
            return
        self.last = time.monotonic()
        write_text(self.path, json.dumps({"done": done, "total": total, "what": what, **more}))


def _write(path: Path, text: str) -> None:
    if path.parent.is_dir():  # what the user deleted stays deleted
        with suppress(OSError):  # the disk is full
            write_text(path, text)
