"""First labels: the elbow, sparse regions and unlike neighbours, by hand or the slow way, and in the notation."""

from __future__ import annotations

import numpy as np
import pytest

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.strategies import View, line_view, strategies, strategy_from
from seral_core.strategies.compose import chooses_first_labels
from seral_core.strategies.elbow import KMeansElbow, elbow
from seral_core.strategies.representations import nearest_to_centres
from seral_core.strategies.space import points
from seral_core.strategies.unlike_neighbours import divergences, memberships
from seral_core.types import Target

NAMES = ("k-means-elbow", "sparse-regions", "dacs", "unlike-neighbours", "bmal", "random")


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def clouds(count: int, each: int = 40) -> View:
    values = np.repeat(10 * np.eye(count), each, axis=0) + rng(2).normal(size=(count * each, count))
    table = FeatureTable(values, tuple(map(str, range(len(values)))))
    return View(table, (Target("arousal"),), np.arange(len(values)), np.zeros(0, np.intp))


@pytest.mark.parametrize("count", [3, 6])
def test_the_elbow_finds_how_many_clouds_there_are(count: int) -> None:
    view = clouds(count)
    assert KMeansElbow().clusters(points(view)) == count
    picks = strategies["k-means-elbow"]()(view, count, rng())
    assert len(set((picks // 40).tolist())) == count


def test_a_curve_that_never_falls_has_no_elbow() -> None:
    assert [elbow(np.zeros(5)), elbow(np.arange(3.0)), elbow(np.ones(1))] == [0, 0, 0]


def test_clusters_give_their_nearest_clips_in_turn_until_all_are_taken() -> None:
    label, square = np.array([0, 1, 1, 1, 2, 2]), np.array([0.0, 3.0, 1.0, 2.0, 9.0, 8.0])
    assert nearest_to_centres(label, square, 9, rng()).tolist() == [2, 5, 0, 3, 4, 1]


def test_sparse_regions_are_those_of_equation_10() -> None:
    view = clouds(3)
    apart = ((points(view)[:, None] - points(view)) ** 2).sum(axis=2)
    slow = np.sort(apart, axis=1)[:, 1:21].mean(axis=1)
    assert strategies["dacs"]()(view, 5, rng()).tolist() == np.argsort(-slow)[:5].tolist()


def test_divergence_is_that_of_equation_11_and_bears_certainty() -> None:
    p, q = np.array([0.7, 0.3]), np.array([0.2, 0.8])
    kl = [(a * np.log(a / b)).sum() for a, b in ((p, q), (q, p))]
    assert divergences(p, q) == pytest.approx(sum(kl))
    assert np.isfinite(divergences(np.array([1.0, 0.0]), np.array([0.0, 1.0])))


def test_without_a_model_clips_between_clusters_contrast_most() -> None:
    near = rng(3).normal(scale=0.1, size=(30, 2))
    corners = [near + np.array(corner) for corner in ((0, 0), (8, 0), (0, 8), (8, 8))]
    some = np.concatenate([*corners, [[4.0, 0.1]]])
    proba = memberships(some, rng())
    assert proba.sum(axis=1) == pytest.approx(1)
    view = View(FeatureTable(some, tuple(map(str, range(121)))), (Target("arousal"),), np.arange(121), np.arange(0))
    assert strategies["bmal"]()(view, 1, rng()).tolist() == [120]


@pytest.mark.parametrize("name", NAMES)
def test_each_may_be_the_first_phase_of_the_notation(name: str) -> None:
    text = f"{name}:6+gsx"
    assert chooses_first_labels(text, ())
    assert len(strategy_from(text)(clouds(3), 10, rng())) == 6
    assert len(strategy_from(text)(line_view(*range(9), labelled=range(6)), 3, rng())) == 3


@pytest.mark.parametrize("text", ["k-means-elbow:most=0", "dacs:neighbours=0", "bmal:neighbours=0"])
def test_options_without_sense_are_refused(text: str) -> None:
    with pytest.raises(BadPlan, match="expected 1"):
        strategy_from(text)


def test_both_names_of_a_method_choose_the_same() -> None:
    for plain, acronym in (("sparse-regions", "dacs"), ("unlike-neighbours", "bmal")):
        one, other = (strategy_from(name)(clouds(4), 7, rng()) for name in (plain, acronym))
        assert one.tolist() == other.tolist()
