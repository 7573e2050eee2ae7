"""Single answers that cannot be on their scale: left out, counted and named, where the others can be used."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.answers import Given, may_be_scale
from seral_core.corpora.cells import no_number, numbers_in
from seral_core.corpora.class_words import word_of
from seral_core.corpora.files import few
from seral_core.errors import BadCorpus

#: Answers beyond a range are slips where they are one, or fewer than this share; more of them mean another range.
FEW = 0.05
#: One of fewer answers than this may mean another range, too.
_ENOUGH = 5


def are_few(odd: int, answers: int) -> bool:
    """Tell whether so many of some answers are slips, and not a sign that all of them are on another scale.

    Examples
    --------
    >>> are_few(1, 8), are_few(1, 3), are_few(4, 100), are_few(9, 100)
    (True, False, True, False)
    """
    return odd <= max(1, FEW * answers) and odd * _ENOUGH <= answers


def usable_numbers(
    name: str, values: pd.Series[Any], places: pd.Series[Any], given: Given
) -> tuple[pd.Series[Any], tuple[str, ...]]:
    """Return the answers for a scale without those that are infinite, and without a few that are none of its numbers.

    Where many are odd, or it is no scale, nothing is left out: `seral_core.corpora.answers.target_of` says what is
    wrong.

    Parameters
    ----------
    name : str
        Of the target.
    values : Series
        All answers, none missing.
    places : Series
        Where each of them is, for the note.
    given : Given
        What is known of the target.

    Examples
    --------
    >>> values = pd.Series(["1", "inf", "4"])
    >>> kept, notes = usable_numbers("arousal", values, pd.Series(["row 2", "row 3", "row 4"]), Given())
    >>> kept.tolist(), notes
    (['1', '4'], ('answers left out: 1 of 3 for arousal, since they are no numbers of its scale: row 3 (inf)',))
    """
    if not may_be_scale(name, values, given):
        return values, ()
    try:
        numbers, _ = numbers_in(name, values)
    except BadCorpus:
        return values, ()
    meant = values.map(lambda value: given.words.get(word_of(value), value) != "").astype(bool)
    text = numbers.isna() & ~no_number(values) & meant
    odd = pd.Series(np.isinf(numbers), values.index, dtype=bool)
    low, high = given.range or (-np.inf, np.inf)
    slips = text | ((numbers < low) | (numbers > high)) & meant & ~odd
    odd = odd | slips if are_few(int(slips.sum()), len(values)) else odd
    if not odd.any() or odd.all():
        return values, ()
    which = few([f"{place} ({value})" for place, value in zip(places[odd], values[odd], strict=True)], 8)
    note = f"answers left out: {int(odd.sum())} of {len(values)} for {name}, since they are no numbers of its scale"
    return values[~odd], (f"{note}: {which}",)
