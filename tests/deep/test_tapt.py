"""Task adaptation pre-training: it learns, hears the training speakers alone, and goes on where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")
pytest.importorskip("transformers", reason="transformers is not installed: pip install -e '.[deep]'")

import torch
from safetensors.torch import load_file

from seral_core.corpora.base import open_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.deep.backbone import Backbone
from seral_core.deep.devices import drawing_from
from seral_core.deep.encoders import Encoder
from seral_core.deep.folder import described
from seral_core.deep.objectives import Tally, _similar
from seral_core.deep.sounds import held_out
from seral_core.deep.tapt import Adaptation, history
from seral_core.deep.tapt_job import Tapt
from seral_core.deep.tiny import TINY, tiny
from seral_core.errors import BadCorpus
from seral_core.features.signals import Signals
from tests.deep.talking import a_corpus, two_tones
from tests.deep.tiny import KINDS, speech

QUICK = Tapt(epochs=3, batch=4, crop_s=0.5, words=6, span=3, rate=3e-3, warm_up=1)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    return a_corpus(tmp_path_factory.mktemp("talking"), speakers=3, each=4)


@pytest.fixture
def job(corpus: Corpus, folder_of: Callable[[str], Path], own_home: Path) -> Callable[..., Adaptation]:
    def adaptation(kind: str = "wav2vec2", **more: object) -> Adaptation:
        return replace(Adaptation(str(folder_of(kind)), corpus, corpus.ids, QUICK, 1, "cpu"), **more)  # type: ignore[arg-type]

    return adaptation


def _run(adaptation: Adaptation) -> tuple[dict[str, torch.Tensor], list[dict[str, float]]]:
    for _ in adaptation.run():
        pass
    return load_file(adaptation.folder / "model.safetensors"), history(adaptation.folder)["epochs"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_architecture_is_adapted_and_loads_as_features(kind: str, job: Callable[..., Adaptation]) -> None:
    adaptation = job(kind, settings=replace(QUICK, epochs=1))
    before = Encoder(adaptation.model)(speech(0.5))
    _run(adaptation)
    after = Encoder(str(adaptation.folder))(speech(0.5))
    assert after.shape == before.shape
    assert np.isfinite(after).all()
    assert not np.allclose(before, after, atol=1e-4)


@pytest.mark.parametrize("kind", ["wav2vec2", "hubert", "whisper"])
def test_the_loss_falls_and_everyone_can_watch(kind: str, job: Callable[..., Adaptation]) -> None:
    adaptation = job(kind, settings=replace(QUICK, epochs=6))
    watched = [progress.epochs for progress in adaptation.run()]
    epochs = history(adaptation.folder)["epochs"]
    assert list(watched[-1]) == epochs
    assert sorted({len(each) for each in watched}) == list(range(len(epochs) + 1))
    assert epochs[-1]["loss"] < epochs[0]["loss"]
    assert min(epoch["held_out_loss"] for epoch in epochs[1:]) < epochs[0]["held_out_loss"]
    assert all(1 <= epoch["perplexity"] <= epoch["codewords"] for epoch in epochs)


@pytest.mark.parametrize(
    ("kind", "stage"), [("hubert", 3), ("hubert", 15), ("wav2vec2", 2), ("wav2vec2", 7), ("whisper", 17)]
)
def test_stopped_anywhere_and_resumed_it_ends_like_one_that_was_not(
    kind: str, stage: int, job: Callable[..., Adaptation], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, epochs = _run(job(kind))
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "another"))
    stopped = job(kind)
    running = stopped.run()
    for _ in range(stage):
        next(running)
    running.close()
    assert not stopped.done
    torch.rand(3)  # what else draws from torch changes nothing
    resumed, again = _run(job(kind))
    assert again == epochs
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_only_the_clips_that_are_named_are_heard(
    job: Callable[..., Adaptation], monkeypatch: pytest.MonkeyPatch
) -> None:
    adaptation, heard = job("hubert"), set()
    some = tuple(segment for segment in adaptation.corpus.ids if not segment.startswith("c"))
    real = Signals.__getitem__
    monkeypatch.setattr(Signals, "__getitem__", lambda self, name: (heard.add(name), real(self, name))[1])
    _run(replace(adaptation, segments=some))
    assert heard == set(some)


def test_the_adapted_model_is_kept_under_all_that_it_depends_on(job: Callable[..., Adaptation]) -> None:
    one = job()
    _run(one)
    others = [job(seed=2), job(segments=one.segments[1:]), job(settings=replace(QUICK, share=0.3)), job("hubert")]
    assert one.done
    assert not any(other.done for other in others)
    assert next(one.run(), None) is None  # nothing is done twice
    said = json.loads((one.folder / "tapt.json").read_text())
    assert (said["clips"], said["seed"], said["settings"]["share"]) == (12, 1, 0.15)


@pytest.mark.slow
def test_a_tiny_backbone_learns_from_random_weights_with_its_own_defaults(own_home: Path, tmp_path: Path) -> None:
    corpus = open_corpus(two_tones(tmp_path / "tones"))
    _, epochs = _run(Adaptation("tiny-hubert", corpus, corpus.ids, Tapt(words=8), 1, "cpu"))
    assert epochs[-1]["loss"] < 0.6 * epochs[0]["loss"]
    assert epochs[-1]["accuracy"] > epochs[-1]["chance"] + 0.2
    assert epochs[-1]["perplexity"] > 3


def test_too_few_clips_are_refused(job: Callable[..., Adaptation]) -> None:
    with pytest.raises(BadCorpus, match="got 3 clips to adapt"):
        _run(job(segments=("a00.wav", "a01.wav", "a02.wav")))


def test_negatives_are_masked_frames_of_the_same_clip_with_another_codeword() -> None:
    with drawing_from(1):
        mask, context = torch.tensor([[True, True, False], [True, True, True]]), torch.randn(5, 4)
        target = torch.randn(5, 4)
    target[4] = target[2]
    found = _similar(context, target, mask)
    allowed = [[0, 1], [0, 1], [2, 3], [2, 3, 4], [3, 4]]
    for row, columns in enumerate(allowed):
        assert torch.isfinite(found[row]).nonzero().flatten().tolist() == columns
    cosine = torch.nn.functional.cosine_similarity(context[0], target[1], dim=0)
    assert torch.isclose(found[0, 1], cosine / 0.1)


def test_accuracy_stands_beside_chance_and_perplexity() -> None:
    counts = torch.tensor([[6.0, 2.0, 0.0, 0.0]]).double()
    means = Tally(counts, counts, {"loss": 4.0}, right=4.0, frames=8.0).means()
    assert (means["loss"], means["accuracy"], means["chance"], means["codewords"]) == (0.5, 0.5, 0.75, 4)
    assert means["perplexity"] == pytest.approx(np.exp(-(0.75 * np.log(0.75) + 0.25 * np.log(0.25))))


def test_whole_speakers_are_held_out_where_some_fit_the_share() -> None:
    speakers = ["a"] * 10 + ["b"] * 10 + ["c"] * 100
    for seed in range(5):
        apart = held_out(speakers, 0.1, np.random.default_rng(seed))
        assert apart.sum() == 10
        assert len({speaker for speaker, out in zip(speakers, apart) if out}) == 1


@pytest.mark.parametrize("name", TINY)
def test_tiny_backbones_have_the_same_random_weights_each_time(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prints = []
    for place in ("one", "two"):
        monkeypatch.setenv("SERAL_HOME", str(tmp_path / place))
        prints.append(described(tiny(name)).fingerprint)
        torch.rand(1)
    assert prints[0] == prints[1]
    about = described(tiny(name))
    assert about.hop == 320
    backbone = Backbone(about)
    heard = backbone(backbone.prepared([speech(0.5)]))
    assert heard.last.shape == (1, backbone.frames(8_000), 128)
