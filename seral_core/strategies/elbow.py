"""First labels from as many clusters as the data have: k-means whose number of clusters the elbow rule finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, strategies
from seral_core.strategies.representations import around_centres, narrowed, representations
from seral_core.strategies.space import Points, k_means_clusters, points, remember
from seral_core.types import Floats, Ints

#: The number of clusters is looked for on at most this many clips.
SOME = 2000


def elbow(errors: Floats) -> int:
    """Return where a falling curve bends most: the point farthest below the line between its ends.

    Parameters
    ----------
    errors : Floats of shape (points,)
        Such as the summed squared distances to the centres for one cluster, two, three ...

    Returns
    -------
    int
        A position; 0 where the curve does not fall.

    Examples
    --------
    >>> elbow(np.array([100.0, 40.0, 8.0, 6.0, 4.0, 2.0]))
    2
    """
    if len(errors) < 3 or not errors[0] > errors[-1]:
        return 0
    along = np.linspace(0, 1, len(errors))
    down = (errors - errors[-1]) / (errors[0] - errors[-1])
    return int(np.argmax(1 - along - down))


@strategies.register("k-means-elbow")
@dataclass(frozen=True)
class KMeansElbow:
    r"""Clips nearest the centres of k-means, with the number of clusters found by the elbow rule (for first labels).

    The summed squared distance to the centres falls with the number of clusters; the elbow is where this curve lies
    farthest below the line between its ends. Then each cluster in turn, large ones first, gives its nearest clip
    without a pick, until there are enough: the paper takes "the samples closest to the centres", 1 % of the pool, and
    leaves open how they are shared out.

    Parameters
    ----------
    most : int
        At most so many clusters are tried, and no more than the square root of the number of clips.

    Raises
    ------
    BadPlan
        When fewer than one cluster may be tried.

    References
    ----------
    .. [1] Li et al., Active learning with task adaptation pre-training for speech emotion recognition, 2024,
       section 3.4.
    .. [2] Satopaa, Albrecht, Irwin and Raghavan, Finding a "kneedle" in a haystack, ICDCS workshops 2011 (the rule).

    Examples
    --------
    >>> view = line_view(0.0, 0.2, 0.3, 0.4, 0.6, 8.8, 8.9, 9.0, 9.2, 9.3)
    >>> picks = KMeansElbow()(view, 2, np.random.default_rng(0))
    >>> sorted(picks.tolist())
    [2, 7]
    """

    most: int = 20

    def __post_init__(self) -> None:
        if self.most < 1:
            raise BadPlan(f"got k-means-elbow with most={self.most}; expected 1 cluster or more, such as most=20")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates nearest the centres."""
        wanted = max(0, min(n, len(view.candidates)))
        if not wanted:
            return view.candidates[:0]
        some = narrowed(representations(view))
        if view.embed is None:  # the same features in every round
            count = remember(view, f"elbow {self.most}", lambda: self.clusters(narrowed(points(view))))
        else:
            count = self.clusters(some)
        return view.candidates[around_centres(some, count, wanted, rng)]

    def clusters(self, some: Points) -> int:
        """Return the number of clusters that the elbow rule finds, always the same for the same points."""
        rng = np.random.default_rng(0)
        if len(some) > SOME:
            some = some[np.sort(rng.choice(len(some), SOME, replace=False))]
        tried = range(1, max(1, min(self.most, round(len(some) ** 0.5))) + 1)
        return 1 + elbow(np.array([k_means_clusters(some, k, rng)[1].sum() for k in tried]))
