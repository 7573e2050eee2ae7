"""First labels stratified by class: for experiments in which the classes are known beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.strategies.base import View
from seral_core.types import Ints


@dataclass(frozen=True)
class Stratified:
    """Draw the same number from every class, as far as they go.

    It looks at gold, so it is no strategy that anybody could use on new recordings, and is not
    registered as one.

    Parameters
    ----------
    strata : tuple of int
        Class number of every row of the pool.

    Examples
    --------
    >>> view = line_view(0.0, 1.0, 2.0, 3.0)
    >>> sorted(Stratified((0, 0, 0, 1))(view, 2, np.random.default_rng(0)).tolist())[-1]
    3
    """

    strata: tuple[int, ...]

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return ``n`` candidates, one class after another in turn."""
        shuffled = rng.permutation(view.candidates)
        strata = np.asarray(self.strata)[shuffled]
        turn = np.zeros(len(shuffled), dtype=np.intp)
        for stratum in np.unique(strata):
            mine = strata == stratum
            turn[mine] = np.arange(mine.sum())
        return shuffled[np.argsort(turn, kind="stable")][:n].astype(np.intp)
