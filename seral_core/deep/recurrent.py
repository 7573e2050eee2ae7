"""Layers of LSTM cells over sequences of any length, with one output or several classes a frame."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seral_core.deep.devices import drawing_from
from seral_core.errors import BadPlan


class Recurrent(nn.Module):
    """LSTM layers, one direction or both, and a linear layer on the last.

    Parameters
    ----------
    inputs : int
        Numbers a frame.
    heads : tuple of int
        How many outputs each head has: 1 for a value, the number of classes for a discretisation.
    cells : int
        LSTM cells a layer and direction.
    layers : int
        How many lie on one another.
    bidirectional : bool
        Whether each layer also reads backward in time.
    noise : float
        Standard deviation of the Gaussian noise that is added to inputs in training.
    start : float
        Weights begin uniform in [-start, start]; 0 for torch's usual start.
    seed : int
        Of the weights at the beginning.

    Examples
    --------
    >>> network = Recurrent(4, heads=(1, 1), cells=3, layers=2)
    >>> network(torch.zeros(2, 5, 4), torch.tensor([5, 3])).shape
    torch.Size([2, 5, 2])
    """

    def __init__(
        self, inputs: int, heads: tuple[int, ...] = (1,), cells: int = 80, layers: int = 5, *,
        bidirectional: bool = True, noise: float = 0.0, start: float = 0.0, seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        if min(inputs, cells, layers, *heads, len(heads)) < 1 or noise < 0:
            raise BadPlan(
                f"got {inputs} inputs, {cells} cells, {layers} layers, heads {heads} and noise {noise:g}; expected one "
                "or more of each and noise of 0 or more; correct the network"
            )
        self.heads, self.noise = heads, noise
        width = cells * (2 if bidirectional else 1)
        sizes = [inputs, *[width] * (layers - 1)]
        with drawing_from(seed):
            self.forwards = nn.ModuleList(nn.LSTM(size, cells, batch_first=True) for size in sizes)
            self.backwards = nn.ModuleList(nn.LSTM(size, cells, batch_first=True) for size in sizes if bidirectional)
            self.linear = nn.Linear(width, sum(heads))
            for weights in self.parameters() if start else ():
                nn.init.uniform_(weights, -start, start)

    def extra_repr(self) -> str:
        """Return what weights and layers do not say."""
        return f"noise={self.noise:g}"

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Return the outputs of each frame, of shape (sequences, frames, sum of heads).

        Parameters
        ----------
        features : Tensor of shape (sequences, frames, inputs)
            Anything behind the end of a sequence.
        lengths : int Tensor of shape (sequences,)
            How many frames each has; what lies behind them makes no difference to those.
        """
        if self.training and self.noise:
            features = features + self.noise * torch.randn_like(features)
        return self.linear(self.activations(features, lengths)[-1])

    def activations(self, features: Tensor, lengths: Tensor) -> list[Tensor]:
        """Return what the cells of each layer put out, of shape (sequences, frames, cells); backward ones come last.

        Parameters
        ----------
        features, lengths
            As in `forward`.
        """
        backward = _backward_in_time(features.shape[1], lengths)
        found: list[Tensor] = []
        for number, layer in enumerate(self.forwards):
            before = found[-1] if found else features
            after = layer(before)[0]
            if len(self.backwards):
                turned = self.backwards[number](_placed(before, backward))[0]
                after = torch.cat([after, _placed(turned, backward)], dim=-1)
            found.append(after)
        return found


def _backward_in_time(frames: int, lengths: Tensor) -> Tensor | None:
    """Return where each frame lies when every sequence is turned round; None where all are equally long.

    Torch has packed sequences for this, which it takes step by step: in batches, layers over whole arrays are faster.
    """
    if bool((lengths == frames).all()):
        return None
    place, length = torch.arange(frames, device=lengths.device)[None], lengths[:, None]
    return torch.where(place < length, length - 1 - place, place)


def _placed(sequences: Tensor, places: Tensor | None) -> Tensor:
    if places is None:
        return sequences.flip(1)
    return sequences.gather(1, places[..., None].expand_as(sequences))
