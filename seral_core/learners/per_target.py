"""One scikit-learn estimator per target: how ordinary estimators become learners.

What happens in the awkward rounds of active learning is settled here, once: a class that nobody has
labelled yet has probability 0, a start with a single class predicts that class with certainty, and
a target without any label is believed to be uniform, or in the middle of its range.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Known, Progress, check_scale, seen
from seral_core.learners.recordings import recordings_of
from seral_core.learners.thinned import most_frames, spaced, thinned_note
from seral_core.types import Classes, Floats, Ints, Prediction, Scale, Target, Task


@dataclass
class PerTarget:
    """A learner that trains a fresh copy of an estimator for each target.

    Parameters
    ----------
    task : tuple of Target
        What is predicted.
    estimator : scikit-learn estimator or Pipeline, or mapping of target name to one
        Classifiers for categories, regressors for scales. Copied, never trained itself.

    Raises
    ------
    BadPlan
        When a classifier is given for a scale, or a regressor for a category.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from seral_core.learners.base import Answers, Known, trained
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> table = FeatureTable(np.array([[0.0], [1.0], [2.0]]), ("a", "b", "c"))
    >>> known = Known(table, task, {"emotion": Answers(np.array([0, 2]), np.array([0, 1]), np.ones(2))})
    >>> learner = trained(PerTarget(task, LogisticRegression()), known, np.random.default_rng(0))
    >>> learner.predict(table)["emotion"].mean.round(2)
    array([[0.66, 0.34],
           [0.5 , 0.5 ],
           [0.34, 0.66]])
    """

    task: Task
    estimator: Any
    _fitted: dict[str, Any] = field(default_factory=dict, repr=False)
    _normalised: str = field(default="", repr=False)

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Train one estimator per target."""
        self._fitted, self._normalised = {}, known.table.normalised
        for i, target in enumerate(self.task):
            if i:
                yield Progress(i / len(self.task), target.name)
            values, answers, weights = known.pairs(target.name)
            model, groups = fresh(self._estimator(target), target, rng), None
            if target.rate_hz:
                some = spaced(len(answers), most_frames(model))
                values, answers, weights = values[some], answers[some], weights[some]
                groups = recordings_of(known, target.name)[some] if _takes_groups(model) else None
            if len(answers) == 0:
                self._fitted[target.name] = None
            elif np.all(answers == answers[0]):
                self._fitted[target.name] = answers[0]
            else:
                self._fitted[target.name] = _fit(model, target, values, answers, weights, groups)

    def predict(self, table: FeatureTable) -> Prediction:
        """Return a one-member belief for each target; raise `BadFeatures` for features on another scale."""
        check_scale(table, self._normalised)
        return {t.name: _belief(self._fitted.get(t.name), t, seen(table, t)) for t in self.task}

    def notes(self, labels: float) -> tuple[str, ...]:
        """Return what an estimator wants the user to know when it gets so many labels, such as that it approximates.

        Of traces, labels are frames.
        """
        notes = []
        for target in self.task:
            estimator = self._estimator(target)
            most = most_frames(estimator) if target.rate_hz else 0
            notes.append(getattr(estimator, "note", lambda _: "")(min(labels, most) if most else labels))
            notes.append(thinned_note(estimator, labels) if most else "")
        return tuple(dict.fromkeys(note for note in (*notes, *self.without_probabilities()) if note))

    def without_probabilities(self) -> tuple[str, ...]:
        """Return a sentence for each classifier whose probabilities are made of scores."""
        notes = [_without_probabilities(self._estimator(target)) for target in self.task if not target.is_scale]
        return tuple(dict.fromkeys(note for note in notes if note))

    def _estimator(self, target: Target) -> Any:
        if not isinstance(self.estimator, Mapping):
            return self.estimator
        return self.estimator[target.name]


def _without_probabilities(estimator: Any) -> str:
    if hasattr(estimator, "predict_proba"):
        return ""
    name = type(_last(estimator)).__name__
    return (
        f"{name} gives no probabilities: its confidences are made of scores and hardly differ, and margin and entropy "
        "go by them; wrap it in CalibratedClassifierCV for probabilities"
    )


def fresh(estimator: Any, target: Target, rng: Generator) -> Any:
    """Return a copy of an estimator with a seed of its own; raise `BadPlan` where it does not fit the target."""
    from sklearn.base import clone, is_classifier, is_regressor

    wrong = is_classifier(estimator) if target.is_scale else is_regressor(estimator)
    if wrong:
        given, wanted, other = (
            ("a classifier", "a regressor", "ridge, svr or random-forest")
            if target.is_scale
            else ("a regressor", "a classifier", "logistic-regression, svm or random-forest")
        )
        raise BadPlan(f"got {given} for {target.name}; expected {wanted}, such as {other}")
    model = clone(estimator)
    drawn = int(rng.integers(2**31 - 1))
    parameters = model.get_params()
    model.set_params(**{p: drawn for p, v in parameters.items() if p.endswith("random_state") and v is None})
    return model


def _last(estimator: Any) -> Any:
    return estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator


def _takes_groups(model: Any) -> bool:
    """Whether an estimator holds out whole groups of rows when it chooses its strength."""
    return "groups" in inspect.signature(_last(model).fit).parameters


def _fit(model: Any, target: Target, values: Any, answers: Any, weights: Floats, groups: Ints | None) -> Any:
    prefix = f"{model.steps[-1][0]}__" if hasattr(model, "steps") else ""
    how: dict[str, Any] = {} if np.all(weights == 1) else {f"{prefix}sample_weight": weights}
    if groups is not None:
        how[f"{prefix}groups"] = groups
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of every training, about what its user may know
            return model.fit(values, answers, **how)
    except ValueError as wrong:  # also how scikit-learn refuses an option
        reason = str(wrong).splitlines()[0]
        raise BadPlan(
            f"{type(model).__name__} cannot learn {target.name} from {len(answers)} labels: "
            f"{reason}; correct the learner's options, or choose another learner"
        ) from wrong


def _belief(model: Any, target: Target, table: FeatureTable) -> Classes | Scale:
    values, units = table.values, len(table.values)
    bounds: Any = None if table.plain else table.bounds
    if target.is_scale:
        mean, std = _scale(model, target, values)
        return Scale(mean[None], std[None], bounds)
    proba = np.zeros((units, len(target.classes)))
    if model is None:
        proba[:] = 1 / len(target.classes)
    elif isinstance(model, np.generic):
        proba[:, int(model)] = 1.0
    else:
        found = _proba(model, values)
        if len(model.classes_) == len(target.classes):
            proba = found
        else:
            proba[:, model.classes_] = found
    return Classes(proba[None], bounds)


def _proba(model: Any, values: Any) -> Floats:
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(values), dtype=np.float64)
    if hasattr(model, "decision_function"):
        # Platt scaling wants a cross-validation that a handful of labels cannot bear.
        from scipy.special import softmax

        scores = model.decision_function(values)
        scores = np.stack([-scores, scores], axis=1) if scores.ndim == 1 else scores
        return np.asarray(softmax(scores, axis=1), dtype=np.float64)
    return np.asarray(model.predict(values)[:, None] == model.classes_, dtype=np.float64)


def _scale(model: Any, target: Target, values: Any) -> tuple[Floats, Floats]:
    units = len(values)
    if model is None:
        return np.full(units, (target.low + target.high) / 2), np.full(units, (target.high - target.low) / 4)
    if isinstance(model, np.generic):
        return np.full(units, float(model)), np.zeros(units)
    if hasattr(model, "predict_with_std"):
        mean, std = model.predict_with_std(values)
    else:
        mean, std = model.predict(values), np.zeros(units)
    return np.clip(np.asarray(mean, np.float64), target.low, target.high), np.asarray(std, np.float64)
