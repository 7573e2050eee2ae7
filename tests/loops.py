"""Coroutines are run in a thread of their own: in this one a browser's loop may run."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Found = TypeVar("Found")


def run(work: Coroutine[Any, Any, Found]) -> Found:
    """Return what a coroutine returns."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, work).result()
