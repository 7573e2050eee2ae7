"""The part Skills of a labelling project: how good each rater is and how surely, drift, time, confusions, agreement."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from seral_core.charts import confusion
from seral_core.crowds.profile import Profiles, profiles
from seral_core.rater_charts import agreement_figure, skills_figure
from seral_core.studio.session import Session
from seral_core.types import Target
from seral_dashboard.as_text import escaped
from seral_dashboard.dark import plot

NAMES = {
    "answers": "Answers",
    "skill": "Right",
    "interval": "95 % interval",
    "drift": "Later than earlier",
    "seconds": "Seconds an answer",
}


def show(session: Session) -> None:
    """Show what answers say of the raters of the project's categories."""
    categories = {target.name: target for target in session.studio.categories}
    if not categories:
        st.info("Skills are told by categories; of scales and traces, see Agreement.")
        return
    target = next(iter(categories.values()))
    if len(categories) > 1:
        name = st.segmented_control("Target", list(categories), default=target.name, required=True, format_func=escaped)
        target = categories[str(name)]
    found = found_in(session, target)
    if found is None:
        st.info("No clip has been labelled by two raters yet. A project can ask for several raters per clip.")
        return
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        st.caption("**How often each is right**, as all answers together say")
        plot(skills_figure(found.raters), key="skills")
        st.dataframe(readable(found.raters), width="stretch")
        st.caption(
            "Later than earlier: how much more often the second half of the answers is right than the first. An "
            "answer's seconds are those since the one before, pauses left out: what a rater costs."
        )
    with right:
        st.caption("**Who agrees with whom**")
        plot(agreement_figure(found.agree), key="skills-agree")
        who = st.selectbox("What is taken for what, by", list(found.confusions), format_func=escaped)
        figure = confusion(found.confusions[str(who)], target.classes)
        figure.update_xaxes(title="answered").update_yaxes(title="most probable", automargin=True)
        plot(figure, key="skills-confusion")


def found_in(session: Session, target: Target) -> Profiles | None:
    """Return what is known of the raters; None where no clip has two."""
    rows = [
        (answer.segment, answer.rater, answer.value, answer.answered_at)
        for answer in session.store.current()
        if answer.target == target.name
        and answer.kind == "answer"
        and answer.value in target.classes
        and answer.source != "machine"
        and answer.purpose != "repeat"
    ]
    frame = pd.DataFrame(rows, columns=["segment", "rater", "value", "at"])
    if not len(frame) or frame.groupby("segment")["rater"].nunique().max() < 2:
        return None
    return profiles(frame, target, frame["at"])


def readable(raters: pd.DataFrame) -> pd.DataFrame:
    """Return a table of raters for people, the best first."""
    rows = raters.sort_values("skill", ascending=False)
    frame = pd.DataFrame(
        {
            "answers": rows["answers"],
            "skill": rows["skill"].map("{:.0%}".format),
            "interval": [f"{low:.0%} to {high:.0%}" for low, high in zip(rows["low"], rows["high"], strict=True)],
            "drift": [
                "–" if each != each else f"{each:+.0%} [{low:+.0%}, {high:+.0%}]"
                for each, low, high in zip(rows["drift"], rows["drift_low"], rows["drift_high"], strict=True)
            ],
            "seconds": rows["seconds"].round(1),
        },
        index=rows.index,
    )
    return frame.rename(columns=NAMES).rename_axis("Rater")
