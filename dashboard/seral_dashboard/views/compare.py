"""View: experiments side by side, with intervals, labels needed to reach a level, and files to take along."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seral_core import charts
from seral_core.guard import csv_text
from seral_core.scores.spent import spent_in
from seral_dashboard import axes, comparison, data, live
from seral_dashboard.as_text import escaped
from seral_dashboard.dark import plot
from seral_dashboard.pages import current, say_outcome, warn
from seral_dashboard.views import axis
from seral_dashboard.views.run import offer_demo

INTERVAL = "and half of its 95 % interval over test parts, where there are enough"
PLOTLY: dict[str, Any] = {
    "displaylogo": False,
    # Dragging zooms, a double click comes back: on a phone a row of buttons would stand in the legend.
    "modeBarButtonsToRemove": [
        "select2d",
        "lasso2d",
        "autoScale2d",
        "zoom2d",
        "pan2d",
        "zoomIn2d",
        "zoomOut2d",
        "resetScale2d",
    ],
    "toImageButtonOptions": {"format": "png", "scale": 3, "filename": "seral-learning-curves"},
}


def show() -> None:
    experiment = current()
    if experiment is None:
        offer_demo("Comparing needs at least one experiment:")
        return
    known = {found.id: found for found in data.experiments()}
    left, right = st.columns([2, 2], vertical_alignment="bottom")
    names = left.multiselect(
        "Experiments",
        list(known),
        default=[experiment.id],
        key="with",
        bind="query-params",
        format_func=lambda n: known[n].label,
    )
    for name in names:
        warn(known[name])
    chosen = [known[name] for name in names]
    if not any(len(data.scores(one)) for one in chosen):
        st.info("There is no score yet in what is chosen; start it in Run, or choose another one.")
        return
    with right:
        one, two, three = st.columns(3)
        frame = comparison.together(chosen, axis.choose(three, chosen))
        target, metric = _which(frame, one, two)
    frame, _ = charts.chosen(frame, metric, target)
    say_outcome(comparison.outcome(frame, metric))
    chart, table = st.columns([1.45, 1], gap="medium")
    with chart:
        guessing = live.shared_chance([one for one in chosen if len(data.scores(one))], target, metric)
        figure = charts.learning_curves(frame, metric, target).update_xaxes(
            title=axes.named(spent_in(frame), chosen).title
        )
        plot(_with_chance(figure, guessing), config=PLOTLY, key="compare-curves")
        st.caption(f"Lines: mean over finished runs. {_said(frame)}")
    with table:
        _levels(frame, metric)
    _export(frame)


def _with_chance(figure: Any, chance: float) -> Any:
    """Draw guessing as a curve, as axes leave shapes outside."""
    along = [x for trace in figure.data for x in trace.x]
    if along and not math.isnan(chance):
        figure.add_scatter(
            x=[min(along), max(along)], y=[chance] * 2, mode="lines+text", text=["", "guessing"],
            textposition="top left", textfont={"color": charts.FAINT}, showlegend=False, hoverinfo="skip",
            line={"color": charts.FAINT, "dash": "2px 6px"},
        )  # fmt: skip
    return figure


def _which(frame: pd.DataFrame, one: DeltaGenerator, two: DeltaGenerator) -> tuple[str, str]:
    targets = list(dict.fromkeys(frame["target"]))
    target = one.selectbox("Target", targets, key="target", bind="query-params")
    known = [m for m in charts.METRICS if m in set(frame.loc[frame["target"] == target, "metric"])]
    metric = two.selectbox(
        "Score",
        known,
        format_func=charts.METRICS.__getitem__,
        key="metric",
        bind="query-params",
        help=comparison.explained(known),
    )
    return target, metric


def _levels(frame: pd.DataFrame, metric: str) -> None:
    low, high = comparison.reach(frame)
    name = charts.METRICS.get(metric, metric)
    spent = spent_in(frame)
    level = st.slider(
        f"{spent.counted.capitalize()} needed to reach a {name} of",
        low,
        high,
        comparison.usual_level(frame),
        0.005,
        format="%.3f",
        key=f"level-{metric}-{low}-{high}",
    )
    rows = comparison.rows(frame, level)
    st.dataframe(
        rows,
        hide_index=True,
        height=38 + 35 * min(len(rows), 8),
        column_config={
            "curve": st.column_config.TextColumn("curve", width=118),
            "needed": st.column_config.TextColumn(spent.counted, help=f"{spent.title} until the mean curve is there"),
            "last": st.column_config.TextColumn(f"last {name}", help=f"mean at the end, {INTERVAL}"),
            "area": st.column_config.TextColumn("area", help=f"mean height over the range that all have, {INTERVAL}"),
            "runs": st.column_config.NumberColumn("runs", width=50),
            "parts": st.column_config.NumberColumn(
                "test parts", width=70, help="groups of test clips that share no speaker; 0: not known"
            ),
        },
    )
    baseline = comparison.baseline(frame)
    if baseline and len(rows) > 1:
        st.caption(f"**Above {escaped(baseline)}**, over paired runs. {_said(frame, baseline)}")
        plot(charts.differences(frame, baseline, metric), key="compare-gaps")


def _said(frame: pd.DataFrame, baseline: str = "") -> str:
    return escaped(" ".join(comparison.remarks(frame, baseline)))


def _export(frame: pd.DataFrame) -> None:
    st.subheader("Take along")
    one, two, three, four, _ = st.columns([1, 1, 1, 1.2, 2])
    one.download_button("CSV", csv_text(frame), "seral-curves.csv", "text/csv", width="stretch", on_click="ignore")
    file = io.BytesIO()
    frame.to_parquet(file, index=False)
    two.download_button("Parquet", file.getvalue(), "seral-curves.parquet", width="stretch", on_click="ignore")
    text = json.dumps(comparison.plain(frame), indent=1, ensure_ascii=False)
    three.download_button("JSON", text, "seral-summary.json", "application/json", width="stretch", on_click="ignore")
    four.download_button(
        "Figure (HTML)",
        lambda: charts.learning_curves(frame).to_html(include_plotlyjs=True),
        "seral-curves.html",
        "text/html",
        width="stretch",
        on_click="ignore",
        help="Opens in any browser, without a network. For PNG use the camera on the figure.",
    )
