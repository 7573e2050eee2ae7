"""Where models come from: at hand, from Hugging Face with licence and size said first, or a sentence why not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from seral_core.corpora.corpus import Corpus, toy_corpus
from seral_core.deep import models
from seral_core.deep.catalogue import known
from seral_core.deep.models import at_hand, fetch_model, terms
from seral_core.deep.proposal import how_to_get, proposal
from seral_core.errors import BadModel, MissingExtra, UnknownName
from seral_core.features.base import check_features, extractors, is_extractor, offered, placed_features


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SERAL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def put(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"")
    return folder


class Hub:
    """A stand-in for huggingface_hub: one repository with revisions, files and sizes."""

    def __init__(self, **revisions: dict[str, int]) -> None:
        self.revisions, self.taken = revisions, [""]

    def HfApi(self) -> Any:
        return self

    def model_info(self, repository: str, revision: str | None = None, **_: Any) -> Any:
        if repository.startswith("nobody"):
            raise OSError("404 Client Error: Repository Not Found")
        files = [SimpleNamespace(rfilename=n, size=s) for n, s in self.revisions[revision or "main"].items()]
        return SimpleNamespace(siblings=files, sha=f"sha of {revision}", card_data=SimpleNamespace(license="mit"))

    def get_repo_discussions(self, *_: Any, author: str, **__: Any) -> Any:
        assert author == "SFconvertbot"
        title = "Adding `safetensors` variant of this model"
        theirs = SimpleNamespace(title=title, git_reference="refs/pr/1", author="somebody")
        ours = (name for name in self.revisions if name != "main")
        return [theirs, *(SimpleNamespace(title=title, git_reference=name, author=author) for name in ours)]

    def snapshot_download(self, repository: str, *, revision: str, local_dir: Path, allow_patterns: list[str]) -> None:
        self.taken = [revision, *allow_patterns]
        put(local_dir)


FILES = {"config.json": 2, "preprocessor_config.json": 1, "model.safetensors": 151_000_000, "pytorch_model.bin": 9}


def test_a_short_name_is_one_line_of_the_table_and_an_extractor() -> None:
    assert set(known) <= set(offered()) <= set(extractors)
    assert "whisper-tiny.en" in offered()
    assert "openai/whisper-base, MIT" in extractors.summary("whisper-base")


def test_licence_and_size_are_said_before_the_download(monkeypatch, own_home) -> None:
    hub, said = Hub(main=FILES), []
    monkeypatch.setattr(models, "_hub", lambda _: hub)
    folder = fetch_model("whisper-tiny.en", say=lambda text: said.append((text, hub.taken)))
    assert said == [(terms("whisper-tiny.en", 151_000_003), [""])]
    assert "MIT" in said[0][0]
    assert hub.taken == ["sha of None", "config.json", "preprocessor_config.json", "model.safetensors"]
    assert folder == own_home / "models" / "openai--whisper-tiny.en" == at_hand("whisper-tiny.en")
    monkeypatch.setattr(models, "_hub", lambda _: pytest.fail("fetched again"))
    assert fetch_model("openai/whisper-tiny.en") == folder


def test_weights_offered_as_safetensors_are_taken_where_the_repository_has_pickles_alone(monkeypatch) -> None:
    hub = Hub(main={"config.json": 2, "pytorch_model.bin": 9}, **{"refs/pr/3": FILES})
    monkeypatch.setattr(models, "_hub", lambda _: hub)
    fetch_model("wavlm-base-plus", say=str)
    assert hub.taken[0] == "sha of refs/pr/3"


def test_pickles_alone_are_not_downloaded(monkeypatch) -> None:
    hub = Hub(main={"config.json": 2, "pytorch_model.bin": 9})
    monkeypatch.setattr(models, "_hub", lambda _: hub)
    with pytest.raises(BadModel, match="has no weights as safetensors"):
        fetch_model("some/model", say=str)
    assert hub.taken == [""]


def test_the_licence_of_an_unknown_model_is_that_of_its_page(monkeypatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(models, "_hub", lambda _: Hub(main=FILES))
    fetch_model("some/model", say=said.append)
    assert "licence: mit" in said[0]
    assert "unknown: see its page" in terms("other/model")


def test_what_cannot_be_reached_is_one_sentence(monkeypatch) -> None:
    monkeypatch.setattr(models, "_hub", lambda _: Hub())
    with pytest.raises(
        BadModel, match=r"^'nobody/nothing' is not on this computer and cannot be had from .*404.*folder"
    ):
        fetch_model("nobody/nothing")


def test_an_unknown_name_offline_is_one_sentence() -> None:
    pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed: pip install -e '.[deep]'")
    with pytest.raises(BadModel, match="'nobody/nothing' is not on this computer") as wrong:
        fetch_model("nobody/nothing")
    assert "\n" not in str(wrong.value)
    with pytest.raises(UnknownName, match=r"did you mean 'whisper-tiny\.en'"):
        fetch_model("wisper-tiny.en")


def test_a_model_in_the_cache_of_hugging_face_is_at_hand(own_home, monkeypatch) -> None:
    hub = pytest.importorskip("huggingface_hub", reason="huggingface_hub is not installed: pip install -e '.[deep]'")
    folder = put(own_home / "snapshots" / "abc")
    monkeypatch.setattr(hub, "try_to_load_from_cache", lambda *_: str(folder / "config.json"))
    assert at_hand("hubert-base") == folder
    (folder / "model.safetensors").unlink()
    assert at_hand("hubert-base") is None


def test_without_torch_the_remedy_is_said_and_nothing_is_fetched(monkeypatch) -> None:
    monkeypatch.setattr(models, "installed", lambda: False)
    monkeypatch.setattr(models, "fetch_model", lambda _: pytest.fail("fetched"))
    with pytest.raises(
        MissingExtra, match=r"'whisper-base' needs torch and transformers: pip install \"seral-speech\[deep\]\""
    ):
        _ = extractors["whisper-base"]().key


def test_naming_encoders_loads_no_torch() -> None:
    code = (
        "import sys; from seral_core.features.base import extractors; import seral_core.deep.proposal;"
        "extractors['whisper-base'](); print({'torch', 'transformers', 'huggingface_hub'} & set(sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


@pytest.mark.parametrize("text", ["SERALv01", "whisper-base:layer=mean", "facebook/wav2vec2-base", "encoder:model=a/b"])
def test_texts_that_describe_an_extractor(text) -> None:
    assert is_extractor(text)
    check_features(text)


@pytest.mark.parametrize("text", ["rows.npz", "out/rows.csv", "a/b/c", "", "~nobody/x/y", "x" * 5000, "\0"])
def test_texts_that_describe_none(text) -> None:
    assert not is_extractor(text)


def test_a_folder_comes_out_absolute_with_its_options(tmp_path, monkeypatch) -> None:
    put(tmp_path / "mine")
    monkeypatch.chdir(tmp_path)
    assert placed_features("mine:layer=2") == f"{tmp_path / 'mine'}:layer=2"
    assert placed_features("facebook/wav2vec2-base:layer=2") == "facebook/wav2vec2-base:layer=2"
    assert is_extractor("mine:layer=2")


def spoken(tmp_path: Path) -> Corpus:
    import numpy as np
    import soundfile

    for name in toy_corpus().ids:
        soundfile.write(tmp_path / name, np.zeros(16_000), 16_000)
    from dataclasses import replace

    return replace(toy_corpus(), root=tmp_path)


def test_an_encoder_at_hand_is_proposed_with_reason_and_seconds(own_home, tmp_path, monkeypatch) -> None:
    corpus = spoken(tmp_path)
    monkeypatch.setattr("seral_core.deep.proposal.installed", lambda: True)
    assert proposal(corpus) is None
    assert how_to_get().endswith("labels: seral fetch whisper-tiny.en")
    put(own_home / "models" / "whisper-base")
    found = proposal(corpus)
    assert found is not None
    assert found.features == "whisper-base"
    assert found.seconds == pytest.approx(0.004 * known["whisper-base"].ms_per_s)
    assert "RAVDESS" in found.text
    assert proposal(toy_corpus()) is None


def test_without_the_packages_the_way_to_them_is_said(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr("seral_core.deep.proposal.installed", lambda: False)
    assert proposal(spoken(tmp_path)) is None
    assert 'pip install "seral-speech[deep]"' in how_to_get()


def test_fetch_takes_models_beside_corpora(monkeypatch) -> None:
    from seral_core.cli.commands import commands

    monkeypatch.setattr(models, "fetch_model", lambda name: Path("there") / name)
    done = CliRunner().invoke(commands, ["fetch", "whisper-tiny.en"])
    assert "whisper-tiny.en is in there/whisper-tiny.en; use it with: seral run --features" in done.output
    wrong = CliRunner().invoke(commands, ["fetch", "emodbb"])
    assert isinstance(wrong.exception, UnknownName)
    assert "did you mean 'emodb'" in str(wrong.exception)
