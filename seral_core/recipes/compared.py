"""An active strategy against its passive twin: labels saved, area, tests, and what the logs tell beside scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from seral_core.runs.log import Log
from seral_core.runs.rounds import rng_for
from seral_core.scores.savings import Saving, saving
from seral_core.scores.statistics import (
    Curve,
    Difference,
    SignedRank,
    aligned,
    common_points,
    difference,
    gaps_between,
    signed_rank,
)


@dataclass(frozen=True)
class Compared:
    """A strategy against passive learning, on one target in one scenario.

    Parameters
    ----------
    target, scenario, strategy, baseline : str
        What is compared with what, and where.
    saving : Saving
        On the first metric.
    gaps, tests : dict
        By metric: difference of the areas under the curves, and the test of it over repetitions.
    halves : tuple of float
        How much higher the mean curve lies on average in the first half of the labels, and in the second.
    late_gain : float
        How much the baseline gains from the last third of its labels.
    """

    target: str
    scenario: str
    strategy: str
    baseline: str
    saving: Saving
    gaps: dict[str, Difference]
    tests: dict[str, SignedRank]
    halves: tuple[float, float]
    late_gain: float

    @property
    def cell(self) -> tuple[str, str]:
        """Target and scenario."""
        return self.target, self.scenario


@dataclass(frozen=True)
class Trail:
    """What the log of a run tells beside its scores.

    Parameters
    ----------
    choosing_s : float
        Seconds that the strategy took in all, the lot of the first labels left out.
    by_lot : int
        Rounds in which it had nothing to go by.
    spread : float
        Standard deviation of the first half of its labels, in native units.
    """

    choosing_s: float
    by_lot: int
    spread: float


def compared(frame: pd.DataFrame, passive: str, metrics: tuple[str, ...]) -> Iterator[Compared]:
    """Compare every strategy with passive learning, in every scenario and on every target.

    Parameters
    ----------
    frame : DataFrame
        Curves with a column ``scenario``. What stands in brackets behind a strategy stands behind its baseline too.
    passive : str
        Name of the baseline.
    metrics : tuple of str
        Savings are counted on the first.

    Yields
    ------
    Compared
        One for each strategy that is not a baseline.

    Examples
    --------
    >>> heights = {"active": (0.1, 0.4), "random": (0.1, 0.3)}
    >>> rows = [(n, 0, 0, "arousal", "pcc", x, y, "pool") for n, ys in heights.items() for x, y in zip((10, 20), ys)]
    >>> names = ["strategy", "seed", "fold", "target", "metric", "spent", "value", "scenario"]
    >>> each, = compared(pd.DataFrame(rows, columns=names), "random", ("pcc",))
    >>> each.strategy, round(each.saving.labels, 1), round(each.late_gain, 2)
    ('active', 16.7, 0.13)
    """
    for (target, scenario), mine in frame.groupby(["target", "scenario"], sort=False):
        by_metric = {m: _named(mine[mine["metric"] == m]) for m in metrics}
        for name, curve in by_metric[metrics[0]].items():
            baseline = passive + name[name.index(" (") :] if " (" in name else passive
            if name == baseline:
                continue
            rng = rng_for(0, 0, f"savings {target} {scenario} {name}")
            both = {m: (curves[name], curves[baseline]) for m, curves in by_metric.items()}
            gaps = {m: gap for m, pair in both.items() if (gap := difference(*pair)) is not None}
            tests = {m: signed_rank(gaps_between(*pair)) for m, pair in both.items()}
            found = saving(curve, by_metric[metrics[0]][baseline], rng)
            halves, late = _halves(*both[metrics[0]])
            yield Compared(str(target), str(scenario), name, baseline, found, gaps, tests, halves, late)


def _halves(curve: Curve, baseline: Curve) -> tuple[tuple[float, float], float]:
    points = common_points(curve, baseline)
    here, there = (np.interp(points, each.spent, each.mean) for each in (curve, baseline))
    early = points <= (points[0] + points[-1]) / 2
    first, second = ((here - there)[part].mean() if part.any() else 0.0 for part in (early, ~early))
    late = there[-1] - np.interp(points[-1] * 2 / 3, points, there)
    return (float(first), float(second)), float(late)


def _named(frame: pd.DataFrame) -> dict[str, Curve]:
    return {curve.name: curve for curve in aligned(frame.assign(curve=frame["strategy"]))}


def row_of(each: Compared, metric: str) -> dict[str, Any]:
    """Return what a comparison says, as plain data for ``summary.json``.

    Parameters
    ----------
    each : Compared
        A strategy against its baseline.
    metric : str
        The one that savings were counted on.

    Returns
    -------
    dict
        None stands for what is not finite: labels that never sufficed, an interval that is open.
    """
    found, gap, test = each.saving, each.gaps[metric], each.tests[metric]
    return {
        "target": each.target, "scenario": each.scenario, "strategy": each.strategy, "baseline": each.baseline,
        "metric": metric, "baseline_best": round(found.baseline_best, 6),
        "baseline_labels": _finite(found.baseline_labels),
        "labels": _finite(found.labels), "total": _finite(found.total), "percent_saved": _finite(found.percent_saved),
        "reached": found.reached, "percent_saved_interval": [_finite(found.low), _finite(found.high)],
        "missed_in_draws": round(found.missed, 4), "area_difference": round(gap.mean, 6),
        "area_interval": [round(gap.low, 6), round(gap.high, 6)], "p": test.p,
        "effect": test.effect, "pairs": test.pairs,
    }  # fmt: skip


def _finite(value: float) -> float | None:
    if not np.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else round(float(value), 3)


def trail(log: Log) -> Trail:
    """Read from a log how long its strategy took to choose, and how far apart its labels lie.

    Parameters
    ----------
    log : Log
        Of a run on scales.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> trail(Log(Path(tempfile.mkdtemp())))
    Trail(choosing_s=0.0, by_lot=0, spread=0.0)
    """
    lines, choosing, lots = log.lines(), 0.0, 0
    values: list[float] = []
    for before, line in zip([{}, *lines], lines, strict=False):
        if line["event"] == "Asked" and before.get("event") == "Scored":
            choosing += (datetime.fromisoformat(line["at"]) - datetime.fromisoformat(before["at"])).total_seconds()
            lots += "by lot" in line["remark"]
        elif line["event"] == "Labelled":
            values += [float(label["value"]) for label in line["labels"]]
    early = values[: max(1, len(values) // 2)]
    return Trail(choosing, lots, float(np.std(early)) if early else 0.0)
