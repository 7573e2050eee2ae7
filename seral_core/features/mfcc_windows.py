"""MFCC windows: mean and variance of cepstral coefficients over the seconds around each frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seral_core.errors import BadPlan
from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.base import extractors
from seral_core.features.framing import FRAMES_HZ, STEPS_HZ, checked_rate, frames_in, seconds_of, windows
from seral_core.features.spectra import CEPSTRA, Floats32, cepstra

#: As many seconds of sound as windows take in at least.
SHORTEST_WINDOW_S = 0.1


@extractors.register("mfcc-windows")
@dataclass(frozen=True)
class MfccWindows:
    """Mean and variance of MFCC 0 to 12 (25 ms every 10 ms) over windows of 8 s, at 25 frames per second (D4.2, 3.4.2).

    A window is centred on its frame; near the ends it is moved to lie within the recording, and of a recording shorter
    than the window it is all of it, so that all its frames are the same.

    Parameters
    ----------
    rate : float
        Frames per second.
    window : float
        Seconds.

    References
    ----------
    .. [1] MixedEmotions, Deliverable 4.2, 2016, section 3.4.2.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(0, 0.1, 160_000).astype(np.float32)
    >>> MfccWindows()(noise).shape, MfccWindows().names[0], MfccWindows().names[-1]
    ((250, 26), 'mfcc0_mean', 'mfcc12_variance')
    """

    rate: float = FRAMES_HZ
    window: float = 8.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", checked_rate(self.rate, "mfcc-windows"))
        check_window(self.window, "mfcc-windows")

    @property
    def key(self) -> str:
        """Name, version, rate and window."""
        return f"mfcc-windows.1-{self.rate:g}-{self.window:g}"

    @property
    def rate_hz(self) -> int:
        """16 kHz."""
        return RATE_HZ

    @property
    def frames_hz(self) -> float:
        """Frames per second."""
        return self.rate

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names, such as ``mfcc0_mean``."""
        return tuple(f"mfcc{i}_{what}" for what in ("mean", "variance") for i in range(CEPSTRA))

    def __call__(self, signal: Signal) -> Floats32:
        """Return the frames of one recording, of shape (frames, 26)."""
        return mean_and_variance(cepstra(signal), frames_in(seconds_of(len(signal)), self.rate), self.rate, self.window)


def mean_and_variance(values: Floats32, frames: int, rate_hz: float, window_s: float) -> Floats32:
    """Return mean and variance over the window of each frame, as `seral_core.features.framing.windows` places it.

    Parameters
    ----------
    values : float32 array of shape (steps, features)
        Such as MFCCs, at 100 steps per second; at least one where there are frames.
    frames, rate_hz : int, float
        How many, and how many per second.
    window_s : float
        Length of a window, in seconds.

    Returns
    -------
    float32 array of shape (frames, 2 x features)
        Means, then variances.

    Examples
    --------
    >>> mean_and_variance(np.arange(300, dtype=np.float32)[:, None] // 100, 3, 1.0, 1.0).tolist()
    [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]
    """
    starts, stops = windows(frames, rate_hz, len(values), STEPS_HZ, window_s)
    centre = values.mean(axis=0, dtype=np.float64) if len(values) else np.zeros(values.shape[1])
    moved = values - centre  # sums of squares would lose what is small beside the mean
    sums, squares = (np.pad(np.cumsum(each, axis=0), ((1, 0), (0, 0))) for each in (moved, np.square(moved)))
    count = (stops - starts)[:, None]
    means = (sums[stops] - sums[starts]) / count
    variances = np.maximum((squares[stops] - squares[starts]) / count - np.square(means), 0.0)
    return np.hstack([means + centre, variances]).astype(np.float32)


def check_window(seconds: float, whose: str) -> None:
    """Raise `BadPlan` where windows would be shorter than 0.1 s or longer than a minute.

    Examples
    --------
    >>> check_window(0.0, "mfcc-windows")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: window of mfcc-windows is 0; expected seconds from 0.1 to 60, such as window=8
    """
    if not SHORTEST_WINDOW_S <= seconds <= 60:
        raise BadPlan(f"window of {whose} is {seconds:g}; expected seconds from 0.1 to 60, such as window=8")
