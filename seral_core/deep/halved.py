"""Networks that multiply in half precision: their linear layers in bfloat16, all else as it was."""

from __future__ import annotations

from collections.abc import Collection
from copy import deepcopy
from functools import lru_cache
from typing import Any

from torch import Tensor, nn

from seral_core.deep.folder import Description
from seral_core.deep.load import load

#: Linear layers whose weights a network uses itself, without calling them.
KEPT = {"wavlm": ("q_proj", "k_proj", "v_proj", "out_proj")}


class Halved(nn.Module):
    """A linear layer whose weights and inputs are rounded to bfloat16 before they are multiplied.

    Processors with instructions for bfloat16 (AVX512-BF16, AMX) multiply about twice as fast then; on others it is
    slower. Sums are kept in single precision.

    Parameters
    ----------
    layer : Linear
        In single precision; left as it is.

    Examples
    --------
    >>> import torch
    >>> _ = torch.manual_seed(0)
    >>> layer, x = nn.Linear(64, 4), torch.randn(3, 64)
    >>> bool((Halved(layer)(x) - layer(x)).abs().max() < 0.02)
    True
    """

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.weight = nn.Parameter(layer.weight.bfloat16(), requires_grad=False)
        self.bias = None if layer.bias is None else nn.Parameter(layer.bias.bfloat16(), requires_grad=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the products, in single precision."""
        return nn.functional.linear(x.bfloat16(), self.weight, self.bias).float()


@lru_cache(maxsize=2)
def halved(about: Description, depth: int) -> Any:
    """Return an encoder as `seral_core.deep.load.load` does, with `Halved` in place of its linear layers."""
    return exchanged(deepcopy(load(about, depth)), KEPT.get(about.kind, ()))


def exchanged(network: Any, but: Collection[str] = ()) -> Any:
    """Exchange the linear layers of a frozen network, but those of some names, for `Halved` ones, in place.

    Examples
    --------
    >>> exchanged(nn.Sequential(nn.Linear(2, 2), nn.LayerNorm(2)))
    Sequential(
      (0): Halved()
      (1): LayerNorm((2,), eps=1e-05, elementwise_affine=True, bias=True)
    )
    """
    for name, child in network.named_children():
        if not isinstance(child, nn.Linear):
            exchanged(child, but)
        elif name not in but:
            setattr(network, name, Halved(child))
    return network
