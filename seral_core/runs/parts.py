"""Learners and oracles from text: a name with options, such as ``noisy:wrong=0.3``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from seral_core.errors import BadPlan
from seral_core.registry import Registry
from seral_core.strategies.compose import option_value, phases_of


def part(registry: Registry[Callable[..., Any]], text: str, about: Any) -> Any:
    """Make a learner or oracle from its name and options, such as ``"noisy:wrong=0.3"``.

    Parameters
    ----------
    registry : Registry
        Of factories, such as ``learners`` or ``oracles``.
    text : str
        Name and options.
    about : object
        First argument of the factory: the task of a learner, the corpus of an oracle.

    Returns
    -------
    object
        What the factory makes.

    Raises
    ------
    UnknownName
        When nothing has this name.
    BadPlan
        When it has no such option, or a value is of another type.

    Examples
    --------
    >>> from seral_core.oracles.base import oracles
    >>> part(oracles, "noisy:wrong=0.3", toy_corpus()).wrong
    0.3
    >>> part(oracles, "noisy:rong=0.3", toy_corpus())
    Traceback (most recent call last):
    seral_core.errors.BadPlan: oracle noisy has no option 'rong'; it has wrong, std; correct 'noisy:rong=0.3'
    """
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
