"""The default features, SERALv01: functionals of descriptors of voice quality, pitch, loudness and rhythm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.base import extractors
from seral_core.features.descriptors import BANDS, HARMONIC, HOP, MFCC, SPECTRAL, Descriptors, Mask, describe

Floats32 = NDArray[np.float32]
Row = dict[str, float]

FRAME_S = HOP / RATE_HZ
#: Edges of the modulation bands, Hz; syllables come at about 4 Hz.
MODULATION_HZ = (0.5, 2.0, 4.0, 8.0, 16.0, 30.0)


@extractors.register("default")
@extractors.register("SERALv01")
@dataclass(frozen=True)
class SERALv01:
    """Functionals over descriptors of each 10 ms: MFCC, spectral shape, pitch, loudness, rhythm.

    Parameters
    ----------
    version : int
        Counts changes of the set, so that cached rows are not mixed.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 220 * np.arange(16_000) / 16_000).astype(np.float32)
    >>> extractor = SERALv01()
    >>> row = extractor(tone)
    >>> row.shape == (len(extractor.names),), row.dtype
    (True, dtype('float32'))
    """

    version: int = 1

    @property
    def key(self) -> str:
        """Name and version."""
        return f"SERALv01.{self.version}"

    @property
    def rate_hz(self) -> int:
        """16 kHz."""
        return RATE_HZ

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names, such as ``pitch_st_mean``."""
        return _names()

    def __call__(self, signal: Signal) -> Floats32:
        """Return the features of one clip, of shape (features,)."""
        return np.array(list(functionals(describe(signal)).values()), dtype=np.float32)


@cache
def _names() -> tuple[str, ...]:
    tone = np.sin(np.arange(RATE_HZ // 2) / 10).astype(np.float32)
    return tuple(functionals(describe(tone)))


def functionals(found: Descriptors) -> Row:
    """Return the features of a clip by name.

    Parameters
    ----------
    found : Descriptors
        From `seral_core.features.descriptors.describe`.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 220 * np.arange(16_000) / 16_000).astype(np.float32)
    >>> round(functionals(describe(tone))["pitch_st_median"])
    36
    """
    parts = (_cepstral, _bands, _shape, _pitch, _loudness, _rhythm, _modulation)
    return {name: value for part in parts for name, value in part(found).items()}


def _named(names: Sequence[str], what: str, values: NDArray[np.floating]) -> Row:
    return {f"{name}_{what}": float(value) for name, value in zip(names, values, strict=True)}


def _cepstral(found: Descriptors) -> Row:
    names = [f"mfcc{i}" for i in range(1, MFCC + 1)]
    p10, p90 = np.percentile(found.mfcc, [10, 90], axis=1)
    return (
        _named(names, "mean", found.mfcc.mean(axis=1))
        | _named(names, "std", found.mfcc.std(axis=1))
        | _named(names, "delta_std", _delta(found.mfcc).std(axis=1))
        | _named(names, "voiced_mean", found.mfcc[:, found.voiced].mean(axis=1))
        | _named(names, "p10", p10)
        | _named(names, "p90", p90)
    )


def _bands(found: Descriptors) -> Row:
    names = [f"mel{i}_db" for i in range(1, BANDS + 1)]
    voiced = found.bands_db[:, found.voiced]
    return _named(names, "mean", found.bands_db.mean(axis=1)) | _named(names, "voiced_mean", voiced.mean(axis=1))


def _shape(found: Descriptors) -> Row:
    voiced = found.spectral[:, found.voiced]
    unvoiced = found.spectral[:, found.voiced if found.voiced.all() else ~found.voiced]
    return (
        _named(SPECTRAL, "voiced_mean", voiced.mean(axis=1))
        | _named(SPECTRAL, "voiced_std", voiced.std(axis=1))
        | _named(SPECTRAL, "unvoiced_mean", unvoiced.mean(axis=1))
        | _named(HARMONIC, "voiced_mean", found.harmonic[:, found.voiced].mean(axis=1))
    )


def _pitch(found: Descriptors) -> Row:
    pitch = found.pitch_st[found.voiced]
    p5, p20, p50, p80, p95 = np.percentile(pitch, [5, 20, 50, 80, 95])
    steps = np.diff(found.pitch_st)[found.voiced[1:] & found.voiced[:-1]]
    steps = steps[np.abs(steps) < 4] if (np.abs(steps) < 4).any() else np.zeros(1, np.float32)
    level = np.abs(np.diff(found.level_db))[found.voiced[1:] & found.voiced[:-1]]
    time_s = np.flatnonzero(found.voiced) * FRAME_S
    hnr = found.hnr_db[found.voiced]
    return {
        "pitch_st_mean": float(pitch.mean()),
        "pitch_st_std": float(pitch.std()),
        "pitch_st_p5": float(p5),
        "pitch_st_p20": float(p20),
        "pitch_st_median": float(p50),
        "pitch_st_p80": float(p80),
        "pitch_st_p95": float(p95),
        "pitch_st_range": float(p80 - p20),
        "pitch_st_wide_range": float(p95 - p5),
        **_thirds("pitch_st", pitch - pitch.mean()),
        "pitch_trend_st_per_s": _trend(time_s, pitch),
        "pitch_steepness_st": float(np.abs(steps).mean()),
        "pitch_rising_share": float((steps > 0).mean()),
        "pitch_jitter_st": float(np.abs(np.diff(steps)).mean()) if len(steps) > 1 else 0.0,
        "shimmer_db": float(level.mean()) if len(level) else 0.0,
        "hnr_db_mean": float(hnr.mean()),
        "hnr_db_std": float(hnr.std()),
    }


def _loudness(found: Descriptors) -> Row:
    loud, level = found.loudness, found.level_db
    p20, p50, p80 = np.percentile(loud, [20, 50, 80])
    steps = np.diff(loud) / FRAME_S
    relative = level - level.max()
    quiet = np.percentile(relative, [20, 50, 80])
    return {
        "loudness_mean": float(loud.mean()),
        "loudness_std": float(loud.std()),
        "loudness_p20": float(p20),
        "loudness_median": float(p50),
        "loudness_p80": float(p80),
        "loudness_variation": float(loud.std() / (loud.mean() + 1e-6)),
        "loudness_rise": float(steps[steps > 0].mean()) if (steps > 0).any() else 0.0,
        "loudness_fall": float(steps[steps < 0].mean()) if (steps < 0).any() else 0.0,
        **_thirds("loudness", loud / (loud.mean() + 1e-6)),
        "loudness_trend": _trend(np.arange(len(loud)) * FRAME_S, loud),
        "level_db_max": float(level.max()),
        "level_db_mean": float(level.mean()),
        "level_db_voiced_mean": float(level[found.voiced].mean()),
        "level_db_std": float(level.std()),
        "level_below_max_p20_db": float(quiet[0]),
        "level_below_max_median_db": float(quiet[1]),
        "level_below_max_p80_db": float(quiet[2]),
    }


def _rhythm(found: Descriptors) -> Row:
    voiced, unvoiced = _runs(found.voiced), _runs(~found.voiced)
    pauses = _runs(found.level_db < found.level_db.max() - 30)
    pauses = pauses[pauses >= 0.1]
    length_s = found.duration_s
    return {
        "duration_s": length_s,
        "voiced_share": float(found.voiced.mean()),
        "voiced_per_s": len(voiced) / length_s,
        "voiced_length_s_mean": float(voiced.mean()),
        "voiced_length_s_std": float(voiced.std()),
        "unvoiced_length_s_mean": float(unvoiced.mean()) if len(unvoiced) else 0.0,
        "unvoiced_length_s_std": float(unvoiced.std()) if len(unvoiced) else 0.0,
        "pauses_per_s": len(pauses) / length_s,
        "pause_share": float(pauses.sum() / length_s),
        "syllables_per_s": _syllables(found) / length_s,
    }


def _modulation(found: Descriptors) -> Row:
    """Return how much of the bands' movement is slow, syllabic or fast, as logarithms of shares."""
    moves = found.bands_db - found.bands_db.mean(axis=1, keepdims=True)
    size = max(512, moves.shape[1])
    hz = np.fft.rfftfreq(size, FRAME_S)
    heard = (hz >= MODULATION_HZ[0]) & (hz < MODULATION_HZ[-1])
    power = np.square(np.abs(np.fft.rfft(moves, size))).sum(axis=0)
    share = power / (power[heard].sum() + 1e-9)
    row = {
        f"modulation_{low:g}_{high:g}hz": float(np.log10(share[(hz >= low) & (hz < high)].sum() + 1e-6))
        for low, high in pairwise(MODULATION_HZ)
    }
    return row | {"modulation_centroid_hz": float((share * hz)[heard].sum())}


def _thirds(name: str, values: Floats32) -> Row:
    """Return the mean of the beginning, middle and end."""
    parts = np.array_split(values, 3)
    return {f"{name}_{where}": float(p.mean()) for where, p in zip(("begin", "middle", "end"), parts, strict=True)}


def _delta(rows: Floats32) -> Floats32:
    """Return the slope over five frames, per frame."""
    r = np.pad(rows, ((0, 0), (2, 2)), mode="edge")
    return np.asarray((2 * (r[:, 4:] - r[:, :-4]) + r[:, 3:-1] - r[:, 1:-3]) / 10)


def _trend(x: NDArray[np.floating], y: Floats32) -> float:
    """Return the slope of the straight line through the points."""
    x = x - x.mean()
    square = float(x @ x)
    return float(x @ (y - y.mean()) / square) if square > 0 else 0.0


def _runs(mask: Mask) -> NDArray[np.float64]:
    """Return the lengths of the runs of true frames, in seconds."""
    edges = np.flatnonzero(np.diff(np.pad(mask, 1).astype(np.int8)))
    return np.asarray((edges[1::2] - edges[::2]) * FRAME_S, dtype=np.float64)


def _syllables(found: Descriptors) -> int:
    """Count nuclei: voiced peaks of the smoothed level with dips of 2 dB between them."""
    from scipy.signal import find_peaks

    smooth = np.convolve(np.pad(found.level_db, 3, mode="edge"), np.hanning(9)[1:-1] / 4, mode="valid")
    peaks, _ = find_peaks(smooth, prominence=2, distance=8)
    return int(found.voiced[peaks].sum())
