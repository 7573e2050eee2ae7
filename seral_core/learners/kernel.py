"""Support vector machines with an RBF kernel: exact for few labels, on landmarks for many."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC, SVR

from seral_core.learners.base import Learner, learners
from seral_core.learners.landmarks import LANDMARKS, LandmarkSVC, LandmarkSVR, gamma_of
from seral_core.learners.per_target import PerTarget
from seral_core.types import Floats, Task

#: From this many labels on, a machine uses landmarks.
EXACT_BELOW = 5000
#: From this many labels on, the kernel of an exact machine is worked out by matrix products, many
#: times sooner.
WHOLE_FROM = 1000
#: Rows that are predicted at once.
BLOCK = 2048


class _Sized(BaseEstimator):  # type: ignore[misc]
    """A machine that is exact below ``exact_below`` labels and on landmarks from there on."""

    gamma: str | float
    exact_below: int
    landmarks: int

    def note(self, labels: float) -> str:
        """Say which machine so many labels mean; nothing where it is the exact one all along."""
        if labels < self.exact_below:
            return ""
        return (
            f"support vector machines are exact below {self.exact_below:,} labels; from there on "
            f"their kernel is approximated by {self.landmarks:,} landmarks (Nystroem)"
        )

    def fit(self, x: NDArray[Any], y: NDArray[Any], sample_weight: Floats | None = None) -> Any:
        """Train the machine that fits the number of labels; ``exact_`` says which it was."""
        self.exact_ = len(y) < self.exact_below
        kernel: Any = "rbf"
        if len(y) >= WHOLE_FROM:
            kernel = partial(rbf_kernel, gamma=gamma_of(self.gamma, x))
        self.machine_ = self._machine(kernel).fit(x, y, sample_weight=sample_weight)
        self.n_features_in_ = x.shape[1]
        return self

    def predict(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return what the machine predicts, of shape (rows,)."""
        return _in_blocks(self.machine_.predict, x)

    def _machine(self, kernel: Any) -> Any:
        raise NotImplementedError


def _in_blocks(work: Callable[[NDArray[Any]], NDArray[Any]], x: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([work(x[start : start + BLOCK]) for start in range(0, max(len(x), 1), BLOCK)])


class SizedSVR(RegressorMixin, _Sized):  # type: ignore[misc]
    """Support vector regression, exact below ``exact_below`` labels.

    Parameters
    ----------
    C, gamma, epsilon
        As in `sklearn.svm.SVR`.
    exact_below : int
        From so many labels on, `LandmarkSVR` takes its place.
    landmarks, random_state
        As in `LandmarkSVR`.

    Examples
    --------
    >>> x = np.linspace(0, 6, 50)[:, None]
    >>> SizedSVR(exact_below=50).fit(x, np.sin(x[:, 0])).exact_
    False
    """

    most_frames = 4_000  # below what an exact machine bears

    def __init__(
        self,
        C: float = 1.0,
        gamma: str | float = "scale",
        epsilon: float = 0.1,
        exact_below: int = EXACT_BELOW,
        landmarks: int = LANDMARKS,
        random_state: int | None = None,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.epsilon = epsilon
        self.exact_below = exact_below
        self.landmarks = landmarks
        self.random_state = random_state

    def _machine(self, kernel: Any) -> Any:
        if self.exact_:
            return SVR(kernel=kernel, C=self.C, gamma=self.gamma, epsilon=self.epsilon)
        return LandmarkSVR(self.C, self.gamma, self.epsilon, self.landmarks, self.random_state)


class SizedSVC(ClassifierMixin, _Sized):  # type: ignore[misc]
    """Support vector classification, exact below ``exact_below`` labels.

    Parameters
    ----------
    C, gamma, class_weight
        As in `sklearn.svm.SVC`.
    exact_below : int
        From so many labels on, `LandmarkSVC` takes its place.
    landmarks, random_state
        As in `LandmarkSVC`.

    Examples
    --------
    >>> x = np.linspace(-3, 3, 50)[:, None]
    >>> SizedSVC().fit(x, x[:, 0] > 0).exact_
    True
    """

    def __init__(
        self,
        C: float = 1.0,
        gamma: str | float = "scale",
        class_weight: str | dict[Any, float] | None = None,
        exact_below: int = EXACT_BELOW,
        landmarks: int = LANDMARKS,
        random_state: int | None = None,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.class_weight = class_weight
        self.exact_below = exact_below
        self.landmarks = landmarks
        self.random_state = random_state

    @property
    def classes_(self) -> NDArray[Any]:
        """Classes that occur, ascending."""
        return np.asarray(self.machine_.classes_)

    def decision_function(self, x: NDArray[Any]) -> Floats:
        """Return outputs of shape (rows,) for two classes; else (rows, pairs) where it is exact, or (rows, classes)."""
        if self.exact_:
            self.machine_.decision_function_shape = "ovo"  # models that were saved before have the votes
        return np.asarray(_in_blocks(self.machine_.decision_function, x), np.float64)

    def predict_proba(self, x: NDArray[Any]) -> Floats:
        r"""Return how sure the machine is of each class, of shape (rows, classes).

        Of pairwise outputs :math:`d_{ij}`, the mean of :math:`1 / (1 + e^{-2 d_{ij}})` over the other classes:
        scikit-learn makes votes of them, which are nearly the same for every clip. Not calibrated: Platt scaling wants
        a cross-validation that a handful of labels cannot bear.
        """
        from scipy.special import expit, softmax

        outputs = self.decision_function(x)
        if outputs.ndim == 1:
            return np.asarray(softmax(np.stack([-outputs, outputs], axis=1), axis=1))
        if not self.exact_:
            return np.asarray(softmax(outputs, axis=1))
        sure, classes = expit(2 * outputs), len(self.classes_)
        total = np.zeros((len(x), classes))
        for pair, (i, j) in enumerate(combinations(range(classes), 2)):
            total[:, i] += sure[:, pair]
            total[:, j] += 1 - sure[:, pair]
        return np.asarray(total / total.sum(axis=1, keepdims=True))

    def _machine(self, kernel: Any) -> Any:
        if self.exact_:
            return SVC(kernel=kernel, C=self.C, gamma=self.gamma, class_weight=self.class_weight)
        return LandmarkSVC(self.C, self.gamma, self.class_weight, self.landmarks, self.random_state)


@learners.register("svm")
def svm(
    task: Task,
    *,
    C: float = 1.0,
    gamma: str | float = "scale",
    exact_below: int = EXACT_BELOW,
    landmarks: int = LANDMARKS,
) -> Learner:
    """RBF support vector machine for categories, with balanced class weights.

    Probabilities are the softmax of the decision values: Platt scaling needs a cross-validation
    that a handful of labels cannot bear.
    """
    return PerTarget(task, SizedSVC(C, gamma, "balanced", exact_below, landmarks))


@learners.register("svr")
def svr(
    task: Task,
    *,
    C: float = 1.0,
    gamma: str | float = "scale",
    epsilon: float = 0.1,
    exact_below: int = EXACT_BELOW,
    landmarks: int = LANDMARKS,
) -> Learner:
    """RBF support vector regression for scales."""
    return PerTarget(task, SizedSVR(C, gamma, epsilon, exact_below, landmarks))
