"""Read a CSV or parquet file, or say in a sentence why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.errors import BadCorpus
from seral_core.files import regular
from seral_core.guard import from_spreadsheet
from seral_core.unpacking import read_parquet

#: Endings of tables.
TABLES = frozenset({".csv", ".tsv", ".parquet", ".pq"})

#: Columns that stay text whatever they look like: speaker 03 is not speaker 3.
TEXT = ("file", "segment", "speaker", "session", "sex", "split", "rater", "target")

#: Rater of labels that name none.
GOLD = "gold"


def is_table(path: Path) -> bool:
    """Tell whether ``path`` is a file with the ending of a table.

    Examples
    --------
    >>> is_table(Path("nowhere.csv"))
    False
    """
    return path.suffix.lower() in TABLES and path.is_file()


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
            head = pd.read_csv(path, sep=_separator(path), nrows=0, encoding="utf-8-sig")
            names = [from_spreadsheet(str(name)) for name in head]
    except (OSError, ValueError):  # not a table after all; reading it says why
        return []
    return [str(name).strip().lower() for name in names]


def read_table(path: Path) -> pd.DataFrame:
    """Return a table with lower-case column names; an index with names becomes columns.

    Parameters
    ----------
    path : Path
        CSV, TSV or parquet; the separator of a CSV is found out.

    Returns
    -------
    DataFrame
        Of a CSV, names of speakers, sessions and the like are text, so that 03 stays 03.

    Raises
    ------
    BadCorpus
        When the file is empty or is not what its ending says.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> pd.DataFrame({"File": ["a.wav"], "Speaker": ["03"], "Arousal": [0.5]}).to_csv(path, index=False)
    >>> read_table(path).to_dict("records")
    [{'file': 'a.wav', 'speaker': '03', 'arousal': 0.5}]
    """
    try:
        regular(path)
        if path.suffix.lower() in (".parquet", ".pq"):
            frame = read_parquet(path)
        else:
            heads = pd.read_csv(path, sep=_separator(path), nrows=0, encoding="utf-8-sig").columns
            text = {head: str for head in heads if str(head).strip().lower() in TEXT}
            frame = _as_written(pd.read_csv(path, sep=_separator(path), dtype=text, encoding="utf-8-sig"))
    except (OSError, ValueError) as why:  # pandas' and pyarrow's own errors are ValueErrors
        raise BadCorpus(
            f"{path} cannot be read as a table "
            f"({str(why).splitlines()[0] if str(why) else type(why).__name__}); expected CSV or "
            "parquet with a first row of column names; save it again"
        ) from None
    if any(frame.index.names):
        frame = frame.reset_index()
    return frame.rename(columns=lambda name: str(name).strip().lower())


def _as_written(frame: pd.DataFrame) -> pd.DataFrame:
    """Undo what prevents spreadsheets from taking a text for a formula; see `seral_core.guard.for_spreadsheet`."""
    for name in frame.columns[[not pd.api.types.is_numeric_dtype(kind) for kind in frame.dtypes]]:
        cells = frame[name]
        if any(isinstance(cell, str) and cell.startswith("'") for cell in cells):
            plain = [from_spreadsheet(cell) if isinstance(cell, str) else cell for cell in cells]
            frame[name] = pd.Series(plain, index=frame.index, dtype=cells.dtype)
    return frame.rename(columns=lambda name: from_spreadsheet(str(name)))


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

    return pd.Series([text(value) for value in column], index=column.index, dtype=object)


def sex_name(name: str) -> str:
    """Return ``female`` or ``male`` for the usual abbreviations.

    Examples
    --------
    >>> sex_name("F"), sex_name("Male"), sex_name("other")
    ('female', 'male', 'other')
    """
    low = name.strip().lower()
    return {"f": "female", "w": "female", "woman": "female", "m": "male", "man": "male"}.get(low, low)


def _separator(path: Path) -> str:
    if path.suffix.lower() == ".tsv":
        return "\t"
    with path.open(encoding="utf-8-sig", errors="replace") as lines:
        first = lines.readline()
    return max(",;\t", key=first.count)
