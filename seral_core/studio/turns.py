"""Threads of a session take turns, but never wait behind one that waits for a database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

#: How often who waits looks what the others wait for, in seconds.
LOOK_S = 0.25


class Turns:
    """A lock for ``with`` blocks, one within the other too.

    Parameters
    ----------
    expect : callable
        Given the thread whose turn it is, raises where that one waits in vain; see
        `seral_core.store.labels.LabelStore.expect`.

    Examples
    --------
    >>> turns = Turns(lambda holder: None)
    >>> with turns, turns:
    ...     print("one at a time")
    one at a time
    """

    def __init__(self, expect: Callable[[int], None]) -> None:
        self._expect, self._lock, self._holder = expect, threading.RLock(), 0

    def __enter__(self) -> None:
        while not self._lock.acquire(timeout=LOOK_S):
            self._expect(self._holder)
        self._holder = threading.get_ident()

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, at: TracebackType | None) -> None:
        self._lock.release()
