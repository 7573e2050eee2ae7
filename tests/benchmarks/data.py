"""Data of the benchmarks: speakers' worth of noise with a teacher that labels it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from seral_core.features.table import FeatureTable
from seral_core.oracles.base import Oracle
from seral_core.runs.pool import Pool
from seral_core.types import Label, Query, Target, Task

EMOTION = Target("emotion", ("anger", "happiness", "neutral", "sadness"))
AFFECT = (Target("arousal", low=-9, high=9), Target("valence", low=-9, high=9), Target("dominance", low=-9, high=9))


@dataclass(frozen=True)
class Data:
    """Features of shape (rows, features), z-scored, and answers to every question."""

    rows: int
    features: int
    seed: int = 0

    @cached_property
    def values(self) -> np.ndarray:
        values = np.random.default_rng(self.seed).standard_normal((self.rows, self.features))
        values -= values.mean(axis=0)
        values /= values.std(axis=0)
        return values

    @cached_property
    def classes(self) -> np.ndarray:
        """Class numbers of shape (rows,)."""
        rng = np.random.default_rng(self.seed + 1)
        teacher = rng.standard_normal((self.features, len(EMOTION.classes)))
        return (self.values @ teacher + 4 * rng.standard_normal((self.rows, len(EMOTION.classes)))).argmax(axis=1)

    @cached_property
    def scales(self) -> np.ndarray:
        """Values of shape (rows, 3), within [-9, 9]."""
        rng = np.random.default_rng(self.seed + 2)
        teacher = rng.standard_normal((self.features, len(AFFECT))) / np.sqrt(self.features)
        return np.clip(self.values @ teacher + 0.3 * rng.standard_normal((self.rows, len(AFFECT))), -9, 9)

    @cached_property
    def table(self) -> FeatureTable:
        return FeatureTable(self.values, tuple(f"clip{i}" for i in range(self.rows)))

    def pool(self, task: Task, labelled: int) -> Pool:
        """Return a pool whose first rows are labelled."""
        pool = Pool(self.table, task)
        pool.add(self.labels(task, range(labelled)))
        return pool

    def labels(self, task: Task, rows: range | list[int]) -> list[Label]:
        return [Label(self.table.ids[row], t.name, self.value(t, row), "gold") for row in rows for t in task]

    def value(self, target: Target, row: int) -> str | float:
        if target == EMOTION:
            return EMOTION.classes[self.classes[row]]
        return float(self.scales[row, AFFECT.index(target)])


class PlainRidge(RegressorMixin, BaseEstimator):
    """A ridge that takes hardly any time, so that what is measured is the choosing."""

    def fit(self, X: np.ndarray, y: np.ndarray) -> PlainRidge:
        self.mean_, self.centre_ = X.mean(axis=0), y.mean()
        near = X - self.mean_
        self.coef_ = np.linalg.solve(near.T @ near + np.eye(X.shape[1]), near.T @ (y - self.centre_))
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        return X @ self.coef_ + (self.centre_ - self.mean_ @ self.coef_)


@dataclass(frozen=True)
class Teacher(Oracle):
    """Answers with what the data say."""

    data: Data
    price: float = 1.0

    def answer(self, query: Query, learner: object, rng: np.random.Generator) -> list[Label]:
        return self.data.labels(query.task, self.data.table.rows(query.segments).tolist())
