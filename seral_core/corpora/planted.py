"""Planted clips, for trials of confidence: some that raters disagree about, some unlike all that a model has heard."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
from numpy.random import Generator

from seral_core.corpora.acting import CUES, EMOTIONS, NEUTRAL, PLACES, Actor, Script
from seral_core.corpora.room import Room
from seral_core.corpora.voice import Manner
from seral_core.types import Floats, Ints

AMBIGUOUS, FOREIGN = "ambiguous", "foreign"
#: The line that foreign clips come over: noisy, dull and full of echo.
LINE = Room(echo_db=-6.0, echo_s=0.6, noise_db=-40.0, dull=0.8)
#: How ambiguous clips are spoken, beside what their emotions do: slurred, soft and flat.
MUMBLED = Manner(range_oct=-0.5, level_db=-5.0, bright_db=-5.0, clear=-0.9, punch_db=-2.0)


def drawn(clips: int, shares: tuple[float, ...], rng: Generator) -> tuple[Ints, ...]:
    """Draw sets of clips at random, none in two of them.

    Parameters
    ----------
    clips : int
        How many there are.
    shares : tuple of float
        How large each set is, at most 1 in all.
    rng : Generator
        Draws.

    Returns
    -------
    tuple of Ints
        Numbers of the clips of each set, ascending.

    Examples
    --------
    >>> [len(some) for some in drawn(20, (0.1, 0.2), np.random.default_rng(0))]
    [2, 4]
    """
    ends = np.round(np.cumsum(shares) * clips).astype(np.intp)
    return tuple(np.sort(part) for part in np.split(rng.permutation(clips), ends)[: len(shares)])


def ambiguous(script: Script, actors: list[Actor], chosen: Ints, rng: Generator, *, shift: float = 0.0) -> Script:
    """Return a script in which some clips are mumbled, and as much one emotion as two others, none of them neutral.

    What is between emotions sounds like a weak one; that it is mumbled can be heard, so that who knows the votes of
    raters can learn which clips they disagree about.

    Parameters
    ----------
    script : Script
        What is acted; it is left as it was.
    actors : list of Actor
        Who speaks.
    chosen : Ints of shape (ambiguous clips,)
        Their numbers.
    rng : Generator
        Draws the emotions.
    shift : float
        As in `seral_core.corpora.acting.write_script`.

    Examples
    --------
    >>> from seral_core.corpora.acting import cast, write_script
    >>> rng = np.random.default_rng(0)
    >>> actors = cast(2, rng)
    >>> script = ambiguous(write_script(4, actors, rng), actors, np.array([2]), rng)
    >>> script.mix[2].round(2)
    array([0.33, 0.  , 0.33, 0.  , 0.33])
    """
    if not len(chosen):
        return script
    felt = np.delete(np.arange(len(EMOTIONS)), NEUTRAL)
    mix: Floats = script.mix.copy()
    for clip in chosen.tolist():
        mix[clip] = np.isin(np.arange(len(EMOTIONS)), rng.choice(felt, 3, replace=False)) / 3
    change = mix - script.mix
    codes = np.array([actor.code for actor in actors])[script.actor] * (1 - 0.4 * shift)
    place = np.clip(script.place + change @ PLACES, -1, 1)
    cues = script.cues + codes * (change @ CUES)
    cues[chosen] += astuple(MUMBLED)
    return replace(script, mix=mix, place=place, cues=cues)
