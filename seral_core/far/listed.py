"""A table of clips that is too long to be held: read in pieces, and kept as a number for each row of a feature set."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.corpora.base import readers
from seral_core.corpora.encodings import encoding_of
from seral_core.corpora.frames import corpus_from
from seral_core.corpora.segments import segment_ids, segment_index
from seral_core.corpora.tables import separator
from seral_core.errors import BadCorpus, BadFeatures
from seral_core.far.table import FarTable
from seral_core.features.ready import FEW
from seral_core.files import DAMAGED, read_text, regular, replacing, write_text
from seral_core.home import home
from seral_core.types import Ints

#: Rows of the table that are read at once, and those that say what its columns are.
AT_ONCE, HEAD = 50_000, 1_000
#: Codes of rows that the table has not got, and of those whose speaker it does not say; speakers follow.
ABSENT, UNKNOWN = 0, 1


@dataclass(frozen=True, eq=False)
class Listed:
    """Which rows of a set a table names, and who speaks in them.

    Parameters
    ----------
    codes : array of shape (rows of the set,)
        uint32, memory-mapped: `ABSENT`, `UNKNOWN`, or 2 and more for a speaker.
    speakers : tuple of str
        Names, in order of their codes.
    root : Path or None
        Folder of the recordings; None where there are none.
    missing : int
        Rows of the table that have no features.
    labels : tuple of str
        Targets that the table has labels of.
    """

    codes: NDArray[np.uint32]
    speakers: tuple[str, ...]
    root: Path | None
    missing: int
    labels: tuple[str, ...] = ()

    @property
    def rows(self) -> Ints | None:
        """The rows that are named, ascending; None for all."""
        return None if bool((self.codes != ABSENT).all()) else np.flatnonzero(self.codes)

    def speakers_of(self, rows: Ints) -> list[str | None]:
        """Return who speaks in some rows of the set; None where nobody knows."""
        codes = self.codes[rows].tolist()
        return [self.speakers[code - 2] if code > UNKNOWN else None for code in codes]


def listed(path: Path, table: FarTable, options: Mapping[str, Any] | None = None) -> Listed:
    """Return which clips of a feature set a table names; read once, and then kept.

    Parameters
    ----------
    path : Path
        CSV, TSV or parquet with a column of files, and maybe start and end in seconds, and speaker.
    table : FarTable
        The whole set.
    options : mapping, optional
        What was said about how it is read, as the reader of tables takes it.

    Raises
    ------
    BadCorpus
        When it cannot be read in pieces.
    BadFeatures
        When 5 % or more of its rows have no features.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.far.table import far_example
    >>> path = Path(tempfile.mkdtemp()) / "clips.csv"
    >>> pd.DataFrame({"file": ["d", "b"], "speaker": ["07", "08"]}).to_csv(path, index=False)
    >>> found = listed(path, far_example())
    >>> found.rows, found.speakers_of(np.array([3, 1, 0]))
    (array([1, 3]), ['07', '08', None])
    """
    stat = regular(path).stat()
    said = sorted((options or {}).items())
    text = f"{path.resolve()}\n{stat.st_size}\n{stat.st_mtime_ns}\n{table.fingerprint}\n{len(table)}\n{said}"
    place = home("cache", "far") / f"listed-{sha256(text.encode()).hexdigest()[:16]}.npy"
    about = place.with_suffix(".json")
    found = _kept(place, about)
    if found is None:
        _list(path, table, dict(options or {}), place, about)
        found = _kept(place, about)
        assert found is not None
    return found


def _kept(place: Path, about: Path) -> Listed | None:
    """Return what was kept; None where it is not there, or damaged."""
    try:
        kept, codes = json.loads(read_text(about)), np.load(place, mmap_mode="r", allow_pickle=False)
        root = None if kept["root"] is None else Path(kept["root"])
        return Listed(codes, tuple(kept["speakers"]), root, int(kept["missing"]), tuple(kept["labels"]))
    except DAMAGED:
        return None


def _list(path: Path, table: FarTable, options: dict[str, Any], place: Path, about: Path) -> None:
    roles, root, labels = _understood(path, options)
    speakers, missing, total, first = dict[str, int](), 0, 0, ""
    with replacing(place, to_disk=False) as draft:
        codes = np.lib.format.open_memmap(draft, mode="w+", dtype=np.uint32, shape=(len(table),))
        for piece in _pieces(path, AT_ONCE):
            ids = _ids(piece, roles)
            rows = table.there(ids)
            who = piece[roles["speaker"]] if "speaker" in roles else pd.Series([None] * len(piece))
            kinds = [UNKNOWN if pd.isna(s) else 2 + speakers.setdefault(str(s).strip(), len(speakers)) for s in who]
            here = rows >= 0
            codes[rows[here]] = np.array(kinds, dtype=np.uint32)[here]
            first = first or next((i for i, found in zip(ids, here.tolist(), strict=True) if not found), "")
            missing, total = missing + int((~here).sum()), total + len(ids)
        codes.flush()
        del codes
        if missing >= FEW * total:
            raise BadFeatures(
                f"no features for {missing:,} of {total:,} rows of {path.name}, first {first} (first id in the "
                f"features: '{next(iter(table.ids), '')}'); expected a row for each; extract the missing ones, or "
                "write the segments' ids as the table has them"
            )
    kept = {
        "root": None if root is None else str(root),
        "speakers": list(speakers),
        "missing": missing,
        "labels": labels,
    }
    write_text(about, json.dumps(kept))


def _understood(path: Path, options: dict[str, Any]) -> tuple[dict[str, str], Path | None, list[str]]:
    """Return which columns are what, as the reader takes the first rows, where recordings are, and names of targets."""
    head = next(_pieces(path, HEAD), None)
    if head is None or head.empty:
        raise BadCorpus(f"{path} has no rows; expected one for each clip; check it")
    reader = readers["table"]
    given = {"root": str(path.parent.resolve()), **options}
    corpus = corpus_from(head, _with(reader, given).read)
    roles = {name: column for name, column in corpus.columns.items() if name in ("file", "start", "end", "speaker")}
    if set(_ids(head, roles)) != set(corpus.ids):
        raise BadCorpus(
            f"{path} is too long to be read whole, and its first rows mean {', '.join(corpus.ids[:3])}, which its "
            "columns do not say so; expected a row for each clip, with the name of its recording as it is below the "
            "table's folder (file), and where it is a part, start and end in seconds; write it so"
        )
    return roles, corpus.root, [target.name for target in corpus.task]


def _with(reader: Any, options: dict[str, Any]) -> Any:
    from dataclasses import replace

    return replace(reader, **options)


def _ids(piece: pd.DataFrame, roles: Mapping[str, str]) -> list[str]:
    files = [str(file).strip() for file in piece[roles["file"]]] if "file" in roles else [""] * len(piece)
    times: list[Sequence[float] | None] = []
    for role in ("start", "end"):
        column = pd.to_numeric(piece[roles[role]], errors="coerce") if role in roles else None
        times.append(None if column is None else column.fillna(0.0 if role == "start" else np.nan).tolist())
    return segment_ids(segment_index(files, *times))


def _pieces(path: Path, rows: int) -> Iterator[pd.DataFrame]:
    """Yield a table in pieces, with names of columns in lower case."""
    if path.suffix.lower() in (".parquet", ".pq"):
        import pyarrow.parquet as pq

        with pq.ParquetFile(regular(path)) as file:
            for batch in file.iter_batches(rows):
                yield _lower(batch.to_pandas())
        return
    coded, _ = encoding_of(path)
    with pd.read_csv(
        path, sep=separator(path), dtype=str, keep_default_na=False, na_values=[""], encoding=coded, chunksize=rows
    ) as pieces:
        for piece in pieces:
            yield _lower(piece)


def _lower(piece: pd.DataFrame) -> pd.DataFrame:
    named = piece.reset_index() if any(name is not None for name in piece.index.names) else piece
    return named.rename(columns=lambda name: str(name).strip().lower()).reset_index(drop=True)
