"""Binary-classification confidence: choose segments whose side of a scale is least certain (Han et al. 2013).

Labels on a scale become negative or positive, a support vector machine learns the two sides, and a
logistic fitted to its outputs says how sure it is. The sides only choose: what is predicted and
scored is the value on the scale, by whatever learner the run has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.errors import BadPlan
from seral_core.learners.base import Answers
from seral_core.strategies.base import View, best, strategies
from seral_core.strategies.uncertainty import mean_ranks
from seral_core.types import Bools, Floats, Ints, Target

MEASURES = ("platt", "distance")


@strategies.register("binary-confidence")
@dataclass(frozen=True)
class BinaryConfidence:
    r"""Least sure whether a value is negative or positive (Han et al. 2013, Eq. 1 to 3).

    With labels turned into sides by a step in the middle of the range (Eq. 1; the boundary itself
    is negative), and :math:`p` the Platt-scaled output of an RBF support vector machine (Eq. 2),
    the informativeness is :math:`I = -|p - 0.5|` (Eq. 3). Over several targets ranks are averaged,
    which the paper leaves open.

    Parameters
    ----------
    boundary : float
        Where negative ends, in the target's native units; nan for the middle of its range.
    levels : int
        2 for the paper's step, 3 to 10 for that many levels found by k-means in the known values:
        then the two likeliest levels take the place of the two sides (named by the paper as future
        work).
    measure : {"platt", "distance"}
        Confidence by Eq. 2, or by the distance to the hyperplane.

    Raises
    ------
    BadPlan
        When a target is a category, or an option is out of range.

    References
    ----------
    .. [1] Han, Li, Ruan, Ma and Schuller, Active learning for dimensional speech emotion
       recognition, Interspeech 2013.

    Examples
    --------
    >>> known = Answers(np.array([0, 3]), np.array([-0.5, 0.5]), np.ones(2))
    >>> view = line_view(-3.0, -2.0, 0.1, 3.0, labelled=[0, 3], answers={"arousal": known})
    >>> BinaryConfidence()(view, 2, np.random.default_rng(0))
    array([2, 1])
    """

    boundary: float = float("nan")
    levels: int = 2
    measure: str = "platt"

    def __post_init__(self) -> None:
        if not 2 <= self.levels <= 10:
            raise BadPlan(f"got binary-confidence with {self.levels} levels; expected 2 to 10")
        if self.measure not in MEASURES:
            raise BadPlan(f"got binary-confidence with measure '{self.measure}'; expected {' or '.join(MEASURES)}")

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return the candidates whose side is least certain, or some at random where only one side is known."""
        if not len(view.candidates) or n < 1:
            return view.candidates[:0]
        scores = [self._informativeness(view, target, rng) for target in view.task]
        known = [s for s in scores if s is not None]
        if not known:
            view.note("all labels known so far are on one side: this round was drawn at random")
            known = [np.zeros(len(view.candidates))]
        return best(view, mean_ranks(known), n, rng)

    def _informativeness(self, view: View, target: Target, rng: Generator) -> Floats | None:
        if not target.is_scale:
            raise BadPlan(f"binary-confidence needs a scale, but {target.name} is not; for {target.name} try margin")
        answers = view.known(target)
        if not len(answers):
            return None
        sides = self._sides(answers, target, rng)
        if len(np.unique(sides)) < 2:
            return None
        view.note(approximated(len(answers)))
        values = view.table.pooled().values
        return informativeness(values[answers.rows], sides, values[view.candidates], self.measure)

    def _sides(self, answers: Answers, target: Target, rng: Generator) -> Ints:
        if self.levels == 2:
            middle = (target.low + target.high) / 2 if np.isnan(self.boundary) else self.boundary
            return sides_of(answers.values, middle)
        return levels_of(answers.values, self.levels, rng)


def sides_of(values: Floats, boundary: float) -> Ints:
    """Turn values on a scale into sides, 0 for negative and 1 for positive (Eq. 1).

    Parameters
    ----------
    values : Floats of shape (known,)
        Native units.
    boundary : float
        Where negative ends; itself negative.

    Returns
    -------
    Ints of shape (known,)
        0 or 1.

    Examples
    --------
    >>> sides_of(np.array([-0.2, 0.0, 0.1]), 0.0)
    array([0, 0, 1])
    """
    return np.asarray(values > boundary, dtype=np.intp)


def levels_of(values: Floats, levels: int, rng: Generator) -> Ints:
    """Turn values on a scale into levels found by k-means, numbered from low to high.

    Parameters
    ----------
    values : Floats of shape (known,)
        Native units.
    levels : int
        How many are wanted; no more than there are different values come out.
    rng : Generator
        Starts the clustering.

    Returns
    -------
    Ints of shape (known,)
        In [0, levels).

    Examples
    --------
    >>> levels_of(np.array([1.0, 1.1, 3.0, 4.9, 5.0]), 3, np.random.default_rng(0))
    array([0, 0, 1, 2, 2])
    """
    from sklearn.cluster import KMeans

    levels = min(levels, len(np.unique(values)))
    model = KMeans(levels, n_init=4, random_state=int(rng.integers(2**31 - 1))).fit(values[:, None])
    rank = np.empty(levels, dtype=np.intp)
    rank[np.argsort(model.cluster_centers_[:, 0])] = np.arange(levels)
    return np.asarray(rank[model.labels_])


def informativeness(
    known: NDArray[np.floating], sides: Ints, candidates: NDArray[np.floating], measure: str = "platt"
) -> Floats:
    """Return how uncertain the side of each candidate is (Eq. 2 and 3).

    Parameters
    ----------
    known : array of shape (known, features)
        What the support vector machine is trained on.
    sides : Ints of shape (known,)
        At least two different ones.
    candidates : array of shape (candidates, features)
        What is asked about.
    measure : {"platt", "distance"}
        As in `BinaryConfidence`.

    Returns
    -------
    Floats of shape (candidates,)
        In [-0.5, 0] by ``"platt"``, at most 0 by ``"distance"``; 0 is least certain. With more than
        two levels, half the gap between the two likeliest takes the place of :math:`|p - 0.5|`,
        which for two is the same.

    Examples
    --------
    >>> known, sides = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1])
    >>> candidates = np.array([[-1.5], [0.1], [1.5]])
    >>> int(informativeness(known, sides, candidates).argmax())
    1
    >>> bool((informativeness(known, sides, candidates, "distance") <= 0).all())
    True
    """
    from seral_core.learners.kernel import SizedSVC

    # The landmarks of a large machine are the same draw every time: they only span its kernel.
    machine: Any = SizedSVC(random_state=0).fit(known, sides)
    output, trained = machine.decision_function(candidates), machine.decision_function(known)
    if measure == "distance":
        return -np.abs(output) if output.ndim == 1 else -_gap(output)
    if output.ndim == 1:
        return -np.abs(platt(output, *fit_platt(trained, sides == machine.classes_[1])) - 0.5)
    each = [platt(output[:, i], *fit_platt(trained[:, i], sides == level)) for i, level in enumerate(machine.classes_)]
    proba = np.stack(each, axis=1)
    return -_gap(proba / proba.sum(axis=1, keepdims=True)) / 2


def approximated(labels: int) -> str:
    """Say so where `informativeness` approximates its support vector machine for so many labels; else nothing.

    Examples
    --------
    >>> approximated(4000)
    ''
    """
    from seral_core.learners.kernel import SizedSVC

    return SizedSVC().note(labels)


def platt(outputs: Floats, A: float, B: float) -> Floats:
    """Return the confidence of each output of a support vector machine (Eq. 2).

    Parameters
    ----------
    outputs : Floats of shape (any,)
        Signed distances to the hyperplane.
    A, B : float
        As `fit_platt` returns them; A is below 0 where positive outputs mean the positive side.

    Returns
    -------
    Floats of shape (any,)
        In [0, 1].

    Examples
    --------
    >>> platt(np.array([0.0, 2.0]), -1.0, 0.0).round(3)
    array([0.5  , 0.881])
    """
    from scipy.special import expit

    return np.asarray(expit(-(A * outputs + B)), dtype=np.float64)


def fit_platt(outputs: Floats, positive: Bools) -> tuple[float, float]:
    """Fit the logistic of Eq. 2 to outputs for the training data, as in WEKA, which the paper used.

    Parameters
    ----------
    outputs : Floats of shape (known,)
        Signed distances to the hyperplane.
    positive : Bools of shape (known,)
        Which are on the positive side; both sides occur.

    Returns
    -------
    A, B : float
        Maximum likelihood, with the smoothed targets of [1]_.

    References
    ----------
    .. [1] Platt, Probabilistic outputs for support vector machines, Advances in Large Margin
       Classifiers, 2000.

    Examples
    --------
    >>> A, B = fit_platt(np.array([-1.0, -0.5, 0.5, 1.0]), np.array([False, False, True, True]))
    >>> A < 0, abs(B) < 1e-3, bool(platt(np.array([1.0]), A, B)[0] > 0.7)
    (True, True, True)
    """
    from scipy.optimize import minimize

    up, down = int(positive.sum()), int((~positive).sum())
    wanted = np.where(positive, (up + 1) / (up + 2), 1 / (down + 2))

    def loss(at: Floats) -> tuple[float, Floats]:
        z = at[0] * outputs + at[1]
        wrong = platt(outputs, at[0], at[1]) - wanted
        value = np.sum(np.logaddexp(0, z) - (1 - wanted) * z)
        return float(value), np.array([-(wrong @ outputs), -wrong.sum()])

    found = minimize(loss, np.array([0.0, np.log((down + 1) / (up + 1))]), jac=True, method="BFGS").x
    return float(found[0]), float(found[1])


def _gap(scores: NDArray[np.floating]) -> Floats:
    two = np.partition(scores, -2, axis=1)[:, -2:]
    return np.asarray(two[:, 1] - two[:, 0], dtype=np.float64)
