"""Speakers are normalised where that helps, and left alone where a speaker's clips are nearly all of one emotion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from seral_core.runs.build import prepare
from seral_core.runs.data import data_of
from seral_core.runs.events import Scored
from seral_core.runs.plan import Plan

EMOTIONS = ("anger", "joy", "neutral")


def a_plan(folder: Path, share: float, **how: object) -> Plan:
    """Twelve speakers with voices of their own; ``share`` of a speaker's clips have one emotion, others any."""
    rng = np.random.default_rng(0)
    speaker = np.repeat(np.arange(12), 25)
    emotion = np.where(rng.random(300) < share, speaker % 3, rng.integers(3, size=300))
    voice = rng.normal(scale=2.0, size=(12, 4))[speaker]
    values = np.hstack([np.eye(3)[emotion] * 2.5 + rng.normal(size=(300, 3)), voice + rng.normal(size=(300, 4))])
    names = [f"{i:03}.wav" for i in range(300)]
    folder.mkdir(exist_ok=True)
    np.savez(folder / "features.npz", ids=np.array(names), values=values)
    frame = pd.DataFrame({"file": names, "speaker": [f"s{s}" for s in speaker]})
    frame.assign(emotion=[EMOTIONS[e] for e in emotion]).to_csv(folder / "clips.csv", index=False)
    how = {"strategy": "random", "budget": 60, **how}
    return Plan(corpus=str(folder / "clips.csv"), features=str(folder / "features.npz"), **how)  # type: ignore[arg-type]


def last_score(plan: Plan) -> float:
    return next(e for e in reversed(list(prepare(plan).loop())) if isinstance(e, Scored)).scores["emotion"]["uar"]


def test_speakers_who_have_one_emotion_each_are_not_normalised(tmp_path: Path) -> None:
    own, any_of_them = a_plan(tmp_path / "own", 0.95), a_plan(tmp_path / "any", 0.0)
    notes = prepare(own).notes
    assert any("is off: a speaker's clips have much the same emotion" in note for note in notes)
    assert last_score(own) > last_score(own.varied(normalise="on")) + 0.2
    asked_for = prepare(own.varied(normalise="on")).notes
    assert any("is on" in note for note in asked_for)
    assert any(note.startswith("left to itself, speaker normalisation is off") for note in asked_for)
    assert any("normalisation is on" in note for note in prepare(any_of_them).notes)


def test_only_the_labels_of_the_pool_are_looked_at(tmp_path: Path) -> None:
    plan = a_plan(tmp_path / "data", 0.0)
    test = data_of(plan).test
    table = pd.read_csv(tmp_path / "data" / "clips.csv", index_col="file")
    table.loc[list(test), "emotion"] = [EMOTIONS[int(s[1:]) % 3] for s in table.loc[list(test), "speaker"]]
    table.to_csv(tmp_path / "data" / "other.csv")
    other = plan.varied(corpus=str(tmp_path / "data" / "other.csv"))
    assert np.array_equal(data_of(other).table.values, data_of(plan).table.values)
