"""Views: columns by set and by kind, one belief with a member each, and co-training in a run."""

from __future__ import annotations

import numpy as np
import pytest

from seral_core.errors import BadPlan, UnknownName
from seral_core.features.base import extractor_from, is_extractor
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, trained
from seral_core.learners.column_views import column_views
from seral_core.learners.views import Views
from seral_core.runs.build import prepare
from seral_core.runs.events import Labelled
from seral_core.runs.plan import Plan
from seral_core.runs.step_plan import StepPlan
from seral_core.strategies.base import View
from seral_core.strategies.committee import QueryByCommittee
from seral_core.types import Classes, Target

EMOTION = Target("emotion", ("anger", "sadness"))


def test_the_default_features_have_a_prosodic_and_a_spectral_view() -> None:
    names = extractor_from("SERALv01").names
    table = FeatureTable(np.zeros((1, len(names))), ("a",), names)
    found = {name: [names[i] for i in columns] for name, columns in column_views(table).items()}
    assert {name: len(columns) for name, columns in found.items()} == {"prosodic": 57, "spectral": 136}
    assert {"pitch_st_mean", "hnr_db_mean", "pauses_per_s", "voiced_share"} <= set(found["prosodic"])
    assert {"mfcc1_voiced_mean", "tilt_unvoiced_mean", "mel1_db_voiced_mean"} <= set(found["spectral"])


def test_sets_joined_by_a_plus_are_views_of_their_own() -> None:
    both = extractor_from("SERALv01+default:version=2")
    assert both.key == "SERALv01.1+SERALv01.2"
    assert both.names[0] == "SERALv01/mfcc1_mean"
    row = both(np.random.default_rng(0).normal(scale=0.1, size=8000).astype(np.float32))
    table = FeatureTable(row[None], ("a",), both.names)
    assert {name: len(columns) for name, columns in column_views(table).items()} == {
        "SERALv01": 193,
        "default:version=2": 193,
    }
    assert not is_extractor("SERALv01+eGeMAPS")
    with pytest.raises(BadPlan, match="name a set twice"):
        extractor_from("SERALv01+SERALv01")
    with pytest.raises(BadPlan, match="one view by sets"):
        column_views(FeatureTable(np.zeros((1, 2)), ("a",), ("pitch", "mfcc")), "sets")
    with pytest.raises(UnknownName, match="known: auto, halves, kinds"):
        Views((EMOTION,), by="voices")


def test_views_disagree_where_one_of_them_says_otherwise() -> None:
    rng = np.random.default_rng(0)
    emotion = np.arange(40) % 2
    values = np.stack([emotion, emotion], axis=1) * 4.0 - 2 + rng.normal(size=(40, 2)) * 0.3
    values[39] = [-2.0, 2.0]
    table = FeatureTable(values, tuple(map(str, range(40))), ("pitch_st_mean", "mfcc1_mean"))
    known = Known(table, (EMOTION,), {"emotion": Answers(np.arange(20), emotion[:20], np.ones(20))})
    learner = trained(Views((EMOTION,)), known, rng)
    belief = learner.predict(table)["emotion"]
    assert isinstance(belief, Classes)
    assert belief.proba.shape == (2, 40, 2)
    assert belief.proba[:, 39].argmax(axis=1).tolist() == [0, 1]
    left = np.arange(20, 40)
    view = View(table, (EMOTION,), left, np.arange(20), committee=lambda rows: learner.committee(table.take(rows)))
    assert QueryByCommittee()(view, 1, rng).tolist() == [39]


def test_co_training_labels_where_one_view_is_sure_and_refuses_a_learner_of_one_view(small_plan: Plan) -> None:
    steps = (StepPlan("people", "random", "gold", 4), StepPlan("m", "most-confident", "machine:above=0.8:by=views", 20))
    plan = small_plan.varied(learner="views:learner=logistic-regression/C=10", steps=steps, budget=16)
    made = prepare(plan)
    labels = [x for e in made.loop() if isinstance(e, Labelled) for x in e.labels if x.source == "machine"]
    assert labels
    gold = made.corpus.gold("emotion")
    assert np.mean([gold[label.segment] == label.value for label in labels]) > 0.6
    with pytest.raises(BadPlan, match="one view of emotion"):
        list(prepare(plan.varied(learner="logistic-regression:C=10")).loop())
