"""One thread for the numerical libraries, where many small fits would only fight over two."""

from __future__ import annotations

from functools import cache
from typing import Any


def one_thread() -> Any:
    """Return a context in which BLAS and OpenMP use a single thread.

    Two threads made a loop of small fits several times slower on two cores: the cores are better
    used for several runs at once.
    """
    return _controller().limit(limits=1)


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
