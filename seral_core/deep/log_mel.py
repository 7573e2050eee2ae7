"""The input of Whisper: its log-mel spectrogram, on the clip's own length instead of 30 seconds."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from seral_core.features.audio import Signal
from seral_core.features.fourier import mel_bank

#: Samples of a window, and from one frame to the next: 25 and 10 ms.
WINDOW, HOP = 400, 160
#: Frames whose spectra are held at once.
BLOCK = 3_000

Floats32 = NDArray[np.float32]


def log_mel(signal: Signal, bands: int = 80) -> Floats32:
    """Return the frames of a clip as Whisper's own feature extractor gives them, without the padding to 30 s.

    Parameters
    ----------
    signal : float32 array of shape (samples,)
        At 16 kHz, at least 100 ms.
    bands : int
        Number of mel bands.

    Returns
    -------
    float32 array of shape (bands, frames)
        100 frames per second.

    Examples
    --------
    >>> log_mel(np.ones(16_000, np.float32)).shape
    (80, 100)
    """
    frames = -(-len(signal) // HOP)
    # Two frames more: the loudest frame sets the floor, and windows reach over the end of the clip.
    centres = frames + 2
    padded = np.concatenate([signal[WINDOW // 2 : 0 : -1], signal, np.zeros(3 * WINDOW, np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:centres]
    power = np.concatenate([_bands(windows[at : at + BLOCK], bands) for at in range(0, centres, BLOCK)])
    level = np.log10(np.maximum(power, 1e-10))
    level = np.maximum(level, level.max() - 8.0)
    return np.ascontiguousarray(((level[:frames] + 4.0) / 4.0).T, dtype=np.float32)


def _bands(windows: Floats32, bands: int) -> Floats32:
    from scipy.fft import rfft

    spectra = rfft(windows * _hann(), axis=1)  # scipy keeps to single precision
    return np.asarray((spectra.real**2 + spectra.imag**2) @ _filters(bands), dtype=np.float32)


@cache
def _hann() -> Floats32:
    return np.hanning(WINDOW + 1)[:-1].astype(np.float32)


@cache
def _filters(bands: int) -> Floats32:
    return mel_bank(bands, WINDOW).T
