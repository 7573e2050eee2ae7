"""What learning curves are drawn along: chosen in Run and in Compare, kept in the address."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from seral_core.errors import BadPlan
from seral_dashboard import axes, data
from seral_dashboard.as_text import escaped

Labelled = Literal["visible", "collapsed"]


def choose(
    place: st.delta_generator.DeltaGenerator, experiments: list[data.Experiment], label: Labelled = "visible"
) -> str:
    """Offer the axes of some experiments and return the chosen one; say why where it cannot be had, and count labels.

    Parameters
    ----------
    place : DeltaGenerator
        Where on the page.
    experiments : list of Experiment
        Those whose curves are drawn.
    label : {"visible", "collapsed"}
        Whether a label stands above.
    """
    known = axes.offered(experiments)
    along = str(
        place.selectbox(
            "Along",
            list(known),
            format_func=lambda name: f"along {known[name]}" if label == "collapsed" else known[name],
            key="along",
            bind="query-params",
            label_visibility=label,
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
