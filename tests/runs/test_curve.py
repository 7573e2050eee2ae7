"""Mean curves are over whole runs, whatever their points."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from seral_core.errors import BadPlan
from seral_core.runs.curve import COLUMNS, curves, mean_curves, summary
from seral_core.runs.events import Event, Finished, Labelled, Scored
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.types import Label


def frame(*runs: dict[float, float]) -> pd.DataFrame:
    rows = [
        ("random", seed, 0, "emotion", "uar", spent, value, 0)
        for seed, run in enumerate(runs)
        for spent, value in run.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def test_runs_with_points_of_their_own_all_count() -> None:
    means = mean_curves(frame({20: 0.4, 40: 0.6, 78: 0.8}, {24: 0.5, 41: 0.6, 79: 0.9}))
    assert means["runs"].unique().tolist() == [2]
    assert means["spent"].tolist() == [24, 40, 41, 78]
    assert means["mean"].iloc[0] == pytest.approx((0.44 + 0.5) / 2)


def test_a_run_on_its_way_is_left_out() -> None:
    means = mean_curves(frame({20: 0.4, 30: 0.6}, {20: 0.9}))
    assert means[["spent", "mean", "runs"]].to_numpy().tolist() == [[20, 0.4, 1], [30, 0.6, 1]]


def test_no_scores_give_no_curves() -> None:
    assert summary(Plan(), frame())["curves"] == []


SECONDS = {"a": 1.0, "b": 2.0, "c": 4.0, "d": 8.0}


def logs(folder: Path, *runs: tuple[str, ...], ended: tuple[bool, ...] = (True, True)) -> list[Log]:
    """Runs that ask about these clips, one a round: people answer about two targets at half a clip's price each."""
    found = []
    for seed, (clips, over) in enumerate(zip(runs, ended, strict=True)):
        log = Log.create(folder, Plan(seed=seed))
        for number, clip in enumerate(clips):
            said = [Label(clip, target, 0.5, "r1", cost=0.5) for target in ("arousal", "valence")]
            machine = Label("d", "arousal", 0.1, "machine", cost=0.0, source="machine")
            scored: Event = Scored(number, number + 1, {"arousal": {"ccc": (number + 1) / 10}})
            for event in (Labelled(number, "query", (*said, machine)), scored):
                log.append(event)
        if over:
            log.append(Finished(len(clips), "the budget is spent"))
        found.append(log)
    return found


def test_a_clip_answered_about_two_targets_is_listened_to_once_and_a_machine_listens_to_none(tmp_path: Path) -> None:
    some = logs(tmp_path, ("a", "b", "c"), ("b", "b", "a"))
    heard = curves(some, along="listened", seconds=SECONDS)
    assert heard[heard["seed"] == 0]["spent"].tolist() == [1.0, 3.0, 5.0]  # cut where the other run ends
    assert heard[heard["seed"] == 0]["value"].tolist() == pytest.approx([0.1, 0.2, 0.25])
    assert heard[heard["seed"] == 1]["spent"].tolist() == [2.0, 4.0, 5.0]
    assert set(heard["unit"]) == {"seconds listened"}
    clips = curves(some, along="labels")
    assert clips[clips["seed"] == 1]["spent"].tolist() == [1.0, 1.0, 2.0]
    assert curves(some)["spent"].tolist() == [1, 2, 3, 1, 2, 3]
    assert mean_curves(heard)["spent"].max() == 5.0


def test_a_run_on_its_way_does_not_cut_the_others(tmp_path: Path) -> None:
    heard = curves(logs(tmp_path, ("a", "b", "c"), ("a",), ended=(True, False)), along="listened", seconds=SECONDS)
    assert heard.groupby("seed")["spent"].max().tolist() == [7.0, 1.0]


def test_listening_to_a_clip_of_unknown_length_is_refused(tmp_path: Path) -> None:
    some = logs(tmp_path, ("a", "b"), ("b", "a"))
    with pytest.raises(BadPlan, match="how long 'b' is cannot be told"):
        curves(some, along="listened", seconds={"a": 1.0, "b": float("nan")})
    with pytest.raises(BadPlan, match="expected one of cost, labels, listened"):
        curves(some, along="minutes")
