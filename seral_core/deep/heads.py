"""From the states of an encoder to classes: layers are chosen or weighed, frames pooled, a linear layer decides."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

#: How strongly the middle layer leads where layers are weighed: it starts with four fifths of the sum of five.
LEAD = 3.0
WEIGHTED = "weighted"
POOLS = ("mean-std", "mean", "attention")


class Pooling(nn.Module):
    """States of all layers become one vector a clip.

    Parameters
    ----------
    layers, width : int
        Of the encoder; the input of its first layer is one more state.
    layer : str
        A number, or ``"weighted"``: a sum with weights that are learned.
    pool : {"mean-std", "mean", "attention"}
        Attention starts as the mean: its scores are 0 before they are learned.

    Examples
    --------
    >>> states = [torch.tensor([[[1.0], [3.0]]]), torch.tensor([[[2.0], [8.0]]])]
    >>> Pooling(1, 1, "1", "mean-std")(states)
    tensor([[5., 3.]])
    >>> Pooling(1, 1, "weighted", "attention")(states).shape
    torch.Size([1, 1])
    """

    def __init__(self, layers: int, width: int, layer: str, pool: str) -> None:
        super().__init__()
        self.layer, self.pool = layer, pool
        if layer == WEIGHTED:
            begin = torch.zeros(layers + 1)
            begin[(layers + 1) // 2] = LEAD
            self.weights = nn.Parameter(begin)
        if pool == "attention":
            self.score = nn.Linear(width, 1)
            nn.init.zeros_(self.score.weight)
            nn.init.zeros_(self.score.bias)

    @property
    def learns(self) -> bool:
        """Whether anything here is learned, so that what it gives cannot be kept."""
        return self.layer == WEIGHTED or self.pool == "attention"

    def forward(self, states: Sequence[Tensor]) -> Tensor:
        """Return vectors of shape (clips, width), or twice the width with deviations."""
        if self.layer == WEIGHTED:
            share = torch.softmax(self.weights, dim=0)
            frames = torch.stack([each.float() * weight for each, weight in zip(states, share, strict=True)]).sum(dim=0)
        else:
            frames = states[int(self.layer)].float()
        if self.pool == "attention":
            return (torch.softmax(self.score(frames), dim=1) * frames).sum(dim=1)
        mean = frames.mean(dim=1)
        return mean if self.pool == "mean" else torch.cat([mean, frames.std(dim=1, correction=0)], dim=1)


class Classifier(nn.Module):
    """Dropout and a linear layer on a clip's scaled vector; classes that nobody has labelled are never said.

    Parameters
    ----------
    width, classes : int
        Of the vector; all classes there are.
    dropout : float
        Share of the vector that is left out in training, and by members of the committee.
    """

    def __init__(self, width: int, classes: int, dropout: float) -> None:
        super().__init__()
        self.drop, self.linear = nn.Dropout(dropout), nn.Linear(width, classes)
        self.seen: Tensor
        self.register_buffer("seen", torch.zeros(classes, dtype=torch.bool))

    def forward(self, vectors: Tensor, keep: Tensor | None = None) -> Tensor:
        """Return scores of classes; ``keep``, of shape (width,), is one member's share of the vector."""
        vectors = self.drop(vectors) if keep is None else vectors * keep / (1 - self.drop.p)
        return self.linear(vectors).masked_fill(~self.seen, float("-inf"))
