"""Figures of ccc-objective: CCC by learning rate, squared error against concordance, and predictions of a recording."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seral_core.charts import INK, PALETTE, styled
from seral_core.recipes.ccc_objective.training import OBJECTIVES, Objective
from seral_core.recipes.figures import WIDTH
from seral_core.recipes.figures_in_time import draw_trace, time_panels, timed
from seral_core.types import Floats

#: Colour and marker of each objective.
LOOKS: dict[Objective, tuple[str, str]] = dict(
    zip(OBJECTIVES, zip(PALETTE, ("circle", "square", "diamond"), strict=False), strict=True)
)


def rates_figure(by_rate: pd.DataFrame) -> Any:
    """Draw CCC on development recordings by learning rate: mean and range over seeds of every objective.

    Parameters
    ----------
    by_rate : DataFrame
        Columns ``objective rate seed target ccc``.
    """
    import plotly.graph_objects as go

    figure = _panels(by_rate["target"].unique().tolist())
    for column, (_, mine) in enumerate(by_rate.groupby("target", sort=False), start=1):
        for objective, (colour, symbol) in LOOKS.items():
            each = mine[mine["objective"] == objective].groupby("rate")["ccc"].agg(["mean", "min", "max"])
            spread = {"array": each["max"] - each["mean"], "arrayminus": each["mean"] - each["min"], "thickness": 1.5}
            figure.add_trace(
                go.Scatter(
                    x=each.index, y=each["mean"], error_y=spread, name=objective, mode="lines+markers",
                    line={"color": colour}, marker={"symbol": symbol, "size": 10}, legendgroup=objective,
                    showlegend=column == 1,
                ), row=1, col=column,
            )  # fmt: skip
    ticks = sorted(by_rate["rate"].unique())
    figure.update_xaxes(title="learning rate", type="log", tickvals=ticks, ticktext=[f"{each:g}" for each in ticks])
    figure.update_yaxes(title="CCC, development", col=1)
    return figure


def trade_off_figure(scores: pd.DataFrame) -> Any:
    """Draw RMSE against CCC on test recordings, a marker a network: hollow before the chain, full after it.

    Parameters
    ----------
    scores : DataFrame
        Columns ``objective target part after rmse ccc``.
    """
    import plotly.graph_objects as go

    tested = scores[scores["part"] == "test"]
    figure = _panels(tested["target"].unique().tolist())
    for column, (_, mine) in enumerate(tested.groupby("target", sort=False), start=1):
        for objective, (colour, symbol) in LOOKS.items():
            for after in (False, True):
                each = mine[(mine["objective"] == objective) & (mine["after"] == after)]
                name = f"{objective}, after the chain" if after else objective
                marker = {"symbol": symbol + ("" if after else "-open"), "size": 12, "color": colour, "line_width": 2}
                figure.add_trace(
                    go.Scatter(
                        x=each["rmse"], y=each["ccc"], name=name, mode="markers", marker=marker, legendgroup=name,
                        showlegend=column == 1,
                    ), row=1, col=column,
                )  # fmt: skip
    figure.update_xaxes(title="RMSE, test")
    figure.update_yaxes(title="CCC, test", col=1)
    figure.update_layout(height=480, margin_t=120)
    return figure


def predictions_figure(traces: Mapping[str, Mapping[str, Floats]], rate_hz: float) -> Any:
    """Draw gold and what a network of each objective predicts of one recording.

    Parameters
    ----------
    traces : mapping of str to mapping of str to Floats
        By target, then by "gold" or objective.
    rate_hz : float
        Frames per second.
    """
    figure = time_panels(list(traces))
    colours: dict[str, str] = {"gold": INK, **{str(name): colour for name, (colour, _) in LOOKS.items()}}
    for row, found in enumerate(traces.values(), start=1):
        for name, values in found.items():
            draw_trace(figure, values, rate_hz, name, colours[name], row, shown=row == 1)
    return timed(figure)


def _panels(titles: list[str]) -> Any:
    """Return panels side by side."""
    from plotly.subplots import make_subplots

    figure = styled(make_subplots(1, len(titles), subplot_titles=titles, horizontal_spacing=0.12), 420)
    figure.update_layout(width=WIDTH)
    return figure
