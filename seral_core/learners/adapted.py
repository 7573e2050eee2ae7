"""What a user may give in place of a learner's name: an estimator, a learner, or a factory of learners."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from seral_core.errors import BadPlan
from seral_core.learners.base import Learner
from seral_core.learners.per_target import PerTarget
from seral_core.types import Task


def factory_of(given: Any) -> Callable[..., Learner]:
    """Return a factory of learners from what a user gave.

    Parameters
    ----------
    given : object
        A scikit-learn estimator or pipeline, or another object with ``fit`` and ``predict``, or a mapping from target
        names to such; a `Learner`; or a class or function that makes one of a task.

    Raises
    ------
    BadPlan
        When it is something else.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> from seral_core.types import Target
    >>> factory_of(SVC())((Target("emotion", ("anger", "sadness")),)).estimator
    SVC()
    >>> factory_of(3)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got int as learner; expected the name of one, a scikit-learn estimator, a Learner, or ...
    """
    given = {name: _plain(each) for name, each in given.items()} if isinstance(given, Mapping) else _plain(given)
    several = list(given.values()) if isinstance(given, Mapping) else [given]
    if several and all(_is_estimator(each) for each in several):
        for each in several:
            _check_predicts(each)
        return lambda task: _per_target(task, given)
    if not isinstance(given, type) and callable(getattr(given, "train", None)) and hasattr(given, "predict"):
        return lambda task: deepcopy(given)
    if callable(given) and _takes_a_task(given):
        factory: Callable[..., Learner] = given
        return factory
    what = given.__name__ if isinstance(given, type) else type(given).__name__
    raise BadPlan(
        f"got {what} as learner; expected the name of one, a scikit-learn estimator, a Learner, or a function that "
        "makes one of a task: def mine(task): ..."
    )


class OfObject(BaseEstimator):  # type: ignore[misc]
    """An estimator made of any object that learns by ``fit(X, y)`` and answers by ``predict(X)``.

    Parameters
    ----------
    thing : object
        Copied before it learns.

    Examples
    --------
    >>> class First:
    ...     def fit(self, x, y): self.y = y[0]
    ...     def predict(self, x): return np.full(len(x), self.y)
    >>> OfObject(First()).fit(np.eye(2), np.array([1, 0])).predict(np.eye(3)).tolist()
    [1, 1, 1]
    """

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def fit(self, x: Any, y: Any) -> OfObject:
        """Have a copy of the object learn."""
        self.fitted_ = deepcopy(self.thing)
        self.fitted_.fit(x, y)
        self.classes_ = np.unique(y)
        return self

    def predict(self, x: Any) -> Any:
        """Return what the object predicts."""
        return np.asarray(self.fitted_.predict(x))


def _plain(given: Any) -> Any:
    """Return an estimator that stands for an object with `fit` and `predict` alone; anything else as it is."""
    learns = (
        not isinstance(given, type | Mapping) and callable(getattr(given, "fit", None)) and hasattr(given, "predict")
    )
    return OfObject(given) if learns and not hasattr(given, "get_params") and not hasattr(given, "train") else given


def _check_predicts(estimator: Any) -> None:
    if not hasattr(estimator, "predict"):
        name = type(estimator).__name__
        raise BadPlan(
            f"got {name} as learner, which predicts nothing; expected a classifier or regressor; put it before one, as "
            f"in make_pipeline({name}(...), SVC())"
        )


def _per_target(task: Task, given: Any) -> Learner:
    missing = [t.name for t in task if isinstance(given, Mapping) and t.name not in given]
    if missing:
        raise BadPlan(
            f"got estimators for {', '.join(given)}; expected one for {', '.join(missing)} too, each under the name of "
            "its target"
        )
    return PerTarget(task, given)


def _is_estimator(given: Any) -> bool:
    return not isinstance(given, type) and hasattr(given, "get_params") and hasattr(given, "fit")


def _takes_a_task(given: Callable[..., Any]) -> bool:
    if isinstance(given, type) and hasattr(given, "get_params"):
        return False  # an estimator's class, which makes no learner
    try:
        parameters = list(inspect.signature(given).parameters.values())
    except (TypeError, ValueError):
        return False
    # What else it asks for by name it gets from the run: see `seral_core.learners.base.Learner`.
    by_position = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return bool(by_position) and by_position[0].default is inspect.Parameter.empty
