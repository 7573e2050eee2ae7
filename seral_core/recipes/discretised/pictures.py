"""Figures 1 and 3 of Le et al. as measured here, the sweep of language models, and how networks learned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import BASELINE, INK, PALETTE, styled
from seral_core.recipes.figures import WIDTH
from seral_core.sequences.levels import Levels
from seral_core.types import Floats

#: Longer traces are drawn with so many points: a screen has no more.
MOST_POINTS = 3000


def levels_figure(gold: Floats, rate_hz: float, levels: Sequence[Levels], target: str) -> Any:
    """Draw a trace and what its fewest and most levels make of it (Figure 1).

    Parameters
    ----------
    gold : Floats of shape (frames,)
        Of one recording.
    rate_hz : float
        Frames per second.
    levels : sequence of Levels
        The first and the last are drawn.
    target : str
        Its name.
    """
    figure = _panels([f"{target}, {len(each)} levels" for each in (levels[0], levels[-1])])
    for row, each in enumerate((levels[0], levels[-1]), start=1):
        for mean in each.means:
            figure.add_hline(y=float(mean), line={"color": "#E3E8EB", "width": 1}, row=row, col=1)
        _draw(figure, gold, rate_hz, "gold", INK, row, shown=row == 1)
        _draw(figure, each.values(each.classes(gold)), rate_hz, "mean of its level", PALETTE[1], row, shown=row == 1)
    return _timed(figure)


def decoded_figure(traces: dict[str, tuple[Floats, Floats, Floats]], rate_hz: float) -> Any:
    """Draw gold, and predictions without and with decoding, of one recording (Figure 3).

    Parameters
    ----------
    traces : dict of str to (gold, raw, decoded)
        By target, a panel each.
    rate_hz : float
        Frames per second.
    """
    figure = _panels(list(traces))
    for row, found in enumerate(traces.values(), start=1):
        looks = (("gold", INK), ("CLS-Raw", BASELINE), ("CLS-Decoded", PALETTE[1]))
        for (name, colour), values in zip(looks, found, strict=True):
            _draw(figure, values, rate_hz, name, colour, row, shown=row == 1)
    return _timed(figure)


def sweep_figure(sweeps: Sequence[pd.DataFrame]) -> Any:
    """Draw the CCC on development recordings by weight of the language model, and without decoding."""
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    names = [str(each["target"].iloc[0]) for each in sweeps]
    figure = styled(make_subplots(1, len(sweeps), subplot_titles=names, horizontal_spacing=0.12), 420)
    for column, table in enumerate(sweeps, start=1):
        for colour, symbol, (language, mine) in zip(
            PALETTE, ("circle", "square"), table.groupby("language", sort=False), strict=False
        ):
            figure.add_trace(
                go.Scatter(
                    x=mine["weight"], y=mine["ccc"], name=str(language), mode="lines+markers", legendgroup=language,
                    marker={"symbol": symbol, "size": 9}, line={"color": colour}, showlegend=column == 1,
                ), row=1, col=column,
            )  # fmt: skip
        figure.add_hline(
            y=float(table["raw"].iloc[0]), line={"color": BASELINE, "dash": "dot"}, row=1, col=column,
            annotation_text="not decoded", annotation_position="bottom right",
        )  # fmt: skip
    figure.update_xaxes(title="weight of the language model")
    figure.update_yaxes(title="CCC, development", tickformat=".3~f", col=1)
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
        for colour, dash, (kind, mine) in zip(PALETTE, ("solid", "dash", "dashdot"), kinds, strict=False):
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


def _panels(titles: list[str]) -> Any:
    from plotly.subplots import make_subplots

    space = 0.16 / max(1, len(titles) - 1)
    return styled(
        make_subplots(len(titles), 1, subplot_titles=titles, shared_xaxes=True, vertical_spacing=space),
        130 + 260 * len(titles),
    )


def _draw(figure: Any, values: Floats, rate_hz: float, name: str, colour: str, row: int, *, shown: bool) -> None:
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


def _timed(figure: Any) -> Any:
    figure.update_xaxes(title="seconds", row=len(figure.layout.annotations) or 1, col=1)
    figure.update_layout(width=WIDTH)
    return figure
