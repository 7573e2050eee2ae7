"""Learning curves that draw themselves: what a running experiment has so far, as an ECharts option."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import FAINT, GRID, INK, METRICS, SYMBOLS, colours, dashes
from seral_core.own import shown
from seral_core.runs.events import Scored
from seral_core.scores.spent import COUNTED, Spent, spent_in
from seral_core.scores.statistics import aligned
from seral_dashboard import axes
from seral_dashboard.data import Experiment, version

#: ECharts has these of the usual marker names.
_ECHARTS = {"circle": "circle", "square": "rect", "triangle-up": "triangle", "diamond": "diamond"}
_DASHES = {"solid": "solid", "dash": [9, 5], "dot": [2, 4], "dashdot": [10, 4, 2, 4], "longdash": [16, 5]}

#: Runs that are interpolated have points of their own: more than so many are not marked.
MOST_SYMBOLS = 60


@dataclass(frozen=True)
class LiveCurve:
    """One strategy: mean and 95 % interval over finished runs, and the runs that still grow.

    Parameters
    ----------
    name : str
        The strategy.
    spent, mean, low, high : list of float
        Points of the mean, and of its interval over test parts; ``low`` and ``high`` are empty where they are too few.
    runs, planned : int
        How many runs the mean is over, and how many there will be.
    growing : list of list of (spent, value)
        Runs on their way.
    """

    name: str
    spent: list[float]
    mean: list[float]
    low: list[float]
    high: list[float]
    runs: int
    growing: list[list[tuple[float, float]]]
    planned: int = 0


def live_curves(experiment: Experiment, target: str, metric: str, along: str = axes.COST) -> list[LiveCurve]:
    """Return the curves of an experiment as far as they have come, in the order of its strategies."""
    return _curves(experiment, target, metric, along, version(experiment))


@lru_cache(maxsize=32)
def _curves(experiment: Experiment, target: str, metric: str, along: str, _version: tuple[int, ...]) -> list[LiveCurve]:
    frame = _scaled(experiment, target, metric, along)
    over = {(p.strategy, p.seed, p.fold) for p, log in experiment.started if log.finished()}
    found, planned = [], Counter(shown(plan.strategy) for plan, _ in experiment.runs)
    per = spent(experiment, along).per
    for name, mine in frame.groupby("strategy", sort=False):
        runs = list(zip(mine["seed"], mine["fold"], strict=True))
        known = dict.fromkeys(runs)
        whole = frozenset(run for run in known if (name, *run) in over) or frozenset(known if len(known) == 1 else ())
        left = mine[[run not in whole for run in runs]].sort_values("spent")
        growing = [
            [(float(x), round(float(y), 4)) for x, y in zip(run["spent"], run["value"], strict=True)]
            for _, run in left.groupby(["seed", "fold"])
        ]
        mean = (
            _mean(experiment, target, metric, along, str(name), whole, len(mine) - len(left), per) if whole else _NONE
        )
        found.append(LiveCurve(str(name), *mean, growing, planned[str(name)]))
    order = [shown(name) for name in experiment.grid.strategies]
    return sorted(found, key=lambda curve: order.index(curve.name))


_NONE: tuple[list[float], list[float], list[float], list[float], int] = ([], [], [], [], 0)


@lru_cache(maxsize=128)
def _mean(
    experiment: Experiment,
    target: str,
    metric: str,
    along: str,
    name: str,
    whole: frozenset[Any],
    _rows: int,
    _per: float,
) -> tuple[list[float], list[float], list[float], list[float], int]:
    """Return the mean curve of some runs, its interval and how many they are: the same as long as runs and unit are."""
    frame = _scaled(experiment, target, metric, along)
    frame = frame[frame["strategy"] == name]
    kept = frame[[run in whole for run in zip(frame["seed"], frame["fold"], strict=True)]]
    (curve,) = aligned(kept.assign(curve=name))

    def plain(values: Any) -> list[float]:
        return [float(v) for v in np.round(values, 4)] if np.isfinite(values).all() else []

    low, high = curve.band()
    return plain(curve.spent), plain(curve.mean), plain(low), plain(high), len(curve.pairs)


def _scaled(experiment: Experiment, target: str, metric: str, along: str) -> pd.DataFrame:
    frame = axes.scores(experiment, along)
    frame = frame[(frame["target"] == target) & (frame["metric"] == metric)]
    return frame.assign(spent=frame["spent"] / spent(experiment, along).per)


def spent(experiment: Experiment, along: str = axes.COST) -> Spent:
    """Return what the curves of an experiment count, and in what they are drawn, such as minutes of listening."""
    return axes.named(spent_in(axes.scores(experiment, along), minutes=along != axes.COST), [experiment])


def chance(experiment: Experiment, target: str, metric: str) -> float:
    """Return the score of somebody who guesses without listening; nan where it is not the same for every test part."""
    if metric in ("ccc", "pcc"):
        return 0.0
    if metric != "uar":
        return math.nan
    scored = (event for _, log in experiment.started for event in log.events() if isinstance(event, Scored))
    counts: list[list[float]] = next((e.detail.get(target, {}).get("confusion", []) for e in scored), [])
    return 1 / classes if (classes := sum(sum(row) > 0 for row in counts)) else math.nan


def shared_chance(experiments: list[Experiment], target: str, metric: str) -> float:
    """Return the score of guessing where it is the same in all of some experiments, else nan."""
    found = {chance(experiment, target, metric) for experiment in experiments}
    return found.pop() if len(found) == 1 else math.nan


def option(
    curves: list[LiveCurve], metric: str, budget: float | None, along: str = COUNTED.title, chance: float = math.nan
) -> dict[str, Any]:
    """Return the ECharts option of live curves; without animation, so that a tick only adds a point.

    Axes reach to the end of the budget and to whole tenths, so that they hardly move while curves grow.

    Parameters
    ----------
    curves : list of LiveCurve
        As far as they have come.
    metric : str
        What they are scored by.
    budget : float or None
        Where the run ends; None where that is not known.
    along : str
        What the curves count, such as seconds of traces.
    chance : float
        Where a line for guessing is drawn; nan for none.
    """
    names = [curve.name for curve in curves]
    colour, dash = colours(names), dashes(names)
    series: list[dict[str, Any]] = []
    for number, curve in enumerate(curves):
        series += _series(curve, colour[curve.name], _DASHES.get(dash[curve.name], "solid"), number)
    if curves and not math.isnan(chance):
        series.append(_guessing(chance))
    end = {} if budget is None else {"max": budget}
    low, high = _tenths([*_heights(curves), *([] if math.isnan(chance) else [max(0.0, chance - 0.02)])])
    axis = {
        "nameTextStyle": {"fontSize": 16, "color": INK},
        "axisLabel": {"fontSize": 15, "color": FAINT},
        "splitLine": {"lineStyle": {"color": GRID}},
        "nameLocation": "middle",
    }
    return {
        "animation": False,
        "grid": {"left": 34, "right": 16, "top": 46, "bottom": 34, "containLabel": True},
        "legend": {
            "data": names,
            "type": "scroll",  # many or long names turn pages: they never lie on the curves, as on a phone
            "top": 0,
            "left": 0,
            "itemWidth": 32,
            "itemGap": 12,
            "textStyle": {"fontSize": 15, "color": INK},
        },
        "tooltip": {"trigger": "axis", "textStyle": {"fontSize": 15}, "valueFormatter": "%.3f"},
        "xAxis": {**axis, "type": "value", "name": along, "nameGap": 36, "min": 0, **end},
        "yAxis": {
            **axis,
            "type": "value",
            "name": METRICS.get(metric, metric),
            "nameGap": 48,
            "min": low,
            "max": high,
            "nameRotate": 90,
        },
        "series": series,
    }


def _heights(curves: list[LiveCurve]) -> list[float]:
    return [
        y for c in curves for ys in (c.mean, c.low, c.high, *([y for _, y in run] for run in c.growing)) for y in ys
    ]


def _tenths(values: list[float]) -> tuple[float, float]:
    """Return the whole tenths around some values.

    Examples
    --------
    >>> _tenths([0.34, 0.5]), _tenths([])
    ((0.3, 0.5), (0.0, 1.0))
    """
    if not values:
        return 0.0, 1.0
    low, high = math.floor(10 * min(values) + 1e-6), math.ceil(10 * max(values) - 1e-6)
    return low / 10, max(high, low + 1) / 10


def _guessing(chance: float) -> dict[str, Any]:
    label = {"formatter": "guessing", "position": "insideEndTop", "fontSize": 14, "color": FAINT}
    line = {"color": FAINT, "type": [2, 6], "width": 1.5}
    mark = {"silent": True, "symbol": "none", "label": label, "lineStyle": line, "data": [{"yAxis": round(chance, 4)}]}
    return {"type": "line", "name": "guessing", "data": [], "silent": True, "animation": False, "markLine": mark}


def _series(curve: LiveCurve, colour: str, dash: Any, number: int) -> list[dict[str, Any]]:
    quiet = {"type": "line", "symbol": "none", "silent": True, "tooltip": {"show": False}}
    series: list[dict[str, Any]] = []
    if curve.low:
        # A band is a line at its lower end, unseen, and the width stacked upon it.
        stack = f"band {curve.name}"
        low = [[x, y] for x, y in zip(curve.spent, curve.low, strict=True)]
        width = [[x, round(h - y, 4)] for x, y, h in zip(curve.spent, curve.low, curve.high, strict=True)]
        for name, points, opacity in (("low", low, 0.0), ("width", width, 0.14)):
            series.append(
                {
                    **quiet, "name": f"{name} {curve.name}", "data": points, "stack": stack, "stackStrategy": "all",
                    "lineStyle": {"opacity": 0}, "areaStyle": {"opacity": opacity, "color": colour},
                }
            )  # fmt: skip
    for place, run in enumerate(curve.growing):
        main = not curve.runs and not place
        series.append(
            {
                **quiet,
                "name": curve.name if main else f"run {place} {curve.name}",
                "data": [list(p) for p in run],
                "lineStyle": {"color": colour, "width": 2, "opacity": 0.5, "type": dash},
                "itemStyle": {"color": colour},
            }
        )
    if curve.runs:
        known = bool(curve.low) or curve.runs >= curve.planned  # before, what is drawn is not yet the result
        series.append(
            {
                "type": "line",
                "name": curve.name,
                "symbolSize": 9 if known else 5,
                "symbol": _ECHARTS.get(SYMBOLS[number % 4], "circle"),
                "showAllSymbol": True,
                "showSymbol": len(curve.spent) <= MOST_SYMBOLS,
                "data": [[x, y] for x, y in zip(curve.spent, curve.mean, strict=True)],
                "lineStyle": {"color": colour, "width": 3.5 if known else 1.75, "type": dash},
                "itemStyle": {"color": colour},
            }
        )
    return series


def standings(curves: list[LiveCurve], counted: Spent = COUNTED) -> list[tuple[str, float, str]]:
    """Return the present score of each curve: name, last value, and how far above random after spending as much."""
    points = {curve.name: _points(curve) for curve in curves}
    so_far = {c.name: f", {c.runs} of {c.planned} runs" if c.runs < c.planned > 1 else "" for c in curves}
    chance = points.get("random", ([], []))
    found = []
    for name, (spent, values) in points.items():
        if not spent:
            continue
        note = f"after {spent[-1]:.4g} {counted.short}{so_far[name]}"
        if name != "random" and chance[0] and chance[0][0] <= spent[-1] <= chance[0][-1]:
            gap = values[-1] - float(np.interp(spent[-1], *chance))
            note = f"{round(gap, 3) + 0.0:+.3f} against random, {note}"
        found.append((name, values[-1], note))
    return found


def _points(curve: LiveCurve) -> tuple[list[float], list[float]]:
    if curve.runs:
        return curve.spent, curve.mean
    longest = max(curve.growing, key=len, default=[])
    return [x for x, _ in longest], [y for _, y in longest]
