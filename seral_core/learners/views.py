"""Several views: a learner for each set of columns, whose beliefs are the members of one belief."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.random import Generator

from seral_core.errors import UnknownName
from seral_core.features.table import FeatureTable
from seral_core.joined_beliefs import join_members
from seral_core.learners.base import Known, Learner, Progress, learners
from seral_core.learners.column_views import WAYS, column_views
from seral_core.learners.inner import inner_learner
from seral_core.types import Belief, Classes, Ints, Prediction, Scale, Task


@learners.register("views")
@dataclass
class Views:
    """A learner for each view of the clips, such as prosodic and spectral columns; it believes their mean.

    Each view is a member of the belief: ``qbc`` chooses what they disagree about, and ``machine:by=views`` lets them
    teach one another (co-training).

    Parameters
    ----------
    task : tuple of Target
        What is learned.
    learner : str
        Learns each view: a name, and its options after slashes, such as ``svm/C=2``.
    by : {"auto", "sets", "kinds", "halves"}
        As in `seral_core.learners.column_views.column_views`.

    Raises
    ------
    UnknownName
        When there is no such learner or way; `BadPlan` where the features have no such views.

    References
    ----------
    .. [1] Blum and Mitchell, Combining labeled and unlabeled data with co-training, COLT 1998.
    .. [2] Zhang, Coutinho, Deng and Schuller, Cooperative learning and its application to emotion
       recognition from speech, IEEE/ACM TASLP 23(1), 2015 (multi-view).

    Examples
    --------
    >>> from seral_core.learners.base import Answers, trained
    >>> from seral_core.types import Target
    >>> task, names = (Target("emotion", ("anger", "sadness")),), ("pitch_st_mean", "mfcc1_mean")
    >>> table = FeatureTable(np.array([[-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]]), ("a", "b", "c"), names)
    >>> known = Known(table, task, {"emotion": Answers(np.array([0, 2]), np.array([0, 1]), np.ones(2))})
    >>> belief = trained(Views(task), known, np.random.default_rng(0)).predict(table)["emotion"]
    >>> belief.proba.argmax(axis=2).tolist()  # the views disagree about the second clip
    [[0, 0, 1], [0, 1, 1]]
    """

    task: Task
    learner: str = "recommended"
    by: str = "auto"
    _parts: list[Learner] = field(default_factory=list, repr=False)
    _columns: list[Ints] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        if self.by not in WAYS:
            raise UnknownName("way to divide features", self.by, WAYS)
        inner_learner(self.learner, self.task)

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Train a learner for each view."""
        views = column_views(known.table, self.by)
        self._columns, self._parts = list(views.values()), []
        for i, (name, columns) in enumerate(views.items()):
            yield Progress(i / len(views), f"{name}, {len(columns)} features")
            part = inner_learner(self.learner, self.task)
            for _ in part.train(replace(known, table=_of(known.table, columns)), rng):
                pass
            self._parts.append(part)

    def predict(self, table: FeatureTable) -> Prediction:
        """Return beliefs with a member for each view."""
        each = [part.predict(_of(table, columns)) for part, columns in zip(self._parts, self._columns, strict=True)]
        return {t.name: join_members([_one(prediction[t.name]) for prediction in each]) for t in self.task}

    #: The views are the committee: no bootstrap copies are wanted.
    committee = predict


def _of(table: FeatureTable, columns: Ints) -> FeatureTable:
    names = tuple(table.names[column] for column in columns.tolist()) if table.names else ()
    return replace(table, values=table.values[:, columns], names=names, key="")


def _one(belief: Belief) -> Belief:
    """Return what several members believe together, as one."""
    match belief:
        case Classes():
            return Classes(belief.mean[None], belief.bounds)
        case Scale(mean, std):
            spread = np.sqrt((std**2).mean(0) + mean.var(0))
            return Scale(mean.mean(0)[None], spread[None], belief.bounds)
