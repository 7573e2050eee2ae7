"""eGeMAPS windows: functionals of voice over the seconds around each frame, through openSMILE."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadPlan
from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.base import extractors
from seral_core.features.framing import FRAMES_HZ, STEPS_HZ, checked_rate, frames_in, seconds_of
from seral_core.features.mfcc_windows import check_window
from seral_core.features.opensmile import OpenSmile

SET = "eGeMAPSv02"
#: By how much openSMILE hears beyond a window, in seconds: its longest descriptor looks at 60 ms.
_BEYOND_S = 0.05


@extractors.register("egemaps-windows")
@dataclass(frozen=True)
class EgemapsWindows:
    """88 eGeMAPSv02 functionals over windows of 3 s, at 25 frames per second (D4.2, 4.5.2); needs openSMILE.

    A window is centred on its frame; near the ends it is moved to lie within the recording, up to one frame from its
    end, and of a recording shorter than the window it is all of it, so that all its frames are the same.

    Parameters
    ----------
    rate : float
        Frames per second; 100 is a multiple of it.
    window : float
        Seconds.

    Raises
    ------
    MissingExtra
        On first use, when openSMILE is not installed.

    References
    ----------
    .. [1] Eyben et al., The Geneva minimalistic acoustic parameter set (GeMAPS) for voice research and affective
       computing, IEEE Transactions on Affective Computing 7(2), 2016.

    Examples
    --------
    >>> EgemapsWindows(rate=10).key
    'egemaps-windows.1-10-3'
    >>> EgemapsWindows(rate=30)
    Traceback (most recent call last):
    seral_core.errors.BadPlan: rate of egemaps-windows is 30; expected one that 100 is a multiple of, such as rate=25
    """

    rate: float = FRAMES_HZ
    window: float = 3.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", checked_rate(self.rate, "egemaps-windows"))
        check_window(self.window, "egemaps-windows")
        if abs(STEPS_HZ / self.rate - round(STEPS_HZ / self.rate)) > 1e-9:  # openSMILE would round the step, and drift
            raise BadPlan(
                f"rate of egemaps-windows is {self.rate:g}; expected one that {STEPS_HZ:g} is a multiple of, such as "
                "rate=25"
            )

    @property
    def key(self) -> str:
        """Name, version, rate and window."""
        return f"egemaps-windows.1-{self.rate:g}-{self.window:g}"

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
        """Feature names as openSMILE gives them."""
        return OpenSmile(SET).names

    def __call__(self, signal: Signal) -> NDArray[np.float32]:
        """Return the frames of one recording, of shape (frames, 88)."""
        frames = frames_in(seconds_of(len(signal)), self.rate)
        # Windows that openSMILE cuts begin at multiples of a step: so much is left out at the beginning that one of
        # them is centred on a frame.
        ahead = ceil((self.window / 2) * self.rate - 0.5 - 1e-9)
        offset_s = (ahead + 0.5) / self.rate - self.window / 2
        heard = signal[round(offset_s * RATE_HZ) :]
        if seconds_of(len(heard)) < self.window + _BEYOND_S:
            return np.repeat(OpenSmile(SET)(signal)[None], frames, axis=0)
        rows = OpenSmile(SET, (self.window, self.rate)).rows(heard)
        return np.ascontiguousarray(rows[np.clip(np.arange(frames) - ahead, 0, len(rows) - 1)])
