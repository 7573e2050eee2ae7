"""An encoder that can be trained: sound goes in, the states of all its layers come out, masked where that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from seral_core.deep.folder import Description
from seral_core.deep.load import load
from seral_core.deep.log_mel import log_mel
from seral_core.features.audio import Signal

WHISPER = "whisper"


@dataclass(frozen=True)
class Heard:
    """What an encoder makes of a batch.

    Parameters
    ----------
    states : tuple of Tensor of shape (clips, frames, width)
        The input of the first layer, then the output of each.
    last : Tensor of shape (clips, frames, width)
        What comes out in the end: of some models, the last state normalised once more.
    convolved : Tensor, optional
        What the convolutions of wav2vec 2.0 found, normalised: what its quantiser takes.
    """

    states: tuple[Tensor, ...]
    last: Tensor
    convolved: Tensor | None = None


class Backbone(nn.Module):
    """A copy of a pretrained encoder, all of whose weights can be trained.

    Parameters
    ----------
    about : Description
        The model.
    checkpointing : bool
        Whether states within layers are computed again on the way back in place of being held: slower, in less memory.
    """

    def __init__(self, about: Description, *, checkpointing: bool = False) -> None:
        super().__init__()
        self.about, self.checkpointing = about, checkpointing
        self.network: Any = deepcopy(load(about, about.layers)).requires_grad_(True)
        if about.kind == WHISPER:
            self.mask_vector = nn.Parameter(torch.zeros(about.width))
            return
        # Masks are drawn by whoever trains; layers that are left out at random break sums over layers.
        config = self.network.config
        config.layerdrop, config.mask_time_prob, config.mask_feature_prob, config.apply_spec_augment = (
            0.0,
            0.0,
            0.0,
            True,
        )
        if not hasattr(self.network, "masked_spec_embed"):
            self.network.masked_spec_embed = nn.Parameter(torch.zeros(about.width))
        if checkpointing:
            self.network.gradient_checkpointing_enable()

    def freeze_convolutions(self) -> None:
        """Leave what turns sound into frames as it was pretrained."""
        if self.about.kind == WHISPER:
            for part in (self.network.conv1, self.network.conv2):
                part.requires_grad_(False)
        else:
            self.network.feature_extractor._freeze_parameters()

    def prepared(self, sounds: Sequence[Signal]) -> Tensor:
        """Return clips of the same length as one batch of what the encoder takes."""
        if self.about.kind == WHISPER:
            longest = int(self.about.config.get("max_source_positions", 1500)) * self.about.hop
            bands = int(self.about.config.get("num_mel_bins", 80))
            return torch.from_numpy(np.stack([log_mel(sound[:longest], bands) for sound in sounds]))
        if self.about.normalises:
            sounds = [(sound - sound.mean()) / np.sqrt(sound.var() + 1e-7) for sound in sounds]
        return torch.from_numpy(np.stack(sounds).astype(np.float32))

    def frames(self, samples: int) -> int:
        """Return how many frames a clip of so many samples has."""
        if self.about.kind == WHISPER:
            return ceil(ceil(samples / 160) / 2)
        for kernel, stride in zip(self.about.config["conv_kernel"], self.about.config["conv_stride"], strict=True):
            samples = (samples - kernel) // stride + 1
        return samples

    def forward(self, sound: Tensor, mask: Tensor | None = None) -> Heard:
        """Return the states of a batch; masked frames are hidden from the layers.

        Parameters
        ----------
        sound : Tensor
            As `prepared` gives.
        mask : bool Tensor of shape (clips, frames), optional
            Left out: nothing is masked.
        """
        if self.about.kind == WHISPER:
            states = self._whisper(sound, mask)
            return Heard(tuple(states), states[-1])
        out = self.network(sound, mask_time_indices=mask, output_hidden_states=True)
        return Heard(tuple(out.hidden_states), out.last_hidden_state, getattr(out, "extract_features", None))

    def _whisper(self, mel: Tensor, mask: Tensor | None) -> list[Tensor]:
        state = self.network.convolved(mel)
        if mask is not None:
            state = torch.where(mask[..., None], self.mask_vector, state)
        states = [self.network.placed(state)]
        for layer in self.network.layers:
            again = self.checkpointing and self.training
            states.append(checkpoint(layer, states[-1], use_reentrant=False) if again else layer(states[-1]))
        return [*states[:-1], self.network.layer_norm(states[-1])]
