"""Soft labels are those of Table 9, learned by their cross-entropy and scored as distributions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, learners, trained
from seral_core.learners.committee import Committee
from seral_core.learners.voted import Voted, shares_of, votes_of
from seral_core.runs.pool import Pool
from seral_core.scores.ratings import distribution, majority
from seral_core.scores.soft import cross_entropy, hard_uar, jensen_shannon
from seral_core.types import Label, Target

CLASSES = ("anger", "happiness", "neutral", "sadness")
EMOTION = Target("emotion", CLASSES)
#: Table 9 of Li et al. (2024): what three raters say, the hard label, and the soft one, cut to two digits.
TABLE_9 = (
    (("anger", "anger", "anger"), [1, 0, 0, 0], [1, 0, 0, 0]),
    (("happiness", "neutral", "neutral"), [0, 0, 1, 0], [0, 0.33, 0.66, 0]),
    (("sadness", "sadness", "sadness;neutral"), [0, 0, 0, 1], [0, 0, 0.25, 0.75]),
)


def votes(said: tuple[str, ...], segment: str = "a") -> list[Label]:
    return [Label(segment, "emotion", v, f"r{i}") for i, vs in enumerate(said) for v in vs.split(";")]


def pooled(clips: list[tuple[str, ...]], values: np.ndarray) -> Voted:
    """What a pool knows after these votes, a clip each."""
    pool = Pool(FeatureTable(values, tuple(f"c{i}" for i in range(len(clips)))), (EMOTION,))
    pool.add(label for i, said in enumerate(clips) for label in votes(said, f"c{i}"))
    known = pool.known()
    assert isinstance(known, Voted)
    return known


@pytest.mark.parametrize(("said", "hard", "soft"), TABLE_9)
def test_soft_labels_are_those_of_table_9(said: tuple[str, ...], hard: list[float], soft: list[float]) -> None:
    rows = pd.DataFrame([(b.segment, b.annotator, b.value) for b in votes(said)], columns=["segment", "rater", "value"])
    assert np.floor(100 * distribution(rows, CLASSES).loc["a"].to_numpy()).tolist() == [100 * share for share in soft]
    assert CLASSES[hard.index(1)] == majority(rows, CLASSES)["a"]
    assert np.floor(100 * shares_of(pooled([said], np.eye(1)), EMOTION)[0]).tolist() == [100 * share for share in soft]


def test_a_clip_with_several_classes_is_learned_by_its_cross_entropy() -> None:
    """The same minimum as of the cross-entropy with soft labels, found by another program."""
    rng = np.random.default_rng(0)
    clips = [tuple(rng.choice(CLASSES, 3)) for _ in range(30)]
    known = pooled(clips, rng.normal(size=(30, 2)))
    learner = trained(learners["soft"]((EMOTION,), C=1.0, balanced=False), known, rng)
    x, shares = known.table.values.astype(float), shares_of(known, EMOTION)

    def loss(at: np.ndarray) -> float:
        odds = x @ at[:8].reshape(4, 2).T + at[8:]
        proba = np.exp(odds - odds.max(axis=1, keepdims=True))
        return 30 * cross_entropy(shares, proba / proba.sum(axis=1, keepdims=True)) + float((at[:8] ** 2).sum()) / 2

    found = minimize(loss, np.zeros(12), tol=1e-9).x
    odds = x @ found[:8].reshape(4, 2).T + found[8:]
    proba = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    assert learner.predict(known.table)["emotion"].mean == pytest.approx(proba, abs=2e-3)


def test_without_votes_soft_training_is_hard_training() -> None:
    table = FeatureTable(np.random.default_rng(0).normal(size=(12, 3)), tuple(f"c{i}" for i in range(12)))
    known = Known(table, (EMOTION,), {"emotion": Answers(np.arange(12), np.arange(12) % 4, np.ones(12))})
    soft, hard = (
        trained(learners[name]((EMOTION,)), known, np.random.default_rng(0)).predict(table)["emotion"].mean
        for name in ("soft", "logistic-regression")
    )
    assert soft == pytest.approx(hard, abs=1e-4)


@pytest.mark.parametrize("by", ["votes", "weighted", "dawid-skene"])
def test_each_way_learns_and_a_committee_draws_whole_clips(by: str) -> None:
    rng = np.random.default_rng(1)
    truth = np.arange(40) % 4
    clips = [tuple(np.where(rng.random(5) < 0.7, CLASSES[c], rng.choice(CLASSES, 5))) for c in truth]
    known = pooled(clips, np.eye(4)[truth] * 3)
    shares = shares_of(known, EMOTION, by)
    assert shares.sum(axis=1) == pytest.approx(1.0)
    assert (shares.argmax(axis=1) == truth).mean() > 0.85
    committee = trained(Committee(learners["soft"]((EMOTION,), by=by, C=1.0), 3), known, rng)
    assert (committee.predict(known.table)["emotion"].guess == truth).mean() > 0.9


def test_the_machines_labels_do_not_count_beside_peoples() -> None:
    pool = Pool(FeatureTable(np.eye(2), ("a", "b")), (EMOTION,))
    pool.add(Label(i, "emotion", "anger", "machine", 0.0, source="machine") for i in ("a", "b"))
    pool.add(votes(("neutral",), "a"))
    found = votes_of(pool.known(), EMOTION)
    assert found[["segment", "value"]].values.tolist() == [["b", "anger"], ["a", "neutral"]]
    with pytest.raises(BadPlan, match="a category"):
        votes_of(pool.known(), Target("arousal"))


def test_distributions_are_scored() -> None:
    truth = np.array([[0.75, 0.25], [0.25, 0.75]])
    assert cross_entropy(truth, truth) == pytest.approx(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25)))
    assert jensen_shannon(truth, truth) == 0
    assert jensen_shannon(truth, truth[::-1]) == pytest.approx(jensen_shannon(truth[::-1], truth))
    assert jensen_shannon(truth, truth[::-1]) > 0
    assert hard_uar(truth, truth[::-1]) == 0
    assert np.isfinite(cross_entropy(truth, np.eye(2)))
    assert np.isnan(jensen_shannon(truth[:0], truth[:0]))
