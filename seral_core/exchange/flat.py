"""One row per answer, with all that is known of it: CSV and parquet."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core import unpacking
from seral_core.corpora.corpus import RATINGS
from seral_core.corpora.readers.table import Table
from seral_core.corpora.tables import column_names
from seral_core.errors import BadLabel
from seral_core.exchange.contents import Contents
from seral_core.files import replacing
from seral_core.guard import from_spreadsheet, sheet
from seral_core.store import Answer
from seral_core.types import Task

#: Id of an answer that another tool wrote without one.
NAMELESS = "?"
#: Columns of text that may be empty, of numbers that may be missing, and of whole numbers.
TEXTS = ("id", "segment", "target", "rater", "source", "kind", "of", "purpose", "screen", "run", "device", "comment")
NUMBERS = ("weight", "shown_at", "played_at", "answered_at", "confidence")
COUNTS = ("plays", "round", "seq")


def to_row(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain values that JSON, CSV and parquet can hold; None for what is not known.

    Examples
    --------
    >>> row = to_row(Answer("1", "a.wav", "arousal", 0.5, rater="r1", secondary=("fear",)))
    >>> row["class"], row["number"], row["secondary"]
    (None, 0.5, '["fear"]')
    """
    is_class = isinstance(answer.value, str)
    row = {part.name: getattr(answer, part.name) for part in fields(Answer)}
    del row["value"]
    return row | {
        "class": answer.value if is_class else None,
        "number": None if is_class else answer.value,
        "trace": None if answer.trace is None else json.dumps(answer.trace),
        "secondary": json.dumps(answer.secondary, ensure_ascii=False),
    }


def from_row(row: Mapping[str, Any]) -> Answer:
    """Return the answer that `to_row` made a row of; cells may be text, and columns missing.

    Raises
    ------
    BadLabel
        Where a cell is not what its column holds.

    Examples
    --------
    >>> from_row({"id": "1", "segment": "a.wav", "target": "arousal", "rater": "r1", "number": "0.5"}).value
    0.5
    """
    fields: dict[str, Any] = {"id": "", "segment": "", "target": ""}
    fields |= {name: str(row[name]) for name in TEXTS if not _missing(row.get(name))}
    fields |= {name: _cell(row, name, float) for name in NUMBERS if not _missing(row.get(name))}
    fields |= {name: _cell(row, name, _whole) for name in COUNTS if not _missing(row.get(name))}
    value: Any = None if _missing(row.get("number")) else _cell(row, "number", float)
    if not _missing(row.get("class")):
        if value is not None:
            raise BadLabel(f"class is {row['class']!r} and number is {row['number']!r}; expected one; empty the other")
        value = str(row["class"])
    if not _missing(row.get("guess_visible")):
        fields["guess_visible"] = _cell(row, "guess_visible", _truth)
    for name in ("trace", "secondary"):
        if not _missing(row.get(name)):
            fields[name] = _cell(row, name, _tuples)
    return Answer(**fields, value=value)


def write_csv(answers: Sequence[Answer], to: Path, task: Task = ()) -> None:
    """Write answers as CSV; no cell of theirs is a formula to a spreadsheet.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> write_csv([Answer("1", "=cmd.wav", "emotion", "anger", rater="r1")], path)
    >>> "'=cmd.wav" in path.read_text(), read_csv(path).own[0].segment
    (True, '=cmd.wav')
    """
    with replacing(to) as draft:
        sheet(to_frame(answers)).to_csv(
            draft, index=False, encoding="utf-8", lineterminator="\r\n"
        )  # quotes lone \r too


def read_csv(path: Path) -> Contents:
    r"""Read answers from CSV: SERAL's own, or any table that `Table` reads, a rater's column and all.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> _ = path.write_text("file,rater,emotion\na.wav,r1,anger\n")
    >>> [(answer.segment, answer.value) for answer in read_csv(path).others]
    [('a.wav', 'anger')]
    """
    if not _is_own(path):
        return of_others(path)
    head = path.read_text(encoding="utf-8-sig", errors="replace").split("\n", 1)[0]
    try:
        frame = pd.read_csv(
            path, sep=max(",;\t", key=head.count), dtype=str, na_filter=False, encoding="utf-8-sig", engine="c"
        )
    except (OSError, ValueError) as wrong:
        why = str(wrong).splitlines()[0]
        raise BadLabel(f"{path} cannot be read as CSV ({why}); expected what SERAL exported; export it again") from None
    cells = frame.rename(columns=lambda name: str(name).strip().lower()).map(from_spreadsheet)
    return Contents(from_frame(cells, path.name))


def write_parquet(answers: Sequence[Answer], to: Path, task: Task = ()) -> None:
    """Write answers as parquet.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.parquet"
    >>> write_parquet([Answer("1", "a.wav", "arousal", 0.5, rater="r1")], path)
    >>> read_parquet(path).own[0].value
    0.5
    """
    with replacing(to) as draft:
        to_frame(answers).to_parquet(draft, index=False)


def read_parquet(path: Path) -> Contents:
    """Read answers from parquet: SERAL's own, or any table that `Table` reads.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.parquet"
    >>> pd.DataFrame({"file": ["a.wav"], "arousal": [0.5]}).to_parquet(path)
    >>> [(answer.segment, answer.rater, answer.value) for answer in read_parquet(path).others]
    [('a.wav', 'gold', 0.5)]
    """
    return Contents(from_frame(unpacking.read_parquet(path), path.name)) if _is_own(path) else of_others(path)


def to_frame(answers: Sequence[Answer]) -> pd.DataFrame:
    """Return a table with a row per answer; columns have their types even where all is missing.

    Examples
    --------
    >>> list(to_frame([]).columns)[:4]
    ['id', 'segment', 'target', 'class']
    """
    rows = [to_row(answer) for answer in answers]
    frame = {}
    for name in COLUMNS:
        cells = [row[name] for row in rows]
        kind = KINDS.get(name, object)
        frame[name] = pd.Series(cells, dtype=kind) if kind is object else pd.Series(np.array(cells, dtype=kind))
    return pd.DataFrame(frame)


def from_frame(frame: pd.DataFrame, name: str) -> list[Answer]:
    """Return the answers in a table, in the order of ``seq`` where it has one.

    Raises
    ------
    BadLabel
        Where a row is no answer; names the row.

    Examples
    --------
    >>> from_frame(to_frame([Answer("1", "a.wav", "arousal", 0.5, rater="r1")]), "x")[0].rater
    'r1'
    """
    answers = []
    for number, row in enumerate(frame.to_dict("records"), 2):
        try:
            answers.append(from_row({str(name): cell for name, cell in row.items()}))
        except BadLabel as wrong:
            raise BadLabel(f"{name}, row {number}: {wrong}") from None
    return sorted(answers, key=lambda answer: answer.seq)


def of_others(path: Path) -> Contents:
    r"""Return what the raters of another tool's table say, as answers without an id of their own.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> _ = path.write_text("file,arousal\na.wav,0.5\n")
    >>> of_others(path).others[0].id == NAMELESS
    True
    """
    corpus = Table().read(path)
    return Contents(others=of_ratings(corpus.ratings), notes=corpus.notes)


def of_ratings(ratings: pd.DataFrame, machines: Collection[str] = ()) -> list[Answer]:
    """Return ratings in long form as answers without an id of their own.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment target rater value``.
    machines : collection of str
        Raters that are no people.

    Examples
    --------
    >>> len(of_ratings(toy_corpus().ratings))
    16
    """
    return [
        Answer(
            NAMELESS,
            str(segment),
            str(target),
            value if isinstance(value, str) else float(value),
            rater=str(rater),
            purpose="free",
            source="machine" if rater in machines else "human",
        )
        for segment, target, rater, value in zip(*(ratings[name] for name in RATINGS), strict=True)
    ]


COLUMNS: tuple[str, ...] = (
    *("id", "segment", "target", "class", "number"),
    *TEXTS[3:],
    *NUMBERS,
    *COUNTS,
    *("guess_visible", "trace", "secondary"),
)
KINDS: dict[str, type] = dict.fromkeys(("number", *NUMBERS), float) | dict.fromkeys(COUNTS, np.int64)
KINDS |= {"guess_visible": bool}


def _is_own(path: Path) -> bool:
    return {"id", "segment", "target", "class", "number"} <= set(column_names(path))


def _missing(cell: Any) -> bool:
    return cell is None or cell == "" or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell))


def _cell(row: Mapping[str, Any], name: str, read: Callable[[Any], Any]) -> Any:
    try:
        return read(row[name])
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise BadLabel(
            f"{name} is {str(row[name])[:60]!r}; expected {_EXPECTED.get(read, 'a number')}; correct the cell"
        ) from None


def _whole(cell: Any) -> int:
    number = float(cell)
    if not number.is_integer():
        raise ValueError(cell)
    return int(number)


def _truth(cell: Any) -> bool:
    text = str(cell).strip().lower()
    if text not in ("true", "false", "1", "0"):
        raise ValueError(cell)
    return text in ("true", "1")


def _tuples(cell: Any) -> tuple[Any, ...]:
    data = json.loads(cell) if isinstance(cell, str) else cell
    return tuple(tuple(part) if isinstance(part, list) else part for part in list(data))


_EXPECTED: dict[Any, str] = {_whole: "a whole number", _truth: "true or false", _tuples: "a list in JSON"}
