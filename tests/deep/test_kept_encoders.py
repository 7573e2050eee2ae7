"""A saved model finds the encoder it was trained with by its content, and no other; a kept network does too."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seral_core.deep import models
from seral_core.errors import BadModel
from seral_core.model.model import Model
from seral_core.runs.plan import Plan
from seral_core.runs.run import run
from tests.deep.talking import a_table

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")
pytest.importorskip("transformers", reason="transformers is not installed: pip install -e '.[deep]'")

FolderOf = Callable[[str], Path]


def trained(folder_of: FolderOf, tmp_path: Path, **how: object) -> tuple[Model, Path, Path]:
    """A model on an encoder in a folder of the user, that folder, and the recordings."""
    encoder = shutil.copytree(folder_of("wav2vec2"), tmp_path / "mine")
    table = a_table(tmp_path / "talking")
    plan = Plan(
        corpus=str(table), targets=("emotion",), features=f"{encoder}:layer=2", strategy="random", initial=8, budget=8,
        split="speaker=a", **how,
    )  # type: ignore[arg-type]  # fmt: skip
    return Model.of_run(run(plan, tmp_path / "runs")), encoder, table


@pytest.mark.usefixtures("own_home")
def test_an_encoder_of_ones_own_is_found_by_its_content(
    folder_of: FolderOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, encoder, table = trained(folder_of, tmp_path)
    saved = model.save(tmp_path / "model")
    expected = model.predict(table, speakers="one")
    text = (saved / "model.json").read_text()
    assert json.loads(text)["features"] == "mine:layer=2"
    np.testing.assert_array_equal(Model.load(saved).predict(table, speakers="one"), expected)

    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "another home"))
    with pytest.raises(BadModel, match=r"folder called 'mine' is not known .* 'seral fetch path/to/mine' first"):
        Model.load(saved).predict(table, speakers="one")
    np.testing.assert_array_equal(Model.load(saved, features=encoder).predict(table, speakers="one"), expected)
    with pytest.raises(BadModel, match="expected the same features, of the same version and content"):
        Model.load(saved, features=folder_of("hubert")).predict(table, speakers="one")
    models.fetch_model(str(encoder))
    np.testing.assert_array_equal(Model.load(saved).predict(table, speakers="one"), expected)


@pytest.mark.usefixtures("own_home")
def test_a_network_on_an_encoder_of_ones_own_finds_it_by_its_content(
    folder_of: FolderOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = tmp_path / "mine"
    model, _, table = trained(folder_of, tmp_path, learner=f"fine-tuned:backbone={encoder}:epochs=1")
    saved = model.save(tmp_path / "model")
    expected = model.predict(table, speakers="one")
    np.testing.assert_array_equal(Model.load(saved).predict(table, speakers="one"), expected)
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "another home"))
    models.fetch_model(str(folder_of("hubert")))
    with pytest.raises(BadModel, match=r"folder called 'mine' is not known .* 'seral fetch path/to/mine' first"):
        Model.load(saved, features=encoder).predict(table, speakers="one")
    models.fetch_model(str(encoder))
    np.testing.assert_array_equal(Model.load(saved).predict(table, speakers="one"), expected)
    about = saved / "learner" / "task.json"
    about.write_text(about.read_text().replace("anger", "joy"))
    with pytest.raises(BadModel, match="do not belong together"):
        Model.load(saved)
