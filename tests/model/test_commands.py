"""Models on the command line: out of runs and projects, and asked about recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sklearn.neighbors import KNeighborsClassifier

from seral_core.cli import commands
from seral_core.errors import BadModel, BadPlan
from seral_core.model.model import Model
from seral_core.runs.build import prepare
from seral_core.runs.log import Log
from seral_core.runs.run import run
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


def test_predictions_do_not_go_into_the_models_own_folder(tmp_path: Path) -> None:
    words = ["export-model", str(tmp_path), "--out", str(tmp_path / "m"), "--predictions"]
    with pytest.raises(BadPlan, match="inside"):
        CliRunner().invoke(
            commands, [*words, str(tmp_path / "m" / "model.json")], catch_exceptions=False, standalone_mode=False
        )
    assert not (tmp_path / "m").exists()


def test_a_project_with_too_few_labels_has_no_model(tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="got 3 labelled clips to learn from; expected 6 or more"):
        project_model(answered(made_project(clips=20, folder=tmp_path), 3))


def test_clips_that_cannot_be_used_have_an_empty_row(saved: Path, heard: Log, tmp_path: Path) -> None:
    corpus = prepare(heard.plan).corpus
    path = corpus.path(corpus.ids[0])[0]
    out, err = seral("predict", saved, tmp_path / "gone.wav", path, "--out", tmp_path / "table.csv")
    assert out == f"wrote 2 rows to {tmp_path / 'table.csv'}\n"
    assert f"note: no prediction for {tmp_path / 'gone.wav'} does not exist" in err
    assert pd.read_csv(tmp_path / "table.csv")["emotion"].isna().tolist() == [True, False]


def test_a_place_that_is_taken_is_refused_before_anything_is_trained(
    heard: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[object] = []
    monkeypatch.setattr(Model, "of_run", trained.append)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(BadPlan, match="is there already and not empty"):
        seral("export-model", heard.folder, "--out", tmp_path / "mine")
    assert not trained


def test_what_gives_no_model_says_what_to_do(heard: Log, saved: Path, tmp_path: Path) -> None:
    learner: Any = KNeighborsClassifier(3)
    own = run(heard.plan.varied(learner=learner, budget=20), tmp_path / "runs").folder
    (tmp_path / "stream").mkdir()
    (tmp_path / "stream" / "watch.toml").touch()
    (tmp_path / "recipe" / "pool").mkdir(parents=True)
    (tmp_path / "recipe" / "recipe.toml").touch()
    for place, message in (
        (own, r"\(kneighborsclassifier\), which a command does not know; take the model out there: result\.fit"),
        (tmp_path / "stream", "a stream, which is never at its end, so no model of it is exported"),
        (tmp_path / "recipe", "no run at"),
        (saved, "a model already; expected a run; use it with seral predict"),
    ):
        with pytest.raises(BadPlan, match=message):
            seral("export-model", place, "--out", tmp_path / "model")
    for seed in (1, 2):
        run(heard.plan.varied(seed=seed, budget=20), tmp_path / "recipe" / "pool" / "runs")
    with pytest.raises(
        BadPlan, match=r"recipe holds 2 runs; expected one; name one of them: .*pool/runs/.* \(random, seed"
    ):
        seral("export-model", tmp_path / "recipe", "--out", tmp_path / "model")


def test_exporting_changes_nothing_in_the_project(tmp_path: Path) -> None:
    project = answered(made_project(clips=40, folder=tmp_path), 12)
    Trainer(project).look()
    before = {path: path.stat().st_mtime_ns for path in (project / "run").rglob("*") if path.is_file()}
    project_model(project)
    assert {path: path.stat().st_mtime_ns for path in (project / "run").rglob("*") if path.is_file()} == before
