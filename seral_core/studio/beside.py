"""A rater's curve beside the model's: shown after a clip was traced, and never before, so that it leads nobody."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.errors import BadLabel
from seral_core.folders import inside
from seral_core.scores.metrics import ccc
from seral_core.store import Answer
from seral_core.studio.beliefs import Beliefs, last_beliefs
from seral_core.studio.traced import frames_of, traced
from seral_core.studio.training_labels import FEW
from seral_core.types import Floats, Scale, Target, Task

#: Below a project's ``run``: what the model expects of every clip.
PLACE = "curves"
#: A curve that moves by less than this share of its scale lies still: concordance says nothing of it.
STILL = 0.01


def expected(run: Path) -> Beliefs | None:
    """Return the curves that the model of a project expects, clip by clip; None before there is any.

    Examples
    --------
    >>> expected(Path("nowhere"))
    """
    return last_beliefs(inside(run, PLACE))


def beside(run: Path, task: Task, segment: str, rows: Iterable[Answer], seconds: float | None) -> dict[str, Any]:
    """Return what a rater traced of a clip, and what the model expects there.

    Parameters
    ----------
    run : Path
        The project's ``run`` folder.
    task : tuple of Target
        The project's.
    segment : str
        The clip.
    rows : iterable of Answer
        The rater's own valid answers; only those with a trace of this clip count.
    seconds : float or None
        How long the clip is, where that is known.

    Returns
    -------
    dict
        By target that the rater has traced and a model learns: ``rate_hz``, ``low``, ``high``, ``rater`` (a value a
        frame), ``model`` (the same, or None where there is no model yet), ``ccc`` (None where it says nothing), and
        ``says``: a sentence on how they agree.

    Raises
    ------
    BadLabel
        When the rater has not traced it: the model's curve would lead the hand.

    Examples
    --------
    >>> row = Answer("1", "a.wav", "arousal", trace=((0.0, 0.0), (2.0, 1.0)), rater="anna")
    >>> found = beside(Path("nowhere"), (Target("arousal", rate_hz=1.0),), "a.wav", [row], 2.0)["arousal"]
    >>> found["rater"], found["model"], found["says"]
    ([0.25, 0.75], None, 'No model yet: the first one needs traces of 6 clips, and has 0.')
    """
    mine = {row.target: row for row in rows if row.segment == segment and row.trace}
    if not mine:
        raise BadLabel(f"got no trace of {segment!r:.80} by this rater; the model's curve is shown after tracing")
    model = expected(run)
    return {
        target.name: _of_target(target, segment, frames_of(mine[target.name], target.rate_hz, seconds), model)
        for target in traced(task)
        if target.name in mine
    }


def _of_target(target: Target, segment: str, rater: Floats, model: Beliefs | None) -> dict[str, Any]:
    curve = _curve(target, segment, model)
    found = {"rate_hz": target.rate_hz, "low": target.low, "high": target.high, "rater": _short(rater)}
    if curve is None:
        return {**found, "model": None, "ccc": None, "says": _waiting(target, segment, model)}
    agreed, says = agreement(target, rater, curve)
    known = model is not None and f"{target.name}\n{segment}" in model.labelled
    from_here = " It has learned from a trace of this clip before." if known else ""
    return {**found, "model": _short(curve), "ccc": agreed, "says": says + from_here}


def agreement(target: Target, rater: Floats, model: Floats) -> tuple[float | None, str]:
    """Return the concordance of a rater's curve with the model's, and a sentence on how they agree.

    Parameters
    ----------
    target : Target
        Whose scale the values are on.
    rater, model : Floats of shape (frames,)
        At one rate; where one is longer, its end does not count.

    Returns
    -------
    float or None
        In [-1, 1]; None where the rater's curve lies still, or they share fewer than two frames.
    str
        For the rater to read.

    Examples
    --------
    >>> agreement(Target("arousal"), np.array([0.0, 0.5, 1.0]), np.array([0.0, 0.5, 0.75]))[0]
    0.9231
    >>> agreement(Target("arousal"), np.zeros(3), np.array([0.0, 0.5, 1.0]))
    (None, 'Your curve lies still, so that concordance says nothing; yours is 0.50 lower on average.')
    """
    both = min(len(rater), len(model))
    rater, model = rater[:both], model[:both]
    if both < 2:
        return None, "The clip is too short to compare the curves."
    apart = float(np.mean(rater - model))
    higher = f"yours is {abs(apart):.2f} {'higher' if apart > 0 else 'lower'} on average"
    if np.ptp(rater) < STILL * (target.high - target.low):
        return None, f"Your curve lies still, so that concordance says nothing; {higher}."
    found = round(ccc(rater, model), 4)
    said = f"{found:.2f} (1 is the same curve, 0 no relation)"
    return found, f"Your curve and the model's agree with a CCC of {said}; {higher}."


def _curve(target: Target, segment: str, model: Beliefs | None) -> Floats | None:
    belief = model.by_target.get(target.name) if model else None
    if model is None or not isinstance(belief, Scale) or segment not in model.row:
        return None
    return np.clip(belief.take(np.array([model.row[segment]])).guess, target.low, target.high)


def _waiting(target: Target, segment: str, model: Beliefs | None) -> str:
    if model is not None and target.name in model.by_target:
        return "The model knows nothing of this clip: no features could be extracted from it."
    have = sum(name.startswith(f"{target.name}\n") for name in model.labelled) if model else 0
    return f"No model yet: the first one needs traces of {FEW} clips, and has {have}."


def _short(values: Floats) -> list[float]:
    return [round(value, 4) for value in values.tolist()]
