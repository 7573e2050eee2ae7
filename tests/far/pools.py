"""A pool that lies in memory and in partitions, with the same rows, for tests of far pools."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from seral_core.far.opening import open_far
from seral_core.far.place import Place
from seral_core.far.table import FarTable
from seral_core.far.writing import Writer
from seral_core.features.table import FeatureTable
from seral_core.types import Label, Target

EMOTION = Target("emotion", ("anger", "happiness", "neutral"))
AGE = Target("age", ("young", "old"))
AROUSAL, VALENCE = Target("arousal"), Target("valence")


def values_of(rows: int, features: int = 12, *, seed: int = 0) -> np.ndarray:
    """Return features with means and spreads of their own; every tenth row coincides with another."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(rows, features)) * rng.uniform(0.5, 20, features) + rng.normal(size=features) * 30
    values[::10] = values[1::10][: len(values[::10])]
    return values.astype(np.float32)


def written(folder: Path | str, values: np.ndarray, each: int = 700) -> tuple[FarTable, FeatureTable]:
    """Return the same rows in partitions and in memory."""
    ids = [f"clip{i}.wav" for i in range(len(values))]
    writer = Writer(Place.of(folder), tuple(f"f{i}" for i in range(values.shape[1])), "test", each=each)
    numbers = range(0, len(values), each)
    for number, start in enumerate(numbers):
        writer.write(number, ids[start : start + each], values[start : start + each])
    table = open_far(writer.finish(len(numbers)).address)
    return table, FeatureTable(values, tuple(ids), table.names, key="test")


class Teacher:
    """Answers by what a clip's features are."""

    price = 1.0

    def __init__(self, table: FeatureTable) -> None:
        self.table = table

    def answer(self, query: Any, learner: Any, rng: Any) -> list[Label]:
        found = []
        for segment in query.segments:
            row = self.table.values[self.table.rows([segment])[0]]
            for target in query.task:
                kind = int(abs(row[0] + 3 * row[1] + 5 * row[2] * (target.name == "valence"))) % 7
                value = kind / 7 if target.is_scale else target.classes[kind % len(target.classes)]
                found.append(Label(segment, target.name, value, "teacher", cost=1 / len(query.task)))
        return found
