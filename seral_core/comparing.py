"""The front door: strategies compared on a dataset, with a result to look at, to keep and to predict with."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core import own
from seral_core.charts import chosen, differences, learning_curves, pool_map
from seral_core.continued import CodeChanged, taken_over
from seral_core.dataset import Dataset, data
from seral_core.errors import BadPlan, UnknownName
from seral_core.features.maps import layout
from seral_core.home import home
from seral_core.in_python import in_python, speaking_python
from seral_core.model.model import Model
from seral_core.report_page import page, write_page
from seral_core.runs.build import prepare
from seral_core.runs.curve import curves, write
from seral_core.runs.events import Asked
from seral_core.runs.grid import Grid, all_folds, run_grid
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.runs.pool import Pool
from seral_core.runs.remarks import remarks
from seral_core.runs.speech import fitting_numbers
from seral_core.scores.groups import basis_text
from seral_core.scores.statistics import aligned, common_points, difference
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
            too few), ``p``, ``runs``, ``groups``, and the labels ``from`` which and ``to`` which both curves go.
        """
        frame, _ = chosen(self._frame, metric, target)
        drawn = {curve.name: curve for curve in aligned(frame)}
        than = self._named(baseline) if baseline else self._baseline
        rows = {}
        for name, curve in drawn.items():
            gap = difference(curve, drawn[than]) if name != than and than in drawn else None
            if gap is not None:
                both = common_points(curve, drawn[than])
                ends = both[0], both[-1]
                rows[name] = (gap.mean, gap.low, gap.high, gap.p, gap.pairs, gap.groups, *ends)
        columns = ["mean", "low", "high", "p", "runs", "groups", "from", "to"]
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
        positions = layout(pool.table, method.replace("-", ""), self.grid.plan.seed)
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
        notes = "\n".join(f"- {note}" for note in self._said())
        return "\n\n".join(filter(None, (*texts, notes, f"kept in {self.folder}")))

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        display(self.plot())  # type: ignore[no-untyped-call]
        display(HTML(self._page(whole=False)))  # type: ignore[no-untyped-call]

    def _page(self, *, whole: bool) -> str:
        target, metric = self._first
        table = self.differences()
        basis = [basis_text(int(table["groups"].iloc[0]))] if len(table) else []
        sentences = [*basis, *self._said()]
        title = f"{', '.join(self.strategies)} on {self.dataset.corpus.name}"
        figures = [self.plot(metric, target), differences(self._frame, self._baseline, metric, target)] if whole else []
        about = f"{self.dataset!r}; {len(self.logs)} runs kept in {self.folder}"
        return page(title, about, figures, table, sentences, self.grid.to_toml() if whole else "")

    def _said(self) -> list[str]:
        return [*self.notes, *map(in_python, remarks(self.logs))]

    @cached_property
    def _frame(self) -> pd.DataFrame:
        whole = Grid.load(self.folder) == self.grid  # the folder may hold more than was asked for
        return write(self.grid.plan, self.logs, self.folder) if whole else curves(self.logs)

    @property
    def _first(self) -> tuple[str, str]:
        frame, metric = chosen(self._frame)
        return str(frame["target"].iloc[0]), metric

    @property
    def _baseline(self) -> str:
        return "random" if "random" in self.strategies else self.strategies[-1]

    def _named(self, strategy: str) -> str:
        if strategy and strategy not in self.strategies:
            raise UnknownName("strategy of the comparison", strategy, self.strategies)
        return strategy or self.strategies[0]

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
        Folder for the runs, where a comparison that was interrupted goes on, and what is there already is not run
        again; left out: one of SERAL's own.
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

    Warns
    -----
    CodeChanged
        Where the folder holds runs of other code or parameters of what was given: these are made anew.

    Examples
    --------
    >>> from seral_core.dataset import from_arrays
    >>> rng = np.random.default_rng(0)
    >>> y = np.tile(["anger", "fear"], 30)
    >>> x = rng.normal(size=(60, 4)) + (y == "fear")[:, None]
    >>> mine = from_arrays(x, y, speakers=np.repeat(list("abcdef"), 10))
    >>> result = compare(mine, strategies=["margin", "random"], seeds=3, split="speakers:3", budget=24, jobs=1)
    >>> result.differences().columns.tolist(), result.fit("margin").predict(x[:2])["emotion"].tolist()
    (['mean', 'low', 'high', 'p', 'runs', 'groups', 'from', 'to'], ['anger', 'fear'])
    """
    with speaking_python():
        dataset = dataset if isinstance(dataset, Dataset) else data(dataset)
        _check_entries(entries)
        plan = dataset.plan.varied(learner=learner, **entries)
        if "budget" not in entries:
            plan = plan.varied(**fitting_numbers(plan))
        turns = isinstance(folds, str) and folds == "turns"
        grid = Grid(plan, strategies, _repetitions(seeds), _parts(plan, folds), turns=turns)
        folder = Path(save).resolve() if save is not None else home("runs") / f"{dataset.corpus.name}-{grid.key}"
        sentences, changed = taken_over(grid, folder)
        if changed:
            warnings.warn(sentences[0], CodeChanged, stacklevel=2)
        grid.go_on(folder)
        _carry_out(grid, folder, jobs, dask, progress)
        made = prepare(grid.plans()[0])
    notes = dict.fromkeys((*sentences, *map(in_python, (*made.alarms, *made.notes))))
    return Comparison(dataset, grid, folder, tuple(notes))


def _carry_out(grid: Grid, folder: Path, jobs: int, dask: str, progress: bool) -> None:
    from tqdm.auto import tqdm

    runs = run_grid(grid, folder, jobs=jobs, dask=dask)
    for _ in tqdm(runs, total=len(grid.plans()), unit="run", disable=not progress or None, leave=False):
        pass


def _repetitions(seeds: Any) -> tuple[int, ...]:
    """Return the seeds that are meant by how many there are, or by a list of them."""
    number = seeds.item() if hasattr(seeds, "item") and np.ndim(seeds) == 0 else seeds
    if isinstance(number, float) and number.is_integer():
        number = int(number)
    if isinstance(number, bool) or not isinstance(number, int | Iterable) or (isinstance(number, int) and number < 1):
        raise BadPlan(f"got seeds={seeds!r:.80}; expected how many repetitions, such as 5, or which, such as (0, 1, 2)")
    return tuple(range(number)) if isinstance(number, int) else tuple(number)


def _parts(plan: Plan, folds: Any) -> Any:
    if not isinstance(folds, str):
        return folds
    if folds not in ("turns", "all"):
        raise BadPlan(f"got folds '{folds}'; expected turns, all, or numbers such as (0, 1)")
    return all_folds(plan)


#: Entries of a plan that a comparison says in another place.
_ELSEWHERE = {
    "strategy": "strategies=", "seed": "seeds=", "fold": "folds=",
    **dict.fromkeys(("corpus", "features", "targets", "reader", "ranges", "reading"), "seral.data"),
}  # fmt: skip


def _check_entries(entries: Mapping[str, Any]) -> None:
    """Refuse what a comparison would pass over; `Plan.varied` refuses what is misspelt."""
    for name in entries:
        if place := _ELSEWHERE.get(name):
            raise BadPlan(f"got {name}= of a comparison; it is said by {place}; move it there")


def _names(belief: Any, target: Target) -> list[str]:
    if isinstance(belief, Classes):
        return [target.classes[number] for number in belief.guess.tolist()]
    share = (belief.guess - target.low) / ((target.high - target.low) or 1.0)
    return [_THIRDS[int(third)] for third in np.clip(share * 3, 0, 2)]
