"""One thread for the numerical libraries, where many small fits would only fight over two."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any


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
    from threadpoolctl import threadpool_limits

    limit: AbstractContextManager[Any] = threadpool_limits(limits=1)
    return limit
