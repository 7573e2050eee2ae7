"""A run's data where features lie in partitions: the corpus's labels are in memory, its features are not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from seral_core.errors import BadFeatures, BadPlan
from seral_core.far.block import Block
from seral_core.far.description import Moments
from seral_core.far.engine import Engine
from seral_core.far.table import FarTable
from seral_core.features.normaliser import Normaliser
from seral_core.runs.far_pool import FarPool, kept_in
from seral_core.runs.far_speakers import by_speaker
from seral_core.runs.plan import Plan
from seral_core.runs.rounds import Step
from seral_core.strategies.base import Strategy
from seral_core.strategies.compose import recommended_for, strategy_from
from seral_core.strategies.parts import check_parts
from seral_core.types import Ints, Task


def check_far(plan: Plan, task: Task) -> None:
    """Raise `BadPlan` where a plan asks for what is not done with features in partitions.

    Examples
    --------
    >>> check_far(Plan(pca=0.9), ())
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got pca=0.9 with features in partitions; expected none; ...
    """
    asks = {
        f"pca={plan.pca:g}": plan.pca > 0,
        f"scenario={plan.scenario}": plan.scenario != "pool",
        "a source": bool(plan.source),
        f"stretch={plan.stretch:g}": plan.stretch > 0,
        "targets in time": any(target.rate_hz for target in task),
    }
    for what, asked in asks.items():
        if asked:
            raise BadPlan(
                f"got {what} with features in partitions; expected none; leave it out, or give features that fit in "
                "memory"
            )


def scale_of(table: FarTable, rows: Ints, engine: Engine) -> Normaliser:
    """Return how features come to the scale of some rows, the pool's: by their mean and variance; one look at each.

    Examples
    --------
    >>> from seral_core.far.engine import Here
    >>> from seral_core.far.table import far_example
    >>> found = scale_of(far_example(), np.array([0, 2]), Here())
    >>> found.centre, found.spread
    (array([1.]), array([1.]))
    """
    if table.normalised:
        raise BadFeatures(
            f"got features that are normalised already ({table.normalised}); expected them as they were extracted; "
            "extract them again"
        )
    moments: Moments | None = None
    for each in engine.map(_moments, [block for _, block in table.among(rows).firsts()], None):
        moments = each if moments is None else moments.joined(each)
    if moments is None:
        raise BadPlan("no clip of the pool has features and gold; expected some; check the corpus and the features")
    variance = moments.square / moments.count
    return Normaliser(False, moments.mean, variance, moments.mean, variance, names=table.names)


def _moments(block: Block, _: None) -> Moments:
    return Moments.of(block.table().values)


def far_sides(
    raw: FarTable,
    pool: Sequence[str],
    test: Sequence[str],
    engine: Engine,
    speakers: Mapping[str, str | None] | None = None,
) -> tuple[FarTable, Normaliser]:
    """Return the rows of pool and test part on the pool's scale; of speakers first, where it is said who speaks.

    Examples
    --------
    >>> from seral_core.far.engine import Here
    >>> from seral_core.far.table import far_example
    >>> table, _ = far_sides(far_example(), ("a", "c"), ("e",), Here())
    >>> table.only(["a", "e"]).values.ravel().tolist()
    [-1.0, 3.0]
    """
    inside, ids = raw.rows(pool), [*pool, *test]
    rows = raw.rows(ids)
    scale, table = scale_of(raw, inside, engine), raw.among(rows)
    if speakers is None:
        return table.scaled(scale), scale
    order = np.argsort(rows, kind="stable")
    who = [speakers.get(ids[at]) for at in order.tolist()]
    return by_speaker(table, who, np.searchsorted(rows[order], np.unique(inside)), scale, engine)


def in_order(table: FarTable, ids: Sequence[str]) -> tuple[str, ...]:
    """Return segments in the order of the table.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> in_order(far_example(), ["e", "b"])
    ('b', 'e')
    """
    order = np.argsort(table.rows(ids), kind="stable")
    return tuple(ids[i] for i in order.tolist())


def far_pool(
    table: FarTable, pool: Sequence[str], task: Task, steps: Sequence[Step], engine: Engine, folder: Path | None
) -> FarPool:
    """Return the pool of a run, once all its strategies take partitions; raise `BadPlan` where one does not."""
    for step in steps:
        check_parts(
            _meant(step.called, task) if step.called == "recommended" else step.strategy, step.called or step.name
        )
    rows = table.among(table.rows(pool))
    return FarPool(rows, task, engine, kept_in(folder))


def check_strategy(strategy: str, task: Task) -> None:
    """Raise `BadPlan` where a strategy does not take partitions.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> check_strategy("margin", (Target("emotion", ("anger", "sadness")),))
    >>> check_strategy("batchbald", (Target("emotion", ("anger", "sadness")),))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: batchbald needs the whole pool at once, but it lies in partitions; let it see a ...
    """
    check_parts(_meant(strategy, task), strategy)


def _meant(strategy: str, task: Task) -> Strategy:
    """Return a strategy by its name: of scales, what is recommended looks at the whole pool."""
    return strategy_from(recommended_for(task) if strategy == "recommended" else strategy)


def notes_of(table: FarTable) -> tuple[str, ...]:
    """Return what the user should know of features in partitions.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> notes_of(far_example())
    ('features lie in 2 partitions at example',)
    """
    return (
        f"features lie in {len(table.blocks)} partitions at {table.where}",
        *table.left_out(),
    )
