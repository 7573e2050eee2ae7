"""What answers say of each rater at a glance: skill, drift, time, confusions, and who agrees with whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seral_core.crowds.annotators import annotators_of
from seral_core.scores.dawid_skene import named
from seral_core.scores.skills import credited, rights, skills
from seral_core.types import Floats, Target

#: A pause of more than this many seconds is no answer's time.
PAUSE_S = 300.0
#: Fewer answers than this on clips with others' answers, and no drift is told.
FEWEST = 10


@dataclass(frozen=True, eq=False)
class Profiles:
    """What is known of the raters of a category.

    Parameters
    ----------
    raters : DataFrame by rater
        ``answers``; ``skill`` with ``low`` and ``high``, see `seral_core.scores.skills.skills`; ``drift``, by how much
        the second half of the answers is more often right than the first, with ``drift_low`` and ``drift_high``, nan
        where answers are few; ``seconds``, the median time for an answer, nan where nothing is known of time.
    confusions : dict of str to Floats of shape (classes, classes)
        By rater, expected number of votes, by true class and answer.
    agree : DataFrame of shape (raters, raters)
        Share of equal answers on clips that both answered; nan where there are none.
    """

    raters: pd.DataFrame
    confusions: dict[str, Floats]
    agree: pd.DataFrame


def profiles(ratings: pd.DataFrame, target: Target, at: pd.Series[Any] | None = None) -> Profiles:
    """Return what answers say of their raters.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``, all about ``target``, in the order of arrival.
    target : Target
        A category.
    at : Series, optional
        When each was given, in seconds, on the index of ``ratings``.

    Raises
    ------
    BadLabel
        Where there is no answer at all.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> found = profiles(corpus.of("emotion"), corpus.target("emotion"))
    >>> found.raters["answers"].to_dict(), float(found.agree.loc["r1", "r3"])
    ({'r1': 4, 'r2': 4, 'r3': 4}, 0.5)
    """
    rows = ratings.dropna(subset="value")
    rows = rows.assign(rater=named(rows["rater"]))
    estimate = credited(rows, target.classes)
    known = skills(rows, target.classes, found=estimate)
    model = annotators_of(rows[["segment", "rater", "value"]].itertuples(index=False, name=None), target.classes)
    nothing = np.zeros((len(target.classes),) * 2)
    return Profiles(
        known[["answers", "skill", "low", "high"]]
        .join(_drift(rows, estimate, list(known.index)))
        .join(_times(rows, at)),
        {rater: model.counts.get(rater, nothing) for rater in known.index},
        _agreement(rows),
    )


def _drift(rows: pd.DataFrame, estimate: Any, raters: list[str]) -> pd.DataFrame:
    """Compare the halves of each rater's answers: a Beta distribution each, their difference taken for normal."""
    late = rows.groupby("rater").cumcount() >= rows.groupby("rater")["value"].transform("size") / 2
    means, variances, least = [], [], np.full(len(raters), np.inf)
    for half in (rows[~late], rows[late]):
        right, told = rights(half[half["segment"].map(rows["segment"].value_counts()) > 1], estimate, raters)
        a, b = 1 + right, 1 + np.maximum(told - right, 0.0)
        means.append(a / (a + b))
        variances.append(a * b / ((a + b) ** 2 * (a + b + 1)))
        least = np.minimum(least, told)
    apart, width = means[1] - means[0], 1.96 * np.sqrt(variances[0] + variances[1])
    few = least < FEWEST
    frame = pd.DataFrame({"drift": apart, "drift_low": apart - width, "drift_high": apart + width}, index=raters)
    return frame.mask(pd.Series(few, raters))


def _times(rows: pd.DataFrame, at: pd.Series[Any] | None) -> pd.DataFrame:
    """Return the median time between two answers of a rater, pauses left out."""
    if at is None:
        return pd.DataFrame({"seconds": np.nan}, index=pd.unique(rows["rater"]))
    when = pd.to_numeric(at.reindex(rows.index))
    apart = when.groupby(rows["rater"]).diff()
    return apart.where((apart > 0) & (apart <= PAUSE_S)).groupby(rows["rater"]).median().rename("seconds").to_frame()


def _agreement(rows: pd.DataFrame) -> pd.DataFrame:
    last = rows.drop_duplicates(["segment", "rater"], keep="last")
    table = last.pivot_table(index="segment", columns="rater", values="value", aggfunc="first")
    there, codes = table.notna().to_numpy(), pd.factorize(table.to_numpy().ravel())[0].reshape(table.shape)
    found = np.full((table.shape[1],) * 2, np.nan)
    for one in range(table.shape[1]):
        both = there & there[:, [one]]
        same = (codes == codes[:, [one]]) & both
        found[one] = np.divide(same.sum(axis=0), both.sum(axis=0), out=found[one], where=both.any(axis=0))
    return pd.DataFrame(found, index=table.columns, columns=table.columns)
