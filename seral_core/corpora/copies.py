"""Whether two recordings are the same sound, perhaps at another sampling rate or in another format."""

from __future__ import annotations

import filecmp
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seral_core.corpora.recording import Recording
from seral_core.errors import BadClip

#: So much of two recordings is compared, at this rate; a copy may be longer by what encoders add.
LOOK_S, _RATE_HZ, _LONGER_S = 3.0, 4000, 0.15
#: Copies correlate more than this, at a delay of at most `_DELAY_S`.
_ALIKE, _DELAY_S, _SILENT = 0.6, 0.1, 1e-9


def same_sound(one: Path, other: Path) -> bool:
    """Tell whether two recordings hold the same sound; what cannot be read is the same where all bytes are.

    Examples
    --------
    >>> import tempfile
    >>> import soundfile
    >>> folder, rng = Path(tempfile.mkdtemp()), np.random.default_rng(0)
    >>> sound = np.repeat(rng.normal(size=4000) / 9, 4)
    >>> for name, values in (("a.wav", sound), ("b.wav", sound[::-1])):
    ...     soundfile.write(folder / name, values, 16_000)
    >>> soundfile.write(folder / "c.wav", sound[::2], 8_000)
    >>> same_sound(folder / "a.wav", folder / "c.wav"), same_sound(folder / "a.wav", folder / "b.wav")
    (True, False)
    """
    try:
        if filecmp.cmp(one, other, shallow=False):
            return True
        (first, first_s), (second, second_s) = _beginning(one), _beginning(other)
    except (BadClip, OSError):
        return False
    if not abs(first_s - second_s) <= _LONGER_S:
        return False
    power = float(np.sqrt((first**2).sum() * (second**2).sum()))
    if power < _SILENT:
        return True
    size = 1 << (len(first) + len(second)).bit_length()
    shared = np.fft.irfft(np.fft.rfft(first, size) * np.fft.rfft(second, size).conj(), size)
    delay = round(_DELAY_S * _RATE_HZ)
    return bool(np.abs(np.r_[shared[: delay + 1], shared[-delay:]]).max() > _ALIKE * power)


def _beginning(path: Path) -> tuple[NDArray[np.float64], float]:
    """Return the beginning of a recording, mixed and at `_RATE_HZ`, and how long all of it is in seconds."""
    with Recording(path) as file:
        blocks = list(file.blocks(0, round(LOOK_S * file.rate_hz), strict=False))
        lasts = float("nan") if file.frames is None else file.frames / file.rate_hz
        rate_hz = file.rate_hz
    sound = np.concatenate(blocks).mean(axis=1, dtype=np.float64) if blocks else np.zeros(1)
    total = np.r_[0.0, np.cumsum(sound - sound.mean())]
    times = np.arange(0, len(sound) / rate_hz + 0.5 / _RATE_HZ, 1 / _RATE_HZ)
    return np.diff(np.interp(times * rate_hz, np.arange(len(total)), total)) * _RATE_HZ / rate_hz, lasts
