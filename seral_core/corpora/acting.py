"""Acted emotion: synthetic speakers, the clips they act, and raters who disagree about them.

Emotion moves pitch level and range, tempo, loudness, brightness and roughness of the voice as
Juslin and Laukka found over 104 studies of vocal expression [1]_. Every clip has an intensity and
may be mixed with a second emotion; every speaker uses the code in their own strength, and varies
the same cues without meaning anything by it.

References
----------
.. [1] Juslin and Laukka, Communication of emotions in vocal expression and music performance:
   different channels, same code?, Psychological Bulletin 129(5), 2003.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.random import Generator

from seral_core.corpora.voice import Manner, Voice
from seral_core.types import Floats, Ints, Target

EMOTIONS = ("anger", "fear", "happiness", "neutral", "sadness")
NEUTRAL = EMOTIONS.index("neutral")
SCALES = ("arousal", "valence", "dominance")
TASK = (Target("emotion", EMOTIONS), *(Target(name) for name in SCALES))
#: How often each emotion is acted.
SHARES = np.array([0.19, 0.15, 0.18, 0.29, 0.19])

#: What an emotion of full intensity does to a voice. Columns are the fields of `Manner`:
#: pitch range pace level bright rough breath clear rise tremor smile punch pause.
CUES = np.array(
    [
        [3.0, 0.50, 0.28, 6.0, 6.0, 0.60, -3.0, 0.35, 0.5, 0.0, 0.00, 2.0, -0.8],
        [3.5, -0.35, 0.28, -2.0, -3.0, 0.70, 3.0, -0.10, 1.2, 0.8, 0.00, 1.0, 0.2],
        [3.5, 0.50, 0.18, 3.5, 2.0, -0.50, -1.0, 0.25, 2.0, 0.0, 0.07, 1.0, -0.4],
        [0.0, 0.00, 0.00, 0.0, 0.0, 0.00, 0.0, 0.00, 0.0, 0.0, 0.00, 0.0, 0.0],
        [-2.0, -0.60, -0.35, -5.0, -5.0, 0.20, 4.0, -0.40, -1.5, 0.2, -0.01, -1.0, 0.8],
    ]
)
#: The same for one unit of arousal, and of valence, beyond what the emotion brings.
AROUSED = np.array([2.0, 0.25, 0.15, 4.0, 3.0, 0.2, -1.0, 0.15, 0.3, 0.0, 0.0, 0.7, -0.4])
PLEASED = np.array([0.0, 0.20, 0.0, 0.0, 0.0, -0.4, 0.0, 0.15, 1.0, 0.0, 0.04, 0.0, 0.0])
#: What a speaker varies from clip to clip without meaning anything (standard deviation).
WHIM = 0.65 * np.array([1.4, 0.25, 0.12, 2.2, 2.2, 0.30, 1.5, 0.25, 1.0, 0.2, 0.02, 0.8, 0.4])
#: Arousal, valence and dominance of each emotion at full intensity.
PLACES = np.array([[0.8, -0.7, 0.7], [0.6, -0.6, -0.7], [0.6, 0.8, 0.4], [-0.2, 0.05, 0.1], [-0.7, -0.6, -0.6]])
#: The same where people talk and do not act: milder, closer together and less pleasant.
TALKED = np.array([[0.5, -0.6, 0.35], [0.3, -0.55, -0.35], [0.45, 0.35, 0.3], [-0.1, -0.15, 0.15], [-0.3, -0.55, -0.3]])
#: What words would say about arousal, valence and dominance, and the voice does not (standard
#: deviation).
UNHEARD = np.array([0.20, 0.28, 0.18])


@dataclass(frozen=True)
class Actor:
    """A synthetic speaker.

    Parameters
    ----------
    name, sex, session : str
        In the order of the corpus.
    voice : Voice
        Habitual voice.
    code : Floats of shape (cues,)
        How strongly each cue of `CUES` shows emotion; 1 is as the literature says.

    Examples
    --------
    >>> woman, man = cast(2, np.random.default_rng(0))
    >>> woman.voice.tract > man.voice.tract, woman.code.shape
    (True, (13,))
    """

    name: str
    sex: str
    session: str
    voice: Voice
    code: Floats


@dataclass(frozen=True)
class Script:
    """What is acted, one row per clip.

    Parameters
    ----------
    actor : Ints of shape (clips,)
        Number of the actor.
    mix : Floats of shape (clips, emotions)
        How much of each emotion; rows sum to 1.
    place : Floats of shape (clips, 3)
        Arousal, valence and dominance in [-1, 1].
    cues : Floats of shape (clips, cues)
        Fields of the `Manner` of each clip.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> script = write_script(4, cast(2, rng), rng)
    >>> script.actor, script.mix.shape, type(script.manner(0)).__name__
    (array([0, 0, 1, 1]), (4, 5), 'Manner')
    """

    actor: Ints
    mix: Floats
    place: Floats
    cues: Floats

    def manner(self, clip: int) -> Manner:
        """Return how a clip is spoken."""
        return Manner(*self.cues[clip].tolist())


def cast(speakers: int, rng: Generator, *, shift: float = 0.0) -> list[Actor]:
    """Return actors, women and men in turn, two per session.

    Parameters
    ----------
    speakers : int
        How many.
    rng : Generator
        Draws their voices and how strongly they show emotion.
    shift : float
        From 0 to 1: how much faster, softer and breathier than usual they speak.

    Examples
    --------
    >>> [(a.name, a.sex, a.session) for a in cast(3, np.random.default_rng(0))]
    [('01', 'female', 'Ses01'), ('02', 'male', 'Ses01'), ('03', 'female', 'Ses02')]
    """
    return [_actor(number, rng, shift) for number in range(speakers)]


def _actor(number: int, rng: Generator, shift: float) -> Actor:
    woman = number % 2 == 0
    voice = Voice(
        pitch_hz=(205 if woman else 118) * 2 ** (np.clip(rng.normal(0, 2.0), -4, 4) / 12),
        tract=float((1.17 if woman else 1.0) * np.clip(rng.normal(1, 0.03), 0.93, 1.07)),
        pace_hz=float(4.7 * 2 ** np.clip(rng.normal(0, 0.12), -0.25, 0.25)) * 2 ** (0.2 * shift),
        level_db=float(np.clip(rng.normal(0, 1.5), -3, 3)) - 6 * shift,
        breath_db=float(np.clip(rng.normal(-24 if woman else -27, 2), -32, -18)) + 4 * shift,
    )
    strength = np.clip(rng.normal(1.0, 0.15), 0.7, 1.3)
    code = strength * np.clip(rng.normal(1, 0.22, len(WHIM)), 0.4, 1.6)
    return Actor(f"{number + 1:02d}", "female" if woman else "male", f"Ses{number // 2 + 1:02d}", voice, code)


def write_script(
    clips: int, actors: list[Actor], rng: Generator, *, shift: float = 0.0, neutral: float = 0.0
) -> Script:
    """Deal clips to actors and emotions to clips, and say how each is spoken.

    Parameters
    ----------
    clips : int
        How many; as even over the actors as possible.
    actors : list of Actor
        Who speaks.
    rng : Generator
        Deals.
    shift : float
        From 0 to 1: how much weaker emotion shows than usual, and how far its place on the scales
        is from that of acted emotion (`PLACES`) to that of talk (`TALKED`).
    neutral : float
        Share of neutral clips, the others in the usual proportions; 0 for the usual share.

    Returns
    -------
    Script
        Clips of one actor follow one another.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> script = write_script(100, cast(4, rng), rng)
    >>> np.bincount(script.actor), bool(np.allclose(script.mix.sum(axis=1), 1)), bool(np.abs(script.place).max() <= 1)
    (array([25, 25, 25, 25]), True, True)
    """
    actor = np.sort(np.arange(clips) % len(actors))
    emotion = _dealt(clips, rng, neutral)
    mix = _mixed(emotion, rng)
    extra = rng.normal(0, 0.25, (clips, 3)) * [1, 1, 0.7]
    unsaid = rng.standard_normal((clips, 3)) * UNHEARD
    place = np.clip(mix @ ((1 - shift) * PLACES + shift * TALKED) + extra + unsaid, -1, 1)
    codes = np.array([a.code for a in actors])[actor] * (1 - 0.4 * shift)
    whim = rng.standard_normal((clips, len(WHIM))) * WHIM
    cues = codes * (mix @ CUES) + extra[:, :1] * AROUSED + extra[:, 1:2] * PLEASED + whim
    return Script(actor, mix, place, cues)


def _dealt(clips: int, rng: Generator, neutral: float) -> Ints:
    """Emotions in their shares, in random order."""
    shares = SHARES.copy()
    if neutral:
        shares *= (1 - neutral) / (1 - SHARES[NEUTRAL])
        shares[NEUTRAL] = neutral
    steps = (np.arange(clips) + rng.random()) / max(clips, 1)
    emotion = np.searchsorted(np.cumsum(shares), steps, side="right").clip(0, len(shares) - 1)
    return rng.permutation(emotion)


def _mixed(emotion: Ints, rng: Generator) -> Floats:
    """Weights of the emotions: intensity fills up with neutral, and some clips have a second emotion."""
    clips = len(emotion)
    intensity = np.where(emotion == NEUTRAL, rng.uniform(0.75, 1, clips), 0.5 + 0.5 * rng.beta(2.5, 1.8, clips))
    other = (emotion + rng.integers(1, len(EMOTIONS), clips)) % len(EMOTIONS)
    share = np.where(rng.random(clips) < 0.3, rng.uniform(0.1, 0.5, clips), 0.0)
    mix = np.zeros((clips, len(EMOTIONS)))
    row = np.arange(clips)
    mix[row, emotion] += intensity * (1 - share)
    mix[row, other] += intensity * share
    mix[:, NEUTRAL] += 1 - intensity
    return mix


def rate(script: Script, raters: int, rng: Generator) -> pd.DataFrame:
    """Return what raters say, a row a clip and rater, with columns clip, rater and every target.

    Each rater is more or less attentive, leans towards some emotions, and uses the scales in their
    own way, in the nine steps of a self-assessment manikin.

    Parameters
    ----------
    script : Script
        What was acted.
    raters : int
        How many rate every clip.
    rng : Generator
        Draws raters and what they hear.

    Returns
    -------
    DataFrame of clips x raters rows
        ``clip`` counts from 0; scales are in [-1, 1] in steps of 0.25.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> ratings = rate(write_script(3, cast(2, rng), rng), 2, rng)
    >>> ratings.shape, ratings["rater"].tolist(), bool(ratings["arousal"].between(-1, 1).all())
    ((6, 6), ['r1', 'r2', 'r1', 'r2', 'r1', 'r2'], True)
    """
    clips = len(script.mix)
    careless = rng.permutation(np.linspace(0.1, 0.3, raters + 2)[1:-1])
    frames = [
        _rated(script, share, rng).assign(rater=f"r{number + 1}", clip=np.arange(clips))
        for number, share in enumerate(careless)
    ]
    return pd.concat(frames, ignore_index=True).sort_values(["clip", "rater"], kind="stable", ignore_index=True)


def _rated(script: Script, careless: float, rng: Generator) -> pd.DataFrame:
    clips = len(script.mix)
    lean = rng.normal(0, 0.25, len(EMOTIONS))
    lean[NEUTRAL] += 0.3
    keen = rng.uniform(7.0, 10.0)
    heard = keen * script.mix + lean + rng.gumbel(0, 1.0, (clips, len(EMOTIONS)))
    guess = rng.choice(len(EMOTIONS), clips, p=np.full(len(EMOTIONS), 1 / len(EMOTIONS)))
    vote = np.where(rng.random(clips) < careless, guess, heard.argmax(1))
    felt = rng.uniform(0.8, 1.15) * script.place + rng.normal(0, 0.1, 3) + rng.normal(0, 0.28, (clips, 3))
    steps = np.clip(np.round(felt * 4) / 4, -1, 1) + 0.0
    return pd.DataFrame({"emotion": np.array(EMOTIONS)[vote], **dict(zip(SCALES, steps.T, strict=True))})
