"""Curves and lists as text for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from seral_core.guard import echo as echo
from seral_core.guard import for_terminal

if TYPE_CHECKING:
    import pandas as pd

BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], low: float, high: float) -> str:
    """Return a line of blocks whose height follows the values.

    Parameters
    ----------
    values : sequence of float
        In order.
    low, high : float
        Values of the lowest and the highest block; what lies beyond is cut.

    Examples
    --------
    >>> sparkline([0.0, 0.5, 1.0], 0.0, 1.0)
    '▁▅█'
    """
    span = (high - low) or 1.0
    steps = [round((value - low) / span * (len(BLOCKS) - 1)) for value in values]
    return "".join(BLOCKS[min(max(step, 0), len(BLOCKS) - 1)] for step in steps)


def columns(rows: Iterable[Sequence[str]], indent: str = "") -> str:
    """Return rows of text with their columns aligned.

    Examples
    --------
    >>> print(columns([("a", "first"), ("bcd", "second")]))
    a    first
    bcd  second
    """
    rows = [tuple(map(for_terminal, row)) for row in rows]
    if not rows:
        return ""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(indent + line.rstrip() for line in lines)


def curve_text(frame: pd.DataFrame, target: str, metric: str, points: int = 6) -> str:
    """Return the mean curves of one target and metric: a sparkline and a few points for each strategy.

    Parameters
    ----------
    frame : DataFrame
        As `seral_core.runs.curve.curves` returns it.
    target, metric : str
        Which curves.
    points : int
        How many points are printed in numbers.

    Returns
    -------
    str
        Lines; mean at each point, in clips listened to or seconds of traces, and standard deviation over runs where
        there are several.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [("random", 0, 0, "emotion", "uar", 20, 0.4), ("random", 0, 0, "emotion", "uar", 30, 0.5)]
    >>> frame = pd.DataFrame(rows, columns=["strategy", "seed", "fold", "target", "metric", "spent", "value"])
    >>> print(curve_text(frame, "emotion", "uar"))
    emotion uar      20     30     runs
    random       ▁█  0.400  0.500  1
    """
    from seral_core.runs.curve import mean_curves
    from seral_core.scores.spent import CLIPS, spent_in

    means = mean_curves(frame[(frame["target"] == target) & (frame["metric"] == metric)])
    if means.empty:
        return f"no scores for {target} {metric} yet"
    spent = sorted(means["spent"].unique())
    unit = spent_in(frame)
    if unit.unit != CLIPS:  # each run has costs of its own: between them, curves run straight
        first, last = (means.groupby("strategy")["spent"].agg(end) for end in ("min", "max"))
        spent = np.linspace(first.max(), last.min(), points).round().tolist()
        means = _between(means, spent)
    shown = [spent[round(i * (len(spent) - 1) / (points - 1))] for i in range(points)] if len(spent) > points else spent
    low, high = means["mean"].min(), means["mean"].max()
    rows = [(f"{target} {metric}", "", *(unit.text(x) for x in shown), "runs")]
    for strategy in dict.fromkeys(frame["strategy"]):
        mine = means[means["strategy"] == strategy].set_index("spent")
        cells = [_with_deviation(mine["mean"][x], mine["std"][x]) if x in mine.index else "" for x in shown]
        line = sparkline(mine["mean"].tolist()[:: max(1, len(mine) // 40)], low, high)
        rows.append((strategy, line, *cells, str(int(mine["runs"].max()) if len(mine) else 0)))
    return columns(rows)


def _between(means: pd.DataFrame, spent: Sequence[float]) -> pd.DataFrame:
    """Return mean curves at other points, on straight lines between their own."""
    import pandas as pd

    parts = [
        pd.DataFrame(
            {"spent": spent, **{name: np.interp(spent, mine["spent"], mine[name]) for name in ("mean", "std")}}
        ).assign(strategy=strategy, runs=mine["runs"].max())
        for strategy, mine in means.groupby("strategy", sort=False)
    ]
    return pd.concat(parts, ignore_index=True)


def _with_deviation(mean: float, std: float) -> str:
    return f"{mean:.3f}" + ("" if math.isnan(std) else f"±{std:.3f}")


def versus_text(frame: pd.DataFrame, target: str, metric: str, baseline: str = "random") -> str:
    """Return how much higher each strategy's curve lies than the baseline's, over paired runs.

    Parameters
    ----------
    frame : DataFrame
        As `seral_core.runs.curve.curves` returns it.
    target, metric : str
        Which curves.
    baseline : str
        Strategy that the others are compared with; no text where it was not run.

    Returns
    -------
    str
        A title, a line a strategy, and what the intervals count, or why there are none.

    Examples
    --------
    >>> import pandas as pd
    >>> heights = (("margin", 0.6), ("random", 0.5))
    >>> rows = [(name, 0, fold, "emotion", "uar", 20, y + fold / 10) for name, y in heights for fold in (0, 1, 2)]
    >>> frame = pd.DataFrame(rows, columns=["strategy", "seed", "fold", "target", "metric", "spent", "value"])
    >>> print(versus_text(frame, "emotion", "uar"))
    mean uar over the whole curve, against random
      margin  +0.100 [+0.100, +0.100]  3 runs on 3 test parts
    95 % intervals count test parts: Student's t over the means of each part's runs.
    """
    from seral_core.scores.groups import basis_text
    from seral_core.scores.statistics import aligned, difference

    mine = frame[(frame["target"] == target) & (frame["metric"] == metric)]
    found = {curve.name: curve for curve in aligned(mine.assign(curve=mine["strategy"]))}
    if baseline not in found or len(found) < 2:
        return ""
    gaps = {name: difference(curve, found[baseline]) for name, curve in found.items() if name != baseline}
    known = {name: gap for name, gap in gaps.items() if gap is not None}
    rows = [(name, gap.text(), gap.basis) for name, gap in known.items()]
    part = "the points that both have" if any(gap.over for gap in known.values()) else "the whole curve"
    title = f"mean {metric} over {part}, against {baseline}"
    remarks = dict.fromkeys(basis_text(gap.groups) for gap in known.values())
    return "\n".join((title, columns(rows, indent="  "), *remarks))
