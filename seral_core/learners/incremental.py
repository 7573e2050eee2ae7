"""Learning in passes: a linear model that takes its labels in pieces, so that they may lie where they are.

The pieces, and their order in each pass, follow from the rows' numbers and a seed alone: wherever rows lie, and whoever
looks at them, the same model comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from sklearn.linear_model import SGDClassifier, SGDRegressor

from seral_core.errors import BadPlan
from seral_core.learners.base import Known, Learner, Progress, learners
from seral_core.learners.per_target import PerTarget, fresh
from seral_core.types import Floats, Ints, Target, Task

S = TypeVar("S")
#: Rows of a piece, counted in the whole table. So many labels are one piece wherever they lie: they fit in memory.
PIECE = 16_384
#: Fewer labels than this are gone through more often, up to about so many steps in all.
LEAST_STEPS = 2_048
#: Rows of a step; after each, coefficients of a classifier count in their average. What scikit-learn averages itself
#: depends on how often it is called.
STOP = 1024
#: From a state and some rows (features, values, weights) to the next state.
Step = Callable[[S, NDArray[Any], NDArray[Any], Floats], S]


class Pieces(Protocol):
    """All labels of a table, piece by piece, wherever they lie."""

    def counts(self, target: Target) -> Ints:
        """Return how many labels there are of each class; of a scale, how many in all, as one number."""
        ...

    def through(self, target: Target, step: Step[S], state: S, seed: int, numbers: range) -> S:
        """Return the state after some passes: ``step(state, features, values, weights)``, piece by piece.

        Parameters
        ----------
        target : Target
            Whose labels are gone through.
        step : callable
            Called wherever the rows lie, which may be another computer.
        state : object
            What is handed on from one piece to the next; small.
        seed : int
            Of the training.
        numbers : range
            Of the passes: with the seed they decide on the order, see `turns` and `within`.
        """
        ...


@dataclass(frozen=True)
class InMemory:
    """The labels of a `Known` in memory, as pieces.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.learners.base import Answers
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> known = Known(FeatureTable(np.eye(3), ("a", "b", "c")), task, {"emotion": Answers(*np.array([[0, 2], [1, 1]]),
    ...     np.ones(2))})
    >>> InMemory(known).counts(task[0]), InMemory(known).through(task[0], lambda n, x, y, w: n + len(x), 0, 0, range(3))
    (array([0, 2]), 6)
    """

    known: Known
    _labels: dict[str, Labels] = field(default_factory=dict, repr=False)

    def counts(self, target: Target) -> Ints:
        """Return how many labels there are of each class."""
        return counted(self.known.answers[target.name].values, target)

    def through(self, target: Target, step: Step[S], state: S, seed: int, numbers: range) -> S:
        """Return the state after some passes."""
        if target.name not in self._labels:
            self._labels[target.name] = Labels(self.known.answers[target.name].rows, *self.known.pairs(target.name))
        return self._labels[target.name].through(step, state, seed, numbers)


@dataclass(frozen=True)
class Labels:
    """Labels in memory: rows, ascending, with features, values and weights."""

    rows: Ints
    values: NDArray[Any]
    answers: NDArray[Any]
    weights: Floats

    def through(self, step: Step[S], state: S, seed: int, numbers: range) -> S:
        """Return the state after some passes; few labels are one piece, and several passes are one step."""
        if len(self.rows) <= PIECE:
            at = np.concatenate([within(len(self.rows), seed, number, 0) for number in numbers])
            return step(state, self.values[at], self.answers[at], self.weights[at])
        pieces = self.rows // PIECE
        for number in numbers:
            for piece in turns(np.unique(pieces), seed, number):
                low, high = np.searchsorted(pieces, (piece, piece + 1))
                at = low + within(int(high - low), seed, number, piece)
                state = step(state, self.values[at], self.answers[at], self.weights[at])
        return state


def counted(values: NDArray[Any], target: Target) -> Ints:
    """Return how many values there are of each class; of a scale, how many in all.

    Examples
    --------
    >>> counted(np.array([1, 1]), Target("emotion", ("anger", "sadness"))), counted(np.ones(3), Target("arousal"))
    (array([0, 2]), array([3]))
    """
    return np.array([len(values)]) if target.is_scale else np.bincount(values, minlength=len(target.classes))


def turns(pieces: Ints, seed: int, number: int) -> list[int]:
    """Return the pieces that have labels, ascending, in the order of a pass."""
    return np.random.default_rng([seed, number]).permutation(pieces).tolist()  # type: ignore[no-any-return]


def within(labels: int, seed: int, number: int, piece: int) -> Ints:
    """Return the order of the labels of a piece in a pass."""
    return np.random.default_rng([seed, number, piece]).permutation(labels)


@dataclass
class Incremental(PerTarget):
    """A learner that updates scikit-learn estimators by ``partial_fit``, pass by pass.

    Parameters
    ----------
    task : tuple of Target
        What is predicted.
    estimator : mapping of target name to SGDClassifier or SGDRegressor
        Copied, never trained itself.
    C : float
        Inverse strength of the penalty, as in scikit-learn's ``LogisticRegression``: with more labels it counts less.
    passes : int
        How often all labels are gone through; few labels more often.
    balanced : bool
        Weigh classes inversely to how many labels they have.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.learners.base import Answers, trained
    >>> task = (Target("arousal"),)
    >>> table = FeatureTable(np.linspace(-1, 1, 9)[:, None], tuple("abcdefghi"))
    >>> known = Known(table, task, {"arousal": Answers(np.arange(9), np.linspace(-1, 1, 9), np.ones(9))})
    >>> belief = trained(sgd(task, C=1.0), known, np.random.default_rng(0)).predict(table)["arousal"]
    >>> belief.guess[[0, 4, 8]].round(1), bool(belief.std[0, 0] > 0)
    (array([-0.8,  0. ,  0.8]), True)
    """

    C: float = 0.03
    passes: int = 5
    balanced: bool = True
    takes_parts = True

    def train(self, known: Known, rng: Generator) -> Iterator[Progress]:
        """Train one estimator per target, each from scratch."""
        self._fitted, self._normalised = {}, known.table.normalised
        pieces: Pieces = known if hasattr(known, "through") else InMemory(known)  # type: ignore[assignment]
        for i, target in enumerate(self.task):
            if target.rate_hz:
                raise BadPlan(
                    f"{target.name} has {target.rate_hz:g} values per second; expected one value per clip for the "
                    "learner sgd; choose another learner"
                )
            model, seed = fresh(self._estimator(target), target, rng), int(rng.integers(2**31 - 1))
            count = pieces.counts(target)
            if not count.any():
                self._fitted[target.name] = None
            elif not target.is_scale and (count > 0).sum() == 1:
                self._fitted[target.name] = count.argmax()
            else:
                model.set_params(alpha=1 / (self.C * int(count.sum())))
                state = Line(model, target, self._weights(count))
                passes = max(self.passes, LEAST_STEPS // int(count.sum()))
                half = passes // 2
                # Few labels go through in two parts, many pass by pass.
                each = [n for n in (range(half), range(half, passes)) if n]
                if count.sum() > PIECE:
                    each = [range(number, number + 1) for number in range(passes)]
                for numbers in each:
                    if numbers.start:
                        yield Progress((i + numbers.start / passes) / len(self.task), target.name)
                    state = replace(state, squares=0.0, total=0.0, averages=numbers.start >= half)
                    state = pieces.through(target, learned, state, seed, numbers)
                self._fitted[target.name] = state if target.is_scale else state.averaged()

    def _weights(self, count: Ints) -> Floats:
        """Return what a label of each class counts."""
        there = count > 0
        if not self.balanced or len(count) == 1:
            return np.where(there, 1.0, 0.0)
        return np.where(there, count.sum() / (there.sum() * np.maximum(count, 1)), 0.0)


@dataclass(frozen=True)
class Line:
    """A model on its way; small enough to travel to where rows lie.

    Parameters
    ----------
    model : SGDClassifier or SGDRegressor
        Changed in place.
    target : Target
        What it learns.
    weights : Floats of shape (classes,)
        What a label of each class counts; 0 for classes that nobody labelled. Of a scale, one number.
    squares, total : float
        Of a scale, the sum of squared errors in this pass, each before it was learned from, and of weights.
    averages : bool
        Whether it is in the second half of the passes, over which a classifier's coefficients are averaged.
    coefficients, intercepts : array
        Their sums, and
    stops : int
        how often they were added.
    """

    model: Any
    target: Target
    weights: Floats
    squares: float = 0.0
    total: float = 0.0
    averages: bool = False
    coefficients: Any = 0.0
    intercepts: Any = 0.0
    stops: int = 0

    def averaged(self) -> Any:
        """Return the classifier with its average coefficients."""
        self.model.coef_, self.model.intercept_ = self.coefficients / self.stops, self.intercepts / self.stops
        return self.model

    @property
    def units(self) -> tuple[float, float]:
        """Middle and half of the range, between which a scale is learned; 0 and 1 where it has no range."""
        low, high = self.target.low, self.target.high
        return ((low + high) / 2, (high - low) / 2) if 0 < high - low < np.inf else (0.0, 1.0)

    def predict_with_std(self, values: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return estimates, and the root mean squared error of the last pass for all of them."""
        middle, half = self.units
        noise = half * np.sqrt(self.squares / self.total) if self.total else half / 2
        return middle + half * np.asarray(self.model.predict(values), np.float64), np.full(len(values), noise)


def learned(state: Line, values: NDArray[Any], answers: NDArray[Any], weights: Floats) -> Line:
    """Return the state after some more rows, in their order."""
    for start in range(0, len(values), STOP):
        some = slice(start, start + STOP)
        taught = _of_scale if state.target.is_scale else _of_classes
        state = taught(state, values[some], answers[some], weights[some])
    return state


def _of_classes(state: Line, values: NDArray[Any], answers: NDArray[Any], weights: Floats) -> Line:
    model = state.model
    model.partial_fit(values, answers, np.flatnonzero(state.weights), weights * state.weights[answers])
    if not state.averages:
        return state
    coefficients, intercepts = state.coefficients + model.coef_, state.intercepts + model.intercept_
    return replace(state, coefficients=coefficients, intercepts=intercepts, stops=state.stops + 1)


def _of_scale(state: Line, values: NDArray[Any], answers: NDArray[Any], weights: Floats) -> Line:
    model, squares, total = state.model, state.squares, state.total
    middle, half = state.units
    wanted = (answers - middle) / half
    if hasattr(model, "coef_"):
        squares += float(weights @ np.square(model.predict(values) - wanted))
        total += float(weights.sum())
    else:
        # A step must not be longer than the way to the label, and features have a length of about their number.
        model.set_params(eta0=0.2 / values.shape[1])
    model.partial_fit(values, wanted, weights)
    return replace(state, squares=squares, total=total)


@learners.register("sgd")
def sgd(task: Task, *, C: float = 0.03, passes: int = 5, balanced: bool = True) -> Learner:
    """Logistic regression or robust linear regression by stochastic gradients, with averaged weights.

    For millions of labels, as self-training on features in partitions gives them: it takes them piece by piece where
    they lie. Of a scale, it is as sure of one clip as of any other. With a few hundred labels, prefer ``recommended``.

    Parameters
    ----------
    task : tuple of Target
        Categories, scales, or both; without a rate.
    C : float
        Inverse strength of the penalty on weights.
    passes : int
        How often all labels are gone through, at least.
    balanced : bool
        Weigh classes inversely to how many labels they have.

    Returns
    -------
    Learner
        Beliefs of one member.

    References
    ----------
    .. [1] Bottou, Large-scale machine learning with stochastic gradient descent, COMPSTAT 2010.
    .. [2] Xu, Towards optimal one pass large scale learning with averaged stochastic gradient descent, 2011.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.learners.base import Answers, trained
    >>> table = FeatureTable(np.linspace(-1, 1, 8)[:, None], tuple("abcdefgh"))
    >>> task = (Target("emotion", ("anger", "sadness")),)
    >>> known = Known(table, task, {"emotion": Answers(np.arange(8), np.arange(8) // 4, np.ones(8))})
    >>> trained(sgd(task, C=1.0), known, np.random.default_rng(0)).predict(table)["emotion"].guess
    array([0, 0, 0, 0, 1, 1, 1, 1])
    """
    if C <= 0 or passes < 1:
        raise BadPlan(f"got C={C:g} and passes={passes} for the learner sgd; expected above 0, and 1 or more")
    both = {
        True: SGDRegressor(loss="huber", epsilon=0.5, average=True, shuffle=False),
        False: SGDClassifier(loss="log_loss", shuffle=False),
    }
    return Incremental(task, {t.name: both[t.is_scale] for t in task}, C=C, passes=passes, balanced=balanced)
