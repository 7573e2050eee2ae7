"""View: set up an experiment, start it, and watch its learning curves draw themselves."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from seral_core import own
from seral_core.charts import METRICS
from seral_core.demo import BALANCED, CAPTIONS, DEMO, DEMOS
from seral_core.errors import BadPlan
from seral_core.runs.plan import Plan
from seral_dashboard import axes, comparison, data, live, setup, streams, trainings
from seral_dashboard.as_text import code, escaped
from seral_dashboard.dark import seen
from seral_dashboard.looks import one_look, pace
from seral_dashboard.pages import choose, current, forget, go_to, say_outcome, sentences, warn_of
from seral_dashboard.tidy import Runs
from seral_dashboard.views import axis, experiment_form, in_time, tidying, watched

#: How often a page looks at what a run has written, by state: somebody at another page may go on with it.
#: Only a finished one does not change any more.
TICK_S = {
    "starting": 0.25, "running": 0.5, "stopping": 0.5, "paused": 1.0, "waiting": 2.0, "stopped": 2.0,
    "interrupted": 2.0, "failed": 2.0,
}  # fmt: skip
MOST_REMARKS = 6
#: With what was found above it, the curve fits a screen of 1280 x 800.
CHART_PX = 370
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


def show() -> None:
    if "stream" in st.query_params:
        watched.show()
        return
    experiment = current()
    if "new" in st.query_params:
        experiment_form.show()
    elif experiment is None:
        offer_demo("Watch active learning choose which clips to label:")
    else:
        _watch(experiment)


def offer_demo(text: str) -> None:
    """What a first visitor sees: one click shows everything."""
    st.title("Teach an emotion recogniser with fewer labels")
    st.write(
        f"{text} three strategies compete on the built-in corpus of synthetic voices, mostly neutral as calls are. "
        "**novelty** asks for what is least like neutral speech, **recommended** for what the model is least sure of, "
        "**random** is chance. Each starts with 20 labels and gets ten more in every round."
    )
    one, two, three, four = st.columns([1, 1, 1, 1])
    if one.button("Start the demo", type="primary", icon=":material/play_arrow:", width="stretch"):
        go_to(data.start(DEMOS[DEMO], DEMO))
    if two.button("Use my own recordings", icon=":material/folder_open:", width="stretch"):
        _new()
    watched.offer(three)
    tidying.offer_bin(four, Runs(), _show)
    st.space("medium")
    for column, (icon, name, text) in zip(st.columns(len(PLACES), gap="small"), PLACES, strict=True):
        with column.container(border=True, height="stretch"):
            st.markdown(f"#### :material/{icon}: {name}")
            st.markdown(text)
    st.caption("Everything stays on this computer: recordings, labels and results are sent nowhere.")


def _show(folder: Path | None) -> None:
    """Show the experiment in a folder; None for the newest."""
    st.session_state.pop("experiment", None)
    forget()
    if folder is not None:
        st.query_params["run"] = folder.name
    st.rerun()


def _new() -> None:
    st.query_params["new"] = "1"
    st.rerun()


# ---- watching


def _watch(experiment: data.Experiment) -> None:
    pick, rest = st.columns([4, 2.85], vertical_alignment="center")
    with pick:
        experiment = choose(experiment)
    row = rest.container(horizontal=True, horizontal_alignment="right")  # on a phone, too
    tidying.offer(row, Runs(), experiment.folder, "experiment", _show)
    watched.offer(row)
    if row.button("New experiment", icon=":material/add:"):
        _new()
    _about_demo(experiment)
    state, slower = data.progress(experiment).state, _pace(experiment)
    pause = slower * TICK_S[state] if state in TICK_S else None
    st.fragment(sentences(_live), run_every=pause)(experiment, state, slower)


def _pace(experiment: data.Experiment) -> int:
    context = get_script_run_ctx()
    return pace(experiment, context.session_id if context else "")


def _about_demo(experiment: data.Experiment) -> None:
    """Say what a demo is of, and lead on to the other one."""
    if DEMOS.get(experiment.id) != experiment.grid:
        return
    known = {found.id: found for found in data.experiments()}
    other = BALANCED if experiment.id == DEMO else DEMO
    text, button = st.columns([4, 2.85], vertical_alignment="center")
    text.markdown(CAPTIONS[experiment.id])
    label = "See it where no emotion is rare" if other == BALANCED else "See it where emotion is rare"
    if button.button(label, icon=":material/arrow_forward:", width="stretch"):
        go_to(known.get(other) or data.start(DEMOS[other], other))


def _live(experiment: data.Experiment, state: str, slower: int) -> None:
    with one_look():
        _look(experiment, state, slower)


def _look(experiment: data.Experiment, state: str, slower: int) -> None:
    progress = data.progress(experiment)
    if progress.state != state or (state in TICK_S and _pace(experiment) != slower):
        st.rerun()  # the page as a whole looks more often, less often, or no more
    if progress.state != "finished":
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
    in_time.show(experiment)


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
            st.echarts_chart(seen(live.option([], "", experiment.grid.plan.budget)), height=CHART_PX, key="live-curve")
        return
    targets = list(known)
    finding = st.container()  # what was found stands first, also on a phone
    left, right, place = st.columns([1.2, 1, 0.6], vertical_alignment="bottom")
    along = axis.choose(place, [experiment])
    target = targets[0]
    if len(targets) > 1:
        target = (
            right.segmented_control(
                "Target",
                targets,
                default=targets[0],
                format_func=escaped,
                label_visibility="collapsed",
                key="target",
                bind="query-params",
            )
            or target
        )
    metric = left.segmented_control(
        "Score", known[target], default=known[target][0], format_func=METRICS.__getitem__, key="metric",
        help=comparison.explained(known[target]), bind="query-params",
    ) or known[target][0]  # fmt: skip
    curves, spent = live.live_curves(experiment, target, metric, along), live.spent(experiment, along)
    if progress.state == "finished":
        with finding:
            say_outcome(comparison.outcome(_of(experiment, target, metric, along), metric))
        right.badge(f"finished, {progress.runs} runs", color="green", icon=":material/check:")
    if streams.is_stream(experiment):
        _stream(experiment, curves, metric)
    else:
        _now(live.standings(curves, spent))
    guessing = live.chance(experiment, target, metric)
    budget = experiment.grid.plan.budget if along == axes.COST else None
    chart = live.option(curves, metric, budget, spent.title, guessing)
    st.echarts_chart(seen(chart), height=CHART_PX, key="live-curve")
    if progress.state == "finished":
        _verdict(experiment, target, metric, along)
    _strategies(experiment)
    _caption(experiment, curves)


def _verdict(experiment: data.Experiment, target: str, metric: str, along: str) -> None:
    """Say of each finished curve what it shows, and what it does not."""
    if verdicts := comparison.verdicts(_of(experiment, target, metric, along), metric):
        st.markdown("\n".join(f"- {escaped(sentence)}" for sentence in verdicts))


def _strategies(experiment: data.Experiment) -> None:
    """Say in a sentence what each strategy asks for; those of users' own code have none here."""
    known = [name for name in experiment.grid.strategies if own.shown(name) == name]
    lines = [f"**{escaped(name)}**: {escaped(setup.about_strategy(name).sentence)}" for name in known]
    st.caption("  \n".join(lines))


def _of(experiment: data.Experiment, target: str, metric: str, along: str) -> pd.DataFrame:
    frame = comparison.together([experiment], along)
    return frame[(frame["target"] == target) & (frame["metric"] == metric)]


def _now(standings: list[tuple[str, float, str]]) -> None:
    """Show each curve's present score, and how far above chance after spending as much."""
    with st.container(horizontal=True, gap="medium"):  # side by side as far as there is room, on a phone too
        for name, value, gap in standings:
            st.metric(escaped(name), f"{value:.3f}", gap or None, delta_color="off", delta_arrow="off", width="content")


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
    bands = "Band: 95 % interval of the mean over test parts. " if any(curve.low for curve in curves) else ""
    unsure = any(c.growing or (not c.low and c.runs < c.planned) for c in curves)
    bands += "Thin lines are not the result yet: few runs have ended. " if unsure else ""
    st.caption(
        f"{bands}{_arrival(plan)}Corpus {escaped(plan.corpus)}, features {escaped(plan.features)}, "
        f"learner {escaped(plan.learner)}, oracle {escaped(plan.oracle)}, test part {escaped(plan.split)}, "
        f"speaker normalisation {escaped(plan.normalise)}. Kept in {code(experiment.folder)}."
    )


def _arrival(plan: Plan) -> str:
    if plan.scenario != "stream":
        return ""
    return f"Stream: buffers of {plan.buffer}, at most {plan.keep:.0%} of each labelled (gates decide themselves). "
