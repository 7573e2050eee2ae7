"""The convolutional recurrent network: from samples of sound to a value every 40 ms (MixedEmotions D4.2, section 5).

Two layers of filters in time, a rectifier and pooling between them, the largest of every twenty channels, then LSTM
layers. What the paper leaves open: each filter of the second layer hears one filter of the first, as then the network
has 1.4 million weights, of which the paper says "about 1.5"; were each to hear all, it would have 7.6.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor, nn
from torch.nn import functional

from seral_core.deep.devices import drawing_from
from seral_core.deep.padded import Numbers, outputs_of
from seral_core.deep.recurrent import Recurrent
from seral_core.errors import BadPlan
from seral_core.types import Floats

#: Frames that go through at once: 6 s at 25 a second.
FRAMES = 150


class WaveformNetwork(nn.Module):
    """Filters, pooling and LSTM layers; the defaults are the paper's, at 16 kHz and 25 frames per second.

    Parameters
    ----------
    samples : int
        Samples a frame, an even number.
    heads : tuple of int
        As in `Recurrent`.
    filters : int
        Of each layer.
    first, second : int
        Their lengths: 5 ms, and 500 ms after the rate was halved.
    pool : int
        Of so many channels the largest is taken.
    cells, layers, bidirectional
        As in `Recurrent`.
    dropout : float
        Share of what filters put out that is left out in training.
    seed : int
        Of the weights at the beginning.

    Examples
    --------
    >>> network = WaveformNetwork(8, filters=4, first=4, second=10, pool=2, cells=3)
    >>> network(torch.zeros(2, 5, 8), torch.tensor([5, 3])).shape
    torch.Size([2, 5, 1])
    """

    def __init__(
        self, samples: int = 640, heads: tuple[int, ...] = (1,), *, filters: int = 40, first: int = 80,
        second: int = 4000, pool: int = 20, cells: int = 128, layers: int = 2, bidirectional: bool = True,
        dropout: float = 0.5, seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        if samples % 2 or samples < 2 or pool < 1 or filters < pool or filters % pool or min(first, second) < 1:
            raise BadPlan(
                f"got {samples} samples a frame, {filters} filters of {first} and {second} samples, pools of {pool}; "
                "expected an even number of samples, and filters that make whole pools; correct the network"
            )
        self.filters, self.pool = filters, pool
        with drawing_from(seed):
            self.fine = nn.Conv1d(1, filters, first)
            self.long = nn.Conv1d(filters, filters, second, groups=filters)
        self.dropout = nn.Dropout(dropout)
        inputs = filters // pool * samples // 2
        self.recurrent = Recurrent(inputs, heads, cells, layers, bidirectional=bidirectional, seed=seed)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Return the outputs of each frame, of shape (sequences, frames, sum of heads).

        Parameters
        ----------
        features : Tensor of shape (sequences, frames, samples)
            The samples of each frame.
        lengths : int Tensor of shape (sequences,)
            How many frames each has; what lies behind them makes no difference to those.
        """
        return self.recurrent(self.heard(features, lengths), lengths)

    def activations(self, features: Tensor, lengths: Tensor) -> list[Tensor]:
        """Return what the cells of each recurrent layer put out, of shape (sequences, frames, cells)."""
        return self.recurrent.activations(self.heard(features, lengths), lengths)

    def heard(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Return what the filters make of the samples, of shape (sequences, frames, columns)."""
        count, frames, samples = features.shape
        inside = torch.arange(frames, device=lengths.device)[None] < lengths[:, None]
        sound = torch.where(inside[..., None], features, 0.0).reshape(count, 1, frames * samples)
        size = self.fine.kernel_size[0]
        fine = functional.max_pool1d(torch.relu(self.fine(functional.pad(sound, ((size - 1) // 2, size // 2)))), 2)
        fine = torch.where(inside.repeat_interleave(samples // 2, dim=1)[:, None], self.dropout(fine), 0.0)
        long = filtered(fine, self.long.weight[:, 0]) + self.long.bias[:, None]
        largest = long.unflatten(1, (self.filters // self.pool, self.pool)).amax(2)
        return self.dropout(largest).unflatten(2, (frames, samples // 2)).transpose(1, 2).flatten(2)


def filtered(signals: Tensor, filters: Tensor) -> Tensor:
    """Return signals each filtered by one filter, as long as they were; by Fourier transforms, as filters are long.

    Parameters
    ----------
    signals : Tensor of shape (sequences, channels, samples)
        Silence is taken to be before and after.
    filters : Tensor of shape (channels, taps)
        One a channel, as `torch.nn.Conv1d` has them.

    Examples
    --------
    >>> filtered(torch.tensor([[[0.0, 1.0, 0.0, 0.0]]]), torch.tensor([[1.0, 2.0, 3.0]])).round(decimals=4)
    tensor([[[3., 2., 1., 0.]]])
    """
    samples, taps = signals.shape[-1], filters.shape[-1]
    size = next_fast_len(samples + taps - 1, real=True)  # others take three times as long
    spectra = torch.fft.rfft(signals, size) * torch.fft.rfft(filters.flip(-1), size)
    return torch.fft.irfft(spectra, size)[..., taps // 2 : taps // 2 + samples]


def standardised(sound: Numbers) -> Floats:
    """Return the frames of a recording with mean 0 and variance 1, as the network wants them.

    Parameters
    ----------
    sound : array of shape (frames, samples)
        A recording; silence stays silence.

    Examples
    --------
    >>> standardised(np.array([[1.0, 3.0], [1.0, 3.0]]))
    array([[-1.,  1.],
           [-1.,  1.]])
    """
    values = np.asarray(sound, dtype=np.float64)
    return np.asarray((values - values.mean()) / (values.std() or 1.0))


def in_pieces(sequence: Numbers, frames: int = FRAMES) -> list[Numbers]:
    """Cut features or gold of a recording into pieces of so many frames; the last one may be shorter.

    Examples
    --------
    >>> [len(piece) for piece in in_pieces(np.zeros((7, 2)), 3)]
    [3, 3, 1]
    """
    return [sequence[at : at + frames] for at in range(0, len(sequence), frames)]


def waveform_outputs(
    network: nn.Module, recordings: Sequence[Numbers], frames: int = FRAMES, device: str = "cpu"
) -> list[Floats]:
    """Return what a network says of whole recordings, piece by piece.

    Parameters
    ----------
    network : Module
        A `WaveformNetwork`, or a `Cells` of one.
    recordings : sequence of array of shape (frames, samples)
        Standardised.
    frames : int
        Of a piece.
    device : str
        Where to compute.

    Returns
    -------
    list of Floats of shape (frames, outputs)
        One array a recording.

    Examples
    --------
    >>> network = WaveformNetwork(8, filters=4, first=4, second=10, pool=2, cells=3)
    >>> [each.shape for each in waveform_outputs(network, [np.zeros((7, 8))], frames=3)]
    [(7, 1)]
    """
    pieces = [in_pieces(each, frames) for each in recordings]
    outputs = iter(outputs_of(network, [piece for some in pieces for piece in some], device=device))
    return [np.concatenate([next(outputs) for _ in some]) for some in pieces]


class Cells(nn.Module):
    """A network that puts out what its recurrent cells do, layer by layer, in place of its answer.

    Parameters
    ----------
    network : Module
        A `WaveformNetwork` or `Recurrent`.

    Examples
    --------
    >>> cells = Cells(WaveformNetwork(8, filters=4, first=4, second=10, pool=2, cells=3))
    >>> waveform_outputs(cells, [np.zeros((7, 8))])[0].shape
    (7, 12)
    """

    def __init__(self, network: WaveformNetwork | Recurrent) -> None:
        super().__init__()
        self.network = network

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Return activations of shape (sequences, frames, cells of all layers)."""
        return torch.cat(self.network.activations(features, lengths), dim=-1)


def cell_correlations(activations: Floats, curve: Floats) -> Floats:
    """Return Pearson's correlation of each cell with a curve, such as loudness (Figure 6.2).

    Parameters
    ----------
    activations : Floats of shape (frames, cells)
        As `waveform_outputs` gives them of `Cells`.
    curve : Floats of shape (frames,)
        nan where it has no value, such as F0 in silence.

    Returns
    -------
    Floats of shape (cells,)
        In [-1, 1]; 0 for a cell that does nothing, and for all where the curve does not move.

    Examples
    --------
    >>> cell_correlations(np.array([[1.0, 0.0], [2.0, 0.0], [9.0, 0.0]]), np.array([0.5, 0.6, np.nan])).round(3)
    array([1., 0.])
    """
    have = ~np.isnan(curve)
    cells, wanted = activations[have], curve[have]
    if not have.any() or np.ptp(wanted) == 0:
        return np.zeros(cells.shape[1])
    moved, wanted = cells - cells.mean(axis=0), wanted - wanted.mean()
    sizes = np.linalg.norm(moved, axis=0) * np.linalg.norm(wanted)
    found = np.divide(wanted @ moved, sizes, out=np.zeros(len(sizes)), where=np.ptp(cells, axis=0) > 0)
    return np.asarray(found, dtype=np.float64)
