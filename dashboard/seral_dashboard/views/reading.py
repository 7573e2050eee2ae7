"""Which corpus, and how it is read: asked for in the same words wherever a page needs one."""

from __future__ import annotations

from functools import partial

import streamlit as st

from seral_core.corpora.base import MERGE, readers
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.reading import Reading, remembered, settled
from seral_dashboard import speech
from seral_dashboard.as_text import code, escaped

OTHER = "Another folder or table …"
READER = "Which layout the files have; usually recognised."
RANGES = "Lowest and highest value of scales, where the table does not give them: `arousal=1:9, valence=1:9`."


def where(label: str, key: str, *, none: str = "", chosen: str = "synthetic", help: str | None = None) -> str | None:
    """Ask for a corpus.

    Parameters
    ----------
    label, key, help
        Of the widget; the path has ``-path`` behind the key.
    none : str
        What it means to choose none, where that can be done.
    chosen : str
        What is chosen at first; empty for none.

    Returns
    -------
    str or None
        A name or an absolute path; empty for none; None while a path is missing.
    """
    known = [*([""] if none else []), *speech.known_corpora(), OTHER]
    picked = st.selectbox(
        label,
        known,
        key=key,
        format_func=partial(_named, none=none),
        help=help,
        index=known.index(chosen) if chosen in known else 0,
    )
    if picked != OTHER:
        return str(picked)
    typed = st.text_input(
        "Path of the folder or table", key=f"{key}-path", placeholder="/home/me/recordings",
        help="Several as one: `merge:/path/to/one,/path/to/another`, with the classes they share.",
    )  # fmt: skip
    return speech.place(typed.strip()) if typed.strip() else None


def _named(name: str, none: str) -> str:
    return {"": none, "synthetic": "Built-in corpus (synthetic voices)"}.get(name, name)


def how(key: str, where: str) -> Reading:
    """Ask for reader and ranges of a corpus, in a drawer, over what is remembered of it."""
    if built_in(where) or where.startswith(MERGE):
        return Reading()
    with st.expander("How it is read"):
        said = reader("Reader", f"{key}-reader-{where}", "recognised"), ranges("Ranges", f"{key}-ranges-{where}")
        if known := remembered(where):
            st.caption(f"As remembered on the page Corpus: {code(str(known))}")
    return settled(where, *said)


def built_in(where: str) -> bool:
    """Whether a corpus is made by SERAL, so that nothing has to be asked about how it is read."""
    return where == "synthetic" or where.startswith("synthetic:")


def reader(label: str, key: str, shown: str, help: str = READER, chosen: str = "") -> str:
    """Ask for a reader; empty for one that recognises the files."""
    known = ["", *readers]
    at = known.index(chosen) if chosen in known else 0
    return str(st.selectbox(label, known, at, key=key, format_func=lambda name: name or shown, help=help) or "")


def ranges(label: str, key: str, help: str = RANGES, value: str = "") -> tuple[str, ...]:
    """Ask for ranges of scales."""
    text = st.text_input(label, value, key=key, placeholder="arousal=1:9, valence=1:9", help=help)
    return tuple(part.strip() for part in text.split(",") if part.strip())


def opened(where: str, reading: Reading) -> tuple[Corpus, str]:
    """Open a corpus and remember it; return it and the key by which its clips can be listened to."""
    with st.spinner(f"Opening {escaped(where)} … (the built-in corpus is made on first use, in about 20 s)"):
        found = speech.corpus(where, reading)
    if not built_in(where):
        speech.remember(where)
    return found
