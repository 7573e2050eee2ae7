"""What the view Compare says: curves of several experiments in one table, and numbers about each."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import strategy_of
from seral_core.scores.groups import basis_text, half_width
from seral_core.scores.headline import Headline, headline
from seral_core.scores.metrics import metrics
from seral_core.scores.spent import spent_in
from seral_core.scores.statistics import Curve, Difference, aligned, difference, labels_to_reach
from seral_core.types import Floats
from seral_dashboard import axes, data

#: Runs that a sentence about them needs, where no interval says more.
FEWEST = 3


def together(experiments: list[data.Experiment], along: str = axes.COST) -> pd.DataFrame:
    """Return the scores of experiments in long form along an axis, with columns ``experiment`` and ``curve``.

    A curve is named by its strategy, and by its experiment where several are compared.
    """
    frames = []
    for experiment in experiments:
        frame = axes.scores(experiment, along)
        curve = frame["strategy"] if len(experiments) < 2 else frame["strategy"] + " (" + experiment.id + ")"
        frames.append(frame.assign(experiment=experiment.id, curve=curve))
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def explained(names: list[str]) -> str:
    """Return a sentence on each metric, for a tooltip: the first of its own documentation."""
    about = {metrics[name].title: (metrics[name].formula.__doc__ or "").strip().split("\n")[0] for name in names}
    return "\n\n".join(f"**{title}**: {sentence}" for title, sentence in about.items())


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
    return next((name for name in names if strategy_of(str(name)) == "random"), "")


def rows(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return one row per curve: what is needed to reach a level, last score, area, numbers of runs and test parts.

    What is needed is in labels, or in seconds or minutes of traces: see `seral_core.scores.spent`. Areas are over
    the range that all curves have.
    """
    found, spent = [], spent_in(frame)
    curves = aligned(frame)
    low, high = max(c.spent[0] for c in curves), min(c.spent[-1] for c in curves)
    for curve in curves:
        needed = labels_to_reach(level, curve.spent, curve.mean)
        found.append(
            {
                "curve": curve.name,
                "needed": "not reached" if math.isnan(needed) else f"{needed / spent.per:.{spent.per > 1:d}f}",
                "last": _with_interval(curve, curve.values[:, -1]),
                "area": _with_interval(curve, _between(curve, low, high).areas) if low <= high else "nothing in common",
                "runs": len(curve.pairs),
                "parts": curve.groups,
            }
        )
    return pd.DataFrame(found)


def _between(curve: Curve, low: float, high: float) -> Curve:
    """Return a curve over a part of its range."""
    points = np.unique([low, *curve.spent[(curve.spent > low) & (curve.spent < high)], high])
    return replace(curve, spent=points, values=np.stack([np.interp(points, curve.spent, run) for run in curve.values]))


def verdicts(frame: pd.DataFrame, metric: str) -> list[str]:
    """Say in a sentence for each curve whether it beat chance, and why that is not known; none without a baseline.

    Parameters
    ----------
    frame : DataFrame
        As `together` returns it, of one target and metric.
    metric : str
        Which one.
    """
    higher = metrics[metric].higher_is_better
    name = baseline(frame) if len(frame) else ""
    found = {curve: gap for curve, gap in gaps(frame, name).items() if gap.known or gap.pairs >= FEWEST}
    return [_verdict(curve, name, gap, higher) for curve, gap in found.items()]


def outcome(frame: pd.DataFrame, metric: str, against: str = "") -> Headline | None:
    """Return what curves of one target and metric show against chance, or another curve, in a sentence."""
    name = against or (baseline(frame) if len(frame) else "")
    return headline(frame, name, higher_is_better=metrics[metric].higher_is_better) if name else None


def gaps(frame: pd.DataFrame, against: str) -> dict[str, Difference]:
    """Return how much higher each curve lies than one of them; those without paired runs are left out."""
    curves = {curve.name: curve for curve in aligned(frame)} if len(frame) else {}
    if against not in curves:
        return {}
    found = {name: difference(curve, curves[against]) for name, curve in curves.items() if name != against}
    return {name: gap for name, gap in found.items() if gap is not None}


def remarks(frame: pd.DataFrame, against: str = "") -> list[str]:
    """Say what the intervals count, or why there are none: of all curves, or of differences from one of them."""
    found = gaps(frame, against)
    counts = [gap.groups for gap in found.values()] if against else [curve.groups for curve in aligned(frame)]
    texts = list(dict.fromkeys(basis_text(groups) for groups in counts))
    if apart := [name for name in frame["curve"].unique() if against and name not in (against, *found)]:
        texts.append(f"Not compared, as no run has the same corpus, split, test part and seed: {', '.join(apart)}.")
    return texts


def _verdict(name: str, chance: str, gap: Difference, higher: bool) -> str:
    mean = f"{gap.mean:+.3f} on average over the curve"
    if not gap.known:
        return f"{name} against {chance}: {mean}, {gap.basis}. {basis_text(gap.groups)}"
    better, worse = (gap.up, gap.down) if higher else (gap.down, gap.up)
    word = "better than" if better else "worse than" if worse else "not clearly different from"
    return f"{name} is {word} {chance}: {mean}, 95 % interval {gap.low:+.3f} to {gap.high:+.3f}, {gap.basis}."


def _with_interval(curve: Curve, values: Floats) -> str:
    groups = curve.by_group(values)
    half = float(half_width(groups))
    return f"{groups.mean():.3f} ± {half:.3f}" if np.isfinite(half) else f"{values.mean():.3f}"


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
                "test_parts": curve.groups,
                "low": low.round(6).tolist() if np.isfinite(low).all() else None,
                "high": high.round(6).tolist() if np.isfinite(high).all() else None,
            }
        )
    return {"interval": "95 % of the mean over test parts (Student's t); none where they are few", "curves": curves}
