"""Where a pool lies in partitions, the machine labels them where they lie, and what it labels is what memory gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seral_core.errors import BadLog, BadPlan
from seral_core.far.table import FarTable
from seral_core.features.table import FeatureTable
from seral_core.learners import incremental
from seral_core.learners.base import learners
from seral_core.model.model import Model
from seral_core.oracles.machine import Machine
from seral_core.runs import machine_labels
from seral_core.runs.build import prepare
from seral_core.runs.events import Asked, Event, Finished, Labelled, MachineLabelled, Scored, Trained, Training
from seral_core.runs.far_pool import FarPool
from seral_core.runs.loops import pool_loop
from seral_core.runs.plan import Plan
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step
from seral_core.runs.run import run
from seral_core.runs.step_plan import StepPlan
from seral_core.strategies.compose import strategy_from
from seral_core.types import Label, Task
from tests.far.pools import AGE, AROUSAL, EMOTION, Teacher, values_of, written

CLIPS = 1500
BOTH = tuple[FarTable, FeatureTable]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> BOTH:
    """Clips on one scale, none like another: equal confidences would be told apart otherwise than in memory."""
    values = np.random.default_rng(9).normal(size=(CLIPS, 12)).astype(np.float32)
    return written(tmp_path_factory.mktemp("set"), values, each=400)


@pytest.fixture(params=["one piece", "many pieces"])
def pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Labels go through in pieces that begin and end within partitions."""
    if request.param == "many pieces":
        for module in (incremental, machine_labels):
            monkeypatch.setattr(module, "PIECE", 60)
        monkeypatch.setattr(machine_labels, "TOGETHER", 150)
        monkeypatch.setattr(incremental, "LEAST_STEPS", 64)


def loop(
    pool: Pool, table: FeatureTable, machine: Machine, n: int = CLIPS, past: tuple[Event, ...] = (),
    chooses: str = "most-confident", budget: int = 48,
) -> Iterator[Event]:  # fmt: skip
    """Five rounds, in each of which people answer about nine clips, then the machine labels."""
    teacher, task = Teacher(table), pool.task
    asks = "margin" if not task[0].is_scale else "random"
    steps = [
        Step("query", strategy_from(asks), teacher, 9, called=asks),
        Step("machine", strategy_from(chooses), machine, n, called=chooses),
    ]

    def judge(learner: Any, known: Any) -> Any:
        beliefs = learner.predict(table)
        return {}, {t.name: {"guess": beliefs[t.name].mean.tolist(), "labels": len(known)} for t in task}

    return pool_loop(
        pool, learners["sgd"](task), steps, judge, start=Step("first", strategy_from("random"), teacher, 12),
        budget=budget,        past=past,
    )  # fmt: skip


def seen(events: list[Event]) -> list[Event]:
    """What both kinds of pool record: what people were asked, how much was known, and what the model said of all."""
    kept = (Trained, Scored, Finished)
    return [e for e in events if isinstance(e, kept) or (isinstance(e, Asked) and e.step != "machine")]


def recorded(events: Iterator[Event]) -> list[Event]:
    """What is written down."""
    return [event for event in events if not isinstance(event, Training)]


@pytest.mark.parametrize(
    ("task", "n", "options"),
    [
        ((EMOTION,), CLIPS, {"above": 0.4, "keep": 0.4, "quota": 40, "honest": True}),
        ((EMOTION,), CLIPS, {"above": 0.4, "keep": 0.4, "total": 90, "weight": 0.5}),
        ((EMOTION,), 50, {"above": 0.45, "quota": 15, "after": 30}),
        ((EMOTION, AGE), CLIPS, {"above": 0.4, "keep": 0.38, "quota": 60}),
    ],
)
def test_what_is_learned_is_what_is_learned_in_memory(
    both: BOTH, pieces: None, task: Task, n: int, options: dict[str, Any]
) -> None:
    far, near = both
    found = list(loop(FarPool(far, task), near, Machine(None, **options), n))  # type: ignore[arg-type]
    wanted = list(loop(Pool(near, task), near, Machine(None, **options), n))  # type: ignore[arg-type]
    assert seen(found) == seen(wanted)
    by_machine = [e for e in found if isinstance(e, MachineLabelled)]
    assert sum(e.labelled for e in by_machine) > 60
    assert any(e.withdrawn for e in by_machine) or not options.get("honest")
    assert not any(label.source == "machine" for e in found if isinstance(e, Labelled) for label in e.labels)


def test_people_win_and_scales_are_learned(both: BOTH, pieces: None) -> None:
    far, near = both
    pool = FarPool(far, (AROUSAL,))
    events = list(loop(pool, near, Machine(None, above=0.1)))  # type: ignore[arg-type]
    assert next(e for e in events if isinstance(e, MachineLabelled)).labelled == CLIPS - 21
    people = {label.segment: label.value for label in pool.labels}
    known = pool.known().everything("arousal")  # type: ignore[attr-defined]
    assert len(known) == CLIPS == len(pool.known())
    rows = far.rows(people)
    assert known.values[rows].tolist() == list(people.values())
    assert len(people) == 48


def test_a_killed_run_goes_on_as_if_it_had_not_stopped_whatever_was_lost(both: BOTH, tmp_path: Path) -> None:
    far, near = both
    machine = Machine(None, above=0.4, keep=0.39, quota=40)  # type: ignore[arg-type]
    whole = recorded(loop(FarPool(far, (EMOTION,), keep=tmp_path / "whole"), near, machine))
    for stop in (6, 9, 11, 14):
        keep = tmp_path / str(stop)
        first, past = loop(FarPool(far, (EMOTION,), keep=keep), near, machine), []
        for event in first:
            past += recorded(iter([event]))
            if len(past) == stop:
                break
        first.close()  # type: ignore[attr-defined]
        kept = sorted((keep / f"near-{far.fingerprint}").glob("machine-*"))
        rest = recorded(loop(FarPool(far, (EMOTION,), keep=keep), near, machine, past=tuple(past)))
        assert [*past, *rest] == whole
        for path in kept[:1]:
            path.write_bytes(b"damaged")
        rest = recorded(loop(FarPool(far, (EMOTION,), keep=keep), near, machine, past=tuple(past)))
        assert [*past, *rest] == whole
        rest = recorded(loop(FarPool(far, (EMOTION,), keep=tmp_path / f"new {stop}"), near, machine, past=tuple(past)))
        assert [*past, *rest] == whole
    left = sorted(path.name for path in (tmp_path / "whole" / f"near-{far.fingerprint}").iterdir())
    steps = sum(isinstance(e, MachineLabelled) for e in whole)
    assert {name.split("-")[0] for name in left} == {"machine"}
    assert {int(name.split("-")[1]) for name in left} == {steps - 1, steps}
    at = next(i for i, e in enumerate(whole) if isinstance(e, MachineLabelled))
    other = tuple(replace(e, digest="of another computer") if i == at else e for i, e in enumerate(whole[:-3]))
    with pytest.raises(BadLog, match="comes out otherwise"):
        list(loop(FarPool(far, (EMOTION,), keep=tmp_path / "other"), near, machine, past=other))  # type: ignore[arg-type]


def test_of_equal_confidences_the_first_rows_are_labelled(tmp_path: Path) -> None:
    """All clips are alike but for two kinds, over several partitions."""
    values = np.repeat(np.array([[-1.0, 0.0], [1.0, 0.0]], np.float32), 100, axis=0)
    far, _ = written(tmp_path, values, each=30)
    pool = FarPool(far, (EMOTION,))
    said = dict.fromkeys(range(9), "anger") | {199 - i: "neutral" for i in range(9)}
    pool.add([Label(f"clip{i}.wav", "emotion", value, "r") for i, value in said.items()])
    step = Step("machine", strategy_from("most-confident"), Machine(None, above=0.3, total=45), 1000)  # type: ignore[arg-type]
    ask = Step("query", strategy_from("random"), Teacher(FeatureTable(values, tuple(far.ids))), 1)
    for event in pool_loop(pool, learners["sgd"](pool.task), [step, ask], lambda *_: ({}, {}), budget=30):
        if isinstance(event, MachineLabelled):
            assert event.given == {"emotion": {"anger": 45, "happiness": 0, "neutral": 45}}
            break
    kept = [pool.machine.kept(number).of("emotion").rows for number in range(7)]
    rows = np.concatenate([30 * number + rows for number, rows in enumerate(kept)])
    assert rows.tolist() == [*range(9, 54), *range(100, 145)]


def test_what_cannot_be_done_in_partitions_is_refused_before_anything_is_recorded(both: BOTH) -> None:
    far, near = both
    machine = Machine(None)  # type: ignore[arg-type]
    for task, n, chooses, said in (
        ((EMOTION,), 50, "random", "strategy=most-confident"),
        ((EMOTION, AGE), 50, "most-confident", f"n={CLIPS}"),
    ):
        with pytest.raises(BadPlan, match=said):
            next(loop(FarPool(far, task), near, machine, n, chooses=chooses))


def test_a_plan_trains_itself_in_partitions_and_gives_a_model(tmp_path: Path) -> None:
    values = values_of(600)
    values += np.random.default_rng(1).normal(size=values.shape).astype(np.float32)
    written(tmp_path / "set", values, each=250)
    kinds = np.abs(values[:, 0] + 3 * values[:, 1]).astype(int) % 3
    table = {"file": [f"clip{i}.wav" for i in range(600)], "speaker": [f"s{i % 12}" for i in range(600)]}
    table["emotion"] = [EMOTION.classes[kind] for kind in kinds]
    pd.DataFrame(table).to_csv(tmp_path / "clips.csv", index=False)
    np.savez(tmp_path / "clips.npz", ids=table["file"], values=values)
    people = StepPlan("query", "margin", "gold", 10)
    for machine, judge in (
        ("machine:above=0.4:quota=30:keep=0.3", "whole-set"),
        ("machine:above=0.4:by=calibrated", "held-out"),
    ):
        step = StepPlan("machine", "most-confident", machine, 600)
        plan = Plan(
            str(tmp_path / "clips.csv"), features=str(tmp_path / "set"), learner="sgd", budget=50, judge=judge,
            steps=(people, step), normalise="off",
        )  # fmt: skip
        log = run(plan, tmp_path / "runs")
        near = list(prepare(replace(plan, features=str(tmp_path / "clips.npz"))).loop())
        found = seen(list(log.events()))
        assert found == seen(near)
        assert sum(e.labelled for e in log.events() if isinstance(e, MachineLabelled)) > 30
        model = Model.of_run(log)
        assert len(model.predict(values[:20])) == 20
