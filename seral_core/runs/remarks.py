"""What a reader of curves should know of the runs: remarks of strategies, and a machine that labelled nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from seral_core.oracles.machine import Machine
from seral_core.runs.events import Asked, Event, Labelled
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.strategies.compose import phases_of


def remarks(logs: Iterable[Log]) -> list[str]:
    """Return each remark once, with the number of rounds or runs that it is about.

    Parameters
    ----------
    logs : iterable of Log
        Of runs that are finished or not.

    Returns
    -------
    list of str
        Such as ``"margin: no answer is known yet: drawn at random (3 rounds)"``.

    Examples
    --------
    >>> remarks([])
    []
    """
    rounds, idle = Counter[str](), Counter[str]()
    for log in logs:
        plan, events = log.plan, log.events()
        rounds.update(f"{plan.strategy}: {e.remark}" for e in events if isinstance(e, Asked) and e.remark)
        idle.update(_idle(plan, events))
    said = [f"{text} ({n} round{'s' * (n != 1)})" for text, n in rounds.items()]
    return said + [f"{text} ({n} run{'s' * (n != 1)})" for text, n in idle.items()]


def _idle(plan: Plan, events: list[Event]) -> list[str]:
    """Return a sentence for every step that asked the machine, which was never sure enough."""
    asked = {event.step for event in events if isinstance(event, Asked)}
    answered = {event.step for event in events if isinstance(event, Labelled)}
    return [
        f"step {step.name} of {plan.strategy}: the machine was never sure enough to label a clip with {step.oracle}; "
        f"expected beliefs above {_threshold(step.oracle):g}; choose a lower threshold, such as machine:above=0.6, or "
        "another learner"
        for step in plan.steps
        if step.oracle.partition(":")[0] == "machine" and step.name in asked - answered
    ]


def _threshold(oracle: str) -> float:
    (phase,) = phases_of(oracle)
    return float(dict(phase.options).get("above", Machine.above))
