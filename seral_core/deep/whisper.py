"""The encoder of Whisper, on the clip's own length: transformers' own insists on 30 seconds and loads slowly.

Exported to onnxruntime, two layers of tiny.en gave the same states within 2e-6, were ready after .16 s of processor
time instead of 2.9 s, and took 20 ms for a clip of 3.75 s instead of 27 ms (one thread; its spectrogram comes on top).
That is not offered: published exports have the last layer alone, 6 to 7 points of UAR worse than the middle one, and an
export of one's own needs torch, which it was to spare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional


class WhisperEncoder(nn.Module):
    """Two convolutions, positions cut to the clip's length, and transformer layers.

    Parameters
    ----------
    config : mapping
        As in ``config.json``; weights have the names that they have there.

    References
    ----------
    .. [1] Radford et al., Robust speech recognition via large-scale weak supervision, ICML 2023.

    Examples
    --------
    >>> import torch
    >>> shape = {"d_model": 8, "encoder_layers": 2, "encoder_attention_heads": 2, "encoder_ffn_dim": 16}
    >>> states = WhisperEncoder(shape)(torch.zeros(1, 80, 100))
    >>> len(states), tuple(states[0].shape)
    (3, (1, 50, 8))
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        width = int(config["d_model"])
        self.conv1 = nn.Conv1d(int(config.get("num_mel_bins", 80)), width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(int(config.get("max_source_positions", 1500)), width)
        self.layers = nn.ModuleList(_Layer(config) for _ in range(int(config["encoder_layers"])))
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, mel: Tensor) -> list[Tensor]:
        """Return the input of the first layer and the output of each; that of the last is normalised.

        Parameters
        ----------
        mel : Tensor of shape (clips, bands, frames)
            As `seral_core.deep.log_mel.log_mel` gives.

        Returns
        -------
        list of Tensor of shape (clips, frames / 2, width)
        """
        states = [self.placed(self.convolved(mel))]
        for layer in self.layers:
            states.append(layer(states[-1]))
        return [*states[:-1], self.layer_norm(states[-1])]

    def convolved(self, mel: Tensor) -> Tensor:
        """Return what the two convolutions make of a spectrogram, of shape (clips, frames / 2, width)."""
        return functional.gelu(self.conv2(functional.gelu(self.conv1(mel)))).transpose(1, 2)

    def placed(self, state: Tensor) -> Tensor:
        """Return frames with their positions: what the first layer takes."""
        return state + self.embed_positions.weight[: state.shape[1]]


class _Layer(nn.Module):
    def __init__(self, config: Mapping[str, Any]) -> None:
        super().__init__()
        width, inner = int(config["d_model"]), int(config["encoder_ffn_dim"])
        self.self_attn = _Attention(width, int(config["encoder_attention_heads"]))
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, state: Tensor) -> Tensor:
        state = state + self.self_attn(self.self_attn_layer_norm(state))
        return state + self.fc2(functional.gelu(self.fc1(self.final_layer_norm(state))))


class _Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q_proj, self.v_proj, self.out_proj = (nn.Linear(width, width) for _ in range(3))
        self.k_proj = nn.Linear(width, width, bias=False)

    def forward(self, state: Tensor) -> Tensor:
        parts = (project(state) for project in (self.q_proj, self.k_proj, self.v_proj))
        query, key, value = (part.unflatten(-1, (self.heads, -1)).transpose(1, 2) for part in parts)
        heard = functional.scaled_dot_product_attention(query, key, value)
        return self.out_proj(heard.transpose(1, 2).flatten(-2))
