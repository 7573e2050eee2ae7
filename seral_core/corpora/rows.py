"""The rows of a table: which recording, which part of it and which channel each is about."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.channels import of_channel
from seral_core.corpora.columns import Columns
from seral_core.corpora.corpus import segment_ids, segment_index
from seral_core.corpora.files import few
from seral_core.corpora.find_files import as_path, find_files
from seral_core.corpora.tables import as_text, row_number
from seral_core.corpora.times import are_plain, beyond, times_of
from seral_core.errors import BadCorpus


@dataclass(frozen=True, eq=False)
class Placed:
    """Rows of a table, each with its segment.

    Parameters
    ----------
    frame : DataFrame
        As written.
    columns : Columns
        What its columns are.
    file, start, end, segment : Series
        A value a row: the file within the corpus, seconds, and the segment's id.
    written : mapping of str to str
        By id of a segment, the same with the file's name as the table writes it, where that is otherwise.
    root : Path or None
        Folder of the files; None where none is there.
    notes : tuple of str
        What was joined, and what is missing.
    """

    frame: pd.DataFrame
    columns: Columns
    file: pd.Series[Any]
    start: pd.Series[float]
    end: pd.Series[float]
    segment: pd.Series[Any]
    root: Path | None
    notes: tuple[str, ...]
    written: dict[str, str]

    def of_role(self, role: str) -> pd.Series[Any] | None:
        """Return the cells of a role as text; None where the table has no such column."""
        column = self.columns.roles.get(role)
        return None if column is None else as_text(self.frame[column])


def part_that_exists(root: Path) -> Callable[[pd.Series[Any]], float]:
    """Return a function that tells which part of some cells names recordings in a folder.

    Examples
    --------
    >>> part_that_exists(Path("no such folder"))(pd.Series(["a.wav"]))
    0.0
    """

    def part(cells: pd.Series[Any]) -> float:
        names = list(pd.unique(cells))
        return len(find_files(names, root).files) / len(names) if names else 0.0

    return part


def placed_rows(frame: pd.DataFrame, table: Path, root: Path, columns: Columns) -> Placed:
    """Find the recording and the part of it that each row is about.

    Raises
    ------
    BadCorpus
        When a row has no file, or times make no sense.
    """
    cells = as_text(frame[columns.roles["file"]])
    if frame.empty or cells.isna().any():
        where = "" if frame.empty else f", first row {row_number(cells.index[cells.isna()][0])}"
        raise BadCorpus(
            f"{table} has rows without a file, or no rows{where}; expected one in each; fill them in, or remove them: "
            "units, titles and sums are no rows"
        )
    files, place, notes = _files(cells, root)
    start, end, timed = times_of(frame, columns, cells, table)
    if place is not None and {"start", "end"} & set(columns.roles):
        timed += beyond((start, end), files, place, are_plain(frame, columns), table)
    channel, spoken = _channels(frame, columns)
    files, named = _with_channels(files, channel), _with_channels(cells.map(as_path), channel)
    segment, written = (segment_ids(segment_index(list(of), start.tolist(), end.tolist())) for of in (files, named))
    other = {own: text for own, text in zip(segment, written, strict=True) if own != text}
    notes = (*columns.notes, *notes, *timed, *spoken)
    return Placed(frame, columns, files, start, end, pd.Series(segment, frame.index, dtype=object), place, notes, other)


def _with_channels(files: pd.Series[Any], channel: pd.Series[Any] | None) -> pd.Series[Any]:
    if channel is None:
        return files
    both = zip(files, channel, strict=True)
    return pd.Series([of_channel(f, n) if n else f for f, n in both], files.index, dtype=object)


def _files(cells: pd.Series[Any], root: Path) -> tuple[pd.Series[Any], Path | None, tuple[str, ...]]:
    """Return the file of each row within the corpus, the folder that they are in, and notes."""
    names = list(pd.unique(cells))
    if all(Path(name).is_absolute() for name in names) and any(os.path.isfile(name) for name in names):
        inside = all(Path(name).is_relative_to(root.resolve()) for name in names)
        top = root.resolve() if inside else Path(os.path.commonpath([os.path.dirname(name) for name in names]))
        missing = [name for name in names if not os.path.isfile(name)]
        notes = (f"{len(missing)} of {len(names)} files are not there: {few(missing)}",) if missing else ()
        return cells.map({name: Path(name).relative_to(top).as_posix() for name in names}), top, notes
    found = find_files(names, root)
    files = cells.map({name: _within(found.files.get(name) or as_path(name), root) for name in names})
    if not found.files:
        return files, None, found.notes if found.doubtful else (f"no audio: none of the files is in {root}",)
    return files, root, found.notes


def _within(file: str, root: Path) -> str:
    """Return a path through the folder above as one that starts in the folder, where it leads back into it."""
    if not file.startswith("../"):
        return file
    straight = os.path.relpath((root / file).resolve(), root.resolve()).replace(os.sep, "/")
    return file if straight.startswith("..") else straight


def _channels(frame: pd.DataFrame, columns: Columns) -> tuple[pd.Series[Any] | None, tuple[str, ...]]:
    """Return the number of the channel of each row, from 1, and what was guessed."""
    column = columns.roles.get("channel")
    if column is None:
        return None, ()
    cells = as_text(frame[column])
    words = {"left": 1, "l": 1, "right": 2, "r": 2}
    numbers = cells.map(lambda cell: words.get(str(cell).lower(), cell), na_action="ignore")
    numbers = pd.to_numeric(numbers, errors="coerce")
    if (cells.notna() & numbers.isna()).any():
        wrong = cells[cells.notna() & numbers.isna()].iloc[0]
        raise BadCorpus(
            f"{column} is '{wrong}'; expected the number of a channel, left or right; write 1 or left for the first "
            "channel, 2 or right for the second"
        )
    from_zero = bool((numbers == 0).any())
    numbers = numbers + 1 if from_zero else numbers
    note = f"channels are counted from {'0' if from_zero else '1'} in {column}; the first one is #ch1 in SERAL"
    return pd.Series([None if pd.isna(n) else int(n) for n in numbers], frame.index, dtype=object), (note,)
