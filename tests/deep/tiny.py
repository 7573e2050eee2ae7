"""Encoders of each architecture, tiny and with random weights, and sound for them."""

from __future__ import annotations

from typing import Any

import numpy as np

CONVOLUTIONS = {
    "conv_dim": (16, 16), "conv_kernel": (10, 8), "conv_stride": (20, 16), "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 16, "num_conv_pos_embedding_groups": 2,
}  # fmt: skip
SHAPE = {
    "hidden_size": 24, "num_hidden_layers": 4, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 8,
}  # fmt: skip
WAVES = {
    "wav2vec2": ("Wav2Vec2Config", {}),
    "wav2vec2-stable": ("Wav2Vec2Config", {"feat_extract_norm": "layer", "do_stable_layer_norm": True}),
    "hubert": ("HubertConfig", {}),
    "wavlm": ("WavLMConfig", {}),
    "data2vec-audio": ("Data2VecAudioConfig", {"conv_pos_kernel_size": 5, "num_conv_pos_embeddings": 2}),
}
KINDS = ("whisper", *WAVES)


def a_model(kind: str, **more: Any) -> Any:
    """A model of a kind, with random weights that are the same each time."""
    import torch
    import transformers

    torch.manual_seed(0)
    if kind == "whisper":
        shape = {
            "d_model": 24, "encoder_layers": 4, "decoder_layers": 1, "encoder_attention_heads": 2, "vocab_size": 60,
            "decoder_attention_heads": 2, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_source_positions": 100,
            "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 1, "num_mel_bins": 80,
        }  # fmt: skip
        return transformers.WhisperModel(transformers.WhisperConfig(**shape | more)).eval()
    config, own = WAVES[kind]
    return transformers.AutoModel.from_config(getattr(transformers, config)(**CONVOLUTIONS | SHAPE | own | more)).eval()


def speech(seconds: float, seed: int = 0) -> np.ndarray:
    """Noise in syllables."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * 16_000)) / 16_000
    return (0.1 * rng.standard_normal(len(time)) * (1 + np.sin(2 * np.pi * 4 * time))).astype(np.float32)
