"""A round of several steps: people answer what is uncertain, the machine labels what it is sure of."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.random import Generator

from seral_core.cli.commands import commands
from seral_core.confidence.base import Evidence, Sure, measures
from seral_core.errors import BadPlan, SeralError, UnknownName
from seral_core.learners.base import Learner
from seral_core.model.replay import replayed
from seral_core.runs.build import prepare
from seral_core.runs.curve import curves
from seral_core.runs.events import (
    Asked,
    Event,
    Finished,
    Labelled,
    Scored,
    Trained,
    Training,
    Withdrawn,
    from_json,
    to_json,
)
from seral_core.runs.log import Log
from seral_core.runs.loops import pool_loop
from seral_core.runs.plan import Plan
from seral_core.runs.remarks import remarks
from seral_core.runs.run import run
from seral_core.runs.step_plan import StepPlan
from seral_core.strategies.base import View
from seral_core.types import Ints, Label

PEOPLE = StepPlan("people", "margin", "gold", 4)
MACHINE = StepPlan("machine", "most-confident", "machine:above=0.4:quota=3", 10)


@pytest.fixture
def two_steps(small_plan: Plan) -> Plan:
    return small_plan.varied(steps=(PEOPLE, MACHINE), budget=24)


def events_of(plan: Plan, past: list[Event] | None = None) -> list[Event]:
    return [event for event in prepare(plan).loop(past or []) if not isinstance(event, Training)]


def labels_of(events: list[Event], source: str) -> list[Label]:
    labels = [label for event in events if isinstance(event, Labelled) for label in event.labels]
    return [label for label in labels if (label.source == "machine") == (source == "machine")]


def test_a_killed_round_of_two_steps_goes_on_as_if_it_had_not_been(two_steps: Plan) -> None:
    whole = events_of(two_steps)
    assert {event.step for event in whole if isinstance(event, Asked)} == {"first labels", "people", "machine"}
    for cut in range(len(whole) + 1):
        assert whole[:cut] + events_of(two_steps, whole[:cut]) == whole, f"cut after {cut} events"


def test_machine_labels_cost_nothing_and_are_counted_apart(two_steps: Plan, tmp_path: Path) -> None:
    log = run(two_steps, tmp_path)
    events = log.events()
    people, machine = labels_of(events, "people"), labels_of(events, "machine")
    assert len(people) == 24
    assert machine
    assert {label.cost for label in machine} == {0.0}
    trained = [event for event in events if isinstance(event, Trained)]
    assert [event.labelled for event in trained] == [8, 12, 16, 20, 24]
    assert trained[-1].machine == len({label.segment for label in machine} - {label.segment for label in people})
    assert [event.spent for event in events if isinstance(event, Scored)] == [8, 12, 16, 20, 24]
    assert events[-1] == Finished(24, "the budget is spent")
    frame = curves([Log(log.folder)])
    assert frame.loc[frame["metric"] == "uar", "machine"].tolist() == [event.machine for event in trained]


def test_the_machine_labels_no_clip_twice_and_people_may_still_be_asked_about_it(two_steps: Plan) -> None:
    events = events_of(two_steps.varied(budget=60))
    machine = [label.segment for label in labels_of(events, "machine")]
    assert len(machine) == len(set(machine))
    assert set(machine) & {label.segment for label in labels_of(events, "people")}


def test_a_persons_answer_counts_before_the_machines(two_steps: Plan) -> None:
    made = prepare(two_steps)
    segment, (target,) = made.pool.table.ids[0], made.pool.task
    for value, source in (("anger", "machine"), ("sadness", "simulated"), ("anger", "machine")):
        made.pool.add([Label(segment, target.name, value, source, source=source)])  # type: ignore[arg-type]
    assert made.pool.known().answers[target.name].values.tolist() == [target.classes.index("sadness")]
    assert made.pool.by_machine_alone == 0


def test_quota_and_threshold_hold(two_steps: Plan) -> None:
    for event in events_of(two_steps):
        if isinstance(event, Labelled) and event.step == "machine":
            values = [label.value for label in event.labels]
            assert max(map(values.count, values)) <= 3
    never = two_steps.varied(steps=(PEOPLE, StepPlan("machine", "most-confident", "machine:above=1.0", 10)))
    assert not labels_of(events_of(never), "machine")


def test_a_machine_that_was_never_sure_enough_is_remarked(two_steps: Plan, tmp_path: Path) -> None:
    never = two_steps.varied(steps=(PEOPLE, StepPlan("machine", "most-confident", "machine:above=1.0", 10)))
    (remark,) = remarks([run(never, tmp_path)])
    assert "step machine of margin: the machine was never sure enough" in remark
    assert "beliefs above 1; choose a lower threshold" in remark
    assert remark.endswith("(1 run)")
    assert not remarks([run(two_steps, tmp_path)])


def test_a_step_may_ask_for_one_target_alone(small_plan: Plan) -> None:
    steps = (StepPlan("classes", n=3, targets=("emotion",)), StepPlan("scale", "igs", n=2, targets=("arousal",)))
    plan = small_plan.varied(strategy="random", targets=("emotion", "arousal"), steps=steps, budget=30)
    events = events_of(plan)
    asked = {
        step: {x.target for e in events if isinstance(e, Labelled) and e.step == step for x in e.labels}
        for step in ("classes", "scale")
    }
    assert asked == {"classes": {"emotion"}, "scale": {"arousal"}}


class OneTarget:
    """Asks of the first clips about one target each, in turn."""

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        chosen = view.candidates[:n]
        for i, row in enumerate(chosen.tolist()):
            view.wish(row, target=view.task[i % 2].name)
        return chosen


@pytest.mark.parametrize("oracle", ["gold", "noisy", "crowd:votes=1"])
def test_a_strategy_may_ask_about_one_target_of_a_clip(small_plan: Plan, oracle: str) -> None:
    made = prepare(small_plan.varied(targets=("emotion", "arousal"), oracle=oracle, strategy="random"))
    steps = [replace(made.steps[0], strategy=OneTarget(), n=4)]
    loop = pool_loop(made.pool, made.learner, steps, made.judge, budget=6.0)
    whole = [event for event in loop if not isinstance(event, Training)]
    first = next(event for event in whole if isinstance(event, Labelled))
    assert [label.target for label in first.labels] == ["emotion", "arousal", "emotion", "arousal"]
    assert {label.cost for label in first.labels} == {0.5}
    second = [event for event in whole if isinstance(event, Labelled)][1]
    assert [x.segment for x in second.labels] == [x.segment for x in first.labels], "what was left open is asked next"
    assert [event.spent for event in whole if isinstance(event, Scored)][:2] == [2.0, 4.0]
    asked = next(event for event in whole if isinstance(event, Asked))
    assert from_json(json.loads(json.dumps(to_json(asked)))) == asked


def test_steps_go_through_toml_and_the_short_form_stays(two_steps: Plan, small_plan: Plan) -> None:
    assert Plan.from_toml(two_steps.to_toml()) == two_steps
    assert "steps" not in small_plan.to_toml()
    assert two_steps.strategy == "margin"
    assert two_steps.varied(strategy="random").whole_steps[0].strategy == "random"
    written = Plan.from_toml(f"{small_plan.to_toml()}\n[[steps]]\n[[steps]]\noracle = 'machine'\nn = 50\n")
    assert [step.name for step in written.whole_steps] == ["query", "machine"]


def test_two_steps_run_from_the_command_line_and_resume(small_plan: Plan, tmp_path: Path) -> None:
    where = ["--corpus", small_plan.corpus, "--features", small_plan.features, "--target", "emotion"]
    how = ["--strategy", "margin", "--split", "speakers:3", "--initial", "8", "--budget", "16", "--out", str(tmp_path)]
    steps = ["--step", "oracle=gold n=4", "--step", str(MACHINE)]
    result = CliRunner().invoke(commands, ["run", *where, *how, *steps])
    assert result.exit_code == 0, result.output
    (log,) = (Log(path.parent) for path in tmp_path.glob("runs/*/plan.toml"))
    whole, lines = log.events(), log.path.read_bytes().split(b"\n")
    assert labels_of(whole, "machine")
    log.path.write_bytes(b"\n".join(lines[:6]) + b"\n")
    result = CliRunner().invoke(commands, ["resume", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert log.events() == whole


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((StepPlan("machine", "most-confident", "machine"),), "only the machine answers"),
        ((PEOPLE, PEOPLE), "each name once"),
        ((StepPlan("a", targets=("valence",)),), "valence"),
        ((PEOPLE, StepPlan("m", "most-confident", "machine:above=2")), "above of the machine is 2"),
        ((PEOPLE, StepPlan("m", "most-confident", "machine:above=0.5:keep=0.6")), "from 0 to above, which is 0.5"),
        ((PEOPLE, StepPlan("m", "most-confident", "machine:by=voice")), "known: agreement, belief, calibrated"),
        ((PEOPLE, StepPlan("m", "most-confident", "machine:by=calibrated/way=platt")), "expected temperature or"),
    ],
)
def test_steps_that_cannot_be_are_refused(small_plan: Plan, steps: tuple[StepPlan, ...], message: str) -> None:
    with pytest.raises(SeralError, match=message):
        prepare(small_plan.varied(steps=steps))


@pytest.mark.parametrize("honest", [False, True])
def test_the_machine_takes_back_what_it_would_no_longer_say(two_steps: Plan, honest: bool) -> None:
    oracle = f"machine:above=0.9:keep=0.9:honest={'yes' if honest else 'no'}"
    steps = (StepPlan("people", "random", "gold", 4), StepPlan("machine", "most-confident", oracle, 20))
    plan = two_steps.varied(learner="logistic-regression:C=10", steps=steps, initial=4, budget=20)
    whole = events_of(plan)
    taken = [event for event in whole if isinstance(event, Withdrawn)]
    assert taken
    standing: dict[str, str] = {}
    for event in whole:
        if isinstance(event, Withdrawn):
            assert {standing.pop(segment) for segment in event.segments} == {"machine"}, "people's labels stay"
        elif isinstance(event, Labelled):
            standing.update({label.segment: label.source for label in event.labels})
        elif isinstance(event, Trained):
            assert event.machine == [*standing.values()].count("machine")
    for cut in range(len(whole) + 1):
        assert whole[:cut] + events_of(plan, whole[:cut]) == whole, f"cut after {cut} events"
    assert [from_json(json.loads(json.dumps(to_json(event)))) for event in taken] == taken
    made = prepare(plan)
    assert replayed(made, whole).known.answers["emotion"].rows.tolist() == _known_at_the_end(plan)


def _known_at_the_end(plan: Plan) -> list[int]:
    made = prepare(plan)
    for event in made.loop():
        if isinstance(event, Trained):
            rows = made.pool.known().answers["emotion"].rows.tolist()
    return rows


@pytest.mark.parametrize("honest", ["no", "yes"])
def test_the_machine_labels_what_a_confidence_measure_is_sure_of_which_learns_from_people_alone(
    two_steps: Plan, honest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned: list[set[str]] = []

    def every_third(evidence: Evidence, learner: Learner, rng: Generator) -> Sure:
        assert len(set(evidence.speakers)) > 1
        learned.append({evidence.known.table.ids[row] for row in evidence.answers.rows})
        return lambda table: np.array([0.95 if evidence.known.table.rows([i])[0] % 3 == 0 else 0.5 for i in table.ids])

    monkeypatch.setitem(measures._parts, "every-third", every_third)
    oracle = f"machine:above=0.9:quota=3:by=every-third:honest={honest}"
    plan = two_steps.varied(steps=(PEOPLE, StepPlan("machine", "random", oracle, 20)))
    made = prepare(plan)
    machine: set[str] = set()
    people: set[str] = set()
    for event in made.loop():
        if isinstance(event, Trained):
            known = set(people)
        elif isinstance(event, Labelled):
            (machine if event.step == "machine" else people).update(label.segment for label in event.labels)
            if event.step == "machine":
                assert learned[-1] == known
    assert machine
    assert {row % 3 for row in made.pool.table.rows(sorted(machine)).tolist()} == {0}


def test_a_machine_that_goes_by_calibrated_confidence_resumes_after_any_event(two_steps: Plan) -> None:
    step = StepPlan("machine", "most-confident", "machine:above=0.4:quota=3:by=calibrated/folds=3", 10)
    plan = two_steps.varied(steps=(PEOPLE, step), budget=16)
    whole = events_of(plan)
    assert labels_of(whole, "machine")
    for cut in range(len(whole) + 1):
        assert whole[:cut] + events_of(plan, whole[:cut]) == whole, f"cut after {cut} events"


def test_a_total_bounds_the_machines_labels_of_each_class_over_all_rounds(two_steps: Plan) -> None:
    oracle = "machine:above=0.4:total=4:keep=0.3"
    whole = events_of(two_steps.varied(steps=(PEOPLE, StepPlan("machine", "most-confident", oracle, 20)), budget=40))
    standing: dict[str, Label] = {}
    for event in whole:
        if isinstance(event, Withdrawn):
            for segment in event.segments:
                del standing[segment]
        elif isinstance(event, Labelled):
            standing.update({label.segment: label for label in event.labels})
            values = [label.value for label in standing.values() if label.source == "machine"]
            assert max(map(values.count, values), default=0) <= 4
    assert len(labels_of(whole, "machine")) > 6


@pytest.mark.parametrize("learner", ["ridge", "random-forest:trees=5"])
def test_the_machine_may_have_labelled_everything(small_plan: Plan, learner: str) -> None:
    steps = (StepPlan("people", "random", n=2), StepPlan("machine", "most-confident", "machine:above=0", 100))
    plan = small_plan.varied(targets=("arousal",), learner=learner, steps=steps, budget=14)
    whole = events_of(plan)
    assert whole[-1] == Finished(14, "the budget is spent")
    asked = [len(event.segments) for event in whole if isinstance(event, Asked) and event.step == "machine"]
    assert asked[0] > 0
    assert set(asked[1:]) == {0}
    for cut in range(0, len(whole) + 1, 3):
        assert whole[:cut] + events_of(plan, whole[:cut]) == whole, f"cut after {cut} events"


@pytest.mark.parametrize("scenario", ["pool", "stream"])
def test_the_machine_alone_is_no_oracle(small_plan: Plan, scenario: str) -> None:
    with pytest.raises(BadPlan, match="only the machine answers"):
        prepare(small_plan.varied(oracle="machine:above=0.5", scenario=scenario))


def test_a_step_of_a_crowd_may_spend_more_than_there_are_clips(small_plan: Plan) -> None:
    pool = len(prepare(small_plan).pool.table)
    plan = small_plan.varied(steps=(StepPlan("people", oracle="crowd:agree=2", n=5),), budget=pool + 10)
    assert prepare(plan).plan.budget == pool + 10


def test_a_stream_has_one_step(small_plan: Plan) -> None:
    with pytest.raises(BadPlan, match="a stream has one step"):
        small_plan.varied(scenario="stream", steps=(PEOPLE, MACHINE))


@pytest.mark.parametrize("text", ["", "n=many", "strategy", "stratgy=margin"])
def test_a_step_that_cannot_be_read_is_a_sentence(text: str) -> None:
    with pytest.raises((BadPlan, UnknownName), match="step"):
        StepPlan.parsed(text)
