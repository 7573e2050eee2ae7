"""Gold from the votes of several raters: majority, share, mean, weighted mean, Dawid-Skene.

Ratings come in long form, as corpora keep them: a row per vote, with the columns ``segment``,
``rater`` and ``value``, all of one target. Missing values are no votes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from seral_core.errors import UnknownName
from seral_core.scores.dawid_skene import dawid_skene
from seral_core.scores.metrics import pcc
from seral_core.scores.skills import weighted_majority
from seral_core.types import Floats, Target


def counts(ratings: pd.DataFrame, classes: Sequence[str] = ()) -> pd.DataFrame:
    """Count the votes for each class.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``.
    classes : sequence of str
        Columns wanted, in order; left out: those that occur, sorted. Other votes are not counted.

    Returns
    -------
    DataFrame of shape (rated segments, classes)
        Segments in sorted order.

    Examples
    --------
    >>> counts(toy_corpus().of("emotion")).loc["b.wav"].to_dict()
    {'anger': 2, 'sadness': 1}
    """
    rows = ratings.dropna(subset="value")
    found = pd.crosstab(rows["segment"], rows["value"])
    return found.reindex(columns=list(classes), fill_value=0) if len(classes) else found


def majority(ratings: pd.DataFrame, classes: Sequence[str] = ()) -> pd.Series[Any]:
    """Return the class with the most votes.

    Parameters
    ----------
    ratings, classes
        As for `counts`.

    Returns
    -------
    Series by segment
        Missing where no class has more votes than every other.

    Examples
    --------
    >>> majority(toy_corpus().of("emotion")).to_dict()
    {'a.wav': 'anger', 'b.wav': 'anger', 'c.wav': 'sadness', 'd.wav': 'sadness'}
    """
    votes = counts(ratings, classes)
    if not votes.size:
        return pd.Series(np.nan, index=votes.index, dtype=object)
    top = votes.max(axis=1)
    clear = (votes.eq(top, axis=0).sum(axis=1) == 1) & (top > 0)
    return votes.idxmax(axis=1).where(clear)


def distribution(ratings: pd.DataFrame, classes: Sequence[str] = ()) -> pd.DataFrame:
    """Return the share of votes for each class: a soft label.

    A rater who chose several classes has a row for each; every choice counts one, as Li et al. count them.

    Parameters
    ----------
    ratings, classes
        As for `counts`.

    Returns
    -------
    DataFrame of shape (rated segments, classes)
        Each row sums to 1.

    References
    ----------
    .. [1] Li, Wang, Zhang, Funakoshi and Okumura, Active learning with task adaptation pre-training for speech emotion
       recognition, 2024, Eq. 17 and Table 9.

    Examples
    --------
    >>> distribution(toy_corpus().of("emotion")).loc["b.wav"].round(2).to_dict()
    {'anger': 0.67, 'sadness': 0.33}
    """
    votes = counts(ratings, classes)
    votes = votes[votes.sum(axis=1) > 0]
    return votes.div(votes.sum(axis=1), axis=0)


def mean(ratings: pd.DataFrame) -> pd.Series[Any]:
    """Return the mean rating.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``; values are numbers.

    Returns
    -------
    Series by segment
        Of rated segments.

    Examples
    --------
    >>> votes = pd.DataFrame({"segment": ["a", "a", "b"], "rater": ["r1", "r2", "r1"], "value": [1.0, 2.0, 5.0]})
    >>> mean(votes).to_dict()
    {'a': 1.5, 'b': 5.0}
    """
    rows = ratings.dropna(subset="value")
    return rows["value"].astype(float).groupby(rows["segment"]).mean()


def rater_weights(ratings: pd.DataFrame, *, leave_one_out: bool = True) -> pd.Series[float]:
    """Say how far each rater goes along with the others, for `ewe`.

    A rater's weight is the correlation of the ratings with the mean over raters, on the segments
    that the rater rated. The textbook takes the mean over all raters, the one in question among
    them, which flatters a rater who is one of few; leaving that one out does not. A negative
    correlation counts as 0, so that the mean stays in the range of the ratings.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``; values are numbers.
    leave_one_out : bool
        Compare with only the others.

    Returns
    -------
    Series by rater
        In [0, 1]; 0 for raters who contradict, who always say the same, or who share fewer than two
        segments.

    Examples
    --------
    >>> given = {"r1": [1, 2, 3, 4], "r2": [1, 3, 2, 4], "r3": [4, 3, 2, 1]}
    >>> votes = pd.DataFrame(given, index=list("abcd")).stack().rename_axis(["segment", "rater"])
    >>> rater_weights(votes.reset_index(name="value"), leave_one_out=False).round(3).to_dict()
    {'r1': 0.8, 'r2': 1.0, 'r3': 0.0}
    """
    table = _by_rater(ratings)
    return pd.Series(_weights(table.to_numpy(), leave_one_out), table.columns)


def ewe(ratings: pd.DataFrame, *, leave_one_out: bool = True) -> pd.Series[Any]:
    """Evaluator weighted estimator: the mean of the ratings, weighted by `rater_weights`.

    Parameters
    ----------
    ratings, leave_one_out
        As for `rater_weights`.

    Returns
    -------
    Series by segment
        The plain mean where no rater of a segment has any weight.

    References
    ----------
    .. [1] Grimm and Kroschel, Evaluation of natural emotions using self assessment manikins, ASRU
       2005.

    Examples
    --------
    >>> given = {"r1": [1, 2, 3, 4], "r2": [1, 3, 2, 4], "r3": [4, 3, 2, 1]}
    >>> votes = pd.DataFrame(given, index=list("abcd")).stack().rename_axis(["segment", "rater"])
    >>> ewe(votes.reset_index(name="value"), leave_one_out=False).round(3).to_dict()
    {'a': 1.0, 'b': 2.556, 'c': 2.444, 'd': 4.0}
    """
    table = _by_rater(ratings)
    return pd.Series(weighted(table.to_numpy(), leave_one_out=leave_one_out), table.index)


def weighted(table: Floats, *, leave_one_out: bool = True) -> Floats:
    """Return the evaluator weighted estimate of ratings in a table, see `ewe`.

    Parameters
    ----------
    table : Floats of shape (units, raters)
        nan where a rater gave no rating.
    leave_one_out : bool
        As for `rater_weights`.

    Returns
    -------
    Floats of shape (units,)
        nan where nobody gave a rating.

    Examples
    --------
    >>> weighted(np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 6.0]])).round(9).tolist()
    [1.5, 3.0, 5.5]
    """
    given = ~np.isnan(table)
    heard = np.where(given, _weights(table, leave_one_out), 0.0)
    heard = np.where(heard.sum(axis=1, keepdims=True) > 0, heard, given)
    total = (np.where(given, table, 0.0) * heard).sum(axis=1)
    return np.asarray(np.divide(total, heard.sum(axis=1), out=np.full(len(table), np.nan), where=given.any(axis=1)))


def _by_rater(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return ratings of shape (segments, raters); the mean where a rater gave several."""
    rows = ratings.dropna(subset="value")
    return rows.assign(value=rows["value"].astype(float)).pivot_table(index="segment", columns="rater", values="value")


def _weights(table: Floats, leave_one_out: bool) -> Floats:
    """Correlate each column with the mean of all, or of the other ones; of shape (raters,), never below 0."""
    given = ~np.isnan(table)
    total, many = np.where(given, table, 0.0).sum(axis=1), given.sum(axis=1)
    weights = np.zeros(table.shape[1])
    for rater in range(table.shape[1]):
        both = given[:, rater] & (many > leave_one_out)
        own = table[both, rater]
        if len(own) > 1:
            rest = (total[both] - own) / (many[both] - 1) if leave_one_out else total[both] / many[both]
            weights[rater] = max(0.0, pcc(own, rest))
    return weights


def _most_probable(ratings: pd.DataFrame, target: Target) -> pd.Series[Any]:
    return dawid_skene(ratings, target.classes).posterior.idxmax(axis=1)


#: Ways to gold, by name; the first of each kind is the default.
FOR_CLASSES: dict[str, Callable[[pd.DataFrame, Target], pd.Series[Any]]] = {
    "majority": lambda ratings, target: majority(ratings, target.classes),
    "weighted": lambda ratings, target: weighted_majority(ratings, target.classes),
    "dawid-skene": _most_probable,
}
FOR_SCALES: dict[str, Callable[[pd.DataFrame, Target], pd.Series[Any]]] = {
    "mean": lambda ratings, target: mean(ratings),
    "ewe": lambda ratings, target: ewe(ratings),
    "ewe-textbook": lambda ratings, target: ewe(ratings, leave_one_out=False),
}


def gold(ratings: pd.DataFrame, target: Target, way: str = "") -> pd.Series[Any]:
    """Return one value per segment from the votes of all raters.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``, all about ``target``.
    target : Target
        Decides which ways there are.
    way : str
        ``majority`` (the default), ``weighted`` by each rater's skill, or ``dawid-skene`` for classes; the latter two
        take votes without names for those of one rater. ``mean`` (the default), ``ewe`` (leave-one-out weights) or
        ``ewe-textbook`` for scales.

    Returns
    -------
    Series by segment
        Missing where votes tie.

    Raises
    ------
    UnknownName
        When there is no such way for this kind of target.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> gold(corpus.of("emotion"), corpus.target("emotion"), "dawid-skene").loc["b.wav"]
    'anger'
    >>> gold(corpus.of("arousal"), corpus.target("arousal"), "majority")
    Traceback (most recent call last):
    seral_core.errors.UnknownName: way to gold 'majority'; known: ewe, ewe-textbook, mean
    """
    ways = FOR_SCALES if target.is_scale else FOR_CLASSES
    way = way or next(iter(ways))
    if way not in ways:
        raise UnknownName("way to gold", way, ways)
    return ways[way](ratings, target).rename(target.name)
