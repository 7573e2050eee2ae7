"""What lies in a model's folder: its configuration and weights, as plain data; nothing in it is ever run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from seral_core.errors import BadModel, NotAFile
from seral_core.features.audio import RATE_HZ
from seral_core.features.cache import FeatureCache
from seral_core.files import read_text

CONFIG, PREPROCESSOR = "config.json", "preprocessor_config.json"
WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
#: Endings of weights that are Python programs: reading them runs whatever their author wanted.
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
#: Kinds of encoders that are known here, and where each keeps its width and number of layers.
KINDS = {
    "whisper": ("d_model", "encoder_layers"),
    "wav2vec2": ("hidden_size", "num_hidden_layers"),
    "hubert": ("hidden_size", "num_hidden_layers"),
    "wavlm": ("hidden_size", "num_hidden_layers"),
    "data2vec-audio": ("hidden_size", "num_hidden_layers"),
}
#: Most files that the weights of one model are in.
MOST_FILES = 1_000
#: Largest width and number of layers that a configuration is believed: encoders of today have 1,280 and 48.
LARGEST = (65_536, 1_000)
#: What a configuration may ask for besides the shape of the model: code and packages of others.
NOT_TAKEN = ("auto_map", "attn_implementation", "quantization_config", "architectures", "transformers_version",
             "model_type", "dtype", "torch_dtype")  # fmt: skip


@dataclass(frozen=True)
class Description:
    """What a folder says about its model; see `described`.

    Parameters
    ----------
    folder : Path
        Where it lies.
    kind : str
        One of `KINDS`.
    config : dict
        The shape of the model.
    normalises : bool
        Whether a clip is brought to mean 0 and variance 1 first.
    weights : tuple of Path
        Files in the format safetensors.
    fingerprint : str
        Hash of all that the result depends on.
    """

    folder: Path
    kind: str
    config: dict[str, Any] = field(hash=False)
    normalises: bool
    weights: tuple[Path, ...]
    fingerprint: str

    @property
    def width(self) -> int:
        """Number of values of a frame."""
        return int(self.config[KINDS[self.kind][0]])

    @property
    def layers(self) -> int:
        """Number of transformer layers."""
        return int(self.config[KINDS[self.kind][1]])

    @property
    def hop(self) -> int:
        """Samples from one frame to the next."""
        if self.kind == "whisper":
            return 320
        hop = 1
        for stride in self.config["conv_stride"]:
            hop *= int(stride)
        return hop


def described(folder: Path) -> Description:
    """Return what a folder says about its model; what is unchanged is read once a process.

    Raises
    ------
    BadModel
        When it is no model, one of an unknown kind, or its weights are pickles.
    """
    files = [folder / CONFIG, folder / PREPROCESSOR, *weight_files(folder)]
    stamps = tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.is_file())
    return _described(folder, stamps)


@lru_cache(maxsize=8)
def _described(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> Description:
    config = _read(folder / CONFIG)
    before = _read(folder / PREPROCESSOR) if (folder / PREPROCESSOR).is_file() else {}
    kind = str(config.get("model_type", ""))
    if kind not in KINDS:
        raise BadModel(
            f"{folder} holds a model of the kind '{kind:.40}'; expected a speech encoder: {', '.join(KINDS)}; "
            "choose another"
        )
    lacking = [name for name, most in zip(KINDS[kind], LARGEST, strict=True) if not _count(config.get(name), most)]
    heads = "encoder_attention_heads" if kind == "whisper" else "num_attention_heads"
    if not lacking and heads in config and not _divides(config[heads], config[KINDS[kind][0]]):
        lacking.append(heads)
    if kind != "whisper":
        lacking += [name for name in ("conv_stride", "conv_kernel") if not _counts(config.get(name))]
    if lacking or before.get("sampling_rate", RATE_HZ) != RATE_HZ:
        found = (
            f"has {config.get(lacking[0])!r:.40} as {lacking[0]}"
            if lacking
            else f"expects sound at {before['sampling_rate']} Hz"
        )
        raise BadModel(
            f"the model in {folder} {found}; expected the files of a speech encoder at 16 kHz; get them again"
        )
    with FeatureCache() as cache:  # which remembers the hashes of files
        hashes = cache.contents(Path(path) for path, _, _ in stamps)
    said = json.dumps(sorted((path.name, content) for path, content in hashes.items()))
    return Description(
        folder, kind, {k: v for k, v in config.items() if k not in NOT_TAKEN and not k.startswith("_")},
        kind != "whisper" and bool(before.get("do_normalize", True)), weight_files(folder),
        hashlib.sha256(said.encode()).hexdigest()[:16],
    )  # fmt: skip


def _count(value: object, most: int) -> bool:
    return isinstance(value, int) and 1 <= value <= most


def _divides(heads: object, width: int) -> bool:
    return isinstance(heads, int) and 1 <= heads <= width and not width % heads


def _counts(value: object) -> bool:
    return isinstance(value, list) and 0 < len(value) <= 100 and all(_count(each, 10_000) for each in value)


def weight_files(folder: Path) -> tuple[Path, ...]:
    """Return the files with the weights of a model.

    Raises
    ------
    BadModel
        When the folder lacks configuration or weights, or has them as pickles alone.
    """
    if not (folder / CONFIG).is_file():
        raise BadModel(
            f"{folder} has no {CONFIG}; expected the folder of a pretrained speech encoder, with {CONFIG} and "
            f"{WEIGHTS}; check the path"
        )
    if (folder / WEIGHTS).exists():
        found: tuple[Path, ...] = (folder / WEIGHTS,)
    elif (folder / INDEX).is_file():
        found = tuple(folder / name for name in _named(folder / INDEX))
    else:
        raise _without_weights(folder)
    missing = [path for path in found if not path.is_file()]
    if missing or not found:
        raise BadModel(f"{(missing or [folder / INDEX])[0]} is missing or no file; get the model in {folder} again")
    return found


def _named(index: Path) -> list[str]:
    """Return the files of weights that an index names, each in its own folder."""
    said = _read(index).get("weight_map")
    names = sorted(set(map(str, said.values()))) if isinstance(said, dict) else []
    if not 0 < len(names) <= MOST_FILES or not all(0 < len(Path(name).name.encode()) < 256 for name in names):
        raise BadModel(f"{index} names no files of weights as SERAL reads them; get the model again")
    return [Path(name).name for name in names]


def _without_weights(folder: Path) -> BadModel:
    pickles = sorted(path.name for path in folder.iterdir() if path.suffix.lower() in PICKLES)
    if not pickles:
        return BadModel(f"{folder} has no {WEIGHTS}; expected the weights beside {CONFIG}; get the model again")
    return BadModel(
        f"{folder} has its weights as {pickles[0]}, a pickle, and reading one can run any program; expected {WEIGHTS}; "
        "get the model in that format, or, where you trust it, load it with transformers and call "
        "save_pretrained(folder, safe_serialization=True)"
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(read_text(path))
    except NotAFile as why:
        raise BadModel(str(why)) from None
    except (OSError, ValueError, RecursionError) as why:
        raise BadModel(f"{path} cannot be read ({why}); expected JSON; get the model again") from None
    if not isinstance(read, dict):
        raise BadModel(f"{path} holds no entries; expected a JSON object; get the model again")
    return read
