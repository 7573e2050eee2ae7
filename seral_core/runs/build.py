"""From a plan to a run that is ready to go: corpus, features, split, learner, steps and judge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.folds import Split, class_alarms
from seral_core.errors import BadPlan, UnknownName
from seral_core.far.engine import Engine, Here
from seral_core.far.table import FarTable
from seral_core.features.normaliser import Normaliser
from seral_core.features.table import FeatureTable
from seral_core.features.twins import twin_alarms
from seral_core.former import former
from seral_core.learners.base import Learner, learners
from seral_core.learners.cross_task import CrossTask
from seral_core.norms import norms
from seral_core.oracles.base import Oracle, oracles
from seral_core.runs.checkpoints import Checkpoints, KeptModels, nothing_kept
from seral_core.runs.data import Data, data_of
from seral_core.runs.events import Event
from seral_core.runs.far_data import check_far, far_pool
from seral_core.runs.fit import check_fit
from seral_core.runs.history import History
from seral_core.runs.judge import HeldOut, Judge, WholeSet
from seral_core.runs.loops import pool_loop
from seral_core.runs.parts import Surroundings, part
from seral_core.runs.plan import Plan
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step, rng_for
from seral_core.runs.source_model import source_model, source_task
from seral_core.runs.speech import Report
from seral_core.runs.step_plan import StepPlan
from seral_core.runs.stream import arrivals, stream_loop
from seral_core.runs.traced import check_traced
from seral_core.strategies.compose import chooses_first_labels, strategy_from
from seral_core.strategies.first import Stratified
from seral_core.types import Task


@dataclass(frozen=True, eq=False)
class PreparedRun:
    """All that a run needs, and what the user should know; see `ready`.

    Parameters
    ----------
    plan, corpus, table, split : Plan, Corpus, FeatureTable, Split
        What was asked for, and what it means; features are normalised by the pool.
    pool, learner, steps, judge : Pool, Learner, tuple of Step, Judge
        What `seral_core.runs.loops.pool_loop` takes; nothing is trained yet.
    start : Step or None
        Asks for the first labels; its strategy is the run's own where that chooses them.
    alarms : tuple of str
        What makes scores look better than they are, one sentence each.
    notes : tuple of str
        What was left out, guessed or chosen, one sentence each.
    data : str
        Hash that changes when segments, features, the split or labels do.
    kept : Checkpoints
        Where models of learners that can be kept are.
    normaliser : Normaliser
        How ``table`` was made of the features as they were extracted.
    raw : FeatureTable
        These features.
    """

    plan: Plan
    corpus: Corpus
    table: FeatureTable
    split: Split
    pool: Pool
    learner: Learner
    steps: tuple[Step, ...]
    start: Step | None
    judge: Judge
    alarms: tuple[str, ...]
    notes: tuple[str, ...]
    data: str
    kept: Checkpoints = nothing_kept
    normaliser: Normaliser | None = None
    raw: FeatureTable | None = None

    def _stream(self, past: Sequence[Event]) -> Iterator[Event]:
        plan, (step,) = self.plan, self.steps
        order = rng_for(plan.seed, 0, "arrival").permutation(len(self.pool.table))
        n = plan.buffer if getattr(step.strategy, "takes_all", False) else max(1, round(plan.keep * plan.buffer))
        return stream_loop(
            arrivals(self.pool.table, order.tolist()), self.pool.task, self.learner, replace(step, n=n), self.judge,
            buffer=plan.buffer, initial=plan.initial, seed=plan.seed, budget=plan.budget, past=past,
            alarms=self.alarms, data=self.data, kept=self.kept,
        )  # fmt: skip

    def check(self, past: Sequence[Event]) -> None:
        """Raise `BadLog` where ``past`` comes from other segments, features or labels."""
        History(past).check_same_data(self.data)

    def loop(self, past: Sequence[Event] = ()) -> Iterator[Event]:
        """Return the run's events, or those that are missing after ``past``. In a pool, labels fill ``pool``."""
        if self.plan.scenario == "stream":
            return self._stream(past)
        return pool_loop(
            self.pool,
            self.learner,
            self.steps,
            self.judge,
            start=self.start,
            seed=self.plan.seed,
            budget=self.plan.budget,
            past=past,
            alarms=self.alarms,
            data=self.data,
            kept=self.kept,
        )


def prepare(
    plan: Plan, report: Report | None = None, folder: Path | None = None, engine: Engine | None = None
) -> PreparedRun:
    """Build everything a plan speaks of.

    Parameters
    ----------
    plan : Plan
        What to build.
    report : callable, optional
        Told ``(done, total, what)`` while features are extracted.
    folder : Path, optional
        Of the run, where learners may keep their models; left out: nowhere.
    engine : Engine, optional
        Who looks at features that lie in partitions; left out: this process.

    Returns
    -------
    PreparedRun
        Nothing is trained or written yet.

    Raises
    ------
    SeralError
        When the plan cannot be carried out; the message says what to change.

    Examples
    --------
    >>> import tempfile
    >>> corpus, folder = toy_corpus(), tempfile.mkdtemp()
    >>> corpus.about.assign(emotion=corpus.gold("emotion")).to_csv(f"{folder}/clips.csv", index_label="file")
    >>> np.savez(f"{folder}/clips.npz", ids=corpus.ids, values=np.eye(4))
    >>> where = {"corpus": f"{folder}/clips.csv", "features": f"{folder}/clips.npz", "split": "speaker"}
    >>> made = prepare(Plan(**where, strategy="margin", initial=1, budget=2))
    >>> made.pool.table.ids, made.split.test, made.start.name
    (('b.wav', 'd.wav'), ('a.wav', 'c.wav'), 'first labels')
    >>> list(made.loop())[-1]
    Finished(spent=2.0, why='the budget is spent')
    """
    data = data_of(plan, report)
    check_traced(plan, data.task)
    related = source_task(data) if plan.source else ()
    around = Surroundings(data.corpus, folder, plan.device)
    steps = tuple(_step(plan, step, data, related) for step in plan.whole_steps)
    people = [step for step in steps if not step.by_machine]
    if not people:
        raise BadPlan("only the machine answers; expected a step with another oracle, such as oracle=gold; add one")
    pool = _pool(plan, data, steps, engine or Here(), folder)
    _check_budget(plan, pool, data.corpus, people)
    learner, notes, key = part(learners, plan.learner, data.task, around), data.notes, data.key
    if related:
        source = source_model(data)
        learner, notes, key = CrossTask(learner, source.beliefs), notes + source.notes, f"{key}-{source.key}"
    from_learner = getattr(learner, "notes", lambda _: ())(_values(plan, pool))
    return PreparedRun(
        plan, data.corpus, data.table, data.split, pool, learner, steps, _start(plan, people[0].oracle, data),
        _judge(plan, data), alarms_of(data.corpus, data.task, data.split, data.raw),
        (*notes, *from_learner, *_start_notes(plan, data.task)), key,
        KeptModels(folder) if folder is not None else nothing_kept, data.normaliser, data.raw,
    )  # fmt: skip


def _pool(plan: Plan, data: Data, steps: Sequence[Step], engine: Engine, folder: Path | None) -> Pool:
    if isinstance(data.table, FarTable):
        check_far(plan, data.task)
        first = _start(plan, steps[0].oracle, data)
        return far_pool(data.table, data.pool, data.task, (*steps, *([first] if first else [])), engine, folder)
    return Pool(data.table.only(data.pool), data.task, data.costs)


def alarms_of(corpus: Corpus, task: Task, split: Split, raw: FeatureTable) -> tuple[str, ...]:
    """Say what makes scores on a test part mean less than they seem to.

    Speakers or recordings on both sides, and classes that lack. In partitions, recordings are not compared.
    """
    same = () if isinstance(raw, FarTable) else twin_alarms(raw, split.pool, split.test)
    classes = [class_alarms(corpus, target, split.pool, split.test) for target in task]
    return tuple(dict.fromkeys((*split.alarms, *same, *(alarm for found in classes for alarm in found))))


def _step(plan: Plan, step: StepPlan, data: Data, related: Task) -> Step:
    for name in step.targets:
        if name not in {target.name for target in data.task}:
            raise UnknownName(f"target of step {step.name}", name, [target.name for target in data.task])
    asked = tuple(target for target in data.task if not step.targets or target.name in step.targets)
    others = tuple(target for target in data.task if target not in asked)
    check_fit(plan.learner, step.strategy, asked, (*others, *related), norms(plan.source.norms))
    oracle = part(oracles, step.oracle, data.corpus)
    return Step(step.name, strategy_from(step.strategy), oracle, step.n, step.targets, step.strategy)


def _judge(plan: Plan, data: Data) -> Judge:
    if plan.scenario == "stream" and (plan.judge == "whole-set" or plan.split == "none"):
        raise BadPlan(
            "a stream does not keep clips that it did not ask for, so it cannot be scored on the "
            "whole set; choose a test part"
        )
    if plan.judge == "whole-set" or plan.split == "none":
        return WholeSet(data.task, data.gold_of(data.pool))
    if not data.test:
        raise BadPlan(f"no labelled clip is left in the test part of {plan.split}; choose another split")
    table = data.table
    test = table.among(table.rows(data.test)) if isinstance(table, FarTable) else table.only(data.test)
    return HeldOut(test, data.task, data.gold_of(data.test))


def _start(plan: Plan, oracle: Oracle, data: Data) -> Step | None:
    if chooses_first_labels(plan.strategy, data.task):
        return Step("first labels", strategy_from(plan.strategy), oracle, plan.initial, called=plan.strategy)
    if plan.start != "stratified":
        return Step("first labels", strategy_from(plan.start), oracle, plan.initial, called=plan.start)
    target = next((t for t in data.task if not t.is_scale), None)
    if target is None:
        raise BadPlan("a stratified start needs classes; for scales choose --start k-means or random")
    strata = np.asarray(data.gold_of(data.pool)[target.name])
    return Step("first labels", Stratified(tuple(strata.tolist())), oracle, plan.initial)


def _start_notes(plan: Plan, task: Task) -> tuple[str, ...]:
    if plan.start == Plan.start or not chooses_first_labels(plan.strategy, task):
        return ()
    return (f"{plan.strategy} chooses its own first labels: --start {plan.start} is not used",)


def _values(plan: Plan, pool: Pool) -> float:
    """Return how many values a learner will get for a target at most: frames of traces, or labels."""
    rate_hz = max(target.rate_hz for target in pool.task)
    return min(plan.budget, float(pool.all_costs.sum())) * (rate_hz or 1.0)


def _check_budget(plan: Plan, pool: Pool, corpus: Corpus, people: Sequence[Step]) -> None:
    asked = {step.name: step.oracle for step in plan.whole_steps}
    costs, unit = pool.all_costs, "" if pool.costs is None else " s"
    for step in people:
        price = step.oracle.price * float(costs.min(initial=np.inf, where=costs > 0))
        if plan.budget < price < np.inf:
            raise BadPlan(
                f"got a budget of {plan.budget:g}{unit}, but one answer of {asked[step.name]} may cost "
                f"{price:g}{unit}; expected enough for one; raise --budget"
            )
    several = any(getattr(step.oracle, "votes", 1) > 1 for step in people)  # answers of several raters cost more
    whole = round(float(costs.sum()), 6)
    if plan.budget > whole and not several:
        have = f"{whole:g} labelled clips" if not unit else f"traces of {whole:g} s"
        raise BadPlan(
            f"got a budget of {plan.budget:g}{unit}, but the pool of {corpus.name} has {have} "
            f"({plan.split}, fold {plan.fold}); expected at most that; lower --budget"
        )
    first = plan.initial * people[0].oracle.price * float(costs.mean()) if unit else 0.0
    if first >= plan.budget and plan.initial > 1:
        raise BadPlan(
            f"got {plan.initial} first labels of {costs.mean():.0f} s on average and a budget of {plan.budget:g} s; "
            "expected first labels that leave something to choose; lower --initial, raise --budget, or ask for "
            "stretches: --stretch 10"
        )


if not TYPE_CHECKING:  # which would take any name for one of this file
    __getattr__ = former(__name__, {"ready": "prepare", "Ready": "PreparedRun"})
