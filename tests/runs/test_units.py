"""Several units per row: a learner that is right scores full marks wherever it is judged, and traces go all the way."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from seral_core.errors import BadFeatures, BadLabel, BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, Learner, learners, trained
from seral_core.learners.offers import Offers, offers_of
from seral_core.learners.per_target import PerTarget
from seral_core.runs.events import Event, Labelled, Scored, from_json, to_json
from seral_core.runs.fit import check_fit
from seral_core.runs.judge import HeldOut, WholeSet
from seral_core.runs.judge_contract import PerfectLearner, check_judge
from seral_core.runs.loops import Step, pool_loop
from seral_core.runs.pool import Pool
from seral_core.runs.stream import arrivals, stream_loop
from seral_core.strategies.base import strategies
from seral_core.studio.evaluation import verdict
from seral_core.types import Classes, Label, Query, Scale, Target, Task

EMOTION = Target("emotion", ("anger", "fear", "sadness"))
AROUSAL = Target("arousal", low=1, high=5)
TASK: Task = (EMOTION, AROUSAL)
TABLE = FeatureTable(np.arange(60.0)[:, None], tuple(f"c{i}" for i in range(60)))
GOLD: dict[str, Any] = {"emotion": np.arange(60) % 3, "arousal": 1.5 + np.arange(60) % 7 / 2}


class Truth:
    """An oracle that answers with what is right; traces where targets have a rate."""

    price = 1.0

    def answer(self, query: Query, learner: Learner, rng: np.random.Generator) -> Iterable[Label]:
        for row in TABLE.rows(query.segments):
            yield Label(f"c{row}", "emotion", EMOTION.classes[row % 3], "truth", cost=0.5)
            yield Label(f"c{row}", "arousal", float(GOLD["arousal"][row]), "truth", cost=0.5)


def perfect(units: int = 3) -> PerfectLearner:
    return PerfectLearner(TABLE, TASK, GOLD, units=units, members=2)


def step() -> Step:
    return Step("query", strategies["random"], Truth(), 4)


def last_scores(events: Iterator[Event]) -> dict[str, dict[str, float]]:
    return [event for event in events if isinstance(event, Scored)][-1].scores


def full_marks(scores: dict[str, dict[str, float]]) -> None:
    assert scores["emotion"]["uar"] == 1.0
    assert scores["arousal"]["ccc"] == pytest.approx(1.0)
    assert scores["arousal"]["rmse"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("units", [1, 3])
def test_a_perfect_learner_scores_one_in_pool_and_stream_on_a_test_part_and_on_the_whole_set(units: int) -> None:
    test = np.arange(40, 60)
    held = HeldOut(TABLE.take(test), TASK, {name: values[test] for name, values in GOLD.items()})
    whole = WholeSet(TASK, {name: values[:40] for name, values in GOLD.items()})
    rows = np.arange(40, dtype=np.intp)
    for judge in (held, whole):
        full_marks(last_scores(pool_loop(Pool(TABLE.take(rows), TASK), perfect(units), [step()], judge, budget=12)))
    events = stream_loop(arrivals(TABLE, range(40)), TASK, perfect(units), step(), held, buffer=8)
    full_marks(last_scores(events))


@pytest.mark.parametrize("units", [1, 3])
def test_a_perfect_learner_scores_one_in_a_labelling_project(units: int) -> None:
    rows = np.arange(30, dtype=np.intp)
    known = Known(TABLE, TASK, {name: Answers(rows, values[rows], np.ones(30)) for name, values in GOLD.items()})
    tests = list(Truth().answer(Query(TABLE.ids[30:], TASK), perfect(), np.random.default_rng(0)))
    speakers = [str(i % 5) for i in range(60)]
    scores, detail = verdict(
        perfect(units).predict(TABLE), known, lambda: perfect(units), tests, None,
        np.arange(0, 60, 7, dtype=np.intp), 30.0, speakers, np.random.default_rng(0),
    )  # fmt: skip
    full_marks(scores)
    full_marks({name: of["cross_validated"] for name, of in detail.items()})
    assert np.trace(np.array(detail["emotion"]["confusion"])) == 30


@pytest.mark.parametrize("name", ["held-out", "whole-set"])
def test_judges_keep_the_contract(name: str) -> None:
    check_judge(HeldOut if name == "held-out" else lambda table, task, gold: WholeSet(task, gold))


def test_the_contract_of_judges_finds_one_that_takes_units_for_rows() -> None:
    def careless(table: FeatureTable, task: Task, gold: Any) -> Any:
        def judge(learner: Learner, known: Known) -> Any:
            beliefs = learner.predict(table)
            flat = {name: belief.at(np.arange(len(table))) for name, belief in beliefs.items()}
            return HeldOut(table, task, gold)(Fixed(flat), known)

        return judge

    with pytest.raises(AssertionError, match="3 units and 1 members, all right"):
        check_judge(careless)


class Fixed:
    """A learner that believes what it was given."""

    def __init__(self, beliefs: dict[str, Any]) -> None:
        self.beliefs = beliefs

    def train(self, known: Known, rng: np.random.Generator) -> Iterator[Any]:
        yield from ()

    def predict(self, table: FeatureTable) -> dict[str, Any]:
        return self.beliefs


def test_units_without_bounds_are_refused_and_not_taken_for_rows() -> None:
    wrong = Fixed({"arousal": Scale(np.zeros((1, 180)), np.zeros((1, 180)))})
    with pytest.raises(BadPlan, match="180 rows for 60 clips"):
        HeldOut(TABLE, (AROUSAL,), GOLD)(wrong, None)  # type: ignore[arg-type]
    pool = Pool(TABLE, (AROUSAL,))
    with pytest.raises(BadPlan, match="180 rows for 60 clips"):
        pool.view((AROUSAL,), 0, offers_of(wrong, pool.known(), np.random.default_rng(0))).beliefs  # noqa: B018


@pytest.mark.parametrize("name", ["margin", "entropy", "least-confidence"])
def test_a_strategy_sees_the_units_of_its_own_candidates(name: str) -> None:
    """Candidates are few or many of the pool: rows are taken alone, or out of the belief about all."""
    proba = np.repeat(np.eye(3)[np.zeros(60, int)], 3, axis=0)
    proba[3 * 41 : 3 * 42] = 1 / 3
    belief = Classes(proba[None], np.arange(0, 181, 3))
    pool = Pool(TABLE, (EMOTION,))
    for labelled in ([0, 1], list(range(30))):
        pool.add(Label(f"c{i}", "emotion", "anger", "r") for i in labelled)
        predict = lambda table: {"emotion": belief.take(TABLE.rows(table.ids))}  # noqa: E731
        view = pool.view((EMOTION,), 1, Offers(predict, predict))
        assert strategies[name](view, 1, np.random.default_rng(0)).tolist() == [41]


# Traces: several values per clip.
TRACE = Target("arousal", rate_hz=4.0)
KIND = Target("emotion", ("anger", "fear"), rate_hz=4.0)
FRAMES = FeatureTable(np.sin(np.arange(24.0))[:, None], ("a", "b", "c"), bounds=np.array([0, 8, 14, 24]), rate_hz=4.0)


def test_labels_may_be_traces_and_go_to_json_and_back() -> None:
    event = Labelled(1, "query", (Label("a", "arousal", (0.5, 0.25), "r"), Label("a", "emotion", ("anger",), "r")))
    assert from_json(json.loads(json.dumps(to_json(event)))) == event


def test_a_pool_joins_traces_unit_by_unit() -> None:
    pool = Pool(FRAMES, (TRACE, KIND))
    pool.add([Label("b", "arousal", (0.0, 0.5, 1.0), "r1"), Label("b", "arousal", (1.0, 0.5), "r2")])
    for i, kinds in enumerate((("anger", "fear"), ("fear", "fear"), ("anger", "fear"))):
        pool.add([Label("a", "emotion", kinds, f"r{i}")])
    pool.add([Label("c", "arousal", (-1.0,), "r1")])
    known = pool.known().answers
    assert (known["arousal"].rows.tolist(), known["arousal"].bounds.tolist()) == ([1, 2], [0, 2, 3])
    assert known["arousal"].values.tolist() == [0.5, 0.5, -1.0]
    assert known["emotion"].values.tolist() == [0, 1]
    assert pool.has("b", TRACE)
    assert pool.candidates((TRACE,)).tolist() == [0]
    assert pool.view((TRACE,), 1).known(TRACE).values.tolist() == [0.5, -1.0]


@pytest.mark.parametrize(
    ("target", "value", "why"),
    [
        (TRACE, 0.5, "expected 4 values per second"),
        (TRACE, (), "expected 4 values per second"),
        (TRACE, (0.5, 7.0), "expected a number in"),
        (Target("arousal"), (0.5, 0.25), "expected one value per segment"),
        (KIND, ("anger", "joy"), "expected one of anger, fear"),
    ],
)
def test_a_label_of_the_wrong_kind_is_refused_and_what_was_given_stays(target: Target, value: Any, why: str) -> None:
    pool = Pool(FRAMES, (target,))
    right: Any = {TRACE: (0.1, 0.2), KIND: ("fear",)}.get(target, 0.1)
    pool.add([Label("a", target.name, right, "r1")])
    before = pool.known().answers[target.name]
    with pytest.raises(BadLabel, match=why):
        pool.add([Label("a", target.name, value, "r2")])
    assert np.array_equal(pool.known().answers[target.name].values, before.values)
    assert len(pool.labels) == 1


def test_traces_of_very_different_length_are_refused() -> None:
    pool = Pool(FRAMES, (TRACE,))
    with pytest.raises(BadLabel, match="with 3 and 9 values"):
        pool.add(Label("a", "arousal", (0.0,) * n, f"r{n}") for n in (9, 3))


def test_traces_are_learned_and_scored_unit_by_unit_in_a_loop() -> None:
    class Traces:
        price = 1.0

        def answer(self, query: Query, learner: Learner, rng: np.random.Generator) -> Iterable[Label]:
            for segment in query.segments:
                yield Label(segment, "arousal", tuple((FRAMES.only([segment]).values[:, 0] / 2).tolist()), "truth")

    answers = Answers(np.arange(3), FRAMES.values[:, 0] / 2, np.ones(3), FRAMES.bounds)
    judge = HeldOut(FRAMES, (TRACE,), {"arousal": answers})
    ask = Step("query", strategies["random"], Traces(), 1)
    linear = PerTarget((TRACE,), LinearRegression())
    events = list(pool_loop(Pool(FRAMES, (TRACE,)), linear, [ask], judge, budget=2))
    scored = [event for event in events if isinstance(event, Scored)][-1]
    assert scored.scores["arousal"]["ccc"] == pytest.approx(1.0, abs=1e-4)
    assert scored.detail["arousal"]["ccc of each"] == pytest.approx([1.0] * 3, abs=1e-4)
    assert json.loads(json.dumps(to_json(scored)))["detail"]["arousal"]


def test_one_value_for_a_trace_and_a_trace_for_one_value_are_refused_by_judges() -> None:
    answers = Answers(np.arange(3), FRAMES.values[:, 0], np.ones(3), FRAMES.bounds)
    flat = Fixed({"arousal": Scale(np.zeros((1, 3)), np.zeros((1, 3)))})
    with pytest.raises(BadPlan, match="has a trace for each clip, and the learner believes one value"):
        HeldOut(FRAMES, (TRACE,), {"arousal": answers})(flat, None)  # type: ignore[arg-type]
    with pytest.raises(BadPlan, match="which has no rate"):
        HeldOut(FRAMES, (replace(TRACE, rate_hz=0.0),), {"arousal": answers})(flat, None)  # type: ignore[arg-type]
    twice = Fixed({"arousal": Scale(np.zeros((1, 48)), np.zeros((1, 48)), 2 * FRAMES.bounds)})
    with pytest.raises(BadFeatures, match="row 0 has 16 units on one side and 8 on the other"):
        HeldOut(FRAMES, (TRACE,), {"arousal": answers})(twice, None)  # type: ignore[arg-type]


def test_a_stream_of_frames_keeps_the_frames_of_each_clip() -> None:
    class Mean:
        price = 1.0

        def answer(self, query: Query, learner: Learner, rng: np.random.Generator) -> Iterable[Label]:
            for segment in query.segments:
                yield Label(segment, "arousal", float(FRAMES.only([segment]).values.mean()), "truth")

    arousal = Target("arousal")
    seen: list[Known] = []

    def judge(learner: Learner, known: Known) -> Any:
        seen.append(known)
        return {}, {}

    ask = Step("query", strategies["random"], Mean(), 1)
    list(stream_loop(arrivals(FRAMES, [2, 0, 1]), (arousal,), learners["ridge"]((arousal,)), ask, judge, buffer=1))
    assert seen[-1].table.ids[: len(seen[-1])] == ("c", "a", "b")[: len(seen[-1])]
    features, values, _ = seen[-1].pairs("arousal")
    assert np.allclose(features[:, 0], values)


def test_a_committee_of_a_learner_with_units_has_their_bounds() -> None:
    from seral_core.learners.committee import Committee

    known = Known(TABLE, TASK, {name: Answers(np.arange(9), v[:9], np.ones(9)) for name, v in GOLD.items()})
    belief = trained(Committee(perfect(), 4), known, np.random.default_rng(0)).predict(TABLE)["emotion"]
    assert isinstance(belief, Classes)
    assert (belief.proba.shape, belief.rows) == ((8, 180, 3), 60)


def test_whether_parts_fit_is_tried_for_traces_too() -> None:
    check_fit("recommended", "igs", (Target("valence", rate_hz=4.0), AROUSAL))
    with pytest.raises(BadPlan, match="needs classes, but arousal is not"):
        check_fit("recommended", "margin", (Target("arousal", rate_hz=25.0),))
