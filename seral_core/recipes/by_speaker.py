"""Two ways to predict the same traces, speaker by speaker: intervals count people, not frames."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from seral_core.scores.groups import FEWEST, half_width, p_values
from seral_core.scores.metrics import ccc
from seral_core.scores.statistics import Difference
from seral_core.types import Floats, Ints

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
    groups = np.array([apart[mine].mean() for mine in recordings_of(speakers)])
    return _difference(float(groups.mean()), groups, runs * len(apart))


def gap_together(
    runs: Runs, others: Runs, gold: Sequence[Floats], speakers: Sequence[str | None], score: Score
) -> Difference:
    """Return how much higher all frames together score with one than with another, with an interval by jackknife.

    A score of all frames, such as CCC, is no mean over speakers. What a speaker contributes is how it changes without
    them: with n speakers, n times the score of all less (n - 1) times that of the others (Tukey's pseudo-values). For a
    score that is a mean, these are the speakers' own, and the result is that of `gap`.

    Parameters
    ----------
    runs, others, gold, speakers
        As in `gap`.
    score : callable
        Of gold and prediction of the frames of several recordings; higher is better.

    Examples
    --------
    >>> truth = [np.array([0.0, 1.0, x]) for x in (2.0, 3.0, 4.0)]
    >>> gap_together([truth], [[np.zeros(3)] * 3], truth, ["anna", "ben", None], each_ccc).text(2)
    '+1.00 [+1.00, +1.00]'
    """
    mine = recordings_of(speakers)

    def apart(rows: Ints) -> float:
        truth = np.concatenate([gold[row] for row in rows])
        found = [[score(truth, np.concatenate([run[row] for row in rows])) for run in each] for each in (runs, others)]
        return float(np.mean(found[0]) - np.mean(found[1]))

    every, count = np.arange(len(gold)), len(mine)
    whole = apart(every)
    if count < FEWEST:
        return _difference(whole, np.full(count, whole), len(runs) * len(gold))
    values = np.array([count * whole - (count - 1) * apart(np.setdiff1d(every, rows)) for rows in mine])
    return _difference(whole, values - values.mean() + whole, len(runs) * len(gold))


def recordings_of(speakers: Sequence[str | None]) -> list[Ints]:
    """Return the numbers of each speaker's recordings; where nobody knows who speaks, a recording counts as a speaker.

    Examples
    --------
    >>> [rows.tolist() for rows in recordings_of(["anna", None, "anna", None])]
    [[0, 2], [1], [3]]
    """
    who = [f"{name}" if name else f"\0{number}" for number, name in enumerate(speakers)]
    return [np.flatnonzero([one == each for one in who]) for each in dict.fromkeys(who)]


def _difference(mean: float, groups: Floats, runs: int) -> Difference:
    """Return a difference with its interval over independent values."""
    half, p = float(half_width(groups)), float(p_values(groups))
    return Difference(mean, mean - half, mean + half, runs, len(groups), p)
