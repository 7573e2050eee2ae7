"""A model's folder runs no code, whoever made it, and what does not fit is refused with a sentence."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from skops.io import dumps

from seral_core.errors import BadFeatures, BadModel, BadPlan, SeralError
from seral_core.learners.base import trained
from seral_core.learners.per_target import PerTarget
from seral_core.model.model import Model
from seral_core.model.trained_learner import OURS
from seral_core.runs.build import prepare
from seral_core.runs.plan import Plan
from seral_core.runs.run import run


class Evil:
    def __reduce__(self) -> Any:
        return os.mkdir, ("evil-was-here",)


class Own(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A user's own estimator: the commonest class."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> Own:
        self.classes_, counts = np.unique(y, return_counts=True)
        self.shares_ = counts / counts.sum()
        return self

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return np.tile(self.shares_, (len(x), 1))


@pytest.fixture
def folder(model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return model.save(tmp_path / "model")


def rewritten(learner: Path, change: Callable[[dict[str, Any]], None]) -> None:
    with zipfile.ZipFile(learner) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    schema = json.loads(parts["schema.json"])
    change(schema)
    with zipfile.ZipFile(learner, "w") as file:
        for name, content in (parts | {"schema.json": json.dumps(schema).encode()}).items():
            file.writestr(name, content)


@pytest.mark.parametrize("how", ["function", "class", "pickle"])
def test_a_learner_that_was_tampered_with_runs_nothing(folder: Path, tmp_path: Path, how: str) -> None:
    learner = folder / "learner.skops"
    if how == "function":
        learner.write_bytes(dumps(os.mkdir))
    elif how == "class":
        learner.write_bytes(dumps({"learner": zipfile.Path}))
    else:
        learner.write_bytes(pickle.dumps(Evil()))
    with pytest.raises(BadModel, match=r"nothing of it was loaded|is damaged"):
        Model.load(folder)
    assert not (tmp_path / "evil-was-here").exists()


def test_a_class_that_is_renamed_to_another_is_refused(folder: Path) -> None:
    def renamed(schema: dict[str, Any]) -> None:
        schema["__class__"], schema["__module__"] = "Popen", "subprocess"

    rewritten(folder / "learner.skops", renamed)
    with pytest.raises(BadModel, match=r"names subprocess\.Popen, which no learner of SERAL is made of"):
        Model.load(folder)


def test_nothing_that_is_trusted_calls_what_it_is_given() -> None:
    assert not {name for name in OURS if name.startswith(("os", "subprocess", "builtins", "seral_core.files"))}
    assert all(name.split(".")[0] in ("seral_core", "sklearn", "functools") for name in OURS)


def test_trees_that_lead_out_of_their_arrays_are_refused(plan: Plan, tmp_path: Path) -> None:
    """They would have memory read that is not theirs."""
    forest: Any = Model.of_run(run(plan.varied(learner="random-forest:trees=3", budget=12), tmp_path))
    tree = forest.learner._fitted["emotion"].estimators_[1].tree_
    state = tree.__getstate__()
    state["nodes"]["feature"][0] = 10**9
    tree.__setstate__(state)
    forest.save(tmp_path / "model")
    with pytest.raises(BadModel, match="a tree leads out of its arrays"):
        Model.load(tmp_path / "model")


def test_trees_and_machines_that_claim_other_sizes_are_refused(plan: Plan, tmp_path: Path) -> None:
    claims: dict[str, Callable[[Any], None]] = {
        "random-forest:trees=3": lambda made: setattr(made, "n_features_in_", made.n_features_in_ + 10**6),
        "svm": lambda made: setattr(made.machine_, "_n_support", np.repeat(np.int32(1), 60_000)),
    }
    for learner, claim in claims.items():
        own: Any = Model.of_run(run(plan.varied(learner=learner, budget=12), tmp_path))
        folder = tmp_path / learner[:3]
        own.save(folder)
        Model.load(folder)
        claim(own.learner._fitted["emotion"])
        (folder / "learner.skops").write_bytes(dumps(own.learner))
        with pytest.raises(BadModel, match=r"other features than it is given|other sizes than it says"):
            Model.load(folder)


def test_pickled_arrays_are_refused(folder: Path, tmp_path: Path) -> None:
    with np.load(folder / "scale.npz") as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(folder / "scale.npz", **(arrays | {"mean": np.array([Evil()], dtype=object)}))
    with pytest.raises(SeralError, match=r"damaged|lacks a part"):
        Model.load(folder)
    assert not (tmp_path / "evil-was-here").exists()


def test_links_out_of_the_folder_are_refused(folder: Path, tmp_path: Path) -> None:
    (folder / "scale.npz").rename(tmp_path / "elsewhere.npz")
    (folder / "scale.npz").symlink_to(tmp_path / "elsewhere.npz")
    with pytest.raises(BadPlan, match="is a link that leads out of its folder"):
        Model.load(folder)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("model.json", '{"format": 99}', "is a model of format 99; this version of SERAL reads format 1"),
        ("model.json", "{", "is damaged"),
        ("model.json", '{"format": 1}', "is damaged"),
        ("model.json", "[" * 100_000, "is damaged"),
        ("scale.npz", "no arrays", "is damaged"),
        ("learner.skops", "no archive", "is damaged"),
    ],
)
def test_a_damaged_model_is_refused_with_a_remedy(folder: Path, name: str, content: str, message: str) -> None:
    (folder / name).write_text(content)
    with pytest.raises(BadModel, match=message):
        Model.load(folder)


def test_a_normaliser_whose_parts_do_not_fit_is_refused(folder: Path) -> None:
    with np.load(folder / "scale.npz") as file:
        arrays = {name: file[name] for name in file.files}
    np.savez(folder / "scale.npz", **(arrays | {"centre": np.zeros(3)}))
    with pytest.raises(BadFeatures, match="different lengths"):
        Model.load(folder)


def test_an_estimator_of_ones_own_is_loaded_only_where_it_is_trusted(model: Model, plan: Plan, tmp_path: Path) -> None:
    made = prepare(plan)
    list(made.loop())
    model.learner = trained(PerTarget(model.task, Own()), made.pool.known(), np.random.default_rng(0))
    model.save(tmp_path / "model")
    name = f"{Own.__module__}.{Own.__qualname__}"
    with pytest.raises(BadModel, match=f"names {name}"):
        Model.load(tmp_path / "model")
    loaded = Model.load(tmp_path / "model", trusted=[name])
    assert loaded.predict(np.zeros((10, 8)), speakers="one")["emotion_confidence"].nunique() == 1


def test_what_cannot_be_kept_without_pickle_is_refused_and_leaves_nothing(model: Model, tmp_path: Path) -> None:
    learner: Any = PerTarget(model.task, None)
    learner.open = (i for i in range(3))
    model.learner = learner
    with pytest.raises(BadModel, match="cannot be saved"):
        model.save(tmp_path / "model")
    assert not list(tmp_path.iterdir())


def test_only_a_model_is_replaced_and_only_where_that_is_agreed_to(model: Model, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    for replace in (False, True):
        with pytest.raises(BadPlan, match="is there already and not empty"):
            model.save(tmp_path / "mine", replace=replace)
    model.save(tmp_path / "model")
    with pytest.raises(BadPlan, match="expected a new folder"):
        model.save(tmp_path / "model")
    model.save(tmp_path / "model", replace=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "model"]


def test_the_card_says_data_agreement_scores_licence_and_limits(saved: Path) -> None:
    card = (saved / "README.md").read_text(encoding="utf-8")
    about = json.loads((saved / "model.json").read_text(encoding="utf-8"))["about"]
    for part in (
        "Licence of the corpus: generated, free to use (CC0)",
        f"Krippendorff's alpha {about['agreement']['emotion']['alpha']}",
        f"uar {about['scores']['emotion']['uar']:.3f}",
        "| emotion | all speakers |",
        "too few speakers",
        "What it should not be used for",
        "10 or more clips",
    ):
        assert part in card


def test_what_a_corpus_says_stays_text_in_the_card(model: Model) -> None:
    model.about = {**model.about, "corpus": "a\n\n# Good for everything", "groups": [], "citation": "x|y"}
    assert "\n# Good" not in model.card()
    hostile = "![x](http://example.org/x.png)<img src=x>[y](javascript:z)"
    model.about = {**model.about, "corpus": hostile, "notes": [f"speaker {hostile}"], "licence": "a|b"}
    card = model.card()
    assert not re.search(r"(?<!\\)(!?\[|<img)", card.replace("[interval]", ""))
    assert r"!\[x\](http://example.org/x.png)\<img src=x\>" in card


@pytest.mark.parametrize("step", [1, 2, 3, 4])
def test_killed_while_a_model_is_replaced_the_old_or_the_new_one_is_there(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    class Killed(BaseException):
        pass

    folder = model.save(tmp_path / "model")
    steps = iter(range(1, 9))

    def dying(way: Callable[..., Any]) -> Callable[..., Any]:
        def tried(*what: Any, **how: Any) -> Any:
            if next(steps) >= step:  # a killed process does nothing any more
                raise Killed
            return way(*what, **how)

        return tried

    with monkeypatch.context() as killing:
        killing.setattr(Path, "rename", dying(Path.rename))
        killing.setattr("shutil.rmtree", dying(shutil.rmtree))
        with pytest.raises(Killed):
            model.save(folder, replace=True)
    beside = [Model.load(path).about["labels"] for path in tmp_path.iterdir() if (path / "README.md").is_file()]
    assert set(beside) == {40}  # each folder that is there is whole
    if not folder.exists():
        with pytest.raises(BadModel, match=r"is whole and lies at .*\.old; give that the name model"):
            Model.load(folder)
    model.save(folder, replace=True)
    Model.load(folder)
    for path in tmp_path.glob(".*.draft"):
        os.utime(path, (0, 0))
    model.save(folder, replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_full_disk_leaves_the_model_that_was_there(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = model.save(tmp_path / "model")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as filling:
        filling.setattr(np, "savez", full)
        with pytest.raises(OSError, match="No space left"):
            model.save(folder, replace=True)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_replacing_a_model_deletes_nothing_else(model: Model, tmp_path: Path) -> None:
    folder = model.save(tmp_path / "model")
    (folder / "table.csv").write_text("mine")
    with pytest.raises(BadPlan, match=r"holds other things beside a model: table.csv"):
        model.save(folder, replace=True)
    assert (folder / "table.csv").read_text() == "mine"
