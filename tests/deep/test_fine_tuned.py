"""The learner `fine-tuned`: the contract of learners, every way to train, and what a stopped run comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")
pytest.importorskip("transformers", reason="transformers is not installed: pip install -e '.[deep]'")

import torch

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.deep.fine_tuned import fine_tuned
from seral_core.errors import BadPlan, UnknownName
from seral_core.features.table import FeatureTable
from seral_core.learners.base import Answers, Known, trained
from seral_core.learners.contract import check_learner
from seral_core.model.model import Model
from seral_core.runs.build import prepare
from seral_core.runs.events import Trained
from seral_core.runs.plan import Plan
from seral_core.runs.run import run
from seral_core.scores.metrics import uar
from seral_core.types import Classes, Target
from tests.deep.talking import a_corpus, a_table
from tests.deep.tiny import KINDS, speech


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return a_corpus(tmp_path_factory.mktemp("talking"))


@pytest.fixture
def make(corpus: Corpus, folder_of: Callable[[str], Path], own_home: Path) -> Callable[..., Any]:
    def learner(kind: str = "wav2vec2", **more: Any) -> Any:
        usual = {"folder": None, "device": "cpu", "epochs": 2, "batch": 8, "C": 1.0, "rate": 1e-3}
        return fine_tuned(corpus.task, corpus=corpus, backbone=str(folder_of(kind)), **{**usual, **more})

    return learner


def _known(corpus: Corpus, count: int = 24) -> Known:
    (target,) = corpus.task
    values = np.array([target.classes.index(value) for value in corpus.gold(target.name)])
    rows = np.arange(count)
    table = FeatureTable(np.zeros((len(corpus), 1), np.float32), corpus.ids)
    return Known(table, corpus.task, {target.name: Answers(rows, values[:count], np.ones(count))})


def _proba(learner: Any, corpus: Corpus) -> np.ndarray:
    belief = learner.predict(_known(corpus).table)[corpus.task[0].name]
    assert isinstance(belief, Classes)
    return belief.proba[0]


def _fit(learner: Any, corpus: Corpus, count: int = 24, seed: int = 0) -> Any:
    return trained(learner, _known(corpus, count), np.random.default_rng(seed))


def test_it_keeps_the_contract_of_learners(tmp_path: Path, folder_of: Callable[[str], Path], own_home: Path) -> None:
    ids = [f"c{i}" for i in range(40)]
    for i, name in enumerate(ids):
        soundfile.write(tmp_path / f"{name}.wav", speech(0.3, seed=i), 16_000)
    pd.DataFrame({"file": [f"{name}.wav" for name in ids], "emotion": ["a", "b"] * 20}).to_csv(tmp_path / "clips.csv")
    found = open_corpus(tmp_path / "clips.csv")
    named = found.segments.rename(index=lambda file: str(file).removesuffix(".wav"), level="file")
    for name in ids:
        (tmp_path / f"{name}.wav").rename(tmp_path / name)
    from dataclasses import replace

    corpus = replace(found, segments=named, ratings=found.ratings.assign(segment=found.ratings["segment"].str[:-4]))
    make = partial(fine_tuned, corpus=corpus, folder=None, device="cpu", backbone=str(folder_of("hubert")), epochs=2)
    check_learner(make, Target("emotion", ("a", "b", "c")))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("train", ["lora", "full"])
def test_every_architecture_trains_what_it_is_to_train(
    kind: str, train: str, make: Callable[..., Any], corpus: Corpus
) -> None:
    if train == "lora":
        pytest.importorskip("peft", reason="peft is not installed: pip install -e '.[deep]'")
    learner = make(kind, train=train, validation=0.0, start="last", layer="4")
    fresh = make(kind, train=train, validation=0.0, start="last", layer="4")
    for each in (learner, fresh):
        list(each._begin(_known(corpus, 0), 7))
    rounds = _steps(learner, corpus)
    before, after = (dict(each._network.named_parameters()) for each in (fresh, learner))
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    of_encoder = {name for name in moved if name.startswith("backbone.")}
    assert rounds
    assert of_encoder
    assert not any("conv1" in name or "feature_extractor" in name for name in of_encoder)
    assert all("lora" in name for name in of_encoder) == (train == "lora")


def _steps(learner: Any, corpus: Corpus) -> int:
    """One epoch of training, without anything that tells when to stop."""
    from seral_core.deep.rounds import Labels, Training

    known = _known(corpus, 8)
    values = known.answers[corpus.task[0].name].values
    learner._network.classifier.seen[:] = True
    labels = Labels(corpus.ids[:8], values, np.ones(8), np.zeros(8, dtype=bool))
    parts = (learner._vectors_of, learner._scale_of, learner.sounds, learner.place)
    training = Training(learner._network, learner.settings, labels, *parts)
    return len(list(training._epochs(labels, None, 5, None, 1)))


def test_clips_that_differ_by_class_are_told_apart(make: Callable[..., Any], corpus: Corpus) -> None:
    truth = _known(corpus).answers[corpus.task[0].name].values
    learner = _fit(make("whisper", epochs=5), corpus, 18)
    assert (_proba(learner, corpus).argmax(-1)[18:] == truth[18:]).mean() > 0.8


def test_learned_pooling_starts_as_the_mean_and_trains(make: Callable[..., Any], corpus: Corpus) -> None:
    learner = make("hubert", layer="weighted", pool="attention", validation=0.2, epochs=3, rate=0.05)
    _fit(learner, corpus)
    weights = learner._network.pooling.weights
    assert learner.goes_on
    assert torch.isfinite(weights).all()
    assert _proba(learner, corpus).shape == (24, 3)


def test_members_leave_out_the_same_for_all_clips(make: Callable[..., Any], corpus: Corpus) -> None:
    learner = _fit(make(members=4, dropout=0.5), corpus)
    table, name = _known(corpus).table, corpus.task[0].name
    whole = learner.committee(table)[name].proba
    part = learner.committee(table.take(np.array([5, 2])))[name].proba
    assert whole.shape == (4, 24, 3)
    assert np.ptp(whole, axis=0).max() > 0.01
    assert np.allclose(part, whole[:, [5, 2]], atol=1e-6)
    assert learner.embed(table).shape == (24, 48)


@pytest.mark.parametrize(
    ("more", "stop"), [({"train": "full"}, 3), ({"train": "lora", "layer": "weighted"}, 5), ({"tapt": 2}, 4), ({}, 1)]
)
def test_a_training_that_was_stopped_ends_like_one_that_was_not(
    more: dict[str, Any],
    stop: int,
    make: Callable[..., Any],
    corpus: Corpus,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if "lora" in more.values():
        pytest.importorskip("peft", reason="peft is not installed: pip install -e '.[deep]'")
    whole = _proba(_fit(make(**more, folder=tmp_path), corpus), corpus)
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "another"))
    begun: Iterator[Any] = make(**more, folder=tmp_path).train(_known(corpus), np.random.default_rng(0))
    for _ in range(stop):
        next(begun)
    begun.close()  # type: ignore[attr-defined]
    assert np.array_equal(whole, _proba(_fit(make(**more, folder=tmp_path), corpus), corpus))


@pytest.mark.parametrize("more", [{}, {"train": "full"}, {"start": "last"}])
def test_a_kept_model_predicts_and_goes_on_like_the_one_it_was(
    more: dict[str, Any], make: Callable[..., Any], corpus: Corpus, tmp_path: Path
) -> None:
    learner = _fit(make(**more), corpus, 12)
    learner.save(tmp_path)
    kept = make(**more)
    kept.load(tmp_path)
    assert np.array_equal(_proba(kept, corpus), _proba(learner, corpus))
    assert np.array_equal(_proba(_fit(kept, corpus, seed=1), corpus), _proba(_fit(learner, corpus, seed=1), corpus))


def test_pre_training_in_a_run_hears_the_pool_alone(
    make: Callable[..., Any], corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seral_core.deep import pretraining

    heard: set[str] = set()

    class Spied(pretraining.Sounds):
        def __getitem__(self, segment: str) -> Any:
            heard.add(segment)
            return super().__getitem__(segment)

    monkeypatch.setattr(pretraining, "Sounds", Spied)
    pool = _known(corpus).table.take(np.arange(18))
    known = Known(pool, corpus.task, {corpus.task[0].name: _known(corpus, 9).answers[corpus.task[0].name]})
    trained(make("hubert", tapt=1), known, np.random.default_rng(0))
    assert heard == set(pool.ids)


class Killed(Exception):
    pass


def test_a_run_that_was_killed_between_rounds_equals_one_that_was_not(
    tmp_path: Path, folder_of: Callable[[str], Path], own_home: Path
) -> None:
    learner = f"fine-tuned:backbone={folder_of('hubert')}:train=full:epochs=1:tapt=1"
    plan = Plan(
        corpus=str(a_table(tmp_path / "clips")), features=f"{folder_of('hubert')}", learner=learner, strategy="entropy",
        initial=4, batch=4, budget=12, split="speaker", device="cpu",
    )  # fmt: skip

    def killer(event: Any, made: Any) -> None:
        if isinstance(event, Trained) and event.round == 1:
            raise Killed

    whole = run(plan, tmp_path / "whole").events()
    with pytest.raises(Killed):
        run(plan, tmp_path / "killed", listeners=(killer,))
    assert run(plan, tmp_path / "killed").events() == whole


@pytest.mark.parametrize("train", ["frozen", "full"])
def test_a_run_of_it_gives_a_model_that_scores_the_same_on_recordings(
    tmp_path: Path, folder_of: Callable[[str], Path], own_home: Path, train: str
) -> None:
    table = a_table(tmp_path / "clips", speakers=3, each=22, seconds=0.1)
    corpus = open_corpus(table)
    np.savez(tmp_path / "clips.npz", ids=corpus.ids, values=np.random.default_rng(0).normal(size=(len(corpus), 3)))
    plan = Plan(
        corpus=str(table), features=str(tmp_path / "clips.npz"), split="speaker", strategy="random", initial=12,
        batch=6, budget=24, device="cpu", learner=f"fine-tuned:backbone={folder_of('hubert')}:epochs=1:train={train}",
    )  # fmt: skip
    log = run(plan, tmp_path / "runs")
    model = Model.load(Model.of_run(log).save(tmp_path / "model"))
    made = prepare(plan)
    ids = list(made.judge.table.ids)  # type: ignore[attr-defined]
    frame = model.predict(corpus.only(ids)).loc[ids]
    (target,) = corpus.task
    guess = np.array([target.classes.index(each) for each in frame["emotion"]])
    said = model.about["scores"]["emotion"]["uar"]
    assert uar(made.judge.gold["emotion"], guess, len(target.classes)) == said  # type: ignore[attr-defined]
    assert frame.attrs["notes"][-1].startswith("22 of 22 clips are normalised by the clips of their speaker")
    renamed = model.predict(corpus.only(ids), speakers="another name")
    assert np.allclose(renamed.loc[ids, "emotion_confidence"], frame["emotion_confidence"], atol=1e-5)


def test_what_it_cannot_learn_is_refused_before_anything_is_loaded(corpus: Corpus) -> None:
    with pytest.raises(BadPlan, match="got arousal"):
        fine_tuned((Target("arousal"),), corpus=corpus, folder=None)
    with pytest.raises(BadPlan, match="has no audio"):
        fine_tuned(corpus.task, corpus=None, folder=None)
    with pytest.raises(UnknownName, match="lora"):
        fine_tuned(corpus.task, corpus=corpus, folder=None, train="loar")
    with pytest.raises(BadPlan, match="dropout"):
        fine_tuned(corpus.task, corpus=corpus, folder=None, dropout=1.0)


def test_speakers_with_one_emotion_each_are_not_scaled_by_themselves(
    tmp_path: Path, folder_of: Callable[[str], Path], own_home: Path
) -> None:
    table = a_table(tmp_path / "clips", speakers=3, each=22, seconds=0.1)
    frame = pd.read_csv(table)
    for own, expected in ((True, False), (False, True)):
        if own:
            told = frame.assign(emotion=frame["speaker"].map({"a": "anger", "b": "neutral", "c": "sadness"}))
        else:
            told = frame
        told.to_csv(table, index=False)
        corpus = open_corpus(table)
        how: dict[str, Any] = {"folder": None, "device": "cpu", "backbone": str(folder_of("hubert")), "epochs": 1}
        learner = fine_tuned(corpus.task, corpus=corpus, **how)
        _fit(learner, corpus, 0)
        assert learner._scaling[1].by_speaker, "nobody knows yet"
        _fit(learner, corpus, 66)
        assert learner._scaling[1].by_speaker is expected
