"""Prosody along time: range of energy, loudness and mean F0 around each frame, for people to look at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.descriptors import DEPTH_DB, voiced_frames
from seral_core.features.framing import STEPS_HZ, windows
from seral_core.features.pitch import yin
from seral_core.features.spectra import WINDOW, log_mel
from seral_core.types import Floats, Ints

CURVES = ("range of energy", "loudness", "mean F0")
HOP = round(RATE_HZ / STEPS_HZ)
#: Pitch is looked for in so many samples at once, a minute, so that memory is bounded.
_AT_ONCE = 60 * RATE_HZ


def prosody(signal: Signal, frames: int, rate_hz: float, window_s: float = 3.0) -> Floats:
    """Return the curves that Figure 6.2 of MixedEmotions D4.2 compares cells with.

    Range of RMS energy, mean loudness (mel energies to the 0.3, as in eGeMAPS) and mean F0 of voiced sound, each over
    a window around the frame, as the paper's hand-made features have it.

    Parameters
    ----------
    signal : float32 array of shape (samples,)
        Mono samples at 16 kHz.
    frames, rate_hz : int, float
        How many frames are wanted, and how many per second.
    window_s : float
        Seconds; at the ends, windows are moved to lie within the recording.

    Returns
    -------
    Floats of shape (3, frames)
        A row for each of ``CURVES``; nan for F0 where nothing in the window is voiced.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 200 * np.arange(64_000) / 16_000).astype(np.float32)
    >>> prosody(tone * np.linspace(0.1, 1, 64_000, dtype=np.float32), 100, 25.0)[2, [10, 90]].round()
    array([200., 200.])
    """
    loudness = np.exp(0.3 * log_mel(signal).astype(np.float64)).sum(axis=1)
    power = energy(signal, len(loudness))
    starts, stops = windows(frames, rate_hz, len(loudness), STEPS_HZ, window_s)
    return np.stack([
        _each(np.ptp, np.sqrt(power), starts, stops),
        _each(np.mean, loudness, starts, stops),
        _each(_mean_of_known, _f0_hz(signal, power), starts, stops),
    ])  # fmt: skip


def energy(signal: Signal, steps: int) -> Floats:
    """Return the mean square of the 25 ms around the middle of each step of 10 ms.

    Examples
    --------
    >>> energy(np.full(1600, 0.5, np.float32), 3)
    array([0.25, 0.25, 0.25])
    """
    sums = np.concatenate([[0.0], np.cumsum(np.square(signal, dtype=np.float64))])
    middle = np.arange(steps) * HOP + HOP // 2
    first, last = np.maximum(middle - WINDOW // 2, 0), np.minimum(middle + WINDOW // 2, len(signal))
    return np.asarray((sums[last] - sums[first]) / (last - first))


def _f0_hz(signal: Signal, power: Floats) -> Floats:
    """Return F0 of each step, nan where it is not voiced."""
    found = [yin(signal[at : at + _AT_ONCE], HOP) for at in range(0, len(signal), _AT_ONCE)]
    steps = [len(signal[at : at + _AT_ONCE]) // HOP for at in range(0, len(signal), _AT_ONCE)]
    f0, aperiodicity = (np.concatenate([each[i][:n] for each, n in zip(found, steps, strict=True)]) for i in (0, 1))
    level_db = 10 * np.log10(np.maximum(power, power.max() * 10 ** (-DEPTH_DB / 10) + 1e-20))
    voiced = voiced_frames(aperiodicity[: len(power)], level_db.astype(np.float32))
    return np.where(voiced, f0[: len(power)].astype(np.float64), np.nan)


def _mean_of_known(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _each(summary: Callable[[Floats], float], values: Floats, starts: Ints, stops: Ints) -> Floats:
    return np.array([summary(values[a:b]) for a, b in zip(starts.tolist(), stops.tolist(), strict=True)])
