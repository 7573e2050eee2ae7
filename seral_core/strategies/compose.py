"""Strategies made of strategies: on a part of the pool, one after the other, and written as text.

The notation, in plans, on the command line and in the dashboard, is phases joined by ``+``, each
``name[:until][:option=value ...]``::

    margin                            the smallest margin, all along
    typiclust:50+margin               typical clips until 50 are labelled, then the smallest margin
    entropy:subset=500                score only 500 candidates, drawn at random
    qbc:measure=kl                    an option of the strategy
    k-means:20+v-optimal:subset=2000  all of it
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core import own
from seral_core.errors import BadPlan
from seral_core.options import option_values, split_options
from seral_core.strategies.base import Strategy, View, strategies
from seral_core.strategies.parts import in_parts, takes_parts
from seral_core.types import Ints, Task

#: What a newcomer gets for categories, and for scales. On RAVDESS and EmoDB, as they are and made imbalanced, with
#: hand-made features and an encoder's, no other start of margin was better everywhere: typiclust:50+margin lost up to
#: .083 UAR over the curve, k-means:20+margin between -.011 and +.021. Against random, over the whole curve (40 paired
#: runs of each corpus, intervals by groups of speakers; ``python -m tests.benchmarks imbalance``): clearly above on
#: RAVDESS with 75 % neutral (+.064 [.051, .076]), EmoDB (+.025 [.011, .040]) and the built-in corpus with 75 % (+.044
#: [.008, .081]); not clear on RAVDESS (+.011), with 50 % (+.019) and 90 % (+.076 [-.016, .168]), EmoDB with 50 %
#: (+.025) and 75 % (+.077), the built-in corpus (+.019), with 50 % (-.004 [-.033, .024]) and 90 % (+.023); clearly
#: below on none.
FOR_CLASSES, FOR_SCALES = "margin", "k-means:20+v-optimal"


@dataclass(frozen=True)
class Subset:
    """A strategy that sees only a part of the candidates, drawn at random in each round.

    Parameters
    ----------
    strategy : Strategy
        What chooses.
    size : int
        How many candidates it sees; never fewer than are wanted.

    Examples
    --------
    >>> first = lambda view, n, rng: view.candidates[:n]
    >>> len(Subset(first, 2)(line_view(*range(100)), 5, np.random.default_rng(0)))
    5
    """

    strategy: Strategy
    size: int

    def __post_init__(self) -> None:
        if self.size < 1:
            raise BadPlan(f"subset is {self.size}; expected at least 1, such as subset=500")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return what the strategy chooses among the candidates drawn."""
        size = max(self.size, n)
        if view.parts is None and size >= len(view.candidates):
            return self.strategy(view, n, rng)
        # Drawn by position: a pool in partitions has no list of its candidates.
        count = len(view.candidates)
        some = rng.choice(count, size, replace=False) if size < count else np.arange(count)
        rows = np.sort(view.candidates[some])
        if view.parts is None:
            return self.strategy(view.among(rows), n, rng)
        sample, numbers = view.parts.sample(view, rows)
        picks = numbers[np.asarray(self.strategy(sample, n, rng), dtype=np.intp)]
        view.wishes.update({int(numbers[row]): wish for row, wish in sample.wishes.items()})
        return picks

    @property
    def in_parts(self) -> bool:
        """Whether a pool may lie in partitions: whatever chooses, it sees a part that is in memory."""
        return True


@dataclass(frozen=True)
class Succession:
    """Strategies that follow one another as labels come in.

    Parameters
    ----------
    phases : tuple of (int, Strategy)
        Each chooses until so many segments are labelled, and no more in one call than are missing.
        The numbers rise.
    last : Strategy
        Chooses from then on.

    Examples
    --------
    >>> low, high = (lambda view, n, rng: view.candidates[:n]), (lambda view, n, rng: view.candidates[::-1][:n])
    >>> both = Succession(((2, low),), high)
    >>> both(line_view(*range(9)), 5, np.random.default_rng(0)).tolist()
    [0, 1]
    >>> both(line_view(*range(9), labelled=[0, 1]), 3, np.random.default_rng(0)).tolist()
    [8, 7, 6]
    """

    phases: tuple[tuple[int, Strategy], ...]
    last: Strategy

    def __post_init__(self) -> None:
        untils = [until for until, _ in self.phases]
        if untils != sorted(set(untils)) or any(until < 1 for until in untils):
            ends = ", ".join(map(str, untils))
            raise BadPlan(
                f"got phases that end at {ends} labels; expected rising numbers, such as k-means:20+typiclust:50+margin"
            )

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return what the phase of this many labels chooses."""
        have = len(view.labelled)
        for until, strategy in self.phases:
            if have < until:
                return strategy(view, min(n, until - have), rng)
        return self.last(view, n, rng)

    @property
    def in_parts(self) -> bool:
        """Whether all of them take a pool in partitions."""
        return all(map(takes_parts, (*(strategy for _, strategy in self.phases), self.last)))


@strategies.register("recommended")
@in_parts
def recommended(view: View, n: int, rng: Generator) -> Ints:
    """What held on real speech: margin for categories, k-means:20+v-optimal for scales.

    Where a task has both, margins are those of the categories.

    Uses ``task``, and what the two strategies use. Chooses no more than a first phase lacks.

    Examples
    --------
    >>> len(recommended(line_view(*range(40)), 30, np.random.default_rng(0)))
    20
    """
    categories = tuple(target for target in view.task if not target.is_scale)
    return strategy_from(recommended_for(view.task))(replace(view, task=categories or view.task), n, rng)


def recommended_for(task: Task) -> str:
    """Return what the strategy `recommended` is for a task.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> recommended_for((Target("arousal"),))
    'k-means:20+v-optimal'
    """
    return FOR_SCALES if all(target.is_scale for target in task) else FOR_CLASSES


@dataclass(frozen=True)
class Phase:
    """One phase of the notation, as read.

    Parameters
    ----------
    name : str
        In lower case.
    until : int
        Number of labels at which the next phase begins; 0: to the end.
    options : tuple of (str, str)
        Names and values as written, sorted by name.

    Examples
    --------
    >>> (phase,) = phases_of("qbc:measure=kl:subset=500")
    >>> phase.name, phase.until, dict(phase.options)
    ('qbc', 0, {'measure': 'kl', 'subset': '500'})
    """

    name: str
    until: int
    options: tuple[tuple[str, str], ...]


def strategy_from(text: str, **context: Any) -> Strategy:
    """Return the strategy that a text describes.

    Parameters
    ----------
    text : str
        In the notation at the top of this module.
    **context
        Values for options that cannot be written as text; each goes to every phase that has an
        option of this name, unless the text says otherwise.

    Raises
    ------
    UnknownName
        When no strategy of this name is registered.
    BadPlan
        When an option is unknown or a number is bad.

    Examples
    --------
    >>> strategy_from("qbc:measure=kl:subset=500")
    Subset(strategy=QueryByCommittee(measure='kl'), size=500)
    >>> strategy_from("entopy")
    Traceback (most recent call last):
    seral_core.errors.UnknownName: strategy 'entopy'; did you mean 'entropy'? known: ...
    >>> strategy_from("qbc:mesure=kl")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: qbc has no option 'mesure'; it has measure, subset; correct 'qbc:mesure=kl'
    """
    phases = phases_of(text)
    made = [_made(phase, context) for phase in phases]
    if len(made) == 1:
        return made[0]
    return Succession(tuple((p.until, s) for p, s in zip(phases[:-1], made[:-1], strict=True)), made[-1])


def canonical(text: str) -> str:
    """Return the one way of writing a strategy: options sorted, defaults and spaces left out.

    Examples
    --------
    >>> canonical(" TypiClust:50 + qbc:subset=500:measure=vote-entropy")
    'typiclust:50+qbc:subset=500'
    """
    strategy_from(text)
    return "+".join(_written(phase) for phase in phases_of(text))


def chooses_first_labels(text: str, task: Task) -> bool:
    """Whether a strategy brings its own first labels, because it says how long its first phase lasts.

    Every other strategy starts from first labels that runs with the same seed share.

    Parameters
    ----------
    text : str
        A strategy in the notation.
    task : tuple of Target
        What it is to choose clips for.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> chooses_first_labels("typiclust:50+margin", task), chooses_first_labels("recommended", task)
    (True, False)
    """
    phases = phases_of(text)
    if len(phases) == 1 and phases[0].name == "recommended":
        phases = phases_of(recommended_for(task))
    return len(phases) > 1


def phases_of(text: str) -> tuple[Phase, ...]:
    """Read the notation; names and options are not looked up yet.

    Raises
    ------
    BadPlan
        When a phase has no name, does not say when it ends, or the last one does.

    Examples
    --------
    >>> phases_of("k-means:20+margin:subset=9")
    (Phase(name='k-means', until=20, options=()), Phase(name='margin', until=0, options=(('subset', '9'),)))
    """
    phases = tuple(_phase(part, text) for part in text.split("+"))
    for place, phase in enumerate(phases, 1):
        last = place == len(phases)
        if last and phase.until:
            raise BadPlan(f"'{text}' ends after {phase.until} labels; say what follows, such as {text}+margin")
        if not last and not phase.until:
            raise BadPlan(f"'{text}' does not say when {phase.name} ends; write {phase.name}:50+...")
    return phases


def _phase(part: str, text: str) -> Phase:
    head, options = split_options(part)
    name, *rest = (piece.strip() for piece in head.split(":"))
    if not name:
        raise BadPlan(f"'{text}' has a phase without a name; write it like typiclust:50+margin")
    if len(rest) > 1:
        odd = next(piece for piece in reversed(rest) if "=" not in piece)
        raise BadPlan(f"'{odd}' in '{text}' is no option; write options as name=value, such as subset=500")
    wanted = "the number of labels at which the phase ends, such as k-means:20+margin"
    until = _whole(rest[0], f"'{text}'", wanted) if rest else 0
    name = name if own.is_own(name) else name.lower()
    return Phase(name, until, tuple(sorted(options.items())))


def _made(phase: Phase, context: Mapping[str, Any]) -> Strategy:
    part = strategies[phase.name]
    options = _options(phase)
    subset = options.pop("subset", None)
    given = {name: value for name, value in context.items() if name in _defaults(part)}
    strategy = _new(part, given | options, own.shown(phase.name))
    return strategy if subset is None else Subset(strategy, subset)


def _new(part: Any, options: dict[str, Any], name: str) -> Any:
    """Return a strategy that shares nothing with that of another run."""
    if not inspect.isclass(part):  # an object has its options
        try:
            return deepcopy(part)
        except Exception:  # what it holds cannot be copied, such as a lock
            return part
    try:
        inspect.signature(part).bind(**options)
    except TypeError as wrong:
        raise BadPlan(
            f"strategy {name} cannot be made ({wrong}); give an object, such as {part.__name__}(...), or defaults to "
            "all its parameters"
        ) from None
    return part(**options)


def _options(phase: Phase) -> dict[str, Any]:
    """Options with values of the type that each has."""
    given = dict(phase.options)
    subset = given.pop("subset", None)
    values = option_values(given, _defaults(strategies[phase.name]), phase.name, _raw(phase), also=("subset",))
    if subset is not None:
        values["subset"] = _whole(subset, f"subset of {phase.name}", "at least 1, such as subset=500")
    return values


def _written(phase: Phase) -> str:
    defaults = _defaults(strategies[phase.name])
    options = {k: v for k, v in _options(phase).items() if k not in defaults or v != defaults[k]}
    until = [str(phase.until)] if phase.until else []
    return ":".join([phase.name, *until, *(f"{k}={_plain(v)}" for k, v in sorted(options.items()))])


def _raw(phase: Phase) -> str:
    until = [str(phase.until)] if phase.until else []
    return ":".join([phase.name, *until, *(f"{k}={v}" for k, v in phase.options)])


def _plain(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            # A plus sign would begin the next phase.
            return repr(value).removesuffix(".0").replace("e+", "e")
        case _:
            return str(value)


def _defaults(part: Any) -> dict[str, Any]:
    made_of = fields(part) if is_dataclass(part) and inspect.isclass(part) else ()
    return {field.name: field.default for field in made_of}


def _whole(raw: str, what: str, wanted: str) -> int:
    try:
        number = int(raw)
    except ValueError:
        number = 0
    if number < 1:
        raise BadPlan(f"got '{raw}' for {what}; expected {wanted}")
    return number
