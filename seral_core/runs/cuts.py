"""Where the highest of millions begin: counts of each partition tell, without anybody bringing numbers together.

Numbers of each group, from 0 up, are told apart by `BITS` bits in one look at all partitions, until it is clear below
which none is among as many highest as are wanted. Equal numbers are told apart in the same way, by what was drawn for
each row: the first rows are often those of one speaker, and a model may be as sure of all.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas.util import hash_array

from seral_core.far.place import Place
from seral_core.runs.machine_labels import MachineLabels, Partition
from seral_core.types import Bools, Floats, Ints

#: Numbers are told apart by so many bits in one look.
BITS = 8
#: As a limit: none.
UNLIMITED = 2**62
#: Above any number's key.
NOTHING = np.uint64(2**64 - 1)


@dataclass(frozen=True)
class Cut:
    """Which clips are among the highest of their group.

    Parameters
    ----------
    least : array of shape (groups,)
        The lowest number that is.
    last : array of shape (groups,)
        Of those with just this number, the lowest draw that is.
    """

    least: NDArray[np.uint64]
    last: NDArray[np.uint64]

    @classmethod
    def of_all(cls, groups: int) -> Cut:
        """Return the cut below which there is nothing."""
        return cls(np.zeros(groups, np.uint64), np.zeros(groups, np.uint64))

    def among(self, numbers: Floats, groups: Ints, draws: NDArray[np.uint64]) -> Bools:
        """Return whether each is."""
        keys, least = _keys(numbers), self.least[groups]
        found: Bools = (keys > least) | ((keys == least) & (draws >= self.last[groups]))
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
    equal : array of shape (groups,), optional
        Draws of those with just these numbers are counted, and not the numbers themselves.
    low : array of shape (groups,), optional
        The lowest in question.
    shift : int
        What is counted together differs in so many bits at most.
    """

    place: Place
    version: int
    groups: int
    above: float | None
    chosen: Cut | None
    equal: NDArray[np.uint64] | None = None
    low: NDArray[np.uint64] | None = None
    shift: int = 0


def names_of(version: int, number: int) -> tuple[str, str]:
    """Return the names of what a partition writes down within a step: labels that are left, and what it judged."""
    return f"left-{version:05d}-{number:05d}.npz", f"judged-{version:05d}-{number:05d}.npz"


def judged_in(look: Look, number: int) -> dict[str, NDArray[Any]]:
    """Return what a partition judged: rows, and by name a number for each."""
    with np.load(io.BytesIO(look.place.read(names_of(look.version, number)[1])), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def in_question(look: Look, numbers: Mapping[str, NDArray[Any]]) -> tuple[Ints, Floats, Ints]:
    """Return which rows a cut is about, their numbers, and their groups."""
    if look.above is None:
        return np.arange(len(numbers["rows"])), numbers["score"], np.zeros(len(numbers["rows"]), np.intp)
    sure: Bools = numbers["sure"] >= look.above
    if look.chosen is not None:
        sure &= look.chosen.among(numbers["score"], np.zeros(len(sure), np.intp), numbers["draw"])
    at = np.flatnonzero(sure)
    return at, numbers["sure"][at], numbers["group"][at]


def _keys(numbers: Floats) -> NDArray[np.uint64]:
    """Return whole numbers that are ordered as numbers from 0 up are."""
    return np.abs(np.ascontiguousarray(numbers, np.float64)).view(np.uint64)


def drawn(rows: Ints, seed: int) -> NDArray[np.uint64]:
    """Return a number for each row of the pool as if at random, no two alike, wherever the row lies.

    Examples
    --------
    >>> np.argsort(drawn(np.arange(6), seed=3)), len(set(drawn(np.arange(1000), seed=3).tolist()))
    (array([3, 4, 0, 2, 5, 1]), 1000)
    """
    return np.asarray(hash_array(rows.astype(np.uint64) ^ np.uint64(seed)), np.uint64)


def cut_of(labels: MachineLabels, look: Look, limits: Sequence[int]) -> Cut:
    """Return the cut above which there are no more of each group than its limit."""
    least, left = _lowest(labels, look, limits)
    if not any(left):
        return Cut(least, np.zeros_like(least))
    return Cut(least, _lowest(labels, replace(look, equal=least), [most or UNLIMITED for most in left])[0])


def _lowest(labels: MachineLabels, look: Look, limits: Sequence[int]) -> tuple[NDArray[np.uint64], list[int]]:
    """Return the lowest key of each group, and how many of those with just this key fit; 0 where all do."""
    low, left, undecided = np.zeros(look.groups, np.uint64), list(limits), set(range(look.groups))
    for shift in range(64 - BITS, -1, -BITS):
        counts = sum(labels.each(_counts, replace(look, low=low, shift=shift)), np.zeros((), np.int64))
        for group in sorted(undecided):
            down = np.cumsum(counts[group][::-1])
            if down[-1] <= left[group] or not left[group]:
                low[group] = low[group] if left[group] else NOTHING
                left[group] = 0
                undecided.discard(group)
                continue
            at = int(np.searchsorted(down, left[group]))
            left[group] -= int(down[at - 1]) if at else 0
            low[group] += np.uint64((2**BITS - 1 - at) << shift)
        if not undecided:
            break
    return low, left


def _counts(partition: Partition, look: Look) -> NDArray[np.int64]:
    """Return how many keys of each group there are in each stretch above the lowest in question."""
    judged = judged_in(look, partition.number)
    at, numbers, groups = in_question(look, judged)
    keys = _keys(numbers)
    if look.equal is not None:
        same = keys == look.equal[groups]
        keys, groups = judged["draw"][at[same]], groups[same]
    low = look.low[groups]  # type: ignore[index]
    stretch = (keys - np.minimum(low, keys)) >> np.uint64(look.shift)
    some = (keys >= low) & (stretch < 2**BITS)
    flat = groups[some] * 2**BITS + stretch[some].astype(np.intp)
    return np.bincount(flat, minlength=look.groups * 2**BITS).reshape(look.groups, -1)
