"""Who speaks in the rows of a partition, and what brings their features to a common scale when they are read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.types import Floats, Ints


@dataclass(frozen=True, eq=False)
class Voices:
    """The speakers of one partition; it travels with it, and knows nothing of others.

    Parameters
    ----------
    codes : array of shape (rows of the partition,)
        Who speaks, as a row of the arrays below.
    means, divisors : Floats of shape (speakers, features)
        What is taken from a row of features, and what it is then divided by.

    Examples
    --------
    >>> voices = Voices(np.array([0, 1, 1]), np.array([[0.0], [4.0]]), np.array([[1.0], [2.0]]))
    >>> voices.of(np.array([[3.0], [8.0]]), np.array([0, 2])).ravel().tolist()
    [3.0, 2.0]
    """

    codes: NDArray[np.unsignedinteger[Any]]
    means: Floats
    divisors: Floats

    def of(self, values: NDArray[Any], rows: Ints) -> NDArray[np.float32]:
        """Return the values of some rows of the partition as z-scores of their speakers.

        Parameters
        ----------
        values : array of shape (rows, features)
            As they were extracted.
        rows : Ints
            Their numbers in the partition.
        """
        who = self.codes[rows]
        out: Floats = np.asarray(values, np.float64) - self.means[who]
        out /= self.divisors[who]
        return np.asarray(out, dtype=np.float32)

    @cached_property
    def digest(self) -> str:
        """Hash of all of it."""
        found = sha256(np.ascontiguousarray(self.codes).data)
        for values in (self.means, self.divisors):
            found.update(np.ascontiguousarray(values).data)
        return found.hexdigest()[:16]
