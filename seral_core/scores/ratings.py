"""Gold from the votes of several raters: majority, share, mean, weighted mean, Dawid-Skene.

Ratings come in long form, as corpora keep them: a row a vote, with the columns ``segment``, ``rater``
and ``value``, all of one target. Missing values are no votes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seral_core.errors import BadLabel, UnknownName
from seral_core.scores.metrics import pcc
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

    Parameters
    ----------
    ratings, classes
        As for `counts`.

    Returns
    -------
    DataFrame of shape (rated segments, classes)
        Each row sums to 1.

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

    A rater's weight is the correlation of the ratings with the mean over raters, on the segments that the
    rater rated. The textbook takes the mean over all raters, the one in question among them, which
    flatters whoever is one of few; leaving that one out does not. A negative correlation counts as 0, lest
    the mean leaves the range of the ratings.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``; values are numbers.
    leave_one_out : bool
        Compare with the others alone.

    Returns
    -------
    Series by rater
        In [0, 1]; 0 for raters who contradict, who always say the same, or who share fewer than two segments.

    Examples
    --------
    >>> said = {"r1": [1, 2, 3, 4], "r2": [1, 3, 2, 4], "r3": [4, 3, 2, 1]}
    >>> votes = pd.DataFrame(said, index=list("abcd")).stack().rename_axis(["segment", "rater"])
    >>> rater_weights(votes.reset_index(name="value"), leave_one_out=False).round(3).to_dict()
    {'r1': 0.8, 'r2': 1.0, 'r3': 0.0}
    """
    table = _by_rater(ratings)
    return pd.Series({str(rater): _weight(table, rater, leave_one_out) for rater in table}, dtype=float)


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
    .. [1] Grimm and Kroschel, Evaluation of natural emotions using self assessment manikins, ASRU 2005.

    Examples
    --------
    >>> said = {"r1": [1, 2, 3, 4], "r2": [1, 3, 2, 4], "r3": [4, 3, 2, 1]}
    >>> votes = pd.DataFrame(said, index=list("abcd")).stack().rename_axis(["segment", "rater"])
    >>> ewe(votes.reset_index(name="value"), leave_one_out=False).round(3).to_dict()
    {'a': 1.0, 'b': 2.556, 'c': 2.444, 'd': 4.0}
    """
    table = _by_rater(ratings)
    weights = rater_weights(ratings, leave_one_out=leave_one_out).reindex(table.columns).to_numpy()
    heard = np.where(table.notna(), weights, 0.0)
    heard = np.where(heard.sum(axis=1, keepdims=True) > 0, heard, table.notna())
    return pd.Series((table.fillna(0.0).to_numpy() * heard).sum(axis=1) / heard.sum(axis=1), table.index)


@dataclass(frozen=True, eq=False)
class DawidSkene:
    """What the votes say of segments and raters at once.

    Parameters
    ----------
    posterior : DataFrame of shape (segments, classes)
        Probability of each class; rows sum to 1.
    marginals : Series by class
        How frequent each class is.
    errors : Floats of shape (raters, classes, classes)
        Probability that a rater says a class (last axis) when another is true (middle axis); 0 throughout
        where the rater is never thought to have met the class.
    raters : tuple of str
        In the order of ``errors``.
    log_likelihood : float
        Of the votes.
    rounds : int
        How many rounds it took.
    """

    posterior: pd.DataFrame
    marginals: pd.Series[float]
    errors: Floats
    raters: tuple[str, ...]
    log_likelihood: float
    rounds: int


def dawid_skene(
    ratings: pd.DataFrame, classes: Sequence[str] = (), *, smoothing: float = 0.0, tol: float = 1e-8, most: int = 1000
) -> DawidSkene:
    """Estimate true classes and every rater's confusions together, by maximum likelihood (EM).

    Parameters
    ----------
    ratings, classes
        As for `counts`; a rater may rate a segment more than once.
    smoothing : float
        Votes added to every entry of every rater's confusions, for raters of whom little is known; 0 as published.
    tol : float
        Ends when the log likelihood rises by less, relative to its size.
    most : int
        Rounds, at most.

    Raises
    ------
    BadLabel
        Where there is no vote at all.

    References
    ----------
    .. [1] Dawid and Skene, Maximum likelihood estimation of observer error-rates using the EM algorithm,
       Applied Statistics 28, 1979.

    Examples
    --------
    >>> found = dawid_skene(toy_corpus().of("emotion"))
    >>> found.posterior.idxmax(axis=1).to_dict()
    {'a.wav': 'anger', 'b.wav': 'anger', 'c.wav': 'sadness', 'd.wav': 'sadness'}
    """
    votes, segments, raters, names = _votes(ratings, classes)
    if not len(segments):
        raise BadLabel("no votes came; expected at least one vote for a known class; wait for raters, or check classes")
    posterior = votes.sum(axis=1) / votes.sum(axis=(1, 2))[:, None]
    before, rounds, rising = -np.inf, 0, True
    while rising and rounds < most:
        rounds += 1
        marginals, errors = posterior.mean(axis=0), _confusions(votes, posterior, smoothing)
        with np.errstate(divide="ignore"):
            logs = np.log(marginals) + np.einsum("srv,rcv->sc", votes, np.maximum(np.log(errors), -700))
        highest = logs.max(axis=1, keepdims=True)
        posterior = np.exp(logs - highest)
        likelihood = float((np.log(posterior.sum(axis=1)) + highest[:, 0]).sum())
        posterior /= posterior.sum(axis=1, keepdims=True)
        rising = likelihood - before > tol * max(1.0, abs(likelihood))
        before = likelihood
    table = pd.DataFrame(posterior, index=segments, columns=names)
    return DawidSkene(table, pd.Series(marginals, names), errors, raters, likelihood, rounds)


def _confusions(votes: Floats, posterior: Floats, smoothing: float) -> Floats:
    said = np.einsum("sc,srv->rcv", posterior, votes) + smoothing
    total = said.sum(axis=2, keepdims=True)
    return np.asarray(np.divide(said, total, out=np.zeros_like(said), where=total > 0))


def _votes(ratings: pd.DataFrame, classes: Sequence[str]) -> tuple[Floats, pd.Index[Any], tuple[str, ...], list[str]]:
    """Count votes, of shape (segments, raters, classes), and say what the axes hold."""
    rows = ratings.dropna(subset="value")
    names = list(classes) or sorted(pd.unique(rows["value"]))
    rows = rows[rows["value"].isin(names)]
    segment, segments = pd.factorize(rows["segment"], sort=True)
    rater, raters = pd.factorize(rows["rater"], sort=True)
    value = pd.Index(names).get_indexer(pd.Index(rows["value"]))
    votes = np.zeros((len(segments), len(raters), len(names)))
    np.add.at(votes, (segment, rater, value), 1.0)
    return votes, pd.Index(segments, name="segment"), tuple(map(str, raters)), names


def _by_rater(ratings: pd.DataFrame) -> pd.DataFrame:
    """Return ratings of shape (segments, raters); the mean where a rater said several things."""
    rows = ratings.dropna(subset="value")
    return rows.assign(value=rows["value"].astype(float)).pivot_table(index="segment", columns="rater", values="value")


def _weight(table: pd.DataFrame, rater: Any, leave_one_out: bool) -> float:
    others = table.drop(columns=rater) if leave_one_out else table
    own, rest = table[rater].to_numpy(), others.mean(axis=1).to_numpy()
    both = ~np.isnan(own) & ~np.isnan(rest)
    return max(0.0, pcc(own[both], rest[both])) if both.sum() > 1 else 0.0


def _most_probable(ratings: pd.DataFrame, target: Target) -> pd.Series[Any]:
    return dawid_skene(ratings, target.classes).posterior.idxmax(axis=1)


#: Ways to gold, by name; the first of each kind is the default.
FOR_CLASSES: dict[str, Callable[[pd.DataFrame, Target], pd.Series[Any]]] = {
    "majority": lambda ratings, target: majority(ratings, target.classes),
    "dawid-skene": _most_probable,
}
FOR_SCALES: dict[str, Callable[[pd.DataFrame, Target], pd.Series[Any]]] = {
    "mean": lambda ratings, target: mean(ratings),
    "ewe": lambda ratings, target: ewe(ratings),
    "ewe-textbook": lambda ratings, target: ewe(ratings, leave_one_out=False),
}


def gold(ratings: pd.DataFrame, target: Target, way: str = "") -> pd.Series[Any]:
    """Return one value a segment from the votes of all raters.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``, all about ``target``.
    target : Target
        Decides which ways there are.
    way : str
        ``majority`` (the default) or ``dawid-skene`` for classes; ``mean`` (the default), ``ewe`` (leave-one-out
        weights) or ``ewe-textbook`` for scales.

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
