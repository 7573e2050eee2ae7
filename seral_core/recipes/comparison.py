"""Learning curves of strategies held beside one another: which is better than which, where, and how surely."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from seral_core.runs.rounds import rng_for
from seral_core.scores.iterations import Significance, significance
from seral_core.scores.metrics import metrics
from seral_core.scores.savings import Saving, saving
from seral_core.scores.spent import COUNTED, Spent, spent_in
from seral_core.scores.statistics import (
    Curve,
    Difference,
    aligned,
    common_points,
    difference,
    difference_of,
    gaps_between,
    labels_to_reach,
    paired,
    rank_biserial,
)
from seral_core.types import Floats

#: Name of the mean over all targets.
MEAN = "mean of all"
#: What counts as early and as late, in parts of the labels asked for after the first ones.
EARLY, LATE = (0.0, 0.25), (0.75, 1.0)
WHOLE = (0.0, 1.0)


@dataclass(frozen=True)
class Field:
    """All curves of one target and metric in one scenario; higher is better in ``curves``.

    Parameters
    ----------
    target, metric : str
        What was measured.
    curves : dict
        By strategy; errors have a minus sign.
    scenario : str
        As the cells of the recipe name it.
    spent : Spent
        What its curves count along.
    """

    target: str
    metric: str
    curves: dict[str, Curve]
    scenario: str = ""
    spent: Spent = COUNTED

    @property
    def name(self) -> str:
        """Metric and target."""
        return f"{title(self.metric)} of {self.target}"

    @property
    def sign(self) -> float:
        """1, or -1 of an error."""
        return 1.0 if metrics[self.metric].higher_is_better else -1.0

    def area(self, strategy: str) -> float:
        """Return the mean height of a strategy's curve, as the metric counts."""
        return self.sign * float(self.curves[strategy].areas.mean())

    def gap(self, strategy: str, other: str, part: tuple[float, float] = WHOLE) -> Difference:
        """Return how much better one strategy is than another, over a part of the labels."""
        found = difference(cut(self.curves[strategy], part), cut(self.curves[other], part))
        if found is None:
            raise ValueError(f"no runs of {strategy} and {other} are paired")
        return found

    def gain(self, strategy: str) -> Difference:
        """Return how much better a strategy is at its end than at its start."""
        curve = self.curves[strategy]
        return mean_of(curve, curve.values[:, -1] - curve.values[:, 0])

    def labels_to_last(self, strategy: str, other: str = "") -> float:
        """Return the labels with which a strategy reaches another's last score, or its own; nan if it never does."""
        curve = self.curves[strategy]
        return labels_to_reach(float(self.curves[other or strategy].mean[-1]), curve.spent, curve.mean)

    def significance(self, strategy: str, others: Sequence[str]) -> Significance:
        """Compare a strategy with others in every iteration."""
        return significance(self.curves[strategy], [self.curves[name] for name in others])

    def best(self, strategies: Iterable[str] = ()) -> str:
        """Return the strategy with the largest area, of some or of all."""
        return max(strategies or self.curves, key=lambda name: float(self.curves[name].areas.mean()))

    def against(self, baseline: str) -> list[Versus]:
        """Hold every strategy beside a baseline; what has brackets behind it, beside the baseline with the same."""
        pairs = [(name, baseline + name[name.index(" (") :] if " (" in name else baseline) for name in self.curves]
        return [Versus(self, name, other) for name, other in pairs if name != other]


@dataclass(frozen=True)
class Versus:
    """A strategy beside a baseline on one field; what is asked of it is computed at first use.

    Parameters
    ----------
    field : Field
        Has the curves of both.
    strategy, baseline : str
        Their names.

    Examples
    --------
    >>> heights = {"active": (0.1, 0.4), "random": (0.1, 0.3)}
    >>> rows = [(n, 0, 0, "arousal", "pcc", x, y) for n, ys in heights.items() for x, y in zip((10, 20), ys)]
    >>> names = ["strategy", "seed", "fold", "target", "metric", "spent", "value"]
    >>> each, = field_of(pd.DataFrame(rows, columns=names), "arousal", "pcc").against("random")
    >>> each.strategy, round(each.saving.labels, 1), round(each.late_gain, 2)
    ('active', 16.7, 0.13)
    """

    field: Field
    strategy: str
    baseline: str

    @property
    def both(self) -> tuple[Curve, Curve]:
        """The two curves."""
        return self.field.curves[self.strategy], self.field.curves[self.baseline]

    @property
    def cell(self) -> tuple[str, str]:
        """Target and scenario."""
        return self.field.target, self.field.scenario

    @cached_property
    def gap(self) -> Difference:
        """How much better the strategy is over the whole curve."""
        return self.field.gap(self.strategy, self.baseline)

    @cached_property
    def effect(self) -> float:
        """Matched-pairs rank-biserial correlation of the areas, of test parts where there are several, else of runs."""
        gaps, curve = gaps_between(*self.both), self.both[0]
        groups = replace(curve, pairs=tuple(paired(*self.both))).by_group(gaps)
        return rank_biserial(groups if len(groups) > 1 else gaps)

    @cached_property
    def saving(self) -> Saving:
        """Labels saved to reach the baseline's best."""
        return saving(*self.both, rng_for(0, 0, f"savings {' '.join(self.cell)} {self.strategy}"))

    @cached_property
    def wins(self) -> tuple[int, int]:
        """In how many runs the area is larger than in the paired one, and how many there are."""
        gaps = gaps_between(*self.both)
        return int((gaps > 0).sum()), len(gaps)

    @cached_property
    def labels_to_last(self) -> float:
        """Labels with which the mean curve reaches the baseline's last score; nan if it never does."""
        return self.field.labels_to_last(self.strategy, self.baseline)

    @cached_property
    def halves(self) -> tuple[float, float]:
        """How much higher the mean curve lies on average in the first half of the labels, and in the second."""
        points = common_points(*self.both)
        here, there = (np.interp(points, each.spent, each.mean) for each in self.both)
        early = points <= (points[0] + points[-1]) / 2
        first, second = ((here - there)[part].mean() if part.any() else 0.0 for part in (early, ~early))
        return float(first), float(second)

    @cached_property
    def late_gain(self) -> float:
        """How much the baseline gains from the last third of its labels."""
        points, baseline = common_points(*self.both), self.both[1]
        mean = np.interp(points, baseline.spent, baseline.mean)
        return float(mean[-1] - np.interp(points[-1] * 2 / 3, points, mean))


def mean_of(curve: Curve, values: Floats) -> Difference:
    """Return the mean of a number that every run of a curve has, and its interval.

    Parameters
    ----------
    curve : Curve
        Says what its runs are scored on.
    values : Floats of shape (runs,)
        One for each run of the curve.

    Examples
    --------
    >>> curve = Curve("a", np.array([20.0]), np.zeros((3, 1)), ((0, 0), (0, 1), (0, 2)))
    >>> mean_of(curve, np.array([0.1, 0.2, 0.3])).text()
    '+0.200 [-0.048, +0.448]'
    """
    return difference_of(values, curve.pairs, curve.on)


def title(metric: str) -> str:
    """Return how people write a metric; PCC is the papers' CC."""
    return metrics[metric].title


def fields_of(frame: pd.DataFrame, names: Sequence[str]) -> tuple[Field, ...]:
    """Return the curves of every metric that is named, by target and scenario, in order of appearance.

    Parameters
    ----------
    frame : DataFrame
        As `seral_core.runs.curve.curves` gives, with a column ``scenario``.
    names : sequence of str
        Metrics.
    """
    groups = frame.groupby(["target", "scenario"], sort=False)
    return tuple(
        field_of(mine, str(target), metric, str(scenario)) for metric in names for (target, scenario), mine in groups
    )


def field_of(frame: pd.DataFrame, target: str, metric: str, scenario: str = "") -> Field:
    """Return the curves of one target and metric.

    Examples
    --------
    >>> rows = [("random", seed, 0, "arousal", "rmse", x, 0.5) for seed in (0, 1) for x in (20, 30)]
    >>> frame = pd.DataFrame(rows, columns=["strategy", "seed", "fold", "target", "metric", "spent", "value"])
    >>> field_of(frame, "arousal", "rmse").area("random")
    0.5
    """
    mine = frame[(frame["target"] == target) & (frame["metric"] == metric)]
    found = Field(target, metric, {}, scenario, spent_in(frame, minutes=False))
    curves = aligned(mine.assign(curve=mine["strategy"], value=found.sign * mine["value"]))
    return replace(found, curves={curve.name: curve for curve in curves})


def with_mean(frame: pd.DataFrame) -> pd.DataFrame:
    """Return curves followed by those of the mean over targets, where there are several.

    Parameters
    ----------
    frame : DataFrame
        As `seral_core.runs.curve.curves` gives, with a column ``scenario``.

    Examples
    --------
    >>> rows = [("random", 0, 0, t, "pcc", 20, v, "cross") for t, v in (("arousal", 0.5), ("valence", 0.25))]
    >>> names = ["strategy", "seed", "fold", "target", "metric", "spent", "value", "scenario"]
    >>> with_mean(pd.DataFrame(rows, columns=names))[["target", "value"]].values.tolist()[-1]
    ['mean of all', 0.375]
    """
    if frame["target"].nunique() < 2:
        return frame
    key = [name for name in frame.columns if name not in ("target", "value")]
    mean = frame.groupby(key, sort=False, as_index=False, dropna=False)["value"].mean().assign(target=MEAN)
    return pd.DataFrame(pd.concat([frame, mean[frame.columns]], ignore_index=True))


def cut(curve: Curve, part: tuple[float, float]) -> Curve:
    """Return a part of a curve.

    Parameters
    ----------
    curve : Curve
        Of two points or more.
    part : tuple of float
        Where it begins and ends, from 0 to 1.

    Examples
    --------
    >>> cut(Curve("a", np.array([20.0, 24.0, 28.0]), np.zeros((1, 3)), ((0, 0),)), (0.0, 0.5)).spent
    array([20., 24.])
    """
    if part == WHOLE:
        return curve
    width = curve.spent[-1] - curve.spent[0]
    low, high = (curve.spent[0] + share * width for share in part)
    inside = (curve.spent >= low - 1e-9) & (curve.spent <= high + 1e-9)
    return replace(curve, spent=curve.spent[inside], values=curve.values[:, inside])


def comparison_row(each: Versus) -> dict[str, Any]:
    """Return how a strategy compares with its baseline, as plain data for ``summary.json``.

    Returns
    -------
    dict
        ``area`` of the strategy, ``above`` its baseline with ``interval`` and ``p`` (None where
        ``test_parts`` are too few), ``effect``, ``wins`` of ``runs``, and ``labels_to_BASELINE_end``:
        None where its last score was not reached.
    """
    field, gap, (wins, runs) = each.field, each.gap, each.wins
    labels = round(each.labels_to_last, 3) if np.isfinite(each.labels_to_last) else None
    return {
        "target": field.target,
        "metric": field.metric,
        "strategy": each.strategy,
        "baseline": each.baseline,
        "area": round(field.area(each.strategy), 6),
        "above": round(gap.mean, 6),
        "interval": _ends(gap),
        "p": _p(gap),
        "effect": each.effect,
        f"labels_to_{each.baseline}_end": labels,
        "wins": wins,
        "runs": runs,
        "test_parts": gap.groups,
    }


def savings_row(each: Versus) -> dict[str, Any]:
    """Return how many labels a strategy saves, as plain data for ``summary.json``.

    Returns
    -------
    dict
        None for what is not finite: a level that was never reached, an interval that is open.
    """
    found, gap = each.saving, each.gap
    return {
        "target": each.field.target, "scenario": each.field.scenario, "strategy": each.strategy,
        "baseline": each.baseline, "metric": each.field.metric, "baseline_best": round(found.baseline_best, 6),
        "baseline_labels": _finite(found.baseline_labels),
        "labels": _finite(found.labels), "total": _finite(found.total), "percent_saved": _finite(found.percent_saved),
        "reached": found.reached, "percent_saved_interval": [_finite(found.low), _finite(found.high)],
        "missed_in_draws": round(found.missed, 4) if found.known else None, "area_difference": round(gap.mean, 6),
        "area_interval": _ends(gap), "p": _p(gap),
        "effect": each.effect, "pairs": gap.pairs, "test_parts": gap.groups,
    }  # fmt: skip


def _ends(gap: Difference) -> list[float | None]:
    return [round(gap.low, 6), round(gap.high, 6)] if gap.known else [None, None]


def _p(gap: Difference) -> float | None:
    return round(gap.p, 12) if gap.known else None


def _finite(value: float) -> float | None:
    if not np.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else round(float(value), 3)
