"""Sequences of several lengths as one array, and what a network says of each of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from seral_core.deep.devices import device_of, drawing_from
from seral_core.types import Floats

Numbers: TypeAlias = NDArray[np.floating]


def padded(sequences: Sequence[Tensor], value: float = 0.0) -> tuple[Tensor, Tensor]:
    """Return sequences of shape (frames, columns) as one array, and their lengths.

    Parameters
    ----------
    sequences : sequence of Tensor
        All with the same columns.
    value : float
        What lies behind the end of the shorter ones.

    Examples
    --------
    >>> padded([torch.ones(2, 1), torch.ones(3, 1)])[0][..., 0]
    tensor([[1., 1., 0.],
            [1., 1., 1.]])
    """
    lengths = torch.tensor([len(each) for each in sequences], device=sequences[0].device)
    return nn.utils.rnn.pad_sequence(list(sequences), batch_first=True, padding_value=value), lengths


def outputs_of(network: nn.Module, features: Sequence[Numbers], batch: int = 8, device: str = "cpu") -> list[Floats]:
    """Return what a network says of sequences, in their order.

    Parameters
    ----------
    network : Module
        Takes features of shape (sequences, frames, columns) and the length of each sequence.
    features : sequence of array of shape (frames, columns)
        Of any length; those of like length go through together.
    batch : int
        Sequences at once.
    device : str
        Where to compute.

    Returns
    -------
    list of Floats of shape (frames, outputs)
        One array a sequence.

    Examples
    --------
    >>> from seral_core.deep.recurrent import Recurrent
    >>> [each.shape for each in outputs_of(Recurrent(2, cells=3, layers=1), [np.zeros((5, 2)), np.zeros((3, 2))])]
    [(5, 1), (3, 1)]
    """
    place, found = device_of(device), [np.zeros((0, 0))] * len(features)
    order = np.argsort([len(each) for each in features], kind="stable")
    network.to(place).eval()
    for at in range(0, len(order), batch):
        rows = order[at : at + batch].tolist()
        with drawing_from(0), torch.inference_mode():
            together, lengths = padded([as_sequence(features[row], place) for row in rows])
            outputs = network(together, lengths).double().cpu().numpy()
        for row, each in zip(rows, outputs, strict=True):
            found[row] = each[: len(features[row])]
    return found


def as_sequence(values: Numbers, device: torch.device) -> Tensor:
    """Return an array on a device, in single precision.

    Examples
    --------
    >>> as_sequence(np.array([[0.5]]), torch.device("cpu"))
    tensor([[0.5000]])
    """
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)).to(device)
