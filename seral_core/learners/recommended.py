"""The learners that held on real corpora: balanced logistic regression for categories, stretched ridge for scales."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import Ridge, RidgeCV

from seral_core.learners.base import Learner, learners
from seral_core.learners.cross_validation import whole_groups
from seral_core.learners.per_target import PerTarget
from seral_core.learners.softmax import SoftmaxRegression
from seral_core.types import Floats, Ints, Task

STRENGTHS = tuple(np.logspace(0, 5, 21))
#: In which groups of rows are left out.
FOLDS = 5


class SpreadRidge(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Ridge whose strength is chosen by leave-one-out and whose predictions have the labels' spread.

    Ridge on few labels shrinks towards the mean, which CCC punishes. The predictions are stretched
    around the mean by the ratio of the labels' spread to that of the leave-one-out predictions.
    Rows that come in groups, such as the frames of recordings, are left out in whole groups, in five folds:
    neighbours of a frame would give it away, and the strength come out too low.

    Parameters
    ----------
    strengths : sequence of float
        Regularisation strengths to choose from.
    stretch : float
        Largest stretch; 1 gives plain ridge.

    Attributes
    ----------
    strength_, stretch_ : float
        Those that were chosen.
    noise_ : float
        Root mean squared error on rows that were left out.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(40, 30)); y = x[:, 0] + rng.normal(size=40)
    >>> plain, wide = SpreadRidge(stretch=1).fit(x, y), SpreadRidge().fit(x, y)
    >>> bool(wide.predict(x).std() > plain.predict(x).std())
    True
    """

    most_frames = 20_000  # leave-one-out looks at all rows for every strength

    def __init__(self, strengths: tuple[float, ...] = STRENGTHS, stretch: float = 3.0) -> None:
        self.strengths = strengths
        self.stretch = stretch

    def fit(
        self, x: NDArray[Any], y: Floats, sample_weight: Floats | None = None, groups: Ints | None = None
    ) -> SpreadRidge:
        """Choose the strength, then the stretch; rows of one group are left out together."""
        x = np.asarray(x, np.float64)
        if groups is None:
            # With a scoring given, scikit-learn keeps the leave-one-out predictions and not their errors.
            model = RidgeCV(self.strengths, scoring="neg_mean_squared_error", store_cv_results=True)
            self.ridge_ = model.fit(x, y, sample_weight)
            strength = float(model.alpha_)
            left_out = model.cv_results_[:, list(self.strengths).index(strength)]
        else:
            strength, left_out = _by_groups(x, np.asarray(y, np.float64), sample_weight, groups, self.strengths)
            self.ridge_ = Ridge(strength).fit(x, y, sample_weight)
        self.strength_ = strength
        self.centre_ = float(np.average(y, weights=sample_weight))
        spread = float(left_out.std())
        self.stretch_ = float(np.clip(np.std(y) / spread, 1.0, self.stretch)) if spread > 0 else 1.0
        self.noise_ = float(np.sqrt(np.mean((left_out - y) ** 2)))
        centred = x - x.mean(0)
        self.mean_ = x.mean(0)
        self.covariance_ = np.linalg.inv(centred.T @ centred + strength * np.eye(x.shape[1]))
        self.n_features_in_ = x.shape[1]
        return self

    def predict(self, x: NDArray[Any]) -> Floats:
        """Return the stretched predictions, of shape (rows,)."""
        flat = np.asarray(self.ridge_.predict(np.asarray(x, np.float64)))
        return self.centre_ + self.stretch_ * (flat - self.centre_)

    def predict_with_std(self, x: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return predictions and their standard deviations, each of shape (rows,)."""
        centred = np.asarray(x, np.float64) - self.mean_
        leverage = np.einsum("ij,ij->i", centred @ self.covariance_, centred)
        return self.predict(x), self.noise_ * np.sqrt(1 + leverage)


def _by_groups(
    x: Floats, y: Floats, sample_weight: Floats | None, groups: Ints, strengths: tuple[float, ...]
) -> tuple[float, Floats]:
    """Return the strength with the smallest squared error on groups that were left out, and what it predicts there."""
    weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, np.float64)
    held = whole_groups(groups, FOLDS)
    centre, middle = np.average(x, axis=0, weights=weight), np.average(y, weights=weight)
    rows = np.column_stack([x - centre, y - middle, np.ones(len(y))])
    # Sums of products of each fold: what a model needs is the sum over the others, so that rows are read once.
    sums = np.stack([(rows[out].T * weight[out]) @ rows[out] for out in held])
    guesses = np.empty((len(strengths), len(y)))
    for fold, out in enumerate(held):
        coefficients, free = _solved(np.delete(sums, fold, axis=0).sum(axis=0), np.array(strengths))
        guesses[:, out] = middle + free[:, None] + coefficients @ rows[out, :-2].T
    best = int(np.argmin(np.square(guesses - y) @ weight))
    return float(strengths[best]), guesses[best]


def _solved(sums: Floats, strengths: Floats) -> tuple[Floats, Floats]:
    """Return coefficients (strengths, features) and constants of ridges, from sums of products of features, y and 1."""
    total = sums[-1, -1] or 1.0
    mean = sums[-1, :-1] / total
    apart = sums[:-1, :-1] - total * np.outer(mean, mean)
    spread, turn = np.linalg.eigh(apart[:-1, :-1])
    coefficients = (turn.T @ apart[:-1, -1] / (np.maximum(spread, 0.0) + strengths[:, None])) @ turn.T
    return coefficients, np.asarray(mean[-1] - coefficients @ mean[:-1])


@learners.register("logistic-regression")
def logistic_regression(task: Task, *, C: float = 0.03, balanced: bool = True) -> Learner:
    """Multinomial logistic regression, strongly regularised, with balanced class weights.

    Parameters
    ----------
    task : tuple of Target
        Categories.
    C : float
        Inverse strength of the regularisation, on standardised features.
    balanced : bool
        Weigh classes inversely to how many labels they have.

    Returns
    -------
    Learner
        Beliefs of one member.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.learners.base import Answers, Known, trained
    >>> from seral_core.types import Target
    >>> table = FeatureTable(np.array([[0.0], [1.0], [2.0]]), ("a", "b", "c"))
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> known = Known(table, task, {"emotion": Answers(np.array([0, 2]), np.array([0, 1]), np.ones(2))})
    >>> trained(logistic_regression(task, C=1.0), known, np.random.default_rng(0)).predict(table)["emotion"].guess
    array([0, 0, 1])
    """
    return PerTarget(task, SoftmaxRegression(C=C, balanced=balanced))


@learners.register("ridge")
def ridge(task: Task, *, stretch: float = 3.0) -> Learner:
    """Ridge with its strength by leave-one-out (of traces, by recordings), predictions stretched to the labels' spread.

    Parameters
    ----------
    task : tuple of Target
        Scales.
    stretch : float
        Largest stretch of the predictions; 1 for none.

    Returns
    -------
    Learner
        Beliefs of one member, with a standard deviation.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.learners.base import Answers, Known, trained
    >>> from seral_core.types import Target
    >>> table = FeatureTable(np.arange(9.0)[:, None], tuple("abcdefghi"))
    >>> task = (Target("arousal"),)
    >>> known = Known(table, task, {"arousal": Answers(np.arange(9), np.linspace(-1, 1, 9), np.ones(9))})
    >>> guess = trained(ridge(task), known, np.random.default_rng(0)).predict(table)["arousal"].guess
    >>> guess[[0, 2, 8]].round(2)
    array([-1. , -0.5,  1. ])
    """
    return PerTarget(task, SpreadRidge(stretch=stretch))


@learners.register("recommended")
def recommended(task: Task) -> Learner:
    """Logistic regression for categories, ridge for scales.

    The set-up that held on real corpora: see `logistic_regression` and `ridge`.

    Parameters
    ----------
    task : tuple of Target
        Categories, scales, or both.

    Returns
    -------
    Learner
        Beliefs of one member.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> task = (Target("emotion", ("anger", "sadness")), Target("arousal"))
    >>> {name: type(estimator).__name__ for name, estimator in recommended(task).estimator.items()}
    {'emotion': 'SoftmaxRegression', 'arousal': 'SpreadRidge'}
    """
    both = {True: SpreadRidge(), False: SoftmaxRegression(C=0.03, balanced=True)}
    return PerTarget(task, {t.name: both[t.is_scale] for t in task})
