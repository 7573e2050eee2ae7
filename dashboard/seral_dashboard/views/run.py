"""View: set up an experiment, start it, and watch its learning curves draw themselves."""

from __future__ import annotations

import streamlit as st

from seral_core.charts import METRICS
from seral_core.corpora.corpus import Corpus
from seral_core.demo import DEMO
from seral_core.errors import BadPlan
from seral_core.learners.base import learners
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.speech import task_of
from seral_core.strategies.base import strategies
from seral_core.types import Target
from seral_dashboard import comparison, data, live, pace, setup, streams, trainings
from seral_dashboard.as_text import code, escaped
from seral_dashboard.pages import choose, current, keep, sentences, warn_of
from seral_dashboard.views import reading, steps, watched
from seral_dashboard.views.features import asked_features
from seral_dashboard.views.stretches import asked_stretch

#: How often a page looks at what a run has written, by state: somebody at another page may go on with it.
#: Only a finished one does not change any more.
TICK_S = {
    "starting": 0.25, "running": 0.5, "stopping": 0.5, "paused": 1.0, "waiting": 2.0, "stopped": 2.0,
    "interrupted": 2.0, "failed": 2.0,
}  # fmt: skip
MOST_REMARKS = 6
PLACES = (
    ("play_circle", "Run", "Choose features, a learner and strategies, start, and watch the learning curves grow."),
    ("scatter_plot", "Map", "See where a strategy looks, round by round. Click a point to hear its clip."),
    ("show_chart", "Compare", "How many labels does a strategy save, and is the difference more than chance?"),
    ("headphones", "Label", "Label your own recordings by key, alone or with others, while a model learns."),
    ("library_music", "Corpus", "Classes, speakers and agreement of the raters. Listen to any clip."),
)
STATES = {
    "starting": ("starting", "blue", ":material/hourglass:"),
    "running": ("running", "blue", ":material/play_arrow:"),
    "waiting": ("waiting for labels", "blue", ":material/headphones:"),
    "paused": ("paused", "orange", ":material/pause:"),
    "stopping": ("stopping", "orange", ":material/stop:"),
    "stopped": ("stopped", "gray", ":material/stop:"),
    "interrupted": ("interrupted", "orange", ":material/power_off:"),
    "failed": ("failed", "red", ":material/error:"),
    "finished": ("finished", "green", ":material/check:"),
}


EVERY = (
    "Some speakers are much easier than others: with only one test part, which speakers it holds can count more than "
    "the strategy. Off: only the first part is used, which is quicker."
)


def show() -> None:
    if "stream" in st.query_params:
        watched.show()
        return
    experiment = current()
    if "new" in st.query_params:
        _form()
    elif experiment is None:
        offer_demo("Watch active learning choose which clips to label:")
    else:
        _watch(experiment)


def offer_demo(text: str) -> None:
    """What a first visitor sees: one click shows everything."""
    st.title("Teach an emotion recogniser with fewer labels")
    st.write(
        f"{text} three strategies compete on the built-in corpus of synthetic voices. **recommended** is what held on "
        "real speech, **entropy** is the textbook's choice, **random** is chance. Each starts with 20 labels and asks "
        "for ten more in every round."
    )
    one, two, three, _ = st.columns([1, 1, 1, 1])
    if one.button("Start the demo", type="primary", icon=":material/play_arrow:", width="stretch"):
        _go_to(data.start(DEMO, "demo"))
    if two.button("Use my own recordings", icon=":material/folder_open:", width="stretch"):
        _new()
    watched.offer(three)
    st.space("medium")
    for column, (icon, name, text) in zip(st.columns(len(PLACES), gap="small"), PLACES, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"#### :material/{icon}: {name}")
            st.markdown(text)
    st.caption("Everything stays on this computer: recordings, labels and results are sent nowhere.")


def _go_to(experiment: data.Experiment) -> None:
    st.query_params.clear()
    keep(experiment)
    st.rerun()


def _new() -> None:
    st.query_params["new"] = "1"
    st.rerun()


# ---- watching


def _watch(experiment: data.Experiment) -> None:
    pick, other, fresh = st.columns([4, 1.2, 1.2], vertical_alignment="center")
    with pick:
        experiment = choose(experiment)
    watched.offer(other)
    if fresh.button("New experiment", icon=":material/add:", width="stretch"):
        _new()
    state = data.progress(experiment).state
    st.fragment(sentences(_live), run_every=TICK_S.get(state))(experiment, state)


def _live(experiment: data.Experiment, state: str) -> None:
    progress = data.progress(experiment)
    if progress.state != state:
        st.rerun()  # the page as a whole looks more often, less often, or no more
    _status(experiment, progress)
    warn_of(progress.alarms)
    if progress.trouble:
        st.error(escaped(data.sentence(BadPlan(progress.trouble))), icon=":material/error:")
    if progress.state == "waiting":
        st.caption("The model is trained again when there are new labels: label on in the view Label.")
    if progress.state == "interrupted":
        st.info(
            "Its worker has ended. Everything recorded is kept; **Resume** continues from there.",
            icon=":material/power_off:",
        )
    if progress.active:
        trainings.show(progress.training)
    _curves(experiment, progress)


def _status(experiment: data.Experiment, progress: data.Progress) -> None:
    text, colour, icon = STATES[progress.state]
    pill, bar, *buttons = st.columns([1.1, 4.2, 1.05, 1.05], vertical_alignment="center")
    pill.badge(text, color=colour, icon=icon)  # type: ignore[arg-type]
    left = data.spread_s(progress.remaining_s)
    status = f"{progress.runs_done} of {progress.runs} runs" + (f", about {left} left" if left else "")
    status += f", {progress.preparing}" if progress.preparing and progress.active else ""
    bar.progress(min(1.0, progress.done), text=escaped(status))
    for place, (label, wanted, sign) in zip(buttons, _offers(progress.state), strict=False):
        if place.button(label, key=f"do-{label}", icon=sign, width="stretch"):
            data.control(experiment, wanted)
            st.rerun()


def _offers(state: str) -> list[tuple[str, str, str]]:
    """Return what can be done in a state: button, what is asked for, icon."""
    pause, stop = ("Pause", "pause", ":material/pause:"), ("Stop", "stop", ":material/stop:")
    resume = ("Resume", "", ":material/play_arrow:")
    match state:
        case "running" | "starting":
            return [pause, stop]
        case "paused":
            return [resume, stop]
        case "stopped" | "interrupted" | "failed" | "stopping":
            return [resume]
    return []


def _curves(experiment: data.Experiment, progress: data.Progress) -> None:
    known = data.metrics(experiment)
    if not known:
        if progress.active:
            st.caption(
                "The first point appears as soon as the first labels are in. Features of a corpus that is new here "
                "are extracted once, which takes a while for many clips."
            )
            # The empty frame makes the browser load what draws the curves.
            st.echarts_chart(live.option([], "", experiment.grid.plan.budget), height=400, key="live-curve")
        return
    targets = list(known)
    left, right = st.columns([1, 1])
    target = targets[0]
    if len(targets) > 1:
        target = (
            right.segmented_control(
                "Target", targets, default=targets[0], format_func=escaped, label_visibility="collapsed"
            )
            or target
        )
    metric = left.segmented_control(
        "Score", known[target], default=known[target][0], format_func=METRICS.__getitem__, label_visibility="collapsed",
        key=f"metric-{target}",
    ) or known[target][0]  # fmt: skip
    curves = live.live_curves(experiment, target, metric)
    if streams.is_stream(experiment):
        _stream(experiment, curves, metric)
    else:
        _now(curves)
    chart = live.option(curves, metric, experiment.grid.plan.budget, live.counts(experiment))
    st.echarts_chart(chart, height=400, key="live-curve")
    if progress.state == "finished":
        _verdict(experiment, target, metric)
    _caption(experiment, curves)


def _verdict(experiment: data.Experiment, target: str, metric: str) -> None:
    """Say what the finished curves show, and what they do not."""
    frame = comparison.together([experiment])
    mine = frame[(frame["target"] == target) & (frame["metric"] == metric)]
    if verdicts := comparison.verdicts(mine, metric):
        st.markdown("\n".join(f"- {escaped(sentence)}" for sentence in verdicts))


def _now(curves: list[live.LiveCurve]) -> None:
    """Show each curve's present score, and how far above chance at the same number of labels."""
    for column, (name, value, gap) in zip(st.columns(max(4, len(curves))), live.standings(curves), strict=False):
        column.metric(escaped(name), f"{value:.3f}", gap or None, delta_color="off", delta_arrow="off")


def _stream(experiment: data.Experiment, curves: list[live.LiveCurve], metric: str) -> None:
    """Say what arrived, what was asked for and what was let go, and each curve's present score."""
    rows = streams.table(experiment, curves)
    number = st.column_config.NumberColumn
    st.dataframe(
        rows,
        hide_index=True,
        height=38 + 35 * min(len(rows), 6),
        column_config={
            "arrived": number("arrived", format="localized", help="clips decided on so far, in all runs together"),
            "asked": number("asked", format="localized", help="clips a label was asked for"),
            "passed": number("passed", format="localized", help="clips not asked for, which are gone"),
            "runs": number("runs", help="runs that have started"),
            "score": number(METRICS[metric], format="%.3f", help="the latest score"),
            "stands": st.column_config.TextColumn("compared with random"),
        },
    )


def _caption(experiment: data.Experiment, curves: list[live.LiveCurve]) -> None:
    plan = experiment.grid.plan
    if remarks := streams.remarks(experiment):
        st.caption(escaped("Remarks: " + "; ".join(remarks[:MOST_REMARKS]) + "."))
    repeated = any(curve.runs > 1 for curve in curves)
    bands = "Band: one standard deviation over runs. " if repeated else ""
    bands += "Thin lines are runs on their way. " if any(c.growing for c in curves) and repeated else ""
    st.caption(
        f"{bands}{_arrival(plan)}Corpus {escaped(plan.corpus)}, features {escaped(plan.features)}, "
        f"learner {escaped(plan.learner)}, oracle {escaped(plan.oracle)}, test part {escaped(plan.split)}, "
        f"speaker normalisation {escaped(plan.normalise)}. Kept in {code(experiment.folder)}."
    )


def _arrival(plan: Plan) -> str:
    if plan.scenario != "stream":
        return ""
    return f"Stream: buffers of {plan.buffer}, at most {plan.keep:.0%} of each labelled (gates decide themselves). "


# ---- setting up


def _form() -> None:
    head, back = st.columns([5, 1.2], vertical_alignment="center")
    head.title("New experiment")
    if data.experiments() and back.button("Back", icon=":material/arrow_back:", width="stretch"):
        del st.query_params["new"]
        st.rerun()
    one, two, three = st.columns(3, gap="large")
    with one:
        st.subheader("Speech")
        found = _speech()
    if found is None:
        return
    plan, corpus = found
    with two:
        st.subheader("Who learns, who asks")
        chosen, learner, oracle = _people(corpus.target(plan.targets[0]))
    with three:
        st.subheader("How far")
        plan, seeds, folds = _extent(plan.varied(learner=learner, oracle=oracle), corpus)
    plan = steps.asked_for(plan)
    _begin(plan, corpus, chosen, seeds, folds)


def _speech() -> tuple[Plan, Corpus] | None:
    where = reading.where("Corpus", "new-corpus")
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


def _extent(plan: Plan, corpus: Corpus) -> tuple[Plan, tuple[int, ...], tuple[int, ...]]:
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


def _begin(plan: Plan, corpus: Corpus, chosen: list[str], seeds: tuple[int, ...], folds: tuple[int, ...]) -> None:
    preview = setup.preview(plan, corpus, folds)
    warn_of(preview.alarms)
    runs = len(chosen) * len(seeds) * len(folds)
    text, name, button = st.columns([2.4, 1.3, 1.3], vertical_alignment="bottom")
    text.markdown(_said(preview, runs, pace.expected_s(plan, runs), len(folds)))
    title = name.text_input("Name", key="new-name", placeholder="name (optional)", label_visibility="collapsed")
    if not button.button("Start", type="primary", icon=":material/play_arrow:", width="stretch", key="new-go"):
        return
    if not chosen:
        raise BadPlan("no strategy was chosen; expected at least one; choose recommended, for instance")
    traced = corpus.target(plan.targets[0]).rate_hz > 0  # whose budget is in seconds, and checked by `setup.check`
    if plan.budget > preview.pool and not traced and not plan.oracle.startswith("crowd"):
        raise BadPlan(
            f"got a budget of {plan.budget:g}; expected at most {preview.pool}, "
            "the number of labelled clips to choose from; lower the number of labels"
        )
    setup.check(plan, corpus, chosen)
    _go_to(data.start(Grid(plan, tuple(chosen), seeds, folds), title))


def _said(preview: setup.Preview, runs: int, expected_s: float, folds: int) -> str:
    """Return what pressing Start would do: how many runs, how long, on how many clips."""
    takes = data.spread_s(expected_s)
    least = "at least " if folds > 1 else ""
    return (
        f"**{runs} run{'s' * (runs != 1)}**{f', about {takes}' if takes else ''}: {least}{preview.pool:,} clips to "
        f"choose from, {preview.test:,} held out for testing."
    )
