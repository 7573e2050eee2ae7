"""Label savings: how many labels fewer a strategy needs to reach the best that a baseline reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.scores.statistics import Curve, common_points, labels_to_reach, paired
from seral_core.types import Floats

#: With fewer test parts than this, not even the lowest and the highest draw hold 90 % of what may be true.
FEWEST_DRAWN = 5
#: Scores closer than this are the same: training on the same labels in another order differs by
#: less.
SAME = 1e-4


@dataclass(frozen=True)
class Saving:
    """What a strategy saves against a baseline.

    Parameters
    ----------
    baseline_best : float
        Highest point of the baseline's mean curve.
    baseline_labels : float
        Labels the baseline needed for it.
    labels : float
        Labels the strategy needed for it, interpolated between rounds; nan where it was not
        reached.
    percent_saved : float
        The labels saved, in percent of all labels of the curves; below 0 where more were needed,
        nan where the level was not reached.
    low, high : float
        Ends of the interval of ``percent_saved``; -inf where the level was not reached often
        enough, nan where test parts are too few for an interval.
    missed : float
        Share of the draws behind the interval in which the level was not reached, in [0, 1]; nan
        where there is no interval.
    total : float
        All labels of the curves.
    """

    baseline_best: float
    baseline_labels: float
    labels: float
    percent_saved: float
    low: float
    high: float
    missed: float
    total: float

    @property
    def reached(self) -> bool:
        """Whether the strategy reached the baseline's best."""
        return bool(np.isfinite(self.labels))

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return not np.isnan(self.low)


def saving(
    curve: Curve, baseline: Curve, rng: Generator, *, level: float = 0.95, draws: int = 2000, share: float = 1.0
) -> Saving:
    """Compare the mean curves of paired runs as Han et al. 2013 do in Table 3, with a bootstrap interval.

    Parameters
    ----------
    curve, baseline : Curve
        Runs with the same seed and fold are paired; others are not used.
    rng : Generator
        Draws test parts with replacement, each with all its runs.
    level : float
        Of the interval, in (0, 1).
    draws : int
        Of the bootstrap. A draw in which the level is not reached counts as worse than any in which
        it is. Percentiles are those that Student's t of so few parts asks for (Hesterberg 2015); with
        fewer than `FEWEST_DRAWN` parts, or parts that overlap, there is no interval.
    share : float
        How far up a level shall be reached, in (0, 1]: 0 is where the baseline begins, 1 its best.

    Raises
    ------
    BadPlan
        Where no runs are paired.

    References
    ----------
    .. [1] Han, Li, Ruan, Ma and Schuller, Active learning for dimensional speech emotion
       recognition, Interspeech 2013.
    .. [2] Hesterberg, What teachers should know about the bootstrap, The American Statistician 69(4),
       2015, section 5.3.

    Examples
    --------
    >>> spent, one = np.array([10.0, 20.0, 30.0]), ((0, 0),)
    >>> active = Curve("active", spent, np.array([[0.2, 0.6, 0.6]]), one)
    >>> passive = Curve("passive", spent, np.array([[0.2, 0.3, 0.4]]), one)
    >>> found = saving(active, passive, np.random.default_rng(0))
    >>> found.baseline_best, found.labels, round(found.percent_saved, 1)
    (0.4, 15.0, 50.0)
    """
    points = common_points(curve, baseline)
    pairs = paired(curve, baseline)
    if not pairs:
        raise BadPlan(f"no runs of {curve.name} and {baseline.name} are paired; expected the same seeds and folds")
    here, there = (_rows(each, pairs, points) for each in (curve, baseline))
    best, needed, labels = _needed(points, here.mean(axis=0), there.mean(axis=0), share)
    saved = _drawn(curve, pairs, points, (here, there), rng, draws, share)
    low, high = _ends(saved, level, len({fold for _, fold in pairs})) if len(saved) else (np.nan, np.nan)
    missed = float(np.isnan(saved).mean()) if len(saved) else np.nan
    return Saving(best, needed, labels, _percent(points, needed, labels), low, high, missed, float(points[-1]))


def _drawn(
    curve: Curve,
    pairs: list[tuple[int, int]],
    points: Floats,
    both: tuple[Floats, Floats],
    rng: Generator,
    draws: int,
    share: float,
) -> Floats:
    """Return the percent saved when test parts are drawn with replacement; nothing where they are too few."""
    folds = np.array([fold for _, fold in pairs])
    parts = np.unique(folds)
    alone = curve.on.groups_of(parts.tolist())
    if len(parts) < FEWEST_DRAWN or alone is None or (alone.sum(axis=1) > 1).any():
        return np.empty(0)
    here, there = (np.stack([rows[folds == part].mean(axis=0) for part in parts]) for rows in both)
    drawn = rng.integers(len(parts), size=(draws, len(parts)))
    again = (_needed(points, here[rows].mean(axis=0), there[rows].mean(axis=0), share) for rows in drawn)
    return np.array([_percent(points, theirs, ours) for _, theirs, ours in again])


def _ends(saved: Floats, level: float, parts: int) -> tuple[float, float]:
    """Return the percentiles that so few parts ask for; plain ones would be much too narrow."""
    from scipy.stats import norm, t

    tail = float(norm.sf(t.ppf((1 + level) / 2, parts - 1) * np.sqrt(parts / (parts - 1))))
    worst = np.where(np.isnan(saved), -np.inf, saved)
    low, high = np.quantile(worst, [tail, 1 - tail], method="inverted_cdf")
    return float(low), float(high)


def _needed(points: Floats, active: Floats, passive: Floats, share: float) -> tuple[float, float, float]:
    """Return the level that is sought, by default the baseline's best; its labels for it, and the strategy's."""
    top = float(passive.max())
    best = top if share == 1 else float(passive[0] + share * (top - passive[0]))
    labels = labels_to_reach(best, points, active)
    if np.isnan(labels) and active.max() >= best - SAME:
        labels = float(points[active.argmax()])
    there = float(points[passive.argmax()]) if share == 1 else labels_to_reach(best, points, passive)
    return best, there, labels


def _percent(points: Floats, needed: float, labels: float) -> float:
    return float(100 * (needed - labels) / points[-1])


def _rows(curve: Curve, pairs: list[tuple[int, int]], points: Floats) -> Floats:
    return np.stack([np.interp(points, curve.spent, curve.values[curve.pairs.index(pair)]) for pair in pairs])
