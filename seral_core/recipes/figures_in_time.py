"""Figures of traces: panels below one another on one axis of seconds."""

from __future__ import annotations

from typing import Any

import numpy as np

from seral_core.charts import styled
from seral_core.recipes.figures import WIDTH
from seral_core.types import Floats

#: Longer traces are drawn with so many points: a screen has no more.
MOST_POINTS = 3000


def time_panels(titles: list[str]) -> Any:
    """Return an empty figure of panels below one another, each with its title; `timed` finishes it."""
    from plotly.subplots import make_subplots

    space = 0.16 / max(1, len(titles) - 1)
    return styled(
        make_subplots(len(titles), 1, subplot_titles=titles, shared_xaxes=True, vertical_spacing=space),
        130 + 260 * len(titles),
    )


def draw_trace(figure: Any, values: Floats, rate_hz: float, name: str, colour: str, row: int, *, shown: bool) -> None:
    """Draw a trace in a panel.

    Parameters
    ----------
    figure : Figure
        Of `time_panels`.
    values : Floats of shape (frames,)
        The trace; gaps where it is nan.
    rate_hz : float
        Frames per second.
    name, colour : str
        In the legend; "gold" is drawn thicker.
    row : int
        Of the panel, from 1.
    shown : bool
        Whether the legend has it.
    """
    import plotly.graph_objects as go

    step = max(1, len(values) // MOST_POINTS)
    at = np.arange(0, len(values), step)
    line = {"color": colour, "width": 2.5 if name == "gold" else 1.8}
    figure.add_trace(
        go.Scatter(
            x=at / rate_hz, y=values[at], name=name, mode="lines", line=line, legendgroup=name, showlegend=shown
        ),
        row=row, col=1,
    )  # fmt: skip


def timed(figure: Any) -> Any:
    """Return a figure of `time_panels` with its axis of seconds and its width."""
    figure.update_xaxes(title="seconds", row=len(figure.layout.annotations) or 1, col=1)
    figure.update_layout(width=WIDTH)
    return figure
