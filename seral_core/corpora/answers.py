"""From columns of a table to targets: text is a class, numbers are a scale with a native range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.cells import no_number, numbers_in
from seral_core.corpora.class_words import letters_in, meaning_of, merged, odd_classes, word_of
from seral_core.corpora.columns import CLASS, SCALE
from seral_core.corpora.corpus import noun
from seral_core.corpora.files import few
from seral_core.corpora.usual_names import is_dimension, is_emotion
from seral_core.corpora.words import emotions_in
from seral_core.errors import BadCorpus
from seral_core.types import Target

#: Ranges in use for emotion scales, narrow first.
RANGES = (
    *((0.0, 1.0), (-1.0, 1.0), (1.0, 5.0), (0.0, 4.0), (1.0, 7.0), (0.0, 6.0), (-3.0, 3.0), (1.0, 9.0)),
    *((1.0, 10.0), (0.0, 10.0), (-5.0, 5.0), (-10.0, 10.0), (0.0, 100.0), (-50.0, 50.0), (-100.0, 100.0)),
)

#: Numbers that statistics programs write for no answer.
_MISSING = (
    *(-9999.0, -999.0, -998.0, -99.0, -98.0, -97.0, -88.0, -77.0, -9.0, -8.0, -7.0, -1.0),
    *(9.0, 77.0, 88.0, 97.0, 98.0, 99.0, 997.0, 998.0, 999.0, 9999.0),
)
#: Scales of so many points are rare beside narrower ones.
_WIDE = 10


@dataclass(frozen=True)
class Given:
    """What somebody said about the answers of a target, instead of having it guessed.

    Parameters
    ----------
    range : pair of float, optional
        Native range of a scale.
    classes : sequence of str
        Classes that may occur.
    words : mapping of str to str
        What words mean: another word, or nothing for no answer.
    kind : str
        ``class`` or ``scale``; empty to find out.
    likely : pair of float, optional
        Range to guess where it holds all numbers, as the corpus that a column is from has it.

    Examples
    --------
    >>> Given(range=(1, 9)).range
    (1, 9)
    """

    range: tuple[float, float] | None = None
    classes: Sequence[str] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    likely: tuple[float, float] | None = None


def target_of(
    name: str,
    values: pd.Series[Any],
    given: Given = Given(),
) -> tuple[Target, pd.Series[Any], tuple[str, ...]]:
    """Work out a target from the values that were given for it.

    Parameters
    ----------
    name : str
        Name of the target.
    values : Series
        All answers, none missing.
    given : Given
        What is known; the rest is guessed.

    Returns
    -------
    target : Target
    values : Series
        Nouns of the field, or floats; answers that are none are left out.
    notes : tuple of str
        What was guessed, merged or left out.

    Raises
    ------
    BadCorpus
        When a class is not among ``classes``, no known range holds the numbers, or nothing is left.

    Examples
    --------
    >>> target_of("arousal", pd.Series([1, 4, 4.5]))[0]
    Target(name='arousal', classes=(), low=1.0, high=5.0, rate_hz=0.0)
    >>> target_of("emotion", pd.Series(["Angry", "sad", "xxx"]))[0].classes
    ('anger', 'sadness')
    """
    if not may_be_scale(name, values, given):
        return _category(name, values, given)
    values = values[[given.words.get(word_of(value), value) != "" for value in values]]
    numbers, notes = numbers_in(name, values)
    gaps = numbers.isna() & no_number(values)
    if gaps.any() and numbers.notna().any():
        notes = (*notes, f"{int(gaps.sum())} cells of {name} say '{values[gaps].iloc[0]}' and are taken as empty")
        values, numbers = values[~gaps], numbers[~gaps]
    if numbers.isna().any():
        if given.range or given.kind == SCALE:
            raise BadCorpus(_no_number(name, values, given.range))
        if numbers.notna().mean() > 0.5 or (is_dimension(name) and values.map(_has_digit).any()):
            wrong = values[numbers.isna()].iloc[0]
            raise BadCorpus(
                f"{name} is {wrong!r} where most are numbers; expected only numbers; correct the value, leave it out "
                f"(--class {word_of(wrong)}=), or say that {name} holds classes (--column class={name})"
            )
        return _category(name, values, given)
    fits = given.likely is not None and bool(numbers.between(*given.likely).all())
    low, high = given.range or (given.likely if given.likely and fits else guessed_range(name, numbers))
    if not given.range:
        notes = (*notes, f"range of {name} guessed: [{low:g}, {high:g}] (--range {name}=LOW:HIGH for another)")
        notes += _may_be_codes(name, numbers) + _stands_alone(name, numbers)
    return Target(name, low=low, high=high), numbers.astype(float).astype(object), notes


def may_be_scale(name: str, values: pd.Series[Any], given: Given) -> bool:
    """Tell whether answers are a scale where they are numbers: nobody said that they are classes, or codes of some.

    Examples
    --------
    >>> may_be_scale("arousal", pd.Series([1, 4]), Given()), may_be_scale("emotion", pd.Series([1, 4]), Given())
    (True, False)
    """
    is_bool = values.map(lambda v: isinstance(v, bool | np.bool_)).any()
    is_coded = not (given.kind or given.range) and _is_coded(name, values)
    return not (given.classes or given.kind == CLASS or is_bool or is_coded)


def _has_digit(value: object) -> bool:
    return any(letter.isdigit() for letter in str(value))


def _stands_alone(name: str, numbers: pd.Series[float]) -> tuple[str, ...]:
    """Ask about numbers that statistics programs write for no answer, where they alone widen the range."""
    rest = np.sort(numbers[~numbers.isin(_MISSING)].unique())
    if not len(rest):
        return ()
    step = float(np.diff(rest).max()) if len(rest) > 1 else 0.0
    alone = []
    for number in sorted(set(numbers[numbers.isin(_MISSING)])):
        low, high = guessed_range(name, pd.Series([*rest, number]))
        apart = max(rest[0] - number, number - rest[-1]) > max(step, 1.0) or high - low >= _WIDE
        if apart and (low, high) != guessed_range(name, pd.Series(rest)):
            alone.append(f"{number:g}")
    if not alone:
        return ()
    remedy = " ".join(f"--class {number}=" for number in alone)
    return (f"{name} is {' and '.join(alone)} apart from all others; if it means no answer: {remedy}",)


def _is_coded(name: str, values: pd.Series[Any]) -> bool:
    """Tell whether the numbers of a column that is called emotion are codes: a fraction is none."""
    numbers = pd.to_numeric(values, errors="coerce")
    return is_emotion(name) and (bool(numbers.isna().any()) or bool((numbers % 1 == 0).all()))


def _may_be_codes(name: str, numbers: pd.Series[float]) -> tuple[str, ...]:
    """Say so where a scale that nobody knows holds a few whole numbers, as codes of classes do."""
    few_whole = bool((numbers % 1 == 0).all()) and 3 <= numbers.nunique() <= 20 and numbers.min() in (0, 1)
    if (
        not few_whole
        or numbers.max() + 1 - numbers.min() != numbers.nunique()
        or is_dimension(name)
        or emotions_in(name)
    ):
        return ()
    return (
        f"{name} holds the whole numbers {numbers.min():g} to {numbers.max():g}, which may be codes of classes; if so: "
        f"--column class={name}, and names such as --class {numbers.min():g}=anger",
    )


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
    if not np.isfinite([least, most]).all():
        odd = most if np.isfinite(least) else least
        raise BadCorpus(f"{name} is {odd:g}; expected finite numbers; correct it, or leave it out (--class {odd:g}=)")
    for low, high in RANGES:
        if low <= least and most <= high:
            return low, high
    known = ", ".join(f"[{low:g}, {high:g}]" for low, high in RANGES)
    none = next(
        (f"; if {number:g} means no answer: --class {number:g}=" for number in (least, most) if number in _MISSING), ""
    )
    raise BadCorpus(
        f"{name} goes from {least:g} to {most:g}; expected one of the ranges {known}; give its own "
        f"range (--range {name}=1:9, or ranges={{'{name}': (1, 9)}} in Python), or leave the "
        f"column out{none}"
    )


def _category(name: str, values: pd.Series[Any], given: Given) -> tuple[Target, pd.Series[Any], tuple[str, ...]]:
    words = values.map(word_of)
    letters, note = letters_in(name, words, given.words)
    meant = words.map(meaning_of(words, letters, given.words, given.classes))
    notes: tuple[str, ...] = (note,) if note else ()
    empty = meant == ""
    if empty.any():
        notes += (_left_out(name, words[empty]),)
        values, words, meant = values[~empty], words[~empty], meant[~empty]
    present = sorted(set(meant))
    if not present:
        raise BadCorpus(
            f"{name} holds no class at all; expected words such as anger; correct the column or leave it out"
        )
    if given.classes:
        allowed = tuple(noun(c) for c in given.classes)
        unknown = [c for c in present if c not in allowed]
        if unknown:
            raise BadCorpus(
                f"{name} is {few(unknown)}; expected one of {', '.join(allowed)}; correct the table or add the class"
            )
        return Target(name, allowed), meant.astype(object), notes
    notes += merged(name, words, meant, given.words) + odd_classes(name, words, meant)
    if is_dimension(name) and not given.kind:
        notes += (
            f"{name} holds words, so it is classes without an order; write numbers for a scale (--column "
            f"class={name} if classes are meant)",
        )
    return Target(name, tuple(present)), meant.astype(object), notes


def _left_out(name: str, words: pd.Series[str]) -> str:
    counts = [f"{word} ({count})" for word, count in words.value_counts().items()]
    return (
        f"{len(words)} answers of {name} are taken as no answer: {few(counts, 6)}; to keep such a word as a class: "
        f"--class {words.iloc[0]}=NAME"
    )


def _no_number(name: str, values: pd.Series[Any], low_high: tuple[float, float] | None) -> str:
    wrong = next(v for v in values if isinstance(v, bool | np.bool_) or pd.isna(pd.to_numeric(v, errors="coerce")))
    within = "" if low_high is None else f" in [{low_high[0]:g}, {low_high[1]:g}]"
    return f"{name} is {wrong!r}; expected a number{within}; correct the value or take its range away"


def unused_words(words: Mapping[str, str], values: pd.Series[Any]) -> tuple[str, ...]:
    """Return a note on words whose meaning somebody said and that no answer is; none where all are used.

    Examples
    --------
    >>> unused_words({"0": "anger", "7": "happiness"}, pd.Series(["0", "1"]))
    ("no answer is '7', so what was said of it changes nothing (--class 7=happiness)",)
    """
    found = set(values.map(word_of))
    unused = {word: meant for word, meant in words.items() if word_of(word) not in found}
    if not unused:
        return ()
    names = few([f"'{word}'" for word in unused])
    of = "it" if len(unused) == 1 else "them"
    options = " ".join(f"--class {word}={meant}" for word, meant in unused.items())
    return (f"no answer is {names}, so what was said of {of} changes nothing ({options})",)
