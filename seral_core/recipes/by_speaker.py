"""Two ways to predict the same traces, speaker by speaker: intervals count people, not frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seral_core.scores.groups import half_width, p_values
from seral_core.scores.metrics import ccc
from seral_core.scores.statistics import Difference
from seral_core.types import Floats

#: By seed, then by recording.
Runs = Sequence[Sequence[Floats]]
Score = Callable[[Floats, Floats], float]


def each_ccc(truth: Floats, guess: Floats) -> float:
    """Return the CCC of one recording, of frames with gold."""
    have = ~np.isnan(truth)
    return ccc(truth[have], guess[have])


def by_recording(runs: Runs, gold: Sequence[Floats], score: Score = each_ccc) -> Floats:
    """Return the score of each recording, averaged over seeds, of shape (recordings,).

    Examples
    --------
    >>> truth = [np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0, np.nan])]
    >>> by_recording([[truth[0], np.array([0.0, 1.0, 5.0])], [truth[0], np.array([1.0, 0.0, 5.0])]], truth)
    array([1., 0.])
    """
    each = [[score(truth, guess) for truth, guess in zip(gold, run, strict=True)] for run in runs]
    return np.asarray(np.mean(each, axis=0))


def gap(
    runs: Runs, others: Runs, gold: Sequence[Floats], speakers: Sequence[str | None], score: Score = each_ccc
) -> Difference:
    """Return how much higher recordings score with one than with another: mean and interval over speakers.

    Parameters
    ----------
    runs, others : sequence of sequences of Floats of shape (frames,)
        Predictions by seed and recording.
    gold : sequence of Floats of shape (frames,)
        Of the same recordings; nan where there is none.
    speakers : sequence of str or None
        Of each recording; where nobody knows, a recording counts as a speaker.
    score : callable
        Of gold and prediction of one recording; higher is better.

    Examples
    --------
    >>> truth = [np.array([0.0, 1.0, x]) for x in (2.0, 3.0, 4.0)]
    >>> flat = [np.zeros(3)] * 3
    >>> gap([truth], [flat], truth, ["anna", "ben", None]).text(2)
    '+1.00 [+1.00, +1.00]'
    """
    apart = by_recording(runs, gold, score) - by_recording(others, gold, score)
    return over_speakers(apart, speakers, len(runs))


def over_speakers(apart: Floats, speakers: Sequence[str | None], runs: int = 1) -> Difference:
    """Return the mean of differences of recordings, and its interval over speakers.

    Parameters
    ----------
    apart : Floats of shape (recordings,)
        Averaged over seeds.
    speakers : sequence of str or None
        As in `gap`.
    runs : int
        How many seeds they are the average of.

    Examples
    --------
    >>> over_speakers(np.array([1.0, 3.0, 2.0, 2.0]), ["anna", "anna", "ben", None]).text(2)
    '+2.00 [+2.00, +2.00]'
    """
    who = [f"{name}" if name else f"\0{number}" for number, name in enumerate(speakers)]
    groups = np.array([apart[[one == each for one in who]].mean() for each in dict.fromkeys(who)])
    half, p = float(half_width(groups)), float(p_values(groups))
    mean = float(groups.mean())
    return Difference(mean, mean - half, mean + half, runs * len(apart), len(groups), p)
