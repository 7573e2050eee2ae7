"""The network on samples of sound: filters as torch has them, padding, sizes of the paper, cells and loudness."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="torch is not installed: pip install -e '.[deep]'")

import torch
from torch import nn

from seral_core.deep.concordance import total_concordance
from seral_core.deep.padded import padded
from seral_core.deep.sequence_training import SequenceTraining, fit
from seral_core.deep.waveform_network import (
    Cells,
    WaveformNetwork,
    cell_correlations,
    filtered,
    in_pieces,
    standardised,
    waveform_outputs,
)
from seral_core.errors import BadPlan
from seral_core.scores.metrics import ccc, pcc

TINY: dict[str, Any] = {"filters": 4, "first": 5, "second": 12, "pool": 2, "cells": 4}


def sounds(count: int, frames: int = 60, seed: int = 0) -> list[tuple[Any, Any]]:
    """Noise of 16 samples a frame that grows and falls; gold is how loud it is."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(count):
        loud = 1 + np.convolve(rng.normal(size=frames), np.ones(9) / 5, "same")[:, None].clip(-0.9, 2)
        found.append((standardised(loud * rng.normal(size=(frames, 16))), loud))
    return found


@pytest.mark.parametrize("taps", [1, 2, 5, 12, 40])
def test_filters_by_fourier_transforms_are_those_of_torch(taps: int) -> None:
    torch.manual_seed(0)
    layer, signals = nn.Conv1d(3, 3, taps, groups=3, bias=False), torch.randn(2, 3, 30)
    wanted = layer(nn.functional.pad(signals, (taps - 1 - taps // 2, taps // 2)))
    assert torch.allclose(filtered(signals, layer.weight[:, 0]), wanted, atol=1e-5)


def test_a_sequence_alone_and_padded_in_a_batch_has_the_same_outputs() -> None:
    some = [torch.randn(frames, 16, generator=torch.Generator().manual_seed(frames)) for frames in (7, 12, 1)]
    network = WaveformNetwork(16, **TINY).eval()
    together, lengths = padded(some, 1e3)
    outputs = network(together, lengths)
    for i, each in enumerate(some):
        alone = network(each[None], torch.tensor([len(each)]))
        assert torch.allclose(alone[0], outputs[i, : len(each)], atol=1e-5)


def test_the_network_of_the_paper_makes_150_steps_of_six_seconds() -> None:
    network = WaveformNetwork().eval()
    lengths = torch.tensor([150])
    with torch.inference_mode():
        heard = network.heard(torch.zeros(1, 150, 640), lengths)
        layers = [layer.shape for layer in network.recurrent.activations(heard, lengths)]
    # 96,000 samples, halved, of two channels: 640 numbers a step.
    assert heard.shape == (1, 150, 640)
    assert layers == [(1, 150, 256)] * 2
    assert sum(weights.numel() for weights in network.parameters()) == pytest.approx(1.4e6, rel=0.05)


def test_it_learns_loudness_from_samples_and_cells_follow_it() -> None:
    train, dev = sounds(6), sounds(2, seed=1)

    def agreement(outputs: list[Any], gold: list[Any]) -> float:
        return ccc(np.concatenate(gold)[:, 0], np.concatenate(outputs)[:, 0])

    settings = SequenceTraining(rate=0.02, batch=6, epochs=25, schedule="plateau", patience=25)
    network = WaveformNetwork(16, **TINY, dropout=0.1)
    fitted = fit(network, train, dev, total_concordance, agreement, settings)
    (sound, loud) = sounds(1, frames=100, seed=2)[0]
    (found,) = waveform_outputs(fitted.network, [sound], frames=30)
    assert ccc(loud[:, 0], found[:, 0]) > 0.4
    (cells,) = waveform_outputs(Cells(fitted.network), [sound], frames=30)
    assert cells.shape == (100, 2 * 2 * 4)
    assert np.abs(cell_correlations(cells, loud[:, 0])).max() > 0.5


def test_correlations_of_cells_are_pearsons_and_0_where_nothing_moves() -> None:
    rng = np.random.default_rng(0)
    cells, curve = rng.normal(size=(50, 4)), rng.normal(size=50)
    cells[:, 2] = 0.3
    curve[7:12] = np.nan
    have = ~np.isnan(curve)
    wanted = [pcc(curve[have], cell[have]) for cell in cells.T]
    np.testing.assert_allclose(cell_correlations(cells, curve), wanted, atol=1e-12)
    assert cell_correlations(cells, curve)[2] == 0
    assert not cell_correlations(cells, np.full(50, np.nan)).any()
    assert not cell_correlations(cells, np.ones(50)).any()


def test_pieces_are_put_together_in_their_order() -> None:
    class Same(nn.Module):
        def forward(self, features: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
            return features

    recordings = [np.arange(14.0).reshape(7, 2), np.arange(6.0).reshape(3, 2)]
    found = waveform_outputs(Same(), recordings, frames=3)
    assert all(np.array_equal(a, b) for a, b in zip(found, recordings, strict=True))
    assert [len(piece) for piece in in_pieces(recordings[0], 3)] == [3, 3, 1]


def test_silence_stays_silence() -> None:
    assert not standardised(np.full((3, 4), 0.5)).any()


@pytest.mark.parametrize("wrong", [{"samples": 15}, {"filters": 5}, {"pool": 0}, {"filters": 1}, {"second": 0}])
def test_a_network_whose_pools_do_not_come_out_even_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(BadPlan, match="filters that make whole pools"):
        WaveformNetwork(**{"samples": 16, **TINY, **wrong})
