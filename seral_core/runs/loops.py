"""The loop: train, score, ask, answer, label. Read this first.

A loop is a generator of events. It knows nothing of files or screens: whoever wants to keep, print
or draw a run listens to what it yields. Given the events of an interrupted run as ``past``, it goes
on where that run stopped and yields the rest, the same as if it had never stopped.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadLog
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Known, Learner, trained
from seral_core.learners.committee import Committee
from seral_core.learners.cross_task import beside
from seral_core.oracles.base import Oracle
from seral_core.runs.events import (
    Asked,
    Event,
    Finished,
    Labelled,
    Scored,
    Started,
    Trained,
    Training,
    Waiting,
)  # fmt: skip
from seral_core.runs.judge import Judge
from seral_core.runs.pool import Pool
from seral_core.strategies.base import Strategy
from seral_core.threads import one_thread
from seral_core.types import Label, Prediction, Query, Task

#: Costs are rounded to six digits; a difference below this is none.
TINY = 1e-6


@dataclass(frozen=True)
class Step:
    """One part of a round: this strategy chooses ``n`` segments, this oracle answers.

    Parameters
    ----------
    name : str
        Unique within the round.
    strategy : Strategy
        Chooses.
    oracle : Oracle
        Answers.
    n : int
        Number of segments, at most.
    targets : tuple of str
        Targets that are asked for; empty for all.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> from seral_core.oracles.base import oracles
    >>> from seral_core.strategies.base import strategies
    >>> step = Step("votes", strategies["random"], oracles["crowd"](toy_corpus(), agree=2), n=10, targets=("emotion",))
    >>> step.n * step.oracle.price
    30.0
    """

    name: str
    strategy: Strategy
    oracle: Oracle
    n: int
    targets: tuple[str, ...] = ()


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
) -> Iterator[Event]:
    """Run pool-based active learning until the budget is spent or nothing is left to ask.

    Parameters
    ----------
    pool : Pool
        What may be chosen; filled with labels as they come.
    learner : Learner
        Trained anew in every round.
    steps : sequence of Step
        What a round does, in order.
    judge : Judge
        Scores the learner in every round.
    start : Step, optional
        Asks for the first labels; left out, the first round's steps do.
    seed : int
        With the round and the role it gives every random choice its own address.
    budget : float
        Most that may be spent, in clips listened to.
    past : sequence of Event
        Events of the same run so far, to go on from.
    alarms : tuple of str
        What the user should be warned of; passed on in `Started`.
    data : str
        Hash of all that the run is made on, so that it is never resumed on something else; left out: that
        of the pool's table.

    Yields
    ------
    Event
        Those that are not in ``past``.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
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
    begin = Started(len(pool.table), seed, budget, tuple(t.name for t in pool.task), alarms, data)
    with one_thread():
        yield from history.news(begin)
        for number in count():
            known = pool.known()
            begun = len(known) > 0
            if begun and not history.passed(number):
                yield from train_and_score(learner, known, number, seed, judge, pool.spent, history)
            why = _over(pool, steps, budget)
            if why:
                yield Finished(pool.spent, why)
                return
            before = len(pool.labels)
            for step in steps if begun or start is None else (start,):
                asked = history.asked(number, step.name)
                if asked is None:
                    asked = _ask(pool, learner if begun else None, known, step, number, seed, budget)
                    yield asked
                query = Query(asked.segments, _asked_for(pool, step), number, step.name)
                yield from _answer(pool, learner, step, query, seed, history)
                if waiting := _unanswered(pool, query):
                    yield Waiting(number, step.name, waiting)
                    return
            if len(pool.labels) == before:
                yield Finished(pool.spent, "nobody had an answer left to give")
                return


def train_and_score(
    learner: Learner, known: Known, number: int, seed: int, judge: Judge | None, spent: float, history: History
) -> Iterator[Event]:
    """Train the learner, and score it where there is a judge; in a resumed round say only what is new.

    Parameters
    ----------
    learner : Learner
        Trained in place.
    known : Known
        What it learns from.
    number, seed : int
        Of the round, and of the run.
    judge : Judge, optional
        None where there is nothing to score on.
    spent : float
        Clips listened to so far.
    history : History
        What a resumed run has said already.

    Yields
    ------
    Event
        `Training`, `Trained` and `Scored`.

    Examples
    --------
    >>> from seral_core.learners.base import Answers, learners
    >>> from seral_core.types import Target
    >>> task = (Target("arousal"),)
    >>> table = FeatureTable(np.arange(3.0)[:, None], ("a", "b", "c"))
    >>> known = Known(table, task, {"arousal": Answers(np.array([0, 2]), np.array([-1.0, 1.0]), np.ones(2))})
    >>> unjudged = lambda learner, known: ({}, {})
    >>> for event in train_and_score(learners["ridge"](task), known, 1, 0, unjudged, 20, History([])):
    ...     print(event)
    Trained(round=1, labelled=2)
    Scored(round=1, spent=20, scores={}, detail={})
    """
    for progress in learner.train(known, rng_for(seed, number, "train")):
        yield Training(number, progress.done, progress.text)
    yield from history.news(Trained(number, len(known)))
    if judge is not None and not history.has(Scored, number):
        scores, detail = judge(learner, known)
        yield Scored(number, spent, scores, detail)


def _ask(pool: Pool, learner: Learner | None, known: Known, step: Step, number: int, seed: int, budget: float) -> Asked:
    n, task = step.n, _asked_for(pool, step)
    if step.oracle.price > 0:
        n = min(n, int((budget - pool.spent) / step.oracle.price + TINY))
    view = pool.view(task, number)
    if learner is not None:
        committee = LazyCommittee(learner, known, number, seed)
        view = pool.view(task, number, learner.predict, committee, **beside(learner))
    rows = step.strategy(view, n, rng_for(seed, number, f"ask {step.name}"))
    return Asked(number, step.name, tuple(pool.table.ids[row] for row in rows), "; ".join(view.remarks))


def _asked_for(pool: Pool, step: Step) -> Task:
    return tuple(target for target in pool.task if not step.targets or target.name in step.targets)


def _answer(pool: Pool, learner: Learner, step: Step, query: Query, seed: int, history: History) -> Iterator[Event]:
    recorded = history.labels(query.round, step.name)
    pool.add(recorded)
    if recorded and not _unanswered(pool, query):
        return
    have = {(label.segment, label.target, label.annotator) for label in recorded}
    answers = step.oracle.answer(query, learner, rng_for(seed, query.round, f"answer {step.name}"))
    new = tuple(label for label in answers if (label.segment, label.target, label.annotator) not in have)
    if new:
        pool.add(new)
        yield Labelled(query.round, step.name, new)


def _unanswered(pool: Pool, query: Query) -> tuple[str, ...]:
    return tuple(s for s in query.segments if not all(pool.has(s, target) for target in query.task))


def _over(pool: Pool, steps: Sequence[Step], budget: float) -> str:
    cheapest = min((step.oracle.price for step in steps if step.oracle.price > 0), default=0.0)
    if pool.spent + max(cheapest, TINY) > budget + TINY:
        return "the budget is spent"
    return "" if len(pool.candidates()) else "every segment is labelled"


def rng_for(seed: int, number: int, role: str) -> Generator:
    """Return the generator that belongs to a seed, a round and a role.

    Nothing has to be stored to resume a run, and another step does not shift the others.

    Parameters
    ----------
    seed, number : int
        Of the run, and of the round; 0 or more.
    role : str
        What it is for, such as ``"train"``.

    Examples
    --------
    >>> int(rng_for(0, 1, "train").integers(100)) == int(rng_for(0, 1, "train").integers(100))
    True
    """
    return np.random.default_rng([seed, number, zlib.crc32(role.encode())])


class LazyCommittee:
    """Bootstrap copies of the learner, trained when a strategy first asks for them.

    Parameters
    ----------
    learner : Learner
        Copied for each member.
    known : Known
        What bootstrap samples are drawn from.
    number, seed : int
        Of the round, and of the run.

    Examples
    --------
    >>> from seral_core.learners.base import Answers, learners
    >>> from seral_core.types import Target
    >>> task = (Target("arousal"),)
    >>> table = FeatureTable(np.arange(3.0)[:, None], ("a", "b", "c"))
    >>> known = Known(table, task, {"arousal": Answers(np.array([0, 2]), np.array([-1.0, 1.0]), np.ones(2))})
    >>> committee = LazyCommittee(learners["ridge"](task), known, number=1, seed=0)
    >>> committee(table)["arousal"].mean.shape
    (5, 3)
    """

    def __init__(self, learner: Learner, known: Known, number: int, seed: int) -> None:
        self._committee, self._known = Committee(learner), known
        self._rng: Generator | None = rng_for(seed, number, "committee")

    def __call__(self, table: FeatureTable) -> Prediction:
        """Return what the committee believes; train it first where that was not done yet."""
        if self._rng is not None:
            trained(self._committee, self._known, self._rng)
            self._rng = None
        return self._committee.predict(table)


class History:
    """What has happened already, by round.

    Parameters
    ----------
    past : iterable of Event
        Events of the run so far.

    Examples
    --------
    >>> label = Label("a.wav", "arousal", 0.5, "r1")
    >>> history = History([Asked(0, "query", ("a.wav",)), Labelled(0, "query", (label,)), Trained(1, 1)])
    >>> history.asked(0, "query").segments, len(history.labels(0, "query")), history.has(Trained, 1), history.passed(1)
    (('a.wav',), 1, True, False)
    >>> list(history.news(Trained(1, 1))), list(history.news(Trained(2, 1)))
    ([], [Trained(round=2, labelled=1)])
    """

    def __init__(self, past: Iterable[Event]) -> None:
        self._past = [event for event in past if not isinstance(event, Training | Waiting)]
        self._rounds = [getattr(event, "round", -1) for event in self._past]
        self._last = max(self._rounds, default=-1)
        self._by_key: dict[tuple[type[Event], int, str], list[Event]] = {}
        for event, number in zip(self._past, self._rounds, strict=True):
            key = (type(event), number, getattr(event, "step", ""))
            self._by_key.setdefault(key, []).append(event)

    def has(self, kind: type[Event], number: int = -1) -> bool:
        """Whether an event of this kind happened in this round (-1: outside the rounds)."""
        return (kind, number, "") in self._by_key

    def check_same_data(self, now: str) -> None:
        """Raise `BadLog` where the run began with other segments, features or labels."""
        for event in self._past:
            if isinstance(event, Started) and event.data != now:
                raise BadLog(
                    f"the run began on other data ({event.data}, now {now}): its segments, features or labels "
                    "have changed; bring them back, or start a new run in another folder (--out)"
                )

    def passed(self, number: int) -> bool:
        """Whether a later round has begun, so that this one needs no model any more."""
        return self._last > number

    def news(self, event: Event) -> Iterator[Event]:
        """Yield the event unless one of its kind happened in its round."""
        if not self.has(type(event), getattr(event, "round", -1)):
            yield event

    def asked(self, number: int, step: str) -> Asked | None:
        """Return the question that was put already, so that people see the same one again."""
        for event in self._by_key.get((Asked, number, step), ()):
            if isinstance(event, Asked):
                return event
        return None

    def labels(self, number: int, step: str) -> tuple[Label, ...]:
        """Return the labels that were given already."""
        events = self._by_key.get((Labelled, number, step), ())
        return tuple(label for event in events if isinstance(event, Labelled) for label in event.labels)
