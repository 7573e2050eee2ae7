"""A process that carries out one recipe in its folder, and outlives the process that started it."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seral_core.errors import SeralError
from seral_core.files import read_text
from seral_core.folders import claim_fresh, inside, kind_of
from seral_core.progress import Pace
from seral_core.recipes.base import Progress, run_recipe, saved_settings
from seral_core.recipes.settings import Settings
from seral_core.runs.job import TROUBLE, Told, at_work
from seral_core.runs.run import alone, ask_to

#: How far a recipe has come.
PROGRESS = "progress.json"


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


def carry_out(name: str, settings: Settings, folder: Path, *, jobs: int = -1, progress: Progress | None = None) -> None:
    """Carry out a recipe, or go on with it, while pages that show the folder can follow, and stop it.

    Parameters
    ----------
    name, settings, folder, jobs, progress
        As in `seral_core.recipes.base.run_recipe`. An earlier wish to stop is forgotten.

    Raises
    ------
    InUse
        When another process has the folder in hand.
    Stopped
        When the user wants it to end, see `stop`.
    SeralError
        As `seral_core.recipes.base.run_recipe` does.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.recipes.settings import Settings
    >>> folder = Path(tempfile.mkdtemp()) / "new"
    >>> carry_out("han2031", Settings(), folder)
    Traceback (most recent call last):
    seral_core.errors.UnknownName: recipe 'han2031'; did you mean 'han2013'? known: ...
    >>> folder.exists()
    False
    """
    claim_fresh(folder, "recipe")
    with _in_hand(folder):
        go_on(folder)
        run_recipe(name, settings, folder, jobs=jobs, progress=_Told(folder, progress))


@contextmanager
def _in_hand(folder: Path) -> Iterator[None]:
    """Hold a folder; one that was made for it, and has no recipe at the end, is removed again."""
    new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with alone(folder):
            yield
    finally:
        if new and kind_of(folder) is None:
            for name in (".lock", "control", PROGRESS):
                (folder / name).unlink(missing_ok=True)
            with suppress(OSError):  # it holds something else
                folder.rmdir()


def go_on(folder: Path) -> None:
    """Forget what went wrong in the recipe of a folder, and that it was asked to stop.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> stop(folder), go_on(folder), wants_stop(folder)
    (None, None, False)
    """
    (folder / TROUBLE).unlink(missing_ok=True)
    _ask(folder, "")


def stop(folder: Path) -> None:
    """Ask the recipe of a folder to end after what it is at; nothing that was recorded is lost.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> wants_stop(folder), stop(folder), wants_stop(folder)
    (False, None, True)
    """
    _ask(folder, "stop")


def _ask(folder: Path, wanted: str) -> None:
    ask_to(folder, wanted)
    for runs in folder.glob("*/runs"):
        ask_to(inside(folder, f"{runs.parent.name}/runs"), wanted)


def wants_stop(folder: Path) -> bool:
    """Whether the recipe of a folder was asked to end."""
    path = inside(folder, "control")
    return path.exists() and read_text(path) == "stop"


class _Told(Told):
    """Writes down how far a recipe has come and how long it still takes, and hears whether it should end."""

    def __init__(self, folder: Path, also: Progress | None = None) -> None:
        super().__init__(folder / PROGRESS)
        self.folder, self.also, self.pace = folder, also, Pace()

    def __call__(self, done: int, total: int, what: str, **more: float | None) -> None:
        if wants_stop(self.folder):
            raise Stopped("the recipe was stopped; everything recorded is kept")
        if self.also is not None:
            self.also(done, total, what)
        left_s = self.pace.left_s(done, total)
        super().__call__(done, total, what, left_s=left_s if math.isfinite(left_s) else None, **more)


def main() -> None:
    """Carry out the recipe whose folder the command line names."""
    raise SystemExit(0 if work(Path(sys.argv[1])) else 1)
