"""The figures of the recipe cooperative: ways to learn with one view and two, and damage round by round."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd

from seral_core.charts import draw_curves
from seral_core.recipes.comparison import Field
from seral_core.recipes.cooperative.damage import LABELS, WRONG
from seral_core.recipes.cooperative.ways import VIEWS, WAYS
from seral_core.recipes.figures import grid_of_panels
from seral_core.scores.spent import Spent
from seral_core.scores.statistics import aligned

ROUNDS = Spent("rounds", "rounds of the machine", "rounds")


def curves_figure(field: Field) -> Any:
    """Draw the mean curve of each way: those of one view in one panel, those of two in another.

    Parameters
    ----------
    field : Field
        Has a curve for each way.
    """
    figure = grid_of_panels([""], ["one view", "two views"], 420)
    shown: set[str] = set()
    names = [way.name for way in WAYS if not way.views]
    for column, views in ((1, False), (2, True)):
        ways = [way.name for way in WAYS if way.views == views]
        # The same kind of way has the same look in both panels.
        found = {name: field.curves[name] for name in ways}
        alike = [replace(curve, name=_plain(name)) for name, curve in found.items()]
        draw_curves(figure, alike, names, shown, bands=False, row=1, col=column)
    figure.update_xaxes(title="labels of people")
    figure.update_yaxes(title="UAR", tickformat=".3~f", title_standoff=4)
    return figure


def _plain(name: str) -> str:
    """Return the way of one view that is like this one."""
    return {"co-training": "self-training"}.get(name, name.replace(VIEWS, ""))


def damage_figure(frame: pd.DataFrame) -> Any:
    """Draw UAR, the share of the machine's labels that is wrong, and their number, by round.

    Parameters
    ----------
    frame : DataFrame
        The trials of damage.
    """
    panels = {"uar": "UAR", WRONG: "share of the machine's labels that is wrong", LABELS: "the machine's labels"}
    figure = grid_of_panels([""], list(panels.values()), 420)
    names, shown = frame["strategy"].unique().tolist(), set[str]()
    for column, metric in enumerate(panels, 1):
        mine = frame[frame["metric"] == metric]
        curves = aligned(mine.assign(curve=mine["strategy"]))
        draw_curves(figure, curves, names, shown, bands=metric == "uar", spent=ROUNDS, row=1, col=column)
    figure.update_xaxes(title=ROUNDS.title)
    return figure
