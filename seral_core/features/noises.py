"""Noise to put under speech, recorded or made; train, dev and test part each have their own third."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.random import Generator

from seral_core.corpora.acting import cast
from seral_core.corpora.files import audio_files
from seral_core.corpora.voice import Manner, speak
from seral_core.errors import BadPlan
from seral_core.features.audio import RATE_HZ, Signal, hear_long
from seral_core.types import Floats

#: Parts of a corpus, in the order of the thirds that they take their noise from.
PARTS = ("train", "dev", "test")
#: Voices of made babble.
VOICES = 5


@dataclass(frozen=True, eq=False)
class Noises:
    """Kinds of noise, each cut into a third for training, one for development and one for test (D4.2, 3.4.1).

    Parameters
    ----------
    kinds : mapping of str to float32 array of shape (samples,)
        At 16 kHz, three seconds or more.

    Raises
    ------
    BadPlan
        When there is none, or one is too short.

    Examples
    --------
    >>> ramp = np.arange(3 * RATE_HZ, dtype=np.float32)
    >>> kind, found = Noises({"ramp": ramp}).excerpt("dev", 8000, np.random.default_rng(0))
    >>> kind, len(found), bool(RATE_HZ <= found.min() <= found.max() < 2 * RATE_HZ)
    ('ramp', 8000, True)
    """

    kinds: Mapping[str, Signal]

    def __post_init__(self) -> None:
        short = [kind for kind, noise in self.kinds.items() if len(noise) < 3 * RATE_HZ]
        if short or not self.kinds:
            raise BadPlan(
                f"got {len(self.kinds)} kinds of noise, of which {len(short)} are shorter than 3 s"
                f"{f' ({short[0]})' if short else ''}; expected one or more, each long enough for three parts; "
                "add recordings of noise"
            )

    def excerpt(self, part: Literal["train", "dev", "test"], samples: int, rng: Generator) -> tuple[str, Signal]:
        """Return a kind at random, and so many samples of a part's third of it, from anywhere in it.

        An excerpt that reaches the end of the third goes on at its beginning.
        """
        kind = list(self.kinds)[int(rng.integers(len(self.kinds)))]
        noise = self.kinds[kind]
        length = len(noise) // 3
        start = PARTS.index(part) * length
        places = (int(rng.integers(length)) + np.arange(samples)) % length
        return kind, noise[start : start + length][places]


def with_noise(signal: Signal, noise: Signal, snr_db: float) -> Signal:
    """Return speech with noise as loud as the signal-to-noise ratio says, of the power of all samples.

    Raises
    ------
    BadPlan
        When the noise is silent.

    Examples
    --------
    >>> speech, noise = np.array([1.0, -1.0], np.float32), np.array([0.5, 0.5], np.float32)
    >>> with_noise(speech, noise, 20.0), round(snr_db(speech, with_noise(speech, noise, 20.0)))
    (array([ 1.1, -0.9], dtype=float32), 20)
    """
    loud = _power(noise)
    if not loud > 0:
        raise BadPlan("got an excerpt of noise that is silent; expected sound in it; leave silent recordings out")
    gain = np.sqrt(_power(signal) / loud * 10 ** (-snr_db / 10))
    return np.asarray(signal + np.float32(gain) * noise, dtype=np.float32)


def snr_db(signal: Signal, noisy: Signal) -> float:
    """Return the signal-to-noise ratio of speech with something added, in dB; infinite where nothing is."""
    added = _power(noisy - signal)
    return float(10 * np.log10(_power(signal) / added)) if added > 0 else float("inf")


def noises_in(folder: Path) -> Noises:
    """Read recordings of noise; folders in the folder are kinds, and recordings of a kind follow one another.

    Every recording has a peak of full scale, as in D4.2.

    Raises
    ------
    BadPlan
        When there are no recordings, or too short ones.
    BadClip
        When one cannot be read.
    """
    found: dict[str, list[Signal]] = {}
    for name in sorted(audio_files(folder)):
        noise = hear_long(folder / name, rate_hz=RATE_HZ).at(RATE_HZ)
        found.setdefault(name.rpartition("/")[0] or folder.name, []).append(noise / np.abs(noise).max())
    return Noises({kind: np.concatenate(several) for kind, several in found.items()})


def made_noises(seconds: float = 180.0, seed: int = 0) -> Noises:
    """Return babble of built-in voices, pink noise of a street, and hum of machines, so many seconds of each.

    All of it comes and goes, as noise outside of laboratories does; the same seed gives the same samples.

    Examples
    --------
    >>> {kind: len(noise) for kind, noise in made_noises(4.0).kinds.items()}
    {'babble': 64000, 'street': 64000, 'hum': 64000}
    """
    samples, rngs = round(seconds * RATE_HZ), [np.random.default_rng([seed, number]) for number in range(3)]
    makers = {"babble": _babble, "street": _street, "hum": _hum}
    made = {kind: maker(samples, rng) for (kind, maker), rng in zip(makers.items(), rngs, strict=True)}
    return Noises({kind: (noise / np.abs(noise).max()).astype(np.float32) for kind, noise in made.items()})


def _babble(samples: int, rng: Generator) -> Floats:
    """Return several people who talk at once, each in changing moods."""
    total = np.zeros(samples)
    for actor in cast(VOICES, rng):
        at = 0
        while at < samples:
            manner = Manner(pitch_st=rng.normal(0, 2), level_db=rng.normal(0, 4), bright_db=rng.normal(0, 3))
            phrase = speak(actor.voice, manner, rng)[: samples - at]
            total[at : at + len(phrase)] += phrase
            at += len(phrase) + int(rng.exponential(0.4) * RATE_HZ)
    return total


def _street(samples: int, rng: Generator) -> Floats:
    """Return pink noise that swells as cars pass."""
    return _pink(samples, rng) * 10 ** (_wander(samples, 0.2, rng) * 6 / 20)


def _hum(samples: int, rng: Generator) -> Floats:
    """Return the hum of mains and its harmonics over the rush of a fan, each louder and softer with time."""
    seconds = np.arange(samples) / RATE_HZ
    tones = [np.sin(2 * np.pi * 50 * n * seconds + rng.uniform(0, 6)) / n for n in (1, 2, 3, 4, 6, 8, 12)]
    hum = np.sum(tones, axis=0) * 10 ** (_wander(samples, 0.5, rng) * 4 / 20)
    return np.asarray(hum + 0.8 * _pink(samples, rng) * 10 ** (_wander(samples, 0.1, rng) * 4 / 20))


def _pink(samples: int, rng: Generator) -> Floats:
    """Return noise whose power falls with frequency, of mean power 1."""
    from scipy import fft

    spectrum = fft.rfft(rng.standard_normal(samples))
    spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), samples * 20 / RATE_HZ))
    noise = fft.irfft(spectrum, samples)
    return np.asarray(noise / np.sqrt(_power(noise)))


def _wander(samples: int, changes_hz: float, rng: Generator) -> Floats:
    """Return a smooth random curve of about deviation 1."""
    points = rng.standard_normal(max(4, int(samples / RATE_HZ * changes_hz) + 2))
    from scipy.interpolate import make_interp_spline

    return np.asarray(make_interp_spline(np.linspace(0, 1, len(points)), points)(np.linspace(0, 1, samples)))


def _power(sound: Signal | Floats) -> float:
    return float(np.mean(np.square(sound, dtype=np.float64)))
