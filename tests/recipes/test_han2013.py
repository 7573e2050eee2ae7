"""The recipe han2013: end to end on a table without audio, resumed, and its numbers made again by hand."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seral_core.cli import main
from seral_core.errors import BadPlan, SeralError
from seral_core.recipes.base import recipes, run_recipe, saved_settings
from seral_core.recipes.han2013 import Han2013Settings, sizes_for
from seral_core.runs.events import Asked
from seral_core.runs.log import Log
from seral_core.scores.statistics import labels_to_reach
from tests.runs.conftest import small_table


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Han2013Settings:
    place = small_table(tmp_path_factory.mktemp("table"))
    return Han2013Settings(
        corpus=str(place),
        features=str(place.with_name("features.npz")),
        test="session=3",
        initial=8,
        step=12,
        quick=True,
    )


@pytest.fixture(scope="module")
def done(settings: Han2013Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("done") / "out"
    run_recipe("han2013", settings, folder, jobs=1)
    return folder


def seral(*words: object, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["seral", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        main()
    return int(end.value.code or 0)


def test_the_recipe_runs_by_name_on_a_table_with_ready_features(
    settings: Han2013Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["recipe", "han2013", "--corpus", settings.corpus, "--features", settings.features, "--quick", "--jobs", 1]
    words += ["--target", "arousal,valence", "--more", "--together", "--step", 50, "--repetitions", 2]
    assert seral(*words, "--out", tmp_path / "out", monkeypatch=monkeypatch) == 0, capsys.readouterr().err
    assert (tmp_path / "out" / "report.md").read_text() in capsys.readouterr().out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    strategies = {row["strategy"] for row in summary["savings"]}
    assert {"binary-confidence:levels=3", "predicted-error", "binary-confidence (arousal + valence)"} <= strategies
    together = [row for row in summary["savings"] if "(" in row["strategy"]]
    assert {(row["target"], row["scenario"], row["baseline"]) for row in together} == {
        (target, scenario, "random (arousal + valence)")
        for target in ("arousal", "valence")
        for scenario in ("pool", "stream")
    }


def test_the_recipes_are_listed_with_their_papers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert seral("recipes", monkeypatch=monkeypatch) == 0
    assert "han2013" in (text := capsys.readouterr().out)
    assert recipes["han2013"].paper in text


def test_the_summary_has_the_four_cells_and_savings_that_follow_from_its_curves(done: Path) -> None:
    summary = json.loads((done / "summary.json").read_text())
    assert {"corpus", "features", "learner", "curves", "savings"} <= set(summary)
    curves = {(c["target"], c["scenario"], c["strategy"]): c for c in summary["curves"] if c["metric"] == "pcc"}
    cells = {(row["target"], row["scenario"]) for row in summary["savings"]}
    assert cells == {(t, s) for t in ("arousal", "valence") for s in ("pool", "stream")}
    for row in summary["savings"]:
        passive = curves[row["target"], row["scenario"], row["baseline"]]
        active = curves[row["target"], row["scenario"], row["strategy"]]
        assert active["runs"] == passive["runs"] == 3
        assert row["baseline_best"] == pytest.approx(max(passive["mean"]), abs=2e-6)
        labels = labels_to_reach(max(passive["mean"]), active["spent"], active["mean"])
        if not np.isnan(labels):
            assert row["reached"]
            assert row["labels"] == pytest.approx(labels, abs=0.1)
            needed = passive["spent"][int(np.argmax(passive["mean"]))]
            assert row["percent_saved"] == pytest.approx(100 * (needed - labels) / passive["spent"][-1], abs=0.5)
        elif not row["reached"]:
            assert row["labels"] is None
            assert row["percent_saved"] is None
    frame = pd.read_parquet(done / "curves.parquet")
    assert set(frame["scenario"]) == {"pool", "stream"}
    assert list(frame.columns[:7]) == ["strategy", "seed", "fold", "target", "metric", "spent", "value"]


def test_the_pool_is_used_up_and_half_of_each_buffer_is_kept(done: Path) -> None:
    frame = pd.read_parquet(done / "curves.parquet").query("strategy == 'random' and seed == 0 and metric == 'pcc'")
    spent = {s: sorted(mine["spent"].unique()) for s, mine in frame.groupby("scenario")}
    assert spent["pool"] == [8, 20, 32, 44, 56, 68, 80]  # two of three sessions of 120 clips
    assert spent["stream"] == [8, 14, 20, 26, 32, 38, 44]


def test_active_and_passive_start_from_the_same_labels_and_every_repetition_from_its_own(done: Path) -> None:
    first: dict[tuple[str, int], set[tuple[str, ...]]] = {}
    for place in done.glob("arousal-*/runs/*"):
        log = Log(place)
        asked = next(event for event in log.events() if isinstance(event, Asked))
        first.setdefault((log.plan.scenario, log.plan.seed), set()).add(asked.segments)
    assert len(first) == 6
    assert all(len(starts) == 1 for starts in first.values())
    assert len(set.union(*first.values())) == 6


def test_an_interrupted_recipe_goes_on_to_the_same_summary(
    settings: Han2013Settings, done: Path, tmp_path: Path
) -> None:
    calls = []

    def impatient(*said: object) -> None:
        calls.append(said)
        if len(calls) == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_recipe("han2013", settings, tmp_path / "again", jobs=1, progress=impatient)
    assert not (tmp_path / "again" / "summary.json").exists()
    logs = sorted(tmp_path.glob("again/*/runs/*/events.jsonl"))
    content = logs[0].read_bytes()
    logs[0].write_bytes(content[: int(len(content) * 0.6)])  # as after a kill in the midst of writing
    run_recipe("han2013", settings, tmp_path / "again", jobs=1)
    assert (tmp_path / "again" / "summary.json").read_bytes() == (done / "summary.json").read_bytes()


def test_a_folder_keeps_to_its_settings(settings: Han2013Settings, done: Path) -> None:
    assert saved_settings(done) == ("han2013", settings)
    with pytest.raises(BadPlan, match="other settings"):
        run_recipe("han2013", replace(settings, step=9), done, jobs=1)


def test_the_report_puts_the_papers_numbers_beside_and_says_what_differs(done: Path) -> None:
    text = (done / "report.md").read_text()
    for said in (
        "26,500 / 30,000",
        "12.0 %",
        "first labels",
        "session=3",
        "Holm",
        "HTML only",
        "120 clips",
        "Take care:** No interval: all runs are scored on the same clips",
        "[no interval]",
    ):
        assert said in text
    assert (done / "curves.html").exists()


def test_without_a_test_part_the_repetitions_take_turns_at_the_speakers(settings: Han2013Settings) -> None:
    pool, *_ = recipes["han2013"].cells(replace(settings, test="", repetitions=7))
    pairs = [(plan.seed, plan.fold) for plan in pool.grid.plans() if plan.strategy == "random"]
    assert pairs == [(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 0), (6, 1)]


def test_sizes_default_to_the_papers_shares() -> None:
    sizes = sizes_for(30_000, Han2013Settings())
    assert (sizes.initial, sizes.step, sizes.pool, sizes.stream) == (2000, 2000, 30_000, 16_000)
    assert sizes_for(30, Han2013Settings()).initial == 5
    with pytest.raises(BadPlan, match="pool has 12"):
        sizes_for(12, Han2013Settings(initial=10, step=10))


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"learner": "svm"}, "expected a regressor"),
        ({"test": "none"}, "choose a test part"),
        ({"test": "session=9"}, "session '9'; known"),
        ({"ranges": ("dominance=1:9",)}, "a range for dominance"),
        ({"ranges": ("emotion=1:9",)}, "take its range away"),
        ({"step": 500}, "80 clips rated for arousal"),
        ({"targets": ("flat",)}, "flat is the same in all clips"),
    ],
    ids=str,
)
def test_what_cannot_be_carried_out_leaves_no_folder(
    wrong: dict[str, Any], remedy: str, settings: Han2013Settings, tmp_path: Path
) -> None:
    table = tmp_path / "clips.parquet"
    pd.read_parquet(settings.corpus).assign(flat=0.5).to_parquet(table)
    with pytest.raises(SeralError, match=remedy):
        run_recipe("han2013", replace(settings, corpus=str(table), **wrong), tmp_path / "out", jobs=1)
    assert not (tmp_path / "out").exists(), "the folder is for the corrected one"


def test_a_category_is_refused_by_name(settings: Han2013Settings, tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="emotion is a category"):
        run_recipe("han2013", replace(settings, targets=("emotion",)), tmp_path, jobs=1)
