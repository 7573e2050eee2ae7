"""The ways to learn with little labour that are compared: who chooses, who answers, and in which order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from seral_core.recipes.cells import Cell
from seral_core.runs.plan import Plan
from seral_core.runs.step_plan import StepPlan

PASSIVE, ACTIVE, SELF, CO = "passive", "active", "self-training", "co-training"
MIXED, ACTIVE_FIRST = "cooperative", "cooperative, active first"
VIEWS = ", two views"


@dataclass(frozen=True)
class Way:
    """One way to learn.

    Parameters
    ----------
    name : str
        As curves and tables have it.
    active : bool
        Whether people are asked about what the active strategy chooses, or what is drawn at random.
    machine : {"", "mixed", "last"}
        Whether the machine labels too: in each round, or only once half of the budget is spent. In a round it comes
        behind people; before them, it would say the same, since the model is trained once a round.
    views : bool
        Whether the model has two views, which then teach each other.
    baseline : str
        The way with the same people and the same model, and without the machine.
    """

    name: str
    active: bool
    machine: str = ""
    views: bool = False
    baseline: str = ""


WAYS = (
    Way(PASSIVE, active=False),
    Way(ACTIVE, active=True),
    Way(SELF, active=False, machine="mixed", baseline=PASSIVE),
    Way(MIXED, active=True, machine="mixed", baseline=ACTIVE),
    Way(ACTIVE_FIRST, active=True, machine="last", baseline=ACTIVE),
    Way(PASSIVE + VIEWS, active=False, views=True),
    Way(ACTIVE + VIEWS, active=True, views=True),
    Way(CO, active=False, machine="mixed", views=True, baseline=PASSIVE + VIEWS),
    Way(MIXED + VIEWS, active=True, machine="mixed", views=True, baseline=ACTIVE + VIEWS),
    Way(ACTIVE_FIRST + VIEWS, active=True, machine="last", views=True, baseline=ACTIVE + VIEWS),
)
#: Where the machine takes back what is no longer likelier than all else, as its oracle counts it.
KEEP = 0.5


@dataclass(frozen=True)
class Labour:
    """What the steps of a round do.

    Parameters
    ----------
    active : str
        The strategy that chooses for people.
    batch : int
        How many clips people answer.
    above, weight : float
        From which confidence on the machine labels, and what its labels count.
    quota : int
        How many of each class it labels in a round, at most.
    classes : int
        How many classes there are.

    Examples
    --------
    >>> labour = Labour("margin", batch=10, above=0.8, weight=0.5, quota=4, classes=5)
    >>> [str(step) for step in labour.steps(WAYS[2], budget=100)]
    ['name=people strategy=random n=10', 'strategy=most-confident oracle=machine:above=0.8:quota=4:weight=0.5:...']
    """

    active: str
    batch: int
    above: float
    weight: float
    quota: int
    classes: int

    def steps(self, way: Way, budget: float) -> tuple[StepPlan, ...]:
        """Return the steps of a round of one of the ways, with a budget for people."""
        people = StepPlan("people", self.active if way.active else "random", n=self.batch)
        if not way.machine:
            return (people,)
        after = round(budget / 2) if way.machine == "last" else 0
        options: dict[str, object] = {"above": self.above, "quota": self.quota, "weight": self.weight, "after": after}
        options |= {"keep": min(KEEP, self.above), "honest": "yes", "by": "views" if way.views else "belief"}
        return people, machine_step(4 * self.classes * self.quota, **options)


def machine_step(n: int, **options: object) -> StepPlan:
    """Return a step in which the machine labels some of the ``n`` clips that it is surest of.

    Examples
    --------
    >>> machine_step(80, above=0.8, quota=4).oracle
    'machine:above=0.8:quota=4'
    """
    said = (f"{name}={value:g}" if isinstance(value, float) else f"{name}={value}" for name, value in options.items())
    return StepPlan("machine", "most-confident", ":".join(("machine", *said)), n)


def learner_of(way: Way, learner: str) -> str:
    """Return the learner of a way: that of the user, or one of it for each view.

    Examples
    --------
    >>> learner_of(WAYS[-1], "svm:C=2")
    'views:learner=svm/C=2'
    """
    return f"views:learner={learner.replace(':', '/')}" if way.views else learner


def plan_of(way: Way, plan: Plan, labour: Labour) -> Plan:
    """Return the plan of a way, made of what all ways share."""
    return plan.varied(learner=learner_of(way, plan.learner), steps=labour.steps(way, plan.budget), strategy="random")


@dataclass(frozen=True)
class WayCell(Cell):
    """The runs of one way; its curves bear the way's name.

    Parameters
    ----------
    way : str
        Name of the way.
    """

    way: str = ""

    def curves(self, folder: Path) -> pd.DataFrame:
        """Return the learning curves of all runs."""
        return super().curves(folder).assign(strategy=self.way)
