"""What the view Compare says: curves of several experiments in one table, and numbers about each."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from seral_core.scores.metrics import metrics
from seral_core.scores.statistics import aligned, difference, half_width, labels_to_reach
from seral_dashboard import data


def together(experiments: list[data.Experiment]) -> pd.DataFrame:
    """Return the scores of experiments in long form, with columns ``experiment`` and ``curve``.

    A curve is named by its strategy, and by its experiment where several are compared.
    """
    frames = []
    for experiment in experiments:
        frame = data.scores(experiment)
        curve = frame["strategy"] if len(experiments) < 2 else frame["strategy"] + " (" + experiment.id + ")"
        frames.append(frame.assign(experiment=experiment.id, curve=curve))
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def reach(frame: pd.DataFrame) -> tuple[float, float]:
    """Return the lowest and highest level that is worth asking for, of the mean curves."""
    means = np.concatenate([curve.mean for curve in aligned(frame)])
    low, high = math.floor(100 * means.min()) / 100, math.ceil(100 * means.max()) / 100
    return low, max(high, round(low + 0.01, 2))


def usual_level(frame: pd.DataFrame) -> float:
    """Return the level that the baseline reaches at the end, so that the table says what others save."""
    curves = {curve.name: curve for curve in aligned(frame)}
    last = {name: float(curve.mean[-1]) for name, curve in curves.items()}
    level = last.get(baseline(frame), min(last.values()))
    low, high = reach(frame)
    return min(high, max(low, math.floor(200 * level) / 200))


def baseline(frame: pd.DataFrame) -> str:
    """Return the curve that others are compared with: random where there is one."""
    names = list(dict.fromkeys(frame["curve"]))
    return next((name for name in names if str(name).split(" ")[0] == "random"), "")


def rows(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return one row per curve: labels needed to reach a level, last score, area, number of runs."""
    found = []
    for curve in aligned(frame):
        needed = labels_to_reach(level, curve.spent, curve.mean)
        last, area = curve.values[:, -1], curve.areas
        found.append(
            {
                "curve": curve.name,
                "needed": "not reached" if math.isnan(needed) else f"{needed:.0f}",
                "last": _with_interval(last),
                "area": _with_interval(area),
                "runs": len(curve.pairs),
            }
        )
    return pd.DataFrame(found)


def verdicts(frame: pd.DataFrame, metric: str) -> list[str]:
    """Say in a sentence for each curve whether it beat chance, over paired runs; none where that cannot be asked.

    Parameters
    ----------
    frame : DataFrame
        As `together` returns it, of one target and metric.
    metric : str
        Which one.
    """
    curves = {curve.name: curve for curve in aligned(frame)} if len(frame) else {}
    chance = curves.get(baseline(frame)) if curves else None
    if chance is None:
        return []
    verdicts = []
    for name, curve in curves.items():
        gap = difference(curve, chance) if curve is not chance else None
        if gap is None or gap.pairs < 3:
            continue
        better = gap.low > 0 if metrics[metric].higher_is_better else gap.high < 0
        worse = gap.high < 0 if metrics[metric].higher_is_better else gap.low > 0
        word = "better than" if better else "worse than" if worse else "not clearly different from"
        verdicts.append(
            f"{name} is {word} {chance.name}: {gap.mean:+.3f} on average over the curve, 95 % "
            f"interval {gap.low:+.3f} to {gap.high:+.3f}, {gap.pairs} paired runs."
        )
    return verdicts


def _with_interval(values: Any) -> str:
    half = float(half_width(np.asarray(values)[:, None])[0])
    return f"{np.mean(values):.3f}" + (f" ± {half:.3f}" if len(values) > 1 else "")


def plain(frame: pd.DataFrame) -> dict[str, Any]:
    """Return the mean curves with their intervals as plain data."""
    curves = []
    for curve in aligned(frame):
        low, high = curve.band()
        curves.append(
            {
                "curve": curve.name,
                "target": str(frame["target"].iloc[0]),
                "metric": str(frame["metric"].iloc[0]),
                "runs": len(curve.pairs),
                "spent": curve.spent.round(6).tolist(),
                "mean": curve.mean.round(6).tolist(),
                "low": low.round(6).tolist(),
                "high": high.round(6).tolist(),
            }
        )
    return {"interval": "95 % of the mean over runs (Student's t)", "curves": curves}
