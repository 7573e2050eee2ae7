"""Sparse regions: choose clips whose nearest neighbours are far away."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, best, strategies
from seral_core.strategies.representations import narrowed, neighbours_of, representations
from seral_core.types import Ints


@strategies.register("sparse-regions")
@dataclass(frozen=True)
class SparseRegions:
    r"""Clips with the largest mean squared distance to their nearest neighbours (DACS, for first labels).

    :math:`\frac{1}{k} \sum_{j \in N(x, k)} \|x - x_j\|^2` over the candidates' representations (Li et al., Eq. 10),
    which is large where clips are few. As Li et al. describe it, the highest scores are taken. The density-aware
    core-set of Kim and Shin goes further: it takes a core-set from each of several levels of density.

    Parameters
    ----------
    neighbours : int
        How many neighbours count, or all others where there are fewer.

    Raises
    ------
    BadPlan
        When fewer than one neighbour is to count.

    References
    ----------
    .. [1] Kim and Shin, In defense of core-set: a density-aware core-set selection for active learning, KDD 2022.
    .. [2] Li et al., Active learning with task adaptation pre-training for speech emotion recognition, 2024, Eq. 10.

    Examples
    --------
    >>> SparseRegions(neighbours=2)(line_view(0.0, 0.1, 0.2, 5.0, 9.0), 2, np.random.default_rng(0))
    array([4, 3])
    """

    neighbours: int = 20

    def __post_init__(self) -> None:
        if self.neighbours < 1:
            raise BadPlan(f"got sparse-regions with {self.neighbours} neighbours; expected 1 or more, such as 20")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates that lie most alone."""
        if not len(view.candidates):
            return view.candidates
        distances, _ = neighbours_of(narrowed(representations(view)), self.neighbours)
        return best(view, (distances**2).sum(axis=1) / max(distances.shape[1], 1), max(n, 0), rng)


#: As the field calls it.
strategies.register("dacs")(SparseRegions)
