"""How long a test waits for what must happen: long, as a busy machine is no fault of the program."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

#: Seconds. A wait that is over early costs nothing.
PATIENCE = 240


def until(true: Callable[[], Found], every_s: float = 0.1) -> Found:
    """Ask until the answer is true, and return it."""
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(every_s)
    return found
