"""Ready features: rows that others extracted, read from a file and joined to a corpus by id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.corpora.corpus import INDEX, Corpus, segment_ids, segment_index
from seral_core.errors import BadFeatures, NotAFile
from seral_core.features.base import SUFFIXES
from seral_core.features.cache import table_key
from seral_core.features.table import FeatureTable
from seral_core.files import DAMAGED, read_text, regular
from seral_core.home import placed
from seral_core.unpacking import check_archive, read_parquet

KEYS = ("segment", "id", "ids")
#: A corpus may lack features for fewer than this share of its clips: they are left out and named.
FEW = 0.05


def load_features(path: Path | str) -> FeatureTable:
    """Read ready features.

    Parameters
    ----------
    path : Path or str
        ``.npz`` with ``ids``, ``values`` and optionally ``names``; where clips have several frames also ``bounds``
        (clip ``i`` has the rows ``bounds[i]`` to ``bounds[i + 1] - 1`` of ``values``) and ``rate_hz``, frames per
        second. ``.npy`` beside a text file of the same name with one id per line (``.ids.txt`` or ``.ids``).
        ``.csv`` or ``.parquet`` with a column ``file`` (and ``start``, ``end``: seconds, or times such as
        ``0 days 00:00:01.5``), or ``segment`` or ``id``.

    Returns
    -------
    FeatureTable
        float32; a ``.npy`` of that type is memory-mapped.

    Raises
    ------
    BadFeatures
        When the file is missing, of another kind, or its parts do not fit together.

    Examples
    --------
    >>> from seral_core.home import home
    >>> path = home("cache", "example") / "two.npz"
    >>> np.savez(path, ids=["a.wav", "b.wav"], values=[[1.0, 2.0], [3.0, 4.0]])
    >>> load_features(path)
    FeatureTable(2 rows, 2 features)
    """
    path = placed(path)
    suffix = path.suffix.lower()
    if suffix not in _READERS:
        raise BadFeatures(f"got {path} as features; expected a file that ends with {', '.join(SUFFIXES)}")
    try:
        regular(path)
    except NotAFile as why:
        raise BadFeatures(str(why)) from None
    if not path.is_file():
        raise BadFeatures(f"{path} does not exist; expected a file with ready features; check the path")
    values, ids, names, bounds, rate_hz = _READERS[suffix](path)
    if values.ndim != 2 or (len(values) if bounds is None else np.size(bounds) - 1) != len(ids):
        raise BadFeatures(
            f"{path} holds values of shape {values.shape} and {len(ids)} ids; "
            "expected one row of values for each id, or bounds with one number more than ids where clips have several "
            "(frames); write all from the same extraction"
        )
    if not values.shape[1]:
        raise BadFeatures(f"{path} holds no features, only ids; expected one number or more per row; write it again")
    twice = [segment for segment, count in Counter(ids).items() if count > 1]
    if twice:
        raise BadFeatures(f"{path} has {len(twice)} ids more than once, first '{twice[0]}'; keep one row of each")
    try:
        table = FeatureTable(_as_float32(values, path), tuple(ids), tuple(names), bounds, rate_hz=rate_hz)  # type: ignore[arg-type]
    except BadFeatures as wrong:
        raise BadFeatures(f"{path}: {wrong}") from None
    return replace(table, key=f"{path.stem}-{table.fingerprint}")


def match(table: FeatureTable, corpus: Corpus) -> FeatureTable:
    """Return the rows of a corpus's segments, in the corpus's order.

    Ids are compared as they are; if that finds too few, by file name, then by file name without its
    ending, as long as no two segments share it.

    Parameters
    ----------
    table : FeatureTable
        May hold other segments too.
    corpus : Corpus
        Whose segments are wanted.

    Returns
    -------
    FeatureTable
        Segments without features, and those with features that are not finite, are in ``problems``.

    Raises
    ------
    BadFeatures
        When 5 % or more of the segments have no features.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> table = FeatureTable(np.eye(4, dtype=np.float32), ("d", "c", "b", "a"))
    >>> match(table, toy_corpus()).ids
    ('a.wav', 'b.wav', 'c.wav', 'd.wav')
    """
    listed = dict(table.problems)
    place, notes = _joined(table, corpus, listed)
    good = [i for i in corpus.ids if i in place]
    problems = tuple((i, listed.get(i, "has no features")) for i in corpus.ids if i not in place)
    key = table_key(table.key, dict.fromkeys(good, "")) if table.key else ""
    found = replace(table.take([place[i] for i in good]), ids=tuple(good), key=key, problems=problems, notes=notes)
    usable = found.finite()
    if not len(usable):
        raise BadFeatures(f"no segment of {corpus.name} has finite features; expected numbers; extract them again")
    return usable


def _joined(table: FeatureTable, corpus: Corpus, listed: Mapping[str, str]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return the row of each segment that has one, and how they were joined if not by id."""
    missing: dict[str, list[str]] = {}
    for how, name in {"id": _as_is, "file name": _file_name, "file name without ending": _stem}.items():
        place = _places(table.ids, corpus.ids, name)
        missing[how] = [i for i in corpus.ids if i not in place and i not in listed]
        if place and len(missing[how]) < FEW * len(corpus):
            guess = f"features were joined by {how}: their ids are not those of {corpus.name}"
            return place, () if how == "id" else (guess,)
    raise _too_few(missing["id"], table, corpus)


def _too_few(missing: Sequence[str], table: FeatureTable, corpus: Corpus) -> BadFeatures:
    first = ", ".join(f"'{i}'" for i in missing[:3])
    theirs = f"'{table.ids[0]}'" if table.ids else "none"
    return BadFeatures(
        f"no features for {len(missing)} of {len(corpus)} segments of {corpus.name}, first {first} "
        f"(first id in the features: {theirs}); expected a row for each; "
        "extract the missing ones, or write the segments' ids as the corpus has them"
    )


def _places(theirs: Sequence[str], ours: Sequence[str], join: Callable[[str], str]) -> dict[str, int]:
    """Return the row of each of our ids; a joined name that is not unique on either side finds nothing."""
    rows: dict[str, int] = {}
    their_names, our_names = [join(i) for i in theirs], [join(i) for i in ours]
    often, ours_often = Counter(their_names), Counter(our_names)
    for row, name in enumerate(their_names):
        if often[name] == 1:
            rows[name] = row
    return {i: rows[name] for i, name in zip(ours, our_names, strict=True) if name in rows and ours_often[name] == 1}


def _as_is(segment: str) -> str:
    return segment


def _file_name(segment: str) -> str:
    """Return the id without folders; times stay."""
    return segment.replace("\\", "/").rsplit("/", 1)[-1]


def _stem(segment: str) -> str:
    """Return the id without folders and file ending; times stay."""
    file, mark, times = _file_name(segment).partition("#")
    return PurePosixPath(file).stem + mark + times


#: Values, ids, names, bounds and rate; without bounds, one row per clip.
Parts = tuple[NDArray[np.floating], list[str], list[str], NDArray[Any] | None, float]


def _read_npz(path: Path) -> Parts:
    try:
        check_archive(path)
        with np.load(path, allow_pickle=False) as file:
            missing = [name for name in ("ids", "values") if name not in file]
            if missing:
                raise BadFeatures(
                    f"{path} holds {', '.join(file.files) or 'nothing'}; expected ids and values; "
                    "write it with numpy.savez(path, ids=ids, values=values)"
                )
            names = [str(name) for name in file["names"]] if "names" in file else []
            bounds = file.get("bounds")
            rate_hz = float(file.get("rate_hz", 0.0))
            if not (np.isfinite(rate_hz) and rate_hz >= 0):
                raise BadFeatures(f"{path} has a rate_hz of {rate_hz:g}; expected frames per second, such as 25")
            return file["values"], [str(i) for i in np.atleast_1d(file["ids"])], names, bounds, rate_hz
    except BadFeatures:
        raise
    except DAMAGED as why:
        raise _unreadable(path, why, "an .npz of plain arrays (ids as text, not as Python objects)") from None


def _read_npy(path: Path) -> Parts:
    beside = [path.with_suffix(".ids.txt"), path.with_suffix(".ids")]
    found = next((file for file in beside if file.is_file()), None)
    if found is None:
        raise BadFeatures(f"{path} has no ids; expected {beside[0].name} beside it, with one segment id per line")
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except DAMAGED as why:
        raise _unreadable(path, why, "an .npy of numbers") from None
    try:
        ids = [line.strip() for line in read_text(found).splitlines()]
    except UnicodeDecodeError as why:
        raise _unreadable(found, why, "text in UTF-8") from None
    return values, [i for i in ids if i], [], None, 0.0


def _read_table(path: Path) -> Parts:
    try:
        frame = pd.read_csv(path) if path.suffix.lower() == ".csv" else read_parquet(path)
    except DAMAGED as why:
        raise _unreadable(path, why, f"a {path.suffix} table") from None
    if any(frame.index.names):
        frame = frame.reset_index()
    frame = frame.rename(columns=str)
    ids, used = _table_ids(frame, path)
    rest = frame.drop(columns=used)
    numbers = rest.select_dtypes("number")
    if not numbers.shape[1] or numbers.shape[1] < rest.shape[1]:
        text = [column for column in rest.columns if column not in numbers.columns]
        found = f"columns that are not numbers: {', '.join(text[:3])}" if text else "no columns but the ids"
        raise BadFeatures(f"{path} has {found}; expected one number per feature; remove or convert them")
    return numbers.to_numpy(), ids, list(numbers.columns), None, 0.0


def _table_ids(frame: pd.DataFrame, path: Path) -> tuple[list[str], list[str]]:
    """Return the segment ids of a table, and the columns that they were read from."""
    if "file" in frame.columns:
        used = [column for column in INDEX if column in frame.columns]
        starts, ends = (_seconds(frame, column, path) for column in ("start", "end"))
        return segment_ids(segment_index(frame["file"].astype(str).tolist(), starts, ends)), used
    for column in KEYS:
        if column in frame.columns:
            return frame[column].astype(str).tolist(), [column]
    raise BadFeatures(
        f"{path} has the columns {', '.join(frame.columns[:5])}; expected a column 'file' (with 'start' and 'end' "
        "for parts of files), 'segment' or 'id'; rename the one that names the clips"
    )


def _seconds(frame: pd.DataFrame, column: str, path: Path) -> list[float] | None:
    if column not in frame.columns:
        return None
    times = frame[column]
    if pd.api.types.is_numeric_dtype(times):
        seconds = times.to_numpy(dtype=np.float64)
    else:
        try:
            seconds = pd.to_timedelta(times).dt.total_seconds().to_numpy(dtype=np.float64)
        except ValueError as why:
            raise _unreadable(path, why, f"seconds in column '{column}'") from None
    return [float(s) for s in (np.nan_to_num(seconds, nan=0.0) if column == "start" else seconds)]


def _as_float32(values: NDArray[np.generic], path: Path) -> NDArray[np.floating]:
    if not np.issubdtype(values.dtype, np.number) or np.issubdtype(values.dtype, np.complexfloating):
        raise BadFeatures(f"{path} holds values of type {values.dtype}; expected real numbers; convert them")
    with np.errstate(over="ignore"):  # becomes inf, and the row is named as not finite
        return np.asanyarray(values, dtype=np.float32)


def _unreadable(path: Path, why: Exception, expected: str) -> BadFeatures:
    text = str(why).splitlines()[0][:300] if str(why) else type(why).__name__
    return BadFeatures(f"{path} cannot be read ({text}); expected {expected}; write it again")


_READERS: dict[str, Callable[[Path], Parts]] = {
    ".npz": _read_npz,
    ".npy": _read_npy,
    ".csv": _read_table,
    ".parquet": _read_table,
}
