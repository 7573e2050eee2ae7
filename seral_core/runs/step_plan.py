"""What a plan says of one step of a round: who chooses, who answers, how many, and about what."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from seral_core.errors import BadPlan, UnknownName


@dataclass(frozen=True)
class StepPlan:
    """One step of a round, as plain data; what is left out is that of the plan.

    Parameters
    ----------
    name : str
        Unique within the round; left out, that of the oracle.
    strategy : str
        Chooses, such as ``"margin"``; empty for the plan's own, so that a grid can compare several.
    oracle : str
        Answers, such as ``"gold"`` or ``"machine:above=0.9"``; empty for the plan's own.
    n : int
        Number of segments; 0 for the plan's ``batch``.
    targets : tuple of str
        Which of the plan's targets are asked for; empty for all.

    Examples
    --------
    >>> step = StepPlan.parsed("strategy=most-confident oracle=machine:above=0.9 n=50")
    >>> step.name, step.n, str(step)
    ('machine', 50, 'strategy=most-confident oracle=machine:above=0.9 n=50')
    >>> StepPlan.parsed("stratgy=margin")
    Traceback (most recent call last):
    seral_core.errors.UnknownName: step entry 'stratgy'; did you mean 'strategy'? known: n, name, oracle, ...
    """

    name: str = ""
    strategy: str = ""
    oracle: str = ""
    n: int = 0
    targets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.name:
            object.__setattr__(self, "name", self.oracle.partition(":")[0].strip() or "query")
        if self.n < 0:
            raise BadPlan(f"step {self.name} has n={self.n}; expected 1 or more, or 0 for the plan's batch; correct it")

    @classmethod
    def parsed(cls, text: str) -> StepPlan:
        """Read a step as it is written on the command line: ``key=value`` pairs with spaces between."""
        known = {field.name: field.default for field in fields(cls)}
        given: dict[str, Any] = {}
        for pair in text.split():
            key, equals, value = pair.partition("=")
            if key not in known:
                raise UnknownName("step entry", key, known)
            if not equals or not value:
                raise BadPlan(f"step entry '{pair}' has no value; expected {key}=..., such as n=10; correct '{text}'")
            given[key] = _value(key, value, text)
        if not given:
            raise BadPlan("got an empty step; expected such as 'strategy=margin oracle=gold n=10'")
        return cls(**given)

    def __str__(self) -> str:
        named = self.name != StepPlan(oracle=self.oracle).name
        pairs = {"name": self.name if named else "", "strategy": self.strategy, "oracle": self.oracle}
        pairs |= {"n": str(self.n or ""), "targets": ",".join(self.targets)}
        return " ".join(f"{key}={value}" for key, value in pairs.items() if value)

    def as_data(self) -> dict[str, Any]:
        """Return the entries that differ from their defaults, and the name, as plain data."""
        usual = asdict(type(self)())
        return {key: value for key, value in asdict(self).items() if key == "name" or value != usual[key]}


def _value(key: str, value: str, text: str) -> Any:
    if key == "targets":
        return tuple(name for name in value.split(",") if name)
    if key != "n":
        return value
    try:
        return int(value)
    except ValueError:
        raise BadPlan(f"step entry n is '{value}'; expected a whole number, such as n=10; correct '{text}'") from None
