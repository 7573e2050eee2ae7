"""What labels cost, as curves count and name it: clips, or seconds of listening or of traces, in minutes where long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

CLIPS, SECONDS = "clips", "seconds"
#: What the same labels took, counted in another way.
LABELLED, LISTENED = "clips labelled", "seconds listened"
#: From so many seconds on, people read minutes.
LONG_S = 1200.0


@dataclass(frozen=True)
class Spent:
    """A unit of what was spent, and how figures and tables write it.

    Parameters
    ----------
    unit : {"clips", "seconds", "clips labelled", "seconds listened"}
        What is counted.
    title, short : str
        On an axis, and behind a number.
    per : float
        How many of the unit are one of what is written: 60 for minutes.

    Examples
    --------
    >>> Spent("seconds", "minutes traced", "min", 60.0).text(900.0), COUNTED.text(20.0)
    ('15 min', '20')
    >>> Spent("seconds", "minutes traced", "min", 60.0).counted, COUNTED.counted
    ('minutes', 'labels')
    """

    unit: str
    title: str
    short: str
    per: float = 1.0

    @property
    def counted(self) -> str:
        """What is counted, in a word."""
        if self.unit in (CLIPS, LABELLED):
            return "labels"
        return "minutes" if self.per > 1 else self.unit.split()[0] if self.unit else "labels or seconds"

    def text(self, spent: float) -> str:
        """Return a number with its unit; of clips, the number alone."""
        return f"{spent / self.per:.4g} {self.short}" if self.counted != "labels" else f"{spent:g}"


COUNTED = Spent(CLIPS, "clips listened to", "clips")
_TIMES = {SECONDS: "traced", LISTENED: "listened"}


def spent_in(frame: pd.DataFrame, *, minutes: bool = True) -> Spent:
    """Return what the column ``spent`` of a table of curves counts.

    Parameters
    ----------
    frame : DataFrame
        As `seral_core.runs.curve.curves` returns it; without a column ``unit``, clips are meant.
    minutes : bool
        Whether many seconds may be written as minutes.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"spent": [30.0, 300.0], "unit": "seconds"})
    >>> spent_in(frame).title, spent_in(frame.assign(spent=[60.0, 3600.0])).title, spent_in(frame[["spent"]]).title
    ('seconds traced', 'minutes traced', 'clips listened to')
    """
    units = set(frame["unit"].dropna()) if "unit" in frame else set()
    if len(units) > 1:
        return Spent("", "clips, or seconds traced", "spent")
    unit = units.pop() if units else CLIPS
    if unit not in _TIMES:
        return Spent(LABELLED, LABELLED, "clips") if unit == LABELLED else COUNTED
    if minutes and frame["spent"].max() >= LONG_S:
        return Spent(unit, f"minutes {_TIMES[unit]}", "min", 60.0)
    return Spent(unit, f"seconds {_TIMES[unit]}", "s")
