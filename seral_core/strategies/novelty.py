"""Novelty: choose what deviates from neutral speech, before anybody knows which emotions there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.strategies.background import NEUTRAL, background_rows
from seral_core.strategies.base import View, best, strategies
from seral_core.strategies.space import Points, reduced
from seral_core.threads import one_thread
from seral_core.types import Floats, Ints

#: Wider features are reduced by PCA.
WIDTH = 50
#: With fewer clips of neutral speech, the model is one of the whole pool.
FEWEST = 5
MODELS = ("gaussian", "svm")


@strategies.register("novelty")
@dataclass(frozen=True)
class Novelty:
    """Clips that deviate most from neutral speech, by a model of that one class.

    The model learns from the clips labelled as neutral so far: the class of this name, or the most frequent one where
    there is none; on a scale those around its middle. While there are fewer than five, it learns from the whole pool,
    most of which is neutral in natural speech.

    Uses ``table`` and ``answers``; no learner.

    Parameters
    ----------
    model : {"gaussian", "svm"}
        Mahalanobis distance with a shrunk covariance, or a one-class support vector machine.
    neutral : str
        Name of the class.

    Raises
    ------
    BadPlan
        When there is no such model.

    References
    ----------
    .. [1] MixedEmotions, deliverable D4.2, section 2.3.2.
    .. [2] Ledoit and Wolf, A well-conditioned estimator for large-dimensional covariance matrices, Journal of
       Multivariate Analysis 88(2), 2004.

    Examples
    --------
    >>> view = line_view(0.0, 0.1, 0.2, -0.1, -0.2, 0.05, 4.0)
    >>> Novelty()(view, 1, np.random.default_rng(0))
    array([6])
    """

    model: str = "gaussian"
    neutral: str = NEUTRAL

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise BadPlan(f"novelty has no model '{self.model}'; expected one of {', '.join(MODELS)}; correct the plan")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates that deviate most."""
        if not len(view.candidates):
            return view.candidates
        return best(view, self.scores(view), max(n, 0), rng)

    def scores(self, view: View) -> Floats:
        """Return how far each candidate is from neutral speech, of shape (candidates,), in no unit."""
        some = reduced(view, WIDTH)
        rows = background_rows(view, self.neutral)
        if len(rows) < FEWEST:
            view.note(f"fewer than {FEWEST} clips are labelled as neutral: novelty is against the whole pool")
            rows = np.arange(len(some), dtype=np.intp)
        with one_thread():
            return _deviation(self.model, some[rows], some[view.candidates])


def _deviation(model: str, normal: Points, asked: Points) -> Floats:
    normal, asked = normal.astype(np.float64), asked.astype(np.float64)
    if model == "gaussian":
        from sklearn.covariance import ledoit_wolf

        shrunk, _ = ledoit_wolf(normal)
        centred = asked - normal.mean(axis=0)
        return np.asarray(np.einsum("ij,ij->i", centred @ np.linalg.pinv(shrunk, hermitian=True), centred), np.float64)
    from sklearn.svm import OneClassSVM

    fitted = OneClassSVM(gamma="scale", nu=0.1).fit(normal)
    return np.asarray(-fitted.score_samples(asked), np.float64)
