"""A model predicts what its run's judge saw, says what it assumes of speakers, and takes what people have."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from seral_core.corpora.base import open_corpus
from seral_core.errors import BadCorpus, BadFeatures, BadLog, BadPlan
from seral_core.features.extract import features_for
from seral_core.features.normalise import standardise
from seral_core.features.table import FeatureTable
from seral_core.learners.base import learners
from seral_core.model.hearing import Hearing
from seral_core.model.inputs import NoPrediction
from seral_core.model.model import Model
from seral_core.model.speakers import ENOUGH_OWN, PoolMeanUsed
from seral_core.runs.build import prepare
from seral_core.runs.events import Labelled, Scored, Trained
from seral_core.runs.judge import HeldOut
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.runs.run import run
from seral_core.scores.metrics import fitting
from tests.runs import hearing as _registered  # noqa: F401
from tests.runs.test_hearing import heard_plan as heard_plan

HEARD = {"anger", "fear", "happiness", "neutral", "sadness"}


def judged(log: Log) -> dict[str, dict[str, float]]:
    return [event for event in log.events() if isinstance(event, Scored)][-1].scores


def scores_of(model: Model, plan: Plan) -> dict[str, dict[str, float]]:
    """Score the model's table of predictions for the test part of a plan, as anybody would from a CSV."""
    made = prepare(plan)
    assert isinstance(made.judge, HeldOut)
    model.enough = 1  # a judge knows all clips of its speakers, however few these are
    frame = model.predict(made.corpus.only(made.judge.table.ids)).loc[list(made.judge.table.ids)]
    found = {}
    for target in model.task:
        gold, guess = made.judge.gold[target.name], frame[target.name].to_numpy()
        guess = guess if target.is_scale else np.array([target.classes.index(each) for each in guess])
        more = () if target.is_scale else (len(target.classes),)
        found[target.name] = {metric.name: metric(gold, guess, *more) for metric in fitting(target)}
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"pca": 0.9, "learner": "svm"},
        {"normalise": "off", "learner": "random-forest:trees=20"},
        {"learner": "cross-validated", "targets": ("emotion", "arousal"), "strategy": "random"},
        {"scenario": "stream", "buffer": 8},
        {"learner": "svr", "targets": ("arousal",), "strategy": "random"},
    ],
    ids=str,
)
def test_a_saved_model_scores_what_the_judge_of_its_run_said(
    plan: Plan, tmp_path: Path, changes: dict[str, Any]
) -> None:
    plan = plan.varied(**changes)
    log = run(plan, tmp_path)
    loaded = Model.load(Model.of_run(log).save(tmp_path / "model"))
    assert scores_of(loaded, plan) == judged(log) == loaded.about["scores"]


def test_an_unfinished_run_gives_the_model_of_its_last_training(plan: Plan, log: Log, tmp_path: Path) -> None:
    events = log.events()
    last = max(i for i, event in enumerate(events) if isinstance(event, Trained) and event.round < 5)
    part = Log.create(tmp_path, plan)
    for event in events[: last + 2]:
        part.append(event)
    model = Model.of_run(part)
    assert (scores_of(model, plan), model.about["round"]) == (judged(part), 4)


def test_a_model_of_labels_is_that_of_the_run_which_gave_them(plan: Plan, log: Log) -> None:
    events = log.events()
    labels = [label for event in events if isinstance(event, Labelled) for label in event.labels]
    number = max(event.round for event in events if isinstance(event, Trained))
    one, other = Model.of_labels(prepare(plan), labels, round=number), Model.of_run(log)
    corpus = open_corpus(plan.corpus)
    pd.testing.assert_frame_equal(one.predict(corpus), other.predict(corpus))
    with pytest.raises(BadPlan, match="got no labels to train a model from"):
        Model.of_labels(prepare(plan), [])


def test_a_model_from_recordings_predicts_the_same_in_another_process(heard: Log, saved: Path, tmp_path: Path) -> None:
    made = prepare(heard.plan)
    assert isinstance(made.judge, HeldOut)
    recordings = [str(made.corpus.path(segment)[0]) for segment in made.judge.table.ids]
    who = made.corpus.speakers_of(made.judge.table.ids)
    code = (
        "import sys, json; from seral_core import Model; said = json.load(sys.stdin);"
        f"Model.load({str(saved)!r}).predict(said[0], speakers=said[1]).to_pickle({str(tmp_path / 'frame')!r})"
    )
    subprocess.run([sys.executable, "-c", code], input=json.dumps([recordings, who]), text=True, check=True)
    frame = pd.read_pickle(tmp_path / "frame")
    (target,) = made.judge.task
    guess = np.array([target.classes.index(each) for each in frame[target.name]])
    uar = fitting(target)[0](made.judge.gold[target.name], guess, len(target.classes))
    assert uar == judged(heard)[target.name]["uar"]


def test_a_learner_refuses_features_that_are_not_on_the_scale_it_learned(plan: Plan) -> None:
    made = prepare(plan)
    list(made.loop())
    raw = features_for(made.corpus, plan.features)
    with pytest.raises(BadFeatures, match="got features as extracted; the learner was trained on features normalised"):
        made.learner.predict(raw)
    with pytest.raises(BadFeatures, match="predict with a Model"):
        made.learner.predict(standardise(raw, np.arange(9)))
    made.learner.predict(made.table)


#: Those that hear, that know another corpus, and that learn traces, which this corpus has not.
OTHERS = ("fine-tuned", "hearing", "nrc-mapping", "blstm")


@pytest.mark.parametrize("name", [name for name in learners if name not in OTHERS])
def test_every_learner_of_features_refuses_another_scale(plan: Plan, name: str) -> None:
    target = "arousal" if name in ("ridge", "svr") else "emotion"
    made = prepare(plan.varied(learner=name, targets=(target,), strategy="random", budget=8))
    list(made.loop())
    with pytest.raises(BadFeatures, match="the learner was trained on"):
        made.learner.predict(features_for(made.corpus, plan.features))


def test_whatever_is_asked_about_gives_the_same_answers(
    saved: Path, heard: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, corpus = Model.load(saved), prepare(heard.plan).corpus
    assert corpus.root is not None
    ids = list(corpus.ids[:12])
    who = dict.fromkeys(ids, "somebody")
    some = corpus.only(ids)
    raw = features_for(some, "SERALv01")
    columns = model.predict(some, speakers=who)
    monkeypatch.chdir(corpus.root)
    table = pd.DataFrame(raw.values, index=list(raw.ids), columns=list(raw.names))
    asked: list[Any] = [ids, [Path(i) for i in ids], raw, np.asarray(raw.values), table]
    for what in asked:
        found = model.predict(what, speakers="somebody")
        assert np.allclose(found["emotion_confidence"], columns["emotion_confidence"])
        assert set(model.predict_proba(what, speakers="somebody").columns) == HEARD
    whole = model.predict("*.wav", speakers="somebody")
    assert (len(whole), len(model.predict(ids[0]))) == (len(corpus), 1)
    assert list(model.predict(corpus.root).index) == list(whole.index)


def test_what_cannot_be_asked_about_is_refused_with_a_remedy(model: Model, saved: Path, plan: Plan) -> None:
    heard, raw = Model.load(saved), features_for(open_corpus(plan.corpus), plan.features)
    for what, message in (
        (np.eye(3), "got 3 features; expected the 193"),
        (7, "got int; expected recordings"),
        ([], "got an empty list"),
        (np.zeros(193), r"got an array of shape \(193,\); .* x.reshape\(1, -1\)"),
        (np.array([["a"]]), "expected numbers"),
        (standardise(raw, np.arange(5)), "normalised already"),
        ("nowhere/*.wav", "no recording is called"),
    ):
        with pytest.raises((BadFeatures, BadCorpus), match=message):
            heard.predict(what)
    with pytest.raises(BadFeatures, match="got 2 speakers for 3 clips"):
        heard.predict(np.zeros((3, 193)), speakers=["a", "b"])
    model.hearing = Hearing("gone.npz")
    with pytest.raises(BadFeatures, match="trained on ready features"):
        model.predict(open_corpus(plan.corpus))
    with pytest.raises(BadPlan, match="expected a category"):
        model.predict_proba(raw, "arousal")


def test_features_in_another_order_are_refused(saved: Path, heard: Log) -> None:
    raw = features_for(prepare(heard.plan).corpus, "SERALv01")
    turned = FeatureTable(raw.values[:, ::-1], raw.ids, raw.names[::-1])
    with pytest.raises(BadFeatures, match="in another order or of another kind"):
        Model.load(saved).predict(turned)


def test_what_is_assumed_of_speakers_is_said_and_warned_of_once(model: Model, plan: Plan) -> None:
    raw = features_for(open_corpus(plan.corpus), plan.features).take(range(20))
    with pytest.warns(PoolMeanUsed, match=r"20 of 20 clips are normalised by the mean .* of the training pool"):
        unknown = model.predict(raw)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        few = model.predict(raw, speakers=[f"s{i // (ENOUGH_OWN - 1)}" for i in range(20)])
        known = model.predict(raw, speakers="one")
    assert "20 of 20 clips are normalised by the mean" in few.attrs["notes"][-1]
    pd.testing.assert_frame_equal(unknown, few)
    assert known.attrs["notes"] == [
        "20 of 20 clips are normalised by the clips of their speaker that were given; this takes for granted that "
        "these are of several emotions"
    ]
    assert not np.allclose(known["emotion_confidence"], unknown["emotion_confidence"])


def test_speakers_of_the_same_name_as_one_of_the_pool_are_strangers(model: Model, plan: Plan) -> None:
    raw = features_for(open_corpus(plan.corpus), plan.features).take(range(20))
    one, other = (model.predict(raw, speakers=name)["emotion_confidence"] for name in ("s0", "nobody of the pool"))
    pd.testing.assert_series_equal(one, other)


def test_clips_that_cannot_be_used_are_named_and_the_others_predicted(saved: Path, heard: Log) -> None:
    corpus = prepare(heard.plan).corpus
    path = str(corpus.path(corpus.ids[0])[0])
    with pytest.warns(NoPrediction, match="1 of 2 clips cannot be used, and their rows are empty: gone.wav does not"):
        frame = Model.load(saved).predict(["gone.wav", path], speakers=["a", "b"])
    assert (list(frame.index), frame.attrs["problems"]) == (["gone.wav", path], ["gone.wav does not exist"])
    assert frame.isna().all(axis=1).tolist() == [True, False]


def test_a_learner_that_hears_is_a_model_too(heard_plan: Plan, tmp_path: Path) -> None:
    log = run(heard_plan, tmp_path / "runs")
    before = sorted((path, path.stat().st_mtime_ns) for path in log.folder.rglob("*"))
    model = Model.of_run(log)
    assert sorted((path, path.stat().st_mtime_ns) for path in log.folder.rglob("*")) == before
    loaded = Model.load(model.save(tmp_path / "model"))
    assert scores_of(loaded, heard_plan) == judged(log)
    corpus = open_corpus(heard_plan.corpus)
    with pytest.raises(BadFeatures, match="this model hears recordings"):
        loaded.predict(features_for(corpus, heard_plan.features))


def test_a_learner_that_goes_on_is_trained_from_its_first_round_where_nothing_is_kept(
    heard_plan: Plan, tmp_path: Path
) -> None:
    log = run(heard_plan, tmp_path / "runs")
    for kept in log.folder.glob("model-*"):
        shutil.rmtree(kept)
    assert scores_of(Model.of_run(log), heard_plan) == judged(log)
    assert not list(log.folder.glob("model-*"))


def test_runs_without_one_model_are_refused_with_a_remedy(plan: Plan, log: Log, tmp_path: Path) -> None:
    empty = Log.create(tmp_path / "empty", plan)
    empty.append(log.events()[0])
    with pytest.raises(BadPlan, match="no model was trained in this run yet"):
        Model.of_run(empty)
    grid = tmp_path / "grid"
    for seed in (0, 1):
        run(plan.varied(seed=seed, budget=8), grid / "runs")
    (grid / "grid.toml").touch()
    with pytest.raises(BadPlan, match=r"holds 2 runs; expected one; name one of them: .* \(margin, seed 0, fold 0\)"):
        Model.of_run(grid)


def test_a_run_on_other_data_is_refused(log: Log, plan: Plan) -> None:
    with pytest.raises(BadLog):
        Model.of_run(log, prepare(plan.varied(normalise="off")))


def test_on_real_recordings_the_uar_is_that_of_the_judge(real_data: Path, tmp_path: Path) -> None:
    """Train on some actors, save, load, and predict others from their recordings alone."""
    (tmp_path / "ravdess").mkdir()
    for actor in ("01", "02", "03", "04", "21", "22"):
        (tmp_path / "ravdess" / f"Actor_{actor}").symlink_to(real_data / "ravdess" / f"Actor_{actor}")
    plan = Plan(corpus=str(tmp_path / "ravdess"), split="speaker=21,22", initial=100, budget=240, batch=70)
    log = run(plan, tmp_path / "runs")
    model = Model.load(Model.of_run(log).save(tmp_path / "model"))
    frame = model.predict(str(tmp_path / "ravdess" / "Actor_2[12]" / "*"))
    made = prepare(plan)
    assert isinstance(made.judge, HeldOut)
    gold = dict(zip(made.judge.table.ids, made.judge.gold["emotion"].tolist(), strict=True))
    (target,) = made.judge.task
    truth = np.array([gold[f"{Path(path).parent.name}/{Path(path).name}"] for path in frame.index])
    guess = np.array([target.classes.index(each) for each in frame["emotion"]])
    assert len(frame) == 120
    assert fitting(target)[0](truth, guess, len(target.classes)) == judged(log)["emotion"]["uar"]
