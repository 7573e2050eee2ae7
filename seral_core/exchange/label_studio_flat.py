"""Label Studio's short exports, JSON_MIN and CSV: a row per annotation, with a column for each question."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.columns import columns_of
from seral_core.corpora.tables import separator
from seral_core.errors import BadLabel
from seral_core.exchange.contents import Contents, LeftOut, answer_id
from seral_core.exchange.flat import from_row
from seral_core.exchange.label_studio_names import AUDIO, rater_of, segment_of, time_of
from seral_core.exchange.label_studio_results import has_channels, rows_of
from seral_core.store import Answer

#: Columns that Label Studio adds to the data of a task and the answers.
ABOUT = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time", "agreement")
_NO_PART = "answers whose part of a file this export does not say (JSON does) are left out"
#: Fields of tasks that SERAL exported.
_OURS = ("segment", "start", "end")


def is_flat(row: Any) -> bool:
    """Tell whether a row is of one of these exports.

    Examples
    --------
    >>> is_flat({"audio": "a.wav", "emotion": "Happy", "annotator": 1, "annotation_id": 7}), is_flat({"data": {}})
    (True, False)
    """
    return isinstance(row, Mapping) and "data" not in row and {"annotator", "annotation_id"} & set(row) != set()


def read_csv(path: Path) -> Contents:
    r"""Return what a CSV export holds: cells are words, or JSON where they are more than one.

    Raises
    ------
    BadLabel
        When it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "export.csv"
    >>> _ = path.write_text("audio,emotion,annotator,annotation_id\na.wav,Happy,1,7\n")
    >>> [(answer.value, answer.rater) for answer in read_csv(path).others]
    [('Happy', 'label-studio-1')]
    """
    try:
        cells = pd.read_csv(path, sep=separator(path), dtype=str, keep_default_na=False, encoding="utf-8-sig")
        return of_rows([{str(k): _unpacked(cell) for k, cell in row.items()} for row in cells.to_dict("records")])
    except BadLabel:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError) as wrong:
        raise BadLabel(
            f"{path} cannot be read ({str(wrong)[:100]}); expected a CSV that Label Studio exported; export it again"
        ) from None


def of_rows(rows: Sequence[Mapping[str, Any]]) -> Contents:
    """Return what the rows of a short export hold.

    A question that was answered in one word is that word; any other answer is an object, or a list of them. Choices
    for parts of a recording have lost their times in this export: they are left out.

    Examples
    --------
    >>> row = {"audio": "a.wav", "emotion": "Happy", "arousal": [{"rating": 4}], "annotator": 1, "annotation_id": 7}
    >>> [(answer.target, answer.value) for answer in of_rows([row]).others]
    [('emotion', 'Happy'), ('arousal', 4.0)]
    """
    left = LeftOut()
    skipped = set(_descriptions(rows))
    for column in sorted(skipped):
        left.add("columns that are no answers are left out", column)
    apart = _files_with_channels(rows)
    answers = [answer for row in rows for answer in _of_row(row, skipped, apart, left)]
    return Contents(others=answers, notes=left.notes)


def _of_row(row: Mapping[str, Any], skipped: set[str], apart: set[str], left: LeftOut) -> Iterator[Answer]:
    segment, rater = _segment(row), rater_of(row.get("annotator"))
    given = {name: cell for name, cell in row.items() if _is_answer(name, cell, row) and name not in skipped}
    about = {
        "segment": segment,
        "rater": rater,
        "purpose": "free",
        "device": "label-studio",
        "answered_at": time_of(row.get("updated_at") or row.get("created_at")),
    }
    key = str(row.get("annotation_id") or answer_id(dict(row)))
    about["screen"] = answer_id(segment, rater, f"annotation {key}")
    in_parts = any("start" in value for cell in given.values() for value in _values(cell))
    for name, cell in given.items():
        if (isinstance(cell, list) and not _values(cell)) or (isinstance(cell, str) and in_parts):
            left.add(_NO_PART, segment)
            continue
        plain = {"choices": [cell]} if isinstance(cell, str) else {"number": cell}
        values = _values(cell) or [plain]
        for place, value in enumerate(values):
            for cells in rows_of(value, segment, segment in apart, is_text=True):
                found = {"target": name, **cells}
                if left.unusable(cells.get("number"), segment):
                    continue
                yield from_row(about | found | {"id": answer_id(key, rater, place, found)})


def _is_answer(name: str, cell: Any, row: Mapping[str, Any]) -> bool:
    is_empty = cell is None or cell in ("", [], {}) or isinstance(cell, bool)
    return not is_empty and name not in (*ABOUT, *_OURS) and name != _audio(row)


def _values(cell: Any) -> list[Mapping[str, Any]]:
    """Return the objects in a cell."""
    cells = cell if isinstance(cell, list) else [cell]
    return [value for value in cells if isinstance(value, Mapping)]


def _audio(row: Mapping[str, Any]) -> str:
    """Return the column that holds the recording: one with a usual name, or the first text."""
    texts = [name for name, cell in row.items() if isinstance(cell, str) and cell and name not in ABOUT]
    return next((name for name in (*AUDIO, *texts) if name in texts), "")


def _segment(row: Mapping[str, Any]) -> str:
    return segment_of({name: row[name] for name in ("segment", _audio(row)) if isinstance(row.get(name), str)})


def _files_with_channels(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    return {
        _segment(row)
        for row in rows
        if has_channels({"value": value} for cell in row.values() for value in _values(cell))
    }


def _descriptions(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return columns of plain cells that are no answers: transcripts, ages, names of speakers ..."""
    plain = {
        name: [str(row.get(name, "")) for row in rows]
        for name in dict.fromkeys(name for row in rows for name in row if _is_answer(name, row[name], row))
        if not any(_values(row.get(name)) for row in rows)
    }
    if not plain or not rows:
        return []
    found = columns_of(pd.DataFrame({"file": [_segment(row) for row in rows], **plain}))
    return [name for name in plain if name in found.described or name in found.roles.values()]


def _unpacked(cell: str) -> Any:
    """Return what a cell of a CSV holds."""
    if cell[:1] not in ("[", "{"):
        return cell
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell
