"""Fourier magnitudes and mel bands, bit for bit those of librosa, whose first import compiles for half a minute."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from seral_core.features.audio import RATE_HZ, Signal

#: Frames that are transformed at once.
BLOCK = 2_000


def magnitudes(signal: Signal, samples: int, window: int, hop: int) -> NDArray[np.float32]:
    """Return the magnitudes of the short-time Fourier transform; beyond its ends the signal is silent.

    Parameters
    ----------
    signal : float32 array of shape (samples,)
        Mono samples.
    samples : int
        Length of the transform: even.
    window : int
        Length of the Hann window in its middle.
    hop : int
        Samples from one frame to the next; frame ``i`` is centred at sample ``i * hop``.

    Returns
    -------
    float32 array of shape (samples // 2 + 1, frames)
        A column each hop.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(16_000) / 16_000).astype(np.float32)
    >>> found = magnitudes(tone, 512, 400, 160)
    >>> found.shape, int(found[:, 50].argmax()) * 16_000 / 512
    ((257, 101), 1000.0)
    """
    around = (samples - window) // 2
    hann = 0.5 + 0.5 * np.cos(np.linspace(-np.pi, np.pi, window + 1)[:-1])
    weights = np.pad(hann, (around, samples - window - around))
    frames = sliding_window_view(np.pad(signal, samples // 2), samples)[::hop]
    found = np.empty((samples // 2 + 1, len(frames)), dtype=np.float32, order="F")
    for at in range(0, len(frames), BLOCK):
        transformed = np.fft.rfft(frames[at : at + BLOCK] * weights, axis=1)
        found[:, at : at + BLOCK] = np.abs(transformed.astype(np.complex64)).T
    return found


def mel_bank(bands: int, samples: int, low_hz: float = 0.0, high_hz: float = RATE_HZ / 2) -> NDArray[np.float32]:
    """Return the weights of mel bands in a power spectrum: triangles of equal area on Slaney's scale.

    Parameters
    ----------
    bands : int
        Number of bands.
    samples : int
        Length of the transform.
    low_hz, high_hz : float
        Lower edge of the first band and upper edge of the last, in Hz.

    Returns
    -------
    float32 array of shape (bands, samples // 2 + 1)
        A row for each band.

    References
    ----------
    .. [1] Slaney, Auditory toolbox, technical report 1998-010, Interval Research Corporation, 1998.

    Examples
    --------
    >>> mel_bank(40, 512, 50, 7600).shape
    (40, 257)
    """
    low, high = _mels(np.array([low_hz, high_hz])).tolist()
    edges = _hz(np.linspace(low, high, bands + 2))
    ramps = np.subtract.outer(edges, np.fft.rfftfreq(samples, 1 / RATE_HZ))
    widths = np.diff(edges)[:, None]
    bank = np.maximum(0, np.minimum(-ramps[:-2] / widths[:-1], ramps[2:] / widths[1:])).astype(np.float32)
    bank *= (2 / (edges[2:] - edges[:-2]))[:, None]
    return np.asarray(bank)


#: Slaney's scale is straight up to 1 kHz, 15 mel, and logarithmic above.
STEP_HZ, STRAIGHT_HZ, LOG_STEP = 200 / 3, 1000.0, np.log(6.4) / 27


def _mels(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    above = STRAIGHT_HZ / STEP_HZ + np.log(np.maximum(hz, STRAIGHT_HZ) / STRAIGHT_HZ) / LOG_STEP
    return np.where(hz >= STRAIGHT_HZ, above, hz / STEP_HZ)


def _hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    straight = STRAIGHT_HZ / STEP_HZ
    above = STRAIGHT_HZ * np.exp(LOG_STEP * (np.maximum(mels, straight) - straight))
    return np.where(mels >= straight, above, STEP_HZ * mels)
