"""Where the partitions of a pool can be looked at: what a view offers to strategies that take them one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

from seral_core.types import Floats, Ints

T = TypeVar("T")


class Parts(Protocol):
    """Where the partitions of a pool can be looked at."""

    def each(
        self, view: Any, work: Callable[[Any, Any], T], shared: Any, uses: tuple[str, ...] = ()
    ) -> Iterator[tuple[int, T]]:
        """Return what ``work`` gives of each partition, in order, with the number of the partition's first row.

        Parameters
        ----------
        view : View
            Of the whole pool; its candidates and labelled rows are handed on.
        work : callable
            Called as ``work(part, shared)`` with a `seral_core.strategies.parts.Part`, maybe on another computer, maybe
            twice: its result is small, and depends on nothing else.
        shared : object
            What all partitions need to know.
        uses : tuple of str
            Of ``"predict"``, ``"committee"``, ``"embed"`` and ``"points"``, what ``work`` looks at.
        """
        ...

    def sample(self, view: Any, rows: Ints) -> tuple[Any, Ints]:
        """Return a view in memory of some candidates and all labelled rows, and its rows' numbers in the pool."""
        ...

    def scale(self) -> tuple[Floats, Floats]:
        """Return mean and weight of each feature over the whole pool, as z-scores take them."""
        ...

    def vectors(self, rows: Ints) -> Any:
        """Return the features of some rows, of shape (rows, features)."""
        ...
