"""Names that differ in case, zeros, blanks or accents alone: probably one person, asked about; certainly one split."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from seral_core.corpora.files import few
from seral_core.corpora.words import plain

#: The number at the end of a name: 3 is 03 and 3.0.
_NUMBER = re.compile(r"(?<!\d)0*(\d+)(?:\.0+)?$")


def alike(what: str, names: Iterable[object]) -> tuple[str, ...]:
    """Ask about names that are nearly the same: one person on both sides of a split is a leak, and has two votes.

    Parameters
    ----------
    what : str
        Who is called so, such as ``"speakers"``.
    names : iterable of str
        Missing ones are left out.

    Examples
    --------
    >>> alike("speakers", ["Anna", "anna", "03", "3.0", "Ben", None])[0][:55]
    'speakers Anna and anna, 03 and 3.0 count as different o'
    >>> alike("raters", ["R1", "R10", "1.10", "1.1"])
    ()
    """
    by_key: dict[str, set[str]] = {}
    for name in names:
        if isinstance(name, str):
            by_key.setdefault(_NUMBER.sub(r"\1", plain(name)), set()).add(name)
    same = [" and ".join(sorted(own)) for own in by_key.values() if len(own) > 1]
    return (f"{what} {few(same)} count as different ones; if they are one, write them alike",) if same else ()


def in_one_case(what: str, cells: pd.Series[Any]) -> tuple[pd.Series[Any], tuple[str, ...]]:
    """Return names of which those that differ in case alone are one, as most cells write it, and a note.

    Examples
    --------
    >>> cells, notes = in_one_case("splits", pd.Series(["Train", "TRAIN", "Train", "test"]))
    >>> cells.tolist(), notes
    (['Train', 'Train', 'Train', 'test'], ('splits TRAIN and Train are one, Train',))
    """
    usual: dict[str, list[str]] = {}
    for name in cells.dropna().value_counts().index:  # the most frequent one first
        usual.setdefault(name.casefold(), []).append(name)
    several = [own for own in usual.values() if len(own) > 1]
    if not several:
        return cells, ()
    notes = tuple(f"{what} {' and '.join(sorted(own))} are one, {own[0]}" for own in several)
    return cells.map(lambda name: usual[name.casefold()][0], na_action="ignore"), notes
