"""The rest: all rows but some, as candidates of a pool that is too large for a list of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadPlan
from seral_core.types import Bools, Ints


@dataclass(frozen=True, eq=False)
class Rest:
    """Row numbers from 0 to ``size``, without those that are taken; looks like an ascending array of them.

    Parameters
    ----------
    size : int
        Number of rows of the pool.
    taken : Ints of shape (taken,)
        Rows that are no candidates, ascending, each once.

    Examples
    --------
    >>> rest = Rest(6, np.array([0, 3]))
    >>> len(rest), rest[np.array([0, 1, 2, 3])], rest[2], rest[:2]
    (4, array([1, 2, 4, 5]), 4, array([1, 2]))
    >>> rest.holds(np.array([3, 4, 9])), rest.within(2, 5)
    (array([False,  True, False]), array([0, 2]))
    """

    size: int
    taken: Ints

    def __len__(self) -> int:
        return self.size - len(self.taken)

    def __getitem__(self, which: Any) -> Any:
        """Return the row numbers at some positions."""
        if isinstance(which, slice):
            which = np.arange(*which.indices(len(self)))
        positions = np.asarray(which, dtype=np.intp)
        # Before the k-th taken row, taken[k] - k others are candidates.
        before = self.taken - np.arange(len(self.taken))
        rows = positions + np.searchsorted(before, positions, side="right")
        return rows if rows.ndim else int(rows)

    def holds(self, rows: NDArray[np.intp]) -> Bools:
        """Return whether each row is a candidate."""
        at = np.searchsorted(self.taken, rows)
        there = at < len(self.taken)
        there[there] = self.taken[at[there]] == rows[there]
        return np.asarray((rows >= 0) & (rows < self.size) & ~there, dtype=np.bool_)

    def within(self, start: int, stop: int) -> Ints:
        """Return the candidates among rows ``start`` to ``stop``, counted from ``start``."""
        free = np.ones(stop - start, dtype=bool)
        low, high = np.searchsorted(self.taken, (start, stop))
        free[self.taken[low:high] - start] = False
        return np.flatnonzero(free)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        raise BadPlan(not_at_once(f"a list of all {len(self):,} candidates"))


def not_at_once(what: str) -> str:
    """Return a sentence for who asks for a whole pool that lies in partitions.

    Examples
    --------
    >>> not_at_once("the features of 10 clips")
    'this part needs the features of 10 clips at once, but the pool lies in partitions; expected one that ...'
    """
    return (
        f"this part needs {what} at once, but the pool lies in partitions; expected one that takes it partition by "
        "partition, such as margin, entropy, qbc, k-centre or random; let a strategy see a sample of it: "
        "name:subset=20000"
    )


def among(rows: NDArray[np.intp], candidates: Ints | Rest) -> Bools:
    """Return whether each row is a candidate.

    Examples
    --------
    >>> among(np.array([1, 2]), np.array([2, 5])), among(np.array([1, 2]), Rest(3, np.array([1])))
    (array([False,  True]), array([False,  True]))
    """
    return candidates.holds(rows) if isinstance(candidates, Rest) else np.isin(rows, candidates)
