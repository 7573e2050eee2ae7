"""Streams: decisions per second against scikit-activeml, and memory while a million clips arrive."""

from __future__ import annotations

import gc
import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from skactiveml.classifier import SklearnClassifier
from skactiveml.stream import VariableUncertainty
from skactiveml.stream.budgetmanager import VariableUncertaintyBudgetManager
from sklearn.linear_model import LogisticRegression

from seral_core.features.table import FeatureTable
from seral_core.learners.base import Known, Learner
from seral_core.runs.events import Asked, Passed
from seral_core.runs.rounds import Step
from seral_core.runs.stream import arrivals, stream_loop
from seral_core.strategies.base import View
from seral_core.strategies.gates import VariableGate
from seral_core.types import Classes, Label, Prediction, Query, Target

EMOTION = Target("emotion", ("anger", "happiness", "neutral", "sadness"))
SHARE, STEP, KNOWN, FEATURES = 0.1, 0.01, 400, 32


class Trained:
    """A model that was trained before, and stays as it is: what is measured is the deciding."""

    def __init__(self, model: LogisticRegression) -> None:
        self.model = model

    def train(self, known: Known, rng: np.random.Generator) -> Iterator[None]:
        return iter(())

    def predict(self, table: FeatureTable) -> Prediction:
        return {EMOTION.name: Classes(self.model.predict_proba(table.values)[None])}


class Teacher:
    """Answers at once."""

    price = 1.0

    def answer(self, query: Query, learner: Learner, rng: np.random.Generator) -> list[Label]:
        return [Label(i, EMOTION.name, EMOTION.classes[int(i) % 4], "gold") for i in query.segments]


def made_up(rows: int) -> tuple[np.ndarray, LogisticRegression, SklearnClassifier]:
    """Return features, and one model for both sides."""
    rng = np.random.default_rng(0)
    values = rng.standard_normal((rows, FEATURES))
    teacher = rng.standard_normal((FEATURES, 4))
    classes = (values @ teacher + 4 * rng.standard_normal((rows, 4))).argmax(axis=1)
    theirs = SklearnClassifier(LogisticRegression(), classes=range(4)).fit(values[:KNOWN], classes[:KNOWN])
    return values, LogisticRegression().fit(values[:KNOWN], classes[:KNOWN]), theirs


def one_at_a_time(values: np.ndarray, model: SklearnClassifier) -> list[int]:
    """What scikit-activeml asks for, fed one clip at a time."""
    manager = VariableUncertaintyBudgetManager(budget=SHARE, theta=1.0, s=STEP, w=100)
    query, asked = VariableUncertainty(budget_manager=manager, random_state=0), []
    for i in range(len(values)):
        picked = query.query(values[i : i + 1], model)
        query.update(values[i : i + 1], picked)
        asked += [i] * len(picked)
    return asked


def by_the_gate(values: np.ndarray, model: LogisticRegression, buffer: int) -> list[int]:
    """What SERAL's gate asks for, given what arrives in buffers."""
    gate, rng, scratch = VariableGate(share=SHARE, threshold=1.0, step=STEP), np.random.default_rng(0), {}
    decided, asked = np.zeros(len(values), dtype=bool), []
    for start in range(0, len(values), buffer):
        part = values[start : start + buffer]
        table = FeatureTable(part, tuple(map(str, range(start, start + len(part)))))
        rows = np.arange(len(part), dtype=np.intp)
        view = View(
            table,
            (EMOTION,),
            rows,
            rows[:0],
            decided=decided[:start],
            scratch=scratch,
            predict=lambda _, part=part: {EMOTION.name: Classes(model.predict_proba(part)[None])},
        )
        picked = start + gate(view, buffer, rng)
        decided[picked] = True
        asked += picked.tolist()
    return asked


def through_the_loop(values: np.ndarray, model: LogisticRegression, buffer: int) -> list[int]:
    """What SERAL's stream loop asks for; the first clip is its start, and is asked for by both."""
    table = FeatureTable(values, tuple(map(str, range(len(values)))))
    step = Step("query", VariableGate(share=SHARE, threshold=1.0, step=STEP), Teacher(), buffer)
    loop = stream_loop(
        arrivals(table, range(len(values))), (EMOTION,), Trained(model), step, None, buffer=buffer, initial=1
    )
    return [int(i) for event in loop if isinstance(event, Asked) for i in event.segments]


def endless(rows: int) -> Iterator[FeatureTable]:
    """Let clips arrive that nobody else holds."""
    rng = np.random.default_rng(1)
    for i in range(rows):
        yield FeatureTable(rng.standard_normal((1, FEATURES)), (str(i),))


def memory(rows: int = 1_000_000, marks: int = 10) -> list[tuple[int, int, float]]:
    """Return arrivals, labels, and the megabytes this process holds, after each part of a stream.

    About one clip in a thousand is asked for and learned from.
    """
    _, model, _ = made_up(KNOWN)
    gate = VariableGate(share=0.001, threshold=1.0, step=STEP, window=10_000)
    step = Step("query", gate, Teacher(), 20)
    loop = stream_loop(endless(rows), (EMOTION,), Trained(model), step, None, buffer=20, initial=20)
    arrived, labels, found = 0, 0, []
    for event in loop:
        labels += len(event.segments) if isinstance(event, Asked) else 0
        if isinstance(event, Passed):
            arrived += 20
            if arrived % (rows // marks) == 0:
                gc.collect()
                found.append((arrived, labels, resident_mb()))
    return found


def resident_mb() -> float:
    """Return the memory that this process holds now, in megabytes."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def flat(rows: int = 1_000_000) -> bool:
    """Print memory after a tenth and at the end of a stream; return whether it stayed where it was.

    What may grow is the labels with their clips, and a byte for each decision.
    """
    found = memory(rows)
    (_, _, early), (arrived, labels, late) = found[0], found[-1]
    before = f"{early:.1f} MB after {found[0][0]:,} clips"
    print(f"memory of a stream: {before}, {late:.1f} MB after {arrived:,} ({labels:,} asked for)")
    return late - early < 5
