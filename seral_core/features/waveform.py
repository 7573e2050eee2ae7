"""Waveform frames: the raw samples of each frame side by side, for networks that learn from sound itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadPlan
from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.base import extractors
from seral_core.features.framing import FRAMES_HZ, checked_rate


@extractors.register("waveform")
@dataclass(frozen=True)
class Waveform:
    """Raw samples at 16 kHz, 640 to a frame of 40 ms, for networks that learn from sound itself (D4.2, 5.2).

    They are not kept in the cache: recordings are read as quickly.

    Parameters
    ----------
    rate : float
        Frames per second; 16000 is a multiple of it.

    Examples
    --------
    >>> Waveform()(np.arange(1300, dtype=np.float32))[:, :2].tolist()
    [[0.0, 1.0], [640.0, 641.0]]
    >>> Waveform(rate=30)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: rate of waveform is 30; expected one that 16000 samples per second are a multiple of, ...
    """

    rate: float = FRAMES_HZ
    cached = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", checked_rate(self.rate, "waveform", RATE_HZ / 2))
        if abs(RATE_HZ / self.rate - self._each) > 1e-9:
            raise BadPlan(
                f"rate of waveform is {self.rate:g}; expected one that {RATE_HZ} samples per second are a multiple of, "
                "such as rate=25"
            )

    @property
    def _each(self) -> int:
        return round(RATE_HZ / self.rate)

    @property
    def key(self) -> str:
        """Name, version and rate."""
        return f"waveform.1-{self.rate:g}"

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
        """Feature names, such as ``sample0``."""
        return tuple(f"sample{i}" for i in range(self._each))

    def __call__(self, signal: Signal) -> NDArray[np.float32]:
        """Return the frames of one recording, of shape (frames, samples of a frame)."""
        return signal[: len(signal) // self._each * self._each].reshape(-1, self._each)
