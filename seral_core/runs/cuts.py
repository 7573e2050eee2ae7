"""Where the highest of millions begin: counts of each partition tell, without anybody bringing numbers together.

Numbers of each group, from 0 up, are told apart by `BITS` bits in one look at all partitions, until it is clear below
which none is among as many highest as are wanted. Of equal numbers, the first rows are taken.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.far.place import Place
from seral_core.runs.machine_labels import MachineLabels, Partition
from seral_core.types import Bools, Floats, Ints

#: Numbers are told apart by so many bits in one look.
BITS = 8


@dataclass(frozen=True)
class Cut:
    """Which clips are among the highest of their group.

    Parameters
    ----------
    least : array of shape (groups,)
        The lowest number that is.
    equal : mapping of int to Ints of shape (groups,)
        By partition, how many of those with just this number are, the first rows first; -1 for all of them.
    """

    least: NDArray[np.uint64]
    equal: Mapping[int, Ints] = field(default_factory=dict)

    def among(self, numbers: Floats, groups: Ints, partition: int) -> Bools:
        """Return whether each is."""
        keys = _keys(numbers)
        found: Bools = keys >= self.least[groups]
        for group, most in enumerate(self.equal.get(partition, ())):
            if most >= 0:
                found[np.flatnonzero((groups == group) & (keys == self.least[group]))[most:]] = False
        return found


@dataclass(frozen=True)
class Look:
    """What is counted: numbers of each group, from the lowest that is still in question.

    Parameters
    ----------
    place : Place
        Where partitions have written what they judged.
    version, groups : int
        Of the labels that stood, and how many groups there are.
    above : float, optional
        The least confidence; left out: the strategy's scores are looked at, all of one group.
    chosen : Cut, optional
        Which of these scores the strategy chose; left out: all.
    low : array of shape (groups,)
        The lowest in question.
    shift : int
        What is counted together differs in so many bits at most.
    """

    place: Place
    version: int
    groups: int
    above: float | None
    chosen: Cut | None
    low: NDArray[np.uint64]
    shift: int = 0


def names_of(version: int, number: int) -> tuple[str, str]:
    """Return the names of what a partition writes down within a step: labels that are left, and what it judged."""
    return f"left-{version:05d}-{number:05d}.npz", f"judged-{version:05d}-{number:05d}.npz"


def judged_in(look: Look, number: int) -> dict[str, NDArray[Any]]:
    """Return what a partition judged: rows, and by name a number for each."""
    with np.load(io.BytesIO(look.place.read(names_of(look.version, number)[1])), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def in_question(look: Look, numbers: Mapping[str, NDArray[Any]], number: int) -> tuple[Ints, Floats, Ints]:
    """Return which rows a cut is about, their numbers, and their groups."""
    if look.above is None:
        return np.arange(len(numbers["rows"])), numbers["score"], np.zeros(len(numbers["rows"]), np.intp)
    sure: Bools = numbers["sure"] >= look.above
    if look.chosen is not None:
        sure &= look.chosen.among(numbers["score"], np.zeros(len(sure), np.intp), number)
    at = np.flatnonzero(sure)
    return at, numbers["sure"][at], numbers["group"][at]


def _keys(numbers: Floats) -> NDArray[np.uint64]:
    """Return whole numbers that are ordered as numbers from 0 up are."""
    return np.abs(np.ascontiguousarray(numbers, np.float64)).view(np.uint64)


def cut_of(labels: MachineLabels, look: Look, limits: list[int]) -> Cut:
    """Return the cut above which there are no more of each group than its limit."""
    low, left = [0] * look.groups, list(limits)
    least, undecided = [0] * look.groups, set(range(look.groups))
    for shift in range(64 - BITS, -1, -BITS):
        counts = np.zeros((look.groups, 2**BITS), np.int64)
        for each in labels.each(_counts, replace(look, low=np.array(low, np.uint64), shift=shift)):
            counts += each
        for group in sorted(undecided):
            down = np.cumsum(counts[group][::-1])
            if down[-1] <= left[group] or not left[group]:
                least[group] = low[group] if left[group] else 2**64 - 1
                undecided.discard(group)
                continue
            at = int(np.searchsorted(down, left[group]))
            left[group] -= int(down[at - 1]) if at else 0
            low[group] += (2**BITS - 1 - at) << shift
            least[group] = low[group]
        if not undecided:
            break
    cut = Cut(np.array(least, np.uint64))
    if not undecided:
        return cut
    equal, looks = {}, replace(look, low=cut.least)
    for partition, count in zip(labels.partitions(), labels.each(_equal, looks), strict=True):
        take = np.full(look.groups, -1)
        for group in undecided:
            take[group] = min(int(count[group]), left[group])
            left[group] -= int(take[group])
        equal[partition.number] = take
    return replace(cut, equal=equal)


def _counts(partition: Partition, look: Look) -> NDArray[np.int64]:
    """Return how many numbers of each group there are in each stretch above the lowest in question."""
    _, numbers, groups = in_question(look, judged_in(look, partition.number), partition.number)
    keys, low = _keys(numbers), look.low[groups]
    stretch = (keys - np.minimum(low, keys)) >> np.uint64(look.shift)
    some = (keys >= low) & (stretch < 2**BITS)
    flat = groups[some] * 2**BITS + stretch[some].astype(np.intp)
    return np.bincount(flat, minlength=look.groups * 2**BITS).reshape(look.groups, -1)


def _equal(partition: Partition, look: Look) -> Ints:
    _, numbers, groups = in_question(look, judged_in(look, partition.number), partition.number)
    return np.bincount(groups[_keys(numbers) == look.low[groups]], minlength=look.groups)
