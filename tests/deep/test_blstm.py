"""The learner `blstm`: traces in and out, in loops, members, what is refused, and what a stopped training comes to."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")

from seral_core.deep.blstm import blstm
from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, Learner, learners, trained
from seral_core.learners.contract import check_learner
from seral_core.learners.offers import offers_of
from seral_core.runs.events import Scored
from seral_core.runs.fit import check_fit
from seral_core.runs.judge import HeldOut
from seral_core.runs.loops import Step, pool_loop
from seral_core.runs.pool import Pool
from seral_core.scores.metrics import ccc
from seral_core.strategies.compose import strategy_from
from seral_core.types import Label, Query, Scale, Target, Task
from seral_core.units import from_lengths, taken

AROUSAL = Target("arousal", low=1, high=5, rate_hz=4.0)
VALENCE = Target("valence", rate_hz=4.0)
TASK: Task = (AROUSAL, VALENCE)
QUICK: dict[str, Any] = {"folder": None, "cells": 6, "layers": 1, "epochs": 4, "members": 2}
#: Enough to learn what two frames before was.
ENOUGH: dict[str, Any] = {**QUICK, "cells": 8, "epochs": 60, "patience": 20, "rate": 0.02, "noise": 0.0, "members": 1}


def recordings(count: int = 12, parts: int = 1) -> tuple[FeatureTable, dict[str, np.ndarray]]:
    """Recordings of several lengths; arousal is what a feature was two frames before, valence what it will be."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(30, 60, count)
    values = rng.normal(size=(lengths.sum(), 3)).astype(np.float32)
    bounds = from_lengths(lengths)
    gold: dict[str, np.ndarray] = {"arousal": np.full(len(values), 3.0), "valence": np.zeros(len(values))}
    for at, end in pairwise(bounds.tolist()):
        gold["arousal"][at + 2 : end] = 3 + np.clip(values[at : end - 2, 0], -2, 2)
        gold["valence"][at : end - 1] = np.clip(values[at + 1 : end, 1] / 3, -1, 1)
    ids = tuple(f"r{i // parts}.wav#{i % parts}" if parts > 1 else f"r{i}.wav" for i in range(count))
    return FeatureTable(values, ids, bounds=bounds, rate_hz=4.0), gold


TABLE, GOLD = recordings()


def known(rows: Iterable[int] = range(8), task: Task = TASK, table: FeatureTable = TABLE) -> Known:
    which = np.array(list(rows), dtype=np.intp)
    units, bounds = taken(table.bounds, which)
    return Known(table, task, {t.name: Answers(which, GOLD[t.name][units], np.ones(len(which)), bounds) for t in task})


def fitted(task: Task = TASK, about: Known | None = None, **more: Any) -> Learner:
    return trained(
        blstm(task, **{**QUICK, **more}), known(task=task) if about is None else about, np.random.default_rng(0)
    )


def believed(learner: Learner, table: FeatureTable = TABLE, name: str = "arousal") -> Scale:
    belief = learner.predict(table)[name]
    assert isinstance(belief, Scale)
    return belief


@pytest.mark.parametrize("loss", ["ccc", "sum-ccc", "mse", "levels"])
def test_it_keeps_the_contract_of_learners_with_every_loss(loss: str) -> None:
    check_learner(partial(blstm, loss=loss, **QUICK), AROUSAL)


@pytest.mark.parametrize("loss", ["ccc", "sum-ccc", "mse", "levels"])
def test_it_learns_what_only_the_order_of_frames_says(loss: str) -> None:
    learner, rest = fitted(**{**ENOUGH, "loss": loss, "levels": 3}), TABLE.take(range(8, 12))
    units, _ = taken(TABLE.bounds, np.arange(8, 12))
    for name in ("arousal", "valence"):
        assert ccc(GOLD[name][units], believed(learner, rest, name).guess) > 0.5
        by_frame = trained(learners["ridge"](TASK), known(), np.random.default_rng(0))
        assert ccc(GOLD[name][units], believed(by_frame, rest, name).guess) < 0.2


def test_traces_are_learned_and_judged_in_a_loop() -> None:
    class Rater:
        price = 1.0

        def answer(self, query: Query, learner: Learner, rng: np.random.Generator) -> Iterable[Label]:
            for row in TABLE.rows(query.segments).tolist():
                for target in query.task:
                    trace = GOLD[target.name][TABLE.bounds[row] : TABLE.bounds[row + 1]]
                    short = tuple(trace[: len(trace) - row % 3].tolist())  # raters stop a little before the end
                    yield Label(TABLE.ids[row], target.name, short, "rater", cost=0.5)

    rest = np.arange(8, 12)
    units, bounds = taken(TABLE.bounds, rest)
    answers = {name: Answers(np.arange(4), values[units], np.ones(4), bounds) for name, values in GOLD.items()}
    pool, judge = Pool(TABLE.take(range(8)), TASK), HeldOut(TABLE.take(rest), TASK, answers)
    learner = blstm(TASK, **{**ENOUGH, "members": 2, "epochs": 40})
    events = pool_loop(pool, learner, [Step("query", strategy_from("random:3+qbc"), Rater(), 3)], judge, budget=8)
    scores = [event.scores for event in events if isinstance(event, Scored)]
    assert scores[-1]["arousal"]["ccc"] > max(0.5, scores[0]["arousal"]["ccc"])


def test_whether_it_fits_a_plan_is_tried_before_the_run() -> None:
    check_fit("blstm:epochs=2", "random", TASK)
    with pytest.raises(BadPlan, match="got arousal, which has one value per clip"):
        check_fit("blstm", "random", (Target("arousal"),))


def test_a_belief_has_a_member_for_each_network_and_a_unit_for_each_frame() -> None:
    belief = believed(fitted(members=3))
    assert belief.mean.shape == (3, len(TABLE.values))
    assert np.array_equal(belief.bounds, TABLE.bounds)
    assert belief.mean.std(axis=0).min() > 0


def test_its_own_members_are_the_committee_and_one_alone_is_none() -> None:
    learner = fitted()
    offers = offers_of(learner, known(), np.random.default_rng(0))
    assert np.array_equal(offers.committee(TABLE)["arousal"].mean, believed(learner).mean)  # type: ignore[union-attr]
    alone = fitted(members=1, epochs=1)
    assert len(offers_of(alone, known(), np.random.default_rng(0)).committee(TABLE)["arousal"].mean) > 1  # type: ignore


def test_what_nobody_traced_is_in_the_middle_and_what_is_always_the_same_stays() -> None:
    about = known(range(3))
    flat = Answers(np.arange(3), np.full(int(TABLE.bounds[3]), 0.25), np.ones(3), TABLE.bounds[:4])
    none = Answers(np.zeros(0, np.intp), np.zeros(0), np.zeros(0), np.zeros(1, np.intp))
    learner = fitted(about=Known(TABLE, TASK, {"arousal": none, "valence": flat}))
    assert (set(believed(learner).guess), set(believed(learner).std[0])) == ({3.0}, {1.0})
    assert set(believed(learner, name="valence").guess) == {0.25}
    mixed = fitted(about=Known(TABLE, TASK, {"arousal": about.answers["arousal"], "valence": flat}))
    assert set(believed(mixed, name="valence").guess) == {0.25}
    assert believed(mixed).guess.std() > 0


def test_gaps_in_traces_are_not_learned_from() -> None:
    about = known()
    arousal = about.answers["arousal"].values.copy()
    arousal[::3] = np.nan
    gaps = Answers(about.answers["arousal"].rows, arousal, np.ones(8), about.answers["arousal"].bounds)
    learner = fitted(about=Known(TABLE, TASK, {**about.answers, "arousal": gaps}))
    assert np.isfinite(believed(learner).mean).all()


def test_parts_of_a_recording_are_kept_apart_together() -> None:
    learner: Any = blstm(TASK, **QUICK)
    table, _ = recordings(12, parts=3)
    for seed in range(8):
        apart = learner._apart(table.ids, seed).reshape(4, 3)
        assert 0 < apart.all(axis=1).sum() < 4
        assert np.array_equal(apart.all(axis=1), apart.any(axis=1))
    assert not learner._apart(table.ids[:4], 0).any()


def test_killed_in_training_and_resumed_is_the_same_and_leaves_no_checkpoint(tmp_path: Path) -> None:
    whole = believed(fitted()).mean
    for steps in (1, 3, 6):
        stopped = blstm(TASK, **{**QUICK, "folder": tmp_path}).train(known(), np.random.default_rng(0))
        for _ in range(steps):
            next(stopped)
        stopped.close()
        assert list(tmp_path.iterdir())
        assert np.array_equal(believed(fitted(folder=tmp_path)).mean, whole)
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("loss", ["ccc", "levels"])
def test_saved_and_loaded_it_believes_the_same(loss: str, tmp_path: Path) -> None:
    learner: Any = fitted(loss=loss)
    learner.save(tmp_path)
    again: Any = blstm(TASK, **{**QUICK, "loss": loss})
    again.load(tmp_path)
    for name in ("arousal", "valence"):
        assert np.array_equal(believed(again, name=name).mean, believed(learner, name=name).mean)
    empty: Any = fitted(about=known([]), loss=loss)
    empty.save(tmp_path)
    again.load(tmp_path)
    assert set(believed(again).guess) == {3.0}
    learner.save(tmp_path)
    with pytest.raises(RuntimeError, match="size mismatch"):  # found without the memory that it claims to need
        blstm(TASK, **{**QUICK, "loss": loss, "cells": 500_000}).load(tmp_path)


def test_levels_say_how_sure_they_are() -> None:
    belief = believed(fitted(loss="levels"))
    assert belief.std.min() > 0
    assert len(np.unique(belief.mean[0])) <= 8


def test_training_that_diverges_is_noted() -> None:
    learner: Any = fitted(rate=1e30, loss="mse")
    assert "diverged; lower the rate" in learner.notes(8)[0]
    assert np.isfinite(believed(learner).mean).all()


@pytest.mark.parametrize(
    ("task", "more", "why"),
    [
        ((Target("arousal"),), {}, "got arousal, which has one value per clip"),
        ((Target("emotion", ("anger", "fear"), rate_hz=4.0),), {}, "which is a category"),
        (TASK, {"loss": "rmse"}, "expected one of ccc, sum-ccc, mse, levels"),
        (TASK, {"members": 0}, "expected 1 or more members"),
        (TASK, {"epochs": 0}, "expected 1 or more of each"),
    ],
)
def test_what_it_cannot_learn_is_refused(task: Task, more: dict[str, Any], why: str) -> None:
    with pytest.raises(BadPlan, match=why):
        blstm(task, **{**QUICK, **more})


def test_tables_without_frames_at_another_rate_or_scale_and_weighted_labels_are_refused() -> None:
    clips = FeatureTable(np.eye(12), TABLE.ids)
    one = {"arousal": Answers(np.arange(2), np.array([2.0, 3.0]), np.ones(2))}
    with pytest.raises(BadFeatures, match="arousal has 4 values per second and the features one row per clip"):
        fitted((AROUSAL,), about=Known(clips, (AROUSAL,), one))
    fast = FeatureTable(TABLE.values, TABLE.ids, bounds=TABLE.bounds, rate_hz=25.0)
    learner = fitted()
    with pytest.raises(BadFeatures, match="the features 25 frames"):
        learner.predict(fast)
    with pytest.raises(BadFeatures, match="the learner was trained on features as extracted"):
        learner.predict(FeatureTable(TABLE.values, TABLE.ids, bounds=TABLE.bounds, rate_hz=4.0, normalised="z:1"))
    half = Answers(np.array([0]), GOLD["arousal"][: TABLE.bounds[1]], np.array([0.5]), TABLE.bounds[:2])
    with pytest.raises(BadPlan, match="expected full labels"):
        fitted((AROUSAL,), about=Known(TABLE, (AROUSAL,), {"arousal": half}))


def test_it_is_announced_to_the_registry_of_learners() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["seral.learners"]["blstm"] == blstm.__module__
    assert learners["blstm"] is blstm
