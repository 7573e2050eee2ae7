"""A process that carries out one recipe in its folder, and outlives whoever started it."""

from __future__ import annotations

import json
import math
import os
import sys
import time
import traceback
from pathlib import Path

from seral_core.errors import SeralError
from seral_core.progress import Pace
from seral_core.recipes.base import carry_out_recipe, kept
from seral_core.runs.run import alone, tell

#: Progress is not written more often than this.
TOLD_S = 0.3


class Stopped(SeralError, RuntimeError):
    """The user wants the recipe to end here for now."""


def work(folder: Path, jobs: int = -1) -> None:
    """Carry out the recipe of a folder in this process, or go on with it.

    Parameters
    ----------
    folder : Path
        Holds ``recipe.toml``, as `seral_core.recipes.base.keep` makes it. Gets ``progress.json`` with ``done``,
        ``total``, ``what`` and ``left_s`` (None while it is not known); trouble is written to ``trouble.txt``.
    jobs : int
        Number of processes; -1 for one a core.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> work(folder)
    >>> (folder / "trouble.txt").read_text()[:9]
    'no recipe'
    """
    trouble = folder / "trouble.txt"
    trouble.unlink(missing_ok=True)
    try:
        with alone(folder):
            name, settings = kept(folder)
            carry_out_recipe(name, settings, folder, jobs=jobs, progress=_Told(folder))
    except Stopped:
        pass
    except SeralError as wrong:
        if not wants_stop(folder):  # a grid that was stopped says so as an error
            trouble.write_text(str(wrong), encoding="utf-8")
    except Exception as wrong:
        (folder / "crash.txt").write_text(traceback.format_exc(), encoding="utf-8")
        trouble.write_text(
            f"the recipe ended by a mistake in SERAL ({type(wrong).__name__}: {wrong}); everything recorded is kept; "
            f"details are in {folder / 'crash.txt'}",
            encoding="utf-8",
        )


def stop(folder: Path) -> None:
    """Ask the recipe of a folder to end after what it is at; nothing that was recorded is lost.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> wants_stop(folder), stop(folder), wants_stop(folder)
    (False, None, True)
    """
    tell(folder, "stop")
    for runs in folder.glob("*/runs"):
        tell(runs, "stop")


def wants_stop(folder: Path) -> bool:
    """Whether the recipe of a folder was asked to end."""
    path = folder / "control"
    return path.exists() and path.read_text(encoding="utf-8") == "stop"


class _Told:
    """Writes down how far a recipe has come, and hears whether it should end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.last = 0.0
        self.pace = Pace()

    def __call__(self, done: int, total: int, what: str) -> None:
        if wants_stop(self.folder):
            raise Stopped("the recipe was stopped; everything recorded is kept")
        left_s = self.pace.left_s(done, total)
        if time.monotonic() - self.last < TOLD_S and done < total:
            return
        self.last = time.monotonic()
        draft = self.folder / f"progress.{os.getpid()}.draft"
        told = {"done": done, "total": total, "what": what, "left_s": left_s if math.isfinite(left_s) else None}
        draft.write_text(json.dumps(told), encoding="utf-8")
        draft.replace(self.folder / "progress.json")


if __name__ == "__main__":
    work(Path(sys.argv[1]))
