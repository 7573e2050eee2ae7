"""Figures of the recipe continuous-al: gains at equal time, and which stretches were asked for, in what order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import INK, PALETTE, draw_curves, styled
from seral_core.figure_text import figure_text
from seral_core.recipes.comparison import Field
from seral_core.recipes.figures import WIDTH
from seral_core.scores.statistics import Curve, common_points, paired
from seral_core.types import Floats

#: Longer traces are drawn with so many points.
MOST_POINTS = 3000


def gains(field: Field, strategy: str, baseline: str) -> Curve:
    """Return how much higher each run of a strategy is than the paired one of the baseline, at equal time."""
    here, there = field.curves[strategy], field.curves[baseline]
    points, pairs = common_points(here, there), paired(here, there)
    values = [_at(here, pair, points) - _at(there, pair, points) for pair in pairs]
    return Curve(strategy, points, np.array(values), tuple(pairs), here.on)


def _at(curve: Curve, pair: tuple[int, int], points: Floats) -> Floats:
    return np.asarray(np.interp(points, curve.spent, curve.values[curve.pairs.index(pair)]), dtype=np.float64)


def gains_figure(fields: Sequence[Field], names: dict[str, str], baseline: str) -> Any:
    """Draw by how much strategies are above a baseline at equal time, with 95 % intervals: a row for each scale.

    Parameters
    ----------
    fields : sequence of Field
        One for each scale, of one metric.
    names : dict of str to str
        Strategy to what it stands for; a column of panels each.
    baseline : str
        Its name.
    """
    from plotly.subplots import make_subplots

    titles = [figure_text(f"{field.target}, {what}") for field in fields for what in names.values()]
    total = 150 + 260 * len(fields)
    gaps = {"horizontal_spacing": 0.03, "vertical_spacing": 90 / total if len(fields) > 1 else 0}
    shape = make_subplots(len(fields), len(names), subplot_titles=titles, shared_yaxes=True, **gaps)
    figure = styled(shape, total)
    every = list(fields[0].curves)
    for row, field in enumerate(fields, start=1):
        for column, name in enumerate(names, start=1):
            draw_curves(figure, [gains(field, name, baseline)], every, spent=field.spent, row=row, col=column)
            figure.add_hline(y=0, line={"color": "#6B7780", "dash": "dot", "width": 2}, row=row, col=column)
    figure.update_xaxes(title=fields[0].spent.title, nticks=4, row=len(fields))
    figure.update_xaxes(nticks=4)
    figure.update_yaxes(tickformat="+.2~f", title_standoff=4)
    figure.update_yaxes(title="CCC gained", col=1)
    figure.update_annotations(font_size=14)
    figure.update_layout(width=WIDTH, showlegend=False)
    return figure


def asked_figure(gold: Floats, rate_hz: float, asked: pd.DataFrame, names: dict[str, str], target: str) -> Any:
    """Draw the gold of one recording, and which stretches each strategy asked for, numbered in the order of asking.

    Parameters
    ----------
    gold : Floats of shape (frames,)
        Of the recording.
    rate_hz : float
        Frames per second.
    asked : DataFrame
        Rows of one run of each strategy, of this recording: columns ``strategy order start end share``, where share
        says when in the run it was asked, from 0 to 1.
    names : dict of str to str
        Strategy to what it stands for; a panel each.
    target : str
        Name of the scale.
    """
    from plotly.subplots import make_subplots

    titles = [figure_text(f"{what}: {name}" if what != name else name) for name, what in names.items()]
    shape = make_subplots(len(names), 1, subplot_titles=titles, shared_xaxes=True, vertical_spacing=0.24 / len(names))
    figure = styled(shape, 130 + 190 * len(names))
    low, high = float(np.nanmin(gold)), float(np.nanmax(gold))
    room = 0.25 * ((high - low) or 1.0)
    for row, (name, colour) in enumerate(zip(names, (*PALETTE, *PALETTE), strict=False), start=1):
        _draw_gold(figure, gold, rate_hz, row)
        for _, each in asked[asked["strategy"] == name].iterrows():
            figure.add_vrect(
                x0=each["start"], x1=each["end"], fillcolor=colour, opacity=0.6 - 0.45 * each["share"], line_width=0,
                layer="below", row=row, col=1,
            )  # fmt: skip
            figure.add_annotation(
                x=(each["start"] + each["end"]) / 2, y=high + 0.6 * room, text=f"{each['order']}", showarrow=False,
                font={"size": 12, "color": INK}, row=row, col=1,
            )  # fmt: skip
        figure.update_yaxes(title=figure_text(target), range=[low - 0.2 * room, high + room], row=row, col=1)
    figure.update_xaxes(range=[0, len(gold) / rate_hz])
    figure.update_xaxes(title="seconds of the recording", row=len(names), col=1)
    figure.update_layout(width=WIDTH, showlegend=False)
    return figure


def _draw_gold(figure: Any, gold: Floats, rate_hz: float, row: int) -> None:
    import plotly.graph_objects as go

    at = np.arange(0, len(gold), max(1, len(gold) // MOST_POINTS))
    line = {"color": INK, "width": 2}
    figure.add_trace(go.Scatter(x=at / rate_hz, y=gold[at], name="gold", mode="lines", line=line), row=row, col=1)
