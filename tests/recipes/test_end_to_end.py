"""The recipe end-to-end on noise that is louder where arousal is high: it reports, and a killed one ends the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seral_core.errors import BadLog, BadPlan
from seral_core.recipes.base import recipes, run_recipe
from seral_core.recipes.end_to_end.following import Followed, _correlations, _moved, chosen, highest
from seral_core.recipes.outputs_in_time import Outputs
from tests.recipes.sound_in_time import traced_sounds

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Any:
    gold = traced_sounds(tmp_path_factory.mktemp("sounds"))
    return recipes["end-to-end"].settings(
        quick=True, corpus=str(gold), ranges=("arousal=-1:1",), repetitions=1, filters=2, cells=4, epochs=2, batch=2
    )


@pytest.fixture(scope="module")
def whole(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    run_recipe("end-to-end", settings, folder, jobs=1)
    return folder


def test_sound_with_traces_gives_a_report_beside_the_paper(whole: Path) -> None:
    report, summary = (whole / "report.md").read_text(), json.loads((whole / "summary.json").read_text())
    assert "| paper, best cell of one recording | 0.81 | 0.73 | 0.72 |" in report
    assert len(summary["claims"]) == 5
    assert "were best in the last fifth of the epochs they were given" in report
    scores = pd.read_parquet(whole / "scores.parquet")
    assert len(scores) == 4 * 2 * 2  # systems, parts, before and after the chain
    assert {"cells.html", "following.html", "predicted.html", "learning.html"} <= {
        each.name for each in whole.iterdir()
    }
    cells = pd.read_parquet(whole / "cells.parquet")
    loud = cells[cells["curve"] == "loudness"].groupby("of")["correlation"].mean()
    assert loud["best cell of the recording"] > loud["best cell, curve moved in time"]
    assert (cells["correlation"].abs() <= 1).all()


def test_killed_in_training_and_after_it_and_resumed_it_ends_as_if_it_had_not_been(
    whole: Path, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seral_core.deep.sequence_training import FitSequences

    real, epochs = FitSequences._keep, 0

    def killed_later(self: FitSequences) -> None:
        nonlocal epochs
        real(self)
        epochs += 1
        if epochs == 2:  # in the second network
            raise KeyboardInterrupt

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    # The first is killed when it is trained, and goes on to be scored; the second in the middle of its training.
    for owner, name, later, done in ((Followed, "save", killed, 0), (FitSequences, "_keep", killed_later, 1)):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, later)
            with pytest.raises(KeyboardInterrupt):
                run_recipe("end-to-end", settings, tmp_path, jobs=1)
        assert len(list(tmp_path.glob("networks/runs/*/scores.parquet"))) == done
    run_recipe("end-to-end", settings, tmp_path, jobs=1)
    for table in ("scores", "cells", "chains"):
        pd.testing.assert_frame_equal(*(pd.read_parquet(where / f"{table}.parquet") for where in (tmp_path, whole)))
    one, other = (
        [Outputs.load(path).test for path in sorted(where.glob("networks/runs/*-*"))] for where in (tmp_path, whole)
    )
    for left, right in zip(one, other, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(left, right, strict=True))


def test_features_of_another_rate_are_refused(settings: Any, tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="expected 25, as samples have"):
        run_recipe("end-to-end", replace(settings, features="log-mel-frames:rate=50"), tmp_path, jobs=1)


def test_samples_stay_as_they_are_and_features_are_standardised(settings: Any) -> None:
    sounds = replace(settings.in_time(), features="waveform", standardised=False).open()
    (samples,) = sounds.features(sounds.test[:1])
    assert samples.std() < 0.2
    features = settings.in_time().open()
    np.testing.assert_allclose(np.concatenate(features.features(features.train)).std(axis=0), 1, atol=1e-4)


def test_a_cell_that_was_chosen_elsewhere_keeps_its_sign() -> None:
    dev, test = np.array([[[0.1, -0.8, 0.0]]]), np.array([[[0.9, 0.5, 0.0]]])
    assert chosen(dev, test) == pytest.approx(-0.5)
    assert highest(test) == pytest.approx(0.9)


def test_the_best_of_many_cells_goes_with_a_curve_by_chance_as_the_moved_curve_shows() -> None:
    rng = np.random.default_rng(0)
    slow = np.cumsum(rng.normal(size=(60, 400)), axis=1)  # 59 cells that know nothing, and the curve itself
    curves = slow[-1:]
    assert highest(_correlations(slow[:-1].T, curves)) > 0.6
    assert _moved(slow[:-1].T, curves) > 0.5
    assert highest(_correlations(slow.T, curves)) == pytest.approx(1)


def test_cells_that_are_damaged_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cells.npz").write_bytes(b"PK nothing")
    with pytest.raises(BadLog, match="cannot be read"):
        Followed.load(tmp_path)
