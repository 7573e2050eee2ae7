"""Numbers as people write them in cells: read where one meaning is left, refused otherwise."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from seral_core.errors import BadCorpus

#: Words for nothing, as programs and people write them, whatever the column.
NOTHING = frozenset(
    {"#n/a", "#n/v", "#nv", "#value!", "#ref!", "n/a", "nan", "<na>", "k.a.", "missing", "-", "--", "--undefined--"}
)
#: Words for no number; among names they may be somebody's.
_NO_NUMBER = NOTHING | {"na", "null", "none", "nat", "."}
_PERCENT = re.compile(r"[+-]?\d+(?:[.,]\d+)? ?%")
#: Between thousands, where nothing else can be meant: a blank or an apostrophe.
_BLANKS = re.compile(r"(?<=\d)[ '\u2019\u00a0\u202f](?=\d{3}(?!\d))")
_MARKED = re.compile(
    r"[+-]?(?:\d+[.,]\d+(?:[eE][+-]?\d+)?|\d{1,3}(?P<mark>[.,])\d{3}(?:(?P=mark)\d{3})*(?:(?!(?P=mark))[.,]\d+)?)"
)
_MAYBE_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")


def numbers_in(name: str, cells: pd.Series[Any], counted: bool = False) -> tuple[pd.Series[float], tuple[str, ...]]:
    """Return the numbers in some cells.

    Parameters
    ----------
    name : str
        Of the column, for notes.
    cells : Series
        None missing.
    counted : bool
        Whole numbers are usual here, up to thousands and more, as in milliseconds: ``1.500`` may be either, too.

    Returns
    -------
    numbers : Series
        nan where a cell holds none.
    notes : tuple of str
        That commas were read as decimal points, or what was read as a mark between thousands.

    Raises
    ------
    BadCorpus
        When it cannot be told whether a comma is a decimal one, or when points and commas are mixed.

    Examples
    --------
    >>> numbers_in("arousal", pd.Series(["0,5", "1", "high"]))[0].tolist()
    [0.5, 1.0, nan]
    >>> numbers_in("start_ms", pd.Series(["1.234,5", "1.500"]))[0].tolist()
    [1234.5, 1500.0]
    """
    index, cells = cells.index, cells.reset_index(drop=True)  # rows of several columns may have one index
    cells = cells.map(lambda cell: cell.replace("\u2212", "-").strip() if isinstance(cell, str) else cell)  # a minus
    percent = cells.map(lambda cell: isinstance(cell, str) and _PERCENT.fullmatch(cell) is not None)
    if percent.all() and len(cells):
        numbers = cells.str.rstrip("% ").str.replace(",", ".").astype(float)
        return numbers.set_axis(index), (f"{name} is read in percent",)
    numbers = pd.to_numeric(cells, errors="coerce").astype(float)
    if numbers.notna().all() and not counted:
        return numbers.set_axis(index), ()
    texts = cells[cells.map(lambda cell: isinstance(cell, str))].map(lambda cell: _BLANKS.sub("", cell))
    marked = texts[texts.map(lambda cell: _MARKED.fullmatch(cell) is not None)]
    whole = texts[texts.map(lambda cell: cell.lstrip("+-").isdecimal())]
    decimal = _decimal_mark(name, marked, counted and not (whole.map(len) > 3).any())
    thousands = "." if decimal == "," else ","
    plain = marked.map(lambda cell: cell.replace(thousands, "").replace(decimal, "."))
    numbers[whole.index], numbers[marked.index] = whole.astype(float), plain.astype(float)
    fractions, groups = ([cell for cell in marked if mark in cell] for mark in (decimal, thousands))
    notes: tuple[str, ...] = ()
    if decimal == "," and fractions:
        notes += (f"commas in {name} are read as decimal points, as in {fractions[0]}",)
    if groups:
        notes += (f"marks between thousands in {name} are left out, as in {groups[0]}",)
    return numbers.set_axis(index), notes


def _decimal_mark(name: str, marked: pd.Series[Any], counted: bool) -> str:
    """Return the mark of decimal fractions: the one that some cells prove, or a point; raise where it may be either."""
    proven = {mark: [cell for cell in marked if _proves(cell) == mark] for mark in (",", ".", "")}
    sure = [mark for mark in ",." if proven[mark]]
    other = [cell for mark in sure for cell in marked if mark not in cell]
    grouped = any(cell.count(",") + cell.count(".") > 1 for cell in marked)
    if len(sure) == 2 or (other and not grouped):
        one, another = sorted((proven[sure[0]][0], other[0]), key=lambda cell: "," not in cell)
        raise BadCorpus(
            f"{name} is '{one}' in one row and '{another}' in another; expected decimal points in all; replace the "
            "commas, and leave out marks between thousands"
        )
    if sure or not len(marked) or (not counted and not any("," in cell for cell in marked)):
        return sure[0] if sure else "."
    raise BadCorpus(
        f"{name} is '{proven[''][0]}', which may be a thousand and more or a decimal fraction; expected decimal "
        "points and no marks between thousands; write the numbers so"
    )


def _proves(cell: str) -> str:
    """Return the mark that must be the decimal one in a number; empty where it may be between thousands.

    ``0,5`` and ``1.234,5`` and ``1.234.567`` prove a comma, ``1.234`` proves nothing.
    """
    marks = [letter for letter in cell if letter in ",."]
    if len(marks) == 1:
        return "" if _MAYBE_THOUSANDS.fullmatch(cell) else marks[0]
    return marks[-1] if len(set(marks)) == 2 else {",": ".", ".": ","}[marks[0]]


def no_number(cells: pd.Series[Any]) -> pd.Series[bool]:
    """Tell which cells say in words of programs that there is no number.

    Examples
    --------
    >>> no_number(pd.Series(["NA", "0.5", "high"])).tolist()
    [True, False, False]
    """
    found: pd.Series[bool] = cells.map(lambda cell: isinstance(cell, str) and cell.strip().lower() in _NO_NUMBER)
    return found.astype(bool)
