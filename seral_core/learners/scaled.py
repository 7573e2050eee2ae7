"""Features on one scale where there is no pool to take it from: the scale of the labelled clips."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.features.table import FeatureTable
from seral_core.learners.base import Known, Learner, Progress
from seral_core.types import Ints, Prediction

#: A clip far outside of all that was labelled counts as this far, in standard deviations.
FARTHEST = 10.0


@dataclass(frozen=True)
class Measure:
    """Mean and width of each feature.

    Examples
    --------
    >>> table = FeatureTable(np.array([[1.0, 5.0], [3.0, 5.0], [5.0, 6.0]]), ("a", "b", "c"))
    >>> Measure.of(table, np.array([0, 1])).scaled(table).values.tolist()
    [[-1.0, 0.0], [1.0, 0.0], [3.0, 0.0]]
    """

    mean: NDArray[Any]
    width: NDArray[Any]

    @classmethod
    def of(cls, table: FeatureTable, rows: Ints) -> Measure:
        """Return the measure of some rows; a feature that does not vary among them gets no weight."""
        values = np.asarray(table.take(rows).values, np.float64)
        mean, width = values.mean(axis=0), values.std(axis=0)
        return cls(mean, np.where(width > 1e-6 * np.maximum(np.abs(mean), 1e-6), width, np.inf))

    def scaled(self, table: FeatureTable) -> FeatureTable:
        """Return a table in this measure."""
        values = np.clip((table.values - self.mean) / self.width, -FARTHEST, FARTHEST)
        return replace(table, values=values.astype(table.values.dtype))


@dataclass
class Scaled:
    """A learner that brings features to the scale of the clips it is trained on.

    A stream has no pool to take means from. These follow from the labels alone, so a resumed stream
    finds the same ones.

    Parameters
    ----------
    learner : Learner
        Trained on scaled features.

    Examples
    --------
    >>> from seral_core.learners.base import Answers, learners, trained
    >>> from seral_core.types import Target
    >>> task = (Target("arousal"),)
    >>> table = FeatureTable(1e6 * np.linspace(-1, 1, 9)[:, None], tuple("abcdefghi"))
    >>> known = Known(table, task, {"arousal": Answers(np.arange(9), np.linspace(-1, 1, 9), np.ones(9))})
    >>> learner = trained(Scaled(learners["svr"](task)), known, np.random.default_rng(0))
    >>> bool(learner.predict(table)["arousal"].guess[0] < -0.5)
    True
    """

    learner: Learner
    _measure: Measure | None = None

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Take the scale of the labelled clips, then train."""
        rows = labelled(known)
        self._measure = Measure.of(known.table, rows) if len(rows) > 1 else None
        yield from self.learner.train(replace(known, table=self._scaled(known.table)), rng)

    def predict(self, table: FeatureTable) -> Prediction:
        """Return what the learner believes."""
        return self.learner.predict(self._scaled(table))

    def _scaled(self, table: FeatureTable) -> FeatureTable:
        return table if self._measure is None else self._measure.scaled(table)


def labelled(known: Known) -> Ints:
    """Return the rows that anything is known of, ascending."""
    rows = [answers.rows for answers in known.answers.values()]
    return np.unique(np.concatenate(rows)).astype(np.intp) if rows else np.zeros(0, dtype=np.intp)
