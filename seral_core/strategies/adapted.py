"""What a user may give in place of a strategy's name: a function, or a strategy of scikit-activeml or modAL as it is.

Theirs are asked with what SERAL knows: the features of the pool, the labels so far, and the learner's own beliefs in
place of a classifier of theirs, which is not trained again.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from seral_core.errors import BadPlan
from seral_core.learners.base import seen
from seral_core.strategies.base import View
from seral_core.types import Belief, Classes, Floats, Ints, Prediction, Target


def strategy_of(given: Any) -> Any:
    """Return a strategy, or a class of strategies, from what a user gave.

    Parameters
    ----------
    given : object
        A function ``(view, n, rng)`` or an object that is called like one; a class of such objects; a pool-based query
        strategy of scikit-activeml; or a function of modAL, such as ``modAL.uncertainty.entropy_sampling``.

    Raises
    ------
    BadPlan
        When it is something else.

    Examples
    --------
    >>> def mine(view, n, rng):
    ...     return view.candidates[:n]
    >>> strategy_of(mine) is mine
    True
    >>> strategy_of(lambda view: view)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got <lambda> as strategy; expected the name of one or a function (view, n, rng) that ...
    """
    package = str(getattr(given, "__module__", None) or type(given).__module__).partition(".")[0]
    if callable(getattr(given, "query", None)) and not isinstance(given, type):
        return OfScikitActiveml(given)
    if package == "modAL" and inspect.isfunction(given):
        return OfModal(given)
    called = given.__call__ if isinstance(given, type) and "__call__" in vars(given) else given
    try:
        inspect.signature(called).bind(*([None] * (4 if isinstance(given, type) else 3)))
    except (TypeError, ValueError):
        name = getattr(given, "__name__", type(given).__name__)
        raise BadPlan(
            f"got {name} as strategy; expected the name of one or a function (view, n, rng) that returns row numbers "
            "of view.candidates, best first; or a query strategy of scikit-activeml or modAL"
        ) from None
    return given


@dataclass(frozen=True)
class OfScikitActiveml:
    """A pool-based query strategy of scikit-activeml; the learner's beliefs stand for its classifier or regressor.

    Parameters
    ----------
    strategy : SingleAnnotatorPoolQueryStrategy
        Copied before each query; draws from the round's ``rng``.

    References
    ----------
    .. [1] Kottke et al., scikit-activeml: a library and toolbox for active learning algorithms, 2021.
    """

    strategy: Any

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return what it queries; several targets take turns."""
        return _in_turns(view, n, rng, self._of_target)

    def _of_target(self, view: View, target: Target, n: int, rng: Generator) -> Ints:
        from sklearn.base import clone

        strategy = clone(self.strategy)
        if "random_state" in strategy.get_params(deep=False):
            strategy.set_params(random_state=int(rng.integers(2**31 - 1)))
        x, known = np.asarray(seen(view.table, target).values, np.float64), view.known(target)
        y = np.full(len(x), np.nan)
        y[known.rows] = known.values
        asked = inspect.signature(strategy.query).parameters
        given: dict[str, Any] = {name: False for name in asked if name.startswith("fit_")}
        for name in _MODELS.intersection(asked):
            given[name] = _models(name, view, target, x)
        try:
            found = strategy.query(
                X=x, y=y, candidates=view.candidates, batch_size=min(n, len(view.candidates)), **given
            )
        except BadPlan:
            raise
        except (TypeError, ValueError) as wrong:
            raise BadPlan(
                f"{type(strategy).__name__} of scikit-activeml does not take this run: {str(wrong).splitlines()[0]}; "
                "choose another one, or write a function (view, n, rng) that calls it"
            ) from wrong
        return np.asarray(found, dtype=np.intp)


#: What query strategies of scikit-activeml call the models that they look at.
_MODELS = {"clf", "reg", "estimator", "ensemble", "discriminator"}


def _models(name: str, view: View, target: Target, x: NDArray[Any]) -> Any:
    """Return what stands for a model of scikit-activeml: the learner's beliefs, or those of each of its members."""
    if name == "discriminator":  # which tells labelled clips from others, and learns nothing of the target
        from skactiveml.classifier import SklearnClassifier
        from sklearn.linear_model import LogisticRegression

        return SklearnClassifier(LogisticRegression(max_iter=1000), classes=[0, 1])
    if (name == "reg") != target.is_scale and name != "ensemble":
        other = "classes" if target.is_scale else "a scale"
        raise BadPlan(f"this strategy of scikit-activeml needs {other}, but {target.name} is not; choose another one")
    if name != "ensemble":
        return _standing_for(_Beliefs(view.predict, target, x))
    members = _members(view.committee(view.candidates[:1])[target.name])
    return [_standing_for(_Beliefs(view.committee, target, x, member)) for member in range(members)]


def _members(belief: Belief) -> int:
    return len(belief.proba if isinstance(belief, Classes) else belief.mean)


def _standing_for(beliefs: _Beliefs) -> Any:
    from skactiveml.base import SkactivemlClassifier, SkactivemlRegressor

    kind: Any = SkactivemlRegressor if beliefs.target.is_scale else SkactivemlClassifier
    answers = {name: getattr(beliefs, name) for name in ("fit", "predict", "predict_proba")}
    made = type("Beliefs", (kind,), {name: staticmethod(answer) for name, answer in answers.items()})()
    if not beliefs.target.is_scale:
        made.classes = made.classes_ = beliefs.classes_
    return made


@dataclass(frozen=True)
class OfModal:
    """A query function of modAL: ``function(classifier, X, n_instances=n)``.

    Parameters
    ----------
    function : callable
        Gets the learner's beliefs as ``classifier.predict_proba``, or those of its committee's members.

    References
    ----------
    .. [1] Danka and Horvath, modAL: a modular active learning framework for Python, 2018.
    """

    function: Callable[..., Any]

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Return what it queries; several targets take turns."""
        return _in_turns(view, n, rng, self._of_target)

    def _of_target(self, view: View, target: Target, n: int, rng: Generator) -> Ints:
        x = np.asarray(seen(view.table, target).values, np.float64)
        known = view.known(target)
        by_committee = next(iter(inspect.signature(self.function).parameters)) == "committee"
        believing = _Committee(view.committee, target, x) if by_committee else _Beliefs(view.predict, target, x)
        believing.X_training, believing.y_training = x[known.rows], known.values
        try:
            found = self.function(believing, x[view.candidates], n_instances=min(n, len(view.candidates)))
        except (AttributeError, TypeError, ValueError) as wrong:
            raise BadPlan(
                f"{self.function.__name__} of modAL does not take this run: {str(wrong).splitlines()[0]}; choose "
                "another one, or write a function (view, n, rng) that calls it"
            ) from wrong
        found = found[0] if isinstance(found, tuple) else found
        return view.candidates[np.asarray(found, dtype=np.intp)]


def _in_turns(view: View, n: int, rng: Generator, choose: Callable[[View, Target, int, Generator], Ints]) -> Ints:
    """Return what is chosen for one target, or for several in turns, each clip once."""
    lists = [choose(view, target, n, rng).tolist() for target in view.task]
    mixed = [row for turn in zip(*lists, strict=False) for row in turn]
    return np.array(list(dict.fromkeys(mixed))[:n], dtype=np.intp)


class _Beliefs:
    """Answers for a model of others with what SERAL's learner believes, row by row of the pool."""

    #: What modAL looks at: labelled clips, and whether distances are taken after a pipeline's steps.
    X_training: Any = None
    y_training: Any = None
    on_transformed = False

    def __init__(
        self, believe: Callable[[Ints], Prediction], target: Target, x: NDArray[Any], member: int | None = None
    ) -> None:
        self.believe, self.target, self.member = believe, target, member
        self.row = {features.tobytes(): number for number, features in enumerate(x)}
        self.estimator = self
        self.classes_ = np.arange(len(target.classes))

    def fit(self, *_args: Any, **_kwargs: Any) -> Any:
        raise BadPlan(
            "this strategy trains models of its own for every candidate, which the learner's beliefs cannot stand for; "
            "choose another one"
        )

    def predict_proba(self, x: NDArray[Any], **_: Any) -> Floats:
        belief = self._belief(x)
        return np.asarray(belief.mean if self.member is None else belief.proba[self.member], np.float64)

    def predict(self, x: NDArray[Any], return_std: bool = False, **_: Any) -> Any:
        if not self.target.is_scale:
            return self.predict_proba(x).argmax(axis=1)
        belief = self._belief(x)
        mean = belief.guess if self.member is None else belief.mean[self.member]
        std = np.sqrt((belief.std**2).mean(axis=0) + belief.mean.var(axis=0))
        return (mean, std) if return_std else mean

    def _belief(self, x: NDArray[Any]) -> Any:
        try:
            rows = [self.row[features.tobytes()] for features in np.asarray(x, np.float64)]
        except KeyError:
            raise BadPlan(
                "this strategy asks for beliefs about points that are no clips of the pool; choose another one"
            ) from None
        return self.believe(np.array(rows, dtype=np.intp))[self.target.name]


class _Committee(_Beliefs):
    """Answers for a committee of modAL with what each member of SERAL's believes."""

    def __len__(self) -> int:
        return _members(self.believe(np.arange(1))[self.target.name])

    def __iter__(self) -> Iterator[_Beliefs]:
        for member in range(len(self)):
            one = copy(self)
            one.member = member
            yield one

    def vote(self, x: NDArray[Any], **_: Any) -> Ints:
        return np.asarray(self.vote_proba(x).argmax(axis=2), dtype=np.intp)

    def vote_proba(self, x: NDArray[Any], **_: Any) -> Floats:
        return np.asarray(self._belief(x).proba.swapaxes(0, 1), np.float64)
