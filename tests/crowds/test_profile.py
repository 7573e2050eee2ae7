"""Raters at a glance: who is good, who tires, who is quick, and who agrees with whom."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seral_core.crowds.profile import profiles
from seral_core.crowds.raters import Rater, Raters
from seral_core.types import Target

EMOTION = Target("emotion", ("anger", "fear", "sadness"))


def test_profiles_tell_skill_drift_time_and_agreement() -> None:
    """Dora answers well at first and guesses later; cleo takes fear for anger; ann is quickest."""
    good, mixed = 0.85 * np.eye(3) + 0.05, np.array([[0.9, 0.05, 0.05], [0.8, 0.1, 0.1], [0.05, 0.05, 0.9]])
    crowd = Raters(EMOTION.classes, (Rater("ann", good), Rater("ben", good), Rater("cleo", mixed), Rater("dora", good)))
    rng, rows = np.random.default_rng(0), []
    for clip in range(200):
        truth = int(rng.integers(3))
        for i, rater in enumerate(crowd.raters):
            said = int(rng.integers(3)) if i == 3 and clip >= 100 else crowd.said(truth, i, 0, 0.0, rng)
            rows.append(
                (f"c{clip}", rater.name, EMOTION.classes[said], 1000 * (clip // 50) + (10 + 5 * i) * (clip % 50))
            )
    frame = pd.DataFrame(rows, columns=["segment", "rater", "value", "at"])
    found = profiles(frame, EMOTION, frame["at"])
    skill = found.raters["skill"]
    assert min(skill["ann"], skill["ben"]) > max(skill["cleo"], skill["dora"])
    assert found.raters["drift_high"]["dora"] < -0.2
    assert found.raters["drift_low"]["ann"] < 0 < found.raters["drift_high"]["ann"]
    assert found.raters["seconds"].to_dict() == {"ann": 10.0, "ben": 15.0, "cleo": 20.0, "dora": 25.0}
    mistaken = found.confusions["cleo"]
    assert mistaken[1].argmax() == 0
    assert mistaken.sum() == pytest.approx(200, abs=1)
    assert found.agree["ann"]["ben"] > found.agree["ann"]["cleo"]
    assert np.diag(found.agree).tolist() == [1.0] * 4


def test_raters_who_share_no_clip_and_few_answers_tell_little() -> None:
    rows = [("a", "ann", "anger"), ("a", "ben", "anger"), ("b", "cleo", "fear")]
    found = profiles(pd.DataFrame(rows, columns=["segment", "rater", "value"]), EMOTION)
    assert np.isnan(found.agree["ann"]["cleo"])
    assert found.raters["drift"].isna().all()
    assert found.raters["seconds"].isna().all()
    wide = found.raters["high"] - found.raters["low"]
    assert wide["cleo"] > wide["ann"]
