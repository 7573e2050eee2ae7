"""How a corpus was read: what each column is, what words and channels mean, and forms to set it right for good."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from seral_core.corpora.base import MERGE
from seral_core.corpora.columns import CLASS, DESCRIPTION, ROLES, SCALE
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.rater_columns import VOTES
from seral_core.corpora.reading import Reading, remembered, with_column
from seral_core.corpora.remembering import remember_all
from seral_core.corpora.tables import is_table, read_table
from seral_core.errors import SeralError
from seral_core.home import placed
from seral_dashboard import speech
from seral_dashboard.as_text import code, escaped
from seral_dashboard.pages import sentences
from seral_dashboard.views import reading

#: What can be chosen for a column, and what it means in a reading.
MEANS = {role: role for role in ROLES if role not in ("target", "value")} | {
    "target, classes": CLASS, "target, a scale": SCALE, "counts of votes": VOTES, DESCRIPTION: DESCRIPTION,
}  # fmt: skip
CHANNELS = {"": "as found", "each": "each is a clip", "mix": "mixed", "1": "the first", "2": "the second"}


@sentences
def ask(where: str, corpus: Corpus | None) -> None:
    """Show how a corpus was read, and forms to change it; a change is remembered for all commands and pages.

    Parameters
    ----------
    where : str
        The corpus.
    corpus : Corpus or None
        As it was read; None where it could not be.
    """
    if reading.built_in(where) or where.startswith(MERGE):
        return
    before = remembered(where)
    with st.expander("How it is read", expanded=corpus is None):
        if before:
            st.caption(f"Remembered: {code(str(before))}")
        with st.form(f"understood-{where}", border=False):
            edited = _columns(where, corpus)
            said = _rest(where, before)
            read = st.form_submit_button("Read it like this", type="primary")
        if before and st.button("Read it as it is", help="Forget what was said here"):
            _apply(where, Reading())
        if read:
            for column, means in edited.items():
                said = with_column(said, column, means)
            if said != before:
                _apply(where, said)


def _columns(where: str, corpus: Corpus | None) -> dict[str, str]:
    """Show the columns of a table and what they were taken for; return those that were changed."""
    roles = dict(corpus.columns) if corpus is not None else {}
    first = _first_rows(where)
    if first is None and not roles:
        return {}
    names = list(roles or first.columns if first is not None else roles)
    shown = pd.DataFrame(
        {
            "Column": [name or "(no name)" for name in names],
            "Is": [roles.get(name, "not known") for name in names],
            "First cells": [_sample(first, name) for name in names],
        }
    )
    options = [*MEANS, *dict.fromkeys(role for role in shown["Is"] if role not in MEANS)]
    edited = st.data_editor(
        shown, hide_index=True, width="stretch", key=f"columns-{where}", disabled=["Column", "First cells"],
        column_config={"Is": st.column_config.SelectboxColumn("Is", options=options, required=True)},
    )  # fmt: skip
    changed = zip(names, shown["Is"], edited["Is"], strict=True)
    return {name: MEANS[now] for name, was, now in changed if now != was and now in MEANS}


def _first_rows(where: str) -> pd.DataFrame | None:
    path = placed(where)
    try:
        return read_table(path).frame.head(3) if is_table(path) else None
    except SeralError:
        return None  # the page says why the corpus cannot be read


def _sample(frame: pd.DataFrame | None, name: str) -> str:
    if frame is None or name not in frame:
        return ""
    return " · ".join("" if pd.isna(cell) else str(cell)[:30] for cell in frame[name])


def _rest(where: str, before: Reading) -> Reading:
    """Ask for everything but the columns."""
    one, two, three = st.columns(3)
    words = [text.partition(" ")[2] for text in before.said if text.startswith("class ")]
    pattern = next((text.partition(" ")[2] for text in before.said if text.startswith("pattern ")), "")
    with one:
        reader = reading.reader("Reader", f"understood-reader-{where}", "recognised", chosen=before.reader)
        ranges = reading.ranges("Ranges", f"understood-ranges-{where}", value=", ".join(before.ranges))
    with two:
        typed = st.text_input(
            "Words", ", ".join(words), key=f"understood-words-{where}", placeholder="0=anger, xxx=",
            help="What words or numbers mean; nothing behind the sign: no answer.",
        )  # fmt: skip
        pattern = st.text_input(
            "Pattern of names", pattern, key=f"understood-pattern-{where}",
            placeholder="{speaker}_{emotion}_{take}.wav", help="What the names of files say, where no table does.",
        )  # fmt: skip
    with three:
        channel = st.selectbox(
            "Channels", list(CHANNELS), index=list(CHANNELS).index(before.channel) if before.channel in CHANNELS else 0,
            key=f"understood-channel-{where}", format_func=CHANNELS.__getitem__,
            help="Of recordings with several channels, such as the two sides of a call.",
        )  # fmt: skip
    said = [text for text in before.said if text.startswith("column ")]
    said += [f"class {part.strip()}" for part in typed.split(",") if part.strip()]
    said += [f"{kind} {text.strip()}" for kind, text in (("pattern", pattern), ("channel", channel)) if text.strip()]
    return Reading(reader, ranges, tuple(said))


def _apply(where: str, said: Any) -> None:
    remember_all(where, said)
    speech.forget()
    st.rerun()


def cannot(wrong: SeralError) -> None:
    """Say why a corpus cannot be read."""
    st.error(escaped(str(wrong)), icon=":material/error:")
