"""Part of several views: rename what is shown, throw it away, bring something back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from seral_core.errors import SeralError
from seral_dashboard.as_text import escaped
from seral_dashboard.pages import show_error
from seral_dashboard.tidy import KEPT, Shelf

Then = Callable[[Path | None], None]


def offer(place: Any, shelf: Shelf, folder: Path, what: str, then: Then, name: str = "") -> None:
    """Offer to rename what is shown or to throw it away, and to bring back what was.

    Parameters
    ----------
    place : container
        Where the button stands.
    shelf : Shelf
        Where it lies.
    folder : Path
        Of what is shown.
    what : str
        Such as ``"experiment"``.
    then : callable
        Shows another one, by its folder; None for whichever is the newest.
    name : str
        What it is called, where its folder is called otherwise.
    """
    now = name or folder.name
    with place.popover("", icon=":material/more_vert:", help=f"Rename this {what}, or throw it away"):
        name = st.text_input("Name", now, key=f"tidy-name-{folder.name}")
        one, two = st.columns(2)
        try:
            if one.button("Rename", key="tidy-rename", width="stretch", disabled=name == now):
                then(shelf.rename(folder, name))
            if two.button("Throw away", key="tidy-away", icon=":material/delete:", width="stretch"):
                shelf.throw_away(folder)
                then(None)
            _bin(shelf, then)
        except SeralError as wrong:
            show_error(wrong)


def offer_bin(place: Any, shelf: Shelf, then: Then) -> None:
    """Offer what was thrown away where nothing else is shown; nothing where the bin is empty."""
    try:
        if shelf.thrown_away():
            with place.popover("In the bin", icon=":material/delete:", width="stretch"):
                _bin(shelf, then)
    except SeralError as wrong:
        show_error(wrong)


def _bin(shelf: Shelf, then: Then) -> None:
    thrown = shelf.thrown_away()
    if not thrown:
        st.caption(f"What is thrown away can be brought back for {KEPT.days} days.")
        return
    st.caption(f"In the bin, for {KEPT.days} days each:")
    for each in thrown:
        text = f"{escaped(shelf.name_of(each))} ({each.days_left} days left)"
        if st.button(text, key=f"tidy-back-{each.folder.name}", icon=":material/undo:", width="stretch"):
            then(shelf.bring_back(each.folder.name))
