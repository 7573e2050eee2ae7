"""The cross-validated learners are scikit-learn's, found faster, and defined in every awkward round."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, KFold, StratifiedKFold
from sklearn.utils.estimator_checks import check_estimator

from seral_core.errors import UnknownName
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, learners, trained
from seral_core.learners.cross_validation import in_order, stratified
from seral_core.learners.linear import STRENGTHS, CVLogistic, CVRidge
from seral_core.oracles.base import Oracle
from seral_core.runs.events import Asked, Event, Scored, Training
from seral_core.runs.judge import WholeSet
from seral_core.runs.loops import pool_loop
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step
from seral_core.strategies.base import strategies
from seral_core.threads import one_thread
from seral_core.types import Classes, Label, Query, Scale, Target

Rows, Codes = NDArray[np.float64], NDArray[np.intp]


@pytest.fixture(autouse=True)
def unthreaded() -> Iterator[None]:
    with one_thread():
        yield


def clips(rows: int, classes: int = 5, features: int = 25, seed: int = 0) -> tuple[Rows, Codes]:
    """Principal components of decreasing spread; classes of unequal size that overlap."""
    rng = np.random.default_rng(seed)
    share = np.arange(classes + 1, 1, -1) / np.arange(classes + 1, 1, -1).sum()
    y = rng.choice(classes, rows, p=share)
    means = 0.8 * rng.standard_normal((classes, features))
    spread = 3 * np.arange(1, features + 1) ** -0.4
    return (rng.standard_normal((rows, features)) + means[y]) * spread, y


def searched(model: object, name: str, values: tuple[float, ...], scoring: str | None = None) -> GridSearchCV:
    return GridSearchCV(model, {name: list(values)}, cv=3, scoring=scoring)


def logistic(strength: float = 1.0, tol: float = 1e-10) -> LogisticRegression:
    """scikit-learn's own, by Newton's steps: few are needed whatever the scale."""
    return LogisticRegression(C=1 / strength, solver="newton-cholesky", tol=tol, max_iter=1000)


def plain_logistic(tol: float = 1e-4, scoring: str = "balanced_accuracy") -> GridSearchCV:
    model = logistic(tol=tol)
    return searched(model, "C", tuple(1 / strength for strength in STRENGTHS), scoring)


def objective(model: CVLogistic | LogisticRegression, x: Rows, y: Codes, strength: float) -> float:
    return float(log_loss(y, model.predict_proba(x)) + 0.5 * strength / len(y) * (model.coef_**2).sum())


@pytest.mark.parametrize(("seed", "measure"), [(0, "balanced-accuracy"), (1, "balanced-accuracy"), (1, "accuracy")])
def test_the_strength_is_the_one_that_grid_search_chooses(seed: int, measure: str) -> None:
    x, y = clips(220, seed=seed)
    scoring = measure.replace("-", "_")
    same = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for rows in range(20, 221, 40):
            plain = plain_logistic(scoring=scoring).fit(x[:rows], y[:rows])
            own = CVLogistic(measure=measure).fit(x[:rows], y[:rows])
            same += own.strength_ == STRENGTHS[plain.best_index_]
            most = 2.1 / (rows if measure == "accuracy" else 3 * np.bincount(y[:rows]).min())  # two rows of one class
            assert own.scores_.mean(axis=1) == pytest.approx(plain.cv_results_["mean_test_score"], abs=most)
    assert same >= 5  # of 6


def test_weights_count_in_training_and_when_held_out_as_in_grid_search() -> None:
    x, y = clips(60, 3)
    weight = np.random.default_rng(0).choice([0.5, 1.0, 2.0], 60)
    plain = plain_logistic(1e-9, "accuracy").fit(x, y, sample_weight=weight)
    own = CVLogistic(measure="accuracy").fit(x, y, weight)
    assert own.scores_.mean(axis=1) == pytest.approx(plain.cv_results_["mean_test_score"])
    none = np.where(np.arange(60) < 50, weight, 0.0)
    assert np.array_equal(CVLogistic().fit(x, y, none).coef_, CVLogistic().fit(x[:50], y[:50], weight[:50]).coef_)


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("features", [4, 25, 120])
def test_the_optimum_is_that_of_scikit_learn(classes: int, features: int) -> None:
    x, y = clips(70, classes, features, seed=classes)
    weight = np.random.default_rng(0).choice([0.5, 1.0, 2.0], 70)
    for strength in STRENGTHS:
        own = CVLogistic((strength,)).fit(x, y, weight)
        plain = logistic(strength).fit(x, y, weight)
        assert own.predict_proba(x) == pytest.approx(plain.predict_proba(x), abs=1e-3)
        assert own.coef_.shape == plain.coef_.shape
        assert own.decision_function(x) == pytest.approx(plain.decision_function(x), abs=1e-2)
        unweighted = CVLogistic((strength,)).fit(x, y)
        plain = logistic(strength).fit(x, y)
        assert objective(unweighted, x, y, strength) - objective(plain, x, y, strength) < 1e-6


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3])
def test_features_of_any_scale_are_fitted(scale: float) -> None:
    x, y = clips(60, 3, 8)
    x = x * np.geomspace(1, scale, 8) + 100 * scale
    own, plain = CVLogistic((10.0,)).fit(x, y), logistic(10.0)
    # scikit-learn needs features near 0 to arrive at all; the intercept is free of the penalty.
    assert objective(own, x, y, 10.0) - objective(plain.fit(x - x.mean(axis=0), y), x - x.mean(axis=0), y, 10.0) < 1e-4


def test_a_training_follows_from_its_labels_alone() -> None:
    x, y = clips(120)
    fresh = CVLogistic().fit(x, y)
    used = CVLogistic().fit(x[:30], y[:30]).fit(x, y)
    assert np.array_equal(fresh.coef_, used.coef_)
    assert np.array_equal(fresh.scores_, used.scores_)
    ridge, again = CVRidge().fit(x, x[:, 0]), CVRidge().fit(x[:30], y[:30]).fit(x, x[:, 0])
    assert np.array_equal(ridge.coef_, again.coef_)


def test_folds_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    for rows in range(3, 60):
        codes = rng.choice(4, rows, p=[0.5, 0.3, 0.15, 0.05])
        held = in_order(rows, 3)
        for own, (_, out) in zip(held, KFold(3).split(codes), strict=True):
            assert np.flatnonzero(own).tolist() == out.tolist()
        if np.bincount(codes).max() < 3:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for own, (_, out) in zip(stratified(codes, 3), StratifiedKFold(3).split(codes, codes), strict=True):
                assert np.flatnonzero(own).tolist() == out.tolist()


@pytest.mark.parametrize("rare", [1, 2])
def test_a_class_with_fewer_labels_than_folds_counts_as_in_grid_search(rare: int) -> None:
    x, y = clips(21, 3)
    y[:] = np.arange(21) % 2
    y[4 : 4 + rare] = 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = plain_logistic(1e-9).fit(x, y)
    own = CVLogistic().fit(x, y)
    assert own.scores_.mean(axis=1) == pytest.approx(plain.cv_results_["mean_test_score"], abs=1e-12)
    assert own.strength_ == STRENGTHS[plain.best_index_]
    assert own.predict_proba(x).shape == (21, 3)


def test_a_class_missing_from_a_training_part_is_a_mistake_when_held_out() -> None:
    x = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2], [9.0]])
    y = np.array(["anger"] * 3 + ["joy"] * 3 + ["sadness"])
    own = CVLogistic().fit(x, y)
    (fold,) = np.flatnonzero(stratified(np.unique(y, return_inverse=True)[1], 3)[:, -1])
    out = stratified(np.unique(y, return_inverse=True)[1], 3)[fold].sum()
    assert (own.scores_[:, fold] <= 1 - 1 / out).all()
    assert own.scores_[0].max() == 1


def test_every_class_may_have_fewer_labels_than_folds() -> None:
    x, y = np.array([[0.0], [0.2], [5.0], [5.2]]), np.array([0, 0, 1, 1])
    with pytest.raises(ValueError):
        plain_logistic().fit(x, y)
    own = CVLogistic().fit(x, y)
    assert own.predict(x).tolist() == y.tolist()


def test_two_labels_leave_nothing_to_compare_and_the_first_strength_is_taken() -> None:
    own = CVLogistic().fit(np.array([[0.0], [1.0]]), np.array(["anger", "joy"]))
    assert own.strength_ == STRENGTHS[0]
    assert own.scores_.shape == (8, 2)
    assert own.scores_.max() == 0  # each training part has the other class alone
    assert own.predict(np.array([[-9.0], [9.0]])).tolist() == ["anger", "joy"]


def test_one_class_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="got one class, anger; expected two or more"):
        CVLogistic().fit(np.eye(3), np.array(["anger"] * 3))


@pytest.mark.parametrize("model", [CVLogistic(), CVRidge()], ids=lambda m: type(m).__name__)
def test_weights_that_are_all_0_are_refused(model: CVLogistic | CVRidge) -> None:
    with pytest.raises(ValueError, match="at least one non-zero"):
        model.fit(np.eye(6), np.arange(6) % 2, np.zeros(6))


def test_a_training_that_does_not_end_is_reported() -> None:
    x, y = clips(60, 3)
    with pytest.warns(ConvergenceWarning, match="1 of 1 models are not trained to the end after 1000 steps"):
        CVLogistic((1.0,), tolerance=1e-30).fit(x, y)


@pytest.mark.parametrize("model", [CVLogistic, CVRidge])
def test_wrong_settings_are_refused(model: type[CVLogistic] | type[CVRidge]) -> None:
    x, y = np.eye(6), np.arange(6) % 2
    with pytest.raises(ValueError, match="expected one number above 0"):
        model((1.0, 0.0)).fit(x, y)
    with pytest.raises(ValueError, match="got 1 folds; expected 2 or more"):
        model(folds=1).fit(x, y)


@pytest.mark.parametrize("features", [3, 25, 120])
def test_ridge_is_that_of_grid_search(features: int) -> None:
    x, _ = clips(90, features=features)
    rng = np.random.default_rng(1)
    y = x @ rng.standard_normal(features) / features + rng.standard_normal(90)
    for rows in range(6, 91, 12):
        plain = searched(Ridge(), "alpha", STRENGTHS).fit(x[:rows], y[:rows])
        own = CVRidge().fit(x[:rows], y[:rows])
        assert own.scores_.mean(axis=1) == pytest.approx(plain.cv_results_["mean_test_score"], rel=1e-7)
        assert own.strength_ == STRENGTHS[plain.best_index_]
        assert own.predict(x) == pytest.approx(plain.predict(x), abs=1e-7)


def test_ridge_takes_weights_as_scikit_learn_does() -> None:
    x, _ = clips(40, features=6)
    y, weight = x[:, 0] + x[:, 1] ** 2, np.random.default_rng(0).uniform(0.1, 2, 40)
    plain = searched(Ridge(), "alpha", STRENGTHS).fit(x, y, sample_weight=weight)
    own = CVRidge().fit(x, y, weight)
    assert own.strength_ == STRENGTHS[plain.best_index_]
    assert own.predict(x) == pytest.approx(plain.predict(x), abs=1e-8)


@pytest.mark.parametrize("rows", [2, 3, 4, 5])
def test_ridge_of_few_labels_looks_at_the_folds_that_say_something(rows: int) -> None:
    x, _ = clips(rows, features=4)
    own = CVRidge().fit(x, np.arange(rows) + 1.0)
    assert np.isnan(own.scores_).sum(axis=1).tolist() == [6 - rows if rows > 3 else rows] * 8
    assert own.strength_ == STRENGTHS[0] if rows < 4 else own.strength_ in STRENGTHS
    assert np.isfinite(own.predict_with_std(x)).all()


@pytest.mark.parametrize("features", [3, 60])
def test_the_deviation_of_ridge_is_that_of_the_normal_equations(features: int) -> None:
    x, _ = clips(40, features=features)
    y = x[:, 0] + np.random.default_rng(0).standard_normal(40)
    own = CVRidge().fit(x, y)
    near, new = x - x.mean(axis=0), 2 * clips(10, features=features, seed=3)[0] - x.mean(axis=0)
    inverse = np.linalg.inv(near.T @ near + own.strength_ * np.eye(features))
    expected = own.noise_ * np.sqrt(1 + np.einsum("ij,jk,ik->i", new, inverse, new))
    mean, std = own.predict_with_std(new + x.mean(axis=0))
    assert std == pytest.approx(expected)
    assert mean == pytest.approx(own.predict(new + x.mean(axis=0)))


@pytest.mark.parametrize("model", [CVLogistic(), CVRidge()], ids=lambda m: type(m).__name__)
def test_they_are_scikit_learn_estimators(model: CVLogistic | CVRidge) -> None:
    folds = "rows that are repeated fall into other folds"
    check_estimator(model, expected_failed_checks={"check_sample_weight_equivalence_on_dense_data": folds})


class Teacher(Oracle):
    """Knows every clip."""

    price = 1.0

    def __init__(self, answers: dict[str, list[str | float]]) -> None:
        self.answers = answers

    def answer(self, query: Query, learner: object, rng: np.random.Generator) -> list[Label]:
        cost = 1 / len(query.task)
        return [
            Label(i, t.name, self.answers[t.name][int(i)], "gold", cost) for i in query.segments for t in query.task
        ]


EMOTION = Target("emotion", ("anger", "fear", "joy", "neutral", "sadness"))
AFFECT = (Target("arousal"), Target("valence"))


def events(task: tuple[Target, ...], strategy: str, seed: int, past: list[Event]) -> list[Event]:
    x, y = clips(150, seed=seed)
    gold = {t.name: np.tanh(x[:, i]) for i, t in enumerate(AFFECT)} | {"emotion": y}
    said = {t.name: gold[t.name].tolist() for t in AFFECT} | {"emotion": [EMOTION.classes[code] for code in y]}
    table = FeatureTable(x.astype(np.float32), tuple(map(str, range(150))))
    start, step = (Step(name, strategies[name], Teacher(said), n) for name, n in (("random", 6), (strategy, 2)))
    judge = WholeSet(task, {t.name: gold[t.name] for t in task})
    learner = learners["cross-validated"](task)
    loop = pool_loop(Pool(table, task), learner, [step], judge, start=start, seed=seed, budget=40, past=past)
    return [event for event in loop if not isinstance(event, Training)]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("task", "strategy"), [((EMOTION,), "entropy"), (AFFECT, "igs"), ((EMOTION, *AFFECT), "gsx")])
def test_a_resumed_run_is_the_same_to_the_last_digit(task: tuple[Target, ...], strategy: str, seed: int) -> None:
    whole = events(task, strategy, seed, [])
    assert sum(isinstance(event, Scored) for event in whole) > 15
    for cut in (3, len(whole) // 2, len(whole) - 4):
        assert whole[:cut] + events(task, strategy, seed, whole[:cut]) == whole


def test_beliefs_of_both_kinds_come_out_of_one_learner() -> None:
    x, y = clips(40)
    table = FeatureTable(x, tuple(map(str, range(40))))
    rows = np.arange(30)
    answers = {
        "emotion": Answers(rows, y[rows], np.ones(30)),
        "arousal": Answers(rows, np.tanh(x[rows, 0]), np.ones(30)),
    }
    task = (EMOTION, AFFECT[0])
    found = trained(learners["cross-validated"](task), Known(table, task, answers), np.random.default_rng(0)).predict(
        table
    )
    emotion, arousal = found["emotion"], found["arousal"]
    assert isinstance(emotion, Classes)
    assert isinstance(arousal, Scale)
    assert arousal.std.min() > 0


def test_the_loop_asks_what_it_would_ask_with_grid_search() -> None:
    """Ten rounds of entropy queries; the plain learner trained to the end."""
    from seral_core.learners.per_target import PerTarget

    x, y = clips(150, seed=5)
    table = FeatureTable(x, tuple(map(str, range(150))))
    teacher = Teacher({"emotion": [EMOTION.classes[code] for code in y]})

    def asked(model: object) -> list[str]:
        pool = Pool(table, (EMOTION,))
        pool.add(Label(str(i), "emotion", EMOTION.classes[y[i]], "gold") for i in range(30))
        step = Step("query", strategies["entropy"], teacher, 1)
        loop = pool_loop(pool, PerTarget((EMOTION,), model), [step], lambda *_: ({}, {}), budget=40)
        return [event.segments[0] for event in loop if isinstance(event, Asked)]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert asked(CVLogistic(tolerance=1e-8)) == asked(plain_logistic(1e-9))


def test_rare_classes_count_as_much_as_others_in_the_choice_of_the_strength() -> None:
    x, y = clips(120, 2, 6, seed=3)
    rare = np.flatnonzero(y == 1)[8:]
    x, y = np.delete(x, rare, axis=0), np.delete(y, rare)
    balanced, plain = CVLogistic().fit(x, y), CVLogistic(measure="accuracy").fit(x, y)
    assert (balanced.scores_.mean(axis=1) < plain.scores_.mean(axis=1)).all()
    assert balanced.scores_.mean(axis=1)[-1] == pytest.approx(0.5, abs=0.1)  # never says the rare class
    with pytest.raises(ValueError, match="expected balanced-accuracy or accuracy"):
        CVLogistic(measure="kappa").fit(x, y)
    with pytest.raises(UnknownName):
        learners["cross-validated"]((EMOTION,), measure="kappa")
