"""Who works on partitions: this process, or the workers of a Dask cluster (`seral_core.far.dask`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol

from seral_core.errors import SeralError
from seral_core.threads import one_thread


class ClusterLost(SeralError, RuntimeError):
    """A cluster whose scheduler no longer answers, or a partition that ended every worker it was given to."""


class Engine(Protocol):
    """Anything that applies a function to many items; whatever it is, results are the same, in the same order."""

    def map(self, work: Callable[[Any, Any], Any], items: Iterable[Any], shared: Any) -> Iterator[Any]:
        """Yield ``work(item, shared)`` for each item, in order."""
        ...


class Here:
    """Work in the process itself, one item after another.

    Examples
    --------
    >>> list(Here().map(lambda item, shared: item * shared, [1, 2, 3], 10))
    [10, 20, 30]
    """

    def map(self, work: Callable[[Any, Any], Any], items: Iterable[Any], shared: Any) -> Iterator[Any]:
        """Yield ``work(item, shared)`` for each item, in order."""
        for item in items:
            with one_thread():
                result = work(item, shared)
            yield result
