"""When the segments of a table start and end: times as people write them, in seconds, held against the recordings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.cells import no_number, numbers_in
from seral_core.corpora.columns import Columns
from seral_core.corpora.descriptions import are_dates
from seral_core.corpora.files import few
from seral_core.corpora.recording import duration_s, rate_of
from seral_core.corpora.tables import row_number
from seral_core.corpora.time_units import CLOCK, COUNTED, SECONDS, TIMES, timed, unit_of
from seral_core.errors import BadCorpus

#: A segment may end this many seconds after its recording, and times of one moment may differ so: tables round.
ROUNDING_S = 0.05
#: Units that change nothing.
_AS_SECONDS = ("", "seconds", CLOCK)
#: What to do with times in units whose length only the recordings say.
_REMEDY = {
    "samples": "divide them by the sampling rate of the recordings",
    "frames": "multiply them by the seconds from one frame to the next",
}
#: Words of columns that hold times, besides those that are recognised.
_LIKE = ("start", "begin", "onset", "tmin", "anfang", "end", "stop", "offset", "tmax")
_LIKE_LENGTHS = ("duration", "dur", "length")
#: Most segments that somebody labelled are longer, in seconds.
_SHORTEST_S = 0.1
_CLOCK = re.compile(r"(?:(?P<days>\d+) days?,? )?(?P<h>\d+):(?P<m>[0-5]\d):(?P<s>[0-5]\d(?:[.,]\d+)?)")
_MINUTES = re.compile(r"(?P<m>\d+):(?P<s>[0-5]\d[.,]\d+)")  # without a fraction it may be hours and minutes
_DAYS = re.compile(r"(\d+) days?")
_UNIT = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>ms|s|sec|secs|seconds?|msec|milliseconds?)", re.IGNORECASE)


def seconds_in(name: str, cells: pd.Series[Any]) -> tuple[pd.Series[float], tuple[str, ...]]:
    """Return the times in some cells in seconds; nan where a cell is missing.

    Parameters
    ----------
    name : str
        Of the column, which may say the unit: ``start_ms``, ``endMin``; see `seral_core.corpora.time_units`.
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
        When a cell is none of these, or the column holds numbers of samples or frames.

    Examples
    --------
    >>> seconds_in("start", pd.Series(["00:00:01,500", "2", None]))[0].tolist()
    [1.5, 2.0, nan]
    >>> seconds_in("startMs", pd.Series(["1500"]))
    (0    1.5
    dtype: float64, ('startMs is read as milliseconds',))
    """
    if pd.api.types.is_timedelta64_dtype(cells):
        return pd.Series(pd.TimedeltaIndex(cells).total_seconds(), cells.index), ()
    unit = unit_of(name)
    if unit in COUNTED:
        raise BadCorpus(f"the column '{name}' holds numbers of {unit}; expected seconds; {_REMEDY[unit]}")
    there = cells[cells.notna() & ~no_number(cells)]
    words = pd.Series(np.nan, there.index)
    written = there[pd.to_numeric(there, errors="coerce").isna()]  # a number alone is no clock
    words[written.index] = written.map(lambda cell: _by_clock(str(cell).strip())).astype(float)
    plain, notes = numbers_in(name, there[words.isna()], counted=SECONDS.get(unit, 1.0) < 1)
    wrong = there[plain.index if unit == CLOCK else plain.index[plain.isna()]]
    if len(wrong):
        raise BadCorpus(
            f"{name} is {wrong.iloc[0]!r}; expected seconds, such as 1.5, or hours, minutes and seconds, such as "
            "00:00:01.5; correct the row"
        )
    found = pd.Series(np.nan, cells.index)
    found[words.index] = words
    found[plain.index] = (plain * SECONDS.get(unit, 1.0)).round(9)
    return found, notes if unit in _AS_SECONDS else (*notes, f"{name} is read as {unit}")


def times_of(
    frame: pd.DataFrame, columns: Columns, names: pd.Series[Any], table: Path
) -> tuple[pd.Series[float], pd.Series[float], tuple[str, ...]]:
    """Return the start and end of each row in seconds, and notes.

    Two of start, end and duration give the third. A start that is missing is 0, an end that is missing the end of the
    recording.

    Parameters
    ----------
    frame, columns : DataFrame, Columns
        The table, and what its columns are.
    names : Series
        The recording of each row, for messages.
    table : Path
        For messages.

    Raises
    ------
    BadCorpus
        When a cell is no time, a segment has no positive length, or two columns say different times.

    Examples
    --------
    >>> frame = pd.DataFrame({"file": ["a.wav"], "end": ["3"], "duration": ["1"]})
    >>> start, end, notes = times_of(frame, Columns({name: name for name in frame}, ()), frame["file"], Path("t.csv"))
    >>> start.tolist(), end.tolist(), notes
    ([2.0], [3.0], ('starts are duration before the end',))
    """
    notes: tuple[str, ...] = ()
    found = {role: pd.Series(np.nan, frame.index) for role in TIMES}
    for role in TIMES:
        column = columns.roles.get(role)
        if column is None or (role == "duration" and len({"start", "end"} & set(columns.roles)) != 1):
            continue
        try:
            found[role], guessed = seconds_in(column, frame[column])
            _same_elsewhere(frame, column, found[role])
        except BadCorpus as wrong:
            raise BadCorpus(f"{table}: {wrong}") from None
        notes += guessed
    start, end, lasts = (found[role] for role in TIMES)
    if lasts.notna().any():
        how = "ends are {} after the start" if "start" in columns.roles else "starts are {} before the end"
        notes += (how.format(columns.roles["duration"]),)
    start = start.fillna(end - lasts).fillna(0.0)
    end = end.fillna(start + lasts)
    backwards = (start < 0) | (end <= start)
    if backwards.any():
        row = backwards.index[backwards][0]
        before = "" if "start" in columns.roles or start[row] >= 0 else " (the start is the duration before the end)"
        raise BadCorpus(
            f"{table}, row {row_number(row)}: {names[row]} goes from {start[row]:g} s to {end[row]:g} s{before}; "
            "expected 0 <= start < end, in seconds; correct the row"
        )
    return start, end, notes + _not_used(frame, columns)


def _same_elsewhere(frame: pd.DataFrame, column: str, seconds: pd.Series[float]) -> None:
    """Raise where a column of the same name but another unit says other times, as minutes beside seconds do."""
    for other in frame.columns:
        if other == column or timed(other) != timed(column) or unit_of(other) in COUNTED:
            continue
        also, _ = seconds_in(other, frame[other])
        differ = (also - seconds).abs() > ROUNDING_S
        if differ.any():
            row = differ.index[differ][0]
            raise BadCorpus(
                f"row {row_number(row)} has {seconds[row]:g} s in {column} and {also[row]:g} s in {other}; expected "
                "one column for one time; add them up in one, in seconds, or remove the other"
            )


def _not_used(frame: pd.DataFrame, columns: Columns) -> tuple[str, ...]:
    """Return notes where a segment has fewer than two times: on that, and on columns that may hold the other."""
    given = {role for role in TIMES if role in columns.roles}
    if len(given) > 1:
        return ()
    notes: tuple[str, ...] = ()
    if given == {"end"}:
        notes = (f"there are ends in {columns.roles['end']} but no starts: each segment starts with its recording",)
    words = _LIKE + (_LIKE_LENGTHS if given - {"duration"} else ())
    free = [column for column in frame.columns if column not in columns.roles.values()]
    like = [column for column in free if _looks_like(words, str(column), frame[column])]
    if like:
        notes += (
            f"not used as times, though called like some: {few(like)} (if they hold seconds: --column start={like[0]}, "
            "or end, or duration)",
        )
    return notes


def _looks_like(words: tuple[str, ...], column: str, cells: pd.Series[Any]) -> bool:
    own = re.split(r"[\W_]+", column.lower())
    there = cells.dropna().map(lambda cell: str(cell).strip()[:1].isdigit())
    like = (bool(set(words) & set(own)) or own[0].startswith(words)) and bool(len(there)) and bool(there.all())
    return like and not are_dates(cells.dropna())


def beyond(
    times: tuple[pd.Series[float], pd.Series[float]], files: pd.Series[Any], root: Path, plain: bool, table: Path
) -> tuple[str, ...]:
    """Return a note on segments that are not within their recordings, or raise where the times are no seconds.

    Parameters
    ----------
    times : pair of Series
        Start and end of each row, in seconds.
    files : Series
        The recording of each row.
    root : Path
        The folder of the recordings.
    plain : bool
        Whether the times are numbers without a unit, see `are_plain`: they may have another one.
    table : Path
        For messages.

    Raises
    ------
    BadCorpus
        When most segments are not within their recordings, and all are in a usual length if the times are milliseconds
        or numbers of samples.
    """
    start, end = times
    lasts = files.map({file: duration_s(root / file) for file in pd.unique(files)}).astype(float)
    known, late = lasts.notna(), (start >= lasts) | (end > lasts + ROUNDING_S)
    if not late.any():
        return ()
    row = late.index[late][0]
    last = end.fillna(start)
    if plain and late.sum() * 2 > known.sum():
        rate = files.map({file: rate_of(root / file) for file in pd.unique(files[known])}).astype(float)
        for unit, number, remedy in (
            ("milliseconds", pd.Series(1000.0, files.index), "call the columns start_ms and end_ms"),
            ("numbers of samples", rate, "divide them by the sampling rate"),
        ):
            if _would_fit(start / number, end / number, lasts):
                raise BadCorpus(
                    f"{table}: {files[row]} lasts {lasts[row]:.2f} s, but row {row_number(row)} goes from "
                    f"{start[row]:g} to {last[row]:g}; the times seem to be {unit}; expected seconds; {remedy}"
                )
    gone = start >= lasts
    return (
        f"{int(late.sum())} segments end after their recordings, {int(gone.sum())} of them start after it and cannot "
        f"be heard: first row {row_number(row)}, {files[row]} from {start[row]:g} s to {last[row]:g} s, which lasts "
        f"{lasts[row]:.2f} s (if the recordings are cut out already: --column description=START,END)",
    )


def are_plain(frame: pd.DataFrame, columns: Columns) -> bool:
    """Tell whether all times of a table are numbers without a unit.

    Examples
    --------
    >>> columns = Columns({"start": "start"}, ())
    >>> [are_plain(pd.DataFrame({"start": [cell]}), columns) for cell in ("1500", "00:00:01.5", "1.5 s")]
    [True, False, False]
    """
    used = [columns.roles[role] for role in TIMES if role in columns.roles]
    numbers = frame[used].apply(pd.to_numeric, errors="coerce")
    return bool((numbers.notna() | frame[used].isna()).all(axis=None)) and not any(map(unit_of, used))


def _would_fit(start: pd.Series[float], end: pd.Series[float], lasts: pd.Series[float]) -> bool:
    """Tell whether all segments would lie in their recordings, most of them long enough to be heard."""
    inside = lasts.notna()
    end = end.fillna(lasts)[inside]
    lengths = end - start[inside]
    return bool((end <= lasts[inside] + ROUNDING_S).all()) and bool(lengths.median() >= _SHORTEST_S)


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
