"""Which rows of a table are its data: not a title, units, the names of columns a second time, or sums."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.files import AUDIO, ending_of, few
from seral_core.corpora.rater_columns import holds_emotions
from seral_core.corpora.tables import FIRST_ROW
from seral_core.corpora.usual_names import USUAL, of_what, squashed
from seral_core.corpora.words import noun_of
from seral_core.errors import BadCorpus

Exists = Callable[["pd.Series[Any]"], float]
#: What stands in place of a recording in rows that sum up the others.
_CALLED = (
    "total totals grandtotal sum sums mean means average avg median mode sd std stdev stddev stddeviation "
    "standarddeviation variance min max minimum maximum n count valid missing gesamt gesamtergebnis summe "
    "mittelwert mittel durchschnitt standardabweichung anzahl somme moyenne ecarttype media totale totaal gemiddelde "
    "suma promedio srednia"
)
_SUMS = frozenset(_CALLED.split())
_FILES = frozenset(USUAL["file"])
_USUAL = frozenset(name for names in USUAL.values() for name in names)


def data_rows(frame: pd.DataFrame, table: Path, exists: Exists) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table without rows that repeat the names of its columns, and a note where there are some.

    Parameters
    ----------
    frame : DataFrame
        As written; row 2 of the file is row 0.
    table : Path
        For messages.
    exists : callable
        Part of some cells that name recordings which are there.

    Raises
    ------
    BadCorpus
        When the first row holds data or a title, or another row the names of other columns.

    Examples
    --------
    >>> frame = pd.DataFrame({"file": ["0.wav", "file"], "mood": ["joy", "mood"]})
    >>> data_rows(frame, Path("t.csv"), lambda cells: 0.0)[0].to_dict("records")
    [{'file': '0.wav', 'mood': 'joy'}]
    >>> data_rows(pd.DataFrame({"0.wav": ["1.wav"], "anger": ["joy"]}), Path("t.csv"), lambda cells: 0.0)
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: the first row of t.csv looks like data (0.wav, anger); expected names of columns, ...
    """
    names = [str(name) for name in frame.columns]
    known = any(squashed(name) in _USUAL or of_what(name)[0] for name in names)
    if not known:
        _refuse_data(frame, names, table, exists)
    more, again = _rows_of_names(frame)
    if not all(again):
        row = more.index[again.index(False)]
        found = few([str(cell) for cell in more.loc[row].dropna()])
        raise BadCorpus(
            f"{table}, row {row + FIRST_ROW} holds names of columns ({found}), but the first row has {few(names)}; "
            "expected one table, its names first; remove what stands above, or split the table there"
        )
    empty = sum(not name or name.startswith("unnamed:") for name in names)
    if 2 * empty > len(names) and _FILES.isdisjoint(map(squashed, names)):
        raise BadCorpus(
            f"the first row of {table} does not look like names of columns ({few(names)}); expected such as file, "
            "speaker, emotion; remove what stands above them"
        )
    rows = few([str(row + FIRST_ROW) for row in more.index])
    notes = (f"rows that repeat the names of the columns are left out: {rows}",) if len(more) else ()
    return frame.drop(index=more.index), notes


def without_sums(frame: pd.DataFrame, file: str, exists: Exists) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table without rows such as Total or Mean, which are about no recording, and a note where there are some.

    Examples
    --------
    >>> frame = pd.DataFrame({"file": ["0.wav", "Mean"], "arousal": ["0.5", "0.5"]})
    >>> without_sums(frame, "file", lambda cells: 0.0)[1]
    ('rows that sum up others are left out: Mean',)
    """
    cells = frame[file].dropna().astype(str)
    sums = cells[cells.map(lambda cell: len(cell) < 25 and squashed(cell) in _SUMS)]
    if not len(sums) or len(sums) == len(cells) or exists(sums) > 0:
        return frame, ()
    behind = cells.loc[sums.index[0] :]  # what follows sums is of their kind, whatever it is called
    if exists(behind) == 0 and not behind.map(ending_of).isin(AUDIO).any():
        sums = behind
    return frame.drop(index=sums.index), (f"rows that sum up others are left out: {few(list(sums))}",)


def without_explanations(frame: pd.DataFrame, file: str, exists: Exists) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table without rows below the names that explain the columns, as of Qualtrics, and a note on them.

    They are at most two, name no recording where all others may, and have words where all other cells are numbers, or
    the name of the column of files.

    Examples
    --------
    >>> frame = pd.DataFrame({"file": ["Which file?", "0.wav", "1.wav"], "q1": ["How aroused?", "4", "2"]})
    >>> without_explanations(frame, "file", lambda cells: 0.0)[1]
    ('rows that explain the columns are left out: 2',)
    """
    for count in (2, 1):
        top, rest = frame.iloc[:count], frame.iloc[count:]
        named = top[file].dropna().astype(str)
        if len(rest) < 2 or len(named) < count or exists(named) > 0 or named.map(ending_of).isin(AUDIO).any():
            continue
        sound = rest[file].map(lambda cell: ending_of(str(cell)) in AUDIO)
        if not (sound.all() or exists(rest[file].dropna()) == 1):
            continue
        if all(_explains(row, rest, file) for _, row in top.iterrows()):
            rows = few([str(row + FIRST_ROW) for row in top.index])
            return rest, (f"rows that explain the columns are left out: {rows}",)
    return frame, ()


def _explains(row: pd.Series[Any], rest: pd.DataFrame, file: str) -> bool:
    """Tell whether a row has words where all others have numbers, or the name of the column of files in it."""
    named = squashed(str(row[file]))
    if named == squashed(file) or "importid" in named:
        return True
    words = [column for column in map(str, rest.columns) if not _is_number(row[column])]
    return any(rest[column].notna().all() and rest[column].map(_is_number).all() for column in words)


def _is_number(cell: Any) -> bool:
    return bool(re.fullmatch(r"[+-]?\d+(?:[.,]\d+)?", str(cell).strip()))


def _refuse_data(frame: pd.DataFrame, names: list[str], table: Path, exists: Exists) -> None:
    """Raise where cells of the first row are like those below it: a recording, an emotion, a number."""
    data = [name for name in names if ending_of(name) in AUDIO or (squashed(name) and exists(pd.Series([name])) > 0)]
    for name in names:
        emotion = noun_of(name) is not None and holds_emotions(frame[name])
        number = re.fullmatch(r"[+-]?\d+[.,]\d+", name) and pd.to_numeric(frame[name], errors="coerce").notna().any()
        data += [name] if emotion or number else []
    if data:
        raise BadCorpus(
            f"the first row of {table} looks like data ({few(data)}); expected names of columns, and below them a row "
            "for each recording; put names such as file,speaker,emotion above"
        )


def _rows_of_names(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[bool]]:
    """Return the rows whose cells are names of columns, the file's among them, and whether they are the table's own.

    Names are those in most tables, or in the first row of this one.
    """
    own = [squashed(str(name)) for name in frame.columns]
    every = {*own, *_USUAL}
    rows = frame[frame.notna().sum(axis=1) > 1]
    for column in sorted(frame.columns, key=lambda column: frame[column].nunique()):  # the quickest first
        names = [cell for cell in rows[column].unique() if squashed(str(cell)) in every]
        rows = rows[rows[column].isna() | rows[column].isin(names)]
    cells = [["" if pd.isna(cell) else squashed(str(cell)) for cell in row] for row in rows.to_numpy()]
    again = [all(cell in ("", name) for cell, name in zip(row, own, strict=True)) for row in cells]
    named = [same or not _FILES.isdisjoint(row) for same, row in zip(again, cells, strict=True)]
    return rows[pd.Series(named, rows.index, dtype=bool)], [
        same for same, name in zip(again, named, strict=True) if name
    ]
