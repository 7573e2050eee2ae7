"""Low-level descriptors: what a clip sounds like every 10 ms, from one shared spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from seral_core.features import fourier
from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.pitch import yin

HOP = 160
FFT = 512
MELS = 40
BANDS = 8
FLOOR = 1e-10
#: What lies this far below the loudest counts as that far, so that digital silence and quiet rooms
#: are alike.
DEPTH_DB = 80
MFCC = 13
SPECTRAL = (
    "centroid", "bandwidth", "rolloff85", "flatness", "flux", "tilt", "slope0_500", "slope500_1500",
    "alpha_ratio", "hammarberg", "contrast_low", "contrast_mid", "contrast_high", "zero_crossings",
)  # fmt: skip

HARMONIC = ("h1_h2", "h1_a1", "h1_a3")

Floats32 = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Descriptors:
    """Descriptors of a clip from its first to its last sound, one column each 10 ms.

    Parameters
    ----------
    mfcc : array of shape (13, frames)
        Cepstral coefficients 1 to 13.
    mel_db : array of shape (40, frames)
        Power of the mel bands, dB.
    spectral : array of shape (14, frames)
        One row for each name in ``SPECTRAL``.
    harmonic : array of shape (3, frames)
        Level of the first harmonic above the second, and above the peaks near the first and third
        formant, dB.
    loudness : array of shape (frames,)
        Sum of the mel bands' power to the 0.3: near to how loud it seems.
    level_db : array of shape (frames,)
        Power, dB of full scale.
    pitch_st : array of shape (frames,)
        Fundamental frequency, semitones above 27.5 Hz.
    hnr_db : array of shape (frames,)
        Harmonics-to-noise ratio from the periodicity, dB.
    voiced : Mask of shape (frames,)
        At least three frames are, so that functionals of voiced frames always exist.
    duration_s : float
        From first to last sound, in seconds.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    >>> found = describe(noise)
    >>> found.mel_db.shape, found.bands_db.shape, found.duration_s
    ((40, 101), (8, 101), 1.01)
    """

    mfcc: Floats32
    mel_db: Floats32
    spectral: Floats32
    harmonic: Floats32
    loudness: Floats32
    level_db: Floats32
    pitch_st: Floats32
    hnr_db: Floats32
    voiced: Mask
    duration_s: float

    @property
    def bands_db(self) -> Floats32:
        """Level of eight parts of the mel scale, of shape (8, frames), dB."""
        return np.asarray(self.mel_db.reshape(BANDS, MELS // BANDS, -1).mean(axis=1))


def describe(signal: Signal) -> Descriptors:
    """Return the low-level descriptors of a clip at 16 kHz.

    Parameters
    ----------
    signal : float32 array of shape (samples,)
        Mono samples in [-1, 1] at 16 kHz, at least 100 ms, not silent.

    Returns
    -------
    Descriptors
        A column each 10 ms, from the first to the last sound.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 220 * np.arange(16_000) / 16_000).astype(np.float32)
    >>> found = describe(tone)
    >>> found.mfcc.shape, bool(found.voiced.mean() > 0.9), bool(abs(found.pitch_st[50] - 36) < 0.1)
    ((13, 101), True, True)
    """
    from scipy import fft

    spectrum = fourier.magnitudes(signal, FFT, 400, HOP)
    power = np.square(spectrum)
    level_db = _db(power.sum(axis=0) / FFT**2)
    f0_hz, aperiodicity = yin(signal, HOP)
    part = _sounding(level_db)
    spectrum, power, level_db = spectrum[:, part], power[:, part], level_db[part]
    f0_hz, aperiodicity = f0_hz[part], aperiodicity[part].clip(1e-4, 0.99)
    mel = mel_bank() @ power
    mel_db = _db(mel)
    return Descriptors(
        mfcc=fft.dct(mel_db, axis=0, norm="ortho")[1 : MFCC + 1],
        mel_db=mel_db,
        spectral=_spectral(spectrum, power, _zero_crossings(signal)[part]),
        harmonic=_harmonic(power, f0_hz),
        loudness=np.power(mel, 0.3).sum(axis=0),
        level_db=level_db,
        pitch_st=12 * np.log2(f0_hz / 27.5),
        hnr_db=10 * np.log10((1 - aperiodicity) / aperiodicity),
        voiced=_voiced(aperiodicity, level_db),
        duration_s=len(level_db) * HOP / RATE_HZ,
    )


def _db(power: Floats32) -> Floats32:
    """Return decibels, at most ``DEPTH_DB`` below the loudest."""
    return np.asarray(10 * np.log10(np.maximum(power, power.max() * 10 ** (-DEPTH_DB / 10)) + FLOOR**2))


def _sounding(level_db: Floats32) -> slice:
    """Return the frames from the first to the last within 40 dB of the loudest: at least five."""
    loud = np.flatnonzero(level_db > level_db.max() - 40)
    first = max(0, min(int(loud[0]), len(level_db) - 5))
    return slice(first, max(int(loud[-1]) + 1, first + 5))


def _voiced(aperiodicity: Floats32, level_db: Floats32) -> Mask:
    """Decide voicing from periodicity and level; lone frames follow their neighbours."""
    raw = (aperiodicity < 0.3) & (level_db > level_db.max() - 35)
    around = np.pad(raw, 1, mode="edge").astype(np.int8)
    voiced = np.asarray(around[:-2] + around[1:-1] + around[2:] >= 2)
    if voiced.sum() < 3:
        voiced = voiced | (aperiodicity <= np.sort(aperiodicity)[min(2, len(aperiodicity) - 1)])
    return voiced


@cache
def mel_bank() -> Floats32:
    """Return the weights of 40 mel bands from 50 to 7600 Hz in a power spectrum of 512 samples, of shape (40, 257).

    Examples
    --------
    >>> mel_bank().shape
    (40, 257)
    """
    return fourier.mel_bank(MELS, FFT, 50, 7600)


@cache
def _hz() -> Floats32:
    return np.linspace(0, RATE_HZ / 2, FFT // 2 + 1, dtype=np.float32)


def _band(low_hz: float, high_hz: float) -> slice:
    """Return the bins of the spectrum from ``low_hz`` up to ``high_hz``."""
    step = RATE_HZ / FFT
    return slice(round(low_hz / step), round(high_hz / step))


def _spectral(spectrum: Floats32, power: Floats32, zero_crossings: Floats32) -> Floats32:
    """Return the rows named in ``SPECTRAL``, of shape (14, frames)."""
    hz = _hz()[:, None]
    total = power.sum(axis=0) + FLOOR
    share = power / total
    centroid = (share * hz).sum(axis=0)
    bandwidth = np.sqrt((share * hz**2).sum(axis=0) - centroid**2 + 1)
    rolloff = hz[(np.cumsum(share, axis=0) < 0.85).sum(axis=0).clip(max=len(hz) - 1), 0]
    log_power = _db(power)
    flatness = log_power[1:].mean(axis=0) - _db(power[1:].mean(axis=0))
    scaled = spectrum / (spectrum.sum(axis=0) + FLOOR)
    flux = np.sqrt(np.square(np.diff(scaled, axis=1, prepend=scaled[:, :1])).sum(axis=0))
    rows = [centroid, bandwidth, rolloff, flatness, flux]
    rows += [_slope(log_power, *edges) for edges in ((100, 6000), (0, 500), (500, 1500))]
    rows += [_ratio_db(power, (50, 1000), (1000, 5000)), _peak_ratio_db(power, (0, 2000), (2000, 5000))]
    rows += [_contrast(log_power, *edges) for edges in ((200, 800), (800, 2400), (2400, 7000))]
    return np.stack([*rows, zero_crossings]).astype(np.float32)


def _slope(log_power: Floats32, low_hz: float, high_hz: float) -> Floats32:
    """Return the straight line through a part of the spectrum, dB a kHz."""
    band = _band(low_hz, high_hz)
    x = _hz()[band] / 1000
    x = x - x.mean()
    return np.asarray(x @ log_power[band] / (x @ x))


def _ratio_db(power: Floats32, over: tuple[int, int], under: tuple[int, int]) -> Floats32:
    above, below = power[_band(*over)].sum(axis=0), power[_band(*under)].sum(axis=0)
    return np.asarray(10 * np.log10((above + FLOOR) / (below + FLOOR)))


def _peak_ratio_db(power: Floats32, over: tuple[int, int], under: tuple[int, int]) -> Floats32:
    above, below = power[_band(*over)].max(axis=0), power[_band(*under)].max(axis=0)
    return np.asarray(10 * np.log10((above + FLOOR) / (below + FLOOR)))


def _contrast(log_power: Floats32, low_hz: float, high_hz: float) -> Floats32:
    """Return how far the spectrum's peaks are above its valleys, dB."""
    part = np.sort(log_power[_band(low_hz, high_hz)], axis=0)
    edge = max(1, len(part) // 5)
    return np.asarray(part[-edge:].mean(axis=0) - part[:edge].mean(axis=0))


def _harmonic(power: Floats32, f0_hz: Floats32) -> Floats32:
    """Return the rows named in ``HARMONIC``, of shape (3, frames)."""
    log_power = _db(power)
    frame = np.arange(len(f0_hz))

    def level(number: int) -> Floats32:
        near = np.rint(number * f0_hz * FFT / RATE_HZ).astype(np.intp)
        return np.asarray(
            np.maximum(np.maximum(log_power[near - 1, frame], log_power[near, frame]), log_power[near + 1, frame])
        )

    first = level(1)
    rest = [level(2), log_power[_band(300, 1000)].max(axis=0), log_power[_band(2300, 3500)].max(axis=0)]
    return np.stack([first - other for other in rest])


def _zero_crossings(signal: Signal) -> Floats32:
    """Return the share of zero crossings around each frame, of shape (frames,)."""
    crossed = np.concatenate([[0], np.cumsum(np.diff(np.signbit(signal)))])
    centre = np.arange(len(signal) // HOP + 1) * HOP
    low, high = (centre - 200).clip(min=0), (centre + 200).clip(max=len(signal) - 1)
    return np.asarray((crossed[high] - crossed[low]) / 400, dtype=np.float32)
