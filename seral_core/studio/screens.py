"""Targets and screens as text: what a rater is asked, and by what means."""

from __future__ import annotations

import re
from dataclasses import replace
from math import isfinite
from typing import Any

from seral_core.errors import BadPlan
from seral_core.runs.watch_folder import target_from
from seral_core.types import Target, Task

#: Parts that a screen may have; ``pad`` takes arousal and valence at once.
PARTS = ("classes", "secondary", "confidence", "manikins", "sliders", "pad", "trace", "comment")
#: Screens by name.
PRESETS = {
    "emotion": ("classes",),
    "emotion in full": ("classes", "secondary", "confidence", "comment"),
    "dimensions": ("manikins",),
    "sliders": ("sliders",),
    "pad": ("pad",),
    "everything": ("classes", "manikins", "confidence", "comment"),
    "trace": ("trace",),
}
RELATIVE = "relative"
LONGEST_STRETCH_S = 3600.0


def target_of(text: str) -> Target:
    """Read a target: as `seral_core.runs.watch_folder.target_from`, and ``@`` with a rate for time-continuous ones.

    Parameters
    ----------
    text : str
        ``emotion=anger,sadness``, ``arousal=1:9``, ``arousal@25`` (a trace of 25 samples per
        second), or ``arousal=relative@25`` (a trace along a scale without ends, as RankTrace has
        it).

    Raises
    ------
    BadPlan
        When it is none of these.

    References
    ----------
    .. [1] Lopes, Yannakakis and Liapis, RankTrace: relative and unbounded affect annotation, ACII
       2017.

    Examples
    --------
    >>> target_of("arousal=-1:1@25").rate_hz, target_of("arousal=relative@25").high
    (25.0, inf)
    >>> target_of("emotion=anger,sadness@25")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got target 'emotion=anger,sadness@25'; expected a scale for a trace, such as ...
    """
    plain, at, rate = text.rpartition("@")
    if not at:
        return target_from(text)
    if not re.fullmatch(r"\s*\d+(\.\d*)?\s*", rate) or not 1 <= float(rate) <= 1000:
        raise BadPlan(f"got target '{text}'; expected a rate in Hz from 1 to 1000 after @, such as arousal@25")
    name, _, values = (part.strip() for part in plain.partition("="))
    if values == RELATIVE and name:
        endless = float("inf")
        return Target(name, low=-endless, high=endless, rate_hz=float(rate))
    target = target_from(plain)
    if not target.is_scale:
        raise BadPlan(f"got target '{text}'; expected a scale for a trace, such as arousal=-1:1@25; remove the @")
    return replace(target, rate_hz=float(rate))


def parts_of(screen: str, task: Task) -> tuple[str, ...]:
    """Return the parts of a screen: those of a preset, those that are named, or what suits the task.

    Parameters
    ----------
    screen : str
        Name of a preset, parts joined by ``+``, or empty.
    task : tuple of Target
        What is asked.

    Raises
    ------
    BadPlan
        When there is no such part, it does not fit the task, or a target has no part to be answered
        with.

    Examples
    --------
    >>> parts_of("", (Target("emotion", ("anger", "sadness")), Target("arousal")))
    ('classes', 'manikins')
    >>> parts_of("pad+comment", (Target("arousal"), Target("valence")))
    ('pad', 'comment')
    >>> parts_of("classes", (Target("arousal"),))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: screen 'classes' has classes, but no target has classes; leave that part out
    """
    parts = PRESETS.get(screen) or tuple(part.strip() for part in screen.split("+") if part.strip())
    parts = parts or _suited(task)
    for part in parts:
        if part not in PARTS:
            raise BadPlan(
                f"screen '{screen}' has a part '{part}'; expected {', '.join(PARTS)}, joined by +, "
                f"or one of: {', '.join(PRESETS)}; correct it"
            )
    have = {
        "classes": any(not t.is_scale for t in task),
        "a scale": any(t.is_scale and not t.rate_hz for t in task),
        "a rate (such as arousal@25)": any(t.rate_hz for t in task),
        "the names arousal and valence": {"arousal", "valence"} <= {t.name for t in task if not t.rate_hz},
    }
    needs = {
        "classes": "classes",
        "secondary": "classes",
        "manikins": "a scale",
        "sliders": "a scale",
        "pad": "the names arousal and valence",
        "trace": "a rate (such as arousal@25)",
    }
    for part in parts:
        if part in needs and not have[needs[part]]:
            raise BadPlan(f"screen '{screen}' has {part}, but no target has {needs[part]}; leave that part out")
    _all_answerable(screen, parts, task)
    return parts


def check_stretch(seconds: float, task: Task) -> None:
    """Raise `BadPlan` where recordings cannot be traced in stretches of so many seconds; 0 is for whole recordings.

    Examples
    --------
    >>> check_stretch(10, (target_of("arousal@25"),))
    >>> check_stretch(10, (target_of("arousal"),))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got stretches of 10 s, but no target is traced; expected one with a rate, such as ...
    """
    if not (seconds == 0 or 1 <= seconds <= LONGEST_STRETCH_S):
        raise BadPlan(
            f"got stretches of {seconds:g} s; expected 1 to {LONGEST_STRETCH_S:g}, or 0 for none; correct the number"
        )
    if seconds and not any(target.rate_hz for target in task):
        raise BadPlan(
            f"got stretches of {seconds:g} s, but no target is traced; expected one with a rate, such as arousal@25; "
            "leave the stretches out"
        )


def _suited(task: Task) -> tuple[str, ...]:
    parts = []
    if any(not target.is_scale for target in task):
        parts.append("classes")
    if any(target.is_scale and not target.rate_hz for target in task):
        parts.append("manikins")
    if any(target.rate_hz for target in task):
        parts.append("trace")
    return tuple(parts)


def _all_answerable(screen: str, parts: tuple[str, ...], task: Task) -> None:
    for target in task:
        if target.rate_hz:
            wanted: tuple[str, ...] = ("trace",)
        elif not target.is_scale:
            wanted = ("classes",)
        else:
            wanted = ("manikins", "sliders", *(("pad",) if target.name in ("arousal", "valence") else ()))
        if not set(wanted) & set(parts):
            raise BadPlan(f"screen '{screen}' cannot answer {target.name}; add {' or '.join(wanted)}")


def as_data(task: Task) -> list[dict[str, Any]]:
    """Return targets as a screen takes them; an end that a scale has not got is None.

    Examples
    --------
    >>> as_data((target_of("arousal=relative@25"),))
    [{'name': 'arousal', 'classes': None, 'rate_hz': 25.0, 'low': None, 'high': None}]
    """
    return [
        {
            "name": target.name, "classes": list(target.classes) or None, "rate_hz": target.rate_hz,
            "low": _finite(target.low), "high": _finite(target.high),
        }
        for target in task
    ]  # fmt: skip


def _finite(number: float) -> float | None:
    return number if isfinite(number) else None
