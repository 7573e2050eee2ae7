"""What a training does, epoch by epoch: loss, codeword accuracy, codewords in use, for pages and reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from seral_core.charts import BASELINE, PALETTE, styled

#: What is drawn, panel by panel, with titles: what is measured, and what it is held against.
PANELS = {
    "loss": ("loss", "held_out_loss"),
    "codeword accuracy": ("accuracy", "chance"),
    "codewords in use": ("perplexity", "codewords"),
    "validation loss": ("validation_loss",),
    "validation score": ("validation_score",),
}
WORDS = {
    "loss": "training", "held_out_loss": "held out", "accuracy": "predicted right", "chance": "chance",
    "perplexity": "perplexity", "codewords": "all", "validation_loss": "held-out labels",
    "validation_score": "held-out labels",
}  # fmt: skip


def epochs_frame(epochs: Sequence[Mapping[str, float]]) -> pd.DataFrame:
    """Return what a training measured so far as `training_figure` takes it.

    Parameters
    ----------
    epochs : sequence of mapping
        As in `seral_core.learners.base.Progress`.

    Examples
    --------
    >>> epochs_frame([{"epoch": 1, "loss": 2.5}]).to_dict("list")
    {'metric': ['loss'], 'spent': [1.0], 'value': [2.5]}
    """
    rows = [
        (name, float(epoch["epoch"]), float(value))
        for epoch in epochs
        for name, value in epoch.items()
        if name != "epoch"
    ]
    return pd.DataFrame(rows, columns=["metric", "spent", "value"])


def training_figure(frame: pd.DataFrame, width: int | None = None) -> Any:
    """Draw what was measured by epoch, averaged where an epoch has several rows, such as those of several test parts.

    Parameters
    ----------
    frame : DataFrame
        Columns ``metric spent value``; ``spent`` counts epochs. Metrics that are no part of `PANELS` are passed over.
    width : int, optional
        In pixels; left out, that of the page.

    Returns
    -------
    plotly Figure
        A panel for each thing that was measured.

    Examples
    --------
    >>> figure = training_figure(epochs_frame([{"epoch": 1, "loss": 2.5, "held_out_loss": 2.75}]))
    >>> [trace.name for trace in figure.data]
    ['training', 'held out']
    """
    import plotly.graph_objects as go
    from plotly.subplots import make_subplots

    means = frame.groupby(["metric", "spent"])["value"].mean()
    measured = set(frame["metric"])
    drawn = {title: names for title, names in PANELS.items() if names[0] in measured} or {"loss": ()}
    figure = styled(make_subplots(1, len(drawn), subplot_titles=list(drawn), horizontal_spacing=0.1), 340)
    for column, names in enumerate(drawn.values(), start=1):
        for name, colour, dash in zip(names, (PALETTE[1], BASELINE), ("solid", "dash"), strict=False):
            if name in measured:
                line = {"color": colour, "dash": dash}
                figure.add_trace(
                    go.Scatter(
                        x=means[name].index, y=means[name].to_numpy(), mode="lines+markers", name=WORDS[name],
                        line=line, legendgroup=name,
                    ), row=1, col=column,
                )  # fmt: skip
    figure.update_xaxes(title="epoch", dtick=1 if frame["spent"].max() <= 12 else None)
    figure.update_layout(width=width)
    return figure
