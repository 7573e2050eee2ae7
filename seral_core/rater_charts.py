"""Figures of raters: how skilled each is and how surely that is known, and who agrees with whom."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from seral_core.charts import ACCENT, INK, PAPER, styled
from seral_core.figure_text import figure_text, in_cells


def skills_figure(raters: pd.DataFrame) -> Any:
    """Draw each rater's share of right answers with its 95 % interval, the best on top.

    Parameters
    ----------
    raters : DataFrame by rater
        Columns ``answers``, ``skill``, ``low`` and ``high``, as `seral_core.scores.skills.skills` gives them.

    Examples
    --------
    >>> found = pd.DataFrame({"answers": [9], "skill": [0.7], "low": [0.5], "high": [0.9]}, index=["ann"])
    >>> skills_figure(found).data[0].x
    (0.7,)
    """
    import plotly.graph_objects as go

    rows = raters.sort_values("skill", ascending=False)
    skill, names = rows["skill"].tolist(), [figure_text(str(name)) for name in rows.index]
    figure = go.Figure(
        go.Scatter(
            x=skill, y=names, mode="markers", marker={"size": 12, "color": ACCENT},
            error_x={"type": "data", "symmetric": False, "array": (rows["high"] - rows["skill"]).tolist(),
                     "arrayminus": (rows["skill"] - rows["low"]).tolist(), "color": ACCENT, "thickness": 2},
            customdata=rows[["low", "high", "answers"]].to_numpy(),
            hovertemplate="%{y}: %{x:.0%} [%{customdata[0]:.0%}, %{customdata[1]:.0%}], "
                          "%{customdata[2]} answers<extra></extra>",
        )
    )  # fmt: skip
    figure = styled(figure, 110 + 34 * len(rows)).update_layout(margin_t=8)
    figure.update_xaxes(title="right answers", tickformat=".0%", range=[0, 1.02])
    return figure.update_yaxes(type="category", autorange="reversed", automargin=True, ticks="")


def agreement_figure(agree: pd.DataFrame) -> Any:
    """Draw the share of equal answers of each pair of raters; empty where they share no clip.

    Parameters
    ----------
    agree : DataFrame of shape (raters, raters)
        As of `seral_core.crowds.profile.Profiles`.

    Examples
    --------
    >>> both = pd.DataFrame([[1.0, 0.5], [0.5, 1.0]], index=["ann", "ben"], columns=["ann", "ben"])
    >>> agreement_figure(both).data[0].z[0].tolist()
    [1.0, 0.5]
    """
    import plotly.graph_objects as go

    names = [figure_text(str(name)) for name in agree.index]
    heat = go.Heatmap(
        z=agree.to_numpy(float), x=names, y=names,
        showscale=False, colorscale=[[0, "#F3F7F8"], [1, ACCENT]], zmin=0, zmax=1,
        hovertemplate="%{y} and %{x}: %{z:.0%} equal answers<extra></extra>",
    )  # fmt: skip
    figure = styled(go.Figure(heat), 140 + 34 * len(names)).update_layout(margin_t=8)
    if len(names) < 13:
        said = [["" if np.isnan(share) else f"{share:.0%}" for share in row] for row in agree.to_numpy(float)]
        figure.add_trace(in_cells(agree.to_numpy(float), said, names, INK, PAPER))
    figure.update_xaxes(type="category", showgrid=False, ticks="")
    return figure.update_yaxes(type="category", autorange="reversed", automargin=True, showgrid=False, ticks="")
