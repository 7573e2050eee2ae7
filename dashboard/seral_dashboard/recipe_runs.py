"""Recipes as the pages need them: started in a process of their own, found again, and their reports read."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.folds import splits
from seral_core.errors import BadPlan, SeralError
from seral_core.files import opened, read_text
from seral_core.folders import inside
from seral_core.recipes.base import recipes, save_settings, saved_settings
from seral_core.recipes.settings import Settings, as_words, options
from seral_core.recipes.worker import PROGRESS, go_on, stop, wants_stop
from seral_core.runs import job
from seral_core.runs.plan import Plan
from seral_core.runs.training_progress import FILE, training_of
from seral_dashboard import data
from seral_dashboard.setup import check_speech, possible_splits
from seral_dashboard.workers import crew

#: A figure of a report: a picture, or a link where no picture could be drawn.
FIGURE = re.compile(r"^!?\[(?P<caption>[^\]]*)\]\((?P<name>[^)]*)\.(?:png|html)\)$")
#: What is repeated below a picture, with a link that leads nowhere from a page.
AGAIN = re.compile(r"^[^\n]*\(\[interactive\]\([^()]*\)\)$")
SAFE = re.compile(r"[\w-]+")


@dataclass(frozen=True)
class Trial:
    """A recipe that was started: its folder, name and settings."""

    id: str
    folder: Path
    recipe: str
    settings: Settings

    @property
    def label(self) -> str:
        """Name and contents in one line."""
        return f"{self.id}: {', '.join([self.recipe, *as_words(self.settings)])}"


@dataclass(frozen=True)
class Standing:
    """How far a recipe has come.

    Parameters
    ----------
    state : str
        ``starting``, ``running``, ``stopping``, ``stopped``, ``interrupted``, ``failed`` or ``finished``.
    done : float
        Share of the present stage, from 0 to 1: extracting features, then the runs.
    said : str
        The same for people.
    trouble : str
        Why it failed.
    training : dict
        What a learner is at, as `training_of` gives it; empty where none says.
    """

    state: str
    done: float
    said: str
    trouble: str = ""
    training: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Piece:
    """A piece of a report: Markdown, or a figure with its caption."""

    text: str
    picture: Path | None = None
    html: Path | None = None

    @property
    def width(self) -> int:
        """Of the picture on a page, in pixels; pictures are kept at twice the size."""
        if self.picture is None:
            return 0
        with opened(self.picture) as file:
            head = file.read(24)
        return int.from_bytes(head[16:20]) // 2 if head[:4] == b"\x89PNG" else 0


def papers() -> dict[str, tuple[str, str]]:
    """Return what each recipe does, and its paper, the oldest first; those without a paper come last.

    Examples
    --------
    >>> papers()["han2013"][1][:10]
    'Han, Li, R'
    """
    found = {name: (recipes.summary(name), recipes[name].paper) for name in recipes}
    years = {name: max(re.findall(r"\b(?:19|20)\d\d\b", paper), default="9999") for name, (_, paper) in found.items()}
    return dict(sorted(found.items(), key=lambda item: years[item[0]]))


def settings_of(recipe: str) -> type[Settings]:
    """Return what is known about a recipe.

    Examples
    --------
    >>> settings_of("han2013").__name__
    'Han2013Settings'
    """
    return recipes[recipe].settings


def trials() -> list[Trial]:
    """Return all recipes that were started, the newest first."""
    root = data.runs_folder()
    made = {path.parent: path.stat().st_mtime for path in root.glob("*/recipe.toml") if path.is_file()}
    found = []
    for folder in sorted(made, key=made.__getitem__, reverse=True):
        try:
            name, settings = saved_settings(folder)
        except SeralError:
            continue  # not one of ours, or of a later version
        found.append(Trial(folder.name, folder, name, settings))
    return found


def trial(name: str) -> Trial:
    """Return the recipe with this id, or raise `BadPlan`."""
    for found in trials():
        if found.id == name:
            return found
    raise BadPlan(f"there is no recipe '{name:.80}'; expected one that the page offers; reload the page")


def possible_parts(corpus: Corpus) -> list[str]:
    """Return the test parts that a corpus knows enough for, besides the groups of speakers that recipes take."""
    return [how for how in possible_splits(corpus) if how not in ("none", "speakers:5")]


def check(settings: Settings, corpora: Mapping[str, Corpus]) -> None:
    """Raise the `SeralError` that says why features or a test part cannot be used, before anything is kept.

    Parameters
    ----------
    settings : Settings
        Of any recipe.
    corpora : mapping
        Opened, by the setting that names them.
    """
    for name, corpus in corpora.items():
        mine = {each.kind: getattr(settings, each.name) for each in options(type(settings)) if each.of == name}
        check_speech(Plan(corpus=getattr(settings, name), features=mine.get("features") or Plan.features), corpus)
        if "part" in mine:
            splits(corpus, mine["part"] or Plan.split)


def start(recipe: str, settings: Settings, name: str = "") -> Trial:
    """Keep a recipe's settings, have it carried out, and return it."""
    folder = data.free_folder(name or f"{recipe}-{datetime.now():%Y-%m-%d-%H%M}")
    save_settings(recipe, settings, folder)
    trial = Trial(folder.name, folder, recipe, settings)
    resume(trial)
    return trial


def resume(trial: Trial) -> None:
    """Have a recipe carried out, from where it stopped, by a process that outlives this one."""
    if standing(trial).state in ("starting", "running", "stopping"):
        raise BadPlan(f"{trial.id} is still at work; expected one that has ended; wait until it has")
    go_on(trial.folder)
    crew().begin_recipe(trial.folder)


def end(trial: Trial) -> None:
    """Ask a recipe to stop; it can go on later."""
    stop(trial.folder)


def standing(trial: Trial) -> Standing:
    """Return how far a recipe has come."""
    done, line, left_s = _told(trial.folder)
    state, trouble = _state(trial.folder)
    if state == "finished":
        return Standing(state, 1.0, "the report is written")
    left = data.spread_s(left_s) if state == "running" else ""
    line = f"{line}, about {left} left" if left else line
    training = training_now(trial.folder) if state == "running" else {}
    now = ": ".join(str(training[name]) for name in ("run", "text") if training.get(name))
    return Standing(state, done, f"{line} ({now})" if now else line, trouble, training)


def training_now(folder: Path) -> dict[str, Any]:
    """Return what a learner of a recipe is at, as `training_of` gives it, with the ``run`` that it belongs to.

    Examples
    --------
    >>> training_now(Path("nowhere"))
    {}
    """
    newest = _newest(folder, FILE)
    now = training_of(newest.parent) if newest is not None else {}
    if newest is None or not now:
        return {}
    try:
        return {**now, "run": f"{Plan.load(newest.parent).strategy}, round {now.get('round', 0)}"}
    except SeralError:  # no run of active learning
        return now


def grid_now(folder: Path) -> data.Experiment | None:
    """Return the grid of a recipe that has scored last; None before any has begun.

    Examples
    --------
    >>> grid_now(Path("nowhere")) is None
    True
    """
    newest = _newest(folder, "events.jsonl")
    return data.experiment_in(newest.parents[2]) if newest is not None else None


def _newest(folder: Path, name: str) -> Path | None:
    """Return the file of this name that a run below a recipe's folder has written last."""
    changed = {}
    for path in folder.glob(f"*/runs/*/{name}"):
        with suppress(OSError):  # a training that has just ended
            changed[path] = path.stat().st_mtime
    return max(changed, key=changed.__getitem__, default=None)


def _state(folder: Path) -> tuple[str, str]:
    held = data.locked(folder)
    if not held and (folder / "report.md").exists():
        return "finished", ""
    wanted = "stop" if wants_stop(folder) else ""
    return job.standing(folder, held=held, starting=crew().busy(folder), wanted=wanted)


def _told(folder: Path) -> tuple[float, str, float]:
    """Return the share of the present stage that is done, a line about it, and the seconds left."""
    try:
        path = inside(folder, PROGRESS)
        state = json.loads(read_text(path))
        done, total, what = int(state["done"]), int(state["total"]), str(state["what"])
        left_s = float(state.get("left_s") or math.nan) - (time.time() - path.stat().st_mtime)
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return 0.0, "opening corpus and features", math.nan
    # Later than expected: no time is shown until the next step shows the new pace.
    return min(1.0, done / max(total, 1)), f"{done} of {total}: {what}", left_s if left_s > 0 else math.nan


def report(trial: Trial) -> list[Piece]:
    """Return the report of a recipe in pieces, its figures between its words."""
    try:
        text = read_text(inside(trial.folder, "report.md"))
    except OSError as wrong:
        raise BadPlan(f"{trial.id} has no report ({wrong.strerror or wrong}); resume it, and one is written") from None
    return list(_pieces(text, trial.folder))


def _pieces(text: str, folder: Path) -> Iterator[Piece]:
    words: list[str] = []
    for block in text.split("\n\n"):
        figure = FIGURE.match(block.strip())
        if figure and SAFE.fullmatch(figure["name"]):
            if words:
                yield Piece("\n\n".join(words))
            words = []
            yield _figure(figure["caption"], folder, figure["name"])
        elif not AGAIN.match(block.strip()):
            words.append(re.sub(r"(?<!!)!+\[", "[", block))  # a picture from elsewhere would ask another computer
    if words:
        yield Piece("\n\n".join(words))


def _figure(caption: str, folder: Path, name: str) -> Piece:
    picture, html = inside(folder, f"{name}.png"), inside(folder, f"{name}.html")
    return Piece(caption, picture if picture.is_file() else None, html if html.is_file() else None)
