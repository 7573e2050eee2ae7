"""The frames of an encoder's layers for a clip, on the clip's own length and, where it is long, piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from seral_core.deep.folder import Description
from seral_core.deep.halved import halved
from seral_core.deep.load import load
from seral_core.deep.log_mel import log_mel
from seral_core.features.audio import RATE_HZ, Signal

#: Longest piece that goes through a network at once, and what neighbouring pieces share on either side, in seconds.
PIECE_S, MARGIN_S = 20.0, 1.0

Frames = NDArray[np.float32]


def frames_of(
    about: Description, signal: Signal, layer: int, piece_s: float = PIECE_S, *, halve: bool = False
) -> Iterator[Frames]:
    """Yield the frames of one layer, or the mean of all, in pieces that follow one another.

    Parameters
    ----------
    about : Description
        The model.
    signal : float32 array of shape (samples,)
        At 16 kHz.
    layer : int
        From 0, the input of the first layer, to the number of layers; -1 for the mean over all but the input.
    piece_s : float
        Length of a piece, in seconds.
    halve : bool
        Whether linear layers multiply in half precision.

    Yields
    ------
    float32 array of shape (frames, width)
    """
    depth, whisper = about.layers if layer < 0 else layer, about.kind == "whisper"
    network: Any = (halved if halve else load)(about, max(depth, 1))
    with one_torch_thread(), torch.inference_mode():
        for piece, start, stop in _pieces(about, signal, piece_s):
            states = network(piece) if whisper else network(piece, output_hidden_states=True).hidden_states
            chosen = torch.stack(states[1:]).mean(dim=0) if layer < 0 else states[layer]
            yield chosen[0, start:stop].numpy()


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Have torch compute on one thread; afterwards on as many as before.

    Examples
    --------
    >>> with one_torch_thread():
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _pieces(about: Description, signal: Signal, piece_s: float) -> Iterator[tuple[Tensor, int, int]]:
    """Yield what a network takes at once, and which of the frames that come out are wanted."""
    hop = about.hop
    if about.kind == "whisper":
        sound = log_mel(signal, int(about.config.get("num_mel_bins", 80)))
        per_frame, beyond, total = hop // 160, 0, -(-sound.shape[-1] * 160 // hop)
        piece_s = min(piece_s, about.config.get("max_source_positions", 1500) * hop / RATE_HZ)
    else:
        sound = (signal - signal.mean()) / np.sqrt(signal.var() + 1e-7) if about.normalises else signal
        per_frame, beyond, total = hop, _reach(about) - hop, (len(signal) - _reach(about)) // hop + 1
    whole = int(piece_s * RATE_HZ / hop)
    margin = min(int(MARGIN_S * RATE_HZ / hop), whole // 4)
    step = whole - 2 * margin
    if total <= whole:
        yield torch.from_numpy(np.ascontiguousarray(sound))[None], 0, total
        return
    for start in range(0, total, step):
        stop = min(start + step, total)
        first, last = max(start - margin, 0), min(stop + margin, total)
        part = sound[..., first * per_frame : last * per_frame + beyond]
        yield torch.from_numpy(np.ascontiguousarray(part))[None], start - first, stop - first


def _reach(about: Description) -> int:
    """Return how many samples one frame hears."""
    reach, hop = 1, 1
    for kernel, stride in zip(about.config["conv_kernel"], about.config["conv_stride"], strict=True):
        reach += (kernel - 1) * hop
        hop *= stride
    return reach
