"""Calibrated posterior: a confidence of .7 is right seven times in ten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core.confidence.base import Evidence, Sure, measures
from seral_core.confidence.out_of_fold import FOLDS, out_of_fold, success
from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Learner, predicted
from seral_core.learners.confidence import confidence
from seral_core.types import Belief, Classes, Floats, Ints

#: Logarithms of probabilities are not taken below this.
LEAST = 1e-12
WAYS = ("temperature", "isotonic")


@measures.register("calibrated")
@dataclass(frozen=True)
class Calibrated:
    r"""Posterior of the predicted class, calibrated on guesses of models that did not know the clip.

    ``temperature`` raises all probabilities to one power :math:`1 / T`. It has one number to learn, bears few labels,
    and keeps the order of equally shaped posteriors; :math:`\ln T` has a standard normal prior, so that without any
    label nothing changes. ``isotonic`` learns any rising function from posterior to share that is right, and wants a
    hundred labels or more. Scales are always calibrated in the second way, from `confidence` to how right a guess is.

    Parameters
    ----------
    way : {"temperature", "isotonic"}
        How classes are calibrated.
    folds : int
        Parts of the labels, whole speakers where these are known, 2 or more.

    Raises
    ------
    BadPlan
        When there is no such way, or fewer than two folds are wanted.

    References
    ----------
    .. [1] Guo, Pleiss, Sun and Weinberger, On calibration of modern neural networks, ICML 2017.
    .. [2] Zadrozny and Elkan, Transforming classifier scores into accurate multiclass probability estimates, KDD 2002.

    Examples
    --------
    >>> from seral_core.confidence.evidence import toy_evidence
    >>> from seral_core.learners.base import learners, trained
    >>> evidence, rng = toy_evidence(), np.random.default_rng(0)
    >>> learner = trained(learners["logistic-regression"](evidence.known.task), evidence.known, rng)
    >>> Calibrated()(evidence, learner, rng)(evidence.known.table.take(np.array([0, 15]))).round(2)
    array([0.99, 0.75])
    """

    way: str = "temperature"
    folds: int = FOLDS

    def __post_init__(self) -> None:
        if self.way not in WAYS or self.folds < 2:
            raise BadPlan(
                f"got calibrated with way '{self.way}' and {self.folds} folds; expected {' or '.join(WAYS)}, and 2 or "
                "more folds; correct it"
            )

    def __call__(self, evidence: Evidence, learner: Learner, rng: Generator) -> Sure:
        """Learn from the labelled clips."""
        which, belief = out_of_fold(evidence, learner, rng, self.folds)
        known = evidence.answers.take(which)
        name, target = evidence.target.name, evidence.target
        if isinstance(belief, Classes) and self.way == "temperature":
            power = 1 / _temperature(belief.mean, known.values)
            return lambda table: _tempered(predicted(learner.predict, table)[name], power)
        learned = _rising(confidence(belief, target), success(belief, known, target)) if len(which) else None

        def sure(table: FeatureTable) -> Floats:
            plain = confidence(predicted(learner.predict, table)[name], target)
            return plain if learned is None else np.asarray(learned.predict(plain), np.float64)

        return sure


def _temperature(proba: Floats, truth: Ints) -> float:
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    logs, rows = np.log(np.maximum(proba, LEAST)), np.arange(len(truth))

    def loss(log_t: float) -> float:
        return float(0.5 * log_t**2 - log_softmax(logs * np.exp(-log_t), axis=1)[rows, truth].sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-4, 4), method="bounded").x))


def _tempered(belief: Belief, power: float) -> Floats:
    from scipy.special import softmax

    assert isinstance(belief, Classes)
    return belief.per_row(softmax(np.log(np.maximum(belief.mean, LEAST)) * power, axis=-1).max(-1))


def _rising(plain: Floats, right: Floats) -> Any:
    from sklearn.isotonic import IsotonicRegression

    return IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(plain, right)
