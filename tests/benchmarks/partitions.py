"""Rounds on 100,000 clips in partitions against the same in memory: same picks, in at most half as long again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.far.opening import open_far
from seral_core.features.table import FeatureTable
from seral_core.learners.base import learners
from seral_core.runs.events import Asked
from seral_core.runs.far_pool import FarPool
from seral_core.runs.loops import pool_loop
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step
from seral_core.strategies.base import strategies
from tests.benchmarks.far import BATCH, EMOTION, FIRST, Teacher, made

CLIPS, ROUNDS = 100_000, 6


class Rounds:
    """A few rounds of a strategy, in memory and in partitions.

    Parameters
    ----------
    strategy : str
        Its name.
    """

    def __init__(self, strategy: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="seral-bench-")  # gone with the case
        self.strategy, self.far = strategy, open_far(made(Path(self._folder.name), CLIPS))
        values = np.concatenate([block.table().values for block in self.far.blocks])
        self.near = FeatureTable(values, tuple(self.far.ids))
        self.far.there([])  # the lookup of ids is made once a set

    def in_memory(self) -> list[int]:
        """Return what rounds in memory ask for."""
        return self._picks(Pool(self.near, (EMOTION,)))

    def in_partitions(self) -> list[int]:
        """Return what rounds in partitions ask for."""
        return self._picks(FarPool(self.far, (EMOTION,)))

    def _picks(self, pool: Any) -> list[int]:
        oracle, picks = Teacher(pool.table), list[int]()
        loop = pool_loop(
            pool, learners["recommended"]((EMOTION,)), [Step("query", strategies[self.strategy], oracle, BATCH)],
            lambda learner, known: ({}, {}), start=Step("first", strategies["random"], oracle, FIRST),
            budget=FIRST + BATCH * ROUNDS,
        )  # fmt: skip
        for event in loop:
            if isinstance(event, Asked):
                picks += pool.table.rows(event.segments).tolist()
        return picks
