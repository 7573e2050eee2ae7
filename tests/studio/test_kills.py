"""Kill -9 while somebody labels: no acknowledged label is lost or doubled, and the same clip is open again."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from seral_core.errors import BadStore
from seral_core.exchange import export_labels
from seral_core.runs.events import Labelled, Trained
from seral_core.runs.log import Log
from seral_core.store import LabelStore
from seral_core.studio.project import LabelProject, new_project
from seral_core.studio.session import Session
from seral_core.studio.testing import made_project
from tests.patience import PATIENCE

from .conftest import said

KILLS = int(os.environ.get("SERAL_KILLS", "4"))
ROOT = Path(__file__).parents[2]


class Rater:
    """A process that labels, and the trainer that it starts."""

    def __init__(self, folder: Path, log: Path, limit: int) -> None:
        self.folder, self.log, self.limit = folder, log, limit
        self.process = self.begin()

    def begin(self) -> subprocess.Popen[bytes]:
        words = [str(Path(__file__).with_name("rater.py")), str(self.folder), str(self.log), str(self.limit), "me"]
        self.process = subprocess.Popen([sys.executable, *words], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        return self.process

    def lines(self) -> list[list[str]]:
        text = self.log.read_text() if self.log.exists() else ""
        return [line.split() for line in text.splitlines()]

    def wait_for(self, more: int) -> None:
        """Wait until so many more lines are printed, or the rater is done."""
        wanted = len(self.lines()) + more
        while len(self.lines()) < wanted and self.process.poll() is None:
            time.sleep(0.02)

    def trainers(self) -> list[int]:
        """Process ids of this project's trainer."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                words = (place / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"seral_core.studio.trainer" in words and str(self.folder).encode() in words:
                found.append(int(place.name))
        return found

    def kill_trainer(self) -> int:
        found = self.trainers()
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        return len(found)


@pytest.fixture
def rater(tmp_path: Path) -> Iterator[Rater]:
    if not Path("/proc/self").exists():
        pytest.skip("finds the trainer by /proc, which this system has not")
    folder = made_project(30 * KILLS, folder=tmp_path, initial=10).resolve()
    made = Rater(folder, tmp_path / "log", 20 * KILLS)
    yield made
    made.process.kill()
    made.process.wait()
    made.kill_trainer()


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_killed_at_random_moments_nothing_is_lost_doubled_or_jumped_over(rater: Rater) -> None:
    rng, trainers = random.Random(0), 0
    for _ in range(KILLS):
        rater.wait_for(rng.randrange(5, 40))
        time.sleep(rng.random() * 0.05)
        rater.process.kill()
        rater.process.wait()
        rater.begin()
        rater.wait_for(rng.randrange(5, 15))
        trainers += rater.kill_trainer()
    rater.process.wait()
    assert rater.lines()[-1] == ["done"]
    assert trainers > 0
    check(rater.lines(), LabelStore(rater.folder / "labels.sqlite"))


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_copies_of_a_project_at_random_moments_are_whole_or_say_what_is_missing(rater: Rater, tmp_path: Path) -> None:
    rng = random.Random(0)
    for number in range(2 * KILLS):
        rater.wait_for(rng.randrange(2, 9))
        time.sleep(rng.random() * 0.05)
        acknowledged = {line[3] for line in rater.lines() if line[0] == "saved"}
        copy = tmp_path / f"copy {number}"
        if number % 2:
            shutil.copytree(rater.folder, copy, ignore=shutil.ignore_patterns("run", ".*"))
        else:
            copy.mkdir()
            shutil.copy(rater.folder / "labels.sqlite", copy)
        try:
            found = {row.id for row in LabelStore(copy / "labels.sqlite").rows()}
        except BadStore:
            continue
        assert acknowledged <= found


def check(lines: list[list[str]], store: LabelStore) -> None:
    stored = {row.id: row for row in store.current()}
    assert len([row for row in store.rows() if row.kind == "answer"]) == len(stored)
    acknowledged = [line[3] for line in lines if line[0] == "saved"]
    assert set(acknowledged) <= set(stored)
    pressed = {line[3]: (line[1], line[4]) for line in lines if line[0] == "press"}
    assert all(pressed[made] == (row.segment, row.value) for made, row in stored.items())
    assert len({row.segment for row in stored.values()}) == len(stored)
    for before, after in pairwise(lines):
        if after[0] != "open":
            continue
        match before[0]:
            case "open":  # killed while the clip was open
                assert before[1:] == after[1:]
            case "saved":
                assert before[1:3] == after[1:3]
            case "press":  # killed in between: the same clip unless the answer had arrived
                assert (before[1:3] == after[1:3]) == (before[3] not in stored)


@pytest.mark.slow
def test_labels_of_an_unlabelled_folder_are_exported_as_they_were_pressed(real_data: Path, tmp_path: Path) -> None:
    recordings = tmp_path / "recordings"
    recordings.mkdir()
    for number, path in enumerate(sorted((real_data / "ravdess").rglob("*.flac"))[::6]):
        (recordings / f"take {number:03}.flac").symlink_to(path)
    classes = ("neutral", "calm", "happiness", "sadness", "anger", "fear", "disgust", "surprise")
    studio = LabelProject(str(recordings), (f"emotion={','.join(classes)}",))
    new_project(tmp_path / "project", studio)
    session, pressed, rng = Session(tmp_path / "project"), {}, random.Random(0)
    names = {f"take {i:03}.flac": p.name for i, p in enumerate(sorted((real_data / "ravdess").rglob("*.flac"))[::6])}
    try:
        for number in range(200):
            (clip, *_) = session.next("me")["clips"]
            emotion = classes[int(names[clip["segment"]].split("-")[2]) - 1]
            pressed[clip["segment"]] = emotion if rng.random() < 0.9 else "calm"
            session.record("me", said(clip, pressed[clip["segment"]]))
            if number in (60, 120, 199):
                wait_for_rounds(session)
    finally:
        stop(session)
    export_labels(session.store, tmp_path / "labels.csv", only_current=True)
    table = pd.read_csv(tmp_path / "labels.csv")
    assert len(table) == 200
    assert dict(zip(table["segment"], table["class"], strict=True)) == pressed
    assert session.guess("take 000.flac") is not None
    curve = session.curve("me")["targets"]["emotion"]
    assert curve["cross_validated"][-1]["value"] > 2 / 8
    assert any(slot.ranked for slot in session.queue.slots.hand("me").slots)
    (log,) = session.run.glob("*/events.jsonl")
    seen = {x.segment: x.value for e in Log(log.parent).events() if isinstance(e, Labelled) for x in e.labels}
    assert seen.items() <= pressed.items()


def wait_for_rounds(session: Session, wanted: int = 1) -> None:
    """Wait until the trainer has carried out further rounds."""

    def rounds() -> int:
        logs = list(session.run.glob("*/events.jsonl"))
        return sum(isinstance(e, Trained) for e in Log(logs[0].parent).events()) if logs else 0

    before, patience = rounds(), time.monotonic() + PATIENCE
    while rounds() < before + wanted:
        assert time.monotonic() < patience, session.progress("me")["trainer"]
        session.next("me")
        time.sleep(0.1)


def stop(session: Session) -> None:
    assert session.trainer is not None
    process = session.trainer.process
    if process is not None:
        process.kill()
        process.wait()
