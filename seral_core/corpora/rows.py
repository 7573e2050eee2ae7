"""The rows of a table: which recording and part each is about, who answered what, and what it says of the segment."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.alike import alike, in_one_case
from seral_core.corpora.channels import of_channel
from seral_core.corpora.class_words import means_nothing
from seral_core.corpora.columns import Columns
from seral_core.corpora.corpus import ABOUT, INDEX, segment_ids, segment_index
from seral_core.corpora.files import few
from seral_core.corpora.find_files import as_path, find_files
from seral_core.corpora.labels_in_cells import labels_in_cells
from seral_core.corpora.rater_columns import votes_in
from seral_core.corpora.tables import GOLD, as_text, row_number
from seral_core.corpora.times import are_plain, beyond, times_of
from seral_core.corpora.words import sexes
from seral_core.errors import BadCorpus
from seral_core.scores.dawid_skene import SLOT


@dataclass(frozen=True, eq=False)
class Placed:
    """Rows of a table, each with its segment.

    Parameters
    ----------
    frame : DataFrame
        As written.
    columns : Columns
        What its columns are.
    file, start, end, segment : Series
        A value a row: the file within the corpus, seconds, and the segment's id.
    written : mapping of str to str
        By id of a segment, the same with the file's name as the table writes it, where that is otherwise.
    root : Path or None
        Folder of the files; None where none is there.
    notes : tuple of str
        What was joined, and what is missing.
    """

    frame: pd.DataFrame
    columns: Columns
    file: pd.Series[Any]
    start: pd.Series[float]
    end: pd.Series[float]
    segment: pd.Series[Any]
    root: Path | None
    notes: tuple[str, ...]
    written: dict[str, str]

    def of_role(self, role: str) -> pd.Series[Any] | None:
        """Return the cells of a role as text; None where the table has no such column."""
        column = self.columns.roles.get(role)
        return None if column is None else as_text(self.frame[column])


def part_that_exists(root: Path) -> Callable[[pd.Series[Any]], float]:
    """Return a function that tells which part of some cells names recordings in a folder.

    Examples
    --------
    >>> part_that_exists(Path("no such folder"))(pd.Series(["a.wav"]))
    0.0
    """

    def part(cells: pd.Series[Any]) -> float:
        names = list(pd.unique(cells))
        return len(find_files(names, root).files) / len(names) if names else 0.0

    return part


def placed_rows(frame: pd.DataFrame, table: Path, root: Path, columns: Columns) -> Placed:
    """Find the recording and the part of it that each row is about.

    Raises
    ------
    BadCorpus
        When a row has no file, or times make no sense.
    """
    cells = as_text(frame[columns.roles["file"]])
    if frame.empty or cells.isna().any():
        where = "" if frame.empty else f", first row {row_number(cells.index[cells.isna()][0])}"
        raise BadCorpus(
            f"{table} has rows without a file, or no rows{where}; expected one in each; fill them in, or remove them: "
            "units, titles and sums are no rows"
        )
    files, place, notes = _files(cells, root)
    start, end, timed = times_of(frame, columns, cells, table)
    if place is not None and {"start", "end"} & set(columns.roles):
        timed += beyond((start, end), files, place, are_plain(frame, columns), table)
    channel, spoken = _channels(frame, columns)
    files, named = _with_channels(files, channel), _with_channels(cells.map(as_path), channel)
    segment, written = (segment_ids(segment_index(list(of), start.tolist(), end.tolist())) for of in (files, named))
    other = {own: text for own, text in zip(segment, written, strict=True) if own != text}
    notes = (*columns.notes, *notes, *timed, *spoken)
    return Placed(frame, columns, files, start, end, pd.Series(segment, frame.index, dtype=object), place, notes, other)


def _with_channels(files: pd.Series[Any], channel: pd.Series[Any] | None) -> pd.Series[Any]:
    if channel is None:
        return files
    both = zip(files, channel, strict=True)
    return pd.Series([of_channel(f, n) if n else f for f, n in both], files.index, dtype=object)


def in_long_form(rows: Placed) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return an answer a row: ``segment target rater value row``, and notes.

    Cells that hold several labels are several votes of raters without names, or the first label of a rater with one.
    """
    frame, columns = rows.frame, rows.columns
    notes: tuple[str, ...] = ()
    rater, named = rows.of_role("rater"), "rater" in columns.roles
    if rater is not None and rater.isna().any() and rater.notna().any():
        notes = (f"{int(rater.isna().sum())} rows name no rater; they are kept as answers of '{GOLD}'",)
    notes += () if rater is None else alike("raters", rater.unique())
    rater = pd.Series(GOLD, frame.index, dtype=object) if rater is None else rater.fillna(GOLD)
    if {"target", "value"} <= set(columns.roles):
        target = as_text(frame[columns.roles["target"]]).map(lambda name: name and name.lower())
        parts = [_part(rows, target, rater, frame[columns.roles["value"]])]
    else:
        parts = [_part(rows, columns.named(c), rater, frame[c]) for c in columns.targets]
        parts += [_part(rows, target, who, frame[c]) for c, (target, who) in columns.raters.items()]
        parts += [_counted(rows)] if columns.counts else []
    parts = [part for part in parts if len(part)]
    spread = [_spread(part, named) for part in parts]
    notes += tuple(note for _, note in spread if note)
    empty = pd.DataFrame(columns=["segment", "target", "rater", "value", "row"], dtype=object)
    return pd.concat([part for part, _ in spread], ignore_index=True) if spread else empty, notes


def one_vote_each(long: pd.DataFrame, table: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return answers of which each rater has one for each segment and target, and a note where equal ones were joined.

    Raises
    ------
    BadCorpus
        When a rater gave a segment two different answers.
    """
    whose = ["segment", "target", "rater"]
    if not long.duplicated(whose).any():
        return long, ()
    same = long.assign(value=long["value"].map(_comparable)).duplicated([*whose, "value"])
    kept = long[~same]
    twice = kept.duplicated(whose, keep=False)
    if twice.any():
        first = kept[twice].iloc[0]
        own = kept[(kept[whose] == first[whose]).all(axis=1)]
        where = f"{table}: segment {first['segment']} has rows that differ; rows {few(list(map(str, own['row'])))}"
        if (long["rater"] == GOLD).all():
            raise BadCorpus(
                f"{where} say different things of {first['target']}; expected one row per segment; remove one, say in "
                "a column 'rater' who gave which, or which columns hold the times of parts (--column start=NAME)"
            )
        raise BadCorpus(
            f"{where} hold different answers of {first['rater']} for {first['target']}; expected one answer of a "
            "rater; remove one"
        )
    rows = sorted(set(long.loc[same, "row"]))
    note = f"{len(rows)} rows repeat an answer of the same rater and count once: rows {few(list(map(str, rows)))}"
    return kept.reset_index(drop=True), (note,)


def segments_of(rows: Placed, more: Collection[str], table: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return one row per segment with what is known about it, and notes.

    Parameters
    ----------
    rows : Placed
    more : collection of str
        Columns that describe, besides those that are known to.
    table : Path
        For messages.

    Raises
    ------
    BadCorpus
        When rows of one segment differ in speaker, session, sex or split.
    """
    about = {role: cells for role in ABOUT if (cells := rows.of_role(role)) is not None}
    notes = _known_speakers(about)
    notes += alike("speakers", about["speaker"].unique()) if "speaker" in about else ()
    if "split" in about:
        about["split"], joined = in_one_case("splits", about["split"])
        notes += joined
    described = [c for c in (*rows.columns.described, *more) if rows.frame[c].notna().any()]
    more_about = {_free_name(c): rows.frame[c] for c in described}
    known = pd.DataFrame({**about, **more_about}, index=rows.frame.index)
    first = rows.segment.drop_duplicates().index
    by_segment = known.groupby(rows.segment.to_numpy(), sort=False)
    if len(first) < len(known) and len(known.columns):
        differ = by_segment.nunique()
        for role in about:
            if (differ[role] > 1).any():
                name = differ.index[differ[role] > 1][0]
                raise BadCorpus(
                    f"{table}: segment {name} has rows that differ; expected the same {', '.join(about)} in each; "
                    f"correct the {role}"
                )
        of_answers = [c for c in more_about if (differ[c] > 1).any()]
        if of_answers:
            notes += (f"column {few(of_answers)} is left out: it says different things of one segment",)
            known = known.drop(columns=of_answers)
        by_segment = known.groupby(rows.segment.to_numpy(), sort=False)
    one = by_segment.first() if len(first) < len(known) else known
    if "sex" in one:
        written = [None if pd.isna(name) else name for name in one["sex"]]
        one["sex"], read = sexes(written, rows.columns.roles["sex"])
        notes += read
    index = segment_index(list(rows.file[first]), rows.start[first].tolist(), rows.end[first].tolist())
    plain = one.astype(object).where(one.notna(), None)
    return plain.set_axis(index), notes


def _known_speakers(about: dict[str, pd.Series[Any]]) -> tuple[str, ...]:
    """Take words for nobody out of the speakers, and return a note on them; NA or None may be somebody's name."""
    names = about.get("speaker", pd.Series(dtype=object)).dropna()
    nobody = names[names.map(means_nothing).astype(bool)]
    if not len(nobody):
        return ()
    about["speaker"] = about["speaker"].where(~about["speaker"].isin(nobody.unique()), None)
    counts = few([f"{name} ({count})" for name, count in nobody.value_counts().items()])
    return (f"{len(nobody)} rows are taken as of an unknown speaker: {counts}; if it is one person, write a name",)


def _free_name(column: str) -> str:
    """Return a name for a column that describes, other than those that a corpus has of its own."""
    return f"{column or 'column'} (as written)" if column in (*ABOUT, *INDEX, "") else column


def _comparable(value: object) -> object:
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return str(value).strip().lower()


def _files(cells: pd.Series[Any], root: Path) -> tuple[pd.Series[Any], Path | None, tuple[str, ...]]:
    """Return the file of each row within the corpus, the folder that they are in, and notes."""
    names = list(pd.unique(cells))
    if all(Path(name).is_absolute() for name in names) and any(os.path.isfile(name) for name in names):
        inside = all(Path(name).is_relative_to(root.resolve()) for name in names)
        top = root.resolve() if inside else Path(os.path.commonpath([os.path.dirname(name) for name in names]))
        missing = [name for name in names if not os.path.isfile(name)]
        notes = (f"{len(missing)} of {len(names)} files are not there: {few(missing)}",) if missing else ()
        return cells.map({name: Path(name).relative_to(top).as_posix() for name in names}), top, notes
    found = find_files(names, root)
    files = cells.map({name: _within(found.files.get(name) or as_path(name), root) for name in names})
    if not found.files:
        return files, None, found.notes if found.doubtful else (f"no audio: none of the files is in {root}",)
    return files, root, found.notes


def _within(file: str, root: Path) -> str:
    """Return a path through the folder above as one that starts in the folder, where it leads back into it."""
    if not file.startswith("../"):
        return file
    straight = os.path.relpath((root / file).resolve(), root.resolve()).replace(os.sep, "/")
    return file if straight.startswith("..") else straight


def _channels(frame: pd.DataFrame, columns: Columns) -> tuple[pd.Series[Any] | None, tuple[str, ...]]:
    """Return the number of the channel of each row, from 1, and what was guessed."""
    column = columns.roles.get("channel")
    if column is None:
        return None, ()
    cells = as_text(frame[column])
    words = {"left": 1, "l": 1, "right": 2, "r": 2}
    numbers = cells.map(lambda cell: words.get(str(cell).lower(), cell), na_action="ignore")
    numbers = pd.to_numeric(numbers, errors="coerce")
    if (cells.notna() & numbers.isna()).any():
        wrong = cells[cells.notna() & numbers.isna()].iloc[0]
        raise BadCorpus(
            f"{column} is '{wrong}'; expected the number of a channel, left or right; write 1 or left for the first "
            "channel, 2 or right for the second"
        )
    from_zero = bool((numbers == 0).any())
    numbers = numbers + 1 if from_zero else numbers
    note = f"channels are counted from {'0' if from_zero else '1'} in {column}; the first one is #ch1 in SERAL"
    return pd.Series([None if pd.isna(n) else int(n) for n in numbers], frame.index, dtype=object), (note,)


def _part(rows: Placed, target: Any, rater: Any, cells: pd.Series[Any]) -> pd.DataFrame:
    """Return the answers in a column, without cells that are empty."""
    made = pd.DataFrame(
        {
            "segment": rows.segment,
            "target": target,
            "rater": rater,
            "value": cells.astype(object),
            "row": rows.frame.index.map(row_number),
        }
    )
    empty = made["value"].isna() | (made["value"].astype(str).str.strip() == "")
    return made[~empty]


def _counted(rows: Placed) -> pd.DataFrame:
    """Return a vote a row where columns say how many raters chose a class."""
    columns = rows.columns.counts
    counts = votes_in(rows.frame, list(columns)).to_numpy(int)
    each = [[name for name, count in zip(columns.values(), row, strict=True) for _ in range(count)] for row in counts]
    votes = _part(rows, "emotion", GOLD, pd.Series(each, rows.frame.index, dtype=object)).explode("value").dropna()
    number = votes.groupby("segment", sort=False).cumcount() + 1
    return votes.assign(rater=[f"{SLOT}{n}" for n in number]).reset_index(drop=True)


def _spread(part: pd.DataFrame, named: bool) -> tuple[pd.DataFrame, str]:
    """Return an answer a row where cells hold several labels, and what that means."""
    if pd.to_numeric(part["value"], errors="coerce").notna().all():  # of a trace, very many
        return part, ""
    several = labels_in_cells(part["value"]) if len(set(part["target"])) == 1 else None
    if several is None:
        return part, ""
    what = f"{several.count} cells of {part['target'].iloc[0]} hold several labels"
    if named or (part["rater"] != GOLD).any():
        first = part.assign(value=several.labels.map(lambda labels: next(iter(labels), None)))
        return first.dropna(subset="value"), f"{what}; the first is the rater's answer, the others are left out"
    made = part.assign(value=several.labels).explode("value", ignore_index=True).dropna(subset="value")
    number = made.groupby("segment", sort=False).cumcount() + 1
    return made.assign(rater=[f"{SLOT}{n}" for n in number]), f"{what}: {several.how}"
