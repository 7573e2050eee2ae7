"""View: label recordings, invite raters, see how far they are and agree, and take the labels away."""

from __future__ import annotations

import hashlib
from pathlib import Path

import streamlit as st

from seral_core.errors import SeralError
from seral_core.store import Away, LabelStore
from seral_core.strategies.base import strategies
from seral_core.studio.background import trainer_state
from seral_core.studio.copies import Copied
from seral_core.studio.human_vs_gold import figures as versus_figures
from seral_core.studio.opening import USUAL_GOLD_SHARE
from seral_core.studio.project import LabelProject, add_raters
from seral_core.studio.screens import LONGEST_STRETCH_S
from seral_core.studio.stores import agree, outside
from seral_core.studio.stores import agreed as agreed_store
from seral_dashboard import agreement, component, labelling, projects, speech, take_away, uploads
from seral_dashboard.as_text import escaped
from seral_dashboard.dark import plot
from seral_dashboard.labelling import SCREENS
from seral_dashboard.pages import facts, forget, sentences
from seral_dashboard.tidy_projects import Projects
from seral_dashboard.views import agreed, database, label_map, skills, tidying
from seral_dashboard.views.stretches import USUAL_S

TICK_S = 3.0
PARTS = {
    "label": "Label",
    "map": "Map",
    "raters": "Raters",
    "skills": "Skills",
    "agreement": "Agreement",
    "versus": "You and the gold",
}
PATH = "A folder or table on this computer"


def show() -> None:
    known = {projects.key_of(folder): folder for folder in projects.folders()}
    if "new" in st.query_params or not known:
        _form(bool(known))
        return
    wanted = st.query_params.get("project", "")
    if wanted and wanted not in known:
        st.warning("There is no such labelling project any more; it may have been moved or removed.")
    _project(known[_choose(known, wanted)])


def _choose(known: dict[str, Path], wanted: str) -> str:
    pick, part, rest = st.columns([2.2, 3.4, 1.4], vertical_alignment="center")
    row = rest.container(horizontal=True, horizontal_alignment="right")
    keys = list(known)
    picked = pick.selectbox(
        "Project",
        keys,
        index=keys.index(wanted) if wanted in keys else 0,
        key=f"pick-project-{wanted}",
        format_func=lambda key: labelling.label_name(known[key]),
        label_visibility="collapsed",
    )
    with part:
        st.segmented_control(
            "Part",
            list(PARTS),
            key="part",
            bind="query-params",
            default="label",
            format_func=PARTS.__getitem__,
            required=True,
            label_visibility="collapsed",
            width="stretch",
        )
    folder = known[str(picked)]
    tidying.offer(row, Projects(), folder, "labelling project", _show, name=labelling.label_name(folder))
    if row.button("New project", icon=":material/add:"):
        st.query_params["new"] = "1"
        st.rerun()
    if picked != wanted:
        st.query_params["project"] = picked
        if wanted:
            st.rerun()
    return str(picked)


def _show(folder: Path | None) -> None:
    """Show the project in a folder; None for the newest."""
    forget()
    if folder is not None:
        st.query_params["project"] = projects.key_of(folder)
    st.rerun()


def _project(folder: Path) -> None:
    studio = projects.studio(folder)
    place = outside(folder, studio.store)
    if not agreed_store(folder, place):
        _ask_first(folder, place)
        return
    try:
        projects.check_links(folder)
    except Copied as wrong:
        _ask_whose_links(folder, wrong)
        return
    store = projects.session(folder).store
    if studio.store:
        database.watched(store)
    else:
        sentences(store.check)()
    try:
        _part(folder, studio)
    except Away:
        st.caption(database.LATER)


def _part(folder: Path, studio: LabelProject) -> None:
    match st.session_state.get("part", "label"):
        case "map":
            label_map.show(folder)
        case "raters":
            _raters(folder, studio)
        case "skills":
            skills.show(projects.session(folder))
        case "agreement":
            agreed.show(projects.session(folder))
        case "versus":
            _versus(folder, studio)
        case _:
            _screen(folder, studio)


def _ask_first(folder: Path, place: str) -> None:
    """Say where a project of somebody else's wants its answers, and connect only when the user agrees."""
    st.warning(
        f"This project keeps its answers at {escaped(LabelStore(place).place)}, outside of its "
        "folder. SERAL has not connected there. Agree only if you know that place and the person "
        "who made the project.",
        icon=":material/link_off:",
    )
    if st.button("Connect from now on", icon=":material/link:"):
        agree(folder, place)
        st.rerun()


def _ask_whose_links(folder: Path, wrong: Copied) -> None:
    """Say that the raters' links lead to another project, and change that only when the user says so."""
    st.warning(escaped(f"{wrong}."), icon=":material/content_copy:")
    if wrong.original is None and not wrong.retired:
        st.button("Let the raters' links lead here", on_click=labelling.lead_here, args=(folder,))
    st.button("Give this one new links", on_click=labelling.give_new_links, args=(folder,))


# ---- labelling


def _screen(folder: Path, studio: LabelProject) -> None:
    for note in projects.notes(folder):
        st.warning(escaped(note[0].upper() + note[1:] + "."), icon=":material/info:")
    names = [rater.name for rater in studio.raters]
    name = names[0]
    if len(names) > 1:
        name = st.pills(
            "Who labels here", names, default=names[0], required=True, format_func=escaped, label_visibility="collapsed"
        )
    trainer = trainer_state(folder / "run")  # the screen itself says no more than raters may see
    if trainer["state"] == "failed":
        st.warning(f"The model could not be trained: {escaped(str(trainer['trouble']))}", icon=":material/warning:")
    secret = studio.rater(name).secret
    key = projects.key_of(folder)
    mark = hashlib.sha256(secret.encode()).hexdigest()[:12]
    component.label_view(f"/api/label/{key}", secret, mark, key=f"label-{key}-{mark}")


# ---- raters


def _raters(folder: Path, studio: LabelProject) -> None:
    st.fragment(sentences(_standing), run_every=TICK_S)(folder)
    st.subheader("Links")
    st.caption(
        "Each link opens only the labelling page, for one rater: other projects, recordings and views stay closed. "
        + (
            "Everybody who has a link can answer under that name, so send it to that person only."
            if labelling.is_shared()
            else "It works on this computer; start with `seral dashboard --share` to let other computers in."
        )
    )
    port = int(st.get_option("server.port"))
    for rater in studio.raters:
        one, two = st.columns([1, 4], vertical_alignment="center")
        one.markdown(f"**{escaped(rater.name)}**")
        two.code(labelling.link(rater.secret, port), language=None)
    with st.form("new-raters", border=False, clear_on_submit=True):
        one, two = st.columns([4, 1], vertical_alignment="bottom")
        typed = one.text_input("Further raters", placeholder="names, with commas between")
        if two.form_submit_button("Add", icon=":material/person_add:", width="stretch") and typed.strip():
            add_raters(folder, [name.strip() for name in typed.split(",") if name.strip()])
            st.rerun()
    take_away.show(folder)


def _standing(folder: Path) -> None:
    session = projects.session(folder)
    try:
        frame = labelling.standing(session)
        total = session.progress(session.studio.raters[0].name)
    except Away:
        st.caption(database.LATER)
        return
    known = {
        "Clips": f"{total['clips']:,}",
        "Labelled": f"{total['labelled']:,}",
        "Left": f"{total['left']:,}",
        "Raters per clip": f"{session.studio.k}",
        "Labels in all": f"{int(frame['labels'].sum()):,}",
    }
    facts(known)
    most = max(1, total["clips"], int(frame["labels"].max()) if len(frame) else 0)
    st.dataframe(
        frame,
        hide_index=True,
        width="stretch",
        column_config={
            "rater": "Rater",
            "skipped": "Skipped",
            "unsure": "Unsure",
            "labels": st.column_config.ProgressColumn("Labels", min_value=0, max_value=most, format="%d"),
            "per_minute": st.column_config.NumberColumn("A minute", format="%.1f"),
            "last": st.column_config.DatetimeColumn("Last answer", format="distance"),
        },
    )


# ---- you versus the oracle


def _versus(folder: Path, studio: LabelProject) -> None:
    learned = [target for target in studio.task if not target.rate_hz]
    if not learned:
        st.info("Traces are compared between raters; see Agreement.")
        return
    one, two = st.columns(2)
    everybody = "All raters together"
    who = one.selectbox("Whose labels", [everybody, *(rater.name for rater in studio.raters)])
    name = two.selectbox("Target", [target.name for target in learned])
    with st.spinner("Learning from both, side by side …"):
        found = agreement.versus(folder, str(name), "" if who == everybody else str(who))
    known = {"Clips labelled by both": f"{found.clips:,}"}
    labels = {"agreement": "Equal answers", "kappa": "Cohen's kappa", "alpha": "Krippendorff's alpha", "ccc": "CCC"}
    known |= {label: agreed.number(found.agreement[key]) for key, label in labels.items() if key in found.agreement}
    facts(known)
    figures = versus_figures(found)
    if who == everybody:
        figures["curves"].for_each_trace(lambda trace: trace.update(name="raters") if trace.name == "you" else None)
        for figure in figures.values():
            figure.for_each_xaxis(
                lambda at: at.update(title="raters' answer") if at.title.text == "your answer" else None
            )
    left, right = st.columns([1.4, 1])
    left.caption(f"**What a model learns from each**, scored on {escaped(found.scored_on)}")
    with left:
        plot(figures["curves"], key="versus-curves")
    if "confusion" in figures:
        right.caption("**What was heard, and what is recorded**")
        figures["confusion"].update_yaxes(automargin=True, title_standoff=14)
        with right:
            plot(figures["confusion"], key="versus-confusion")


# ---- a new project


def _form(others: bool) -> None:
    st.title("Label your own recordings")
    st.write(
        "Point at a folder, say what you want to know of each clip, and listen. A model learns in "
        "the background from the first labels on, and asks for those clips that teach it most."
    )
    left, right = st.columns(2, gap="large")
    with left:
        corpus, files = _recordings()
        name = st.text_input("Name of the project", placeholder="optional")
        raters = st.text_input("Who labels", "me", help="Names with commas between; each gets a link of their own.")
    with right:
        picked = st.selectbox("What is asked of each clip", range(len(SCREENS)), format_func=lambda i: SCREENS[i].label)
        screen = SCREENS[picked]
        classes = labelling.CLASSES
        if screen.has_classes:
            classes = labelling.classes_of(corpus)
            classes = st.text_input("Classes", classes, help="With commas between; the first has key 1.")
        how = _details(traced=screen.screen == "trace")
    start, back, thrown, _ = st.columns([1, 1, 1, 2])
    tidying.offer_bin(thrown, Projects(), _show)
    if start.button("Start labelling", type="primary", icon=":material/headphones:", width="stretch"):
        try:
            folder, refused = labelling.start_project(
                screen, classes, raters, corpus=corpus, files=files, name=name, **how
            )
        except SeralError as wrong:
            st.error(escaped(str(wrong)), icon=":material/error:")
            return
        for sentence in refused[:10]:
            st.toast(escaped(sentence), icon=":material/warning:", duration="long")
        forget()
        st.query_params["project"] = projects.key_of(folder)
        st.rerun()
    if others and back.button("Back", width="stretch"):
        forget()
        st.rerun()


def _recordings() -> tuple[str, list[tuple[str, bytes]]]:
    own = st.segmented_control("Recordings", ["On this computer", "Upload"], default="On this computer", required=True)
    if own == "Upload":
        given = st.file_uploader(
            "Recordings",
            type=["wav", "flac", "ogg", "mp3", "aif", "aiff"],
            accept_multiple_files=True,
            max_upload_size=uploads.PER_FILE // uploads.MB,
            label_visibility="collapsed",
            help=f"At most {uploads.PER_FILE // uploads.MB} MB per file and {uploads.ALL // uploads.MB} MB in all.",
        )
        return "", [(file.name, file.getvalue()) for file in given]
    known = [where for where in speech.known_corpora() if where != "synthetic"]
    wanted = st.query_params.get("corpus", "")
    at = 1 + known.index(wanted) if wanted in known else 0
    picked = st.selectbox("Where they are", [PATH, *known], at, label_visibility="collapsed")
    if picked != PATH:
        return str(picked), []
    return st.text_input("Path", placeholder="/home/me/recordings", label_visibility="collapsed"), []


def _details(traced: bool) -> dict[str, object]:
    stretch = 0.0
    if traced:
        stretch = st.number_input(
            "Stretches, in seconds", 0, int(LONGEST_STRETCH_S), USUAL_S, 5, key="label-stretch",
            help="Recordings are cut into stretches of about so many seconds, which are traced one by one, each after "
            "a lead-in of two seconds; 0 for whole recordings.",
        )  # fmt: skip
    with st.expander("More"):
        one, two = st.columns(2)
        k = one.number_input("Raters per clip", 1, 20, 1, help="How many different people label each clip.")
        agree = two.number_input("Until so many agree", 0, 20, 0, help="On a class, within raters per clip; 0: never.")
        helpful = st.toggle("Give clips to whoever helps most", help="Several raters per clip, and classes.")
        repeats = two.slider("Heard twice, %", 0, 10, 0, help="Clips that come again, for agreement with oneself.")
        tests = one.slider("Set aside for testing, %", 0, 30, 10, help="Drawn at random, for an unbiased estimate.")
        trained = "After so many new labels the model is trained again."
        batch = two.number_input("Labels per round", 1, 200, 10, help=trained)
        shown = st.toggle("Show the model's guess before the answer", help="Quicker, but raters tend to follow it.")
        gold = st.text_input(
            "Hidden clips with known answers",
            placeholder="known.csv, or: corpus",
            help="A table with the column file and one for each target, or the word corpus for the recordings' own "
            "labels. A tenth of what raters hear comes from it, unmarked, and shows how far they agree with it.",
        )
        strategy = st.selectbox("Strategy", list(strategies), index=list(strategies).index("recommended"))
    return {
        "k": int(k),
        "agree": int(agree),
        "whom": "helpful" if helpful else "",
        "stretch": float(stretch or 0),
        "repeat_share": repeats / 100,
        "test_share": tests / 100,
        "batch": int(batch),
        "guess": "shown" if shown else "hidden",
        "strategy": str(strategy),
        "gold": gold.strip(),
        "gold_share": USUAL_GOLD_SHARE if gold.strip() else 0.0,
    }
