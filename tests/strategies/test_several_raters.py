"""AFTER's measures for several raters are what their equations say, and choose whom to ask."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.per_rater import PerRater
from seral_core.oracles.raters import SimulatedRaters
from seral_core.runs.events import Asked, Labelled
from seral_core.runs.loops import pool_loop
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step
from seral_core.strategies.base import View, line_view, strategies
from seral_core.strategies.several_raters import group_proba, vote_variance_scores
from seral_core.types import Classes, Scale, Target

EMOTION = Target("emotion", ("anger", "fear", "neutral"))
#: Three raters' heads, four clips.
HEADS = np.random.default_rng(5).dirichlet(np.ones(3), size=(3, 4))


def scene(**more: object) -> View:
    heads = {"emotion": Classes(HEADS)}
    names = {"emotion": ("ann", "ben", "cleo")}
    fields = {"task": (EMOTION,), "committee": lambda rows: heads, "raters": names, **more}
    return line_view(0.0, 1.0, 2.0, 3.0, 4.0, labelled=[0], **fields)


def entropy(p: np.ndarray) -> float:
    return float(-sum(x * np.log(x) for x in p))


def test_the_measures_in_plain_loops() -> None:
    """Equations 12 to 15: which clip, and which rater, comes first."""
    own = np.array([[entropy(HEADS[a, x]) for x in range(4)] for a in range(3)])
    group = []
    for x in range(4):
        total = np.zeros(3)
        for a in range(3):
            z = np.log(HEADS[a, x]) - np.log(HEADS[a, x]).mean()
            total += z / np.sqrt((z**2).sum())
        group.append(entropy(np.exp(total) / np.exp(total).sum()))
        assert group_proba(HEADS)[x] == pytest.approx(np.exp(total) / np.exp(total).sum())
    variance = []
    for x in range(4):
        votes = HEADS[:, x].argmax(axis=1)
        variance.append(sum(np.mean([((v == c) - (votes == c).mean()) ** 2 for v in votes]) for c in range(3)))
    assert vote_variance_scores(Classes(HEADS)) == pytest.approx(variance)
    for name, pairs in (("individual-entropy", own), ("mixed-entropy", own + group)):
        view = scene()
        rows = strategies[name](view, 4, np.random.default_rng(0))
        assert rows.tolist() == (1 + np.argsort(-pairs.max(axis=0))).tolist()
        names = ("ann", "ben", "cleo")
        assert {row: whom for row, (_, whom) in view.wishes.items()} == {
            x + 1: names[pairs[:, x].argmax()] for x in range(4)
        }
    assert (
        strategies["group-entropy"](scene(), 4, np.random.default_rng(0)).tolist()
        == (1 + np.argsort(-np.array(group))).tolist()
    )
    best = strategies["vote-variance"](scene(), 1, np.random.default_rng(0))[0] - 1
    assert variance[best] == max(variance)


def test_the_variance_of_two_classes_is_twice_that_of_their_numbers() -> None:
    proba = np.array([[[0.9, 0.1]], [[0.9, 0.1]], [[0.1, 0.9]]])
    assert vote_variance_scores(Classes(proba))[0] == pytest.approx(2 * np.var([0, 0, 1]))
    assert vote_variance_scores(Scale(np.array([[1.0], [3.0]]), np.zeros((2, 1))))[0] == 1.0


def test_a_committee_of_copies_chooses_clips_alone_and_says_so() -> None:
    view = scene(raters={})
    assert len(strategies["individual-entropy"](view, 2, np.random.default_rng(0))) == 2
    assert not view.wishes
    assert "nobody in particular" in view.remarks[0]
    scales = line_view(
        0.0, 1.0, labelled=[0], committee=lambda rows: {"arousal": Scale(np.zeros((2, 1)), np.zeros((2, 1)))}
    )
    with pytest.raises(BadPlan, match="try vote-variance"):
        strategies["group-entropy"](scales, 1, np.random.default_rng(0))


def test_a_run_asks_the_rater_it_wishes_for() -> None:
    """One head a rater learns that raters differ; the clip goes to whom it is hardest to foretell."""
    ids = tuple(f"c{i:03d}.wav" for i in range(90))
    rows = [(clip, "emotion", "gold", EMOTION.classes[i % 3]) for i, clip in enumerate(ids)]
    corpus = Corpus(
        "made up", pd.DataFrame({"speaker": "1"}, index=segment_index(list(ids))), rating_frame(rows), (EMOTION,)
    )
    rng = np.random.default_rng(0)
    pool = Pool(FeatureTable(np.eye(3)[np.arange(90) % 3] + 0.3 * rng.normal(size=(90, 3)), ids), (EMOTION,))
    oracle, learner = SimulatedRaters(corpus, n=4, spread=0.3, votes=1), PerRater((EMOTION,), C=1.0)
    steps = [Step("query", strategies["individual-entropy"], oracle, 10)]
    start = Step("first labels", strategies["random"], oracle, 30)
    events = list(pool_loop(pool, learner, steps, lambda *_: ({}, {}), start=start, budget=60))
    wished = {
        s: w for e in events if isinstance(e, Asked) for s, w in zip(e.segments, e.whom or ("",) * 99, strict=False)
    }
    given = {b.segment: b.annotator for e in events if isinstance(e, Labelled) for b in e.labels}
    named = [s for s, whom in wished.items() if whom]
    assert len(named) == 30
    assert all(given[s] == wished[s] for s in named)
    assert learner.raters["emotion"] == ("r1", "r2", "r3", "r4")
    assert learner.predict(pool.table)["emotion"].take(np.arange(2)).rows == 2
