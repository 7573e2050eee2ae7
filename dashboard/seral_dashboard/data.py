"""Experiments as the pages need them: found, followed while they run, started and stopped."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import METRICS
from seral_core.errors import BadPlan, SeralError
from seral_core.files import read_text
from seral_core.folders import FILES, inside, kind_of
from seral_core.home import home
from seral_core.runs import job
from seral_core.runs.curve import framed, rows_of
from seral_core.runs.events import Scored, Started
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.run import ask_to, running, wish
from seral_core.runs.training_progress import training_of
from seral_core.studio.as_run import is_project
from seral_core.studio.background import trainer_state
from seral_dashboard.log_tail import Followed
from seral_dashboard.looks import at_one_moment
from seral_dashboard.workers import crew

#: Over how many of the last scores the pace is taken.
PACE_EVENTS = 40
#: File systems take 255 bytes, and a character may be four.
LONGEST_NAME = 60


def runs_folder() -> Path:
    """Return where experiments are kept."""
    return Path(os.environ.get("SERAL_RUNS") or home("runs"))


def log_path() -> Path:
    """Return where details of mistakes are written."""
    return home("logs") / "dashboard.log"


def sentence(wrong: Exception) -> str:
    """Return an error as text that begins with a capital letter and ends with a full stop."""
    text = str(wrong).strip() or type(wrong).__name__
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


@dataclass(frozen=True)
class Experiment:
    """A grid and its folder; a single run counts as a grid of one."""

    id: str
    folder: Path
    grid: Grid
    single: bool = False

    @property
    def logs(self) -> list[Followed]:
        """All runs, also those not begun yet, strategies varying fastest."""
        return [log for _, log in self.runs]

    @property
    def runs(self) -> tuple[tuple[Plan, Followed], ...]:
        """All runs, each with its plan."""
        return _runs(self)

    @property
    def labelled(self) -> bool:
        """Whether this is the training of a labelling project, which goes on whenever somebody labels."""
        return self.single and is_project(self.grid.plan)

    @property
    def label(self) -> str:
        """Name and contents in one line."""
        strategies = ", ".join(self.grid.strategies)
        repeats = len(self.grid.plans()) // len(self.grid.strategies)
        name = f"Labelling of {Path(self.grid.plan.corpus).name}" if self.labelled else self.id
        return f"{name}: {strategies}" + (f" ({repeats} runs each)" if repeats > 1 else "")

    def run(self, key: str) -> tuple[Plan, Followed]:
        """Return the run with this key, or raise `BadPlan`."""
        for plan, log in self.runs:
            if plan.key == key:
                return plan, log
        raise BadPlan(f"experiment {self.id} has no run {key}; choose one that the page offers")

    @property
    def started(self) -> list[tuple[Plan, Followed]]:
        """The runs that have written something."""
        return [(plan, log) for plan, log in self.runs if log.size]


@lru_cache(maxsize=256)
def _runs(experiment: Experiment) -> tuple[tuple[Plan, Followed], ...]:
    plans, folder = experiment.grid.plans(), experiment.folder
    folders = [folder] if experiment.single else [log.folder for log in experiment.grid.logs(folder)]
    return tuple(zip(plans, map(Followed, folders), strict=True))


def show_too(folder: Path) -> str:
    """Offer an experiment outside of the usual place; return its id."""
    found = experiment_in(folder.resolve())
    if found is None:
        raise BadPlan(
            f"{folder} holds no experiment; expected a folder with grid.toml or plan.toml, "
            "as 'seral grid --out' makes; check the path"
        )
    shown = [path for path in os.environ.get("SERAL_OPEN", "").split(os.pathsep) if path]
    if (more := str(folder.resolve())) not in shown:
        os.environ["SERAL_OPEN"] = os.pathsep.join([*shown, more])
    return next(e.id for e in experiments() if e.folder == folder.resolve())


def experiments() -> list[Experiment]:
    """Return all experiments, the newest first."""
    root = runs_folder()
    here = [path for path in root.iterdir() if path.is_dir()] if root.is_dir() else []
    outside = [Path(path) for path in os.environ.get("SERAL_OPEN", "").split(os.pathsep) if path]
    found: dict[str, Experiment] = {}
    for folder in [*outside, *sorted(here, key=_made, reverse=True)]:
        experiment = experiment_in(folder)
        if experiment is None or any(experiment.folder == other.folder for other in found.values()):
            continue
        if experiment.id in found:
            tag = hashlib.sha256(str(folder).encode()).hexdigest()[:6]
            experiment = Experiment(f"{experiment.id}-{tag}", folder, experiment.grid, experiment.single)
        found[experiment.id] = experiment
    return list(found.values())


def experiment(name: str) -> Experiment:
    """Return the experiment with this id, or raise `BadPlan`."""
    for found in experiments():
        if found.id == name:
            return found
    raise BadPlan(f"there is no experiment '{name}' in {runs_folder()}; choose one that the page offers")


def _made(folder: Path) -> float:
    kind = kind_of(folder)
    return (folder / FILES[kind]).stat().st_mtime if kind in ("grid", "run") else 0.0


def experiment_in(folder: Path) -> Experiment | None:
    """Return the grid or run of a folder; None where it holds none."""
    made = _made(folder)
    return _loaded(folder, made) if made else None


@lru_cache(maxsize=2000)
def _loaded(folder: Path, made: float) -> Experiment | None:
    try:
        if kind_of(folder) == "grid":
            return Experiment(folder.name, folder, Grid.load(folder))
        plan = Plan.load(folder)
        return Experiment(folder.name, folder, Grid(plan, (plan.strategy,), (plan.seed,), (plan.fold,)), single=True)
    except SeralError:
        return None


@dataclass(frozen=True)
class Progress:
    """How far an experiment has come.

    Parameters
    ----------
    state : str
        ``starting``, ``running``, ``waiting`` (for labels), ``paused``, ``stopping``, ``stopped``,
        ``interrupted``, ``failed`` or ``finished``.
    done : float
        Share of the work, from 0 to 1.
    remaining_s : float
        Seconds left at the present pace; nan where unknown.
    runs_done, runs : int
        How many runs are over, of how many.
    trouble : str
        Why it failed.
    alarms : tuple of str
        What its runs warn of.
    preparing : str
        How far the features are, while they are extracted, or how far a long training is.
    training : dict
        What a learner is at, as `training_of` gives it; empty where none says.
    """

    state: str
    done: float
    remaining_s: float
    runs_done: int
    runs: int
    trouble: str = ""
    alarms: tuple[str, ...] = ()
    preparing: str = ""
    training: Mapping[str, Any] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        """Whether something may still change without anybody's doing."""
        return self.state in ("starting", "running", "paused", "stopping", "waiting")


def progress(experiment: Experiment) -> Progress:
    """Return how far an experiment has come."""
    tally = _tally(experiment, version(experiment))
    logs, budget = experiment.logs, experiment.grid.plan.budget
    state, trouble = _state(experiment, [log for log in logs if log.folder not in tally.over])
    left = len(logs) * budget * (1 - tally.done)
    remaining = _remaining(tally.spent, left) if state == "running" else float("nan")
    training = next((now for log in logs if log.folder not in tally.over and (now := training_of(log.folder))), {})
    preparing = _preparing(experiment.folder) or _trained(training)
    over = len(tally.over)
    return Progress(state, tally.done, remaining, over, len(logs), trouble, tally.alarms, preparing, training)


def version(experiment: Experiment) -> tuple[int, ...]:
    """Return what changes whenever a run has written something: the sizes of all logs."""
    return at_one_moment(experiment, lambda: tuple(log.size for log in experiment.logs))


@dataclass(frozen=True)
class _Tally:
    over: frozenset[Path]
    done: float
    spent: list[tuple[datetime, float]]
    alarms: tuple[str, ...]


@lru_cache(maxsize=32)
def _tally(experiment: Experiment, _version: tuple[int, ...]) -> _Tally:
    logs, budget = experiment.logs, experiment.grid.plan.budget
    over = frozenset(log.folder for log in logs if log.finished())
    spent = [(at, event.spent) for log in logs for at, event in log.timed() if isinstance(event, Scored)]
    reached = sum(min(_last_spent(log) / budget, 1) for log in logs if log.folder not in over)
    alarms = dict.fromkeys(a for log in logs for e in log.events()[:1] if isinstance(e, Started) for a in e.alarms)
    return _Tally(over, (len(over) + reached) / max(len(logs), 1), sorted(spent), tuple(alarms))


def _trained(now: Mapping[str, Any]) -> str:
    """Return how far a training is, for people."""
    if not now:
        return ""
    left = spread_s(float(now.get("left_s", "nan")))
    of = f"training round {now.get('round')}: {100 * float(now.get('done', 0)):.0f} %"
    return ", ".join(part for part in (of, str(now.get("text", "")), f"about {left} left" if left else "") if part)


def _preparing(folder: Path) -> str:
    try:
        state = json.loads(read_text(inside(folder, "preparing.json")))
        return f"extracting features: {state['done']} of {state['total']} clips"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _last_spent(log: Followed) -> float:
    return next((event.spent for event in reversed(log.events()) if isinstance(event, Scored)), 0.0)


def _remaining(spent: list[tuple[datetime, float]], left: float) -> float:
    """Return the seconds that the rest takes when each score costs what the last ones did."""
    last = spent[-PACE_EVENTS:]
    if len(last) < 4:
        return float("nan")
    seconds = (last[-1][0] - last[0][0]).total_seconds()
    steps = pd.Series([s for _, s in spent]).drop_duplicates().sort_values().diff().median()
    gained = (len(last) - 1) * (steps if steps > 0 else 1.0)
    return seconds / gained * left if gained > 0 else float("nan")


def _state(experiment: Experiment, open_logs: list[Followed]) -> tuple[str, str]:
    if not open_logs:
        return "finished", ""
    wanted = wish(open_logs[0].folder)
    if experiment.labelled and (trouble := job.trouble(experiment.folder.parent)):
        return "failed", trouble
    held = locked(experiment.folder) or any(locked(log.folder) for log in open_logs)
    state = job.standing(experiment.folder, held=held, starting=crew().busy(experiment.folder), wanted=wanted)
    if experiment.labelled:  # goes on whenever somebody labels
        idle = not held or trainer_state(experiment.folder.parent)["state"] == "waiting"
        return ("waiting" if idle and state[0] not in ("paused", "stopping", "stopped") else state[0]), ""
    return state


def locked(folder: Path) -> bool:
    """Whether some process has the folder of a run, a grid or a recipe in hand."""
    if not (folder / ".lock").exists():
        return False
    try:
        return running(folder)
    except (OSError, SeralError):
        return False


def control(experiment: Experiment, wanted: str) -> None:
    """Ask an experiment to ``"pause"``, to ``"stop"``, or to go on (``""``), also where no worker has it any more."""
    place = experiment.folder if experiment.single else experiment.folder / "runs"
    place.mkdir(exist_ok=True)
    ask_to(place, wanted)
    if experiment.labelled:
        return  # the next label starts its trainer
    if wanted == "" and progress(experiment).state in ("stopped", "interrupted", "failed"):
        if experiment.single:
            raise BadPlan(f"a single run continues from the command line: seral resume {experiment.folder}")
        crew().start(experiment.folder)


def start(grid: Grid, name: str = "") -> Experiment:
    """Keep a new experiment, have it carried out, and return it."""
    folder = free_folder(name or _usual_name(grid))
    grid.save(folder)
    crew().start(folder)
    return experiment(folder.name)


def _usual_name(grid: Grid) -> str:
    what = Path(grid.plan.corpus).stem if "/" in grid.plan.corpus else grid.plan.corpus.split(":")[0]
    return f"{what}-{datetime.now():%Y-%m-%d-%H%M}"


def free_folder(name: str, root: Path | None = None) -> Path:
    """Return a folder for a new experiment, or below a root, that nothing else has, named after what a user typed."""
    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip("-.")[:LONGEST_NAME] or "experiment"
    root = root or runs_folder()
    names = [safe, *(f"{safe}-{number}" for number in range(2, 1000))]
    return next(root / free for free in names if not (root / free).exists())


def scores(experiment: Experiment) -> pd.DataFrame:
    """Return every score so far, in the long form of `seral_core.runs.curve.curves`; not to be changed."""
    return _scores(experiment, version(experiment))


@lru_cache(maxsize=16)
def _scores(experiment: Experiment, _version: tuple[int, ...]) -> pd.DataFrame:
    return framed(row for _, log in experiment.started for row in _rows(log, log.size))


@lru_cache(maxsize=4000)
def _rows(log: Followed, _size: int) -> list[tuple[Any, ...]]:
    return rows_of(log)


def metrics(experiment: Experiment) -> dict[str, list[str]]:
    """Return which scores there are, by target, the usual one first."""
    return _metrics(experiment, version(experiment))


@lru_cache(maxsize=16)
def _metrics(experiment: Experiment, _version: tuple[int, ...]) -> dict[str, list[str]]:
    pairs = scores(experiment)[["target", "metric"]].drop_duplicates()
    found: dict[str, list[str]] = {target: [] for target in pairs["target"]}
    for target, metric in pairs.itertuples(index=False):
        found[target].append(metric)
    return {target: sorted(names, key=list(METRICS).index) for target, names in found.items()}


def spread_s(seconds: float) -> str:
    """Return a time span as people say it.

    Examples
    --------
    >>> spread_s(8), spread_s(95), spread_s(4000)
    ('8 s', '2 min', '1 h 7 min')
    """
    if not np.isfinite(seconds):
        return ""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
