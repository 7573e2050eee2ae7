"""The stream loop: clips arrive, some are asked for, the others are let go for good.

Like the pool loop it is a generator of events and goes on from ``past``. It keeps the buffer, the
features of the clips it asked for, the labels and the model, and nothing of what it let go but one
byte a clip: whether it was asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count

import numpy as np
from numpy.random import Generator

from seral_core.features.table import FeatureTable, joined
from seral_core.learners.base import Known, Learner
from seral_core.runs.events import Asked, Event, Finished, Labelled, Passed, Started
from seral_core.runs.judge import Judge
from seral_core.runs.loops import History, LazyCommittee, Step, rng_for, train_and_score
from seral_core.runs.pool import Pool
from seral_core.strategies.base import View
from seral_core.threads import one_thread
from seral_core.types import Ints, Label, Query, Task

#: Name of the step that asks for the first arrivals, all of them.
FIRST = "first labels"


def stream_loop(
    source: Iterable[FeatureTable],
    task: Task,
    learner: Learner,
    step: Step,
    judge: Judge | None,
    *,
    buffer: int,
    initial: int = 0,
    seed: int = 0,
    budget: float = float("inf"),
    past: Sequence[Event] = (),
    alarms: tuple[str, ...] = (),
    data: str = "",
) -> Iterator[Event]:
    """Run stream-based active learning until the stream ends or the budget is spent.

    Parameters
    ----------
    source : iterable of FeatureTable
        Arrivals, in order: tables of one row each. A resumed stream must offer again what it has
        offered before, in any order; what was decided is passed over.
    task : tuple of Target
        What is asked for.
    learner : Learner
        Trained anew after every buffer.
    step : Step
        Its strategy chooses at most ``n`` of each buffer, its oracle answers. What is not answered at
        once stays open, and the oracle is asked again after every buffer.
    judge : Judge, optional
        Scores the learner in every round; left out where there is nothing to score on.
    buffer : int
        How many arrivals are looked at together.
    initial : int
        So many first arrivals are asked for without looking.
    seed, budget, past, alarms, data
        As in `seral_core.runs.loops.pool_loop`.

    Yields
    ------
    Event
        Those that are not in ``past``. After every ``Asked`` comes a ``Passed`` with those let go.

    References
    ----------
    .. [1] Han, Li, Ruan, Ma and Schuller, Active learning for dimensional speech emotion recognition,
       Interspeech 2013, Table 2.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> from seral_core.learners.base import learners
    >>> from seral_core.oracles.base import oracles
    >>> from seral_core.strategies.base import strategies
    >>> corpus = toy_corpus(); task = corpus.task[:1]
    >>> table = FeatureTable(np.arange(4.0)[:, None], corpus.ids)
    >>> step = Step("query", strategies["random"], oracles["gold"](corpus), 1)
    >>> events = stream_loop(arrivals(table, range(4)), task, learners["recommended"](task), step, None, buffer=2)
    >>> [len(e.segments) for e in events if isinstance(e, Passed)]
    [1, 1]
    """
    history = History(past)
    history.check_same_data(data)
    if history.has(Finished):
        return
    state = Stream(task, source, past)
    with one_thread():
        yield from history.news(Started(0, seed, budget, tuple(t.name for t in task), alarms, data))
        for number in count():
            known = state.pool.known()
            begun = len(known) > 0
            if begun and not history.passed(number):
                yield from train_and_score(learner, known, number, seed, judge, state.pool.spent, history)
            if state.pool.spent >= budget:
                yield Finished(state.pool.spent, "the budget is spent")
                return
            first = number == 0 and initial > 0
            chunk = state.take(number, initial if first else buffer)
            if not len(chunk):
                yield Finished(state.pool.spent, "the stream has ended")
                return
            if number not in state.asked:
                now = replace(step, name=FIRST, strategy=_all, n=initial) if first else step
                event = _ask(state, chunk, learner if begun else None, now, number, seed, budget)
                state.asked[number] = event
                yield event
            if number not in state.passed:
                state.passed[number] = state.let_go(number, chunk)
                yield Passed(number, state.passed[number])
            state.settle(number, chunk)
            yield from _answer(state, learner, step, number, seed, history)


class Stream:
    """What a stream loop holds: labels with their clips, open questions, and one byte a decision.

    Parameters
    ----------
    task : tuple of Target
        What is asked for.
    source : iterable of FeatureTable
        Arrivals.
    past : sequence of Event
        What was decided before.
    """

    def __init__(self, task: Task, source: Iterable[FeatureTable], past: Sequence[Event]) -> None:
        self.asked = {e.round: e for e in past if isinstance(e, Asked)}
        self.passed = {e.round: e.segments for e in past if isinstance(e, Passed)}
        self.pool = Pool(FeatureTable(np.zeros((0, 0)), ()), task)
        self.decided = bytearray()
        self.scratch: dict[object, object] = {}
        self._source = iter(source)
        self._gone = {segment for segments in self.passed.values() for segment in segments}
        self._wanted = {segment for event in self.asked.values() for segment in event.segments}
        self._found: dict[str, FeatureTable] = {}
        self._next: deque[FeatureTable] = deque()

    def take(self, number: int, size: int) -> FeatureTable:
        """Return the clips of a round: the next ``size``, or what was asked for in a round decided before."""
        event = self.asked.get(number)
        mine = [self._find(segment) for segment in (event.segments if event else ())]
        rows = [row for row in mine if row is not None]
        while number not in self.passed and len(rows) < size and (row := self._new()) is not None:
            rows.append(row)
        return joined(rows)

    def let_go(self, number: int, chunk: FeatureTable) -> tuple[str, ...]:
        """Return the clips of a round that were not asked for."""
        asked = set(self.asked[number].segments)
        return tuple(segment for segment in chunk.ids if segment not in asked)

    def settle(self, number: int, chunk: FeatureTable) -> None:
        """Keep the clips that were asked for; of the others, that they were let go."""
        event = self.asked[number]
        decided = np.zeros(len(event.segments) + len(self.passed[number]), dtype=np.uint8)
        decided[list(event.places)] = 1
        self.decided += decided.tobytes()
        mine = [segment for segment in event.segments if segment in chunk]
        self.pool = _filled(joined([self.pool.table, chunk.only(mine)]), self.pool)

    def view(self, chunk: FeatureTable, learner: Learner | None, known: Known, number: int, seed: int) -> View:
        """Return what a strategy may look at: labelled clips and this buffer, of which it may choose."""
        pool = _filled(joined([self.pool.table, chunk]), self.pool)
        models = (learner.predict, LazyCommittee(learner, known, number, seed)) if learner else (None, None)
        view = pool.view(pool.task, number, *models)
        rows = np.arange(len(self.pool.table), len(pool.table), dtype=np.intp)
        decided = np.frombuffer(bytes(self.decided), dtype=np.bool_)
        return replace(view, candidates=rows, decided=decided, scratch=self.scratch)

    def open(self) -> tuple[str, ...]:
        """Return the clips that were asked for and are not answered yet."""
        return tuple(self.pool.table.ids[row] for row in self.pool.candidates())

    def _find(self, segment: str) -> FeatureTable | None:
        """Return a clip that was asked for before; None where the source does not offer it any more."""
        while segment not in self._found and (row := self._pull()) is not None:
            self._next.append(row)
        return self._found.pop(segment, None)

    def _new(self) -> FeatureTable | None:
        return self._next.popleft() if self._next else self._pull()

    def _pull(self) -> FeatureTable | None:
        """Return the next arrival nobody has decided on yet, putting aside those that were asked for."""
        for row in self._source:
            segment = row.ids[0]
            if segment in self._wanted:
                self._found[segment] = row
            elif segment not in self._gone:
                return row
        return None


def arrivals(table: FeatureTable, order: Iterable[int]) -> Iterator[FeatureTable]:
    """Let the rows of a table arrive one after another.

    Examples
    --------
    >>> [row.ids for row in arrivals(FeatureTable(np.eye(3), ("a", "b", "c")), [2, 0])]
    [('c',), ('a',)]
    """
    for row in order:
        yield table.take([row])


def _all(view: View, n: int, rng: Generator) -> Ints:
    return view.candidates[:n]


def _filled(table: FeatureTable, pool: Pool) -> Pool:
    new = Pool(table, pool.task)
    new.add(pool.labels)
    return new


def _ask(
    state: Stream, chunk: FeatureTable, learner: Learner | None, step: Step, number: int, seed: int, budget: float
) -> Asked:
    n = min(step.n, len(chunk), int(min(budget - state.pool.spent, len(chunk)) / (step.oracle.price or 1)))
    view = state.view(chunk, learner, state.pool.known(), number, seed)
    rows = step.strategy(view, n, rng_for(seed, number, f"ask {step.name}"))
    picked = tuple(view.table.ids[row] for row in rows)
    places = tuple(int(row) for row in chunk.rows(picked))
    return Asked(number, step.name, picked, "; ".join(view.remarks), places)


def _answer(state: Stream, learner: Learner, step: Step, number: int, seed: int, history: History) -> Iterator[Event]:
    recorded = history.labels(number, step.name)
    state.pool.add(recorded)
    query = Query(state.open(), state.pool.task, number, step.name)
    if recorded or not query.segments:
        return
    labels: tuple[Label, ...] = tuple(step.oracle.answer(query, learner, rng_for(seed, number, "answer")))
    if labels:
        state.pool.add(labels)
        yield Labelled(number, step.name, labels)
