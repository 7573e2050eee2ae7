"""What a model is asked about: rows keep their place, names are joined by name, and nothing is guessed silently."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.svm import LinearSVC

import seral_core as seral
from seral_core.errors import BadFeatures
from seral_core.features.table import FeatureTable
from seral_core.model.inputs import NoPrediction
from seral_core.model.model import Model
from seral_core.runs.build import prepare
from seral_core.runs.log import Log

NAMES = tuple("pqrstuvw")


@pytest.fixture
def named(model: Model) -> Model:
    """A model that knows what its features are called."""
    from dataclasses import replace

    model.normaliser = replace(model.normaliser, names=NAMES)
    return model


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(rng.normal(size=(60, 8)), index=[f"c{i}" for i in range(60)], columns=list(NAMES))


@pytest.fixture(autouse=True)
def no_other_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def speakers_of(frame: pd.DataFrame) -> pd.Series[str]:
    return pd.Series([f"s{i % 3}" for i in range(len(frame))], index=frame.index)


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))


def test_speakers_in_another_order_are_joined_by_their_index(named: Model, frame: pd.DataFrame) -> None:
    who = speakers_of(frame)
    expected = named.predict(frame, speakers=who.tolist())
    table = FeatureTable(frame.to_numpy(), tuple(frame.index), NAMES)
    for what in (frame, table):
        same(named.predict(what, speakers=who.sample(frac=1, random_state=1)), expected)
        same(named.predict(what, speakers=who.reset_index(drop=True)), expected)  # whose index says nothing
        same(named.predict(what, speakers=dict(who)), expected)


def test_an_array_has_no_names_so_a_series_is_in_its_order(named: Model, frame: pd.DataFrame) -> None:
    who = speakers_of(frame)
    expected = named.predict(frame.to_numpy(), speakers=who.tolist())
    same(named.predict(frame.to_numpy(), speakers=who.set_axis(np.random.default_rng(0).permutation(60))), expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda who: who.rename(index={"c3": "d3"}), "it lacks 'c3'"),
        (lambda who: who.rename(index={"c3": "c4"}), "it lacks 'c3'"),
        (lambda who: pd.concat([who, who]), "has a clip twice"),
        (lambda who: who.tolist()[1:], "got 59 speakers for 60 clips"),
        (lambda who: {f"d{i}": "x" for i in range(60)}, "got speakers of other clips, such as 'd0'"),
    ],
)
def test_speakers_that_do_not_match_are_refused(named: Model, frame: pd.DataFrame, change: Any, message: str) -> None:
    with pytest.raises(BadFeatures, match=message):
        named.predict(frame, speakers=change(speakers_of(frame)))


def test_columns_are_found_by_name_and_never_by_position(named: Model, frame: pd.DataFrame) -> None:
    expected = named.predict(frame, speakers="one")
    same(named.predict(frame[list(NAMES[::-1])].assign(more=1.0), speakers="one"), expected)
    for wrong in (frame.rename(columns=str.upper), frame.rename(columns={"p": "P"}), frame[["p", "q"]]):
        with pytest.raises(BadFeatures, match=r"got a DataFrame with \d columns of numbers, .* which are missing"):
            named.predict(wrong, speakers="one")


def test_columns_in_their_order_are_noted_where_the_model_knows_no_names(model: Model, frame: pd.DataFrame) -> None:
    found = model.predict(frame, speakers="one")
    same(found, model.predict(frame.to_numpy(), speakers="one"))
    assert "the model knows no names of features: columns were taken in their order" in found.attrs["notes"]


@pytest.mark.parametrize("kind", ["frame", "array", "table", "list"])
def test_every_clip_has_a_row_and_one_that_cannot_be_used_an_empty_one(
    named: Model, frame: pd.DataFrame, kind: str
) -> None:
    who = speakers_of(frame)
    whole = named.predict(frame.drop(index=["c0", "c7"]), speakers=who.drop(["c0", "c7"]))
    frame.loc["c0", "p"], frame.loc["c7", "q"] = np.nan, np.inf
    what: Any = {
        "frame": frame, "array": frame.to_numpy(), "list": frame.to_numpy().tolist(),
        "table": FeatureTable(frame.to_numpy(), tuple(frame.index), NAMES),
    }[kind]  # fmt: skip
    with pytest.warns(
        NoPrediction, match="2 of 60 clips cannot be used, and their rows are empty: c?0 features are not"
    ):
        found = named.predict(what, speakers=who.tolist())
    assert np.flatnonzero(found["emotion"].isna()).tolist() == [0, 7]
    assert np.flatnonzero(found.isna().all(axis=1)).tolist() == [0, 7]
    same(found.drop(index=[found.index[0], found.index[7]]), whole)


def test_nothing_that_can_be_used_is_refused(named: Model, frame: pd.DataFrame) -> None:
    with pytest.raises(BadFeatures, match="none of the 60 clips can be used"):
        named.predict(frame * np.nan)


def test_rows_of_the_same_name_are_rows_of_their_own(named: Model, frame: pd.DataFrame) -> None:
    expected = named.predict(frame, speakers="one")
    same(named.predict(frame.set_axis(["c"] * 60), speakers="one"), expected)


def test_names_of_recordings_may_be_in_a_series_or_array(saved: Any, heard: Log) -> None:
    model, corpus = Model.load(saved), prepare(heard.plan).corpus
    files = [str(corpus.path(segment)[0]) for segment in corpus.ids[:12]]
    who = [f"s{i % 2}" for i in range(12)]
    clips = pd.DataFrame({"file": files, "who": who}, index=range(20, 32))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few clips of each speaker
        expected = model.predict(files, speakers=who)
        same(model.predict(clips["file"], speakers=clips["who"].sample(frac=1, random_state=0)), expected)
        same(model.predict(np.array(files), speakers=np.array(who)), expected)


def test_a_dataset_is_asked_about_as_its_corpus_or_its_features(
    saved: Any, heard: Log, model: Model, plan: Any
) -> None:
    heard_data = seral.data(heard.plan.corpus)
    same(Model.load(saved).predict(heard_data), Model.load(saved).predict(heard_data.corpus))
    rng = np.random.default_rng(0)
    data = seral.from_arrays(rng.normal(size=(30, 8)), ["a", "b"] * 15, speakers=["x", "y"] * 15)
    model.hearing = Model.load(saved).hearing.__class__("gone.npz")
    assert len(model.predict(data)) == 30


def test_scores_that_are_no_probabilities_are_noted_with_the_prediction_and_in_the_card(
    plan: Any, tmp_path: Any
) -> None:
    from seral_core.runs.run import run

    learner: Any = LinearSVC()
    svm = Model.of_run(run(plan.varied(learner=learner, budget=12), tmp_path))
    note = "LinearSVC gives no probabilities"
    found = svm.predict(np.zeros((12, 8)), speakers="one")
    assert [note in each for each in found.attrs["notes"]].count(True) == 1
    assert note in svm.card()


def test_how_a_model_looks_names_no_hashes(model: Model) -> None:
    model.features = "ndarray@0e58648fd2d8"
    model.about = {**model.about, "plan": {"learner": "pipeline@0e58648fd2d8"}, "corpus": "<b>"}
    assert repr(model).startswith("Model(emotion from features in memory, 40 labels of <b>")
    html = model._repr_html_()
    assert "0e58648fd2d8" not in html + repr(model)
    assert "&lt;b&gt;" in html
    assert "<td>pipeline</td>" in html
