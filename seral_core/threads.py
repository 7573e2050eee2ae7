"""One thread for the numerical libraries, where many small fits would only fight over two."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Item = TypeVar("Item")


def one_thread() -> AbstractContextManager[Any]:
    """Return a context in which BLAS and OpenMP use a single thread.

    Two threads made a loop of small fits several times slower on two cores: the cores are better
    used for several runs at once. One thread also adds up in the same order every time.

    Libraries that are loaded only inside the context are not held: enter it after the imports.

    Returns
    -------
    context manager
        Entering it sets the limit, leaving it brings the former one back.

    Examples
    --------
    >>> from threadpoolctl import threadpool_info
    >>> with one_thread():
    ...     all(pool["num_threads"] == 1 for pool in threadpool_info())
    True
    """
    limit: AbstractContextManager[Any] = _controller(len(sys.modules)).limit(limits=1)
    return limit


@lru_cache(maxsize=1)
def _controller(loaded: int) -> Any:
    """Return what limits the libraries; with more modules there may be more of them.

    Looking for them takes longer than many a fit, and is done again only when something was imported.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_thread_each_step(generator: Callable[Arguments, Iterator[Item]]) -> Callable[Arguments, Iterator[Item]]:
    """Have every step of a generator run in `one_thread`; between two steps the caller is free.

    Parameters
    ----------
    generator : callable
        Yields as it computes.

    Returns
    -------
    callable
        The same, but for the limit.

    Examples
    --------
    >>> from threadpoolctl import threadpool_info
    >>> @one_thread_each_step
    ... def steps():
    ...     yield max(pool["num_threads"] for pool in threadpool_info())
    >>> list(steps())
    [1]
    """

    @wraps(generator)
    def stepwise(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Iterator[Item]:
        steps = generator(*args, **kwargs)
        while True:
            with one_thread():
                try:
                    item = next(steps)
                except StopIteration:
                    return
            yield item

    return stepwise
