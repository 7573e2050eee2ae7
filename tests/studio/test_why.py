"""Why this clip: reasons that are true, and that give nothing away too early."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seral_core.errors import BadLabel
from seral_core.features.table import FeatureTable
from seral_core.studio.beliefs import keep_beliefs, last_beliefs
from seral_core.studio.session import Session
from seral_core.studio.table import keep_table, kept_table
from seral_core.studio.trainer import Trainer
from seral_core.studio.why import _parts, kept_table_of
from seral_core.types import Classes, Scale

from .conftest import label, said, truth

Make = Callable[..., Session]


def test_reasons_are_given_after_the_answer_alone(session: Make) -> None:
    made = session(clips=30)
    (clip, *_) = made.next("me")["clips"]
    with pytest.raises(BadLabel, match="after that"):
        made.why("me", clip["segment"])
    with pytest.raises(BadLabel, match="after that"):
        made.why("me", "no such clip")
    made.record("me", said(clip))
    told = made.why("me", clip["segment"])
    assert told["reason"] == "drawn at random: there was no model yet"
    assert (told["belief"], told["doubt"], told["parts"], told["neighbours"]) == (None, None, [], [])


def test_a_ranked_clip_shows_belief_parts_and_labelled_neighbours(session: Make) -> None:
    made = session(clips=200, strategy="margin", initial=10, test_share=0.0)
    label(made, "me", 30)
    trainer = Trainer(made.folder)
    trainer.look()
    label(made, "me", 10)
    (slot, *_) = [s for s in made.queue.slots.hand("me").slots if s.ranked and s.state == "answered"]
    told = made.why("me", slot.segment)
    assert told["reason"] == "chosen by the strategy 'margin'"
    assert told["round"] == 1
    proba = told["belief"]["emotion"]["proba"]
    assert sum(proba.values()) == pytest.approx(1, abs=1e-3)
    parts = {part["name"]: part for part in told["parts"]}
    two = sorted(proba.values())[-2:]
    assert parts["margin"]["value"] == pytest.approx(two[0] - two[1], abs=1e-3)
    assert [name for name, part in parts.items() if part["used"]] == ["margin"]
    assert all(0 <= part["higher_than"] <= 1 for part in parts.values())
    doubt = told["doubt"]
    assert 0 <= doubt["unknown"] <= 1
    assert doubt["ambiguous"] == pytest.approx(parts["entropy"]["value"] / np.log(len(proba)), abs=1e-3)
    json.dumps(told, allow_nan=False)


def test_the_neighbours_are_the_three_nearest_with_their_labels(session: Make) -> None:
    made = session(clips=80, test_share=0.0)
    heard = label(made, "me", 40)
    Trainer(made.folder).look()
    table = kept_table_of(made.run)
    assert table is not None
    told = made.why("me", heard[0])["neighbours"]
    here = table.values[table.rows([heard[0]])]
    gaps = {i: float(np.sqrt(((table.values[table.rows([i])] - here) ** 2).mean())) for i in heard[1:]}
    nearest = sorted(gaps, key=lambda i: gaps[i])[:3]
    assert [neighbour["segment"] for neighbour in told] == nearest
    assert [neighbour["labels"] for neighbour in told] == [{"emotion": truth(i)} for i in nearest]
    assert [neighbour["distance"] for neighbour in told] == [round(gaps[i], 3) for i in nearest]


def test_neighbours_never_show_another_raters_answer(session: Make) -> None:
    made = session(clips=80, raters=("anna", "ben"), test_share=0.0)
    mine = label(made, "anna", 20)
    theirs = label(made, "ben", 20)
    Trainer(made.folder).look()
    shown = {n["segment"] for i in mine for n in made.why("anna", i)["neighbours"]}
    assert shown <= set(mine)
    assert not shown & set(theirs)


def test_hidden_gold_and_repeats_stay_hidden(session: Make) -> None:
    made = session(clips=100, gold="corpus", gold_share=0.3, repeat_share=0.1)
    heard = label(made, "me", 60)
    Trainer(made.folder).look()
    slots = [
        s for s in made.queue.slots.hand("me").slots if s.segment in heard and s.purpose in ("gold", "test", "repeat")
    ]
    assert {s.purpose for s in slots} == {"gold", "test", "repeat"}
    assert {made.why("me", s.segment)["reason"] for s in slots if s.purpose != "repeat"} == {"drawn at random"}


def test_the_part_of_a_strategy_that_chose_is_named(session: Make) -> None:
    made = session(clips=200, strategy="typiclust:50+margin", initial=10, test_share=0.0)
    label(made, "me", 20)
    trainer = Trainer(made.folder)
    trainer.look()
    label(made, "me", 10)
    early = next(s for s in made.queue.slots.hand("me").slots if s.ranked and s.state == "answered")
    told = made.why("me", early.segment)
    assert told["reason"] == "chosen by the strategy 'typiclust:50+margin', which goes by typiclust at so many labels"
    assert [part["name"] for part in told["parts"] if part["used"]] == ["novelty"]
    label(made, "me", 40)
    trainer.look()
    label(made, "me", 10)
    late = [s for s in made.queue.slots.hand("me").slots if s.ranked and s.state == "answered"][-1]
    told = made.why("me", late.segment)
    assert told["reason"].endswith("goes by margin at so many labels")
    assert [part["name"] for part in told["parts"] if part["used"]] == ["margin"]


def test_of_several_units_reasons_are_means_of_their_scores_and_beliefs_are_pooled(tmp_path: Path) -> None:
    proba = np.array([[1.0, 0.0], [0.5, 0.5], [0.6, 0.4], [0.8, 0.2]])
    prediction = {
        "emotion": Classes(np.stack([proba, proba]), np.array([0, 2, 4])),
        "arousal": Scale(np.array([[0.0, 0.5, 1.0, 1.0]]), np.full((1, 4), 0.25), np.array([0, 2, 4])),
    }
    keep_beliefs(tmp_path, 3, ("a.wav", "b.wav"), prediction, ())
    found = last_beliefs(tmp_path)
    assert found is not None
    assert found.of("a.wav", {"emotion": ("anger", "fear")}) == {
        "emotion": {"proba": {"anger": 0.75, "fear": 0.25}},
        "arousal": {"mean": 0.25, "std": 0.25},
    }
    parts = {(part["target"], part["name"]): part["value"] for part in _parts("margin", found, "b.wav", {})}
    assert parts["emotion", "margin"] == pytest.approx((-0.2 - 0.6) / 2)
    assert parts["arousal", "deviation"] == 0.25


def test_kept_features_are_pooled_for_distances_and_whole_for_the_run(tmp_path: Path) -> None:
    frames = FeatureTable(np.arange(3.0)[:, None], ("a", "b"), bounds=np.array([0, 2, 3]), rate_hz=4.0)
    keep_table(tmp_path, frames)
    whole, pooled = kept_table(tmp_path), kept_table_of(tmp_path)
    assert whole is not None
    assert (whole.bounds.tolist(), whole.rate_hz, whole.values.tolist()) == ([0, 2, 3], 4.0, frames.values.tolist())
    assert pooled is not None
    assert pooled.values.tolist() == [[0.5], [2.0]]
