"""Several labels in one cell: votes, counts of votes, shares and orders; read where one meaning is left."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from seral_core.corpora.class_words import NO_ANSWER, word_of
from seral_core.corpora.words import NOUNS

#: What may stand between several labels in one cell; a comma between digits is a decimal one.
BETWEEN = re.compile(r"\s*[;|/+&]\s*|(?<!\d),\s*|,(?!\d)\s*|\s+(?:and|und|et|y|e)\s+|(?<=[)\]%])\s+")
#: Before the labels that count less; an arrow is none.
_MORE_THAN = re.compile(r"\s*(?<![-=])>+\s*")
_NUMBER = r"(?P<number>\d+(?:[.,]\d+)?)\s*(?P<percent>%?)"
_BEHIND = re.compile(rf"(?P<label>\D*[^\W\d])\s*(?:[:=*×]\s*|\s|[(\[]\s*|\s[x×]\s*){_NUMBER}\s*[)\]]?\s*")
_BEFORE = re.compile(rf"{_NUMBER}\s*(?:[:*×]\s*|x?\s+)(?P<label>[^\W\d]\D*)")
#: No cell counts more votes.
_MOST_VOTES = 500


@dataclass(frozen=True, eq=False)
class Several:
    """The labels of each cell, and what cells with several of them were taken for.

    Parameters
    ----------
    labels : Series of lists of str
        A label several times where that many votes were counted; the one with most votes first.
    count : int
        Of how many cells this is said.
    how : str
        What several labels in a cell count for.
    """

    labels: pd.Series[Any]
    count: int
    how: str


class _Part(NamedTuple):
    label: str
    number: float | None = None
    percent: bool = False


def labels_in_cells(values: pd.Series[Any]) -> Several | None:
    """Return the labels in each cell where cells hold several, or None.

    ``anger; fear`` are two votes, ``anger (3), fear (1)`` and ``anger:3|fear:1`` are four. Of shares that sum to 1 or
    100, and of an order such as ``anger > fear``, the largest or first counts alone.

    Parameters
    ----------
    values : Series
        Answers, none missing.

    Returns
    -------
    Several or None
        None unless some cells hold several words, all of which are emotions or stand alone in other cells, and unless
        numbers beside them have one meaning: 1, 2, 3 in all cells may be ranks.

    Examples
    --------
    >>> labels_in_cells(pd.Series(["anger; anger; fear", "joy"])).labels.tolist()
    [['anger', 'anger', 'fear'], ['joy']]
    >>> labels_in_cells(pd.Series(["fear (1), anger (2)", "anger:60% | fear:40%"])) is None
    True
    >>> labels_in_cells(pd.Series(["joy:1|anger:2|fear:0", "anger > fear"])).labels.tolist()
    [['anger', 'anger', 'joy'], ['anger']]
    >>> labels_in_cells(pd.Series(["anger", "n/a", "it rained, again"])) is None
    True
    """
    texts = values.map(lambda value: value if isinstance(value, str) else str(value))
    texts = texts.str.replace(r"\s+", " ", regex=True).str.strip()  # long runs would be tried from each blank of theirs
    groups = texts.map(lambda text: [text] if "<" in text else [group for group in _MORE_THAN.split(text) if group])
    cells = groups.map(lambda group: _parts(group[0]) if group else [])
    alone = {word_of(one[0].label) for one in cells if len(one) == 1}
    known = {*NOUNS, *NOUNS.values(), *alone, *NO_ANSWER}
    ranked = groups.map(len) > 1
    if not (ranked.any() or (cells.map(len) > 1).any()):
        return None
    if not all(word_of(part.label) in known for group in groups for text in group for part in _parts(text)):
        return None
    how = _how(cells)
    if how is None:
        return None
    how = "; ".join(filter(None, [how, "before others with > between, the first counts alone" if ranked.any() else ""]))
    return Several(cells.map(_votes), int((ranked | (cells.map(len) > 1)).sum()), how)


def _parts(text: str) -> list[_Part]:
    """Return the labels in a cell, each with the number beside it."""
    if word_of(text) in NO_ANSWER:
        return [_Part(text)]
    bare = re.sub(r"^[\[({\s]+|[\]})\s]+$", "", text) if text[:1] in "[({" else text
    return [_part(part) for part in BETWEEN.split(re.sub("['\"]", "", bare)) if part.strip()]


def _part(text: str) -> _Part:
    match = _BEHIND.fullmatch(text.strip()) or _BEFORE.fullmatch(text.strip())
    if match is None:
        return _Part(text.strip())
    return _Part(match["label"].strip(), float(match["number"].replace(",", ".")), bool(match["percent"]))


def _how(cells: pd.Series[Any]) -> str | None:
    """Return in words what the cells that hold several labels mean; None where it may be two things."""
    several = [one for one in cells if len(one) > 1]
    numbers = [[part.number for part in one] for one in several]
    given = {number is not None for one in numbers for number in one}
    if len(given) < 2 and True not in given:
        if any(part.number is not None for one in cells for part in one):
            return None
        return "they count as votes of raters without names; where they tie, there is no gold" if several else ""
    if len(given) == 2 or all(one == list(range(1, len(one) + 1)) for one in numbers):
        return None
    shares = {_are_shares(one) for one in several}
    if len(shares) == 2:
        return None
    if True in shares:
        return "their numbers are shares, of which the largest counts alone"
    whole = all(n % 1 == 0 and n <= _MOST_VOTES for one in numbers for n in one if n is not None)
    return "their numbers count as that many votes of raters without names" if whole else None


def _are_shares(parts: list[_Part]) -> bool:
    total = sum(part.number or 0 for part in parts)
    fractions = any((part.number or 0) % 1 for part in parts)
    return any(part.percent for part in parts) or total == 100 or (fractions and abs(total - 1) < 0.02)


def _votes(parts: list[_Part]) -> list[str]:
    """Return a label for each vote, the one with most votes first; of shares the largest alone."""
    if not parts or any(part.number is None for part in parts):
        return [part.label for part in parts]
    most = max(part.number or 0 for part in parts)
    if len(parts) > 1 and _are_shares(parts):
        return [part.label for part in parts if part.number == most]
    parts = sorted(parts, key=lambda part: -(part.number or 0))
    return [part.label for part in parts for _ in range(int(part.number or 0))]
