"""Logistic regression and ridge whose strength is chosen by cross-validation at every training, fast.

What `sklearn.model_selection.GridSearchCV` finds over ``LogisticRegression`` and ``Ridge``, found
many times sooner: see `seral_core.learners.batched`. A training depends on its labels alone, never
on an earlier one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from seral_core.errors import UnknownName
from seral_core.learners.base import Learner, learners
from seral_core.learners.batched import Axes, Batch
from seral_core.learners.cross_validation import first_best, in_order, stratified, whole_groups
from seral_core.learners.per_target import PerTarget
from seral_core.learners.softmax import probabilities
from seral_core.types import Bools, Floats, Ints, Task

#: Weights of the penalty that are tried, as in Xu et al. (2023).
STRENGTHS = (1.0, 5.0, 10.0, 50.0, 100.0, 500.0, 1000.0, 5000.0)
#: What the strength of a logistic regression is chosen by.
MEASURES = ("balanced-accuracy", "accuracy")
#: Models of the cross-validation are trained so many times as coarsely as the last one: they need
#: only vote.
COARSER = 10


class CVLogistic(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Multinomial logistic regression with an L2 penalty whose weight is chosen by cross-validation.

    The strength of the highest mean score on held-out folds is taken, the first of equals, and
    the model is trained on all rows with it. Folds are those of ``StratifiedKFold`` without
    shuffling. The score is balanced accuracy, the mean recall of the classes that a fold has, as
    curves are drawn in it: plain accuracy prefers models that seldom say rare classes.

    With few labels: a class that is missing from a training part is never predicted there, so its
    held-out rows count as mistakes, as in scikit-learn; a training part of one class predicts that
    class. Where all strengths come out equal, as with two labels, the first is taken. One class
    alone is refused.

    Parameters
    ----------
    strengths : sequence of float
        Weights of the penalty to choose from, 1 / C of scikit-learn.
    folds : int
        Of the cross-validation, 2 or more.
    measure : {"balanced-accuracy", "accuracy"}
        What held-out folds are scored by.
    tolerance : float
        Training ends when the slope of the mean loss is shorter, in units of its curvature.

    Attributes
    ----------
    strength_ : float
        The one that was chosen.
    scores_ : Floats of shape (strengths, folds)
        By held-out fold; there are fewer folds where rows are fewer.
    classes_, coef_, intercept_, n_features_in_
        As in scikit-learn's ``LogisticRegression``.

    References
    ----------
    .. [1] Xu, Zhu, Liu and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, section 3.2.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat(["anger", "neutral", "sadness"], 20)
    >>> x = rng.normal(size=(60, 5)) + 2 * (y[:, None] == np.unique(y)[[0, 1, 2, 0, 1]])
    >>> model = CVLogistic().fit(x, y)
    >>> model.strength_, model.scores_.mean(axis=1).round(2), model.predict(x[:2])
    (50.0, array([0.9 , 0.91, 0.93, 0.94, 0.94, 0.93, 0.78, 0.33]), array(['anger', 'anger'], dtype='<U7'))
    """

    def __init__(
        self,
        strengths: tuple[float, ...] = STRENGTHS,
        folds: int = 3,
        measure: str = MEASURES[0],
        tolerance: float = 1e-5,
    ) -> None:
        self.strengths = strengths
        self.folds = folds
        self.measure = measure
        self.tolerance = tolerance

    def fit(self, X: NDArray[Any], y: NDArray[Any], sample_weight: Floats | None = None) -> CVLogistic:
        """Choose the strength, then train on all rows.

        Parameters
        ----------
        X : array of shape (rows, features)
            Finite numbers.
        y : array of shape (rows,)
            Two classes or more.
        sample_weight : Floats of shape (rows,), optional
            How much a row counts, in training and when held out, as in ``GridSearchCV``; 0 or more.
            Rows of weight 0 are left out.

        Returns
        -------
        CVLogistic
            Itself.
        """
        X, y = _pairs(self, X, y)
        if y.dtype.kind not in "iu":
            check_classification_targets(y)
        X, y, weight = _counting(X, y, sample_weight)
        strengths = _checked(self.strengths, self.folds)
        if self.measure not in MEASURES:
            raise ValueError(f"measure is '{self.measure}'; expected {' or '.join(MEASURES)}")
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"got one class, {self.classes_[0]}; expected two or more")
        axes = Axes.of(X)
        rows = axes.turned(X)
        held = stratified(codes, self.folds)
        right, near = _crossed(rows, axes.spread, codes, weight, held, strengths, COARSER * self.tolerance)
        self.scores_ = _scores(right, np.where(held, weight, 0.0), codes, self.measure)
        best = first_best(self.scores_)
        self.strength_ = float(strengths[best])
        batch = Batch(rows, axes.spread, codes, weight[None], strengths[best : best + 1])
        found = batch.solved(self.tolerance, near[best].mean(axis=0, keepdims=True))[0]
        self._keep(found, axes)
        return self

    def _keep(self, found: Floats, axes: Axes) -> None:
        weights = found[:, :-1] @ axes.ways.T
        free = found[:, -1] - weights @ axes.mean
        if len(self.classes_) == 2:
            weights, free = weights[1:] - weights[:1], free[1:] - free[:1]
        self.coef_, self.intercept_ = weights, free - (free.mean() if len(free) > 1 else 0.0)

    def decision_function(self, X: NDArray[Any]) -> Floats:
        """Return log-odds, of shape (rows, classes), or of the second class, of shape (rows,), where there are two."""
        x = _rows(self, X)
        odds: Floats = x @ self.coef_.T + self.intercept_
        return odds[:, 0] if len(self.classes_) == 2 else odds

    def predict_proba(self, X: NDArray[Any]) -> Floats:
        """Return probabilities of shape (rows, classes)."""
        x = _rows(self, X)
        if len(self.classes_) == 2:
            return probabilities(np.vstack([0 * self.coef_, self.coef_]), np.append(0.0, self.intercept_), x)
        return probabilities(self.coef_, self.intercept_, x)

    def predict(self, X: NDArray[Any]) -> NDArray[Any]:
        """Return the most probable class of each row."""
        odds = self.decision_function(X)
        return np.asarray(self.classes_[(odds > 0).astype(np.intp) if odds.ndim == 1 else odds.argmax(axis=1)])


class CVRidge(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Ridge whose strength is chosen by cross-validation, with a standard deviation for each prediction.

    The strength of the highest mean R2 on held-out folds is taken, the first of equals. Folds are
    those of ``KFold`` without shuffling. R2 says nothing about a fold of one row: such folds are
    left out, and where none is left, as with three labels, the first strength is taken.

    Parameters
    ----------
    strengths : sequence of float
        To choose from, ``alpha`` of scikit-learn.
    folds : int
        Of the cross-validation, 2 or more.

    Attributes
    ----------
    strength_ : float
        The one that was chosen.
    scores_ : Floats of shape (strengths, folds)
        R2 of held-out folds; nan for a fold of one row.
    noise_ : float
        Root mean squared error on held-out rows at this strength.
    coef_, intercept_, n_features_in_
        As in scikit-learn's ``Ridge``.

    References
    ----------
    .. [1] Xu, Zhu, Liu and Wu, Cross-task inconsistency based active learning (CTIAL) for emotion
       recognition, IEEE Transactions on Affective Computing, 2024, section 3.2.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(40, 5)); y = x[:, 0] + 0.1 * rng.normal(size=40)
    >>> model = CVRidge().fit(x, y)
    >>> mean, std = model.predict_with_std(np.array([[1.0, 0, 0, 0, 0], [9.0, 0, 0, 0, 0]]))
    >>> model.strength_, mean.round(1), bool(std[0] < std[1])
    (1.0, array([1. , 8.9]), True)
    """

    most_frames = 20_000

    def __init__(self, strengths: tuple[float, ...] = STRENGTHS, folds: int = 3) -> None:
        self.strengths = strengths
        self.folds = folds

    def fit(
        self, X: NDArray[Any], y: Floats, sample_weight: Floats | None = None, groups: Ints | None = None
    ) -> CVRidge:
        """Choose the strength, then train on all rows; see `CVLogistic.fit`; rows of a group are held out together."""
        X, y = _pairs(self, X, y, y_numeric=True)
        groups = groups if groups is None or sample_weight is None else groups[np.asarray(sample_weight) > 0]
        X, y, weight = _counting(X, np.asarray(y, np.float64), sample_weight)
        strengths = _checked(self.strengths, self.folds)
        axes = Axes.of(X) if X.shape[1] > len(X) else None
        rows = axes.turned(X) if axes else X
        held = in_order(len(y), self.folds) if groups is None else whole_groups(groups, self.folds)
        guesses = [_ridges(rows, y, np.where(out, 0.0, weight), strengths, rows[out]) for out in held]
        self.scores_ = np.column_stack(
            [_r2(y[out], guess, weight[out]) for out, guess in zip(held, guesses, strict=True)]
        )
        best = first_best(self.scores_)
        self.strength_ = float(strengths[best])
        missed = np.concatenate([guess[best] - y[out] for out, guess in zip(held, guesses, strict=True)])
        self.noise_ = float(np.sqrt(np.average(missed**2, weights=weight)))
        self._keep(axes, rows, y, weight)
        return self

    def _keep(self, axes: Axes | None, rows: Floats, y: Floats, weight: Floats) -> None:
        mean, centre, spread, turn, pull = _normal(rows, y, weight)
        self._centre, self._ways = (axes.mean + axes.ways @ mean, axes.ways @ turn) if axes else (mean, turn)
        self._stiff = spread + self.strength_
        self.coef_ = self._ways @ (pull / self._stiff)
        self.intercept_ = float(centre - self._centre @ self.coef_)

    def predict(self, X: NDArray[Any]) -> Floats:
        """Return predictions of shape (rows,)."""
        guess: Floats = _rows(self, X) @ self.coef_ + self.intercept_
        return guess

    def predict_with_std(self, X: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return predictions and their standard deviations, each of shape (rows,).

        The deviation is that of held-out rows, larger for rows that are far from what is labelled.
        """
        x = np.asarray(_rows(self, X), np.float64)
        along = np.square(x @ self._ways - self._centre @ self._ways)
        leverage = along @ (1 / self._stiff)
        if self._ways.shape[1] < x.shape[1]:
            away = np.square(x - self._centre).sum(axis=1)
            leverage += np.maximum(away - along.sum(axis=1), 0.0) / self.strength_
        return x @ self.coef_ + self.intercept_, self.noise_ * np.sqrt(1 + leverage)


@learners.register("cross-validated")
def cross_validated(task: Task, *, measure: str = MEASURES[0]) -> Learner:
    """Logistic regression or ridge with the strength chosen by three-fold cross-validation in every round.

    Parameters
    ----------
    task : tuple of Target
        Categories, scales, or both.
    measure : {"balanced-accuracy", "accuracy"}
        What the strength for a category is chosen by.

    Returns
    -------
    Learner
        Beliefs of one member; see `CVLogistic` and `CVRidge`.

    Examples
    --------
    >>> from seral_core.types import Target
    >>> task = (Target("emotion", ("anger", "sadness")), Target("arousal"))
    >>> {name: type(estimator).__name__ for name, estimator in cross_validated(task).estimator.items()}
    {'emotion': 'CVLogistic', 'arousal': 'CVRidge'}
    """
    if measure not in MEASURES:
        raise UnknownName("measure of cross-validated", measure, MEASURES)
    return PerTarget(task, {t.name: CVRidge() if t.is_scale else CVLogistic(measure=measure) for t in task})


def _is_plain(X: Any) -> bool:
    """Whether these are finite numbers already: scikit-learn's checks of them take longer than a prediction."""
    usual = type(X) is np.ndarray and X.ndim == 2 and X.size > 0 and X.dtype in (np.float64, np.float32)
    return usual and bool(np.isfinite(np.sum(X)))


def _pairs(model: BaseEstimator, X: Any, y: Any, **how: bool) -> tuple[Floats, NDArray[Any]]:
    """Return rows and answers to train on, checked as scikit-learn does."""
    answers = type(y) is np.ndarray and y.dtype.kind in "iuf" and y.shape == np.shape(X)[:1]
    if answers and _is_plain(X) and np.isfinite(y.sum()) and not hasattr(model, "feature_names_in_"):
        model.n_features_in_ = X.shape[1]
        return np.asarray(X, np.float64), y
    x, answer = validate_data(model, X, y, dtype=np.float64, **how)
    return x, answer


def _rows(model: BaseEstimator, X: Any) -> NDArray[Any]:
    """Return rows to predict, checked as scikit-learn does."""
    check_is_fitted(model)
    if _is_plain(X) and X.shape[1] == model.n_features_in_ and not hasattr(model, "feature_names_in_"):
        return np.asarray(X)
    return np.asarray(validate_data(model, X, dtype=[np.float64, np.float32], reset=False))


def _counting(x: Floats, y: NDArray[Any], sample_weight: Floats | None) -> tuple[Floats, NDArray[Any], Floats]:
    """Return rows, answers and weights, without those of weight 0."""
    if sample_weight is None:
        return x, y, np.ones(len(x))
    weight = _check_sample_weight(sample_weight, x, dtype=np.float64, ensure_non_negative=True)
    some = weight > 0
    return x[some], y[some], weight[some]


def _checked(strengths: tuple[float, ...], folds: int) -> Floats:
    tried = np.asarray(strengths, np.float64)
    if tried.ndim != 1 or not len(tried) or not (tried > 0).all():
        raise ValueError(f"got strengths {strengths}; expected one number above 0, or several")
    if folds < 2:
        raise ValueError(f"got {folds} folds; expected 2 or more")
    return tried


def _crossed(
    rows: Floats, spread: Floats, codes: Ints, weight: Floats, held: Bools, strengths: Floats, tolerance: float
) -> tuple[Bools, Floats]:
    """Return which rows each model gets right, of shape (strengths, folds, rows), and the models, two axes more."""
    shape = len(strengths), len(held)
    batch = Batch(
        rows, spread, codes, np.tile(np.where(held, 0.0, weight), (len(strengths), 1)), np.repeat(strengths, shape[1])
    )
    found = batch.solved(tolerance)
    right = (batch.odds(found).argmax(axis=1) == codes).reshape(*shape, -1)
    return right, found.reshape(*shape, *found.shape[1:])


def _scores(right: Bools, counted: Floats, codes: Ints, measure: str) -> Floats:
    """Return accuracies of shape (strengths, folds); ``counted`` of shape (folds, rows) is 0 where not held out."""
    groups = np.eye(codes.max() + 1)[codes] if measure == "balanced-accuracy" else np.ones((len(codes), 1))
    there = counted @ groups
    recalls = (right * counted) @ groups / np.where(there > 0, there, 1.0)
    scores: Floats = recalls.sum(axis=-1) / (there > 0).sum(axis=-1)
    return scores


def _normal(x: Floats, y: Floats, weight: Floats) -> tuple[Floats, float, Floats, Floats, Floats]:
    """Return means, and the normal equations of a ridge in the axes where they are diagonal."""
    total = weight.sum()
    mean, centre = weight @ x / total, float(weight @ y / total)
    near = x - mean
    heavy = near.T * weight
    spread, turn = np.linalg.eigh(heavy @ near)
    return mean, centre, np.maximum(spread, 0.0), turn, turn.T @ (heavy @ (y - centre))


def _ridges(x: Floats, y: Floats, weight: Floats, strengths: Floats, new: Floats) -> Floats:
    """Return the predictions of ridges of all strengths, of shape (strengths, new rows)."""
    if not weight.any():
        return np.zeros((len(strengths), len(new)))
    mean, centre, spread, turn, pull = _normal(x, y, weight)
    guess: Floats = centre + (pull / (spread + strengths[:, None])) @ ((new - mean) @ turn).T
    return guess


def _r2(truth: Floats, guesses: Floats, weight: Floats) -> Floats:
    """Return R2 of each guess, of shape (strengths,), as scikit-learn counts it; nan for less than two rows."""
    if len(truth) < 2:
        return np.full(len(guesses), np.nan)
    missed = (truth - guesses) ** 2 @ weight
    there = (truth - np.average(truth, weights=weight)) ** 2 @ weight
    if there == 0:
        return np.where(missed == 0, 1.0, 0.0)
    r2: Floats = 1 - missed / there
    return r2
