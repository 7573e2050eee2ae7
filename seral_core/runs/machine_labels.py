"""The machine's labels of a pool in partitions: each partition keeps its own, and learning goes to where they lie."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadLog
from seral_core.far.block import Block
from seral_core.far.engine import Engine
from seral_core.far.place import Place
from seral_core.far.table import FarTable
from seral_core.files import DAMAGED
from seral_core.learners.base import Answers
from seral_core.learners.incremental import PIECE, Labels, Step, counted, turns, within
from seral_core.learners.voted import Voted
from seral_core.types import Ints, Target, Task

#: So many labels go to one task, where pieces have that many: tasks of one pass wait for one another.
TOGETHER = 4 * PIECE
NONE: Answers = Answers(np.zeros(0, np.intp), np.zeros(0), np.zeros(0))


@dataclass(frozen=True)
class Kept:
    """What one partition keeps: by target the machine's labels, ascending, and how often it took back which.

    Parameters
    ----------
    answers : mapping of target name to Answers
        Rows are counted from the first of the partition; targets without labels may be missing.
    taken_back : Ints of shape (2, rows)
        Rows, and how often.

    Examples
    --------
    >>> kept = Kept({"emotion": Answers(np.array([1, 4]), np.array([0, 2]), np.ones(2))})
    >>> Kept.read(kept.written()).of("emotion", np.array([4])).rows, kept.of("arousal").rows
    (array([1]), array([], dtype=int64))
    """

    answers: Mapping[str, Answers] = field(default_factory=dict)
    taken_back: Ints = field(default_factory=lambda: np.zeros((2, 0), np.intp))

    def of(self, target: str, people: Ints | None = None) -> Answers:
        """Return the labels of a target, without rows that people have answered."""
        found = self.answers.get(target, NONE)
        return found if people is None else found.take(np.flatnonzero(~np.isin(found.rows, people)))

    def written(self) -> bytes:
        """Return it as a file."""
        arrays: dict[str, Any] = {"taken": self.taken_back}
        for name, a in self.answers.items():
            arrays |= {f"rows {name}": a.rows, f"values {name}": a.values, f"weights {name}": a.weights}
        sink = io.BytesIO()
        np.savez(sink, **arrays)
        return sink.getvalue()

    @classmethod
    def read(cls, content: bytes) -> Kept:
        """Return what `written` made a file of."""
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            names = [key.partition(" ")[2] for key in file.files if key.startswith("rows ")]
            answers = {n: Answers(*(file[f"{part} {n}"] for part in ("rows", "values", "weights"))) for n in names}
            return cls(answers, file["taken"])

    def digest(self) -> str:
        """Return what changes when any of it does."""
        found = sha256()
        for name, a in sorted(self.answers.items()):
            found.update(name.encode())
            for array in (a.rows.astype(np.int64), a.values.astype(np.float64), a.weights):
                found.update(np.ascontiguousarray(array).data)
        found.update(np.ascontiguousarray(self.taken_back, np.int64).data)
        return found.hexdigest()[:16]


@dataclass(frozen=True)
class Partition:
    """One partition, with the number of its first row in the pool."""

    number: int
    first: int
    block: Block


@dataclass(frozen=True)
class MachineLabels:
    """The machine's labels of a whole pool, as they are after so many steps of the machine.

    Parameters
    ----------
    table : FarTable
        The pool.
    engine : Engine
        Who looks at partitions.
    place : Place
        Where partitions keep labels.
    version : int
        The number of steps; each writes files of its own, so that one that is cut off is repeated.
    """

    table: FarTable
    engine: Engine
    place: Place
    version: int = 0

    def each(self, work: Callable[[Partition, Any], Any], shared: Any) -> Iterator[Any]:
        """Yield what ``work`` gives of each partition, in order."""
        return self.engine.map(work, self.partitions(), shared)

    def partitions(self) -> list[Partition]:
        """Return all partitions that have rows."""
        return [Partition(number, *one) for number, one in enumerate(self.table.firsts())]

    def kept(self, number: int) -> Kept:
        """Return what a partition keeps."""
        return kept(self.place, self.version, number)

    def digest(self) -> str | None:
        """Return what changes when any label does; None where labels were lost."""
        try:
            found = "".join(self.each(_digest, (self.place, self.version)))
        except BadLog:
            return None
        return sha256(found.encode()).hexdigest()[:16]

    def forget(self) -> None:
        """Remove the files of earlier versions."""
        for name in self.place.names():
            kind, _, version = name.removesuffix(".npz").rpartition("-")[0].partition("-")
            if kind == "machine" and version.isdecimal() and int(version) < self.version:
                self.place.remove(name)


def name_of(version: int, number: int) -> str:
    """Return the name of the file in which a partition keeps its labels.

    Examples
    --------
    >>> name_of(3, 12)
    'machine-00003-00012.npz'
    """
    return f"machine-{version:05d}-{number:05d}.npz"


def kept(place: Place, version: int, number: int) -> Kept:
    """Return what a partition keeps; raise `BadLog` where that was lost."""
    if not version:
        return Kept()
    try:
        return Kept.read(place.read(name_of(version, number)))
    except DAMAGED as wrong:
        raise BadLog(
            f"the machine's labels of a partition are lost or damaged ({place.address}/{name_of(version, number)}); "
            "expected those of the run's last rounds; go on with: seral resume, which labels once more; of a run that "
            "is finished, run it again in another folder"
        ) from wrong


def people_in(rows: Mapping[str, Ints], partition: Partition) -> dict[str, Ints]:
    """Return which rows of a partition people have answered about, by target, counted from its first."""
    return {name: inside(found, partition.first, len(partition.block)) for name, found in rows.items()}


def inside(rows: Ints, first: int, count: int) -> Ints:
    """Return those of some ascending rows that are in a stretch, counted from its first.

    Examples
    --------
    >>> inside(np.array([1, 4, 9]), 4, 5)
    array([0])
    """
    low, high = np.searchsorted(rows, (first, first + count))
    return rows[low:high] - first


def _digest(partition: Partition, shared: tuple[Place, int]) -> str:
    return kept(*shared, partition.number).digest()


@dataclass(frozen=True)
class FarKnown(Voted):
    """What is known of a pool in partitions: people's answers in memory, the machine's where their rows lie.

    Parameters
    ----------
    table, task, answers, labels
        As of `seral_core.learners.voted.Voted`; of people alone. A committee draws these anew for each member.
    machine : MachineLabels
        The machine's; where people have answered, these count instead.
    people : mapping of target name to Ints
        Rows that people have answered about, ascending.
    brought : dict
        Labels that were brought into memory as they are few.
    """

    machine: MachineLabels = None  # type: ignore[assignment]
    people: Mapping[str, Ints] = field(default_factory=dict)
    brought: dict[str, Labels] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def tallies(self) -> tuple[Mapping[str, Tally], ...]:
        """How many labels of the machine count, by partition and target; partitions are looked at when it is asked."""
        shared = *self._where, self.task, self.people, PIECE
        return tuple(self.machine.each(_tally, shared))

    def __len__(self) -> int:
        by_machine = {t.name: sum(each[t.name].labels for each in self.tallies) for t in self.task}
        return max((len(self.answers[name]) + count for name, count in by_machine.items()), default=0)

    def counts(self, target: Target) -> Ints:
        """Return how many labels there are of each class; see `seral_core.learners.incremental.Pieces`."""
        mine = counted(self.answers[target.name].values, target)
        return np.asarray(mine + sum(each[target.name].counts for each in self.tallies), dtype=np.intp)

    def through(self, target: Target, step: Step[Any], state: Any, seed: int, numbers: range) -> Any:
        """Return the state after some passes; it travels from task to task, each with the partitions of some pieces."""
        if self.counts(target).sum() <= PIECE:
            return self._few(target.name).through(step, state, seed, numbers)
        for number in numbers:
            for portions in self._portions(target, seed, number):
                lesson = Lesson(
                    target, step, state, seed, number, self.machine.place, self.machine.version,
                    self.answers[target.name], self.people[target.name],
                )  # fmt: skip
                (state,) = self.machine.engine.map(taught, [portions], lesson)
        return state

    def _portions(self, target: Target, seed: int, number: int) -> Iterator[tuple[Portion, ...]]:
        """Yield the pieces of each task of a pass, in order."""
        labels = np.zeros(-(-len(self.table) // PIECE), np.intp)
        np.add.at(labels, self.answers[target.name].rows // PIECE, 1)
        for each in self.tallies:
            np.add.at(labels, each[target.name].pieces, each[target.name].in_pieces)
        partitions = self.machine.partitions()
        starts = np.array([partition.first for partition in partitions])
        task: list[Portion] = []
        load, order = 0, turns(np.flatnonzero(labels), seed, number)
        for piece in order:
            low, high = piece * PIECE, (piece + 1) * PIECE
            a, b = np.searchsorted(starts, low, side="right") - 1, np.searchsorted(starts, high)
            task.append(Portion(piece, low, high, tuple(partitions[a:b])))
            load += int(labels[piece])
            if load >= TOGETHER or piece == order[-1]:
                yield tuple(task)
                task, load = [], 0

    def _few(self, target: str) -> Labels:
        """Return a target's labels with their features, where those are few."""
        if target not in self.brought:
            a = self.everything(target)
            self.brought[target] = Labels(a.rows, self.machine.table.gathered(a.rows), a.values, a.weights)
        return self.brought[target]

    def everything(self, target: str) -> Answers:
        """Return people's and the machine's answers about a target, in memory: for what holds all beliefs anyway."""
        found = [self.answers[target]]
        for partition, each in zip(
            self.machine.partitions(), self.machine.each(_everything, (self._where, target, self.people)), strict=True
        ):
            found.append(Answers(each.rows + partition.first, each.values, each.weights))
        return _joined(found)

    @property
    def _where(self) -> tuple[Place, int]:
        return self.machine.place, self.machine.version


def _everything(partition: Partition, shared: tuple[tuple[Place, int], str, Mapping[str, Ints]]) -> Answers:
    where, target, people = shared
    return kept(*where, partition.number).of(target, people_in(people, partition)[target])


def _joined(found: list[Answers]) -> Answers:
    """Return several answers as one, ascending."""
    found = [answers for answers in found if len(answers)] or found[:1]
    rows, values, weights = (np.concatenate([getattr(a, n) for a in found]) for n in ("rows", "values", "weights"))
    order = np.argsort(rows, kind="stable")
    return Answers(rows[order], values[order], weights[order])


@dataclass(frozen=True)
class Tally:
    """How many labels of the machine a partition has that count: by class, and by piece."""

    labels: int
    counts: Ints
    pieces: Ints
    in_pieces: Ints


def _tally(partition: Partition, shared: tuple[Place, int, Task, Mapping[str, Ints], int]) -> dict[str, Tally]:
    place, version, task, people, piece = shared
    own, mine = people_in(people, partition), kept(place, version, partition.number)
    found = {}
    for target in task:
        answers = mine.of(target.name, own[target.name])
        pieces, in_pieces = np.unique((answers.rows + partition.first) // piece, return_counts=True)
        values = answers.values if target.is_scale else answers.values.astype(np.intp)
        found[target.name] = Tally(len(answers), counted(values, target), pieces, in_pieces)
    return found


@dataclass(frozen=True)
class Portion:
    """A piece, its first row and that after its last, and the partitions that its rows lie in."""

    piece: int
    low: int
    high: int
    partitions: tuple[Partition, ...]


@dataclass(frozen=True)
class Lesson:
    """What a task needs to know to teach some pieces."""

    target: Target
    step: Step[Any]
    state: Any
    seed: int
    number: int
    place: Place
    version: int
    answers: Answers
    people: Ints


def taught(portions: tuple[Portion, ...], lesson: Lesson) -> Any:
    """Return the state after some pieces, one after another; features are read where they are."""
    state = lesson.state
    for portion in portions:
        answers, values = _labels_of(portion, lesson)
        order = within(len(answers), lesson.seed, lesson.number, portion.piece)
        state = lesson.step(state, values[order], answers.values[order], answers.weights[order])
    return state


def _labels_of(portion: Portion, lesson: Lesson) -> tuple[Answers, NDArray[Any]]:
    """Return people's and the machine's labels of a piece, ascending, and their features."""
    ends, kind = np.array([portion.low, portion.high]), np.float64 if lesson.target.is_scale else np.intp
    a, b = np.searchsorted(lesson.answers.rows, ends)
    found = [lesson.answers.take(np.arange(a, b))]
    for partition in portion.partitions:
        people = inside(lesson.people, partition.first, len(partition.block))
        mine = kept(lesson.place, lesson.version, partition.number).of(lesson.target.name, people)
        a, b = np.searchsorted(mine.rows, ends - partition.first)
        mine = mine.take(np.arange(a, b))
        found.append(Answers(mine.rows + partition.first, mine.values.astype(kind), mine.weights))
    answers = _joined(found)
    values: list[NDArray[Any]] = []
    for partition in portion.partitions:
        a, b = np.searchsorted(answers.rows, (partition.first, partition.first + len(partition.block)))
        values.append(partition.block.take(answers.rows[a:b] - partition.first))
    return answers, np.concatenate(values)
