"""What a project gives: its labels, and its model with predictions for the clips that nobody labelled."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from seral_core.errors import SeralError
from seral_core.guard import write_csv
from seral_core.studio.project_model import project_model
from seral_core.studio.session import Session
from seral_core.studio.training_labels import FEW, trainable, training_labels
from seral_dashboard import labelling, projects, uploads
from seral_dashboard.as_text import code, escaped

#: Why there was no model in what was taken away last, by project: the download itself runs beside the page.
_no_model: dict[Path, str] = {}


def show(folder: Path) -> None:
    """Offer what a project gives, as files; nothing while its database is away."""
    session = projects.session(folder)
    ready, place = has_model(session), session.store.place if session.studio.store else folder
    st.subheader("Take the labels away")
    one, two = st.columns([3, 1.2], vertical_alignment="bottom")
    kind = one.segmented_control(
        "Format", list(labelling.FORMATS), default="CSV", required=True, label_visibility="collapsed"
    )
    ending = labelling.FORMATS[str(kind)] or ".zip"
    two.download_button(
        "Export",
        lambda: labelling.exported(projects.session(folder), str(kind)),
        file_name=f"{_name(folder)}-labels{ending}",
        icon=":material/download:",
        width="stretch",
        on_click="ignore",
    )
    st.caption(
        f"Every answer, also what was taken back, is kept in {code(place)}; on the command line: `seral labels export`."
    )
    _model(folder, session, ready=ready)


def _model(folder: Path, session: Session, *, ready: bool) -> None:
    st.subheader("Take the model away")
    if not ready:
        st.caption(f"There is a model from {FEW} labelled clips on, of two classes or more.")
        return
    if why := session.look() or _no_model.get(folder, ""):
        st.warning(f"There is no model: {escaped(why)}", icon=":material/warning:")
    one, two = st.columns([3, 1.2], vertical_alignment="center")
    one.caption(
        "The model, trained on all labels so far, with a card about data, scores and limits; and what it believes of "
        "the clips that nobody labelled, with its confidence. On the command line: `seral export-model`, and "
        "`seral predict` for other recordings."
    )
    two.download_button(
        "Model and predictions",
        lambda: packed_model(folder),
        file_name=f"{_name(folder)}-model.zip",
        icon=":material/model_training:",
        width="stretch",
        on_click="ignore",
    )


def has_model(session: Session) -> bool:
    """Whether there are labels enough for a model."""
    labels = training_labels(session.studio, session.store.current())
    return bool(trainable(session.studio.learned, labels))


def packed_model(folder: Path) -> bytes:
    """Return a project's model and its predictions as a zipped folder; where there are none, with a text that says why.

    A download that fails says nothing to whoever waits for it.
    """
    _no_model.pop(folder, None)
    with tempfile.TemporaryDirectory() as place:
        try:
            found = project_model(folder)
        except (SeralError, OSError) as why:
            _no_model[folder] = str(why)
            (Path(place) / "NO-MODEL.txt").write_text(f"There is no model: {why}\n", encoding="utf-8")
            return labelling.zipped(Path(place))
        found.model.save(Path(place) / "model")
        if found.elsewhere:
            (Path(place) / "PREDICTIONS.txt").write_text(f"{found.elsewhere}\n", encoding="utf-8")
        else:
            write_csv(found.predictions.reset_index(), Path(place) / "predictions.csv")
        return labelling.zipped(Path(place))


def _name(folder: Path) -> str:
    return uploads.safe_name(labelling.label_name(folder))
