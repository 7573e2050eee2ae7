"""Pool loops with a source model: repeatable, resumable, scored on what is asked for alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Known, Learner, learners, trained
from seral_core.learners.cross_task import CrossTask, SourceBeliefs
from seral_core.learners.offers import Offers
from seral_core.learners.per_target import PerTarget
from seral_core.norms import NRC, Norms
from seral_core.oracles.base import Oracle
from seral_core.runs.events import Asked, Event, Scored, Training
from seral_core.runs.fit import check_fit
from seral_core.runs.judge import HeldOut, WholeSet
from seral_core.runs.loops import pool_loop
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step
from seral_core.strategies import strategy_from
from seral_core.types import Label, Query, Target, Task

EMOTION = Target("emotion", ("anger", "happiness", "sadness", "neutral"))
SCALES = tuple(Target(name, low=1, high=5) for name in ("valence", "arousal", "dominance"))
DIRECTIONS = {"dim2cat": ((EMOTION,), SCALES), "cat2dim": (SCALES, (EMOTION,))}
STRATEGIES = [
    *(("dim2cat", s) for s in ("random", "entropy", "source-mtigs", "cti", "ent-ctial", "lc-ctial", "qbc")),
    *(("cat2dim", s) for s in ("mtigs", "source-least-confidence", "ctigs", "cti", "mtigs-ctial")),
]
CLIPS = 80


def world() -> tuple[FeatureTable, dict[str, np.ndarray]]:
    """Clips whose features, classes and scales belong together, with noise."""
    draw = np.random.default_rng(0)
    emotion = draw.integers(4, size=CLIPS)
    values = np.eye(4, 6)[emotion] * 2 + draw.normal(size=(CLIPS, 6))
    places = NRC.of(EMOTION.classes, SCALES)[emotion] + draw.normal(0, 0.4, (CLIPS, 3))
    gold = {t.name: np.clip(places[:, i], 1, 5) for i, t in enumerate(SCALES)} | {"emotion": emotion}
    return FeatureTable(values, tuple(f"c{i}" for i in range(CLIPS))), gold


TABLE, GOLD = world()


class Gold:
    """Answers with the values above."""

    price = 1.0

    def answer(self, query: Query, learner: Learner, rng: np.random.Generator) -> list[Label]:
        labels = []
        for row in TABLE.rows(query.segments).tolist():
            for t in query.task:
                value = float(GOLD[t.name][row]) if t.is_scale else t.classes[GOLD[t.name][row]]
                labels.append(Label(TABLE.ids[row], t.name, value, "gold", cost=1 / len(query.task)))
        return labels


def learner_of(task: Task, related: Task, norms: Norms = NRC) -> CrossTask:
    from seral_core.learners.base import Answers

    every = np.arange(0, CLIPS, 2)
    known = Known(TABLE, related, {t.name: Answers(every, GOLD[t.name][every], np.ones(len(every))) for t in related})
    name = {True: "ridge", False: "logistic-regression"}
    model = trained(learners[name[related[0].is_scale]](related), known, np.random.default_rng(0))
    source = SourceBeliefs.predicted(model, TABLE, related, norms)
    return CrossTask(learners[name[task[0].is_scale]](task), source)


def events_of(direction: str, strategy: str, past: Sequence[Event] = (), batch: int = 3, seed: int = 1) -> list[Event]:
    task, related = DIRECTIONS[direction]
    oracle: Oracle = Gold()
    first = Step("first labels", strategy_from("random"), oracle, 9)
    step = Step("query", strategy_from(strategy), oracle, batch)
    judge = WholeSet(task, GOLD)
    loop = pool_loop(
        Pool(TABLE, task), learner_of(task, related), [step], judge, start=first, seed=seed, budget=21, past=past
    )
    return [event for event in loop if not isinstance(event, Training)]


@pytest.mark.parametrize(("direction", "strategy"), STRATEGIES)
def test_a_resumed_cross_task_run_equals_an_uninterrupted_one(direction: str, strategy: str) -> None:
    whole = events_of(direction, strategy)
    assert len([event for event in whole if isinstance(event, Asked)]) == 5
    every = range(len(whole) + 1)
    # At 0 it repeats; what the strategies choose by is the same in each round.
    for cut in every if strategy in ("lc-ctial", "mtigs-ctial") else (0, *every[-8:-3]):
        assert whole[:cut] + events_of(direction, strategy, whole[:cut]) == whole, f"cut after {cut} events"


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_the_source_changes_what_is_asked_but_not_what_is_scored(direction: str, batch: int) -> None:
    task, _ = DIRECTIONS[direction]
    events = events_of(direction, "cti", batch=batch)
    assert next(set(e.scores) for e in events if isinstance(e, Scored)) == {t.name for t in task}
    asked = {
        s: [e.segments for e in events_of(direction, s, batch=batch) if isinstance(e, Asked)] for s in ("cti", "random")
    }
    assert asked["cti"][0] == asked["random"][0], "first labels are the same"
    assert asked["cti"][1:] != asked["random"][1:]


def test_a_step_that_asks_for_some_targets_sees_the_others_beside_them() -> None:
    task = (EMOTION, *SCALES)
    pool = Pool(TABLE, task)
    nothing = lambda table: {}  # noqa: E731
    view = pool.view((EMOTION,), 0, Offers(nothing, nothing, related=(Target("tension"),)))
    assert (view.task, view.related) == ((EMOTION,), (*SCALES, Target("tension")))
    step = Step("emotion", strategy_from("lc-ctial"), Gold(), 2, targets=("emotion",))
    first = Step("first labels", strategy_from("random"), Gold(), 9)
    both = {t.name: make_pipeline(StandardScaler(), Ridge() if t.is_scale else LogisticRegression()) for t in task}
    loop = pool_loop(pool, PerTarget(task, both), [step], WholeSet(task, GOLD), start=first, seed=0, budget=15)
    assert [len(event.segments) for event in loop if isinstance(event, Asked)] == [9, 2, 2, 2]


def test_a_held_out_part_needs_no_source() -> None:
    task, related = DIRECTIONS["dim2cat"]
    made = learner_of(task, related)
    test = FeatureTable(TABLE.values[:8], tuple(f"t{i}" for i in range(8)))
    pool = Pool(TABLE, task)
    pool.add(Label(f"c{i}", "emotion", EMOTION.classes[GOLD["emotion"][i]], "gold") for i in range(20))
    scores, _ = HeldOut(test, task, {"emotion": GOLD["emotion"][:8]})(
        trained(made, pool.known(), np.random.default_rng(0)), pool.known()
    )
    assert scores["emotion"]["uar"] > 0.4


@pytest.mark.parametrize(
    ("learner", "strategy", "direction"),
    [
        ("logistic-regression", "lc-ctial", "dim2cat"),
        ("logistic-regression", "random", "dim2cat"),
        ("ridge", "mtigs-ctial", "cat2dim"),
        ("nrc-mapping", "random", "cat2dim"),
    ],
)
def test_parts_that_need_a_source_fit_a_plan_with_one(learner: str, strategy: str, direction: str) -> None:
    task, related = DIRECTIONS[direction]
    check_fit(learner, strategy, task, related)
    check_fit(learner, strategy, task, related, NRC.with_({"boredom": {"arousal": 0.1}}))


@pytest.mark.parametrize(
    ("check", "complaint"),
    [
        (lambda: check_fit("ridge", "mtigs-ctial", SCALES), "'mtigs-ctial' does not fit: .* give the plan a source"),
        (lambda: check_fit("ridge", "ctigs", SCALES, SCALES), "knows it already"),
        (lambda: check_fit("nrc-mapping", "random", SCALES), "nrc-mapping maps the classes"),
        (
            lambda: check_fit("logistic-regression", "cti", (Target("emotion", ("anger", "calm")),), SCALES),
            "no norm for the class 'calm'",
        ),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_before_it_runs(check: Callable[[], None], complaint: str) -> None:
    with pytest.raises(BadPlan, match=complaint):
        check()
