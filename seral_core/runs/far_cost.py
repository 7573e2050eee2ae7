"""A round of a strategy on a sample of partitions, for what a run will cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from seral_core.far.cost import Measured, measure
from seral_core.far.engine import Here
from seral_core.far.table import FarTable
from seral_core.learners.base import learners, trained
from seral_core.learners.offers import offers_of
from seral_core.runs.far_pool import FarPool
from seral_core.strategies.compose import strategy_from
from seral_core.strategies.parts import check_parts
from seral_core.types import Label, Task


class Kept(Here):
    """Keeps what partitions returned, and what they were told."""

    def __init__(self) -> None:
        self.results: list[Any] = []
        self.shared: Any = None

    def map(self, work: Callable[[Any, Any], Any], items: Any, shared: Any) -> Iterator[Any]:
        """Yield what the work gives, and keep it."""
        self.shared = shared
        for result in super().map(work, items, shared):
            self.results.append(result)
            yield result


def cost_of(table: FarTable, strategy: str, learner: str, task: Task, batch: int, labels: int, parts: int) -> Measured:
    """Measure what a round costs, with labels that are made up.

    Parameters
    ----------
    table : FarTable
        The set.
    strategy, learner : str
        As of a plan.
    task : tuple of Target
        What is asked for.
    batch, labels : int
        Labels a round, and labels known already.
    parts : int
        Partitions that are worked on.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> from seral_core.types import Target
    >>> found = cost_of(far_example(np.eye(8), 4), "margin", "recommended", (Target("e", ("a", "b")),), 1, 4, 2)
    >>> found.parts, found.sent_bytes > 0
    (2, True)
    """
    check_parts(strategy_from(strategy), strategy)

    def rounds(small: FarTable) -> Iterator[Any]:
        engine, rng = Kept(), np.random.default_rng(0)
        pool = FarPool(small, task, engine)
        rows = rng.permutation(len(small))[: labels + 9 * batch].tolist()
        for turn in range(8):
            some = rows[:labels] if not turn else rows[labels + (turn - 1) * batch : labels + turn * batch]
            pool.add(_made_up(small, task, some, rng))
            model = trained(learners[learner](task), pool.known(), rng)
            engine.results.clear()
            strategy_from(strategy)(pool.view(task, turn, offers_of(model, pool.known(), rng)), batch, rng)
            yield list(engine.results), engine.shared

    return measure(table, rounds, parts)


def _made_up(table: FarTable, task: Task, rows: list[int], rng: np.random.Generator) -> list[Label]:
    found = []
    for place, row in enumerate(rows):
        for target in task:
            value = float(rng.uniform(target.low, target.high)) if target.is_scale else ""
            found.append(
                Label(table.ids[row], target.name, value or target.classes[place % len(target.classes)], "made up")
            )
    return found
