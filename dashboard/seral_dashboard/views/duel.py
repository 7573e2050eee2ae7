"""View: two strategies of an experiment on one map, round by round, with their sounds in turns."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seral_dashboard import component, duels
from seral_dashboard.as_text import escaped
from seral_dashboard.pages import choose, current
from seral_dashboard.views.map import chosen_layout
from seral_dashboard.views.run import offer_demo


def show() -> None:
    experiment = current()
    if experiment is None:
        offer_demo("A duel needs an experiment with two strategies:")
        return
    pick, left, right, which, how = st.columns([2.1, 1.2, 1.2, 1.35, 1.55], vertical_alignment="center")
    with pick:
        experiment = choose(experiment)
    names = duels.begun(experiment)
    if len(names) < 2:
        st.info("A duel needs two strategies with runs; start an experiment with two or more in the view Run.")
        return
    a = _chosen(left, "Left", names, st.query_params.get("a", ""))
    b = _chosen(right, "Right", duels.rivals(names, a), st.query_params.get("b", ""))
    pairs = duels.pairs(experiment, a, b)
    if not pairs:
        st.info(f"No runs of {escaped(a)} and {escaped(b)} have the same seed and test part yet.")
        return
    said = _chosen(which, "Run", list(pairs), st.query_params.get("of", duels.typical(experiment, a, b, pairs)))
    layout = chosen_layout(how)
    st.query_params.update({"a": a, "b": b, "of": said})
    sides = duels.sides(experiment, a, b, pairs[said])
    over = duels.over_all(experiment, a, b)
    component.duel_view(experiment.id, sides, layout, duels.unit(experiment), over, key="duel")


def _chosen(place: DeltaGenerator, label: str, options: list[str], wanted: str) -> str:
    """Ask for one of some names, beginning with the one that the address says."""
    index = options.index(wanted) if wanted in options else 0
    key = f"duel-{label}-{'-'.join(options)}"
    return str(place.selectbox(label, options, index=index, key=key, label_visibility="collapsed"))
