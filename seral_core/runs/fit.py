"""Before a run: do its learner and strategy take its targets? Tried on made-up numbers, once a process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.random import Generator

from seral_core import own
from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Known, Learner, Progress, learners, trained
from seral_core.learners.cross_task import CrossTask, SourceBeliefs
from seral_core.learners.offers import offers_of
from seral_core.norms import NRC, Norms
from seral_core.runs.parts import hears, part
from seral_core.runs.pool import Pool
from seral_core.strategies.base import Strategy
from seral_core.strategies.compose import Succession, phases_of, strategy_from
from seral_core.types import Floats, Label, Prediction, Target, Task, Trace, Value

ROWS, LABELLED, FRAMES = 12, 6, 4


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
    rate_hz = max((t.rate_hz for t in task), default=0.0)
    frames, ids = FRAMES if rate_hz else 1, tuple(f"c{i}" for i in range(ROWS))
    bounds = np.arange(0, frames * ROWS + 1, frames)
    pool = Pool(FeatureTable(rng.normal(size=(frames * ROWS, 3)), ids, bounds=bounds, rate_hz=rate_hz), task)
    pool.add(Label(f"c{i}", t.name, _value(t, i), "nobody") for i in range(LABELLED) for t in task)
    fresh = _made(learner, task)
    if related:
        fresh = CrossTask(fresh, SourceBeliefs.uniform(related, pool.table.ids, norms))
    made = trained(fresh, pool.known(), rng)
    view = pool.view(task, 1, offers_of(made, pool.known(), rng))
    for phase in _phases(strategy_from(strategy)):
        try:
            phase(view, 1, rng)
        except BadPlan as wrong:
            raise BadPlan(f"strategy '{own.shown(strategy)}' does not fit: {wrong}") from None
        except Exception:
            if not own.names_in([strategy]):
                raise
            # A user's own may want more than a few made-up clips; where it fails in the run, that is said there.


def _made(learner: str, task: Task) -> Learner:
    """Return the learner, or one that stands for it: of one that hears, for made-up clips have no sound; and of a
    user's own, which may want more than a few labels.
    """
    name = phases_of(learner)[0].name
    if own.is_own(name) and not hears(learners[name]):
        part(learners, learner, task)
        return learners["recommended"](task)
    return _Deaf(learners["recommended"](task)) if hears(learners[name]) else part(learners, learner, task)


@dataclass(frozen=True)
class _Deaf:
    learner: Learner

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        return self.learner.train(known, rng)

    def predict(self, table: FeatureTable) -> Prediction:
        return self.learner.predict(table)

    def embed(self, table: FeatureTable) -> Floats:
        return np.asarray(table.pooled().values, dtype=np.float64)


def _value(target: Target, number: int) -> Value | Trace:
    value: Value = target.classes[number % len(target.classes)] if target.classes else target.low
    if target.is_scale and np.isfinite(target.high - target.low):
        value = target.low + (target.high - target.low) * number / LABELLED
    return (value,) * FRAMES if target.rate_hz else value  # type: ignore[return-value]


def _phases(strategy: Strategy) -> list[Strategy]:
    if isinstance(strategy, Succession):
        return [*(phase for _, phase in strategy.phases), strategy.last]
    return [strategy]
