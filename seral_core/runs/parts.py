"""Learners and oracles from text: a name with options, such as ``noisy:wrong=0.3``.

A factory may ask for more than its first argument, by the names of its parameters: see `Surroundings`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadPlan
from seral_core.features.signals import Signals
from seral_core.options import option_values
from seral_core.registry import Registry
from seral_core.strategies.compose import phases_of


@dataclass(frozen=True)
class Surroundings:
    """What a factory may ask for: it gets what its parameters name, and no option has such a name.

    Parameters
    ----------
    corpus : Corpus, optional
        The whole corpus of the run; None where there is none. Its gold is not for learning.
    folder : Path, optional
        The run's folder, for checkpoints within a training; None where the run is not kept.
    device : {"auto", "cpu", "cuda", "mps"}
        Where to compute.

    Examples
    --------
    >>> list(Surroundings(toy_corpus()).asked_for(["task", "signals", "device", "epochs"]))
    ['device', 'signals']
    """

    corpus: Corpus | None = None
    folder: Path | None = None
    device: str = "auto"

    @property
    def signals(self) -> Signals | None:
        """The sound of the corpus, by segment id."""
        return Signals(self.corpus) if self.corpus is not None else None

    def asked_for(self, names: list[str]) -> dict[str, Any]:
        """Return what is here under some of these names."""
        return {name: getattr(self, name) for name in (*(f.name for f in fields(self)), "signals") if name in names}


def hears(factory: Callable[..., Any]) -> bool:
    """Whether a factory asks for sound, so that what it makes cannot be tried on made-up numbers.

    Examples
    --------
    >>> hears(lambda task, *, signals, epochs=3: None), hears(lambda task, *, trees=100: None)
    (True, False)
    """
    return bool({"signals", "corpus"} & set(list(inspect.signature(factory).parameters)[1:]))


def part(
    registry: Registry[Callable[..., Any]], text: str, about: Any, surroundings: Surroundings | None = None
) -> Any:
    """Make a learner or oracle from its name and options, such as ``"noisy:wrong=0.3"``.

    Parameters
    ----------
    registry : Registry
        Of factories, such as ``learners`` or ``oracles``.
    text : str
        Name and options.
    about : object
        First argument of the factory: the task of a learner, the corpus of an oracle.
    surroundings : Surroundings, optional
        What the factory may ask for besides; left out: nothing is known.

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
    seral_core.errors.BadPlan: oracle noisy has no option 'rong'; it has wrong, std, effort; correct 'noisy:rong=0.3'
    """
    phase, *others = phases_of(text)
    if others:
        raise BadPlan(
            f"{registry.kind} '{text}' names {len(others) + 1}; expected one; only strategies are joined by +"
        )
    factory = registry[phase.name]
    parameters = list(inspect.signature(factory).parameters.values())[1:]
    given = (surroundings or Surroundings()).asked_for([p.name for p in parameters])
    defaults = {p.name: p.default for p in parameters if p.name not in given}
    options = option_values(dict(phase.options), defaults, f"{registry.kind} {phase.name}", text)
    return factory(about, **given, **options)
