"""The loop: train, score, ask, answer, label. Read this first.

A loop is a generator of events. It knows nothing of files or screens: a caller that wants to keep,
print or draw a run listens to what it yields. Given the events of an interrupted run as ``past``,
it goes on where that run stopped and yields the rest, the same as if it had never stopped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

import numpy as np

from seral_core.learners.base import Learner
from seral_core.runs.checkpoints import Checkpoints, nothing_kept
from seral_core.runs.events import NO_ANSWER, Asked, Event, Finished, Started, Waiting, Withdrawn
from seral_core.runs.history import History
from seral_core.runs.judge import Judge
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Round, Step, labelled, wished
from seral_core.runs.self_training import are_lost, check_in_place, in_place, label_in_place
from seral_core.threads import one_thread_each_step
from seral_core.types import Floats, Ints, Query

#: Costs are rounded to six digits; a difference below this is none.
TINY = 1e-6
SPENT = "the budget is spent"


@one_thread_each_step
def pool_loop(
    pool: Pool,
    learner: Learner,
    steps: Sequence[Step],
    judge: Judge,
    *,
    start: Step | None = None,
    seed: int = 0,
    budget: float,
    past: Sequence[Event] = (),
    alarms: tuple[str, ...] = (),
    data: str = "",
    kept: Checkpoints = nothing_kept,
) -> Iterator[Event]:
    """Run pool-based active learning until the budget is spent or nothing is left to ask.

    Parameters
    ----------
    pool : Pool
        What may be chosen; filled with labels as they come.
    learner : Learner
        Trained in every round: from scratch, or from the last round's model where ``goes_on`` is
        true.
    steps : sequence of Step
        What a round does, in order.
    judge : Judge
        Scores the learner in every round.
    start : Step, optional
        Asks for the first labels; left out, the first round's steps do.
    seed : int
        With the round and the role it gives every random choice its own address.
    budget : float
        Most that may be spent, in what the pool counts costs in: clips listened to, or seconds.
    past : sequence of Event
        Events of the same run so far, to go on from.
    alarms : tuple of str
        What the user should be warned of; passed on in `Started`.
    data : str
        Hash of all that the run is made on, so that it is never resumed on something else; left
        out: that of the pool's table.
    kept : Checkpoints
        Where models of learners that can be kept are; left out: nowhere.

    Yields
    ------
    Event
        Those that are not in ``past``.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.learners.base import learners
    >>> from seral_core.oracles.base import oracles
    >>> from seral_core.strategies.base import strategies
    >>> corpus = toy_corpus(); task = corpus.task[:1]
    >>> pool = Pool(FeatureTable(np.arange(4.0)[:, None], corpus.ids), task)
    >>> ask = Step("query", strategies["random"], oracles["gold"](corpus), 2)
    >>> unjudged = lambda learner, known: ({}, {})
    >>> for event in pool_loop(pool, learners["logistic-regression"](task), [ask], unjudged, budget=4):
    ...     print(type(event).__name__, end=" ")
    Started Asked Labelled Trained Scored Asked Labelled Trained Scored Finished
    """
    history = History(past)
    data = data or pool.table.fingerprint
    history.check_same_data(data)
    if history.has(Finished):
        return
    far = in_place(pool, learner)
    again = far is not None and are_lost(far, history)
    if far is not None:
        check_in_place(far, steps)
    targets, unit = tuple(t.name for t in pool.task), "clips" if pool.costs is None else "seconds"
    yield from history.news(Started(len(pool.table), seed, budget, targets, alarms, data, unit))
    for number in count():
        apart = any(getattr(step.oracle, "honest", False) or getattr(step.oracle, "measure", "") for step in steps)
        by_people = pool.known_by_people() if apart and (again or not history.passed(number)) else None
        now = Round(seed, number, learner, pool.known(), history, kept, by_people, again)
        if now.needs_training:
            yield from now.train(judge, pool.spent, pool.by_machine_alone)
        if why := _over(pool, steps, budget):
            yield Finished(pool.spent, why)
            return
        before = pool.changes
        for step in steps if now.has_model or start is None else (start,):
            if step.by_machine and not now.has_model:
                continue
            if step.by_machine and far is not None:
                yield from label_in_place(far, now, step)
                continue
            asked = history.asked(number, step.name)
            yield from _withdraw(pool, now, step, decided=asked is not None)
            if asked is None:
                asked = _ask(pool, now, step, budget)
                yield asked
            query = Query(asked.segments, step.of(pool.task), number, step.name, about=asked.about, whom=asked.whom)
            yield from _answer(pool, now, step, query)
            if waiting := () if step.by_machine else _unanswered(pool, query):
                yield Waiting(number, step.name, waiting)
                return
        if pool.changes == before:
            yield Finished(pool.spent, NO_ANSWER)
            return


def _withdraw(pool: Pool, now: Round, step: Step, decided: bool) -> Iterator[Event]:
    """Let the machine take back what it would no longer say, before it labels more."""
    recorded = now.history.withdrawn(now.number, step.name)
    if recorded is not None:
        pool.withdraw(recorded.segments, recorded.targets)
    elif step.by_machine and not decided and not now.history.passed(now.number):
        task, given = step.of(pool.task), pool.by_machine
        segments = now.withdrawn(step, task, [label for target in task for label in given[target.name]])
        if segments:
            event = Withdrawn(now.number, step.name, segments, tuple(target.name for target in task))
            pool.withdraw(event.segments, event.targets)
            yield event


def _ask(pool: Pool, now: Round, step: Step, budget: float) -> Asked:
    n, left = step.n, budget - pool.spent + TINY
    task = step.of(pool.task)
    candidates, cheapest = pool.within(task, step.oracle.price, left, untouched=step.by_machine)
    if step.oracle.price > 0 and len(candidates):
        n = min(n, int(left / cheapest))
    if n < 1 or not len(candidates):
        return Asked(now.number, step.name, ())
    view = pool.view(task, now.number, now.offers(), untouched=step.by_machine).among(candidates)
    if hasattr(step.oracle, "shares"):
        view = replace(view, shares=step.oracle.shares(task))
    rows, remark = now.choose(step.strategy, step.name, view, n, step.called)
    rows = rows[_affordable(step.oracle.price * pool.cost_of(rows), left)]
    about, whom = wished(view, rows)
    return Asked(now.number, step.name, tuple(pool.table.ids[row] for row in rows), remark, about=about, whom=whom)


def _affordable(prices: Floats, left: float) -> Ints:
    """Return which of the chosen can be paid, the first ones first: one that is too dear is passed over."""
    kept = []
    for i, price in enumerate(prices.tolist()):
        if price <= left:
            kept.append(i)
            left -= price
    return np.array(kept, dtype=np.intp)


def _answer(pool: Pool, now: Round, step: Step, query: Query) -> Iterator[Event]:
    recorded = now.history.labels(query.round, step.name)
    pool.add(recorded)
    # Where a later round has begun, or another step of this one was asked, nothing more was
    # answered here.
    if now.history.passed(query.round) or (recorded and not _unanswered(pool, query)):
        return
    if getattr(step.oracle, "needs_given", False):
        query = replace(query, given=tuple(pool.labels))
    new = pool.charged(now.answers(step, query, recorded)) if query.segments else ()
    pool.add(new)
    yield from labelled(query.round, step.name, new)


def _unanswered(pool: Pool, query: Query) -> tuple[str, ...]:
    return tuple(s for s, task, rater in query.questions() if not all(pool.has(s, target, rater) for target in task))


def _over(pool: Pool, steps: Sequence[Step], budget: float) -> str:
    cheapest = min((step.oracle.price for step in steps if step.oracle.price > 0), default=0.0)
    if not len(candidates := pool.candidates()):
        return "every segment is labelled" if pool.spent + max(cheapest, TINY) <= budget + TINY else SPENT
    cheapest *= float(pool.cost_of(candidates).min())
    if pool.spent + max(cheapest, TINY) <= budget + TINY:
        return ""
    left = budget - pool.spent
    return SPENT if pool.costs is None or left < 1 else f"no segment left fits into the last {left:.0f} s of the budget"
