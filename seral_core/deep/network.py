"""The network of a fine-tuned encoder, and what of it learns: the classifier alone, low-rank changes, or all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from seral_core.deep.backbone import Backbone
from seral_core.deep.devices import mixed
from seral_core.deep.fine_tuning_settings import FineTuning
from seral_core.deep.folder import Description
from seral_core.deep.heads import Classifier, Pooling
from seral_core.deep.sounds import Sounds
from seral_core.errors import MissingExtra
from seral_core.features.audio import Signal

#: What low-rank changes are made to: queries and values, but in WavLM, whose attention reads the weights themselves and
#: would pass over any change, the two layers behind it.
LOW_RANK = {"wavlm": ["intermediate_dense", "output_dense"]}
OTHER_LOW_RANK = ["q_proj", "v_proj"]
#: Frames of an encoder that stays as it is are kept so many in one.
FRAMES_IN_ONE = 5


class Network(nn.Module):
    """Encoder, pooling and classifier; see `FineTuning` for what of it learns.

    Parameters
    ----------
    about : Description
        The encoder.
    settings : FineTuning
        Its train, layer, pool, dropout, rank and checkpointing are used.
    classes : int
        How many there are.
    """

    def __init__(self, about: Description, settings: FineTuning, classes: int) -> None:
        super().__init__()
        layer = str(about.layers // 2) if settings.layer == "middle" else settings.layer
        self.settings = settings
        self.pooling = Pooling(about.layers, about.width, layer, settings.pool)
        width = about.width * (2 if settings.pool == "mean-std" else 1)
        self.classifier = Classifier(width, classes, settings.dropout)
        self.backbone: Any = None
        self._kept: dict[str, list[Tensor]] = {}
        if not settings.keeps_vectors:
            self.backbone = Backbone(about, checkpointing=settings.checkpointing)
            self._choose_what_learns(about)

    def _choose_what_learns(self, about: Description) -> None:
        if self.settings.train == "full":
            self.backbone.freeze_convolutions()
            return
        self.backbone.requires_grad_(False)
        if self.settings.train == "lora":
            try:
                from peft import LoraConfig, inject_adapter_in_model
            except ImportError:
                raise MissingExtra("train=lora", "peft", "deep") from None
            rank = self.settings.rank
            config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=LOW_RANK.get(about.kind, OTHER_LOW_RANK))
            inject_adapter_in_model(config, self.backbone.network)

    @property
    def learned(self) -> dict[str, Tensor]:
        """Weights that are learned, by name, and which classes were seen."""
        names = {name for name, value in self.named_parameters() if value.requires_grad}
        return {name: value for name, value in self.state_dict().items() if name in names or name == "classifier.seen"}

    def vectors(self, sounds: Sequence[Signal], device: torch.device) -> Tensor:
        """Return the vectors of clips of the same length; gradients pass where there are any."""
        with mixed(device):
            states = self.backbone(self.backbone.prepared(sounds).to(device)).states
        return self.pooling(states)

    def vectors_of(self, sounds: Sounds, segments: Sequence[str], device: torch.device) -> Tensor:
        """Return the vectors of whole clips, one after another."""
        if self.settings.train == "frozen":
            return torch.cat(
                [self.pooling([each.to(device) for each in self._frames(sounds, s, device)]) for s in segments]
            )
        return torch.cat([self.vectors([sounds[segment]], device) for segment in segments])

    def _frames(self, sounds: Sounds, segment: str, device: torch.device) -> list[Tensor]:
        """Return the states of a clip by an encoder that stays as it is: heard once, kept ten frames a second."""
        if segment not in self._kept:
            with torch.no_grad(), mixed(device):
                states = self.backbone(self.backbone.prepared([sounds[segment]]).to(device)).states
            self._kept[segment] = [_in_fives(state).half().cpu() for state in states]
        return [state.float() for state in self._kept[segment]]


def _in_fives(state: Tensor) -> Tensor:
    frames = state.shape[1] // FRAMES_IN_ONE * FRAMES_IN_ONE
    if not frames:
        return state.mean(dim=1, keepdim=True)
    return state[:, :frames].unflatten(1, (-1, FRAMES_IN_ONE)).mean(dim=2)


def as_tensor(array: NDArray[Any], device: torch.device) -> Tensor:
    """Return an array on a device."""
    return torch.from_numpy(np.ascontiguousarray(array)).to(device)
