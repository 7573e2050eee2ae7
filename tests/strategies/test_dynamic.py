"""Dynamic active learning: novelty first, classes that are sparse, change that is expected, and density."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from seral_core.errors import BadPlan, UnknownName
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers
from seral_core.strategies import View, strategy_from
from seral_core.strategies.background import background_rows
from seral_core.strategies.expected_change import gradient_lengths
from seral_core.types import Classes, Floats, Ints, Target

EMOTION = Target("emotion", ("anger", "neutral", "sadness"))
RNG = np.random.default_rng


def view_of(values: Floats, classes: Ints, labelled: Ints, proba: Floats | None = None) -> View:
    table = FeatureTable(values, tuple(f"c{i}" for i in range(len(values))))
    others = np.setdiff1d(np.arange(len(values)), labelled)
    known = {"emotion": Answers(labelled, classes[labelled], np.ones(len(labelled)))}
    more: dict[str, Any] = {}
    if proba is not None:
        more = {"predict": lambda rows: {"emotion": Classes(proba[rows][None])}}
    return View(table, (EMOTION,), others, labelled, known, **more)


def speech() -> tuple[Floats, Ints]:
    """Ninety neutral clips, five angry and five sad ones, which lie to either side."""
    classes = np.array([1] * 90 + [0] * 5 + [2] * 5)
    rng = RNG(0)
    values = rng.normal(size=(100, 6))
    values[:, :3] += np.select([classes == 0, classes == 2], [5.0, -5.0], 0.0)[:, None]
    return values, classes


@pytest.mark.parametrize(("model", "labels"), [("gaussian", 0), ("gaussian", 12), ("svm", 12)])
def test_novelty_finds_rare_emotions_with_labels_of_neutral_speech_or_none(model: str, labels: int) -> None:
    values, classes = speech()
    view = view_of(values, classes, np.arange(labels))
    picks = strategy_from(f"novelty:model={model}")(view, 10, RNG(0))
    assert (classes[picks] != 1).sum() >= 7
    assert ("against the whole pool" in " ".join(view.remarks)) == (labels == 0)


def test_coarse_to_fine_turns_to_which_emotion_it_is_once_there_are_enough() -> None:
    values, classes = speech()
    proba = np.tile([0.02, 0.96, 0.02], (100, 1))
    proba[20] = [0.4, 0.2, 0.4]
    proba[21] = [0.7, 0.2, 0.1]
    proba[22] = [0.0, 0.5, 0.5]
    coarse = view_of(values, classes, np.array([0, 1, 90]), proba)
    fine = view_of(values, classes, np.array([0, 1, 90, 95]), proba)
    strategy = strategy_from("coarse-to-fine:enough=2")
    assert strategy(coarse, 5, RNG(0)).tolist() == strategy_from("novelty")(coarse, 5, RNG(0)).tolist()
    assert strategy(fine, 2, RNG(0)).tolist() == [20, 21]


def test_background_of_several_targets_is_what_is_neutral_for_all() -> None:
    values, _ = speech()
    arousal = Target("arousal", low=1, high=5)
    known = {
        "emotion": Answers(np.arange(4), np.array([1, 1, 0, 1]), np.ones(4)),
        "arousal": Answers(np.arange(3), np.array([3.2, 4.9, 3.0]), np.ones(3)),
    }
    table = FeatureTable(values, tuple(map(str, range(100))))
    view = View(table, (EMOTION, arousal), np.arange(4, 100), np.arange(4), known)
    assert background_rows(view).tolist() == [0]


def test_sparse_class_brings_rare_classes_to_the_number_of_the_others() -> None:
    values, classes = speech()
    proba = np.full((100, 3), 0.1)
    proba[np.arange(100), classes] = 0.8
    view = view_of(values, classes, np.arange(6), proba)
    picks = strategy_from("sparse-class")(view, 8, RNG(0))
    assert np.bincount(classes[picks], minlength=3).tolist() == [4, 0, 4]


@pytest.mark.parametrize(
    ("name", "say"), [("sparse-class", "for arousal try balanced-range"), ("coarse-to-fine", "for arousal try novelty")]
)
def test_what_needs_classes_says_so(name: str, say: str) -> None:
    table = FeatureTable(np.eye(3), ("a", "b", "c"))
    with pytest.raises(BadPlan, match=say):
        strategy_from(name)(View(table, (Target("arousal"),), np.arange(1, 3), np.arange(1)), 1, RNG(0))


def test_expected_change_is_the_mean_length_of_the_gradient_over_the_answers() -> None:
    proba = RNG(0).dirichlet(np.ones(4), 5)
    lengths = [sum(p[c] * np.linalg.norm(p - np.eye(4)[c]) for c in range(4)) for p in proba]
    np.testing.assert_allclose(gradient_lengths(proba), lengths)


def test_density_passes_over_outliers_that_are_most_uncertain() -> None:
    values = np.vstack([RNG(0).normal(size=(40, 3)), np.full((2, 3), 30.0) * [[1], [-1]]])
    proba = np.column_stack([np.linspace(0.9, 0.6, 42), np.linspace(0.05, 0.2, 42), np.linspace(0.05, 0.2, 42)])
    proba[40:] = [0.5, 0.5, 0.0]
    view = view_of(values, np.zeros(42, np.intp), np.zeros(0, np.intp), proba)
    assert set(strategy_from("margin")(view, 2, RNG(0)).tolist()) == {40, 41}
    assert not {40, 41} & set(strategy_from("density")(view, 5, RNG(0)).tolist())


def test_odd_options_are_refused() -> None:
    for text, say in (
        ("novelty:model=gmm", "novelty has no model 'gmm'; expected one of gaussian, svm"),
        ("coarse-to-fine:enough=-1", "got -1 emotional labels as enough"),
        ("density:of=density", "expected another strategy"),
        ("density:beta=-1", "beta of 0 or more"),
    ):
        with pytest.raises(BadPlan, match=say):
            strategy_from(text)
    view = view_of(*speech(), np.arange(3))
    with pytest.raises(UnknownName, match="strategy 'entopy'; did you mean 'entropy'"):
        strategy_from("density:of=entopy")(view, 1, RNG(0))
