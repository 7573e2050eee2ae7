"""Figures of recipes: learning curves side by side, and labels saved with their intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import METRICS, colours, draw_curves, styled
from seral_core.figure_text import figure_text
from seral_core.recipes.compared import Compared
from seral_core.scores.savings import Saving
from seral_core.scores.statistics import aligned

#: Of figures in a report, in pixels: two panels side by side.
WIDTH = 1040


def panels(frame: pd.DataFrame, metric: str = "", rows: str = "scenario", columns: str = "target") -> Any:
    """Draw learning curves side by side: a row of panels for each value of one column, a column for each of another.

    Parameters
    ----------
    frame, metric
        As in `seral_core.charts.learning_curves`.
    rows, columns : str
        Names of columns of the frame.

    Examples
    --------
    >>> rows = [("random", 0, 0, t, "pcc", x, 0.5, "pool") for t in ("arousal", "valence") for x in (20, 30)]
    >>> names = ["strategy", "seed", "fold", "target", "metric", "spent", "value", "scenario"]
    >>> [title.text for title in panels(pd.DataFrame(rows, columns=names)).layout.annotations]
    ['arousal, pool', 'valence, pool']
    """
    from plotly.subplots import make_subplots

    down, across = (frame[name].unique().tolist() for name in (rows, columns))
    metric = metric or str(frame["metric"].iloc[0])
    titles = [figure_text(f"{right}, {below}") for below in down for right in across]
    gaps = {"vertical_spacing": 0.28 / len(down), "horizontal_spacing": 0.2 / len(across)}
    figure = styled(make_subplots(len(down), len(across), subplot_titles=titles, **gaps), 90 + 340 * len(down))
    names = (frame["curve"] if "curve" in frame else frame["strategy"]).unique().tolist()
    shown: set[str] = set()
    for i, below in enumerate(down):
        for j, right in enumerate(across):
            mine = frame[(frame[rows] == below) & (frame[columns] == right) & (frame["metric"] == metric)]
            curves = aligned(mine if "curve" in mine else mine.assign(curve=mine["strategy"]))
            draw_curves(figure, curves, names, shown, row=i + 1, col=j + 1)
    figure.update_xaxes(title="clips listened to")
    figure.update_yaxes(title=METRICS.get(metric, metric), tickformat=".3~f", title_standoff=4)
    width = WIDTH if len(across) > 1 else 0.7 * WIDTH
    figure.update_layout(margin_t=84, legend_y=1 + 44 / (90 + 340 * len(down)), width=max(width, 400 * len(across)))
    return figure


def savings_figure(main: Sequence[Compared], paper: Mapping[tuple[str, str], float]) -> Any:
    """Draw the labels saved in each cell with their intervals, beside the paper's.

    Parameters
    ----------
    main : sequence of Compared
        One a cell.
    paper : mapping
        Target and scenario to percent saved in the paper.
    """
    import plotly.graph_objects as go

    figure = styled(go.Figure(), 110 + 56 * len(main))
    found = {figure_text(f"{e.target}, {e.scenario}"): e for e in main}
    lowest = min([0.0, *(x for e in main for x in (e.saving.low, e.saving.percent_saved) if np.isfinite(x))])
    for name, each in found.items():
        figure.add_trace(_bar(go, name, each.saving, lowest - 8, colours([each.strategy])[each.strategy]))
    there = [(n, paper[e.cell]) for n, e in found.items() if e.cell in paper]
    figure.add_trace(
        go.Scatter(
            x=[x for _, x in there], y=[n for n, _ in there], mode="markers", name="paper",
            marker={"symbol": "diamond-open", "size": 14, "color": "#444F57", "line": {"width": 3}},
        )
    )  # fmt: skip
    figure.add_vline(x=0, line={"color": "#6B7780", "dash": "dot", "width": 2})
    figure.update_layout(width=WIDTH)
    figure.update_xaxes(title="labels saved, percent of all (open to the left: not reached)", ticksuffix=" %")
    figure.update_yaxes(autorange="reversed", automargin=True, categoryarray=list(found), type="category")
    return figure


def _bar(go: Any, name: str, found: Saving, floor: float, colour: str) -> Any:
    """Return the interval of a saving as a line, and the saving as a point on it."""
    low, high = (end if np.isfinite(end) else floor for end in (found.low, found.high))
    at = found.percent_saved if found.reached else floor
    symbols = ["line-ns" if np.isfinite(found.low) else "triangle-left", "circle" if found.reached else "x", "line-ns"]
    marker = {
        "size": [14 * found.reached, 16, 14 * bool(np.isfinite(found.high))],
        "color": colour,
        "symbol": symbols,
        "opacity": 1,
    }
    return go.Scatter(
        x=[low, at, high], y=[name] * 3, mode="lines+markers", showlegend=False, line={"color": colour, "width": 4},
        marker=marker | {"line": {"width": [3, 0, 3], "color": colour}},
        hovertemplate=f"{name}: {saved_text(found)}<extra></extra>",
    )  # fmt: skip


def saved_text(found: Saving) -> str:
    """Return percent saved and its interval in words.

    Parameters
    ----------
    found : Saving
        What was saved, or not reached.

    Examples
    --------
    >>> saved_text(Saving(0.5, 40, 30, 25.0, float("-inf"), 50.0, 0.1, 40))
    '25.0 % [not reached, 50.0]; not reached in 10 % of draws'
    """
    low, high = (f"{end:.1f}" if np.isfinite(end) else "not reached" for end in (found.low, found.high))
    said = f"{found.percent_saved:.1f} %" if found.reached else "not reached"
    missed = f"; not reached in {100 * found.missed:.0f} % of draws" if found.missed > 0 else ""
    return f"{said} [{low}, {high}]{missed}"
