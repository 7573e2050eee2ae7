"""Figures of traces: panels one below the other over the same seconds, and how networks learned."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import PALETTE, styled
from seral_core.recipes.figures import WIDTH
from seral_core.types import Floats

#: Longer traces are drawn with so many points: a screen has no more.
MOST_POINTS = 3000


def panels_in_time(titles: list[str]) -> Any:
    """Return an empty figure with a panel for each title, one below the other."""
    from plotly.subplots import make_subplots

    space = 0.16 / max(1, len(titles) - 1)
    return styled(
        make_subplots(len(titles), 1, subplot_titles=titles, shared_xaxes=True, vertical_spacing=space),
        130 + 260 * len(titles),
    )


def draw_trace(figure: Any, values: Floats, rate_hz: float, name: str, colour: str, row: int, *, shown: bool) -> None:
    """Draw a trace into a row of panels.

    Parameters
    ----------
    figure : Figure
        Of `panels_in_time`.
    values : Floats of shape (frames,)
        The trace.
    rate_hz : float
        Frames per second.
    name, colour : str
        As what it is shown; "gold" is drawn thicker.
    row : int
        From 1 on.
    shown : bool
        Whether its name is in the legend.
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


def in_seconds(figure: Any) -> Any:
    """Name the axis of time of a figure of `panels_in_time`."""
    figure.update_xaxes(title="seconds", row=len(figure.layout.annotations) or 1, col=1)
    figure.update_layout(width=WIDTH)
    return figure


def learning_figure(history: pd.DataFrame) -> Any:
    """Draw the CCC on development recordings by epoch, the mean over seeds, of every chosen network."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    targets = history["target"].unique().tolist()
    figure = styled(make_subplots(1, len(targets), subplot_titles=targets, horizontal_spacing=0.12), 420)
    for column, target in enumerate(targets, start=1):
        kinds = history[history["target"] == target].groupby("kind", sort=False)
        for colour, dash, (kind, mine) in zip(PALETTE, ("solid", "dash", "dashdot", "dot"), kinds, strict=False):
            mean = mine.groupby("epoch")["validation_score"].mean()
            line = {"color": colour, "dash": dash}
            figure.add_trace(
                go.Scatter(x=mean.index, y=mean, name=str(kind), line=line, legendgroup=kind, showlegend=column == 1),
                row=1, col=column,
            )  # fmt: skip
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="CCC, development", col=1)
    figure.update_layout(width=WIDTH)
    return figure
