"""The pool: a feature table and the labels given so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadLabel
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, ends
from seral_core.learners.offers import Offers
from seral_core.learners.voted import Voted
from seral_core.strategies.base import View, fields_of
from seral_core.strategies.partitions import Parts
from seral_core.types import Floats, Ints, Label, Target, Task, Trace, Value
from seral_core.units import from_lengths

#: How often the machine may take back its label of a clip, before it leaves the clip to people: so a run ends.
MOST_WITHDRAWN = 3
#: Digits of a trace after the first one of its target's range.
DIGITS = 5


class Pool:
    """Segments that may be chosen, with every label given so far.

    Parameters
    ----------
    table : FeatureTable
        One row per segment.
    task : tuple of Target
        What is asked for.
    costs : Floats of shape (rows,), optional
        What it costs to listen to each row once, in seconds; left out, each is a clip and costs 1.

    Examples
    --------
    >>> pool = Pool(FeatureTable(np.eye(3), ("a", "b", "c")), (Target("emotion", ("anger", "sadness")),))
    >>> pool.add([Label("b", "emotion", "sadness", "gold")])
    >>> pool.known().answers["emotion"].rows, pool.spent, pool.candidates()
    (array([1]), 1.0, array([0, 2]))
    """

    def __init__(self, table: FeatureTable, task: Task, costs: Floats | None = None) -> None:
        self.table, self.task, self.costs = table, task, costs
        self.labels: list[Label] = []
        self.scratch: dict[Any, Any] = {}
        self._given: dict[str, dict[int, list[Label]]] = {target.name: {} for target in task}
        self._settled: dict[str, dict[int, tuple[Any, float]]] = {target.name: {} for target in task}
        self._rated: dict[str, Any] = {target.name: self._none_rated() for target in task}
        self._target = {target.name: target for target in task}
        self._spent = 0.0
        self._withdrawn: Counter[int] = Counter()
        #: Grows with every label that is added or taken back.
        self.changes = 0
        self._known: Known | None = None

    @property
    def by_machine_alone(self) -> int:
        """Number of labelled segments that no person labelled, for the target that has most labels."""
        people = max((int(rated.sum()) for rated in self._rated.values()), default=0)
        return max(0, len(self.known()) - people)

    @property
    def spent(self) -> float:
        """Sum of the costs of all labels that no machine gave."""
        return round(self._spent, 6)

    @property
    def by_machine(self) -> dict[str, list[Label]]:
        """By target, the machine's labels on segments that no person answered; the last one of each."""
        return {
            name: [labels[-1] for row, labels in given.items() if not self._rated[name][row]]
            for name, given in self._given.items()
        }

    def grow(self, table: FeatureTable) -> None:
        """Take a table with further rows behind those that are there."""
        more = np.zeros(len(table) - len(self.table), dtype=bool)
        self.table, self._known = table, None
        self._rated = {name: np.concatenate([rated, more]) for name, rated in self._rated.items()}

    def add(self, labels: Iterable[Label]) -> None:
        """Add labels; nothing given before is changed."""
        labels = tuple(labels)
        self.changes += len(labels)
        for row, label in zip(self.table.rows(label.segment for label in labels).tolist(), labels, strict=True):
            name = label.target
            given = [*self._given[name].get(row, ()), label]
            # Settled here once, and not for all labels in every round.
            self._settled[name][row] = _joined(given, self._target[name])
            self._given[name][row] = given
            self.labels.append(label)
            self._known = None
            if label.source != "machine":
                self._rated[name][row] = True
                self._spent += label.cost

    def withdraw(self, segments: Iterable[str], targets: Iterable[str]) -> None:
        """Take back the machine's labels of some segments and targets, where no person has answered.

        A segment that was taken back `MOST_WITHDRAWN` times is offered to the machine no more.

        Examples
        --------
        >>> pool = Pool(FeatureTable(np.eye(2), ("a", "b")), (Target("emotion", ("anger", "sadness")),))
        >>> pool.add([Label(i, "emotion", "anger", who, source=who) for i, who in (("a", "machine"), ("b", "human"))])
        >>> pool.withdraw(["a", "b"], ["emotion"])
        >>> pool.known().answers["emotion"].rows
        array([1])
        """
        segments = tuple(segments)
        row = dict(zip(segments, self.table.rows(segments).tolist(), strict=True))
        pairs = {(segment, name) for segment in row for name in targets}
        gone = {(s, name) for s, name in pairs if row[s] in self._given[name] and not self._rated[name][row[s]]}
        for segment, name in gone:
            del self._given[name][row[segment]], self._settled[name][row[segment]]
        self._withdrawn.update({row[segment] for segment, _ in gone})
        self.labels = [label for label in self.labels if (label.segment, label.target) not in gone]
        self.changes += len(gone)
        self._known = None

    def cost_of(self, rows: Ints) -> Floats:
        """Return what it costs to listen to some rows once each."""
        return np.ones(len(rows)) if self.costs is None else self.costs[rows]

    @property
    def all_costs(self) -> Floats:
        """What it costs to listen to each row once, of shape (rows,)."""
        return np.ones(len(self.table)) if self.costs is None else self.costs

    def charged(self, labels: Iterable[Label]) -> tuple[Label, ...]:
        """Return labels at the cost of their rows, with traces to `DIGITS` of the target's range.

        Parameters
        ----------
        labels : iterable of Label
            As an oracle gives them, whose costs count listenings.

        Examples
        --------
        >>> pool = Pool(FeatureTable(np.eye(1), ("a",)), (Target("arousal", rate_hz=4.0),), np.array([0.5]))
        >>> pool.charged([Label("a", "arousal", (1 / 3, 0.25), "gold")])[0]
        Label(segment='a', target='arousal', value=(0.33333, 0.25), annotator='gold', cost=0.5, ...)
        """
        labels = tuple(labels)
        if self.costs is None and not any(target.rate_hz for target in self.task):
            return labels
        costs = self.cost_of(self.table.rows(label.segment for label in labels)).tolist()
        return tuple(
            replace(label, cost=label.cost * cost, value=_short(label.value, self._target[label.target]))
            for label, cost in zip(labels, costs, strict=True)
        )

    def has(self, segment: str, target: Target, rater: str = "") -> bool:
        """Whether anybody has answered this; where a rater is named, this one."""
        (row,) = self.table.rows([segment])
        given = self._given[target.name].get(int(row), ())
        return bool(given) if not rater else any(label.annotator == rater for label in given)

    def known(self) -> Known:
        """Return what may be learned from: one answer per segment and target; not to be changed."""
        if self._known is None:
            answers = {target.name: self._answers(target) for target in self.task}
            self._known = Voted(self.table, self.task, answers, tuple(self.labels))
        return self._known

    def known_by_people(self) -> Known | None:
        """Return what is known without the machine's labels; None where that is all there is."""
        if not any(self.by_machine.values()):
            return None
        people = self._empty()
        people.add(_by_people(self.labels))
        return people.known()

    def within(self, task: Task, price: float, most: float, *, untouched: bool = False) -> tuple[Ints, float]:
        """Return the candidates whose answers cost no more than ``most``, and the lowest of their prices.

        Parameters
        ----------
        task, untouched
            As in `candidates`.
        price : float
            What an answer costs for each listening.
        most : float
            What is left of the budget.
        """
        candidates = self.candidates(task, untouched=untouched)
        prices = price * self.cost_of(candidates)
        fits = prices <= most
        return candidates[fits], float(prices[fits].min(initial=np.inf))

    def candidates(self, task: Task = (), *, untouched: bool = False) -> Ints:
        """Return the rows for which no person has answered every target yet, ascending.

        Parameters
        ----------
        task : tuple of Target
            What is asked for; empty for all.
        untouched : bool
            Leave out those that only a machine has labelled, too, and those that it took back too often.
        """
        done = np.ones(len(self.table), dtype=bool)
        for target in task or self.task:
            done &= self._rated[target.name]
            if untouched:
                done[list(self._given[target.name])] = True
        if untouched:
            done[[row for row, times in self._withdrawn.items() if times >= MOST_WITHDRAWN]] = True
        return np.flatnonzero(~done)

    def view(self, task: Task, round_number: int, offers: Offers | None = None, *, untouched: bool = False) -> View:
        """Return what a strategy may look at now; targets of the pool that ``task`` lacks are related ones.

        Parameters
        ----------
        task : tuple of Target
            What is asked for.
        round_number : int
            From 0.
        offers : Offers, optional
            What the trained model offers; None where there is none yet.
        untouched : bool
            As in `candidates`.
        """
        answers = self.known().answers
        by_people, by_machine = self._answered(task, answers)
        others = tuple(target for target in self.task if target not in task)
        models = fields_of(offers, partial(of_rows, self.table), others) if offers else {"related": others}
        return View(
            self.table,
            task,
            self.candidates(task, untouched=untouched),
            by_people,
            answers,
            costs=self.costs,
            round=round_number,
            by_machine=by_machine,
            scratch=self.scratch,
            parts=self._parts_for(offers),
            **models,
        )

    def _answered(self, task: Task, answers: Mapping[str, Answers]) -> tuple[Ints, Ints]:
        """Return the rows that people answered about, and those that the machine alone did, ascending."""
        rated = np.zeros(len(self.table), dtype=bool)
        labelled = np.zeros(len(self.table), dtype=bool)
        for target in task:
            rated |= self._rated[target.name]
            labelled[answers[target.name].rows] = True
        return np.flatnonzero(rated), np.flatnonzero(labelled & ~rated)

    def _parts_for(self, offers: Offers | None) -> Parts | None:
        """Return where to look at the partitions of the pool; None where it is in memory."""
        return None

    def _empty(self) -> Pool:
        return Pool(self.table, self.task, self.costs)

    def _none_rated(self) -> Any:
        return np.zeros(len(self.table), dtype=bool)

    def _answers(self, target: Target) -> Answers:
        settled = self._settled[target.name]
        rows = sorted(settled)
        values, weights = [settled[row][0] for row in rows], [settled[row][1] for row in rows]
        kind = np.float64 if target.is_scale else np.intp
        where, weight = np.array(rows, dtype=np.intp), np.array(weights, dtype=np.float64)
        if not target.rate_hz:
            return Answers(where, np.array(values, dtype=kind), weight)
        bounds = from_lengths([len(value) for value in values])
        return Answers(where, np.concatenate([np.zeros(0, kind), *values]), weight, bounds)


def _short(value: Value | Trace, target: Target) -> Value | Trace:
    """Return a trace without the digits that nobody's hand has: a log of long ones is a third as large."""
    span = target.high - target.low
    if not isinstance(value, tuple) or not target.is_scale or not 0 < span < np.inf:
        return value
    digits = DIGITS - int(np.floor(np.log10(span)))
    return tuple(np.round(np.array(value, dtype=np.float64), digits).tolist())


def of_rows(table: FeatureTable, offered: Callable[[FeatureTable], Any], rows: Ints) -> Any:
    """Return what a model offers of some rows: beliefs, or an array.

    Examples
    --------
    >>> of_rows(FeatureTable(np.eye(2), ("a", "b")), lambda table: table.values[:, 0], np.array([1]))
    array([0.])
    """
    # Copying most of a large table takes longer than predicting all of it.
    if 4 * len(rows) < 3 * len(table) or not table.plain:
        return offered(table.take(rows))
    found = offered(table)
    return {name: belief.take(rows) for name, belief in found.items()} if isinstance(found, dict) else found[rows]


def _by_people(labels: list[Label]) -> list[Label]:
    return [label for label in labels if label.source != "machine"]


def _joined(labels: list[Label], target: Target) -> tuple[Any, float]:
    """Join the labels of one segment: the mean of people's, or their majority (ties: the first given).

    Where no person gave any, the machine's last answer counts. Of traces, unit by unit, of
    those that have a value there; what some of them lack at the end is left out.
    """
    if len(labels) == 1 and isinstance(labels[0].value, str) and not target.rate_hz and not target.is_scale:
        return target.classes.index(labels[0].value), labels[0].weight  # mostly
    labels = _by_people(labels) or labels[-1:]
    values, weight = [label.value for label in labels], sum(label.weight for label in labels) / len(labels)
    if target.rate_hz or any(isinstance(value, tuple) for value in values):
        return _together([target.units(value) for value in values], [b.weight for b in labels], target), weight
    if target.is_scale:
        numbers: Any = [float(value) for value in values]  # type: ignore[arg-type]
        return float(np.average(numbers, weights=[b.weight for b in labels])), weight
    majority = values[0] if len(values) == 1 else _majority(values, [b.weight for b in labels])
    return target.classes.index(str(majority)), weight


def _together(traces: list[NDArray[Any]], weights: list[float], target: Target) -> NDArray[Any]:
    lengths = [len(trace) for trace in traces]
    if max(lengths) - min(lengths) > ends(target):
        raise BadLabel(
            f"got traces of {target.name} with {min(lengths)} and {max(lengths)} values for one "
            "segment; expected equally many, apart from the last second; leave the shorter one "
            "out, or record it again"
        )
    units = np.stack([trace[: min(lengths)] for trace in traces])
    if target.is_scale:
        return _mean(units, np.array(weights)[:, None])
    return np.array([_majority(column, weights) for column in units.T.tolist()], dtype=np.intp)


def _mean(traces: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of each column; nan where no trace has a value."""
    heard = np.where(np.isnan(traces), 0.0, weights)
    total, most = np.where(heard > 0, traces, 0.0), heard.sum(axis=0)
    return np.asarray(np.divide((total * heard).sum(axis=0), most, out=np.full(len(most), np.nan), where=most > 0))


def _majority(values: Sequence[Any], weights: Sequence[float]) -> Any:
    votes: Counter[Any] = Counter()
    for value, weight in zip(values, weights, strict=True):
        votes[value] += weight  # type: ignore[assignment]
    return votes.most_common(1)[0][0]
