"""View: below the curves of an experiment on traces, its recordings in time."""

from __future__ import annotations

import streamlit as st

from seral_core.runs.events import Asked, Scored
from seral_core.runs.plan import Plan
from seral_dashboard import component, data, in_time


def show(experiment: data.Experiment) -> None:
    """Show gold and model in time for one of its runs, where labels are traces."""
    if not in_time.is_traced(experiment):
        return
    st.subheader("Emotion in time")
    begun = {plan.key: (plan, log) for plan, log in experiment.started}
    key = next(iter(begun))
    if len(begun) > 1:
        key = st.selectbox(
            "Run", list(begun), key=f"in-time-run-{experiment.id}", label_visibility="collapsed",
            format_func=lambda each: named(begun[each][0], experiment),
        )  # fmt: skip
    plan, log = begun[key]
    news = sum(isinstance(event, Scored | Asked) for event in log.events())
    component.in_time_view(experiment.id, key, plan.learner, news, key="in-time")
    st.caption(
        "Of test recordings: the raters, gold, and what the model says. Of recordings of the pool: the stretches that "
        "were asked for, numbered in the order of asking."
    )


def named(plan: Plan, experiment: data.Experiment) -> str:
    """Return what tells a run from the others of its experiment."""
    more = [f"seed {plan.seed}"] if len(experiment.grid.seeds) > 1 else []
    more += [f"test part {plan.fold}"] if len(experiment.grid.folds) > 1 else []
    return ", ".join([plan.strategy, *more])
