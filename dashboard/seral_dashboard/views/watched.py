"""A watched stream: what arrived, what waits for an answer, and the latest decisions."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from seral_core.errors import BadClip
from seral_core.features.audio import RATE_HZ, read_segment
from seral_dashboard import watching
from seral_dashboard.as_text import code, escaped
from seral_dashboard.pages import facts, forget, sentences

#: How often the page looks while a process watches, and while none does.
TICK_S = {True: 1.0, False: 5.0}
LATEST = 200
#: Largest recording that this page plays: all of it is kept in memory.
MOST_BYTES = 50_000_000
HEIGHT = 260
COLOURS = ("#D55E00", "#009E73", "#8a9499")


def offer(place: st.delta_generator.DeltaGenerator) -> None:
    """Offer the streams in a place of another page, where there are any."""
    known = watching.named_streams()
    if known and place.button("Watched streams", icon=":material/sensors:", width="stretch"):
        forget()
        st.query_params["stream"] = next(iter(known))
        st.rerun()


def show() -> None:
    """Show the stream that the address names."""
    known, wanted = watching.named_streams(), st.query_params["stream"]
    if wanted not in known:
        st.warning(
            f"There is no stream '{escaped(wanted)}' on this computer; it, or what it watched, may have been removed."
        )
    pick, back = st.columns([5, 1.2], vertical_alignment="center")
    if back.button("Experiments", icon=":material/arrow_back:", width="stretch"):
        del st.query_params["stream"]
        st.rerun()
    if not known:
        return
    stream = known.get(wanted) or next(iter(known.values()))
    picked = pick.selectbox(
        "Stream",
        list(known),
        index=list(known).index(stream.id),
        key=f"pick-stream-{stream.id}",
        format_func=lambda name: known[name].label,
        label_visibility="collapsed",
    )
    if picked != stream.id:
        st.query_params["stream"] = picked
        st.rerun()
    st.fragment(sentences(_live), run_every=TICK_S[stream.watched])(stream)


def _live(stream: watching.Stream) -> None:
    table, found = watching.decisions(stream), watching.counts(stream)
    _state(stream)
    known = {
        "Arrived": found.arrived,
        "Asked for": found.asked,
        "Answered": found.answered,
        "Open": len(found.open),
        "Passed": found.passed,
    }
    facts({name: f"{value:,}" for name, value in known.items()})
    if table.empty:
        st.caption("Nothing has been decided yet: a buffer is looked at when it is full.")
        return
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**Open questions**")
        _questions(stream, found.open)
    with right:
        st.markdown("**Since the start**")
        st.line_chart(watching.growth(table), height=HEIGHT, x_label="arrived", y_label="clips", color=[*COLOURS])
    st.markdown("**Latest decisions**")
    _latest(table)


def _state(stream: watching.Stream) -> None:
    plan = stream.plan
    pill, text = st.columns([1.1, 6.4], vertical_alignment="center")
    if stream.watched:
        pill.badge("watching", color="blue", icon=":material/sensors:")
        text.caption(f"{code(plan.folder)}. The process that watches continues when this page is closed.")
    else:
        pill.badge("not watched", color="gray", icon=":material/sensors_off:")
        text.caption(f"{code(plan.folder)}. Go on in a terminal: {code(f'seral resume {stream.folder}')}")


def _questions(stream: watching.Stream, names: tuple[str, ...]) -> None:
    if not names:
        st.caption("None: all that was asked for is answered.")
        return
    picked = st.dataframe(
        pd.DataFrame({"file": names}),
        hide_index=True,
        height=HEIGHT - 60,
        key=f"open-{stream.id}",
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = picked["selection"]["rows"]
    picked_one = rows and rows[0] < len(names)
    file, channel = stream.plan.clip(names[rows[0]]) if picked_one else ("", None)
    path = stream.plan.folder / file if file else None
    if path is not None and path.is_file() and path.stat().st_size > MOST_BYTES:
        st.caption(escaped(f"{path.name} is too large to be played here; open its folder in Corpus to hear it."))
    elif path is not None and path.is_file():
        _play(path, channel)
    elif path is not None:
        st.caption(escaped(f"{path.name} is not in the folder any more."))
    else:
        st.caption(f"Choose one to listen. Answers are read from {code(stream.plan.answers)}.")


def _play(path: Path, channel: int | None) -> None:
    if channel is None:
        st.audio(str(path))
        return
    try:
        st.audio(read_segment(path, channel=channel), sample_rate=RATE_HZ)
    except BadClip as wrong:
        st.caption(escaped(str(wrong)))


def _latest(table: pd.DataFrame) -> None:
    targets = list(table.columns[6:])
    rows = table.iloc[::-1].head(LATEST)[["file", "decision", *targets, "remark", "at"]]
    rows[targets] = rows[targets].map(lambda v: "" if pd.isna(v) else f"{v:g}" if isinstance(v, float) else str(v))
    st.dataframe(
        rows.assign(at=pd.to_datetime(rows["at"])),
        hide_index=True,
        height=38 + 35 * min(len(rows), 6),
        column_config={"at": st.column_config.DatetimeColumn("at", format="calendar")},
    )
