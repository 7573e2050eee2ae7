"""The front door: strategies compared on a dataset, with a result to look at, to keep and to predict with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core import own
from seral_core.charts import chosen, differences, learning_curves, pool_map
from seral_core.dataset import Dataset, data
from seral_core.errors import BadPlan, UnknownName
from seral_core.features.maps import layout
from seral_core.files import write_text
from seral_core.folders import FILES, inside
from seral_core.home import home
from seral_core.model.model import Model
from seral_core.report_page import page, write_page
from seral_core.runs.build import prepare
from seral_core.runs.curve import write
from seral_core.runs.events import Asked
from seral_core.runs.grid import Grid, all_folds, run_grid
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.runs.pool import Pool
from seral_core.runs.remarks import remarks
from seral_core.runs.speech import fitting_numbers
from seral_core.scores.groups import basis_text
from seral_core.scores.statistics import aligned, difference
from seral_core.types import Classes, Target

#: What a scale is drawn as on a map: thirds of its range.
_THIRDS = ("low", "middle", "high")


@dataclass(eq=False)
class Comparison:
    """What came out of `compare`: curves, paired differences, maps, models.

    Parameters
    ----------
    dataset : Dataset
        What was learned.
    grid : Grid
        All runs: strategies, seeds and folds.
    folder : Path
        Where they are kept.
    notes : tuple of str
        What a reader should know, one sentence each.
    """

    dataset: Dataset
    grid: Grid
    folder: Path
    notes: tuple[str, ...] = ()
    _models: dict[str, Model] = field(default_factory=dict, repr=False)

    @property
    def strategies(self) -> tuple[str, ...]:
        """Names of the strategies, as people call them."""
        return tuple(map(own.shown, self.grid.strategies))

    @property
    def logs(self) -> list[Log]:
        """The record of every run."""
        return self.grid.logs(self.folder)

    def to_frame(self) -> pd.DataFrame:
        """Return every score of every run in long form; see `seral_core.runs.curve.curves`."""
        return self._frame.copy()

    def differences(self, baseline: str = "", metric: str = "", target: str = "") -> pd.DataFrame:
        """Return how much higher each strategy's curve lies than another's, over paired runs.

        Parameters
        ----------
        baseline : str
            A strategy; left out: ``random`` where it was run, else the last.
        metric, target : str
            Which score; left out: the first.

        Returns
        -------
        DataFrame
            By strategy: ``mean``, ``low`` and ``high`` (95 %, counting groups of test speakers; nan where these are
            too few), ``p``, ``runs`` and ``groups``.
        """
        frame, _ = chosen(self._frame, metric, target)
        curves = {curve.name: curve for curve in aligned(frame)}
        than = self._named(baseline) if baseline else self._baseline
        rows = {}
        for name, curve in curves.items():
            gap = difference(curve, curves[than]) if name != than and than in curves else None
            if gap is not None:
                rows[name] = {
                    "mean": gap.mean, "low": gap.low, "high": gap.high, "p": gap.p, "runs": gap.pairs,
                    "groups": gap.groups,
                }  # fmt: skip
        columns = ["mean", "low", "high", "p", "runs", "groups"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis(f"above {than}")

    def plot(self, metric: str = "", target: str = "") -> Any:
        """Return the learning curves as a plotly figure: means over runs, with intervals."""
        return learning_curves(self._frame, metric, target)

    def map(self, strategy: str = "", *, seed: int | None = None, method: str = "umap") -> Any:
        """Return a map of the pool as a plotly figure: what the last model predicts, and which clips were labelled.

        Parameters
        ----------
        strategy : str
            Left out: the first.
        seed : int, optional
            Left out: the first.
        method : {"umap", "t-sne", "pca"}
            As in `seral_core.features.maps.layout`.
        """
        log = self._log(strategy, seed)
        made, model = self._prepared(log), self.fit(strategy, seed=seed)
        pool = Pool(made.pool.table, made.pool.task)
        target = pool.task[0]
        believed: Any = model.learner
        predicted = getattr(believed, "learner", None) if not hasattr(believed, "predict") else None
        learner = predicted(made.corpus) if predicted else believed
        belief = learner.predict(pool.table)[target.name].pooled()
        asked = [event.segments for event in log.events() if isinstance(event, Asked)]
        rows = {segment: row for row, segment in enumerate(pool.table.ids)}
        labelled = [rows[segment] for segments in asked for segment in segments if segment in rows]
        latest = [rows[segment] for segment in asked[-1] if segment in rows] if asked else []
        positions = layout(pool.table, method, self.grid.plan.seed)
        return pool_map(positions, _names(belief, target), labelled=labelled, asked=latest, ids=pool.table.ids)

    def fit(self, strategy: str = "", *, seed: int | None = None) -> Model:
        """Return the model that a strategy's run had at its end.

        Parameters
        ----------
        strategy : str
            Left out: the first.
        seed : int, optional
            Left out: the first.
        """
        log = self._log(strategy, seed)
        if log.folder.name not in self._models:
            self._models[log.folder.name] = Model.of_run(log, self._prepared(log))
        return self._models[log.folder.name]

    def save(self, path: str | Path) -> Path:
        """Write a report into one file: ``.html``, or ``.pdf`` where a browser is at hand; ``.csv`` for the scores.

        Raises
        ------
        BadPlan
            When the name ends otherwise, or no browser is found for a PDF.
        """
        path = Path(path)
        if path.suffix.lower() == ".csv":
            from seral_core.guard import write_csv

            write_csv(self._frame, path)
            return path
        return write_page(path, self._page(whole=True))

    def __repr__(self) -> str:
        from seral_core.console import curve_text, versus_text

        target, metric = self._first
        texts = (curve_text(self._frame, target, metric), versus_text(self._frame, target, metric, self._baseline))
        return "\n\n".join(filter(None, (*texts, f"kept in {self.folder}")))

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        display(self.plot())  # type: ignore[no-untyped-call]
        display(HTML(self._page(whole=False)))  # type: ignore[no-untyped-call]

    def _page(self, *, whole: bool) -> str:
        target, metric = self._first
        table = self.differences()
        basis = [basis_text(int(table["groups"].iloc[0]))] if len(table) else []
        sentences = [*basis, *self.notes, *remarks(self.logs)]
        title = f"{', '.join(self.strategies)} on {self.dataset.corpus.name}"
        figures = [self.plot(metric, target), differences(self._frame, self._baseline, metric, target)] if whole else []
        about = f"{self.dataset!r}; {len(self.logs)} runs kept in {self.folder}"
        return page(title, about, figures, table, sentences, self.grid.to_toml() if whole else "")

    @cached_property
    def _frame(self) -> pd.DataFrame:
        return write(self.grid.plan, self.logs, self.folder)

    @property
    def _first(self) -> tuple[str, str]:
        frame, metric = chosen(self._frame)
        return str(frame["target"].iloc[0]), metric

    @property
    def _baseline(self) -> str:
        return "random" if "random" in self.strategies else self.strategies[-1]

    def _named(self, strategy: str) -> str:
        known = {name: name for name in self.strategies} | {own.plain(name): name for name in self.strategies}
        found = known.get(strategy) or known.get(own.plain(strategy))
        if strategy and found is None:
            raise UnknownName("strategy of the comparison", strategy, self.strategies)
        return found or self.strategies[0]

    def _log(self, strategy: str, seed: int | None) -> Log:
        name = self._named(strategy)
        for plan, log in zip(self.grid.plans(), self.logs, strict=True):
            if own.shown(plan.strategy) == name and seed in (None, plan.seed):
                return log
        raise BadPlan(
            f"got seed {seed}; the comparison has {', '.join(map(str, self.grid.seeds))}; choose one of these"
        )

    def _prepared(self, log: Log) -> Any:
        return prepare(log.plan, folder=log.folder)


def compare(
    dataset: Any,
    *,
    strategies: Any = ("recommended", "random"),
    learner: Any = Plan.learner,
    seeds: int | Iterable[int] = 5,
    folds: str | Iterable[int] = "turns",
    save: str | Path | None = None,
    jobs: int = -1,
    dask: str = "",
    progress: bool = True,
    **entries: Any,
) -> Comparison:
    """Compare strategies on a dataset: learning curves of paired runs, on all cores.

    Parameters
    ----------
    dataset : Dataset, or anything that `seral_core.dataset.data` opens
        What is learned.
    strategies : sequence or mapping from names to strategies
        Names, functions ``(view, n, rng)``, or query strategies of scikit-activeml and modAL.
    learner : str, estimator, pipeline or Learner
        As `seral_core.learners.adapted.factory_of` takes them.
    seeds : int or sequence of int
        How many repetitions, or which.
    folds : {"turns", "all"} or sequence of int
        Which test parts: seeds take turns at all of them, each seed with each, or just these.
    save : str or Path, optional
        Folder for the runs, where a comparison that was interrupted goes on; left out: one of SERAL's own.
    jobs, dask
        As in `seral_core.runs.grid.run_grid`.
    progress : bool
        Whether to draw a bar.
    **entries
        Of `seral_core.runs.plan.Plan`, such as ``budget=100`` or ``split="session"``.

    Raises
    ------
    SeralError
        When it cannot be carried out; the message says what to change. What was recorded stays.

    Examples
    --------
    >>> from seral_core.dataset import from_arrays
    >>> rng = np.random.default_rng(0)
    >>> y = np.tile(["anger", "fear"], 30)
    >>> x = rng.normal(size=(60, 4)) + (y == "fear")[:, None]
    >>> mine = from_arrays(x, y, speakers=np.repeat(list("abcdef"), 10))
    >>> result = compare(mine, strategies=["margin", "random"], seeds=3, split="speakers:3", budget=24, jobs=1)
    >>> result.differences().columns.tolist(), result.fit("margin").predict(x[:2])["emotion"].tolist()
    (['mean', 'low', 'high', 'p', 'runs', 'groups'], ['anger', 'fear'])
    """
    dataset = dataset if isinstance(dataset, Dataset) else data(dataset)
    plan = dataset.plan.varied(learner=learner, **entries)
    if "budget" not in entries:
        plan = plan.varied(**fitting_numbers(plan))
    numbers = tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
    parts = all_folds(plan) if isinstance(folds, str) else tuple(folds)
    if isinstance(folds, str) and folds not in ("turns", "all"):
        raise BadPlan(f"got folds '{folds}'; expected turns, all, or numbers such as (0, 1)")
    grid = Grid(plan, strategies, numbers, parts, turns=folds == "turns")
    folder = Path(save).resolve() if save is not None else home("runs") / f"{dataset.corpus.name}-{grid.key}"
    renewed = _renewed(grid, folder)
    grid.go_on(folder)
    _carry_out(grid, folder, jobs, dask, progress)
    made = prepare(grid.plans()[0])
    return Comparison(dataset, grid, folder, (*renewed, *made.alarms, *made.notes))


def _carry_out(grid: Grid, folder: Path, jobs: int, dask: str, progress: bool) -> None:
    from tqdm.auto import tqdm

    runs = run_grid(grid, folder, jobs=jobs, dask=dask)
    for _ in tqdm(runs, total=len(grid.plans()), unit="run", disable=not progress or None, leave=False):
        pass


def _renewed(grid: Grid, folder: Path) -> tuple[str, ...]:
    """Let a folder hold a grid whose own code changed, or that grew; say so. Runs of before stay."""
    path = folder / FILES["grid"]
    if not path.is_file():
        return ()
    before = Grid.load(folder)
    if before == grid:
        return ()
    old, new = ({own.shown(name): name for name in own.names_in([each.to_toml()])} for each in (before, grid))
    changed = [name for name in new if name in old and old[name] != new[name]]
    grown = {plan.key for plan in before.plans()} <= {plan.key for plan in grid.plans()}
    if not grown and not (changed and _alike(before, grid)):
        return ()  # which `Grid.save` refuses
    write_text(inside(folder, f"grid-{before.key}.toml"), path.read_text(encoding="utf-8"))
    path.unlink()
    if not changed:
        return ("the comparison grew: runs of before are taken over",)
    names = " and ".join(changed)
    was = "was" if len(changed) == 1 else "were"
    return (
        f"{names} {was} changed since the comparison that {folder} holds: its runs are made anew, and those of before "
        f"stay in {folder / 'runs'}",
    )


def _alike(before: Grid, grid: Grid) -> bool:
    """Whether two grids are the same but for the code of what a user gave."""
    one, other = (
        own.shown("\n".join(line for line in each.to_toml().splitlines() if not line.startswith("#")))
        for each in (before, grid)
    )
    return one == other


def _names(belief: Any, target: Target) -> list[str]:
    if isinstance(belief, Classes):
        return [target.classes[number] for number in belief.guess.tolist()]
    share = (belief.guess - target.low) / ((target.high - target.low) or 1.0)
    return [_THIRDS[int(third)] for third in np.clip(share * 3, 0, 2)]
