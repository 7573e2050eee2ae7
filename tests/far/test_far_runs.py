"""A plan whose features lie in partitions runs, resumes and gives a model, from the command line too."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.errors import BadFeatures, BadLog, BadPlan
from seral_core.far.engine import Here
from seral_core.far.opening import open_far
from seral_core.far.parts import Ids, Part
from seral_core.far.table import FarTable, far_example
from seral_core.model.far_prediction import predict_far
from seral_core.model.model import Model
from seral_core.runs import data, far_components
from seral_core.runs.build import prepare
from seral_core.runs.data import data_of
from seral_core.runs.events import Asked, Scored
from seral_core.runs.far_components import in_components
from seral_core.runs.far_data import far_sides, scale_of
from seral_core.runs.plan import Plan
from seral_core.runs.run import run
from tests.far.pools import values_of, written

CLIPS = 600


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """A corpus of 600 clips without audio, with features in partitions; half of the set belongs to no clip of it."""
    folder = tmp_path_factory.mktemp("corpus")
    values = values_of(2 * CLIPS)
    written(folder / "set", values, each=250)
    kinds = np.abs(values[:, 0] + 3 * values[:, 1]).astype(int) % 3
    rows = range(0, 2 * CLIPS, 2)
    table = {
        "file": [f"clip{i}.wav" for i in rows],
        "speaker": [f"s{i % 12}" for i in rows],
        "emotion": [("anger", "happiness", "neutral")[kinds[i]] for i in rows],
    }
    pd.DataFrame(table).to_csv(folder / "clips.csv", index=False)
    np.savez(folder / "clips.npz", ids=table["file"], values=values[::2])
    return Plan(str(folder / "clips.csv"), features=str(folder / "set"), strategy="margin", budget=60, normalise="off")


def asked(events: object) -> list[tuple[str, ...]]:
    return [event.segments for event in events if isinstance(event, Asked)]  # type: ignore[attr-defined]


def test_a_plan_asks_what_it_asks_with_features_in_memory(plan: Plan, tmp_path: Path) -> None:
    near = replace(plan, features=plan.features.replace("/set", "/clips.npz"))
    for strategy, judge in (("margin", "held-out"), ("k-centre", "whole-set"), ("qbc:subset=100", "held-out")):
        far = list(prepare(replace(plan, strategy=strategy, judge=judge)).loop())
        in_memory = list(prepare(replace(near, strategy=strategy, judge=judge)).loop())
        assert asked(far) == asked(in_memory)
        assert [e.scores for e in far if isinstance(e, Scored)] == [
            e.scores for e in in_memory if isinstance(e, Scored)
        ]
    log = run(plan, tmp_path)
    model = Model.of_run(log)
    model.save(tmp_path / "model")
    assert len(Model.load(tmp_path / "model").predict(values_of(20))) == 20
    assert run(plan, tmp_path).events() == log.events()


def test_speakers_are_normalised_as_in_memory_and_test_speakers_lend_nothing(plan: Plan) -> None:
    speaking = replace(plan, split="speaker", normalise="on", strategy="k-centre")
    far = data_of(speaking)
    near = data_of(replace(speaking, features=plan.features.replace("/set", "/clips.npz")))
    ids = (*far.pool, *far.test)
    np.testing.assert_allclose(far.table.only(ids).values, near.table.only(ids).values, rtol=1e-5, atol=1e-6)
    assert far.normaliser.speakers
    for name in ("mean", "variance", "centre", "spread"):
        np.testing.assert_allclose(getattr(far.normaliser, name), getattr(near.normaliser, name), rtol=1e-6, atol=1e-6)
    advice = [note for note in near.notes if "speaker normalisation" in note]
    assert advice == [note for note in far.notes if "speaker normalisation" in note]
    for strategy in ("k-centre", "margin"):
        wanted = prepare(replace(speaking, strategy=strategy, features=plan.features.replace("/set", "/clips.npz")))
        assert asked(prepare(replace(speaking, strategy=strategy)).loop()) == asked(wanted.loop())
    # Test speakers' clips, and only theirs, are moved far away: nothing of the pool changes.
    raw = far.raw
    assert isinstance(raw, FarTable)
    loud = [replace(block, part=Louder(block.part, frozenset(far.test))) for block in raw.blocks]
    who = dict(zip(ids, far.corpus.speakers_of(ids), strict=True))
    moved, scale = far_sides(raw._with(loud, "loud"), far.pool, far.test, Here(), who)
    assert np.array_equal(moved.only(far.pool).values, far.table.only(far.pool).values)
    assert not np.allclose(moved.only(far.test).values, far.table.only(far.test).values)
    assert scale.label == far.normaliser.label


def test_a_run_begun_before_speakers_were_normalised_there_is_refused_and_not_mixed(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier versions took ``normalise=auto`` as off: picks of two scales never stand in one record."""
    auto = replace(plan, normalise="auto", strategy="k-centre", budget=40)
    assert data_of(auto).normaliser.speakers
    with monkeypatch.context() as earlier:
        earlier.setattr(data, "advised", lambda *_: (False, ("speaker normalisation is off",)))
        log = run(auto, tmp_path)
    path = log.folder / "events.jsonl"
    lines = path.read_text().splitlines(keepends=True)
    for kept in (len(lines) // 2, len(lines)):
        path.write_text("".join(lines[:kept]))
        for again in (lambda: run(auto, tmp_path), lambda: Model.of_run(log)):
            with pytest.raises(BadLog, match="started with other data"):
                again()
        assert path.read_text() == "".join(lines[:kept])


@pytest.mark.parametrize("share", [0.5, 0.93])
def test_components_are_those_of_memory_and_of_the_pool_alone(plan: Plan, share: float) -> None:
    speaking = replace(plan, split="speaker", normalise="on", pca=share)
    memory = replace(speaking, features=plan.features.replace("/set", "/clips.npz"))
    far, near = data_of(speaking), data_of(memory)
    ids = (*far.pool, *far.test)
    assert 1 < len(near.normaliser.axes) < 12
    assert far.table.values.shape == (len(ids), len(near.normaliser.axes))
    np.testing.assert_allclose(far.table.only(ids).values, near.table.only(ids).values, atol=1e-4)
    np.testing.assert_allclose(far.normaliser.axes, near.normaliser.axes, atol=1e-5)
    for strategy in ("k-centre", "margin"):
        a, b = (list(prepare(replace(each, strategy=strategy)).loop()) for each in (speaking, memory))
        assert asked(a) == asked(b)
        assert [e.scores for e in a if isinstance(e, Scored)] == [e.scores for e in b if isinstance(e, Scored)]
    raw = far.raw
    assert isinstance(raw, FarTable)
    who = dict(zip(ids, far.corpus.speakers_of(ids), strict=True))
    loud = [replace(block, part=Louder(block.part, frozenset(far.test))) for block in raw.blocks]
    moved, scale = far_sides(raw._with(loud, "loud"), far.pool, far.test, Here(), who)
    moved, scale = in_components(moved, moved.rows(far.pool), scale, share, Here())
    assert np.array_equal(scale.axes, far.normaliser.axes)
    assert not np.allclose(moved.only(far.test).values, far.table.only(far.test).values)


def test_components_are_kept_in_models_and_by_runs_that_go_on(plan: Plan, tmp_path: Path) -> None:
    asking = replace(plan, pca=0.8, budget=40)
    log = run(asking, tmp_path / "runs")
    whole, models = asked(log.events()), []
    for features in (asking.features, asking.features.replace("/set", "/clips.npz")):
        each = log if features == asking.features else run(replace(asking, features=features), tmp_path / "runs")
        Model.of_run(each).save(tmp_path / each.folder.name)
        models.append(Model.load(tmp_path / each.folder.name))
    far, near = (model.predict(values_of(50, seed=1)) for model in models)
    assert len(models[0].normaliser.axes) == len(models[1].normaliser.axes) > 1
    assert far.emotion.equals(near.emotion)
    done = predict_far(models[0], open_far(asking.features), tmp_path / "predictions", Here())
    assert done.rows == 2 * CLIPS
    lines = (log.folder / "events.jsonl").read_text().splitlines(keepends=True)
    (log.folder / "events.jsonl").write_text("".join(lines[: len(lines) // 2]))
    data._kept.cache_clear()  # as in a new process
    again = run(asking, tmp_path / "runs")
    assert again.folder == log.folder
    assert asked(again.events()) == whole


def test_too_many_features_for_components_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_components, "MOST", 3)
    raw, rows = far_example(np.eye(4)), np.arange(4)
    with pytest.raises(BadFeatures, match="got 4 features in partitions for principal components; expected 3 at most"):
        in_components(raw, rows, scale_of(raw, rows, Here()), 0.9, Here())
    flat = far_example(np.ones((4, 2)))
    scale = scale_of(flat, rows, Here())
    with pytest.raises(BadFeatures, match="no feature varies over the pool"):
        in_components(flat.scaled(scale), rows, scale, 0.9, Here())


@dataclass(frozen=True)
class Louder:
    """A partition in which some clips have other features."""

    part: Part
    which: frozenset[str]

    @property
    def rows(self) -> int:
        return self.part.rows

    def ids(self) -> Ids:
        return self.part.ids()

    def values(self) -> np.ndarray:
        louder = np.array([segment in self.which for segment in self.part.ids()])
        return np.where(louder[:, None], 50 * self.part.values() + 1000, self.part.values())


def test_what_a_plan_cannot_have_with_partitions_is_said_before_it_starts(plan: Plan) -> None:
    for changes, said in (
        ({"strategy": "batchbald"}, "subset=20000"),
        ({"scenario": "stream"}, "scenario=stream"),
    ):
        with pytest.raises(BadPlan, match=said):
            prepare(replace(plan, **changes))
    with pytest.raises(BadFeatures, match="no features for"):
        prepare(replace(plan, corpus="synthetic"))


def test_the_command_line_takes_a_set(plan: Plan, tmp_path: Path) -> None:
    options = ["run", "--corpus", plan.corpus, "--features", plan.features, "--strategy", "entropy", "--budget", "40"]
    done = CliRunner().invoke(commands, [*options, "--out", str(tmp_path / "run")], catch_exceptions=False)
    assert done.exit_code == 0
    assert "3 partitions" in done.output or "5 partitions" in done.output
    assert list((tmp_path / "run" / "runs").glob("*/events.jsonl"))
