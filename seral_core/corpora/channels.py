"""Channels of a recording: how a segment names its own, as in ``call.wav#ch2``, and whether they can be mixed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

_CHANNEL = re.compile(r"(?P<file>.+)#ch(?P<channel>[1-9]\d{0,4})", re.DOTALL)
#: So many channels are compared at most, and so much of them, in seconds.
COMPARED, LOOK_S = 8, 20.0
#: Channels correlate less than this where one is the other upside down.
INVERSE = -0.9
#: A channel whose power is a smaller share of the loudest one's changes no mix: 12 dB, and adds no voice: 30 dB.
HEARD, LIVE = 10**-1.2, 1e-3
#: Two voices correlate less than this at any delay up to `DELAY_S`, and their loudness less than `TOGETHER`.
ALIKE, TOGETHER, DELAY_S = 0.4, 0.9, 0.025
#: Channels are compared at about this rate, and their loudness in frames.
_RATE_HZ, _FRAME_S, _SILENT = 4000, 0.05, 1e-9


def file_and_channel(file: str) -> tuple[str, int | None]:
    """Return the name of a file, and the channel that is meant, counted from 1; None for all of them.

    Examples
    --------
    >>> file_and_channel("call.wav#ch2"), file_and_channel("take #2.wav")
    (('call.wav', 2), ('take #2.wav', None))
    """
    match = _CHANNEL.fullmatch(file)
    return (file, None) if match is None else (match["file"], int(match["channel"]))


def of_channel(file: str, channel: int) -> str:
    """Return the name of one channel of a file, as the index of a corpus holds it.

    Parameters
    ----------
    file : str
        Relative to the corpus's folder, with forward slashes.
    channel : int
        Counted from 1.

    Examples
    --------
    >>> of_channel("call.wav", 2)
    'call.wav#ch2'
    """
    return f"{file}#ch{channel}"


def inverse(samples: NDArray[np.float32]) -> tuple[int, int] | None:
    """Return two channels, counted from 1, of which the second is the first upside down; None where none is.

    A mix cancels them out. Balanced microphones on a stereo jack are recorded like that.

    Parameters
    ----------
    samples : float32 array of shape (samples, channels)
        The first `COMPARED` channels are looked at.

    Examples
    --------
    >>> voice = np.sin(np.arange(1000) / 9).astype(np.float32)
    >>> inverse(np.stack([voice, -0.9 * voice], axis=1)), inverse(np.stack([voice, voice], axis=1))
    ((1, 2), None)
    """
    some = samples[:, :COMPARED]
    if some.shape[1] < 2 or not len(some):
        return None
    with np.errstate(all="ignore"):  # what is not finite is named elsewhere
        means = some.mean(axis=0, dtype=np.float64)
        shared = (some.T @ some).astype(np.float64) / len(some) - np.outer(means, means)
        for one, other, alike in _pairs(shared, HEARD):
            if alike < INVERSE:
                return one + 1, other + 1
    return None


def differ(samples: NDArray[np.float32], rate_hz: int) -> bool:
    """Whether two channels hold different sounds, as the two sides of a call do.

    One voice that reaches two microphones, or music in stereo, has channels that correlate at some delay, or grow
    loud and soft together.

    Parameters
    ----------
    samples : float32 array of shape (samples, channels)
        The first 20 s of the first `COMPARED` channels are looked at.
    rate_hz : int
        Sampling rate.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> one, other = (rng.normal(size=16_000) * (rng.random(16) < 0.5).repeat(1000) / 9 for _ in range(2))
    >>> differ(np.stack([one, other], axis=1), 8_000), differ(np.stack([one, one / 2], axis=1), 8_000)
    (True, False)
    """
    some = samples[: round(LOOK_S * rate_hz), :COMPARED]
    step = max(1, rate_hz // _RATE_HZ)
    length, channels = len(some) // step, some.shape[1]
    if channels < 2 or length < _RATE_HZ // 2:
        return False
    with np.errstate(all="ignore"):
        low = some[: length * step].reshape(length, step, channels).mean(axis=1, dtype=np.float64)
        low -= low.mean(axis=0)
        powers = (low**2).mean(axis=0)
        live = np.flatnonzero((powers > LIVE * powers.max()) & (powers > _SILENT))
        return any(_are_two(low[:, pair], rate_hz / step) for pair in map(list, combinations(live, 2)))


def _are_two(pair: NDArray[np.float64], rate_hz: float) -> bool:
    frame = round(_FRAME_S * rate_hz)
    count = len(pair) // frame
    loudness = np.log((pair[: count * frame].reshape(count, frame, 2) ** 2).mean(axis=1) + _SILENT)
    if np.corrcoef(loudness.T)[0, 1] >= TOGETHER:
        return False
    size, delay = 1 << (2 * len(pair) - 1).bit_length(), round(DELAY_S * rate_hz)
    one, other = np.fft.rfft(pair, size, axis=0).T
    shared = np.fft.irfft(one * other.conj(), size)
    alike = np.abs(np.r_[shared[: delay + 1], shared[-delay:]]).max() / np.sqrt((pair**2).sum(axis=0).prod())
    return bool(alike < ALIKE)


def _pairs(shared: NDArray[np.float64], least: float) -> Iterator[tuple[int, int, float]]:
    """Yield the pairs of channels that are loud enough, the louder one first, and their correlation."""
    powers = np.diag(shared)
    order = np.argsort(-np.round(10 * np.log10(powers)), kind="stable")
    loud = [int(channel) for channel in order if powers[channel] > least * powers.max()]
    for one, other in combinations(loud, 2):
        yield one, other, float(shared[one, other] / np.sqrt(powers[one] * powers[other]))
