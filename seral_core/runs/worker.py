"""A worker for the dashboard: it waits warm, carries out one grid, and outlives the process that started it.

Started without a folder it loads everything a run needs, and ends with its parent until that names
a folder. All runs of a grid take turns, so that their curves grow side by side.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from seral_core import process
from seral_core.corpora.base import readers
from seral_core.errors import SeralError
from seral_core.features.base import extractors
from seral_core.learners.base import learners
from seral_core.oracles.base import oracles
from seral_core.runs.build import prepare
from seral_core.runs.curve import write
from seral_core.runs.grid import Grid, most_at_once
from seral_core.runs.job import Told, at_work
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.runs.predictions_log import PredictionsLog
from seral_core.runs.run import alone, recorded, stopped
from seral_core.runs.speech import features_of
from seral_core.strategies.base import strategies

#: Said to a spare worker: what was made of the built-in corpus may soon be needed.
BUILT_IN = "built-in corpus"


def work(folder: Path) -> bool:
    """Carry out the grid of a folder in this process; trouble is written to ``folder/trouble.txt``.

    Parameters
    ----------
    folder : Path
        Holds ``grid.toml``, as `seral_core.runs.grid.Grid.save` makes it.

    Returns
    -------
    bool
        Whether there was no trouble.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> work(folder), (folder / "trouble.txt").read_text()[:7]
    (False, 'no grid')
    """
    return at_work(folder, lambda: _take_turns(folder))


def _take_turns(folder: Path) -> None:
    grid = Grid.load(folder)
    _prepare(grid.plan, folder)
    groups: dict[tuple[int, int], list[Plan]] = {}
    for plan in grid.plans():
        groups.setdefault((plan.seed, plan.fold), []).append(plan)
    for plans in groups.values():
        with ExitStack() as held:
            waiting = []
            for plan in plans:
                log = Log.create(folder / "runs", plan)
                if not log.finished():
                    held.enter_context(alone(log.folder))
                    waiting.append(_events(plan, log))
            most = most_at_once(grid.plan) or len(waiting)
            runs, waiting = waiting[:most], waiting[most:]
            while runs:
                if stopped(folder / "runs" / "any"):
                    return
                runs = [run for run in runs if next(run, None) is not None]
                free = most - len(runs)
                runs, waiting = [*runs, *waiting[:free]], waiting[free:]
    write(grid.plan, grid.logs(folder), folder)


def _prepare(plan: Plan, folder: Path) -> None:
    """Extract features that are not loaded yet, and keep in ``folder/preparing.json`` how far that has come."""
    progress = Told(folder / "preparing.json")
    try:
        features_of(plan, progress)
    finally:
        progress.path.unlink(missing_ok=True)


def _events(plan: Plan, log: Log) -> Iterator[bool]:
    made = prepare(plan, folder=log.folder)
    keep = PredictionsLog(log.folder)
    for event in recorded(log, made):
        keep(event, made)
        yield True


def main() -> None:
    """Take a folder from the command line, or wait for one, and work there."""
    folder = sys.argv[1] if sys.argv[1:] else _waited_for()
    raise SystemExit(0 if work(Path(folder)) else 1)


def _waited_for() -> str:
    assert process.parent is not None
    for parts in (readers, extractors, learners, strategies, oracles):
        parts.loadable()
    while (message := process.parent.hear()) == BUILT_IN:
        with suppress(SeralError):
            prepare(Plan())
    return message
