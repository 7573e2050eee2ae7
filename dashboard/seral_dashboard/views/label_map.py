"""The part Map of a labelling project: its clips as the model hears them, what it asks for, what raters answered."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from seral_core.studio.as_run import run_of
from seral_dashboard import component, data
from seral_dashboard.views.map import chosen_layout


def show(folder: Path) -> None:
    """Show the map of a project's training; it grows while raters label.

    Parameters
    ----------
    folder : Path
        Of the project.
    """
    run = run_of(folder)
    if run is None:
        st.info("The map appears with the first model: label a few clips.", icon=":material/map:")
        st.button("Look again")
        return
    layout = chosen_layout(st.container(horizontal_alignment="right"))
    component.map_view(data.show_too(run), run.name, layout, active=True, key="label-map")
