"""A table: one row per segment, or one row per segment and rater."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import pandas as pd

from seral_core.corpora.about_segments import segments_of
from seral_core.corpora.answers import Given, target_of, unused_words
from seral_core.corpora.base import readers
from seral_core.corpora.columns import Columns, columns_of
from seral_core.corpora.corpus import RATINGS, Corpus, checked, rows_by_target
from seral_core.corpora.files import few
from seral_core.corpora.headers import data_rows, without_explanations, without_sums
from seral_core.corpora.long_form import in_long_form, one_vote_each
from seral_core.corpora.name_columns import with_folders
from seral_core.corpora.odd_numbers import usable_numbers
from seral_core.corpora.rows import Placed, part_that_exists, placed_rows
from seral_core.corpora.samples import traces_of, with_lengths
from seral_core.corpora.tables import is_table, only_table, read_table, row_number
from seral_core.corpora.trace_tables import moment_column, moments_s, samples_of, without_column
from seral_core.corpora.usual_names import MSP, MSP_RANGE, squashed
from seral_core.errors import BadCorpus
from seral_core.files import regular
from seral_core.home import placed
from seral_core.types import Target


@dataclass(frozen=True)
class Table:
    """CSV or parquet with a column that names the recordings, a row for each segment, and columns of labels.

    Which column is what follows from its name and from what is in it, see `seral_core.corpora.columns`:
    ``file start end duration channel speaker session sex split rater`` in the usual spellings; a column called
    emotion or label is the first target, other texts that repeat and numbers are further ones; ids, transcripts,
    ages, dates and the like are descriptions. ``start`` and ``end`` are seconds, or times as clocks show them.
    Where several rows of a recording have a column ``time``, or ``frame`` with ``rate``, rows are the moments of a
    trace, in wide or in long form. With ``rater``, a segment has
    a row for each rater; with ``target`` and ``value``, a row for each answer; columns such as ``rater1 rater2``, or
    others side by side with the same emotions in them, hold an answer each. Text is a class, numbers are a scale.
    Files are relative to the table's folder; where none is there, the corpus has no audio. A parquet may hold the
    recordings itself, as Hugging Face writes them (cells of ``bytes`` and ``path``).

    Parameters
    ----------
    ranges : mapping of target to (low, high)
        Native ranges of scales; left out: guessed, and noted as guessed.
    classes : mapping of target to class names
        Classes that may occur; any other is an error.
    targets : sequence of str
        The columns that are targets; left out: all that look like some.
    columns : mapping of str to column
        A role such as ``speaker``, or ``description``, ``class``, ``scale``, ``votes``, or the name of a target, to the
        column (several with commas) that is it; several for ``rater`` or a target hold an answer of a rater each.
    words : mapping of str to str
        What words in the table mean: a class, or nothing for no answer.
    root : str
        Folder that the files are relative to; left out: the table's own.
    rate : float
        Of traces: values per second, for times that count frames, or to bring traces to another rate; left out: as
        they were written.
    lenient : bool
        Leave out single answers that are no numbers of their scale, and name their rows, instead of refusing all.

    Examples
    --------
    >>> Table(ranges={"arousal": (1, 9)}).ranges["arousal"]
    (1, 9)
    """

    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    targets: Sequence[str] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    root: str = ""
    rate: float = 0.0
    lenient: bool = False

    name: ClassVar[str] = "table"
    pattern: ClassVar[str] = "CSV or parquet with a column file and columns of labels"

    def recognises(self, path: Path) -> float:
        """Return how sure it is: any table, or a folder with exactly one that names recordings."""
        if is_table(path):
            return 0.9
        return 0.7 if only_table(path) else 0.0

    def read(self, path: Path) -> Corpus:
        """Open a table, or the folder it lies in.

        Raises
        ------
        BadCorpus
            When no column names the recordings, a segment has two rows, times make no sense, a rater answers twice,
            or a value does not fit a target that was asked for.
        """
        table = only_table(path) if path.is_dir() else regular(path)
        if table is None:
            raise BadCorpus(f"{path} holds no single table with a column 'file'; name the table itself")
        sheet = read_table(table)
        root = placed(self.root or sheet.sound or table.parent)
        exists = part_that_exists(root)
        frame, again = data_rows(sheet.frame, table, exists)
        columns = self.columns_in(frame, table, root)
        frame, top = without_explanations(frame, columns.roles["file"], exists)
        frame, sums = without_sums(frame, columns.roles["file"], exists)
        columns = self.columns_in(frame, table, root) if top or sums else columns
        frame, joined = self._named(frame, columns, table, root)
        rows = placed_rows(frame, table, root, columns)
        noted = (*sheet.notes, *again, *top, *sums, *joined)
        if moment := moment_column(rows):
            return self._along_time(without_column(rows, moment), moment, noted, table)
        long, spread = in_long_form(rows)
        long, merged = one_vote_each(long, table)
        task, ratings, guessed, unread = self._targets(long, rows.columns)
        segments, differing = segments_of(rows, unread, table)
        unused = unused_words(self.words, long["value"])
        notes = (*noted, *rows.notes, *spread, *merged, *guessed, *unused, *differing)
        empty = [c for c in rows.frame.columns if rows.frame[c].isna().all() and c]
        notes += (f"empty columns: {few(empty, 8)}",) if empty else ()
        return Corpus(
            table.stem,
            segments,
            checked(ratings[list(RATINGS)], task),
            task,
            rows.root,
            notes=notes,
            columns=_roles(rows, task),
            written=rows.written,
        )

    def _along_time(self, rows: Placed, moment: str, noted: tuple[str, ...], table: Path) -> Corpus:
        """Open a table whose rows are moments of recordings."""
        times_s, timed = moments_s(rows, moment, self.rate, table)
        long, _ = in_long_form(rows)
        known = {name: rows.columns.column_of(name) for name in long["target"].unique()}
        wanted = [name for name, column in known.items() if not self.targets or {name, column} & set(self.targets)]
        numbers = pd.Series(times_s.to_numpy(), rows.frame.index.map(row_number))
        some, read, unread = samples_of(long[long["target"].isin(wanted)], numbers, self.words, table)
        task, ratings, about = traces_of(some, self.ranges, self.rate)
        self._check_found(task, rows.columns)
        segments, differing = segments_of(rows, (), table)
        notes = (*noted, *rows.notes, f"rows are moments, at the times in {moment}", *timed, *read, *about, *differing)
        columns = _roles(rows, task) | {moment: "time"} | dict.fromkeys(unread, "left out")
        return with_lengths(
            Corpus(table.stem, segments, ratings, task, rows.root, notes=notes, columns=columns, written=rows.written)
        )

    def columns_in(self, frame: pd.DataFrame, table: Path, root: Path) -> Columns:
        """Return what the columns of a table are; raise `BadCorpus` where one that was asked for is not there."""
        wanted = (*self.targets, *self.ranges, *self.classes)
        try:
            return columns_of(frame, self.columns, wanted, part_that_exists(root))
        except BadCorpus as wrong:
            between = " has" if str(wrong).startswith("no column") else ":"
            raise BadCorpus(f"{table}{between} {wrong}") from None

    def _named(
        self, frame: pd.DataFrame, columns: Columns, table: Path, root: Path
    ) -> tuple[pd.DataFrame, tuple[str, ...]]:
        """Return a table whose column of files names them whole."""
        said = {name.strip().lower() for listed in self.columns.values() for name in listed.split(",")}
        try:
            return with_folders(frame, columns.roles, root, said)
        except BadCorpus as wrong:
            raise BadCorpus(f"{table}: {wrong}") from None

    def _targets(
        self, long: pd.DataFrame, columns: Columns
    ) -> tuple[tuple[Target, ...], pd.DataFrame, tuple[str, ...], tuple[str, ...]]:
        """Return targets, their ratings, notes, and the columns that nobody asked for and that hold no target."""
        task: list[Target] = []
        parts: list[pd.DataFrame] = []
        notes: tuple[str, ...] = ()
        unread: dict[str, BadCorpus] = {}
        places = rows_by_target(long)
        asked = {*self.targets, *self.ranges, *self.classes, *self.columns, *map(columns.named, columns.forced)}
        for name in pd.unique(long["target"]):
            if self.targets and name not in self.targets and columns.column_of(name) not in self.targets:
                continue
            rows = long.iloc[places.get(name, [])]
            kind = columns.forced.get(columns.column_of(name), "")
            of_msp = squashed(columns.column_of(name)) in MSP
            given = Given(
                self.ranges.get(name), self.classes.get(name, ()), self.words, kind, (of_msp and MSP_RANGE) or None
            )
            try:
                where = rows["row"].map("row {}".format)
                values, odd = usable_numbers(name, rows["value"], where, given) if self.lenient else (rows["value"], ())
                target, values, guessed = target_of(name, values, given)
            except BadCorpus as wrong:
                if name in asked:
                    raise
                unread[name] = wrong
                continue
            task.append(target)
            parts.append(rows.loc[values.index].assign(value=values))
            notes += odd + guessed
        if not task and unread:
            raise next(iter(unread.values()))
        self._check_found(task, columns)
        set_aside = {columns.column_of(name): wrong for name, wrong in unread.items()}
        notes += tuple(f"column {column} is kept as a description: {wrong}" for column, wrong in set_aside.items())
        if not task:
            notes += ("no labels were found in the table",)
        ratings = pd.concat(parts, ignore_index=True) if parts else long
        return tuple(task), ratings, notes, tuple(set_aside)

    def _check_found(self, task: Sequence[Target], columns: Columns) -> None:
        known = {target.name for target in task} | {columns.column_of(target.name) for target in task}
        missing = [name for name in self.targets if name not in known]
        if missing:
            may = [*columns.targets, *columns.described]
            raise BadCorpus(
                f"the table has no column {', '.join(missing)}; "
                f"expected targets among {few(may, 20) or 'none'}; correct the name"
            )


def _roles(rows: Placed, task: Sequence[Target]) -> dict[str, str]:
    """Return in words what each column was taken for."""
    asked = {target.name: target for target in task}
    found = {}
    for column in rows.frame.columns:
        what, target = rows.columns.role_of(column), asked.get(rows.columns.named(column))
        if what == "target" and target is not None:
            what = "a scale" if target.is_scale else "classes"
            what = f"target, {what}" if target.name == column else f"target {target.name}, {what}"
        found[column] = "description" if what == "target" else what
    return found


readers.register(Table.name)(Table())
