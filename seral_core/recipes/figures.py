"""Figures of recipes: learning curves side by side, significance in every iteration, and labels saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import BASELINE, METRICS, PALETTE, colours, draw_curves, styled
from seral_core.figure_text import figure_text
from seral_core.recipes.comparison import Field, Versus, title
from seral_core.recipes.report import LEVEL, saved_text
from seral_core.scores.iterations import Significance
from seral_core.scores.savings import Saving
from seral_core.scores.spent import spent_in
from seral_core.scores.statistics import Curve, aligned

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
    spent = spent_in(frame)
    for i, below in enumerate(down):
        for j, right in enumerate(across):
            mine = frame[(frame[rows] == below) & (frame[columns] == right) & (frame["metric"] == metric)]
            curves = aligned(mine if "curve" in mine else mine.assign(curve=mine["strategy"]))
            draw_curves(figure, curves, names, shown, spent=spent, row=i + 1, col=j + 1)
    figure.update_xaxes(title=spent.title)
    figure.update_yaxes(title=METRICS.get(metric, metric), tickformat=".3~f", title_standoff=4)
    width = WIDTH if len(across) > 1 else 0.7 * WIDTH
    figure.update_layout(width=max(width, 400 * len(across)))
    return figure


def curves_figure(fields: Sequence[Field]) -> Any:
    """Draw the mean curves of every field: a row of panels for each metric, a column for each target.

    Parameters
    ----------
    fields : sequence of Field
        Errors are drawn as they are, that is, lower is better.
    """
    figure, places = _by_field(fields, height=330 if len(fields) > 1 else 430)
    names = list(dict.fromkeys(name for field in fields for name in field.curves))
    shown: set[str] = set()
    for field, where in zip(fields, places, strict=True):
        curves = [_as_counted(curve, field.sign) for curve in field.curves.values()]
        draw_curves(figure, curves, names, shown, bands=False, spent=field.spent, **where)
        figure.update_yaxes(title=title(field.metric), tickformat=".3~f", title_standoff=4, **where)
    return figure


def significance_figure(tests: Sequence[tuple[Field, Sequence[Significance]]]) -> Any:
    """Mark where a strategy is significantly better than others, in every iteration.

    Parameters
    ----------
    tests : sequence of (Field, sequence of Significance)
        A panel each; several strategies of one panel are drawn one below the other, in different
        colours and shapes. Full markers: better; hollow grey ones: significantly worse.
    """
    rows = max(len(found) * len(found[0].others) for _, found in tests)
    figure, places = _by_field([field for field, _ in tests], height=90 + 26 * rows)
    shown: set[str] = set()
    for (field, found), where in zip(tests, places, strict=True):
        for number, each in enumerate(found):
            _mark(figure, each, number, len(found), shown, where, field.spent.counted)
        others, span = found[0].others, found[0].spent
        figure.update_yaxes(
            tickvals=list(range(len(others))),
            ticktext=list(others),
            range=[len(others) - 0.4, -0.6],
            zeroline=False,
            showticklabels=where["col"] == 1,
            automargin=True,
            **where,
        )
        figure.update_xaxes(range=[span[0] - 0.02 * np.ptp(span), span[-1] + 0.02 * np.ptp(span)], **where)
    return figure


def grid_of_panels(rows: Sequence[str], columns: Sequence[str], height: int) -> Any:
    """Return an empty figure of panels, each named after its column and row.

    Parameters
    ----------
    rows, columns : sequence of str
        An empty row name is left out of the panels' names.
    height : int
        Of a row of panels, in pixels.
    """
    from plotly.subplots import make_subplots

    titles = [f"{column}, {row}" if row else column for row in rows for column in columns]
    total = 150 + height * len(rows)
    gaps = {"vertical_spacing": 80 / total if len(rows) > 1 else 0, "horizontal_spacing": 0.22 / len(columns)}
    figure = styled(make_subplots(len(rows), len(columns), subplot_titles=titles, **gaps), total)
    figure.update_layout(width=max(1000, 470 * len(columns)))
    return figure


def _by_field(fields: Sequence[Field], height: int) -> tuple[Any, list[dict[str, int]]]:
    """Return empty panels, a row for each metric and a column for each target, and the place of each field."""
    measured, targets = (list(dict.fromkeys(of)) for of in zip(*((f.metric, f.target) for f in fields), strict=True))
    figure = grid_of_panels([title(metric) for metric in measured], targets, height)
    figure.update_xaxes(title=fields[0].spent.title, row=len(measured))
    places = [{"row": measured.index(f.metric) + 1, "col": targets.index(f.target) + 1} for f in fields]
    return figure, places


def _mark(
    figure: Any, found: Significance, number: int, of: int, shown: set[str], where: dict[str, int], counted: str
) -> None:
    import plotly.graph_objects as go

    colour, symbol = (PALETTE[1], "square") if number == 0 else (PALETTE[2], "diamond")
    offset = (number - (of - 1) / 2) * 0.36
    for p, text, look in (
        (found.better, f"{found.name} better", {"color": colour, "symbol": symbol}),
        (found.worse, f"{found.name} worse", {"color": BASELINE, "symbol": f"{symbol}-open"}),
    ):
        rows, points = np.nonzero(p < LEVEL)
        if not len(rows):
            continue
        figure.add_trace(
            go.Scatter(
                x=found.spent[points],
                y=rows + offset,
                mode="markers",
                name=text,
                legendgroup=text,
                showlegend=text not in shown,
                marker={"size": 7, **look},
                hovertemplate=f"{text}, %{{x:g}} {counted}<extra></extra>",
            ),
            **where,
        )
        shown.add(text)


def _as_counted(curve: Curve, sign: float) -> Curve:
    """Return a curve as its metric counts."""
    return replace(curve, values=sign * curve.values)


def savings_figure(main: Sequence[Versus], paper: Mapping[tuple[str, str], float]) -> Any:
    """Draw the labels saved in each cell with their intervals, beside the paper's.

    Parameters
    ----------
    main : sequence of Versus
        One for each target and scenario.
    paper : mapping
        Target and scenario to percent saved in the paper.
    """
    import plotly.graph_objects as go

    figure = styled(go.Figure(), 110 + 56 * len(main))
    found = {figure_text(", ".join(e.cell)): e for e in main}
    lowest = min([0.0, *(x for e in main for x in (e.saving.low, e.saving.percent_saved) if np.isfinite(x))])
    for name, each in found.items():
        figure.add_trace(_bar(go, name, each.saving, lowest - 8, colours([each.strategy])[each.strategy]))
    there = [(n, paper[e.cell]) for n, e in found.items() if e.cell in paper]
    figure.add_trace(
        go.Scatter(
            x=[x for _, x in there],
            y=[n for n, _ in there],
            mode="markers",
            name="paper",
            marker={"symbol": "diamond-open", "size": 14, "color": "#444F57", "line": {"width": 3}},
        )
    )
    figure.add_vline(x=0, line={"color": "#6B7780", "dash": "dot", "width": 2})
    figure.update_layout(width=WIDTH)
    counted = main[0].field.spent.counted if main else "labels"
    figure.update_xaxes(title=f"{counted} saved, percent of all (open to the left: not reached)", ticksuffix=" %")
    figure.update_yaxes(autorange="reversed", automargin=True, categoryarray=list(found), type="category")
    return figure


def _bar(go: Any, name: str, found: Saving, floor: float, colour: str) -> Any:
    """Return the interval of a saving as a line, and the saving as a point on it."""
    at = found.percent_saved if found.reached else floor
    if not found.known:
        look = {"size": 16, "color": colour, "symbol": "circle" if found.reached else "x"}
        hover = f"{name}: {saved_text(found)}<extra></extra>"
        return go.Scatter(x=[at], y=[name], mode="markers", showlegend=False, marker=look, hovertemplate=hover)
    low, high = (end if np.isfinite(end) else floor for end in (found.low, found.high))
    symbols = ["line-ns" if np.isfinite(found.low) else "triangle-left", "circle" if found.reached else "x", "line-ns"]
    marker = {
        "size": [14 * found.reached, 16, 14 * bool(np.isfinite(found.high))],
        "color": colour,
        "symbol": symbols,
        "opacity": 1,
    }
    return go.Scatter(
        x=[low, at, high],
        y=[name] * 3,
        mode="lines+markers",
        showlegend=False,
        line={"color": colour, "width": 4},
        marker=marker | {"line": {"width": [3, 0, 3], "color": colour}},
        hovertemplate=f"{name}: {saved_text(found)}<extra></extra>",
    )
