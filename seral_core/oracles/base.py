"""What an oracle is: it answers a query with labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from numpy.random import Generator

from seral_core.learners.base import Learner
from seral_core.registry import Registry
from seral_core.types import Label, Query


class Oracle(Protocol):
    """Anything that answers.

    Examples
    --------
    >>> from seral_core.oracles.contract import check_oracle
    >>> class Shrug:
    ...     '''Gives every segment the first class, or the lowest value.'''
    ...     price = 1.0
    ...     def answer(self, query, learner, rng):
    ...         for segment, task, _ in query.questions():
    ...             for target in task:
    ...                 value = target.low if target.is_scale else target.classes[0]
    ...                 yield Label(segment, target.name, value, "shrug", cost=1 / len(query.task))
    >>> check_oracle(lambda corpus: Shrug())
    """

    @property
    def price(self) -> float:
        """Most that an answer for one segment may cost, in clips listened to."""
        ...

    def answer(self, query: Query, learner: Learner, rng: Generator) -> Iterable[Label]:
        """Return labels for the query.

        The same query and ``rng`` give the same labels. What is not answered yet may be left out:
        the loop then waits. ``learner`` is for machines that label what they are sure of.

        What else an oracle may have, and nobody asks for where it has not: ``by_machine``, ``needs_beliefs``,
        ``needs_given``: what it is, and what of a `Query` is filled in for it; ``reconsiders`` with
        ``reconsider(query, labels, learner, rng)``, which returns the segments whose labels it takes back; ``honest``:
        its beliefs are those of a model that learned from people alone (see `seral_core.oracles.machine`); ``measure``:
        the confidence measure that fills in ``sure``, with the ``corpus`` whose raters it may learn from;
        ``shares(task)``: what an answer about each target costs, in parts of ``price``.
        """
        ...


#: Factories: ``oracles["gold"](corpus, **options)`` gives an `Oracle`.
oracles: Registry[Callable[..., Oracle]] = Registry("oracle", "seral_core.oracles")
