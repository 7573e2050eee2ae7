"""A folder of somebody else: nothing outside of it is read, written or deleted by way of a symbolic link in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.errors import BadPlan
from seral_core.recipes.base import recipes
from seral_core.recipes.base import save_settings as keep_recipe
from seral_core.recipes.base import saved_settings as kept_recipe
from seral_core.recipes.worker import stop as stop_recipe
from seral_core.runs.checkpoints import KeptModels
from seral_core.runs.events import Finished
from seral_core.runs.grid import Grid
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.runs.predictions_log import PredictionsLog
from seral_core.runs.run import alone, ask_to, wish
from seral_core.runs.training_progress import TrainingProgress
from seral_core.runs.watch_folder import Watch, save, saved, target_from
from seral_core.store import Answer, LabelStore
from seral_core.studio.beliefs import last_beliefs
from seral_core.studio.opening import opened_project
from seral_core.studio.project import editing, open_project
from seral_core.studio.session import Session
from seral_core.studio.stores import ForeignStore
from seral_core.studio.table import kept_table
from seral_core.studio.testing import made_project
from seral_core.studio.trainer import Trainer, work

OUT = "is a link that leads out of its folder"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """What the user has elsewhere: a file and a folder, which look like SERAL's own as far as can be."""
    mine = tmp_path / "mine"
    (mine / "folder").mkdir(parents=True)
    (mine / "file").write_bytes(b'{"a whole line": 1}\nand a cut one')
    (mine / "file").chmod(0o640)
    for name in (".x.draft", ".x.npz", "000001.npz", "control", "plan.toml", "events.jsonl", "trained-on"):
        (mine / "folder" / name).write_text("of the user")
    return mine


def untouched(mine: Path) -> dict[str, tuple[bytes, int]]:
    """Everything that the user has there, with its rights."""
    return {str(p): (p.read_bytes() if p.is_file() else b"", p.stat().st_mode) for p in sorted(mine.rglob("*"))}


def linked(at: Path, to: Path) -> None:
    """Put a link in place of what is there."""
    if at.is_dir():
        shutil.rmtree(at)
    at.unlink(missing_ok=True)
    at.parent.mkdir(parents=True, exist_ok=True)
    at.symlink_to(to)


RUN: dict[str, list[Callable[[Log], object]]] = {
    "events.jsonl": [Log.mend, Log.repair, Log.events, Log.finished, lambda log: log.append(Finished(1, "so"))],
    "events.jsonl.damaged": [Log.repair],
    "plan.toml": [lambda log: log.plan, Log.events, lambda log: Plan.load(log.folder)],
    "control": [lambda log: ask_to(log.folder, "stop"), lambda log: wish(log.folder)],
    ".lock": [lambda log: alone(log.folder)],
    "training.json": [lambda log: TrainingProgress(log.folder)],
    "guesses/": [lambda log: PredictionsLog(log.folder)._path(1)],
    "model-00001/": [lambda log: KeptModels(log.folder).last],
}


@pytest.mark.parametrize("name", RUN)
def test_a_run_is_not_read_or_written_through_a_link(name: str, mine: Path, tmp_path: Path) -> None:
    log = Log.create(tmp_path / "runs", Plan())
    log.append(Finished(1, "so"))
    if name == "events.jsonl.damaged":
        log.path.write_bytes(log.path.read_bytes() + b"no event\n")
    linked(log.folder / name, mine / ("folder" if name.endswith("/") else "file"))
    before = untouched(mine)
    for verb in RUN[name]:
        with pytest.raises(BadPlan, match=OUT):
            verb(Log(log.folder))
    assert untouched(mine) == before


def test_a_run_below_a_link_is_not_begun_and_a_grid_with_one_is_not_opened(mine: Path, tmp_path: Path) -> None:
    plan, grid = Plan(), Grid(Plan(), ("random",))
    linked(tmp_path / "parent" / plan.key, mine / "folder")
    grid.save(tmp_path / "grid")
    linked(tmp_path / "grid" / "runs" / grid.plans()[0].key, mine / "folder")
    grid.save(tmp_path / "other")
    linked(tmp_path / "other" / "runs", mine / "folder")
    verbs: list[Callable[[], object]] = [
        lambda: Log.create(tmp_path / "parent", plan),
        lambda: grid.go_on(tmp_path / "grid"),
        lambda: Grid.load(tmp_path / "other"),
        lambda: grid.save(tmp_path / "other"),
    ]
    before = untouched(mine)
    for verb in verbs:
        with pytest.raises(BadPlan, match=OUT):
            verb()
    assert untouched(mine) == before


def test_a_recipe_and_a_stream_are_not_read_or_written_through_a_link(mine: Path, tmp_path: Path) -> None:
    settings = recipes["han2013"].settings(quick=True)
    keep_recipe("han2013", settings, tmp_path / "recipe")
    linked(tmp_path / "recipe" / "cell" / "runs", mine / "folder")
    with pytest.raises(BadPlan, match=OUT):
        stop_recipe(tmp_path / "recipe")
    plan = Watch(tmp_path, tmp_path / "stream", (target_from("arousal"),), tmp_path / "answers.csv")
    linked(tmp_path / "recipe" / "recipe.toml", mine / "file")
    linked(plan.out / "watch.toml", mine / "file")
    verbs: list[Callable[[], object]] = [
        lambda: kept_recipe(tmp_path / "recipe"),
        lambda: keep_recipe("han2013", settings, tmp_path / "recipe"),
        lambda: save(plan),
        lambda: saved(plan.out),
    ]
    for verb in verbs:
        with pytest.raises(BadPlan, match=OUT):
            verb()
    assert (mine / "folder" / "control").read_text() == "of the user"


PROJECT: dict[str, list[Callable[[Path], object]]] = {
    "run/": [Session, Trainer, work],
    "run/beliefs/": [lambda folder: last_beliefs(folder / "run"), work],
    "run/features.npz": [lambda folder: kept_table(folder / "run")],
    "studio.toml": [open_project, Session],
    ".editing": [editing],
    "labels.sqlite-count": [Session, Trainer, lambda folder: opened_project(str(folder), {})],
}


@pytest.mark.parametrize("name", PROJECT)
def test_a_project_is_not_read_or_written_through_a_link(name: str, mine: Path, tmp_path: Path) -> None:
    folder = made_project(clips=6, folder=tmp_path)
    linked(folder / name, mine / ("folder" if name.endswith("/") else "file"))
    before = untouched(mine)
    for verb in PROJECT[name]:
        if (name, verb) == ("run/beliefs/", work):
            assert not work(folder)  # says so in run/trouble.txt
            assert OUT in (folder / "run" / "trouble.txt").read_text()
            continue
        with pytest.raises(BadPlan, match=OUT):
            verb(folder)
    assert untouched(mine) == before


def test_a_store_that_is_a_link_is_asked_about(tmp_path: Path) -> None:
    folder, elsewhere = made_project(clips=6, folder=tmp_path), tmp_path / "mine.sqlite"
    LabelStore(elsewhere).append([Answer("1", "a.wav", "emotion", "anger", rater="r1")])
    linked(folder / "labels.sqlite", elsewhere)

    def seral(*words: object) -> str:
        done = CliRunner().invoke(commands, [*map(str, words)], catch_exceptions=False)
        return done.output

    verbs: list[Callable[[], object]] = [
        lambda: Session(folder, train=False),
        lambda: Trainer(folder),
        lambda: opened_project(str(folder), {}),
        lambda: seral("labels", "export", folder, "--to", tmp_path / "labels.csv"),
        lambda: seral("labels", "backup", folder),
    ]
    for verb in verbs:
        with pytest.raises(ForeignStore, match="outside of its folder"):
            verb()
    assert "may keep its labels there" in seral("labels", "trust", folder, "--yes")
    assert len(Session(folder, train=False).store.rows()) == 1


def test_the_count_beside_a_store_is_never_written_through_a_link(mine: Path, tmp_path: Path) -> None:
    store = LabelStore(tmp_path / "labels.sqlite")
    (mine / "file").chmod(0o664)
    linked(tmp_path / "labels.sqlite-count", mine / "file")
    before = untouched(mine)
    store.append([Answer("1", "a.wav", "emotion", "anger", rater="r1")])
    LabelStore(tmp_path / "labels.sqlite").append([Answer("2", "a.wav", "emotion", "anger", rater="r2")])
    assert len(store.rows()) == 2
    assert untouched(mine) == before


def test_a_project_or_run_that_the_user_names_by_a_link_is_opened(tmp_path: Path) -> None:
    folder = made_project(clips=6, folder=tmp_path)
    linked(tmp_path / "short", folder)
    assert Session(tmp_path / "short", train=False).next("me")["clips"]
    log = Log.create(tmp_path / "runs", Plan())
    log.append(Finished(1, "so"))
    linked(tmp_path / "run", log.folder)
    assert Log(tmp_path / "run").finished()
    Grid(Plan(), ("random",)).save(tmp_path / "grid")
    linked(tmp_path / "named", tmp_path / "grid")
    assert Grid.load(tmp_path / "named").logs(tmp_path / "named")
