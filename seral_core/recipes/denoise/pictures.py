"""CCC by condition, Figure 4.2 as measured here, MFCCs of a piece of speech, and how networks learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import BASELINE, DASHES, INK, PALETTE, SYMBOLS, styled
from seral_core.features.framing import STEPS_HZ
from seral_core.features.spectra import CEPSTRA, Floats32
from seral_core.recipes.denoise.results import MATCHED, MIXED, NONE, WAYS
from seral_core.recipes.figures import WIDTH, grid_of_panels

LOOKS = {NONE: (BASELINE, "circle"), MATCHED: (PALETTE[1], "square"), MIXED: (PALETTE[0], "diamond")}


def conditions_figure(scores: pd.DataFrame) -> Any:
    """Draw the CCC on test recordings by condition: a row for each experiment, a column for each scale.

    Parameters
    ----------
    scores : DataFrame
        As `seral_core.recipes.denoise.results.Measured.scores` returns it; bars are ranges over seeds.
    """
    import plotly.graph_objects as go

    test = scores[scores["part"] == "test"]
    rows, columns = (test[name].unique().tolist() for name in ("experiment", "target"))
    figure = grid_of_panels(rows, columns, 330)
    for (experiment, target), panel in test.groupby(["experiment", "target"], sort=False):
        where = {"row": rows.index(experiment) + 1, "col": columns.index(target) + 1}
        for way in WAYS:
            each = panel[panel["way"] == way].groupby("condition", sort=False)["ccc"].agg(["mean", "min", "max"])
            colour, symbol = LOOKS[way]
            figure.add_trace(
                go.Scatter(
                    x=[_short(str(name), str(experiment)) for name in each.index], y=each["mean"], name=way,
                    legendgroup=way, mode="lines+markers" if experiment == "noise" else "markers",
                    marker={"symbol": symbol, "size": 10, "color": colour},
                    line={"color": colour, "width": 2, "dash": "dot"}, showlegend=where == {"row": 1, "col": 1},
                    error_y={"array": each["max"] - each["mean"], "arrayminus": each["mean"] - each["min"]},
                ), **where,
            )  # fmt: skip
    figure.update_yaxes(title="CCC, test", tickformat=".2~f", rangemode="tozero", title_standoff=4)
    return figure


def _short(condition: str, experiment: str) -> str:
    """Return the name of a condition on an axis that belongs to its experiment."""
    return condition.removeprefix(f"{experiment} ").removeprefix("phone, ")


def nearness_figure(panels: Mapping[str, Mapping[str, Sequence[float]]]) -> Any:
    """Draw how near each MFCC is to that of clean speech (Figure 4.2).

    Parameters
    ----------
    panels : mapping of str to mapping of str to sequence of float
        Of a panel's name to the CCC of 13 MFCCs, by way.
    """
    import plotly.graph_objects as go

    figure = grid_of_panels([""], list(panels), 330)
    for column, (_, ways) in enumerate(panels.items(), start=1):
        for way, values in ways.items():
            colour, symbol = LOOKS[way]
            figure.add_trace(
                go.Scatter(
                    x=list(range(CEPSTRA)), y=list(values), name=way, legendgroup=way, mode="lines+markers",
                    marker={"symbol": symbol, "size": 9}, line={"color": colour}, showlegend=column == 1,
                ), row=1, col=column,
            )  # fmt: skip
    figure.update_xaxes(title="MFCC", dtick=1)
    figure.update_yaxes(title="CCC with clean speech", range=[0, 1.02], title_standoff=4)
    return figure


def frames_figure(frames: Mapping[str, Floats32], mfccs: Sequence[int] = (0, 1)) -> Any:
    """Draw some MFCCs of a piece of speech: clean, as heard, and enhanced.

    Parameters
    ----------
    frames : mapping of str to float32 array of shape (frames, 13)
        Three of them, in this order.
    mfccs : sequence of int
        A panel each.
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    titles = [f"MFCC {number}" for number in mfccs]
    figure = styled(
        make_subplots(len(mfccs), 1, subplot_titles=titles, shared_xaxes=True, vertical_spacing=0.14),
        130 + 260 * len(mfccs),
    )
    for row, number in enumerate(mfccs, start=1):
        for (name, each), colour in zip(frames.items(), (INK, BASELINE, PALETTE[1]), strict=True):
            figure.add_trace(
                go.Scatter(
                    x=np.arange(len(each)) / STEPS_HZ, y=each[:, number], name=name, mode="lines", legendgroup=name,
                    line={"color": colour, "width": 2.5 if colour == INK else 1.8}, showlegend=row == 1,
                ), row=row, col=1,
            )  # fmt: skip
    figure.update_xaxes(title="seconds", row=len(mfccs), col=1)
    figure.update_layout(width=WIDTH)
    return figure


def learning_figure(history: pd.DataFrame) -> Any:
    """Draw the squared error on development sequences by epoch, mean over seeds: a panel for each experiment."""
    import plotly.graph_objects as go

    names = history["experiment"].unique().tolist()
    conditions = history["condition"].unique().tolist()
    figure, shown = grid_of_panels([""], names, 420), set[str]()
    for (experiment, condition), mine in history.groupby(["experiment", "condition"], sort=False):
        mean, number = mine.groupby("epoch")["error"].mean(), conditions.index(condition)
        label = f"{mine['way'].iloc[0]} {condition}"
        every = max(1, len(mean) // 12)
        figure.add_trace(
            go.Scatter(
                x=mean.index[::every], y=mean.iloc[::every], name=label, legendgroup=label,
                line={"color": PALETTE[number % len(PALETTE)], "dash": DASHES[number % len(DASHES)]},
                mode="lines+markers", marker={"symbol": SYMBOLS[number % len(SYMBOLS)]}, showlegend=label not in shown,
            ), row=1, col=names.index(experiment) + 1,
        )  # fmt: skip
        shown.add(label)
    figure.update_xaxes(title="epoch")
    figure.update_yaxes(title="squared error, development", title_standoff=4, rangemode="tozero")
    return figure
