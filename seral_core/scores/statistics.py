"""Comparing learning curves: intervals over runs, labels needed to reach a level, area under the curve.

Every function takes the long form that `seral_core.runs.curve.curves` gives, for one target and one
metric, with one more column ``curve`` that says which curve a run belongs to (its strategy, as a
rule).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from seral_core.types import Floats

PAIR = ("seed", "fold")


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
    """

    name: str
    spent: Floats
    values: Floats
    pairs: tuple[tuple[int, int], ...]

    @property
    def mean(self) -> Floats:
        """Mean over runs, of shape (points,)."""
        return np.asarray(self.values.mean(axis=0))

    @property
    def std(self) -> Floats:
        """Standard deviation over runs, of shape (points,); 0 for a single run."""
        return np.asarray(self.values.std(axis=0, ddof=1)) if len(self.values) > 1 else np.zeros(len(self.spent))

    @property
    def areas(self) -> Floats:
        """Mean height of each run's curve, of shape (runs,): the area under it, divided by its width."""
        width = self.spent[-1] - self.spent[0]
        if width <= 0:
            return np.asarray(self.values[:, 0])
        return np.asarray(np.trapezoid(self.values, self.spent, axis=1) / width)

    def band(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Return lower and upper end of the interval of the mean at every point (Student's t)."""
        half = half_width(self.values, level)
        return self.mean - half, self.mean + half


def half_width(values: Floats, level: float = 0.95) -> Floats:
    """Return half the width of the t interval of the mean over the first axis; 0 for a single run.

    Examples
    --------
    >>> half_width(np.array([[0.4], [0.6]])).round(2)
    array([1.27])
    """
    from scipy.stats import t

    runs = len(values)
    if runs < 2:
        return np.zeros(values.shape[1:])
    return np.asarray(t.ppf((1 + level) / 2, runs - 1) * values.std(axis=0, ddof=1) / np.sqrt(runs))


def aligned(frame: pd.DataFrame) -> list[Curve]:
    """Return one `Curve` for each name in column ``curve``, in order of appearance.

    Runs that are still on their way, that is, which have not come as far as the farthest of their
    curve, are left out; values between a run's points are interpolated.

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
        found.append(Curve(str(name), points, values, tuple(whole)))
    return found


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
    """How much higher one curve lies than another: mean over paired runs, and its interval."""

    mean: float
    low: float
    high: float
    pairs: int


def difference(curve: Curve, baseline: Curve, level: float = 0.95) -> Difference | None:
    """Return how much higher a curve lies on average, over runs with the same seed and fold.

    Returns
    -------
    Difference or None
        Of the areas over the points that both curves have; None where no runs are paired.

    Examples
    --------
    >>> a = Curve("a", np.array([0.0, 1.0]), np.array([[0.5, 0.7], [0.6, 0.6]]), ((0, 0), (1, 0)))
    >>> b = Curve("b", np.array([0.0, 1.0]), np.array([[0.4, 0.6], [0.5, 0.5]]), ((0, 0), (1, 0)))
    >>> difference(a, b).mean.__round__(3)
    0.1
    """
    gaps = gaps_between(curve, baseline)
    if not len(gaps):
        return None
    half = float(half_width(gaps[:, None], level)[0])
    mean = float(gaps.mean())
    return Difference(mean, mean - half, mean + half, len(gaps))


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
    both = [pair for pair in curve.pairs if pair in baseline.pairs] if len(points) else []
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


@dataclass(frozen=True)
class SignedRank:
    """What Wilcoxon's signed-rank test says of paired differences.

    Parameters
    ----------
    p : float
        Probability of differences at least as uneven where none is expected, two-sided, in [0, 1].
    effect : float
        Matched-pairs rank-biserial correlation, in [-1, 1]: share of ranks in favour, less the
        share against.
    pairs : int
        Number of differences.
    """

    p: float
    effect: float
    pairs: int


def signed_rank(differences: Sequence[float] | Floats) -> SignedRank:
    """Test whether paired differences lean to one side (Wilcoxon 1945; effect size by Kerby 2014).

    Parameters
    ----------
    differences : sequence of float
        One a pair; zeros say nothing and are left out.

    Examples
    --------
    >>> signed_rank([0.1, 0.2, 0.3, -0.05])
    SignedRank(p=0.25, effect=0.8, pairs=4)
    >>> signed_rank([0.0, 0.0])
    SignedRank(p=1.0, effect=0.0, pairs=2)
    """
    from scipy.stats import rankdata, wilcoxon

    all_of_them = np.asarray(differences, dtype=np.float64)
    uneven = all_of_them[all_of_them != 0]
    if not len(uneven):
        return SignedRank(1.0, 0.0, len(all_of_them))
    ranks = rankdata(np.abs(uneven))
    effect = float((ranks * np.sign(uneven)).sum() / ranks.sum())
    return SignedRank(round(float(wilcoxon(uneven).pvalue), 12), round(effect, 12), len(all_of_them))


def holm(p: Sequence[float]) -> list[float]:
    """Correct the p-values of several tests of one question (Holm 1979).

    Parameters
    ----------
    p : sequence of float
        In [0, 1].

    Returns
    -------
    list of float
        In the same order, each in [0, 1].

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    corrected, highest = [0.0] * len(p), 0.0
    for rank, at in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        highest = max(highest, min(1.0, round((len(p) - rank) * p[at], 12)))
        corrected[at] = highest
    return corrected
