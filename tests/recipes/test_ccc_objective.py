"""The recipe ccc-objective on tables of traces and frames: rates, chains, units, and what was killed ends the same."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seral_core.recipes.base import recipes, run_recipe
from seral_core.recipes.by_speaker import gap, gap_together
from seral_core.recipes.ccc_objective.training import OBJECTIVES, Networks, OwnObjective, Shape, System
from seral_core.recipes.cells import Trial
from seral_core.recipes.outputs_in_time import Outputs
from seral_core.scores.metrics import ccc
from tests.recipes.in_time import traced_tables

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")

RANGES = ("arousal=-1:1", "valence=-1:1")


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return traced_tables(tmp_path_factory.mktemp("traced"))


@pytest.fixture(scope="module")
def settings(tables: tuple[Path, Path]) -> Any:
    return recipes["ccc-objective"].settings(
        quick=True, corpus=str(tables[0]), features=str(tables[1]), ranges=RANGES, repetitions=2, layers=1, cells=6,
        epochs=8,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    run_recipe("ccc-objective", settings, folder, jobs=1)
    return folder


def kept(folder: Path) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    said = {}
    for path in sorted(folder.glob("networks/runs/**/outputs.npz")):
        with np.load(path) as found:
            said |= {f"{path.relative_to(folder)} {name}": found[name] for name in found.files}
    return pd.read_parquet(folder / "scores.parquet"), said


def test_tables_without_audio_give_a_report_beside_the_paper(whole: Path) -> None:
    report, summary = (whole / "report.md").read_text(), json.loads((whole / "summary.json").read_text())
    assert "| speech (RECOLA) | arousal, CCC, after the chain | sum of CCCs over SSE | 0.097 to 0.350 |" in report
    assert "did not hold" in report
    assert len(summary["claims"]) == 10
    assert {"rates.html", "trade_off.html", "predictions.html"} <= {path.name for path in whole.iterdir()}
    curves = pd.read_parquet(whole / "curves.parquet")
    assert set(curves["metric"]) == {"rmse", "ccc", "rmse after the chain", "ccc after the chain"}
    scores = pd.read_parquet(whole / "scores.parquet")
    assert scores[["rmse", "cc", "ccc", "ccc_each", "tau"]].notna().all(axis=None)


def test_each_objective_and_scale_has_the_learning_rate_that_is_best_on_development_recordings(whole: Path) -> None:
    by_rate, scores = (pd.read_parquet(whole / f"{name}.parquet") for name in ("by_rate", "scores"))
    keys = ["objective", "target"]
    means = by_rate.groupby([*keys, "rate"])["ccc"].mean()
    assert scores.groupby(keys)["rate"].nunique().eq(1).all()
    chosen = scores[(scores["part"] == "dev") & ~scores["after"]].groupby(keys)
    assert set(chosen.groups) == {(objective, target) for objective in OBJECTIVES for target in ("arousal", "valence")}
    for key, mine in chosen:
        assert mine["rate"].iloc[0] == means[key].idxmax()
        assert mine["ccc"].mean() == pytest.approx(means[key].max())


def test_the_chain_never_lowers_the_ccc_that_it_was_fitted_to_and_is_applied_to_test_as_it_is(whole: Path) -> None:
    scores = pd.read_parquet(whole / "scores.parquet").set_index(["objective", "target", "seed"])
    dev, test = (scores[scores["part"] == part] for part in ("dev", "test"))
    gain = dev.loc[dev["after"], "ccc"] - dev.loc[~dev["after"], "ccc"]
    assert (gain > -1e-6).all()
    assert gain.max() > 0.01
    assert not np.allclose(test.loc[test["after"], "ccc"], test.loc[~test["after"], "ccc"])


def test_killed_in_training_and_before_the_chain_and_resumed_it_ends_as_if_it_had_not_been(
    whole: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seral_core.deep.sequence_training import FitSequences
    from seral_core.sequences.chain import Chain

    again = tmp_path / "again"
    shutil.copytree(whole, again)
    for trial in sorted((again / "networks" / "runs").iterdir())[-3:]:
        shutil.rmtree(trial)
    real, epochs = FitSequences._keep, 0

    def killed_later(self: FitSequences) -> None:
        nonlocal epochs
        real(self)
        epochs += 1
        if epochs == 11:  # in the second network or the third
            raise KeyboardInterrupt

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for place, name, how in ((FitSequences, "_keep", killed_later), (Chain, "fit", killed)):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, how)
            with pytest.raises(KeyboardInterrupt):
                run_recipe("ccc-objective", settings, again, jobs=1)
    assert len(list(again.glob("networks/runs/*/scores.parquet"))) == 16
    (again / "scores.parquet").unlink()
    run_recipe("ccc-objective", settings, again, jobs=1)
    (scores, said), (before, there) = kept(again), kept(whole)
    pd.testing.assert_frame_equal(scores, before)
    assert said.keys() == there.keys()
    assert all(np.array_equal(said[name], there[name]) for name in said)


def test_a_network_is_stopped_by_the_objective_that_it_is_trained_with() -> None:
    import torch

    from seral_core.deep.concordance import squared_error, sum_of_concordance, total_concordance

    rng = np.random.default_rng(0)
    said, gold = (rng.normal(size=(3, 20, 2)) for _ in range(2))
    gold[0, 5:, 0], gold[1, :, 1] = np.nan, np.nan
    known = torch.tensor(~np.isnan(gold))
    losses = (squared_error, sum_of_concordance, total_concordance)
    for objective, loss in zip(OBJECTIVES, losses, strict=True):
        expected = -float(loss(torch.tensor(said), torch.tensor(np.nan_to_num(gold)), known))
        assert OwnObjective(objective)(list(said), list(gold)) == pytest.approx(expected)


def test_scales_of_other_units_are_learned_alike_and_predicted_in_their_own(
    tables: tuple[Path, Path], settings: Any, tmp_path: Path
) -> None:
    moved = pd.read_csv(tables[0])
    moved[["arousal", "valence"]] = 5 + 4 * moved[["arousal", "valence"]]
    moved.to_csv(tmp_path / "moved.csv", index=False)
    other = recipes["ccc-objective"].settings(
        corpus=str(tmp_path / "moved.csv"), features=str(tables[1]), ranges=("arousal=1:9", "valence=1:9")
    )
    system, found = System("SSE", 1e-4), {}
    for name, each in (("usual", settings), ("moved", other)):
        trial = Trial(system.name, 0, 0, tmp_path / name)
        trial.folder.mkdir()
        data = each.in_time(2)
        list(Networks(data, (system,), Shape(1, 6, epochs=3))(trial))
        found[name] = Outputs.load(trial.folder).test
    for usual, there in zip(found["usual"], found["moved"], strict=True):
        np.testing.assert_allclose(5 + 4 * usual, there, atol=1e-4)


def test_frames_are_not_made_into_one_beyond_one_per_second(settings: Any) -> None:
    found = settings.in_time(100).open()
    assert (found.thin, found.rate_hz) == (5, 1.0)


@pytest.mark.parametrize("name", ["discretised", "ccc-objective"])
def test_speakers_of_the_test_part_who_were_learned_from_are_an_alarm(
    name: str, tables: tuple[Path, Path], tmp_path: Path
) -> None:
    alone = pd.read_csv(tables[0]).assign(speaker="anna")
    alone.to_csv(tmp_path / "alone.csv", index=False)
    settings = recipes[name].settings(
        quick=True, corpus=str(tmp_path / "alone.csv"), features=str(tables[1]), ranges=RANGES
    )
    assert "both in pool and test: anna" in recipes[name].cells(settings)[0].check()[0][0]


def test_the_interval_of_all_frames_is_that_of_speakers_where_the_score_is_a_mean() -> None:
    rng = np.random.default_rng(1)
    gold = [np.sin(np.arange(50) / 5 + i) for i in range(6)]
    better, worse = ([truth + rng.normal(0, noise, 50) for truth in gold] for noise in (0.2, 0.8))
    speakers = ["a", "a", "b", "b", "c", "c"]

    def nearness(truth: Any, guess: Any) -> float:
        return -float(np.mean((truth - guess) ** 2))

    apart, together = (find([better], [worse], gold, speakers, nearness) for find in (gap, gap_together))
    assert (together.mean, together.low, together.p) == pytest.approx((apart.mean, apart.low, apart.p))
    every = gap_together([better], [worse], gold, speakers, ccc)
    assert every.mean == pytest.approx(
        ccc(np.concatenate(gold), np.concatenate(better)) - ccc(np.concatenate(gold), np.concatenate(worse))
    )
    assert every.up
    assert not gap_together([better], [worse], gold, ["a"] * 6, ccc).known
