"""Confidence: every measure keeps the contract, knows what it is told, and separates what it should."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from seral_core.checks import check_measure
from seral_core.confidence.base import Evidence, measure_from, measures
from seral_core.confidence.doubt import Split
from seral_core.confidence.evidence import evidence_of, toy_evidence, votes_of
from seral_core.confidence.nearness import Nearness
from seral_core.confidence.out_of_fold import out_of_fold
from seral_core.corpora.corpus import toy_corpus
from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, learners, trained
from seral_core.learners.per_target import PerTarget
from seral_core.scores.retention import calibration_error
from seral_core.types import Classes, Target

EMOTION = Target("emotion", ("anger", "sadness"))
OTHERS = ("calibrated:way=isotonic", "ensemble:part=ambiguous", "ensemble:part=unknown", "learned-errors:sure=1")


@pytest.mark.parametrize("name", [*measures, *OTHERS])
def test_every_measure_keeps_the_contract(name: str) -> None:
    check_measure(measure_from(name))


@pytest.mark.parametrize("name", list(measures))
def test_every_measure_is_documented(name: str) -> None:
    assert "References" in (inspect.getdoc(measures[name]) or "")
    assert len(measures.summary(name)) > 20


@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("calibrated:way=platt", "way 'platt' and 5 folds; expected temperature or isotonic"),
        ("ensemble:members=1", "got an ensemble of 1; expected 2 members or more"),
        ("ensemble:part=both", "no doubt 'both'; expected total, ambiguous or unknown"),
        ("learned-errors:judges=1", "got 1 judges"),
        ("posterior:folds=3", "posterior has no option 'folds'"),
    ],
)
def test_options_that_make_no_sense_are_refused(text: str, say: str) -> None:
    evidence = toy_evidence()
    with pytest.raises(BadPlan, match=say):
        measure_from(text)(evidence, learners["logistic-regression"]((EMOTION,)), np.random.default_rng(0))


def test_agreement_without_votes_says_what_to_take_instead() -> None:
    evidence = replace(toy_evidence(), agreement=None)
    with pytest.raises(BadPlan, match="no labelled clip has the answers of two raters; take a corpus with votes"):
        measure_from("agreement")(evidence, learners["ridge"]((EMOTION,)), np.random.default_rng(0))


def test_evidence_holds_the_votes_of_labelled_clips_alone() -> None:
    corpus = toy_corpus()
    table = FeatureTable(np.eye(4), corpus.ids)
    for target, gold in zip(corpus.task, (0, 0.5), strict=True):
        known = Known(table, (target,), {target.name: Answers(np.array([1]), np.array([gold]), np.ones(1))})
        assert np.isnan(evidence_of(known, target, corpus).agreement[[0, 2, 3]]).all()  # type: ignore[index]
    assert np.isnan(votes_of(corpus, corpus.task[1], ["a.wav"])[0]).all()  # one rater of arousal says nothing


def test_folds_hold_whole_speakers_and_nobody_learns_from_a_clip_that_is_asked_about() -> None:
    evidence, met = toy_evidence(), []

    class Watching:
        """Says of each clip whether it learned from its speaker."""

        def train(self, known, rng):  # type: ignore[no-untyped-def]
            self.heard = {evidence.speakers[row] for row in known.answers["emotion"].rows}
            yield from ()

        def predict(self, table):  # type: ignore[no-untyped-def]
            met.extend(evidence.speakers[int(i[1:])] in self.heard for i in table.ids)
            return {"emotion": Classes(np.full((1, len(table), 2), 0.5))}

    which, _ = out_of_fold(evidence, Watching(), np.random.default_rng(0))
    assert sorted(which.tolist()) == list(range(20))
    assert met
    assert not any(met)


def test_a_learner_that_goes_on_from_its_last_model_has_no_out_of_fold_guesses() -> None:
    learner = learners["logistic-regression"]((EMOTION,))
    learner.goes_on = True  # type: ignore[attr-defined]
    with pytest.raises(BadPlan, match="goes on from its last model, which does; take another measure"):
        measure_from("calibrated")(toy_evidence(), learner, np.random.default_rng(0))


def two_classes(clips: int, noise: float, seed: int = 0) -> Evidence:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, clips)
    values = np.hstack([(2 * truth[:, None] - 1) + rng.normal(0, noise, (clips, 1)), rng.normal(size=(clips, 30))])
    table = FeatureTable(values, tuple(f"c{i}" for i in range(clips)))
    rows = np.arange(150)
    known = Known(table, (EMOTION,), {"emotion": Answers(rows, truth[rows], np.ones(len(rows)))})
    return Evidence(known, EMOTION, disagreement=truth.astype(float))


@pytest.mark.parametrize("way", ["temperature", "isotonic"])
def test_calibration_brings_an_overconfident_model_to_the_ground(way: str) -> None:
    evidence = two_classes(1150, 1.5)
    rng = np.random.default_rng(0)
    learner = trained(PerTarget((EMOTION,), LogisticRegression(C=1e4)), evidence.known, rng)
    table, truth = evidence.known.table[150:], evidence.disagreement[150:]  # type: ignore[index]
    right = (learner.predict(table)["emotion"].guess == truth).astype(float)
    plain, better = (
        calibration_error(right, measure_from(name)(evidence, learner, rng)(table))
        for name in ("posterior", f"calibrated:way={way}")
    )
    assert better < 0.7 * plain


def planted(seed: int) -> tuple[Evidence, FeatureTable, list[str]]:
    """Clips of two classes; raters disagree where the third feature is high, and some lie far from all others."""
    rng = np.random.default_rng(seed)
    kinds = np.array(["plain"] * 160 + ["ambiguous"] * 20 + ["foreign"] * 20)
    truth = rng.integers(0, 2, 200)
    values = rng.normal(size=(200, 8))
    values[:, 0] += 3 * (2 * truth - 1)
    values[kinds == "ambiguous", 2] = 2 + rng.normal(0, 0.3, 20)
    values[kinds == "foreign", 3:] += rng.choice([-6, 6], (20, 5))
    disagreement = np.where(kinds == "ambiguous", 0.9, 0.1) + rng.normal(0, 0.05, 200)
    table = FeatureTable(values, tuple(f"c{i}" for i in range(200)))
    rows = np.flatnonzero((np.arange(200) % 2 == 0) & (kinds != "foreign"))
    known = Known(table, (EMOTION,), {"emotion": Answers(rows, truth[rows], np.ones(len(rows)))})
    others = np.setdiff1d(np.arange(200), rows)
    evidence = Evidence(known, EMOTION, agreement=1 - disagreement / 2, disagreement=disagreement)
    return evidence, table.take(others), kinds[others].tolist()


def test_ambiguous_and_unknown_are_two_doubts() -> None:
    evidence, table, kinds = planted(0)
    learner = learners["logistic-regression"]((EMOTION,))
    doubt = Split()(evidence, learner, np.random.default_rng(0))(table)

    def auc(scores: np.ndarray, kind: str) -> float:
        some = [i for i, one in enumerate(kinds) if one in ("plain", kind)]
        return float(roc_auc_score([kinds[i] == kind for i in some], scores[some]))

    assert auc(doubt.ambiguous, "ambiguous") > 0.8 > 0.7 > auc(doubt.unknown, "ambiguous")
    assert auc(doubt.unknown, "foreign") > 0.8 > 0.7 > auc(doubt.ambiguous, "foreign")


def test_nearness_is_the_same_however_labels_come_in_and_ranks_what_lies_far_away_as_unknown() -> None:
    evidence, table, kinds = planted(1)
    rows = np.arange(0, len(table), 2)
    once, bit_by_bit = Nearness(table), Nearness(table)
    once.add(rows)
    for part in np.array_split(rows, 7):
        bit_by_bit.add(part)
        bit_by_bit.add(part[:2])
    np.testing.assert_array_equal(once.unknown(), bit_by_bit.unknown())
    near = Nearness(evidence.known.table)
    near.add(evidence.answers.rows)
    unknown = near.unknown()[[int(i[1:]) for i in table.ids]]
    foreign, plain = (unknown[[kind == one for kind in kinds]] for one in ("foreign", "plain"))
    assert np.median(plain) < 0.8 < 0.95 < foreign.min()
