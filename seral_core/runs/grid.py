"""A grid: the same plan with several strategies, seeds and folds, on all cores or on a Dask cluster."""

from __future__ import annotations

import contextlib
import hashlib
import traceback
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor
from dataclasses import asdict, dataclass
from itertools import cycle, product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seral_core import own, toml
from seral_core.corpora.folds import splits
from seral_core.errors import BadPlan, SeralError
from seral_core.far.dask import client_of
from seral_core.files import write_text
from seral_core.folders import FILES, claim, inside
from seral_core.former import former
from seral_core.learners.base import learners
from seral_core.look import look
from seral_core.process import pool
from seral_core.runs.build import prepare
from seral_core.runs.entries import own_remark, part_named
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.runs.run import ask_to, run
from seral_core.runs.speech import corpus_of
from seral_core.strategies.base import strategies as registered
from seral_core.strategies.compose import phases_of


class WorkerLost(SeralError, RuntimeError):
    """A process that carried out runs is gone."""


@dataclass(frozen=True)
class Grid:
    """The product of strategies, seeds and folds of one plan.

    Parameters
    ----------
    plan : Plan
        What all runs share.
    strategies : tuple of str, or mapping from names to strategies
        In the order in which they are drawn; functions and other objects as in `Plan`.
    seeds : tuple of int
        Repetitions; runs with the same seed and fold are paired.
    folds : tuple of int
        Which test parts of the plan's split.
    turns : bool
        The seeds take turns at the folds, one fold per seed, in place of every seed with every
        fold.

    Examples
    --------
    >>> grid = Grid(Plan(), ("random", "margin"), (0, 1), (0,))
    >>> len(grid.plans()), Grid.from_toml(grid.to_toml()) == grid
    (4, True)
    """

    plan: Plan
    strategies: tuple[str, ...]
    seeds: tuple[int, ...] = (0,)
    folds: tuple[int, ...] = (0,)
    turns: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "strategies", _named(self.strategies))
        for name in ("seeds", "folds"):
            object.__setattr__(self, name, _numbers(name, getattr(self, name)))
        for name in ("strategies", "seeds", "folds"):
            given = getattr(self, name)
            if not given or len(set(given)) < len(given):
                listed = ", ".join(map(str, given)) or "none"
                raise BadPlan(f"{name} of the grid are {listed}; expected one or more, each once; correct --{name}")

    def _repr_html_(self) -> str:
        named = {"strategies": ", ".join(map(own.shown, self.strategies)), "seeds": self.seeds, "folds": self.folds}
        return look(f"Grid of {len(self.plans())} runs", named) + self.plan._repr_html_()

    @property
    def key(self) -> str:
        """Hash of all entries."""
        return hashlib.sha256(self.to_toml().encode()).hexdigest()[:12]

    def plans(self) -> list[Plan]:
        """Return all plans. Strategies vary fastest: an interrupted grid has whole comparisons."""
        pairs = zip(self.seeds, cycle(self.folds), strict=False) if self.turns else product(self.seeds, self.folds)
        return [
            self.plan.varied(strategy=strategy, seed=seed, fold=fold)
            for seed, fold in pairs
            for strategy in self.strategies
        ]

    def to_toml(self) -> str:
        """Return the grid as TOML."""
        entries = {**asdict(self), "plan": self.plan.entries()}
        if not self.turns:
            del entries["turns"]  # grids that were kept before there were turns stay what they are
        text = toml.to_toml(entries)
        return own_remark(text) + text

    @classmethod
    def from_toml(cls, text: str) -> Grid:
        """Return the grid that `to_toml` wrote."""
        return toml.build(cls, toml.parse(text, "the grid"), "grid entry")

    def is_part_of(self, other: Grid) -> bool:
        """Whether another grid has all runs of this one."""
        return {plan.key for plan in self.plans()} <= {plan.key for plan in other.plans()}

    def save(self, folder: Path) -> None:
        """Write ``grid.toml`` into a folder; leave a larger grid that has all these runs, and refuse another."""
        path, _ = inside(folder, FILES["grid"]), inside(folder, "runs")
        claim(folder, "grid")
        before = Grid.load(folder) if path.exists() else self
        if before != self and self.is_part_of(before):
            return
        if before != self:
            raise BadPlan(
                f"{folder} holds another grid; choose another folder, or go on with it: seral resume {folder}"
            )
        write_text(path, toml.sealed(self.to_toml()))

    @classmethod
    def load(cls, folder: Path) -> Grid:
        """Read the grid that is kept in a folder."""
        path, _ = inside(folder, FILES["grid"]), inside(folder, "runs")
        if not path.is_file():
            raise BadPlan(
                f"no grid at {folder}; expected a folder with grid.toml, as 'seral grid --out' makes; check it"
            )
        return toml.build(cls, toml.read(path), "grid entry")

    def logs(self, folder: Path) -> list[Log]:
        """Return the logs of all runs, in the order of `plans`; some may not exist yet."""
        return [Log(inside(folder, f"runs/{plan.key}")) for plan in self.plans()]

    def go_on(self, folder: Path) -> None:
        """Forget earlier wishes to pause or stop: who starts a grid wants it to run."""
        for place in (folder / "runs", *(log.folder for log in self.logs(folder))):
            if (place / "control").exists():
                ask_to(place, "")


def _named(given: Any) -> tuple[str, ...]:
    """Return the texts of strategies; each must be told from the others by what people read."""
    each = given.items() if isinstance(given, Mapping) else _each_named(given)
    for name, strategy in each:
        if not isinstance(name, str):
            raise BadPlan(f"got {name!r:.80} as name of a strategy; expected a text, such as 'mine'")
        if name and isinstance(strategy, str) and name != strategy:
            raise BadPlan(
                f"got '{name}' as name of {strategy}; strategies that are named by text keep their names; write "
                f"'{strategy}': '{strategy}'"
            )
        if name and not isinstance(strategy, str) and own.plain(name) in registered:
            raise BadPlan(
                f"got '{name}' as name of a strategy of your own, but SERAL has one of that name; choose another"
            )
    texts = tuple(part_named("strategy", strategy, name) for name, strategy in each)
    shown = [own.shown(text) for text in texts]
    twice = next((name for name in shown if shown.count(name) > 1), "")
    if twice and len(set(texts)) == len(texts):
        raise BadPlan(
            f"got several strategies called {twice}; expected names that tell them apart; give a mapping, such as "
            f"{{'{twice}-1': ..., '{twice}-2': ...}}"
        )
    return texts


def _each_named(strategies: Any) -> list[tuple[str, Any]]:
    several = isinstance(strategies, Iterable) and not isinstance(strategies, str)
    return [("", each) for each in (strategies if several else [strategies])]


def _numbers(name: str, given: Any) -> tuple[int, ...]:
    numbers = tuple(given) if isinstance(given, Iterable) and not isinstance(given, str) else (given,)
    if not all(isinstance(number, int | np.integer) for number in numbers):
        raise BadPlan(f"{name} of the grid are {given!r:.80}; expected whole numbers, such as (0, 1, 2); correct them")
    return tuple(int(number) for number in numbers)


def all_folds(plan: Plan) -> tuple[int, ...]:
    """Return the numbers of all folds of the plan's split.

    Parameters
    ----------
    plan : Plan
        Uses ``split`` and what says where the corpus is.

    Returns
    -------
    tuple of int
        Counted from 0.

    Examples
    --------
    >>> import pandas as pd, tempfile
    >>> table = Path(tempfile.mkdtemp()) / "clips.csv"
    >>> rows = {"file": ["a.wav", "b.wav", "c.wav"], "speaker": ["1", "2", "3"], "emotion": ["fear", "anger", "fear"]}
    >>> pd.DataFrame(rows).to_csv(table, index=False)
    >>> all_folds(Plan(corpus=str(table), split="speaker"))
    (0, 1, 2)
    """
    return tuple(range(len(splits(corpus_of(plan), plan.split))))


def run_grid(grid: Grid, folder: Path | str, *, jobs: int = -1, dask: str = "") -> Iterator[Log]:
    """Carry out a grid, and yield each run's log when it is finished.

    Parameters
    ----------
    grid : Grid
        Finished runs are yielded at once, started ones are resumed.
    folder : Path or str
        Keeps ``grid.toml`` and, below ``runs``, a folder per run.
    jobs : int
        Number of processes; -1 for one per core.
    dask : str
        Address of a Dask scheduler, which then does the work in place of local processes; or ``"local:4"``, as in
        `seral_core.far.dask.engine_for`.

    Yields
    ------
    Log
        One per run, as they finish.

    Raises
    ------
    SeralError
        Before anything starts, when the plans cannot be carried out, or the folder holds runs on
        other data.

    Examples
    --------
    >>> import tempfile
    >>> corpus, folder = toy_corpus(), Path(tempfile.mkdtemp())
    >>> corpus.about.assign(emotion=corpus.gold("emotion")).to_csv(folder / "clips.csv", index_label="file")
    >>> np.savez(folder / "clips.npz", ids=corpus.ids, values=np.eye(4))
    >>> where = {"corpus": str(folder / "clips.csv"), "features": str(folder / "clips.npz"), "split": "speaker"}
    >>> grid = Grid(Plan(**where, initial=1, budget=2), ("random", "margin"))
    >>> [log.plan.strategy for log in run_grid(grid, folder, jobs=1)]
    ['random', 'margin']
    """
    if jobs == 0:
        raise BadPlan("got 0 jobs; expected 1 or more, or -1 for one per core; correct --jobs")
    folder = Path(folder).resolve()  # workers may have been started in another folder
    _check(grid, folder)
    grid.save(folder)
    waiting = []
    for plan, log in zip(grid.plans(), grid.logs(folder), strict=True):
        if log.finished():
            yield log
        else:
            waiting.append(plan)
    if not waiting:
        return
    with _backend(dask):
        from joblib import Parallel, delayed

        jobs = _bearable(grid.plan, min(jobs, len(waiting)) if len(waiting) > 1 else 1)
        objects = own.parcel([grid.to_toml()]) if jobs != 1 or dask else b""
        work = (delayed(_one)(plan, str(folder / "runs"), objects) for plan in waiting)
        try:
            for place, trouble, cause in Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)(work):
                if trouble:
                    raise BadPlan(trouble) from (RuntimeError(cause) if cause else None)
                yield Log(Path(place))
        except BrokenExecutor:
            raise WorkerLost(
                "a worker process was ended from outside, perhaps for lack of memory; everything "
                f"recorded is kept; go on with fewer at once: seral resume {folder} --jobs 1"
            ) from None


def most_at_once(plan: Plan) -> int:
    """Return how many runs of a plan's learner a machine, or its device, bears at once; 0 for no limit.

    Examples
    --------
    >>> most_at_once(Plan())
    0
    """
    return int(getattr(learners[phases_of(plan.learner)[0].name], "at_once", 0))


def _bearable(plan: Plan, jobs: int) -> int:
    from joblib import effective_n_jobs

    most = most_at_once(plan)
    return int(min(effective_n_jobs(jobs), most)) if most else jobs


def _check(grid: Grid, folder: Path) -> None:
    """Build every strategy and every fold once, and hold what was recorded before against the data of today."""
    plans = grid.plans()
    for plan in {p.strategy: p for p in plans}.values():
        prepare(plan)
    for fold, plan in {p.fold: p for p in plans}.items():
        made = prepare(plan)
        for log in (Log(inside(folder, f"runs/{p.key}")) for p in plans if p.fold == fold):
            made.check(log.events(most=1))


def _one(plan: Plan, parent: str, objects: bytes) -> tuple[str, str, str]:
    own.unpack(objects)
    try:
        return str(run(plan, Path(parent)).folder), "", ""
    except SeralError as wrong:  # errors with several arguments do not survive the way between processes
        return "", str(wrong), "".join(traceback.format_exception(wrong.__cause__)) if wrong.__cause__ else ""


@contextlib.contextmanager
def _backend(dask: str) -> Iterator[Any]:
    if not dask:
        with pool():
            yield
        return
    from joblib import parallel_config

    with client_of(dask), parallel_config(backend="dask"):
        yield


if not TYPE_CHECKING:  # which would take any name for one of this file
    __getattr__ = former(__name__, {"carry_out": "run_grid"})
