"""What learning curves are drawn along: labels, minutes of listening, or cost where raters have prices."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from seral_core.corpora.durations import durations_s
from seral_core.corpora.reading import Reading
from seral_core.errors import SeralError
from seral_core.runs.curve import curves
from seral_core.scores.spent import CLIPS, COUNTED, LABELLED, SECONDS, Spent
from seral_dashboard import data, speech
from seral_dashboard.log_tail import Followed

COST, LABELS, LISTENED = "cost", "labels", "listened"
#: What clips are called where each costs one label.
PLAIN = Spent(CLIPS, "labels", "labels")


def offered(experiments: list[data.Experiment]) -> dict[str, str]:
    """Return what curves of some experiments can be drawn along, by how pages call it; what the runs count comes first.

    Traces cost seconds of listening, and so have one axis.
    """
    counted = [frame for experiment in experiments if len(frame := data.scores(experiment))]
    if any(SECONDS in set(frame["unit"]) for frame in counted):
        return {COST: "seconds traced"}
    priced = any(_differ(experiment) for experiment in experiments)
    first = {COST: COUNTED.title, LABELS: LABELLED} if priced else {COST: PLAIN.title}
    return {**first, LISTENED: "listening time"}


def named(counted: Spent, experiments: list[data.Experiment]) -> Spent:
    """Return what is counted in the words in which pages offer it."""
    return PLAIN if counted == COUNTED and offered(experiments)[COST] == PLAIN.title else counted


def scores(experiment: data.Experiment, along: str = COST) -> pd.DataFrame:
    """Return every score of an experiment so far along an axis; not to be changed.

    Raises
    ------
    BadPlan
        When listening times are asked for and how long a clip is cannot be told.
    """
    return data.scores(experiment) if along == COST else _along(experiment, along, data.version(experiment))


@lru_cache(maxsize=16)
def _along(experiment: data.Experiment, along: str, _version: tuple[int, ...]) -> pd.DataFrame:
    seconds = _seconds(experiment) if along == LISTENED else {}
    return curves((log for _, log in experiment.started), along=along, seconds=seconds)


def _seconds(experiment: data.Experiment) -> dict[str, float]:
    plan = experiment.grid.plan
    try:
        corpus, _ = speech.corpus(plan.corpus, Reading(plan.reader, plan.ranges, plan.reading))
    except (SeralError, OSError):
        return {}  # the recordings are gone: the first clip that is looked for says so
    return {str(segment): float(lasts) for segment, lasts in durations_s(corpus).items()}


def _differ(experiment: data.Experiment) -> bool:
    """Whether answers do not cost one each, or several raters answered about one clip: of each strategy's first run."""
    first = {plan.strategy: log for plan, log in reversed(experiment.started)}
    return any(_priced(log, log.size) for log in first.values())


@lru_cache(maxsize=500)
def _priced(log: Followed, _size: int) -> bool:
    labels, cost = (sorted(curves([log], along=axis)["spent"]) for axis in (LABELS, COST))
    return labels != cost
