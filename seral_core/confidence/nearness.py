"""Nearness: how far clips are from all that is labelled, without training anything."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seral_core.features.table import FeatureTable
from seral_core.types import Floats, Ints

#: Labelled clips whose distances are worked out at once.
BLOCK = 64


@dataclass
class Nearness:
    """Distances of a pool to its labelled clips, kept up to date as labels come in.

    Parameters
    ----------
    table : FeatureTable
        The pool; features count by the scale they have, frames by their mean.

    Examples
    --------
    >>> near = Nearness(FeatureTable(np.array([[0.0], [1.0], [2.0], [1.5], [9.0]]), tuple("abcde")))
    >>> near.add(np.array([0, 1, 2]))
    >>> near.unknown()
    array([0., 0., 0., 0., 1.])
    """

    table: FeatureTable
    _values: NDArray[np.floating] | None = field(default=None, repr=False)
    _squares: Floats | None = field(default=None, repr=False)
    _labelled: list[int] = field(default_factory=list, repr=False)

    def add(self, rows: Ints) -> None:
        """Take further rows as labelled; those that are already do not count twice."""
        if self._values is None or self._squares is None:
            self._values = self.table.pooled().values
            self._squares = np.full(len(self._values), np.inf)
        have = set(self._labelled)
        fresh = np.array([row for row in dict.fromkeys(rows.tolist()) if row not in have], dtype=np.intp)
        norms = np.einsum("ij,ij->i", self._values, self._values, dtype=np.float64)
        for start in range(0, len(fresh), BLOCK):
            some = fresh[start : start + BLOCK]
            apart = norms[:, None] + norms[some] - 2 * (self._values @ self._values[some].T)
            apart[some, np.arange(len(some))] = np.inf  # from itself
            np.minimum(self._squares, apart.min(axis=1), out=self._squares)
        self._labelled += fresh.tolist()

    def unknown(self) -> Floats:
        """Return how unknown each row is: the share of labelled clips that are nearer to another labelled one than it.

        Returns
        -------
        Floats of shape (rows,)
            In [0, 1]: 0.95 for a clip that lies farther from all labelled clips than 95 of 100 labelled clips lie from
            one another. 0 where fewer than two clips are labelled, as nothing can be compared.

        References
        ----------
        .. [1] Papernot and McDaniel, Deep k-nearest neighbors: towards confident, interpretable and robust deep
           learning, 2018 (nearest neighbours as credibility, ranked among those that are known).
        """
        if self._squares is None or len(self._labelled) < 2:
            return np.zeros(len(self.table))
        known = np.sort(self._squares[self._labelled])
        # Rounding must not make a clip farther than itself.
        shares = np.searchsorted(known, self._squares * (1 - 1e-9), side="left") / len(known)
        return np.asarray(shares, np.float64)
