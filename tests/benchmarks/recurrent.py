"""Training on sequences, against a loop as one writes it by hand in PyTorch: one epoch each, in processor time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from seral_core.deep.concordance import sum_of_concordance
from seral_core.deep.recurrent import Recurrent
from seral_core.deep.sequence_training import SequenceTraining, fit
from tests.benchmarks.cases import Case

COLUMNS, LAYERS, CELLS, TARGETS = 160, 5, 80, 2


class Plain(nn.Module):
    """Torch's own stack of layers, with packed sequences where lengths differ."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.LSTM(COLUMNS, CELLS, LAYERS, batch_first=True, bidirectional=True)
        self.linear = nn.Linear(2 * CELLS, TARGETS)

    def forward(self, features: Any, lengths: Any) -> Any:
        packed = nn.utils.rnn.pack_padded_sequence(features, lengths, batch_first=True, enforce_sorted=False)
        return self.linear(nn.utils.rnn.pad_packed_sequence(self.layers(packed)[0], batch_first=True)[0])


def recordings(lengths: list[int]) -> list[tuple[Any, Any]]:
    """Made-up frames and gold."""
    rng = np.random.default_rng(0)
    sizes = ((length, columns) for length in lengths for columns in (COLUMNS, TARGETS))
    parts = [rng.standard_normal(size, dtype=np.float32) for size in sizes]
    return list(zip(parts[::2], parts[1::2], strict=True))


def by_hand(data: list[tuple[Any, Any]], batch: int) -> Callable[[], list[int]]:
    """Return an epoch of the plain loop: recordings in a random order, padded, with a mask."""

    def epoch() -> list[int]:
        torch.manual_seed(0)
        network = Plain()
        optimiser = torch.optim.Adam(network.parameters(), lr=0.002)
        order = torch.randperm(len(data)).tolist()
        for at in range(0, len(order), batch):
            some = [data[row] for row in order[at : at + batch]]
            features, gold = (
                nn.utils.rnn.pad_sequence([torch.from_numpy(each[i]) for each in some], True, math.nan) for i in (0, 1)
            )
            output = network(features.nan_to_num(), torch.tensor([len(each[0]) for each in some]))
            known = ~gold.isnan()
            optimiser.zero_grad()
            sum_of_concordance(output, gold.nan_to_num(), known).backward()
            optimiser.step()
        return []

    return epoch


def ours(data: list[tuple[Any, Any]], batch: int) -> Callable[[], list[int]]:
    """Return the same by `fit`."""

    def epoch() -> list[int]:
        settings = SequenceTraining(batch=batch, epochs=1, schedule="fixed")
        network = Recurrent(COLUMNS, (1,) * TARGETS, CELLS, LAYERS)
        fit(network, data, [], sum_of_concordance, lambda *_: 0.0, settings)
        return []

    return epoch


def one_by_one() -> Case:
    """The epoch of Le et al.: nine recordings of five minutes, one a step."""
    data = recordings([7_500] * 9)
    return Case("BLSTM 5 x 80+80, an epoch of 9 x 7,500 frames", by_hand(data, 1), ours(data, 1), 0.9, times=1)


def by_length() -> Case:
    """Recordings of other lengths in batches, where packed sequences are slow in the backward pass."""
    data = recordings(np.random.default_rng(1).integers(75, 375, 27).tolist())
    return Case("BLSTM 5 x 80+80, 27 of 75-375 frames by 9", by_hand(data, 9), ours(data, 9), 4.0, times=2)
