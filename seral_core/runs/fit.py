"""Before a run: do its learner and strategy take its targets? Tried on made-up numbers, once a process."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import learners, trained
from seral_core.learners.committee import Committee
from seral_core.learners.cross_task import CrossTask, SourceBeliefs, beside
from seral_core.norms import NRC, Norms
from seral_core.runs.parts import part
from seral_core.runs.pool import Pool
from seral_core.strategies.base import Strategy
from seral_core.strategies.compose import Succession, strategy_from
from seral_core.types import Label, Target, Task, Trace, Value

ROWS, LABELLED = 12, 6


@lru_cache(maxsize=64)
def check_fit(learner: str, strategy: str, task: Task, related: Task = (), norms: Norms = NRC) -> None:
    """Check that a learner and a strategy can take the targets, before anything is recorded.

    Parameters
    ----------
    learner, strategy : str
        As a plan has them.
    task : tuple of Target
        What is to be learned.
    related : tuple of Target
        What a source model knows; none without one.
    norms : Norms
        Where classes lie on the dimensions.

    Raises
    ------
    BadPlan
        When one does not fit; the message names it and what would.

    Examples
    --------
    >>> check_fit("recommended", "margin", (Target("arousal"),))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: strategy 'margin' does not fit: this strategy needs classes, but arousal is not; ...
    """
    rng = np.random.default_rng(0)
    values, ids = rng.normal(size=(ROWS, 3)), tuple(f"c{i}" for i in range(ROWS))
    pool = Pool(FeatureTable(values, ids, rate_hz=max((t.rate_hz for t in task), default=0.0)), task)
    pool.add(Label(f"c{i}", t.name, _value(t, i), "nobody") for i in range(LABELLED) for t in task)
    fresh = part(learners, learner, task)
    if related:
        fresh = CrossTask(fresh, SourceBeliefs.uniform(related, pool.table.ids, norms))
    made = trained(fresh, pool.known(), rng)
    committee = trained(Committee(made), pool.known(), rng)
    view = pool.view(task, 1, made.predict, committee.predict, **beside(made))
    for phase in _phases(strategy_from(strategy)):
        try:
            phase(view, 1, rng)
        except BadPlan as wrong:
            raise BadPlan(f"strategy '{strategy}' does not fit: {wrong}") from None


def _value(target: Target, number: int) -> Value | Trace:
    value: Value = target.classes[number % len(target.classes)] if target.classes else target.low
    if target.is_scale and np.isfinite(target.high - target.low):
        value = target.low + (target.high - target.low) * number / LABELLED
    return (value,) if target.rate_hz else value  # type: ignore[return-value]


def _phases(strategy: Strategy) -> list[Strategy]:
    if isinstance(strategy, Succession):
        return [*(phase for _, phase in strategy.phases), strategy.last]
    return [strategy]
