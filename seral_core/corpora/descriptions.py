"""Columns that nobody would learn: ids, dates, sentences, counters, and what is called as such."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from seral_core.corpora.cells import numbers_in
from seral_core.corpora.time_units import timed
from seral_core.corpora.usual_names import MSP, USUAL, is_dimension, is_emotion, squashed
from seral_core.corpora.words import NOUNS, noun, noun_of
from seral_core.errors import BadCorpus

#: Said of a column without any cell.
EMPTY = "it is empty"
_BY_NAME = "called as such"
#: Numbers of things, and how far raters differ: not what they answered.
_IS_ABOUT = re.compile(
    r"[_\W](?:id|idx|nr|no|std|sd|stdev|stddev|var|variance|sem|ci|count)$|^(?:std|sd|stdev|var|n|num|count)[_\W]"
)
_STRENGTH = re.compile(r"intens|strength|level")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(?:[ T].*)?|\d\d?[./]\d\d?[./]\d{2,4}(?: .*)?")
#: More different texts than this are no classes; nor are texts that hardly repeat, in a table of some length.
MOST_CLASSES, MANY_ROWS = 50, 8


def why_description(frame: pd.DataFrame, column: str) -> str:
    """Return why nobody would want to learn a column; empty text where somebody may.

    Examples
    --------
    >>> frame = pd.DataFrame({"whom": ["s1", "s2"], "age": ["30", "31"], "mood": ["0,5", "0,75"]})
    >>> why_description(frame, "whom"), why_description(frame, "mood")
    ('numbers of things, such as s1', '')
    """
    cells = frame[column].dropna()
    if not len(cells):
        return EMPTY
    plain = squashed(str(column))
    if not plain or plain.startswith("unnamed"):
        return "without a name"
    if is_emotion(str(column)) or plain in MSP:
        return ""
    if _IS_ABOUT.search(str(column)):
        return _BY_NAME
    texts = cells.astype(str).str.strip()
    numbers = all_numbers(cells)
    if _STRENGTH.search(plain) and (numbers is None or numbers.nunique() <= 2 < len(numbers)):
        return "how strongly an emotion was acted"
    if is_dimension(str(column)):
        return ""
    if only_describes(str(column)):
        return _BY_NAME
    if len(cells) > 1 and all_the_same(texts) and not noun_of(texts.iloc[0]):
        return "the same in all rows"
    if numbers is not None:
        return "numbers that only count the rows" if _counts(numbers) else ""
    if are_dates(texts):
        return "dates"
    if _are_ids(texts):
        return f"numbers of things, such as {texts.iloc[0]}"
    return "texts that are too many or too long for classes" if is_prose(texts) else ""


def only_describes(name: str) -> bool:
    """Tell whether a column is called as one that nobody learns: an age, a file, a rater.

    Examples
    --------
    >>> only_describes("Speaker Age"), only_describes("age"), only_describes("mood")
    (False, True, False)
    """
    plain = squashed(name)
    roles = [names for role, names in USUAL.items() if role not in ("emotion", "dimension")]
    return plain.rstrip("0123456789") in USUAL["description"] or any(plain in n or timed(name) in n for n in roles)


def all_numbers(cells: pd.Series[Any]) -> pd.Series[float] | None:
    """Return the numbers in some cells, decimal commas or not; None where a cell holds none.

    Examples
    --------
    >>> all_numbers(pd.Series(["0,5", "1"])).tolist(), all_numbers(pd.Series(["0.5", "x"]))
    ([0.5, 1.0], None)
    """
    plain = pd.to_numeric(cells, errors="coerce").astype(float)
    if plain.notna().all():
        return plain
    try:  # the first few tell texts from numbers
        few, _ = numbers_in("", cells[plain.isna()].head(20))
        numbers = numbers_in("", cells)[0] if few.notna().all() else few
    except BadCorpus:  # numbers, but it cannot be told which
        return pd.Series(range(len(cells)), cells.index, dtype=float) / 2
    return numbers if numbers.notna().all() else None


def all_the_same(cells: pd.Series[Any]) -> bool:
    """Tell whether all cells say one thing.

    Examples
    --------
    >>> all_the_same(pd.Series(["a", "a"])), all_the_same(pd.Series(["a", "b"]))
    (True, False)
    """
    return bool((cells == cells.iloc[0]).all())


def are_dates(texts: pd.Series[Any]) -> bool:
    """Tell whether texts are days, or days with a time.

    Examples
    --------
    >>> are_dates(pd.Series(["2024-03-04 10:00:00", "4.3.2024"])), are_dates(pd.Series(["00:00:04"]))
    (True, False)
    """
    return bool(texts.map(lambda text: _DATE.fullmatch(str(text).strip()) is not None).all())


def is_prose(texts: pd.Series[Any]) -> bool:
    """Tell whether texts are no classes: too many different ones, hardly any twice, or sentences.

    Examples
    --------
    >>> is_prose(pd.Series([f"sentence number {i}" for i in range(20)])), is_prose(pd.Series(["a", "b"] * 9))
    (True, False)
    """
    if pd.to_numeric(texts, errors="coerce").notna().any():
        return False
    words = set(NOUNS.values())
    different = texts.str.strip().str.lower().unique()
    if len(different) > MOST_CLASSES:
        return True
    if all(noun(text) in words for text in different):
        return False
    if len(texts) >= MANY_ROWS and len(different) > 0.5 * len(texts):
        return True
    return sum(len(text.split()) >= 4 for text in different) * 2 > len(different)


def _are_ids(texts: pd.Series[Any]) -> bool:
    """Tell whether all texts are one word and a number, as in s1, s2: somebody or something is numbered."""
    parts = [re.fullmatch(r"([^\W\d]+)[_\-. ]?\d+", text.lower()) for text in texts.unique()]
    return len(parts) > 1 and all(parts) and len({part[1] for part in parts if part}) == 1


def _counts(numbers: pd.Series[float]) -> bool:
    """Tell whether whole numbers go up by one from row to row, or are all different and large, as ids are."""
    whole = bool((numbers % 1 == 0).all())
    if not whole or len(numbers) < MANY_ROWS:
        return False
    return bool((numbers.diff().dropna() == 1).all()) or (bool(numbers.is_unique) and numbers.max() > 100)
