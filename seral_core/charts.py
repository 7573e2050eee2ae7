"""Figures: learning curves, confusion matrices, maps and what a corpus holds, for notebooks and pages.

Colours are those of Okabe and Ito, which colour-blind people can distinguish, and never carry the meaning alone:
lines differ in dash and marker too, points in shape. Letters are large enough for a projector.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.figure_text import figure_text, in_cells
from seral_core.notebook_figures import keep_figures
from seral_core.scores.groups import FEWEST
from seral_core.scores.spent import COUNTED, Spent, spent_in
from seral_core.scores.statistics import Curve, aligned, difference

INK, FAINT, GRID, PAPER, ACCENT = "#1B2A33", "#5C6B75", "#E3E8EB", "#FFFFFF", "#0B5F73"

#: Okabe and Ito (2008), the yellow darkened so that it can be seen on white.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D1F", "#5B3A8C", "#444F57")
DASHES = ("solid", "dash", "dashdot", "longdash", "dot", "longdashdot")
SYMBOLS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "star", "pentagon", "x")
BASELINE = "#6B7780"

#: Strategies that are met most often keep their colour from figure to figure.
FIXED = {"recommended": 0, "entropy": 1, "margin": 2, "k-centre": 3, "typiclust": 4, "least-confidence": 5}
METRICS = {"uar": "UAR", "wa": "WA", "macro-f1": "macro-F1", "ccc": "CCC", "pcc": "PCC", "rmse": "RMSE"}


def strategy_of(name: str) -> str:
    """Return which strategy a curve belongs to: where several experiments are drawn, theirs follows in brackets.

    Examples
    --------
    >>> strategy_of("entropy:subset=500 (second try)")
    'entropy:subset=500'
    """
    return name.partition(" (")[0]


def colours(names: Sequence[str]) -> dict[str, str]:
    """Return a colour for each curve, the same for all curves of a strategy: grey for random.

    Well-known strategies keep theirs from figure to figure.

    Examples
    --------
    >>> colours(["random", "recommended", "mine"])
    {'random': '#6B7780', 'recommended': '#0072B2', 'mine': '#D55E00'}
    >>> colours(["mine (first)", "mine (second)"])
    {'mine (first)': '#0072B2', 'mine (second)': '#0072B2'}
    """
    wanted = list(dict.fromkeys(map(strategy_of, names)))
    chosen = {name: PALETTE[FIXED[name]] for name in wanted if name in FIXED}
    free = [colour for colour in PALETTE if colour not in chosen.values()] or list(PALETTE)
    for name in wanted:
        if name == "random":
            chosen[name] = BASELINE
        elif name not in chosen:
            chosen[name] = free.pop(0)
            free = free or list(PALETTE)
    return {name: chosen[strategy_of(name)] for name in names}


def dashes(names: Sequence[str]) -> dict[str, str]:
    """Return a line style for each curve; random is dotted. Of several experiments, each has one of its own.

    Examples
    --------
    >>> dashes(["random", "recommended", "entropy"])
    {'random': 'dot', 'recommended': 'solid', 'entropy': 'dash'}
    >>> dashes(["random (first)", "mine (first)", "random (second)", "mine (second)"])
    {'random (first)': 'solid', 'mine (first)': 'solid', 'random (second)': 'dash', 'mine (second)': 'dash'}
    """
    if len({strategy_of(name) for name in names}) < len(names):
        sources = [name.removeprefix(strategy_of(name)) for name in names]
        order = list(dict.fromkeys(sources))
        return {n: DASHES[order.index(source) % len(DASHES)] for n, source in zip(names, sources, strict=True)}
    others = [name for name in names if strategy_of(name) != "random"]
    return {n: DASHES[others.index(n) % len(DASHES)] if n in others else "dot" for n in names}


def styled(figure: Any, height: int = 380) -> Any:
    """Give a plotly figure SERAL's look, and return it.

    Examples
    --------
    >>> import plotly.graph_objects as go
    >>> styled(go.Figure(), height=200).layout.height
    200
    """
    keep_figures()
    axis = {"gridcolor": GRID, "linecolor": FAINT, "zerolinecolor": GRID, "ticks": "outside", "tickcolor": FAINT}
    figure.update_layout(
        height=height, paper_bgcolor=PAPER, plot_bgcolor=PAPER, colorway=list(PALETTE),
        font={"family": "Source Sans, Helvetica, Arial, sans-serif", "size": 16, "color": INK},
        margin={"l": 64, "r": 16, "t": 28, "b": 56}, hoverlabel={"font_size": 15}, bargap=0.25,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "font": {"size": 15}},
    )  # fmt: skip
    if figure.layout.annotations:  # titles of panels, which the legend has to stand above
        figure.update_layout(margin_t=90, legend={"yref": "container", "y": 1, "yanchor": "top"})
    return figure.update_xaxes(**axis).update_yaxes(**axis)


def learning_curves(frame: pd.DataFrame, metric: str = "", target: str = "", height: int = 420) -> Any:
    """Draw learning curves: the mean over runs and, where there are three test parts or more, its 95 % interval.

    Parameters
    ----------
    frame : DataFrame
        As `seral_core.runs.curve.curves` gives; a column ``curve`` names the curves where strategies
        do not.
    metric, target : str
        Which; left out: the first in the frame.
    height : int
        In pixels.

    Returns
    -------
    plotly Figure

    Examples
    --------
    >>> rows = [("random", 0, 0, "emotion", "uar", x, y) for x, y in ((20, 0.4), (30, 0.5))]
    >>> frame = pd.DataFrame(rows, columns=["strategy", "seed", "fold", "target", "metric", "spent", "value"])
    >>> [trace.name for trace in learning_curves(frame).data]
    ['random']
    """
    import plotly.graph_objects as go

    mine, metric = chosen(frame, metric, target)
    curves, figure, spent = aligned(mine), styled(go.Figure(), height), spent_in(mine)
    draw_curves(figure, curves, [curve.name for curve in curves], spent=spent)
    figure.update_xaxes(title=spent.title)
    figure.update_yaxes(title=METRICS.get(metric, metric), tickformat=".2f")
    return figure


def draw_curves(
    figure: Any, curves: Sequence[Curve], names: Sequence[str], shown: set[str] | None = None, bands: bool = True,
    spent: Spent = COUNTED, **where: int,
) -> None:  # fmt: skip
    """Add curves with their bands to a figure, or to one of its panels.

    Parameters
    ----------
    figure : plotly Figure
        Drawn into.
    curves : sequence of Curve
        What is drawn.
    names : sequence of str
        All curves of the figure: they decide colours, dashes and symbols.
    shown : set of str, optional
        Names that are in the legend already; filled.
    bands : bool
        Whether intervals are drawn; many of them cover one another.
    spent : Spent
        What labels cost; left out, clips.
    **where
        Which panel: ``row`` and ``col``, from 1.
    """
    import plotly.graph_objects as go

    colour, dash, shown = colours(names), dashes(names), set() if shown is None else shown
    for curve in curves:
        name = figure_text(curve.name)
        if bands and curve.groups >= FEWEST:
            figure.add_trace(_band(curve, colour[curve.name], spent), **where)
        figure.add_trace(
            go.Scatter(
                x=curve.spent / spent.per, y=curve.mean, name=name, mode="lines+markers",
                line={"color": colour[curve.name], "dash": dash[curve.name], "width": 3},
                marker={"symbol": SYMBOLS[names.index(curve.name) % len(SYMBOLS)], "size": 8, "maxdisplayed": 24},
                legendgroup=name, showlegend=curve.name not in shown,
                hovertemplate=f"{name}<br>%{{x:.4~g}} {spent.short}: %{{y:.3f}}<extra></extra>",
            ),
            **where,
        )  # fmt: skip
        shown.add(curve.name)


def chosen(frame: pd.DataFrame, metric: str = "", target: str = "") -> tuple[pd.DataFrame, str]:
    """Return the rows of one target and metric, with a column ``curve``, and which metric it is.

    Examples
    --------
    >>> rows = [("random", "emotion", "uar"), ("random", "emotion", "wa"), ("random", "arousal", "ccc")]
    >>> mine, metric = chosen(pd.DataFrame(rows, columns=["strategy", "target", "metric"]))
    >>> metric, mine["curve"].tolist()
    ('uar', ['random'])
    """
    if not len(frame):
        return frame.assign(curve=pd.Series(dtype=str)), metric
    target = target or str(frame["target"].iloc[0])
    mine = frame[frame["target"] == target]
    metric = metric or str(mine["metric"].iloc[0])
    mine = mine[mine["metric"] == metric]
    return (mine if "curve" in mine else mine.assign(curve=mine["strategy"])), metric


def differences(frame: pd.DataFrame, baseline: str = "random", metric: str = "", target: str = "") -> Any:
    """Draw how much higher each curve lies than a baseline, with 95 % intervals; where there is none, a hollow point.

    Parameters
    ----------
    frame, metric, target
        As in `learning_curves`.
    baseline : str
        Name of the curve that is 0.

    Returns
    -------
    plotly Figure
        Empty but for the zero line where the baseline was not run.

    Examples
    --------
    >>> columns = ["strategy", "seed", "fold", "target", "metric", "spent", "value"]
    >>> heights = (("margin", 0.6), ("random", 0.5))
    >>> rows = [(name, seed, 0, "emotion", "uar", 20, y) for name, y in heights for seed in (0, 1)]
    >>> point = differences(pd.DataFrame(rows, columns=columns)).data[0]
    >>> point.y, round(point.x[0], 3)
    (('margin',), 0.1)
    """
    import plotly.graph_objects as go

    mine, metric = chosen(frame, metric, target)
    curves = {curve.name: curve for curve in aligned(mine)}
    figure = styled(go.Figure(), 90 + 56 * len(curves))
    colour = colours(list(curves))
    for name, curve in curves.items():
        gap = difference(curve, curves[baseline]) if baseline in curves and name != baseline else None
        if gap is not None:
            reach = {"array": [gap.high - gap.mean], "thickness": 3, "width": 8, "color": colour[name]}
            point = go.Scatter(
                x=[gap.mean], y=[figure_text(name)], mode="markers", showlegend=False,
                marker={"size": 13, "color": colour[name], "symbol": "circle" if gap.known else "circle-open"},
                error_x=reach if gap.known else None,
                hovertemplate=f"{figure_text(name)}: {gap.text()} ({gap.basis})<extra></extra>",
            )  # fmt: skip
            figure.add_trace(point)
    figure.add_vline(x=0, line={"color": BASELINE, "dash": "dot", "width": 2})
    figure.update_layout(margin_t=8)
    figure.update_xaxes(title=f"mean {METRICS.get(metric, metric)} above {figure_text(baseline)}", tickformat="+.3f")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def confusion(matrix: Sequence[Sequence[float]] | NDArray[Any], classes: Sequence[str], height: int = 380) -> Any:
    """Draw a confusion matrix: share of each true class (row) that was taken for a class (column).

    Examples
    --------
    >>> confusion([[8, 2], [1, 9]], ["anger", "sadness"]).data[0].z.round(1).tolist()
    [[0.8, 0.2], [0.1, 0.9]]
    """
    import plotly.graph_objects as go

    counts = np.asarray(matrix, dtype=float)
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    text = [[f"{s:.0%}<br>({c:.0f})" for s, c in zip(*row, strict=True)] for row in zip(share, counts, strict=True)]
    names = list(map(figure_text, classes))
    heat = go.Heatmap(
        z=share, x=names, y=names, showscale=False,
        colorscale=[[0, "#F3F7F8"], [1, ACCENT]], zmin=0, zmax=1,
        hovertemplate="%{y} taken for %{x}: %{z:.0%}<extra></extra>",
    )  # fmt: skip
    figure = styled(go.Figure([heat, in_cells(share, text, names, INK, PAPER)]), height)
    figure.update_xaxes(title="predicted", showgrid=False, ticks="")
    return figure.update_yaxes(title="true", autorange="reversed", showgrid=False, ticks="")


def pool_map(
    positions: NDArray[Any], classes: Sequence[str], *, labelled: Sequence[int] = (), asked: Sequence[int] = (),
    ids: Sequence[str] = (), height: int = 520,
) -> Any:  # fmt: skip
    """Draw a map of the pool: predicted, labelled and just queried clips differ in shape and rim, not only in colour.

    Parameters
    ----------
    positions : array of shape (rows, 2)
        As `seral_core.features.maps.layout` gives.
    classes : sequence of str of length rows
        What colours a point: its predicted class, or its label.
    labelled, asked : sequence of int
        Row numbers that are labelled, and that were just asked for.
    ids : sequence of str
        Shown when the pointer rests on a point.

    Returns
    -------
    plotly Figure
        First what explains the colours, then the points.

    Examples
    --------
    >>> figure = pool_map(np.eye(3, 2), ["anger", "sadness", "anger"], labelled=[0], asked=[2])
    >>> [trace.name for trace in figure.data]
    ['anger', 'sadness', 'predicted', 'labelled', 'just queried']
    """
    import plotly.graph_objects as go

    names = list(dict.fromkeys(classes))
    colour = dict(zip(sorted(names), colours([f"class {name}" for name in sorted(names)]).values(), strict=True))
    known, new = set(labelled), set(asked)
    looks = {
        "predicted": ([r for r in range(len(classes)) if r not in known | new], "circle", 6, 0.55, 0),
        "labelled": ([r for r in labelled if r not in new], "circle", 11, 1.0, 2),
        "just queried": (list(asked), "diamond", 15, 1.0, 3),
    }
    figure = styled(go.Figure(), height)
    for name in sorted(names):
        key = {"color": colour[name], "size": 11}
        figure.add_trace(go.Scatter(x=[None], y=[None], mode="markers", name=figure_text(name), marker=key))
    for state, (rows, symbol, size, opacity, rim) in looks.items():
        marker = {
            "symbol": symbol, "size": size, "opacity": opacity, "color": [colour[classes[r]] for r in rows],
            "line": {"width": rim, "color": INK},
        }  # fmt: skip
        text = [f"{figure_text(ids[r] if len(ids) else r)}<br>{figure_text(classes[r])} ({state})" for r in rows]
        x, y = positions[rows].T if rows else ([], [])
        figure.add_trace(go.Scattergl(x=x, y=y, mode="markers", marker=marker, text=text, hoverinfo="text", name=state))
    figure.update_xaxes(showticklabels=False, showgrid=False, zeroline=False, ticks="")
    return figure.update_yaxes(showticklabels=False, showgrid=False, zeroline=False, ticks="", scaleanchor="x")


def bars(
    counts: Mapping[str, float] | pd.Series[Any], title: str = "clips", height: int = 260, across: bool = False
) -> Any:
    """Draw one bar per name, such as clips per class; ``across`` for long names.

    Examples
    --------
    >>> bars({"anger": 3, "sadness": 5}).data[0].y
    (3, 5)
    """
    import plotly.graph_objects as go

    names, values = [figure_text(name) for name, _ in counts.items()], [value for _, value in counts.items()]
    x, y, way = (values, names, "h") if across else (names, values, "v")
    bar = go.Bar(x=x, y=y, orientation=way, marker_color=ACCENT, hovertemplate="%{x}, %{y}<extra></extra>")
    figure = styled(go.Figure(bar), height).update_layout(margin_t=8)
    if across:
        figure.update_yaxes(type="category", showgrid=False, autorange="reversed", automargin=True, ticks="")
        figure.update_xaxes(title=title)
    else:
        figure.update_xaxes(type="category", showgrid=False)
        figure.update_yaxes(title=title)
    return figure


def histogram(
    values: Sequence[float] | NDArray[Any] | pd.Series[Any], title: str, bins: int = 30, height: int = 260,
    what: str = "clips",
) -> Any:  # fmt: skip
    """Draw how often values occur; what is not finite is left out.

    Examples
    --------
    >>> histogram([1.0, 1.2, 3.0, float("nan")], "seconds", bins=2).data[0].y.tolist()
    [2, 1]
    """
    import plotly.graph_objects as go

    finite = np.asarray(values, dtype=float)
    counts, edges = np.histogram(finite[np.isfinite(finite)], bins=bins)
    bar = go.Bar(
        x=(edges[:-1] + edges[1:]) / 2, y=counts, width=np.diff(edges) * 0.94, marker_color=ACCENT,
        customdata=np.column_stack([edges[:-1], edges[1:]]),
        hovertemplate="%{customdata[0]:.2f} to %{customdata[1]:.2f}: %{y} "
        f"{what}<extra></extra>",
    )  # fmt: skip
    figure = styled(go.Figure(bar), height).update_layout(margin_t=8)
    figure.update_xaxes(title=figure_text(title))
    figure.update_yaxes(title=what)
    return figure


def _band(curve: Curve, colour: str, spent: Spent) -> Any:
    import plotly.graph_objects as go

    (low, high), along = curve.band(), curve.spent / spent.per
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return go.Scatter(
        x=np.concatenate([along, along[::-1]]), y=np.concatenate([high, low[::-1]]), mode="lines",
        fill="toself", fillcolor=f"rgba({red},{green},{blue},0.14)", line={"width": 0}, hoverinfo="skip",
        showlegend=False,
    )  # fmt: skip
