"""Answers from a table that people fill in while a stream runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from numpy.random import Generator

from seral_core.errors import BadLabel
from seral_core.files import read_text
from seral_core.guard import from_spreadsheet
from seral_core.learners.base import Learner
from seral_core.types import Label, Query, Target, Value


def _silent(_: str) -> None:
    return None


@dataclass(frozen=True)
class Answers:
    r"""Reads a CSV table again at every question; what is missing or wrong there stays open.

    Parameters
    ----------
    path : Path
        Columns ``file`` and one per target, in any order; written only by people. ``rater`` may
        say who answered. It need not exist yet. Where a file has two rows, the later one counts.
    tell : callable
        Is called with a sentence for every row that cannot be used.

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
    price = 1.0
    #: People answer while the stream goes on.
    later = True

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterator[Label]:
        """Return labels of the clips that have a usable answer for every target asked for."""
        given = self._read(query)
        share = 1 / len(query.task)
        for segment in query.segments:
            rater, values = given.get(segment, ("", {}))
            if len(values) == len(query.task):
                for name, value in values.items():
                    yield Label(segment, name, value, rater or "people", cost=share, source="human")

    def usable(self, query: Query) -> tuple[str, ...]:
        """Return the segments that have a usable answer for every target asked for."""
        given = self._read(query)
        return tuple(segment for segment in query.segments if len(given.get(segment, ("", {}))[1]) == len(query.task))

    def _read(self, query: Query) -> dict[str, tuple[str, dict[str, Value]]]:
        wanted, given = set(query.segments), dict[str, tuple[str, dict[str, Value]]]()
        for number, row in self._rows(query.task):
            segment = _named(row.get("file") or "", wanted)
            if segment:
                values = self._values(number, segment, row, query.task)
                given[segment] = (row.get("rater") or "").strip(), values
        return given

    def _rows(self, task: Sequence[Target]) -> Iterator[tuple[int, dict[str, str]]]:
        """Yield the rows with their line numbers."""
        try:
            text = read_text(self.path, "utf-8-sig")
        except FileNotFoundError:
            return
        except (OSError, UnicodeDecodeError) as wrong:
            self.tell(f"{self.path} cannot be read ({wrong}); expected a CSV table in UTF-8; save it as that")
            return
        # Spreadsheets of some countries write semicolons.
        head = text.split("\n", 1)[0]
        table = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
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


def _named(cell: str, wanted: Set[str]) -> str:
    """Return the clip that a cell names, as questions.csv writes it or as it is called; empty for none of these."""
    known = (from_spreadsheet(cell), cell, from_spreadsheet(cell.strip()), cell.strip())
    return next((name for name in known if name in wanted), "")
