"""A table to which rows were added: those that were there keep their place, in lists and on maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.features.table import FeatureTable

#: Rows whose distances are worked out at once.
AT_ONCE = 64


@dataclass(frozen=True, eq=False)
class GrownTable(FeatureTable):
    """A feature table of which the first rows were there before.

    Parameters
    ----------
    before : int
        How many.

    Examples
    --------
    >>> table = grown(FeatureTable(np.eye(2), ("a", "b")), FeatureTable(np.ones((1, 2)), ("c",)))
    >>> table.ids, table.first.ids, table.among(np.array([[0.0, 0.0], [1.0, 1.0]])).tolist()
    (('a', 'b', 'c'), ('a', 'b'), [[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]])
    """

    before: int = 0

    @property
    def first(self) -> FeatureTable:
        """The rows that were there before."""
        ids = self.ids[: self.before]
        return FeatureTable(self.values[: self.before], ids, self.names, key=self.key, normalised=self.normalised)

    def among(self, positions: NDArray[Any]) -> NDArray[np.float32]:
        """Return positions of all rows: each new one goes to the middle of the five that are nearest.

        Parameters
        ----------
        positions : array of shape (before, 2)
            Of the rows that were there.
        """
        old, new = self.values[: self.before], self.values[self.before :]
        squares = np.einsum("ij,ij->i", old, old)
        placed = np.zeros((len(new), 2), np.float32)
        for start in range(0, len(new), AT_ONCE):
            apart = squares - 2 * (new[start : start + AT_ONCE] @ old.T)
            near = np.argsort(apart, axis=1, kind="stable")[:, :5]
            placed[start : start + AT_ONCE] = positions[near].mean(axis=1)
        return np.concatenate([np.asarray(positions, np.float32), placed])


def grown(table: FeatureTable, more: FeatureTable | None) -> FeatureTable:
    """Return a table with further rows behind its own, one unit each; without any, the table itself."""
    if more is None or not len(more):
        return table
    return GrownTable(
        np.concatenate([table.values, more.values]), (*table.ids, *more.ids), table.names, key=table.key,
        problems=table.problems, normalised=table.normalised, before=getattr(table, "before", len(table)),
    )  # fmt: skip
