"""Reading a segment: any format, rate and channel count becomes mono samples at 16 kHz."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadClip

Signal: TypeAlias = NDArray[np.float32]

RATE_HZ = 16_000
SHORTEST_S = 0.1
SILENT_PEAK = 1e-4  # -80 dB of full scale


def read_segment(path: Path | str, start_s: float = 0.0, end_s: float = float("nan"), rate_hz: int = RATE_HZ) -> Signal:
    """Return the samples of a segment, mixed to mono and resampled.

    Parameters
    ----------
    path : Path or str
        Any file that libsndfile reads, such as ``.wav``, ``.flac``, ``.ogg`` or ``.mp3``.
    start_s, end_s : float
        Where the segment lies in the file, in seconds; nan as the end means to the end of the file.
    rate_hz : int
        Sampling rate of the result, in Hz.

    Returns
    -------
    float32 array of shape (samples,)
        Samples in [-1, 1], without constant offset.

    Raises
    ------
    BadClip
        When the file is missing, empty or unreadable, or the segment is silent, lies outside of the
        file, is shorter than 100 ms, or holds values that are not finite.

    Examples
    --------
    >>> read_segment("nowhere.wav")
    Traceback (most recent call last):
    seral_core.errors.BadClip: nowhere.wav does not exist; record it again or leave it out
    """
    name = Path(path).name
    samples, native_hz = read_native(Path(path), start_s, end_s)
    if len(samples) < SHORTEST_S * native_hz:
        raise BadClip(name, f"lasts {1000 * len(samples) / native_hz:.0f} ms; expected at least 100 ms")
    if not np.isfinite(samples).all():
        raise BadClip(name, "holds samples that are not finite")
    mono = samples.mean(axis=1) if samples.shape[1] > 1 else samples[:, 0]
    mono = mono - mono.mean()
    if np.abs(mono).max() < SILENT_PEAK:
        raise BadClip(name, "is silent")
    return resampled(mono, native_hz, rate_hz)


def resampled(signal: Signal, from_hz: int, to_hz: int) -> Signal:
    """Return ``signal`` at another sampling rate.

    Parameters
    ----------
    signal : float32 array of shape (samples,)
        One channel.
    from_hz, to_hz : int
        Sampling rates, in Hz.

    Returns
    -------
    float32 array of shape (samples x to_hz / from_hz,)
        The same array where both rates are equal and it lies in one piece.

    Examples
    --------
    >>> resampled(np.zeros(48_000, np.float32), 48_000, 16_000).shape
    (16000,)
    """
    if from_hz == to_hz:
        return np.ascontiguousarray(signal, dtype=np.float32)
    import soxr  # type: ignore[import-untyped]

    return np.asarray(soxr.resample(signal, from_hz, to_hz, quality="HQ"), dtype=np.float32)


#: Samples far beyond full scale are no sound but a damaged file.
LOUDEST = 1e4


def read_native(path: Path, start_s: float = 0.0, end_s: float = float("nan")) -> tuple[NDArray[np.float32], int]:
    """Return a segment as it was recorded.

    Parameters
    ----------
    path, start_s, end_s
        As in `read_segment`.

    Returns
    -------
    samples : float32 array of shape (samples, channels)
        In [-1, 1].
    rate_hz : int
        The file's own.

    Raises
    ------
    BadClip
        When the file is missing, empty or unreadable, or the segment lies outside of it.

    Examples
    --------
    >>> read_native(Path("nowhere.wav"))
    Traceback (most recent call last):
    seral_core.errors.BadClip: nowhere.wav does not exist; record it again or leave it out
    """
    import soundfile

    if not path.is_file():
        raise BadClip(path.name, "does not exist")
    if path.stat().st_size == 0:
        raise BadClip(path.name, "is empty (0 bytes)")
    try:
        with soundfile.SoundFile(path) as file:
            start, stop = _span(path.name, file.frames, file.samplerate, start_s, end_s)
            file.seek(start)
            samples, rate_hz = file.read(stop - start, dtype="float32", always_2d=True), file.samplerate
    except (soundfile.SoundFileError, OSError) as why:
        text = str(why).split(": ", 1)[-1].rstrip(".")
        raise BadClip(path.name, f"cannot be read as audio ({text})") from None
    loudest = np.abs(samples).max(initial=0.0)
    if np.isfinite(loudest) and loudest > LOUDEST:
        raise BadClip(path.name, f"has samples up to {loudest:.0e}, where full scale is 1")
    return samples, rate_hz


def _span(name: str, frames: int, rate_hz: int, start_s: float, end_s: float) -> tuple[int, int]:
    """Return first and last sample, counted from 0, or say why there are none."""
    start = round(start_s * rate_hz)
    stop = frames if np.isnan(end_s) else min(frames, round(end_s * rate_hz))
    if frames == 0:
        raise BadClip(name, "is empty (0 samples)")
    if not 0 <= start < stop:
        raise BadClip(name, f"lasts {frames / rate_hz:.3f} s, but the segment is {start_s:.3f} s to {end_s:.3f} s")
    return start, stop
