"""Machines on landmarks come close to the exact ones, and say which was used."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.svm import SVC, SVR

from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, learners, trained
from seral_core.learners.kernel import SizedSVC, SizedSVR
from seral_core.learners.landmarks import LandmarkSVC, LandmarkSVR
from seral_core.strategies.base import View
from seral_core.strategies.binary import BinaryConfidence, informativeness
from seral_core.types import Classes, Scale, Target

AROUSAL, EMOTION = Target("arousal"), Target("emotion", ("anger", "neutral", "sadness"))


def made_up(rows: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Features that repeat ten hidden ones, and a bent teacher with noise."""
    rng = np.random.default_rng(seed)
    hidden = rng.standard_normal((rows, 10)) * np.arange(1, 11) ** -0.5
    x = (hidden @ rng.standard_normal((10, 60)) + 0.3 * rng.standard_normal((rows, 60))).astype(np.float32)
    y = np.tanh(0.5 * hidden[:, 0] + hidden[:, 1] * hidden[:, 2] + 0.2 * rng.standard_normal(rows))
    return (x - x.mean(0)) / x.std(0), y


def test_with_every_label_a_landmark_the_machine_is_the_exact_one() -> None:
    x, y = made_up(600)
    exact, near = SVR().fit(x[:400], y[:400]), LandmarkSVR(landmarks=400).fit(x[:400], y[:400])
    apart = np.abs(exact.predict(x[400:]) - near.predict(x[400:]))
    assert apart.max() < 0.1 * y.std()
    sides = y > 0
    exact, near = SVC().fit(x[:400], sides[:400]), LandmarkSVC(landmarks=400).fit(x[:400], sides[:400])
    apart = np.abs(exact.decision_function(x[400:]) - near.decision_function(x[400:]))
    assert apart.max() < 0.1


def test_a_quarter_of_the_labels_as_landmarks_costs_less_than_a_hundredth_of_correlation() -> None:
    x, y = made_up(2000)
    guesses = [m.fit(x[:1200], y[:1200]).predict(x[1200:]) for m in (SVR(), LandmarkSVR(landmarks=300, random_state=0))]
    exact, near = (np.corrcoef(guess, y[1200:])[0, 1] for guess in guesses)
    assert exact > 0.5
    assert abs(exact - near) < 0.01


def test_a_kernel_worked_out_at_once_gives_the_same_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = made_up(300)
    monkeypatch.setattr("seral_core.learners.kernel.WHOLE_FROM", 200)
    monkeypatch.setattr("seral_core.learners.kernel.BLOCK", 70)
    for ours, exact in ((SizedSVR(), SVR()), (SizedSVC(), SVC())):
        values = y if isinstance(exact, SVR) else np.digitize(y, [-0.3, 0.3])
        np.testing.assert_allclose(ours.fit(x, values).predict(x), exact.fit(x, values).predict(x), atol=0.01)


def test_weights_count_as_in_the_exact_machine() -> None:
    x, y = made_up(300)
    weights = np.where(y > 0, 5.0, 0.2)
    exact, near = (
        m.fit(x, y, sample_weight=weights).predict(x) for m in (SVR(), LandmarkSVR(landmarks=300, random_state=0))
    )
    assert np.abs(exact - near).max() < 0.1
    assert np.abs(exact - SVR().fit(x, y).predict(x)).max() > 0.1


def test_equal_clips_do_not_break_the_kernel() -> None:
    x = np.repeat(made_up(5)[0], 40, axis=0)
    y = np.repeat(np.linspace(-0.5, 0.5, 5), 40)
    assert np.abs(LandmarkSVR(landmarks=200).fit(x, y).predict(x) - y).max() < 0.15


def test_several_classes_are_believed_by_distance_and_not_by_votes() -> None:
    x, y = made_up(300)
    values = np.digitize(y, [-0.3, 0.3])
    proba = SizedSVC().fit(x[:200], values[:200]).predict_proba(x[200:])
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    sure = proba.max(axis=1)
    assert sure.max() - sure.min() > 0.15  # votes gave .63 to .71 for whatever clip
    right = proba.argmax(axis=1) == values[200:]
    assert right[sure > np.median(sure)].mean() > right[sure <= np.median(sure)].mean() + 0.1
    ovr = SVC(decision_function_shape="ovr").fit(x[:200], values[:200])
    assert np.mean(ovr.predict(x[200:]) == proba.argmax(axis=1)) > 0.9


@pytest.mark.parametrize(("name", "target"), [("svr", AROUSAL), ("svm", EMOTION)])
def test_exact_below_landmarks_from_there_on(name: str, target: Target) -> None:
    x, y = made_up(120)
    values = y if target.is_scale else np.digitize(y, [-0.3, 0.3])
    table = FeatureTable(x, tuple(f"c{i}" for i in range(120)))
    for labels, exact in ((59, True), (60, False)):
        known = Known(table, (target,), {target.name: Answers(np.arange(labels), values[:labels], np.ones(labels))})
        learner = trained(learners[name]((target,), exact_below=60, landmarks=50), known, np.random.default_rng(0))
        assert learner._fitted[target.name].exact_ is exact  # type: ignore[attr-defined]
        assert bool(learner.notes(labels)) is not exact  # type: ignore[attr-defined]
        belief = learner.predict(table)[target.name]
        if isinstance(belief, Scale):
            assert np.corrcoef(belief.guess, y)[0, 1] > 0.5
        if isinstance(belief, Classes):
            assert np.mean(belief.guess == values) > 0.6


def test_binary_confidence_on_landmarks_ranks_as_the_exact_one_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = made_up(1500)
    sides = (y > 0).astype(np.intp)
    exact = informativeness(x[:900], sides[:900], x[900:])
    monkeypatch.setattr(
        "seral_core.learners.kernel.SizedSVC.__init__.__defaults__", (1.0, "scale", None, 500, 400, None)
    )
    near = informativeness(x[:900], sides[:900], x[900:])
    assert not np.array_equal(exact, near)
    assert np.corrcoef(exact, near)[0, 1] > 0.9
    known = {"arousal": Answers(np.arange(900), y[:900], np.ones(900))}
    table = FeatureTable(x, tuple(map(str, range(1500))))
    view = View(table, (AROUSAL,), np.arange(900, 1500), np.arange(900), known)
    BinaryConfidence()(view, 5, np.random.default_rng(0))
    assert ["400 landmarks" in remark for remark in view.remarks] == [True]
