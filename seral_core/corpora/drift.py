"""Drift: emotion that wanders over minutes, how a voice shows it, and raters who trace it late, smoothed and biased."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from seral_core.corpora.acting import AROUSED, PLEASED, WHIM
from seral_core.types import Floats

#: Traces have a value every 40 ms.
RATE_HZ = 25.0
#: Slow processes that arousal and valence are sums of: time scale in seconds, and standard deviation.
PROCESSES = ((4.0, 0.20), (12.0, 0.28), (35.0, 0.22))
#: How loudly arousal and valence show in the voice, against the cues of acted emotion.
SHOWN = (1.9, 0.95)
#: What the voice does without meaning anything, as time scale in seconds and in shares of `WHIM`.
MOOD_S, MOOD = 20.0, 0.8
#: How late raters react, in seconds, and over how many they smooth.
LAGS_S, SMOOTHED_S = (1.0, 4.0), (0.5, 2.0)


def smooth_noise(frames: int, scale_s: float, rng: Generator, columns: int = 1) -> Floats:
    """Return smooth random curves of standard deviation 1 that change over about ``scale_s`` seconds.

    Returns
    -------
    Floats of shape (frames, columns)
        At `RATE_HZ`.

    Examples
    --------
    >>> smooth_noise(50, 2.0, np.random.default_rng(0)).shape
    (50, 1)
    """
    from scipy.ndimage import gaussian_filter1d

    # Ten points a time scale are enough; straight lines lie between them.
    step = max(1.0, scale_s * RATE_HZ / 10)
    points = int(np.ceil(frames / step)) + 1
    edge = 40  # beyond which the filter does not reach
    sigma = scale_s * RATE_HZ / step / np.sqrt(2)
    noise = gaussian_filter1d(rng.standard_normal((points + 2 * edge, columns)), sigma, axis=0, mode="constant")
    curves = noise[edge : edge + points] * np.sqrt(2 * np.sqrt(np.pi) * sigma)
    at = np.arange(frames) / step
    return np.stack([np.interp(at, np.arange(points), curve) for curve in curves.T], axis=1).astype(np.float64)


def drifted(frames: int, rng: Generator) -> Floats:
    """Return arousal and valence along a recording, in (-1, 1).

    Returns
    -------
    Floats of shape (frames, 2)

    Examples
    --------
    >>> drifted(1500, np.random.default_rng(0)).shape
    (1500, 2)
    """
    total = np.zeros((frames, 2))
    for scale_s, sd in PROCESSES:
        total += sd * smooth_noise(frames, scale_s, rng, 2)
    return np.asarray(np.tanh(total), dtype=np.float64)


def cues_along(emotion: Floats, code: Floats, rng: Generator) -> Floats:
    """Return the fields of the `Manner` in which a speaker talks, frame by frame.

    Parameters
    ----------
    emotion : Floats of shape (frames, 2)
        Arousal and valence.
    code : Floats of shape (cues,)
        How strongly the speaker shows each cue.
    rng : Generator
        Draws moods: cues that mean nothing.

    Examples
    --------
    >>> cues_along(np.zeros((50, 2)), np.ones(13), np.random.default_rng(0)).shape
    (50, 13)
    """
    moods = smooth_noise(len(emotion), MOOD_S, rng, len(WHIM)) * WHIM * MOOD
    shown = emotion @ np.array([SHOWN[0] * AROUSED, SHOWN[1] * PLEASED])
    return np.asarray(code * shown + moods, dtype=np.float64)


def traced(emotion: Floats, raters: int, draws: Floats, rng: Generator) -> Floats:
    """Return what raters trace along a recording, in thousandths from -1 to 1.

    Parameters
    ----------
    emotion : Floats of shape (frames, 2)
        Arousal and valence.
    raters : int
        How many.
    draws : Floats of shape (raters, 6)
        Habits of the raters, see `habits`.
    rng : Generator
        Draws what a hand does besides.

    Returns
    -------
    Floats of shape (2, raters, frames)

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> traced(np.zeros((50, 2)), 3, habits(3, rng), rng).shape
    (2, 3, 50)
    """
    from scipy.ndimage import gaussian_filter1d

    frames = len(emotion)
    found = np.empty((2, raters, frames))
    for rater, (lag_s, smoothed_s, gain, *bias, unsteady) in enumerate(draws):
        late = np.maximum(np.arange(frames) - round(lag_s * RATE_HZ), 0)
        felt = gaussian_filter1d(emotion[late], smoothed_s * RATE_HZ / 2, axis=0, mode="nearest")
        hand = unsteady * smooth_noise(frames, 6.0, rng, 2)
        found[:, rater] = (gain * felt + np.array(bias) + hand).T
    return np.asarray(np.round(np.clip(found, -1, 1), 3) + 0.0, dtype=np.float64)


def habits(raters: int, rng: Generator) -> Floats:
    """Return lag and smoothing (seconds), gain, bias of arousal and valence, and unsteadiness of each rater.

    Examples
    --------
    >>> habits(2, np.random.default_rng(0)).shape
    (2, 6)
    """
    return np.column_stack(
        [
            rng.permutation(np.linspace(*LAGS_S, raters)) if raters > 1 else [np.mean(LAGS_S)],
            rng.uniform(*SMOOTHED_S, raters),
            rng.uniform(0.7, 1.1, raters),
            rng.normal(0, 0.08, (raters, 2)),
            rng.uniform(0.05, 0.15, raters),
        ]
    )
