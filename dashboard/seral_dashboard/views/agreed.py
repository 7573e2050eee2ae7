"""The part Agreement of a labelling project: with one another, with oneself, with known answers, along a trace."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from seral_core.studio.project import LabelProject
from seral_core.studio.session import Session
from seral_core.types import Target
from seral_dashboard import agreement
from seral_dashboard.as_text import escaped
from seral_dashboard.pages import facts


def show(session: Session) -> None:
    """Show how far raters agree."""
    target = _target(session.studio)
    if target.rate_hz:
        _traced(session, target)
        return
    found = agreement.agreement(session, target)
    facts(
        {
            "Krippendorff's alpha": number(found.alpha),
            "Clips with two raters or more": f"{found.clips:,}",
            "Raters": f"{len(session.studio.raters)}",
        }
    )
    _tables(found, target)


def _target(studio: LabelProject) -> Target:
    targets = {target.name: target for target in studio.task}
    first = next(iter(targets))
    if len(targets) == 1:
        return targets[first]
    return targets[
        str(st.segmented_control("Target", list(targets), default=first, required=True, format_func=escaped))
    ]


def number(value: float) -> str:
    """Return a number for people; a dash where there is none."""
    return f"{value:.2f}" if value == value else "–"


def _traced(session: Session, target: Target) -> None:
    found = agreement.traced(session, target)
    facts(
        {
            "CCC between raters, as traced": number(found.raw),
            "After their lags are corrected": number(found.corrected),
            "Clips that two or more traced": f"{found.clips:,}",
        }
    )
    if found.clips:
        names = {"clips": "Clips", "lag_s": "Behind the quickest, s"}
        st.dataframe(found.lags.rename(columns=names).rename_axis("Rater").round(2), width="content")
    else:
        st.info("No clip has been traced by two raters yet. A project can ask for several raters per clip.")


def _tables(found: agreement.Agreement, target: Target) -> None:
    parts = {
        "Each against the others": (found.rest, "Nobody has labelled a clip that another rater has labelled too."),
        "Each against oneself": (found.self, "No clip has been heard twice yet; a project can ask for 5 to 10 %."),
        "Each against known answers": (found.gold, "No clip with a known answer has been labelled yet."),
    }
    for column, (title, (frame, otherwise)) in zip(st.columns(3), parts.items(), strict=True):
        with column:
            st.caption(f"**{title}**")
            if len(frame):
                st.dataframe(_readable(frame), width="stretch")
            else:
                st.write(otherwise)
    what = "Share of equal answers" if not target.is_scale else "CCC and correlation of the values"
    st.caption(
        f"{what}. Alpha is 1 for perfect agreement and 0 for what chance would give; Krippendorff (2004) relies on "
        "labels from .8 on, and draws tentative conclusions from .667 on."
    )


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    names = {"segments": "Clips", "agreement": "Agree", "ccc": "CCC", "pcc": "PCC", "shift": "Shift"}
    return frame.rename(columns=names).rename_axis("Rater").round(2)
