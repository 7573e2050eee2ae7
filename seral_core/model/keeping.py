"""A model's folder: plain text, arrays and a learner without pickle, so that one of unknown origin runs no code."""

from __future__ import annotations

import glob
import json
import shutil
import uuid
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from seral_core.corpora.files import few
from seral_core.errors import BadModel, BadPlan, SeralError
from seral_core.features.normaliser import Normaliser
from seral_core.files import DAMAGED, clear_drafts, held, named, opened, read_text, regular
from seral_core.folders import claim, inside, kind_of
from seral_core.learners.base import Learner
from seral_core.model.card import Described
from seral_core.model.hearing import ENTRIES, Hearing, hearing_of
from seral_core.model.kept_task import task_entries, task_from
from seral_core.model.trained_learner import FILE, FOLDER, MOST, OwnFormat, read_learner, write_learner
from seral_core.unpacking import check_archive

ABOUT, SCALE, CARD = "model.json", "scale.npz", "README.md"
#: Of the folder; raised when an older SERAL would misread what a newer one wrote.
FORMAT = 1
_DRAFT, _OLD = ".draft", ".old"
#: Bytes that are read of a description: usual ones have some thousands.
MOST_ABOUT = 10_000_000
#: What `_HEARS` in the file of the scale holds: how the features were made that the scale fits, once more.
_HEARS = "hears"


class Kept(Described, Protocol):
    """What is written: a model."""

    learner: Learner | OwnFormat

    @property
    def hearing(self) -> Hearing:
        """How it makes features of sound."""
        ...

    def card(self) -> str:
        """Return the model's card."""
        ...


def save(model: Kept, folder: Path, *, replace: bool = False) -> Path:
    """Write a model into a folder of its own; see `Model.save`.

    Raises
    ------
    BadPlan
        When something else is in the folder, or a model that nobody agreed to replace.
    """
    check_place(folder, replace=replace)
    folder = folder.absolute()
    folder.parent.mkdir(parents=True, exist_ok=True)
    _clear(folder)
    draft = folder.with_name(f".{folder.name[:50]}.{uuid.uuid4().hex[:12]}{_DRAFT}")
    try:
        with named(folder, draft):
            draft.mkdir()
            with held(draft):
                _write(model, draft)
            _put(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _write(model: Kept, draft: Path) -> None:
    needs, hears = write_learner(model.learner, draft), model.hearing.kept()
    arrays = {**model.normaliser.arrays(), _HEARS: np.array([hears[name] for name in ENTRIES])}
    np.savez(draft / SCALE, **arrays)
    (draft / ABOUT).write_text(
        json.dumps(_entries(model, needs, hears), indent=1, ensure_ascii=False, default=str), encoding="utf-8"
    )
    (draft / CARD).write_text(model.card(), encoding="utf-8")


def check_place(folder: Path, *, replace: bool = False) -> None:
    """Raise `BadPlan` where a model cannot be written to a folder; before anything is trained for it.

    Examples
    --------
    >>> check_place(Path("nowhere"))
    >>> check_place(Path(__file__).parent)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: ... is there already and not empty; expected a new folder; nothing was written; ...
    """
    claim(folder, "model")
    found = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if found and not (replace and kind_of(folder) == "model"):
        raise BadPlan(
            f"{folder} is there already and not empty; expected a new folder; nothing was written; name another one, "
            "or replace a model (--replace; in Python replace=True)"
        )
    others = [name for name in found if name not in (ABOUT, SCALE, CARD, FILE, FOLDER)]
    if others:
        raise BadPlan(
            f"{folder} holds other things beside a model: {few(others)}; expected the model alone, as replacing it "
            "would delete them; nothing was written; move them, or name another folder"
        )


def _put(draft: Path, folder: Path) -> None:
    """Have a whole folder take the place of another: at any moment, one of them is there or lies beside it."""
    old = draft.with_suffix(_OLD)
    if folder.exists():
        folder.rename(old)
    try:
        draft.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _clear(folder: Path) -> None:
    """Put back or remove what a killed writer of the same folder left beside it."""
    for old in _replaced(folder):
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(folder)
    clear_drafts(folder.parent, glob.escape(folder.name[:50]))


def _replaced(folder: Path) -> list[Path]:
    """Return the models that lie beside a folder because who replaced them was killed."""
    return sorted(folder.parent.glob(f".{glob.escape(folder.name[:50])}.{'[0-9a-f]' * 12}{_OLD}"))


def _entries(model: Kept, needs: tuple[str, ...], hears: Mapping[str, str]) -> dict[str, Any]:
    own = model.learner if isinstance(model.learner, OwnFormat) else None
    learner = {"text": own.text if own else "", "device": own.device if own else "auto", "needs": needs}
    return {
        "format": FORMAT, **hears, "task": task_entries(model.task), "learner": learner, "enough": model.enough,
        "about": model.about,
    }  # fmt: skip


def load(folder: Path, trusted: Collection[str] = (), features: Any = None) -> dict[str, Any]:
    """Return the fields of the model in a folder; see `Model.load`.

    Examples
    --------
    >>> load(Path("nowhere"))
    Traceback (most recent call last):
    seral_core.errors.BadModel: no model in nowhere; expected a folder that 'seral export-model' or Model.save made; ...
    """
    if kind_of(folder) != "model" and not folder.exists() and (old := _replaced(folder.absolute())):
        raise BadModel(
            f"{folder} is not there: writing it was ended while it took the place of another model, which is whole and "
            f"lies at {old[0]}; give that the name {folder.name}, or export the model again"
        )
    if kind_of(folder) != "model":
        raise BadModel(
            f"no model in {folder}; expected a folder that 'seral export-model' or Model.save made; check the path"
        )
    try:
        entries = json.loads(read_text(inside(folder, ABOUT), most=MOST_ABOUT))
        version = entries["format"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise BadModel(f"{folder / ABOUT} is damaged ({wrong}); expected a model; export it again") from None
    if version != FORMAT:
        raise BadModel(
            f"{folder} is a model of format {version!r:.20}; this version of SERAL reads format {FORMAT}; export it "
            "again with this version, or open it with the one that made it"
        )
    try:
        task, learner = task_from(entries["task"]), entries["learner"]
        text, device = str(learner["text"]), str(learner["device"])
        enough, about, hearing = int(entries["enough"]), dict(entries["about"]), hearing_of(entries, features)
        normaliser, hears = _scale(inside(folder, SCALE))
    except SeralError:
        raise
    except (*DAMAGED, AttributeError) as wrong:
        raise BadModel(f"{folder} is damaged ({wrong}); expected a whole model; export it again") from None
    if hears not in (None, [getattr(hearing, name) for name in ENTRIES]):
        raise BadModel(
            f"the model's files do not belong together: {ABOUT} names the features {hearing.features:.100}, and "
            f"{SCALE} is of {hears[0] if hears else 'others':.100}; get the model again from whoever made it, or "
            "export it again"
        )
    return {
        "features": hearing.features, "normaliser": normaliser, "task": task, "about": about, "enough": enough,
        "learner": read_learner(folder, text, task, device, trusted), "hearing": hearing,
    }  # fmt: skip


def _scale(path: Path) -> tuple[Normaliser, list[str] | None]:
    """Return a normaliser from its file, and of which features it is; None where an earlier version did not say."""
    size = regular(path).stat().st_size
    if size > MOST:
        raise BadModel(f"{path} has {size / 1e9:.1f} GB; expected at most {MOST / 1e9:.0f} GB; export the model again")
    check_archive(path)
    with opened(path) as file, np.load(file, allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files}
    return Normaliser.from_arrays(arrays), list(map(str, arrays[_HEARS].tolist())) if _HEARS in arrays else None
