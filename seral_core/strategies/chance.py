"""Chance: the baseline that every other strategy has to beat."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.strategies.base import View, strategies
from seral_core.strategies.parts import in_parts
from seral_core.types import Ints


@strategies.register("random")
@in_parts
def random(view: View, n: int, rng: Generator) -> Ints:
    """Draw at random, each candidate with the same probability.

    Uses ``candidates``.

    Examples
    --------
    >>> sorted(random(line_view(0.0, 1.0, 5.0, labelled=[0]), 5, np.random.default_rng(0)).tolist())
    [1, 2]
    """
    count = max(0, min(n, len(view.candidates)))
    return view.candidates[rng.choice(len(view.candidates), count, replace=False)] if count else np.zeros(0, np.intp)
