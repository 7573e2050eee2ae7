"""Frames in time: which part of a recording frame i is, and which window around it is looked at."""

from __future__ import annotations

import numpy as np

from seral_core.errors import BadPlan
from seral_core.features.audio import RATE_HZ
from seral_core.types import Ints

#: Steps of 10 ms that spectra are taken at, and frames of 40 ms as in RECOLA: per second.
STEPS_HZ, FRAMES_HZ = 100.0, 25.0
#: What a time may miss a border of frames by, in frames: times are written to the millisecond.
_NEARLY = 1e-3


def checked_rate(rate: float, whose: str, most: float = STEPS_HZ) -> float:
    """Return how many frames per second an extractor shall give, where it can.

    Raises
    ------
    BadPlan
        When it is not above 0, or above ``most``.

    Examples
    --------
    >>> checked_rate(25, "log-mel-frames")
    25.0
    >>> checked_rate(0, "log-mel-frames")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: rate of log-mel-frames is 0; expected frames per second, above 0 and at most 100, ...
    """
    if not 0 < rate <= most:
        raise BadPlan(
            f"rate of {whose} is {rate:g}; expected frames per second, above 0 and at most {most:g}, such as rate=25"
        )
    return float(rate)


def frames_in(seconds: float, rate_hz: float) -> int:
    """Return how many whole frames there are: frame ``i`` is the part from ``i / rate_hz`` to ``(i + 1) / rate_hz``.

    Examples
    --------
    >>> frames_in(1.0, 25.0), frames_in(0.999, 25.0), frames_in(0.03, 25.0)
    (25, 24, 0)
    """
    return int(np.floor(seconds * rate_hz + _NEARLY))


def windows(frames: int, rate_hz: float, steps: int, steps_hz: float, window_s: float) -> tuple[Ints, Ints]:
    """Return for each frame the steps from where to where its window goes.

    A window is centred on its frame, so it hears as much of what follows as of what went before. Near the ends, where
    it would stick out, it is moved to lie within the recording; of a shorter recording it is all.

    Parameters
    ----------
    frames, rate_hz : int, float
        How many, and how many per second.
    steps, steps_hz : int, float
        Of what windows are cut from: how many in all, and per second.
    window_s : float
        Length of a window, in seconds.

    Examples
    --------
    >>> windows(6, 1.0, steps=60, steps_hz=10.0, window_s=3.0)
    (array([ 0,  0, 10, 20, 30, 30]), array([30, 30, 40, 50, 60, 60]))
    """
    length = min(steps, max(1, round(window_s * steps_hz)))
    centres = (np.arange(frames) + 0.5) / rate_hz * steps_hz
    starts = np.clip(np.floor(centres - length / 2 + 0.5), 0, steps - length).astype(np.intp)
    return starts, starts + length


def seconds_of(samples: int) -> float:
    """Return how long so many samples at 16 kHz are.

    Examples
    --------
    >>> seconds_of(8000)
    0.5
    """
    return samples / RATE_HZ
