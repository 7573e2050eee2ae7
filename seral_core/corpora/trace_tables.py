"""Tables whose rows are moments of a recording: values along time, one a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from seral_core.corpora.cells import no_number, numbers_in
from seral_core.corpora.class_words import word_of
from seral_core.corpora.descriptions import all_numbers
from seral_core.corpora.files import few
from seral_core.corpora.recording import duration_s
from seral_core.corpora.rows import Placed
from seral_core.corpora.samples import Samples
from seral_core.corpora.time_units import name_and_unit
from seral_core.corpora.times import seconds_in
from seral_core.corpora.usual_names import squashed
from seral_core.errors import BadCorpus

#: How people call the column that says at which moment a value was given, without its unit.
MOMENTS = ("time", "times", "timestamp", "seconds", "secs", "frametime", "zeit", "temps", "tempo", "tiempo")
#: Of those that count frames.
FRAMES = ("frame", "frames", "framenumber", "frameindex", "frameidx", "frameno")
#: Nobody rates once in so many seconds: whole numbers so far apart are milliseconds.
_MILLISECONDS = 10.0


def moment_column(rows: Placed) -> str:
    """Return the column of times where rows are moments of recordings; empty where each row is a segment."""
    frame, roles = rows.frame, rows.columns.roles
    called = [c for c in map(str, frame) if name_and_unit(c)[0] in MOMENTS or squashed(c) in FRAMES]
    moment = next((c for c in called if c not in roles.values()), "") or _rising(rows)
    if not moment:
        return ""
    one = [rows.segment.rename("segment"), *(frame[roles[role]] for role in ("rater", "target") if role in roles)]
    return moment if pd.concat(one, axis=1).duplicated().any() else ""


def without_column(rows: Placed, name: str) -> Placed:
    """Return rows whose column of times is neither a target nor a description."""
    own = rows.columns
    targets, described = (tuple(c for c in some if c != name) for some in (own.targets, own.described))
    notes = tuple(note for note in rows.notes if not note.startswith(f"column {name} is kept"))
    return replace(rows, columns=replace(own, targets=targets, described=described), notes=notes)


def moments_s(rows: Placed, moment: str, rate_hz: float, table: Path) -> tuple[pd.Series[float], tuple[str, ...]]:
    """Return the second of each row within its segment, and how times were understood.

    Parameters
    ----------
    rows : Placed
    moment : str
        The column of times.
    rate_hz : float
        Frames per second, where times count frames; 0 where nobody said.
    table : Path
        For messages.

    Raises
    ------
    BadCorpus
        When a cell is no time, or times count frames and nobody said their rate.
    """
    cells = rows.frame[moment]
    counted = squashed(moment) in FRAMES or name_and_unit(moment)[1] == "frames"
    notes: tuple[str, ...] = ()
    try:
        if counted:
            found, notes = numbers_in(moment, cells.dropna(), counted=True)
            found = found.reindex(cells.index)
        else:
            found, notes = seconds_in(moment, cells)
    except BadCorpus as wrong:
        raise BadCorpus(f"{table}: {wrong}") from None
    if found.isna().any():
        raise BadCorpus(f"{table} has rows without a time in the column '{moment}'; expected one in each; fill them in")
    steps = found.groupby(rows.segment).diff()
    steps = steps[steps > 0]
    step = float(steps.median()) if len(steps) else float("nan")
    plain = bool(pd.to_numeric(cells.head(50), errors="coerce").notna().all())
    if not counted and not name_and_unit(moment)[1] and plain and step >= _MILLISECONDS:
        return found / 1000, (*notes, f"times in {moment} are {step:g} apart and are read as milliseconds")
    counted |= plain and step == 1 and rate_hz not in (0, 1) and not name_and_unit(moment)[1]
    if not counted:
        _check_lengths(rows, moment, found, step, table)
        return found, notes
    if not rate_hz:
        raise BadCorpus(
            f"{table}: the column '{moment}' counts frames; expected seconds, or how many frames a second has; say it: "
            "--trace rate=25"
        )
    return found / rate_hz, (*notes, f"{moment} counts frames, {rate_hz:g} a second")


def samples_of(
    long: pd.DataFrame, times_s: pd.Series[float], words: Mapping[str, str], table: Path
) -> tuple[list[Samples], tuple[str, ...], tuple[str, ...]]:
    """Return what each rater said of each recording, notes, and the names of targets that hold no numbers.

    Parameters
    ----------
    long : DataFrame
        Columns ``segment target rater value row``, one row a value.
    times_s : Series
        The second of each row of the table, by its number as a spreadsheet counts.
    words : mapping of str to str
        What words mean: nothing for no value.
    table : Path
        For messages.

    Raises
    ------
    BadCorpus
        When a rater gave two values at one time.
    """
    found: list[Samples] = []
    notes: list[str] = []
    unread: list[str] = []
    for name, rows in long.groupby("target", sort=False):
        kept = rows[[words.get(word_of(value), value) != "" for value in rows["value"]]] if words else rows
        numbers, read = numbers_in(str(name), kept["value"])
        wrong = numbers.isna() & ~no_number(kept["value"])
        if wrong.any():
            unread.append(str(name))
            continue
        notes += read
        made = kept.assign(value=numbers, time=times_s.reindex(kept["row"]).to_numpy())
        made = made.drop_duplicates(["segment", "rater", "time", "value"])
        twice = made.duplicated(["segment", "rater", "time"], keep=False)
        if twice.any():
            first = made[twice].iloc[0]
            raise BadCorpus(
                f"{table}: {first['segment']} has two values of {name} by {first['rater']} at {first['time']:g} s; "
                "expected one; name who gave which in a column 'rater', or remove one"
            )
        for (segment, rater), own in made.groupby(["segment", "rater"], sort=False):
            own = own.sort_values("time", kind="stable")
            values = own["value"].to_numpy(float)
            found.append(Samples(str(segment), str(name), str(rater), own["time"].to_numpy(float), values))
    if not found:
        raise BadCorpus(
            f"{table} has values along time that are no numbers, such as those of {few(unread) or 'no target'}; "
            "expected numbers: traces of classes cannot be opened yet"
        )
    if unread:
        notes.append(f"{few(unread)} is left out: it holds no numbers, and traces of classes cannot be opened yet")
    return found, tuple(notes), tuple(unread)


def _check_lengths(rows: Placed, moment: str, times: pd.Series[float], step: float, table: Path) -> None:
    """Raise where times go far beyond most recordings: they are no seconds."""
    if rows.root is None or not (times % 1 == 0).all():
        return
    latest = times.groupby(rows.file).max()
    lasts = pd.Series({file: duration_s(rows.root / str(file)) for file in latest.index}, dtype=float)
    known = lasts.notna()
    if known.any() and (latest[known] > 1.5 * lasts[known] + 2).mean() > 0.5:
        file = latest[known].index[0]
        raise BadCorpus(
            f"{table}: {file} lasts {lasts[file]:.2f} s, but its times in '{moment}' go to {latest[file]:g}; expected "
            "seconds; if they count frames, say how many a second has: --trace rate=25"
        )


def _rising(rows: Placed) -> str:
    """Return the column whose fractions rise from row to row of each recording, as times do; empty where none does."""
    if len(rows.frame) < 3 * rows.segment.nunique():
        return ""
    for column in (*rows.columns.described, *rows.columns.targets):
        numbers = all_numbers(rows.frame[column].dropna())
        if numbers is None or len(numbers) < len(rows.frame) or not (numbers % 1).any():
            continue
        if (numbers.groupby(rows.segment).diff().dropna() > 0).all():
            return column
    return ""
