"""Samples that are no sound, though they can be read: far beyond full scale, or whole numbers written as floats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: Nothing that was recorded is so far beyond full scale, which is 1: 30 dB.
LOUDEST = 32.0


def scale_fault(samples: NDArray[np.float32]) -> str:
    """Return what is wrong with the level of samples; an empty text where nothing is.

    Values that are not finite are not looked at: they say nothing about the others' level.

    Parameters
    ----------
    samples : float32 array of any shape
        As decoded, full scale being 1.

    Examples
    --------
    >>> scale_fault(np.array([0.5, -3.7, np.nan], np.float32))
    ''
    >>> scale_fault(np.array([12.0, -3.0, 0.0], np.float32))
    'holds whole numbers up to 12, where full scale is 1 (integers written as floats)'
    >>> scale_fault(np.array([0.5, -5000.5], np.float32))
    'has samples up to 5e+03, where full scale is 1'
    """
    loudest = float(max(samples.max(initial=0.0), -samples.min(initial=0.0)))
    if not np.isfinite(loudest):
        samples = samples[np.isfinite(samples)]
        loudest = float(np.abs(samples).max(initial=0.0))
    if loudest > 1 and is_whole(samples):
        return f"holds whole numbers up to {loudest:.0f}, where full scale is 1 (integers written as floats)"
    return f"has samples up to {loudest:.0e}, where full scale is 1" if loudest > LOUDEST else ""


def is_whole(samples: NDArray[np.float32]) -> bool:
    """Whether all samples are whole numbers, beside those that are not finite.

    Examples
    --------
    >>> is_whole(np.array([2.0, np.nan], np.float32)), is_whole(np.array([0.5], np.float32))
    (True, False)
    """
    return not np.isfinite(samples[samples != np.rint(samples)]).any()
