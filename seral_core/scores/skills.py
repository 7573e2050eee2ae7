"""How often each rater is right, and how surely that is known; and votes weighted by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from seral_core.scores.dawid_skene import DawidSkene, dawid_skene, named
from seral_core.types import Floats

#: Votes that a rater is credited with before the first one: right as often as the crowd is.
CREDIT = 2.0
#: Share of right answers that nobody is credited with more than, so that no weight is infinite.
SUREST = 0.99
#: Votes added to every entry of every rater's confusions: a rater of few votes is never thought perfect.
SMOOTHING = 0.1


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
        ``answers``; ``right``, how many of them are expected to be right; ``skill``, the mean share of right answers
        in [0, 1], with ``low`` and ``high``; ``a`` and ``b`` of the Beta distribution.

    Raises
    ------
    BadLabel
        Where there is no vote at all.

    Examples
    --------
    >>> skills(toy_corpus().of("emotion")).round(2)[["answers", "skill", "low", "high"]]
           answers  skill   low  high
    rater
    r1           4   0.93  0.64  1.00
    r2           4   0.93  0.64  1.00
    r3           4   0.59  0.22  0.91
    """
    from scipy.stats import beta

    found = found or dawid_skene(ratings, classes, smoothing=SMOOTHING)
    right, answers = rights(ratings, found)
    crowd = min(SUREST, (right.sum() + 1) / (answers.sum() + 2))
    a, b = CREDIT * crowd + right, CREDIT * (1 - crowd) + np.maximum(answers - right, 0.0)
    low, high = beta.ppf((1 - level) / 2, a, b), beta.ppf((1 + level) / 2, a, b)
    columns = {"answers": answers.astype(int), "right": right, "skill": a / (a + b), "low": low, "high": high}
    return pd.DataFrame({**columns, "a": a, "b": b}, index=pd.Index(found.raters, name="rater"))


def rights(ratings: pd.DataFrame, found: DawidSkene) -> tuple[Floats, Floats]:
    """Return how many of each rater's votes are expected to be right, and how many there are, each of shape (raters,).

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``: the votes that ``found`` was made from.
    found : DawidSkene
        What they say of the true classes.
    """
    rows = ratings.dropna(subset="value")
    segment = found.posterior.index.get_indexer(pd.Index(rows["segment"]))
    value = found.posterior.columns.get_indexer(pd.Index(rows["value"]))
    rater = pd.Index(found.raters).get_indexer(pd.Index(named(rows["rater"])))
    known = (segment >= 0) & (value >= 0) & (rater >= 0)
    right = found.posterior.to_numpy()[segment[known], value[known]]
    many = len(found.raters)
    answers = np.bincount(rater[known], minlength=many)
    return np.asarray(np.bincount(rater[known], right, many), np.float64), np.asarray(answers, np.float64)


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
    found = dawid_skene(rows, names, smoothing=SMOOTHING)
    skill = skills(rows, names, found=found)["skill"].clip(upper=SUREST)
    weight = pd.Series(np.log(skill * max(len(names) - 1, 1) / (1 - skill)), skill.index).clip(lower=0.0)
    heard = rows.assign(weight=weight.reindex(named(rows["rater"])).to_numpy())
    votes = heard.pivot_table(index="segment", columns="value", values="weight", aggfunc="sum", fill_value=0.0)
    votes = votes.reindex(columns=names, fill_value=0.0)
    top = votes.max(axis=1)
    clear = (votes.ge(top - 1e-9, axis=0).sum(axis=1) == 1) & (top > 0)
    return votes.idxmax(axis=1).where(clear)
