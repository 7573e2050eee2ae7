"""The recipe ctial: both directions, within a corpus and across corpora, on tables with ready features."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seral_core.cli import main
from seral_core.corpora.base import open_corpus
from seral_core.errors import BadPlan
from seral_core.norms import norms
from seral_core.recipes.base import Result, recipes, run_recipe
from seral_core.recipes.ctial import STRATEGIES, CtialSettings, plan_of, sized
from seral_core.recipes.ctial.claims import adapted
from seral_core.recipes.ctial.transfer import mapped, source_scores
from seral_core.runs.data import data_of
from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.source_model import source_model
from seral_core.runs.speech import speech_of
from seral_core.scores.metrics import rmse, uar
from tests.runs.related import EMOTIONS, related_table

WHERE = ("source", "target")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    there = related_table(tmp_path_factory.mktemp("there"), 80, seed=1, high=5.0, far=1.0)
    return {"source": there, "target": related_table(tmp_path_factory.mktemp("here"), 100)}


def told(tables: dict[str, Path], direction: str, across: bool, **more: Any) -> CtialSettings:
    names = ("source", "target") if across else ("source",)
    said: dict[str, Any] = {"initial": 8, "queries": 10, "quick": True, "direction": direction, **more}
    for name in names:
        said[name] = str(tables[name])
        said[f"{name}_features"] = str(tables[name].with_name("features.npz"))
    return CtialSettings(**said)


def sized_plan(settings: CtialSettings) -> Plan:
    plan = plan_of(settings)
    return sized(plan, settings, speech_of(plan))


Carry = Callable[[str, bool], Path]


@pytest.fixture(scope="module")
def carried(tables: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Carry:
    """Carry a direction out once for all tests; returns its folder."""
    done: dict[tuple[str, bool], Path] = {}

    def carry(direction: str, across: bool) -> Path:
        if (direction, across) not in done:
            folder = tmp_path_factory.mktemp("out") / "recipe"
            repetitions = {"repetitions": 1}
            run_recipe("ctial", told(tables, direction, across, **repetitions), folder, jobs=1)
            done[direction, across] = folder
        return done[direction, across]

    return carry


BOTH = [(direction, across) for direction in STRATEGIES for across in (False, True)]


@pytest.mark.parametrize(("direction", "across"), BOTH)
def test_every_direction_ends_in_a_report_with_figures_and_a_verdict_on_every_finding(
    carried: Carry, direction: str, across: bool
) -> None:
    folder = carried(direction, across)
    report = (folder / "report.md").read_text()
    summary = json.loads((folder / "summary.json").read_text())
    wanted = {"curves", "significance"} | ({"transfer"} if across else set())
    assert {path.stem for path in folder.glob("*.html")} == wanted
    assert {c["scenario"] for c in summary["curves"]} == {"cross" if across else "within"}
    assert {c["strategy"] for c in summary["curves"]} == set(STRATEGIES[direction])
    words = {f["verdict"].split(":")[0] for f in summary["findings"]}
    assert words <= {"held", "held in part", "not clear", "did not hold"}
    sections = {f["section"][:3] for f in summary["findings"]}
    expected = {
        "dim2cat": {"4.2"} | ({"4.3"} if across else set()),
        "cat2dim": {"5.2"} | ({"5.3"} if across else set()),
    }
    assert expected[direction] <= sections
    for finding in summary["findings"]:
        assert finding["claim"] in report
        assert finding["verdict"].split(":")[0] in report


@pytest.mark.parametrize(("direction", "across"), BOTH)
def test_the_summary_follows_from_the_curves(carried: Carry, direction: str, across: bool) -> None:
    folder = carried(direction, across)
    frame = pd.read_parquet(folder / "curves.parquet")
    runs = frame.groupby(["seed", "fold"]).ngroups
    assert runs == 10
    metric = "uar" if direction == "dim2cat" else "rmse"
    target = frame["target"].iloc[0]
    rows = json.loads((folder / "summary.json").read_text())["comparisons"]
    sign = 1 if metric == "uar" else -1
    mine = frame[(frame["metric"] == metric) & (frame["target"] == target)]
    heights = mine.pivot_table(index=["seed", "fold"], columns=["strategy", "spent"], values="value")
    points = sorted(mine["spent"].unique())
    area = {
        s: np.trapezoid(heights[s][points], points, axis=1) / (points[-1] - points[0]) for s in STRATEGIES[direction]
    }
    for row in rows:
        if (row["target"], row["metric"]) != (target, metric) or row["strategy"] not in area:
            continue
        gaps = sign * (area[row["strategy"]] - area["random"])
        assert row["area"] == pytest.approx(area[row["strategy"]].mean(), abs=1e-5)
        assert row["above"] == pytest.approx(gaps.mean(), abs=1e-5)
        assert row["wins"] == (gaps > 0).sum()
        assert row["runs"] == 10


def test_first_labels_are_shared_by_all_strategies_and_scored_alike(carried: Carry) -> None:
    frame = pd.read_parquet(carried("dim2cat", False) / "curves.parquet")
    first = frame[(frame["spent"] == 8) & (frame["metric"] == "uar")]
    assert (first.groupby(["seed", "fold"])["value"].nunique() == 1).all()
    assert sorted(frame["spent"].unique()) == [8, 13, 18]


def test_a_recipe_that_was_finished_is_not_run_again(carried: Carry, tables: dict[str, Path]) -> None:
    folder = carried("dim2cat", False)
    before = {path: path.stat().st_mtime_ns for path in folder.glob("*/runs/*/events.jsonl")}
    run_recipe("ctial", told(tables, "dim2cat", False, repetitions=1), folder, jobs=1)
    assert before == {path: path.stat().st_mtime_ns for path in folder.glob("*/runs/*/events.jsonl")}


def test_the_command_line_takes_every_word_of_the_issue(
    tables: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["seral", "recipe", "ctial", "--direction", "cat2dim", "--quick", "--jobs", "1", "--classes", "anger,sad"]
    for name in WHERE:
        words += [f"--{name}", str(tables[name]), f"--{name}-features", str(tables[name].with_name("features.npz"))]
    words += ["--initial", "6", "--queries", "5", "--adapt", "none", "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr()
    assert not end.value.code, said.err
    assert "NRC mapping" in said.out


@pytest.mark.parametrize(("direction", "across"), [("dim2cat", False), ("cat2dim", True)])
def test_a_report_takes_its_data_and_opens_no_corpus(
    carried: Carry, tables: dict[str, Path], direction: str, across: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, folder = told(tables, direction, across, repetitions=1), carried(direction, across)
    cells, frame = recipes["ctial"].cells(settings), pd.read_parquet(folder / "curves.parquet")
    result = Result(settings, cells, frame, folder)
    assert result.data.origin
    for door in ("opened", "corpus_of", "features_of", "read_corpus", "features_for"):
        monkeypatch.setattr(f"seral_core.runs.speech.{door}", None)
    report = recipes["ctial"].report(result)
    kept = json.loads((folder / "summary.json").read_text())
    assert report.summary["comparisons"] == kept["comparisons"]
    assert report.summary["findings"] == kept["findings"]


def test_recipes_name_their_paper() -> None:
    assert "Xu, Jiang and Wu" in recipes["ctial"].paper


def test_within_a_corpus_there_are_ten_partitions_with_three_repetitions(tables: dict[str, Path]) -> None:
    settings = told(tables, "dim2cat", False, quick=False)
    (cell,) = recipes["ctial"].cells(settings)
    assert len(cell.grid.plans()) == 7 * 30
    assert cell.grid.plan.batch == 1
    assert cell.grid.plan.judge == "whole-set"
    (across,) = recipes["ctial"].cells(told(tables, "cat2dim", True, quick=False))
    assert len(across.grid.plans()) == 6 * 30


def test_a_small_pool_is_labelled_to_one_half_at_most(tables: dict[str, Path]) -> None:
    settings = told(tables, "dim2cat", False, quick=False, initial=0, queries=0)
    plan = sized_plan(settings)
    smallest = min(len(data_of(plan.varied(fold=fold)).pool) for fold in range(10))
    assert plan.budget == smallest // 2
    with pytest.raises(BadPlan, match="--queries"):
        sized_plan(told(tables, "dim2cat", False, queries=1000))


def test_features_are_adapted_across_corpora_alone(tables: dict[str, Path]) -> None:
    def way(direction: str, across: bool) -> str:
        return plan_of(told(tables, direction, across)).source.way(scales=direction == "dim2cat")

    assert [way(*each) for each in BOTH] == ["none", "tca", "none", "bda"]


def test_from_classes_to_dimensions_only_shared_classes_are_used(tables: dict[str, Path], tmp_path: Path) -> None:
    frame = pd.read_csv(tables["target"])
    frame["emotion"] = frame["emotion"].replace({"neutral": "disgust", "anger": "angry"})
    frame.to_csv(tmp_path / "clips.csv", index=False)
    features = tables["target"].with_name("features.npz")
    settings = told(tables, "cat2dim", True)
    changed = CtialSettings(
        **{**vars(settings), "target": str(tmp_path / "clips.csv"), "target_features": str(features)}
    )
    plan = plan_of(changed)
    assert set(plan.classes) == set(EMOTIONS) - {"neutral"}
    assert source_model(data_of(plan)).beliefs.task[0].classes == tuple(sorted(plan.classes))
    assert len(data_of(plan).pool) < len(frame)
    assert plan_of(settings).classes == ()


def test_a_class_without_a_norm_is_named_with_the_options_that_help(tables: dict[str, Path], tmp_path: Path) -> None:
    pd.read_csv(tables["source"]).replace({"emotion": {"neutral": "boredom"}}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(BadPlan, match=r"boredom.*--norms FILE, or --classes"):
        plan_of(CtialSettings(source=str(tmp_path / "a.csv"), source_ranges=()))
    assert plan_of(CtialSettings(source=str(tmp_path / "a.csv"), classes=("anger", "sadness"))).classes


def test_options_of_a_target_need_a_target() -> None:
    with pytest.raises(BadPlan, match="--target"):
        plan_of(CtialSettings(target_features="x.npz"))


def test_the_mapping_scores_every_clip_without_any_label(tables: dict[str, Path]) -> None:
    settings = told(tables, "cat2dim", True)
    plan = sized_plan(settings)
    data, beliefs = data_of(plan), source_model(data_of(plan)).beliefs
    scales = data.task
    places = norms().of(beliefs.task[0].classes, scales)
    guess = beliefs.beliefs["emotion"].mean @ places
    found = mapped([data])[0]
    for i, target in enumerate(scales):
        truth = open_corpus(settings.target).gold(target.name)[list(data.pool)].to_numpy(float)
        assert found[target.name]["rmse"] == pytest.approx(rmse(truth, guess[:, i]))


def test_the_source_model_is_scored_in_the_target_corpus_s_own_terms(tables: dict[str, Path]) -> None:
    across = data_of(plan_of(told(tables, "dim2cat", True, adapt="none")))
    corpus, related = open_corpus(str(tables["target"])), source_model(across).beliefs
    for target, metric, value in source_scores(across):
        if metric == "rmse":  # the source has [1, 5], the target [-1, 1]
            guess = (related.beliefs[target].guess - 3) / 2
            assert value == pytest.approx(rmse(corpus.gold(target)[list(related.ids)].to_numpy(float), guess))
    back = data_of(plan_of(told(tables, "cat2dim", True, adapt="none")))
    related = source_model(back).beliefs
    gold = corpus.gold("emotion")[list(related.ids)]
    truth = np.array([related.task[0].classes.index(name) for name in gold])
    expected = uar(truth, related.beliefs["emotion"].guess, 4)
    assert {metric: value for _, metric, value in source_scores(back)}["uar"] == pytest.approx(expected)


def test_grids_of_both_directions_come_back_from_their_files(carried: Carry) -> None:
    for direction in STRATEGIES:
        (place,) = carried(direction, True).glob("*/grid.toml")
        assert Grid.load(place.parent).plan.source.corpus.endswith("clips.csv")


def test_source_and_target_are_two_corpora(tables: dict[str, Path]) -> None:
    with pytest.raises(BadPlan, match="no --target"):
        plan_of(CtialSettings(source=str(tables["source"]), target=str(tables["source"])))


def test_a_corpus_of_one_dimension_without_classes_gets_a_report(tables: dict[str, Path], tmp_path: Path) -> None:
    pd.read_csv(tables["target"])[["file", "speaker", "arousal"]].to_csv(tmp_path / "clips.csv", index=False)
    settings = replace(told(tables, "cat2dim", True, repetitions=1), target=str(tmp_path / "clips.csv"), queries=5)
    report = run_recipe("ctial", settings, tmp_path / "out", jobs=1).read_text()
    assert "cannot be scored" in report
    assert "valence and dominance" not in report
    assert not (tmp_path / "out" / "transfer.html").exists()


def test_adaptation_is_judged_by_every_metric_in_its_own_direction() -> None:
    rows = [
        (way, d, 0, "arousal", metric, value)
        for metric, values in {"rmse": (0.5, 0.4, 0.3), "pcc": (0.5, 0.4, 0.6)}.items()
        for (way, d), value in zip((("direct", 25), ("adapted", 30), ("within", 26)), values, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["way", "dimensions", "fold", "target", "metric", "value"])
    better, inside = adapted("4.3", frame, "TCA", 30)
    assert better.verdict == "held in part: 1 of 2 metrics"
    assert inside.verdict == "held: 2 of 2 metrics"
    assert "RMSE: direct 0.5000, TCA to 30 dimensions 0.4000, within the corpus 0.3000" in better.numbers
