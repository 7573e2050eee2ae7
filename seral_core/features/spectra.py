"""Spectra at steps in time: log energies of mel bands and cepstral coefficients, windows of 25 ms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.descriptors import DEPTH_DB, FFT, MELS, mel_bank
from seral_core.features.framing import STEPS_HZ, frames_in, seconds_of
from seral_core.types import Ints

Floats32 = NDArray[np.float32]

#: Samples of a window: 25 ms.
WINDOW = 400
CEPSTRA = 13
#: Windows that are turned into spectra at once, so that memory is bounded.
_AT_ONCE = 4096


def log_mel(signal: Signal, steps_hz: float = STEPS_HZ) -> Floats32:
    """Return natural logs of the energies of 40 mel bands, a row per step.

    Step ``j`` is the part from ``j / steps_hz`` to ``(j + 1) / steps_hz``, and its window of 25 ms (Hann) is centred on
    it; at the ends the recording goes on mirrored. Energies more than 80 dB below the recording's highest count as
    that far, so that digital silence and a quiet room are alike.

    Parameters
    ----------
    signal : float32 array of shape (samples,)
        Mono samples at 16 kHz.
    steps_hz : float
        Steps per second.

    Returns
    -------
    float32 array of shape (steps, 40)

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(16_000) / 16_000).astype(np.float32)
    >>> energies = log_mel(tone)
    >>> energies.shape, int(energies[50].argmax()), bool(np.ptp(energies[5:95].max(axis=1)) < 0.1)
    ((100, 40), 4, True)
    """
    steps = frames_in(seconds_of(len(signal)), steps_hz)
    centres = np.rint((np.arange(steps) + 0.5) / steps_hz * RATE_HZ).astype(np.intp)
    energies = np.empty((steps, MELS), np.float32)
    for at in range(0, steps, _AT_ONCE):
        energies[at : at + _AT_ONCE] = _energies(signal, centres[at : at + _AT_ONCE])
    floor = energies.max(initial=0.0) * np.float32(10 ** (-DEPTH_DB / 10))
    return np.log(np.maximum(energies, max(floor, np.finfo(np.float32).tiny)))


def cepstra(signal: Signal, steps_hz: float = STEPS_HZ) -> Floats32:
    """Return mel-frequency cepstral coefficients 0 to 12, a row per step.

    Parameters
    ----------
    signal, steps_hz
        As in `log_mel`, of which they are the cosine transform (orthonormal).

    Returns
    -------
    float32 array of shape (steps, 13)

    Examples
    --------
    >>> cepstra(np.ones(1600, np.float32)).shape
    (10, 13)
    """
    from scipy import fft

    energies = log_mel(signal, steps_hz)
    return np.asarray(fft.dct(energies, axis=1, norm="ortho")[:, :CEPSTRA]) if len(energies) else energies[:, :CEPSTRA]


def _energies(signal: Signal, centres: Ints) -> Floats32:
    """Return the energies of the mel bands in windows around some samples, of shape (windows, 40)."""
    from scipy import fft

    half = WINDOW // 2
    first, last = int(centres[0]) - half, int(centres[-1]) + half
    before, after = max(0, -first), max(0, last - len(signal))
    part = signal[max(0, first) : last]
    if before or after:
        part = np.pad(part, (before, after), mode="symmetric")
    cut = np.lib.stride_tricks.sliding_window_view(part, WINDOW)[centres - half - first]
    spectrum = fft.rfft(cut * _hann(), FFT, axis=1)
    return np.asarray((np.square(spectrum.real) + np.square(spectrum.imag)) @ mel_bank().T)


def _hann() -> Floats32:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
