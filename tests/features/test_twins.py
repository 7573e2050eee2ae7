"""One recording on both sides of a split is an alarm, whatever its names are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seral_core.features.table import FeatureTable
from seral_core.features.twins import twin_alarms, twins
from seral_core.runs.build import prepare
from seral_core.runs.plan import Plan


def test_a_recording_of_two_speakers_is_an_alarm_of_a_run(tmp_path) -> None:
    rng = np.random.default_rng(0)
    ids = [f"s{speaker}/{take}.wav" for speaker in range(4) for take in range(5)]
    values = rng.normal(size=(20, 12))
    values[5:10] = values[:5]  # speaker 1 is speaker 0
    about = {"file": ids, "speaker": [name[:2] for name in ids], "emotion": ["anger", "sadness"] * 10}
    pd.DataFrame(about).to_csv(tmp_path / "clips.csv", index=False)
    np.savez(tmp_path / "clips.npz", ids=ids, values=values)
    where = {"corpus": str(tmp_path / "clips.csv"), "features": str(tmp_path / "clips.npz"), "split": "speaker"}
    alarms = [prepare(Plan(**where, fold=fold, initial=2, budget=4)).alarms for fold in range(4)]
    same = "5 clips of the test part have exactly the features of a clip in the pool, such as s0/0.wav and s1/0.wav"
    assert alarms[0][0].startswith(same)
    assert [any("exactly the features" in alarm for alarm in found) for found in alarms] == [True, True, False, False]


def test_frames_are_compared_clip_by_clip_and_few_numbers_say_nothing() -> None:
    values, bounds = np.r_[np.ones((4, 3)), np.ones((4, 3)), np.ones((2, 3))], [0, 4, 8, 10]
    table = FeatureTable(values, ("a", "b", "c"), bounds=np.array(bounds))
    assert twins(table, ["a", "gone"], ["b", "c"]) == [("b", "a")]
    assert twin_alarms(FeatureTable(np.ones((2, 9)), ("a", "b")), ["a"], ["b"]) == ()
