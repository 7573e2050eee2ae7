"""What ``seral show`` and ``seral resume`` do with a folder that is no grid: a recipe's, or a stream's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from seral_core.console import echo
from seral_core.errors import BadPlan
from seral_core.folders import inside, kind_of

if TYPE_CHECKING:
    from seral_core.runs.log import Log


def shown(folder: Path, to: Path | None, asked: Path | None = None) -> bool:
    """Show what a recipe or a stream has come to; return whether the folder is one.

    Parameters
    ----------
    folder : Path
        Any folder.
    to : Path, optional
        A table to write.
    asked : Path, optional
        A table of what was asked, which only runs have.

    Raises
    ------
    BadPlan
        When it is a recipe or a stream, and ``asked`` is given.

    Examples
    --------
    >>> shown(Path("nowhere"), None)
    False
    """
    from seral_core.cli.recipes import show_recipe
    from seral_core.cli.stream import show_stream

    kind = kind_of(folder)
    if asked is not None and kind in ("stream", "recipe"):
        raise BadPlan(
            f"{folder} is the folder of a {kind}; expected a run or grid for --asked; name a folder in a recipe's that "
            "has a grid.toml, or leave --asked out"
        )
    match kind:
        case "stream":
            show_stream(folder, to)
        case "recipe":
            show_recipe(folder, to)
        case _:
            return False
    return True


def resumed(folder: Path, jobs: int, repair: bool) -> bool:
    """Go on with a recipe or a stream; return whether the folder is one.

    Parameters
    ----------
    folder : Path
        Any folder.
    jobs : int
        Number of processes of a recipe; -1 for one per core.
    repair : bool
        Whether unreadable lines of damaged logs are set aside first.

    Examples
    --------
    >>> resumed(Path("nowhere"), 1, False)
    False
    """
    from seral_core.cli.recipes import carry_on
    from seral_core.cli.stream import resume_stream

    refuse_project(folder)
    match kind_of(folder):
        case "stream":
            mend([folder] if repair else [])
            resume_stream(folder)
        case "recipe":
            logs = [path.parent.relative_to(folder) for path in folder.glob("*/runs/*/events.jsonl")]
            mend([inside(folder, str(log)) for log in logs] if repair else [])
            carry_on(folder, jobs)
        case _:
            return False
    return True


def grid_folder(folder: Path) -> Path:
    """Return the grid's folder, also when one of its runs was named; raise `BadPlan` where there is none.

    Examples
    --------
    >>> grid_folder(Path("nowhere"))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: no run at nowhere; expected a folder that 'seral run', 'grid', 'recipe' or 'stream' ...
    """
    for place in (folder, folder.parent.parent):
        if kind_of(place) == "grid":
            return place
    raise BadPlan(
        f"no run at {folder}; expected a folder that 'seral run', 'grid', 'recipe' or 'stream' made; check it"
    )


def logs_of(folder: Path) -> list[Log]:
    """Return the logs of a grid that were begun, also where one of its runs was named."""
    from seral_core.runs.grid import Grid

    top = grid_folder(folder)
    return [log for log in Grid.load(top).logs(top) if log.path.exists()]


def write_asked(folder: Path, to: Path) -> None:
    """Write what a grid's runs asked and what was answered as a table; of a run that is named, that of it alone."""
    from seral_core.cli.tables import write_table
    from seral_core.runs.asked import asked_in

    logs = logs_of(folder)
    mine = [log for log in logs if log.folder.resolve() == folder.resolve()] or logs
    write_table(asked_in(mine), to, ".csv .parquet or .json")
    echo(f"wrote {to}")


def refuse_project(folder: Path) -> None:
    """Raise `BadPlan` for a labelling project and what lies in it: its training has a command of its own.

    Parameters
    ----------
    folder : Path
        Any folder.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> refuse_project(made_project(clips=6) / "run")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: ...run belongs to a labelling project, whose model is trained while people label; ...
    """
    path = folder.resolve()
    for place in (path, *path.parents[:2]):
        if kind_of(place) == "project":
            raise BadPlan(
                f"{folder} belongs to a labelling project, whose model is trained while people "
                "label; expected a run, grid, recipe or stream; continue with: seral label "
                f"'{place}'"
            )


def mend(folders: list[Path]) -> None:
    """Set unreadable lines of damaged logs aside, and say so.

    Parameters
    ----------
    folders : list of Path
        One a log.
    """
    from seral_core.runs.log import Log

    for folder in folders:
        if Log(folder).path.exists() and (moved := Log(folder).repair()):
            echo(f"{folder}: set {moved} lines aside in events.jsonl.damaged")
