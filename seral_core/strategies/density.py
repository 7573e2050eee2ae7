"""Density weighting: another strategy's choice, weighed by how many clips are like it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, best, strategies
from seral_core.strategies.representations import narrowed, neighbours_of, representations
from seral_core.strategies.uncertainty import ranks
from seral_core.types import Floats, Ints


@strategies.register("density")
@dataclass(frozen=True)
class Density:
    r"""What another strategy would ask, and what many clips are like (information density).

    :math:`r(x) \, d(x)^\beta`, where :math:`r` is the rank that the other strategy gives a candidate, from 0 to 1, and
    :math:`d` the rank of its density, which is the inverse of the mean distance to its nearest neighbours. Ranks make
    any strategy fit. An outlier is often the most uncertain clip of all, and teaches nothing about any other.

    Uses ``table``, or ``embed`` where the learner gives it, and what the other strategy uses.

    Parameters
    ----------
    of : str
        Name of the other strategy.
    beta : float
        How much density counts; 0 for not at all.
    neighbours : int
        Neighbours that make a clip typical.

    Raises
    ------
    BadPlan
        When a number is out of range, or it is to be weighed by itself; `UnknownName` when there is no such strategy.

    References
    ----------
    .. [1] Settles and Craven, An analysis of active learning strategies for sequence labeling tasks, EMNLP 2008.

    Examples
    --------
    >>> from seral_core.types import Classes, Target
    >>> belief = {"emotion": Classes(np.array([[[0.6, 0.4], [0.7, 0.3], [0.5, 0.5], [0.9, 0.1]]]))}
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> view = line_view(0.0, 1.0, 1.1, 9.0, 1.2, labelled=[0], task=task, predict=lambda rows: belief)
    >>> Density(beta=0.0)(view, 1, np.random.default_rng(0)), Density()(view, 1, np.random.default_rng(0))
    (array([3]), array([2]))
    """

    of: str = "margin"
    beta: float = 1.0
    neighbours: int = 20

    def __post_init__(self) -> None:
        if self.of.lower() == "density" or self.beta < 0 or self.neighbours < 1:
            raise BadPlan(
                f"got density of {self.of} with beta {self.beta:g} and {self.neighbours} neighbours; expected another "
                "strategy, beta of 0 or more and 1 neighbour or more; such as density:of=entropy"
            )

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates that are both."""
        if not len(view.candidates):
            return view.candidates
        part = strategies[self.of]
        order = (part() if isinstance(part, type) else part)(view, len(view.candidates), rng)
        wanted = np.zeros(len(view.candidates))
        # What it leaves out altogether is last.
        wanted[np.searchsorted(view.candidates, order)] = np.arange(len(order), 0, -1)
        return best(view, ranks(wanted) * self._typical(view) ** self.beta, max(n, 0), rng)

    def _typical(self, view: View) -> Floats:
        distances, _ = neighbours_of(narrowed(representations(view)), self.neighbours)
        mean = distances.mean(axis=1) if distances.shape[1] else np.zeros(len(distances))
        return ranks(-mean)
