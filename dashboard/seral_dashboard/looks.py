"""Those who watch a run see the same moment of it, worked out once for all of them; the more they are, the rarer."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

#: Seconds for which a moment lasts.
LOOK_S = 0.4
#: So many watch a run at its usual pace; and for how long somebody counts who looked.
FEW, STAYS_S = 4, 15.0
Sizes = tuple[int, ...]
_moments: dict[Hashable, tuple[float, Sizes]] = {}
_watchers: dict[Hashable, dict[str, float]] = {}
_looking: ContextVar[bool] = ContextVar("looking", default=False)


@contextmanager
def one_look() -> Iterator[None]:
    """Take runs as they were at one moment, the same for all who look within `LOOK_S`."""
    before = _looking.set(True)
    try:
        yield
    finally:
        _looking.reset(before)


def at_one_moment(what: Hashable, sizes: Callable[[], Sizes]) -> Sizes:
    """Return sizes of files as they are now or, within `one_look`, as they were when anybody looked just before.

    Examples
    --------
    >>> grows = iter([(1,), (2,), (3,)])
    >>> with one_look():
    ...     at_one_moment("a run", lambda: next(grows)), at_one_moment("a run", lambda: next(grows))
    ((1,), (1,))
    >>> at_one_moment("a run", lambda: next(grows))
    (2,)
    """
    if not _looking.get():
        return sizes()
    at, seen = _moments.get(what, (0.0, None))
    if seen is None or time.monotonic() - at > LOOK_S:
        seen = sizes()
        _moments[what] = time.monotonic(), seen
    return seen


def pace(what: Hashable, who: str) -> int:
    """Note that somebody looks, and return how many times as long the pause between looks is: a power of two.

    Examples
    --------
    >>> [pace("another run", f"viewer {i}") for i in range(9)]
    [1, 1, 1, 1, 2, 2, 2, 2, 4]
    """
    now = time.monotonic()
    watchers = _watchers.setdefault(what, {})
    watchers[who] = now
    here = sum(now - at < STAYS_S for at in list(watchers.values()))
    for name in [name for name, at in list(watchers.items()) if now - at >= STAYS_S]:
        watchers.pop(name, None)
    return 1 << max(0, math.ceil(math.log2(here / FEW)))
