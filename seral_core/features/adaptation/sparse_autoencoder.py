"""A sparse autoencoder: few features of one corpus, in which clips of the other are described as well."""

from __future__ import annotations

from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import svd

from seral_core.errors import BadFeatures, BadPlan, UnknownName
from seral_core.features.adaptation.domains import settled
from seral_core.features.adaptation.joint import Adaptation
from seral_core.threads import one_thread
from seral_core.types import Floats

LEARNED_ON = ("target", "source", "both")
#: Pre-activations of the first weights, so that hidden units begin where the sigmoid is steep.
SPREAD = 1.0


class SparseAutoencoder(Adaptation):
    r"""Hidden units that describe one corpus by few at a time; clips of either corpus are then described by them.

    One hidden layer of sigmoid units and a linear output, found by L-BFGS on all rows at once:
    :math:`\frac{1}{2n} \sum_i \|\hat x_i - x_i\|^2 + \frac{\lambda}{2} (\|W\|^2 + \|V\|^2) + \beta \sum_j
    KL(\rho \| \hat\rho_j)`, where :math:`\hat\rho_j` is the mean activation of a unit. First weights are the principal
    components of what it learns on, so that nothing is drawn at random; scikit-learn's MLP has no term for sparsity.
    Hidden units are the new features, centred, and divided by one number so that their mean variance over both corpora
    is 1.

    Parameters
    ----------
    n_components : int
        Hidden units, at most twice as many as there are features: the second half begins as the negative of the first.
    learned_on : {"target", "source", "both"}
        Whose rows it learns to rebuild. Of the target no labels are needed.
    sparsity : float
        Wanted mean activation :math:`\rho` of a unit, between 0 and 1.
    weight : float
        How much sparsity counts (:math:`\beta`), 0 or more.
    decay : float
        How much large weights cost (:math:`\lambda`), 0 or more.
    max_iter : int
        Most steps.

    Attributes
    ----------
    source_, target_ : Floats of shape (rows, units)
        The rows it was fitted with.
    n_components_ : int
        How many units there are.
    loss_ : float
        What was reached.

    References
    ----------
    .. [1] Deng, Zhang, Marchi and Schuller, Sparse autoencoder-based feature transfer learning for speech emotion
       recognition, ACII 2013.
    .. [2] Coutinho, Deng and Schuller, Transfer learning emotion manifestation across music and speech, IJCNN 2014.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> here, there = rng.normal(size=(60, 4)), rng.normal(size=(80, 4)) + [2.0, 0.0, 0.0, 0.0]
    >>> encoder = SparseAutoencoder(n_components=6).fit(here, there)
    >>> encoder.source_.shape, encoder.target_.shape, encoder.transform(there[:5]).shape
    ((60, 6), (80, 6), (5, 6))
    """

    def __init__(
        self,
        n_components: int = 60,
        learned_on: str = "target",
        sparsity: float = 0.2,
        weight: float = 0.1,
        decay: float = 1e-3,
        max_iter: int = 200,
    ) -> None:
        self.n_components = n_components
        self.learned_on = learned_on
        self.sparsity = sparsity
        self.weight = weight
        self.decay = decay
        self.max_iter = max_iter

    def fit(self, source: ArrayLike, target: ArrayLike, classes: ArrayLike | None = None) -> SparseAutoencoder:
        """Learn the hidden units.

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
        BadPlan, UnknownName
            When a parameter is out of range.
        """
        self._check()
        rows, split = self._both(source, target)
        with one_thread():
            some = {"target": rows[split:], "source": rows[:split], "both": rows}[self.learned_on]
            self.mean_, self.scale_ = some.mean(axis=0), float(some.std())
            if not (self.scale_ > 0 and np.ptp(some, axis=0).max() > 0):
                raise BadFeatures("no feature varies over source and target; expected features that do; extract others")
            self._learn((some - self.mean_) / self.scale_)
            self.middle_, self.turn_ = np.zeros(self.n_components_), np.ones(self.n_components_)
            hidden = self._projected(rows)
            self.middle_ = hidden.mean(axis=0)
            self.turn_ = np.abs(settled(hidden - self.middle_))
            hidden = self._projected(rows)
        self.source_, self.target_ = hidden[:split], hidden[split:]
        return self

    def _check(self) -> None:
        for name in ("n_components", "max_iter"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise BadPlan(
                    f"{name} is {value!r}; expected a whole number of at least 1; leave it out for the default"
                )
        if self.learned_on not in LEARNED_ON:
            raise UnknownName("domain to learn on", self.learned_on, LEARNED_ON)
        if not (isinstance(self.sparsity, Real) and 0 < self.sparsity < 1):
            raise BadPlan(f"sparsity is {self.sparsity!r}; expected a number between 0 and 1, such as 0.2")
        for name in ("weight", "decay"):
            value = getattr(self, name)
            if not (isinstance(value, Real) and value >= 0):
                raise BadPlan(f"{name} is {value!r}; expected a number of 0 or more; leave it out for the default")

    def _learn(self, x: Floats) -> None:
        from scipy.optimize import minimize

        first = _first_weights(x, self.n_components)
        width, units = first.shape
        self.n_components_ = units
        free = np.full(units, np.log(self.sparsity / (1 - self.sparsity)))
        start = np.concatenate([first.ravel(), free, first.T.ravel() / width, np.zeros(width)])
        found = minimize(
            lambda at: _loss(at, x, units, self.sparsity, self.weight, self.decay),
            start,
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": self.max_iter, "ftol": 1e-9},
        )
        self.loss_ = float(found.fun)
        self.weights_, self.free_ = found.x[: width * units].reshape(width, units), found.x[width * units :][:units]

    def _projected(self, rows: Floats) -> Floats:
        from scipy.special import expit

        hidden = expit((rows - self.mean_) / self.scale_ @ self.weights_ + self.free_)
        return np.asarray((hidden - self.middle_) * self.turn_)


def _first_weights(x: Floats, units: int) -> Floats:
    """Return principal directions and then their negatives, each so that pre-activations have one spread."""
    _, roots, turned = svd(x, full_matrices=False)
    sound = roots > 1e-10 * roots[0]
    # Signs that do not depend on the order of the rows.
    directions = turned[sound].T
    directions = directions * np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(directions.shape[1])])
    both = np.hstack([directions, -directions]) * SPREAD * np.sqrt(len(x)) / np.tile(roots[sound], 2)
    return np.asarray(both[:, :units])


def _loss(at: Floats, x: Floats, units: int, rho: float, weight: float, decay: float) -> tuple[float, Floats]:
    """Return the loss of a sparse autoencoder, and its slope."""
    from scipy.special import expit

    rows, width = x.shape
    size = width * units
    inward, free = at[:size].reshape(width, units), at[size : size + units]
    outward, rest = at[size + units : 2 * size + units].reshape(units, width), at[2 * size + units :]
    hidden = expit(x @ inward + free)
    off = hidden @ outward + rest - x
    active = np.clip(hidden.mean(axis=0), 1e-6, 1 - 1e-6)
    sparse = rho * np.log(rho / active) + (1 - rho) * np.log((1 - rho) / (1 - active))
    loss = 0.5 * (off**2).sum() / rows + 0.5 * decay * ((inward**2).sum() + (outward**2).sum()) + weight * sparse.sum()
    pull = weight * ((1 - rho) / (1 - active) - rho / active) / rows
    back = (off @ outward.T / rows + pull) * hidden * (1 - hidden)
    slope = [x.T @ back + decay * inward, back.sum(axis=0), hidden.T @ off / rows + decay * outward, off.mean(axis=0)]
    return float(loss), np.concatenate([part.ravel() for part in slope])
