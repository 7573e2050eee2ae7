"""What follows in a round after the chosen strategy has asked: further steps, such as the machine's own labels."""

from __future__ import annotations

import streamlit as st

from seral_core.runs.plan import Plan
from seral_core.runs.step_plan import StepPlan
from seral_core.strategies.base import strategies
from seral_dashboard import setup

#: What a further step asks for at first: what the machine is sure of.
FIRST, ORACLE = "most-confident", "machine"
MOST = 5
HELP = (
    "A round may have several steps: people label what the strategies above ask for, then the "
    "machine labels what it is sure of, or another strategy asks again. Machine labels cost "
    "nothing and never count as people's."
)


def asked_for(plan: Plan) -> Plan:
    """Ask for further steps of a round, and return the plan with them."""
    if plan.scenario == "stream":
        return plan
    with st.expander("Further steps of a round"):
        st.caption(HELP)
        many = int(st.number_input("Further steps", 0, MOST, 0, key="new-steps"))
        more = tuple(_step(plan, number) for number in range(many))
    return plan.varied(steps=(StepPlan("query"), *more)) if more else plan


def _step(plan: Plan, number: int) -> StepPlan:
    who, many, strategy, targets = st.columns([1.6, 1, 2, 2])
    oracle = who.selectbox(
        "Who answers",
        [ORACLE, *setup.ORACLES],
        key=f"new-step-oracle-{number}",
        format_func=lambda name: "the machine" if name == ORACLE else setup.ORACLES[name],
    )
    n = int(many.number_input("Clips, at most", 1, 100_000, 50, 10, key=f"new-step-n-{number}"))
    names = list(dict.fromkeys([FIRST, *strategies]))
    usual = names.index(FIRST if oracle == ORACLE else "random")
    chosen = strategy.selectbox(
        "Strategy", names, index=usual, accept_new_options=True, key=f"new-step-strategy-{number}-{oracle}"
    )
    asked = targets.multiselect(
        "Targets", plan.targets, key=f"new-step-targets-{number}", placeholder="all", disabled=len(plan.targets) < 2
    )
    if oracle == ORACLE:
        oracle = _machine(number)
    return StepPlan(f"{oracle.partition(':')[0]}-{number + 2}", str(chosen), oracle, n, tuple(asked))


def _machine(number: int) -> str:
    sure, quota, weight, keep = st.columns(4)
    above = sure.slider(
        "Least confidence",
        0.0,
        1.0,
        0.9,
        0.01,
        key=f"new-step-above-{number}",
        help="The posterior of the predicted class; of a scale, how small the deviation is beside half its range.",
    )
    most = int(quota.number_input("Most per class", 0, 100_000, 0, key=f"new-step-quota-{number}", help="0: all."))
    counts = weight.slider(
        "Weight of a machine label",
        0.05,
        1.0,
        1.0,
        0.05,
        key=f"new-step-weight-{number}",
        help="What it counts in training, where a person's label counts 1.",
    )
    kept = keep.slider(
        "Takes back below",
        0.0,
        1.0,
        0.0,
        0.05,
        key=f"new-step-keep-{number}",
        help="Before it labels more, it takes back its labels that a model of people's labels alone is less sure of. "
        "0: it takes nothing back.",
    )
    withdraws = f":keep={min(kept, above):g}:honest=yes" if kept else ""
    return f"{ORACLE}:above={above:g}:quota={most}:weight={counts:g}{withdraws}"
