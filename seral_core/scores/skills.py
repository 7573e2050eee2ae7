"""How often each rater is right, and how surely that is known; and votes weighted by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from seral_core.scores.dawid_skene import DawidSkene, dawid_skene, named
from seral_core.types import Floats

#: Votes that a rater is credited with before the first one: right as often as the crowd is.
CREDIT = 2.0
#: Share of right answers that nobody is credited with more than, so that no weight is infinite.
SUREST = 0.99
#: Share of right answers of a rater of whom nothing is known.
USUAL = 0.6


def usual(classes: int, votes: float = 1.0) -> Floats:
    """Return votes of a rater of whom nothing is known, to be credited to each: right in `USUAL` of them.

    They keep Dawid and Skene's estimate in place where votes are few.

    Parameters
    ----------
    classes : int
        Two or more.
    votes : float
        On clips of each class.

    Returns
    -------
    Floats of shape (classes, classes)
        By true class (first axis) and answer.

    Examples
    --------
    >>> usual(2, 10.0).tolist()
    [[6.0, 4.0], [4.0, 6.0]]
    """
    right = np.eye(classes)
    return np.asarray(votes * (USUAL * right + (1 - USUAL) / max(classes - 1, 1) * (1 - right)))


def skills(
    ratings: pd.DataFrame, classes: Sequence[str] = (), *, level: float = 0.95, found: DawidSkene | None = None
) -> pd.DataFrame:
    """Estimate how often each rater is right, with an interval.

    A vote is right with the probability that its class is the true one, as all votes together say (Dawid and Skene).
    Of these counts, and `CREDIT` votes that are right as often as the crowd's, each rater gets a Beta distribution:
    wide for one who has answered little. True classes count as known as well as the votes say; what the votes leave
    open of raters' confusions is not in it: of 30 raters with 100 votes each, 95 % intervals held 87 % of true skills.

    Parameters
    ----------
    ratings, classes
        As for `seral_core.scores.dawid_skene.dawid_skene`. Votes without names say nothing of single raters: they are
        one row, called ``anonymous``.
    level : float
        Of the interval, in (0, 1).
    found : DawidSkene, optional
        What is known of the same votes already; left out: it is worked out.

    Returns
    -------
    DataFrame by rater
        ``answers``; ``right``, how many of those on segments with other votes are expected to be right; ``skill``, the
        mean share of right answers in [0, 1], with ``low`` and ``high``; ``a`` and ``b`` of the Beta distribution.

    Raises
    ------
    BadLabel
        Where there is no vote at all.

    Examples
    --------
    >>> skills(toy_corpus().of("emotion")).round(2)[["answers", "skill", "low", "high"]]
           answers  skill   low  high
    rater
    r1           4   0.90  0.59  1.00
    r2           4   0.90  0.59  1.00
    r3           4   0.59  0.22  0.91
    """
    from scipy.stats import beta

    found = found or credited(ratings, classes)
    rows = ratings[ratings["value"].isin(found.posterior.columns)]
    answers = named(rows["rater"]).value_counts().sort_index()
    right, told = rights(rows[has_company(rows)], found, list(answers.index))
    crowd = min(SUREST, (right.sum() + 1) / (told.sum() + 2))
    a, b = CREDIT * crowd + right, CREDIT * (1 - crowd) + np.maximum(told - right, 0.0)
    low, high = beta.ppf((1 - level) / 2, a, b), beta.ppf((1 + level) / 2, a, b)
    columns = {"answers": answers.to_numpy(), "right": right, "skill": a / (a + b), "low": low, "high": high}
    return pd.DataFrame({**columns, "a": a, "b": b}, index=pd.Index(list(answers.index), name="rater"))


def credited(ratings: pd.DataFrame, classes: Sequence[str] = ()) -> DawidSkene:
    """Return Dawid and Skene's estimate with one vote of a `usual` rater credited to each for each class.

    Confusions are learned from segments with two votes or more: a single vote tells nothing of its rater. What it tells
    of its segment is worked out with the confusions of the others.

    Parameters
    ----------
    ratings, classes
        As for `seral_core.scores.dawid_skene.dawid_skene`.

    Examples
    --------
    >>> votes = pd.DataFrame({"segment": ["a", "b"], "rater": ["ann", "ben"], "value": ["x", "y"]})
    >>> credited(votes).posterior.idxmax(axis=1).to_dict()
    {'a': 'x', 'b': 'y'}
    """
    names = list(classes) or sorted(pd.unique(ratings["value"].dropna()))
    rows = ratings[ratings["value"].isin(names)]
    several = has_company(rows)
    if not several.any():
        return dawid_skene(rows, names, smoothing=usual(len(names)), most=1)
    found = dawid_skene(rows[several], names, smoothing=usual(len(names)))
    lone = rows[~several]
    tables = np.concatenate([found.errors, usual(len(names))[None]])
    rater = pd.Index(found.raters).get_indexer(pd.Index(named(lone["rater"])))
    said = pd.Index(names).get_indexer(pd.Index(lone["value"]))
    fits = found.marginals.to_numpy() * tables[rater, :, said]
    alone = pd.DataFrame(fits / fits.sum(axis=1, keepdims=True), index=lone["segment"].rename("segment"), columns=names)
    return replace(found, posterior=pd.concat([found.posterior, alone]).sort_index())


def has_company(ratings: pd.DataFrame) -> pd.Series[bool]:
    """Say of each vote whether its segment has another one.

    Examples
    --------
    >>> has_company(pd.DataFrame({"segment": ["a", "a", "b"]})).tolist()
    [True, True, False]
    """
    return ratings["segment"].map(ratings["segment"].value_counts()) > 1


def rights(ratings: pd.DataFrame, found: DawidSkene, raters: Sequence[str]) -> tuple[Floats, Floats]:
    """Return how many of each rater's votes are expected to be right, and how many there are, each of shape (raters,).

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``: votes on segments of ``found``.
    found : DawidSkene
        What is known of the true classes.
    raters : sequence of str
        Their names, ``anonymous`` for votes without.

    Examples
    --------
    >>> votes = toy_corpus().of("emotion")
    >>> rights(votes, credited(votes), ["r1", "r3"])[1]
    array([4., 4.])
    """
    segment = found.posterior.index.get_indexer(pd.Index(ratings["segment"]))
    value = found.posterior.columns.get_indexer(pd.Index(ratings["value"]))
    rater = pd.Index(list(raters)).get_indexer(pd.Index(named(ratings["rater"])))
    known = (segment >= 0) & (value >= 0) & (rater >= 0)
    right = found.posterior.to_numpy()[segment[known], value[known]]
    answers = np.bincount(rater[known], minlength=len(raters))
    return np.asarray(np.bincount(rater[known], right, len(raters)), np.float64), np.asarray(answers, np.float64)


def weighted_majority(ratings: pd.DataFrame, classes: Sequence[str] = ()) -> pd.Series[Any]:
    r"""Return the class with the most weight of votes: what the evaluator weighted estimator is for scales.

    A rater of skill `p` counts :math:`\log \frac{p (c - 1)}{1 - p}` with `c` classes, which is best where raters err
    independently and evenly; one who is no better than chance counts nothing.

    Parameters
    ----------
    ratings, classes
        As for `skills`.

    Returns
    -------
    Series by segment
        Missing where no class has more weight than every other.

    References
    ----------
    .. [1] Nitzan and Paroush, Optimal decision rules in uncertain dichotomous choice situations, International Economic
       Review 23, 1982.

    Examples
    --------
    >>> weighted_majority(toy_corpus().of("emotion")).to_dict()
    {'a.wav': 'anger', 'b.wav': 'anger', 'c.wav': 'sadness', 'd.wav': 'sadness'}
    """
    rows = ratings.dropna(subset="value")
    names = list(classes) or sorted(pd.unique(rows["value"]))
    rows = rows[rows["value"].isin(names)]
    if rows.empty:
        return pd.Series(np.nan, index=pd.Index([], name="segment"), dtype=object)
    found = credited(rows, names)
    skill = skills(rows, names, found=found)["skill"].clip(upper=SUREST)
    weight = pd.Series(np.log(skill * max(len(names) - 1, 1) / (1 - skill)), skill.index).clip(lower=0.0)
    heard = rows.assign(weight=weight.reindex(named(rows["rater"])).to_numpy())
    votes = heard.pivot_table(index="segment", columns="value", values="weight", aggfunc="sum", fill_value=0.0)
    votes = votes.reindex(columns=names, fill_value=0.0)
    top = votes.max(axis=1)
    clear = (votes.ge(top - 1e-9, axis=0).sum(axis=1) == 1) & (top > 0)
    return votes.idxmax(axis=1).where(clear)
