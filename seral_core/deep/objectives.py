"""What an encoder is pre-trained for: Eqs. 1 to 3 of Li et al. (2024), for wav2vec 2.0 and for all others.

The paper leaves most of it open. What was chosen stands beside each equation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from seral_core.deep.backbone import Backbone, Heard

#: Kappa of Eq. 1.
KAPPA = 0.1
#: Kinds of encoders that were pretrained with a quantiser, so that Eq. 1 has something to be contrasted with.
QUANTISED = ("wav2vec2",)


@dataclass
class Tally:
    """What several batches come to: losses, and how well codewords of masked frames are predicted.

    Parameters
    ----------
    counts : Tensor of shape (codebooks, codewords)
        How often each codeword was to be predicted, or was predicted where k-means made them.
    losses : dict
        Sums over masked frames, by name.
    right, frames : float
        Codewords that were predicted as they are, and all.
    """

    counts: Tensor
    wanted: Tensor
    losses: dict[str, float]
    right: float = 0.0
    frames: float = 0.0

    def add(self, other: Tally) -> None:
        """Take another batch in."""
        self.counts, self.wanted = self.counts + other.counts, self.wanted + other.wanted
        self.losses = {name: self.losses.get(name, 0.0) + value for name, value in other.losses.items()}
        self.right, self.frames = self.right + other.right, self.frames + other.frames

    def means(self) -> dict[str, float]:
        """Return ``loss`` and its parts, ``accuracy``, ``chance``, ``perplexity`` and ``codewords``.

        ``accuracy`` is the share of masked frames whose codeword is predicted, ``chance`` what naming the most
        frequent one always would give, and ``perplexity`` how many codewords are in use, of ``codewords``: that
        accuracy rises means little while perplexity falls.
        """
        frames = max(self.frames, 1.0)
        wanted = self.wanted / self.wanted.sum(dim=1, keepdim=True).clamp(min=1)
        used = self.counts / self.counts.sum(dim=1, keepdim=True).clamp(min=1)
        entropy = -torch.xlogy(used, used).sum(dim=1)
        return {
            **{name: value / frames for name, value in self.losses.items()},
            "accuracy": self.right / frames, "chance": float(wanted.max(dim=1).values.mean()),
            "perplexity": float(entropy.exp().mean()), "codewords": float(self.counts.shape[1]),
        }  # fmt: skip


class Contrastive(nn.Module):
    """wav2vec 2.0: L_cl (Eq. 1) + L_rl (Eq. 2), and the diversity of codewords.

    Eq. 1 sums over frames i, and below the fraction over all j = 1 .. n. Here n are the masked frames of the same
    clip, as in wav2vec 2.0, whose negatives never come from other clips: telling speakers apart would be too easy.
    Frames with the same codeword as i are no negatives. The mean over masked frames is taken in place of the sum,
    so that batches weigh alike.

    Eq. 2 asks for the codeword of each masked frame, once for each codebook; the paper does not say by what it is
    predicted: here by one linear layer on the context.

    Eq. 3 adds both. The diversity loss of wav2vec 2.0 is kept, with the weight of the model's configuration: without
    it codewords fall out of use, and both losses fall with them.

    Parameters
    ----------
    backbone : Backbone
        A wav2vec 2.0. Its quantiser is filled from ``found`` where its folder has one.
    found : dict
        Further weights of the model, by their names.

    References
    ----------
    .. [1] Li et al., Active learning with task adaptation pre-training for speech emotion recognition, 2024.
    .. [2] Baevski et al., wav2vec 2.0: a framework for self-supervised learning of speech representations, NeurIPS
       2020.
    """

    def __init__(self, backbone: Backbone, found: dict[str, Tensor]) -> None:
        super().__init__()
        from transformers import Wav2Vec2Config
        from transformers.models.wav2vec2.modeling_wav2vec2 import Wav2Vec2GumbelVectorQuantizer

        config: Any = Wav2Vec2Config(**backbone.about.config)
        self.weight = float(config.diversity_loss_weight)
        self.quantizer = Wav2Vec2GumbelVectorQuantizer(config)
        nn.init.normal_(self.quantizer.weight_proj.weight, 0.0, 1.0)
        nn.init.zeros_(self.quantizer.weight_proj.bias)
        nn.init.uniform_(self.quantizer.codevectors)
        self.project_q = nn.Linear(config.codevector_dim, config.proj_codevector_dim)
        self.project_hid = nn.Linear(config.hidden_size, config.proj_codevector_dim)
        own = self.state_dict()
        self.load_state_dict({name: found[name] for name in own if name in found}, strict=False)
        self.groups, self.words = config.num_codevector_groups, config.num_codevectors_per_group
        self.guess = nn.Linear(config.hidden_size, self.groups * self.words)

    def forward(self, heard: Heard, mask: Tensor, codes: Tensor | None = None) -> tuple[Tensor, Tally]:
        """Return the loss of a batch, and its tally; ``codes`` are the quantiser's own here."""
        assert heard.convolved is not None
        quantised, spread = self.quantizer(heard.convolved, mask)
        target, context = self.project_q(quantised)[mask].float(), self.project_hid(heard.last)[mask].float()
        with torch.no_grad():
            found = self.quantizer.weight_proj(heard.convolved)[mask].view(-1, self.groups, self.words).argmax(dim=-1)
        contrast = functional.cross_entropy(
            _similar(context, target, mask), torch.arange(len(target), device=mask.device)
        )
        guessed = self.guess(heard.last)[mask].view(-1, self.groups, self.words).float()
        rebuilt = functional.cross_entropy(guessed.flatten(0, 1), found.flatten())
        diversity = 1 - spread.float() / (self.groups * self.words)
        loss = contrast + rebuilt + self.weight * diversity
        parts = {"loss": loss, "contrastive": contrast, "reconstruction": rebuilt, "diversity": diversity}
        return loss, _tally(parts, guessed.argmax(dim=-1), found, self.words, used=found)


class MaskedPrediction(nn.Module):
    """HuBERT and all others: the codeword of each masked frame, by cross-entropy (Eq. 2 alone).

    They have no quantiser, so there is nothing for Eq. 1. Section 5.6 gives HuBERT codewords by k-means and 20 % of
    the frames masked; Whisper's encoder, WavLM and data2vec-audio are treated alike. A linear layer predicts, in
    place of the cosine to learned embeddings of the codewords.

    Parameters
    ----------
    backbone : Backbone
        Any encoder.
    words : int
        How many codewords there are.

    References
    ----------
    .. [1] Hsu et al., HuBERT: self-supervised speech representation learning by masked prediction of hidden units,
       IEEE/ACM TASLP 29, 2021.
    """

    def __init__(self, backbone: Backbone, words: int) -> None:
        super().__init__()
        self.words = words
        self.guess = nn.Linear(backbone.about.width, words)

    def forward(self, heard: Heard, mask: Tensor, codes: Tensor | None = None) -> tuple[Tensor, Tally]:
        """Return the loss of a batch with these codewords, of shape (clips, frames), and its tally."""
        assert codes is not None
        wanted, guessed = codes[mask], self.guess(heard.last)[mask].float()
        loss = functional.cross_entropy(guessed, wanted)
        best = guessed.argmax(dim=-1)
        return loss, _tally({"loss": loss}, best[:, None], wanted[:, None], self.words, used=best[:, None])


def _similar(context: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Return sim(z_i^c, z_j^q) / kappa for all pairs of masked frames, minus infinity where j is no negative of i."""
    cosine = functional.normalize(context, dim=-1) @ functional.normalize(target, dim=-1).T / KAPPA
    clip = torch.arange(len(mask), device=mask.device)[:, None].expand_as(mask)[mask]
    alike = (target[:, None] == target[None]).all(dim=-1)
    out = (clip[:, None] != clip[None]) | (alike & ~torch.eye(len(target), dtype=torch.bool, device=mask.device))
    return cosine.masked_fill(out, -math.inf)


def _tally(parts: dict[str, Tensor], guessed: Tensor, wanted: Tensor, words: int, used: Tensor) -> Tally:
    frames = len(wanted)
    hits = float((guessed == wanted).float().mean(dim=1).sum())
    counts, asked = (
        torch.stack([torch.bincount(column, minlength=words) for column in of.T.cpu()]).double()
        for of in (used, wanted)
    )
    return Tally(
        counts, asked, {name: float(value.detach()) * frames for name, value in parts.items()}, hits, float(frames)
    )
