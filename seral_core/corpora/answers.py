"""From columns of a table to targets: text is a class, numbers are a scale with a native range."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.corpus import NOUNS, noun
from seral_core.corpora.files import few
from seral_core.errors import BadCorpus
from seral_core.types import Target

#: Ranges in use for emotion scales, narrow first.
RANGES = ((0.0, 1.0), (-1.0, 1.0), (1.0, 5.0), (1.0, 7.0), (1.0, 9.0), (0.0, 100.0))

#: Columns whose numbers are codes of classes.
CODED = frozenset({"emotion", "label", "class", "category"})

#: More different texts than this are a transcript or the like, no classes.
MOST_CLASSES = 50


def target_of(
    name: str,
    values: pd.Series[Any],
    low_high: tuple[float, float] | None = None,
    classes: Sequence[str] = (),
) -> tuple[Target, pd.Series[Any], tuple[str, ...]]:
    """Work out a target from the values that were given for it.

    Parameters
    ----------
    name : str
        Name of the target.
    values : Series
        All answers, none missing.
    low_high : pair of float, optional
        Native range of a scale; left out: guessed from `RANGES`.
    classes : sequence of str, optional
        The classes that may occur; left out: those that occur.

    Returns
    -------
    target : Target
    values : Series
        Nouns of the field, or floats.
    notes : tuple of str
        What was guessed.

    Raises
    ------
    BadCorpus
        When a class is not among ``classes``, or no known range holds the numbers.

    Examples
    --------
    >>> target_of("arousal", pd.Series([1, 4, 4.5]))[::2]
    (Target(name='arousal', classes=(), low=1.0, high=5.0, rate_hz=0.0), ('range of arousal guessed: [1, 5]',))
    >>> target_of("emotion", pd.Series(["Angry", "sad"]))[0].classes
    ('anger', 'sadness')
    """
    numbers = pd.to_numeric(values, errors="coerce") if not classes and name not in CODED else None
    is_bool = values.map(lambda v: isinstance(v, bool | np.bool_)).any()
    if numbers is None or is_bool or numbers.isna().any():
        if low_high is not None:
            raise BadCorpus(_no_number(name, values, low_high))
        if numbers is not None and not is_bool and numbers.notna().mean() > 0.5:
            raise BadCorpus(
                f"{name} is {values[numbers.isna()].iloc[0]!r} where most are numbers; expected only numbers; "
                f'correct the value, or give the classes (classes={{"{name}": (...)}})'
            )
        return _category(name, values, classes)
    low, high = low_high or guessed_range(name, numbers)
    notes = () if low_high else (f"range of {name} guessed: [{low:g}, {high:g}]",)
    return Target(name, low=low, high=high), numbers.astype(float).astype(object), notes


def guessed_range(name: str, numbers: pd.Series[float]) -> tuple[float, float]:
    """Return the narrowest of `RANGES` that holds all numbers.

    Parameters
    ----------
    name : str
        Of the target, for the message.
    numbers : Series
        All values, none missing.

    Returns
    -------
    low, high : float
        Native range.

    Raises
    ------
    BadCorpus
        When no range holds all numbers.

    Examples
    --------
    >>> guessed_range("arousal", pd.Series([1, 4, 4.5])), guessed_range("arousal", pd.Series([-0.2, 0.9]))
    ((1.0, 5.0), (-1.0, 1.0))
    """
    least, most = float(numbers.min()), float(numbers.max())
    for low, high in RANGES:
        if low <= least and most <= high:
            return low, high
    known = ", ".join(f"[{low:g}, {high:g}]" for low, high in RANGES)
    raise BadCorpus(
        f"{name} goes from {least:g} to {most:g}; expected one of the ranges {known}; give its own "
        f"range (--range {name}=1:9, or ranges={{'{name}': (1, 9)}} in Python), or leave the "
        "column out"
    )


def _category(
    name: str, values: pd.Series[Any], classes: Sequence[str]
) -> tuple[Target, pd.Series[Any], tuple[str, ...]]:
    nouns = values.map(_class_name)
    present = sorted(set(nouns))
    if classes:
        allowed = tuple(noun(c) for c in classes)
        unknown = [c for c in present if c not in allowed]
        if unknown:
            raise BadCorpus(
                f"{name} is {few(unknown)}; expected one of {', '.join(allowed)}; correct the table or add the class"
            )
        return Target(name, allowed), nouns.astype(object), ()
    return Target(name, tuple(present)), nouns.astype(object), _odd_classes(name, present)


def _class_name(value: object) -> str:
    if isinstance(value, float) and value.is_integer():  # a column of whole numbers with gaps
        value = int(value)
    return noun(str(value))


def _odd_classes(name: str, present: Sequence[str]) -> tuple[str, ...]:
    """Say which class names look like slips of the pen."""
    known = sorted(set(NOUNS.values()))
    odd = [c for c in present if c not in known]
    near = {c: match[0] for c in odd if (match := difflib.get_close_matches(c, known, n=1, cutoff=0.75))}
    return tuple(f"{name} has a class '{c}'; is it meant to be '{right}'?" for c, right in near.items())


def _no_number(name: str, values: pd.Series[Any], low_high: tuple[float, float]) -> str:
    wrong = next(v for v in values if isinstance(v, bool | np.bool_) or pd.isna(pd.to_numeric(v, errors="coerce")))
    low, high = low_high
    return f"{name} is {wrong!r}; expected a number in [{low:g}, {high:g}]; correct the value or take its range away"
