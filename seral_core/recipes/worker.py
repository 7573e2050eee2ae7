"""A process that carries out one recipe in its folder, and outlives the process that started it."""

from __future__ import annotations

import math
import sys
from pathlib import Path

from seral_core.errors import SeralError
from seral_core.files import read_text
from seral_core.folders import inside
from seral_core.progress import Pace
from seral_core.recipes.base import run_recipe, saved_settings
from seral_core.runs.job import Told, at_work
from seral_core.runs.run import ask_to


class Stopped(SeralError, RuntimeError):
    """The user wants the recipe to end here for now."""


def work(folder: Path, jobs: int = -1) -> bool:
    """Carry out the recipe of a folder in this process, or go on with it.

    Parameters
    ----------
    folder : Path
        Holds ``recipe.toml``, as `seral_core.recipes.base.save_settings` makes it. Gets ``progress.json``
        with ``done``, ``total``, ``what`` and ``left_s`` (None while it is not known); trouble is
        written to ``trouble.txt``.
    jobs : int
        Number of processes; -1 for one per core.

    Returns
    -------
    bool
        Whether there was no trouble.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> work(folder), (folder / "trouble.txt").read_text()[:9]
    (False, 'no recipe')
    """

    def do() -> None:
        try:
            name, settings = saved_settings(folder)
            run_recipe(name, settings, folder, jobs=jobs, progress=_Told(folder))
        except SeralError:
            if not wants_stop(folder):  # a grid that was stopped says so as an error
                raise

    return at_work(folder, do, "the recipe ended")


def stop(folder: Path) -> None:
    """Ask the recipe of a folder to end after what it is at; nothing that was recorded is lost.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> wants_stop(folder), stop(folder), wants_stop(folder)
    (False, None, True)
    """
    ask_to(folder, "stop")
    for runs in folder.glob("*/runs"):
        ask_to(inside(folder, f"{runs.parent.name}/runs"), "stop")


def wants_stop(folder: Path) -> bool:
    """Whether the recipe of a folder was asked to end."""
    path = inside(folder, "control")
    return path.exists() and read_text(path) == "stop"


class _Told(Told):
    """Writes down how far a recipe has come and how long it still takes, and hears whether it should end."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "progress.json")
        self.folder, self.pace = folder, Pace()

    def __call__(self, done: int, total: int, what: str, **more: float | None) -> None:
        if wants_stop(self.folder):
            raise Stopped("the recipe was stopped; everything recorded is kept")
        left_s = self.pace.left_s(done, total)
        super().__call__(done, total, what, left_s=left_s if math.isfinite(left_s) else None, **more)


def main() -> None:
    """Carry out the recipe whose folder the command line names."""
    raise SystemExit(0 if work(Path(sys.argv[1])) else 1)
