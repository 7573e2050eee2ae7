"""Two doubts about each clip of a run, round by round: ambiguous for the model, and unknown, as no label is near."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.confidence.nearness import Nearness
from seral_core.features.table import FeatureTable
from seral_core.types import Floats, Target

_working = threading.Lock()


class Unknown:
    """How unknown the clips of a pool were in each round; labels only ever come in, so earlier rounds are kept.

    Parameters
    ----------
    table : FeatureTable
        The pool.

    Examples
    --------
    >>> unknown = Unknown(FeatureTable(np.array([[0.0], [1.0], [2.0], [9.0]]), tuple("abcd")))
    >>> [unknown.of(number, [[], [0, 1, 2]]).tolist() for number in (0, 1)]
    [[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]]
    """

    def __init__(self, table: FeatureTable) -> None:
        self._near, self._rounds = Nearness(table), list[NDArray[np.float32]]()

    def of(self, number: int, labelled: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Return how unknown each clip was at a place in the run.

        Parameters
        ----------
        number : int
            Which place, from 0.
        labelled : sequence of sequences of int
            For each place up to this one, the rows that people had labelled since the one before.
        """
        with _working:
            while len(self._rounds) <= number:
                self._near.add(np.array(labelled[len(self._rounds)], dtype=np.intp))
                self._rounds.append(self._near.unknown().astype(np.float32))
            return self._rounds[number]


@lru_cache(maxsize=4)
def unknown_in(_run: str, table: FeatureTable) -> Unknown:
    """Return what is kept of a run: worked out once a process, round by round."""
    return Unknown(table)


def ambiguous(sure: NDArray[Any], target: Target) -> Floats:
    """Return how ambiguous clips are for the model, by the sureness that a run keeps.

    Parameters
    ----------
    sure : array of shape (clips,)
        Highest probability, or on a scale the negative standard deviation.
    target : Target
        What was predicted.

    Returns
    -------
    Floats of shape (clips,)
        1 where all classes are equally likely, or the deviation is half the range; 0 where the model is certain.

    Examples
    --------
    >>> ambiguous(np.array([1.0, 0.5]), Target("emotion", ("anger", "sadness")))
    array([0., 1.])
    >>> ambiguous(np.array([0.0, -0.5]), Target("arousal"))
    array([0. , 0.5])
    """
    if target.is_scale:
        half = (target.high - target.low) / 2
        return np.clip(-np.asarray(sure, np.float64) / half, 0, 1) + 0.0 if 0 < half < np.inf else np.zeros(len(sure))
    chance = 1 / len(target.classes)
    return np.clip((1 - np.asarray(sure, np.float64)) / max(1 - chance, 1e-9), 0, 1)
