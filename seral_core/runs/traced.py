"""Plans on traces: gold as answers, what listening costs in seconds, and recordings cut into stretches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.folds import Split
from seral_core.corpora.stretches import WHOLE, in_stretches
from seral_core.errors import BadPlan
from seral_core.features.stretched import stretched
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers
from seral_core.types import Floats, Target, Task
from seral_core.units import from_lengths


def is_traced(task: Task) -> bool:
    """Whether targets have traces, so that labels cost seconds.

    Raises
    ------
    BadPlan
        When some have traces and others one value per segment, or a trace is of classes.

    Examples
    --------
    >>> is_traced((Target("arousal", rate_hz=25.0),)), is_traced((Target("arousal"),))
    (True, False)
    >>> is_traced((Target("arousal", rate_hz=25.0), Target("emotion", ("anger", "fear"))))
    Traceback (most recent call last):
    seral_core.errors.BadPlan: arousal has traces and emotion one value per clip; expected targets of one kind ...
    """
    traced = [target for target in task if target.rate_hz]
    plain = [target for target in task if not target.rate_hz]
    if traced and plain:
        raise BadPlan(
            f"{traced[0].name} has traces and {plain[0].name} one value per clip; expected targets of one kind in a "
            "plan, as their labels cost seconds or clips; name one kind with --target"
        )
    for target in traced:
        if not target.is_scale:
            raise BadPlan(
                f"{target.name} has a trace of classes; expected traces of numbers in a plan; choose a scale, or one "
                "class per clip"
            )
    return bool(traced)


def check_traced(plan: Any, task: Task) -> bool:
    """Return `is_traced`; raise `BadPlan` where the plan asks for what its targets do not go with."""
    traced = is_traced(task)
    if plan.stretch and not traced:
        raise BadPlan(
            f"got stretches of {plan.stretch:g} s, but {task[0].name} has one value per clip; expected a target with "
            "traces; leave --stretch out"
        )
    if traced and plan.source:
        raise BadPlan(
            f"{task[0].name} has traces, and a source model believes one value per clip; expected no source; leave it "
            "out, or choose targets with one value per clip"
        )
    if traced and plan.scenario == "stream":
        raise BadPlan(
            f"{task[0].name} has traces, and a stream counts clips; expected one value per clip; choose --scenario pool"
        )
    return traced


def traces_of(corpus: Corpus, target: Target) -> tuple[NDArray[Any], dict[str, bool]]:
    """Return the gold traces of a corpus, as `seral_core.runs.speech.codes` does.

    Returns
    -------
    values : object array of shape (segments,)
        A tuple of numbers each, None where there is no gold at all.
    rated : dict of str to bool
        Segment id to whether it has gold somewhere.
    """
    values = np.full(len(corpus), None, dtype=object)
    for i, trace in enumerate(corpus.gold(target.name)):
        if isinstance(trace, tuple) and not np.isnan(np.array(trace, dtype=np.float64)).all():
            values[i] = trace
    return values, {segment: trace is not None for segment, trace in zip(corpus.ids, values, strict=True)}


def as_answers(traces: Sequence[tuple[float, ...] | None] | NDArray[Any]) -> Answers:
    """Return traces as judges take them; rows without one are left out.

    Examples
    --------
    >>> as_answers([(0.5, 0.25), None, (1.0,)]).rows
    array([0, 2])
    """
    rows = np.array([i for i, trace in enumerate(traces) if trace is not None], dtype=np.intp)
    there = [np.array(traces[i], dtype=np.float64) for i in rows.tolist()]
    bounds = from_lengths([len(trace) for trace in there])
    return Answers(rows, np.concatenate([np.zeros(0), *there]), np.ones(len(rows)), bounds)


def means(traces: NDArray[Any]) -> Floats:
    """Return the mean of each trace where it has values; nan where there is none.

    Examples
    --------
    >>> means(np.array([(0.5, float("nan")), None], dtype=object))
    array([0.5, nan])
    """
    return np.array([np.nan if trace is None else np.nanmean(np.array(trace, float)) for trace in traces])


def seconds_of(traces: Sequence[NDArray[Any]], task: Task) -> Floats:
    """Return how long it takes to listen to each segment: as long as its longest trace.

    Parameters
    ----------
    traces : sequence of arrays of shape (segments,)
        Tuples of numbers, one array for each target.
    task : tuple of Target
        The targets.

    Examples
    --------
    >>> seconds_of([np.array([(0.5, 0.25), (0.5,) * 6], dtype=object)], (Target("arousal", rate_hz=2.0),))
    array([1., 3.])
    """
    lengths = [[len(trace) / target.rate_hz for trace in values] for values, target in zip(traces, task, strict=True)]
    return np.asarray(np.round(np.max(np.array(lengths, dtype=np.float64), axis=0), 6))


def cut(corpus: Corpus, raw: FeatureTable, split: Split, seconds: float) -> tuple[Corpus, FeatureTable, Split]:
    """Cut the recordings of the pool into stretches of about so many seconds; those of the test part stay whole.

    Recordings were dealt to pool and test before: stretches of one are never on both sides. Features are those of the
    whole recordings, cut.
    """
    parts = in_stretches(corpus, seconds, whole=split.test)
    held = set(split.test)
    pool = tuple(i for i, whole in zip(parts.ids, parts.segments[WHOLE], strict=True) if whole not in held)
    return parts, stretched(raw, parts), Split(split.name, pool, split.test, split.alarms)
