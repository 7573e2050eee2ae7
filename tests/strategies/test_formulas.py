"""Strategies choose what their formulas say, worked out by hand or the slow way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from seral_core.errors import BadFeatures
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers
from seral_core.strategies import View, line_view, strategies, strategy_from
from seral_core.strategies.committee import consensus_divergence, vote_entropy
from seral_core.strategies.contract import toy_view
from seral_core.strategies.fused import by_norm, by_product, farthest
from seral_core.strategies.label_space import Labels
from seral_core.strategies.space import k_means_clusters, points, squared_distances, z_scored
from seral_core.strategies.typical import typicality
from seral_core.strategies.uncertainty import entropy_scores, least_confidence_scores, margin_scores, ranks
from seral_core.types import Classes, Floats, Ints, Prediction, Scale, Target
from seral_core.units import per_row

EMOTION = Target("emotion", ("anger", "fear", "sadness"))
SEX = Target("sex", ("female", "male"))
THREE = np.array([[0.5, 0.5, 0.0], [0.4, 0.3, 0.3], [0.6, 0.2, 0.2]])


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def square(*corners: tuple[float, float], labelled: tuple[int, ...] = (), **fields: object) -> View:
    table = FeatureTable(np.array(corners, float), tuple(f"p{i}" for i in range(len(corners))))
    others = np.setdiff1d(np.arange(len(corners)), labelled)
    return View(table, (Target("arousal"),), others, np.array(labelled, np.intp), **fields)  # type: ignore[arg-type]


def believing(**proba: Floats) -> View:
    """Three candidates and one labelled point, with these probabilities."""
    task = tuple({"emotion": EMOTION, "sex": SEX}[name] for name in proba)
    beliefs: Prediction = {name: Classes(p[None]) for name, p in proba.items()}
    return line_view(0.0, 1.0, 2.0, 3.0, labelled=[0], task=task, predict=lambda rows: beliefs)


def test_uncertainty_scores_equal_those_by_hand() -> None:
    two, three = np.log(2), -(0.4 * np.log(0.4) + 0.6 * np.log(0.3))
    assert entropy_scores(THREE)[:2] == pytest.approx([two, three])
    assert least_confidence_scores(THREE) == pytest.approx([0.5, 0.6, 0.4])
    assert margin_scores(THREE) == pytest.approx([0.0, -0.1, -0.4])


def test_the_three_uncertainties_disagree_where_they_should() -> None:
    view = believing(emotion=THREE)
    first = {name: int(strategies[name](view, 1, rng())[0]) for name in ("entropy", "least-confidence", "margin")}
    assert first == {"entropy": 2, "least-confidence": 2, "margin": 1}


def test_certain_and_single_class_beliefs_give_no_nan() -> None:
    assert entropy_scores(np.array([[1.0, 0.0, 0.0]])).tolist() == [0.0]
    assert margin_scores(np.ones((2, 1))).tolist() == [0.0, 0.0]


def test_several_targets_are_joined_by_mean_rank() -> None:
    # Ranks of the margins: emotion 1, .5, 0; sex 0, 1, .5: the means are .5, .75, .25.
    view = believing(emotion=THREE, sex=np.array([[0.99, 0.01], [0.5, 0.5], [0.9, 0.1]]))
    assert strategies["margin"](view, 3, rng()).tolist() == [2, 1, 3]
    assert ranks(np.array([5.0, 5.0, 1.0])).tolist() == [0.75, 0.75, 0.0]


def test_equals_are_drawn_at_random() -> None:
    view = believing(emotion=np.full((3, 3), 1 / 3))
    assert {int(strategies["entropy"](view, 1, rng(seed))[0]) for seed in range(30)} == {1, 2, 3}


def test_votes_and_divergence_of_a_committee_equal_those_by_hand() -> None:
    members = np.array([[[0.9, 0.1]], [[0.6, 0.4]], [[0.2, 0.8]]])
    assert vote_entropy(members)[0] == pytest.approx(-(2 / 3 * np.log(2 / 3) + 1 / 3 * np.log(1 / 3)))
    mean = members.mean(axis=0)
    slow = np.mean([(m * np.log(m / mean)).sum() for m in members])
    assert consensus_divergence(members)[0] == pytest.approx(slow)


def test_a_committee_on_a_scale_is_asked_for_its_spread() -> None:
    means = np.array([[0.0, 0.0, 0.3], [0.0, 0.5, 0.3], [0.1, -0.5, 0.3]])
    belief = Scale(means, np.full((3, 3), 9.0))
    view = line_view(0.0, 1.0, 2.0, 3.0, labelled=[0], committee=lambda rows: {"arousal": belief})
    assert strategies["qbc"]()(view, 3, rng()).tolist() == [2, 1, 3]


def test_features_are_z_scored_so_that_no_unit_decides() -> None:
    # In Hz the third is far; z-scored, the second feature of the fourth is farther.
    values = np.array([[100.0, 0.0], [120.0, 0.0], [125.0, 0.1], [100.0, 9.0]])
    view = square(*map(tuple, values), labelled=(0,))  # type: ignore[arg-type]
    assert strategies["gsx"](view, 1, rng()).tolist() == [3]
    assert z_scored(values).std(axis=0) == pytest.approx([1, 1])


def test_constant_features_count_nothing() -> None:
    values = np.column_stack([np.full(5, 0.1), np.arange(5.0)]).astype(np.float32)
    assert z_scored(values)[:, 0].tolist() == [0.0] * 5


def test_k_centre_walks_to_the_farthest_corner() -> None:
    view = line_view(0.0, 1.0, 4.5, 7.0, 10.0, labelled=[0])
    assert strategies["k-centre"](view, 3, rng()).tolist() == [4, 2, 3]


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_k_centre_equals_the_slow_way_on_many_points(kind: type) -> None:
    values = np.repeat(rng(1).standard_t(3, size=(400, 6)), 2, axis=0).astype(kind)[:600]
    table = FeatureTable(values, tuple(map(str, range(len(values)))))
    view = View(table, (Target("arousal"),), np.arange(5, 600), np.arange(5))
    picks = strategies["k-centre"](view, 120, rng())
    apart = points(view).astype(np.float64)
    chosen = list(range(5))
    for pick in picks.tolist():
        gaps = np.min([((apart - apart[c]) ** 2).sum(axis=1) for c in chosen], axis=0)
        assert gaps[pick] == pytest.approx(gaps[view.candidates].max(), rel=1e-5)
        chosen.append(pick)


def test_small_distances_of_float32_far_from_zero_are_kept() -> None:
    far = np.array([[4096.0], [4096.001], [4096.002]], dtype=np.float32)
    exact = (far.astype(np.float64) - float(far[0, 0])) ** 2
    assert squared_distances(far, far[0]) == pytest.approx(exact[:, 0], rel=1e-6)


def test_gsx_starts_at_the_centroid() -> None:
    assert strategies["gsx"](line_view(0.0, 4.0, 5.2, 6.0, 10.0), 2, rng())[0] == 2


def test_k_means_takes_the_clip_nearest_each_centre_large_clusters_first() -> None:
    view = line_view(0.0, 1.0, 1.9, 20.0, 21.0, 22.2, 40.0, 41.0, 42.0, 43.2)
    # Centres are about 0.97, 21.07 and 41.55.
    assert strategies["k-means"](view, 3, rng()).tolist()[0] in (7, 8)
    assert set(strategies["k-means"](view, 3, rng()).tolist()) == {8, 1, 4}


def slow_greedy(view: View, n: int, fuse: Callable[[float, Floats], float], place: Floats) -> list[int]:
    """Greedy sampling, one pair at a time; ranges of the targets are 2 and 4."""
    width = np.array([t.high - t.low for t in view.task])
    guess = np.stack([view.beliefs[t.name].guess for t in view.task], axis=1) / width
    known = np.stack([view.answers[t.name].values for t in view.task], axis=1) / width
    have = list(zip(view.labelled.tolist(), known, strict=True))
    left, picks = dict(zip(view.candidates.tolist(), guess, strict=True)), []
    for _ in range(n):
        score = {
            i: min(fuse(float(np.linalg.norm(place[i] - place[j])), y - g) for j, y in have) for i, g in left.items()
        }
        picks.append(max(score, key=score.__getitem__))
        have.append((picks[-1], left.pop(picks[-1])))
    return picks


@pytest.mark.parametrize("title", ["a scale", "two scales"])
@pytest.mark.parametrize(
    ("name", "fuse"),
    [
        ("gsy", lambda x, y: np.linalg.norm(y)),
        ("igs", lambda x, y: x * np.linalg.norm(y)),
        ("mtigs", lambda x, y: x * np.prod(np.abs(y))),
        ("mtigs-modified", lambda x, y: x * np.linalg.norm(y)),
    ],
)
@pytest.mark.parametrize("scope", ["pool", "few"])
def test_greedy_sampling_equals_the_slow_way(name: str, fuse: Callable, title: str, scope: str) -> None:
    from seral_core.strategies.contract import TASKS

    view = toy_view(rng(5).normal(size=(120, 3)) * [1, 2, 5], TASKS[title], tuple(range(0, 60, 7)))
    if scope == "few":
        view = view.among(view.candidates[::11])
    place = view.table.values if name.startswith("mtigs") else points(view)
    assert strategies[name](view, 8, rng()).tolist() == slow_greedy(view, 8, fuse, place)


@pytest.mark.parametrize("targets", [1, 3])
def test_a_single_pick_with_weights_is_the_best_of_all(targets: int) -> None:
    for seed in range(60):
        draw = rng(seed)
        view = square(*draw.normal(size=(300, 2)).tolist(), labelled=tuple(range(0, 300, 15)))
        labels = Labels(draw.uniform(size=(280, targets)), draw.uniform(size=(20, targets)))
        weight = draw.exponential(5, size=280)
        away = np.linalg.norm(points(view)[view.candidates, None] - points(view)[None, view.labelled], axis=2)
        apart = np.abs(labels.guess[:, None] - labels.known[None])
        for fusion, joined in ((by_norm, np.linalg.norm(apart, axis=2)), (by_product, apart.prod(axis=2))):
            best = (weight * (away * joined).min(axis=1)).argmax()
            assert farthest(view, 1, rng(), fusion, labels, weight).tolist() == [view.candidates[best]]


def test_mtigs_and_its_modification_are_one_for_one_target_and_two_for_two() -> None:
    from seral_core.strategies.contract import TASKS

    def both(title: str) -> list[list[int]]:
        view = toy_view(rng(5).normal(size=(120, 3)), TASKS[title], tuple(range(0, 60, 7)))
        return [strategies[name](view, 8, rng()).tolist() for name in ("mtigs", "mtigs-modified")]

    assert both("a scale")[0] == both("a scale")[1]
    assert both("two scales")[0] != both("two scales")[1]


def test_a_missing_answer_is_filled_with_the_prediction() -> None:
    task = (Target("arousal"), Target("valence"))
    asked: list[list[int]] = []

    def predict(rows: Ints) -> Prediction:
        asked.append(rows.tolist())
        return {t.name: Scale(rows[None] / 10.0, np.zeros((1, len(rows)))) for t in task}

    one = Answers(np.array([0]), np.array([0.0]), np.ones(1))
    two = Answers(np.array([0, 1]), np.array([0.0, 0.1]), np.ones(2))
    view = line_view(0.0, 1.0, 2.0, 5.0, labelled=[0, 1], task=task, predict=predict)
    view = replace(view, answers={"arousal": two, "valence": one})
    assert strategies["gsy"](view, 1, rng()).tolist() == [3]
    assert asked == [[2, 3], [1]]


def test_typicality_is_the_inverse_of_the_mean_distance() -> None:
    some = rng().normal(size=(60, 4)) + 100
    slow = np.sort(np.linalg.norm(some[:, None] - some, axis=2), axis=1)[:, 1:21].mean(axis=1)
    assert typicality(some, 20) == pytest.approx(1 / slow)
    assert np.isinf(typicality(np.ones((3, 2)), 20)).all()


def test_typiclust_goes_where_no_label_is() -> None:
    groups = [centre + np.linspace(-1, 1, 7) ** 3 for centre in (0.0, 50.0, 100.0)]
    view = line_view(*np.concatenate(groups), labelled=[0])
    picks = strategies["typiclust"]()(view, 2, rng())
    assert sorted((picks // 7).tolist()) == [1, 2]


def test_v_optimal_equals_the_definition() -> None:
    view = toy_view(rng(2).normal(size=(40, 5)), (Target("arousal"),), (3, 4))
    picks = strategy_from("v-optimal:strength=0.5")(view, 6, rng()).tolist()
    x = np.column_stack([points(view), np.ones(40)])

    def variance(rows: list[int]) -> float:
        inverse = np.linalg.inv(x[rows].T @ x[rows] + 0.5 * np.eye(6))
        return float(np.trace(x @ inverse @ x.T))

    have = [3, 4]
    for pick in picks:
        left = [i for i in range(40) if i not in have]
        assert pick == min(left, key=lambda i: variance([*have, i]))
        have.append(pick)


def test_units_of_a_segment_are_averaged() -> None:
    bounds = np.array([0, 2, 3])
    assert per_row(np.array([1.0, 3.0, 5.0]), bounds).tolist() == [2.0, 5.0]
    assert per_row(np.array([[1.0], [3.0], [5.0]]), bounds).tolist() == [[2.0], [5.0]]
    assert per_row(np.array([[1.0, 3.0, 5.0]]), bounds, axis=1).tolist() == [[2.0, 5.0]]
    with pytest.raises(BadFeatures, match="row 1 has no frames"):
        per_row(np.ones(3), np.array([0, 2, 2, 3]))
    belief = Classes(np.array([[[1.0, 0.0], [1.0, 0.0], [0.5, 0.5], [1.0, 0.0]]]), np.array([0, 2, 4]))
    view = line_view(0.0, 1.0, 2.0, labelled=[0], task=(SEX,), predict=lambda rows: {"sex": belief})
    assert strategies["entropy"](view, 1, rng()).tolist() == [2]


def test_wide_features_are_reduced_and_still_work() -> None:
    view = toy_view(rng().normal(size=(500, 300)), (Target("arousal"),), (1, 2))
    for name in ("typiclust", "v-optimal"):
        assert len(strategy_from(name)(view, 4, rng())) == 4


def test_large_pools_are_clustered_in_mini_batches() -> None:
    label, square = k_means_clusters(rng().normal(size=(20_001, 2)), 4, rng())
    assert len(set(label.tolist())) == 4
    assert np.isfinite(square).all()


@pytest.mark.parametrize("name", ["gsx", "igs"])
def test_one_more_label_costs_one_more_column(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from seral_core.strategies import space

    columns: list[int] = []

    def counted(some: Floats, one: Floats) -> Floats:
        columns.append(len(some))
        return squared_distances(some, one)

    monkeypatch.setattr(space, "squared_distances", counted)
    view = toy_view(rng().normal(size=(50, 3)), (Target("arousal"),), (0, 1, 2))
    strategies[name](view, 1, rng())
    assert len(columns) == 3
    more = replace(view, labelled=np.array([0, 1, 2, 9]), candidates=np.setdiff1d(view.candidates, [9]))
    strategies[name](more, 1, rng())
    assert len(columns) == 4


def test_a_scratch_of_labels_taken_back_is_not_trusted() -> None:
    view = toy_view(rng().normal(size=(50, 3)), (Target("arousal"),), (0, 1, 2, 30))
    strategies["gsx"](view, 1, rng())
    strategies["igs"](view, 1, rng())
    fewer = replace(view, labelled=np.array([0, 1]), candidates=np.arange(2, 50))
    for name in ("gsx", "igs"):
        with_scratch = strategies[name](fewer, 3, rng())
        assert with_scratch.tolist() == strategies[name](replace(fewer, scratch={}), 3, rng()).tolist()


def test_disagreement_times_distance_takes_one_pick_after_another() -> None:
    low = np.array([0.0, 0.1, 0.0, 0.3, 0.05])
    members = Scale(np.stack([low, low + np.array([0.2, 0.4, 0.4, 0.1, 0.3])]), np.zeros((2, 5)))
    view = square(
        (0, 0), (1, 0), (4, 0), (4, 1), (0, 6), (3, 3), labelled=(0,), committee=lambda rows: {"arousal": members}
    )
    everything, apart = points(view), np.array([0.1, 0.2, 0.2, 0.05, 0.15]) / 2
    known, chosen = [0], []
    for _ in range(3):
        nearest = np.array([min(np.linalg.norm(everything[c] - everything[k]) for k in known) for c in range(1, 6)])
        pick = int(np.argmax(np.where(np.isin(np.arange(1, 6), chosen), -1, apart * nearest))) + 1
        chosen.append(pick)
        known.append(pick)
    assert strategies["qbc-gsx"](view, 3, rng()).tolist() == chosen
    assert chosen[:2] != strategy_from("qbc")(view, 2, rng()).tolist()
