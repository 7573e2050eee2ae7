"""A recipe: a published experiment as grids to run, and the report that puts its numbers beside the paper's."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from seral_core import toml
from seral_core.charts import save
from seral_core.errors import BadPlan, MissingExtra, SeralError
from seral_core.files import write_text
from seral_core.folders import FILES, claim
from seral_core.recipes.settings import Settings
from seral_core.registry import Registry
from seral_core.runs.build import ready
from seral_core.runs.curve import curves, summary
from seral_core.runs.grid import Grid, carry_out
from seral_core.runs.log import Log

Progress = Callable[[int, int, str], None]


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
        Added to the name; tells cells of one scenario and the same targets apart.

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
        said = "-".join([*self.grid.plan.targets, self.scenario, *filter(None, [self.part])])
        return re.sub(r"[^\w-]+", "_", said)

    def logs(self, folder: Path) -> list[Log]:
        """Return the logs of the cell's runs, below the recipe's folder."""
        return self.grid.logs(folder / self.name)


@dataclass(frozen=True)
class Result:
    """What came out of a recipe.

    Parameters
    ----------
    settings : Settings
        The recipe's own: on what it was carried out.
    cells : tuple of Cell
        The grids, all finished.
    frame : DataFrame
        Their curves, with one more column ``scenario``.
    folder : Path
        Where the grids are kept.
    alarms, notes : tuple of str
        What the user should know of split and corpus.
    """

    settings: Any
    cells: tuple[Cell, ...]
    frame: pd.DataFrame
    folder: Path
    alarms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What a recipe says of a result.

    Parameters
    ----------
    opening, rest : str
        Markdown, before and after the figures.
    figures : mapping
        Name to caption and plotly figure.
    summary : mapping
        Joins the curves in ``summary.json``.
    tables : mapping
        Name to a DataFrame that is kept as ``NAME.parquet``: what is no learning curve, such as scores without labels.
    """

    opening: str
    rest: str
    figures: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


class Recipe(Protocol):
    """A published experiment.

    Parameters
    ----------
    paper : str
        Citation, in one line.
    settings : type
        A frozen dataclass below `seral_core.recipes.settings.Settings`: what users may say.
    examples : tuple of str
        Words after ``seral recipe NAME``, as its help shows them.
    """

    @property
    def paper(self) -> str: ...  # noqa: D102

    @property
    def settings(self) -> type[Settings]: ...  # noqa: D102

    @property
    def examples(self) -> tuple[str, ...]: ...  # noqa: D102

    def cells(self, settings: Any, progress: Progress | None = None) -> tuple[Cell, ...]:
        """Return the grids to run; ``progress`` is told while features are extracted."""
        ...

    def report(self, result: Result) -> Report:
        """Return what there is to say once all have run."""
        ...


recipes: Registry[Recipe] = Registry("recipe", "seral_core.recipes")


def carry_out_recipe(
    name: str, settings: Settings, folder: Path, *, jobs: int = -1, progress: Progress | None = None
) -> Path:
    """Carry out a recipe, or go on where it stopped, and write its report.

    Parameters
    ----------
    name : str
        As registered.
    settings : Settings
        The recipe's own: on what, and how.
    folder : Path
        Gets ``recipe.toml``, a grid's folder a cell, ``curves.parquet``, ``summary.json``, the figures as
        HTML and, where a browser draws them, PNG, and ``report.md``.
    jobs : int
        Number of processes; -1 for one a core.
    progress : callable, optional
        Told ``(done, total, what)``.

    Returns
    -------
    Path
        Of ``report.md``.

    Raises
    ------
    SeralError
        When the recipe does not fit the corpus, or the folder holds another one.

    Examples
    --------
    >>> import tempfile
    >>> carry_out_recipe("han2031", Settings(), Path(tempfile.mkdtemp()))
    Traceback (most recent call last):
    seral_core.errors.UnknownName: recipe 'han2031'; did you mean 'han2013'? known: ctial, han2013
    """
    recipe = recipes[name]
    cells = distinct(recipe.cells(settings, _preparing(progress)))
    alarms, notes = _warnings(cells)  # first of all: what cannot be carried out leaves no folder
    keep(name, settings, folder)
    total, done = sum(len(cell.grid.plans()) for cell in cells), 0
    for cell in cells:
        cell.grid.go_on(folder / cell.name)
        for _ in carry_out(cell.grid, folder / cell.name, jobs=jobs):
            done += 1
            if progress:
                progress(done, total, cell.name)
        if not all(log.finished() for log in cell.logs(folder)):
            raise BadPlan(
                f"{cell.name} was stopped before its end; everything recorded is kept; start the recipe again"
            )
    if progress:
        progress(total, total, "writing the report")
    frame = pd.concat([_curves(cell, folder) for cell in cells], ignore_index=True)
    result = Result(settings, cells, frame, folder, alarms, notes)
    return write(result, recipe.report(result))


def _preparing(progress: Progress | None) -> Progress | None:
    """Return what says of each clip that its features are being extracted."""
    return progress and (lambda done, total, what: progress(done, total, f"features of {what}"))


def _warnings(cells: Sequence[Cell]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the alarms and the notes of all cells, each once."""
    alarms: dict[str, None] = {}
    notes: dict[str, None] = {}
    for cell in cells:
        made = ready(cell.grid.plan)
        alarms.update(dict.fromkeys(made.alarms))
        notes.update(dict.fromkeys(made.notes))
    return tuple(alarms), tuple(notes)


def keep(name: str, settings: Settings, folder: Path) -> None:
    """Write down which recipe a folder holds.

    Parameters
    ----------
    name : str
        Of the recipe.
    settings : Settings
        The recipe's own.
    folder : Path
        Made where it is missing.

    Raises
    ------
    BadPlan
        Where the folder holds another recipe, or this one with other settings.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> quick = recipes["han2013"].settings(quick=True)
    >>> keep("han2013", quick, folder)
    >>> kept(folder) == ("han2013", quick)
    True
    """
    path = folder / FILES["recipe"]
    claim(folder, "recipe")
    if path.exists() and kept(folder) != (name, settings):
        raise BadPlan(f"{folder} holds a recipe with other settings (see recipe.toml); choose another folder (--out)")
    write_text(path, toml.to_toml({"recipe": name, **asdict(settings)}))


def kept(folder: Path) -> tuple[str, Settings]:
    """Return the name and settings of the recipe that a folder holds.

    Raises
    ------
    BadPlan
        Where it holds none, or one that cannot be read.

    Examples
    --------
    >>> kept(Path("nowhere"))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: no recipe at nowhere; expected a folder with recipe.toml, as 'seral recipe --out' makes
    """
    path = folder / FILES["recipe"]
    if not path.is_file():
        raise BadPlan(f"no recipe at {folder}; expected a folder with recipe.toml, as 'seral recipe --out' makes")
    entries = toml.read(path)
    try:
        name = str(entries.pop("recipe", ""))
        return name, toml.build(recipes[name].settings, entries, "recipe entry")
    except SeralError as wrong:
        raise BadPlan(f"{path} cannot be read: {wrong}; choose another folder (--out)") from None


def write(result: Result, report: Report) -> Path:
    """Write curves, summary, figures and report into the recipe's folder.

    Parameters
    ----------
    result : Result
        What came out.
    report : Report
        What is said of it.

    Returns
    -------
    Path
        Of ``report.md``. Where no picture can be drawn, it says so, and links to the HTML.
    """
    folder = result.folder
    result.frame.to_parquet(folder / "curves.parquet", index=False)
    text = json.dumps(_summary(result) | dict(report.summary), indent=1, ensure_ascii=False, allow_nan=False)
    write_text(folder / "summary.json", text + "\n")
    for name, table in report.tables.items():
        table.to_parquet(folder / f"{name}.parquet", index=False)
    shown, trouble = _draw(report.figures, folder)
    path = folder / "report.md"
    write_text(path, "\n\n".join([report.opening, *shown, report.rest, *trouble]) + "\n")
    return path


def distinct(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """Return the cells as they came, if each has a folder of its own.

    Raises
    ------
    BadPlan
        When two have the same name: their runs would mix.

    Examples
    --------
    >>> from seral_core.runs.plan import Plan
    >>> one = Cell("pool", Grid(Plan(targets=("arousal",)), ("random",)))
    >>> distinct((one, one))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: two cells are called arousal-pool; expected a name for each; give them a part
    """
    names = [cell.name for cell in cells]
    for name in names:
        if names.count(name) > 1:
            raise BadPlan(f"two cells are called {name}; expected a name for each; give them a part")
    return cells


def _curves(cell: Cell, folder: Path) -> pd.DataFrame:
    frame = curves(cell.logs(folder))
    return frame.assign(strategy=frame["strategy"] + cell.suffix, scenario=cell.scenario)


def _summary(result: Result) -> dict[str, Any]:
    plan, found = result.cells[0].grid.plan, []
    for scenario, mine in result.frame.groupby("scenario", sort=False):
        found += [{"scenario": scenario, **curve} for curve in summary(plan, mine)["curves"]]
    return {**summary(plan, result.frame.head(0)), "curves": found}


def _draw(figures: Mapping[str, tuple[str, Any]], folder: Path) -> tuple[list[str], list[str]]:
    """Return a line of Markdown for each figure, and what kept them from being drawn as pictures."""
    shown: list[str] = []
    trouble: dict[str, None] = {}
    for name, (caption, figure) in figures.items():
        save(figure, folder / f"{name}.html")
        link = f"[{caption}]({name}.html)"
        try:
            save(figure, folder / f"{name}.png")
            link = f"![{caption}]({name}.png)\n\n{caption} ([interactive]({name}.html))"
        except (MissingExtra, BadPlan) as wrong:
            trouble[f"Figures are HTML only: {str(wrong).splitlines()[0]}"] = None
        shown.append(link)
    return shown, list(trouble)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as Markdown.

    Parameters
    ----------
    head : sequence of str
        Names of the columns.
    rows : sequence of sequences of str
        As many cells each as there are columns.

    Examples
    --------
    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    | --- | --- |
    | 1 | 2 |
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
