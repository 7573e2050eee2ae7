"""The trainer: it learns from what may be learned from, and from nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seral_core.runs.events import Asked, Labelled, Scored, Trained
from seral_core.runs.run import alone
from seral_core.store import Answer
from seral_core.studio import learning
from seral_core.studio.beliefs import last_beliefs
from seral_core.studio.project import LabelProject, open_project
from seral_core.studio.session import Session
from seral_core.studio.trainer import Trainer, work
from seral_core.studio.training_labels import training_labels

from .conftest import label, said, truth

Make = Callable[..., Session]


@pytest.fixture(autouse=True)
def no_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds come when batches are full, not when a test pauses."""
    monkeypatch.setattr(learning, "QUIET_S", 1e9)


def events(trainer: Trainer, kind: type) -> list[Any]:
    return [event for event in trainer.log.events() if isinstance(event, kind)]


def test_rounds_follow_batches_of_new_labels(session: Make) -> None:
    made = session(clips=120, strategy="margin", initial=10, batch=10, test_share=0.0)
    trainer = Trainer(made.folder)
    assert trainer.look()  # nothing to learn from, but raters hear which clips are usable
    assert not trainer.look()
    rounds = []
    for _ in range(40):
        label(made, "me", 1)
        rounds.append(trainer.look())
    assert sum(rounds) == 4
    assert [event.labelled for event in events(trainer, Trained)] == [10, 20, 30, 40]


def test_the_strategy_sees_the_clips_that_somebody_may_still_be_asked_about(
    session: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = session(clips=60, strategy="margin", initial=6, test_share=0.2, raters=("me", "ben"), k=2)
    trainer, views = Trainer(made.folder), []
    choose = learning.Round.choose
    monkeypatch.setattr(
        learning.Round,
        "choose",
        lambda self, how, step, view, n: (views.append(view), choose(self, how, step, view, n))[1],
    )
    label(made, "me", 14)
    label(made, "ben", 9)
    trainer.look()
    labelled = {line.segment for line in trainer._labels()}
    free = {segment for segment in trainer.table.ids if trainer._free(segment)} - labelled
    assert {trainer.table.ids[row] for row in views[0].candidates} == free
    assert 0 < len(free) < 60 - len(labelled)


def test_ranked_clips_are_chosen_by_the_strategy_and_heard(session: Make) -> None:
    made = session(clips=200, strategy="margin", initial=10, test_share=0.0)
    trainer = Trainer(made.folder)
    label(made, "me", 12)
    trainer.look()
    label(made, "me", 14)
    asked = events(trainer, Asked)[-1].segments
    ranked = [slot.segment for slot in made.queue.slots.hand("me").slots if slot.ranked]
    assert len(ranked) >= 10
    assert set(ranked) <= set(asked)
    beliefs = last_beliefs(made.run)
    assert beliefs is not None
    proba = np.sort(beliefs.by_target["emotion"].proba[0], axis=1)  # type: ignore[union-attr]
    margins = {segment: proba[row, -1] - proba[row, -2] for segment, row in beliefs.row.items()}
    assert np.mean([margins[i] for i in asked]) < np.median(list(margins.values()))


def test_test_clips_gold_and_repeats_are_never_learned_from(session: Make) -> None:
    made = session(clips=150, gold="corpus", gold_share=0.2, test_share=0.2, repeat_share=0.1)
    label(made, "me", 80)
    free = next(i for i in sorted(made.queue.test) if i not in made.queue.slots.hand("me").seen)
    made.store.append(
        [Answer("picked", free, "emotion", truth(free), rater="me", purpose="free")]
    )  # as in old projects
    trainer = Trainer(made.folder)
    trainer.look()
    kept_out = made.queue.test | made.queue.gold
    assert kept_out
    beliefs = last_beliefs(made.run)
    assert beliefs is not None
    learned = {place.split("\n")[1] for place in beliefs.labelled}
    assert len(learned) > 30
    assert not learned & kept_out
    assert not {x.segment for event in events(trainer, Labelled) for x in event.labels} & made.queue.test
    assert not {i for event in events(trainer, Asked) for i in event.segments} & kept_out
    tests = {row.segment for row in made.store.current() if row.purpose == "test"}
    assert free not in tests
    assert events(trainer, Scored)[-1].detail["emotion"]["test"]["uar"]["n"] == len(tests)


def test_a_machines_label_is_nobodys_label_in_the_log(session: Make) -> None:
    made = session(clips=60, batch=1, test_share=0.0)
    label(made, "me", 12)
    free = next(i for i in sorted(made.corpus.ids) if i not in made.queue.slots.hand("me").seen)
    said_by = [("machine", "svm", free), ("simulated", "crowd", free)]
    made.store.append(
        [Answer(who, i, "emotion", truth(i), rater=who, purpose="free", source=by) for by, who, i in said_by]  # type: ignore[arg-type]
    )
    trainer = Trainer(made.folder)
    trainer.look()
    logged = [x for event in events(trainer, Labelled) for x in event.labels]
    assert {x.annotator: x.source for x in logged} == {"me": "human", "crowd": "simulated"}


def test_an_undone_label_is_unlearned(session: Make) -> None:
    made = session(clips=60, batch=1, test_share=0.0)
    label(made, "me", 20)
    trainer = Trainer(made.folder)
    trainer.look()
    undone = made.undo("me")["undone"]
    assert trainer.look()
    beliefs = last_beliefs(made.run)
    assert beliefs is not None
    assert f"emotion\n{undone}" not in beliefs.labelled
    assert len(beliefs.labelled) == 19


def test_a_trainer_that_is_started_again_goes_on_with_the_next_round(session: Make) -> None:
    made = session(clips=120, strategy="margin", initial=10, test_share=0.0)
    label(made, "me", 15)
    first = Trainer(made.folder)
    first.look()
    path = first.log.path
    path.write_bytes(path.read_bytes() + b'{"event": "Trai')
    label(made, "me", 15)
    again = Trainer(made.folder)
    again.look()
    assert again.log.folder == first.log.folder
    assert [event.round for event in events(again, Trained)] == [1, 2]
    labels = [x for event in events(again, Labelled) for x in event.labels]
    assert len(labels) == len(set(labels)) == 30


def test_the_labels_are_only_read(session: Make) -> None:
    made = session(clips=60)
    label(made, "me", 30)
    before = made.store.rows()
    Trainer(made.folder).look()
    assert made.store.rows() == before


def test_two_trainers_do_not_work_at_once(session: Make) -> None:
    made = session(clips=30)
    made.run.mkdir()
    with alone(made.run):
        work(made.folder, idle_s=0.0)
    assert not list(made.run.glob("*/events.jsonl"))


def test_a_project_that_is_moved_while_it_is_trained_is_not_made_anew(
    session: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = session(clips=30)
    look = Trainer.look

    def moved(trainer: Trainer) -> bool:
        if made.folder.exists():
            made.folder.rename(tmp_path / "moved")
        return look(trainer)

    monkeypatch.setattr(Trainer, "look", moved)
    label(made, "me", 12)
    work(made.folder, idle_s=1e9)
    assert not made.folder.exists()
    assert (tmp_path / "moved" / "studio.toml").exists()


def test_trouble_is_shown_in_a_sentence(session: Make, project: Any, tmp_path: Path) -> None:
    made = session(clips=30)
    (tmp_path / "features.npz").write_bytes(b"no features")
    work(made.folder, idle_s=0.0)
    state = made.progress("me")["trainer"]
    assert state["state"] == "failed"
    assert "features.npz" in state["trouble"]
    assert len(label(made, "me", 5)) == 5


def test_clips_without_usable_features_are_not_shown(session: Make, tmp_path: Path) -> None:
    made = session(clips=40)
    with np.load(tmp_path / "features.npz") as old:
        ids, values = old["ids"], old["values"]
    values[7] = np.nan
    np.savez(tmp_path / "features.npz", ids=ids, values=values)
    work(made.folder, idle_s=0.0)
    assert "0007.wav" not in label(made, "me", 50)
    assert made.progress("me")["left"] == 0


def test_two_targets_are_learned_from_one_screen(session: Make) -> None:
    made = session(clips=80, targets=("emotion=anger,neutral,sadness", "arousal=1:5"), test_share=0.2)

    def both(clip: dict[str, Any]) -> dict[str, Any]:
        payload = said(clip)
        arousal = {"anger": 5, "neutral": 3, "sadness": 1}[truth(clip["segment"])]
        payload["answers"].append({"id": f"a{payload['answers'][0]['id']}", "target": "arousal", "value": arousal})
        return payload

    label(made, "me", 50, both)
    Trainer(made.folder).look()
    guess = made.guess("0003.wav")
    assert guess is not None
    assert max(guess["emotion"]["proba"], key=guess["emotion"]["proba"].get) == "anger"
    assert guess["arousal"]["mean"] > 3.5
    curve = made.curve("me")
    assert {name: of["metric"] for name, of in curve["targets"].items()} == {"emotion": "uar", "arousal": "ccc"}
    json.dumps(curve, allow_nan=False)


def test_a_second_trainer_ends_quietly_where_another_is_at_work(session: Make) -> None:
    made = session(clips=60)
    made.run.mkdir()
    with alone(made.run):
        work(made.folder, idle_s=0.0)
        assert made.progress("me")["trainer"]["state"] != "failed"
    work(made.folder, idle_s=0.0)
    assert made.progress("me")["trainer"]["state"] == "ended"


def test_one_class_alone_makes_no_model_and_no_trouble(session: Make) -> None:
    made = session(clips=60, strategy="margin")
    label(made, "me", 30, lambda clip: said(clip, "anger"))
    work(made.folder, idle_s=0.0)
    assert made.guess("0003.wav") is None
    assert made.progress("me")["trainer"]["state"] == "ended"


@pytest.mark.parametrize(("target", "state"), [("arousal=relative@25", "ended"), ("arousal@25", "failed")])
def test_traces_are_dealt_out_where_there_is_no_model_of_them(session: Make, target: str, state: str) -> None:
    made = session(clips=20, targets=(target,))  # without audio there are no frames to learn from
    work(made.folder, idle_s=0.0)
    told = made.progress("me")["trainer"]
    assert told["state"] == state
    assert ("no audio" in told.get("trouble", "")) == (state == "failed")
    assert len(made.next("me")["clips"]) == 4


def test_a_changed_strategy_counts_from_the_next_round(session: Make) -> None:
    from seral_core.studio.opening import changed

    made = session(clips=120, strategy="random", initial=10, test_share=0.0)
    label(made, "me", 12)
    trainer = Trainer(made.folder)
    trainer.look()
    changed(made.folder, strategy="entropy")
    label(made, "me", 12)
    trainer.look()
    assert trainer.studio.strategy == "entropy"


# -- several raters


def votes(*said_by: tuple[str, object, float | None, tuple[str, ...]]) -> list[Answer]:
    return [
        Answer(rater, "a.wav", "emotion", value, rater=rater, confidence=sure, secondary=second)  # type: ignore[arg-type]
        for rater, value, sure, second in said_by
    ]


STUDIO = LabelProject("recordings", ("emotion=anger,neutral,sadness",))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([("a", "anger", None, ())], ("anger", 1.0)),
        ([("a", "anger", 0.0, ())], ("anger", 0.5)),
        ([("a", "anger", None, ()), ("b", "anger", None, ())], ("anger", 1.0)),
        ([("a", "anger", None, ()), ("b", "anger", None, ()), ("c", "sadness", None, ())], ("anger", 0.666667)),
        ([("a", "anger", None, ()), ("b", "sadness", None, ())], None),
        ([("a", "anger", 0.9, ()), ("b", "sadness", 0.5, ())], ("anger", 0.475)),
        ([("a", "anger", None, ("sadness",)), ("b", "sadness", None, ())], ("sadness", 0.5)),
    ],
)
def test_conflicts_are_settled(given: list[Any], expected: tuple[str, float] | None) -> None:
    labels = training_labels(STUDIO, votes(*given))
    assert [(x.value, x.weight) for x in labels] == ([expected] if expected else [])


def test_a_scale_is_averaged_or_weighted_by_how_well_raters_agree() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for i in range(40):
        true = rng.uniform(-0.8, 0.8)
        for rater in ("a", "b", "noise"):
            value = rng.uniform(-1, 1) if rater == "noise" else np.clip(true + rng.normal() * 0.05, -1, 1)
            rows.append(Answer(f"{rater}{i}", f"{i}.wav", "arousal", float(value), rater=rater))
    error = {}
    for join in ("", "ewe"):
        labels = training_labels(LabelProject("recordings", ("arousal",), join=join), rows)
        pair = {i: [r.value for r in rows if r.segment == i and r.rater != "noise"] for i in {r.segment for r in rows}}
        error[join] = np.mean([abs(float(x.value) - np.mean(pair[x.segment])) for x in labels])
    assert error["ewe"] < 0.5 * error[""]


def test_open_project_is_what_the_trainer_goes_by(session: Make) -> None:
    made = session(clips=30)
    assert Trainer(made.folder).studio == open_project(made.folder)


def test_speakers_with_one_emotion_each_are_no_longer_normalised_and_the_question_says_so(
    project: Any, tmp_path: Path
) -> None:
    folder = project(clips=180, strategy="margin", initial=10, batch=10, test_share=0.0)
    lines = [f"{i:04}.wav,s{i % 6},{('anger', 'neutral', 'sadness')[i % 3]}" for i in range(180)]
    (tmp_path / "clips.csv").write_text("file,speaker,emotion\n" + "\n".join(lines) + "\n", encoding="utf-8")
    made = Session(folder, train=False)
    trainer = Trainer(made.folder)
    trainer.look()
    before = trainer.table.values  # nobody knows yet
    label(made, "me", 60)
    trainer.look()
    owner = np.array([int(segment[:4]) % 6 for segment in trainer.table.ids])
    gaps = [np.abs(values[owner == 0].mean(axis=0)).max() for values in (before, trainer.table.values)]
    assert gaps[1] > 3 * gaps[0]
    assert "a speaker's clips have much the same emotion" in events(trainer, Asked)[-1].remark
