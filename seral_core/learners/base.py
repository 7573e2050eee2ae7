"""What a learner is: trained on `Known` labels, it predicts a belief for each target."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.features.table import FeatureTable
from seral_core.registry import Registry
from seral_core.types import Floats, Ints, Prediction, Task


@dataclass(frozen=True)
class Answers:
    """What is known about one target: rows of the table, their values and weights.

    Parameters
    ----------
    rows : Ints of shape (answers,)
        Row numbers in the table, ascending.
    values : array of shape (answers,)
        Class numbers (integers) for a category, native units for a scale.
    weights : Floats of shape (answers,)
        1 is a full label.
    """

    rows: Ints
    values: NDArray[Any]
    weights: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, which: Ints) -> Answers:
        """Return the answers with these positions."""
        return Answers(self.rows[which], self.values[which], self.weights[which])


@dataclass(frozen=True)
class Known:
    """All that may be learned from: the table and the answers so far, by target name."""

    table: FeatureTable
    task: Task
    answers: Mapping[str, Answers]

    def __len__(self) -> int:
        return max((len(a) for a in self.answers.values()), default=0)

    def pairs(self, target: str) -> tuple[NDArray[np.floating], NDArray[Any], Floats]:
        """Return features, values and weights of the segments whose ``target`` is known."""
        a = self.answers[target]
        return self.table.values[a.rows], a.values, a.weights


@dataclass(frozen=True)
class Progress:
    """How far a training has come, from 0 to 1, and what it is doing."""

    done: float
    text: str = ""


class Learner(Protocol):
    """Anything that trains on `Known` and predicts a table."""

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Forget what was learned before, learn from ``known``; yield progress where it takes long."""
        ...

    def predict(self, table: FeatureTable) -> Prediction:
        """Return a belief for every target; units follow the table's bounds."""
        ...


#: Factories: ``learners["ridge"](task, **options)`` gives a fresh `Learner`.
learners: Registry[Callable[..., Learner]] = Registry("learner", "seral_core.learners")


def trained(learner: Learner, known: Known, rng: Generator) -> Learner:
    """Train to the end, then return the learner."""
    for _ in learner.train(known, rng):
        pass
    return learner
