"""Pitch: fundamental frequency and periodicity of every frame, by YIN."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from seral_core.features.audio import RATE_HZ, Signal

LOW_HZ, HIGH_HZ = 62.5, 500.0
WINDOW = 512
FFT = 1024
LAGS = int(RATE_HZ / LOW_HZ)


def yin(signal: Signal, hop: int = 160, threshold: float = 0.15) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return fundamental frequency and aperiodicity of each frame.

    All frames are worked out at once, and the depth of the dip comes along, which voicing is
    decided from.

    Parameters
    ----------
    signal : float32 array of shape (samples,)
        Mono samples at 16 kHz.
    hop : int
        Samples from one frame to the next; frame ``i`` is centred at sample ``i * hop``.
    threshold : float
        The first dip of the normalised difference below it is taken, else the deepest.

    Returns
    -------
    f0_hz : float32 array of shape (frames,)
        In [62.5, 500] Hz, also where the frame is not voiced.
    aperiodicity : float32 array of shape (frames,)
        Depth of the dip: near 0 for a periodic frame, near 1 for noise.

    References
    ----------
    .. [1] De Cheveigne and Kawahara, YIN, a fundamental frequency estimator for speech and music,
       Journal of the Acoustical Society of America 111(4), 2002.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 200 * np.arange(16_000) / 16_000).astype(np.float32)
    >>> f0_hz, aperiodicity = yin(tone)
    >>> bool(abs(f0_hz[50] - 200) < 0.5), bool(aperiodicity[50] < 0.01)
    (True, True)
    """
    dips = _normalised_difference(signal, hop)
    first = int(RATE_HZ / HIGH_HZ)
    lag = _dip(dips, first, threshold)
    row = np.arange(len(dips))
    left, mid, right = dips[row, lag - 1], dips[row, lag], dips[row, lag + 1]
    bend = left + right - 2 * mid
    shift = np.where(bend > 1e-9, 0.5 * (left - right) / np.where(bend > 1e-9, bend, 1), 0)
    f0_hz = RATE_HZ / (lag + np.clip(shift, -0.5, 0.5))
    return f0_hz.clip(LOW_HZ, HIGH_HZ).astype(np.float32), mid.clip(0, 1).astype(np.float32)


def _normalised_difference(signal: Signal, hop: int) -> NDArray[np.float32]:
    """Return the cumulative-mean-normalised difference of each frame, of shape (frames, LAGS + 1)."""
    from scipy import fft

    length = WINDOW + LAGS
    padded = np.pad(signal, (length // 2, length))
    count = len(signal) + 1
    frames = sliding_window_view(padded, length)[:count:hop]
    head = fft.rfft(frames[:, :WINDOW], FFT)
    product = fft.irfft(np.conj(head) * fft.rfft(frames, FFT), FFT)[:, : LAGS + 1]
    sums = np.pad(np.cumsum(np.square(padded, dtype=np.float64)), (1, 0))
    energy = sliding_window_view(sums[WINDOW:] - sums[:-WINDOW], LAGS + 1)[:count:hop]
    difference = np.maximum(energy[:, :1] + energy - 2 * product, 0).astype(np.float32)
    mean = np.cumsum(difference[:, 1:], axis=1) / np.arange(1, LAGS + 1, dtype=np.float32)
    result = np.ones_like(difference)
    np.divide(difference[:, 1:], mean, out=result[:, 1:], where=mean > 1e-10)
    return np.asarray(result, dtype=np.float32)


def _dip(dips: NDArray[np.float32], first: int, threshold: float) -> NDArray[np.intp]:
    """Return the lag of each frame: its first dip below the threshold, else its deepest."""
    inner = dips[:, first:-1]
    is_dip = (inner <= dips[:, first - 1 : -2]) & (inner < dips[:, first + 1 :])
    deep = is_dip & (inner < threshold)
    lag = np.where(deep.any(axis=1), deep.argmax(axis=1), np.where(is_dip, inner, 2 + inner).argmin(axis=1))
    return np.asarray(lag + first, dtype=np.intp)
