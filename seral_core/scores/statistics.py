"""Comparing learning curves: paired differences and their intervals, labels needed to reach a level, areas.

Every function takes the long form that `seral_core.runs.curve.curves` gives, for one target and one
metric, with one more column ``curve`` that says which curve a run belongs to (its strategy, as a
rule). Intervals and tests count groups of clips, never runs: see `seral_core.scores.groups`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from seral_core.errors import BadPlan
from seral_core.scores.groups import ScoredOn, group_values, half_width, p_values, parts_text
from seral_core.types import Floats

PAIR = ("seed", "fold")
#: Columns that say what a run is scored on, as `seral_core.scores.groups.ScoredOn` has them.
WHERE = ("corpus", "split", "judge")


@dataclass(frozen=True)
class Curve:
    """Runs of one curve, brought to common points.

    Parameters
    ----------
    name : str
        Such as the strategy.
    spent : Floats of shape (points,)
        Clips listened to, rising.
    values : Floats of shape (runs, points)
        The score of each run.
    pairs : tuple of (seed, fold)
        Which run each row is; runs of other curves with the same pair saw the same split.
    on : ScoredOn
        What the runs are scored on.
    """

    name: str
    spent: Floats
    values: Floats
    pairs: tuple[tuple[int, int], ...]
    on: ScoredOn = field(default_factory=ScoredOn)

    @property
    def mean(self) -> Floats:
        """Mean over runs, of shape (points,)."""
        return np.asarray(self.values.mean(axis=0))

    @property
    def std(self) -> Floats:
        """Standard deviation over runs, of shape (points,); nan for a single run."""
        return np.asarray(self.values.std(axis=0, ddof=1)) if len(self.values) > 1 else np.full(len(self.spent), np.nan)

    @property
    def areas(self) -> Floats:
        """Mean height of each run's curve, of shape (runs,): the area under it, divided by its width."""
        width = self.spent[-1] - self.spent[0]
        if width <= 0:
            return np.asarray(self.values[:, 0])
        return np.asarray(np.trapezoid(self.values, self.spent, axis=1) / width)

    def by_group(self, values: Floats) -> Floats:
        """Return one value for each group of clips, of shape (groups, ...), where there is one for each run."""
        return group_values(values, [fold for _, fold in self.pairs], self.on)

    @property
    def groups(self) -> int:
        """How many groups of clips the runs are scored on; 0 where that cannot be told."""
        return len(self.by_group(self.values))

    def band(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return lower and upper end of the interval of the mean at every point; nan where groups are too few."""
        groups = self.by_group(self.values)
        half = half_width(groups, level)
        mean = groups.mean(axis=0) if len(groups) else half
        return mean - half, mean + half


def aligned(frame: pd.DataFrame) -> list[Curve]:
    """Return one `Curve` for each name in column ``curve``, in order of appearance.

    Runs that are still on their way, that is, which have not come as far as the farthest of their
    curve, are left out; values between a run's points are interpolated.

    Raises
    ------
    BadPlan
        Where runs of one curve are scored on different corpora or splits.

    Examples
    --------
    >>> rows = [("random", 0, 0, 20, 0.4), ("random", 0, 0, 40, 0.6), ("random", 1, 0, 20, 0.5)]
    >>> curve, = aligned(pd.DataFrame(rows, columns=["curve", "seed", "fold", "spent", "value"]))
    >>> curve.spent, curve.values, curve.pairs
    (array([20., 40.]), array([[0.4, 0.6]]), ((0, 0),))
    """
    found = []
    for name, mine in frame.groupby("curve", sort=False):
        runs = {_pair(key): run.sort_values("spent") for key, run in mine.groupby(list(PAIR), sort=True)}
        # Runs of a crowd end at costs that differ by less than half a round.
        longest = max(runs.values(), key=lambda run: run["spent"].iloc[-1])["spent"]
        end = longest.iloc[-1] - (longest.diff().max() / 2 if len(longest) > 1 else 0)
        whole = {pair: run for pair, run in runs.items() if run["spent"].iloc[-1] >= end}
        low = max(run["spent"].iloc[0] for run in whole.values())
        high = min(run["spent"].iloc[-1] for run in whole.values())
        points = np.unique(np.concatenate([run["spent"].to_numpy(float) for run in whole.values()]))
        points = points[(points >= low) & (points <= high)]
        values = np.stack([np.interp(points, run["spent"], run["value"].astype(float)) for run in whole.values()])
        found.append(Curve(str(name), points, values, tuple(whole), _scored_on(str(name), mine)))
    return found


def _scored_on(name: str, frame: pd.DataFrame) -> ScoredOn:
    """Read what runs are scored on from the columns that say it; frames made by hand may have none."""
    found = {column: [str(each) for each in frame[column].dropna().unique()] for column in WHERE if column in frame}
    if several := {column: values for column, values in found.items() if len(values) > 1}:
        listed = "; ".join(f"{column}: {', '.join(values)}" for column, values in several.items())
        raise BadPlan(
            f"got runs of one curve, {name}, that are scored on different clips ({listed}); expected one corpus and "
            "split for each curve; name curves apart in a column 'curve'"
        )
    return ScoredOn(**{column: values[0] for column, values in found.items() if values})


def _pair(key: Any) -> tuple[int, int]:
    seed, fold = key
    return int(seed), int(fold)


def labels_to_reach(level: float, spent: Sequence[float] | Floats, values: Sequence[float] | Floats) -> float:
    """Return how much was spent when a curve first reached a level, interpolated; nan if it never did.

    Examples
    --------
    >>> labels_to_reach(0.5, [20, 40], [0.4, 0.6]), labels_to_reach(0.7, [20, 40], [0.4, 0.6])
    (30.0, nan)
    """
    x, y = np.asarray(spent, float), np.asarray(values, float)
    above = np.flatnonzero(y >= level)
    if not len(above):
        return float("nan")
    at = int(above[0])
    if at == 0:
        return float(x[0])
    share = (level - y[at - 1]) / (y[at] - y[at - 1])
    return round(float(x[at - 1] + share * (x[at] - x[at - 1])), 6)


@dataclass(frozen=True)
class Difference:
    """How much higher one curve lies than another: mean over paired runs, and an interval that counts groups of clips.

    Parameters
    ----------
    mean : float
        Above 0 where the curve lies higher.
    low, high : float
        Ends of the interval; nan where groups are too few for one.
    pairs : int
        Number of paired runs.
    groups : int
        Number of groups of clips that the runs are scored on; 0 where that cannot be told.
    p : float
        Of the t test that belongs to the interval, two-sided; nan where groups are too few.
    over : pair of float, optional
        The range of labels that both curves have, where one of them ends early; left out: all of both.

    Examples
    --------
    >>> Difference(0.02, 0.01, 0.03, 25, 5).up, Difference(0.02, np.nan, np.nan, 25, 1).up
    (True, False)
    """

    mean: float
    low: float
    high: float
    pairs: int
    groups: int = 0
    p: float = np.nan
    over: tuple[float, float] | None = None

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return bool(np.isfinite(self.low))

    @property
    def up(self) -> bool:
        """Whether the interval lies above 0."""
        return self.low > 0

    @property
    def down(self) -> bool:
        """Whether the interval lies below 0."""
        return self.high < 0

    @property
    def basis(self) -> str:
        """How many runs and test parts it rests on, and which part of the curves where one of them ends early."""
        low, high = self.over or (0.0, 0.0)
        part = f"from {low:g} to {high:g}" if low < high else f"at {low:g}"
        return parts_text(self.groups, self.pairs) + (f", {part} clips only" if self.over else "")

    def text(self, places: int = 3) -> str:
        """Return the mean with its interval, or that there is none.

        Examples
        --------
        >>> Difference(0.02, 0.01, 0.03, 25, 5).text(), Difference(0.02, np.nan, np.nan, 25, 1).text()
        ('+0.020 [+0.010, +0.030]', '+0.020 [no interval]')
        """
        ends = f"{self.low:+.{places}f}, {self.high:+.{places}f}" if self.known else "no interval"
        return f"{self.mean:+.{places}f} [{ends}]"


def difference(curve: Curve, baseline: Curve, level: float = 0.95) -> Difference | None:
    """Return how much higher a curve lies on average, over runs with the same seed and fold.

    Returns
    -------
    Difference or None
        Of the areas over the points that both curves have; None where no runs are paired. Without an interval where
        a curve ends early and they share one point alone.

    Examples
    --------
    >>> pairs = ((0, 0), (0, 1), (0, 2))
    >>> a = Curve("a", np.array([0.0, 1.0]), np.array([[0.5, 0.7], [0.6, 0.6], [0.6, 0.6]]), pairs)
    >>> b = Curve("b", np.array([0.0, 1.0]), np.array([[0.4, 0.6], [0.5, 0.5], [0.4, 0.4]]), pairs)
    >>> difference(a, b).text()
    '+0.133 [-0.010, +0.277]'
    """
    both = paired(curve, baseline)
    if not both:
        return None
    gap = difference_of(gaps_between(curve, baseline), both, curve.on, level)
    points = common_points(curve, baseline)
    if not _ends_early(points, curve, baseline):
        return gap
    over = float(points[0]), float(points[-1])
    return replace(gap, over=over) if len(points) > 1 else replace(gap, low=np.nan, high=np.nan, p=np.nan, over=over)


def _ends_early(points: Floats, curve: Curve, baseline: Curve) -> bool:
    """Whether one curve goes on for half a round or more where the other has ended."""
    longer = max((curve, baseline), key=lambda each: float(each.spent[-1]))
    step = float(np.diff(longer.spent).max()) if len(longer.spent) > 1 else 0.0
    return bool(points[-1] < longer.spent[-1] - step / 2)


def difference_of(gaps: Floats, pairs: Sequence[tuple[int, int]], on: ScoredOn, level: float = 0.95) -> Difference:
    """Return the mean of a number that every run has, and its interval.

    Parameters
    ----------
    gaps : Floats of shape (runs,)
        Such as a difference between two scores.
    pairs : sequence of (seed, fold)
        Which run each is.
    on : ScoredOn
        What they are scored on.
    level : float
        Of the interval.

    Examples
    --------
    >>> difference_of(np.array([0.1, 0.2, 0.4]), [(0, 0), (1, 0), (2, 0)], ScoredOn()).text()
    '+0.233 [no interval]'
    """
    groups = group_values(gaps, [fold for _, fold in pairs], on)
    half, p = float(half_width(groups, level)), float(p_values(groups))
    # Where folds have unequal numbers of runs, the middle of the interval is the mean over groups.
    mean = float(groups.mean() if np.isfinite(half) else gaps.mean())
    return Difference(mean, mean - half, mean + half, len(gaps), len(groups), p)


def paired(curve: Curve, baseline: Curve) -> list[tuple[int, int]]:
    """Return which runs two curves have in common; none where they are scored on different clips, or do not overlap."""
    if curve.on != baseline.on or not len(common_points(curve, baseline)):
        return []
    return [pair for pair in curve.pairs if pair in baseline.pairs]


def gaps_between(curve: Curve, baseline: Curve) -> Floats:
    """Return how much higher each run of a curve lies on average than the baseline's with the same seed and fold.

    Parameters
    ----------
    curve, baseline : Curve
        Compared over the points that both have.

    Returns
    -------
    Floats of shape (pairs,)
        Empty where no runs are paired, or the curves do not overlap.

    Examples
    --------
    >>> a = Curve("a", np.array([0.0, 1.0]), np.array([[0.5, 0.7], [0.6, 0.6]]), ((0, 0), (1, 0)))
    >>> b = Curve("b", np.array([0.0, 1.0]), np.array([[0.4, 0.6]]), ((1, 0),))
    >>> gaps_between(a, b).round(3)
    array([0.1])
    """
    points = common_points(curve, baseline)
    both = paired(curve, baseline)
    return np.array([_over(curve, pair, points) - _over(baseline, pair, points) for pair in both])


def common_points(curve: Curve, baseline: Curve) -> Floats:
    """Return the points of two curves where both are known.

    Parameters
    ----------
    curve, baseline : Curve
        Of any width.

    Returns
    -------
    Floats of shape (points,)
        Rising; empty where the curves do not overlap.

    Examples
    --------
    >>> a = Curve("a", np.array([0.0, 10.0]), np.zeros((1, 2)), ((0, 0),))
    >>> b = Curve("b", np.array([5.0, 20.0]), np.zeros((1, 2)), ((0, 0),))
    >>> common_points(a, b)
    array([ 5., 10.])
    """
    low, high = max(curve.spent[0], baseline.spent[0]), min(curve.spent[-1], baseline.spent[-1])
    points = np.union1d(curve.spent, baseline.spent)
    return np.asarray(points[(points >= low) & (points <= high)])


def _over(curve: Curve, pair: tuple[int, int], points: Floats) -> float:
    values = np.interp(points, curve.spent, curve.values[curve.pairs.index(pair)])
    width = points[-1] - points[0]
    return float(np.trapezoid(values, points) / width) if width > 0 else float(values[0])


def rank_biserial(differences: Sequence[float] | Floats) -> float:
    """Return how far differences lean to one side: share of ranks in favour, less the share against (Kerby 2014).

    Parameters
    ----------
    differences : sequence of float
        One a pair, or the mean of each group of clips; zeros say nothing and are left out.

    Returns
    -------
    float
        In [-1, 1].

    Examples
    --------
    >>> rank_biserial([0.1, 0.2, 0.3, -0.05]), rank_biserial([0.0, 0.0])
    (0.8, 0.0)
    """
    from scipy.stats import rankdata

    uneven = np.asarray(differences, dtype=np.float64)
    uneven = uneven[np.abs(uneven) > 0]
    if not len(uneven):
        return 0.0
    ranks = rankdata(np.abs(uneven))
    return round(float((ranks * np.sign(uneven)).sum() / ranks.sum()), 12)


def holm(p: Sequence[float]) -> list[float]:
    """Correct the p-values of several tests of one question (Holm 1979).

    Parameters
    ----------
    p : sequence of float
        In [0, 1], or nan for what could not be tested, which stays nan.

    Returns
    -------
    list of float
        In the same order, each in [0, 1].

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    tested = sorted((i for i in range(len(p)) if not np.isnan(p[i])), key=lambda i: p[i])
    corrected, highest = [float("nan")] * len(p), 0.0
    for rank, at in enumerate(tested):
        highest = max(highest, min(1.0, round((len(tested) - rank) * p[at], 12)))
        corrected[at] = highest
    return corrected
