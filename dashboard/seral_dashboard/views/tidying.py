"""Part of several views: rename what is shown, throw it away, bring something back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from seral_core.errors import SeralError
from seral_dashboard import tidy
from seral_dashboard.as_text import escaped
from seral_dashboard.pages import show_error


def offer(place: Any, folder: Path, what: str, then: Callable[[str], None]) -> None:
    """Offer to rename what is shown or to throw it away, and to bring back what was.

    Parameters
    ----------
    place : container
        Where the button stands.
    folder : Path
        Of what is shown.
    what : str
        Such as ``"experiment"``.
    then : callable
        Shows another one, by its name; an empty one for whichever is the newest.
    """
    with place.popover("", icon=":material/more_vert:", help=f"Rename this {what}, or throw it away"):
        name = st.text_input("Name", folder.name, key=f"tidy-name-{folder.name}")
        one, two = st.columns(2)
        try:
            if one.button("Rename", key="tidy-rename", width="stretch", disabled=name == folder.name):
                then(tidy.rename(folder, name).name)
            if two.button("Throw away", key="tidy-away", icon=":material/delete:", width="stretch"):
                tidy.throw_away(folder)
                then("")
            _bin(then)
        except SeralError as wrong:
            show_error(wrong)


def _bin(then: Callable[[str], None]) -> None:
    thrown = tidy.thrown_away()
    if not thrown:
        st.caption(f"What is thrown away can be brought back for {tidy.KEPT.days} days.")
        return
    st.caption(f"In the bin, for {tidy.KEPT.days} days each:")
    for each in thrown:
        text = f"{escaped(each.name)} ({each.days_left} days left)"
        if st.button(text, key=f"tidy-back-{each.folder.name}", icon=":material/undo:", width="stretch"):
            then(tidy.bring_back(each.folder.name).name)
