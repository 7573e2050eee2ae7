"""Carry out a plan in its folder: from the start, or from where it was left."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from seral_core.errors import BadPlan
from seral_core.far.engine import Engine
from seral_core.files import read_text, regular, write_text
from seral_core.folders import inside
from seral_core.runs.build import PreparedRun, prepare
from seral_core.runs.events import Event
from seral_core.runs.held_out_traces import keep_held_out
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.runs.speech import Report
from seral_core.runs.training_progress import TrainingProgress

Listener = Callable[[Event, PreparedRun], None]


class InUse(BadPlan):
    """A folder that another process has in hand."""


def run(
    plan: Plan, parent: Path | str, *, listeners: tuple[Listener, ...] = (), report: Report | None = None,
    engine: Engine | None = None,
) -> Log:  # fmt: skip
    """Carry out a plan below ``parent``, and go on where an earlier attempt was cut off.

    Parameters
    ----------
    plan : Plan
        What to do.
    parent : Path or str
        The run's folder is made here, named by the plan's key.
    listeners : tuple of callable
        Each is called with every event after it was written down, and with what the run is made of.
    report : callable, optional
        Told ``(done, total, what)`` while features are extracted.
    engine : Engine, optional
        Who looks at features that lie in partitions; left out: this process.

    Returns
    -------
    Log
        The run, finished unless the user stopped it; see `tell`.

    Raises
    ------
    SeralError
        When the plan cannot be carried out. What was recorded stays.

    Examples
    --------
    >>> import tempfile
    >>> corpus, folder = toy_corpus(), Path(tempfile.mkdtemp())
    >>> corpus.about.assign(emotion=corpus.gold("emotion")).to_csv(folder / "clips.csv", index_label="file")
    >>> np.savez(folder / "clips.npz", ids=corpus.ids, values=np.eye(4))
    >>> where = {"corpus": str(folder / "clips.csv"), "features": str(folder / "clips.npz"), "split": "speaker"}
    >>> run(Plan(**where, strategy="random", initial=1, budget=2), Path(tempfile.mkdtemp())).events()[-1]
    Finished(spent=2.0, why='the budget is spent')
    """
    parent = Path(parent)
    made = prepare(plan, report, parent / plan.key, engine)
    log = Log.create(parent, plan)
    with alone(log.folder):
        for event in recorded(log, made):
            for listener in listeners:
                listener(event, made)
            if stopped(log.folder):
                break
    return log


def recorded(log: Log, made: PreparedRun) -> Iterator[Event]:
    """Yield what is missing of a run, each event after it was written down.

    Parameters
    ----------
    log : Log
        What happened so far; a last line that was cut off is removed from it.
    made : PreparedRun
        What the run is made of.

    Yields
    ------
    Event
        Those that the log did not hold.

    Raises
    ------
    DiskTrouble
        When an event cannot be written down.
    BadLog
        When the record cannot be trusted, or was made on other data.

    Examples
    --------
    >>> import tempfile
    >>> from types import SimpleNamespace
    >>> from seral_core.runs.events import Finished, Trained
    >>> log = Log.create(Path(tempfile.mkdtemp()), Plan())
    >>> rest = lambda past: [Trained(0, 20), Finished(20, "the budget is spent")][len(past):]
    >>> next(recorded(log, SimpleNamespace(loop=rest)))
    Trained(round=0, labelled=20, machine=0)
    >>> list(recorded(log, SimpleNamespace(loop=rest)))
    [Finished(spent=20, why='the budget is spent')]
    """
    log.mend()
    progress = TrainingProgress(log.folder)
    for event in made.loop(log.events()):
        log.append(event)
        progress(event)
        keep_held_out(log.folder, event, made)
        yield event


def alone(folder: Path) -> FileLock:
    """Return a held lock on a run, so that two processes never write one log.

    Parameters
    ----------
    folder : Path
        Of a run; it must exist.

    Returns
    -------
    FileLock
        Held already; released at the end of a ``with`` block.

    Raises
    ------
    InUse
        When another process holds it for two seconds more.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with alone(folder):
    ...     running(folder)
    True
    >>> running(folder)
    False
    """
    lock = FileLock(regular(inside(folder, ".lock")))
    try:
        lock.acquire(timeout=2)
    except Timeout:
        raise InUse(f"{folder} is being run by another process; wait for it, or stop it first") from None
    return lock


def running(folder: Path) -> bool:
    """Whether some process is carrying out this run now.

    Parameters
    ----------
    folder : Path
        Of a run or a grid; it must exist.

    Returns
    -------
    bool
        Whether its lock is held.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> running(folder)
    False
    """
    lock = FileLock(regular(inside(folder, ".lock")))
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True


def stopped(folder: Path, poll_s: float = 0.1) -> bool:
    """Wait while the user wants a run to pause; return whether it shall stop.

    Parameters
    ----------
    folder : Path
        Of a run.
    poll_s : float
        Seconds between two looks while it waits.

    Returns
    -------
    bool
        Whether it shall stop.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> ask_to(folder, "stop")
    >>> stopped(folder)
    True
    """
    while (wanted := wish(folder)) == "pause":
        time.sleep(poll_s)
    return wanted == "stop"


def wish(folder: Path) -> str:
    """Return what the user wants: ``""`` (go on), ``"pause"`` or ``"stop"``.

    A run heeds the file ``control`` in its own folder and in the one above, which speaks to a whole
    grid.

    Parameters
    ----------
    folder : Path
        Of a run.

    Returns
    -------
    str
        The wish for the whole grid, if there is one, else that for this run.

    Examples
    --------
    >>> import tempfile
    >>> grid = Path(tempfile.mkdtemp())
    >>> ask_to(grid, "pause")
    >>> wish(grid / "one run")
    'pause'
    """
    wanted = ""
    for place in (folder.parent, folder):
        try:
            wanted = wanted or read_text(inside(place, "control")).strip()
        except FileNotFoundError:
            continue
    return wanted


def ask_to(folder: Path, wanted: str) -> None:
    """Ask a run to ``"pause"``, ``"stop"``, or go on (``""``); heard between two events.

    Parameters
    ----------
    folder : Path
        Of a run, or the one that holds all runs of a grid; it must exist.
    wanted : {"pause", "stop", ""}
        The last wish counts.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> ask_to(folder, "stop"), wish(folder)
    (None, 'stop')
    >>> ask_to(folder, ""), wish(folder)
    (None, '')
    """
    write_text(inside(folder, "control"), wanted, to_disk=False)
