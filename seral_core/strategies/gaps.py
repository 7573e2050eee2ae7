"""Gaps: how far candidates are from what is chosen, brought up to date only where it matters."""

from __future__ import annotations

from itertools import count

import numpy as np
from numpy.random import Generator

from seral_core.strategies.space import Points, squared_distances
from seral_core.types import Ints

#: So many single gaps are brought up to date for a pick, then all at once.
TRIES = 32


class Gaps:
    """Squared distances of candidates to the nearest chosen point, brought up to date only where it matters.

    A gap only ever shrinks, so an old one is a bound: as long as the widest of them is up to date,
    no other needs to be. A pick then costs a few distances in place of one to every candidate.

    Parameters
    ----------
    squares : array of shape (candidates,)
        Squared distances to the nearest labelled point; changed in place.
    near : array of shape (candidates, features), optional
        The candidates; may be left out where only one is chosen.

    Examples
    --------
    >>> near = np.array([[0.0], [1.0], [5.0]])
    >>> gaps = Gaps(np.array([1.0, 4.0, 36.0]), near)
    >>> gaps.choose(gaps.widest(np.random.default_rng(0)))
    >>> gaps.chosen, gaps.widest(np.random.default_rng(0))
    ([2], 1)
    """

    def __init__(self, squares: Points, near: Points | None) -> None:
        self.squares, self.near = squares, near
        self.chosen: list[int] = []
        self._seen = np.zeros(len(squares), dtype=np.intp)
        self._all_seen = 0

    def choose(self, pick: int) -> None:
        """Add a point to the chosen ones."""
        self.chosen.append(pick)
        self.squares[pick] = -1.0

    def widest(self, rng: Generator) -> int:
        """Return the candidate with the widest gap; among equal gaps, at random."""
        top = self.tops()
        return int(top[rng.integers(len(top))]) if len(top) > 1 else int(top[0])

    def tops(self) -> Ints:
        """Return all candidates with the widest gap, brought up to date."""
        for turn in count():
            top = np.flatnonzero(self.squares == self.squares.max())
            old = top[self._seen[top] < len(self.chosen)]
            if not len(old):
                return top
            if turn < TRIES and len(old) == 1:
                self._update_one(int(old[0]))
            else:
                self._update_all()
        raise AssertionError("gaps shrink, so this ends")

    def _update_one(self, i: int) -> None:
        assert self.near is not None
        new = self.near[self.chosen[self._seen[i] :]]
        self.squares[i] = min(self.squares[i], squared_distances(new, self.near[i]).min())
        self._seen[i] = len(self.chosen)

    def _update_all(self) -> None:
        assert self.near is not None
        for pick in self.chosen[self._all_seen :]:
            np.minimum(self.squares, squared_distances(self.near, self.near[pick]), out=self.squares)
        self._all_seen = len(self.chosen)
        self._seen[:] = len(self.chosen)
