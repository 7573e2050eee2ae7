"""BatchBALD and BADGE equal the slow way: all outcomes enumerated, all gradients written out."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from seral_core.errors import BadFeatures
from seral_core.strategies import line_view, strategies, strategy_from
from seral_core.strategies.badge import gradient_factors, spread
from seral_core.strategies.batchbald import Outcomes, members, most_informative
from seral_core.strategies.committee import consensus_divergence
from seral_core.strategies.contract import EMOTION, toy_view
from seral_core.strategies.representations import representations
from seral_core.types import Classes, Floats, Target


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def believed(members: int, rows: int, classes: int, spread: float = 1.0, seed: int = 0) -> Floats:
    logits = rng(seed).normal(size=(1, rows, classes)) + spread * rng(seed + 1).normal(size=(members, rows, classes))
    proba = np.exp(logits)
    return np.asarray(proba / proba.sum(axis=-1, keepdims=True))


def information(proba: Floats, batch: tuple[int, ...]) -> float:
    """Mutual information of a batch's labels and the members, by going through every outcome."""
    joint = 0.0
    for outcome in product(range(proba.shape[2]), repeat=len(batch)):
        p = np.prod([proba[:, row, c] for row, c in zip(batch, outcome, strict=True)], axis=0).mean()
        joint -= p * np.log(p)
    alone = [-(proba[:, row] * np.log(proba[:, row])).sum(axis=1).mean() for row in batch]
    return float(joint - sum(alone))


def greedy(proba: Floats, wanted: int) -> list[int]:
    picks: list[int] = []
    while len(picks) < wanted:
        rest = [row for row in range(proba.shape[1]) if row not in picks]
        picks.append(max(rest, key=lambda row: information(proba, (*picks, row))))
    return picks


@pytest.mark.parametrize(("count", "classes", "apart"), [(5, 3, 1.0), (2, 4, 2.0), (9, 2, 0.3)])
def test_batchbald_equals_enumeration(count: int, classes: int, apart: float) -> None:
    proba = believed(count, 14, classes, apart)
    picks, gains = most_informative(proba, 4, classes**4, rng())
    assert picks.tolist() == greedy(proba, 4)
    assert np.cumsum(gains) == pytest.approx([information(proba, tuple(picks[:k])) for k in range(1, 5)], abs=1e-12)


def test_one_clip_is_chosen_by_bald() -> None:
    proba = believed(6, 300, 4)
    picks, gains = most_informative(proba, 1, 1000, rng())
    scores = consensus_divergence(proba)
    assert (picks[0], gains[0]) == (scores.argmax(), pytest.approx(scores.max()))


def test_two_clips_that_say_the_same_are_not_chosen_together() -> None:
    proba = believed(8, 20, 3)
    proba[:, 5] = proba[:, 3] = np.eye(3)[rng(4).integers(3, size=8)] * 0.98 + 0.01 * np.ones(3)
    picks, _ = most_informative(proba, 3, 1000, rng())
    apart = proba.copy()
    apart[:, 5] = apart[:, 5].mean(axis=0)
    assert picks[0] in (3, 5)
    assert not {3, 5} <= set(picks.tolist())


@pytest.mark.parametrize("outcomes", [20, 60])
def test_sampled_outcomes_estimate_what_enumeration_gives(outcomes: int) -> None:
    proba = believed(7, 12, 3)
    batch = (1, 4, 6, 9, 10)
    exact = information(proba, batch) - information(proba, batch[:-1])
    found = []
    for seed in range(300):
        joint, draws = Outcomes(np.ones(1), np.full((1, 7), 1 / 7)), rng(seed)
        for row in batch[:-1]:
            joint = joint.after(proba[:, row]).at_most(outcomes, draws)
        assert len(joint.share) <= outcomes
        alone = -(proba * np.log(proba)).sum(axis=-1)
        found.append(joint.gains(proba[:, 10:11].swapaxes(0, 1), alone[:, 10:11])[0])
    error = np.std(found) / np.sqrt(len(found))
    assert abs(np.mean(found) - exact) < 4 * error + 1e-12
    assert np.std(found) < 0.2 * exact


def test_outcomes_are_exact_as_long_as_there_are_few_enough() -> None:
    joint = Outcomes(np.ones(1), np.full((1, 4), 0.25)).after(believed(4, 1, 3)[:, 0])
    assert joint.at_most(3, rng()) is joint
    assert joint.at_most(2, rng()).share.sum() == pytest.approx(1)


def test_information_never_exceeds_what_there_is_to_know() -> None:
    picks, gains = most_informative(believed(5, 60, 4, 3.0), 12, 50, rng())
    assert len(set(picks.tolist())) == 12
    assert (gains >= 0).all()
    assert gains.sum() <= np.log(5) + 1e-9


def test_members_that_agree_leave_the_choice_to_chance() -> None:
    proba = np.repeat(believed(1, 9, 3), 4, axis=0)
    first = {int(most_informative(proba, 9, 100, rng(seed))[0][0]) for seed in range(40)}
    assert len(first) > 5


def test_a_label_about_several_targets_is_all_of_its_answers() -> None:
    voice = Target("voice", ("low", "middle", "high"))
    view = toy_view(rng(3).normal(size=(9, 4)), (EMOTION, voice), (0, 1))
    beliefs = {name: belief.proba for name, belief in view.committee(view.candidates).items()}
    joint = members(view)
    assert joint.shape == (4, 7, 9)
    assert joint[2, 3] == pytest.approx(np.outer(beliefs["emotion"][2, 3], beliefs["voice"][2, 3]).ravel())


def test_batchbald_agrees_with_scikit_activeml() -> None:
    bald = pytest.importorskip("skactiveml.pool._bald", reason="the extra 'bench' is not installed")
    proba = believed(10, 400, 4)
    theirs = bald.batch_bald(proba.copy(), 5, n_MC_samples=4**4, random_state=0)
    picks, gains = most_informative(proba, 5, 4**4, rng())
    assert picks.tolist() == np.nanargmax(theirs, axis=1).tolist()
    assert np.cumsum(gains) == pytest.approx(np.nanmax(theirs, axis=1), abs=1e-4)  # theirs cuts off at 1e-7


def test_sampled_batches_are_as_informative_as_those_of_scikit_activeml() -> None:
    bald = pytest.importorskip("skactiveml.pool._bald", reason="the extra 'bench' is not installed")
    proba, ours, theirs = believed(10, 200, 3), [], []
    for seed in range(5):
        picks, _ = most_informative(proba, 7, 200, rng(seed))
        ours.append(information(proba, tuple(picks)))
        scores = bald.batch_bald(proba.copy(), 7, n_MC_samples=200, random_state=seed)
        theirs.append(information(proba, tuple(np.nanargmax(scores, axis=1))))
    assert np.mean(ours) >= np.mean(theirs)


def gradients(factors: Floats, embeddings: Floats) -> Floats:
    return np.einsum("nc,nd->ncd", factors, embeddings).reshape(len(factors), -1)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_badge_draws_as_k_means_on_written_out_gradients(kind: type) -> None:
    factors, embeddings = gradient_factors(believed(1, 80, 4)[0]), rng(5).normal(size=(80, 6)).astype(kind)
    picks = spread(factors, embeddings, 12, rng(9))
    far = gradients(factors, embeddings)
    lot, slow = rng(9), [int((far**2).sum(axis=1).argmax())]
    while len(slow) < 12:
        near = np.min([((far - far[pick]) ** 2).sum(axis=1) for pick in slow], axis=0)
        slow.append(int(np.searchsorted(np.cumsum(near), lot.random() * near.sum(), side="right")))
    assert picks.tolist() == slow


def test_badge_chooses_no_clip_twice_and_goes_on_where_all_coincide() -> None:
    factors, embeddings = np.tile([[0.5, -0.5]], (6, 1)), np.ones((6, 3), np.float32)
    assert sorted(spread(factors, embeddings, 6, rng()).tolist()) == [0, 1, 2, 3, 4, 5]


def test_badge_takes_the_learners_embeddings_and_says_where_there_are_none() -> None:
    half = {"emotion": Classes(np.full((1, 3, 2), 0.5))}
    task = (Target("emotion", ("anger", "sadness")),)
    near = np.array([[0.0], [1.0], [7.0], [2.0]])
    view = line_view(9.0, 9.0, 1.0, 9.0, labelled=[0], task=task, predict=lambda rows: half)
    strategies["badge"](view, 1, rng())
    assert "no embeddings" in view.remarks[0]
    view = line_view(9.0, 9.0, 1.0, 9.0, labelled=[0], task=task, predict=lambda r: half, embed=lambda r: near[r])
    assert (strategies["badge"](view, 1, rng()).tolist(), view.remarks) == ([2], [])


def test_alps_clusters_directions_of_the_learners_embeddings() -> None:
    angles = np.array([0.0, 0.1, 0.2, 1.5, 1.6, 1.7])
    lengths = np.array([1.0, 9.0, 3.0, 2.0, 1.0, 8.0])
    where = lengths[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    view = line_view(*range(6), embed=lambda rows: where[rows])
    assert sorted(strategies["alps"](view, 2, rng()).tolist()) == [1, 4]


def test_embeddings_of_another_shape_are_refused() -> None:
    with pytest.raises(BadFeatures, match="embeddings of 3 clips have the shape"):
        representations(line_view(0.0, 1.0, 2.0, embed=lambda rows: np.zeros((7, 2))))


def test_the_number_of_outcomes_is_an_option() -> None:
    assert strategy_from("batchbald:outcomes=50") == strategies["batchbald"](outcomes=50)
