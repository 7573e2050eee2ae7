"""A table: one row per segment, or one row per segment and rater."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from seral_core.corpora.answers import MOST_CLASSES, target_of
from seral_core.corpora.base import readers
from seral_core.corpora.corpus import ABOUT, Corpus, checked, rows_by_target, segment_ids, segment_index
from seral_core.corpora.files import few
from seral_core.corpora.tables import GOLD, TABLES, as_text, column_names, is_table, read_table, sex_name
from seral_core.errors import BadCorpus
from seral_core.files import regular
from seral_core.home import placed
from seral_core.types import Target

#: Columns that say at which moment of a recording a value was given.
_MOMENTS = ("time", "time_s", "timestamp", "seconds")
_OWN = ("file", "start", "end", *ABOUT, "rater")


@dataclass(frozen=True)
class Table:
    """CSV or parquet with a column ``file``, a row for each segment, and columns of labels.

    Besides ``file start end speaker session sex split rater``, all columns are targets. ``start``
    and ``end`` are seconds (or time deltas). Values along time (a column ``time`` and several rows
    per recording) are refused. With ``rater``, a segment has a row for each rater; with ``target``
    and ``value``, a row for each answer. Text is a class, numbers are a scale. Files are relative
    to the table's folder; where none is there, the corpus has no audio.

    Parameters
    ----------
    ranges : mapping of target to (low, high)
        Native ranges of scales; left out: guessed, and noted as guessed.
    classes : mapping of target to class names
        Classes that may occur; any other is an error.
    targets : sequence of str
        The columns that are targets; left out: all.
    root : str
        Folder that the files are relative to; left out: the table's own.

    Examples
    --------
    >>> Table(ranges={"arousal": (1, 9)}).ranges["arousal"]
    (1, 9)
    """

    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    targets: Sequence[str] = ()
    root: str = ""

    name: ClassVar[str] = "table"
    pattern: ClassVar[str] = "CSV or parquet with a column file and columns of labels"

    def recognises(self, path: Path) -> float:
        """Return how sure it is: any table, or a folder with exactly one that has a column ``file``."""
        if is_table(path):
            return 0.9
        return 0.7 if _table_in(path) else 0.0

    def read(self, path: Path) -> Corpus:
        """Open a table, or the folder it lies in.

        Raises
        ------
        BadCorpus
            When there is no column ``file``, a segment has two rows, times make no sense, or a
            value does not fit its target.
        """
        table = _table_in(path) if path.is_dir() else regular(path)
        if table is None:
            raise BadCorpus(f"{path} holds no single table with a column 'file'; name the table itself")
        frame, root, notes = _placed(read_table(table), table, placed(self.root or table.parent))
        _refuse_traces(frame, table)
        long, described = self._answers(frame, table)
        segments = _segments(frame, described, table)
        task, ratings, guessed = self._targets(long)
        notes += guessed
        own = ("segment", *_OWN)
        notes += tuple(f"column {c} is empty" for c in frame.columns if c not in own and frame[c].isna().all())
        notes += tuple(f"column {c} is kept as a description: too many different texts for classes" for c in described)
        return Corpus(table.stem, segments, checked(ratings, task), task, root, notes=notes)

    def _answers(self, frame: pd.DataFrame, table: Path) -> tuple[pd.DataFrame, list[str]]:
        """Return answers in long form, and the columns that only describe."""
        rater = as_text(frame["rater"]).fillna(GOLD) if "rater" in frame else pd.Series(GOLD, frame.index, dtype=object)
        if _is_long(frame):
            long = frame[["segment", "target", "value"]].assign(rater=rater)
            return _given(long), []
        columns = [c for c in frame.columns if c not in (*_OWN, "segment")]
        if self.targets:
            missing = [t for t in self.targets if t not in columns]
            if missing:
                raise BadCorpus(
                    f"{table} has no column {', '.join(missing)}; "
                    f"expected targets among {few(columns, 20)}; correct the name"
                )
            columns = list(self.targets)
        described = [] if self.targets else [c for c in columns if _is_prose(frame[c])]
        return _given(_melted(frame, rater, [c for c in columns if c not in described])), described

    def _targets(self, long: pd.DataFrame) -> tuple[tuple[Target, ...], pd.DataFrame, tuple[str, ...]]:
        task: list[Target] = []
        order: list[int] = []
        given: list[Any] = []
        notes: tuple[str, ...] = ()
        places = rows_by_target(long)
        for name in pd.unique(long["target"]):
            rows = places.get(name, [])
            target, values, guessed = target_of(
                name, long["value"].iloc[rows], self.ranges.get(name), self.classes.get(name, ())
            )
            task.append(target)
            order += list(rows)
            given += values.tolist()
            notes += guessed
        if not task:
            notes += ("no labels were found in the table",)
        ratings = long.iloc[order].reset_index(drop=True)
        return tuple(task), ratings.assign(value=pd.Series(given, dtype=object)) if task else long, notes


def _table_in(path: Path) -> Path | None:
    if not path.is_dir():
        return None
    tables = [p for p in sorted(path.iterdir()) if p.suffix.lower() in TABLES and "file" in column_names(p)]
    return tables[0] if len(tables) == 1 else None


def _refuse_traces(frame: pd.DataFrame, table: Path) -> None:
    """Raise where rows are moments of a recording: their mean is not what was annotated."""
    moment = next((name for name in _MOMENTS if name in frame), "")
    one = ["segment", *(name for name in ("rater", "target") if name in frame)]
    if moment and frame.duplicated(one).any():
        file = frame.loc[frame.duplicated(one), "file"].iloc[0]
        raise BadCorpus(
            f"{table} has several rows for {file}, which differ in the column '{moment}': values "
            "along time (a trace), which this reader does not take yet; expected one value for "
            "each segment; give each row its own 'start' and 'end', or keep one row per file, "
            "such as the mean of its values"
        )


def _melted(frame: pd.DataFrame, rater: pd.Series[Any], columns: Sequence[str]) -> pd.DataFrame:
    """Return a row an answer: all of the first column, then all of the second, and so on."""
    if not columns:
        return pd.DataFrame(columns=["segment", "target", "rater", "value"], dtype=object)
    rows = np.tile(np.arange(len(frame)), len(columns))
    return pd.DataFrame(
        {
            "segment": frame["segment"].iloc[rows].array,
            "target": pd.Series(columns).repeat(len(frame)).array,
            "rater": pd.Series(rater.to_numpy()[rows], dtype=rater.dtype),
            "value": pd.Series(np.concatenate([frame[c].to_numpy(dtype=object) for c in columns]), dtype=object),
        }
    )


def _is_long(frame: pd.DataFrame) -> bool:
    return {"target", "value"} <= set(frame.columns)


def _is_prose(column: pd.Series[Any]) -> bool:
    """Tell whether a column is text with more different values than classes could have."""
    return pd.to_numeric(column, errors="coerce").notna().sum() == 0 and column.nunique() > MOST_CLASSES


def _given(long: pd.DataFrame) -> pd.DataFrame:
    """Leave out cells that are empty."""
    empty = long["value"].isna() | (long["value"].astype(str).str.strip() == "")
    return long[~empty].reset_index(drop=True)


def _placed(frame: pd.DataFrame, table: Path, root: Path) -> tuple[pd.DataFrame, Path | None, tuple[str, ...]]:
    """Add ids; make files relative to the folder they lie in; that folder is None where there are none."""
    if "file" not in frame:
        found = few([str(c) for c in frame.columns], 8) or "none"
        raise BadCorpus(
            f"{table} has no column 'file'; its columns are {found}; rename the one that names the recordings"
        )
    if frame["file"].isna().any() or frame.empty:
        raise BadCorpus(
            f"{table} has rows without a file, or no rows; expected one in each; fill them in or remove them"
        )
    files = frame["file"].astype(str).str.strip().str.replace("\\", "/").str.removeprefix("./")
    unique = list(pd.unique(files))
    if all(Path(f).is_absolute() for f in unique):
        inside = all(Path(f).is_relative_to(root.resolve()) for f in unique)
        root = root.resolve() if inside else Path(os.path.commonpath([os.path.dirname(f) for f in unique]))
        files = files.map({f: Path(f).relative_to(root).as_posix() for f in unique})
    frame = frame.assign(file=files)
    start, end = _times(frame, table)
    segment = segment_ids(segment_index(list(files), start.tolist(), end.tolist()))
    own = pd.DataFrame({"start": start, "end": end, "segment": segment}, index=frame.index)
    frame = pd.concat([frame.drop(columns=[c for c in own if c in frame]), own], axis=1)
    if any((root / f).is_file() for f in pd.unique(files)):
        return frame, root, ()
    return frame, None, (f"no audio: none of the files is in {root}",)


def _times(frame: pd.DataFrame, table: Path) -> tuple[pd.Series[float], pd.Series[float]]:
    """Return starts and ends in seconds; an end that is missing is the end of the file."""
    start = _seconds(frame, "start", table).fillna(0.0)
    end = _seconds(frame, "end", table)
    wrong = (start < 0) | (end <= start)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise BadCorpus(
            f"{table}: {frame['file'].iloc[row]} goes from {start.iloc[row]:g} s to "
            f"{end.iloc[row]:g} s; expected 0 <= start < end, in seconds; correct the row"
        )
    return start, end


def _seconds(frame: pd.DataFrame, name: str, table: Path) -> pd.Series[float]:
    if name not in frame:
        return pd.Series(np.nan, frame.index)
    column = frame[name]
    if pd.api.types.is_timedelta64_dtype(column):
        return pd.Series(pd.TimedeltaIndex(column).total_seconds(), frame.index)
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    words = column.notna() & numbers.isna()
    numbers[words] = pd.to_timedelta(column[words], errors="coerce").dt.total_seconds()
    if (column.notna() & numbers.isna()).any() and not _all_nat(column[words]):
        wrong = column[column.notna() & numbers.isna()].iloc[0]
        raise BadCorpus(f"{table}: {name} is {wrong!r}; expected seconds, such as 1.5; correct the row")
    return numbers


def _all_nat(column: pd.Series[Any]) -> bool:
    return bool(column.astype(str).str.strip().isin(["NaT", ""]).all())


def _segments(frame: pd.DataFrame, described: list[str], table: Path) -> pd.DataFrame:
    """Return one row per segment with what is known about it."""
    per_rater = "rater" in frame or _is_long(frame)
    about = [column for column in ABOUT if column in frame]
    rows = frame[["segment", "file", "start", "end", *about, *described]]
    rows = rows.assign(**{column: as_text(rows[column]) for column in about})
    if per_rater:
        rows = rows.drop_duplicates()
    twice = rows["segment"].duplicated()
    if twice.any():
        name = rows.loc[twice, "segment"].iloc[0]
        remedy = (
            f"expected the same {', '.join([*about, *described])} in each; correct the rows"
            if per_rater
            else "expected one row per segment; remove one, or say in a column 'rater' who gave which"
        )
        raise BadCorpus(f"{table}: segment {name} has rows that differ; {remedy}")
    if "sex" in about:
        rows["sex"] = rows["sex"].map(sex_name, na_action="ignore")
    index = segment_index(list(rows["file"]), rows["start"].tolist(), rows["end"].tolist())
    return rows[[*about, *described]].set_axis(index)


readers.register(Table.name)(Table())
