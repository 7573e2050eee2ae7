"""Parquet tables, read in pieces: a small file of somebody else may claim to hold more than a computer has."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

#: A table may be this many bytes in memory, or this many times as large as its file.
MOST_BYTES, MOST_TIMES = 512_000_000, 200
#: Rows per piece.
PIECE = 1024


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a table, unless it unpacks to far more than its file.

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

    pieces, held, most = [], 0, max(MOST_BYTES, MOST_TIMES * path.stat().st_size)
    with pq.ParquetFile(path) as file:
        for piece in file.iter_batches(PIECE):
            held += piece.nbytes
            if held > most:
                raise ValueError(f"it unpacks to more than {most // 1_000_000} MB from {path.stat().st_size:,} bytes")
            pieces.append(piece)
        schema = file.schema_arrow
    frame: pd.DataFrame = pa.Table.from_batches(pieces, schema=schema).to_pandas()
    return frame
