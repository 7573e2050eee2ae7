"""The pool loop and how it goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from seral_core.errors import BadLog, BadPlan
from seral_core.runs.build import prepare
from seral_core.runs.events import Asked, Event, Finished, Labelled, Passed, Scored, Started, Trained, Training
from seral_core.runs.plan import Plan


def events_of(plan: Plan, past: list[Event] | None = None) -> list[Event]:
    return [event for event in prepare(plan).loop(past or []) if not isinstance(event, Training)]


def test_a_run_starts_scores_every_round_and_finishes(small_plan: Plan) -> None:
    events = events_of(small_plan)
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert [e.spent for e in events if isinstance(e, Scored)] == [8, 12, 16, 20, 24, 28, 32, 36, 40]
    assert len([e for e in events if isinstance(e, Trained)]) == 9


def test_no_segment_is_asked_twice(small_plan: Plan) -> None:
    asked = [s for e in events_of(small_plan) if isinstance(e, Asked) for s in e.segments]
    assert len(asked) == len(set(asked)) == 40


@pytest.mark.parametrize("strategy", ["random", "margin", "recommended", "qbc", "k-centre", "entropy:subset=20"])
def test_a_run_repeats_exactly(small_plan: Plan, strategy: str) -> None:
    plan = small_plan.varied(strategy=strategy)
    assert events_of(plan) == events_of(plan)


def test_another_seed_is_another_run(small_plan: Plan) -> None:
    assert events_of(small_plan) != events_of(small_plan.varied(seed=1))


@pytest.mark.parametrize(
    ("strategy", "targets", "oracle"),
    [
        ("margin", ("emotion",), "gold"),
        ("qbc", ("emotion",), "noisy:wrong=0.3"),
        ("typiclust:20+margin", ("emotion",), "gold"),
        ("k-centre", ("emotion",), "gold"),
        ("mtigs", ("arousal", "valence"), "gold"),
        ("recommended", ("arousal",), "noisy"),
    ],
)
def test_resumed_run_equals_uninterrupted(
    small_plan: Plan, strategy: str, targets: tuple[str, ...], oracle: str
) -> None:
    plan = small_plan.varied(strategy=strategy, targets=targets, oracle=oracle, budget=24)
    whole = events_of(plan)
    for cut in range(len(whole) + 1):
        assert whole[:cut] + events_of(plan, whole[:cut]) == whole, f"cut after {cut} events"


def test_several_targets_are_one_listening(small_plan: Plan) -> None:
    plan = small_plan.varied(targets=("emotion", "arousal"), strategy="random", budget=12)
    events = events_of(plan)
    labels = [label for e in events if isinstance(e, Labelled) for label in e.labels]
    assert len(labels) == 24
    assert [e.spent for e in events if isinstance(e, Scored)] == [8, 12]


def test_a_crowd_costs_a_listening_a_vote(small_plan: Plan) -> None:
    plan = small_plan.varied(oracle="crowd:votes=1", strategy="random", budget=16)
    assert [e.spent for e in events_of(plan) if isinstance(e, Scored)] == [8, 12, 16]


@pytest.mark.parametrize(("oracle", "budget"), [("crowd:votes=3", 31), ("crowd:votes=3:agree=2", 29), ("gold", 12.5)])
def test_no_more_is_spent_than_the_budget(small_plan: Plan, tmp_path: Path, oracle: str, budget: float) -> None:
    table = rated_table(small_plan, tmp_path)
    plan = small_plan.varied(corpus=str(table), oracle=oracle, strategy="random", budget=budget)
    end = events_of(plan)[-1]
    assert isinstance(end, Finished)
    assert budget - 3 < end.spent <= budget


def rated_table(plan: Plan, folder: Path) -> Path:
    """Write the plan's table again, with three raters of whom the last says anger to everything."""
    frame = pd.read_parquet(plan.corpus)
    raters = [frame.assign(rater=f"r{number}") for number in range(3)]
    raters[2]["emotion"] = "anger"
    pd.concat(raters).to_parquet(folder / "rated.parquet")
    return folder / "rated.parquet"


def test_a_budget_below_one_answer_is_refused(small_plan: Plan, tmp_path: Path) -> None:
    table = rated_table(small_plan, tmp_path)
    with pytest.raises(BadPlan, match="one answer of crowd:votes=3 may cost 3"):
        prepare(small_plan.varied(corpus=str(table), oracle="crowd:votes=3", initial=1, budget=2))


def test_a_crowd_costs_no_more_than_there_are_raters(small_plan: Plan) -> None:
    plan = small_plan.varied(oracle="crowd:votes=99", strategy="random", budget=16)
    assert [e.spent for e in events_of(plan) if isinstance(e, Scored)] == [8, 12, 16]


@pytest.mark.parametrize("kept", [6, None], ids=["begun", "finished"])
def test_a_run_whose_labels_changed_is_not_resumed(small_plan: Plan, tmp_path: Path, kept: int | None) -> None:
    past = events_of(small_plan)[:kept]
    frame = pd.read_parquet(small_plan.corpus)
    swapped = frame["emotion"].replace({"anger": "sadness", "sadness": "anger"})
    frame.assign(emotion=swapped).to_parquet(tmp_path / "table.parquet")
    with pytest.raises(BadLog, match="labels have changed"):
        events_of(small_plan.varied(corpus=str(tmp_path / "table.parquet")), past)


def test_a_run_whose_features_changed_is_not_resumed(small_plan: Plan) -> None:
    past = events_of(small_plan)[:4]
    other = small_plan.varied(fold=1)
    with pytest.raises(BadLog, match="have changed"):
        events_of(other, past)


def test_the_pool_may_be_used_up(small_plan: Plan) -> None:
    pool = len(prepare(small_plan).pool.table)
    events = events_of(small_plan.varied(budget=pool, batch=30))
    assert events[-1] == Finished(pool, "the budget is spent")


def test_whole_set_scores_reach_one_when_everything_is_labelled(small_plan: Plan) -> None:
    plan = small_plan.varied(split="none", judge="whole-set", budget=120, batch=50)
    scored = [e for e in events_of(plan) if isinstance(e, Scored)]
    assert scored[-1].scores["emotion"]["uar"] == 1.0
    assert scored[0].scores["emotion"]["uar"] < 1.0


@pytest.mark.parametrize("strategy", ["margin", "variable-gate:share=0.5"])
def test_a_plan_may_be_a_stream(small_plan: Plan, strategy: str) -> None:
    plan = small_plan.varied(scenario="stream", strategy=strategy, buffer=12, budget=60)
    whole = events_of(plan)
    assert isinstance(whole[-1], Finished)
    decided = [i for e in whole if isinstance(e, Asked | Passed) for i in e.segments]
    assert len(decided) == len(set(decided))
    for cut in range(0, len(whole) + 1, 3):
        assert whole[:cut] + events_of(plan, whole[:cut]) == whole, f"cut after {cut} events"


def test_a_stream_is_not_scored_on_what_it_let_go(small_plan: Plan) -> None:
    with pytest.raises(BadPlan, match="choose a test part"):
        prepare(small_plan.varied(scenario="stream", judge="whole-set"))
