"""The contract of judges: the rules for every one, as a function to call in tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, Progress
from seral_core.runs.judge import Judge
from seral_core.types import Belief, Classes, Prediction, Scale, Target, Task
from seral_core.units import joined, taken

TASK: Task = (Target("emotion", ("anger", "fear", "sadness")), Target("arousal", low=1, high=5))
Gold = Mapping[str, Any]


def check_judge(make: Callable[[FeatureTable, Task, Gold], Judge]) -> None:
    """Raise AssertionError where a judge breaks a promise.

    A learner that is always right is given full marks, whether a row has one unit or three, one
    member or several, one value or a trace; and a learner that is not gets less.

    Parameters
    ----------
    make : callable
        From what is scored (a table, targets and gold) to the judge.

    Examples
    --------
    >>> from seral_core.runs.judge import HeldOut, WholeSet
    >>> check_judge(HeldOut)
    >>> check_judge(lambda table, task, gold: WholeSet(task, gold))
    """
    for traces in (False, True):
        table, task, gold = _scene(traces)
        judge = make(table, task, gold)
        known = Known(table, task, {t.name: _answers(gold[t.name], t).take(np.arange(4)) for t in task})
        for units in (1, 3) if not traces else (1,):
            for members in (1, 2):
                right = PerfectLearner(table, task, gold, units, members)
                scores, _ = judge(right, known)
                best = {name: max(of.values()) for name, of in scores.items()}
                assert min(best.values()) > 1 - 1e-9, f"{units} units and {members} members, all right: {scores}"
                wrong, _ = judge(replace(right, turned=True), known)
                worst = {name: max(v for k, v in of.items() if k != "rmse") for name, of in wrong.items()}
                assert max(worst.values()) < 1 - 1e-3, f"{units} units and {members} members, all wrong: {wrong}"


@dataclass
class PerfectLearner:
    """A learner that is right about every row; single units are not, but their mean is.

    Parameters
    ----------
    table, task, gold
        What it knows; gold as judges take it.
    units, members : int
        How many units a row of one value has, and how many members.
    turned : bool
        Whether it says everything of the row opposite, so that it is wrong.

    Examples
    --------
    >>> table, arousal = FeatureTable(np.eye(2), ("a", "b")), Target("arousal")
    >>> learner = PerfectLearner(table, (arousal,), {"arousal": np.array([0.5, -0.5])}, units=3)
    >>> belief = learner.predict(table)["arousal"]
    >>> belief.bounds, belief.pooled().guess
    (array([0, 3, 6]), array([ 0.5, -0.5]))
    """

    table: FeatureTable
    task: Task
    gold: Gold
    units: int = 3
    members: int = 1
    turned: bool = False

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Know everything already."""
        yield Progress(1.0)

    def predict(self, table: FeatureTable) -> Prediction:
        """Return what is right about each row."""
        rows = self.table.rows(table.ids)
        return {target.name: self._belief(target, rows) for target in self.task}

    def _belief(self, target: Target, rows: Any) -> Belief:
        answers = _answers(self.gold[target.name], target)
        if self.turned:
            answers = replace(answers, values=answers.values[::-1])
        units, bounds = taken(answers.bounds, rows)
        values = answers.values[units]
        if not target.rate_hz and self.units > 1:
            values = np.repeat(values, self.units)
            bounds = np.arange(0, len(values) + 1, self.units)
        swing = np.zeros(len(values)) if target.rate_hz else np.resize(np.linspace(-1, 1, self.units), len(values))
        swing = swing if self.units > 1 else np.zeros(len(values))
        if target.is_scale:
            mean = values + swing
            return Scale(np.tile(mean, (self.members, 1)), np.zeros((self.members, len(mean))), bounds)
        sure = np.eye(len(target.classes))[values]
        other = np.roll(sure, 1, axis=1)
        share = np.where(swing[:, None] > 0, 0.9, 0.0)  # the last unit of a row is for another class
        return Classes(np.tile(sure * (1 - share) + other * share, (self.members, 1, 1)), bounds)


def _scene(traces: bool) -> tuple[FeatureTable, Task, dict[str, Any]]:
    table = FeatureTable(np.arange(12.0)[:, None], tuple(f"c{i}" for i in range(12)))
    gold: dict[str, Any] = {"emotion": np.arange(12) % 3, "arousal": np.linspace(2.0, 4.0, 12) ** 1.1 / 1.2}
    if not traces:
        return table, TASK, gold
    lengths = 4 + np.arange(12) % 3
    bounds = joined([np.array([0, n]) for n in lengths])
    rows, ones = np.arange(12, dtype=np.intp), np.ones(12)
    wave = 3 + np.sin(np.arange(bounds[-1]) ** 1.3)
    gold = {
        "emotion": Answers(rows, np.arange(bounds[-1], dtype=np.intp) * 7 % 3, ones, bounds),
        "arousal": Answers(rows, wave, ones, bounds),
    }
    return table, tuple(replace(target, rate_hz=2.0) for target in TASK), gold


def _answers(gold: Any, target: Target) -> Answers:
    from seral_core.runs.judge import known_gold

    return known_gold(gold, target)
