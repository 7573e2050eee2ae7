"""The demos: a finished comparison where emotion is rare, and one where it is not, each made when first asked for.

Both are on the built-in corpus. In the first, three clips in four are neutral, as in calls, so that emotion is rare and
most of what chance draws teaches nothing new; in the second all emotions are about equally common.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from seral_core.errors import BadPlan, SeralError
from seral_core.folders import kind_of
from seral_core.home import home
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.run import running
from seral_core.runs.worker import work

DEMO, BALANCED = "demo", "demo-balanced"


# In the first, over 50 paired runs (ten seeds, five groups of test speakers), novelty needs 110 labels for what random
# needs 200 for, 64 to 126 fewer; the two seeds here say so less sharply. In the second, over 40, nothing helps: novelty
# lies -.027 [-.052, -.002] from random, recommended +.018 [-.011, +.046].
def _grid(corpus: str) -> Grid:
    return Grid(Plan(corpus=corpus), ("novelty", "recommended", "random"), (0, 1), (0, 1, 2, 3, 4))


DEMOS = {DEMO: _grid("synthetic:neutral=0.75"), BALANCED: _grid("synthetic")}
CAPTIONS = {
    DEMO: "Speech as in calls: three clips in four are neutral, emotions are rare.",
    BALANCED: "Speech as actors are asked for: all emotions are about equally common.",
}


def finished_demo(report: Callable[[int, int, str], None] | None = None, name: str = DEMO) -> Path:
    """Return the folder of a finished demo; make it where there is none.

    What else has that name, such as the demo of an earlier version or a recipe, is kept under a new one.

    Parameters
    ----------
    report : callable, optional
        Told ``(done, total, what)`` meanwhile.
    name : str
        Which one, of `DEMOS`.

    Returns
    -------
    Path
        Holds ``grid.toml`` and the runs, as `seral_core.runs.worker.work` leaves them.
    """
    from seral_core.runs.build import prepare

    folder, grid = home("runs") / name, DEMOS[name]
    _set_aside(folder, grid)
    if not all(log.finished() for log in grid.logs(folder)):
        prepare(grid.plan, report)
        grid.save(folder)
        work(folder)
    return folder


def _set_aside(folder: Path, grid: Grid) -> None:
    if kind_of(folder) is None:
        return
    with suppress(SeralError):
        if grid.is_part_of(Grid.load(folder)):
            return
    if running(folder):
        raise BadPlan(f"{folder} is another experiment, at work; expected its name to be free; stop it, then try again")
    names = (f"{folder.name}-earlier{number}" for number in ("", *(f"-{i}" for i in range(2, 1000))))
    folder.rename(next(free for name in names if not (free := folder.with_name(name)).exists()))
