"""What a recipe carries out, each part in a folder of its own: a grid of runs, or trials of anything else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from seral_core.errors import BadPlan, SeralError
from seral_core.files import replacing
from seral_core.folders import inside
from seral_core.runs.build import prepare
from seral_core.runs.curve import COLUMNS, curves
from seral_core.runs.grid import Grid, run_grid
from seral_core.runs.log import Log
from seral_core.runs.run import ask_to, stopped
from seral_core.unpacking import read_parquet


class Part(Protocol):
    """One part of a recipe, carried out and resumed by itself; see `Cell` and `Trials`."""

    @property
    def name(self) -> str:
        """Name of its folder."""
        ...

    @property
    def size(self) -> int:
        """How many runs it has."""
        ...

    def check(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return alarms and notes, or raise the `SeralError` that says why it cannot be carried out."""
        ...

    def run(self, folder: Path, jobs: int = -1) -> Iterator[object]:
        """Carry out what is missing below the recipe's folder; yield once for each run, those of before too."""
        ...

    def curves(self, folder: Path) -> pd.DataFrame:
        """Return the results: columns ``strategy seed fold target metric spent value machine scenario``."""
        ...


@dataclass(frozen=True)
class Cell:
    """One grid of a recipe.

    Parameters
    ----------
    scenario : str
        Such as ``"pool"``; a column of the curves.
    grid : Grid
        What is run.
    suffix : str
        Added to the names of its strategies in curves and figures.
    part : str
        Added to the name; distinguishes cells of one scenario and the same targets.

    Examples
    --------
    >>> from seral_core.runs.plan import Plan
    >>> Cell("stream", Grid(Plan(targets=("arousal",)), ("random",))).name
    'arousal-stream'
    """

    scenario: str
    grid: Grid
    suffix: str = ""
    part: str = ""

    @property
    def name(self) -> str:
        """Name of the grid's folder."""
        return folder_name(*self.grid.plan.targets, self.scenario, self.part)

    @property
    def size(self) -> int:
        """How many runs the grid has."""
        return len(self.grid.plans())

    def check(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return alarms and notes of the grid's plan."""
        made = prepare(self.grid.plan)
        return made.alarms, made.notes

    def run(self, folder: Path, jobs: int = -1) -> Iterator[object]:
        """Carry out the grid, or go on with it."""
        self.grid.go_on(inside(folder, self.name))
        yield from run_grid(self.grid, inside(folder, self.name), jobs=jobs)
        if not all(log.finished() for log in self.logs(folder)):
            raise _stopped(self.name)

    def curves(self, folder: Path) -> pd.DataFrame:
        """Return the learning curves of all runs."""
        frame = curves(self.logs(folder))
        return frame.assign(strategy=frame["strategy"] + self.suffix, scenario=self.scenario)

    def logs(self, folder: Path) -> list[Log]:
        """Return the logs of the cell's runs, below the recipe's folder."""
        return self.grid.logs(inside(folder, self.name))


@dataclass(frozen=True)
class Trial:
    """One training and its scores.

    Parameters
    ----------
    variant : str
        What is compared, such as a loss.
    seed, fold : int
        Trials of several variants with the same seed and fold are paired.
    folder : Path
        Its own, for checkpoints.
    """

    variant: str
    seed: int
    fold: int
    folder: Path


#: What a trial measures: rows of target, metric, labels (or epochs, or 0) and value.
Scores = Iterable[tuple[str, str, float, float]]


@dataclass(frozen=True)
class Trials:
    """Something that is trained and scored once for each variant, seed and fold, and is no run of active learning.

    Parameters
    ----------
    scenario : str
        A column of the curves, and the name of the folder.
    measure : callable
        Takes a `Trial` and returns its scores. It travels to other processes: a function of a
        module, or an object that can be pickled. What it keeps in the trial's folder is there again
        when it was killed and starts again.
    variants : tuple of str
        The names of what is compared: ``strategy`` in the curves, so that all that compares
        strategies serves.
    seeds, folds : tuple of int
        Every variant has a trial for each pair.
    alarms, notes : tuple of str
        What the user should know of the data.
    """

    scenario: str
    measure: Callable[[Trial], Scores]
    variants: tuple[str, ...]
    seeds: tuple[int, ...] = (0,)
    folds: tuple[int, ...] = (0,)
    alarms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.size or len({trial.folder for trial in self.trials(Path())}) < self.size:
            raise BadPlan(
                f"trials of {self.scenario} have the variants "
                f"{', '.join(self.variants) or 'none'}, seeds {self.seeds} and folds {self.folds}; "
                "expected one or more of each, whose folders have different names; rename one"
            )

    @property
    def name(self) -> str:
        """Name of the folder."""
        return folder_name(self.scenario)

    @property
    def size(self) -> int:
        """How many trials there are."""
        return len(self.variants) * len(self.seeds) * len(self.folds)

    def check(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return alarms and notes."""
        return self.alarms, self.notes

    def trials(self, folder: Path) -> list[Trial]:
        """Return all trials below the recipe's folder; variants vary fastest, so that early ones are whole pairs."""
        place = inside(folder.resolve(), f"{self.name}/runs")
        return [
            Trial(variant, seed, fold, inside(place, folder_name(variant, f"seed{seed}", f"fold{fold}")))
            for seed, fold, variant in product(self.seeds, self.folds, self.variants)
        ]

    def run(self, folder: Path, jobs: int = -1) -> Iterator[object]:
        """Carry out the trials that have no scores yet."""
        from joblib import Parallel, delayed

        trials = self.trials(folder)
        runs = trials[0].folder.parent
        runs.mkdir(parents=True, exist_ok=True)
        ask_to(runs, "")
        missing = [trial for trial in trials if not _scores(trial).exists()]
        yield from (trial for trial in trials if trial not in missing)
        work = (delayed(_measured)(self.measure, trial) for trial in missing)
        jobs = 1 if len(missing) < 2 else jobs
        for trial, trouble in Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(work):
            if trouble:
                raise BadPlan(trouble)
            yield trial
        if not all(_scores(trial).exists() for trial in trials):
            raise _stopped(self.name)

    def curves(self, folder: Path) -> pd.DataFrame:
        """Return the scores of all trials."""
        frame = pd.concat([read_parquet(_scores(trial)) for trial in self.trials(folder)], ignore_index=True)
        return frame.assign(scenario=self.scenario)


def folder_name(*parts: str) -> str:
    """Return what names a folder after several parts, those that are empty left out.

    Examples
    --------
    >>> folder_name("arousal", "pool", "", "by 4")
    'arousal-pool-by_4'
    """
    return re.sub(r"[^\w-]+", "_", "-".join(filter(None, parts)))


def _stopped(name: str) -> BadPlan:
    return BadPlan(f"{name} was stopped before its end; everything recorded is kept; start the recipe again")


def _scores(trial: Trial) -> Path:
    return inside(trial.folder, "scores.parquet")


def _measured(measure: Callable[[Trial], Scores], trial: Trial) -> tuple[Trial, str]:
    """Carry out a trial and keep its scores; return why it could not be, as text that survives between processes."""
    if stopped(trial.folder.parent):
        return trial, ""
    trial.folder.mkdir(parents=True, exist_ok=True)
    try:
        rows: list[tuple[Any, ...]] = [(trial.variant, trial.seed, trial.fold, *row, 0) for row in measure(trial)]
    except SeralError as wrong:
        return trial, str(wrong)
    with replacing(_scores(trial)) as draft:
        pd.DataFrame(rows, columns=list(COLUMNS)).to_parquet(draft, index=False)
    return trial, ""
