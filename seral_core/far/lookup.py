"""Which row an id has: a sorted list of hashes on disk, 8 bytes a row, made once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadFeatures
from seral_core.far.parts import Part
from seral_core.files import replacing
from seral_core.types import Ints


@dataclass(frozen=True, eq=False)
class Lookup:
    """Each entry has a row's number in its low bits and the hash of its id above; entries ascend.

    Parameters
    ----------
    entries : array of shape (rows,)
        uint64, memory-mapped.
    bits : int
        How many low bits are the row's number.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.far.table import far_example
    >>> table = far_example()
    >>> found = Lookup.made([block.part for block in table.blocks], Path(tempfile.mkdtemp()) / "rows.npy")
    >>> sorted(found.candidates(["c"])[0].tolist())[:1] == table.rows(["c"]).tolist()
    True
    """

    entries: NDArray[np.uint64]
    bits: int

    @classmethod
    def made(cls, parts: Sequence[Part], path: Path) -> Lookup:
        """Return the lookup that is kept at a path; make it where there is none.

        Raises
        ------
        BadFeatures
            When an id is there twice.
        """
        total = sum(part.rows for part in parts)
        bits = max(1, int(total - 1).bit_length()) if total else 1
        if path.is_file():
            kept = np.load(path, mmap_mode="r", allow_pickle=False)
            if kept.dtype == np.uint64 and kept.shape == (total,):
                return cls(kept, bits)
        with replacing(path) as draft:
            entries = np.lib.format.open_memmap(draft, mode="w+", dtype=np.uint64, shape=(total,))
            for first, part in _firsts(parts):
                entries[first : first + part.rows] = _entries(part.ids().array(), first, bits)
            entries.sort()
            entries.flush()
            _check_once(entries, bits, parts)
            del entries
        return cls(np.load(path, mmap_mode="r", allow_pickle=False), bits)

    def __len__(self) -> int:
        return len(self.entries)

    def candidates(self, ids: Sequence[str]) -> list[Ints]:
        """Return for each id the rows that may have it; their ids must be compared."""
        low, high = self._ends(ids)
        return [_rows(self.entries[a:b], self.bits) for a, b in zip(low.tolist(), high.tolist(), strict=True)]

    def only_candidates(self, ids: Sequence[str]) -> Ints:
        """Return for each id the row that may have it, -1 where there is none, and -2 where there are several."""
        low, high = self._ends(ids)
        found = np.where(high - low == 1, 0, np.where(high == low, -1, -2)).astype(np.intp)
        found[found == 0] = _rows(self.entries[low[found == 0]], self.bits)
        return found

    def _ends(self, ids: Sequence[str]) -> tuple[Ints, Ints]:
        wanted = _hashes(np.array(list(ids), dtype=object)) >> np.uint64(self.bits) << np.uint64(self.bits)
        low = np.searchsorted(self.entries, wanted)
        return low, np.searchsorted(self.entries, wanted | np.uint64(2**self.bits - 1), side="right")


def _firsts(parts: Sequence[Part]) -> Iterator[tuple[int, Part]]:
    first = 0
    for part in parts:
        yield first, part
        first += part.rows


def _hashes(ids: NDArray[np.object_]) -> NDArray[np.uint64]:
    from pandas.util import hash_array

    return np.asarray(hash_array(ids, categorize=False), dtype=np.uint64)


def _entries(ids: NDArray[np.object_], first: int, bits: int) -> NDArray[np.uint64]:
    rows = np.arange(first, first + len(ids), dtype=np.uint64)
    found: NDArray[np.uint64] = (_hashes(ids) >> np.uint64(bits) << np.uint64(bits)) | rows
    return found


def _rows(entries: NDArray[np.uint64], bits: int) -> Ints:
    return np.asarray(entries & np.uint64(2**bits - 1), dtype=np.intp)


def _check_once(entries: Any, bits: int, parts: Sequence[Part], at_once: int = 2**20) -> None:
    """Raise where two rows have one id: rows of equal hashes are compared."""
    starts = np.cumsum([0, *(part.rows for part in parts)])

    def name(row: int) -> str:
        number = int(np.searchsorted(starts, row, side="right")) - 1
        return parts[number].ids()[row - int(starts[number])]

    for start in range(0, len(entries), at_once):
        some = np.asarray(entries[start : start + at_once + 1]) >> np.uint64(bits)
        for at in np.flatnonzero(some[1:] == some[:-1]).tolist():
            run = start + at
            # Of three or more equal hashes, each is compared with all that follow.
            for other in range(run + 1, len(entries)):
                if entries[other] >> np.uint64(bits) != some[at]:
                    break
                one, two = _rows(np.asarray(entries[[run, other]]), bits).tolist()
                if (segment := name(one)) == name(two):
                    raise BadFeatures(
                        f"segment '{segment}' has two rows of features ({one} and {two}); expected one each; remove one"
                    )
