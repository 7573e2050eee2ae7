"""The recipe denoise on a few short recordings: it reports, goes on after a kill, and keeps parts apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

from seral_core.errors import SeralError
from seral_core.features.audio import RATE_HZ
from seral_core.recipes.base import recipes, run_recipe
from seral_core.recipes.denoise.conditions import CLEAN, Condition, Sources, experiments
from seral_core.recipes.denoise.enhancing import Schooling, systems_of
from seral_core.recipes.denoise.report import claims_of
from seral_core.recipes.denoise.results import NONE, Measured
from seral_core.recipes.denoise.speech import windows_of
from tests.recipes.in_time import traced_tables

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")

CORPUS = "synthetic-continuous:recordings=9:shortest=6:longest=8"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder, rng = tmp_path_factory.mktemp("sounds"), np.random.default_rng(0)
    noise, responses = folder / "noise", folder / "responses"
    noise.mkdir()
    soundfile.write(noise / "hiss.wav", rng.uniform(-0.5, 0.5, 6 * RATE_HZ), RATE_HZ)
    responses.mkdir()
    soundfile.write(responses / "hall.wav", rng.normal(0, 0.1, 4000) * 0.998 ** np.arange(4000), RATE_HZ)
    return recipes["denoise"].settings(
        quick=True, corpus=CORPUS, noise=str(noise), responses=str(responses), repetitions=1, epochs=2
    )


@pytest.fixture(scope="module")
def whole(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    run_recipe("denoise", settings, folder, jobs=1)
    return folder


def test_it_reports_every_condition_with_figures_and_a_verdict_on_every_finding(whole: Path) -> None:
    report, summary = (whole / "report.md").read_text(), json.loads((whole / "summary.json").read_text())
    scores = pd.read_parquet(whole / "scores.parquet")
    for experiment, condition in scores.groupby(["experiment", "condition"]).groups:
        assert f"| {experiment} | {condition} |" in report
    assert "| noise | paper: mean over 0 to 12 dB | - / 0.563 | - / 0.596 |" in report
    assert "hall given" in report
    assert "phone made" in report
    assert len(summary["claims"]) == 9
    assert {path.stem for path in whole.glob("*.html")} == {"conditions", "mfcc", "frames", "learning"}
    near = pd.read_parquet(whole / "nearness.parquet")
    near = near[near["way"] == NONE].groupby("condition")["ccc"].mean()
    assert near["clean"] == pytest.approx(1)
    assert near["noise 0 dB"] < near["noise 6 dB"] < near["noise 12 dB"] < 1


def test_the_noise_that_was_made_has_the_ratio_that_its_condition_says(whole: Path) -> None:
    frame = pd.read_parquet(whole / "curves.parquet")
    made = frame[frame["metric"].isin(["snr_db_least", "snr_db_most"])]
    assert len(made) == 8
    for name, value in zip(made["strategy"], made["value"], strict=True):
        assert value == pytest.approx(float(name.split()[-2]), abs=0.01)


def test_killed_in_training_and_resumed_it_ends_as_if_it_had_not_been(
    whole: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seral_core.deep.sequence_training import FitSequences

    real, epochs = FitSequences._keep, 0

    def killed(self: FitSequences) -> None:
        nonlocal epochs
        real(self)
        epochs += 1
        if epochs == 3:  # in the second network
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(FitSequences, "_keep", killed)
        with pytest.raises(KeyboardInterrupt):
            run_recipe("denoise", settings, tmp_path, jobs=1)
    assert len(list(tmp_path.glob("networks/runs/*/scores.parquet"))) == 1
    run_recipe("denoise", settings, tmp_path, jobs=1)
    for name in ("scores", "nearness", "history"):
        pd.testing.assert_frame_equal(
            pd.read_parquet(tmp_path / f"{name}.parquet"), pd.read_parquet(whole / f"{name}.parquet")
        )


def test_windows_of_clean_mfccs_are_those_of_the_extractor(settings: Any) -> None:
    speech = recipes["denoise"].cells(settings)[0].measure  # type: ignore[attr-defined]
    parts = speech.data.open()
    from seral_core.features.audio import read_segment
    from seral_core.features.extract import features_for
    from seral_core.features.spectra import cepstra

    heard = [cepstra(read_segment(*parts.corpus.path(segment))) for segment in parts.dev]
    table = features_for(parts.corpus, "mfcc-windows")
    for segment, windows in zip(parts.dev, windows_of(heard, parts, "dev"), strict=True):
        row = table.rows([segment])[0]
        np.testing.assert_allclose(windows, table.values[table.bounds[row] : table.bounds[row + 1]], rtol=1e-5)


def test_a_recording_gets_the_same_noise_at_every_ratio_and_through_a_phone(settings: Any) -> None:
    sources = Sources(settings.noise, settings.responses)
    speech = np.random.default_rng(0).normal(0, 0.1, RATE_HZ).astype(np.float32)
    added = []
    for condition in (Condition(snr_db=0), Condition(snr_db=12), Condition(True, snr_db=6)):
        quiet, noisy = sources.degraded(speech, condition, "test", 3)
        added.append((noisy - quiet) / np.std(noisy - quiet))
    for each in added[1:]:
        np.testing.assert_allclose(each, added[0], atol=1e-3)
    quiet, noisy = sources.degraded(speech, Condition(snr_db=0), "test", 4)
    assert np.abs((noisy - quiet) / np.std(noisy - quiet) - added[0]).max() > 0.1
    assert sources.degraded(speech, CLEAN, "test", 3)[1] is speech


def test_mixed_training_hears_each_sequence_once_when_quick_and_in_all_conditions_otherwise() -> None:
    each = [[(np.full((2, 1), s), np.full((2, 1), c)) for s in range(100)] for c in range(4)]
    for quick, part, count in ((True, "train", 100), (True, "dev", 20), (False, "train", 400), (False, "dev", 400)):
        chosen = Schooling(2.0, quick).chosen(each, part)  # type: ignore[arg-type]
        assert len(chosen) == count
    heard = [(int(s[0, 0]), int(c[0, 0])) for s, c in Schooling(2.0, True).chosen(each, "train")]  # type: ignore[arg-type]
    assert len({s for s, _ in heard}) == 100
    assert {c for _, c in heard} == {0, 1, 2, 3}
    assert len(systems_of(experiments(quick=False))) == 16


def test_enhancement_that_gives_clean_speech_back_makes_the_claims_hold(settings: Any, whole: Path) -> None:
    from seral_core.recipes.base import Result

    cells = recipes["denoise"].cells(settings)
    found = Measured.load(Result(settings, cells, pd.DataFrame(), whole))  # type: ignore[arg-type]
    gold = {t: found.parts.gold(found.parts.test, t) for t in found.targets}
    perfect = tuple(np.stack(frames, axis=1) for frames in zip(*gold.values(), strict=True))
    flat = tuple(np.zeros_like(each) for each in perfect)
    outputs = {
        key: [replace(one, test=flat if key[0] == NONE else perfect) for one in several]
        for key, several in found.outputs.items()
    }
    verdicts = [claim.verdict.split(":")[0] for claim in claims_of(replace(found, outputs=outputs))]
    assert verdicts[:2] == ["held", "held"]
    assert verdicts[3] == "held"
    assert verdicts[4] == "did not hold"  # mixed enhancement degrades clean speech
    assert verdicts[6] == "held"


def test_what_cannot_be_carried_out_is_refused_before_anything_is_written(settings: Any, tmp_path: Path) -> None:
    gold, _ = traced_tables(tmp_path)
    silent = replace(settings, corpus=str(gold), ranges=("arousal=-1:1", "valence=-1:1"))
    elsewhere = replace(settings, noise=str(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    empty = replace(settings, noise=str(tmp_path / "empty"))
    for wrong, message in ((silent, "audio"), (elsewhere, "expected a folder"), (empty, "0 kinds of noise")):
        with pytest.raises(SeralError, match=message):
            run_recipe("denoise", wrong, tmp_path / "out", jobs=1)
    assert not (tmp_path / "out").exists()
