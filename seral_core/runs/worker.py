"""A worker for the dashboard: it waits warm, carries out one grid, and outlives whoever started it.

Started without a folder it loads everything a run needs, prints ``ready``, and reads the folder from
standard input; when that closes without one, it ends. All runs of a grid take turns, so that their
curves grow side by side.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

from seral_core.errors import SeralError
from seral_core.runs.build import features_of, ready
from seral_core.runs.curve import write
from seral_core.runs.grid import Grid
from seral_core.runs.guesses import Guesses
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.runs.run import alone, recorded, stopped


def work(folder: Path) -> None:
    """Carry out the grid of a folder in this process; trouble is written to ``folder/trouble.txt``.

    Parameters
    ----------
    folder : Path
        Holds ``grid.toml``, as `seral_core.runs.grid.Grid.save` makes it.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> work(folder)
    >>> (folder / "trouble.txt").read_text()[:7]
    'no grid'
    """
    trouble = folder / "trouble.txt"
    trouble.unlink(missing_ok=True)
    try:
        with alone(folder):
            _take_turns(folder)
    except SeralError as wrong:
        trouble.write_text(str(wrong), encoding="utf-8")
    except Exception as wrong:
        (folder / "crash.txt").write_text(traceback.format_exc(), encoding="utf-8")
        trouble.write_text(
            f"the run ended by a mistake in SERAL ({type(wrong).__name__}: {wrong}); everything recorded is kept; "
            f"details are in {folder / 'crash.txt'}",
            encoding="utf-8",
        )


def _take_turns(folder: Path) -> None:
    grid = Grid.load(folder)
    _prepare(grid.plan, folder)
    groups: dict[tuple[int, int], list[Plan]] = {}
    for plan in grid.plans():
        groups.setdefault((plan.seed, plan.fold), []).append(plan)
    for plans in groups.values():
        with ExitStack() as held:
            runs = []
            for plan in plans:
                log = Log.begin(folder / "runs", plan)
                if not log.finished():
                    held.enter_context(alone(log.folder))
                    runs.append(_events(plan, log))
            while runs:
                if stopped(folder / "runs" / "any"):
                    return
                runs = [run for run in runs if next(run, None) is not None]
    write(grid.plan, grid.logs(folder), folder)


def _prepare(plan: Plan, folder: Path) -> None:
    """Extract features that are not loaded yet, and keep in ``folder/preparing.json`` how far that has come."""
    if (plan.corpus, plan.features) == (Plan().corpus, Plan().features):
        return
    path, told = folder / "preparing.json", 0.0

    def report(done: int, total: int, what: str) -> None:
        nonlocal told
        if time.monotonic() - told > 0.3:
            told = time.monotonic()
            path.write_text(json.dumps({"done": done, "total": total, "what": what}), encoding="utf-8")

    try:
        features_of(plan, report)
    finally:
        path.unlink(missing_ok=True)


def _events(plan: Plan, log: Log) -> Iterator[bool]:
    made = ready(plan, folder=log.folder)
    keep = Guesses(log.folder)
    for event in recorded(log, made):
        keep(event, made)
        yield True


def main() -> None:
    """Wait for a folder, or take it from the command line, and work there."""
    given = sys.argv[1:2]
    if not given:
        _warm()
        print("ready", flush=True)
        given = sys.stdin.readline().split("\n")[:1]
    if given and given[0].strip():
        work(Path(given[0].strip()))


def _warm() -> None:
    # Building a plan loads everything that a run needs, and the built-in corpus with it.
    with suppress(SeralError):
        ready(Plan())


if __name__ == "__main__":
    main()
