"""What a reader of curves should know of the runs: remarks of strategies, and who stopped early or labelled nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from seral_core.oracles.machine import Machine
from seral_core.own import shown
from seral_core.runs.events import NO_ANSWER, Asked, Event, Finished, Labelled, MachineLabelled
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
        name = shown(plan.strategy)
        rounds.update(f"{name}: {e.remark}" for e in events if isinstance(e, Asked) and e.remark)
        idle.update(_idle(plan, events))
        idle.update(_stopped(plan, events))
    said = [f"{text} ({n} round{'s' * (n != 1)})" for text, n in rounds.items()]
    return said + [f"{text} ({n} run{'s' * (n != 1)})" for text, n in idle.items()]


def _stopped(plan: Plan, events: list[Event]) -> list[str]:
    """Return a sentence where a strategy chose nothing although clips and budget were left."""
    last = next((event for event in reversed(events) if isinstance(event, Asked)), None)
    end = events[-1] if events else None
    if not isinstance(end, Finished) or end.why != NO_ANSWER or last is None or last.segments:
        return []
    return [
        f"{shown(plan.strategy)} chose no more clips at {end.spent:g} of {plan.budget:g}: its curve ends there, or, "
        "where other runs of it went on, is that of the others"
    ]


def _idle(plan: Plan, events: list[Event]) -> list[str]:
    """Return a sentence for every step that asked the machine, which was never sure enough."""
    asked = {event.step for event in events if isinstance(event, (Asked, MachineLabelled))}
    answered = {e.step for e in events if isinstance(e, Labelled) or (isinstance(e, MachineLabelled) and e.labelled)}
    return [
        f"step {step.name} of {shown(plan.strategy)}: the machine was never sure enough to label a clip with "
        f"{step.oracle}; expected beliefs above {_threshold(step.oracle):g}; choose a lower threshold, such as "
        "machine:above=0.6, or another learner"
        for step in plan.steps
        if step.oracle.partition(":")[0] == "machine" and step.name in asked - answered
    ]


def _threshold(oracle: str) -> float:
    (phase,) = phases_of(oracle)
    return float(dict(phase.options).get("above", Machine.above))
