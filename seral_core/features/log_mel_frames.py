"""Log-mel frames: energies of 40 bands, four parts of each frame side by side, z-normalised per recording."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.base import extractors
from seral_core.features.descriptors import MELS
from seral_core.features.framing import FRAMES_HZ, STEPS_HZ, checked_rate, frames_in, seconds_of
from seral_core.features.spectra import Floats32, log_mel

#: Parts of a frame that stand side by side.
PARTS = 4
#: What varies less than this over a recording does not vary: log energies.
_STILL = 1e-4


@extractors.register("log-mel-frames")
@dataclass(frozen=True)
class LogMelFrames:
    """40 log-mel energies, 25 ms every 10 ms, four to a frame of 40 ms, z-normalised per recording (Le et al. 2017).

    Each of the 160 features has mean 0 and standard deviation 1 over the recording, or is 0 where it does not vary, so
    a learner of one row per clip sees nothing in them: the mean of all frames is 0. Windows are centred on their 10 ms.

    Parameters
    ----------
    rate : float
        Frames per second, up to 100. Of other rates than 25, a frame has as many windows as it takes for them to be at
        most 10 ms apart; where those are more than four, they are averaged over the four quarters of the frame.

    References
    ----------
    .. [1] Le, Aldeneh and Mower Provost, Discretized continuous speech emotion recognition with multi-task deep
       recurrent neural network, Interspeech 2017.

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    >>> frames = LogMelFrames()(noise)
    >>> frames.shape, bool(np.allclose(frames.mean(axis=0), 0, atol=1e-5)), bool(np.allclose(frames.std(axis=0), 1))
    ((25, 160), True, True)
    """

    rate: float = FRAMES_HZ

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", checked_rate(self.rate, "log-mel-frames"))

    @property
    def key(self) -> str:
        """Name, version and rate."""
        return f"log-mel-frames.1-{self.rate:g}"

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
        """Feature names, such as ``mel0_part0``."""
        return tuple(f"mel{band}_part{part}" for part in range(min(PARTS, self._windows)) for band in range(MELS))

    @property
    def _windows(self) -> int:
        """Number of windows in a frame."""
        return ceil(STEPS_HZ / self.rate - 1e-6)

    def __call__(self, signal: Signal) -> Floats32:
        """Return the frames of one recording, of shape (frames, features)."""
        frames, each = frames_in(seconds_of(len(signal)), self.rate), self._windows
        energies = log_mel(signal, self.rate * each)[: frames * each].reshape(frames, each, MELS)
        if each > PARTS:
            borders = np.linspace(0, each, PARTS + 1).round().astype(np.intp)
            counts = np.diff(borders).astype(np.float32)[:, None]
            energies = (np.add.reduceat(energies, borders[:-1], axis=1) / counts).astype(np.float32)
        return _z(energies.reshape(frames, len(self.names)))


def _z(frames: Floats32) -> Floats32:
    """Return z-scores over all frames, in place."""
    if not len(frames):
        return frames
    frames -= frames.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = np.sqrt(np.mean(np.square(frames), axis=0, dtype=np.float64)).astype(np.float32)
    frames /= np.where(spread > _STILL, spread, np.inf).astype(np.float32)
    return frames
