"""Tiny wav2vec 2.0 and HuBERT with random weights: the same architectures, small enough to be pre-trained here."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import Any

from seral_core.deep.folder import WEIGHTS
from seral_core.errors import MissingExtra
from seral_core.home import home

#: A sixth of the base models' width and a third of their depth; so small a model needs no dropout. The first
#: convolutions are narrowest: they see the most steps a second, and would take half of the time.
SHAPE: dict[str, Any] = {
    "hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 384, "vocab_size": 32,
    "conv_dim": [16, 32, 32, 64, 64, 64, 64], "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
    "conv_stride": [5, 2, 2, 2, 2, 2, 2], "feat_extract_norm": "group", "do_stable_layer_norm": True,
    "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 4, "mask_time_prob": 0.65, "mask_time_length": 10,
    "hidden_dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0, "feat_proj_dropout": 0.0,
    "final_dropout": 0.0, "layerdrop": 0.0,
}  # fmt: skip
#: What only one of the two has: the quantiser of wav2vec 2.0.
OWN: dict[str, dict[str, Any]] = {
    "wav2vec2": {
        "num_codevector_groups": 2, "num_codevectors_per_group": 32, "codevector_dim": 64, "proj_codevector_dim": 64,
        "num_negatives": 50, "diversity_loss_weight": 0.5, "feat_quantizer_dropout": 0.0,
    },
    "hubert": {},
}  # fmt: skip
TINY = {f"tiny-{kind}": kind for kind in OWN}
SEED = 0


def tiny(name: str) -> Path:
    """Return the folder of a tiny backbone, made below SERAL's home when first asked for.

    Parameters
    ----------
    name : str
        ``"tiny-wav2vec2"`` or ``"tiny-hubert"``.

    Returns
    -------
    Path
        With ``config.json`` and ``model.safetensors``: random weights, the same each time.

    Raises
    ------
    MissingExtra
        When torch or transformers are missing.
    """
    folder = home("models") / name
    if not folder.is_dir():
        draft = folder.with_name(f".{name}-{uuid.uuid4().hex[:12]}.draft")
        draft.mkdir()
        model, save_file = _made(TINY[name])
        model.config.save_pretrained(draft)
        save_file(model.state_dict(), draft / WEIGHTS, metadata={"format": "pt"})
        try:
            draft.rename(folder)
        except OSError:  # another process was first
            shutil.rmtree(draft)
    return folder


def _made(kind: str) -> Any:
    try:
        import torch
        from safetensors.torch import save_file
        from transformers import AutoConfig, AutoModel
    except ImportError:
        raise MissingExtra(f"'tiny-{kind}'", "torch and transformers", "deep") from None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        return AutoModel.from_config(AutoConfig.for_model(kind, **SHAPE, **OWN[kind])), save_file
