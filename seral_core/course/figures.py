"""Figures of the lessons: runs as thin lines, bars side by side, intervals; with chance, and on the same axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from seral_core.charts import BASELINE, colours, styled


def runs_figure(
    frame: pd.DataFrame,
    value: str,
    *,
    chance: float | None = None,
    title: str = "",
    within: tuple[float, float] | None = None,
) -> Any:
    """Draw every run as a thin line and the mean of each strategy as a thick one.

    Parameters
    ----------
    frame : DataFrame
        With ``strategy``, ``spent``, and further columns that tell runs apart.
    value : str
        The column that is drawn.
    chance : float, optional
        What guessing gives, as a dotted line.
    title : str
        Of the upward axis; left out, the value's name.
    within : (float, float), optional
        What the upward axis shows, for figures that are compared.

    Examples
    --------
    >>> runs = {"seed": [0, 0, 1, 1], "spent": [20, 30] * 2, "uar": [0.3, 0.4, 0.4, 0.5]}
    >>> frame = pd.DataFrame({"strategy": "random", **runs})
    >>> [line.name for line in runs_figure(frame, "uar", chance=0.2).data]
    ['random', 'random', 'random']
    """
    import plotly.graph_objects as go

    figure, colour = styled(go.Figure(), 420), colours(list(dict.fromkeys(frame["strategy"].astype(str))))
    apart = [name for name in frame if name not in ("strategy", "spent", value)]
    for name, mine in frame.groupby(frame["strategy"].astype(str), sort=False):
        for _, run in mine.groupby(apart):
            figure.add_scatter(
                x=run["spent"], y=run[value], name=name, mode="lines", showlegend=False, legendgroup=name, opacity=0.35,
                line={"color": colour[str(name)], "width": 1}, hoverinfo="skip",
            )  # fmt: skip
    for name, mine in frame.groupby(frame["strategy"].astype(str), sort=False):
        mean = mine.groupby("spent")[value].mean()
        figure.add_scatter(
            x=mean.index, y=mean, name=name, mode="lines+markers", legendgroup=name,
            line={"color": colour[str(name)], "width": 4},
            hovertemplate=f"{name}, mean<br>%{{x}} labels: %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    figure.update_xaxes(title="labels").update_yaxes(title=title or value.upper(), tickformat=".2f", range=within)
    return with_chance(figure, chance)


def with_chance(figure: Any, chance: float | None) -> Any:
    """Return a figure with a dotted line at what guessing gives.

    Examples
    --------
    >>> import plotly.graph_objects as go
    >>> len(with_chance(go.Figure(), 0.2).layout.shapes), len(with_chance(go.Figure(), None).layout.shapes)
    (1, 0)
    """
    if chance is not None:
        figure.add_hline(
            y=chance, line={"color": BASELINE, "dash": "dot", "width": 2}, annotation_text=f"chance {chance:.2f}",
            annotation_position="right", annotation_font={"color": BASELINE, "size": 14},
        )  # fmt: skip
        figure.update_layout(margin_r=110)  # beside the plot, where it covers nothing
    return figure


def bars_figure(table: pd.DataFrame, title: str, *, chance: float | None = None, most: float | None = None) -> Any:
    """Draw a group of bars per row, a colour per column, all from 0 on one axis.

    Examples
    --------
    >>> table = pd.DataFrame({"random": [0.3, 0.9], "margin": [0.4, 0.9]}, index=["fear", "neutral"])
    >>> [bar.name for bar in bars_figure(table, "recall", chance=0.2).data]
    ['random', 'margin']
    """
    import plotly.graph_objects as go

    colour = colours([str(name) for name in table])
    figure = styled(go.Figure(), 380)
    for name in table:
        figure.add_bar(
            x=[str(row) for row in table.index], y=table[name], name=str(name), marker_color=colour[str(name)]
        )
    figure.update_xaxes(type="category", showgrid=False).update_yaxes(title=title, range=(0, most) if most else None)
    return with_chance(figure, chance)


def intervals_figure(intervals: Mapping[str, tuple[float, float, float]], title: str, *, at: float = 0.0) -> Any:
    """Draw means with the ends of their intervals below one another, and a line where nothing differs.

    Examples
    --------
    >>> figure = intervals_figure({"naive": (0.01, -0.01, 0.03)}, "UAR above random")
    >>> [round(reach, 3) for reach in figure.data[0].error_x.array]
    [0.02]
    """
    import plotly.graph_objects as go

    names, (mean, low, high) = list(intervals), zip(*intervals.values(), strict=True)
    reach = {
        "type": "data", "array": [h - m for m, h in zip(mean, high, strict=True)], "thickness": 3, "width": 8,
        "arrayminus": [m - one for m, one in zip(mean, low, strict=True)],
    }  # fmt: skip
    figure = styled(
        go.Figure(go.Scatter(x=mean, y=names, error_x=reach, mode="markers", marker_size=12)), 120 + 50 * len(names)
    )
    figure.update_yaxes(autorange="reversed", automargin=True, type="category").update_xaxes(
        title=title, tickformat="+.3f"
    )
    return figure.add_vline(x=at, line={"color": BASELINE, "dash": "dot", "width": 2})


def slid(figures: Mapping[str, Any], what: str, start: str = "") -> Any:
    """Return one figure with a slider that goes through several, all on the same axes.

    Parameters
    ----------
    figures : mapping from str to plotly Figure
        By what stands at the slider's stops.
    what : str
        What the slider sets.
    start : str
        Where it stands at first; left out, at the first stop.

    Examples
    --------
    >>> import plotly.graph_objects as go
    >>> one, two = go.Figure(go.Bar(y=[1])), go.Figure(go.Bar(y=[3]))
    >>> moved = slid({"1": one, "3": two}, "step", start="3")
    >>> [bar.visible for bar in moved.data], moved.layout.sliders[0].active, moved.layout.yaxis.range
    ([False, True], 1, (0.84, 3.16))
    """
    import plotly.graph_objects as go

    start = start or next(iter(figures))
    first, steps = figures[start], []
    figure = go.Figure(layout=first.layout)
    for stop, one in figures.items():
        # Traces that are shown and hidden, not frames: these would play by themselves where a figure is kept as HTML.
        visible = [stop == other for other, each in figures.items() for _ in each.data]
        about = one.to_dict()["layout"]
        changes = {name: about.get(name, empty) for name, empty in (("title", {}), ("shapes", []), ("annotations", []))}
        steps.append({"label": stop, "method": "update", "args": [{"visible": visible}, changes]})
        for trace in one.data:
            figure.add_trace(trace).data[-1].visible = stop == start
    slider = {"steps": steps, "active": list(figures).index(start), "currentvalue": {"prefix": f"{what}: "}}
    figure.update_layout(sliders=[slider | {"pad": {"t": 48}}], height=(first.layout.height or 420) + 90)
    if first.layout.yaxis.range is None:
        figure.update_yaxes(range=_reach([trace.y for one in figures.values() for trace in one.data]))
    return figure


def _reach(series: Sequence[Any]) -> tuple[float, float]:
    values = [
        float(value) for one in series if one is not None for value in one if value is not None and value == value
    ]
    room = 0.08 * (max(values) - min(values) or 1)
    return min(values) - room, max(values) + room
