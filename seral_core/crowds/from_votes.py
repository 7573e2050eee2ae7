"""Simulated raters after real votes: the same confusions, and the same agreement on single clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from seral_core.crowds.raters import Rater, Raters, true_first
from seral_core.errors import BadLabel
from seral_core.scores.dawid_skene import dawid_skene, named
from seral_core.types import Floats, Ints

#: Votes of the whole crowd that are added to each row of a rater's own confusions.
SHRINK = 2.0


def raters_from_votes(
    ratings: pd.DataFrame, classes: Sequence[str] = (), truth: pd.Series[Any] | None = None
) -> Raters:
    """Return a crowd that votes as the one that gave these votes.

    Rows of confusions are shares of each rater's votes by true class, drawn towards the crowd's where a rater has few.
    How much ears go together is set by class so that two raters of a clip agree as often as real ones did: votes on a
    clip are more alike than its class explains, because some clips are clear and some are not.

    Parameters
    ----------
    ratings, classes
        As for `seral_core.scores.dawid_skene.dawid_skene`. Votes without names become one rater, called ``anonymous``,
        of whom `Raters.copies` makes as many as are wanted.
    truth : Series by segment, optional
        True classes, such as what was acted; left out: the most probable ones after Dawid and Skene.

    Raises
    ------
    BadLabel
        Where there are no votes on clips with a known truth, or for fewer than two classes.

    Examples
    --------
    >>> crowd = raters_from_votes(toy_corpus().of("emotion"))
    >>> [rater.name for rater in crowd.raters], crowd.raters[2].confusion.round(2).tolist()
    (['r1', 'r2', 'r3'], [[0.67, 0.33], [0.33, 0.67]])
    """
    rows = ratings.dropna(subset="value")
    if truth is None:
        truth = dawid_skene(rows, classes).posterior.idxmax(axis=1)
    names = list(classes) or sorted(pd.unique(rows["value"]))
    true = pd.Series(pd.Index(names).get_indexer(pd.Index(rows["segment"].map(truth))), rows.index)
    said = pd.Series(pd.Index(names).get_indexer(pd.Index(rows["value"])), rows.index)
    usable = (true >= 0) & (said >= 0)
    if len(names) < 2 or not usable.any():
        raise BadLabel(
            f"got {int(usable.sum())} votes for {', '.join(names) or 'no class'} on clips whose class is known; "
            "expected some, for two classes or more; choose another target or corpus"
        )
    rows, true_of, said_of = rows[usable], true[usable].to_numpy(np.intp), said[usable].to_numpy(np.intp)
    rater, who = pd.factorize(named(rows["rater"]), sort=True)
    tables = _confusions(rater, true_of, said_of, len(who), len(names))
    segment = pd.factorize(rows["segment"])[0]
    together = [
        _together(segment[here], rater[here], said_of[here], tables[:, c], c)
        for c, here in _by_class(true_of, len(names))
    ]
    return Raters(tuple(names), tuple(map(Rater, map(str, who), tables)), np.array(together))


def _by_class(true: Ints, classes: int) -> list[tuple[int, Ints]]:
    return [(c, np.flatnonzero(true == c)) for c in range(classes)]


def _confusions(rater: Ints, true: Ints, said: Ints, raters: int, classes: int) -> Floats:
    counts = np.zeros((raters, classes, classes))
    np.add.at(counts, (rater, true, said), 1.0)
    all_of = counts.sum(axis=0)
    # A class that nobody met is heard as it is.
    crowd = np.where(all_of.sum(axis=1, keepdims=True) > 0, all_of, np.eye(classes))
    crowd = crowd / crowd.sum(axis=1, keepdims=True)
    own = counts + SHRINK * crowd * (raters > 1)
    own = np.where(own.sum(axis=2, keepdims=True) > 0, own, crowd)
    return np.asarray(own / own.sum(axis=2, keepdims=True))


def _together(segment: Ints, rater: Ints, said: Ints, rows: Floats, true: int) -> float:
    """Return how often raters go by what they have in common, so that pairs agree as often as they did."""
    if not len(segment):
        return 0.0
    number, _ = pd.factorize(segment)
    votes = np.zeros((number.max() + 1, rows.shape[1]))
    np.add.at(votes, (number, said), 1.0)
    many = votes.sum(axis=1)
    pairs = many * (many - 1)
    if not pairs.sum():
        return 0.0
    found = (votes * (votes - 1)).sum() / pairs.sum()
    met = np.zeros((number.max() + 1, len(rows)))
    np.add.at(met, (number, rater), 1.0)
    often = met.T @ met - np.diag(met.sum(axis=0))  # in how many pairs of votes two raters met
    by_chance = (often * (rows @ rows.T)).sum() / often.sum()
    in_common = (often * _overlap(rows[:, true_first(rows.shape[1])[true]])).sum() / often.sum()
    more = (found - by_chance) / (in_common - by_chance) if in_common > by_chance else 0.0
    return float(np.sqrt(np.clip(more, 0.0, 1.0)))


def _overlap(rows: Floats) -> Floats:
    """Return how often two raters answer the same who go by the same number, of shape (raters, raters)."""
    high = rows.cumsum(axis=1)
    low, shared = high - rows, np.zeros((len(rows), len(rows)))
    for k in range(rows.shape[1]):
        shared += np.maximum(np.minimum.outer(high[:, k], high[:, k]) - np.maximum.outer(low[:, k], low[:, k]), 0.0)
    return shared
