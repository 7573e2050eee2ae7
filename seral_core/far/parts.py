"""A partition: rows of numbers and their ids, in files of ours or in a row group of somebody's parquet."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, overload

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadFeatures
from seral_core.far.place import Place
from seral_core.files import regular

Values = NDArray[np.floating[Any]]


class Part(Protocol):
    """A partition; it holds no numbers itself, so that it travels to workers for nothing."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        ...

    def values(self) -> Values:
        """Return the numbers, of shape (rows, features): memory-mapped where they lie on this computer's disk."""
        ...

    def ids(self) -> Ids:
        """Return the ids of the rows."""
        ...


class Ids(Sequence[str]):
    """Ids that stay in Arrow, and become text one by one.

    Parameters
    ----------
    column : pyarrow.Array or ChunkedArray
        Of text.

    Examples
    --------
    >>> import pyarrow as pa
    >>> ids = Ids(pa.array(["a.wav", "b.wav"]))
    >>> len(ids), ids[1], ids[-1], list(ids), ids.array()
    (2, 'b.wav', 'b.wav', ['a.wav', 'b.wav'], array(['a.wav', 'b.wav'], dtype=object))
    """

    def __init__(self, column: Any) -> None:
        self.column = column

    def __len__(self) -> int:
        return len(self.column)

    @overload
    def __getitem__(self, which: int) -> str: ...
    @overload
    def __getitem__(self, which: slice) -> Ids: ...
    def __getitem__(self, which: int | slice) -> str | Ids:
        """Return one id as text, or some as they are."""
        if isinstance(which, slice):
            return Ids(self.column[which])
        return str(self.column[int(which)].as_py())

    def __iter__(self) -> Iterator[str]:
        return iter(self.column.to_pylist())

    def take(self, rows: NDArray[np.intp]) -> Ids:
        """Return some of them, in this order."""
        return Ids(self.column.take(rows))

    def array(self) -> NDArray[np.object_]:
        """Return all of them as an array of text."""
        return np.array(self.column.to_pylist(), dtype=object)


@dataclass(frozen=True)
class NpyPart:
    """Partition ``number`` of a folder that SERAL wrote: ``values-00000.npy`` and ``ids-00000.arrow``.

    Parameters
    ----------
    place : Place
        The folder.
    number, rows, width : int
        Which one, and its shape.
    digest : str
        What the set's description says of ids and values; of a partition on this computer it is compared.
    """

    place: Place
    number: int
    rows: int
    width: int
    digest: str = ""

    def values(self) -> Values:
        """Return the numbers."""
        found = _npy(self.place, values_name(self.number))
        if found.shape != (self.rows, self.width) or found.dtype not in (np.float32, np.float16):
            raise _damaged(self.place, values_name(self.number), f"{found.dtype} of shape {found.shape}")
        if self.digest and self.place.folder is not None:
            self._check(about_part(self.place, self.number))
        return found

    def ids(self) -> Ids:
        """Return the ids."""
        found, about = _arrow(self.place, ids_name(self.number))
        if len(found) != self.rows:
            raise _damaged(self.place, ids_name(self.number), f"{len(found)} ids")
        if self.digest:
            self._check(about)
        return found

    def _check(self, about: dict[str, Any]) -> None:
        """Raise where the partition was written once more after the set was described."""
        if about.get("digest") != self.digest:
            raise _damaged(self.place, ids_name(self.number), "a partition of another extraction")


def values_name(number: int) -> str:
    """Return the name of the file with a partition's numbers.

    Examples
    --------
    >>> values_name(7), ids_name(7)
    ('values-00007.npy', 'ids-00007.arrow')
    """
    return f"values-{number:05d}.npy"


def ids_name(number: int) -> str:
    """Return the name of the file with a partition's ids; once it is there, the partition is whole."""
    return f"ids-{number:05d}.arrow"


def write_ids(place: Place, number: int, ids: Sequence[str], about: dict[str, Any]) -> None:
    """Write the ids of a partition, and what is to be known of it."""
    import pyarrow as pa

    column = ids.column if isinstance(ids, Ids) else pa.array(list(ids), pa.string())
    schema = pa.schema([pa.field("id", pa.string())], metadata={"about": json.dumps(about)})
    table = pa.table([column.cast(pa.string())], schema=schema)
    sink = io.BytesIO()
    with pa.ipc.new_file(sink, schema) as file:
        file.write_table(table)
    place.write(ids_name(number), sink.getvalue())


def about_part(place: Place, number: int) -> dict[str, Any]:
    """Return what `write_ids` was told of a partition."""
    return _arrow(place, ids_name(number))[1]


@lru_cache(maxsize=256)
def _mapped(place: Place, name: str) -> Values:
    path = place.local(name)
    assert path is not None
    found: Values = np.load(regular(path), mmap_mode="r", allow_pickle=False)
    return found


def _npy(place: Place, name: str) -> Values:
    try:
        if place.folder is not None:
            return _mapped(place, name)
        found: Values = np.load(io.BytesIO(place.read(name)), allow_pickle=False)  # too large to be kept
    except FileNotFoundError:
        raise _damaged(place, name, "no file") from None
    except (ValueError, EOFError) as wrong:
        raise _damaged(place, name, str(wrong)) from None
    return found


@lru_cache(maxsize=256)
def _arrow(place: Place, name: str) -> tuple[Ids, dict[str, Any]]:
    import pyarrow as pa

    path = place.local(name)
    try:
        source = pa.memory_map(str(regular(path))) if path is not None else pa.BufferReader(place.read(name))
        with pa.ipc.open_file(source) as file:
            table = file.read_all()
        about = json.loads((table.schema.metadata or {}).get(b"about", b"{}"))
        column = table.column("id")
        # Joined, even a single piece would be copied, and all ids come into memory one partition after another.
        return Ids(column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()), about
    except FileNotFoundError:
        raise _damaged(place, name, "no file") from None
    except (pa.ArrowInvalid, KeyError, ValueError) as wrong:
        raise _damaged(place, name, str(wrong)) from None


def forget_files() -> None:
    """Let go of all files that are held open, such as before a partition is written once more."""
    _mapped.cache_clear()
    _arrow.cache_clear()


def _damaged(place: Place, name: str, got: str) -> BadFeatures:
    return BadFeatures(
        f"{place.address}/{name} is damaged (got {got}); expected what its features.json says; remove {name} and "
        "give the command that made it again"
    )
