"""The stream loop: nothing is looked at twice, and a stream goes on where it stopped."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seral_core.features.table import FeatureTable
from seral_core.learners.base import Learner, learners
from seral_core.runs.events import Asked, Event, Finished, Labelled, Passed, Scored, Trained, Training
from seral_core.runs.rounds import Step
from seral_core.runs.stream import MEANWHILE, arrivals, stream_loop
from seral_core.strategies.compose import strategy_from
from seral_core.types import Label, Query, Target

AROUSAL = Target("arousal")
CLIPS = 60


def table(seed: int = 0, clips: int = CLIPS) -> FeatureTable:
    values = np.random.default_rng(seed).normal(size=(clips, 4))
    return FeatureTable(values, tuple(f"clip{i:03d}" for i in range(clips)))


class Teacher:
    """Answers at once, with the first feature."""

    price = 1.0

    def __init__(self, table: FeatureTable) -> None:
        self.values = {i: float(np.tanh(v)) for i, v in zip(table.ids, table.values[:, 0], strict=True)}

    def answer(self, query: Query, learner: Learner, rng: np.random.Generator) -> list[Label]:
        return [Label(i, "arousal", self.values[i], "teacher") for i in query.segments]


class Slow(Teacher):
    """Answers every second question, and the others when asked again."""

    def answer(self, query: Query, learner: Learner, rng: np.random.Generator) -> list[Label]:
        return [label for i, label in enumerate(super().answer(query, learner, rng)) if i % 2 == 0]


def judge(learner: Learner, known: object) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, object]]]:
    return {"arousal": {"sum": float(learner.predict(table(9, 5))["arousal"].guess.sum())}}, {}


def run(
    strategy: str = "binary-confidence", past: list[Event] | None = None, *, seed: int = 0, n: int = 5, size: int = 10,
    initial: int = 10, oracle: Teacher | None = None, source: Iterator[FeatureTable] | None = None, budget: float = 1e9,
) -> list[Event]:  # fmt: skip
    clips = table()
    step = Step("query", strategy_from(strategy), oracle or Teacher(clips), n)
    order = np.random.default_rng(seed).permutation(CLIPS)
    loop = stream_loop(
        source or arrivals(clips, order), (AROUSAL,), learners["ridge"]((AROUSAL,)), step, judge,
        buffer=size, initial=initial, seed=seed, budget=budget, past=past or [],
    )  # fmt: skip
    return [event for event in loop if not isinstance(event, Training)]


def test_half_of_every_buffer_is_labelled_and_the_rest_let_go() -> None:
    events = run()
    assert [len(e.segments) for e in events if isinstance(e, Asked)] == [10, 5, 5, 5, 5, 5]
    assert [len(e.segments) for e in events if isinstance(e, Passed)] == [0, 5, 5, 5, 5, 5]
    assert [e.spent for e in events if isinstance(e, Scored)] == [10, 15, 20, 25, 30, 35]
    assert events[-1] == Finished(35, "the stream has ended")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 99), n=st.integers(1, 7), size=st.integers(1, 13), initial=st.integers(0, 9))
def test_every_clip_is_decided_once(seed: int, n: int, size: int, initial: int) -> None:
    events = run("random", seed=seed, n=n, size=size, initial=initial)
    asked = [i for e in events if isinstance(e, Asked) for i in e.segments]
    passed = [i for e in events if isinstance(e, Passed) for i in e.segments]
    assert sorted(asked + passed) == sorted(table().ids)
    answered = [b.segment for e in events if isinstance(e, Labelled) for b in e.labels]
    assert sorted(answered) == sorted(asked)


@pytest.mark.parametrize(
    "strategy",
    [
        "binary-confidence",
        "random",
        "predicted-error",
        "variable-gate:share=0.5",
        "random-variable-gate:share=0.5",
        "igs",
    ],
)
def test_resumed_stream_equals_uninterrupted(strategy: str) -> None:
    whole = run(strategy)
    for cut in range(len(whole) + 1):
        assert whole[:cut] + run(strategy, whole[:cut]) == whole, f"cut after {cut} events"


def test_a_question_stays_open_until_it_is_answered() -> None:
    events = run(oracle=Slow(table()))
    answered = [b.segment for e in events if isinstance(e, Labelled) for b in e.labels]
    assert len(answered) == len(set(answered))
    first = next(e for e in events if isinstance(e, Asked))
    assert set(first.segments) < set(answered), "late answers count too"


def test_what_was_answered_late_is_not_asked_about_again_when_a_stream_is_resumed() -> None:
    class Late(Teacher):
        """Answers nothing before the third round."""

        def answer(self, query: Query, learner: Learner, rng: np.random.Generator) -> list[Label]:
            return super().answer(query, learner, rng) if query.round >= 2 else []

    whole = run("random", oracle=Late(table()))
    cut = next(i for i, e in enumerate(whole) if isinstance(e, Labelled)) + 1
    rest = run("random", whole[:cut], oracle=Teacher(table()))  # by now it would answer the first round, too
    answered = [b.segment for e in whole[:cut] + rest if isinstance(e, Labelled) for b in e.labels]
    assert len(answered) == len(set(answered))


class Person(Teacher):
    """Answers no question at once, and in the time until the next buffer is full all but those of clips like clip7."""

    later = True

    def answer(self, query: Query, learner: Learner, rng: np.random.Generator) -> list[Label]:
        given = super().answer(query, learner, rng) if query.step == MEANWHILE else []
        return [label for label in given if query.round > 3 or "7" not in label.segment]


def test_what_people_answer_while_a_buffer_fills_is_known_when_it_is_looked_at() -> None:
    events = run(oracle=Person(table()))
    remarks = {e.round: e.remark for e in events if isinstance(e, Asked)}
    assert not any("one side" in remark for remark in remarks.values()), "the labels were there in time"
    for number in range(1, 6):
        mine = [type(e) for e in events if getattr(e, "round", -1) == number]
        assert mine[:2] == [Labelled, Trained], "answers come first, then they are learned from"
        assert mine.index(Trained) < mine.index(Asked)
    asked = [i for e in events if isinstance(e, Asked) and e.round < 5 for i in e.segments]
    answered = [b.segment for e in events if isinstance(e, Labelled) for b in e.labels]
    assert len(answered) == len(set(answered))
    assert set(asked) <= set(answered)


@pytest.mark.parametrize("strategy", ["binary-confidence", "igs", "variable-gate:share=0.5"])
def test_a_stream_with_late_answers_is_resumed_as_if_it_had_not_been_interrupted(strategy: str) -> None:
    whole = run(strategy, oracle=Person(table()))
    for cut in range(len(whole) + 1):
        assert whole[:cut] + run(strategy, whole[:cut], oracle=Person(table())) == whole, f"cut after {cut} events"


def test_the_budget_ends_a_stream() -> None:
    events = run(budget=17)
    assert events[-1] == Finished(17, "the budget is spent")


def test_a_stream_may_come_back_in_another_order() -> None:
    """A folder that is watched may list its files differently after a restart."""
    whole = run("random")
    cut = next(i for i, e in enumerate(whole) if isinstance(e, Passed) and e.round == 2) + 1
    rest = run("random", whole[:cut], source=arrivals(table(), range(CLIPS - 1, -1, -1)))
    decided = [i for e in whole[:cut] + rest if isinstance(e, Asked | Passed) for i in e.segments]
    assert sorted(decided) == sorted(table().ids)


def test_a_round_with_one_side_alone_is_drawn_at_random_and_says_so() -> None:
    clips = table()
    oracle = Teacher(clips)
    oracle.values = dict.fromkeys(oracle.values, -0.5)
    remarks = [e.remark for e in run(oracle=oracle) if isinstance(e, Asked)]
    assert remarks[0] == ""
    assert all("one side" in remark for remark in remarks[1:])


def test_a_gate_opens_below_its_threshold_within_its_budget() -> None:
    events = run("fixed-gate:share=0.2:threshold=1.0:window=10", n=10, initial=10)
    asked = sum(len(e.segments) for e in events if isinstance(e, Asked) and e.round > 0)
    assert 5 <= asked <= 15


def test_of_a_buffer_that_is_not_full_the_same_share_is_labelled() -> None:
    events = run(size=16, n=8, initial=0)
    assert [len(e.segments) for e in events if isinstance(e, Asked)] == [8, 8, 8, 6]


def test_a_learner_is_trained_again_only_when_there_are_new_labels() -> None:
    events = run("fixed-gate:threshold=0.0001", n=10)
    assert [e.round for e in events if isinstance(e, Trained)] == [1]
    assert len([e for e in events if isinstance(e, Passed)]) == 6


def test_a_decision_is_written_down_whole() -> None:
    """Killed between a question and what was let go, a stream must not fill the buffer with other clips."""
    whole = run("random")
    cut = next(i for i, e in enumerate(whole) if isinstance(e, Asked) and e.round == 2) + 1
    rest = run("random", whole[:cut], source=arrivals(table(), range(CLIPS - 1, -1, -1)))
    assert rest[0] == whole[cut]


def test_a_long_stream_takes_no_more_memory_than_a_short_one() -> None:
    def endless() -> Iterator[FeatureTable]:
        for i in range(3000):
            yield FeatureTable(np.full((1, 50), i % 7, dtype=float), (f"clip{i}",))

    first = [Label(f"clip{i}", "arousal", i / 10, "teacher") for i in range(4)]
    oracle = Teacher(table())
    oracle.answer = lambda query, learner, rng: first if query.round == 0 else []  # type: ignore[method-assign]
    step = Step("query", strategy_from("fixed-gate:threshold=0.0001"), oracle, 10)
    loop = stream_loop(endless(), (AROUSAL,), learners["ridge"]((AROUSAL,)), step, None, buffer=10, initial=4)
    held: list[int] = []
    tracemalloc.start()
    for event in loop:
        if isinstance(event, Passed) and event.round in (100, 299):
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[1] - held[0] < 60_000, "2,000 clips of 400 bytes came and went, whose names alone take more"


def test_labels_of_clips_that_are_gone_are_passed_over() -> None:
    whole = run("random")
    cut = next(i for i, e in enumerate(whole) if isinstance(e, Passed) and e.round == 1) + 1
    asked = {i for e in whole[:cut] if isinstance(e, Asked) for i in e.segments}
    left = [row for row, segment in enumerate(table().ids) if segment not in sorted(asked)[:6]]
    rest = run("random", whole[:cut], source=arrivals(table(), left))
    assert isinstance(rest[-1], Finished)
