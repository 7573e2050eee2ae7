"""Traces: long ones are checked as a whole, and what is wrong in one is found."""

from __future__ import annotations

from typing import Any

import pytest

from seral_core.errors import BadLabel
from seral_core.store import Answer
from seral_core.studio import parse_answers
from seral_core.studio.project import LabelProject

STUDIO = LabelProject("recordings", ("arousal@25",))


def traced(samples: Any) -> Answer:
    payload = {"id": "1", "target": "arousal", "samples": samples}
    return parse_answers.trace_of(STUDIO, "anna", payload, "a.wav", "query", "s1", 0)[0]


@pytest.mark.parametrize("clock", [[], [1.7e9]])
def test_a_plain_trace_is_not_looked_at_sample_by_sample(monkeypatch: pytest.MonkeyPatch, clock: list[float]) -> None:
    samples = [[i / 100, (i % 20) / 10 - 1, *clock] for i in range(1000)]
    one_by_one = tuple(parse_answers._sample(STUDIO.task[0], sample) for sample in samples)
    monkeypatch.setattr(parse_answers, "_sample", None)
    monkeypatch.setattr(Answer, "_number", lambda self, name, number: pytest.fail(name) if name == "trace" else number)
    assert traced(samples).trace == one_by_one
    assert traced([[0, 1], [1, 0]]).trace == ((0.0, 1.0), (1.0, 0.0))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ([5.0, 2.0], "expected a number in"), ([5.0, float("nan")], "expected a number in"),
        ([5.0, 10**400], "expected a number in"), ([5.0, "1"], "expected a number in"),
        ([5.0, True], "expected a number in"), ([-1.0, 0.0], "a time of the trace"), ([5.0], "a sample of arousal"),
        ([float("inf"), 0.0], "a time of the trace"), ("ab", "a sample of arousal"), (None, "a sample of arousal"),
        ([0.5, 0.0], "go back"), ([5.0, 0.0, 1.7e9], "expected samples"),
    ],
)  # fmt: skip
def test_a_wrong_sample_in_a_long_trace_is_found_and_named(wrong: Any, sentence: str) -> None:
    samples = [[float(i), 0.0] for i in range(5)]
    with pytest.raises(BadLabel, match=sentence):
        traced([*samples, wrong, [6.0, 0.0]])
