"""From what a screen sends to rows of the store: everything is checked, and refused in a sentence."""

from __future__ import annotations

import math
import operator
import time
import uuid
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from seral_core.errors import BadLabel
from seral_core.store import Answer
from seral_core.studio.project import LabelProject
from seral_core.types import Target

#: Longest texts that are taken, in characters, and longest traces, in samples.
LONGEST = {"id": 100, "comment": 4000, "device": 80}
MOST_SAMPLES = 2_000_000
_LATEST_S = 4e9  # the year 2096
_ANY = (-1e300, 1e300)
#: How the id of a skip ends that came without one.
SKIPPED = " skipped"


def answers_of(
    studio: LabelProject, rater: str, payload: Mapping[str, Any], segment: str, purpose: str, screen: str, number: int
) -> list[Answer]:
    """Return the rows of one screen.

    Parameters
    ----------
    studio : LabelProject
        Whose targets the answers must fit.
    rater : str
        Who answered.
    payload : mapping
        ``kind`` (``"answer"`` or ``"skip"``), ``answers`` (each with ``id``, ``target``, ``value``,
        and perhaps ``confidence``, ``secondary``, ``unsure``), ``comment``, ``shown_at``,
        ``played_at``, ``answered_at`` (seconds since the epoch; where the browser's clock is far
        off, this computer's time counts), ``plays``, ``guess_visible``, ``device``.
    segment, purpose, screen, number
        What was shown, why, on which screen, and the round that chose it.

    Raises
    ------
    BadLabel
        When anything does not fit.

    Examples
    --------
    >>> studio = LabelProject("recordings", ("emotion=anger,sadness",))
    >>> payload = {"answers": [{"id": "1", "target": "emotion", "value": "anger"}], "plays": 2}
    >>> (row,) = answers_of(studio, "anna", payload, "a.wav", "query", "s1", 0)
    >>> row.value, row.plays
    ('anger', 2)
    >>> answers_of(studio, "anna", {"answers": []}, "a.wav", "query", "s1", 0)
    Traceback (most recent call last):
    seral_core.errors.BadLabel: got an answer for a.wav without emotion; give a value, or mark it as unsure
    """
    common = _common(studio, rater, payload, segment, purpose, screen, number)
    kind = payload.get("kind", "answer")
    if kind == "skip":
        made = _id(payload) if "id" in payload else f"{screen}{SKIPPED}"
        return [Answer(made, segment, "", kind="skip", comment=text(payload.get("comment", ""), "comment"), **common)]
    if kind != "answer":
        raise BadLabel(f"kind is {kind!r:.60}; expected answer or skip; correct it")
    if not studio.learned:
        raise BadLabel(f"got answers for {segment}, but this project asks for traces; send a trace, or skip the clip")
    parts = payload.get("answers", [])
    if not isinstance(parts, Sequence) or isinstance(parts, str) or not all(isinstance(p, Mapping) for p in parts):
        raise BadLabel(f"answers are {parts!r:.60}; expected a list with an entry for each target; correct it")
    by_target = {str(part.get("target")): part for part in parts}
    targets = {target.name: target for target in studio.learned}
    unknown = sorted(set(by_target) - set(targets))
    if unknown or len(by_target) < len(parts):
        raise BadLabel(
            f"got answers for {', '.join(str(p.get('target'))[:40] for p in parts)}; "
            f"expected each of {', '.join(targets) or 'none'} once; correct it"
        )
    for name in targets:
        if name not in by_target:
            raise BadLabel(f"got an answer for {segment} without {name}; give a value, or mark it as unsure")
    rows = [_answer(targets[name], by_target[name], segment, common) for name in targets]
    comment = text(payload.get("comment", ""), "comment")
    if comment and rows:
        rows.append(Answer(f"{rows[0].id} comment", segment, "", kind="comment", comment=comment, **common))
    return rows


def trace_of(
    studio: LabelProject, rater: str, payload: Mapping[str, Any], segment: str, purpose: str, screen: str, number: int
) -> list[Answer]:
    """Return the row of a time-continuous trace, raw as it was sampled.

    Parameters
    ----------
    studio, rater, segment, purpose, screen, number
        As in `answers_of`.
    payload : mapping
        ``id``, ``target``, ``samples`` (``[second in the clip, value]`` or
        ``[second in the clip, value, second since the epoch]``, seconds rising), and what
        `answers_of` takes besides.

    Raises
    ------
    BadLabel
        When anything does not fit.

    Examples
    --------
    >>> studio = LabelProject("recordings", ("arousal@25",))
    >>> payload = {"id": "1", "target": "arousal", "samples": [[0.0, 0.0], [0.04, 0.1]], "device": "mouse"}
    >>> trace_of(studio, "anna", payload, "a.wav", "query", "s1", 0)[0].trace
    ((0.0, 0.0), (0.04, 0.1))
    """
    name = payload.get("target")
    target = next((t for t in studio.task if t.name == name and t.rate_hz), None)
    if target is None:
        known = ", ".join(t.name for t in studio.task if t.rate_hz) or "none"
        raise BadLabel(f"got a trace of {name!r:.60}; expected one of {known}; correct it")
    common = _common(studio, rater, payload, segment, purpose, screen, number)
    samples = payload.get("samples")
    if not isinstance(samples, Sequence) or isinstance(samples, str) or not 1 <= len(samples) <= MOST_SAMPLES:
        raise BadLabel(f"got a trace of {segment} without samples; expected [second, value] pairs; record it again")
    trace = _quick(target, samples) or tuple(_sample(target, sample) for sample in samples)
    if len(trace[0]) == 3 and not all(0.0 <= clock <= _LATEST_S for *_, clock in trace):
        trace = tuple(sample[:2] for sample in trace)  # the browser's clock is far off
    times = [sample[0] for sample in trace]
    if any(map(operator.gt, times, times[1:])):
        raise BadLabel(f"the times of a trace of {segment} go back; expected rising seconds; record it again")
    return [Answer(_id(payload), segment, target.name, trace=trace, **common)]


def _quick(target: Target, samples: Sequence[Any]) -> tuple[tuple[float, ...], ...] | None:
    """Return samples that are all as expected; None where one may not be, which is looked for one by one.

    A long trace has hundreds of thousands, and other raters wait meanwhile.
    """
    widths = set(map(len, samples)) if set(map(type, samples)) == {list} else set()
    if widths not in ({2}, {3}):
        return None
    flat = list(chain.from_iterable(samples))
    if not set(map(type, flat)) <= {int, float}:
        return None
    times, values, *clocks = (flat[place :: len(samples[0])] for place in range(len(samples[0])))
    bounds = [(times, 0.0, _LATEST_S), (values, target.low, target.high), *((c, *_ANY) for c in clocks)]
    if not all(low <= min(many) and max(many) <= high for many, low, high in bounds) or any(map(math.isnan, flat)):
        return None
    return tuple(zip(*(map(float, many) for many, _, _ in bounds), strict=True))


def _sample(target: Target, sample: object) -> tuple[float, ...]:
    if not isinstance(sample, Sequence) or isinstance(sample, str) or len(sample) not in (2, 3):
        raise BadLabel(f"a sample of {target.name} is {sample!r:.60}; expected [second, value]; record it again")
    second = _number(sample[0], "a time of the trace", 0.0, _LATEST_S)
    value = float(target.check(_number(sample[1], target.name, *_ANY)))
    return (second, value, *(_number(clock, "a time of day in the trace", *_ANY) for clock in sample[2:]))


def _common(
    studio: LabelProject, rater: str, payload: Mapping[str, Any], segment: str, purpose: str, screen: str, number: int
) -> dict[str, Any]:
    plays = payload.get("plays", 0)
    if not isinstance(plays, int) or isinstance(plays, bool) or not 0 <= plays < 1_000_000:
        raise BadLabel(f"plays is {plays!r:.60}; expected a whole number of at least 0; correct it")
    visible = payload.get("guess_visible", False)
    if not isinstance(visible, bool):
        raise BadLabel(f"guess_visible is {visible!r:.60}; expected true or false; correct it")
    times = {name: _time(payload, name) for name in ("shown_at", "played_at", "answered_at")}
    return {
        "rater": rater,
        "purpose": purpose,
        "screen": screen,
        "round": number,
        "run": studio.run,
        "plays": plays,
        "guess_visible": visible,
        "device": text(payload.get("device", ""), "device"),
        **times,
    }


def _answer(target: Target, part: Mapping[str, Any], segment: str, common: Mapping[str, Any]) -> Answer:
    unsure, value = part.get("unsure", False), part.get("value")
    if not isinstance(unsure, bool):
        raise BadLabel(f"unsure is {unsure!r:.60}; expected true or false; correct it")
    if value is None and not unsure:
        raise BadLabel(f"got an answer for {segment} without {target.name}; give a value, or mark it as unsure")
    if value is not None:
        if target.is_scale:
            _number(value, target.name, *_ANY)  # a number that is text, or yes and no, is none
        value = target.check(value)
    sure = part.get("confidence")
    return Answer(
        _id(part),
        segment,
        target.name,
        value,
        kind="unsure" if unsure else "answer",
        confidence=None if sure is None else _number(sure, "confidence", 0.0, 1.0),
        secondary=_secondary(target, part.get("secondary") or (), value),
        **common,
    )


def _secondary(target: Target, given: object, value: object) -> tuple[str, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise BadLabel(f"secondary classes are {given!r:.60}; expected a list; correct it")
    if given and target.is_scale:
        raise BadLabel(f"got secondary classes for {target.name}, which is a scale; leave them out")
    return tuple(dict.fromkeys(c for c in (str(target.check(part)) for part in given) if c != value))


def _id(part: Mapping[str, Any]) -> str:
    made = text(part.get("id", ""), "id")
    if not made.strip():
        raise BadLabel("got an answer without an id; expected a fresh one, such as a UUID; add it")
    if _is_ours(made):
        raise BadLabel(f"got an answer with id {made}, as only SERAL gives; expected a new id, such as a random UUID")
    return made


def _is_ours(made: str) -> bool:
    """Whether an id is like those that SERAL works out, of screens and retractions: whoever sends one blocks them."""
    if made.endswith(SKIPPED):
        return True
    try:
        return uuid.UUID(made).version == 5
    except ValueError:
        return False


def text(value: object, name: str) -> str:
    """Return a text that is not too long, or raise `BadLabel`.

    Examples
    --------
    >>> text("mouse", "device")
    'mouse'
    """
    if not isinstance(value, str) or len(value) > LONGEST[name]:
        raise BadLabel(f"{name} is {value!r:.60}; expected a text of at most {LONGEST[name]} characters; shorten it")
    return value


def _time(payload: Mapping[str, Any], name: str) -> float | None:
    """Return a time that a browser sent; a clock that is far off must not cost the label."""
    value = payload.get(name)
    if value is None:
        return None
    at = _number(value, name, *_ANY)
    if 0.0 <= at <= _LATEST_S:
        return at
    return time.time() if name == "answered_at" else None


def _number(value: object, name: str, low: float, high: float) -> float:
    good = isinstance(value, int | float) and not isinstance(value, bool)
    if not good or not low <= value <= high:  # type: ignore[operator]
        raise BadLabel(f"{name} is {value!r:.60}; expected a number in [{low:g}, {high:g}]; correct it")
    return float(value)  # type: ignore[arg-type]
