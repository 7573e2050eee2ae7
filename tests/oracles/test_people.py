"""People answer through a store; what they have not answered keeps the loop waiting."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from seral_core.corpora.corpus import toy_corpus
from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.learners.base import learners
from seral_core.oracles.base import oracles
from seral_core.runs.events import Asked, Event, Finished, Labelled, Waiting
from seral_core.runs.loops import pool_loop
from seral_core.runs.parts import part
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import Step
from seral_core.store import Answer, LabelStore
from seral_core.strategies.base import strategies
from seral_core.studio.given import taken_back
from seral_core.types import Label, Query


def say(segment: str, value: str | float, target: str = "emotion", rater: str = "ann", **more: object) -> Answer:
    return Answer(f"{rater}-{segment}-{target}-{value}", segment, target, value, rater=rater, **more)  # type: ignore[arg-type]


def answers(store: LabelStore, path: Path, targets: int = 1, **how: int) -> list[Label]:
    corpus = toy_corpus()
    people = oracles["people"](corpus, str(path), **how)
    return list(people.answer(Query(corpus.ids, corpus.task[:targets]), None, np.random.default_rng(0)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels.sqlite"


def test_a_clip_is_answered_once_every_target_is(path: Path) -> None:
    store = LabelStore(path)
    store.append([say("a.wav", "anger"), say("a.wav", 0.5, "arousal"), say("b.wav", "anger")])
    labels = answers(store, path, targets=2)
    assert [(b.segment, b.target, b.value, b.cost, b.source) for b in labels] == [
        ("a.wav", "emotion", "anger", 0.5, "human"),
        ("a.wav", "arousal", 0.5, 0.5, "human"),
    ]


def test_as_many_raters_as_wanted_must_have_answered_and_no_more_count(path: Path) -> None:
    store = LabelStore(path)
    store.append([say("a.wav", "anger", rater=r) for r in ("r1", "r2", "r3")] + [say("b.wav", "anger", rater="r1")])
    assert [(b.segment, b.annotator, b.cost) for b in answers(store, path, raters=2)] == [("a.wav", "raters", 2)]
    store.append([say("d.wav", "anger", rater="r1"), say("d.wav", "sadness", rater="r2")])
    assert "d.wav" not in {b.segment for b in answers(store, path, raters=2)}, "votes that tie are no label"


def test_what_was_set_aside_taken_back_or_labelled_by_a_machine_is_no_answer(path: Path) -> None:
    store = LabelStore(path)
    store.append(
        [
            say("a.wav", "anger", purpose="test"),
            say("b.wav", "anger", screen="s"),
            say("c.wav", "anger", source="machine"),
            say("d.wav", "anger", kind="unsure"),
        ]
    )
    store.append(taken_back(store.rows(screen="s"), at=1.0))
    assert answers(store, path) == []


def test_the_loop_waits_for_people_and_goes_on_with_the_same_question(path: Path) -> None:
    corpus = toy_corpus()
    task = corpus.task[:1]
    store, past = LabelStore(path), list[Event]()

    def resumed() -> list[Event]:
        pool = Pool(FeatureTable(np.arange(4.0)[:, None], corpus.ids), task)
        ask = Step("query", strategies["random"], oracles["people"](corpus, str(path)), 2)
        new = list(
            pool_loop(
                pool, learners["logistic-regression"](task), [ask], lambda *_: ({}, {}), budget=4, past=past, seed=1
            )
        )
        past.extend(new)
        return new

    first = resumed()
    assert isinstance(first[-1], Waiting)
    asked = next(event for event in first if isinstance(event, Asked)).segments
    assert first[-1].segments == asked
    store.append([say(asked[0], "anger")])
    second = resumed()
    assert isinstance(second[-1], Waiting)
    assert second[-1].segments == asked[1:]
    store.append([say(asked[1], "sadness")])
    third = resumed()
    assert not any(isinstance(event, Asked) and event.segments == asked for event in third), "not asked again"
    store.append([say(segment, "anger") for segment in corpus.ids if segment not in asked])
    assert isinstance(resumed()[-1], Finished)
    labelled = [label for event in past if isinstance(event, Labelled) for label in event.labels]
    assert sorted(label.segment for label in labelled) == list(corpus.ids)


def test_people_are_found_by_name_and_options(path: Path) -> None:
    people = part(oracles, f"people:store={path}:raters=2", toy_corpus())
    assert (people.store, people.raters, people.price) == (str(path), 2, 2.0)
    with pytest.raises(BadPlan, match="expected 1 or more"):
        oracles["people"](toy_corpus(), raters=0)


def test_a_store_travels_to_other_processes(path: Path) -> None:
    store = LabelStore(path)
    store.append([say("a.wav", "anger")])
    assert pickle.loads(pickle.dumps(store)).rows() == store.rows()
