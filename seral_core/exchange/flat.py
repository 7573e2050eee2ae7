"""One row per answer, with all that is known of it: CSV and parquet."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core import unpacking
from seral_core.corpora.base import read_corpus
from seral_core.corpora.corpus import RATINGS, Corpus
from seral_core.corpora.reading import AS_FOUND, Reading
from seral_core.corpora.scales import as_text, range_is_guessed
from seral_core.corpora.tables import column_names
from seral_core.errors import BadLabel
from seral_core.exchange.contents import Contents, Range, ranges_in
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


def to_row(answer: Answer, task: Task = ()) -> dict[str, Any]:
    """Return an answer as plain values that JSON, CSV and parquet can hold; None for what is not known.

    Parameters
    ----------
    answer : Answer
        What was answered.
    task : tuple of Target
        Says the range that a number is in.

    Examples
    --------
    >>> row = to_row(Answer("1", "a.wav", "arousal", 0.5, rater="r1", secondary=("fear",)), toy_corpus().task)
    >>> row["class"], row["number"], row["secondary"], row["range"]
    (None, 0.5, '["fear"]', '-1:1')
    """
    is_class = isinstance(answer.value, str)
    is_number = not is_class and not (answer.value is None and answer.trace is None)
    scale = next((target for target in task if is_number and target.is_scale and target.name == answer.target), None)
    row = {part.name: getattr(answer, part.name) for part in fields(Answer)}
    del row["value"]
    return row | {
        "class": answer.value if is_class else None,
        "number": None if is_class else answer.value,
        "trace": None if answer.trace is None else json.dumps(answer.trace),
        "secondary": json.dumps(answer.secondary, ensure_ascii=False),
        "range": None if scale is None else as_text((scale.low, scale.high)),
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
        sheet(to_frame(answers, task)).to_csv(
            draft, index=False, encoding="utf-8", lineterminator="\r\n"
        )  # quotes lone \r too


def read_csv(path: Path, how: Reading = AS_FOUND) -> Contents:
    r"""Read answers from CSV: SERAL's own, or any table that the reader ``table`` takes, in the way that was said.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> _ = path.write_text("file,rater,emotion\na.wav,r1,anger\n")
    >>> [(answer.segment, answer.value) for answer in read_csv(path).others]
    [('a.wav', 'anger')]
    """
    if not is_own(path):
        return of_others(path, how)
    head = path.read_text(encoding="utf-8-sig", errors="replace").split("\n", 1)[0]
    try:
        frame = pd.read_csv(
            path, sep=max(",;\t", key=head.count), dtype=str, na_filter=False, encoding="utf-8-sig", engine="c"
        )
    except (OSError, ValueError) as wrong:
        why = str(wrong).splitlines()[0]
        raise BadLabel(f"{path} cannot be read as CSV ({why}); expected what SERAL exported; export it again") from None
    cells = frame.rename(columns=lambda name: str(name).strip().lower()).map(from_spreadsheet)
    return own_in(cells, path.name)


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
        to_frame(answers, task).to_parquet(draft, index=False)


def read_parquet(path: Path, how: Reading = AS_FOUND) -> Contents:
    """Read answers from parquet, as `read_csv` does.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.parquet"
    >>> pd.DataFrame({"file": ["a.wav"], "arousal": [0.5]}).to_parquet(path)
    >>> [(answer.segment, answer.rater, answer.value) for answer in read_parquet(path).others]
    [('a.wav', 'gold', 0.5)]
    """
    return own_in(unpacking.read_parquet(path), path.name) if is_own(path) else of_others(path, how)


def to_frame(answers: Sequence[Answer], task: Task = ()) -> pd.DataFrame:
    """Return a table with a row per answer; columns have their types even where all is missing.

    Examples
    --------
    >>> list(to_frame([]).columns)[:4]
    ['id', 'segment', 'target', 'class']
    """
    rows = [to_row(answer, task) for answer in answers]
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


def own_in(frame: pd.DataFrame, name: str) -> Contents:
    """Return what a table that SERAL exported holds; earlier versions wrote no ranges.

    Examples
    --------
    >>> found = own_in(to_frame([Answer("1", "a.wav", "arousal", 0.5, rater="r1")], (toy_corpus().task[1],)), "x")
    >>> found.own[0].value, found.ranges["arousal"].ends
    (0.5, (-1.0, 1.0))
    """
    ranges = zip(frame["target"], frame["range"], strict=True) if "range" in frame else ()
    return Contents(from_frame(frame, name), ranges=ranges_in(ranges))


def of_others(path: Path, how: Reading = AS_FOUND) -> Contents:
    r"""Return what the raters of another tool's table say, as answers without an id of their own.

    Parameters
    ----------
    path : Path
        A table.
    how : Reading
        What was said of it.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "labels.csv"
    >>> _ = path.write_text("file,arousal\na.wav,0.5\n")
    >>> of_others(path).others[0].id == NAMELESS
    True
    """
    options = {"lenient": True} if how.reader in ("", "table") else {}
    corpus = read_corpus(path, replace(how, reader=how.reader or "table"), **options)
    notes = tuple(note for note in corpus.notes if "--channel" not in note)  # which is about hearing them
    return Contents(
        others=of_ratings(corpus.ratings),
        notes=notes,
        ranges=ranges_of(corpus),
        as_said=True,
        clips=corpus.ids,
        written=corpus.written,
        root=corpus.root,
    )


def ranges_of(corpus: Corpus) -> dict[str, Range]:
    """Return the ranges of a corpus's scales, and whether they were guessed.

    Examples
    --------
    >>> ranges_of(toy_corpus())
    {'arousal': Range(low=-1.0, high=1.0, guessed=False)}
    """
    scales = (target for target in corpus.task if target.is_scale)
    return {t.name: Range(t.low, t.high, range_is_guessed(corpus, t.name)) for t in scales}


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
    *("guess_visible", "trace", "secondary", "range"),
)
KINDS: dict[str, type] = dict.fromkeys(("number", *NUMBERS), float) | dict.fromkeys(COUNTS, np.int64)
KINDS |= {"guess_visible": bool}


def is_own(path: Path) -> bool:
    """Return whether a table is one that SERAL exported.

    Examples
    --------
    >>> is_own(Path("nowhere.csv"))
    False
    """
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
