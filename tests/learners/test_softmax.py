"""SERAL's own logistic regression is scikit-learn's, found faster."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from seral_core.learners.softmax import SoftmaxRegression


@pytest.mark.parametrize("classes", [2, 3, 6])
@pytest.mark.parametrize("features", [5, 120])
@pytest.mark.parametrize(("C", "balanced"), [(0.03, True), (1.0, False)])
def test_probabilities_equal_those_of_scikit_learn(classes: int, features: int, C: float, balanced: bool) -> None:
    rng = np.random.default_rng(classes)
    x, y = rng.normal(size=(60, features)), rng.integers(classes, size=60)
    weight = rng.choice([0.5, 1.0], size=60)
    exact = LogisticRegression(C=C, class_weight="balanced" if balanced else None, tol=1e-10, max_iter=10_000)
    own = SoftmaxRegression(C=C, balanced=balanced, tolerance=1e-9)
    if balanced:
        # With weights given as well, scikit-learn balances by counts, as here.
        expected = exact.fit(x, y).predict_proba(x)
        found = own.fit(x, y).predict_proba(x)
    else:
        expected = exact.fit(x, y, weight).predict_proba(x)
        found = own.fit(x, y, weight).predict_proba(x)
    assert found == pytest.approx(expected, abs=2e-5)


def test_constant_features_and_classes_by_name_are_fine() -> None:
    x = np.column_stack([np.ones(8), np.arange(8.0)])
    y = np.array(["anger"] * 4 + ["sadness"] * 4)
    model = SoftmaxRegression().fit(x, y)
    assert model.predict(x).tolist() == y.tolist()
    assert np.isfinite(model.predict_proba(1e6 * x)).all()


def test_one_class_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="got only class 1"):
        SoftmaxRegression().fit(np.zeros((3, 2)), np.ones(3, int))
