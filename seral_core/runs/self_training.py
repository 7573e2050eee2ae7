"""Self-training where a pool lies in partitions: each judges its own clips, and a cut says which of them are labelled.

What the machine's step does in memory (`seral_core.oracles.machine`), in three looks at the partitions. First each
takes back what the model no longer says, and works out how sure it is of every candidate. Then counts of these numbers,
a few hundred a partition, tell below which confidence of each class nothing is labelled. Last, each labels what is
above. No label is sent anywhere; the record says how many there are, and a hash of all.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadLog, BadPlan
from seral_core.far.place import Place
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, predicted
from seral_core.learners.confidence import confidence
from seral_core.oracles.machine import Machine
from seral_core.runs.cuts import Cut, Look, cut_of, in_question, judged_in, names_of
from seral_core.runs.events import MachineLabelled
from seral_core.runs.far_pool import FarPool
from seral_core.runs.history import History
from seral_core.runs.machine_labels import FarKnown, Kept, MachineLabels, Partition, kept, name_of, people_in
from seral_core.runs.pool import MOST_WITHDRAWN, of_rows
from seral_core.runs.rounds import Round, Step
from seral_core.strategies.base import strategies
from seral_core.types import Floats, Ints, Prediction, Query, Target, Task


def check_in_place(pool: FarPool, steps: Sequence[Step]) -> None:
    """Raise `BadPlan` where a step of the machine cannot be carried out in partitions."""
    for step in steps:
        if not step.by_machine:
            continue
        wrong = ""
        if not isinstance(step.oracle, Machine):
            wrong = f"is answered by {type(step.oracle).__name__}; expected oracle=machine"
        elif step.strategy is not strategies["most-confident"]:
            wrong = f"has the strategy {step.called or 'of another kind'}; expected strategy=most-confident"
        elif step.n < len(pool.table) and len(step.of(pool.task)) > 1:
            wrong = (
                f"chooses {step.n:,} of {len(pool.table):,} clips for {len(step.of(pool.task))} targets; expected all "
                f"clips, n={len(pool.table)}, or one target, targets=NAME"
            )
        if wrong:
            raise BadPlan(
                f"the machine's step {step.name} {wrong}: the learner takes the machine's labels where partitions lie; "
                "correct the step, or choose another learner"
            )


def in_place(pool: Any, learner: Any) -> FarPool | None:
    """Return a pool whose labels by the machine stay where its partitions lie; None for any other.

    They do where the learner takes labels piece by piece, see `seral_core.learners.incremental`.
    """
    return pool if isinstance(pool, FarPool) and getattr(learner, "takes_parts", False) else None


def are_lost(pool: FarPool, history: History) -> bool:
    """Whether labels that a run goes on from are no more, so that all rounds are gone through again."""
    before = [event for event in history.all_machine_labelled() if event.digest and event.round < history.last]
    return bool(before) and replace(pool.machine, version=len(before)).digest() != before[-1].digest


def label_in_place(pool: FarPool, now: Round, step: Step) -> Iterator[MachineLabelled]:
    """Let the machine label where partitions lie; yield what is recorded of it, where that is new.

    Raises
    ------
    BadLog
        When labels that were lost come out otherwise than they are recorded.
    """
    recorded = now.history.machine_labelled(now.number, step.name)
    if recorded is not None and not now.again and now.history.passed(now.number):
        done = pool.machine.version + bool(recorded.digest)
        pool.took(replace(pool.machine, version=done), recorded)
        return
    if isinstance(now.known, FarKnown):  # nothing goes on from what was before this round
        now.known.machine.forget()
    new, event = self_labelled(pool.machine, now, step, step.of(pool.task), pool.people)
    if recorded is not None and recorded.digest != event.digest:
        raise BadLog(
            f"what the machine labelled in round {now.number} was lost, and comes out otherwise now ({event.digest}, "
            f"recorded {recorded.digest}), as on another computer or with another version of a library; run it again "
            "in another folder"
        )
    pool.took(new, event)
    if recorded is None:
        yield event


@dataclass(frozen=True)
class Ask:
    """What a partition needs to know to judge its clips.

    Parameters
    ----------
    machine : Machine
        Says what is sure, and what is doubted; without its corpus.
    task : tuple of Target
        What is labelled.
    predict : callable
        Beliefs that the machine goes by.
    choose : callable or None
        Beliefs that the step's strategy goes by; None where it chooses all.
    sures : mapping of target name to callable
        Confidence measures, where it goes by one.
    people : mapping of target name to Ints
        Rows that people have answered about, ascending.
    place, version : Place, int
        Where labels are, and which stand; see `seral_core.runs.machine_labels.MachineLabels`.
    """

    machine: Machine
    task: Task
    predict: Callable[[FeatureTable], Prediction]
    choose: Callable[[FeatureTable], Prediction] | None
    sures: Mapping[str, Callable[[FeatureTable], Floats]]
    people: Mapping[str, Ints]
    place: Place
    version: int

    @property
    def counted(self) -> Target:
        """The target whose classes have quotas."""
        return next((target for target in self.task if not target.is_scale), self.task[0])


@dataclass(frozen=True)
class Judged:
    """What a partition says of itself: what it took back, how many candidates it has, what stands of each class."""

    taken_back: int
    candidates: int
    standing: Ints


def self_labelled(
    labels: MachineLabels, now: Round, step: Step, task: Task, people: Mapping[str, Ints]
) -> tuple[MachineLabels, MachineLabelled]:
    """Return the machine's labels after a step, and what is recorded of it.

    Parameters
    ----------
    labels : MachineLabels
        As they stood before.
    now : Round
        With its trained model.
    step : Step
        The machine's.
    task : tuple of Target
        What it labels.
    people : mapping of target name to Ints
        Rows that people have answered about, by target, ascending.
    """
    machine = step.oracle
    assert isinstance(machine, Machine)  # see `check_in_place`
    if len(np.unique(np.concatenate([np.zeros(0, np.intp), *people.values()]))) < machine.after:
        none = {target.name: _given(np.zeros(len(target.classes) or 1, np.intp), target) for target in task}
        return labels, MachineLabelled(now.number, step.name, 0, 0, none, "")
    whole = step.n >= len(labels.table)
    ask = Ask(
        replace(machine, corpus=None), task, partial(predicted, now.asked_of(step).predict),  # type: ignore[arg-type]
        None if whole else partial(predicted, now.learner.predict), now.sures(step, task), people, labels.place,
        labels.version,
    )  # fmt: skip
    found = list(labels.each(judged, ask))
    candidates, chosen = sum(each.candidates for each in found), None
    if candidates > step.n:
        chosen = cut_of(labels, Look(labels.place, labels.version, 1, None, None, np.zeros(1, np.uint64)), [step.n])
    groups = len(found[0].standing)
    limits = [_limit(machine, int(stands)) for stands in np.sum([each.standing for each in found], axis=0)]
    look = Look(labels.place, labels.version, groups, machine.above, chosen, np.zeros(groups, np.uint64))
    cut = cut_of(labels, look, limits) if machine.quota or machine.total else Cut(np.zeros(groups, np.uint64))
    new = replace(labels, version=labels.version + 1)
    given = {target.name: np.zeros(len(target.classes) or 1, np.intp) for target in task}
    for each in labels.each(given_in, (look, cut, ask)):
        given = {name: count + each[name] for name, count in given.items()}
    for partition in labels.partitions():
        for name in names_of(labels.version, partition.number):
            labels.place.remove(name)
    digest = new.digest()
    if digest is None:
        raise BadLog(f"what the machine labelled was lost at {labels.place.address} at once; expected it to stay there")
    event = MachineLabelled(
        now.number, step.name, int(given[ask.counted.name].sum()), sum(each.taken_back for each in found),
        {target.name: _given(given[target.name], target) for target in task}, digest,
    )  # fmt: skip
    return new, event


def _limit(machine: Machine, standing: int) -> int:
    most = [machine.quota] if machine.quota else []
    most += [max(0, machine.total - standing)] if machine.total else []
    return min(most, default=2**62)


def _given(counts: Ints, target: Target) -> dict[str, float]:
    names = ("clips",) if target.is_scale else target.classes
    return dict(zip(names, map(int, counts), strict=True))


def judged(partition: Partition, ask: Ask) -> Judged:
    """Take back what is doubted, and write down how sure the model is of each candidate."""
    people, table = people_in(ask.people, partition), partition.block.table()
    before = kept(ask.place, ask.version, partition.number)
    mine = {target.name: before.of(target.name, people[target.name]) for target in ask.task}
    left = _left(before, mine, table, ask)
    taken = np.ones(len(table), dtype=bool)
    taken[left.taken_back[0][left.taken_back[1] >= MOST_WITHDRAWN]] = False
    for target in ask.task:
        taken[left.of(target.name).rows] = False
        taken[people[target.name]] = False
    rows = np.flatnonzero(taken)
    sink = io.BytesIO()
    np.savez(sink, **_confidences(rows, table, ask))
    after, numbers = names_of(ask.version, partition.number)
    ask.place.write(after, left.written(), to_disk=False)
    ask.place.write(numbers, sink.getvalue(), to_disk=False)
    standing = left.of(ask.counted.name).values
    back = int(left.taken_back[1].sum() - before.taken_back[1].sum())
    return Judged(back, len(rows), _by_class(standing, ask.counted))


def _left(before: Kept, mine: Mapping[str, Answers], table: FeatureTable, ask: Ask) -> Kept:
    """Return what a partition keeps once the machine has taken back what it doubts."""
    answers = {**before.answers, **mine}  # those that people have answered since are let go
    rows = np.unique(np.concatenate([np.zeros(0, np.intp), *(a.rows for a in mine.values())]))
    if not ask.machine.reconsiders or not len(rows):
        return Kept(answers, before.taken_back)
    beliefs, doubted = of_rows(table, ask.predict, rows), np.zeros(len(rows), dtype=bool)
    for target in ask.task:
        at = np.searchsorted(rows, mine[target.name].rows)
        doubted[at] |= ask.machine.doubts(mine[target.name].values, beliefs[target.name].take(at), target)
    gone = rows[doubted]
    for name, a in mine.items():
        answers[name] = a.take(np.flatnonzero(~np.isin(a.rows, gone)))
    times = dict(zip(*before.taken_back.tolist(), strict=True))
    times |= {row: times.get(row, 0) + 1 for row in gone.tolist()}
    return Kept(answers, np.array([list(times), list(times.values())], dtype=np.intp).reshape(2, -1))


def _confidences(rows: Ints, table: FeatureTable, ask: Ask) -> dict[str, Any]:
    """Return rows, how sure the machine is of each, what it would say, and how far up the strategy puts it."""
    if not len(rows):
        names = ("sure", "score", *(f"values {target.name}" for target in ask.task))
        return {"rows": rows, "group": rows} | {name: np.zeros(0) for name in names}
    beliefs = of_rows(table, ask.predict, rows)
    some = table.take(rows) if ask.sures else table
    query = Query((), ask.task, beliefs=beliefs, sure={name: sure(some) for name, sure in ask.sures.items()})
    each = {target.name: ask.machine.judged(query, target) for target in ask.task}
    found: dict[str, Any] = {"rows": rows}
    found["sure"] = np.min([sure for sure, _ in each.values()], axis=0).reshape(len(rows))
    for target in ask.task:
        guess = np.asarray(each[target.name][1].pooled().guess)
        found[f"values {target.name}"] = guess.astype(np.float64 if target.is_scale else np.intp)
    if ask.choose is not None:
        same = ask.choose.args == ask.predict.args  # type: ignore[attr-defined]
        by = beliefs if same else of_rows(table, ask.choose, rows)
        found["score"] = confidence(by[ask.task[0].name], ask.task[0])
    counted = found[f"values {ask.counted.name}"]
    found["group"] = np.zeros(len(rows), np.intp) if ask.counted.is_scale else counted
    return found


def _by_class(values: NDArray[Any], target: Target) -> Ints:
    if target.is_scale:
        return np.array([len(values)])
    return np.bincount(values.astype(np.intp), minlength=len(target.classes))


def given_in(partition: Partition, asked: tuple[Look, Cut, Ask]) -> dict[str, Ints]:
    """Label what is above the cut in one partition; return how many of each class."""
    look, cut, ask = asked
    numbers = judged_in(look, partition.number)
    at, sure, groups = in_question(look, numbers, partition.number)
    at = at[cut.among(sure, groups, partition.number)]
    rows, found = numbers["rows"][at], {}
    left = Kept.read(ask.place.read(names_of(ask.version, partition.number)[0]))
    answers = dict(left.answers)
    for target in ask.task:
        new, old = numbers[f"values {target.name}"][at], left.of(target.name)
        both = np.concatenate([old.rows, rows])
        order = np.argsort(both, kind="stable")
        values = np.concatenate([old.values.astype(new.dtype), new])
        weights = np.concatenate([old.weights, np.full(len(rows), ask.machine.weight)])
        answers[target.name] = Answers(both[order], values[order], weights[order])
        found[target.name] = _by_class(new, target)
    ask.place.write(name_of(ask.version + 1, partition.number), Kept(answers, left.taken_back).written(), to_disk=False)
    return found
