"""Whether the database of a labelling project is there: said on its page, and taken back, by itself."""

from __future__ import annotations

import streamlit as st

from seral_core.store import Away, LabelStore
from seral_dashboard.as_text import escaped
from seral_dashboard.pages import sentences

#: How often it is looked, in seconds.
TICK_S = 3.0
#: What stands in the place of what only the database knows.
LATER = "This is shown again by itself once the database is reached."


def watched(store: LabelStore) -> None:
    """Say while the database is away what that means; show the page anew when it goes, or comes back."""
    st.fragment(sentences(_look), run_every=TICK_S)(store)


def _look(store: LabelStore) -> None:
    wrong = ""
    try:
        store.check()
    except Away as found:
        wrong = str(found)
    before = st.session_state.get(_AWAY, False)
    st.session_state[_AWAY] = bool(wrong)
    if before != bool(wrong):
        st.rerun()
    if wrong:
        st.warning(
            "**The database that keeps the answers is not reached just now.** Nothing that was saved is lost. Raters "
            "can answer a few clips more: those answers wait in their browsers, and are sent by themselves as soon "
            f"as it is back. This page notices that by itself, too.\n\n{escaped(wrong)}",
            icon=":material/database_off:",
        )


_AWAY = "database-away"
