"""Learners that hear get audio, folder and device, offer members and embeddings, and survive kills."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import soundfile

from seral_core.errors import BadLog, BadPlan
from seral_core.learners.base import learners
from seral_core.runs import worker
from seral_core.runs.build import prepare
from seral_core.runs.events import Event, Finished, Scored, Training
from seral_core.runs.grid import Grid, run_grid
from seral_core.runs.live_stream import watch
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.runs.rounds import Step
from seral_core.runs.run import run
from seral_core.runs.stream import stream_loop
from seral_core.runs.training_progress import training_of
from seral_core.runs.watch_folder import Watch
from seral_core.strategies.base import strategies
from tests.runs import hearing as _registered  # noqa: F401

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def heard_plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    folder, rng, rows = tmp_path_factory.mktemp("heard"), np.random.default_rng(0), []
    for i in range(40):
        emotion, time = ("anger", "sadness")[i % 2], np.arange(3_200) / 8_000
        tone = np.sin(2 * np.pi * (900 if i % 2 else 300) * time) * 0.2
        soundfile.write(folder / f"{i:02d}.wav", tone + rng.normal(0, 0.03, len(time)), 8_000)
        rows.append({"file": f"{i:02d}.wav", "speaker": f"s{i // 2 % 4}", "emotion": emotion})
    pd.DataFrame(rows).to_csv(folder / "clips.csv", index=False)
    np.savez(folder / "clips.npz", ids=[row["file"] for row in rows], values=rng.normal(size=(40, 3)))
    return Plan(
        corpus=str(folder / "clips.csv"), features=str(folder / "clips.npz"), learner="hearing", split="speaker",
        normalise="off", strategy="margin", initial=4, batch=4, budget=24, device="cpu",
    )  # fmt: skip


def told(plan: Plan, past: list[Event] | None = None, folder: Path | None = None) -> list[Event]:
    made = prepare(plan, folder=folder)
    return [event for event in made.loop(past or []) if not isinstance(event, Training)]


def test_killed_five_times_it_gives_the_same_events(heard_plan: Plan, tmp_path: Path) -> None:
    plan, chance = heard_plan.varied(learner="hearing:epochs=6:epoch_s=0.02"), random.Random(7)
    (tmp_path / "plan.toml").write_text(plan.to_toml())
    command = [sys.executable, "-m", "tests.runs.hearing", str(tmp_path / "plan.toml"), str(tmp_path / "runs")]
    log, kills = Log(tmp_path / "runs" / plan.key), 0
    while not log.finished():
        process = subprocess.Popen(command, cwd=ROOT)
        try:
            if kills < 5:
                for _ in events_appear(log, process):
                    break
                process.wait(chance.uniform(0.02, 0.3))
            else:
                assert process.wait() == 0
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
    assert kills == 5
    assert log.events() == told(plan)
    assert isinstance(log.events()[-1], Finished)


def events_appear(log: Log, process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Wait until the process has written something new, so that a kill hits its work and not its imports."""
    before = _size(log)
    while process.poll() is None and _size(log) == before:
        try:
            process.wait(0.01)
        except subprocess.TimeoutExpired:
            continue
    yield


def _size(log: Log) -> int:
    return sum(path.stat().st_mtime_ns for path in log.folder.glob("*") if path.exists())


def test_it_goes_on_from_the_last_round_and_so_does_a_resumed_run(heard_plan: Plan, tmp_path: Path) -> None:
    whole = told(heard_plan)
    for cut in range(0, len(whole) + 1, 2):
        assert whole[:cut] + told(heard_plan, whole[:cut]) == whole, f"cut after {cut} events, no model kept"
    log = run(heard_plan, tmp_path)
    assert log.events() == whole
    assert [path.name for path in log.folder.glob("model-*")] == ["model-00006"]
    for cut in (len(whole) - 1, len(whole) - 3, 5):
        assert whole[:cut] + told(heard_plan, whole[:cut], log.folder) == whole, f"cut after {cut} events"


def test_it_learns_from_what_it_hears(heard_plan: Plan) -> None:
    scores = [
        e.scores["emotion"]["uar"]
        for e in told(heard_plan.varied(learner="hearing:epochs=60"))
        if isinstance(e, Scored)
    ]
    assert scores[-1] > 0.8


def test_strategies_get_its_members_and_its_embeddings(heard_plan: Plan) -> None:
    made = prepare(heard_plan)
    for _ in made.loop():
        pass
    from seral_core.learners.offers import offers_of

    offers = offers_of(made.learner, made.pool.known(), np.random.default_rng(0))
    view = made.pool.view(made.pool.task, 9, offers)
    rows = view.candidates[:2]
    belief = view.committee(rows)["emotion"]
    assert belief.proba.shape == (2, 6, 2)  # type: ignore[union-attr]
    assert view.embeddings(rows).shape == (2, 9)
    assert told(heard_plan.varied(strategy="qbc"))[-1] == Finished(24, "the budget is spent")


def test_a_learner_without_embeddings_is_refused(heard_plan: Plan) -> None:
    view = prepare(heard_plan.varied(learner="recommended")).pool.view((), 0)
    with pytest.raises(BadPlan, match="the learner gives none"):
        view.embeddings(view.candidates)


def test_training_shows_how_far_it_is_beside_the_log(heard_plan: Plan, tmp_path: Path) -> None:
    seen: list[str] = []

    def look(event: Event, made: object) -> None:
        if isinstance(event, Training):
            seen.append(training_of(tmp_path / heard_plan.key).get("text", ""))

    log = run(heard_plan, tmp_path, listeners=(look,))
    assert "epoch 1" in seen
    assert training_of(log.folder) == {}
    assert not any("Training" in line for line in log.path.read_text().splitlines())


def test_a_kept_model_of_other_labels_is_noticed(heard_plan: Plan, tmp_path: Path) -> None:
    log = run(heard_plan, tmp_path)
    (model,) = log.folder.glob("model-*")
    (model / "trained-on").write_text("other labels")
    with pytest.raises(BadLog, match="trained on other labels"):
        told(heard_plan, log.events()[:-1], log.folder)


def test_a_grid_starts_no_more_workers_than_the_learner_bears(
    heard_plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr("joblib.Parallel", lambda n_jobs, **_: asked.append(n_jobs) or (lambda work: iter(())))
    list(run_grid(Grid(heard_plan, ("margin", "random")), tmp_path / "one", jobs=2))
    list(run_grid(Grid(heard_plan.varied(learner="recommended"), ("margin", "random")), tmp_path / "two", jobs=2))
    assert asked == [1, 2]


def test_where_answers_come_later_no_model_goes_on_from_the_last(heard_plan: Plan, tmp_path: Path) -> None:
    made = prepare(heard_plan)
    later = SimpleNamespace(later=True, price=1.0, answer=lambda *_: ())
    step = Step("query", strategies["random"], later, 2)  # type: ignore[arg-type]
    with pytest.raises(BadPlan, match="goes on from its last model"):
        next(stream_loop([], made.pool.task, made.learner, step, None, buffer=2))
    with pytest.raises(BadPlan, match="hears, but a watched stream"):
        next(watch(Watch(tmp_path, tmp_path / "out", made.pool.task, tmp_path / "answers.csv", learner="hearing")))


def test_the_dashboards_worker_carries_out_as_many_at_once_as_the_learner_bears(
    heard_plan: Plan, tmp_path: Path
) -> None:
    Grid(heard_plan.varied(budget=8), ("margin", "random")).save(tmp_path)
    assert worker.work(tmp_path), (tmp_path / "trouble.txt").read_text()
    first, second = (log.lines() for log in Grid.load(tmp_path).logs(tmp_path))
    assert first[-1]["event"] == second[-1]["event"] == "Finished"
    assert first[-1]["at"] <= second[0]["at"]


def test_the_door_is_named_in_the_message_where_it_is_shut(heard_plan: Plan) -> None:
    assert "hearing" in learners
    with pytest.raises(BadPlan, match="no option 'device'; it has epochs, epoch_s"):
        prepare(heard_plan.varied(learner="hearing:device=cuda"))
