"""Reading a segment: any format, rate and channel count becomes mono samples at 16 kHz."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.channels import differ, inverse
from seral_core.corpora.damage import scale_fault
from seral_core.corpora.recording import Recording, check_scale, frames_of
from seral_core.errors import BadClip

Signal: TypeAlias = NDArray[np.float32]

RATE_HZ = 16_000
SHORTEST_S = 0.1
SILENT_PEAK = 1e-4  # -80 dB of full scale
#: Longest segment that one row of features may describe, in seconds, and in samples of its own
#: rate: describing ten minutes takes over a gigabyte.
LONGEST_S, LONGEST = 600.0, 60_000_000
#: Longest segment that frames may describe, in seconds: its samples at 16 kHz take 0.7 GB.
LONGEST_IN_FRAMES_S = 3 * 3600.0
#: Values of all channels that are decoded at once: a whole segment, but of many channels; of what is longer, a part.
AT_ONCE, OF_LONGER = 2 * LONGEST, LONGEST // 3
#: Said of a segment whose channels were mixed though they should not be.
TWO_VOICES = "channels hold different voices, and are mixed into one (--channel each, 1 or 2 takes them apart)"


class TooLong(BadClip):
    """A segment that is too long for one row of features.

    Examples
    --------
    >>> print(TooLong("a.wav", 10800.0).reason)
    lasts 180 minutes; expected at most 10 for one row of features; name its parts in a table (file, start, end)
    """

    def __init__(self, clip: str, seconds: float, longest_s: float = LONGEST_S) -> None:
        what = "one row of features" if longest_s == LONGEST_S else "frames"
        super().__init__(
            clip,
            f"lasts {seconds / 60:,.0f} minutes; expected at most {longest_s / 60:.0f} for {what}; "
            "name its parts in a table (file, start, end)",
        )


class Heard(NamedTuple):
    """Samples of a segment at the rate of its file, and what a user should know of them.

    Parameters
    ----------
    samples : float32 array of shape (samples,)
        One channel, or all of them mixed.
    rate_hz : int
        Sampling rate.
    note : str
        How channels became one, where that is not their mean or should not be; empty otherwise.
    """

    samples: Signal
    rate_hz: int
    note: str

    def at(self, rate_hz: int) -> Signal:
        """Return the samples at another rate."""
        return resampled(self.samples, self.rate_hz, rate_hz)


def read_segment(
    path: Path | str,
    start_s: float = 0.0,
    end_s: float = float("nan"),
    channel: int | None = None,
    *,
    rate_hz: int = RATE_HZ,
) -> Signal:
    """Return the samples of a segment, mixed to mono and resampled.

    Where one channel is another one upside down, so that the mix would cancel out, the louder of them alone is taken.

    Parameters
    ----------
    path : Path or str
        Any file that libsndfile reads, such as ``.wav``, ``.flac``, ``.ogg`` or ``.mp3``.
    start_s, end_s : float
        Where the segment lies in the file, in seconds; nan as the end means to the end of the file.
    channel : int, optional
        On which channel it lies, counted from 1; left out: on all of them, mixed.
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
        file, is shorter than 100 ms or longer than ten minutes, holds values that are not
        finite or far beyond full scale, or there is no such channel.

    Examples
    --------
    >>> read_segment("nowhere.wav")
    Traceback (most recent call last):
    seral_core.errors.BadClip: nowhere.wav does not exist; record it again or leave it out
    """
    return hear(path, start_s, end_s, channel).at(rate_hz)


def hear(path: Path | str, start_s: float = 0.0, end_s: float = float("nan"), channel: int | None = None) -> Heard:
    """Return the samples of a segment as `read_segment` does, at their own rate, and a note on how they were made.

    Examples
    --------
    >>> hear("nowhere.wav")
    Traceback (most recent call last):
    seral_core.errors.BadClip: nowhere.wav does not exist; record it again or leave it out
    """
    return _centred(Path(path), _mono(Path(path), start_s, end_s, channel))


def hear_long(
    path: Path | str,
    start_s: float = 0.0,
    end_s: float = float("nan"),
    channel: int | None = None,
    *,
    rate_hz: int = RATE_HZ,
) -> Heard:
    """Return the samples of a segment of up to three hours, resampled while they are decoded: for frames.

    Examples
    --------
    >>> hear_long("nowhere.wav")
    Traceback (most recent call last):
    seral_core.errors.BadClip: nowhere.wav does not exist; record it again or leave it out
    """
    return _centred(Path(path), _mono(Path(path), start_s, end_s, channel, LONGEST_IN_FRAMES_S, rate_hz))


def _centred(path: Path, heard: Heard) -> Heard:
    """Return samples without constant offset; raise `BadClip` where nothing is left."""
    mono = heard.samples
    mono -= mono.mean()
    if max(mono.max(), -mono.min()) < SILENT_PEAK:
        raise BadClip(path.name, "is silent")
    return heard


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


def _mono(
    path: Path,
    start_s: float,
    end_s: float,
    channel: int | None,
    longest_s: float = LONGEST_S,
    to_hz: int | None = None,
) -> Heard:
    """Return a segment as one channel, at its own rate or at another."""
    with Recording(path, channel) as file:
        frames = frames_of(path) if file.frames is None else file.frames
        start, stop = file.span(start_s, end_s, frames)
        length, rate_hz = stop - start, file.rate_hz
        if length > min(longest_s * rate_hz, LONGEST * longest_s / LONGEST_S):
            raise TooLong(path.name, length / rate_hz, longest_s)
        if file.is_float and length < frames:
            check_scale(path)
        at, fault, finite, one, note = 0, "", True, None, ""
        made = _Made(length, rate_hz, to_hz or rate_hz)
        most = AT_ONCE if length <= min(LONGEST_S * rate_hz, LONGEST) else OF_LONGER
        for block in file.blocks(start, stop, strict=file.frames is not None, most=most):
            if at == 0:
                one, note = _mixing(block, rate_hz)
            fault = fault or scale_fault(block)
            finite = finite and bool(np.isfinite(block).all())
            made.add(block[:, one or 0] if one is not None or file.channels == 1 else block.mean(axis=1))
            at += len(block)
    if fault:
        raise BadClip(path.name, fault)
    if at < SHORTEST_S * rate_hz:
        raise BadClip(path.name, f"lasts {at * 10_000 // rate_hz / 10:g} ms; expected at least 100 ms")
    if not finite:
        raise BadClip(path.name, "holds samples that are not finite")
    return Heard(made.samples(), to_hz or rate_hz, note)


class _Made:
    """Samples of one channel that come piece by piece, and are kept at another rate."""

    def __init__(self, length: int, from_hz: int, to_hz: int) -> None:
        import soxr

        self._stream = None if from_hz == to_hz else soxr.ResampleStream(from_hz, to_hz, 1, "float32", "HQ")
        # A resampler may round up; what is not written to takes no memory.
        self._all, self._at = np.empty(int(length * to_hz / from_hz) + 16, np.float32), 0

    def add(self, piece: Signal) -> None:
        self._keep(piece if self._stream is None else self._stream.resample_chunk(np.ascontiguousarray(piece)))

    def samples(self) -> Signal:
        if self._stream is not None:
            self._keep(self._stream.resample_chunk(np.zeros(0, np.float32), last=True))
        return self._all[: self._at]

    def _keep(self, piece: Signal) -> None:
        self._all[self._at : self._at + len(piece)] = piece
        self._at += len(piece)


def _mixing(block: NDArray[np.float32], rate_hz: int) -> tuple[int | None, str]:
    """Return which channel is taken alone, counted from 0, None for the mean of all; and a note on it."""
    if block.shape[1] == 1:
        return None, ""
    if pair := inverse(block):
        return pair[0] - 1, f"channel {pair[1]} is channel {pair[0]} upside down; channel {pair[0]} alone is used"
    return None, TWO_VOICES if differ(block, rate_hz) else ""
