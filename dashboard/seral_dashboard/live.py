"""Learning curves that draw themselves: what a running experiment has so far, as an ECharts option."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import FAINT, GRID, INK, METRICS, SYMBOLS, colours, dashes
from seral_core.scores.spent import COUNTED, SECONDS, spent_in
from seral_core.scores.statistics import aligned
from seral_dashboard.data import Experiment, scores, version

#: ECharts has these of the usual marker names.
_ECHARTS = {"circle": "circle", "square": "rect", "triangle-up": "triangle", "diamond": "diamond"}
_DASHES = {"solid": "solid", "dash": [9, 5], "dot": [2, 4], "dashdot": [10, 4, 2, 4], "longdash": [16, 5]}


@dataclass(frozen=True)
class LiveCurve:
    """One strategy: mean and band (one standard deviation) over finished runs, and the runs that still grow.

    Parameters
    ----------
    name : str
        The strategy.
    spent, mean, low, high : list of float
        Points of the mean; ``low`` and ``high`` are equal to it for a single run.
    runs : int
        How many runs the mean is over.
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


def live_curves(experiment: Experiment, target: str, metric: str) -> list[LiveCurve]:
    """Return the curves of an experiment as far as they have come, in the order of its strategies."""
    return _curves(experiment, target, metric, version(experiment))


@lru_cache(maxsize=32)
def _curves(experiment: Experiment, target: str, metric: str, _version: tuple[int, ...]) -> list[LiveCurve]:
    frame = scores(experiment)
    frame = frame[(frame["target"] == target) & (frame["metric"] == metric)]
    over = {(p.strategy, p.seed, p.fold) for p, log in experiment.started if log.finished()}
    found = []
    for name in experiment.grid.strategies:
        mine = frame[frame["strategy"] == name]
        if len(mine):
            found.append(_live(name, mine, over))
    return found


def _live(name: str, mine: pd.DataFrame, over: set[Any]) -> LiveCurve:
    runs = {key: run.sort_values("spent") for key, run in mine.groupby(["strategy", "seed", "fold"])}
    whole = {key for key in runs if key in over} or ({next(iter(runs))} if len(runs) == 1 else set())
    growing = [
        [(float(x), round(float(y), 4)) for x, y in zip(run["spent"], run["value"], strict=True)]
        for key, run in runs.items()
        if key not in whole
    ]
    if not whole:
        return LiveCurve(name, [], [], [], [], 0, growing)
    kept = pd.concat([runs[key] for key in runs if key in whole]).assign(curve=name)
    curve = aligned(kept)[0]
    spread = np.nan_to_num(curve.std)  # of a single run it is not known
    low, high = curve.mean - spread, curve.mean + spread

    def plain(values: Any) -> list[float]:
        return [float(v) for v in np.round(values, 4)]

    return LiveCurve(name, plain(curve.spent), plain(curve.mean), plain(low), plain(high), len(curve.pairs), growing)


def counts(experiment: Experiment) -> str:
    """Return what the curves of an experiment count along, in words: clips listened to, or seconds traced."""
    return "seconds traced" if spent_in(scores(experiment)).unit == SECONDS else COUNTED.title


def option(curves: list[LiveCurve], metric: str, budget: float, along: str = COUNTED.title) -> dict[str, Any]:
    """Return the ECharts option of live curves; without animation, so that a tick only adds a point.

    ``along`` says what the budget counts, such as seconds of traces.
    """
    names = [curve.name for curve in curves]
    colour, dash = colours(names), dashes(names)
    series: list[dict[str, Any]] = []
    for number, curve in enumerate(curves):
        series += _series(curve, colour[curve.name], _DASHES.get(dash[curve.name], "solid"), number)
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
            "top": 0,
            "left": 40,
            "itemWidth": 44,
            "itemGap": 24,
            "textStyle": {"fontSize": 16, "color": INK},
        },
        "tooltip": {"trigger": "axis", "textStyle": {"fontSize": 15}, "valueFormatter": "%.3f"},
        "xAxis": {**axis, "type": "value", "name": along, "nameGap": 36, "min": 0, "max": budget},
        "yAxis": {
            **axis,
            "type": "value",
            "name": METRICS.get(metric, metric),
            "nameGap": 48,
            "scale": True,
            "nameRotate": 90,
        },
        "series": series,
    }


def _series(curve: LiveCurve, colour: str, dash: Any, number: int) -> list[dict[str, Any]]:
    quiet = {"type": "line", "symbol": "none", "silent": True, "tooltip": {"show": False}}
    series: list[dict[str, Any]] = []
    if curve.runs > 1:
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
        series.append(
            {
                "type": "line",
                "name": curve.name,
                "symbolSize": 9,
                "symbol": _ECHARTS.get(SYMBOLS[number % 4], "circle"),
                "showAllSymbol": True,
                "data": [[x, y] for x, y in zip(curve.spent, curve.mean, strict=True)],
                "lineStyle": {"color": colour, "width": 3.5, "type": dash},
                "itemStyle": {"color": colour},
            }
        )
    return series


def standings(curves: list[LiveCurve]) -> list[tuple[str, float, str]]:
    """Return the present score of each curve: name, last value, and how far above random with as many labels."""
    points = {curve.name: _points(curve) for curve in curves}
    chance = points.get("random", ([], []))
    found = []
    for name, (spent, values) in points.items():
        if not spent:
            continue
        note = f"after {spent[-1]:g} clips"
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
