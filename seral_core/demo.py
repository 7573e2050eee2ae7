"""The demo: one finished comparison on the built-in corpus, made the first time it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seral_core.home import home
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.worker import work

DEMO = Grid(Plan(budget=120), ("recommended", "entropy", "random"), seeds=(0, 1), folds=(0, 1, 2, 3, 4))


def finished_demo(report: Callable[[int, int, str], None] | None = None) -> Path:
    """Return the folder of the finished demo; make it where there is none.

    Parameters
    ----------
    report : callable, optional
        Told ``(done, total, what)`` meanwhile.

    Returns
    -------
    Path
        Holds ``grid.toml`` and the runs, as `seral_core.runs.worker.work` leaves them.
    """
    from seral_core.runs.build import prepare

    folder = home("runs") / "demo"
    if not all(log.finished() for log in DEMO.logs(folder)):
        prepare(DEMO.plan, report)
        DEMO.save(folder)
        work(folder)
    return folder
