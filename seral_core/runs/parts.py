"""Learners and oracles from text: a name with options, such as ``noisy:wrong=0.3``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from seral_core.errors import BadPlan
from seral_core.registry import Registry
from seral_core.strategies.compose import option_value, phases_of


def part(registry: Registry[Callable[..., Any]], text: str, about: Any) -> Any:
    """Make a learner or oracle from its name and options, such as ``"noisy:wrong=0.3"``."""
    (phase,) = phases_of(text)
    factory = registry[phase.name]
    parameters = list(inspect.signature(factory).parameters.values())[1:]
    defaults = {p.name.lower(): (p.name, p.default) for p in parameters}
    options = {}
    for key, raw in phase.options:
        if key not in defaults:
            have = ", ".join(name for name, _ in defaults.values()) or "none"
            raise BadPlan(f"{registry.kind} {phase.name} has no option '{key}'; it has {have}; correct '{text}'")
        name, default = defaults[key]
        options[name] = option_value(raw, default, f"{name} of {phase.name}")
    return factory(about, **options)
