"""Domain adaptation: as the formulas say, alike for both domains, and honest about what cannot be done."""

from __future__ import annotations

import pickle
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from scipy.linalg import eigh, subspace_angles
from scipy.optimize import check_grad
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.utils.estimator_checks import parametrize_with_checks

from seral_core.errors import BadFeatures, BadPlan, UnknownName
from seral_core.features.adaptation import (
    BALANCE,
    BDA,
    CCA,
    TCA,
    Adaptation,
    JointPCA,
    SparseAutoencoder,
    discrepancy,
)
from seral_core.features.adaptation.kernel_space import drawn_landmarks
from seral_core.features.adaptation.sparse_autoencoder import _loss
from seral_core.threads import one_thread


@pytest.fixture(autouse=True)
def single() -> Iterator[None]:
    """Two threads only get in each other's way with tables this small."""
    with one_thread():
        yield


ALL = [JointPCA(), TCA(n_components=3), BDA(n_components=3), CCA(n_components=3), SparseAutoencoder(8, max_iter=30)]
EMOTIONS = np.array(["anger", "neutral", "sadness"])


def domains(source: int = 60, target: int = 80, features: int = 6, seed: int = 0) -> tuple[Any, Any, Any, Any]:
    """Two corpora of three emotions; the second is moved, turned a little and stretched."""
    rng = np.random.default_rng(seed)
    centres = 3 * np.eye(3, features)
    known, hidden = (np.arange(n) % 3 for n in (source, target))
    here = centres[known] + rng.normal(size=(source, features))
    there = centres[hidden] + rng.normal(size=(target, features))
    turn = np.eye(features)
    turn[:2, :2] = [[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]]
    move = np.r_[2.5, 0.0, -2.5, 4 * np.ones(features - 3)]
    return here, there @ turn * 1.3 + move, EMOTIONS[known], EMOTIONS[hidden]


# As the formulas say: plain implementations, with every matrix written out.


def plain_kernel(rows: np.ndarray, kernel: str, gamma: float) -> np.ndarray:
    return rbf_kernel(rows, gamma=gamma) if kernel == "rbf" else rows @ rows.T


def plain_components(kernel: np.ndarray, distance: np.ndarray, mu: float, wanted: int) -> np.ndarray:
    n = len(kernel)
    centring = np.eye(n) - np.ones((n, n)) / n
    spread = kernel @ centring @ kernel
    _, vectors = eigh(spread, kernel @ distance @ kernel + mu * np.eye(n))
    found = vectors[:, ::-1][:, :wanted]
    projected = kernel @ (found / np.linalg.norm(found, axis=0))
    projected -= projected.mean(axis=0)
    return projected / np.sqrt(projected.var(axis=0).mean())


def plain_distance(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The matrix L of two sets of rows, each a mask over all rows."""
    e = source / source.sum() - target / target.sum()
    return np.outer(e, e)


def plain_tca(here: np.ndarray, there: np.ndarray, wanted: int, mu: float, kernel: str, gamma: float) -> np.ndarray:
    first = np.r_[np.ones(len(here)), np.zeros(len(there))]
    matrix = plain_kernel(np.vstack([here, there]), kernel, gamma)
    return plain_components(matrix, plain_distance(first, 1 - first), mu, wanted)


def plain_bda(
    here: np.ndarray, there: np.ndarray, classes: np.ndarray, wanted: int, mu: float, kernel: str, gamma: float
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    first = np.r_[np.ones(len(here)), np.zeros(len(there))]
    matrix = plain_kernel(np.vstack([here, there]), kernel, gamma)
    guesses = LogisticRegression(max_iter=1000).fit(here, classes).predict(there)
    balances = []
    for _ in range(10):
        masks = [(first, 1 - first)]
        for c in sorted(set(classes) & set(guesses)):
            masks.append((np.r_[classes == c, np.zeros(len(there))], np.r_[np.zeros(len(here)), guesses == c]))
        distances = [plain_distance(*pair) for pair in masks]
        tried = []
        for b in np.arange(1, 10) / 10:
            z = plain_components(matrix, (1 - b) * distances[0] + b * sum(distances[1:]), mu, wanted)
            left = sum(discrepancy(z[s > 0], z[t > 0]) for s, t in masks)
            tried.append((left, b, z))
        _, b, z = min(tried, key=lambda one: one[0])
        balances.append(float(b))
        model = LogisticRegression(max_iter=1000).fit(z[: len(here)], classes)
        guesses = model.predict(z[len(here) :])
    return z, guesses, balances


def same_but_for_signs(some: np.ndarray, others: np.ndarray) -> None:
    signs = np.sign((some * others).sum(axis=0))
    np.testing.assert_allclose(some * signs, others, atol=1e-6)


@pytest.mark.parametrize("mu", [1e-4, 1.0, 100.0])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_tca_is_what_the_formula_says(kernel: str, mu: float) -> None:
    here, there, *_ = domains()
    tca = TCA(5, mu, kernel, gamma=0.1).fit(here, there)
    assert tca.exact_
    same_but_for_signs(np.vstack([tca.source_, tca.target_]), plain_tca(here, there, 5, mu, kernel, 0.1))


@pytest.mark.parametrize("mu", [1e-3, 1.0])
@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_bda_is_what_the_formula_says(kernel: str, mu: float) -> None:
    here, there, classes, _ = domains()
    bda = BDA(4, mu, kernel, gamma=0.1).fit(here, there, classes)
    projected, guesses, balances = plain_bda(here, there, classes, 4, mu, kernel, 0.1)
    same_but_for_signs(np.vstack([bda.source_, bda.target_]), projected)
    assert bda.guesses_.tolist() == guesses.tolist()
    # It ends where nothing changes any more; the plain one goes on to the tenth.
    assert list(bda.balance_) == pytest.approx(balances[: len(bda.balance_)])
    assert set(balances[len(bda.balance_) - 1 :]) == {bda.balance_[-1]}


def test_bda_without_classes_in_the_balance_is_tca() -> None:
    here, there, classes, _ = domains()
    bda = BDA(4, 0.1, gamma="wide", balance=0.0).fit(here, there, classes)
    np.testing.assert_allclose(bda.source_, TCA(4, 0.1).fit(here, there).source_, atol=1e-8)


def test_linear_kernel_needs_no_landmarks_where_features_are_few() -> None:
    here, there, *_ = domains(300, 300)
    few = TCA(4, 1.0, "linear", landmarks=20).fit(here, there)
    assert few.exact_
    same_but_for_signs(np.vstack([few.source_, few.target_]), plain_tca(here, there, 4, 1.0, "linear", 0))


def test_joint_pca_is_that_of_both_tables() -> None:
    from sklearn.decomposition import PCA

    here, there, *_ = domains()
    ours, theirs = JointPCA(0.8).fit(here, there), PCA(0.8, svd_solver="full")
    same_but_for_signs(np.vstack([ours.source_, ours.target_]), theirs.fit_transform(np.vstack([here, there])))
    np.testing.assert_allclose(ours.explained_variance_ratio_, theirs.explained_variance_ratio_)
    assert JointPCA(1.0).fit(here, there).n_components_ == 6


# What it is for


def score(model: Any, bench: tuple[Any, Any, Any, Any]) -> float:
    here, there, classes, hidden = bench
    adapted = model.fit(here, there, classes)
    guess = LogisticRegression().fit(adapted.source_, classes).predict(adapted.target_)
    return float(balanced_accuracy_score(hidden, guess))


@pytest.mark.parametrize("seed", range(3))
def test_a_model_of_the_source_does_better_on_a_moved_target(seed: int) -> None:
    bench = domains(150, 200, seed=seed)
    direct = score(JointPCA(1.0), bench)
    assert score(TCA(5), bench) > direct + 0.1
    assert score(BDA(5), bench) > direct + 0.1
    assert score(CCA(5), bench) > direct + 0.1


def test_canonical_correlations_are_those_of_the_two_views() -> None:
    from sklearn.cross_decomposition import CCA as Theirs
    from sklearn.decomposition import PCA

    here, there, *_ = domains(200, 200)
    apart = here.mean(axis=0) - there.mean(axis=0)
    level = np.eye(6) - np.outer(apart, apart) / (apart @ apart)
    own = [(part - part.mean(axis=0)) @ level for part in (here, there)]
    views = [PCA(3).fit(part).transform(np.vstack(own)) for part in own]
    pair = Theirs(3, max_iter=5_000, tol=1e-12).fit_transform(*views)
    expected = [abs(np.corrcoef(a, b)[0, 1]) for a, b in zip(*(view.T for view in pair), strict=True)]
    np.testing.assert_allclose(CCA(3).fit(here, there).correlations_, expected, atol=1e-5)


def test_the_slope_of_the_sparse_autoencoder_is_that_of_its_loss() -> None:
    rng = np.random.default_rng(0)
    x, at = rng.normal(size=(9, 3)), rng.normal(size=3 * 4 * 2 + 4 + 3)
    assert check_grad(lambda a: _loss(a, x, 4, 0.2, 0.5, 0.1)[0], lambda a: _loss(a, x, 4, 0.2, 0.5, 0.1)[1], at) < 1e-5


def test_sparsity_makes_hidden_units_sparse() -> None:
    here, there, *_ = domains()
    loose, tight = (SparseAutoencoder(8, sparsity=0.05, weight=weight).fit(here, there) for weight in (0.0, 3.0))
    active = [(1 / (1 + np.exp(-((there - m.mean_) / m.scale_ @ m.weights_ + m.free_)))).mean() for m in (loose, tight)]
    assert active[1] < min(0.1, active[0] / 2)


@pytest.mark.parametrize("model", [TCA(4), BDA(4), CCA(4)])
def test_means_come_together(model: Adaptation) -> None:
    here, there, classes, _ = domains()
    before = discrepancy(here, there) / np.vstack([here, there]).var(axis=0).mean()
    assert discrepancy(*model.fit_transform(here, there, classes)) < before / 50


@pytest.mark.parametrize("model", [TCA(4), BDA(4)])
def test_components_are_centred_and_uncorrelated_and_their_mean_variance_is_one(model: Adaptation) -> None:
    here, there, classes, _ = domains()
    both = np.vstack(model.fit_transform(here, there, classes))
    np.testing.assert_allclose(both.mean(axis=0), 0, atol=1e-9)
    joint = both.T @ both / len(both)
    np.testing.assert_allclose(joint, np.diag(np.diag(joint)), atol=1e-8)
    assert np.diag(joint).mean() == pytest.approx(1)


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_neither_scale_nor_number_of_rows_changes_the_usual_weight(kernel: str) -> None:
    here, there, classes, _ = domains()
    usual = BDA(4, kernel=kernel).fit(here, there, classes)
    scaled = BDA(4, kernel=kernel).fit(1000 * here, 1000 * there, classes)
    np.testing.assert_allclose(scaled.target_, usual.target_, atol=1e-5)
    gamma = usual.gamma_ or "wide"
    twice = TCA(4, kernel=kernel, gamma=gamma).fit(np.vstack([here, here]), np.vstack([there, there]))
    np.testing.assert_allclose(
        twice.target_[:80], TCA(4, kernel=kernel, gamma=gamma).fit(here, there).target_, atol=1e-5
    )


# Landmarks


@pytest.mark.parametrize("model", [TCA(5, landmarks=2000), BDA(5, landmarks=2000)])
def test_landmarks_agree_with_all_rows(model: Any) -> None:
    bench = domains(350, 250)
    exact, quick = (clone(model).set_params(landmarks=n).fit(*bench[:3]) for n in (600, 250))
    assert (exact.exact_, quick.exact_) == (True, False)
    whole, part = (np.vstack([m.source_, m.target_]) for m in (exact, quick))
    assert np.rad2deg(subspace_angles(whole, part).max()) < 5
    assert abs(score(exact, bench) - score(quick, bench)) < 0.02


def test_memory_stays_rows_times_landmarks() -> None:
    rows, landmarks = 30_000, 100
    rng = np.random.default_rng(0)
    here, there = rng.normal(size=(rows // 3, 8)), rng.normal(0.5, 1.2, size=(2 * rows // 3, 8))
    classes = EMOTIONS[np.arange(len(here)) % 3]
    tracemalloc.start()
    BDA(10, landmarks=landmarks, iterations=2).fit(here, there, classes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All pairs would be 7.2 GB; one table of rows x landmarks is 24 MB.
    assert peak < 5 * rows * landmarks * 8


def test_a_small_domain_has_landmarks_too() -> None:
    chosen = drawn_landmarks((50, 5000), 200, seed=3)
    assert len(np.unique(chosen)) == 200
    assert (chosen < 50).sum() == 50
    assert (drawn_landmarks((5000, 5000), 200, seed=3) < 5000).sum() == 100


# Manners


@pytest.mark.parametrize("model", ALL, ids=str)
def test_new_rows_of_either_domain_come_out_as_those_it_was_fitted_with(model: Any) -> None:
    here, there, classes, _ = domains()
    model = clone(model).fit(here, there, classes)
    np.testing.assert_allclose(model.transform(here[7:9]), model.source_[7:9], atol=1e-8)
    np.testing.assert_allclose(model.transform(there), model.target_, atol=1e-8)
    assert model.transform(here[:0]).shape == (0, model.source_.shape[1])
    assert model.source_.dtype == np.float64


@pytest.mark.parametrize("model", ALL, ids=str)
def test_the_result_is_the_same_each_time_whatever_the_precision_of_the_input(model: Any) -> None:
    here, there, classes, _ = (np.asarray(part) for part in domains())
    once = clone(model).fit(here, there, classes)
    again = pickle.loads(pickle.dumps(clone(model).fit(here, there, classes)))
    np.testing.assert_array_equal(once.target_, again.target_)
    single = clone(model).fit(here.astype(np.float32), there.astype(np.float32), classes)
    np.testing.assert_allclose(single.target_, once.target_, atol=1e-3)


@pytest.mark.parametrize("model", ALL, ids=str)
def test_signs_do_not_depend_on_the_order_of_the_rows(model: Any) -> None:
    here, there, classes, _ = domains()
    turn = np.random.default_rng(5).permutation(len(here))
    first, second = (clone(model).fit(here[o], there, classes[o]) for o in (np.arange(len(here)), turn))
    np.testing.assert_allclose(first.target_, second.target_, atol=1e-6)


class Halves(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """One table for scikit-learn's checks: its first half is the source, the rest the target."""

    def __init__(self, adaptation: Any = None) -> None:
        self.adaptation = adaptation

    def fit(self, x: Any, y: Any = None) -> Halves:
        from sklearn.utils.validation import validate_data

        x = validate_data(self, x)
        half = (len(x) + 1) // 2
        classes = np.arange(half) % 2
        self.model_ = clone(self.adaptation).fit(x[:half], x[half:], classes)
        return self

    def transform(self, x: Any) -> Any:
        from sklearn.utils.validation import check_is_fitted, validate_data

        check_is_fitted(self)
        return self.model_.transform(validate_data(self, x, reset=False))


@parametrize_with_checks([Halves(model) for model in ALL])
def test_scikit_learn_finds_its_manners(estimator: Any, check: Any) -> None:
    check(estimator)


# What cannot be done


@pytest.mark.parametrize("model", ALL, ids=str)
def test_transform_before_fit_says_so(model: Any) -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        clone(model).transform([[1.0]])


@pytest.mark.parametrize("model", ALL, ids=str)
def test_tables_that_do_not_fit_are_refused_each_in_its_own_words(model: Any) -> None:
    here, there, classes, _ = domains()
    broken = there.copy()
    broken[[3, 5], 1] = np.nan
    wrong = {
        "the target has 5 features; expected 6; extract both with the same features": (here, there[:, :5]),
        "the target has too few rows, n_samples = 1; expected 2 or more": (here, there[:1]),
        "the target has NaN or infinity in 2 of 80 rows, first in row 3": (here, broken),
        r"the source has shape \(60,\); expected rows and features": (here[:, 0], there),
        "no feature varies|all rows are equal": (np.ones((60, 6)), np.ones((80, 6))),
    }
    for say, (source, target) in wrong.items():
        with pytest.raises(BadFeatures, match=say):
            clone(model).fit(source, target, classes)
    fitted = clone(model).fit(here, there, classes)
    with pytest.raises(BadFeatures, match="the table to transform has 2 features; expected 6"):
        fitted.transform(here[:, :2])


def test_bda_asks_for_two_classes_and_one_per_row() -> None:
    here, there, classes, _ = domains()
    holes = classes.astype(object)
    holes[4] = None
    wrong = {
        "got no classes; expected one for each row of the source; without any, use TCA": None,
        r"got classes of shape \(59,\) for 60 rows": classes[1:],
        "all rows of the source are 'anger'; expected two classes": np.full(60, "anger"),
        "1 of 60 rows of the source have no class; leave them out": holes,
        "are positions on a scale; expected a few names; for scales use TCA": here[:, 0],
    }
    for say, given in wrong.items():
        with pytest.raises(BadFeatures, match=say):
            BDA().fit(here, there, given)


@pytest.mark.parametrize(
    ("model", "say"),
    [
        (JointPCA(0.0), "variance is 0.0; expected a share above 0"),
        (JointPCA(25), "variance is 25; expected a share"),
        (TCA(0), "n_components is 0; expected a whole number of at least 1"),
        (TCA(2.5), "n_components is 2.5"),  # type: ignore[arg-type]
        (TCA(mu=0), "mu is 0; expected 'auto' or a number above 0"),
        (TCA(gamma=-1), "gamma is -1; expected 'median', 'wide' or a number above 0"),
        (TCA(landmarks=1), "landmarks is 1; expected a whole number of at least 2"),
        (BDA(iterations=0), "iterations is 0; expected a whole number of at least 1"),
        (BDA(balance=()), r"balance is \(\); expected one factor or several"),
        (BDA(balance=(0.5, 2.0)), "each from 0 to 1"),
        (BDA(balance="auto"), "balance is 'auto'; expected one factor"),  # type: ignore[arg-type]
        (TCA(mu="high"), "mu is 'high'; expected 'auto'"),
    ],
    ids=str,
)
def test_impossible_parameters_are_named(model: Any, say: str) -> None:
    here, there, classes, _ = domains()
    with pytest.raises(BadPlan, match=say):
        model.fit(here, there, classes)


def test_an_unknown_kernel_is_named() -> None:
    here, there, *_ = domains()
    with pytest.raises(UnknownName, match=r"kernel 'rbv'; did you mean 'rbf'\?"):
        TCA(kernel="rbv").fit(here, there)


def test_more_components_than_the_kernel_has_are_as_many_as_it_has() -> None:
    here, there, classes, _ = domains()
    assert TCA(30, kernel="linear").fit(here, there).n_components_ == 6
    copied = np.hstack([here, here]), np.hstack([there, there])
    assert TCA(30, kernel="linear").fit(*copied).n_components_ == 6
    assert BDA(200).fit(here[:5], there[:5], classes[:5]).n_components_ <= 10


def test_a_class_the_target_lacks_is_passed_over() -> None:
    here, there, classes, hidden = domains()
    some = hidden != "sadness"
    bda = BDA(4).fit(here, there[some], classes)
    assert np.isfinite(bda.target_).all()
    assert set(BALANCE).issuperset(bda.balance_)
