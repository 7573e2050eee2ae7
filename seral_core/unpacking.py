"""Files that are packed: a small one of somebody else may unpack to more than a computer holds, and is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seral_core.files import regular

if TYPE_CHECKING:
    import pandas as pd

#: What a file holds may be this many bytes in memory, or this many times as large as the file.
MOST_BYTES, MOST_TIMES = 64_000_000, 200
#: Rows of a table that are read at once.
PIECE = 1024


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a parquet table piece by piece, unless it unpacks to far more than its file.

    Raises
    ------
    ValueError
        When it does, or the file is damaged.
    OSError
        When there is no such file.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> path = Path(tempfile.mkdtemp()) / "a.parquet"
    >>> pd.DataFrame({"file": ["a.wav"], "arousal": [0.5]}).to_parquet(path)
    >>> read_parquet(path).to_dict("list")
    {'file': ['a.wav'], 'arousal': [0.5]}
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    regular(path)
    with pq.ParquetFile(path) as file:
        about, schema = file.metadata, file.schema_arrow
    # Every value takes a byte at least.
    groups = [about.row_group(i) for i in range(about.num_row_groups)]
    _check(path, max(sum(group.total_byte_size for group in groups), about.num_rows * len(schema)))
    # Texts stay as they are packed, each once, until it is known how long they are together.
    texts = [field.name for field in schema if _is_text(field.type)]
    pieces, held = [], 0
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        for piece in file.iter_batches(PIECE):
            held += sum(map(_bytes, piece.columns))
            _check(path, held)
            pieces.append(piece)
        packed = file.schema_arrow
    frame: pd.DataFrame = pa.Table.from_batches(pieces, schema=packed).cast(schema).to_pandas()
    return frame


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return any(is_kind(kind) for is_kind in (types.is_string, types.is_large_string, types.is_binary))


def _bytes(column: Any) -> int:
    """Return how many bytes a column takes when its texts are written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not isinstance(column, pa.DictionaryArray) or not _is_text(column.type.value_type):
        return int(column.nbytes)
    lengths = pc.take(pc.binary_length(column.dictionary), column.indices)
    return int(pc.sum(lengths.cast(pa.int64())).as_py() or 0)


def check_archive(path: Path) -> None:
    """Make sure that the arrays of an ``.npz`` file, or what else a zip archive holds, fit into memory.

    Raises
    ------
    ValueError
        When they unpack to far more than the file.
    OSError, zipfile.BadZipFile
        When there is no such archive.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.npz"
    >>> np.savez(path, values=np.eye(3))
    >>> check_archive(path)
    """
    with zipfile.ZipFile(path) as archive:
        _check(path, sum(member.file_size for member in archive.infolist()))


def _check(path: Path, unpacked: int) -> None:
    size = path.stat().st_size
    most = max(MOST_BYTES, MOST_TIMES * size)
    if unpacked > most:
        raise ValueError(f"it unpacks to more than {most // 1_000_000} MB from {size:,} bytes")
