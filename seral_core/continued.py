"""What a folder of runs holds already, and whether a comparison may go on in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from seral_core import own
from seral_core.errors import BadPlan
from seral_core.files import write_text
from seral_core.folders import FILES, inside
from seral_core.runs.grid import Grid


class CodeChanged(UserWarning):
    """Code or parameters of what a user gave are others than in the runs that a folder holds."""


def taken_over(grid: Grid, folder: Path) -> tuple[tuple[str, ...], bool]:
    """Let a folder hold another grid than it does, where the two share their plan; all runs of before stay.

    Parameters
    ----------
    grid : Grid
        What is to be carried out.
    folder : Path
        Empty, or with a grid of before.

    Returns
    -------
    sentences : tuple of str
        What a reader should know; none where the grid of before has all these runs.
    changed : bool
        Whether code of the user's was changed.

    Raises
    ------
    BadPlan
        When the folder's runs differ in more than strategies, seeds, test parts and the code of what a user gave.
    """
    path = folder / FILES["grid"]
    before = Grid.load(folder) if path.is_file() else grid
    if before == grid or grid.is_part_of(before):
        return (), False
    if differing := _differing(before, grid):
        raise BadPlan(
            f"{folder} holds another comparison: {'; '.join(differing)}; choose another folder (save=), or give the "
            "settings of before to go on with it"
        )
    write_text(inside(folder, f"grid-{before.key}.toml"), path.read_text(encoding="utf-8"))
    path.unlink()
    old, new = ({own.shown(name): name for name in own.names_in([each.to_toml()])} for each in (before, grid))
    changed = [name for name in new if name in old and old[name] != new[name]]
    if changed:
        names, was, its = " and ".join(changed), *(("was", "its") if len(changed) == 1 else ("were", "their"))
        return (
            f"{names} {was} changed since the comparison that {folder} holds: {its} runs are made anew, and those of "
            f"before stay in {folder / 'runs'}",
        ), True
    if before.is_part_of(grid):
        return ("the comparison grew: runs of before are taken over",), False
    return (
        f"runs of before that belong to this comparison are taken over, the others stay in {folder / 'runs'}",
    ), False


def _differing(before: Grid, grid: Grid) -> list[str]:
    """Say which entries of two grids' plans differ in more than the code of what a user gave."""
    old, new = before.plan.entries(), grid.plan.entries()
    names = [name for name in {**old, **new} if _text(old.get(name, "")) != _text(new.get(name, ""))]
    return [f"{name} is {_text(old.get(name, ''))} there and {_text(new.get(name, ''))} here" for name in names]


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else own.shown(str(value)) or "left out"
