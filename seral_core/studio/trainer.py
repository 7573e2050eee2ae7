"""The trainer: a process of its own that learns while people label, and says what to label next.

It only ever reads the labels. All it writes can be worked out again, so it may be killed at any
moment and started again; it ends by itself when nobody has labelled for a while.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from shutil import rmtree

from seral_core.far.agreed import check_scheduler
from seral_core.far.dask import engine_for
from seral_core.folders import inside
from seral_core.runs.job import at_work
from seral_core.runs.run import alone, stopped
from seral_core.store import Away
from seral_core.studio import FILE
from seral_core.studio.curve_trainer import CurveTrainer
from seral_core.studio.far_learning import FarTrainer
from seral_core.studio.far_recordings import far_set
from seral_core.studio.files import write_json
from seral_core.studio.learning import Trainer as Trainer
from seral_core.studio.project import LabelProject, open_project
from seral_core.studio.stores import store_of
from seral_core.studio.traced import traced

#: How often it looks whether somebody has answered, and how long nobody does before it ends. In seconds.
LOOK_S, IDLE_S = 0.4, 900.0


def work(folder: Path, idle_s: float = IDLE_S) -> bool:
    """Train until nobody has labelled for a while; trouble is written to ``run/trouble.txt``.

    Where another process trains for the project already, as with two servers, this one ends at
    once. A database that goes away is waited for, and what it has then is learned from.

    Parameters
    ----------
    folder : Path
        Of the project.
    idle_s : float
        How long nobody says anything before it ends, in seconds.

    Returns
    -------
    bool
        Whether there was no trouble; also where another process trains for the project already.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> folder = made_project(clips=60)
    >>> work(folder, idle_s=0.0), sorted(path.name for path in (folder / "run").glob("*.json"))
    (True, ['next.json', 'state.json'])
    """
    run = inside(folder, "run")
    run.mkdir(exist_ok=True)

    def do() -> None:
        for left in (*run.glob(".*.draft"), *inside(run, "beliefs").glob(".*.npz"), *run.glob(".*.npz")):
            left.unlink(missing_ok=True)
        while not _trained(folder, idle_s):
            time.sleep(LOOK_S)

    went_well = at_work(run, do, "the model could not be trained", "every answer is kept")
    if not (folder / FILE).exists() and {path.name for path in folder.glob("*")} == {run.name}:
        rmtree(folder, ignore_errors=True)  # the project was moved away meanwhile, and what was written then lies here
    return went_well


def _trained(folder: Path, idle_s: float) -> bool:
    """Train until there is no more to do; return False where the database went away meanwhile, and may be back."""
    studio = open_project(folder)
    with suppress(Away), closing(store_of(folder, studio)) as store:
        store.check()
        with trainer_of(folder, studio) as first:
            curves = CurveTrainer(folder, tells=first is None) if traced(studio.task) else None
            if (trainer := first or curves) is None:  # relative traces alone teach no model
                write_json(inside(folder, "run") / "state.json", {"state": "ended", "round": -1})
                return True
            with alone(trainer.place):  # pages see by this lock that the run is going on
                _go_on(trainer, idle_s, curves if first else None)
        return True
    return False


@contextmanager
def trainer_of(folder: Path, studio: LabelProject) -> Iterator[Trainer | None]:
    """Lend the trainer of a project, on a cluster where it names one; None where nothing but traces is asked.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> folder = made_project(clips=12)
    >>> with trainer_of(folder, open_project(folder)) as trainer:
    ...     len(trainer.table)
    12
    """
    if not studio.learned:
        yield None
    elif far_set(studio.features, studio.dask) is None:
        yield Trainer(folder)
    else:
        check_scheduler(studio.dask)
        with engine_for(studio.dask) as engine:
            yield FarTrainer(folder, engine)


def _go_on(trainer: Trainer | CurveTrainer, idle_s: float, curves: CurveTrainer | None = None) -> None:
    first = trainer.studio
    while (trainer.folder / FILE).exists():
        began = time.monotonic()
        worked = trainer.look() | (curves.look() if curves else False)
        if worked and _differs(first, trainer.studio):
            return  # the next one begins with the new settings
        if trainer.idle_s >= idle_s or stopped(trainer.place):
            trainer._say("ended")
            return
        # At most half of a core, so that people who label do not notice.
        time.sleep(max(LOOK_S, time.monotonic() - began) if worked else LOOK_S)


def _differs(a: LabelProject, b: LabelProject) -> bool:
    names = ("corpus", "how", "targets", "features", "seed", "gold", "gold_share", "test_share", "k", "store", "dask")
    return any(getattr(a, name) != getattr(b, name) for name in names)


def main() -> None:
    """Train for the project whose folder the command line names."""
    with suppress(OSError, AttributeError):
        os.nice(10)
    raise SystemExit(0 if work(Path(sys.argv[1])) else 1)
