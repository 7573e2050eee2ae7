"""What all pages share: errors as sentences, and the choice of experiment that the address keeps."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import wraps
from typing import ParamSpec

import streamlit as st
from streamlit.errors import StreamlitAPIException

from seral_core.errors import SeralError
from seral_core.scores.headline import Headline
from seral_dashboard import data
from seral_dashboard.as_text import code, escaped

Given = ParamSpec("Given")
_log = logging.getLogger("seral.dashboard")


def show_error(wrong: Exception) -> bool:
    """Show an error as a sentence with a remedy; details of a mistake of ours go to the log."""
    if isinstance(wrong, SeralError):
        st.error(escaped(data.sentence(wrong)), icon=":material/error:")
    else:
        _log.error("a page failed", exc_info=wrong)
        st.error(
            "This part of the page could not be shown, by a mistake in SERAL. Nothing that was "
            "recorded is lost. Reload the page; if it happens again, report it with the details "
            f"in {code(data.log_path())}.",
            icon=":material/error:",
        )
    return True


def sentences(view: Callable[Given, None]) -> Callable[Given, None]:
    """Decorate a view or a part of one: what goes wrong in it is shown there, and the rest stays."""

    @wraps(view)
    def safe(*args: Given.args, **kwargs: Given.kwargs) -> None:
        try:
            view(*args, **kwargs)
        except Exception as wrong:
            show_error(wrong)

    return safe


def current() -> data.Experiment | None:
    """Return the experiment that the address names, or the newest; None where there is none yet."""
    wanted = st.query_params.get("run") or st.session_state.get("experiment", "")
    known = {experiment.id: experiment for experiment in data.experiments()}
    if wanted and wanted not in known:
        st.warning(
            f"There is no experiment '{escaped(wanted)}' in {code(data.runs_folder())}; it may "
            "have been moved or removed. Showing the newest one instead.",
            icon=":material/search_off:",
        )
    found = known.get(wanted) or next(iter(known.values()), None)
    if found is not None:
        keep(found)
    return found


def keep(experiment: data.Experiment) -> None:
    """Put the experiment into the address, so that the page can be shared and found again."""
    st.session_state["experiment"] = experiment.id
    st.set_page_config(page_title=f"{experiment.id} · SERAL")
    if st.query_params.get("run") != experiment.id:
        st.query_params["run"] = experiment.id


def forget() -> None:
    """Take out of the address all that no widget of this page keeps there."""
    for name in list(st.query_params):
        with suppress(StreamlitAPIException):  # a widget's own leaves with the widget
            del st.query_params[name]


def go_to(experiment: data.Experiment) -> None:
    """Show an experiment in the view Run, and nothing else that the address said."""
    forget()
    keep(experiment)
    st.rerun()


def choose(experiment: data.Experiment) -> data.Experiment:
    """Offer all experiments, and return the chosen one."""
    known = {found.id: found for found in data.experiments()}
    names = list(known)
    key = f"pick-{experiment.id}"
    picked = st.selectbox(
        "Experiment",
        names,
        index=names.index(experiment.id),
        key=key,
        format_func=lambda name: known[name].label,
        label_visibility="collapsed",
    )
    if picked != experiment.id:
        st.session_state["experiment"] = picked
        st.query_params["run"] = picked
        st.rerun()
    return known[picked]


def lead(name: str, **query: str) -> None:
    """Show another view, with what its address says."""
    st.switch_page(st.session_state["views"][name], query_params=query)


def say_outcome(found: Headline | None) -> None:
    """Show in large letters what a comparison found, if it found anything."""
    if found is None:
        return
    icon: dict[bool | None, str] = {True: ":green[:material/trending_up:]", False: ":gray[:material/trending_flat:]"}
    st.markdown(f"### {icon.get(found.helps, ':gray[:material/help:]')} {escaped(found.text)}")


def facts(known: Mapping[str, str]) -> None:
    """Show numbers by name, side by side as far as there is room, on a phone too."""
    with st.container(horizontal=True, gap="medium"):
        for name, value in known.items():
            st.metric(name, value, width="content")


def warn(experiment: data.Experiment) -> None:
    """Show what the runs of an experiment warn of, such as a speaker in both pool and test."""
    warn_of(data.progress(experiment).alarms)


def warn_of(alarms: Iterable[str]) -> None:
    """Show alarms, each in a box of its own."""
    for alarm in alarms:
        st.warning(f"**Take care:** {escaped(alarm)}.", icon=":material/warning:")
