"""The recipe discretised on tables of traces and frames: it reports, and what was killed ends like what was not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seral_core.recipes.base import recipes, run_recipe
from seral_core.recipes.by_speaker import gap
from seral_core.recipes.discretised.training import Resolutions
from tests.recipes.in_time import RATE_HZ, traced_tables

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Any:
    gold, frames = traced_tables(tmp_path_factory.mktemp("traced"))
    return recipes["discretised"].settings(
        quick=True, corpus=str(gold), features=str(frames), ranges=("arousal=-1:1", "valence=-1:1"), repetitions=2,
        layers=1, cells=6,
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    run_recipe("discretised", settings, folder, jobs=1)
    return folder


def kept(folder: Path) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    traces = {}
    for path in sorted(folder.glob("decoding/runs/*/traces.npz")):
        with np.load(path) as found:
            traces |= {f"{path.parent.name} {name}": found[name] for name in found.files}
    return pd.read_parquet(folder / "scores.parquet"), traces


def test_tables_without_audio_give_a_report_beside_the_paper(whole: Path, settings: Any) -> None:
    report, summary = (whole / "report.md").read_text(), json.loads((whole / "summary.json").read_text())
    assert "| CLS-Decoded | 0.859 |" in report
    assert {claim["section"] for claim in summary["claims"]} == {"4.1", "5"}
    assert len(summary["claims"]) == 8
    parts = settings.in_time(4).open()
    assert (parts.rate_hz, len(parts.train), len(parts.test)) == (RATE_HZ / 4, 3, 3)
    scores, _ = kept(whole)
    best = scores[(scores["part"] == "test") & (scores["target"] == "arousal")].groupby("system")["ccc"].max()
    assert best.max() > 0.4  # arousal can be heard
    assert {"decoded.html", "levels.html", "sweep.html", "learning.html"} <= {path.name for path in whole.iterdir()}


def test_features_are_standardised_by_training_recordings_alone(settings: Any) -> None:
    parts = settings.in_time().open()
    train, test = (np.concatenate(parts.features(ids)) for ids in (parts.train, parts.test))
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(train.std(axis=0), 1, atol=1e-5)
    assert np.abs(test.mean(axis=0)).max() > 1e-4


def test_killed_in_training_and_in_decoding_and_resumed_it_ends_as_if_it_had_not_been(
    whole: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seral_core.deep.sequence_training import FitSequences
    from seral_core.recipes.discretised import decoding

    real, epochs = FitSequences._keep, 0

    def killed_later(self: FitSequences) -> None:
        nonlocal epochs
        real(self)
        epochs += 1
        if epochs == 33:  # in the second network
            raise KeyboardInterrupt

    monkeypatch.setattr(FitSequences, "_keep", killed_later)
    with pytest.raises(KeyboardInterrupt):
        run_recipe("discretised", settings, tmp_path, jobs=1)
    assert len(list(tmp_path.glob("networks/runs/*/scores.parquet"))) == 1

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    keep = decoding._keep
    monkeypatch.setattr(decoding, "_keep", killed)
    with pytest.raises(KeyboardInterrupt):
        run_recipe("discretised", settings, tmp_path, jobs=1)
    assert not list(tmp_path.glob("decoding/runs/*/scores.parquet"))
    monkeypatch.setattr(decoding, "_keep", keep)
    run_recipe("discretised", settings, tmp_path, jobs=1)
    (scores, traces), (before, there) = kept(tmp_path), kept(whole)
    pd.testing.assert_frame_equal(scores, before)
    assert traces.keys() == there.keys()
    assert all(np.array_equal(traces[name], there[name]) for name in traces)


def test_levels_of_gold_come_back_from_perfect_scores(settings: Any) -> None:
    parts = settings.in_time(4).open()
    found = Resolutions.of(parts, "arousal")
    (gold,) = parts.gold(parts.train[:1], "arousal")
    sure = [np.log(np.eye(len(each))[each.classes(gold)] + 1e-9) for each in found.levels]
    rebuilt = found.values(np.concatenate(sure, axis=1))
    expected = np.mean([each.values(each.classes(gold)) for each in found.levels], axis=0)
    np.testing.assert_allclose(rebuilt, expected)


def test_an_interval_counts_speakers_and_not_frames() -> None:
    rng = np.random.default_rng(1)
    gold = [np.sin(np.arange(50) / 5 + i) for i in range(6)]
    better, worse = ([truth + rng.normal(0, noise, 50) for truth in gold] for noise in (0.2, 0.8))
    apart = gap([better], [worse], gold, ["a", "a", "b", "b", "c", "c"])
    assert apart.groups == 3
    assert apart.mean > 0
    alone = gap([better], [worse], gold, [None] * 6)
    assert alone.groups == 6
    assert not gap([better], [worse], gold, ["a"] * 6).known
