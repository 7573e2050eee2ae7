"""View: repeat a published experiment, watch how far it is, and read its report."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import streamlit as st

from seral_core.errors import BadPlan
from seral_core.recipes.settings import Settings
from seral_dashboard import data, live, recipe_runs, trainings
from seral_dashboard.as_text import code, escaped
from seral_dashboard.dark import seen
from seral_dashboard.pages import forget, sentences
from seral_dashboard.tidy import Runs
from seral_dashboard.views import settings, tidying
from seral_dashboard.views.run import STATES

#: How often the page looks at what a recipe has written while it is at work.
TICK_S = 1.0
AT_WORK = ("starting", "running", "stopping")
#: Wide enough to read, and a figure of two rows fits a screen.
FIGURE_PX = 820


def show() -> None:
    known = {trial.id: trial for trial in recipe_runs.trials()}
    wanted = st.query_params.get("recipe") or st.session_state.get("recipe", "")
    if wanted and wanted not in known:
        st.warning(
            f"There is no recipe '{escaped(wanted)}' in {code(data.runs_folder())}; it may have been moved or removed."
        )
    if "new" in st.query_params or not known:
        _form(bool(known))
    else:
        _watch(known.get(wanted) or next(iter(known.values())), known)


def _go_to(trial_id: str) -> None:
    forget()
    _keep(trial_id)
    st.rerun()


def _show(folder: Path | None) -> None:
    """Show the recipe in a folder; None for the newest."""
    st.session_state.pop("recipe", None)
    forget()
    if folder is not None:
        st.query_params["recipe"] = folder.name
    st.rerun()


def _keep(trial_id: str) -> None:
    """Put the recipe into the address, so that it can be found again."""
    st.session_state["recipe"] = trial_id
    if st.query_params.get("recipe") != trial_id:
        st.query_params["recipe"] = trial_id


# ---- watching


def _watch(trial: recipe_runs.Trial, known: dict[str, recipe_runs.Trial]) -> None:
    pick, rest = st.columns([5, 1.9], vertical_alignment="center")
    row = rest.container(horizontal=True, horizontal_alignment="right")  # on a phone, too
    names = list(known)
    picked = pick.selectbox(
        "Recipe",
        names,
        index=names.index(trial.id),
        key=f"pick-recipe-{trial.id}",
        format_func=lambda name: known[name].label,
        label_visibility="collapsed",
    )
    if picked != trial.id:
        _go_to(picked)
    _keep(trial.id)
    tidying.offer(row, Runs(), trial.folder, "recipe", _show)
    if row.button("Start a recipe", icon=":material/add:"):
        st.query_params["new"] = "1"
        st.rerun()
    state = recipe_runs.standing(trial).state
    st.fragment(sentences(_live), run_every=TICK_S if state in AT_WORK else None)(trial, state)
    if state == "finished":
        _report(trial)


def _live(trial: recipe_runs.Trial, state: str) -> None:
    standing = recipe_runs.standing(trial)
    if standing.state != state:
        st.rerun()  # the page as a whole: the report may be there
    text, colour, icon = STATES[standing.state]
    pill, bar, button = st.columns([1.1, 5.2, 1.05], vertical_alignment="center")
    pill.badge(text, color=colour, icon=icon)  # type: ignore[arg-type]
    if standing.state != "finished":
        bar.progress(standing.done, text=escaped(standing.said))
    if standing.state in ("starting", "running"):
        if button.button("Stop", icon=":material/stop:", width="stretch", key="recipe-stop"):
            recipe_runs.end(trial)
            st.rerun()
    elif standing.state in ("stopped", "interrupted", "failed") and button.button(
        "Resume", icon=":material/play_arrow:", width="stretch", key="recipe-resume"
    ):
        recipe_runs.resume(trial)
        st.rerun()
    if standing.trouble:
        st.error(escaped(data.sentence(BadPlan(standing.trouble))), icon=":material/error:")
    if standing.state == "interrupted":
        st.info(
            "Its process has ended. Everything recorded is kept; **Resume** continues from there.",
            icon=":material/power_off:",
        )
    if standing.state in AT_WORK:
        _growing(trial, standing)
        st.caption("It continues when this page or the dashboard is closed; the report appears here at its end.")


def _growing(trial: recipe_runs.Trial, standing: recipe_runs.Standing) -> None:
    """Draw the learning curves of the grid that is at work, as far as they have come, and the training beside them."""
    grid = recipe_runs.grid_now(trial.folder)
    known = data.metrics(grid) if grid is not None else {}
    if grid is None or not known:
        trainings.show(standing.training)
        return
    left, right = st.columns([1.4, 1])
    target, names = next(iter(known.items()))
    curves = live.live_curves(grid, target, names[0])
    guessing = live.chance(grid, target, names[0])
    with left:
        st.markdown(f"**{escaped(grid.id)}**, as far as it has come")
        chart = live.option(curves, names[0], grid.grid.plan.budget, live.spent(grid).title, guessing)
        st.echarts_chart(seen(chart), height=380, key="recipe-curves")
    with right:
        trainings.show(standing.training)


def _report(trial: recipe_runs.Trial) -> None:
    for number, piece in enumerate(recipe_runs.report(trial)):
        if piece.picture is not None:
            with st.container(key=f"figure-{number}"):  # on a phone it keeps its size and is moved sideways
                st.image(str(piece.picture), width=min(piece.width or FIGURE_PX, FIGURE_PX))
            st.caption(escaped(piece.text))
        elif piece.html is not None:
            st.caption(escaped(piece.text))
            st.iframe(f"/api/figure/{quote(trial.id)}/{piece.html.stem}", height=560)
        else:
            st.markdown(piece.text)
    st.caption(f"Kept in {code(trial.folder)}: report, curves.parquet, summary.json, and the figures as HTML.")


# ---- starting


def _form(others: bool) -> None:
    head, back = st.columns([5, 1.2], vertical_alignment="center")
    head.title("Repeat a published experiment")
    if others and back.button("Back", icon=":material/arrow_back:", width="stretch"):
        st.query_params.pop("new", None)
        st.rerun()
    one, two, three = st.columns([1.3, 1, 1], gap="large")
    with one:
        st.subheader("Experiment")
        recipe = _choice()
    kind = recipe_runs.settings_of(recipe)
    with two:
        st.subheader("Speech")
        found = settings.speech_of(recipe, kind)
    if found is None:
        return
    values, corpora = found
    with three:
        st.subheader("How")
        values |= settings.rest_of(recipe, kind, values, corpora)
        _start(recipe, kind, values, corpora)


def _choice() -> str:
    papers = recipe_runs.papers()
    recipe = st.radio(
        "Recipe",
        list(papers),
        key="recipe-name",
        captions=[paper for paper, _ in papers.values()],
        label_visibility="collapsed",
    )
    st.markdown(f"*{escaped(papers[recipe][1])}*")
    st.caption(
        "A recipe carries out the paper's comparison on your corpus, draws its figures, and "
        "writes a report that puts the measured numbers beside the paper's."
    )
    return str(recipe)


def _start(recipe: str, kind: type[Settings], values: settings.Values, corpora: settings.Corpora) -> None:
    name = st.text_input("Name", key="recipe-title", placeholder="name (optional)", label_visibility="collapsed")
    if not st.button("Start", type="primary", icon=":material/play_arrow:", width="stretch", key="recipe-go"):
        return
    chosen = kind(**values)
    recipe_runs.check(chosen, corpora)
    _go_to(recipe_runs.start(recipe, chosen, name).id)
