"""Where torch computes, and in what precision: what a plan asks for, or the best that is found."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch

from seral_core.errors import BadPlan


def device_of(name: str) -> torch.device:
    """Return a device: ``"auto"`` for the best that is found.

    Raises
    ------
    BadPlan
        When this computer has none of the kind.

    Examples
    --------
    >>> device_of("cpu")
    device(type='cpu')
    """
    have = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available, "cpu": lambda: True}
    if name == "auto":
        return torch.device(next(kind for kind, there in have.items() if there()))
    if not have[name]():
        raise BadPlan(f"got device {name}, which this computer has not; choose --device auto or cpu")
    return torch.device(name)


def mixed(device: torch.device) -> Any:
    """Return a context of mixed precision on a GPU by CUDA; elsewhere one that changes nothing."""
    return torch.autocast("cuda", torch.bfloat16) if device.type == "cuda" else nullcontext()


@contextmanager
def drawing_from(*address: int) -> Iterator[None]:
    """Have torch draw from an address, such as (seed, epoch, step), on one thread; nothing outside is touched.

    Examples
    --------
    >>> def one():
    ...     with drawing_from(3, 1):
    ...         return float(torch.rand(1))
    >>> one() == one()
    True
    """
    threads = torch.get_num_threads()
    with torch.random.fork_rng():
        torch.manual_seed(int(np.random.SeedSequence(address).generate_state(1, np.uint64)[0] >> 1))
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
