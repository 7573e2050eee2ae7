"""A model's folder: plain text, arrays and a learner without pickle, so that one of unknown origin runs no code."""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from seral_core.errors import BadModel, BadPlan, SeralError
from seral_core.features.normaliser import Normaliser
from seral_core.files import DAMAGED, opened, read_text
from seral_core.folders import claim, inside, kind_of
from seral_core.learners.base import Learner
from seral_core.model.card import Described
from seral_core.model.trained_learner import OwnFormat, read_learner, write_learner
from seral_core.types import Target, Task

ABOUT, SCALE, CARD = "model.json", "scale.npz", "README.md"
#: Of the folder; raised when an older SERAL would misread what a newer one wrote.
FORMAT = 1


class Kept(Described, Protocol):
    """What is written: a model."""

    learner: Learner | OwnFormat

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
    claim(folder, "model")
    if folder.is_dir() and any(folder.iterdir()) and not (replace and kind_of(folder) == "model"):
        raise BadPlan(
            f"{folder} is there already and not empty; expected a new folder; nothing was written; name another one, "
            "or replace a model (--replace; in Python replace=True)"
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(f".{folder.name[:50]}.{uuid.uuid4().hex[:12]}.draft")
    draft.mkdir()
    try:
        needs = write_learner(model.learner, draft)
        np.savez(draft / SCALE, **model.normaliser.arrays())
        (draft / ABOUT).write_text(
            json.dumps(_entries(model, needs), indent=1, ensure_ascii=False, default=str), encoding="utf-8"
        )
        (draft / CARD).write_text(model.card(), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _entries(model: Kept, needs: tuple[str, ...]) -> dict[str, Any]:
    own = model.learner if isinstance(model.learner, OwnFormat) else None
    task = [{"name": t.name, "classes": t.classes, "low": t.low, "high": t.high} for t in model.task]
    learner = {"text": own.text if own else "", "device": own.device if own else "auto", "needs": needs}
    return {
        "format": FORMAT, "features": model.features, "task": task, "learner": learner, "enough": model.enough,
        "about": model.about,
    }  # fmt: skip


def load(folder: Path, trusted: Collection[str] = ()) -> dict[str, Any]:
    """Return the fields of the model in a folder; see `Model.load`.

    Examples
    --------
    >>> load(Path("nowhere"))
    Traceback (most recent call last):
    seral_core.errors.BadModel: no model in nowhere; expected a folder that 'seral export-model' or Model.save made; ...
    """
    if kind_of(folder) != "model":
        raise BadModel(
            f"no model in {folder}; expected a folder that 'seral export-model' or Model.save made; check the path"
        )
    try:
        entries = json.loads(read_text(inside(folder, ABOUT)))
        version = entries["format"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise BadModel(f"{folder / ABOUT} is damaged ({wrong}); expected a model; export it again") from None
    if version != FORMAT:
        raise BadModel(
            f"{folder} is a model of format {version!r:.20}; this version of SERAL reads format {FORMAT}; export it "
            "again with this version, or open it with the one that made it"
        )
    try:
        task, learner = _task(entries["task"]), entries["learner"]
        text, device = str(learner["text"]), str(learner["device"])
        features, enough, about = str(entries["features"]), int(entries["enough"]), dict(entries["about"])
        with opened(inside(folder, SCALE)) as file, np.load(file, allow_pickle=False) as kept:
            normaliser = Normaliser.from_arrays({name: kept[name] for name in kept.files})
    except SeralError:
        raise
    except (*DAMAGED, AttributeError) as wrong:
        raise BadModel(f"{folder} is damaged ({wrong}); expected a whole model; export it again") from None
    return {
        "features": features, "normaliser": normaliser, "task": task, "about": about, "enough": enough,
        "learner": read_learner(folder, text, task, device, trusted),
    }  # fmt: skip


def _task(entries: list[Mapping[str, Any]]) -> Task:
    return tuple(
        Target(str(e["name"]), tuple(map(str, e["classes"])), float(e["low"]), float(e["high"])) for e in entries
    )
