"""Support vector machines with an RBF kernel."""

from __future__ import annotations

from sklearn.svm import SVC, SVR

from seral_core.learners.base import Learner, learners
from seral_core.learners.per_target import PerTarget
from seral_core.types import Task


@learners.register("svm")
def svm(task: Task, *, C: float = 1.0, gamma: str | float = "scale") -> Learner:
    """RBF support vector machine for categories, with balanced class weights.

    Probabilities are the softmax of the decision values: Platt scaling needs a cross-validation
    that a handful of labels cannot bear.
    """
    return PerTarget(task, SVC(C=C, gamma=gamma, class_weight="balanced"))


@learners.register("svr")
def svr(task: Task, *, C: float = 1.0, gamma: str | float = "scale", epsilon: float = 0.1) -> Learner:
    """RBF support vector regression for scales."""
    return PerTarget(task, SVR(C=C, gamma=gamma, epsilon=epsilon))
