"""Sound that a table holds itself, as Hugging Face writes it: cells of ``bytes`` and ``path``."""

from __future__ import annotations

import hashlib
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from seral_core.errors import BadCorpus
from seral_core.files import replacing
from seral_core.home import home

_KEYS = {"bytes", "path"}
_LONGEST = 150


def with_files(frame: pd.DataFrame, table: Path) -> tuple[pd.DataFrame, Path | None, tuple[str, ...]]:
    """Return a table with the names of files in place of sound, the folder that they were written to, and a note.

    The folder is below ``cache`` of SERAL's home, and is written once a table; it is None where cells hold no bytes,
    and then their paths are the names.

    Parameters
    ----------
    frame : DataFrame
        As it was read.
    table : Path
        Where from.

    Raises
    ------
    BadCorpus
        When several columns hold bytes.

    Examples
    --------
    >>> frame = pd.DataFrame({"audio": [{"bytes": None, "path": "a.wav"}], "emotion": ["anger"]})
    >>> with_files(frame, Path("t.parquet"))[0].to_dict("list")
    {'audio': ['a.wav'], 'emotion': ['anger']}
    """
    held = []
    for column in frame.columns[[pd.api.types.is_object_dtype(kind) for kind in frame.dtypes]]:
        cells = frame[column]
        if not (cells.map(_is_sound) | cells.isna()).all() or cells.isna().all():
            continue
        if any(cell["bytes"] for cell in cells.dropna()):
            held.append(column)
        else:
            frame = _with(frame, column, [cell["path"] if _is_sound(cell) else None for cell in cells])
    if not held:
        return frame, None, ()
    if len(held) > 1:
        raise BadCorpus(
            f"{table} holds sound in {len(held)} columns ({', '.join(held)}); expected one; leave out the others"
        )
    folder = _folder(table)
    names = _names(frame[held[0]])
    for name, cell in zip(names, frame[held[0]], strict=True):
        if name and not (folder / name).exists():
            with replacing(folder / name, to_disk=False) as draft:
                draft.write_bytes(cell["bytes"])
    note = f"the sound in the column {held[0]} was written to {folder}"
    return _with(frame, held[0], names), folder, (note,)


def _with(frame: pd.DataFrame, column: str, names: list[str | None]) -> pd.DataFrame:
    return frame.assign(**{column: pd.Series(names, frame.index, dtype=object)})


def _is_sound(cell: Any) -> bool:
    return isinstance(cell, dict) and cell.keys() == _KEYS


def _folder(table: Path) -> Path:
    stat = table.stat()
    key = hashlib.sha256(f"{table.resolve()}\n{stat.st_size}\n{stat.st_mtime_ns}".encode("utf-8", "surrogateescape"))
    return home("cache", "tables", f"{key.hexdigest()[:16]}")


def _names(cells: pd.Series[Any]) -> list[str | None]:
    """Return a name of a file for each cell: the last part of its path where these differ, else its number."""
    there = {i: cell for i, cell in enumerate(cells) if _is_sound(cell) and cell["bytes"]}
    named = {i: PurePosixPath(str(cell["path"] or "").replace("\\", "/")).name for i, cell in there.items()}
    plain = all(name.isprintable() and 0 < len(name) <= _LONGEST and name not in (".", "..") for name in named.values())
    if not plain or len({name.casefold() for name in named.values()}) < len(named):
        width = len(str(len(cells)))
        named = {i: f"{i:0{width}d}{_ending(name)}" for i, name in named.items()}
    return [named.get(i) for i in range(len(cells))]


def _ending(name: str) -> str:
    ending = PurePosixPath(name).suffix
    return ending if ending[1:].isalnum() and ending.isascii() and len(ending) < 10 else ".wav"
