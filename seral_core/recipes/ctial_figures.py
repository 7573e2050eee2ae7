"""Figures of the recipe ctial, in the paper's form: curves, significance in every iteration, and transfer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import BASELINE, INK, PALETTE, draw_curves, styled
from seral_core.recipes.ctial_compared import Field, title
from seral_core.scores.iterations import Significance
from seral_core.scores.statistics import Curve

LEVEL = 0.05


def curves_figure(fields: Sequence[Field]) -> Any:
    """Draw the mean curves of every field, a row of panels a metric, a column a target (Fig. 3 and 6).

    Parameters
    ----------
    fields : sequence of Field
        Errors are drawn as they are, that is, lower is better.
    """
    metrics, targets = (list(dict.fromkeys(of)) for of in zip(*((f.metric, f.target) for f in fields), strict=True))
    figure = _panels([title(metric) for metric in metrics], targets, height=330 if len(fields) > 1 else 430)
    names = list(dict.fromkeys(name for field in fields for name in field.curves))
    shown: set[str] = set()
    for field in fields:
        curves = [_upright(curve, field.sign) for curve in field.curves.values()]
        where = {"row": metrics.index(field.metric) + 1, "col": targets.index(field.target) + 1}
        draw_curves(figure, curves, names, shown, bands=False, **where)
        figure.update_yaxes(title=title(field.metric), tickformat=".3~f", title_standoff=4, **where)
    figure.update_xaxes(title="clips listened to", row=len(metrics))
    return figure


def significance_figure(tests: Sequence[tuple[Field, Sequence[Significance]]]) -> Any:
    """Mark where a strategy is significantly better than others, in every iteration (Fig. 4 and 7).

    Parameters
    ----------
    tests : sequence of (Field, sequence of Significance)
        A panel each; several strategies of one panel stand one below the other and differ in colour and shape.
        Full markers: better; hollow grey ones: significantly worse, which the paper does not draw.
    """
    metrics, targets = (list(dict.fromkeys(of)) for of in zip(*((f.metric, f.target) for f, _ in tests), strict=True))
    rows = max(len(found) * len(found[0].others) for _, found in tests)
    figure = _panels([title(metric) for metric in metrics], targets, height=90 + 26 * rows)
    shown: set[str] = set()
    for field, found in tests:
        where = {"row": metrics.index(field.metric) + 1, "col": targets.index(field.target) + 1}
        for number, each in enumerate(found):
            _mark(figure, each, number, len(found), shown, where)
        others = found[0].others
        figure.update_yaxes(
            tickvals=list(range(len(others))), ticktext=list(others), range=[len(others) - 0.4, -0.6], zeroline=False,
            showticklabels=where["col"] == 1, automargin=True, **where,
        )  # fmt: skip
        span = found[0].spent
        figure.update_xaxes(range=[span[0] - 0.02 * np.ptp(span), span[-1] + 0.02 * np.ptp(span)], **where)
    figure.update_xaxes(title="clips listened to", row=len(metrics))
    return figure


def transfer_figure(frame: pd.DataFrame, metrics: Sequence[str], way: str) -> Any:
    """Draw the source model's score against the number of adapted dimensions (Fig. 5 and 8).

    Parameters
    ----------
    frame : DataFrame
        As `seral_core.recipes.transfer.transfer` gives; the mean over targets is drawn. What was not adapted
        is a line across, with a marker at the dimensions it had.
    metrics : sequence of str
        A panel each.
    way : str
        TCA or BDA.
    """
    figure = _panels([""], [title(metric) for metric in metrics], height=340)
    for column, metric in enumerate(metrics, 1):
        mean = frame[frame["metric"] == metric].groupby(["way", "dimensions"], as_index=False)["value"].mean()
        ends = mean["dimensions"].min(), mean["dimensions"].max()
        for name, said, colour, dash, symbol in (
            ("within", "within the target corpus", PALETTE[1], "dash", "square"),
            ("direct", "from another corpus, not adapted", PALETTE[0], "dot", "triangle-up"),
            ("adapted", f"from another corpus, {way}", INK, "solid", "circle"),
        ):
            mine = mean[mean["way"] == name]
            look = (said, colour, dash, symbol)
            x, y, sizes = _points(mine, ends, across=name != "adapted")
            _line(figure, x, y, sizes, look, column)
        figure.update_yaxes(title=title(metric), tickformat=".2f", title_standoff=4, row=1, col=column)
    figure.update_xaxes(title="dimensions of the features")
    return figure


def _points(mine: pd.DataFrame, ends: tuple[float, float], across: bool) -> tuple[list[float], list[float], list[int]]:
    """Return the points of a line and the sizes of their markers."""
    if not across:
        return mine["dimensions"].tolist(), mine["value"].tolist(), [10] * len(mine)
    height = float(mine["value"].mean())
    return [ends[0], float(mine["dimensions"].mean()), ends[1]], [height] * 3, [0, 13, 0]


def _line(
    figure: Any, x: list[float], y: list[float], sizes: list[int], look: tuple[str, str, str, str], column: int
) -> None:
    import plotly.graph_objects as go

    said, colour, dash, symbol = look
    figure.add_trace(
        go.Scatter(
            x=x, y=y, mode="lines+markers", line={"color": colour, "dash": dash, "width": 3},
            marker={"symbol": symbol, "size": sizes, "color": colour, "opacity": 1, "line": {"width": 0}},
            name=said, legendgroup=said, showlegend=column == 1,
            hovertemplate=f"{said}<br>%{{x:.0f}} dimensions: %{{y:.3f}}<extra></extra>",
        ),
        row=1, col=column,
    )  # fmt: skip


def _mark(figure: Any, found: Significance, number: int, of: int, shown: set[str], where: dict[str, int]) -> None:
    import plotly.graph_objects as go

    colour, symbol = (PALETTE[1], "square") if number == 0 else (PALETTE[2], "diamond")
    offset = (number - (of - 1) / 2) * 0.36
    for p, said, look in (
        (found.better, f"{found.name} better", {"color": colour, "symbol": symbol}),
        (found.worse, f"{found.name} worse", {"color": BASELINE, "symbol": f"{symbol}-open"}),
    ):
        rows, points = np.nonzero(p < LEVEL)
        if not len(rows):
            continue
        figure.add_trace(
            go.Scatter(
                x=found.spent[points], y=rows + offset, mode="markers", name=said, legendgroup=said,
                showlegend=said not in shown, marker={"size": 7, **look},
                hovertemplate=f"{said}, %{{x:g}} clips<extra></extra>",
            ),
            **where,
        )  # fmt: skip
        shown.add(said)


def _panels(rows: list[str], columns: list[str], height: int) -> Any:
    """Return an empty figure of panels, each named after its column and row."""
    from plotly.subplots import make_subplots

    titles = [f"{column}, {row}" if row else column for row in rows for column in columns]
    total = 150 + height * len(rows)
    gaps = {"vertical_spacing": 80 / total if len(rows) > 1 else 0, "horizontal_spacing": 0.22 / len(columns)}
    figure = styled(make_subplots(len(rows), len(columns), subplot_titles=titles, **gaps), total)
    figure.update_layout(margin_t=100, legend_y=1 + 50 / (total - 156), width=max(1000, 470 * len(columns)))
    return figure


def _upright(curve: Curve, sign: float) -> Curve:
    """Return a curve as its metric counts."""
    return Curve(curve.name, curve.spent, sign * curve.values, curve.pairs)
