"""Medium confidence: neither what the model knows already nor what may be noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.base import View, strategies
from seral_core.strategies.by_score import by_score, mean_ranks, ranks
from seral_core.strategies.most_confident import confidences
from seral_core.strategies.parts import in_parts
from seral_core.types import Floats, Ints


@strategies.register("medium-confidence")
@in_parts
@dataclass(frozen=True)
class MediumConfidence:
    """Candidates whose confidence lies nearest to a place in the order of all candidates' confidence.

    The least sure clips are often those that raters disagree about, or that are recorded badly; those in the middle
    taught more in Zhang et al. Over several targets, each segment's ranks are averaged.

    Uses ``beliefs``.

    Parameters
    ----------
    at : float
        From 0, the least sure, to 1, the surest; 0.5 is the median.

    Raises
    ------
    BadPlan
        When ``at`` lies elsewhere, or no model is trained yet.

    References
    ----------
    .. [1] Zhang, Coutinho, Deng and Schuller, Cooperative learning and its application to emotion
       recognition from speech, IEEE/ACM TASLP 23(1), 2015 (medium certainty).

    Examples
    --------
    >>> from seral_core.types import Classes, Target
    >>> belief = Classes(np.array([[[0.5, 0.5], [0.7, 0.3], [0.9, 0.1]]]))
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> view = line_view(0.0, 9.0, -1.0, 4.0, labelled=[0], task=task, predict=lambda rows: {"emotion": belief})
    >>> MediumConfidence()(view, 1, np.random.default_rng(0)), MediumConfidence(at=1)(view, 1, np.random.default_rng(0))
    (array([2]), array([3]))
    """

    at: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.at <= 1:
            raise BadPlan(f"got medium-confidence at {self.at:g}; expected a place from 0 to 1; 0.5 is the median")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates that are nearest to the place."""
        return by_score(view, confidences, n, rng, join=self._near)

    def _near(self, sure: Sequence[Floats]) -> Floats:
        return -np.abs(ranks(mean_ranks(sure)) - self.at)
