"""Support vector machines on landmarks: an RBF kernel for more labels than an exact solver can bear.

An exact solver looks at all pairs of labels. Here each label is compared with some of them, the
landmarks, which makes the kernel one of as many dimensions (Nystroem's method), and the machine is
found in that space by its own objective: the same C, epsilon and kernel as the exact one. It is as
good as the landmarks span the data. Acoustic features, which say the same thing many times over,
are spanned well; white noise is not, and there the exact machine is better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

from seral_core.types import Floats

Singles: TypeAlias = NDArray[np.float32]
#: From outputs of shape (labels,) to the loss, and its slope for each.
Loss: TypeAlias = Callable[[Floats], tuple[float, Floats]]

#: How many landmarks an approximated machine has.
LANDMARKS = 2000
#: The kink of a loss is rounded over this width, so that it has a slope everywhere.
KINK = 0.05
#: Rows whose kernel is worked out at once when predicting.
BLOCK = 8192


def rbf(some: NDArray[Any], others: NDArray[Any], gamma: float) -> Singles:
    r"""Return :math:`e^{-\gamma |x - z|^2}` for all pairs, in single precision.

    Examples
    --------
    >>> rbf(np.array([[0.0], [1.0]]), np.array([[0.0]]), 1.0).round(3).ravel()
    array([1.   , 0.368], dtype=float32)
    """
    x, z = np.asarray(some, np.float32), np.asarray(others, np.float32)
    k: Singles = x @ z.T
    k *= 2
    k -= np.einsum("ij,ij->i", x, x)[:, None]
    k -= np.einsum("ij,ij->i", z, z)
    np.minimum(k, 0, out=k)
    k *= np.float32(gamma)
    return np.exp(k, out=k)


def gamma_of(gamma: str | float, values: NDArray[Any]) -> float:
    """Return the kernel's width as scikit-learn reads it: a number, ``"scale"`` or ``"auto"``.

    Examples
    --------
    >>> gamma_of("scale", np.array([[0.0, 2.0]]))
    0.5
    """
    features = int(values.shape[1])
    if gamma == "scale":
        variance = float(values.var(dtype=np.float64))
        return 1 / (features * (variance or 1.0))
    return 1 / features if gamma == "auto" else float(gamma)


@dataclass
class Space:
    """The space that landmarks span, with labels in it.

    Parameters
    ----------
    landmarks : array of shape (landmarks, features)
        Some of the labels.
    gamma : float
        Width of the kernel.
    root : array of shape (landmarks, landmarks)
        Lower triangle; with it the kernel between landmarks is ``root @ root.T``.
    points : array of shape (landmarks, labels)
        Where each label lies, one per column, less ``centre``.
    centre : array of shape (landmarks,)
        Mean of the labels.
    """

    landmarks: NDArray[Any]
    gamma: float
    root: Singles
    points: Singles
    centre: Singles

    @classmethod
    def spanned(cls, values: NDArray[Any], gamma: float, size: int, seed: int | None) -> Space:
        """Return the space of ``size`` labels drawn at random."""
        from scipy.linalg import solve_triangular

        rows = np.sort(np.random.default_rng(seed).choice(len(values), min(size, len(values)), replace=False))
        landmarks = values[rows]
        kernel = rbf(values, landmarks, gamma)
        # Equal clips make the kernel singular; the ridge is far below single precision's noise in
        # the outputs.
        between = kernel[rows].astype(np.float64)
        root = np.linalg.cholesky((between + between.T) / 2 + 1e-5 * np.eye(len(rows))).astype(np.float32)
        points = solve_triangular(root, kernel.T, lower=True, overwrite_b=True, check_finite=False)
        centre = points.mean(axis=1)
        points -= centre[:, None]
        return cls(landmarks, gamma, root, points, centre)

    def solved(self, losses: list[Loss], strength: float) -> Machine:
        r"""Return the machine that minimises :math:`|w|^2 / 2` and the loss, for each loss.

        ``strength`` is the loss's usual curvature; it only sets how fast the minimum is found.
        """
        from scipy.linalg import solve_triangular

        gram = self.points @ self.points.T
        curved = np.eye(len(gram)) + strength * gram
        scale = np.linalg.cholesky(curved).T.astype(np.float32)
        found = [self._solved(loss, scale) for loss in losses]
        weights = np.stack([w for w, _ in found], axis=1)
        biases = np.array([b for _, b in found]) - self.centre @ weights
        alpha = solve_triangular(self.root, weights, lower=True, trans="T", check_finite=False)
        return Machine(self.landmarks, self.gamma, alpha, biases)

    def _solved(self, loss: Loss, scale: Singles) -> tuple[Singles, float]:
        """Minimise in coordinates in which the objective is almost round."""
        from scipy.linalg import solve_triangular
        from scipy.optimize import minimize

        def objective(at: Floats) -> tuple[float, Floats]:
            w = solve_triangular(scale, at[1:].astype(np.float32), check_finite=False)
            value, slope = loss(w @ self.points + at[0])
            down = self.points @ slope.astype(np.float32) + w
            back = solve_triangular(scale, down, trans="T", check_finite=False)
            return float(w @ w) / 2 + value, np.concatenate([[slope.sum()], back]).astype(np.float64)

        begin = np.zeros(len(scale) + 1)
        found = minimize(objective, begin, jac=True, method="L-BFGS-B", options={"maxiter": 300, "ftol": 1e-6}).x
        return solve_triangular(scale, found[1:].astype(np.float32), check_finite=False), float(found[0])


@dataclass
class Machine:
    """What is kept of a solved machine: the landmarks, and what each weighs in each output."""

    landmarks: NDArray[Any]
    gamma: float
    alpha: Singles
    biases: Floats

    def outputs(self, values: NDArray[Any]) -> Floats:
        """Return outputs of shape (rows, outputs)."""
        blocks = [
            rbf(values[start : start + BLOCK], self.landmarks, self.gamma) @ self.alpha
            for start in range(0, len(values), BLOCK)
        ]
        return np.asarray(np.concatenate(blocks) if blocks else np.zeros((0, self.alpha.shape[1]))) + self.biases


def rounded(z: Floats) -> tuple[Floats, Floats]:
    """Return ``max(z, 0)`` with its kink rounded over `KINK`, and its slope.

    Examples
    --------
    >>> [part.tolist() for part in rounded(np.array([-1.0, 0.0, 1.0]))]
    [[0.0, 0.00625, 1.0], [0.0, 0.5, 1.0]]
    """
    slope = np.clip(z / KINK + 0.5, 0, 1)
    return np.where(slope < 1, KINK * slope**2 / 2, z), slope


class LandmarkSVR(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """RBF support vector regression on landmarks.

    Parameters
    ----------
    C, gamma, epsilon
        As in `sklearn.svm.SVR`.
    landmarks : int
        How many labels span the kernel.
    random_state : int, optional
        Which labels they are.

    References
    ----------
    .. [1] Williams and Seeger, Using the Nystroem method to speed up kernel machines, NIPS 2000.

    Examples
    --------
    >>> x = np.linspace(0, 6, 200)[:, None]
    >>> guess = LandmarkSVR(landmarks=20, random_state=0).fit(x, np.sin(x[:, 0])).predict(x)
    >>> bool(np.corrcoef(guess, np.sin(x[:, 0]))[0, 1] > 0.99)
    True
    """

    def __init__(
        self,
        C: float = 1.0,
        gamma: str | float = "scale",
        epsilon: float = 0.1,
        landmarks: int = LANDMARKS,
        random_state: int | None = None,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.epsilon = epsilon
        self.landmarks = landmarks
        self.random_state = random_state

    def fit(self, x: NDArray[Any], y: Floats, sample_weight: Floats | None = None) -> LandmarkSVR:
        """Find the machine."""
        cost = self.C * (np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight))
        centre = float(np.mean(y))
        apart = np.asarray(y, np.float64) - centre

        def loss(outputs: Floats) -> tuple[float, Floats]:
            above, up = rounded(outputs - apart - self.epsilon)
            below, down = rounded(apart - outputs - self.epsilon)
            return float(cost @ (above + below)), cost * (up - down)

        space = Space.spanned(x, gamma_of(self.gamma, x), self.landmarks, self.random_state)
        self.machine_ = space.solved([loss], self.C)
        self.machine_.biases += centre
        self.n_features_in_ = x.shape[1]
        return self

    def predict(self, x: NDArray[Any]) -> Floats:
        """Return predictions of shape (rows,)."""
        return np.asarray(self.machine_.outputs(x)[:, 0], np.float64)


class LandmarkSVC(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """RBF support vector classification on landmarks, each class against the rest.

    Parameters
    ----------
    C, gamma, class_weight
        As in `sklearn.svm.SVC`.
    landmarks, random_state
        As in `LandmarkSVR`.

    References
    ----------
    .. [1] Williams and Seeger, Using the Nystroem method to speed up kernel machines, NIPS 2000.

    Examples
    --------
    >>> x = np.linspace(-3, 3, 200)[:, None]
    >>> LandmarkSVC(landmarks=20, random_state=0).fit(x, abs(x[:, 0]) < 1).predict(np.array([[0.0], [2.0]]))
    array([ True, False])
    """

    def __init__(
        self,
        C: float = 1.0,
        gamma: str | float = "scale",
        class_weight: str | dict[Any, float] | None = None,
        landmarks: int = LANDMARKS,
        random_state: int | None = None,
    ) -> None:
        self.C = C
        self.gamma = gamma
        self.class_weight = class_weight
        self.landmarks = landmarks
        self.random_state = random_state

    def fit(self, x: NDArray[Any], y: NDArray[Any], sample_weight: Floats | None = None) -> LandmarkSVC:
        """Find one machine per class; one alone where there are two."""
        from sklearn.utils.class_weight import compute_sample_weight

        self.classes_ = np.unique(y)
        cost = self.C * compute_sample_weight(self.class_weight, y)
        cost = cost if sample_weight is None else cost * np.asarray(sample_weight)

        def against_rest(wanted: Any) -> Loss:
            side = np.where(y == wanted, 1.0, -1.0)

            def loss(outputs: Floats) -> tuple[float, Floats]:
                value, slope = rounded(1 - side * outputs)
                return float(cost @ value), -cost * side * slope

            return loss

        space = Space.spanned(x, gamma_of(self.gamma, x), self.landmarks, self.random_state)
        wanted = self.classes_ if len(self.classes_) > 2 else self.classes_[-1:]
        self.machine_ = space.solved([against_rest(c) for c in wanted], self.C)
        self.n_features_in_ = x.shape[1]
        return self

    def decision_function(self, x: NDArray[Any]) -> Floats:
        """Return outputs of shape (rows,) for two classes, else (rows, classes)."""
        outputs = self.machine_.outputs(x)
        return np.asarray(outputs[:, 0] if len(self.classes_) == 2 else outputs, np.float64)

    def predict(self, x: NDArray[Any]) -> NDArray[Any]:
        """Return the class with the highest output, of shape (rows,)."""
        outputs = self.decision_function(x)
        number = (outputs > 0).astype(np.intp) if outputs.ndim == 1 else outputs.argmax(axis=1)
        return np.asarray(self.classes_[number])
