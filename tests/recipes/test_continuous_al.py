"""The recipe continuous-al on tables of traces and frames, without audio: at equal time, paired, resumed, exported."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from seral_core.cli.commands import commands
from seral_core.errors import BadPlan
from seral_core.recipes.base import recipes, run_recipe
from seral_core.recipes.continuous_al import ContinuousALSettings, sizes_for
from seral_core.recipes.continuous_al.what_was_asked import what_was_asked
from seral_core.runs import run as running
from seral_core.runs.asked import asked_in
from tests.recipes.in_time import traced_tables

CELLS = ("arousal-at_equal_time-whole", "arousal-at_equal_time-stretches")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ContinuousALSettings:
    gold, frames = traced_tables(tmp_path_factory.mktemp("traced"), recordings=12)
    return ContinuousALSettings(
        corpus=str(gold), features=str(frames), ranges=("arousal=-1:1", "valence=-1:1"), targets=("arousal",),
        stretch=2, repetitions=1, test="speakers:3", quick=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(settings: ContinuousALSettings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    run_recipe("continuous-al", settings, folder, jobs=1)
    return folder


def test_tables_without_audio_give_curves_in_seconds_and_claims_of_our_own(whole: Path) -> None:
    report, summary = (whole / "report.md").read_text(), json.loads((whole / "summary.json").read_text())
    assert (len(summary["claims"]), summary["unit"]) == (6, "seconds")
    assert "No paper has this" in report
    assert "seconds to random, whole recordings's last score" in report
    assert "labels to" not in report
    frame = pd.read_parquet(whole / "curves.parquet")
    assert set(frame["strategy"]) == {"random, whole recordings", "random", "qbc", "gsx", "qbc-gsx"}
    # A pool of eight recordings of 16 s: half of it is listened to, at first 16 s, then 16 s a round.
    mine = frame[frame["metric"] == "ccc"].groupby(["strategy", "fold"])["spent"]
    assert set(mine.max()) == {64.0}
    assert set(mine.min()) == {16.0}
    assert mine.nunique().eq(4).all()
    last = frame[(frame["metric"] == "ccc") & (frame["spent"] == 64)].groupby("strategy")["value"].mean()
    assert last.min() > 0.5  # arousal can be heard
    assert {"curves.html", "gains.html", "asked-arousal.html"} <= {path.name for path in whole.iterdir()}


def test_the_difference_at_equal_time_is_that_of_paired_runs(whole: Path) -> None:
    frame = pd.read_parquet(whole / "curves.parquet")
    mine = frame[frame["metric"] == "ccc"].set_index(["strategy", "fold", "spent"])["value"]
    apart = [mine["gsx", fold, 32.0] - mine["random, whole recordings", fold, 32.0] for fold in range(3)]
    row = next(line for line in (whole / "report.md").read_text().splitlines() if line.startswith("| diversity | gsx"))
    at = 16 + 0.25 * 48
    between = (at - 16) / 16
    first = [mine["gsx", fold, 16.0] - mine["random, whole recordings", fold, 16.0] for fold in range(3)]
    expected = np.mean(first) + between * (np.mean(apart) - np.mean(first))
    assert f"({expected:+.4f} [" in row.split("|")[3]


def test_what_was_asked_is_kept_in_the_order_of_asking(whole: Path) -> None:
    asked = pd.read_parquet(whole / "asked.parquet")
    assert set(asked["target"]) == {"arousal"}
    for (strategy, _), run in asked.groupby(["strategy", "fold"]):
        assert run["order"].tolist() == list(range(1, len(run) + 1))
        assert run["spent"].tolist() == pytest.approx(run["cost"].cumsum().tolist())
        assert run["spent"].iloc[-1] == 64
        lengths = run["end"] - run["start"]
        assert lengths.isna().all() if strategy == "random, whole recordings" else lengths.eq(2).all()
    firsts = asked[(asked["order"] <= 8) & (asked["fold"] == 0) & asked["end"].notna()]
    assert firsts.groupby("strategy")["start"].apply(tuple).nunique() == 1  # all strategies start alike


def test_killed_and_resumed_it_ends_as_if_it_had_not_been(
    whole: Path, settings: ContinuousALSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, written = running.Log.append, 0

    def killed_later(self: Any, event: Any) -> None:
        nonlocal written
        real(self, event)
        written += 1
        if written == 70:
            raise KeyboardInterrupt

    monkeypatch.setattr(running.Log, "append", killed_later)
    with pytest.raises(KeyboardInterrupt):
        run_recipe("continuous-al", settings, tmp_path, jobs=1)
    monkeypatch.setattr(running.Log, "append", real)
    assert not (tmp_path / "report.md").exists()
    run_recipe("continuous-al", settings, tmp_path, jobs=1)
    for name in ("curves.parquet", "asked.parquet"):
        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / name), pd.read_parquet(whole / name))
    assert (tmp_path / "report.md").read_text() == (whole / "report.md").read_text()


def test_what_a_run_asked_is_exported_with_traces(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "asked.csv"
    found = CliRunner().invoke(commands, ["show", str(whole / CELLS[1]), "--asked", str(out)])
    assert found.exit_code == 0, found.output
    table = pd.read_csv(out)
    one = table.iloc[0]
    assert (one["target"], one["end"] - one["start"], len(json.loads(one["trace"]))) == ("arousal", 2.0, 10)
    run = next((whole / CELLS[1] / "runs").glob("*/events.jsonl")).parent
    found = CliRunner().invoke(commands, ["show", str(run), "--asked", str(tmp_path / "one.csv")])
    assert found.exit_code == 0, found.output
    alone = pd.read_csv(tmp_path / "one.csv")
    assert len(alone.groupby(["strategy", "seed", "fold"])) == 1
    assert len(table.groupby(["strategy", "seed", "fold"])) == 12
    refused = CliRunner().invoke(commands, ["show", str(whole), "--asked", str(tmp_path / "no.csv")])
    assert "expected a run or grid for --asked" in str(refused.exception)


def test_gaps_and_extremes_of_what_was_asked_are_measured_where_there_are_values() -> None:
    rows = [
        ("qbc", 0, 0, "arousal", "a.wav", "[1.0, 1.0]", 2.0, 2.0),
        ("gsx", 0, 0, "arousal", "b.wav", "[-1.0, null, -1.0]", 2.0, 2.0),
    ]
    names = ["strategy", "seed", "fold", "target", "file", "trace", "cost", "spent"]
    found = what_was_asked(pd.DataFrame(rows, columns=names))
    assert found[["extreme", "moving"]].to_numpy().tolist() == [[1.0, 0.0], [1.0, 0.0]]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"budget": 20.0}, "expected time for two of them; raise --budget"),
        ({"targets": ("mood",)}, "mood"),
        ({"corpus": "synthetic", "targets": (), "ranges": ()}, "no scale in time"),
    ],
)
def test_what_does_not_go_is_refused_with_a_sentence(
    settings: ContinuousALSettings, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(BadPlan, match=why):
        recipes["continuous-al"].cells(replace(settings, **changes))


def test_a_round_of_stretches_lasts_as_long_as_a_recording() -> None:
    sizes = sizes_for([np.array([60.0, 90.0, 90.0, 120.0])], 15.0, 300.0)
    assert (sizes.stretches, sizes.budget) == (6, 300.0)


def test_a_run_on_clips_is_exported_with_values(tmp_path: Path) -> None:
    from seral_core.runs.events import Labelled
    from seral_core.runs.log import Log
    from seral_core.runs.plan import Plan
    from seral_core.types import Label

    log = Log.create(tmp_path, Plan())
    log.append(
        Labelled(0, "query", (Label("b.wav", "emotion", "anger", "r1"), Label("a.wav", "emotion", "fear", "r1")))
    )
    found = asked_in([log])
    assert found[["order", "file", "value", "spent"]].values.tolist() == [
        [1, "b.wav", "anger", 1.0], [2, "a.wav", "fear", 2.0],
    ]  # fmt: skip
    assert found["trace"].isna().all()
