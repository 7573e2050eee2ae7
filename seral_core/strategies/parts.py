"""Pools in partitions: a strategy sees one partition after another, wherever it lies, and joins what they say.

A strategy that can do so says ``@in_parts``. By score: each partition returns its best, see
`seral_core.strategies.by_score`. By distance: each keeps how far its rows are from the labelled ones, see
`seral_core.strategies.far_distance`. By clusters: centres are learned from draws of each in mini-batches, see
`seral_core.strategies.far_centres`. All others are refused before a run starts; `seral_core.strategies.compose.Subset`
lets them see a sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from seral_core.errors import BadPlan
from seral_core.far.place import Place
from seral_core.strategies.base import View

Chooser = TypeVar("Chooser", bound=Callable[..., Any])


@dataclass(frozen=True)
class Part:
    """One partition of a pool, where the work on it is done.

    Parameters
    ----------
    view : View
        Of this partition alone: rows are counted from its first. It has no ``answers``, and of the model only what was
        asked for.
    first : int
        Number of its first row in the pool.
    number : int
        Which one.
    keep : Place
        Where working files may be kept between rounds; they may be lost.
    """

    view: View
    first: int
    number: int
    keep: Place


def in_parts(strategy: Chooser) -> Chooser:
    """Say of a strategy that it takes a pool partition by partition where ``view.parts`` is there.

    Examples
    --------
    >>> takes_parts(in_parts(lambda view, n, rng: view.candidates[:n])), takes_parts(lambda view, n, rng: None)
    (True, False)
    """
    strategy.in_parts = True  # type: ignore[attr-defined]
    return strategy


def takes_parts(strategy: Any) -> bool:
    """Whether a strategy takes a pool partition by partition; one made of others says so of all of them."""
    found = getattr(strategy, "in_parts", False)
    return bool(found() if callable(found) else found)


def check_parts(strategy: Any, called: str) -> None:
    """Raise `BadPlan` where a strategy needs the whole pool at once.

    Examples
    --------
    >>> check_parts(lambda view, n, rng: None, "batchbald")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: batchbald needs the whole pool at once, but it lies in partitions; let it see a ...
    """
    if not takes_parts(strategy):
        raise BadPlan(
            f"{called} needs the whole pool at once, but it lies in partitions; let it see a sample drawn in each "
            f"round: {called}:subset=20000; or choose one that takes partitions, such as margin, entropy, qbc, k-centre"
        )
