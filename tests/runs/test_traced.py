"""Plans on traces: stretches are asked for, seconds are counted, whole recordings are judged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge

import seral_core as seral
from seral_core.corpora.corpus import rating_frame, segment_index, toy_corpus
from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known
from seral_core.learners.matched import filled, matched
from seral_core.learners.per_target import PerTarget
from seral_core.runs.build import prepare
from seral_core.runs.curve import curves
from seral_core.runs.events import Asked, Event, Finished, Labelled, Scored, Started, from_json, to_json
from seral_core.runs.plan import Plan
from seral_core.runs.pool import Pool
from seral_core.runs.run import run
from seral_core.scores.spent import spent_in
from seral_core.types import Label, Scale, Target
from tests.runs.tracing import TASK, Traced, traced

TRACE = TASK[0]
NAN = float("nan")


@pytest.fixture(scope="module")
def toy() -> Traced:
    return traced()


def plan_on(toy: Traced, **changes: Any) -> Plan:
    entries = {
        "corpus": toy.corpus, "features": toy.frames, "targets": ("arousal",), "learner": "ridge",
        "strategy": "random", "split": "speakers:3", "stretch": 10, "initial": 3, "batch": 3, "budget": 120,
    }  # fmt: skip
    return Plan(**(entries | changes))


def events_of(plan: Plan, past: tuple[Event, ...] = ()) -> list[Event]:
    return list(prepare(plan).loop(past))


def scored(events: list[Event]) -> list[Scored]:
    return [event for event in events if isinstance(event, Scored)]


@pytest.mark.parametrize("learner", ["ridge", "svr", "cross-validated", "random-forest:trees=10", "recommended"])
def test_stretches_are_asked_for_and_whole_recordings_are_judged(toy: Traced, learner: str) -> None:
    made = prepare(plan_on(toy, learner=learner))
    events = list(made.loop())
    assert all("#" in segment for segment in made.pool.table.ids)
    assert set(made.split.test) <= set(toy.corpus.ids)
    assert all(9 < cost < 15 for cost in made.pool.costs.tolist())  # type: ignore[union-attr]
    last = scored(events)[-1]
    assert last.scores["arousal"]["ccc"] > 0.55
    assert len(last.detail["arousal"]["ccc of each"]) == len(made.split.test)
    assert isinstance(events[-1], Finished)
    assert events[-1].spent == pytest.approx(
        sum(label.cost for e in events if isinstance(e, Labelled) for label in e.labels)
    )
    assert 100 < events[-1].spent <= 120


def test_the_cost_of_a_label_is_as_long_as_its_trace_whatever_the_number_of_targets(toy: Traced) -> None:
    for targets in (("arousal",), ("arousal", "valence")):
        labels = [b for e in events_of(plan_on(toy, targets=targets)) if isinstance(e, Labelled) for b in e.labels]
        for label in labels:
            assert label.cost * len(targets) == pytest.approx(len(label.value) / TRACE.rate_hz)


def test_stretches_of_one_recording_are_never_on_both_sides(toy: Traced) -> None:
    nobody = replace(toy.corpus, segments=toy.corpus.segments.drop(columns="speaker"), _gold={})
    for fold in range(3):
        made = prepare(plan_on(toy, corpus=nobody, split="speakers:3", fold=fold))
        assert not {segment.split("#")[0] for segment in made.pool.table.ids} & set(made.split.test)
        assert len(made.split.test) == 4


@pytest.mark.parametrize("strategy", ["random", "qbc", "gsx", "igs", "k-means:2+k-centre"])
def test_a_run_that_was_cut_off_anywhere_goes_on_as_if_it_had_not_been(toy: Traced, strategy: str) -> None:
    plan = plan_on(toy, strategy=strategy, budget=90)
    whole = [from_json(json.loads(json.dumps(to_json(event)))) for event in events_of(plan)]
    for cut in (1, 2, 3, len(whole) // 2, len(whole) - 1):
        assert [to_json(event) for event in (*whole[:cut], *events_of(plan, tuple(whole[:cut])))] == [
            to_json(event) for event in whole
        ]


def test_whole_recordings_are_asked_for_as_long_as_they_fit_into_the_budget(toy: Traced) -> None:
    made = prepare(plan_on(toy, stretch=0, initial=1, batch=2, budget=150))
    events = list(made.loop())
    costs = dict(zip(made.pool.table.ids, made.pool.cost_of(np.arange(len(made.pool.table))).tolist(), strict=True))
    asked = [segment for event in events if isinstance(event, Asked) for segment in event.segments]
    assert events[-1].spent == pytest.approx(sum(costs[segment] for segment in asked))  # type: ignore[union-attr]
    left = 150 - events[-1].spent  # type: ignore[union-attr]
    assert 0 <= left < min(cost for segment, cost in costs.items() if segment not in asked)
    assert "no segment left fits" in events[-1].why  # type: ignore[union-attr]


def test_frames_without_gold_are_neither_learned_nor_scored() -> None:
    table = FeatureTable(np.arange(6.0)[:, None], ("a", "b"), bounds=np.array([0, 3, 6]), rate_hz=4.0)
    answers = Answers(np.arange(2), np.array([0.1, NAN, 0.3, NAN, 0.5, 0.6]), np.ones(2), np.array([0, 3, 6]))
    features, values, weights = Known(table, (TRACE,), {"arousal": answers}).pairs("arousal")
    assert (features[:, 0].tolist(), values.tolist(), len(weights)) == ([0, 2, 4, 5], [0.1, 0.3, 0.5, 0.6], 4)
    assert answers.pooled().values.tolist() == pytest.approx([0.2, 0.55])
    belief = Scale(np.arange(6.0)[None] / 10, np.ones((1, 6)), table.bounds)
    found = matched(belief, answers, TRACE)
    assert (found.belief.guess.tolist(), found.bounds.tolist()) == ([0, 0.2, 0.4, 0.5], [0, 2, 4])
    both = filled(belief, answers, TRACE)
    assert isinstance(both, Scale)
    assert (both.guess.tolist(), both.std[0].tolist()) == ([0.1, 0.1, 0.3, 0.3, 0.5, 0.6], [0, 1, 0, 1, 0, 0])


def test_raters_who_pause_are_joined_where_they_have_values() -> None:
    pool = Pool(FeatureTable(np.eye(1), ("a",)), (TRACE,), np.array([0.75]))
    pool.add([Label("a", "arousal", (0.0, NAN, NAN), "r1"), Label("a", "arousal", (1.0, 0.5, NAN), "r2")])
    known = pool.known().answers["arousal"].values
    assert known[:2].tolist() == [0.5, 0.5]
    assert np.isnan(known[2])


def test_a_trace_with_gaps_goes_to_json_that_others_read_and_back() -> None:
    event = Labelled(1, "query", (Label("a", "arousal", (0.5, NAN), "r"),))
    text = json.dumps(to_json(event), allow_nan=False)
    assert "[0.5, null]" in text
    assert str(from_json(json.loads(text))) == str(event)


def test_a_recording_without_any_gold_is_left_out_with_a_note(toy: Traced) -> None:
    corpus = replace(toy.corpus, ratings=toy.corpus.ratings[toy.corpus.ratings["segment"] != "r03.wav"], _gold={})
    made = prepare(plan_on(toy, corpus=corpus))
    assert not any(segment.startswith("r03") for segment in made.table.ids)
    assert any("have no gold" in note for note in made.notes)


@pytest.mark.parametrize(
    ("oracle", "annotator"), [("noisy:std=0.1", {"noisy"}), ("crowd:votes=2", {"rater0", "rater1", "rater2"})]
)
def test_simulated_raters_trace_and_every_vote_costs_its_seconds(toy: Traced, oracle: str, annotator: set[str]) -> None:
    events = events_of(plan_on(toy, oracle=oracle))
    labels = [label for event in events if isinstance(event, Labelled) for label in event.labels]
    assert {label.annotator for label in labels} == annotator
    assert all(label.cost == pytest.approx(len(label.value) / TRACE.rate_hz) for label in labels)
    assert scored(events)[-1].scores["arousal"]["ccc"] > 0.5


def test_the_machine_may_trace_what_it_is_sure_of(toy: Traced) -> None:
    steps = ({"name": "people"}, {"name": "own", "strategy": "most-confident", "oracle": "machine:above=0.5", "n": 2})
    plan = Plan.from_toml(plan_on(toy).to_toml() + "".join(f"\n[[steps]]\n{_toml(step)}" for step in steps))
    labels = [label for e in events_of(plan) if isinstance(e, Labelled) for label in e.labels]
    own = [label for label in labels if label.source == "machine"]
    assert own
    assert not any(label.cost for label in own)


def _toml(entries: dict[str, Any]) -> str:
    return "\n".join(f"{name} = {json.dumps(value)}" for name, value in entries.items())


def test_the_whole_set_is_judged_with_traces_filled_in(toy: Traced) -> None:
    few, many = (events_of(plan_on(toy, judge="whole-set", budget=budget)) for budget in (60, 240))
    assert scored(many)[-1].scores["arousal"]["ccc"] > scored(few)[-1].scores["arousal"]["ccc"] > 0.5


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"scenario": "stream", "strategy": "random"}, "a stream counts clips"),
        ({"oracle": "crowd:votes=3:agree=2"}, "which are never the same"),
        ({"initial": 20}, "first labels that leave something to choose"),
        ({"budget": 5000}, "traces of .* s"),
        ({"budget": 5, "initial": 1}, "one answer of gold may cost"),
        ({"strategy": "margin"}, "needs classes, but arousal is not"),
        ({"stretch": 0.5}, "expected seconds, 1 or more"),
    ],
)
def test_what_does_not_go_with_traces_is_refused_with_a_sentence(
    toy: Traced, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(BadPlan, match=why):
        list(prepare(plan_on(toy, **changes)).loop())


def test_targets_of_two_kinds_and_features_without_frames_are_refused(toy: Traced) -> None:
    both = replace(toy.corpus, task=(*TASK, Target("mood")), _gold={})
    with pytest.raises(BadPlan, match="expected targets of one kind"):
        prepare(plan_on(toy, corpus=both, targets=("arousal", "mood")))
    with pytest.raises(BadFeatures, match="expected frames with a rate"):
        prepare(plan_on(toy, features=toy.frames.pooled()))
    with pytest.raises(BadPlan, match="leave --stretch out"):
        prepare(Plan(corpus=toy_corpus(), features=FeatureTable(np.eye(4), toy_corpus().ids), stretch=10))


def test_strategies_are_compared_at_equal_listening_time_from_python(toy: Traced, tmp_path: Path) -> None:
    mine = seral.data(toy.corpus, target="arousal", features=toy.frames)
    result = seral.compare(
        mine, strategies=["qbc", "random"], learner="ridge", stretch=10, initial=3, batch=3,
        budget=90, seeds=3, split="speakers:3", save=tmp_path / "grid", jobs=1, progress=False,
    )  # fmt: skip
    frame = result.to_frame()
    assert (spent_in(frame).title, frame["spent"].max() <= 90) == ("seconds traced", True)
    assert result.plot().layout.xaxis.title.text == "seconds traced"
    assert " s " in repr(result).splitlines()[0]
    assert result.differences()["runs"].tolist() == [3]
    assert any("count seconds listened to" in note for note in result.notes)
    page = result.save(tmp_path / "report.html").read_text(encoding="utf-8")
    assert "seconds traced" in page
    assert len(result.map(method="pca").data) > 0
    predicted = result.fit("qbc").predict(toy.frames)
    assert predicted["arousal"].between(-1, 1).all()


def test_stretches_and_whole_recordings_are_paired_by_what_they_are_scored_on(toy: Traced, tmp_path: Path) -> None:
    logs = [run(plan_on(toy), tmp_path), run(plan_on(toy, stretch=0, initial=1, batch=1), tmp_path)]
    frame = curves(logs)
    assert frame.groupby(["corpus", "split", "judge", "unit"]).ngroups == 1
    assert frame["spent"].max() <= 120
    sizes = [log.events()[0].pool for log in logs]  # type: ignore[union-attr]
    assert sizes[0] > sizes[1] == 8


def test_what_is_written_down_of_a_long_trace_is_short_and_resumes(toy: Traced, tmp_path: Path) -> None:
    target = Target("arousal", rate_hz=25.0)
    rows = [(f"{i}.wav", "arousal", "r", tuple(np.sin(np.arange(7500) / (50 + i)).tolist())) for i in range(4)]
    segments = toy.corpus.segments[:4].set_axis(segment_index([f"{i}.wav" for i in range(4)]))
    corpus = replace(toy.corpus, segments=segments, ratings=rating_frame(rows), task=(target,), _gold={})
    values = np.concatenate([np.array(trace) for *_, trace in rows])[:, None]
    table = FeatureTable(values, tuple(f"{i}.wav" for i in range(4)), bounds=np.arange(0, 30001, 7500), rate_hz=25.0)
    plan = Plan(
        corpus=corpus, features=table, learner="ridge", strategy="random", split="speakers:2", initial=1, budget=600
    )
    log = run(plan, tmp_path)
    assert log.path.stat().st_size < 2 * 7500 * 10 + 4000  # a float is 18 letters, unless it is cut
    again = log.events()
    assert len(next(e for e in again if isinstance(e, Labelled)).labels[0].value) == 7500
    assert isinstance(again[0], Started)
    assert again[0].unit == "seconds"


def test_learners_that_compare_all_pairs_get_evenly_spaced_frames_and_say_so(toy: Traced) -> None:
    long = traced(recordings=6, shortest_s=900, longest_s=900)
    made = prepare(plan_on(long, learner=KernelRidge(), budget=2400, stretch=30, initial=40, split="speakers:3"))
    assert any("at most 4,000 frames" in note for note in made.notes)
    seen: list[int] = []

    class Counting(KernelRidge):
        def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Any:
            seen.append(len(x))
            return super().fit(x[:50], y[:50])

    ramp = np.tile(np.linspace(-1, 1, 3600), 6)
    known = Known(long.frames, (TRACE,), {"arousal": Answers(np.arange(6), ramp, np.ones(6), long.frames.bounds)})
    for _ in PerTarget((TRACE,), Counting()).train(known, np.random.default_rng(0)):
        pass
    assert seen == [4000]
