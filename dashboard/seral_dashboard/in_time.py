"""Recordings in time, for the pages: raters, gold and predictions of a recording, and the stretches that were asked."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from seral_core.corpora.corpus import Corpus, segment_place
from seral_core.corpora.reading import Reading
from seral_core.corpora.stretches import stretches_within
from seral_core.emotion_in_time import Line, lines_of, traced_target
from seral_core.runs.events import Asked, Event, Started
from seral_core.runs.held_out_traces import HeldOutTraces, held_out_traces
from seral_core.runs.plan import Plan
from seral_core.runs.speech import task_of
from seral_core.scores.spent import SECONDS
from seral_core.types import Target
from seral_dashboard import data, speech

#: So many recordings of the pool are offered: those that most was asked of.
MOST_OFFERED = 200


def of_corpus(corpus: Corpus, recording: str, target: str = "") -> dict[str, Any]:
    """Return what is drawn of a recording of an opened corpus.

    Returns
    -------
    dict
        ``target`` (``name``, ``low``, ``high``; None on a scale without ends), ``targets`` that have traces,
        ``lines`` (``name``, ``kind``, ``rate_hz``, ``values`` with None in gaps), ``asked`` (none).
    """
    about = traced_target(corpus, target)
    return _drawn(corpus.task, about, lines_of(corpus, recording, about), [])


def of_run(experiment_id: str, run_key: str) -> dict[str, Any]:
    """Return which recordings of a run on traces can be shown.

    Returns
    -------
    dict
        ``corpus``, the key of its clips, or empty without audio; ``recordings``: ``id`` and ``part`` (``test`` or
        ``pool``) and how many stretches were ``asked``; ``round`` of the model, or None; ``note``, what is not shown.
    """
    plan, log = data.experiment(experiment_id).run(run_key)
    corpus, key = _opened(plan)
    kept, asked = held_out_traces(log.folder), _asked(log.events())
    tests = list(dict.fromkeys(recording for recording, _ in kept.curves)) if kept else []
    counts = _by_recording(corpus.ids, tuple(asked))
    pool = sorted((each for each in counts if each not in tests), key=lambda each: -counts[each])[:MOST_OFFERED]
    return {
        "corpus": key if corpus.root is not None else "",
        "recordings": [
            *({"id": each, "part": "test", "asked": 0} for each in tests),
            *({"id": each, "part": "pool", "asked": counts[each]} for each in pool),
        ],
        "round": kept.round if kept else None,
        "note": _note(kept),
    }


def of_run_recording(experiment_id: str, run_key: str, recording: str, target: str = "") -> dict[str, Any]:
    """Return what is drawn of a recording of a run, as `of_corpus`; the model's curve and stretches with it."""
    plan, log = data.experiment(experiment_id).run(run_key)
    corpus, _ = _opened(plan)
    task = task_of(plan, corpus)
    about = next((each for each in task if each.name == target), task[0])
    lines = lines_of(corpus, recording, about)
    kept = held_out_traces(log.folder)
    if kept and (recording, about.name) in kept.curves:
        values, rate_hz = kept.curves[recording, about.name]
        lines.append(Line(plan.learner, "prediction", values, rate_hz))
    return _drawn(task, about, lines, stretches_within(recording, _asked(log.events())))


def is_traced(experiment: data.Experiment) -> bool:
    """Whether the labels of an experiment are traces, as its runs noted when they began."""
    first = (event for _, log in experiment.started for event in log.events()[:1])
    return any(isinstance(event, Started) and event.unit == SECONDS for event in first)


def _opened(plan: Plan) -> tuple[Corpus, str]:
    return speech.corpus(plan.corpus, Reading(plan.reader, plan.ranges, plan.reading))


def _asked(events: list[Event]) -> list[str]:
    """Return the stretches that were asked for, in order."""
    return [segment for event in events if isinstance(event, Asked) for segment in event.segments]


@lru_cache(maxsize=8)
def _by_recording(ids: tuple[str, ...], asked: tuple[str, ...]) -> dict[str, int]:
    """Return how many stretches were asked of each recording."""
    by_file: dict[str, list[str]] = {}
    for stretch in asked:
        by_file.setdefault(segment_place(stretch)[0], []).append(stretch)
    found = {each: len(stretches_within(each, by_file.get(segment_place(each)[0], []))) for each in ids}
    return {each: count for each, count in found.items() if count}


def _note(kept: HeldOutTraces | None) -> str:
    if kept is None:
        return "The model's curves of test recordings are kept from the first score on; earlier versions kept none."
    if kept.left_out:
        return f"{kept.left_out} more test recordings were scored; their curves are not kept."
    return ""


def _drawn(
    task: tuple[Target, ...], about: Target, lines: list[Line], asked: list[tuple[int, float, float]]
) -> dict[str, Any]:
    return {
        "target": {"name": about.name, "low": about.low, "high": about.high},
        "targets": [target.name for target in task if target.rate_hz and target.is_scale],
        "lines": [
            {"name": line.name, "kind": line.kind, "rate_hz": line.rate_hz, "values": np.round(line.values, 4).tolist()}
            for line in lines
        ],
        "asked": [list(each) for each in asked],
    }
