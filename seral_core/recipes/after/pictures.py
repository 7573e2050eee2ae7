"""Figures of the recipe after: where labels lie, and what time they cost (Figures 4 to 6 of the paper)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seral_core.charts import BASELINE, PALETTE, colours, styled
from seral_core.recipes.after.times import STAGES, Times
from seral_core.recipes.figures import WIDTH
from seral_core.types import Floats


def map_figure(positions: Floats, chosen: Mapping[str, Sequence[int]], classes: Sequence[str]) -> Any:
    """Draw the clips of a pool, a panel a method, with those that were labelled marked (Figure 4).

    Parameters
    ----------
    positions : array of shape (clips, 2)
        By t-SNE.
    chosen : mapping of method to sequence of int
        Rows that it has labelled.
    classes : sequence of str
        Of each clip, in its hover.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    figure = styled(make_subplots(1, len(chosen), subplot_titles=list(chosen), horizontal_spacing=0.06), 470)
    for column, (name, rows) in enumerate(chosen.items(), start=1):
        for which, colour, text, size in (
            (np.setdiff1d(np.arange(len(positions)), rows), BASELINE, "not labelled", 4),
            (np.asarray(rows, dtype=int), PALETTE[3], "labelled", 7),
        ):
            figure.add_trace(
                go.Scatter(
                    x=positions[which, 0], y=positions[which, 1], mode="markers", name=text, legendgroup=text,
                    showlegend=column == 1, marker={"color": colour, "size": size}, text=[classes[i] for i in which],
                    hovertemplate=f"%{{text}}<extra>{name}: {text}</extra>",
                ), row=1, col=column,
            )  # fmt: skip
    figure.update_xaxes(showticklabels=False, showgrid=False)
    figure.update_yaxes(showticklabels=False, showgrid=False)
    figure.update_layout(width=WIDTH)
    return figure


def stages_figure(times: Times, parts: Mapping[str, tuple[str, float]]) -> Any:
    """Draw minutes by stage of several methods, stacked (Figure 5 A).

    Parameters
    ----------
    times : Times
        Of all runs.
    parts : mapping of title to (strategy, labels)
        The bars.
    """
    import plotly.graph_objects as go

    figure = styled(go.Figure(), 150 + 52 * len(parts))
    for stage, colour in zip(STAGES, colours(STAGES).values(), strict=True):
        minutes = [times.until(*part)[stage] / 60 for part in parts.values()]
        bar = go.Bar(y=list(parts), x=minutes, name=stage, orientation="h", marker_color=colour)
        figure.add_trace(bar)
    figure.update_layout(barmode="stack", width=WIDTH)
    figure.update_xaxes(title="minutes of one process")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return figure


def time_figure(times: Times, scores: Mapping[str, tuple[Floats, Floats]], total: float) -> Any:
    """Draw time against labels (Figure 5 B), and score against time (Figure 6), side by side.

    Parameters
    ----------
    times : Times
        Of all runs.
    scores : mapping of strategy to (labels, UAR)
        Mean curves.
    total : float
        Labels in the whole pool.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    titles = ["time against labels", "score against time"]
    figure = styled(make_subplots(1, 2, subplot_titles=titles, horizontal_spacing=0.12), 430)
    hues = colours(list(scores))
    for name, (spent, uar) in scores.items():
        minutes = [sum(times.until(name, labels).values()) / 60 for labels in spent]
        look = {"name": name, "legendgroup": name, "mode": "lines", "line": {"color": hues[name], "width": 3}}
        figure.add_trace(go.Scatter(x=100 * spent / total, y=minutes, **look), row=1, col=1)
        figure.add_trace(go.Scatter(x=minutes, y=uar, showlegend=False, **look), row=1, col=2)
    figure.update_xaxes(title="labels, percent of the pool", row=1, col=1)
    figure.update_xaxes(title="minutes of one process", row=1, col=2)
    figure.update_yaxes(title="minutes of one process", row=1, col=1)
    figure.update_yaxes(title="UAR", row=1, col=2)
    figure.update_layout(width=WIDTH)
    return figure
