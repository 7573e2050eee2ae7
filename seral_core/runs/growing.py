"""An array that grows at its end: with room to spare, so that adding a row does not copy the others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Growing:
    """Rows that were added, and for a moment some more behind them.

    Parameters
    ----------
    rows : array of shape (rows, ...)
        The first rows.

    Examples
    --------
    >>> some = Growing(np.array([1, 2]))
    >>> some.with_more(np.array([9])).tolist(), some.rows.tolist()
    ([1, 2, 9], [1, 2])
    >>> some.add(np.array([3])); some.rows.tolist()
    [1, 2, 3]
    """

    def __init__(self, rows: NDArray[Any]) -> None:
        self._room, self._held = rows.copy(), len(rows)

    def __len__(self) -> int:
        return self._held

    @property
    def rows(self) -> NDArray[Any]:
        """The rows, without copying them; not to be changed."""
        return _seen(self._room, self._held)

    def with_more(self, rows: NDArray[Any]) -> NDArray[Any]:
        """Return all rows with some more behind them, which the next call writes over."""
        need = self._held + len(rows)
        if need > len(self._room) or rows.shape[1:] != self._room.shape[1:]:
            larger = np.empty((max(64, need, 2 * self._held), *rows.shape[1:]), rows.dtype)
            if self._held:
                larger[: self._held] = self._room[: self._held]
            self._room = larger
        self._room[self._held : need] = rows
        return _seen(self._room, need)

    def add(self, rows: NDArray[Any]) -> None:
        """Keep some more rows."""
        self.with_more(rows)
        self._held += len(rows)


def _seen(room: NDArray[Any], size: int) -> NDArray[Any]:
    rows = room[:size]
    rows.flags.writeable = False
    return rows
