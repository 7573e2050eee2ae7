"""A folder of somebody else: what lies there in place of a file is neither waited for nor read from elsewhere."""

from __future__ import annotations

import faulthandler
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.errors import BadPlan, NotAFile, SeralError
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Known
from seral_core.recipes.base import save_settings, saved_settings
from seral_core.recipes.han2013 import Han2013Settings
from seral_core.recipes.report_files import Report, write
from seral_core.recipes.worker import wants_stop
from seral_core.runs.checkpoints import KeptModels
from seral_core.runs.grid import Grid
from seral_core.runs.live_stream import watch
from seral_core.runs.predictions_log import PredictionsLog
from seral_core.runs.run import running
from seral_core.runs.watch_folder import saved
from seral_core.studio.background import trainer_state
from seral_core.studio.beliefs import last_beliefs
from seral_core.studio.curve import curve
from seral_core.studio.project import editing
from seral_core.studio.session import Session
from seral_core.studio.table import kept_table
from seral_core.unpacking import read_parquet
from seral_dashboard import data, recipe_runs, watching
from tests.fuzz.world import build
from tests.patience import PATIENCE

if not hasattr(os, "mkfifo"):
    pytest.skip("there are no named pipes here", allow_module_level=True)

#: What the user has elsewhere, in a form that anything may take for its own.
SECRET = json.dumps(dict.fromkeys(("text", "what", "state", "trouble"), "SECRET") | {"done": 1, "total": 2})


class Hang(BaseException):
    """Not an Exception, so that nobody catches it."""


@contextmanager
def soon(seconds: float = PATIENCE) -> Iterator[None]:
    """Fail what waits."""

    def hung(*_: object) -> None:
        raise Hang

    faulthandler.dump_traceback_later(2 * seconds, exit=True)  # code in C may wait on
    before = signal.signal(signal.SIGALRM, hung)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        faulthandler.cancel_dump_traceback_later()


def ended(verb: Callable[[Path], object], folder: Path) -> str:
    """Return what a verb says of a folder, or its sentence."""
    with soon():
        try:
            return str(verb(folder))
        except SeralError as wrong:
            return str(wrong)


def seral(*words: object) -> str:
    done = CliRunner().invoke(commands, [*map(str, words)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def progress_of(folder: Path) -> object:
    return [data.progress(each) for each in data.experiments() if each.folder == folder]


def restored(folder: Path) -> object:
    known, reader = Known(FeatureTable(np.eye(2), ("a", "b")), (), {}), SimpleNamespace(load=str)
    return [KeptModels(run).restore(reader, 1, known) for run in (folder / "runs").glob("*")]  # type: ignore[arg-type]


def rated(folder: Path) -> object:
    session = Session(folder, train=False)
    try:
        return session.next("me"), session.progress("me")
    finally:
        session.store.close()


def on_its_page(folder: Path) -> object:
    trial = recipe_runs.Trial(folder.name, folder, *saved_settings(folder))
    shown = [(piece.text, piece.html and piece.html.read_text(), piece.width) for piece in recipe_runs.report(trial)]
    return recipe_runs.standing(trial), shown


Verbs = tuple[Callable[[Path], object], ...]
RUN = "runs/{key}/"
#: Files beside those that the folder holds, and what is done with the folder.
FOLDERS: dict[str, tuple[list[str], Verbs]] = {
    "grid": (
        [
            "control", "trouble.txt", "preparing.json", "runs/control", "curves.parquet", "summary.json",
            *(RUN + name for name in ("control", "training.json", "guesses/00001.npz", "model-00001/trained-on")),
            RUN + "events.jsonl.damaged",
        ],
        (
            lambda folder: seral("show", folder), lambda folder: seral("resume", folder, "--repair"), progress_of,
            lambda folder: [PredictionsLog(log.folder).read(1) for log in Grid.load(folder).logs(folder)], restored,
        ),
    ),
    "project": (
        [
            "run/next.json", "run/state.json", "run/features.npz", "run/beliefs/000001.npz", "run/trouble.txt",
            "run/control", ".editing",
        ],
        (
            rated, lambda folder: trainer_state(folder / "run"), lambda folder: curve(folder / "run"),
            lambda folder: seral("labels", "export", folder, "--to", folder / "new.csv"),
            lambda folder: kept_table(folder / "run"), lambda folder: last_beliefs(folder / "run"),
            lambda folder: editing(folder).__enter__().release(force=True),
        ),
    ),
    "stream": (
        ["control", "clips.sqlite-wal", "clips.sqlite-journal"],
        (
            lambda folder: seral("show", folder), running, lambda folder: watching.named_streams(),
            lambda folder: list(watch(saved(folder), once=True, tell=lambda _: None)),
        ),
    ),
    "recipe": (
        ["progress.json", "report.md", "savings.html", "savings.png", "control", "trouble.txt", ".lock"],
        (lambda folder: seral("show", folder), on_its_page, wants_stop),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = build(tmp_path_factory.mktemp("pipes") / "world")
    (root / "recipe" / "recipe.toml").unlink()
    save_settings("han2013", Han2013Settings(quick=True), root / "recipe")
    report = "# What came out\n\n![savings](savings.png)\n\nsavings ([interactive](savings.html))\n"
    (root / "recipe" / "report.md").write_text(report)
    for name in ("savings.html", "savings.png"):
        (root / "recipe" / name).write_text("a figure")
    return root


@pytest.mark.parametrize("odd", ["a pipe", "a link"])
@pytest.mark.parametrize("kind", FOLDERS)
def test_no_file_of_a_folder_is_waited_for_or_read_from_elsewhere(
    kind: str, odd: str, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world)
    (tmp_path / "secret").write_text(SECRET)
    more, verbs = FOLDERS[kind]
    key = next((path.parent.name for path in world.glob("grid/runs/*/plan.toml")), "")
    there = [path.relative_to(world / kind) for path in (world / kind).rglob("*") if path.is_file()]
    for number, name in enumerate(sorted({*map(str, there), *(name.format(key=key) for name in more)})):
        folder = tmp_path / str(number) / kind
        monkeypatch.setenv("SERAL_RUNS", str(folder.parent))
        shutil.copytree(world / kind, folder)
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        for verb in verbs:
            place.unlink(missing_ok=True)
            os.mkfifo(place) if odd == "a pipe" else place.symlink_to(tmp_path / "secret")
            assert "SECRET" not in ended(verb, folder), name
    assert (tmp_path / "secret").read_text() == SECRET


def test_a_report_is_written_in_place_of_pipes(tmp_path: Path) -> None:
    import pandas as pd

    for name in ("curves.parquet", "more.parquet", "summary.json", "report.md"):
        os.mkfifo(tmp_path / name)
    frame = pd.DataFrame({"uar": [0.5]})
    with soon():
        write(tmp_path, frame, {}, Report("", "", tables={"more": frame}))
    assert read_parquet(tmp_path / "more.parquet").to_dict("list") == {"uar": [0.5]}


def test_a_table_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "scores.parquet")
    with soon(), pytest.raises(NotAFile, match=r"scores\.parquet is a pipe, and is not opened"):
        read_parquet(tmp_path / "scores.parquet")


@pytest.mark.parametrize("name", ["report.md", "savings.html", "savings.png"])
def test_a_report_that_is_a_link_out_of_its_folder_is_refused_in_a_sentence(
    name: str, world: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "recipe"
    shutil.copytree(world / "recipe", folder)
    (folder / name).unlink()
    (folder / name).symlink_to(tmp_path / "secret")
    (tmp_path / "secret").write_text(SECRET)
    with pytest.raises(BadPlan, match=rf"{name} is a link that leads out of its folder"):
        on_its_page(folder)
