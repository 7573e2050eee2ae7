"""A parquet dataset as users have it: a column of ids and columns of numbers; row groups are the partitions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.errors import BadFeatures
from seral_core.far.parts import Ids, Values
from seral_core.far.place import Place
from seral_core.features.ready_tables import MOMENTS
from seral_core.files import regular

#: Names of the column with ids, the first that is there.
IDS = ("id", "segment", "file", "name")
#: A row group is read whole: larger ones are refused.
MOST_BYTES = 2**30


@dataclass(frozen=True)
class RowGroup:
    """One row group of a parquet file.

    Parameters
    ----------
    place : Place
        The folder of the file.
    name : str
        Of the file.
    group, rows : int
        Which one, and how many rows it has.
    column : str
        With the ids.
    features : tuple of str
        Columns with numbers.
    version : str
        Of the file, as `seral_core.far.place.Place.version` gives it.
    """

    place: Place
    name: str
    group: int
    rows: int
    column: str
    features: tuple[str, ...]
    version: str = ""

    def values(self) -> Values:
        """Return the numbers as float32; missing ones are nan."""
        table = _file(self.place, self.name, self.version).read_row_group(self.group, columns=list(self.features))
        out = np.empty((table.num_rows, len(self.features)), np.float32)
        for i, name in enumerate(self.features):
            out[:, i] = table.column(name).to_numpy()
        return out

    def digest(self) -> str:
        """Return a hash of what the file says of the row group, and of the file's version.

        Hashing the values would take as long as reading all of them; sizes and extremes alone stay where, say, two
        values change places.
        """
        said = _file(self.place, self.name, self.version).metadata.row_group(self.group).to_dict()
        return sha256(json.dumps([self.version, said], sort_keys=True, default=str).encode()).hexdigest()[:16]

    def ids(self) -> Ids:
        """Return the ids."""
        import pyarrow as pa

        table = _file(self.place, self.name, self.version).read_row_group(self.group, columns=[self.column])
        return Ids(table.column(self.column).cast(pa.string()).combine_chunks())


def row_groups(place: Place) -> tuple[RowGroup, ...]:
    """Return the row groups of all parquet files of a folder, in the order of the files' names.

    Raises
    ------
    BadFeatures
        When there are none, files have other columns, no column has ids, or a row group is too large to be read whole.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> folder = Path(tempfile.mkdtemp())
    >>> frame = pd.DataFrame({"id": ["a", "b", "c"], "pitch": [1.0, 2.0, 3.0]})
    >>> frame.to_parquet(folder / "a.parquet", row_group_size=2)
    >>> first, second = row_groups(Place(str(folder)))
    >>> first.ids()[1], second.values().tolist(), first.features
    ('b', [[3.0]], ('pitch',))
    """
    found: list[RowGroup] = []
    for name in (name for name in place.names() if name.endswith((".parquet", ".pq"))):
        version = place.version(name)
        file = _file(place, name, version)
        column, features = _columns(file.schema_arrow, f"{place.address}/{name}")
        if found and (column, features) != (found[0].column, found[0].features):
            raise BadFeatures(
                f"{place.address}/{name} has other columns than {found[0].name}; expected the same in all files; write "
                "them from one extraction"
            )
        rows = [file.metadata.row_group(i).num_rows for i in range(file.metadata.num_row_groups)]
        if max(rows, default=0) * len(features) * 4 > MOST_BYTES:
            raise BadFeatures(
                f"{place.address}/{name} has row groups of {max(rows):,} rows x {len(features)} features, which are "
                f"read whole; expected less than {MOST_BYTES // 2**20} MiB each; write it with row_group_size=65536"
            )
        found += [RowGroup(place, name, i, n, column, features, version) for i, n in enumerate(rows) if n]
    if not found:
        raise BadFeatures(f"{place.address} has no parquet files with rows; expected features; check it")
    return tuple(found)


def _columns(schema: Any, where: str) -> tuple[str, tuple[str, ...]]:
    import pyarrow as pa

    text = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]
    column = next((name for name in IDS if name in text), "")
    if not column or {"start", "end"} & set(schema.names):
        raise BadFeatures(
            f"{where} has columns {', '.join(schema.names[:8])} ...; expected one of {', '.join(IDS)} with a segment's "
            "whole id as text, such as 'a.wav#1.500-3.000', and columns of numbers; write the ids into one column"
        )
    numbers = tuple(f.name for f in schema if pa.types.is_floating(f.type) or pa.types.is_integer(f.type))
    if not numbers:
        raise BadFeatures(f"{where} has no columns of numbers; expected the features; check it")
    return column, numbers


def is_dataset(folder: Path) -> bool:
    """Whether a folder has nothing in it but parquet files with ids and features, a row for each clip.

    Examples
    --------
    >>> import tempfile, pandas as pd
    >>> folder = Path(tempfile.mkdtemp())
    >>> pd.DataFrame({"id": ["a"], "pitch": [1.0]}).to_parquet(folder / "a.parquet")
    >>> is_dataset(folder)
    True
    >>> pd.DataFrame({"id": ["a"], "frameTime": [1.0]}).to_parquet(folder / "a.parquet")
    >>> is_dataset(folder)
    False
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not folder.is_dir():
        return False
    seen = [path for path in folder.iterdir() if not path.name.startswith((".", "_"))]
    if not seen or not all(path.name.endswith((".parquet", ".pq")) and path.is_file() for path in seen):
        return False
    try:
        schema = pq.read_schema(regular(min(seen)))
        _columns(schema, str(folder))
    except (pa.ArrowInvalid, BadFeatures):
        return False
    # Of clips that lie in the table as bytes, the numbers are labels; of several rows a clip, one says when they are.
    sound = any(
        pa.types.is_nested(f.type) or pa.types.is_binary(f.type) or pa.types.is_large_binary(f.type) for f in schema
    )
    return not sound and not {name.lower() for name in schema.names} & {name.lower() for name in MOMENTS}


@lru_cache(maxsize=32)
def _file(place: Place, name: str, version: str) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = place.local(name)
    try:
        return pq.ParquetFile(regular(Path(path)) if path is not None else pa.BufferReader(place.read(name)))
    except pa.ArrowInvalid as wrong:
        raise BadFeatures(f"{place.address}/{name} is no parquet file ({wrong}); write it again") from None
