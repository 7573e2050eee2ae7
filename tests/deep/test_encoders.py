"""Pretrained encoders as extractors: by path, on the clip's own length, in pieces, and from the cache."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

torch = pytest.importorskip("torch", reason='torch is not installed: pip install -e ".[deep]"')
transformers = pytest.importorskip("transformers", reason='transformers is not installed: pip install -e ".[deep]"')
from safetensors.torch import load_file, save_file  # noqa: E402

from seral_core.corpora.corpus import Corpus, rating_frame, segment_index  # noqa: E402
from seral_core.deep.encoders import Encoder  # noqa: E402
from seral_core.deep.folder import described  # noqa: E402
from seral_core.deep.layers import frames_of  # noqa: E402
from seral_core.deep.log_mel import log_mel  # noqa: E402
from seral_core.errors import BadModel, BadPlan, UnknownName  # noqa: E402
from seral_core.features.base import extractor_from  # noqa: E402
from seral_core.features.extract import extract, features_for  # noqa: E402
from tests.deep.tiny import KINDS, a_model, speech  # noqa: E402

every_kind = pytest.mark.parametrize("kind", KINDS)


def frames(folder: Path, clip: np.ndarray, layer: int, **how: float) -> np.ndarray:
    return np.concatenate([piece.copy() for piece in frames_of(described(folder), clip, layer, **how)])


def wave_states(kind: str, clip: np.ndarray) -> list[np.ndarray]:
    normal = (clip - clip.mean()) / np.sqrt(clip.var() + 1e-7)
    with torch.inference_mode():
        states = a_model(kind)(torch.from_numpy(normal)[None], output_hidden_states=True).hidden_states
    return [state[0].numpy() for state in states]


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    files = [f"{i}.wav" for i in range(4)]
    for i, name in enumerate(files):
        soundfile.write(tmp_path / name, speech(0.5 + 0.1 * i, seed=i), 16_000)
    segments = pd.DataFrame({"speaker": ["s"] * 4}, index=segment_index(files))
    return Corpus("tiny", segments, rating_frame([]), (), root=tmp_path)


@every_kind
def test_a_saved_model_of_each_kind_is_an_extractor_by_its_path(kind, folder_of, own_home) -> None:
    made = extractor_from(f"{folder_of(kind)}:layer=3:pool=mean")
    row = made(speech(0.8))
    assert row.shape == (24,) == (len(made.names),)
    assert row.dtype == np.float32
    assert np.isfinite(row).all()


@every_kind
def test_half_precision_is_close_and_kept_apart(kind, folder_of, own_home) -> None:
    single, half = Encoder(str(folder_of(kind))), Encoder(str(folder_of(kind)), precision="bfloat16")
    before, rounded = single(speech(0.8)), half(speech(0.8))
    assert not np.array_equal(rounded, before)
    assert np.linalg.norm(rounded - before) < 0.02 * np.linalg.norm(before)
    assert np.array_equal(single(speech(0.8)), before), "the network itself stays as it was"
    assert half.key == f"{single.key}-bfloat16"
    with pytest.raises(UnknownName, match="bfloat16, single"):
        Encoder("whisper-base", precision="int8")


@pytest.mark.parametrize("kind", KINDS[1:])
def test_every_layer_is_that_of_the_whole_model(kind, folder_of, own_home) -> None:
    clip = speech(0.8)
    states = wave_states(kind, clip)
    for layer, state in enumerate(states):
        assert np.allclose(frames(folder_of(kind), clip, layer), state, atol=1e-5)
    assert np.allclose(frames(folder_of(kind), clip, -1), np.mean(states[1:], axis=0), atol=1e-5)


def test_whisper_on_its_own_length_is_whisper_where_that_is_its_full_length(folder_of, own_home) -> None:
    clip = speech(2.0)  # the length that the tiny model insists on
    extractor = transformers.WhisperFeatureExtractor(chunk_length=2)
    mel = torch.from_numpy(extractor(clip, sampling_rate=16_000)["input_features"])
    with torch.inference_mode():
        states = a_model("whisper").encoder(mel, output_hidden_states=True).hidden_states
    assert len(states) == 5
    for layer, state in enumerate(states):
        assert np.allclose(frames(folder_of("whisper"), clip, layer), state[0].numpy(), atol=1e-4)


@pytest.mark.parametrize("seconds", [0.1, 1.0, 3.75, 29.9])
def test_log_mel_is_that_of_transformers_without_the_padding(seconds) -> None:
    clip = speech(seconds)
    ours, theirs = log_mel(clip), transformers.WhisperFeatureExtractor()(clip, sampling_rate=16_000)["input_features"]
    assert ours.shape == (80, -(-len(clip) // 160))
    assert np.allclose(ours, theirs[0][:, : ours.shape[1]], atol=1e-4)


def test_a_folder_with_an_encoder_alone_gives_what_the_whole_model_gives(folder_of, own_home, tmp_path) -> None:
    a_model("whisper").encoder.save_pretrained(tmp_path / "encoder")
    clip = speech(0.7)
    assert np.array_equal(frames(tmp_path / "encoder", clip, 2), frames(folder_of("whisper"), clip, 2))


@pytest.mark.parametrize("kind", ["hubert", "data2vec-audio"])
def test_weights_by_the_names_of_whole_and_of_older_models_are_the_same(kind, folder_of, own_home, tmp_path) -> None:
    shutil.copytree(folder_of(kind), tmp_path / "older")
    prefix, new = kind.replace("-", "_"), ".parametrizations.weight.original"
    weights = load_file(tmp_path / "older" / "model.safetensors")
    older = {
        f"{prefix}.{name.replace(new + '0', '.weight_g').replace(new + '1', '.weight_v')}": value
        for name, value in weights.items()
    } | {"lm_head.weight": torch.zeros(2, 2)}  # fmt: skip
    save_file(older, tmp_path / "older" / "model.safetensors")
    clip = speech(0.7)
    assert np.array_equal(frames(tmp_path / "older", clip, 2), frames(folder_of(kind), clip, 2))


def test_weights_in_half_precision_are_computed_with_in_single(own_home, tmp_path) -> None:
    a_model("whisper").half().save_pretrained(tmp_path / "half")
    assert frames(tmp_path / "half", speech(0.7), 2).dtype == np.float32


@every_kind
def test_pieces_of_a_long_clip_follow_one_another_without_gap(kind, folder_of, own_home) -> None:
    clip = speech(7.3)
    whole = frames(folder_of(kind), clip, 0, piece_s=1.5 if kind == "whisper" else 30)
    pieces = list(frames_of(described(folder_of(kind)), clip, 0, piece_s=1.5))
    assert len(pieces) > 5
    assert max(len(piece) for piece in pieces) <= 75
    assert sum(len(piece) for piece in pieces) == len(whole) == pytest.approx(7.3 * 50, abs=2)


@pytest.mark.parametrize("kind", ["wav2vec2-stable", "data2vec-audio"])
def test_pieces_are_the_whole_in_their_middle(kind, folder_of, own_home) -> None:
    """Where sound is normalised in each frame; the input of the first layer hears its neighbours alone."""
    clip = speech(7.3)
    whole = frames(folder_of(kind), clip, 0, piece_s=30)
    assert np.allclose(frames(folder_of(kind), clip, 0, piece_s=1.5), whole, atol=1e-4)


def test_pooling_is_the_mean_and_deviation_of_the_frames(folder_of, own_home) -> None:
    folder, clip = str(folder_of("hubert")), speech(45.0)
    found = Encoder(folder, 2, "frames")
    states = found(clip)
    assert (states.shape[1], found.frames_hz) == (24, 50.0)
    row = Encoder(folder, 2)(clip)
    assert np.allclose(row, np.concatenate([states.mean(axis=0), states.std(axis=0)]), atol=1e-5)


def test_the_middle_layer_is_the_default_and_has_its_key(folder_of, own_home) -> None:
    folder = str(folder_of("wavlm"))
    assert Encoder(folder).key == Encoder(folder, 2).key
    keys = {Encoder(folder, layer, pool).key for layer in (1, 2, "mean") for pool in ("mean", "mean+std")}
    assert len(keys) == 6


def test_other_weights_have_rows_of_their_own(folder_of, own_home, tmp_path) -> None:
    shutil.copytree(folder_of("wavlm"), tmp_path / "moved")
    assert Encoder(str(tmp_path / "moved")).key == Encoder(str(folder_of("wavlm"))).key
    model = a_model("wavlm")
    torch.nn.init.zeros_(model.encoder.layers[0].final_layer_norm.weight)
    model.save_pretrained(tmp_path / "moved")
    assert Encoder(str(tmp_path / "moved")).key != Encoder(str(folder_of("wavlm"))).key


def test_rows_are_kept_and_taken_from_the_cache(corpus, folder_of, own_home, monkeypatch) -> None:
    features = f"{folder_of('whisper')}:layer=1"
    first = features_for(corpus, features, jobs=1)
    monkeypatch.setattr(Encoder, "__call__", lambda *_: pytest.fail("a row was computed again"))
    again = features_for(corpus, features, jobs=1)
    assert again.ids == first.ids == corpus.ids
    assert np.array_equal(again.values, first.values)
    assert again.key == first.key


def test_frames_become_units_of_a_clip(corpus, folder_of, own_home) -> None:
    table = extract(corpus, f"{folder_of('whisper')}:pool=frames", jobs=1)
    assert table.rate_hz == 50.0
    assert np.diff(table.bounds).tolist() == [25, 30, 35, 40]


@pytest.mark.parametrize("kind", ["whisper", "wavlm"])
def test_frames_at_a_rate_are_means_of_the_encoders_own_and_as_many_as_the_clip_lasts(kind, folder_of) -> None:
    folder, clip = str(folder_of(kind)), speech(45.02)  # several pieces
    states = Encoder(folder, 2, "frames")(clip)
    found = Encoder(folder, 2, frames=25)
    got = found(clip)
    assert (len(got), found.frames_hz, len(found.names)) == (1125, 25.0, got.shape[1])
    assert np.allclose(got[:1124], states[:2248].reshape(1124, 2, -1).mean(axis=1), atol=1e-5)
    assert np.allclose(Encoder(folder, 2, frames=2)(clip)[3], states[75:100].mean(axis=0), atol=1e-5)
    assert np.allclose(Encoder(folder, 2, frames=50)(clip)[:2248], states[:2248], atol=1e-6)
    assert len({Encoder(folder, 2, pool, rate).key for pool, rate in (("frames", 0), ("frames", 25), ("mean", 0))}) == 3
    with pytest.raises(BadPlan, match="at most 50 per second"):
        Encoder(folder, 2, frames=60)(clip)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_extraction_goes_on_and_ends_as_if_it_had_not_been(corpus, folder_of, own_home) -> None:
    code = f"""
import os, signal, pandas as pd
from pathlib import Path
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.features.extract import extract
segments = pd.DataFrame(dict(speaker=['s'] * 4), index=segment_index({[*corpus.ids]!r}))
corpus = Corpus('tiny', segments, rating_frame([]), (), root=Path({str(corpus.root)!r}))
stop = lambda done, *_: os.kill(os.getpid(), signal.SIGKILL) if done == 2 else None
extract(corpus, {str(folder_of("whisper"))!r}, progress=stop)
"""
    died = subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False)
    assert died.returncode == -signal.SIGKILL
    seen: list[int] = []
    resumed = extract(corpus, str(folder_of("whisper")), progress=lambda done, *_: seen.append(done))
    assert seen == [3, 4]
    whole = extract(corpus, str(folder_of("whisper")), use_cache=False)
    assert np.allclose(resumed.values, whole.values, atol=1e-5)


def test_one_thread_is_used_and_others_get_theirs_back(folder_of, own_home, monkeypatch) -> None:
    seen = []
    monkeypatch.setattr(
        "seral_core.deep.layers.log_mel", lambda *given: seen.append(torch.get_num_threads()) or log_mel(*given)
    )
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        Encoder(str(folder_of("whisper")))(speech(0.5))
        assert (seen, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("options", "error", "say"),
    [
        ("layer=9", BadPlan, "got layer 9; the model in .* has 4; choose 0 to 4"),
        ("layer=top", BadPlan, "layer of .* is 'top'; expected middle, mean or a number"),
        ("pool=max", UnknownName, "pool of .* 'max'"),
        ("leyer=2", BadPlan, "has no option 'leyer'; it has layer, pool"),
    ],
)
def test_bad_options_are_named(options, error, say, folder_of, own_home) -> None:
    with pytest.raises(error, match=say):
        extractor_from(f"{folder_of('whisper')}:{options}")(speech(0.5))


def broken(source: Path, target: Path, what: str) -> Path:
    shutil.copytree(source, target)
    config = json.loads((target / "config.json").read_text())
    weights = target / "model.safetensors"
    match what:
        case "pickled":
            weights.rename(target / "pytorch_model.bin")
        case "weightless":
            weights.unlink()
        case "empty":
            (target / "config.json").unlink()
        case "damaged":
            weights.write_bytes(weights.read_bytes()[:1000])
        case "odd":
            (target / "config.json").write_text("[" * 100_000)
        case "shapes":
            (target / "config.json").write_text(json.dumps(config | {"intermediate_size": 99}))
        case "deeper":
            (target / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 9}))
        case "nameless":
            (target / "config.json").write_text(json.dumps(config | {"model_type": []}))
        case "other":
            (target / "config.json").write_text(json.dumps(config | {"model_type": "bert"}))
        case "endless":
            (target / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 10**12}))
        case "headless":
            (target / "config.json").write_text(json.dumps(config | {"num_attention_heads": 0}))
        case "nested" | "listed" | "long":
            weights.unlink()
            said = {"nested": {"a": ["x"]}, "listed": ["x"], "long": {"a": "x" * 5000}}[what]
            (target / "model.safetensors.index.json").write_text(json.dumps({"weight_map": said}))
        case "telephone":
            (target / "preprocessor_config.json").write_text('{"sampling_rate": 8000}')
    return target


@pytest.mark.parametrize(
    ("what", "say"),
    [
        ("pickled", r"weights as pytorch_model\.bin, a pickle, and reading one can run any program"),
        ("weightless", r"has no model\.safetensors"),
        ("empty", r"has no config\.json"),
        ("damaged", "cannot be read"),
        ("odd", "cannot be read"),
        ("shapes", "in the shape"),
        ("deeper", "lack encoder.layers.4"),
        ("nameless", r"of the kind '\[\]'; expected"),
        ("other", "of the kind 'bert'; expected a speech encoder"),
        ("endless", "has 1000000000000 as num_hidden_layers"),
        ("telephone", "expects sound at 8000 Hz"),
        ("headless", "has 0 as num_attention_heads"),
        ("nested", "is missing or no file"),
        ("listed", "names no files of weights"),
        ("long", "names no files of weights"),
    ],
)
def test_a_folder_that_cannot_be_loaded_is_named_with_the_reason(what, say, folder_of, own_home, tmp_path) -> None:
    folder = broken(folder_of("hubert"), tmp_path / what, what)
    with pytest.raises(BadModel, match=say):
        Encoder(str(folder), "mean")(speech(0.5))


def test_a_folder_runs_no_code_that_it_brings(folder_of, own_home, tmp_path) -> None:
    folder = tmp_path / "theirs"
    shutil.copytree(folder_of("hubert"), folder)
    (folder / "mine.py").write_text("raise SystemExit('code of the folder was run')")
    config = json.loads((folder / "config.json").read_text())
    kernels = dict.fromkeys(("_attn_implementation", "attn_implementation"), "kernels-community/mine")
    config |= {"auto_map": {"AutoModel": "mine.Model"}, "quantization_config": {"quant_method": "mine"}, **kernels}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "nobody/else"}')
    clip = speech(0.5)
    assert np.array_equal(frames(folder, clip, 2), frames(folder_of("hubert"), clip, 2))


def test_whisper_tiny_hears_the_same_speaker_in_clips_of_the_same_speaker(real_models, real_data, own_home) -> None:
    from seral_core.features.audio import read_segment

    made = Encoder(str(real_models / "whisper-tiny.en-encoder"))
    rows = {}
    for actor in ("Actor_01", "Actor_02"):
        for path in sorted((real_data / "ravdess" / actor).glob("*.flac"))[:4]:
            rows[path] = made(read_segment(path))
    values = np.array(list(rows.values()))
    assert values.shape == (8, 768)
    values = (values - values.mean(axis=0)) / values.std(axis=0)
    near = np.linalg.norm(values[:, None] - values, axis=-1) + 1e9 * np.eye(8)
    assert (near.argmin(axis=1) // 4).tolist() == [0] * 4 + [1] * 4
