"""The stream loop: clips arrive, some are asked for, the others are let go for good.

Like the pool loop it is a generator of events and goes on from ``past``. It keeps the buffer, the
features of the clips it asked for, the labels and the model, and nothing of what it let go but one
byte per clip: whether it was asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable, joined
from seral_core.learners.base import Learner
from seral_core.learners.offers import Offers
from seral_core.runs.checkpoints import Checkpoints, nothing_kept
from seral_core.runs.events import Asked, Event, Finished, Passed, Started
from seral_core.runs.growing import Growing
from seral_core.runs.history import History
from seral_core.runs.judge import Judge
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Round, Step, labelled, wished
from seral_core.strategies.base import View, fields_of
from seral_core.threads import one_thread_each_step
from seral_core.types import Ints, Label, Query, Task
from seral_core.units import joined as joined_bounds

#: From the id of a clip to its features.
Find = Callable[[str], FeatureTable | None]

#: Name of the step that asks for the first arrivals, all of them.
FIRST = "first labels"
#: Name of the step in which people answer old questions while a buffer fills.
MEANWHILE = "answered meanwhile"


@one_thread_each_step
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
    find: Find | None = None,
    kept: Checkpoints = nothing_kept,
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
        Trained from scratch whenever there are new labels.
    step : Step
        Its strategy chooses at most ``n`` of each full buffer, its oracle answers. What is not
        answered at once stays open, and the oracle is asked again after every buffer; one that is
        ``later`` (people) also when the next one is full, so that it is looked at with all answers
        there are.
    judge : Judge, optional
        Scores the learner in every round; left out where there is nothing to score on.
    buffer : int
        How many arrivals are looked at together.
    initial : int
        So many first arrivals are asked for without looking.
    seed, budget, past, alarms, data, kept
        As in `seral_core.runs.loops.pool_loop`.
    find : callable, optional
        Returns a clip that was asked for before, by its id, or None where it is not to be had any
        more; left out: it is sought in the source, which then must come to an end.

    Yields
    ------
    Event
        Those that are not in ``past``. After every ``Asked`` comes a ``Passed`` with those let go.

    References
    ----------
    .. [1] Han, Li, Ruan, Ma and Schuller, Active learning for dimensional speech emotion
       recognition, Interspeech 2013, Table 2.

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
    if getattr(step.oracle, "later", False) and getattr(learner, "goes_on", False):
        raise BadPlan(
            "this learner goes on from its last model, but answers that come later change what "
            "that was trained on; choose a learner that is trained from scratch each time, such "
            "as recommended"
        )
    state = Stream(task, source, past, find)
    yield from history.news(Started(0, seed, budget, tuple(t.name for t in task), alarms, data))
    for number in count():
        now = Round(seed, number, learner, state.pool.known(), history, kept)
        model = replace(now, number=state.since)  # that of the last round which brought labels
        if state.trained != state.since and (model.is_built_upon or not history.passed(number)):
            yield from _train(state, model, judge)
        if state.pool.spent >= budget:
            yield Finished(state.pool.spent, "the budget is spent")
            return
        event = state.asked.pop(number, None)
        first = number == 0 and initial > 0
        chunk = state.take(event, initial if first else buffer)
        if getattr(step.oracle, "later", False):
            yield from _meanwhile(state, now, step, judge, event is None)
            now = replace(now, known=state.pool.known())
        if event is None:
            if not len(chunk):
                yield Finished(state.pool.spent, "the stream has ended")
                return
            asks = replace(step, name=FIRST, strategy=_all, n=initial) if first else step
            share = min(1.0, len(chunk) / buffer) if not first else 1.0
            event = _ask(state, chunk, now, asks, share, budget)
            yield event
        state.settle(number, event, chunk)
        yield from history.news(Passed(number, event.let_go))
        yield from _answer(state, now, step)


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
    find : callable, optional
        As in `stream_loop`.
    """

    def __init__(
        self, task: Task, source: Iterable[FeatureTable], past: Sequence[Event], find: Find | None = None
    ) -> None:
        self.asked = {event.round: event for event in past if isinstance(event, Asked)}
        self.pool = Pool(FeatureTable(np.zeros((0, 0)), ()), task)
        self.decided = Growing(np.zeros(0, dtype=np.bool_))
        self.scratch: dict[object, object] = {}
        #: Round from which on the labels are what they are now, and that of the last training.
        self.since, self.trained = 0, -1
        self._values = Growing(np.zeros((0, 0)))
        self._source = iter(source)
        self._find = find or self._sought
        self._gone = {i for event in past if isinstance(event, Passed) for i in event.segments}
        self._gone.update(i for event in self.asked.values() for i in event.let_go)
        self._wanted = {i for event in self.asked.values() for i in event.segments}
        self._found: dict[str, FeatureTable] = {}
        self._next: deque[FeatureTable] = deque()

    def take(self, event: Asked | None, size: int) -> FeatureTable:
        """Return the next ``size`` arrivals, or the clips that were asked for where that was decided before."""
        if event is not None:
            return joined([row for segment in event.segments if (row := self._find(segment)) is not None])
        rows: list[FeatureTable] = []
        while len(rows) < size and (row := self._new()) is not None:
            rows.append(row)
        return joined(rows)

    def settle(self, number: int, event: Asked, chunk: FeatureTable) -> None:
        """Keep the clips that were asked for; of the others, that they were let go."""
        decided = np.zeros(len(event.segments) + len(event.let_go), dtype=np.bool_)
        decided[list(event.places)] = True
        self.decided.add(decided)
        mine = chunk.only([segment for segment in event.segments if segment in chunk])
        if len(mine):
            table = self._with(mine)
            self._values.add(mine.values)
            self.pool.grow(table)

    def add(self, number: int, labels: Iterable[Label]) -> None:
        """Add the labels of a round; those of clips that are not to be had any more are passed over."""
        known = [label for label in labels if label.segment in self.pool.table]
        if known:
            self.pool.add(known)
            self.since = number + 1

    def view(self, chunk: FeatureTable, offers: Offers | None, number: int) -> View:
        """Return what a strategy may look at: labelled clips and this buffer, of which it may choose."""
        known, held = self.pool.known(), len(self.pool.table)
        table = self._with(chunk)
        labelled = [answers.rows for answers in known.answers.values()]
        models = fields_of(offers, partial(_of_rows, table, held, chunk)) if offers else {}
        return View(
            table,
            self.pool.task,
            np.arange(held, len(table), dtype=np.intp),
            np.unique(np.concatenate(labelled)).astype(np.intp),
            known.answers,
            round=number,
            decided=self.decided.rows,
            scratch=self.scratch,
            **models,
        )

    def open(self) -> tuple[str, ...]:
        """Return the clips that were asked for and are not answered yet."""
        ids = self.pool.table.ids
        return tuple([ids[row] for row in self.pool.candidates().tolist()])

    def _with(self, chunk: FeatureTable) -> FeatureTable:
        """Return the clips asked for so far with others behind them."""
        mine = self.pool.table
        bounds: Any = None if mine.plain and chunk.plain else joined_bounds([mine.bounds, chunk.bounds])
        return replace(chunk, values=self._values.with_more(chunk.values), ids=mine.ids + chunk.ids, bounds=bounds)

    def _sought(self, segment: str) -> FeatureTable | None:
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
        if table.plain:  # kept short, because a stream may be long; copied, so that one clip does not hold all
            values, ids = table.values[row : row + 1].copy(), (table.ids[row],)
            yield FeatureTable(values, ids, table.names, key=table.key, normalised=table.normalised)
        else:
            yield table.take([row])


def _all(view: View, n: int, rng: Generator) -> Ints:
    return view.candidates[:n]


def _of_rows(table: FeatureTable, held: int, chunk: FeatureTable, offered: Any, rows: Ints) -> Any:
    """Return what a model offers of some rows of a view; mostly they are its buffer, which need not be copied."""
    whole = len(rows) == len(chunk) and len(rows) > 0 and rows[0] == held and rows[-1] == len(table) - 1
    return offered(chunk if whole and (np.diff(rows) == 1).all() else table.take(rows))


def _train(state: Stream, model: Round, judge: Judge | None) -> Iterator[Event]:
    if model.has_model:
        yield from model.train(judge, state.pool.spent)
        state.trained = model.number


def _ask(state: Stream, chunk: FeatureTable, now: Round, step: Step, share: float, budget: float) -> Asked:
    # Of a buffer that is not full, the same share is labelled.
    n = min(max(1, round(step.n * share)), len(chunk))
    n = min(n, int(min(budget - state.pool.spent, len(chunk)) / (step.oracle.price or 1)))
    view = state.view(chunk, now.offers(), now.number)
    rows, remark = now.choose(step.strategy, step.name, view, n, step.called)
    if any(wished(view, rows)):
        raise BadPlan(
            f"strategy {step.called} wishes to ask about one target, or one rater; a stream asks about whole clips; "
            "choose another strategy, or a pool"
        )
    picked = tuple(view.table.ids[row] for row in rows)
    places, chosen = tuple(int(row) for row in chunk.rows(picked)), set(picked)
    let_go = tuple(segment for segment in chunk.ids if segment not in chosen)
    return Asked(now.number, step.name, picked, remark, places, let_go)


def _meanwhile(state: Stream, now: Round, step: Step, judge: Judge | None, undecided: bool) -> Iterator[Event]:
    """Learn from what was answered while the buffer filled; of a buffer decided before, take only the record."""
    labels = now.history.labels(now.number, MEANWHILE)
    state.add(now.number - 1, labels)
    query = _query(state, now, step, MEANWHILE)
    if undecided and query.segments:
        fresh = now.answers(step, query, (), role="answer meanwhile")
        state.add(now.number - 1, fresh)
        yield from labelled(now.number, MEANWHILE, fresh)
        labels += fresh
    if not labels:
        return
    now = replace(now, known=state.pool.known())
    if not undecided or not now.has_model:
        state.trained = -1  # this model is not needed any more; the next round trains
    elif state.trained == now.number:  # the same round's model again, whose event is in the log already
        for _ in now.learner.train(now.known, now.rng("train")):
            pass
    else:
        yield from _train(state, now, judge)


def _answer(state: Stream, now: Round, step: Step) -> Iterator[Event]:
    recorded = now.history.labels(now.number, step.name)
    state.add(now.number, recorded)
    query = _query(state, now, step, step.name)
    # Where a later round has begun, what was open here may have been answered there.
    if recorded or not query.segments or now.history.passed(now.number):
        return
    labels = now.answers(step, query, (), role="answer")
    state.add(now.number, labels)
    yield from labelled(now.number, step.name, labels)


def _query(state: Stream, now: Round, step: Step, name: str) -> Query:
    given = tuple(state.pool.labels) if getattr(step.oracle, "needs_given", False) else ()
    return Query(state.open(), state.pool.task, now.number, name, given=given)
