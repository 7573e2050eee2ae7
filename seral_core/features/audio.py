"""Reading a segment: any format, rate and channel count becomes mono samples at 16 kHz."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.recording import Recording, frames_of
from seral_core.errors import BadClip

Signal: TypeAlias = NDArray[np.float32]

RATE_HZ = 16_000
SHORTEST_S = 0.1
SILENT_PEAK = 1e-4  # -80 dB of full scale
#: Samples far beyond full scale are no sound but a damaged file.
LOUDEST = 1e4
#: Longest segment that one row of features may describe, in seconds, and in samples of its own
#: rate: describing ten minutes takes over a gigabyte.
LONGEST_S, LONGEST = 600.0, 60_000_000
#: Values of all channels that are decoded at once: a whole segment, but of many channels.
AT_ONCE = 2 * LONGEST


class TooLong(BadClip):
    """A segment that is too long for one row of features.

    Examples
    --------
    >>> print(TooLong("a.wav", 10800.0).reason)
    lasts 180 minutes; expected at most 10 for one row of features; name its parts in a table (file, start, end)
    """

    def __init__(self, clip: str, seconds: float) -> None:
        super().__init__(
            clip,
            f"lasts {seconds / 60:,.0f} minutes; expected at most {LONGEST_S / 60:.0f} for one row "
            "of features; name its parts in a table (file, start, end)",
        )


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
        file, is shorter than 100 ms or longer than ten minutes, or holds values that are not
        finite.

    Examples
    --------
    >>> read_segment("nowhere.wav")
    Traceback (most recent call last):
    seral_core.errors.BadClip: nowhere.wav does not exist; record it again or leave it out
    """
    mono, native_hz = _mono(Path(path), start_s, end_s)
    mono = mono - mono.mean()
    if np.abs(mono).max() < SILENT_PEAK:
        raise BadClip(Path(path).name, "is silent")
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


def _mono(path: Path, start_s: float, end_s: float) -> tuple[Signal, int]:
    """Return a segment mixed to mono, and its sampling rate."""
    with Recording(path) as file:
        frames = frames_of(path) if file.frames is None else file.frames
        start, stop = file.span(start_s, end_s, frames)
        length, rate_hz = stop - start, file.rate_hz
        if length > min(LONGEST_S * rate_hz, LONGEST):
            raise TooLong(path.name, length / rate_hz)
        mono, at, loudest = np.empty(length, np.float32), 0, np.float32(0)
        for block in file.blocks(start, stop, strict=file.frames is not None, most=AT_ONCE):
            loudest = np.maximum(loudest, np.abs(block).max(initial=0.0))
            mono[at : at + len(block)] = block.mean(axis=1) if file.channels > 1 else block[:, 0]
            at += len(block)
    if np.isfinite(loudest) and loudest > LOUDEST:
        raise BadClip(path.name, f"has samples up to {loudest:.0e}, where full scale is 1")
    if at < SHORTEST_S * rate_hz:
        raise BadClip(path.name, f"lasts {1000 * at / rate_hz:.0f} ms; expected at least 100 ms")
    if not np.isfinite(loudest):
        raise BadClip(path.name, "holds samples that are not finite")
    return mono[:at], rate_hz
