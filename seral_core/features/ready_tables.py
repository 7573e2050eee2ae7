"""Tables of ready features, as openSMILE, pandas and spreadsheets write them: which column is what, and frames."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.corpora.arff import read_arff
from seral_core.corpora.cells import numbers_in
from seral_core.corpora.corpus import ABOUT, segment_ids, segment_index
from seral_core.corpora.files import few
from seral_core.corpora.tables import separator
from seral_core.corpora.times import seconds_in
from seral_core.corpora.usual_names import USUAL, squashed
from seral_core.errors import BadCorpus, BadFeatures
from seral_core.files import DAMAGED
from seral_core.unpacking import read_parquet

#: Columns that hold ids of segments, and columns that hold files; both in order of preference.
SEGMENTS = ("segment", "id", "ids")
FILES = (
    "file",
    "filename",
    "file_name",
    "name",
    "path",
    "filepath",
    "wav",
    "audio",
    "utterance",
    "utterance_id",
    "instance_name",
)
#: Where in a file a row is: a part of it, or a moment.
PARTS, MOMENT = ("start", "end"), "frametime"
#: Columns that are moments too, where a clip has several rows.
MOMENTS = (MOMENT, "timestamp", "time")
#: Columns that are no features even where they hold numbers: who speaks, what was labelled, running numbers.
DESCRIPTIONS = frozenset(
    (*ABOUT, "rater", "gender", "age", "emotion", "label", "labels", "class", "target", "fold", "frameindex", MOMENT)
)
#: What stands in a cell where a number is missing; nowhere else, for a clip may be called NA.
_NO_NUMBER = ["", "NA", "N/A", "n/a", "NaN", "nan", "-nan", "-NaN", "NULL", "null", "None", "#N/A", "<NA>", "?"]
#: Steps between frames may differ by this part of a step.
_EVEN = 0.1


_Read = TypeVar("_Read")


class Parts(NamedTuple):
    """What a file of features holds: values, ids, names, bounds and rate; without bounds, one row per clip."""

    values: NDArray[np.floating]
    ids: list[str]
    names: list[str]
    bounds: NDArray[Any] | None = None
    rate_hz: float = 0.0
    notes: tuple[str, ...] = ()


def read_feature_table(path: Path) -> Parts:
    r"""Read features from CSV or parquet.

    Parameters
    ----------
    path : Path
        The separator of a CSV is found out. A column names the clips, see `SEGMENTS` and `FILES`; else the first one,
        where it has no name and holds text. With ``start`` and ``end``, rows are parts of files; several rows per clip
        with a ``frameTime`` (or another of `MOMENTS`) are frames. `DESCRIPTIONS` are no features.

    Raises
    ------
    BadFeatures
        When no column names the clips, a feature is no number, or frames are not at one rate.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "lld.csv"
    >>> _ = path.write_text("name;frameTime;F0\n'a';0.00;120,5\n'a';0.01;121,5\n'b';0.00;90,0\n'b';0.01;91,0\n")
    >>> parts = read_feature_table(path)
    >>> parts.ids, parts.names, parts.bounds.tolist(), parts.rate_hz, parts.values.ravel().tolist()
    (['a', 'b'], ['F0'], [0, 2, 4], 100.0, [120.5, 121.5, 90.0, 91.0])
    """
    return read_frame(path, lambda: parts_of(frame_of(path), path))


def read_frame(path: Path, read: Callable[[], _Read]) -> _Read:
    """Return what ``read`` reads of a path; raise `BadFeatures` for what goes wrong.

    Examples
    --------
    >>> read_frame(Path("a.csv"), lambda: 1)
    1
    """
    try:
        return read()
    except BadFeatures:
        raise
    except BadCorpus as wrong:  # of a cell
        raise BadFeatures(f"{path}: {wrong}") from None
    except pd.errors.ParserWarning:
        raise BadFeatures(
            f"{path} has rows with more cells than columns; expected a name for each column in the first row, and "
            "decimal points where commas separate cells; write it again"
        ) from None
    except DAMAGED as why:
        raise unreadable(path, why, f"a {path.suffix} table") from None


def frame_of(path: Path) -> pd.DataFrame:
    """Return a CSV, ARFF or parquet as a DataFrame, ids as text.

    Examples
    --------
    >>> frame_of(Path("nowhere.csv"))
    Traceback (most recent call last):
    FileNotFoundError: ...
    """
    match path.suffix.lower():
        case ".csv":
            return _csv(path)
        case ".arff":
            return read_arff(path)
    return _parquet(path)


def parts_of(frame: pd.DataFrame, path: Path) -> Parts:
    """Return what a DataFrame of features holds; see `read_feature_table`.

    Examples
    --------
    >>> parts_of(pd.DataFrame({"file": ["a.wav"], "F0": [120.0]}), Path("f.csv")).values.tolist()
    [[120.0]]
    """
    if not frame.columns.is_unique:
        twice = frame.columns[frame.columns.duplicated()][0]
        raise BadFeatures(f"{path} has two columns called '{twice}'; expected different names; rename one")
    key = key_of(frame)
    if key is None:
        raise BadFeatures(
            f"{path} has the columns {few(list(frame.columns), 5)}; expected a column 'file' (with 'start' and 'end' "
            "for parts of files), 'segment' or 'id'; rename the one that names the clips"
        )
    ids, used = _ids(frame, key, path)
    several = len(set(ids)) < len(ids)
    moment = moment_of(frame) if several else None
    values, names, notes = _features(frame.drop(columns=[*used, *([moment] if moment else [])]), path)
    if moment is None:
        return Parts(values, ids, names, notes=notes)
    found = _frames(values, ids, seconds_in(moment, frame[moment])[0], names, path)
    return found._replace(notes=(*notes, *found.notes))


def moment_of(frame: pd.DataFrame) -> str | None:
    """Return the column that says when in a recording a row is, where there is one.

    Examples
    --------
    >>> moment_of(pd.DataFrame({"time": [0.0], "frameTime": [0.0]}))
    'frameTime'
    """
    lower = {str(column).lower(): column for column in reversed(list(frame.columns))}
    return next((lower[name] for name in MOMENTS if name in lower), None)


def unreadable(path: Path, why: Exception, expected: str) -> BadFeatures:
    """Return the error that says why a file cannot be read.

    Examples
    --------
    >>> print(unreadable(Path("a.npz"), ValueError("bad magic"), "an .npz of plain arrays"))
    a.npz cannot be read (bad magic); expected an .npz of plain arrays; write it again
    """
    text = str(why).splitlines()[0][:300] if str(why) else type(why).__name__
    return BadFeatures(f"{path} cannot be read ({text}); expected {expected}; write it again")


def step_of(ids: Sequence[str], times_s: NDArray[np.floating]) -> tuple[list[str], NDArray[Any], NDArray[Any], float]:
    """Put frames in order: by clip in order of first appearance, then by time.

    Returns
    -------
    clips : list of str
        Each once.
    order : array of int
        Which row comes where.
    bounds : array of int
        Clip ``i`` has the rows ``bounds[i]`` to ``bounds[i + 1] - 1`` of these.
    step_s : float
        Seconds between two frames; nan where they are at different times or not evenly spaced, or each clip has one.

    Examples
    --------
    >>> step_of(["b", "b", "a"], np.array([0.5, 0.0, 0.0]))[0], step_of(["b", "b", "a"], np.array([0.5, 0.0, 0.0]))[3]
    (['b', 'a'], 0.5)
    """
    codes, clips = pd.factorize(np.asarray(ids, dtype=object))
    order = np.lexsort((times_s, codes))
    bounds = np.concatenate([[0], np.cumsum(np.bincount(codes))])
    steps = np.diff(times_s[order])[np.diff(codes[order]) == 0]
    step_s = float(np.mean(steps)) if len(steps) else np.nan
    even = step_s > 0 and bool((np.abs(steps - step_s) <= _EVEN * step_s).all())
    return [str(clip) for clip in clips], order, bounds, step_s if even else np.nan


def _csv(path: Path) -> pd.DataFrame:
    """Read a CSV; what names the clips stays text as it is written, a clip called NA or 007 too."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # rows longer than the first: cells would get lost
        how: dict[str, Any] = {"sep": separator(path), "encoding": "utf-8-sig", "index_col": False}
        columns = pd.read_csv(path, nrows=50, **how)
        key = key_of(columns.rename(columns=str.strip))
        text = [column for column in columns if column.strip() == key]
        empty: dict[str, Any] = {column: _NO_NUMBER for column in columns if column not in text}
        how |= {"dtype": dict.fromkeys(text, str), "na_values": empty, "keep_default_na": False, "low_memory": False}
        frame: pd.DataFrame = pd.read_csv(path, **how)
    return frame.rename(columns=str.strip)


def _parquet(path: Path) -> pd.DataFrame:
    frame = read_parquet(path)
    if any(frame.index.names) or not pd.api.types.is_numeric_dtype(frame.index):
        frame = frame.reset_index()
    return frame.rename(columns=str)


def key_of(frame: pd.DataFrame) -> str | None:
    """Return the column that names the clips, or None.

    Examples
    --------
    >>> key_of(pd.DataFrame({"name": ["dev_1"], "F0": [120.0]}))
    'name'
    """
    lower = {column.lower(): column for column in reversed(list(frame.columns))}
    named = next((lower[name] for name in (FILES[0], *SEGMENTS, *FILES[1:]) if name in lower), None)
    first = next(iter(frame.columns), None)
    if named is None and first is not None and _is_nameless(first) and not pd.api.types.is_numeric_dtype(frame[first]):
        return str(first)
    return named or next(
        (c for c in frame.columns if _names_clips(c) and not pd.api.types.is_numeric_dtype(frame[c])), None
    )


def _names_clips(column: str) -> bool:
    """Tell whether a column is called as one of recordings is, in the usual languages."""
    return squashed(column) in USUAL["file"]


def _is_nameless(column: str) -> bool:
    """Whether pandas gave a column its name: an index that had none."""
    return column.startswith("Unnamed: ") or column in ("index", "level_0")


def _ids(frame: pd.DataFrame, key: str, path: Path) -> tuple[list[str], list[str]]:
    """Return the segment ids of a table, and the columns that they were read from."""
    if frame[key].isna().any() or (frame[key].astype(str).str.strip() == "").any():
        raise BadFeatures(
            f"{path} has rows where '{key}' is empty; expected a clip in each; remove them or fill them in"
        )
    clips = [_unquoted(str(clip).strip()) for clip in frame[key]]
    used = (
        {c.lower(): c for c in frame.columns if c.lower() in PARTS} if key.lower() in FILES or _names_clips(key) else {}
    )
    times = {part: seconds_in(column, frame[column])[0] for part, column in used.items()}
    starts = times["start"].fillna(0.0).tolist() if "start" in times else None
    ends = times["end"].tolist() if "end" in times else None
    return (segment_ids(segment_index(clips, starts, ends)) if used else clips), [key, *used.values()]


def _unquoted(name: str) -> str:
    """Return a name without the quotes that openSMILE writes around it."""
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] and name[0] in "'\"" else name


def _features(frame: pd.DataFrame, path: Path) -> tuple[NDArray[np.floating], list[str], tuple[str, ...]]:
    """Return the columns of numbers, and what was left out."""
    about = [column for column in frame.columns if column.lower() in DESCRIPTIONS]
    index = [column for column in frame.columns if _is_nameless(column) and _counts(frame[column])]
    empty = [column for column in frame.columns if _is_nameless(column) and frame[column].isna().all()]
    rest = frame.drop(columns=[*about, *index, *empty])
    text = [column for column in rest.columns if not _is_number(rest[column])]
    read = {column: numbers_in(column, rest[column].dropna()) for column in text if not _is_time(rest[column])}
    numbers = {column: found.reindex(rest.index) for column, (found, _) in read.items()}
    with_gaps = [c for c in rest.columns if c not in text and not isinstance(rest[c].dtype, np.dtype)]
    numbers |= {column: _plain(rest[column]) for column in with_gaps}
    if wrong := [c for c in text if c not in read or (numbers[c].isna() & rest[c].notna()).any()]:
        raise BadFeatures(
            f"{path} has columns that are not numbers: {few(wrong)}; expected one number per feature; "
            "remove or convert them"
        )
    rest = rest.assign(**numbers)
    if not rest.shape[1]:
        raise BadFeatures(f"{path} has no columns but the ids; expected one number per feature; write it again")
    told = [column for column in about if column.lower() not in (MOMENT, "frameindex")]
    notes = [f"column {column} is left out: it is no feature but a description" for column in told]
    notes += [f"column '{column}' is left out: it only counts the rows" for column in index]
    said = {column: " ".join(of) for column, (_, of) in read.items()}
    if commas := [column for column, of in said.items() if of.startswith("commas")]:
        notes.append(f"commas are read as decimal points in {few(commas)}")
    if others := [of for column, of in said.items() if of and column not in commas]:
        notes.append(few(others))
    return rest.to_numpy(dtype=np.result_type(*rest.dtypes)), list(rest.columns), tuple(notes)


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column)


def _is_time(column: pd.Series[Any]) -> bool:
    kinds = (pd.api.types.is_datetime64_any_dtype, pd.api.types.is_timedelta64_dtype)
    return any(is_one(column) for is_one in kinds)


def _plain(column: pd.Series[Any]) -> pd.Series[float]:
    """Return a column of pandas' own kinds, which know gaps, as plain numbers."""
    return pd.Series(column.to_numpy(dtype=float, na_value=np.nan), column.index)


def _counts(column: pd.Series[Any]) -> bool:
    """Whether a column is a running number."""
    return pd.api.types.is_integer_dtype(column) and bool((np.diff(column.to_numpy()) > 0).all())


def _frames(
    values: NDArray[np.floating], ids: list[str], times_s: pd.Series[float], names: list[str], path: Path
) -> Parts:
    """Join the rows of each clip to its frames."""
    clips, order, bounds, step_s = step_of(ids, times_s.to_numpy())
    if np.isnan(step_s):
        often = max(clips, key=ids.count) if len(clips) < 1000 else clips[0]
        raise BadFeatures(
            f"{path} has several rows for a clip ('{often}' has {ids.count(often)} of {len(ids)}) at times that are "
            "equal or unevenly spaced; expected one row per clip, or frames at one rate; give each clip its own name "
            "(SMILExtract: -instname), or write the frames again"
        )
    values, bounds, notes = from_start(values[order], times_s.to_numpy()[order], bounds, step_s, clips)
    return Parts(values, clips, names, bounds, rate_of(step_s), notes)


def rate_of(step_s: float) -> float:
    """Return frames per second of a step, a whole number where it is as good as one: times are rounded when written.

    Examples
    --------
    >>> rate_of(0.0399999), rate_of(0.08)
    (25.0, 12.5)
    """
    rate_hz = 1 / step_s
    return float(round(rate_hz)) if abs(rate_hz - round(rate_hz)) < 1e-3 * rate_hz else round(rate_hz, 6)


def from_start(
    values: NDArray[np.floating], times_s: NDArray[np.floating], bounds: NDArray[Any], step_s: float, clips: list[str]
) -> tuple[NDArray[np.floating], NDArray[Any], tuple[str, ...]]:
    """Begin each clip at 0 s: where its first frame is later, that frame stands for those before it.

    A time is where a frame begins, or its middle. Returns values, bounds and notes.

    Examples
    --------
    >>> from_start(np.array([[1.0], [2.0]]), np.array([0.5, 0.75]), np.array([0, 2]), 0.25, ["a"])[0].ravel().tolist()
    [1.0, 1.0, 1.0, 2.0]
    """
    late = np.maximum(np.floor(times_s[bounds[:-1]] / step_s + 0.25), 0).astype(np.intp)
    if not late.any():
        return values, bounds, ()
    often = np.ones(len(values), dtype=np.intp)
    often[bounds[:-1]] += late
    first = clips[int(np.argmax(late > 0))]
    note = (
        f"the frames of {np.count_nonzero(late)} of {len(clips)} recordings begin after 0 s, such as "
        f"{times_s[bounds[:-1]][np.argmax(late > 0)]:g} s in {first}: the first one stands for those before it"
    )
    return np.repeat(values, often, axis=0), np.concatenate([[0], np.cumsum(np.diff(bounds) + late)]), (note,)
