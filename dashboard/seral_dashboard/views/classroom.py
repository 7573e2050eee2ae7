"""View: start a class, a room of phones that vote on the same clips in step, and open those that were held before."""

from __future__ import annotations

import streamlit as st

from seral_core.classroom.plan import ClassPlan, new_class
from seral_core.errors import SeralError
from seral_core.strategies.base import strategies
from seral_dashboard import classes, labelling, projects
from seral_dashboard.as_text import escaped
from seral_dashboard.pages import show_error
from seral_dashboard.views import reading
from seral_dashboard.views.features import asked_features

SOUND = {"phones": "Every phone", "room": "The loudspeakers of the room"}


def show() -> None:
    st.title("A class: the room is the oracle")
    st.write(
        "All hear the same clip and vote on their phones. A model learns from the room, another one from what is "
        "recorded, and at the end you see which clips are **ambiguous** (the room splits) and which are **unknown** "
        "(the model is unsure although the room agrees)."
    )
    if not labelling.is_shared():
        st.info(
            "Phones reach this dashboard once it is started with `seral dashboard --share`. Here you can try a class "
            "in other windows of this computer.",
            icon=":material/wifi_off:",
        )
    left, right = st.columns([1.3, 1], gap="large")
    with left:
        _form()
    with right:
        _held()


def _form() -> None:
    st.subheader("A new class")
    where = reading.where("Clips", "class-corpus", chosen=st.query_params.get("corpus", "synthetic"))
    if where is None:
        return
    how = reading.how("class", where)
    corpus, _ = reading.opened(where, how)
    names = [target.name for target in corpus.task if not target.is_scale and not target.rate_hz]
    target = st.selectbox("What is asked", names, key=f"class-target-{where}") if names else None
    if target is None:
        st.warning("These clips have no recorded emotion to compare with. Choose others.", icon=":material/label_off:")
        return
    st.caption(f"Buttons on the phones: {escaped(', '.join(corpus.target(target).classes))}")
    a, b, c = st.columns(3)
    questions = a.number_input("Clips to vote on", 1, 200, 20, key="class-questions")
    known = b.number_input(
        "Known from the start", 2, 2000, 20, key="class-known",
        help="Clips, drawn at random, whose recorded emotion both models know before the first vote.",
    )  # fmt: skip
    answer_s = c.number_input(
        "Seconds to answer", 0, 600, 20, key="class-seconds",
        help="The server reveals when all have voted or this time is up; 0: only when all have voted, or you say so.",
    )  # fmt: skip
    left, right = st.columns([1.5, 1], vertical_alignment="bottom")
    sound = left.segmented_control(
        "Who plays the clips", list(SOUND), default="phones", format_func=SOUND.__getitem__, required=True,
        key="class-sound",
    )  # fmt: skip
    blind = right.toggle(
        "Hide votes until the reveal", key="class-blind", help="So that nobody votes as the bars on the wall do."
    )
    with st.expander("More"):
        known_ways = list(strategies)
        strategy = st.selectbox("Who chooses the clips", known_ways, known_ways.index("recommended"), key="class-way")
        seed = st.number_input("Seed", 0, 10_000, 0, key="class-seed")
        features = asked_features(corpus)
    if st.button("Start the class", type="primary", icon=":material/groups:"):
        plan = ClassPlan(
            where, str(target), **how.entries, features=str(features), strategy=str(strategy), seed=int(seed),
            questions=int(questions), known=int(known), answer_s=float(answer_s), sound=str(sound), blind=bool(blind),
        )  # fmt: skip
        try:
            folder = new_class(plan)
            classes.hub(folder).keep_training()
        except SeralError as wrong:
            show_error(wrong)
            return
        st.session_state["class"] = projects.key_of(folder)
        st.rerun()


def _held() -> None:
    st.subheader("Your classes")
    found = classes.folders()
    if not found:
        st.caption("None yet.")
    for folder in found[:30]:
        key, plan = projects.key_of(folder), classes.plan_of(folder)
        if plan is None:
            st.caption(f"The class in {escaped(str(folder))} cannot be read; its answers are in its label store.")
            continue
        new = key == st.session_state.get("class")
        one, two = st.columns([1.6, 1], vertical_alignment="center")
        one.markdown(f"**{escaped(plan.word)}**  \n{escaped(plan.corpus.rsplit('/', 1)[-1])}, {plan.questions} clips")
        two.link_button(
            "Open the wall",
            f"/wall/{key}",
            icon=":material/cast:",
            width="stretch",
            type="primary" if new else "secondary",
        )
    if found:
        st.caption(
            "The wall is for the projector: it shows how phones join, and goes on where the class stood. Click a "
            "nickname there to remove it. A class that is over can be shown again there. All votes are labels like any "
            "others: see Label, and `seral labels export`."
        )
