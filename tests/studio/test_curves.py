"""Projects that trace: the trainer learns the traces, and a rater sees the model's curve after the own one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seral_core.errors import BadLabel
from seral_core.scores.metrics import ccc
from seral_core.studio.background import trainer_state
from seral_core.studio.beside import agreement, expected
from seral_core.studio.curve_trainer import CurveTrainer
from seral_core.studio.session import Session
from seral_core.studio.testing import trace_clips, traced_project, true_curve
from seral_core.studio.trainer import work
from seral_core.types import Target


def clips(session: Session) -> list[str]:
    return list(session.corpus.ids)


def test_the_model_foresees_the_curves_of_clips_that_nobody_has_traced(tmp_path: Path) -> None:
    folder = traced_project(clips=12, answered=8, folder=tmp_path)
    assert work(folder, idle_s=0.0)
    session = Session(folder, train=False)
    done = {row.segment for row in session.store.current()}
    fresh = [segment for segment in clips(session) if segment not in done]
    trace_clips(folder, 1)
    (now,) = {row.segment for row in session.store.current()} - done
    assert now in fresh
    found = session.curves("me", now)["arousal"]
    assert ccc(true_curve(now), np.array(found["model"])) > 0.9
    assert found["ccc"] > 0.9
    assert "learned from a trace of this clip" not in found["says"]
    assert work(folder, idle_s=0.0)
    assert "learned from a trace of this clip" in session.curves("me", now)["arousal"]["says"]


def test_the_model_s_curve_is_never_given_before_the_rater_s_own(tmp_path: Path) -> None:
    folder = traced_project(clips=12, answered=8, folder=tmp_path)
    assert work(folder, idle_s=0.0)
    session = Session(folder, train=False)
    clip = session.next("me")["clips"][0]
    with pytest.raises(BadLabel, match="shown after tracing"):
        session.curves("me", clip["segment"])
    assert "guess" not in clip
    trace_clips(folder, 1)
    assert session.curves("me", clip["segment"])
    session.undo("me")
    with pytest.raises(BadLabel, match="shown after tracing"):
        session.curves("me", clip["segment"])
    trace_clips(folder, 1)
    assert [row.guess_visible for row in session.store.current() if row.segment == clip["segment"]] == [True]


def test_before_six_clips_are_traced_it_says_how_many_are_missing(tmp_path: Path) -> None:
    folder = traced_project(clips=8, answered=2, folder=tmp_path)
    assert work(folder, idle_s=0.0)
    session = Session(folder, train=False)
    found = session.curves("me", session.store.current()[0].segment)["arousal"]
    assert (found["model"], found["ccc"]) == (None, None)
    assert found["says"] == "No model yet: the first one needs traces of 6 clips, and has 2."


def test_what_is_taken_back_is_forgotten_and_test_clips_are_never_learned(tmp_path: Path) -> None:
    folder = traced_project(clips=20, answered=14, folder=tmp_path, test_share=0.3)
    trainer, session = CurveTrainer(folder), Session(folder, train=False)
    assert trainer.look()
    before = expected(trainer.run)
    assert before is not None
    assert 6 <= len(before.labelled) < 14
    assert {name.partition("\n")[2] for name in before.labelled}.isdisjoint(trainer.without)
    session.undo("me")
    last = {row.segment for row in session.store.current()}
    trainer.look()
    after = expected(trainer.run)
    assert after is not None
    assert {name.partition("\n")[2] for name in after.labelled} == last - trainer.without


def test_the_same_traces_give_the_same_curves_after_a_kill(tmp_path: Path) -> None:
    folder = traced_project(clips=10, answered=7, folder=tmp_path)
    CurveTrainer(folder).look()
    first = expected(folder / "run")
    again = CurveTrainer(folder)
    assert again.look()
    second = expected(folder / "run")
    assert first is not None
    assert second is not None
    assert second.round == first.round + 1
    np.testing.assert_allclose(first.by_target["arousal"].guess, second.by_target["arousal"].guess, atol=1e-6)


def test_frames_at_another_rate_than_the_trace_are_brought_to_it(tmp_path: Path) -> None:
    folder = traced_project(clips=10, answered=8, folder=tmp_path, targets=("arousal@10",))
    assert work(folder, idle_s=0.0)
    session = Session(folder, train=False)
    segment = session.store.current()[0].segment
    found = session.curves("me", segment)["arousal"]
    assert found["rate_hz"] == 10
    assert abs(len(found["model"]) - 2 * len(true_curve(segment))) <= 2
    assert found["ccc"] > 0.85


def test_traces_without_ends_teach_no_model(tmp_path: Path) -> None:
    folder = traced_project(clips=8, answered=7, folder=tmp_path, targets=("arousal=relative@5",))
    assert work(folder, idle_s=0.0)
    assert trainer_state(folder / "run")["state"] == "ended"
    session = Session(folder, train=False)
    assert session.curves("me", session.store.current()[0].segment) == {}


def test_curves_that_lie_still_or_are_cut_short_are_compared_in_words() -> None:
    arousal = Target("arousal", rate_hz=1.0)
    assert agreement(arousal, np.zeros(1), np.ones(4)) == (None, "The clip is too short to compare the curves.")
    found, says = agreement(arousal, np.full(4, 0.25), np.array([0.0, 0.5, 0.0, 0.5]))
    assert found is None
    assert "lies still" in says
    assert "0.00" in says
    found, says = agreement(arousal, np.array([0.0, 0.4, 0.0, 0.4]), np.array([0.0, 0.4, 0.0, 0.4, 0.9]))
    assert found == 1.0
