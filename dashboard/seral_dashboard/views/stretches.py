"""View: of targets with traces, how long the stretches are that are asked for one by one."""

from __future__ import annotations

import streamlit as st

from seral_core.runs.plan import Plan
from seral_core.types import Task

#: Seconds of a stretch where nobody says otherwise.
USUAL_S = 10


def asked_stretch(plan: Plan, task: Task) -> Plan:
    """Ask for the length of stretches, where the targets have traces; return the plan with it."""
    if not any(target.rate_hz for target in task):
        return plan
    stretch = st.number_input(
        "Stretches, in seconds", 0, 3600, USUAL_S, 5, key="new-stretch",
        help="Recordings are cut into stretches of about so many seconds, which are traced one by one; 0 for whole "
        "recordings. Test recordings stay whole.",
    )  # fmt: skip
    return plan.varied(stretch=float(stretch or 0))
