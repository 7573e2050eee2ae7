"""Files with a trace each: CSV with any separator, with names of columns or without, and ARFF."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from seral_core.corpora.cells import no_number, numbers_in
from seral_core.corpora.encodings import encoding_of
from seral_core.corpora.samples import Samples, rate_of
from seral_core.corpora.tables import read_table
from seral_core.corpora.usual_names import squashed
from seral_core.errors import BadCorpus
from seral_core.files import regular
from seral_core.types import Floats

#: How such files call the column of times, and that of the recording's name.
TIME = ("time", "frametime", "timestamp", "times", "seconds", "t")
NAMES = ("name", "instancename", "instance", "file", "filename")
_ATTRIBUTE = re.compile(r"@attribute\s+(?:'([^']*)'|\"([^\"]*)\"|(\S+))", re.IGNORECASE)


def read_columns(path: Path, without_names: Sequence[str] = ()) -> pd.DataFrame:
    """Return the columns of numbers in a file, with small names.

    Parameters
    ----------
    path : Path
        CSV or ARFF.
    without_names : sequence of str
        What the last columns are where the first row holds no names; the one before them holds times.

    Returns
    -------
    DataFrame
        Floats; a column with the recording's name is left out.

    Raises
    ------
    BadCorpus
        When the file cannot be read, or a cell is no number.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "Train_01.csv"
    >>> _ = path.write_text("'Train_01';0,0;0,25" + chr(10) + "'Train_01';0,1;0,5" + chr(10))
    >>> read_columns(path, ["arousal"]).to_dict("list")
    {'time': [0.0, 0.1], 'arousal': [0.25, 0.5]}
    """
    regular(path)
    arff = path.suffix.lower() == ".arff"
    frame = _arff(path) if arff else _csv(path, without_names)
    if frame.empty:
        raise BadCorpus(f"{path} holds no rows; expected values along time; remove it, or copy it again")
    frame = frame[[column for column in frame.columns if squashed(column) not in NAMES and column]]
    return pd.DataFrame({column.strip(): _numbers(path, column, frame[column]) for column in map(str, frame)})


def samples_in(
    path: Path, segment: str, raters: dict[str, tuple[str, str]], columns: pd.DataFrame, step_s: float
) -> list[Samples]:
    """Return the traces in a file.

    Parameters
    ----------
    path : Path
        For messages.
    segment : str
        The recording.
    raters : dict of column to (target, rater)
        What the columns hold.
    columns : DataFrame
        As `read_columns` returns them.
    step_s : float
        From row to row, where no column holds times.

    Raises
    ------
    BadCorpus
        When times do not rise.
    """
    times = times_in(path, columns, step_s)
    return [Samples(segment, *who, times, columns[name].to_numpy(float)) for name, who in raters.items()]


def times_in(path: Path, columns: pd.DataFrame, step_s: float) -> Floats:
    """Return the seconds of each row: as its column says, which may count milliseconds or frames."""
    name = next((column for column in map(str, columns) if squashed(column) in TIME), "")
    times = columns[name].to_numpy(float) if name else np.arange(len(columns)) * step_s
    if np.isnan(times).any() or (len(times) > 1 and not (np.diff(times) > 0).all()):
        raise BadCorpus(f"the times of {path} do not rise from row to row; expected seconds; correct the column {name}")
    step = float(np.median(np.diff(times))) if len(times) > 1 else step_s
    # Nobody rates once in many seconds: such steps are milliseconds, and those of one are frames.
    unit_s = 1e-3 if step >= 10 else step_s if step == 1 and step_s < 1 else 1.0
    return np.asarray(times * unit_s, dtype=np.float64)


def time_note(columns: pd.DataFrame, step_s: float) -> str:
    """Return how times were understood where they are not seconds; empty where they are.

    Examples
    --------
    >>> time_note(pd.DataFrame({"time": [0.0, 40.0, 80.0], "arousal": [0.0, 0.1, 0.2]}), 0.04)
    'times are read as milliseconds'
    """
    name = next((column for column in map(str, columns) if squashed(column) in TIME), "")
    if not name:
        return f"there are no times: rows are taken as {1000 * step_s:g} ms apart, {rate_of(step_s):g} a second"
    step = float(columns[name].diff().median())
    if step >= 10:
        return "times are read as milliseconds"
    return f"times are read as numbers of frames, {1000 * step_s:g} ms apart" if step == 1 and step_s < 1 else ""


def _csv(path: Path, without_names: Sequence[str]) -> pd.DataFrame:
    coded, _ = encoding_of(path)
    with path.open(encoding=coded, newline="") as file:
        first = file.readline()
    between = max(",;\t", key=first.count) if ";" not in first else ";"
    cells = next(csv.reader([first], delimiter=between, quotechar="'"), [])
    if cells and without_names and re.fullmatch(r"\s*[-+]?\d[\d.,eE+-]*\s*", cells[-1]):
        names = ["name", "time"] if len(cells) > len(without_names) + 1 else ["time"]
        names = [*names, *without_names][: len(cells)]
        frame = pd.read_csv(path, sep=between, header=None, dtype=str, encoding=coded, quotechar="'")
        return frame.iloc[:, : len(names)].set_axis(names, axis=1)
    return read_table(path).frame


def _arff(path: Path) -> pd.DataFrame:
    coded, _ = encoding_of(path)
    names: list[str] = []
    rows: list[list[str]] = []
    in_data = False
    for line in path.read_text(encoding=coded).splitlines():
        text = line.strip()
        if not text or text.startswith("%"):
            continue
        if in_data:
            rows.append(next(csv.reader([text], quotechar="'", skipinitialspace=True)))
        elif match := _ATTRIBUTE.match(text):
            names.append(next(filter(None, match.groups()), "").lower())
        in_data = in_data or text.lower().startswith("@data")
    if not names or any(len(row) != len(names) for row in rows):
        raise BadCorpus(
            f"{path} is no ARFF with as many cells in each row as it has attributes ({len(names)}); copy it again"
        )
    return pd.DataFrame(rows, columns=names, dtype=object)


def _numbers(path: Path, column: str, cells: pd.Series[str]) -> pd.Series[float]:
    there = cells[cells.notna() & (cells != "?") & ~no_number(cells)]
    try:
        numbers, _ = numbers_in(column, there)
    except BadCorpus as wrong:
        raise BadCorpus(f"{path}: {wrong}") from None
    if numbers.isna().any():
        raise BadCorpus(f"{path}: {column} is {there[numbers.isna()].iloc[0]!r}; expected numbers; correct the file")
    return numbers.reindex(cells.index)
