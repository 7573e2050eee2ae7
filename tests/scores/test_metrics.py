"""Metrics agree with the libraries, keep their bounds, and are defined at the edges."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seral_core.errors import BadPlan, UnknownName
from seral_core.scores import metrics as m
from seral_core.types import Classes, Scale, Target

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

CLASSES = 4
EMOTION = Target("emotion", ("anger", "happiness", "sadness", "fear"))
pairs_of_classes = st.integers(1, 60).flatmap(
    lambda n: st.tuples(*[hnp.arrays(np.intp, n, elements=st.integers(0, CLASSES - 1))] * 2)
)
values = st.floats(-1e3, 1e3).map(lambda x: round(x, 3))
pairs_of_values = st.integers(1, 60).flatmap(lambda n: st.tuples(*[hnp.arrays(float, n, elements=values)] * 2))


@given(pairs_of_classes)
def test_class_scores_equal_those_of_scikit_learn(pair: tuple[np.ndarray, np.ndarray]) -> None:
    from sklearn import metrics as sk

    truth, guess = pair
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert m.uar(truth, guess, CLASSES) == pytest.approx(sk.balanced_accuracy_score(truth, guess))
        assert m.wa(truth, guess) == pytest.approx(sk.accuracy_score(truth, guess))
        f1 = sk.f1_score(truth, guess, labels=np.unique(truth), average="macro")
        assert m.macro_f1(truth, guess, CLASSES) == pytest.approx(f1)
    counts = sk.confusion_matrix(truth, guess, labels=range(CLASSES))
    assert m.confusion(truth, guess, CLASSES).tolist() == counts.tolist()


@given(pairs_of_values)
def test_rmse_equals_that_of_scikit_learn(pair: tuple[np.ndarray, np.ndarray]) -> None:
    from sklearn.metrics import root_mean_squared_error

    assert m.rmse(*pair) == pytest.approx(root_mean_squared_error(*pair))


@given(st.integers(0, 2**32 - 1), st.integers(3, 200))
def test_pcc_equals_that_of_scipy(seed: int, size: int) -> None:
    from scipy.stats import pearsonr

    truth, guess = np.random.default_rng(seed).normal(size=(2, size))
    assert m.pcc(truth, guess) == pytest.approx(pearsonr(truth, guess).statistic)


def test_ccc_equals_a_worked_example() -> None:
    # Means 2.5 and 3; variances 1.25 and 2.5; covariance 1.75: 3.5 / (3.75 + 0.25).
    assert m.ccc(np.array([1.0, 2, 3, 4]), np.array([1.0, 2, 4, 5])) == pytest.approx(0.875)


@given(pairs_of_classes)
def test_class_scores_stay_between_0_and_1(pair: tuple[np.ndarray, np.ndarray]) -> None:
    for formula in (m.uar, m.wa, m.macro_f1):
        assert 0 <= formula(*pair, CLASSES) <= 1


@given(pairs_of_values)
def test_concordance_is_symmetric_and_no_larger_than_correlation(pair: tuple[np.ndarray, np.ndarray]) -> None:
    truth, guess = pair
    assert m.ccc(truth, guess) == pytest.approx(m.ccc(guess, truth))
    assert abs(m.ccc(truth, guess)) <= abs(m.pcc(truth, guess)) + 1e-9
    assert -1 <= m.pcc(truth, guess) <= 1


@given(pairs_of_values, st.randoms(use_true_random=False))
def test_order_of_segments_does_not_matter(pair: tuple[np.ndarray, np.ndarray], random: object) -> None:
    order = np.arange(len(pair[0]))
    random.shuffle(order)  # type: ignore[attr-defined]
    for formula in (m.ccc, m.pcc, m.rmse):
        mixed = formula(pair[0][order], pair[1][order])
        assert mixed == pytest.approx(formula(*pair), abs=1e-7)


@given(pairs_of_classes, st.permutations(range(CLASSES)))
def test_names_of_classes_do_not_matter(pair: tuple[np.ndarray, np.ndarray], names: list[int]) -> None:
    renamed = [np.array(names)[one] for one in pair]
    for formula in (m.uar, m.wa, m.macro_f1):
        assert formula(*renamed, CLASSES) == pytest.approx(formula(*pair, CLASSES))


@given(pairs_of_values)
def test_perfect_guesses_score_best_unless_constant(pair: tuple[np.ndarray, np.ndarray]) -> None:
    truth = pair[0]
    best = 0.0 if (truth == truth[0]).all() else 1.0
    assert m.ccc(truth, truth) == pytest.approx(best)
    assert m.pcc(truth, truth) == pytest.approx(best)
    assert m.rmse(truth, truth) == 0


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e6 + 0.1])
def test_a_constant_prediction_scores_0_and_not_nan(constant: float) -> None:
    truth, guess = np.random.default_rng(0).normal(size=30), np.full(30, constant)
    assert m.ccc(truth, guess) == 0
    assert m.pcc(truth, guess) == 0
    assert m.pcc(guess, guess) == 0


def test_classes_that_the_truth_does_not_hold_are_left_out_of_uar() -> None:
    truth, guess = np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1])
    assert m.uar(truth, guess, 4) == 0.75
    assert np.isnan(m.recall_per_class(truth, guess, 4)).tolist() == [False, False, True, True]


def test_without_segments_every_score_is_nan() -> None:
    nothing, none = np.zeros(0), np.zeros(0, np.intp)
    assert all(np.isnan(f(nothing, nothing)) for f in (m.ccc, m.pcc, m.rmse))
    assert all(np.isnan(f(none, none, 3)) for f in (m.uar, m.wa, m.macro_f1))


def test_arrays_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="join them by id"):
        m.ccc(np.zeros(3), np.zeros(4))


def test_score_asks_every_metric_that_fits() -> None:
    belief = Classes(np.eye(4)[None])
    assert m.score(belief, EMOTION, np.arange(4)) == {"uar": 1.0, "wa": 1.0, "macro-f1": 1.0}
    scale = Scale(np.array([[0.0, 1.0], [0.0, 3.0]]), np.zeros((2, 2)))
    assert m.score(scale, Target("valence", low=0, high=5), np.array([0.0, 2.0]))["rmse"] == 0


def test_detail_is_plain_and_says_none_for_an_absent_class() -> None:
    detail = m.detail(Classes(np.eye(4)[None, :2]), EMOTION, np.array([0, 1]))
    assert detail["recall"] == [1.0, 1.0, None, None]
    assert detail["confusion"][0] == [1, 0, 0, 0]
    assert m.detail(Scale(np.zeros((1, 2)), np.zeros((1, 2))), Target("arousal"), np.zeros(2)) == {}


def test_a_belief_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(BadPlan, match="got Scale for emotion; expected a belief about classes"):
        m.score(Scale(np.zeros((1, 2)), np.zeros((1, 2))), EMOTION, np.zeros(2))
    with pytest.raises(BadPlan, match="4 classes; the belief has 3"):
        m.score(Classes(np.eye(3)[None]), EMOTION, np.arange(3))
    with pytest.raises(BadPlan, match="join them by id"):
        m.score(Classes(np.eye(4)[None]), EMOTION, np.arange(3))


def test_metrics_are_found_by_name_and_know_which_way_is_up() -> None:
    of_votes = ["cross-entropy", "hard-uar", "jensen-shannon"]
    assert sorted(m.metrics) == sorted(["uar", "wa", "macro-f1", "ccc", "pcc", "rmse", *of_votes])
    down = [name for name in m.metrics if not m.metrics[name].higher_is_better]
    assert down == ["cross-entropy", "jensen-shannon", "rmse"]
    with pytest.raises(UnknownName, match="did you mean 'uar'"):
        m.metrics["uaar"]
