"""A voice: glottal pulses and noise through moving formants, in syllables.

A source-filter synthesiser in the manner of Klatt and Klatt [1]_: pulses with jitter and shimmer
and breath noise are shaped by resonances that glide from phone to phone; hiss and bursts of
consonants are added. The words are babble. Who speaks is a `Voice`, how it is spoken a `Manner`.

References
----------
.. [1] Klatt and Klatt, Analysis, synthesis, and perception of voice quality variations among female
   and male talkers, Journal of the Acoustical Society of America 87(2), 1990.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from seral_core.types import Floats

RATE_HZ = 16_000
FRAME = 128
SHORTEST_S, LONGEST_S = 1.5, 4.0

#: First three formants in Hz of a man's vowels, after Peterson and Barney (1952).
VOWELS = (
    (270, 2290, 3010), (390, 1990, 2550), (530, 1840, 2480), (660, 1720, 2410), (730, 1090, 2440),
    (570, 840, 2410), (440, 1020, 2240), (300, 870, 2240), (640, 1190, 2390),
)  # fmt: skip
SCHWA = (500, 1500, 2500)
UPPER = (3500, 4500, 5500)
BANDWIDTHS_HZ = np.array([70.0, 90.0, 130.0, 220.0, 320.0, 450.0])
#: Bands of hiss in Hz: as in f, sh, s.
HISS_HZ = ((1200, 7000), (2200, 5200), (4300, 7400))


class Phone(NamedTuple):
    """A stretch of even sound.

    Parameters
    ----------
    seconds : float
        How long it lasts.
    voiced, breath : float
        Strength of voice and of breath noise, from 0 to 1.
    hiss : tuple of three float
        Strength of each band of `HISS_HZ`, from 0 to 1.
    formants : tuple of three float
        In Hz, for a man's tract.
    accent_st : float
        Pitch against the phrase's, in semitones.

    Examples
    --------
    >>> hiss = Phone(0.1, 0.0, 0.1, hiss=(0.0, 0.0, 0.55), formants=GUMS)
    >>> hiss.seconds, hiss.voiced, hiss.formants
    (0.1, 0.0, (300, 1750, 2650))
    """

    seconds: float
    voiced: float
    breath: float = 0.0
    hiss: tuple[float, float, float] = (0.0, 0.0, 0.0)
    formants: tuple[float, float, float] = SCHWA
    accent_st: float = 0.0


LIPS, GUMS, PALATE = (300, 900, 2200), (300, 1750, 2650), (300, 2050, 2400)
#: A syllable begins with one of these (or with its vowel).
ONSETS: tuple[tuple[Phone, ...], ...] = (
    (),
    (Phone(0.055, 0.10, formants=LIPS), Phone(0.010, 0.5, 0.3, (0.3, 0, 0), LIPS)),
    (Phone(0.050, 0.10, formants=GUMS), Phone(0.012, 0.5, 0.3, (0, 0, 0.4), GUMS)),
    (Phone(0.050, 0.10, formants=PALATE), Phone(0.016, 0.5, 0.3, (0, 0.4, 0), PALATE)),
    (Phone(0.065, 0.0, formants=LIPS), Phone(0.012, 0, 0.5, (0.5, 0, 0), LIPS), Phone(0.030, 0.1, 0.7)),
    (Phone(0.060, 0.0, formants=GUMS), Phone(0.014, 0, 0.5, (0, 0, 0.8), GUMS), Phone(0.035, 0.1, 0.7)),
    (Phone(0.060, 0.0, formants=PALATE), Phone(0.020, 0, 0.6, (0, 0.7, 0), PALATE), Phone(0.040, 0.1, 0.7)),
    (Phone(0.065, 0.45, formants=(260, 1000, 2200)),),
    (Phone(0.060, 0.45, formants=(260, 1500, 2500)),),
    (Phone(0.100, 0.0, 0.1, (0, 0, 0.55), GUMS),),
    (Phone(0.100, 0.0, 0.1, (0, 0.60, 0), PALATE),),
    (Phone(0.085, 0.0, 0.1, (0.25, 0, 0), LIPS),),
    (Phone(0.070, 0.35, 0.1, (0, 0, 0.25), GUMS),),
    (Phone(0.060, 0.35, 0.1, (0.12, 0, 0), LIPS),),
    (Phone(0.060, 0.60, formants=(360, 1200, 2700)),),
    (Phone(0.060, 0.60, formants=(300, 700, 2200)),),
    (Phone(0.055, 0.60, formants=(280, 2200, 2900)),),
    (Phone(0.060, 0.05, 0.8),),
)
#: Now and then it ends with one of these.
CODAS = ((ONSETS[7][0],), (ONSETS[8][0],), (ONSETS[9][0],), ONSETS[5][:2], (ONSETS[14][0],))


@dataclass(frozen=True)
class Voice:
    """Who speaks.

    Parameters
    ----------
    pitch_hz : float
        Habitual pitch.
    tract : float
        Formants relative to a man's: about 1 for men, 1.17 for women.
    pace_hz : float
        Syllables per second, without pauses.
    level_db : float
        Habitual loudness against other speakers.
    breath_db : float
        Breath noise against the voice; -30 is clear, -15 breathy.

    Examples
    --------
    >>> Voice(pitch_hz=205.0, tract=1.17).pace_hz
    4.6
    """

    pitch_hz: float = 120.0
    tract: float = 1.0
    pace_hz: float = 4.6
    level_db: float = 0.0
    breath_db: float = -26.0


@dataclass(frozen=True)
class Manner:
    """How it is spoken, against the speaker's habit; all zeros is plain speech.

    Parameters
    ----------
    pitch_st : float
        Pitch level, in semitones.
    range_oct, pace_oct : float
        Extent of intonation and speech rate, as powers of two.
    level_db : float
        Loudness.
    bright_db : float
        Energy at 3 kHz against the fundamental: a pressed voice is bright, a lax one dull.
    rough : float
        Jitter and shimmer, as a power of two.
    breath_db : float
        Breath noise.
    clear : float
        Extent of vowels: above 0 articulate, below 0 slurred.
    rise_st : float
        Pitch movement at the end of a phrase, in semitones.
    tremor_st : float
        Depth of a tremble of about six per second, in semitones.
    smile : float
        Shortening of the tract: 0.05 raises the formants by 5 %.
    punch_db : float
        How much louder accented syllables are.
    pause : float
        Pauses, as a power of two.

    Examples
    --------
    >>> hurried = Manner(pitch_st=3.0, pace_oct=0.28)
    >>> round(Voice().pitch_hz * 2 ** (hurried.pitch_st / 12)), round(Voice().pace_hz * 2**hurried.pace_oct, 1)
    (143, 5.6)
    """

    pitch_st: float = 0.0
    range_oct: float = 0.0
    pace_oct: float = 0.0
    level_db: float = 0.0
    bright_db: float = 0.0
    rough: float = 0.0
    breath_db: float = 0.0
    clear: float = 0.0
    rise_st: float = 0.0
    tremor_st: float = 0.0
    smile: float = 0.0
    punch_db: float = 0.0
    pause: float = 0.0


def speak(voice: Voice, manner: Manner, rng: Generator) -> Floats:
    """Return babble of 1.5 to 4 s at 16 kHz.

    Parameters
    ----------
    voice : Voice
        Who speaks.
    manner : Manner
        How.

    Returns
    -------
    Floats of shape (samples,)
        Its level over speech is ``-30 + voice.level_db + manner.level_db`` dB below full scale.

    Examples
    --------
    >>> clip = speak(Voice(pitch_hz=200, tract=1.17), Manner(), np.random.default_rng(0))
    >>> 1.5 <= len(clip) / RATE_HZ <= 4
    True
    """
    tracks = _tracks(_phones(voice, manner, rng))
    samples = len(tracks) * FRAME
    voiced, breath, *hiss = (_stretch(tracks[:, i], samples) for i in range(5))
    pitch_hz = voice.pitch_hz * 2 ** (_intonation(tracks[:, 8], manner, rng) / 12)
    pulses, opened = _glottis(_stretch(pitch_hz, samples), manner, rng)
    noise = rng.standard_normal((2, samples))
    breath_gain = 10 ** ((voice.breath_db + manner.breath_db) / 20)
    source = pulses * voiced + noise[0] * (breath_gain * (0.3 + opened) * voiced + 0.12 * breath)
    formants = tracks[:, 5:8] * voice.tract * (1 + manner.smile)
    sound = _tract(_lax(source, 7 - manner.bright_db), formants, voice.tract)
    sound /= _level(sound)
    sound += 0.3 * _hiss(noise[1], np.array(hiss))
    return sound / _level(sound) * 10 ** ((voice.level_db + manner.level_db - 30) / 20)


def _phones(voice: Voice, manner: Manner, rng: Generator) -> list[Phone]:
    pace_hz = voice.pace_hz * 2**manner.pace_oct
    spread = 2 ** (0.6 * manner.clear)
    syllables = int(np.clip(rng.integers(6, 14), np.ceil(1.35 * pace_hz), max(3, np.floor(3.0 * pace_hz))))
    phones = [Phone(rng.uniform(0.08, 0.16), 0)]
    since = 0
    for number in range(syllables):
        last = number == syllables - 1
        phones += _syllable(pace_hz, spread, manner, last, rng)
        since += 1
        if not last and since >= 3 and rng.random() < 0.12 * 2**manner.pause:
            phones.append(Phone(rng.uniform(0.10, 0.22) * 2 ** (manner.pause / 2), 0))
            since = 0
    phones.append(Phone(rng.uniform(0.08, 0.16), 0))
    fit = min(1.0, (LONGEST_S - 0.02) / sum(p.seconds for p in phones))
    return [p._replace(seconds=p.seconds * fit) for p in phones]


def _syllable(pace_hz: float, spread: float, manner: Manner, last: bool, rng: Generator) -> list[Phone]:
    stressed = rng.random() < 0.45
    accent_st = rng.uniform(2, 4.5) if stressed else rng.normal(-0.7, 0.5)
    strength = 10 ** ((manner.punch_db + 2.5 if stressed else rng.normal(-1.5, 0.7) - manner.punch_db / 2) / 20)
    vowel = VOWELS[rng.integers(len(VOWELS))] if stressed or rng.random() < 0.6 else SCHWA
    formants = tuple(s + (f - s) * spread * (1 if stressed else 0.8) for f, s in zip(vowel, SCHWA, strict=True))
    squeeze = min(1.3, 4.6 / pace_hz)
    onset = ONSETS[rng.integers(len(ONSETS))]
    coda = CODAS[rng.integers(len(CODAS))] if rng.random() < 0.25 else ()
    around = [p._replace(seconds=p.seconds * squeeze, accent_st=accent_st) for p in (*onset, *coda)]
    wanted = (1.3 if stressed else 0.8) * rng.uniform(0.85, 1.15) * (1.4 if last else 1) / pace_hz
    seconds = max(0.045, wanted - sum(p.seconds for p in around))
    core = Phone(seconds, strength, 0.0, (0, 0, 0), formants, accent_st + (manner.rise_st if last else 0))  # type: ignore[arg-type]
    return [*around[: len(onset)], core, *around[len(onset) :]]


def _tracks(phones: list[Phone]) -> Floats:
    """Lay phones on frames and let them glide; columns: voiced, breath, 3 hisses, 3 formants, accent."""
    from scipy.ndimage import gaussian_filter1d

    rows = np.array([[p.voiced, p.breath, *p.hiss, *p.formants, p.accent_st] for p in phones])
    ends = np.cumsum([p.seconds for p in phones]) * RATE_HZ / FRAME
    frames = int(np.ceil(max(ends[-1], SHORTEST_S * RATE_HZ / FRAME)))
    at = np.minimum(np.searchsorted(ends, np.arange(frames), side="right"), len(phones) - 1)
    steps = rows[at]
    widths = np.array([1.0, 0.8, 0.6, 0.6, 0.6, 2.2, 2.2, 2.2, 6.0])
    return np.column_stack([gaussian_filter1d(c, w, mode="nearest") for c, w in zip(steps.T, widths, strict=True)])


def _stretch(track: Floats, samples: int) -> Floats:
    return np.interp(np.arange(samples), np.arange(len(track)) * FRAME + FRAME / 2, track)


def _intonation(accents_st: Floats, manner: Manner, rng: Generator) -> Floats:
    seconds = np.arange(len(accents_st)) * FRAME / RATE_HZ
    fall = np.linspace(1.2, -1.2, len(accents_st))
    tremble = np.sin(2 * np.pi * (rng.uniform(5.5, 7) * seconds + rng.random()))
    return manner.pitch_st + 2**manner.range_oct * (accents_st + fall) + max(manner.tremor_st, 0) * tremble


def _glottis(pitch_hz: Floats, manner: Manner, rng: Generator) -> tuple[Floats, Floats]:
    """Return the derivative of glottal flow, and how open the glottis is (0 or 1), a sample each."""
    samples = np.arange(len(pitch_hz))
    turns = np.cumsum(np.clip(pitch_hz, 50, 600) / RATE_HZ)
    marks = np.interp(np.arange(1, turns[-1]), turns, samples)
    wobble = rng.standard_normal((2, len(marks)))
    periods = np.diff(marks, prepend=0.0) * np.clip(1 + 0.007 * 2**manner.rough * wobble[0], 0.7, 1.4)
    starts = np.cumsum(periods) - periods
    strengths = 10 ** (0.25 * 2**manner.rough * np.clip(wobble[1], -3, 3) / 20)
    share = np.clip(0.60 - 0.015 * manner.bright_db, 0.35, 0.85)
    period = np.searchsorted(starts, samples, side="right") - 1
    x = (samples - starts[period]) / (share * periods[period])
    opened = (x < 1).astype(float)
    pulses = strengths[period] * opened * (2 * x - 3 * x**2)
    return _soften(pulses, starts + share * periods, strengths), opened


def _soften(pulses: Floats, closures: Floats, strengths: Floats) -> Floats:
    """Spread the jump at each closure over two samples (polyBLEP), so that it does not alias."""
    before = np.floor(closures).astype(int)
    inside = before + 1 < len(pulses)
    before, part, height = before[inside], (closures - before)[inside], strengths[inside] / 2
    pulses[before] += height * (1 - part) ** 2
    pulses[before + 1] -= height * part**2
    return pulses


def _lax(source: Floats, fall_db: float) -> Floats:
    """Lower 3 kHz by ``fall_db`` with one pole."""
    from scipy.signal import lfilter

    gain = 10 ** (max(fall_db, 0.5) / 10)
    turn = gain - np.cos(2 * np.pi * 3000 / RATE_HZ)
    pole = (turn - np.sqrt(turn**2 - (gain - 1) ** 2)) / (gain - 1)
    return lfilter([1 - pole], [1, -pole], source)  # type: ignore[no-any-return]


def _tract(source: Floats, formants: Floats, scale: float) -> Floats:
    """Pass a source of shape (frames * FRAME,) through resonances that change from frame to frame."""
    upper = np.broadcast_to(np.array(UPPER) * scale, (len(formants), len(UPPER)))
    angle = 2 * np.pi * np.clip(np.hstack([formants, upper]), 150, 7600) / RATE_HZ
    radius = np.exp(-np.pi * BANDWIDTHS_HZ / RATE_HZ)
    poles = np.zeros((len(formants), 2 * angle.shape[1] + 1))
    poles[:, 0] = 1
    for turn, size in zip(angle.T, radius, strict=True):
        shifted = np.pad(poles, ((0, 0), (2, 0)))
        poles += -2 * size * np.cos(turn)[:, None] * shifted[:, 1:-1] + size**2 * shifted[:, :-2]
    return _overlapped(source, poles)


def _overlapped(source: Floats, poles: Floats) -> Floats:
    """Filter overlapping windows, each by its own poles, and add them up."""
    from scipy.fft import irfft, rfft

    size = 8 * FRAME
    window = np.sin(np.pi * (np.arange(2 * FRAME) + 0.5) / (2 * FRAME)) ** 2
    padded = np.pad(source, (FRAME // 2, 3 * FRAME // 2)).reshape(-1, FRAME)
    blocks = np.hstack([padded[:-1], padded[1:]])[: len(poles)] * window
    spectra = rfft(blocks, size) * (poles.sum(1, keepdims=True) / rfft(poles, size))
    pieces = irfft(spectra, size).reshape(len(poles), 8, FRAME)
    total = np.zeros((len(poles) + 8, FRAME))
    for part in range(8):
        total[part : part + len(poles)] += pieces[:, part]
    return total.ravel()[FRAME // 2 : FRAME // 2 + len(source)]


@cache
def _hisses() -> tuple[Floats, ...]:
    from scipy.signal import butter

    return tuple(butter(2, band, "bandpass", fs=RATE_HZ, output="sos") for band in HISS_HZ)


def _hiss(noise: Floats, gains: Floats) -> Floats:
    from scipy.signal import sosfilt

    total = np.zeros_like(noise)
    for band, gain in zip(_hisses(), gains, strict=True):
        total += sosfilt(band, noise) * gain
    return total


def _level(sound: Floats) -> float:
    """Root mean square over the louder half, where speech is."""
    blocks = np.sort(np.square(sound).reshape(-1, FRAME).mean(1))
    return float(np.sqrt(blocks[len(blocks) // 2 :].mean()) + 1e-9)
