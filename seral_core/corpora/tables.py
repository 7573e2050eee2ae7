"""Read a CSV or parquet file, or say in a sentence why not."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from seral_core.corpora.encodings import encoding_of
from seral_core.corpora.files import few
from seral_core.corpora.sound_in_tables import with_files
from seral_core.corpora.usual_names import names_recordings
from seral_core.errors import BadCorpus
from seral_core.files import regular
from seral_core.guard import from_spreadsheet
from seral_core.unpacking import read_parquet

#: Endings of tables.
TABLES = frozenset({".csv", ".tsv", ".parquet", ".pq"})

#: Endings of tables of spreadsheets and statistics programs, and of all files that hold tables in other programs.
WORKBOOKS = frozenset({".xlsx", ".xls", ".xlsm", ".ods", ".numbers", ".sav", ".dta", ".rds"})
OTHER_TABLES = WORKBOOKS | {".json", ".jsonl", ".ndjson", ".txt", ".dat"}

#: Rater of labels that name none.
GOLD = "gold"
#: The first row below the names, as a spreadsheet counts.
FIRST_ROW = 2


def is_table(path: Path) -> bool:
    """Tell whether ``path`` is a file with the ending of a table.

    Examples
    --------
    >>> is_table(Path("nowhere.csv"))
    False
    """
    return path.suffix.lower() in TABLES and path.is_file()


class Sheet(NamedTuple):
    """A table as it was written.

    Parameters
    ----------
    frame : DataFrame
        Names of columns in lower case. Cells of a CSV are text, or missing where they are empty; those of a parquet
        have their types.
    notes : tuple of str
        What was guessed.
    sound : Path, optional
        Folder that the recordings within the table were written to, see `seral_core.corpora.sound_in_tables`.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    sound: Path | None = None


def column_names(path: Path) -> list[str]:
    """Return the names of a table's columns in lower case; none where it cannot be read.

    Parameters
    ----------
    path : Path
        CSV, TSV or parquet.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> pd.DataFrame({"File": ["a.wav"], "Speaker": ["03"], "Arousal": [0.5]}).to_csv(path, index=False)
    >>> column_names(path), column_names(Path("nowhere.csv"))
    (['file', 'speaker', 'arousal'], [])
    """
    try:
        regular(path)
        if path.suffix.lower() in (".parquet", ".pq"):
            import pyarrow.parquet as pq

            names = [str(name) for name in pq.read_schema(path).names]
        else:
            coded, _ = encoding_of(path)
            with path.open(encoding=coded, newline="") as file:
                rows = csv.reader(file, delimiter=separator(path))
                head = next(rows, [])
                names = next(rows, []) if _names_separator(_first_line(path, coded)) else head
            names = [from_spreadsheet(name) for name in names]
    except (OSError, ValueError, csv.Error, BadCorpus):  # not a table after all; reading it says why
        return []
    return [str(name).strip().lower() for name in names]


def only_table(folder: Path) -> Path | None:
    """Return the only table in a folder that names recordings; None where there is none, or several.

    Examples
    --------
    >>> only_table(Path("no/such/folder"))
    """
    if not folder.is_dir():
        return None
    tables = [p for p in sorted(folder.iterdir()) if p.suffix.lower() in TABLES and names_recordings(column_names(p))]
    return tables[0] if len(tables) == 1 else None


def read_table(path: Path) -> Sheet:
    """Return a table with lower-case column names; an index with names becomes columns.

    Parameters
    ----------
    path : Path
        CSV, TSV or parquet; separator and encoding of a CSV are found out.

    Returns
    -------
    Sheet
        Of a CSV all cells are text as written, so that speaker 03 stays 03, and a rater called NA is no gap.

    Raises
    ------
    BadCorpus
        When the file is empty or is not what its ending says, rows have more cells than there are columns, or two
        columns have one name.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> pd.DataFrame({"File": ["a.wav"], "Speaker": ["03"], "Arousal": [0.5]}).to_csv(path, index=False)
    >>> read_table(path).frame.to_dict("records")
    [{'file': 'a.wav', 'speaker': '03', 'arousal': '0.5'}]
    """
    notes: tuple[str, ...] = ()
    sound: Path | None = None
    packed = path.suffix.lower() in (".parquet", ".pq")
    try:
        regular(path)
        if packed:
            frame = read_parquet(path)
        else:
            frame, notes = _read_csv(path)
    except BadCorpus:
        raise
    except PermissionError:
        raise BadCorpus(f"you have no permission to read {path}; change it, such as with: chmod u+r {path}") from None
    except (OSError, ValueError, csv.Error) as why:  # pandas' and pyarrow's own errors are ValueErrors
        raise BadCorpus(
            f"{path} cannot be read as a table "
            f"({str(why).splitlines()[0] if str(why) else type(why).__name__}); expected CSV or "
            "parquet with a first row of column names; save it again"
        ) from None
    if packed:
        frame, sound, notes = with_files(frame, path)
        for column in frame.columns[[pd.api.types.is_object_dtype(kind) for kind in frame.dtypes]]:
            if frame[column].map(pd.api.types.is_list_like).any():  # embeddings and the like
                frame[column] = frame[column].map(str)
    if any(frame.index.names):
        frame = frame.reset_index()
    frame = frame.reset_index(drop=True).rename(columns=lambda name: str(name).strip().lower())
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise BadCorpus(f"{path} has two columns called '{twice}'; expected different names; rename one")
    return Sheet(frame, notes, sound)


def separator(path: Path) -> str:
    """Return what stands between the cells of a CSV: the mark that its first line has most often.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> _ = path.write_text("file;arousal" + chr(10) + "a.wav;0,5" + chr(10))
    >>> separator(path)
    ';'
    """
    if path.suffix.lower() == ".tsv":
        return "\t"
    first = _first_line(path, encoding_of(path)[0])
    return _names_separator(first) or max(",;\t|", key=first.count)


def _read_csv(path: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    coded, notes = encoding_of(path)
    between, skipped = separator(path), int(_names_separator(_first_line(path, coded)) != "")
    checked, width = _check_rows(path, coded, between, skipped)
    notes += checked
    cut: dict[str, Any] = {"engine": "python", "on_bad_lines": lambda row: row[:width]} if width else {}
    frame = pd.read_csv(
        path, sep=between, dtype=str, keep_default_na=False, na_values=[""], encoding=coded, index_col=False,
        skiprows=skipped, **cut,
    )  # fmt: skip
    return _as_written(frame), notes


def _check_rows(path: Path, coded: str, between: str, skipped: int) -> tuple[tuple[str, ...], int]:
    """Refuse rows of which cells would get lost.

    Returns a note on those that are too short, and the number of columns where some rows have empty cells behind them.
    """
    short: list[int] = []
    width = 0
    with path.open(encoding=coded, newline="") as file:
        for line, row in enumerate(csv.reader(file, delimiter=between), 1):
            if line <= skipped:
                continue
            if line == skipped + 1:
                names = [cell.strip().lower() for cell in row]
                twice = [name for name in names if name and names.count(name) > 1]
                if twice:
                    raise BadCorpus(f"{path} has two columns called '{twice[0]}'; expected different names; rename one")
                continue
            if len(row) > len(names) and any(cell.strip() for cell in row[len(names) :]):
                raise BadCorpus(
                    f"{path}, row {line} has {len(row)} cells, but there are {len(names)} columns; expected a name for "
                    "each column in the first row; add it, remove a title above the names, or put cells that hold a "
                    "separator in quotes"
                )
            in_lines = not "".join(row).isprintable()  # as all are that break lines; told quickly
            if in_lines and any(
                rest.count(between) >= len(names) - 1 > 0 for cell in row for rest in cell.splitlines()[1:]
            ):
                raise BadCorpus(
                    f"{path}, row {line} has a cell over several lines that look like rows of the table; expected a "
                    "quotation mark at both ends of a cell; add the one that is missing, or double marks within cells"
                )
            if 0 < len(row) < len(names):
                short.append(line)
            width = len(names) if len(row) > len(names) else width
    if not short:
        return (), width
    rows = few(list(map(str, short)))
    return (f"{len(short)} rows have fewer cells than columns; what lacks is taken as empty: {rows}",), width


def _first_line(path: Path, coded: str) -> str:
    with path.open(encoding=coded, errors="replace") as lines:
        return lines.readline()


def _names_separator(line: str) -> str:
    """Return the separator that a first line such as ``sep=;`` names, as some spreadsheets write it."""
    match = re.fullmatch(r"\ufeff?\"?sep=(.)\"?\s*", line, re.IGNORECASE)
    return match[1] if match else ""


def _as_written(frame: pd.DataFrame) -> pd.DataFrame:
    """Undo what prevents spreadsheets from taking a text for a formula; see `seral_core.guard.for_spreadsheet`."""
    for name in frame.columns:
        cells = frame[name]
        if cells.str.startswith("'").fillna(False).any():
            plain = [from_spreadsheet(cell) if isinstance(cell, str) else cell for cell in cells]
            frame[name] = pd.Series(plain, index=frame.index, dtype=cells.dtype)
    return frame.rename(columns=lambda name: from_spreadsheet(str(name)))


def row_number(index: Any) -> int:
    """Return the number of a row as a spreadsheet counts, where the names of the columns are row 1.

    Examples
    --------
    >>> row_number(0)
    2
    """
    return int(index) + FIRST_ROW


def as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return names as text: 3.0, a number only because of gaps, is 3; empty is missing.

    Examples
    --------
    >>> as_text(pd.Series([3.0, None, 5.0])).tolist()
    ['3', None, '5']
    """

    def text(value: object) -> str | None:
        if pd.isna(value) or not str(value).strip():  # type: ignore[call-overload]
            return None
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()

    if not isinstance(column.dtype, pd.StringDtype):
        return pd.Series([text(value) for value in column], index=column.index, dtype=object)
    codes, words = pd.factorize(column)  # of a long table, most columns say few words
    cells = np.array([*map(text, words.tolist()), None], dtype=object)[codes]  # -1 is missing
    return pd.Series(cells, index=column.index, dtype=object)
