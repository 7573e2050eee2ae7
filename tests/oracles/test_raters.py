"""Simulated raters as an oracle: how many are asked, whom, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.errors import BadPlan, UnknownName
from seral_core.features.table import FeatureTable
from seral_core.learners.base import learners
from seral_core.oracles.crowd import Crowd
from seral_core.oracles.raters import SimulatedRaters
from seral_core.runs.loops import pool_loop
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step
from seral_core.scores.skills import skills
from seral_core.strategies.base import strategies
from seral_core.types import Label, Query, Target

EMOTION = Target("emotion", ("anger", "fear", "neutral", "sadness"))


def corpus(clips: int) -> Corpus:
    """Clips with gold, a class each in turn."""
    ids = [f"c{i:04d}.wav" for i in range(clips)]
    rows = [(clip, "emotion", "gold", EMOTION.classes[i % 4]) for i, clip in enumerate(ids)]
    segments = pd.DataFrame({"speaker": "1"}, index=segment_index(ids))
    return Corpus("made up", segments, rating_frame(rows), (EMOTION,))


def asked(oracle: Any, clips: slice, given: tuple[Label, ...] = (), seed: int = 0, **more: Any) -> list[Label]:
    query = Query(oracle.corpus.ids[clips], oracle.corpus.task, given=given, **more)
    return list(oracle.answer(query, None, np.random.default_rng(seed)))


def frame(labels: list[Label]) -> pd.DataFrame:
    return pd.DataFrame([(b.segment, b.annotator, b.value) for b in labels], columns=["segment", "rater", "value"])


def test_votes_that_end_by_agreement_tell_planted_skills() -> None:
    """30 raters of about 100 votes each, asked until three agree; until two do, votes tell less: .69 to .90."""
    oracle = SimulatedRaters(corpus(690), n=30, skill=0.65, votes=9, agree=3)
    labels = asked(oracle, slice(None))
    planted = pd.Series({r.name: np.diag(r.confusion).mean() for r in oracle.crowd(EMOTION).raters})
    found = skills(frame(labels), EMOTION.classes)
    assert 90 < len(labels) / 30 < 110
    assert found["skill"].corr(planted) > 0.9
    for _, of in frame(labels).groupby("segment"):
        assert of["value"].value_counts().max() <= 3, "nobody is asked after three agree"
        assert of["rater"].is_unique


def test_sure_clips_get_few_votes_and_unsure_ones_more_up_to_the_cap() -> None:
    oracle = SimulatedRaters(corpus(300), n=12, votes=5, until=0.9)
    first = asked(oracle, slice(0, 100))
    many = frame(asked(oracle, slice(100, 300), tuple(first))).groupby("segment").size()
    assert many.min() < many.max() == 5
    fixed = frame(asked(SimulatedRaters(corpus(300), n=12, votes=5), slice(100, 300))).groupby("segment").size()
    assert (fixed == 5).all()


def test_better_raters_are_asked_more_once_they_are_known() -> None:
    oracle = SimulatedRaters(corpus(600), n=12, skill=0.6, spread=0.2, votes=3, whom="thompson")
    planted = pd.Series({r.name: np.diag(r.confusion).mean() for r in oracle.crowd(EMOTION).raters})
    given: list[Label] = []
    for start in range(0, 600, 100):
        given += asked(oracle, slice(start, start + 100), tuple(given))
    late = frame(given[-900:])["rater"].map(planted).mean()
    assert late > planted.mean() + 0.1


def test_a_dear_rater_has_to_be_worth_it() -> None:
    """Among equally good ones, the cheap are asked more."""
    oracle = SimulatedRaters(corpus(300), n=6, skill=0.8, spread=0.0, dear=0.9, votes=2, whom="best")
    costs = {r.name: r.cost for r in oracle.crowd(EMOTION).raters}
    labels = asked(oracle, slice(0, 300), tuple(asked(oracle, slice(0, 300), seed=1)))
    assert np.mean([costs[b.annotator] for b in labels]) < np.mean(list(costs.values()))
    assert all(b.cost == pytest.approx(costs[b.annotator]) for b in labels)


def test_a_further_vote_has_to_be_worth_more_than_one_on_a_new_clip() -> None:
    clips = corpus(200)
    many = [len(asked(SimulatedRaters(clips, votes=5, worth=w, whom="best"), slice(None))) for w in (0.0, 0.3, 1.0)]
    assert many[0] == 1000 > many[1] > many[2] >= 200


def test_raters_tire() -> None:
    right = []
    for given in (0, 400):
        before = tuple(Label(f"x{i}", "emotion", "anger", r) for r in ("r1", "r2") for i in range(given))
        oracle = SimulatedRaters(corpus(200), n=2, skill=0.95, spread=0.0, drift=0.2, votes=2)
        gold = oracle.corpus.gold("emotion")
        right.append(np.mean([b.value == gold[b.segment] for b in asked(oracle, slice(0, 50), before)]))
    assert right[0] > 0.85
    assert right[1] < 0.65


def test_one_who_is_wished_for_is_asked_alone_and_strangers_are_refused() -> None:
    oracle = SimulatedRaters(corpus(3), n=4, votes=3)
    labels = asked(oracle, slice(0, 2), whom=("r3", ""))
    assert [b.annotator for b in labels if b.segment == "c0000.wav"] == ["r3"]
    assert sum(b.segment == "c0001.wav" for b in labels) == 3
    with pytest.raises(UnknownName, match="rater 'ann'"):
        asked(oracle, slice(0, 1), whom=("ann",))


def test_raters_are_like_those_of_real_votes(real_data: Path) -> None:
    oracle = SimulatedRaters(corpus(400), n=9, like=str(real_data / "cremad-votes"), votes=3)
    crowd = oracle.crowd(EMOTION)
    assert crowd.classes == EMOTION.classes
    assert 0.5 < np.diag(crowd.raters[0].confusion)[0] < 0.95
    assert crowd.together.max() > 0.1
    assert len(asked(oracle, slice(None))) == 1200


def test_what_makes_no_crowd_is_refused() -> None:
    with pytest.raises(BadPlan, match="until of raters is 1"):
        SimulatedRaters(corpus(2), until=1.0)
    with pytest.raises(UnknownName, match="whom to ask 'tomson'"):
        SimulatedRaters(corpus(2), whom="tomson")
    with pytest.raises(BadPlan, match="one answer for each clip"):
        asked(SimulatedRaters(corpus(2), like="own"), slice(None))
    with pytest.raises(BadPlan, match="until of the crowd"):
        Crowd(corpus(2), until=2.0)


def test_a_crowd_of_real_votes_stops_where_it_is_sure() -> None:
    rng = np.random.default_rng(0)
    clips = corpus(60)
    rows = [
        (clip, "emotion", f"r{r}", EMOTION.classes[i % 4 if rng.random() < 0.8 else rng.integers(4)])
        for i, clip in enumerate(clips.ids)
        for r in range(7)
    ]
    voted = Corpus("voted", clips.segments, rating_frame(rows), clips.task)
    first = asked(Crowd(voted, votes=7), slice(0, 30))
    many = frame(asked(Crowd(voted, votes=7, until=0.95), slice(30, 60), tuple(first))).groupby("segment").size()
    assert many.min() < 4 < many.max()


def test_a_run_learns_whom_to_ask_from_its_own_labels_and_repeats() -> None:
    clips = corpus(60)
    table = FeatureTable(np.eye(4)[np.arange(60) % 4], clips.ids)
    oracle = SimulatedRaters(clips, n=5, votes=2, whom="thompson")
    ask = Step("query", strategies["random"], oracle, 10)
    runs = [
        list(
            pool_loop(
                Pool(table, clips.task),
                learners["logistic-regression"](clips.task),
                [ask],
                lambda *_: ({}, {}),
                budget=100,
            )
        )
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    half = runs[0][: len(runs[0]) // 2]
    rest = list(
        pool_loop(
            Pool(table, clips.task),
            learners["logistic-regression"](clips.task),
            [ask],
            lambda *_: ({}, {}),
            budget=100,
            past=half,
        )
    )
    assert half + rest == runs[0]
