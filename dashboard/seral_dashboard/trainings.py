"""A long training on its way, drawn epoch by epoch: losses, and what a pre-training predicts of what it hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from seral_core.training_figure import epochs_frame, training_figure
from seral_dashboard.dark import plot


def measured(training: Mapping[str, Any]) -> pd.DataFrame:
    """Return what a training measured so far, as `training_figure` draws it; what is no number is passed over.

    Parameters
    ----------
    training : mapping
        As `seral_core.runs.training_progress.training_of` gives it.

    Examples
    --------
    >>> measured({"epochs": [{"epoch": 1, "loss": 2.5, "accuracy": "high"}]}).to_dict("list")
    {'metric': ['loss'], 'spent': [1.0], 'value': [2.5]}
    """
    epochs = training.get("epochs")
    found = [epoch for epoch in epochs if isinstance(epoch, dict)] if isinstance(epochs, list) else []
    numbers = [{name: value for name, value in epoch.items() if isinstance(value, int | float)} for epoch in found]
    return epochs_frame([epoch for epoch in numbers if "epoch" in epoch])


def show(training: Mapping[str, Any]) -> None:
    """Draw what a training measured so far; nothing where that is nothing."""
    frame = measured(training)
    if len(frame):
        plot(training_figure(frame), key="training")
