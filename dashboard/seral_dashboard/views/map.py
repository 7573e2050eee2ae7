"""View: the pool as a map, round by round."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seral_dashboard import component, data, in_time, streams
from seral_dashboard.pages import choose, current, warn
from seral_dashboard.views.in_time import named
from seral_dashboard.views.run import offer_demo

LAYOUTS = {"tsne": "t-SNE", "umap": "UMAP", "pca": "PCA"}


def show() -> None:
    experiment = current()
    if experiment is None:
        offer_demo("The map shows where a strategy looks. It needs a run:")
        return
    one, two, three = st.columns([2.2, 2, 1.1], vertical_alignment="center")
    with one:
        experiment = choose(experiment)
    begun = {plan.key: plan for plan, _ in experiment.started}
    if not begun:
        st.info(
            "This experiment has not started yet; its map appears with the first round.", icon=":material/hourglass:"
        )
        st.button("Look again")
        return
    wanted = st.query_params.get("of", "")
    keys = list(begun)
    picked = two.selectbox(
        "Run",
        keys,
        index=keys.index(wanted) if wanted in keys else 0,
        key=f"map-run-{experiment.id}",
        format_func=lambda key: named(begun[key], experiment),
        label_visibility="collapsed",
    )
    st.query_params["of"] = picked
    layout = chosen_layout(three)
    warn(experiment)
    if streams.is_stream(experiment):
        st.caption(
            "A stream: the map shows what has been asked for. What arrived and was not asked for "
            "is among the small points; the view Run counts it."
        )
    if in_time.is_traced(experiment):
        st.caption(
            "Labels are traces: a point is a stretch of a recording, its colour the mean of the trace, and the "
            "learning curve counts seconds traced. The view Run shows recordings in time."
        )
    active = data.progress(experiment).active
    component.map_view(experiment.id, picked, layout, active, key="map")


def chosen_layout(place: DeltaGenerator) -> str:
    """Offer the layouts of a map, and return the chosen one; the address keeps it."""
    layout = place.segmented_control(
        "Layout", list(LAYOUTS), default="tsne", format_func=LAYOUTS.__getitem__, label_visibility="collapsed",
        key="layout", bind="query-params",
    )  # fmt: skip
    return layout or "tsne"
