"""A committee: several copies of a learner, each trained on a bootstrap sample of the labels."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator

from seral_core.features.table import FeatureTable
from seral_core.joined_beliefs import join_members
from seral_core.learners.base import Known, Learner, Progress
from seral_core.types import Prediction


@dataclass
class Committee:
    """Bootstrap copies of any learner; the belief has one member a copy.

    Parameters
    ----------
    learner : Learner
        Copied for each member; it stays as it is.
    members : int
        Number of copies.

    References
    ----------
    .. [1] Abe and Mamitsuka, Query learning strategies using boosting and bagging, ICML 1998.

    Examples
    --------
    >>> from seral_core.learners.base import Answers, learners, trained
    >>> from seral_core.types import Target
    >>> task = (Target("arousal"),)
    >>> table = FeatureTable(np.linspace(-1, 1, 9)[:, None], tuple("abcdefghi"))
    >>> known = Known(table, task, {"arousal": Answers(np.arange(9), np.linspace(-1, 1, 9), np.ones(9))})
    >>> committee = trained(Committee(learners["ridge"](task), 4), known, np.random.default_rng(0))
    >>> committee.predict(table)["arousal"].mean.shape
    (4, 9)
    """

    learner: Learner
    members: int = 5
    _copies: list[Learner] = field(default_factory=list, repr=False)

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Train every member on its own sample of the labels, drawn with replacement."""
        self._copies = []
        for i in range(self.members):
            yield Progress(i / self.members, f"member {i + 1}")
            member = copy.deepcopy(self.learner)
            yield from member.train(_resampled(known, rng), rng)
            self._copies.append(member)

    def predict(self, table: FeatureTable) -> Prediction:
        """Return beliefs whose members are those of all copies, one after another."""
        each = [member.predict(table) for member in self._copies]
        return {name: join_members([prediction[name] for prediction in each]) for name in each[0]}


def _resampled(known: Known, rng: Generator) -> Known:
    answers = {
        name: a.take(np.sort(rng.integers(len(a), size=len(a)))) if len(a) else a for name, a in known.answers.items()
    }
    return replace(known, answers=answers)
