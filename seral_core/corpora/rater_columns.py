"""Columns that hold what single raters said, or how many chose a class: ``rater1 rater2``, or ``anger happiness``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pandas as pd

from seral_core.corpora.words import noun, noun_of

_RATER = r"(?:rater|annotator|annot|ann|expert|person|coder|listener|judge|evaluator|worker|labell?er|assessor|r)"
_RATERS = re.compile(rf"(?:(?P<before>[a-z]\w*?)_)?(?P<who>{_RATER}(?:_?\d+|_[a-z]|[a-rt-z]))(?:_(?P<after>[a-z]\w*))?")
#: Anything with a number behind it: raters too, where there are words for emotions in all of them.
_NUMBERED = re.compile(r"(?P<stem>[^\W\d]\w*?)_?(?P<number>\d+)")


def of_which_rater(column: str) -> tuple[str, str]:
    """Return the target and the rater that a column's name says; empty texts where it says none.

    Examples
    --------
    >>> of_which_rater("emotion_rater1"), of_which_rater("Expert 2"), of_which_rater("valence")
    (('emotion', 'rater1'), ('', 'expert2'), ('', ''))
    """
    match = _RATERS.fullmatch(re.sub(r"[\s.\-]+", "_", column.lower()))
    return ("", "") if match is None else (match["before"] or match["after"] or "", match["who"].replace("_", ""))


def rater_columns(frame: pd.DataFrame, columns: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the columns that hold one rater's answers each, with target and rater: at least two for a target.

    Examples
    --------
    >>> frame = pd.DataFrame({"r1": ["joy"], "r2": ["fear"], "take_1": ["x"], "take_2": ["y"]})
    >>> rater_columns(frame, list(frame))
    {'r1': ('emotion', 'r1'), 'r2': ('emotion', 'r2')}
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for column in columns:
        target, who = of_which_rater(str(column))
        match = _NUMBERED.fullmatch(re.sub(r"[\s.\-]+", "_", str(column).lower()))
        if who:
            found[target][column] = who
        elif match is not None and holds_emotions(frame[column]):
            found[match["stem"]][column] = f"{match['stem']}{match['number']}"
    kept: dict[str, tuple[str, str]] = {}
    for target, own in found.items():
        answers = pd.concat([frame[column].dropna() for column in own])
        if len(own) < 2 or not len(answers):
            continue
        numbers = pd.to_numeric(answers, errors="coerce").notna().all()
        name = target if of_which_rater(next(iter(own)))[1] else "emotion"
        kept |= {column: (name or ("rating" if numbers else "emotion"), who) for column, who in own.items()}
    return kept


def count_columns(frame: pd.DataFrame, columns: Sequence[str]) -> dict[str, str]:
    """Return the columns that say how many raters chose a class, with the class; none where they may be scales.

    They are called as emotions, and each row has the same sum: the number of raters, or 1.

    Examples
    --------
    >>> frame = pd.DataFrame({"file": ["a", "b"], "anger": ["3", "0"], "Joy": ["1", "4"]})
    >>> count_columns(frame, list(frame)), count_columns(frame[["anger"]], ["anger"])
    ({'anger': 'anger', 'Joy': 'happiness'}, {})
    """
    called = [column for column in columns if noun_of(str(column)) is not None]
    if len(called) < 2:
        return {}
    numbers = frame[called].apply(pd.to_numeric, errors="coerce")
    sums = numbers.sum(axis=1)
    whole = bool(((numbers >= 0) & (numbers % 1 == 0)).all(axis=None))  # false where a number is missing
    if not whole or not len(sums) or sums.iloc[0] == 0 or (sums != sums.iloc[0]).any():
        return {}
    return {column: noun(str(column)) for column in called}


def holds_emotions(cells: pd.Series[Any]) -> bool:
    """Tell whether most of the different words in some cells are emotions.

    Examples
    --------
    >>> holds_emotions(pd.Series(["Angry", "freude", "?"])), holds_emotions(pd.Series(["a", "b"]))
    (True, False)
    """
    words = {str(cell).strip().lower() for cell in cells.dropna().unique()[:200]}
    known = sum(noun_of(word) is not None for word in words)
    return known >= 1 and known * 2 > len(words)
