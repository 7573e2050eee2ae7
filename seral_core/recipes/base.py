"""A recipe: a published experiment as parts to carry out, and the report that puts its numbers beside the paper's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import pandas as pd

from seral_core import toml
from seral_core.errors import BadPlan, SeralError
from seral_core.files import write_text
from seral_core.folders import FILES, claim, inside
from seral_core.recipes.cells import Cell as Cell
from seral_core.recipes.cells import Part
from seral_core.recipes.report import table as table
from seral_core.recipes.report_files import Report as Report
from seral_core.recipes.report_files import write
from seral_core.recipes.settings import Settings
from seral_core.registry import Registry
from seral_core.runs.curve import summary
from seral_core.runs.data import Data, data_of
from seral_core.runs.plan import Plan

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Result:
    """A finished recipe, as its report sees it.

    Parameters
    ----------
    settings : Settings
        The recipe's own.
    cells : tuple of Cell or Trials
        As the recipe gave them, all finished.
    frame : DataFrame
        Their curves, with one more column ``scenario``.
    folder : Path
        Where they are kept.
    alarms, notes : tuple of str
        What the user should know of split and corpus.
    """

    settings: Any
    cells: tuple[Any, ...]
    frame: pd.DataFrame
    folder: Path
    alarms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def data(self) -> Data:
        """Corpus, features and gold of the first grid, opened for the report once."""
        return data_of(next(cell.grid.plan for cell in self.cells if isinstance(cell, Cell)))


class Recipe(Protocol):
    """A published experiment.

    Parameters
    ----------
    paper : str
        Citation, in one line.
    settings : type
        A frozen dataclass below `seral_core.recipes.settings.Settings`: what users may set.
    examples : tuple of str
        Words after ``seral recipe NAME``, as its help shows them.
    """

    @property
    def paper(self) -> str: ...  # noqa: D102

    @property
    def settings(self) -> type[Settings]: ...  # noqa: D102

    @property
    def examples(self) -> tuple[str, ...]: ...  # noqa: D102

    def cells(self, settings: Any, progress: Progress | None = None) -> tuple[Part, ...]:
        """Return what to carry out; ``progress`` is called while features are extracted."""
        ...

    def report(self, result: Result) -> Report:
        """Return what there is to say once all have run."""
        ...


recipes: Registry[Recipe] = Registry("recipe", "seral_core.recipes")


def run_recipe(
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
        Gets ``recipe.toml``, a folder for each cell, ``curves.parquet``, ``summary.json``, the
        figures as HTML and, where a browser draws them, PNG, and ``report.md``.
    jobs : int
        Number of processes; -1 for one per core.
    progress : callable, optional
        Called with ``(done, total, what)``.

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
    >>> run_recipe("han2031", Settings(), Path(tempfile.mkdtemp()))
    Traceback (most recent call last):
    seral_core.errors.UnknownName: recipe 'han2031'; did you mean 'han2013'? known: ...
    """
    recipe = recipes[name]
    cells = distinct(recipe.cells(settings, _preparing(progress)))
    alarms, notes = _warnings(cells)  # first of all: what cannot be carried out leaves no folder
    save_settings(name, settings, folder)
    total, done = sum(cell.size for cell in cells), 0
    for cell in cells:
        if progress:
            progress(done, total, cell.name)
        for _ in cell.run(folder, jobs):
            done += 1
            if progress:
                progress(done, total, cell.name)
    if progress:
        progress(total, total, "writing the report")
    frame = pd.concat([cell.curves(folder) for cell in cells], ignore_index=True)
    result = Result(settings, cells, frame, folder, alarms, notes)
    return write(folder, frame, _summary(result), recipe.report(result))


def _preparing(progress: Progress | None) -> Progress | None:
    """Return what says of each clip that its features are being extracted."""
    return progress and (lambda done, total, what: progress(done, total, f"features of {what}"))


def _warnings(cells: Sequence[Part]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the alarms and the notes of all cells, each once."""
    found = [cell.check() for cell in cells]
    alarms, notes = (dict.fromkeys(text for each in found for text in each[which]) for which in (0, 1))
    return tuple(alarms), tuple(notes)


def save_settings(name: str, settings: Settings, folder: Path) -> None:
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
    >>> save_settings("han2013", quick, folder)
    >>> saved_settings(folder) == ("han2013", quick)
    True
    """
    path = inside(folder, FILES["recipe"])
    claim(folder, "recipe")
    if path.exists() and saved_settings(folder) != (name, settings):
        raise BadPlan(f"{folder} holds a recipe with other settings (see recipe.toml); choose another folder (--out)")
    write_text(path, toml.to_toml({"recipe": name, **asdict(settings)}))


def saved_settings(folder: Path) -> tuple[str, Settings]:
    """Return the name and settings of the recipe that a folder holds.

    Raises
    ------
    BadPlan
        Where it holds none, or one that cannot be read.

    Examples
    --------
    >>> saved_settings(Path("nowhere"))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: no recipe at nowhere; expected a folder with recipe.toml, as 'seral recipe --out' makes
    """
    path = inside(folder, FILES["recipe"])
    if not path.is_file():
        raise BadPlan(f"no recipe at {folder}; expected a folder with recipe.toml, as 'seral recipe --out' makes")
    entries = toml.read(path)
    try:
        name = str(entries.pop("recipe", ""))
        return name, toml.build(recipes[name].settings, entries, "recipe entry")
    except SeralError as wrong:
        raise BadPlan(f"{path} cannot be read: {wrong}; choose another folder (--out)") from None


def distinct(cells: tuple[Part, ...]) -> tuple[Part, ...]:
    """Return the cells unchanged, if each has a folder of its own.

    Raises
    ------
    BadPlan
        When two have the same name: their runs would mix.

    Examples
    --------
    >>> from seral_core.runs.grid import Grid
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


def _summary(result: Result) -> dict[str, Any]:
    """Return the mean curves as plain data, with corpus, features and learner of the first grid."""
    plan, found = next((cell.grid.plan for cell in result.cells if isinstance(cell, Cell)), None), []
    for scenario, mine in result.frame.groupby("scenario", sort=False):
        found += [{"scenario": scenario, **curve} for curve in summary(plan or Plan(), mine)["curves"]]
    return {**(summary(plan, result.frame.head(1)) if plan else {}), "curves": found}
