"""How far raters agree: with one another, clip by clip, with the rest, and with themselves.

Ratings come in long form: columns ``segment``, ``rater`` and ``value``, all of one target. Every
segment may have been rated by others, and by as many as it happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import numpy as np
import pandas as pd

from seral_core.scores.metrics import ccc, pcc
from seral_core.scores.ratings import counts, majority, mean
from seral_core.scores.traces import pairwise_ccc, stacked
from seral_core.types import Floats, Target

Level = Literal["nominal", "ordinal", "interval"]


def alpha(ratings: pd.DataFrame, level: Level) -> float:
    r"""Krippendorff's alpha: 1 less the disagreement that was found over the one to be expected by chance.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``; segments with one rating say nothing and are left
        out.
    level : {"nominal", "ordinal", "interval"}
        What values are: names, ranks, or numbers whose distances count.

    Returns
    -------
    float
        1 where all agree, 0 where they agree as by chance, negative where less; nan where no
        segment has two ratings, or all ratings are the same.

    References
    ----------
    .. [1] Krippendorff, Computing Krippendorff's alpha-reliability, 2011.

    Examples
    --------
    >>> round(alpha(toy_corpus().of("emotion"), "nominal"), 3)
    0.389
    """
    rows = ratings.dropna(subset="value")
    rows = rows[rows.groupby("segment")["value"].transform("size") > 1]
    if rows["value"].nunique() < 2:
        return float("nan")
    unit = pd.factorize(rows["segment"])[0]
    if level == "nominal":
        return _nominal(unit, pd.factorize(rows["value"])[0])
    values = rows["value"].astype(float)
    # The ordinal distance of two values is how many ratings lie from the middle of one to the
    # middle of the other.
    numbers = values.rank(method="average") if level == "ordinal" else values
    return _interval(unit, np.asarray(numbers, dtype=np.float64))


def _nominal(unit: Any, value: Any) -> float:
    votes = np.zeros((unit.max() + 1, value.max() + 1))
    np.add.at(votes, (unit, value), 1.0)
    raters, total = votes.sum(axis=1), votes.sum(axis=0)
    found = ((raters**2 - (votes**2).sum(axis=1)) / (raters - 1)).sum()
    by_chance = (total.sum() ** 2 - (total**2).sum()) / (total.sum() - 1)
    return float(1 - found / by_chance)


def _interval(unit: Any, value: Floats) -> float:
    """Squared distances over all pairs of a group are its size times its sum of squares, twice."""
    raters = np.bincount(unit)
    middle = np.bincount(unit, value) / raters
    squares = np.bincount(unit, (value - middle[unit]) ** 2)
    found = (raters * squares / (raters - 1)).sum()
    by_chance = len(value) * ((value - value.mean()) ** 2).sum() / (len(value) - 1)
    return float(1 - found / by_chance)


def fleiss_kappa(ratings: pd.DataFrame) -> float:
    """Fleiss' kappa: the share of pairs of raters that agree, corrected for chance.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``, the values being classes. Fleiss had equally many
        raters a segment; where there are not, every segment counts alike, and those with one rating
        are left out.

    Returns
    -------
    float
        At most 1; nan where no segment has two ratings, or all ratings are the same.

    References
    ----------
    .. [1] Fleiss, Measuring nominal scale agreement among many raters, Psychological Bulletin 76,
       1971.

    Examples
    --------
    >>> round(fleiss_kappa(toy_corpus().of("emotion")), 3)
    0.333
    """
    votes = counts(ratings).to_numpy(float)
    votes = votes[votes.sum(axis=1) > 1]
    if not len(votes):
        return float("nan")
    raters = votes.sum(axis=1, keepdims=True)
    agree = (votes * (votes - 1)).sum(axis=1) / (raters * (raters - 1))[:, 0]
    by_chance = ((votes / raters).mean(axis=0) ** 2).sum()
    return float((agree.mean() - by_chance) / (1 - by_chance)) if by_chance < 1 else float("nan")


def per_clip(ratings: pd.DataFrame, target: Target) -> pd.Series[float]:
    """Say how far the raters of each clip agree, where there are at least two.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``, all about ``target``.
    target : Target
        A category, or a scale.

    Returns
    -------
    Series by segment
        For a category the share of votes for the top class, in (0, 1]; for a scale the standard
        deviation of the ratings, in the target's units.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> per_clip(corpus.of("emotion"), corpus.target("emotion")).round(2).to_dict()
    {'a.wav': 1.0, 'b.wav': 0.67, 'c.wav': 1.0, 'd.wav': 0.67}
    """
    rows = ratings.dropna(subset="value")
    rows = rows[rows.groupby("segment")["value"].transform("size") > 1]
    if target.is_scale:
        return rows["value"].astype(float).groupby(rows["segment"]).std(ddof=0)
    votes = counts(rows, target.classes)
    return votes.max(axis=1) / votes.sum(axis=1)


def against_rest(ratings: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Compare every rater with all the others.

    Parameters
    ----------
    ratings, target
        As for `per_clip`.

    Returns
    -------
    DataFrame by rater
        ``segments``: how many both rated. For a category ``agreement``: share in which the rater
        says what most of the others say, ties among those left out. For a scale ``ccc`` and ``pcc``
        with the mean of the others, and ``shift``: how much higher the rater answers on average, in
        the target's units.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> against_rest(corpus.of("emotion"), corpus.target("emotion"))
           segments  agreement
    rater
    r1            2        1.0
    r2            2        1.0
    r3            4        0.5
    """
    rows = ratings.dropna(subset="value")
    found = {}
    for rater in sorted(pd.unique(rows["rater"])):
        own, others = rows[rows["rater"] == rater], rows[rows["rater"] != rater]
        rest = mean(others) if target.is_scale else majority(others, target.classes)
        own_values = own.drop_duplicates("segment", keep="last").set_index("segment")["value"]
        found[rater] = compared(own_values, rest, target)
    return pd.DataFrame.from_dict(found, orient="index").rename_axis("rater")


def self_agreement(first: pd.DataFrame, again: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Compare every rater's answers with the same rater's later answers to the same clips.

    Parameters
    ----------
    first, again : DataFrame
        Columns ``segment``, ``rater``, ``value``, all about ``target``; several repeats of a clip
        all count.
    target : Target
        A category, or a scale.

    Returns
    -------
    DataFrame by rater
        As from `against_rest`; ``shift``: how much higher the first answer was.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> votes = corpus.of("emotion")
    >>> self_agreement(votes, votes.assign(value="anger"), corpus.target("emotion"))["agreement"].to_dict()
    {'r1': 0.5, 'r2': 0.5, 'r3': 0.5}
    """
    both = first.dropna(subset="value").merge(
        again.dropna(subset="value"), on=["segment", "rater"], suffixes=("_first", "_again")
    )
    found = {r: compared(of["value_first"], of["value_again"], target) for r, of in both.groupby("rater")}
    return pd.DataFrame.from_dict(found, orient="index").rename_axis("rater")


def compared(one: pd.Series[Any], other: pd.Series[Any], target: Target) -> dict[str, float]:
    """Compare two series of answers where both have one.

    Parameters
    ----------
    one, other : Series
        On the same kind of index.
    target : Target
        A category, or a scale.

    Returns
    -------
    dict
        ``segments``, and ``agreement`` of a category, or ``ccc``, ``pcc`` and ``shift`` of a scale.

    Examples
    --------
    >>> compared(pd.Series({"a": 1.0, "b": 2.0}), pd.Series({"a": 0.0, "b": 1.0, "c": 5.0}), Target("arousal"))
    {'segments': 2, 'ccc': 0.333..., 'pcc': ..., 'shift': 1.0}
    """
    rows = pd.concat([one.rename("one"), other.rename("other")], axis=1, join="inner").dropna()
    n = {"segments": len(rows)}
    if not target.is_scale:
        return n | {"agreement": float((rows["one"] == rows["other"]).mean()) if len(rows) else float("nan")}
    a, b = rows["one"].to_numpy(float), rows["other"].to_numpy(float)
    shift = float((a - b).mean()) if len(a) else float("nan")
    return n | {"ccc": ccc(a, b), "pcc": pcc(a, b), "shift": shift}


def agreement(
    ratings: pd.DataFrame, target: Target, groups: pd.Series[Any] | None = None, *, draws: int = 200, seed: int = 0
) -> dict[str, float]:
    """Return how far raters agree on a target, with intervals that count groups of clips.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment``, ``rater``, ``value``, all about ``target``.
    target : Target
        A category, or a scale.
    groups : Series by segment, optional
        Which clips are alike, such as those of a speaker; left out, or where fewer than six are known: every clip is
        its own group.
    draws : int
        Of the bootstrap over groups.
    seed : int
        Of the draws.

    Returns
    -------
    dict
        ``clips`` with two ratings or more, ``ratings`` of them, ``alpha`` (Krippendorff's, nominal or interval) with
        ``alpha_low`` and ``alpha_high``, and of a category Fleiss' ``kappa`` likewise; nan where nothing can be told.
        Of traces ``ccc`` instead: the concordance of two raters, its mean over pairs and recordings; a trace called
        gold is no rater's.

    References
    ----------
    .. [1] Field and Welsh, Bootstrapping clustered data, JRSS B 69, 2007.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> found = agreement(corpus.of("emotion"), corpus.target("emotion"))
    >>> found["clips"], round(found["alpha"], 3), found["alpha_low"] < found["alpha"] < found["alpha_high"]
    (4, 0.389, True)
    """
    rows = ratings.dropna(subset="value")
    if target.rate_hz:
        return _of_traces(rows[rows["rater"] != "gold"])
    rows = rows[rows.groupby("segment")["value"].transform("size") > 1]
    level: Level = "interval" if target.is_scale else "nominal"
    measures: dict[str, Any] = {"alpha": lambda frame: alpha(frame, level)}
    if not target.is_scale:
        measures["kappa"] = fleiss_kappa
    found: dict[str, float] = {"clips": int(rows["segment"].nunique()), "ratings": len(rows)}
    drawn = list(_resampled(rows, groups, draws, seed)) if len(rows) else []
    for name, measure in measures.items():
        values = np.array([measure(each) for each in drawn])
        low, high = np.nanquantile(values, (0.025, 0.975)) if np.isfinite(values).any() else (np.nan, np.nan)
        found |= {name: measure(rows), f"{name}_low": float(low), f"{name}_high": float(high)}
    return found


def _of_traces(rows: pd.DataFrame) -> dict[str, float]:
    """Return the mean concordance of pairs of raters, each recording counting alike."""
    found: dict[str, float] = {"clips": 0, "ratings": 0, "ccc": float("nan")}
    each: list[float] = []
    for _, traces in rows.groupby("segment", sort=False)["value"]:
        pairs = pairwise_ccc(stacked(list(traces)))
        if np.isfinite(pairs).any():
            each.append(float(np.nanmean(pairs)))
            found |= {"clips": found["clips"] + 1, "ratings": found["ratings"] + len(traces)}
    return found | ({"ccc": float(np.mean(each))} if each else {})


#: Groups that a bootstrap needs at least.
FEWEST_GROUPS = 6


def _resampled(rows: pd.DataFrame, groups: pd.Series[Any] | None, draws: int, seed: int) -> Iterator[pd.DataFrame]:
    """Draw groups of clips with replacement; a clip that is drawn twice counts as two."""
    group = rows["segment"].map(groups) if groups is not None else rows["segment"]
    if group.isna().any() or group.nunique() < FEWEST_GROUPS:
        group = rows["segment"]
    number, _ = pd.factorize(group)
    of_group = [np.flatnonzero(number == i) for i in range(number.max() + 1)]
    segment = pd.factorize(rows["segment"])[0]
    rng = np.random.default_rng(seed)
    for _ in range(draws):
        picked = rng.integers(len(of_group), size=len(of_group))
        places = np.concatenate([of_group[i] for i in picked])
        turn = np.repeat(np.arange(len(picked)), [len(of_group[i]) for i in picked])
        yield rows.iloc[places].assign(segment=turn * (segment.max() + 1) + segment[places])
