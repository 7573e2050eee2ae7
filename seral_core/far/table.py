"""A far table: a feature table whose rows lie in partitions, read where they are needed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn, overload

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadFeatures
from seral_core.far.block import Block
from seral_core.far.lookup import Lookup
from seral_core.far.parts import Ids
from seral_core.far.rest import not_at_once
from seral_core.far.voices import Voices
from seral_core.features.normaliser import Normaliser
from seral_core.features.table import FeatureTable
from seral_core.home import home
from seral_core.types import Ints

#: Rows that were asked for one by one are kept up to so many bytes: those with labels are asked for in every round.
KEPT_BYTES = 2**26
#: So many ids are looked for partition by partition, and not one by one.
MANY = 64


class FarTable(FeatureTable):
    """One row of features per segment, in partitions. What takes some rows works; what takes all at once is refused.

    Parameters
    ----------
    blocks : sequence of Block
        The partitions, in order.
    where : str
        Where they lie, for messages.
    fingerprint : str
        Changes when ids, values or scale do.
    mean, std : array of shape (features,), optional
        Of each feature over all rows, where they are known.
    index : Path, optional
        Where the lookup of ids is kept, or made; left out: among SERAL's own files.

    Examples
    --------
    >>> table = far_example()
    >>> table
    FarTable(5 rows in 2 partitions, 1 features, at example)
    >>> table.only(["d", "a"]).values.tolist(), table.ids[3], len(table)
    ([[3.0], [0.0]], 'd', 5)
    >>> [(first, len(block)) for first, block in table.firsts()]
    [(0, 3), (3, 2)]
    >>> np.asarray(table.values)
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: this part needs the features of 5 clips (0.0 GiB) at once, but the pool lies in ...
    """

    blocks: tuple[Block, ...]
    starts: Ints
    where: str
    mean: NDArray[np.floating] | None
    std: NDArray[np.floating] | None
    index: Path | None
    _kept: OrderedDict[int, NDArray[np.float32]]

    def __init__(
        self,
        blocks: Sequence[Block],
        where: str,
        fingerprint: str,
        mean: NDArray[np.floating] | None = None,
        std: NDArray[np.floating] | None = None,
        index: Path | None = None,
        notes: tuple[str, ...] = (),
        width: int = 0,
    ) -> None:
        some = next((block for block in blocks if len(block)), None)
        shape = width or (some.take(np.zeros(1, dtype=np.intp)).shape[1] if some else 0)
        scaled = some is not None and some.scale is not None
        first = replace(some, keep=some.whole_rows()[:1]).table() if some is not None and scaled else None
        names = first.names if first is not None else blocks[0].names if blocks else ()
        marked = first.normalised if first is not None else blocks[0].normalised if blocks else ""
        starts = np.cumsum([0, *map(len, blocks)]).astype(np.intp)
        self.__dict__.update(
            blocks=tuple(blocks), where=where, starts=starts, fingerprint=fingerprint, mean=mean, std=std, index=index,
            names=names, key=blocks[0].key if blocks else "", normalised=marked, problems=(), notes=notes, rate_hz=0.0,
            plain=True, values=LazyValues(self, (int(starts[-1]), shape)), ids=LazyIds(self), _kept=OrderedDict(),
        )  # fmt: skip

    @property
    def bounds(self) -> Any:
        """Every row owns one unit; there is no list that says so."""
        raise BadFeatures(not_at_once(f"a list of {len(self):,} bounds"))

    def __len__(self) -> int:
        return int(self.starts[-1])

    def __repr__(self) -> str:
        parts = f"{len(self):,} rows in {len(self.blocks)} partitions"
        return f"FarTable({parts}, {self.values.shape[1]} features, at {self.where})"

    def firsts(self) -> Iterator[tuple[int, Block]]:
        """Yield each block that has rows, with the number of its first row."""
        for first, block in zip(self.starts.tolist(), self.blocks, strict=False):
            if len(block):
                yield first, block

    def take(self, rows: Ints | Sequence[int]) -> FeatureTable:
        """Return the rows with these numbers, in this order, in memory."""
        rows = np.asarray(rows, dtype=np.intp)
        ids = tuple(self.names_of(rows))
        return FeatureTable(self.gathered(rows), ids, self.names, key=self.key, normalised=self.normalised)

    def gathered(self, rows: Ints) -> NDArray[np.float32]:
        """Return the values of some rows, of shape (rows, features), in memory."""
        if len(rows) and not (int(rows.min()) >= 0 and int(rows.max()) < len(self)):
            raise IndexError(f"got rows {rows.min()} to {rows.max()}; expected 0 to {len(self) - 1}")
        out = np.empty((len(rows), self.values.shape[1]), np.float32)
        new = []
        for i, row in enumerate(rows.tolist()):
            if (kept := self._kept.get(row)) is None:
                new.append(i)
            else:
                out[i] = kept
        at = np.array(new, dtype=np.intp)
        number = np.searchsorted(self.starts, rows[at], side="right") - 1
        for block in np.unique(number).tolist():
            mine = at[number == block]
            out[mine] = self.blocks[block].take(rows[mine] - self.starts[block])
        most = KEPT_BYTES // max(1, out.itemsize * out.shape[1])
        for i in new if len(new) <= most // 8 else ():  # not what is read in bulk
            self._kept[int(rows[i])] = out[i].copy()
        while len(self._kept) > most:
            self._kept.popitem(last=False)
        return out

    def rows(self, ids: Iterable[str]) -> Ints:
        """Return the row numbers of ``ids``, in their order; raise `BadFeatures` for an unknown one."""
        ids = list(ids)
        found = self.there(ids)
        if missing := [ids[i] for i in np.flatnonzero(found < 0)]:
            raise BadFeatures(
                f"no features for {len(missing)} of {len(ids)} segments, first '{missing[0]}'; "
                "extract them or leave the segments out"
            )
        return found

    def __contains__(self, segment: object) -> bool:
        if not isinstance(segment, str):
            return False
        return bool(self.there([segment])[0] >= 0)

    def there(self, ids: Sequence[str]) -> Ints:
        """Return the row number of each id, or -1 where it has none."""
        if len(ids) < MANY:
            places = zip(ids, self.lookup.candidates(ids), strict=True)
            return np.array([self._find(segment, rows) for segment, rows in places], np.intp)
        wanted, whole = np.array(list(ids), dtype=object), self.lookup.only_candidates(ids)
        found, one = np.full(len(wanted), -1, dtype=np.intp), whole >= 0
        number = np.searchsorted(self._whole, whole, side="right") - 1
        for each in np.unique(number[one]).tolist():
            mine = np.flatnonzero(one & (number == each))
            local = whole[mine] - self._whole[each]
            same = self.blocks[each].part.ids().take(local).array() == wanted[mine]
            found[mine] = np.where(same, self._kept_rows(each, local), -1)
        for at in np.flatnonzero(whole == -2).tolist():
            found[at] = self._find(wanted[at], self.lookup.candidates([wanted[at]])[0])
        return found

    def _kept_rows(self, number: int, local: Ints) -> Ints:
        """Return the row numbers of some rows of a partition, -1 for those that were left out."""
        keep = self.blocks[number].keep
        if keep is None:
            found: Ints = local + self.starts[number]
            return found
        if not len(keep):
            return np.full(len(local), -1, dtype=np.intp)
        at = np.minimum(np.searchsorted(keep, local), len(keep) - 1)
        return np.asarray(np.where(keep[at] == local, at + self.starts[number], -1), dtype=np.intp)

    def names_of(self, rows: Ints) -> list[str]:
        """Return the ids of some rows, in their order; each partition is looked at once."""
        rows = np.asarray(rows, dtype=np.intp)
        found = np.empty(len(rows), dtype=object)
        number = np.searchsorted(self.starts, rows, side="right") - 1
        for each in np.unique(number).tolist():
            mine, block = number == each, self.blocks[each]
            local = rows[mine] - self.starts[each]
            found[mine] = block.part.ids().take(local if block.keep is None else block.keep[local]).array()
        return list(found)

    def drawn(self, begin: float, start: int, stop: int) -> Ints:
        """Return rows in an order at random that their ids decide, whatever else is in the table.

        Parameters
        ----------
        begin : float
            Where the order begins, in [0, 1): another number is another draw.
        start, stop : int
            Places in the order, which is as long as all partitions are; rows that the table has not got are left out.

        Examples
        --------
        >>> table = far_example()
        >>> sorted(table.drawn(0.3, 0, 5).tolist()), len(table.among(np.array([1, 2])).drawn(0.3, 0, 5))
        ([0, 1, 2, 3, 4], 2)
        """
        entries, bits = self.lookup.entries, self.lookup.bits
        total = len(entries)
        places = (int(begin * total) + np.arange(start, min(stop, total), dtype=np.int64)) % max(total, 1)
        whole = np.asarray(entries[places] & np.uint64(2**bits - 1), dtype=np.intp)
        found = np.full(len(whole), -1, dtype=np.intp)
        number = np.searchsorted(self._whole, whole, side="right") - 1
        for each in np.unique(number).tolist():
            mine = number == each
            found[mine] = self._kept_rows(each, whole[mine] - self._whole[each])
        return found[found >= 0]

    def among(self, rows: Ints) -> FarTable:
        """Return the table with fewer rows, ascending: 8 bytes a row."""
        rows = np.unique(rows)
        cut = np.searchsorted(rows, self.starts)
        blocks = []
        for block, start, a, b in zip(
            self.blocks, self.starts.tolist(), cut[:-1].tolist(), cut[1:].tolist(), strict=False
        ):
            local = rows[a:b] - start
            if len(local) < len(block):
                block = replace(block, keep=local if block.keep is None else block.keep[local])
            blocks.append(block)
        if len(rows) == len(self):
            return self
        digest = sha256(f"{self.fingerprint} {len(rows)}".encode() + np.ascontiguousarray(rows, np.int64).data)
        return self._with(blocks, digest.hexdigest()[:16])

    def scaled(self, scale: Normaliser, voices: Sequence[Voices | None] = ()) -> FarTable:
        """Return the table on a pool's scale: values are brought there when they are read.

        Parameters
        ----------
        scale : Normaliser
            Of the pool.
        voices : sequence of (Voices or None), optional
            Who speaks in each partition, where the scale normalises speakers.
        """
        by = list(voices) or [None] * len(self.blocks)
        blocks = [replace(block, scale=scale, voices=who) for block, who in zip(self.blocks, by, strict=True)]
        said = "".join(f" {who.digest}" for who in by if who is not None)
        return self._with(blocks, sha256(f"{self.fingerprint} {scale.label}{said}".encode()).hexdigest()[:16])

    def _with(self, blocks: Sequence[Block], fingerprint: str) -> FarTable:
        return FarTable(blocks, self.where, fingerprint, index=self.index, notes=self.notes)

    def _find(self, segment: str, candidates: Ints) -> int:
        """Return the row of a segment among those that may have it, or -1; candidates count all rows of partitions."""
        for whole in candidates.tolist():
            number = int(np.searchsorted(self._whole, whole, side="right")) - 1
            block, local = self.blocks[number], whole - int(self._whole[number])
            if block.part.ids()[local] == segment:
                start = int(self.starts[number])
                if block.keep is None:
                    return start + int(local)
                at = int(np.searchsorted(block.keep, local))
                return start + at if at < len(block.keep) and block.keep[at] == local else -1
        return -1

    @cached_property
    def _whole(self) -> Ints:
        """First row of each partition, those that were left out included."""
        return np.cumsum([0, *(block.part.rows for block in self.blocks)]).astype(np.intp)

    @cached_property
    def lookup(self) -> Lookup:
        """Which row an id may have, of all rows of the partitions."""
        path = self.index or home("cache", "far") / f"{self.fingerprint}-{len(self)}.npy"
        return Lookup.made([block.part for block in self.blocks], path)

    @cached_property
    def _row(self) -> NoReturn:
        raise BadFeatures(not_at_once(f"a dictionary of {len(self):,} ids"))

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what was read: workers read what they need."""
        left = ("lookup", "_kept")
        return {name: value for name, value in self.__dict__.items() if name not in left}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _kept=OrderedDict())


class LazyValues:
    """The values of a far table: some rows can be taken, not all at once."""

    dtype = np.dtype(np.float32)
    ndim = 2
    itemsize = 4

    def __init__(self, table: FarTable, shape: tuple[int, int]) -> None:
        self._table, self.shape = table, shape

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> NDArray[np.float32]:
        """Return some rows in memory; of slices, only short ones."""
        if isinstance(rows, tuple):
            raise BadFeatures(not_at_once(f"columns of {len(self):,} clips"))
        if isinstance(rows, slice):
            start, stop, step = rows.indices(len(self))
            if len(range(start, stop, step)) * self.shape[1] * 4 > KEPT_BYTES:
                self.__array__()
            rows = np.arange(start, stop, step)
        rows = np.asarray(rows)
        if rows.dtype == bool:
            rows = np.flatnonzero(rows)
        found = self._table.gathered(np.atleast_1d(rows).astype(np.intp))
        return found if rows.ndim else found[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        size = self.shape[0] * self.shape[1] * 4 / 2**30
        raise BadFeatures(not_at_once(f"the features of {len(self):,} clips ({size:.1f} GiB)"))


class LazyIds(Sequence[str]):
    """The ids of a far table, one by one."""

    def __init__(self, table: FarTable) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    def __contains__(self, segment: object) -> bool:
        return segment in self._table

    @overload
    def __getitem__(self, which: int) -> str: ...
    @overload
    def __getitem__(self, which: slice) -> list[str]: ...
    def __getitem__(self, which: int | slice) -> str | list[str]:
        """Return one id, or some of them."""
        if isinstance(which, slice):
            return [self[i] for i in range(*which.indices(len(self)))]
        row = range(len(self))[which]
        number = int(np.searchsorted(self._table.starts, row, side="right")) - 1
        block, local = self._table.blocks[number], row - int(self._table.starts[number])
        return block.part.ids()[local if block.keep is None else int(block.keep[local])]

    def __iter__(self) -> Iterator[str]:
        for _, block in self._table.firsts():
            yield from block.ids()


def far_example(values: NDArray[np.floating] | None = None, each: int = 3) -> FarTable:
    """Return a small far table, for examples and tests.

    Parameters
    ----------
    values : array of shape (rows, features), optional
        Left out: the numbers from 0 to 4.
    each : int
        Rows of a partition.

    Examples
    --------
    >>> len(far_example(np.eye(4), each=2).blocks)
    2
    """
    import pyarrow as pa

    values = np.arange(5.0)[:, None] if values is None else values
    names = [chr(97 + i) if len(values) < 27 else f"clip{i}" for i in range(len(values))]
    blocks = [
        Block(_InMemory(values[i : i + each].astype(np.float32), Ids(pa.array(names[i : i + each], pa.string()))))
        for i in range(0, len(values), each)
    ]
    return FarTable(blocks, "example", sha256(np.ascontiguousarray(values).data).hexdigest()[:16])


class _InMemory:
    def __init__(self, values: NDArray[np.float32], ids: Ids) -> None:
        self._values, self._ids = values, ids
        self.rows = len(values)

    def values(self) -> NDArray[np.float32]:
        return self._values

    def ids(self) -> Ids:
        return self._ids
