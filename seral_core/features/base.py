"""What an extractor is: it turns the samples of one clip into one row of numbers, or into frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seral_core.features.audio import Signal
from seral_core.registry import Registry


class Extractor(Protocol):
    """Anything that describes a clip by a fixed number of features, once or in each of its frames.

    It is stored and sent to worker processes, so it holds only its parameters; heavy parts are made
    on first use. A clip whose row is not finite is left out of the table. An extractor of frames has an
    attribute ``frames_hz``, how many it gives per second; without it, a clip is one row.

    Examples
    --------
    >>> class Loudness:
    ...     key, rate_hz, names = "rms.1", 16_000, ("rms",)
    ...     def __call__(self, signal):
    ...         return np.array([np.sqrt(np.mean(signal**2))], np.float32)
    >>> Loudness()(np.full(1_600, 0.5, np.float32))
    array([0.5], dtype=float32)
    """

    @property
    def key(self) -> str:
        """Name, version and parameters: rows with equal keys may be reused from the cache."""
        ...

    @property
    def rate_hz(self) -> int:
        """Sampling rate that `__call__` expects, in Hz."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Feature names, one per column."""
        ...

    def __call__(self, signal: Signal) -> NDArray[np.float32]:
        """Return the features of one clip, of shape (features,); of frames, of shape (frames, features).

        Parameters
        ----------
        signal : float32 array of shape (samples,)
            Mono samples in [-1, 1], at least 100 ms, not silent.
        """
        ...


def frames_hz(extractor: Extractor) -> float:
    """Return how many frames per second an extractor gives; 0 where it gives one row per clip.

    Examples
    --------
    >>> frames_hz(extractors["SERALv01"]())
    0.0
    """
    return float(getattr(extractor, "frames_hz", 0.0))


#: Factories: ``extractors["SERALv01"](**options)`` gives an `Extractor`.
extractors: Registry[Callable[..., Extractor]] = Registry("extractor", "seral_core.features")
