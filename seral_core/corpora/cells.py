"""Numbers and times as people write them in cells: read where one meaning is left, refused otherwise."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from seral_core.errors import BadCorpus

#: Words for nothing, as programs and people write them, whatever the column.
NOTHING = frozenset(
    {"#n/a", "#n/v", "#nv", "#value!", "#ref!", "n/a", "nan", "<na>", "k.a.", "missing", "-", "--", "--undefined--"}
)
#: Words for no number; among names they may be somebody's.
_NO_NUMBER = NOTHING | {"na", "null", "none", "nat", "."}
_COMMA = re.compile(r"[+-]?\d+,\d+")
_PERCENT = re.compile(r"[+-]?\d+(?:[.,]\d+)? ?%")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:[,.]\d{3})+")
_CLOCK = re.compile(r"(?:(?P<days>\d+) days?,? )?(?P<h>\d+):(?P<m>[0-5]\d):(?P<s>[0-5]\d(?:[.,]\d+)?)")
_MINUTES = re.compile(r"(?P<m>\d+):(?P<s>[0-5]\d[.,]\d+)")  # without a fraction it may be hours and minutes
_DAYS = re.compile(r"(\d+) days?")
_UNIT = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>ms|s|sec|secs|seconds?|msec|milliseconds?)", re.IGNORECASE)


def numbers_in(name: str, cells: pd.Series[Any]) -> tuple[pd.Series[float], tuple[str, ...]]:
    """Return the numbers in some cells.

    Parameters
    ----------
    name : str
        Of the column, for notes.
    cells : Series
        None missing.

    Returns
    -------
    numbers : Series
        nan where a cell holds none.
    notes : tuple of str
        That commas were read as decimal points.

    Raises
    ------
    BadCorpus
        When it cannot be told whether a comma is a decimal one, or when points and commas are mixed.

    Examples
    --------
    >>> numbers_in("arousal", pd.Series(["0,5", "1", "high"]))[0].tolist()
    [0.5, 1.0, nan]
    """
    cells = cells.map(lambda cell: cell.replace("\u2212", "-") if isinstance(cell, str) else cell)  # a minus sign
    numbers = pd.to_numeric(cells, errors="coerce").astype(float)
    percent = cells.map(lambda cell: isinstance(cell, str) and _PERCENT.fullmatch(cell.strip()) is not None)
    if percent.all() and len(cells):
        return cells.str.strip().str.rstrip("% ").str.replace(",", ".").astype(float), (f"{name} is read in percent",)
    left = cells[numbers.isna()].astype(str).str.strip()
    commas = left[left.map(lambda cell: _COMMA.fullmatch(cell) is not None)]
    if not len(commas):
        return numbers, ()
    if commas.map(lambda cell: _THOUSANDS.fullmatch(cell) is not None).all():
        raise BadCorpus(
            f"{name} is '{commas.iloc[0]}', which may be a thousand and more or a decimal fraction; expected decimal "
            "points and no marks between thousands; write the numbers so"
        )
    points = cells[numbers.notna()].map(lambda cell: isinstance(cell, str) and "." in cell)
    if points.any():
        raise BadCorpus(
            f"{name} is '{commas.iloc[0]}' in one row and '{cells[points[points].index[0]]}' in another; expected "
            "decimal points in all; replace the commas"
        )
    numbers[commas.index] = commas.str.replace(",", ".").astype(float)
    return numbers, (f"commas in {name} are read as decimal points, as in {commas.iloc[0]}",)


def no_number(cells: pd.Series[Any]) -> pd.Series[bool]:
    """Tell which cells say in words of programs that there is no number.

    Examples
    --------
    >>> no_number(pd.Series(["NA", "0.5", "high"])).tolist()
    [True, False, False]
    """
    found: pd.Series[bool] = cells.map(lambda cell: isinstance(cell, str) and cell.strip().lower() in _NO_NUMBER)
    return found.astype(bool)


def seconds_in(name: str, cells: pd.Series[Any]) -> tuple[pd.Series[float], tuple[str, ...]]:
    """Return the times in some cells in seconds; nan where a cell is missing.

    Parameters
    ----------
    name : str
        Of the column: one that ends with ``ms`` holds milliseconds.
    cells : Series
        Numbers, time deltas, ``0 days 00:00:01.5``, ``00:00:01,500`` or ``1.5 s``.

    Returns
    -------
    seconds : Series
    notes : tuple of str
        What was guessed.

    Raises
    ------
    BadCorpus
        When a cell is none of these.

    Examples
    --------
    >>> seconds_in("start", pd.Series(["00:00:01,500", "2", None]))[0].tolist()
    [1.5, 2.0, nan]
    """
    if pd.api.types.is_timedelta64_dtype(cells):
        return pd.Series(pd.TimedeltaIndex(cells).total_seconds(), cells.index), ()
    there = cells[cells.notna() & ~no_number(cells)]
    if in_samples(name):
        raise BadCorpus(
            f"the column '{name}' holds sample numbers; expected seconds; divide them by the sampling rate of the "
            "recordings"
        )
    words = there.map(lambda cell: _by_clock(str(cell).strip()))
    plain, notes = numbers_in(name, there[words.isna()])
    if plain.isna().any():
        wrong = there[plain.index[plain.isna()][0]]
        raise BadCorpus(
            f"{name} is {wrong!r}; expected seconds, such as 1.5, or hours, minutes and seconds, such as 00:00:01.5; "
            "correct the row"
        )
    found = pd.Series(np.nan, cells.index)
    found[words.index] = words
    found[plain.index] = plain / (1000 if in_milliseconds(name) else 1)
    if in_milliseconds(name):
        notes = (*notes, f"{name} is read as milliseconds")
    return found, notes


def in_milliseconds(name: str) -> bool:
    """Tell whether a column's name says that it holds milliseconds.

    Examples
    --------
    >>> in_milliseconds("start_ms"), in_milliseconds("begin (msec)"), in_milliseconds("Begin Time - ss.msec")
    (True, True, False)
    """
    return re.search(r"(?:^|[^a-z])(?<!ss\.)(?:ms|msec|millis|milliseconds)\)?$", name.lower()) is not None


def in_samples(name: str) -> bool:
    """Tell whether a column's name says that it holds numbers of samples.

    Examples
    --------
    >>> in_samples("start_sample"), in_samples("start")
    (True, False)
    """
    return re.search(r"(?:^|[^a-z])(?:samples?|frames?)\)?$", name.lower()) is not None


def _by_clock(cell: str) -> float:
    """Return the seconds that a clock shows, or a number with a unit; nan for anything else."""
    if match := _CLOCK.fullmatch(cell):
        whole = int(match["days"] or 0) * 86_400 + int(match["h"]) * 3600 + int(match["m"]) * 60
        return whole + float(match["s"].replace(",", "."))
    if match := _MINUTES.fullmatch(cell):
        return int(match["m"]) * 60 + float(match["s"].replace(",", "."))
    if match := _DAYS.fullmatch(cell):
        return int(match[1]) * 86_400.0
    if match := _UNIT.fullmatch(cell):
        number = float(match["number"].replace(",", "."))
        return number / 1000 if match["unit"].lower().startswith("m") else number
    return float("nan")
