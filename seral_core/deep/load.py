"""A model's folder becomes a network: built from its configuration, filled from its safetensors, nothing else."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from seral_core.deep.folder import KINDS, Description
from seral_core.deep.whisper import WhisperEncoder
from seral_core.errors import BadModel, MissingExtra

#: What stands before the names of an encoder's weights where a whole model was saved.
PREFIXES = {
    "whisper": ("model.encoder.", "encoder."), "wav2vec2": ("wav2vec2.",), "hubert": ("hubert.",), "wavlm": ("wavlm.",),
    "data2vec-audio": ("data2vec_audio.",),
}  # fmt: skip
#: How weights of a normalised convolution were called before, and are now.
RENAMED = {".weight_g": ".parametrizations.weight.original0", ".weight_v": ".parametrizations.weight.original1"}
#: Weights that only pre-training uses.
OPTIONAL = ("masked_spec_embed",)


@lru_cache(maxsize=2)
def load(about: Description, depth: int) -> nn.Module:
    """Return an encoder in single precision, in evaluation mode; the same object for the same files.

    Parameters
    ----------
    about : Description
        The model.
    depth : int
        How many of its layers are wanted, from below; states that come out are those of the whole model.

    Raises
    ------
    BadModel
        When weights are missing, damaged or of other shapes.
    """
    with torch.device("meta"):  # without memory, and without drawing weights at random
        network = _built(about, depth)
    wanted = network.state_dict()
    found = _weights(about, wanted)
    missing = [name for name in wanted if name not in found and not name.endswith(OPTIONAL)]
    odd = [name for name, value in found.items() if value.shape != wanted[name].shape]
    if missing or odd:
        what = f"lack {missing[0]}" if missing else f"have {odd[0]} in the shape {tuple(found[odd[0]].shape)}"
        raise BadModel(
            f"the weights in {about.folder} {what}; expected those of the {about.kind} that its configuration "
            "describes; get the model again"
        )
    network.load_state_dict(
        {name: found[name] if name in found else torch.zeros(wanted[name].shape) for name in wanted}, assign=True
    )
    if depth < about.layers:  # what comes after the last layer of all
        if about.kind == "whisper":
            network.layer_norm = nn.Identity()
        elif about.config.get("do_stable_layer_norm"):
            network.encoder.layer_norm = nn.Identity()
    frozen: nn.Module = network.requires_grad_(False).eval()
    return frozen


def _built(about: Description, depth: int) -> Any:
    shape = {**about.config, KINDS[about.kind][1]: depth}
    try:
        if about.kind == "whisper":
            return WhisperEncoder(shape)
        from transformers import AutoConfig, AutoModel

        return AutoModel.from_config(AutoConfig.for_model(about.kind, **shape))
    except ImportError:
        raise MissingExtra(f"the model in {about.folder}", "torch and transformers", "deep") from None
    except Exception as why:  # whatever odd values make of a model
        raise BadModel(
            f"the configuration in {about.folder} describes no {about.kind} ({type(why).__name__}: {why}); "
            "get the model again"
        ) from None


def _weights(about: Description, wanted: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return what the encoder takes of the weights, by its own names, in single precision."""
    from safetensors import SafetensorError, safe_open

    found = {}
    for path in about.weights:
        try:
            with safe_open(path, framework="pt") as file:
                for name in file.keys():  # noqa: SIM118 - it is no dictionary
                    own = _own_name(name, about.kind, wanted)
                    if own:
                        found[own] = file.get_tensor(name).float()
        except (SafetensorError, OSError) as why:
            raise BadModel(f"{path} cannot be read ({why}); expected safetensors; get the model again") from None
    return found


def _own_name(name: str, kind: str, wanted: dict[str, Tensor]) -> str:
    for old, new in RENAMED.items():
        name = name.replace(old, new) if name.endswith(old) else name
    names = [name, *(name.removeprefix(prefix) for prefix in PREFIXES[kind] if name.startswith(prefix))]
    return next((each for each in names if each in wanted), "")
