"""The text of Praat's TextGrids, long or short: read to the last interval that it says it has, or refused.

Both forms hold the same values in the same order; whatever stands between them is a remark. praatio, which writes
them, passes over what a file lacks that was cut off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from seral_core.errors import BadLabel

#: A text in quotes, a sign such as <exists>, or a number that stands alone.
_VALUE = re.compile(r'"((?:[^"]|"")*)"|(<\w+>)|(?<![^\s=])([-+]?(?:\d++\.?\d*+|\.\d++)(?:[eE][-+]?\d++)?+)(?!\S)')
#: Intervals may reach so far into the next one, where times are rounded, in seconds.
_ROUNDED_S = 0.001
_REMEDY = "copy the file again, or open and save it in Praat"


class Grid(NamedTuple):
    """One tier: its name, and start, end and text of each interval; a point ends where it starts.

    Examples
    --------
    >>> Grid("emotion", [(0.0, 1.5, "anger")]).name
    'emotion'
    """

    name: str
    entries: list[tuple[float, float, str]]


def grids_in(text: str) -> list[Grid]:
    r"""Return the tiers in the text of a TextGrid.

    Raises
    ------
    BadLabel
        When there is less, or more, than the text says, or intervals are out of order or overlap.

    Examples
    --------
    >>> head = '"ooTextFile"\n"TextGrid"\n0\n2\n<exists>\n1\n"IntervalTier"\n"mood"\n0\n2\n'
    >>> grids_in(head + '1\n0\n2\n"so ""so"" "')
    [Grid(name='mood', entries=[(0.0, 2.0, 'so "so"')])]
    >>> grids_in(head + '2\n0\n1\n"calm"')
    Traceback (most recent call last):
    seral_core.errors.BadLabel: it ends within interval 2 of the 2 that tier 'mood' says it has; ...
    """
    values = _Values(text)
    if values.text("its first line").removesuffix(" short") != "ooTextFile" or values.text("its kind") != "TextGrid":
        raise BadLabel("it is no TextGrid that Praat saves as text; open it in Praat, and save it as a text file")
    end_s = values.span("its times")[1]
    if values.flag() == "<absent>":
        return []
    count = values.count("the number of its tiers")
    names = (f"tier {number} of the {count} that it says it has" for number in range(1, count + 1))
    tiers = [_tier(values, name, end_s) for name in names]
    values.end()
    return tiers


def _tier(values: _Values, which: str, latest_s: float) -> Grid:
    kind, name = values.text(which), values.text(which)
    if kind not in ("IntervalTier", "TextTier"):
        raise BadLabel(f"{which} is of the kind '{kind:.40}'; expected IntervalTier or TextTier; {_REMEDY}")
    end_s, count = values.span(which)[1], values.count(which)
    what = "interval" if kind == "IntervalTier" else "point"
    entries = []
    for number in range(1, count + 1):
        where = f"{what} {number} of the {count} that tier '{name}' says it has"
        start, end = values.span(where) if what == "interval" else (values.number(where),) * 2
        entries.append((start, end, values.text(where)))
    _check_order(name, entries, min(end_s, latest_s))
    return Grid(name, entries)


def _check_order(name: str, entries: list[tuple[float, float, str]], latest_s: float) -> None:
    before = 0.0
    for start, end, _ in entries:
        if start < before - _ROUNDED_S or end < start:
            raise BadLabel(
                f"tier '{name}' goes from {start:g} to {end:g} s after {before:g} s; expected times that rise, and no "
                f"overlap; {_REMEDY}"
            )
        before = end
    if before > latest_s + _ROUNDED_S:
        raise BadLabel(f"tier '{name}' goes on to {before:g} s, though it says it ends at {latest_s:g} s; {_REMEDY}")


class _Values:
    """The values of a text, one after the other; each is asked for by its kind."""

    def __init__(self, text: str) -> None:
        self._rest: Iterator[re.Match[str]] = _VALUE.finditer(text)

    def _next(self, where: str, group: int) -> str:
        match = next(self._rest, None)
        if match is None:
            raise BadLabel(f"it ends within {where}; expected all of it: the file was cut off; {_REMEDY}")
        if match[group] is None:
            kind = ("", "a text in quotes", "<exists>", "a number")[group]
            raise BadLabel(f"it has {match[0]:.40} in {where}; expected {kind}; {_REMEDY}")
        return match[group]

    def text(self, where: str) -> str:
        return self._next(where, 1).replace('""', '"').strip()

    def flag(self) -> str:
        return self._next("its head", 2)

    def number(self, where: str) -> float:
        return float(self._next(where, 3))

    def span(self, where: str) -> tuple[float, float]:
        return self.number(where), self.number(where)

    def count(self, where: str) -> int:
        number = self.number(where)
        if not (number.is_integer() and number >= 0):
            raise BadLabel(f"it says that there are {number:g} in {where}; expected a whole number; {_REMEDY}")
        return int(number)

    def end(self) -> None:
        if match := next(self._rest, None):
            raise BadLabel(f"it goes on with {match[0]:.40} after all that it says it has; {_REMEDY}")
