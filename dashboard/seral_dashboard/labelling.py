"""What the view Label shows besides the screen itself: choices for a new project, raters, and files to take away."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.base import open_corpus
from seral_core.corpora.reading import remembered
from seral_core.errors import BadPlan, SeralError
from seral_core.home import home
from seral_core.studio.control_clips import check_ranges, control_clips
from seral_core.studio.copies import take
from seral_core.studio.opening import separate, with_gold
from seral_core.studio.project import FILE, LabelProject, new_project, place_of
from seral_core.studio.session import Session
from seral_dashboard import projects, uploads

CLASSES = "anger, happiness, neutral, sadness"


@dataclass(frozen=True)
class Screen:
    """A way to ask, as the form offers it.

    Parameters
    ----------
    label : str
        For people to read.
    targets : tuple of str
        As in a project; ``{classes}`` is replaced by the classes that the user gives.
    screen : str
        Preset or parts.
    """

    label: str
    targets: tuple[str, ...]
    screen: str

    @property
    def has_classes(self) -> bool:
        """Whether the user says which classes there are."""
        return any("{classes}" in target for target in self.targets)


SCREENS = (
    Screen("One emotion per clip, one key each", ("emotion={classes}",), "emotion"),
    Screen("Emotion with second choices, confidence and comment", ("emotion={classes}",), "emotion in full"),
    Screen("Valence, arousal and dominance on manikins", ("valence=1:9", "arousal=1:9", "dominance=1:9"), "dimensions"),
    Screen("Valence and arousal on a plane", ("valence", "arousal"), "pad"),
    Screen("Valence, arousal and dominance on sliders", ("valence", "arousal", "dominance"), "sliders"),
    Screen("Emotion, valence and arousal together", ("emotion={classes}", "valence=1:9", "arousal=1:9"), "everything"),
    Screen("Arousal traced in time, between two ends", ("arousal=-1:1@25",), "trace"),
    Screen("Valence traced in time, between two ends", ("valence=-1:1@25",), "trace"),
    Screen("Arousal traced in time, rising and falling without ends", ("arousal=relative@25",), "trace"),
)


def start_project(
    screen: Screen,
    classes: str,
    raters: str,
    *,
    corpus: str = "",
    files: Sequence[tuple[str, bytes]] = (),
    name: str = "",
    **how: Any,
) -> tuple[Path, tuple[str, ...]]:
    """Make a project as the form asks for it.

    Parameters
    ----------
    screen : Screen
        What is asked.
    classes, raters : str
        With commas between.
    corpus : str
        Folder, table or name of a corpus; empty where recordings were uploaded.
    files : sequence of (name, content)
        Uploaded recordings.
    name : str
        What people call the project.
    **how
        Further fields of `seral_core.studio.project.LabelProject`.

    Returns
    -------
    Path
        Of the project.
    tuple of str
        What was not kept of an upload.

    Raises
    ------
    SeralError
        When something does not fit.
    """
    given = tuple(dict.fromkeys(c.strip() for c in classes.split(",") if c.strip()))
    targets = tuple(target.format(classes=",".join(given)) for target in screen.targets)
    names = [r.strip() for r in raters.split(",") if r.strip()] or ["me"]
    how = with_gold(how)
    LabelProject("check", targets, screen=screen.screen, **how)  # what is wrong is found before anything is written
    refused: tuple[str, ...] = ()
    if files:
        folder = _free(home("labels") / uploads.safe_name(name or "uploaded"))
        refused = uploads.save(files, folder / "uploads").refused
        corpus = str(folder / "uploads")
    elif not corpus.strip():
        raise BadPlan("got no recordings; expected the path of a folder, or uploaded files; give one of them")
    else:
        corpus = _there(corpus.strip())
        how |= remembered(corpus).entries
        studio, found = LabelProject(corpus, targets, screen=screen.screen, **how), open_corpus(corpus)
        check_ranges(studio, found)
        control_clips(studio, found)
        folder = _free(place_of(corpus))
    new_project(folder, LabelProject(corpus, targets, name=name.strip(), screen=screen.screen, **how), names)
    return folder, refused


def _there(corpus: str) -> str:
    """Open what is to be labelled, so that the form can show what is wrong with it."""
    found = open_corpus(corpus)
    if found.root is None:
        raise BadPlan(f"{corpus} has no audio; expected recordings to listen to; choose a folder that has some")
    return corpus


def classes_of(corpus: str) -> str:
    """Return the classes that a corpus has labels for, as the form shows them; the usual ones where it has none."""
    from seral_dashboard import speech

    try:
        task = speech.corpus(corpus)[0].task if corpus else ()
    except SeralError:
        return CLASSES
    named = [target for target in task if target.name == "emotion" and not target.is_scale]
    return ", ".join(named[0].classes) if named else CLASSES


def _free(folder: Path) -> Path:
    number, path = 1, folder
    while (path / FILE).exists() or (path / "uploads").exists():
        number += 1
        path = folder.with_name(f"{folder.name} {number}")
    return path


def is_shared() -> bool:
    """Whether other computers reach this dashboard."""
    return bool(os.environ.get("SERAL_SHARED"))


def link(secret: str, port: int) -> str:
    """Return a rater's address, as others write it where the dashboard is shared or behind a proxy."""
    return f"{os.environ.get('SERAL_ADDRESS') or f'http://localhost:{port}'}/rate/{secret}"


def lead_here(folder: Path) -> None:
    """Let the raters' links of a project lead to this folder, where the one that had them is gone or unknown."""
    take(folder, projects.studio(folder).marks)


def give_new_links(folder: Path) -> None:
    """Make a copy of a project one of its own."""
    separate(folder)


def label_name(folder: Path) -> str:
    """Return what people call a project; its folder where it cannot be read."""
    try:
        return projects.studio(folder).name or folder.name
    except SeralError:
        return folder.name


def standing(session: Session) -> pd.DataFrame:
    """Return how far every rater is: ``rater``, ``labels``, ``skipped``, ``unsure``, ``per_minute``, ``last``."""
    rows = []
    last: dict[str, float] = {}
    for answer in (row for row in session.store.current() if row.source != "machine"):
        last[answer.rater] = max(last.get(answer.rater, 0.0), answer.answered_at or 0.0)
    for rater in session.studio.raters:
        progress = session.progress(rater.name)
        when = pd.to_datetime(last[rater.name], unit="s", utc=True) if last.get(rater.name) else pd.NaT
        rows.append(
            [rater.name, progress["answered"], progress["skipped"], progress["unsure"], progress["per_minute"], when]
        )
    return pd.DataFrame(rows, columns=["rater", "labels", "skipped", "unsure", "per_minute", "last"])


FORMATS = {
    "CSV": ".csv",
    "Parquet": ".parquet",
    "audformat (a zipped folder)": "",
    "Label Studio": ".json",
}


def exported(session: Session, kind: str) -> bytes:
    """Return all labels of a project as a file of one of `FORMATS`."""
    from seral_core.exchange import export_labels

    with tempfile.TemporaryDirectory() as place:
        to = Path(place) / f"labels{FORMATS[kind]}"
        export_labels(session.store, to, task=session.studio.task)
        return zipped(to) if to.is_dir() else to.read_bytes()


def zipped(folder: Path) -> bytes:
    """Return a folder as an archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder).as_posix())
    return packed.getvalue()
