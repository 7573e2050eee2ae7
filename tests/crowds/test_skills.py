"""Votes say how good their raters are: planted skills are found again, and used."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seral_core.crowds.annotators import annotators_of
from seral_core.crowds.raters import Raters, drawn_raters
from seral_core.crowds.whom import WAYS, thompson
from seral_core.scores.dawid_skene import dawid_skene
from seral_core.scores.ratings import gold
from seral_core.scores.skills import skills
from seral_core.types import Target

CLASSES = ("anger", "disgust", "fear", "happiness", "neutral", "sadness")


def crowd(seed: int, n: int = 30) -> tuple[Raters, pd.Series]:
    """Raters, and how often each is right."""
    found = drawn_raters(CLASSES, n, np.random.default_rng(seed), skill=0.65)
    return found, pd.Series({rater.name: np.diag(rater.confusion).mean() for rater in found.raters})


def voted(raters: Raters, clips: int, each: int, seed: int) -> tuple[pd.DataFrame, pd.Series]:
    """Votes of ``each`` raters on every clip, drawn at random, and the truth."""
    rng = np.random.default_rng(seed)
    who = np.stack([rng.choice(len(raters), each, replace=False) for _ in range(clips)])
    truth = rng.integers(len(CLASSES), size=clips)
    said = raters.votes(truth, who, rng)
    frame = pd.DataFrame(
        {
            "segment": np.repeat([f"s{i:04d}" for i in range(clips)], each),
            "rater": [raters.raters[w].name for w in who.ravel()],
            "value": np.array(CLASSES, object)[said.ravel()],
        },
        dtype=object,
    )
    return frame, pd.Series(np.array(CLASSES, object)[truth], [f"s{i:04d}" for i in range(clips)])


def test_planted_skills_are_found_again_with_100_votes_each() -> None:
    """30 raters, 5 of them on each of 600 clips; and 95 % intervals hold most of the planted skills."""
    for seed in range(3):
        raters, planted = crowd(seed)
        votes, _ = voted(raters, 600, 5, seed)
        found = skills(votes, CLASSES)
        errors = dawid_skene(votes, CLASSES)
        by_em = pd.Series(np.einsum("rcc,c->r", errors.errors, errors.marginals), errors.raters)
        assert found["skill"].corr(planted) > 0.9
        assert by_em.corr(planted) > 0.9
        held = (found["low"] <= planted) & (planted <= found["high"])
        assert held.mean() > 0.7


def test_who_has_answered_more_is_known_better() -> None:
    raters, _ = crowd(0, 4)
    votes, _ = voted(raters, 200, 4, 0)
    rare = votes[(votes["rater"] != "r1") | (votes["segment"] < "s0010")]
    found = skills(rare, CLASSES)
    width = found["high"] - found["low"]
    assert width["r1"] > 2 * width["r2"]


def test_votes_weighted_by_skill_beat_the_majority() -> None:
    raters, _ = crowd(1)
    votes, truth = voted(raters, 600, 5, 1)
    target = Target("emotion", CLASSES)
    right = {
        way: (gold(votes, target, way).reindex(truth.index) == truth).mean() for way in ("", "weighted", "dawid-skene")
    }
    assert right["weighted"] > right[""] + 0.02
    assert right["dawid-skene"] > right[""] + 0.02


def test_votes_without_names_are_one_raters() -> None:
    votes, _ = voted(crowd(0, 3)[0], 50, 3, 0)
    slots = votes.assign(rater=[f"vote-{i % 3 + 1:02d}" for i in range(len(votes))])
    assert list(skills(slots, CLASSES).index) == ["anonymous"]
    assert annotators_of(slots.itertuples(index=False, name=None), CLASSES).counts.keys() == {"anonymous"}


def test_new_raters_get_their_turn_and_poor_ones_are_left_alone() -> None:
    """What is known of the raters grows with what is asked of them, and better ones are asked more."""
    raters, planted = crowd(2, 9)
    rng, votes, asked = np.random.default_rng(0), list[tuple[str, str, str]](), list[str]()
    for clip in range(150):
        if clip % 10 == 0:
            model = annotators_of(votes, CLASSES)
        truth, free, posterior = rng.integers(6), [r.name for r in raters.raters], model.marginals
        for _ in range(3):
            choice = thompson(model, posterior, free, {}, rng)
            free.remove(choice.rater)
            asked.append(choice.rater)
            who = [r.name for r in raters.raters].index(choice.rater)
            said = int(raters.votes(np.array([truth]), np.array([[who]]), rng)[0, 0])
            votes.append((f"s{clip}", choice.rater, CLASSES[said]))
            posterior = model.posterior([(choice.rater, said)], posterior)
    often = pd.Series(asked[-300:]).value_counts().reindex(planted.index, fill_value=0)
    assert set(asked) == set(planted.index)
    assert (often * planted).sum() / often.sum() > planted.mean() + 0.05


@pytest.mark.parametrize("way", WAYS)
def test_every_way_chooses_one_who_is_free(way: str) -> None:
    model = annotators_of([], CLASSES)
    choice = WAYS[way](model, model.marginals, ["ann", "ben"], {"ben": 2.0}, np.random.default_rng(0))
    assert choice.rater in ("ann", "ben")
    assert choice.new
    assert choice.gain > 0
