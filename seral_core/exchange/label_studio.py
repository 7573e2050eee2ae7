"""Tasks with annotations and predictions in Label Studio's JSON, there and back.

Every answer becomes one result whose ``meta`` carries all that SERAL knows of it. Coming back, a
result that still says the same is the same answer; one that was changed there is a new one.
"""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from seral_core.corpora.corpus import segment_id, segment_place
from seral_core.errors import BadLabel
from seral_core.exchange.flat import from_row, to_row
from seral_core.files import read_text, replacing
from seral_core.store import Answer
from seral_core.types import Task

_NAMES = uuid.UUID("9a2f4c1b-51b3-4a57-9d2e-2f3f5f0d7a64")
_AUDIO = ("audio", "url", "file", "sound", "wav")
_UPLOADED = re.compile(r"/data/upload/\d+/(?:[0-9a-f]{8}-)?")


def write(answers: Sequence[Answer], to: Path, task: Task = ()) -> None:
    """Write the valid answers as tasks: one per clip, an annotation per rater's screen, a prediction per machine's.

    Raters are in ``meta``: Label Studio refuses annotations of people who are not its users.

    Parameters
    ----------
    answers : sequence of Answer
        Such as ``store.current()``.
    to : Path
        JSON file.
    task : tuple of Target
        Not needed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "tasks.json"
    >>> write([Answer("1", "a.wav", "emotion", "anger", rater="r1")], path)
    >>> json.loads(path.read_text())[0]["annotations"][0]["result"][0]["value"]
    {'choices': ['anger']}
    """
    rows: dict[str, list[Answer]] = {}
    for answer in answers:
        rows.setdefault(answer.segment, []).append(answer)
    with replacing(to) as draft:
        text = json.dumps([_task(segment, own) for segment, own in rows.items()], ensure_ascii=False, indent=1)
        draft.write_text(text, encoding="utf-8")


def read(path: Path) -> list[Answer]:
    """Read answers from tasks with annotations and predictions.

    Choices, numbers, ratings, texts and labelled spans of audio are read; a span is a segment of
    its own. The first choice is the class, others are secondary ones. Predictions are a machine's
    answers.

    Raises
    ------
    BadLabel
        When the file is no list of tasks.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "tasks.json"
    >>> result = {"from_name": "emotion", "to_name": "audio", "type": "choices", "value": {"choices": ["anger"]}}
    >>> data, annotations = {"audio": "/data/local-files/?d=a.wav"}, [{"completed_by": 7, "result": [result]}]
    >>> _ = path.write_text(json.dumps([{"data": data, "annotations": annotations}]))
    >>> [(answer.segment, answer.target, answer.value, answer.rater) for answer in read(path)]
    [('a.wav', 'emotion', 'anger', 'label-studio-7')]
    """
    try:
        tasks = json.loads(read_text(path, "utf-8-sig"))
        tasks = tasks if isinstance(tasks, list) else [tasks]
        answers = [answer for task in tasks for answer in _answers(task)]
        # Own answers first and in their order of arrival; those given elsewhere arrived later.
        return sorted(answers, key=lambda answer: answer.seq or math.inf)
    except BadLabel:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError, OSError) as wrong:
        raise BadLabel(
            f"{path} cannot be read ({type(wrong).__name__}: {str(wrong)[:100]}); expected a list "
            "of tasks as Label Studio exports them (format JSON); export it again"
        ) from None


def _task(segment: str, answers: list[Answer]) -> dict[str, Any]:
    file, start_s, end_s = segment_place(segment)
    by_people = [row for row in answers if row.source != "machine"]
    by_machines = [row for row in answers if row.source == "machine"]
    return {
        "data": {"audio": file, "segment": segment, "start": start_s, "end": None if math.isnan(end_s) else end_s},
        "annotations": [_annotation(rows) for rows in _screens(by_people)],
        "predictions": [_prediction(rows) for rows in _screens(by_machines)],
    }


def _screens(answers: list[Answer]) -> Iterator[list[Answer]]:
    ordered = sorted(answers, key=lambda row: (row.rater, row.seq))
    yield from (list(rows) for _, rows in groupby(ordered, key=lambda row: (row.rater, row.screen)))


def _prediction(rows: list[Answer]) -> dict[str, Any]:
    return {"model_version": rows[0].rater, "result": [_result(row) for row in rows]}


def _annotation(rows: list[Answer]) -> dict[str, Any]:
    first = rows[0]
    shown, answered = first.shown_at, first.answered_at
    took = {} if shown is None or answered is None else {"lead_time": round(answered - shown, 3)}
    return {
        "result": [_result(row) for row in rows],
        "was_cancelled": all(row.kind == "skip" for row in rows),
        "ground_truth": False,
    } | took


def _result(row: Answer) -> dict[str, Any]:
    kind, value = _value(row)
    name = row.target or row.kind
    return {
        "id": row.id,
        "from_name": name,
        "to_name": "audio",
        "type": kind,
        "value": value,
        "meta": {"seral": to_row(row)},
    }


def _value(row: Answer) -> tuple[str, dict[str, Any]]:
    if row.kind == "comment":
        return "textarea", {"text": [row.comment]}
    if row.trace is not None:
        times = [sample[0] for sample in row.trace]
        span = {"start": min(times), "end": max(times), "instant": False}
        return "timeserieslabels", span | {"timeserieslabels": [row.target]}
    if row.value is None:
        return "choices", {"choices": [row.kind]}
    if isinstance(row.value, str):
        return "choices", {"choices": [row.value, *row.secondary]}
    return "number", {"number": row.value}


def _answers(task: Mapping[str, Any]) -> Iterator[Answer]:
    segment = _segment(task["data"])
    for place, annotation in enumerate(task.get("annotations") or task.get("completions") or ()):
        rater = _rater(annotation.get("completed_by"))
        yield from _of_annotation(annotation, segment, rater, f"annotation {annotation.get('id', place)}")
    for place, prediction in enumerate(task.get("predictions") or ()):
        rater = str(prediction.get("model_version") or "model")
        yield from _of_annotation(prediction, segment, rater, f"prediction {prediction.get('id', place)}", "machine")


def _of_annotation(
    annotation: Mapping[str, Any], segment: str, rater: str, key: str, source: str = "human"
) -> Iterator[Answer]:
    results = annotation.get("result") or []
    own = [_own(result) for result in results]
    yield from (answer for answer in own if answer)
    about = {
        "segment": segment,
        "rater": rater,
        "source": source,
        "purpose": "free",
        "device": "label-studio",
        "answered_at": _time(annotation.get("updated_at") or annotation.get("created_at")),
        "screen": _id(segment, rater, key),
    }
    if annotation.get("was_cancelled"):
        if not results:
            yield from_row(about | {"id": _id(about, key), "kind": "skip"})
        return
    for place, (result, answer) in enumerate(zip(results, own, strict=True)):
        for row in _rows(result, segment) if answer is None else ():
            yield from_row(about | row | {"id": _id(about, key, place, row)})


def _own(result: Mapping[str, Any]) -> Answer | None:
    """Return the answer that SERAL made this result of, unless it says something else by now."""
    row = (result.get("meta") or {}).get("seral")
    if not isinstance(row, dict):
        return None
    answer = from_row(row)
    return answer if _value(answer)[1] == result.get("value") else None


def _rows(result: Mapping[str, Any], segment: str) -> Iterator[dict[str, Any]]:
    """Give what a result says as cells of a row; nothing for kinds that are no label of audio."""
    value, name = result.get("value") or {}, str(result.get("from_name", ""))
    where = {"segment": segment, "target": name}
    if "start" in value and "end" in value:
        where["segment"] = _span(segment, float(value["start"]), float(value["end"]))
    for kind in ("choices", "labels", "timeserieslabels"):
        if value.get(kind):
            first, *others = [value[kind]] if isinstance(value[kind], str) else map(str, value[kind])
            yield where | {"class": first, "secondary": json.dumps(others)}
    for kind in ("number", "rating"):
        if kind in value:
            yield where | {"number": value[kind]}
    if value.get("text") and result.get("type") == "textarea":
        text = value["text"]
        yield where | {"kind": "comment", "comment": text if isinstance(text, str) else "\n".join(map(str, text))}


def _span(segment: str, start_s: float, end_s: float) -> str:
    if not 0 <= start_s < end_s < 1e9:
        raise BadLabel(
            f"a label of {segment} goes from {start_s:g} to {end_s:g} s; expected a span of the "
            "recording; correct it, or leave it out"
        )
    return segment_id(segment_place(segment)[0], start_s, end_s)


def _segment(data: Mapping[str, Any]) -> str:
    """Return which segment a task is about: SERAL's own name for it, or the file behind Label Studio's address."""
    texts = {key: value for key, value in data.items() if isinstance(value, str) and value}
    for key in ("segment", *_AUDIO, *texts):
        if key in texts:
            return texts[key] if key == "segment" else _file(texts[key])
    raise BadLabel(f"a task has the data {str(data)[:80]}; expected the address of an audio file; add 'audio'")


def _file(address: str) -> str:
    if "/data/local-files/" in address:
        return parse_qs(urlsplit(address).query).get("d", [address])[0]
    return unquote(_UPLOADED.sub("", address)) if _UPLOADED.match(address) else address


def _rater(who: Any) -> str:
    if isinstance(who, dict):
        return str(who.get("email") or _rater(who.get("id")))
    if isinstance(who, str) and who:
        return who
    return "label-studio" if who is None or who == "" else f"label-studio-{who}"


def _time(raw: Any) -> float | None:
    if not raw:
        return None
    time = datetime.fromisoformat(str(raw))
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _id(*parts: Any) -> str:
    return str(uuid.uuid5(_NAMES, json.dumps(parts, sort_keys=True)))
