"""Answers from a table that people fill in while a stream runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from numpy.random import Generator

from seral_core.corpora.files import few
from seral_core.errors import BadLabel
from seral_core.files import read_bytes
from seral_core.guard import for_terminal, from_spreadsheet
from seral_core.learners.base import Learner
from seral_core.types import Label, Query, Target, Value

#: By recording, what was learned of it; empty where nothing is.
Learned: TypeAlias = Mapping[str, Mapping[str, object]]


def _silent(_: str) -> None:
    return None


@dataclass(frozen=True)
class _Row:
    """A row that names a recording: its line, what its cell may name, best first, and what it answers."""

    line: int
    names: tuple[str, ...]
    looseness: int
    rater: str
    values: dict[str, Value]


@dataclass(frozen=True)
class Answers:
    r"""Reads a CSV table again at every question; what is missing or wrong there stays open.

    Parameters
    ----------
    path : Path
        Columns ``file`` and one per target, in any order; written only by people. ``rater`` may
        say who answered. It need not exist yet. Where a file has two rows, the later one counts.
    tell : callable
        Is called with a sentence for every row that cannot be used, and once for all that would
        correct what was learned.
    learned : mapping
        Every recording decided on so far, by name, with what was learned of it: a row names one of
        these, or of those asked for, and never another one with a similar name.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "answers.csv"
    >>> _ = path.write_text("file,arousal\na.wav,0.5\nb.wav,7\nc.wav,\n")
    >>> query = Query(("a.wav", "b.wav", "c.wav"), (Target("arousal"),))
    >>> [label.value for label in Answers(path, print).answer(query, None, np.random.default_rng(0))]
    answers.csv, line 3 (b.wav): arousal is 7; expected a number in [-1, 1]; correct the value or widen ...
    [0.5]
    """

    path: Path
    tell: Callable[[str], None] = _silent
    learned: Learned = field(default_factory=dict)
    price = 1.0
    #: People answer while the stream goes on.
    later = True

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterator[Label]:
        """Return labels of the clips that have a usable answer for every target asked for."""
        share = 1 / len(query.task)
        for segment, row in self._usable(query).items():
            for name, value in row.values.items():
                yield Label(segment, name, value, row.rater or "people", cost=share, source="human")

    def usable(self, query: Query) -> tuple[str, ...]:
        """Return the segments that have a usable answer for every target asked for."""
        return tuple(self._usable(query))

    def _usable(self, query: Query) -> dict[str, _Row]:
        given = self._read(query)
        self._tell_corrections(given)
        full = {i: given[i] for i in query.segments if i in given and len(given[i].values) == len(query.task)}
        return {segment: row for segment, row in full.items() if self._is_its_own(row, given)}

    def _read(self, query: Query) -> dict[str, _Row]:
        """Return the row of each recording: that which names it best, of several such rows the last one."""
        wanted, given = set(query.segments), dict[str, _Row]()
        spelled = {for_terminal(name): name for name in (*wanted, *self.learned) if not name.isprintable()}
        strange: list[str] = []
        for line, row in self._rows(query.task):
            names = _readings(row.get("file") or "")
            names += tuple(spelled[name] for name in names if name in spelled)
            known = [i for i, name in enumerate(names) if name in wanted or name in self.learned]
            if not known:
                strange += [f"line {line} ({names[0]!r})"] * any(name.strip() for name in names)
                continue
            segment, before = names[known[0]], given.get(names[known[0]])
            if before is None or known[0] <= before.looseness:
                values = self._values(line, segment, row, query.task)
                given[segment] = _Row(line, names, known[0], (row.get("rater") or "").strip(), values)
        if strange:
            self.tell(
                f"{self.path.name} names {len(strange)} recording{'s' * (len(strange) > 1)} that did not arrive, or "
                f"that nothing was decided on yet: {few(strange)}; check the name{'s' * (len(strange) > 1)}"
            )
        return given

    def _is_its_own(self, row: _Row, given: Collection[str]) -> bool:
        """Return whether no other recording was learned from this row, as before one with its very name arrived."""
        segment = row.names[row.looseness]
        others = [name for name in row.names[row.looseness + 1 :] if self.learned.get(name) and name not in given]
        if others:
            self.tell(
                f"{self.path.name}, line {row.line} ({segment!r}) may be the row that {others[0]!r} was learned from; "
                "expected a row for each of them; add the other one"
            )
        return not others

    def _tell_corrections(self, given: Mapping[str, _Row]) -> None:
        """Say which rows answer otherwise than what was learned: a stream learns from each answer once."""
        changed = [
            (row.line, segment, name, value, learned)
            for segment, row in given.items()
            for name, value in row.values.items()
            if (learned := self.learned.get(segment, {}).get(name, value)) != value
        ]
        if changed:
            (line, segment, name, value, learned), several = changed[0], len(changed) > 1
            self.tell(
                f"{self.path.name} has {len(changed)} correction{'s' * several} of what was learned, which "
                f"{'are' if several else 'is'} not used; first line {line} ({segment}): {name} is {value}, but "
                f"{learned} was learned; correct the table that 'seral show' exports, or start another stream"
            )

    def _rows(self, task: Sequence[Target]) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the rows with their line numbers."""
        try:
            text = read_bytes(self.path).decode("utf-8-sig")  # a return within a name stays one
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as wrong:
            self.tell(f"{self.path} cannot be read ({wrong}); expected a CSV table in UTF-8; save it as that")
            return
        # Spreadsheets of some countries write semicolons.
        head = text.split("\n", 1)[0]
        between = ";" if head.count(";") > head.count(",") else ","
        table = csv.DictReader(io.StringIO(text, newline=""), delimiter=between)
        table.fieldnames = [from_spreadsheet(name) for name in table.fieldnames or ()]
        missing = [name for name in ("file", *(t.name for t in task)) if name not in table.fieldnames]
        if missing and text.strip():
            self.tell(f"{self.path.name} has no column {' and no column '.join(missing)}; add it to the first line")
            return
        try:
            for row in table:
                yield table.line_num, row
        except csv.Error as wrong:
            self.tell(f"{self.path.name}, line {table.line_num}: {wrong}; correct that line")

    def _values(self, number: int, segment: str, row: dict[str, str], task: Sequence[Target]) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for target in task:
            cell = (row.get(target.name) or "").strip()
            try:
                if cell:
                    values[target.name] = target.check(cell)
            except BadLabel as wrong:
                self.tell(f"{self.path.name}, line {number} ({segment}): {wrong}")
        return values


def _readings(cell: str) -> tuple[str, ...]:
    """Return what a cell may name: as questions.csv writes it, as a recording is called, then without blanks around.

    Characters that nobody sees are spelled out there, which `Answers` undoes.
    """
    return tuple(dict.fromkeys((from_spreadsheet(cell), cell, from_spreadsheet(cell.strip()), cell.strip())))
