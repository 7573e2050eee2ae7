"""A block: the rows of one partition that belong to a table, on that table's scale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from seral_core.far.parts import Ids, Part, Values
from seral_core.far.voices import Voices
from seral_core.features.normaliser import Normaliser
from seral_core.features.table import FeatureTable
from seral_core.types import Ints

#: Rows that are brought to another scale at once.
AT_ONCE = 8192


@dataclass(frozen=True, eq=False)
class Block:
    """What of a partition is in a table; small enough to travel to where it is worked on.

    Parameters
    ----------
    part : Part
        The partition.
    names : tuple of str
        Of the features; empty where unknown.
    key, normalised : str
        As of a `FeatureTable`.
    keep : Ints, optional
        Rows of the partition that belong to the table, ascending; left out: all.
    scale : Normaliser, optional
        How values are brought to the pool's scale when they are read; left out: not at all.
    voices : Voices, optional
        Who speaks, where the scale normalises speakers.
    """

    part: Part
    names: tuple[str, ...] = ()
    key: str = ""
    normalised: str = ""
    keep: Ints | None = None
    scale: Normaliser | None = None
    voices: Voices | None = None

    def __len__(self) -> int:
        return self.part.rows if self.keep is None else len(self.keep)

    def table(self) -> FeatureTable:
        """Return the rows as a table; its values may be memory-mapped, and its ids become text one by one."""
        values = self.part.values()
        return self._table(values if self.keep is None else values[self.keep], self.ids(), self.whole_rows())

    def take(self, rows: Ints) -> Values:
        """Return the values of some rows, of shape (rows, features)."""
        whole = rows if self.keep is None else self.keep[rows]
        values = self.part.values()[whole]
        found: Values = np.asarray(self._table(values, Ids(_Nothing(len(values))), whole).values)
        return found

    def ids(self) -> Ids:
        """Return the ids of the rows."""
        return self.part.ids() if self.keep is None else self.part.ids().take(self.keep)

    def whole_rows(self) -> Ints:
        """Return the numbers of the rows, counted in the whole partition."""
        return np.arange(self.part.rows) if self.keep is None else self.keep

    def _table(self, values: Values, ids: Any, whole: Ints) -> FeatureTable:
        if self.scale is None:
            values = values if values.dtype == np.float32 else values.astype(np.float32)
            return FeatureTable(values, ids, self.names, key=self.key, normalised=self.normalised)
        out: Values | None = None
        start = 0
        for done in self._scaled(values, whole):
            if out is None:
                out = np.empty((len(values), done.shape[1]), np.float32)
            out[start : start + len(done)] = done
            start += len(done)
        assert out is not None
        names = () if len(self.scale.axes) else self.names
        return FeatureTable(out, ids, names, normalised=self.scale.label)

    def pieces(self) -> Iterator[Values]:
        """Yield the values of the rows, some thousands at a time: on another scale they need not all be in memory."""
        values = self.part.values() if self.keep is None else self.part.values()[self.keep]
        yield from self._scaled(values, self.whole_rows())

    def _scaled(self, values: Values, whole: Ints) -> Iterator[Values]:
        """Yield rows as float32, on the table's scale; of none, an empty array."""
        nobody: list[str | None] = [None] * min(AT_ONCE, len(values))
        for start in range(0, max(len(values), 1), AT_ONCE):
            some: Values = np.asarray(values[start : start + AT_ONCE], np.float32)
            nameless: Any = Ids(_Nothing(len(some)))
            if self.scale is None:
                yield some
            elif self.voices is None:
                done = self.scale.of(FeatureTable(some, nameless, self.names), nobody[: len(some)])
                yield np.asarray(done.values)
            else:
                some = self.voices.of(some, whole[start : start + AT_ONCE])
                yield np.asarray(self.scale.after(FeatureTable(some, nameless, self.names)).values)


class _Nothing:
    """A column of which only the length is known."""

    def __init__(self, length: int) -> None:
        self._length = length

    def __len__(self) -> int:
        return self._length
