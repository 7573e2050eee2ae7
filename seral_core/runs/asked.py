"""What a run asked for and what was answered, as a table: one row per answer, in the order of asking."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pandas as pd

from seral_core.corpora.segments import segment_place
from seral_core.own import shown
from seral_core.runs.events import Labelled, Withdrawn
from seral_core.runs.log import Log

COLUMNS = (
    "strategy", "seed", "fold", "round", "order", "file", "start", "end", "target", "value", "trace", "annotator",
    "source", "cost", "spent", "withdrawn",
)  # fmt: skip


def asked_in(logs: Iterable[Log]) -> pd.DataFrame:
    """Return what runs asked for, in the order of asking.

    Parameters
    ----------
    logs : iterable of Log
        Finished or not.

    Returns
    -------
    DataFrame
        ``start`` and ``end`` are seconds; no end is that of the recording. An
        answer is a ``value``, or a ``trace``: a list as JSON, null in its gaps. ``order`` counts segments from 1;
        ``spent`` is what all answers up to this one cost; ``withdrawn`` is the round in which the machine took its
        label back, missing where it stands.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from seral_core.runs.plan import Plan
    >>> from seral_core.types import Label
    >>> log = Log.create(Path(tempfile.mkdtemp()), Plan(strategy="qbc"))
    >>> log.append(Labelled(0, "query", (Label("a.wav#2.000-4.000", "arousal", (0.5, 0.25), "gold", cost=2.0),)))
    >>> asked_in([log])[["order", "file", "start", "end", "trace", "spent"]].values.tolist()
    [[1, 'a.wav', 2.0, 4.0, '[0.5, 0.25]', 2.0]]
    """
    rows = [row for log in logs for row in _of_run(log)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_run(log: Log) -> list[list[Any]]:
    plan, spent = log.plan, 0.0
    rows: list[list[Any]] = []
    places: dict[str, int] = {}
    standing: dict[tuple[str, str], list[Any]] = {}  # the machine's
    for event in log.events():
        if isinstance(event, Withdrawn):
            for key in ((segment, target) for segment in event.segments for target in event.targets):
                if key in standing:
                    standing.pop(key)[-1] = event.round
        if not isinstance(event, Labelled):
            continue
        for label in event.labels:
            spent += label.cost
            order = places.setdefault(label.segment, len(places) + 1)
            run = (shown(plan.strategy), plan.seed, plan.fold, event.round, order)
            answer = (label.target, *_answer(label.value), label.annotator, label.source)
            rows.append([*run, *_place(label.segment), *answer, label.cost, round(spent, 6), None])
            if label.source == "machine":
                standing[label.segment, label.target] = rows[-1]
    return rows


def _place(segment: str) -> tuple[str, float, float | None]:
    file, start, end = segment_place(segment)
    return file, start, end if end == end else None


def _answer(value: Any) -> tuple[Any, str | None]:
    """Return a value or a trace, the other one missing."""
    if not isinstance(value, tuple):
        return value, None
    return None, json.dumps([None if each != each else each for each in value])
