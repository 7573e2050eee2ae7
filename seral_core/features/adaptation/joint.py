"""Joint features: what all adaptations to a target have in common, and the plainest of them.

An adaptation is fitted with the rows of two domains and then transforms rows of either. `JointPCA`
only gives both the same principal components; `seral_core.features.adaptation.components` has more.
"""

from __future__ import annotations

from numbers import Real
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import svd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from seral_core.errors import BadFeatures, BadPlan
from seral_core.features.adaptation.domains import checked_rows
from seral_core.threads import one_thread
from seral_core.types import Floats

Self = TypeVar("Self", bound="Adaptation")


class Adaptation(BaseEstimator):  # type: ignore[misc]
    """What the adaptations share: fitted with two domains, they transform rows of either."""

    n_features_in_: int
    source_: Floats
    target_: Floats

    def fit(self: Self, source: ArrayLike, target: ArrayLike, classes: ArrayLike | None = None) -> Self:
        """Learn from both domains; see the class."""
        raise NotImplementedError

    def fit_transform(
        self, source: ArrayLike, target: ArrayLike, classes: ArrayLike | None = None
    ) -> tuple[Floats, Floats]:
        """Learn from both domains, and return the rows of each, transformed."""
        self.fit(source, target, classes)
        return self.source_, self.target_

    def transform(self, rows: ArrayLike) -> Floats:
        """Return rows of either domain in the common features.

        Parameters
        ----------
        rows : array of shape (rows, features)
            As many features as in `fit`.

        Returns
        -------
        Floats of shape (rows, components)
            float64.

        Raises
        ------
        BadFeatures
            When there are more or fewer features, or values are missing.
        sklearn.exceptions.NotFittedError
            Before `fit`.
        """
        check_is_fitted(self, "source_")
        with one_thread():
            return self._projected(checked_rows(rows, "the table to transform", self.n_features_in_))

    def _projected(self, rows: Floats) -> Floats:
        raise NotImplementedError

    def _both(self, source: ArrayLike, target: ArrayLike) -> tuple[Floats, int]:
        """Return all rows, checked, and how many of them are the source's."""
        first = checked_rows(source, "the source", least=2)
        second = checked_rows(target, "the target", first.shape[1], least=2)
        self.n_features_in_ = first.shape[1]
        return np.concatenate([first, second]), len(first)


class JointPCA(Adaptation):
    """Principal components of source and target together.

    Parameters
    ----------
    variance : float
        Share of the variance of both that the components keep, above 0 to 1.

    Attributes
    ----------
    source_, target_ : Floats of shape (rows, components)
        The rows it was fitted with.
    components_ : Floats of shape (components, features)
        Falling variance; the largest weight of each is above 0.
    explained_variance_ratio_ : Floats of shape (components,)
        Share of each.
    mean_ : Floats of shape (features,)
        Of both.
    n_components_ : int
        How many it took.

    References
    ----------
    .. [1] Xu, Jiang and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, 2023, section 3.1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> scale = np.array([3.0, 2.0, 0.1])
    >>> pca = JointPCA(0.9).fit(rng.normal(size=(40, 3)) * scale, rng.normal(size=(60, 3)) * scale)
    >>> pca.n_components_, pca.source_.shape, pca.transform([[1.0, 0.0, 0.0]]).shape
    (2, (40, 2), (1, 2))
    """

    mean_: Floats
    components_: Floats

    def __init__(self, variance: float = 0.9) -> None:
        self.variance = variance

    def fit(self, source: ArrayLike, target: ArrayLike, classes: ArrayLike | None = None) -> JointPCA:
        """Find the components.

        Parameters
        ----------
        source, target : array of shape (rows, features)
            Two rows or more of each.
        classes : ignored
            There so that all adaptations are called alike.

        Raises
        ------
        BadFeatures
            When the tables do not fit each other, or nothing varies.
        BadPlan
            When ``variance`` is outside (0, 1].
        """
        if not (isinstance(self.variance, Real) and 0 < self.variance <= 1):
            raise BadPlan(f"variance is {self.variance!r}; expected a share above 0 and at most 1, such as 0.9")
        rows, split = self._both(source, target)
        self.mean_ = rows.mean(axis=0)
        with one_thread():
            _, roots, turned = svd(rows - self.mean_, full_matrices=False, overwrite_a=True)
            share = _shares(roots**2)
            kept = min(int(np.searchsorted(np.cumsum(share), self.variance - 1e-12)) + 1, int((share > 0).sum()))
            self.components_ = _positive(turned[:kept].T).T
            self.explained_variance_ratio_, self.n_components_ = share[:kept], kept
            projected = self._projected(rows)
        self.source_, self.target_ = projected[:split], projected[split:]
        return self

    def _projected(self, rows: Floats) -> Floats:
        return np.asarray((rows - self.mean_) @ self.components_.T)


def _positive(vectors: Floats) -> Floats:
    """Turn each column so that its largest entry is above 0."""
    signs: Floats = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])])
    return vectors * signs


def _shares(variances: Floats) -> Floats:
    """Return variances as shares of their sum, rounding errors as 0."""
    if not variances[0] > 0:
        raise BadFeatures("no feature varies over source and target; expected features that do; extract others")
    sound = np.where(variances > 1e-20 * variances[0], variances, 0.0)
    return np.asarray(sound / sound.sum())
