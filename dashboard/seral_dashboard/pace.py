"""How long a new experiment will take, judged by earlier ones of the same kind."""

from __future__ import annotations

import math
from contextlib import suppress

import numpy as np

from seral_core.errors import SeralError
from seral_core.runs.events import Scored
from seral_core.runs.plan import Plan
from seral_dashboard import data

#: Fewer gaps between scores say too little.
FEW = 10
#: Times the 95th percentile of the gaps: a longer one is a break.
BREAK = 10


def expected_s(plan: Plan, runs: int) -> float:
    """Return about how many seconds a number of runs of a plan take; nan where nothing like it has run yet."""
    labels = plan.keep * plan.buffer if plan.scenario == "stream" else plan.batch
    rounds = 1 + max(0, math.ceil((plan.budget - plan.initial) / labels))
    return runs * rounds * round_s(plan)


def round_s(plan: Plan) -> float:
    """Return the mean seconds from score to score in the newest experiment of the same kind; nan without one.

    Long breaks do not count: somebody may have paused it, or have gone on with it on another day.
    """
    for experiment in data.experiments():
        with suppress(SeralError):
            if _kind(experiment.grid.plan) == _kind(plan):
                logs = [log for _, log in experiment.started]
                at = sorted(at.timestamp() for log in logs for at, event in log.timed() if isinstance(event, Scored))
                if len(at) > FEW:
                    gaps = np.diff(at)
                    return float(gaps[gaps <= BREAK * np.percentile(gaps, 95)].mean())
    return math.nan


def _kind(plan: Plan) -> tuple[str, str, str, int]:
    return plan.corpus, plan.features, plan.learner, max(1, len(plan.targets))
