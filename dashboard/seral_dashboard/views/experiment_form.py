"""Part of view Run: set up an experiment, see what it would take, and start it."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadPlan
from seral_core.learners.base import learners
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.speech import task_of
from seral_core.strategies.base import strategies
from seral_core.types import Target
from seral_dashboard import data, pace, setup
from seral_dashboard.as_text import escaped
from seral_dashboard.pages import go_to, show_error, warn_of
from seral_dashboard.views import reading, steps
from seral_dashboard.views.features import asked_features
from seral_dashboard.views.stretches import asked_stretch

EVERY = (
    "Some speakers are much easier than others: with only one test part, which speakers it holds can count more than "
    "the strategy. Off: only the first part is used, which is quicker."
)


def show() -> None:
    """Show the form; Start begins the experiment and leads to its curves."""
    head, back = st.columns([5, 1.2], vertical_alignment="center")
    head.title("New experiment")
    if data.experiments() and back.button("Back", icon=":material/arrow_back:", width="stretch"):
        del st.query_params["new"]
        st.rerun()
    one, two, three = st.columns(3, gap="large")
    with one:
        st.subheader("Speech")
        found = _speech()
        fields = {"speech": st.container()}
    if found is None:
        return
    plan, corpus = found
    with two:
        st.subheader("Who learns, who asks")
        fields["strategies"] = st.container()
        chosen, learner, oracle = _people(corpus.target(plan.targets[0]))
    with three:
        st.subheader("How far")
        fields["labels"] = st.container()
        plan, seeds, folds = _extent(plan.varied(learner=learner, oracle=oracle), corpus, chosen)
    plan = steps.asked_for(plan)
    _begin(plan, corpus, chosen, seeds, folds, fields)


def _speech() -> tuple[Plan, Corpus] | None:
    where = reading.where("Corpus", "new-corpus", chosen=st.query_params.get("corpus", "synthetic"))
    if where is None:
        return None
    how = reading.how("new", where)
    corpus, _ = reading.opened(where, how)
    if not corpus.task:
        raise BadPlan(f"{corpus.name} has no labels; expected a table with a target, or a folder for each class")
    known = [target.name for target in corpus.task]
    names = st.multiselect(
        "Target",
        known,
        default=known[:1],
        key=f"new-target-{where}",
        help="Several are learned from the same clips: with mtigs, for instance. The map shows the first one.",
    )
    if not names:
        raise BadPlan("no target was chosen; expected at least one; choose what is to be learned")
    features = asked_features(corpus)
    return Plan(corpus=where, **how.entries, targets=tuple(names), features=str(features)), corpus


def _people(target: Target) -> tuple[list[str], str, str]:
    usual = setup.usual_strategies(target)
    chosen = st.multiselect(
        "Strategies, side by side", list(dict.fromkeys([*usual, *strategies])), default=list(usual),
        accept_new_options=True, key=f"new-strategies-{target.is_scale}",
        help="They can follow one another: type `typiclust:50+margin`. Options: `entropy:subset=500`.",
    )  # fmt: skip
    for name in chosen:
        about = setup.about_strategy(name, target.is_scale)
        text = f"**{escaped(name)}**: {escaped(about.sentence)}"
        st.caption(text + (f" *{escaped(about.reference)}*" if about.reference else ""))
    names = list(learners)
    learner = st.selectbox("Learner", names, index=names.index("recommended"), key="new-learner")
    st.caption(learners.summary(learner))
    oracle = st.selectbox("Who answers", list(setup.ORACLES), format_func=setup.ORACLES.__getitem__, key="new-oracle")
    return list(chosen), learner, oracle


def _extent(plan: Plan, corpus: Corpus, chosen: list[str]) -> tuple[Plan, tuple[int, ...], tuple[int, ...]]:
    plan = _scenario(plan)
    stream = plan.scenario == "stream"
    a, b, c = st.columns(3)
    traced = any(target.rate_hz for target in task_of(plan, corpus))
    what, usual = ("Seconds to trace", 600) if traced else ("Labels in all", 200)
    budget = a.number_input(what, 2, 1_000_000, usual, 10, key=f"new-budget{'-s' * traced}")
    initial = b.number_input("First labels", 1, 10_000, 20, 5, key="new-initial")
    batch = Plan.batch if stream else c.number_input("Each round", 1, 10_000, 10, 5, key="new-batch")
    seeds = st.slider("Repetitions (seeds)", 1, 20, 2, key="new-seeds")
    possible = [how for how in setup.possible_splits(corpus) if how != "none" or not stream]
    split = st.selectbox(
        "Test part", possible, format_func=lambda how: setup.SPLITS.get(how, how), accept_new_options=True,
        key="new-split", help="Or name it: type `session=Ses05` or `speaker=09,10`.",
    )  # fmt: skip
    starts = ["random", "k-means", "k-means-elbow", "stratified"]
    start = "random" if stream else st.selectbox("First labels are chosen", starts, key="new-start")
    if own := [name for name in chosen if setup.begins_itself(name, task_of(plan, corpus))]:
        st.caption(f"Not so for {escaped(', '.join(own))}, which {'choose' + 's' * (len(own) == 1)} them differently.")
    normalise = st.segmented_control(
        "Speaker normalisation", list(setup.NORMALISE), default="auto", format_func=setup.NORMALISE.__getitem__,
        key="new-normalise", help=setup.CAVEAT,
    )  # fmt: skip
    st.caption(f"Advice: {escaped(setup.advice(corpus, task_of(plan, corpus)))}.")
    every = st.toggle("Every part is the test part once", value=True, key="new-folds", help=EVERY)
    plan = plan.varied(
        budget=setup.whole(budget), initial=setup.whole(initial), batch=setup.whole(batch), split=str(split),
        start=start, normalise=normalise or "auto",
    )  # fmt: skip
    plan = asked_stretch(plan, task_of(plan, corpus))
    count = setup.preview(plan, corpus).folds
    return plan, tuple(range(seeds)), tuple(range(count)) if every else (0,)


def _scenario(plan: Plan) -> Plan:
    """Ask whether to choose from all that is left, or from what arrives."""
    scenario = st.segmented_control(
        "Clips", list(setup.SCENARIOS), default="pool", format_func=setup.SCENARIOS.__getitem__, key="new-scenario",
        help="A stream: clips arrive in an order drawn by the seed, and what is not asked for is gone.",
    )  # fmt: skip
    if scenario != "stream":
        return plan
    a, b = st.columns(2)
    buffer = a.number_input("Buffer", 1, 10_000, Plan.buffer, 5, key="new-buffer", help="Looked at together.")
    keep = b.number_input(
        "Share asked for", 0.05, 1.0, Plan.keep, 0.05, key="new-keep", help="Most of a buffer labelled."
    )
    st.caption("Gates (`fixed-gate`, `variable-gate`, …) decide themselves how much of a buffer they ask for.")
    return plan.varied(scenario="stream", buffer=setup.whole(buffer), keep=float(keep or Plan.keep))


def _begin(
    plan: Plan, corpus: Corpus, chosen: list[str], seeds: tuple[int, ...], folds: tuple[int, ...],
    fields: dict[str, DeltaGenerator],
) -> None:  # fmt: skip
    preview = setup.preview(plan, corpus, folds)
    warn_of(preview.alarms)
    runs = len(chosen) * len(seeds) * len(folds)
    text, name, button = st.columns([2.4, 1.3, 1.3], vertical_alignment="bottom")
    beside = text.empty()
    beside.markdown(_said(preview, runs, pace.expected_s(plan, runs), len(folds)))
    title = name.text_input("Name", key="new-name", placeholder="name (optional)", label_visibility="collapsed")
    if not button.button("Start", type="primary", icon=":material/play_arrow:", width="stretch", key="new-go"):
        return
    if found := setup.mistake(plan, corpus, chosen, preview.pool):
        field, wrong = found
        for place in (beside, fields[field]):  # the form is longer than a screen
            with place:
                show_error(wrong)
        return
    go_to(data.start(Grid(plan, tuple(chosen), seeds, folds), title))


def _said(preview: setup.Preview, runs: int, expected_s: float, folds: int) -> str:
    """Return what pressing Start would do: how many runs, how long, on how many clips."""
    takes = data.spread_s(expected_s)
    least = "at least " if folds > 1 else ""
    return (
        f"**{runs} run{'s' * (runs != 1)}**{f', about {takes}' if takes else ''}: {least}{preview.pool:,} clips to "
        f"choose from, {preview.test:,} held out for testing."
    )
