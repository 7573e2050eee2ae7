"""Figure 6.2 of D4.2 as measured here, its correlations beside chance, and predictions of a test recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seral_core.charts import BASELINE, INK, PALETTE, styled
from seral_core.features.prosody import CURVES
from seral_core.recipes.end_to_end.following import Followed
from seral_core.recipes.figures import WIDTH
from seral_core.recipes.figures_in_time import draw_trace, time_panels, timed
from seral_core.types import Floats


def cells_figure(found: Followed, rate_hz: float) -> Any:
    """Draw each curve of a recording, and the cell that goes best with it (Figure 6.2).

    Both have mean 0 and variance 1; a cell that goes the other way is turned upside down.

    Parameters
    ----------
    found : Followed
        Of one network.
    rate_hz : float
        Frames per second.
    """
    each = [found.trained_test[0, row, int(cell)] for row, cell in enumerate(found.cells)]
    figure = time_panels([f"{name}, r = {abs(r):.2f}" for name, r in zip(CURVES, each, strict=True)])
    for row, r in enumerate(each):
        draw_trace(figure, _standard(found.curves[row]), rate_hz, "curve", INK, row + 1, shown=row == 0)
        cell = np.sign(r) * _standard(found.activations[row])
        draw_trace(figure, cell, rate_hz, "cell that goes best with it", PALETTE[1], row + 1, shown=row == 0)
    figure.update_yaxes(title="deviations")
    return timed(figure)


def _standard(values: Floats) -> Floats:
    if np.isnan(values).all():
        return values
    return np.asarray((values - np.nanmean(values)) / (np.nanstd(values) or 1.0))


def following_figure(found: Mapping[str, Floats], paper: Mapping[str, float]) -> Any:
    """Draw correlations of test recordings by curve and by what they are correlations of, with their means.

    Parameters
    ----------
    found : mapping of name to Floats of shape (recordings, curves)
        Such as the best cell of a trained network.
    paper : mapping of curve to float
        The paper's.
    """
    import plotly.graph_objects as go

    figure = styled(go.Figure(), 480)
    for number, (name, values) in enumerate(found.items()):
        colour = BASELINE if number == len(found) - 1 else PALETTE[number % len(PALETTE)]
        places = [row + (number - (len(found) - 1) / 2) * 0.17 for row in range(len(CURVES))]
        figure.add_trace(
            go.Scatter(
                x=np.repeat(places, len(values)), y=values.T.ravel(), mode="markers", showlegend=False,
                marker={"color": colour, "size": 7, "opacity": 0.45},
                hovertemplate=f"{name}, %{{y:.2f}}<extra></extra>",
            )
        )  # fmt: skip
        figure.add_trace(
            go.Scatter(x=places, y=values.mean(axis=0), mode="markers", name=name,
                       marker={"color": colour, "size": 30, "symbol": "line-ew", "line": {"width": 4, "color": colour}})
        )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=list(range(len(CURVES))), y=[paper[name] for name in CURVES], mode="markers", name="paper, one recording",
            marker={"symbol": "diamond-open", "size": 13, "color": INK, "line": {"width": 3}},
        )
    )  # fmt: skip
    figure.update_xaxes(tickvals=list(range(len(CURVES))), ticktext=list(CURVES), range=[-0.5, len(CURVES) - 0.5])
    figure.update_yaxes(title="correlation with the curve")
    figure.update_layout(width=WIDTH)
    return figure


def predicted_figure(traces: Mapping[str, Sequence[tuple[str, Floats]]], rate_hz: float) -> Any:
    """Draw gold and predictions of one recording.

    Parameters
    ----------
    traces : mapping of target to sequence of (name, Floats of shape (frames,))
        A panel each; gold first.
    rate_hz : float
        Frames per second.
    """
    figure = time_panels(list(traces))
    for row, each in enumerate(traces.values(), start=1):
        for colour, (name, values) in zip((INK, PALETTE[1], PALETTE[2]), each, strict=True):
            draw_trace(figure, values, rate_hz, name, colour, row, shown=row == 1)
    return timed(figure)
