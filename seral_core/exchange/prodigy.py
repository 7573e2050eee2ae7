"""Prodigy's JSONL: a line per answer, with choices, a label, or labelled spans of audio."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from math import isnan, nan
from pathlib import Path
from typing import Any

from seral_core.corpora.reading import AS_FOUND, Reading
from seral_core.errors import BadLabel
from seral_core.exchange.contents import Contents, LeftOut, answer_id, span
from seral_core.exchange.flat import from_row
from seral_core.exchange.label_studio_names import file_of
from seral_core.files import read_text
from seral_core.store import Answer

#: What is asked has no name in Prodigy.
TARGET = "label"


def read(path: Path, how: Reading = AS_FOUND) -> Contents:
    """Read answers from the lines that ``prodigy db-out`` writes.

    Accepted choices, labels and spans are answers, for a target called ``label``; what was ignored is a skip. What was
    rejected says only what a clip is not, and is left out. Where the same rater had a task twice, and rejected or
    ignored it the second time, the first answer does not count. Lines that all have a time are taken in its order.

    Raises
    ------
    BadLabel
        When a line is no task; names it.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "answers.jsonl"
    >>> _ = path.write_text('{"audio": "a.wav", "accept": ["angry"], "answer": "accept", "_annotator_id": "anna"}')
    >>> [(answer.segment, answer.target, answer.value, answer.rater) for answer in read(path).others]
    [('a.wav', 'label', 'angry', 'anna')]
    """
    left = LeftOut()
    tasks: list[tuple[float, tuple[str, ...], list[Answer], bool]] = []
    try:
        lines = read_text(path, "utf-8-sig").split("\n")  # no other mark ends a line of JSON
    except (ValueError, OSError) as wrong:
        raise BadLabel(f"{path} cannot be read ({wrong}); expected JSONL in UTF-8; export it again") from None
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                task = json.loads(line)
                at = float(task.get("_timestamp") or nan)
                tasks.append((at, _key(task), list(_answers(task, left)), task.get("answer", "accept") == "accept"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as wrong:
            raise BadLabel(
                f"{path}, line {number} cannot be read ({type(wrong).__name__}: {str(wrong)[:100]}); expected a task "
                "with 'audio' and 'answer', as 'prodigy db-out' writes it; export it again"
            ) from None
    if not any(isnan(at) for at, *_ in tasks):
        tasks.sort(key=lambda task: task[0])
    withdrawn = {key: place for place, (_, key, _, accepted) in enumerate(tasks) if not accepted}
    answers: list[Answer] = []
    for place, (_, key, rows, accepted) in enumerate(tasks):
        if accepted and rows and place < withdrawn.get(key, 0):
            left.add("answers that the same rater rejected or ignored later are left out", rows[0].segment)
        else:
            answers += rows
    return Contents(others=answers, notes=left.notes)


def _rater(task: Mapping[str, Any]) -> str:
    return str(task.get("_annotator_id") or task.get("_session_id") or "prodigy")


def _key(task: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the lines of one rater on one task share: of the same recording, others may ask for other labels."""
    return _rater(task), _recording(task), str(task.get("_task_hash") or task.get(TARGET) or "")


def _answers(task: Mapping[str, Any], left: LeftOut) -> Iterator[Answer]:
    segment = _recording(task)
    rater = _rater(task)
    about = {
        "segment": segment,
        "rater": rater,
        "purpose": "free",
        "device": "prodigy",
        "answered_at": task.get("_timestamp"),
        "screen": answer_id(segment, rater, task.get("_task_hash"), task.get("_timestamp")),
    }
    answer = task.get("answer", "accept")
    if answer == "ignore":
        yield from_row(about | {"id": answer_id(about, "ignore"), "kind": "skip"})
    elif answer != "accept":
        left.add("rejected tasks, which say only what a clip is not, are left out", segment)
    else:
        rows = list(_rows(task, segment))
        if not rows:
            left.add("accepted tasks without a label are left out", segment)
        yield from (from_row(about | row | {"id": answer_id(about, row)}) for row in rows)


def _rows(task: Mapping[str, Any], segment: str) -> Iterator[dict[str, Any]]:
    for part in task.get("audio_spans") or ():
        where = span(segment, float(part["start"]), float(part["end"]))
        yield {"segment": where, "target": TARGET, "class": str(part["label"])}
    chosen = [_word(one, task.get("options") or ()) for one in task.get("accept") or ()]
    if not chosen and task.get(TARGET):
        chosen = [str(task[TARGET])]
    if chosen:
        yield {"segment": segment, "target": TARGET, "class": chosen[0], "secondary": json.dumps(chosen[1:])}


def _word(chosen: Any, options: Iterable[Mapping[str, Any]]) -> str:
    """Return a choice in words: its id, or what the rater read where that is but a number."""
    if str(chosen).isdecimal():
        return str(next((one["text"] for one in options if str(one.get("id")) == str(chosen)), chosen))
    return str(chosen)


def _recording(task: Mapping[str, Any]) -> str:
    """Return the recording of a task; the sound itself may stand in place of its name."""
    meta = task.get("meta") or {}
    for name in (task.get("audio"), task.get("path"), meta.get("path"), meta.get("file"), task.get("video")):
        if isinstance(name, str) and name and not name.startswith("data:"):
            return file_of(name)
    raise BadLabel(f"a task has {', '.join(task)[:80]}; expected the name of a recording; add 'audio' or 'path'")
