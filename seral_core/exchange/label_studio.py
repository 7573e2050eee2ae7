"""Tasks with annotations and predictions in Label Studio's JSON, there and back.

Every answer becomes one result whose ``meta`` carries all that SERAL knows of it. Coming back, a
result that still says the same is the same answer; one that was changed there is a new one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from seral_core.corpora.corpus import segment_place
from seral_core.corpora.reading import AS_FOUND, Reading
from seral_core.errors import BadLabel
from seral_core.exchange import label_studio_flat
from seral_core.exchange.contents import Contents, LeftOut, answer_id, ranges_in
from seral_core.exchange.flat import from_row, to_row
from seral_core.exchange.label_studio_names import rater_of, segment_of, time_of
from seral_core.exchange.label_studio_results import has_channels, rows_of
from seral_core.files import read_text, replacing
from seral_core.store import Answer
from seral_core.types import Task


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
        Says the ranges that numbers are in.

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
        text = json.dumps([_task(segment, own, task) for segment, own in rows.items()], ensure_ascii=False, indent=1)
        draft.write_text(text, encoding="utf-8")


def read(path: Path, how: Reading = AS_FOUND) -> Contents:
    """Read answers from tasks with annotations and predictions, or from the short form JSON_MIN.

    Choices, numbers, ratings, texts and labelled spans of audio are read; a span is a segment of its own, of one
    channel where a recording has labels on several. The first choice is the class, others are secondary ones.
    Predictions are a machine's answers. What was said of the file is for `seral_core.exchange.fitting` to use.

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
    >>> [(answer.segment, answer.target, answer.value, answer.rater) for answer in read(path).others]
    [('a.wav', 'emotion', 'anger', 'label-studio-7')]
    """
    left = LeftOut()
    try:
        tasks = json.loads(read_text(path, "utf-8-sig"))
        tasks = tasks if isinstance(tasks, list) else [tasks]
        if tasks and all(label_studio_flat.is_flat(task) for task in tasks):
            return label_studio_flat.of_rows(tasks)
        found = [found for task in tasks for found in _answers(task, left)]
        ranges = ranges_in(_ranges(tasks))
    except BadLabel:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError, OSError) as wrong:
        raise BadLabel(
            f"{path} cannot be read ({type(wrong).__name__}: {str(wrong)[:100]}); expected a list "
            "of tasks as Label Studio exports them (format JSON or JSON_MIN); export it again"
        ) from None
    # In their order of arrival; those given elsewhere arrived later.
    own = sorted((answer for answer, is_own in found if is_own), key=lambda answer: answer.seq or math.inf)
    return Contents(own, [answer for answer, is_own in found if not is_own], left.notes, ranges)


def _ranges(tasks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[object, object]]:
    """Give target and range of all results that SERAL made, whatever they say by now."""
    for task in tasks:
        for one in (*(task.get("annotations") or ()), *(task.get("predictions") or ())):
            for result in one.get("result") or ():
                if isinstance(row := (result.get("meta") or {}).get("seral"), dict):
                    yield str(row.get("target")), str(row.get("range") or "")


def _task(segment: str, answers: list[Answer], task: Task) -> dict[str, Any]:
    file, start_s, end_s = segment_place(segment)
    by_people = [row for row in answers if row.source != "machine"]
    by_machines = [row for row in answers if row.source == "machine"]
    return {
        "data": {"audio": file, "segment": segment, "start": start_s, "end": None if math.isnan(end_s) else end_s},
        "annotations": [_annotation(rows, task) for rows in _screens(by_people)],
        "predictions": [_prediction(rows, task) for rows in _screens(by_machines)],
    }


def _screens(answers: list[Answer]) -> Iterator[list[Answer]]:
    ordered = sorted(answers, key=lambda row: (row.rater, row.seq))
    yield from (list(rows) for _, rows in groupby(ordered, key=lambda row: (row.rater, row.screen)))


def _prediction(rows: list[Answer], task: Task) -> dict[str, Any]:
    return {"model_version": rows[0].rater, "result": [_result(row, task) for row in rows]}


def _annotation(rows: list[Answer], task: Task) -> dict[str, Any]:
    first = rows[0]
    shown, answered = first.shown_at, first.answered_at
    took = {} if shown is None or answered is None else {"lead_time": round(answered - shown, 3)}
    return {
        "result": [_result(row, task) for row in rows],
        "was_cancelled": all(row.kind == "skip" for row in rows),
        "ground_truth": False,
    } | took


def _result(row: Answer, task: Task) -> dict[str, Any]:
    kind, value = _value(row)
    name = row.target or row.kind
    return {
        "id": row.id,
        "from_name": name,
        "to_name": "audio",
        "type": kind,
        "value": value,
        "meta": {"seral": to_row(row, task)},
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


def _answers(task: Mapping[str, Any], left: LeftOut) -> Iterator[tuple[Answer, bool]]:
    """Give the answers in a task, each with whether SERAL wrote it."""
    segment = segment_of(task["data"])
    given = list(task.get("annotations") or task.get("completions") or ())
    guessed = list(task.get("predictions") or ())
    apart = has_channels(result for one in (*given, *guessed) for result in one.get("result") or ())
    for place, annotation in enumerate(given):
        about = {"segment": segment, "rater": rater_of(annotation.get("completed_by")), "source": "human"}
        yield from _of_annotation(annotation, about, f"annotation {annotation.get('id', place)}", apart, left)
    for place, prediction in enumerate(guessed):
        model = str(prediction.get("model_version") or "model")
        about = {"segment": segment, "rater": model, "source": "machine"}
        yield from _of_annotation(prediction, about, f"prediction {prediction.get('id', place)}", apart, left)


def _of_annotation(
    annotation: Mapping[str, Any], who: Mapping[str, str], key: str, apart: bool, left: LeftOut
) -> Iterator[tuple[Answer, bool]]:
    results = annotation.get("result") or []
    own = [_own(result, who.get("source", "human")) for result in results]
    yield from ((answer, True) for answer in own if answer)
    about = {
        **who,
        "purpose": "free",
        "device": "label-studio",
        "answered_at": time_of(annotation.get("updated_at") or annotation.get("created_at")),
        "screen": answer_id(who["segment"], who["rater"], key),
    }
    if annotation.get("was_cancelled"):
        if not results:
            yield from_row(about | {"id": answer_id(about, key), "kind": "skip"}), False
        elif not any(own):
            left.add("cancelled annotations are left out, with their results", who["segment"])
        return
    for place, (result, answer) in enumerate(zip(results, own, strict=True)):
        if answer is not None:
            continue
        rows = list(_rows(result, who["segment"], apart))
        if not rows and result.get("value"):
            left.add("results of a kind that is no label of audio are left out", str(result.get("type")))
        for row in rows:
            if left.unusable(row.get("number"), who["segment"]):
                continue
            yield from_row(about | row | {"id": answer_id(about, key, place, row)}), False


def _own(result: Mapping[str, Any], source: str) -> Answer | None:
    """Return the answer that SERAL made this result of, unless it says something else by now, or another says it.

    A prediction that somebody made an annotation of is that person's answer.
    """
    row = (result.get("meta") or {}).get("seral")
    if not isinstance(row, dict):
        return None
    answer = from_row(row)
    same = (answer.source == "machine") == (source == "machine") and _value(answer)[1] == result.get("value")
    return answer if same else None


def _rows(result: Mapping[str, Any], segment: str, apart: bool) -> Iterator[dict[str, Any]]:
    """Give what a result says as cells of a row; nothing for kinds that are no label of audio."""
    value = result.get("value") or {}
    for row in rows_of(value, segment, apart, is_text=result.get("type") == "textarea"):
        yield {"target": str(result.get("from_name", "")), **row}
