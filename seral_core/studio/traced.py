"""What a project's raters traced, as labels that a model of curves learns from: a value for each frame of a clip."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import isfinite

import numpy as np

from seral_core.corpora.traces import as_trace
from seral_core.oracles.votes import TOGETHER
from seral_core.scores.traces import mean_trace, resampled, stacked
from seral_core.store import TRAINING, Answer
from seral_core.types import Floats, Label, Target, Task


def traced(task: Task) -> Task:
    """Return the scales in time that a model learns: those with two ends.

    A trace along a scale without ends says what rises and falls within its clip, and not where it is.

    Examples
    --------
    >>> from seral_core.studio.project import LabelProject
    >>> studio = LabelProject("recordings", ("arousal@25", "valence=relative@25", "dominance=1:9"))
    >>> [target.name for target in traced(studio.task)]
    ['arousal']
    """
    return tuple(t for t in task if t.is_scale and t.rate_hz and isfinite(t.low) and isfinite(t.high))


def frames_of(answer: Answer, rate_hz: float, seconds: float | None) -> Floats:
    """Return a raw trace as frames.

    Parameters
    ----------
    answer : Answer
        With a trace.
    rate_hz : float
        Frames per second.
    seconds : float or None
        How long the clip is; None where nobody knows: it then ends with the last sample.

    Returns
    -------
    Floats of shape (frames,)
        As `seral_core.scores.traces.resampled` makes them.

    Examples
    --------
    >>> frames_of(Answer("1", "a.wav", "arousal", trace=((0.0, 0.0), (2.0, 1.0)), rater="anna"), 1.0, 3.0)
    array([0.25, 0.75, 1.  ])
    """
    times, values = zip(*(sample[:2] for sample in answer.trace or ()), strict=True)
    end_s = times[-1] + 1 / rate_hz if seconds is None else seconds
    return resampled(times, values, rate_hz, end_s)


def trace_labels(
    rows: Iterable[Answer], task: Task, seconds: Mapping[str, float | None], *, without: Collection[str] = (),
    purposes: Sequence[str] = TRAINING,
) -> tuple[Label, ...]:  # fmt: skip
    """Return one label for each clip and target that raters traced: the mean of their traces.

    Parameters
    ----------
    rows : iterable of Answer
        Valid answers, see `seral_core.store.Standing`; the machine's own do not count.
    task : tuple of Target
        What is wanted, with the rate that the model has.
    seconds : mapping of clip to float or None
        How long each clip is that may be learned from; others are left out.
    without : collection of str
        Clips that give no labels, such as the test part.
    purposes : sequence of str
        Which answers count; first ones, not repeats.

    Returns
    -------
    tuple of Label
        By target, then in order of first arrival. Each costs a listening for every rater. A trace too short for one
        frame gives none.

    Examples
    --------
    >>> rows = [Answer(r, "a.wav", "arousal", trace=((0.0, v), (2.0, v)), rater=r) for r, v in (("a", 0.0), ("b", 1.0))]
    >>> (label,) = trace_labels(rows, (Target("arousal", rate_hz=2.0),), {"a.wav": 1.0})
    >>> label.value, label.annotator, label.cost
    ((0.5, 0.5), 'raters', 2)
    """
    targets = {target.name: target for target in task}
    given: dict[str, dict[str, dict[str, Floats]]] = {name: {} for name in targets}
    for row in rows:
        is_label = row.kind == "answer" and bool(row.trace) and row.source != "machine" and row.purpose in purposes
        if not is_label or row.target not in targets or row.segment not in seconds or row.segment in without:
            continue
        target = targets[row.target]
        frames = frames_of(row, target.rate_hz, seconds[row.segment])
        if len(frames) and fits(frames, target):
            given[row.target].setdefault(row.segment, {})[row.rater] = frames
    return tuple(_joined(target, segment, by) for target in task for segment, by in given[target.name].items())


def fits(frames: Floats, target: Target) -> bool:
    """Whether a trace is on the scale of a target: a store may hold answers of another project.

    Examples
    --------
    >>> fits(np.array([0.5, 8.0]), Target("arousal", rate_hz=1.0))
    False
    """
    return bool(np.all((target.low <= frames) & (frames <= target.high)))


def _joined(target: Target, segment: str, by_rater: Mapping[str, Floats]) -> Label:
    mean = as_trace(mean_trace(stacked([trace.tolist() for trace in by_rater.values()])))
    who = TOGETHER if len(by_rater) > 1 else next(iter(by_rater))
    return Label(segment, target.name, mean, who, len(by_rater), source="human")
