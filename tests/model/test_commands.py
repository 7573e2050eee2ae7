"""Models on the command line: out of runs and projects, and asked about recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from seral_core.cli import commands
from seral_core.errors import BadModel, BadPlan
from seral_core.model.model import Model
from seral_core.runs.build import prepare
from seral_core.runs.log import Log
from seral_core.studio.beliefs import last_beliefs
from seral_core.studio.project_model import project_model
from seral_core.studio.testing import answered, made_project
from seral_core.studio.trainer import Trainer


def seral(*words: object) -> tuple[str, str]:
    done = CliRunner().invoke(commands, list(map(str, words)), catch_exceptions=False, standalone_mode=False)
    return done.stdout, done.stderr


def test_a_run_is_exported_and_asked_about_recordings(heard: Log, tmp_path: Path) -> None:
    out, _ = seral("export-model", heard.folder, "--out", tmp_path / "model")
    assert out == f"wrote the model to {tmp_path / 'model'}; read README.md there before you share it\n"
    corpus = prepare(heard.plan).corpus
    out, err = seral("predict", tmp_path / "model", corpus.root, "--speaker", "one", "--out", tmp_path / "table.csv")
    assert out == f"wrote {len(corpus)} rows to {tmp_path / 'table.csv'}\n"
    assert f"note: {len(corpus)} of {len(corpus)} clips are normalised by the clips of their speaker" in err
    table = pd.read_csv(tmp_path / "table.csv").set_index("segment")
    assert (
        table["emotion"].to_dict()
        == Model.load(tmp_path / "model").predict(corpus.root, speakers="one")["emotion"].to_dict()
    )


def test_speakers_nobody_knows_are_said(saved: Path, heard: Log, tmp_path: Path) -> None:
    corpus = prepare(heard.plan).corpus
    files = [corpus.path(segment)[0] for segment in corpus.ids[:3]]
    _, err = seral("predict", saved, *files, "--out", tmp_path / "table.csv")
    assert "note: 3 of 3 clips are normalised by the mean and deviation of the training pool" in err


def test_names_that_a_spreadsheet_would_take_for_formulas_are_guarded(
    saved: Path, heard: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = prepare(heard.plan).corpus
    (tmp_path / "=1+1.wav").symlink_to(corpus.path(corpus.ids[0])[0])
    monkeypatch.chdir(tmp_path)
    seral("predict", saved, "=1+1.wav", "--out", tmp_path / "table.csv")
    assert "\n'=1+1.wav," in (tmp_path / "table.csv").read_text()


def test_what_is_there_is_replaced_only_where_that_is_agreed_to(saved: Path, heard: Log, tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("mine")
    root = prepare(heard.plan).corpus.root
    with pytest.raises(BadPlan, match="is there already"):
        seral("predict", saved, root, "--out", tmp_path / "table.csv")
    seral("predict", saved, root, "--out", tmp_path / "table.csv", "--replace")
    with pytest.raises(BadModel, match="no model in"):
        seral("predict", heard.folder, root, "--out", tmp_path / "other.csv")
    with pytest.raises(BadPlan, match="is no labelling project"):
        seral("export-model", heard.folder, "--out", tmp_path / "model", "--predictions", tmp_path / "rest.csv")


def test_a_project_gives_its_model_and_predictions_for_what_nobody_labelled(tmp_path: Path) -> None:
    project = answered(made_project(clips=80, folder=tmp_path, test_share=0.1), 30)
    out, _ = seral("export-model", project, "--out", tmp_path / "model", "--predictions", tmp_path / "rest.csv")
    assert out.startswith("wrote 50 rows to")
    rest = pd.read_csv(tmp_path / "rest.csv")
    true = np.array(["anger", "neutral", "sadness"])[[int(Path(name).stem) % 3 for name in rest["segment"]]]
    assert (rest["emotion"] == true).mean() > 0.7
    model = Model.load(tmp_path / "model")
    assert model.about["agreement"]["emotion"] == {"alpha": None, "raters": 1}
    assert "me" not in (tmp_path / "model" / "README.md").read_text().split()  # who labelled is nobody's business


def test_the_model_of_a_project_is_the_one_its_trainer_has(tmp_path: Path) -> None:
    project = answered(made_project(clips=80, folder=tmp_path, learner="random-forest:trees=10"), 30)
    trainer = Trainer(project)
    assert trainer.look()
    beliefs = last_beliefs(project / "run")
    assert beliefs is not None
    frame = project_model(project).predictions
    classes = {"emotion": ("anger", "neutral", "sadness")}
    for segment, row in frame.iterrows():
        told = beliefs.of(str(segment), classes)
        assert told is not None
        assert told["emotion"]["proba"]["anger"] == pytest.approx(row["emotion_p_anger"], abs=1e-4)


def test_a_project_with_too_few_labels_has_no_model(tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="got 3 labelled clips to learn from; expected 6 or more"):
        project_model(answered(made_project(clips=20, folder=tmp_path), 3))


def test_exporting_changes_nothing_in_the_project(tmp_path: Path) -> None:
    project = answered(made_project(clips=40, folder=tmp_path), 12)
    Trainer(project).look()
    before = {path: path.stat().st_mtime_ns for path in (project / "run").rglob("*") if path.is_file()}
    project_model(project)
    assert {path: path.stat().st_mtime_ns for path in (project / "run").rglob("*") if path.is_file()} == before
