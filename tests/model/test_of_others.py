"""A model's folder that somebody else made: nothing is fetched, no path is followed, and what disagrees is refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from seral_core.deep import models
from seral_core.deep.catalogue import known
from seral_core.errors import BadFeatures, BadModel, SeralError
from seral_core.model import trained_learner
from seral_core.model.hearing import Hearing
from seral_core.model.model import Model
from seral_core.runs.build import prepare
from seral_core.runs.log import Log


@pytest.fixture
def folder(heard: Log, tmp_path: Path) -> Path:
    return Model.of_run(heard).save(tmp_path / "model")


@pytest.fixture
def recordings(heard: Log) -> Path:
    root = prepare(heard.plan).corpus.root
    assert root is not None
    return root


def edited(folder: Path, **entries: Any) -> Path:
    about = folder / "model.json"
    about.write_text(json.dumps({**json.loads(about.read_text()), **entries}))
    with np.load(folder / "scale.npz") as file:
        arrays = {name: file[name] for name in file.files}
    if "hears" in arrays:
        hears = [
            entries.get(name, was) for name, was in zip(("features", "key", "content"), arrays["hears"], strict=True)
        ]
        arrays["hears"] = np.array(hears)
    np.savez(folder / "scale.npz", **arrays)
    return folder


def test_an_encoder_that_a_model_names_is_never_fetched(
    folder: Path, recordings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(models, "installed", lambda: True)
    monkeypatch.setattr(models, "fetch_model", asked.append)
    short = next(name for name in known if models.at_hand(name) is None)
    for name, meant in (
        ("evil/model", "evil/model"), ("evil/model:layer=2", "evil/model"), ("encoder:model=evil/model", "evil/model"),
        (short, short),
    ):  # fmt: skip
        with pytest.raises(BadModel, match=f"'seral fetch {meant}' first, if you trust it"):
            Model.load(edited(folder, features=name, key="")).predict(recordings)
    assert not asked


@pytest.mark.parametrize("way", ["absolute", "relative", "up", "option"])
def test_a_path_that_a_model_names_is_not_followed(
    folder: Path, recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    place = tmp_path / "theirs" / "hubert"
    place.mkdir(parents=True)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / ("theirs" if way == "relative" else "here"))
    name = {"absolute": str(place), "option": f"encoder:model={place}", "relative": "hubert", "up": "../theirs/hubert"}[
        way
    ]
    with pytest.raises(BadModel, match="the encoder in a folder called 'hubert' is not known on this computer"):
        Model.load(edited(folder, features=name, key="")).predict(recordings)


def test_ready_features_of_ones_own_are_found_again_and_those_of_others_are_not(
    model: Model, plan: Any, tmp_path: Path
) -> None:
    folder = model.save(tmp_path / "model")
    entries = json.loads((folder / "model.json").read_text())
    assert entries["features"] == "features.npz"  # where it lies is nobody's business
    loaded = Model.load(folder)
    np.testing.assert_array_equal(loaded.predict(prepare(plan).corpus), model.predict(prepare(plan).corpus))
    strange = Model.load(edited(folder, features=plan.features, content=""))
    with pytest.raises(BadFeatures, match=r"ready features \(features.npz\), so it cannot hear recordings"):
        strange.predict(prepare(plan).corpus)
    told = Model.load(folder, features=plan.features)
    np.testing.assert_array_equal(told.predict(prepare(plan).corpus), model.predict(prepare(plan).corpus))


def test_features_of_another_version_are_refused(folder: Path, recordings: Path) -> None:
    with pytest.raises(BadModel, match=r"got SERALv01.1 to hear with; the model was trained with SERALv01.0"):
        Model.load(edited(folder, key="SERALv01.0")).predict(recordings)


def test_a_function_of_sound_is_given_again(heard: Log, recordings: Path, tmp_path: Path) -> None:
    def loudness(signal: Any) -> list[float]:
        return [float(signal.std()), float(np.abs(signal).max())]

    def others(signal: Any) -> list[float]:
        return [0.0, 1.0]

    from seral_core.runs.plan import Plan
    from seral_core.runs.run import run

    features: Any = loudness
    model = Model.of_run(run(Plan(**{**heard.plan.entries(), "features": features, "budget": 20}), tmp_path / "runs"))
    folder = model.save(tmp_path / "model")
    assert "@" not in repr(model) + model._repr_html_()
    with pytest.raises(BadFeatures, match="say how to hear"):
        Model.load(folder).predict(recordings)
    with pytest.raises(BadModel, match=r"got own.* to hear with; the model was trained with own"):
        Model.load(folder, features=others).predict(recordings)
    again = Model.load(folder, features=loudness).predict(recordings)
    assert again["emotion"].tolist() == model.predict(recordings)["emotion"].tolist()


@pytest.mark.parametrize(
    "change",
    [
        lambda target: target | {"classes": target["classes"][::-1]},
        lambda target: target | {"classes": target["classes"][:-1]},
        lambda target: target | {"classes": [*target["classes"][:-1], "joy"]},
        lambda target: target | {"name": "mood"},
        lambda target: target | {"classes": []},
    ],
)
def test_classes_that_the_learner_did_not_learn_are_refused(
    folder: Path, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    (target,) = json.loads((folder / "model.json").read_text())["task"]
    with pytest.raises(BadModel, match=r"do not belong together: model.json has .* and learner.skops learned emotion"):
        Model.load(edited(folder, task=[change(target)]))


def test_targets_that_the_learner_did_not_learn_are_refused(folder: Path) -> None:
    task = json.loads((folder / "model.json").read_text())["task"]
    for said in ([], [*task, {"name": "arousal", "classes": [], "low": 0, "high": 1}]):
        with pytest.raises(BadModel, match="do not belong together"):
            Model.load(edited(folder, task=said))


def test_features_that_the_scale_is_not_of_are_refused(folder: Path) -> None:
    about = folder / "model.json"
    about.write_text(about.read_text().replace('"SERALv01"', '"eGeMAPSv02"'))
    with pytest.raises(BadModel, match=r"do not belong together: model.json names the features eGeMAPSv02, and scale"):
        Model.load(folder)


@pytest.mark.parametrize("name", ["model.json", "learner.skops", "scale.npz"])
def test_a_file_that_is_larger_than_any_is_not_read(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with (folder / name).open("r+b") as file:
        whole = file.read()
        file.seek(20_000_000_000)  # a sparse file, which takes no room
        file.write(whole)
    read: list[int] = []
    monkeypatch.setattr(trained_learner, "read_bytes", lambda *_: read.append(1))
    with pytest.raises(BadModel, match=r"larger than 10 MB|has 20.0 GB; expected"):
        Model.load(folder)
    assert not read


def test_a_learner_that_unpacks_to_more_than_its_file_is_not_unpacked(folder: Path) -> None:
    learner = folder / "learner.skops"
    with zipfile.ZipFile(learner) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    parts["schema.json"] = b'{"a": "' + b" " * 3_000_000 + b'", ' + parts["schema.json"].lstrip()[1:]
    with zipfile.ZipFile(learner, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    with pytest.raises(BadModel, match="unpacks to more than it is"):
        Model.load(folder)


def test_a_list_of_parts_that_is_too_long_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained_learner, "MOST_SCHEMA", 1_000)
    with pytest.raises(BadModel, match="lists its parts in"):
        Model.load(folder)


def test_a_model_made_by_an_earlier_version_still_opens(folder: Path, recordings: Path) -> None:
    expected = Model.load(folder).predict(recordings)
    about = folder / "model.json"
    entries = json.loads(about.read_text())
    about.write_text(json.dumps({name: entry for name, entry in entries.items() if name not in ("key", "content")}))
    with np.load(folder / "scale.npz") as file:
        arrays = {name: file[name] for name in file.files if name != "hears"}
    np.savez(folder / "scale.npz", **arrays)
    np.testing.assert_array_equal(Model.load(folder).predict(recordings), expected)


def test_what_the_user_names_to_hear_with_must_be_there() -> None:
    for instead, message in (("nowhere", "no features at nowhere"), (np.eye(2), "got ndarray to hear with")):
        with pytest.raises(SeralError, match=message):
            Hearing("SERALv01", instead=instead).extractor()
