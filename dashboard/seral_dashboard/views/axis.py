"""What learning curves are drawn along: chosen in Run and in Compare, kept in the address."""

from __future__ import annotations

import streamlit as st

from seral_core.errors import BadPlan
from seral_dashboard import axes, data
from seral_dashboard.as_text import escaped


def choose(place: st.delta_generator.DeltaGenerator, experiments: list[data.Experiment]) -> str:
    """Offer the axes of some experiments and return the chosen one; say why where it cannot be had, and count labels.

    Parameters
    ----------
    place : DeltaGenerator
        Where on the page.
    experiments : list of Experiment
        Those whose curves are drawn.
    """
    known = axes.offered(experiments)
    along = str(
        place.selectbox(
            "Along",
            list(known),
            format_func=known.__getitem__,
            key="along",
            bind="query-params",
            help="What the curves are drawn along, and what is counted as saved.",
        )
    )
    try:
        for experiment in experiments:
            axes.scores(experiment, along)
    except BadPlan as wrong:
        st.caption(escaped(data.sentence(wrong)))
        return axes.COST
    return along
