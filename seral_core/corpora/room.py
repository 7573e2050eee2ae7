"""A room and a microphone: what a recording adds to a voice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from seral_core.corpora.voice import RATE_HZ
from seral_core.types import Floats


@dataclass(frozen=True)
class Room:
    """Where a session is recorded.

    Parameters
    ----------
    echo_db : float
        Echo against the voice.
    echo_s : float
        Time in which the echo falls by 60 dB.
    noise_db : float
        Noise against full scale.
    dull : float
        From 0 to below 1: how much the microphone takes from the top.

    Examples
    --------
    >>> quiet, loud = (Room.drawn(np.random.default_rng(0), shift) for shift in (0.0, 1.0))
    >>> round(loud.noise_db - quiet.noise_db), round(loud.echo_db - quiet.echo_db)
    (18, 12)
    """

    echo_db: float = -18.0
    echo_s: float = 0.25
    noise_db: float = -66.0
    dull: float = 0.0

    @classmethod
    def drawn(cls, rng: Generator, shift: float = 0.0) -> Room:
        """Return a quiet room; ``shift`` from 0 to 1 makes it louder, more reverberant and duller."""
        return cls(
            echo_db=rng.uniform(-22, -16) + 12 * shift,
            echo_s=rng.uniform(0.15, 0.35) + 0.4 * shift,
            noise_db=rng.uniform(-70, -62) + 18 * shift,
            dull=rng.uniform(0, 0.12) + 0.5 * shift,
        )


def record(sound: Floats, room: Room, rng: Generator) -> Floats:
    """Return a voice as recorded, within (-1, 1).

    Parameters
    ----------
    sound : Floats of shape (samples,)
        At 16 kHz.
    room : Room
        Where.

    Examples
    --------
    >>> quiet = record(np.zeros(16_000), Room(noise_db=-60), np.random.default_rng(0))
    >>> round(20 * np.log10(quiet.std()))
    -60
    """
    from scipy.signal import fftconvolve, lfilter

    tail = int(room.echo_s * RATE_HZ)
    echo = rng.standard_normal(tail) * 10 ** (-3 * np.arange(tail) / tail)
    echo[: RATE_HZ // 200] = 0
    echo *= 10 ** (room.echo_db / 20) / np.sqrt(np.square(echo).sum())
    wet = lfilter([1 - room.dull], [1, -room.dull], sound + fftconvolve(sound, echo)[: len(sound)])
    hum = lfilter([1], [1, -0.8], rng.standard_normal(len(sound))) * 0.6
    mixed = wet * 10 ** (rng.normal(0, 1) / 20) + hum * 10 ** (room.noise_db / 20)
    return _limited(mixed)


def _limited(sound: Floats) -> Floats:
    """Bend what is above 0.7 so that nothing reaches 1."""
    over = np.maximum(np.abs(sound) - 0.7, 0)
    return np.sign(sound) * (np.minimum(np.abs(sound), 0.7) + 0.29 * np.tanh(over / 0.29))
