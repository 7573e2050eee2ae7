"""A round of self-training on a large pool: predict all, label what is surest, learn again; beside plain arrays."""

from __future__ import annotations

import numpy as np

from seral_core.learners.per_target import PerTarget
from seral_core.learners.softmax import SoftmaxRegression
from seral_core.oracles.base import oracles
from seral_core.runs.events import Trained
from seral_core.runs.loops import pool_loop
from seral_core.runs.rounds import Step
from seral_core.strategies.base import strategies
from tests.benchmarks.data import EMOTION, Data

ROWS, FEATURES, KNOWN, MACHINE = 100_000, 88, 400, 20_000


class SelfTraining:
    """The first labels are people's; the machine then labels the surest, and the model learns from all."""

    def __init__(self) -> None:
        self.data = Data(ROWS, FEATURES)
        self.model = SoftmaxRegression(C=0.03, balanced=True)
        _ = self.data.table  # made once, as the arrays are

    def plain(self) -> list[int]:
        """Return the rows that are labelled in the end: a round as one would write it for these arrays alone."""
        x, y = self.data.values, self.data.classes.copy()
        self.model.fit(x[:KNOWN], y[:KNOWN])
        proba = self.model.predict_proba(x[KNOWN:])
        sure = proba.max(axis=1)
        top = np.argpartition(-sure, MACHINE)[:MACHINE]
        top = KNOWN + top[np.argsort(-sure[top], kind="stable")]
        y[top] = proba[top - KNOWN].argmax(axis=1)
        rows = np.concatenate([np.arange(KNOWN), np.sort(top)])
        self.model.fit(x[rows], y[rows])
        return rows.tolist()

    def ours(self) -> list[int]:
        """Return the same of the real loop, from its first model to the one that learned the machine's labels."""
        pool = self.data.pool((EMOTION,), KNOWN)
        sure = oracles["machine"](None, above=0.0)  # the machine knows only what it believes
        step = Step("machine", strategies["most-confident"], sure, MACHINE)
        learner = PerTarget((EMOTION,), self.model)
        for event in pool_loop(pool, learner, [step], lambda *_: ({}, {}), budget=10**9):
            if isinstance(event, Trained) and event.machine:
                break
        return pool.known().answers[EMOTION.name].rows.tolist()
