"""Carry out a plan in its folder: from the start, or from where it was left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from seral_core.errors import BadPlan
from seral_core.runs.build import Ready, Report, ready
from seral_core.runs.events import Event
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan

Listener = Callable[[Event, Ready], None]


def run(plan: Plan, parent: Path, *, listeners: tuple[Listener, ...] = (), report: Report | None = None) -> Log:
    """Carry out a plan below ``parent``, and go on where an earlier attempt was cut off.

    Parameters
    ----------
    plan : Plan
        What to do.
    parent : Path
        The run's folder is made here, named by the plan's key.
    listeners : tuple of callable
        Each is called with every event after it was written down, and with what the run is made of.
    report : callable, optional
        Told ``(done, total, what)`` while features are extracted.

    Returns
    -------
    Log
        The finished run.

    Raises
    ------
    SeralError
        When the plan cannot be carried out. What was recorded stays.
    """
    made = ready(plan, report)
    log = Log.begin(parent, plan)
    with alone(log.folder):
        for event in recorded(log, made):
            for listener in listeners:
                listener(event, made)
            if stopped(log.folder):
                break
    return log


def recorded(log: Log, made: Ready) -> Iterator[Event]:
    """Yield what is missing of a run, each event after it was written down."""
    log.mend()
    for event in made.loop(log.events()):
        log.append(event)
        yield event


def alone(folder: Path) -> FileLock:
    """Return a held lock on a run, so that two processes never write one log."""
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=2)
    except Timeout:
        raise BadPlan(f"{folder} is being run by another process; wait for it, or stop it first") from None
    return lock


def running(folder: Path) -> bool:
    """Whether some process is carrying out this run now."""
    lock = FileLock(folder / ".lock")
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True


def stopped(folder: Path, poll_s: float = 0.1) -> bool:
    """Wait while the user wants a run to pause; return whether it shall stop."""
    while (said := wish(folder)) == "pause":
        time.sleep(poll_s)
    return said == "stop"


def wish(folder: Path) -> str:
    """Return what the user wants: ``""`` (go on), ``"pause"`` or ``"stop"``.

    A run heeds the file ``control`` in its own folder and in the one above, which speaks to a whole grid.
    """
    said = ""
    for place in (folder.parent, folder):
        try:
            said = said or (place / "control").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            continue
    return said


def tell(folder: Path, wanted: str) -> None:
    """Ask a run to ``"pause"``, ``"stop"``, or go on (``""``); heard between two events."""
    (folder / "control").write_text(wanted, encoding="utf-8")
