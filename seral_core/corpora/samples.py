"""Samples along time become traces: the rate of a target, frames at that rate, gaps, and what is said of all that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from seral_core.corpora.answers import RANGES
from seral_core.corpora.corpus import Corpus, checked, rating_frame
from seral_core.corpora.durations import durations_s
from seral_core.corpora.files import few
from seral_core.corpora.traces import about_traces, as_trace
from seral_core.errors import BadCorpus
from seral_core.scores.traces import resampled
from seral_core.types import Floats, Target, Task

#: Between samples that are farther apart than so many steps, nothing was rated.
GAP_STEPS = 5.0
#: Samples lie on frames where they are off by less than this part of one.
_OFF = 0.2


class Samples(NamedTuple):
    """What one rater said of one recording.

    Parameters
    ----------
    segment, target, rater : str
        What was rated, and by whom.
    times_s : Floats of shape (samples,)
        Seconds from the start of the segment.
    values : Floats of shape (samples,)
        nan where there is none.
    """

    segment: str
    target: str
    rater: str
    times_s: Floats
    values: Floats


def usual_step_s(some: Sequence[Samples]) -> float:
    """Return the time from sample to sample that is usual in traces; nan where none has two samples.

    Examples
    --------
    >>> usual_step_s([Samples("a.wav", "arousal", "r1", np.array([0.0, 0.04, 0.08]), np.zeros(3))])
    0.04
    """
    steps = [np.diff(np.unique(one.times_s)) for one in some]
    medians = [float(np.median(each)) for each in steps if len(each)]
    return round(float(np.median(medians)), 9) if medians else float("nan")


def rate_of(step_s: float) -> float:
    """Return the rate of samples so far apart: a whole number where it is one but for rounding.

    Examples
    --------
    >>> rate_of(0.04), rate_of(0.1001), rate_of(1 / 12.5)
    (25.0, 10.0, 12.5)
    """
    rate_hz = 1 / step_s
    whole = round(rate_hz)
    return float(whole) if whole and abs(rate_hz - whole) < 0.0011 * rate_hz else round(rate_hz, 3)


def in_frames(times_s: Floats, values: Floats, rate_hz: float) -> Floats:
    """Return a trace at a rate: samples on frames as they are, others as means over frames; nan in gaps.

    Parameters
    ----------
    times_s, values : Floats of shape (samples,)
        In any order; nan where there is no value.
    rate_hz : float
        Frames per second.

    Returns
    -------
    Floats of shape (frames,)
        From 0 s to the last sample. A sample at the start of a frame, or in its middle, is that frame's value.

    Examples
    --------
    >>> in_frames(np.array([0.5, 0.0, 1.5]), np.array([2.0, 1.0, 4.0]), 2.0)
    array([ 1.,  2., nan,  4.])
    """
    order = np.argsort(times_s, kind="stable")
    times, given = np.asarray(times_s, float)[order], np.asarray(values, float)[order]
    for offset in (0.0, 0.5):
        at = np.round(times * rate_hz - offset)
        if (np.abs(times * rate_hz - offset - at) < _OFF).all() and len(np.unique(at)) == len(at) and (at >= 0).all():
            found = np.full(int(at[-1]) + 1, np.nan)
            found[at.astype(int)] = given
            return found
    known = ~np.isnan(given)
    if not known.any():
        return np.full(max(1, round(times[-1] * rate_hz)), np.nan)
    times, given = times[known], given[known]
    half_s = max(float(np.median(np.diff(times))) if len(times) > 1 else 0.0, 1 / rate_hz)
    before_s, after_s = (each[np.diff(times) > GAP_STEPS * half_s] for each in (times[:-1], times[1:]))
    # A trace stays as it is at the edge of a gap: no line leads through.
    edges = np.concatenate([before_s + half_s, after_s - half_s])
    held = np.concatenate([given[np.searchsorted(times, each)] for each in (before_s, after_s)])
    order = np.argsort(np.concatenate([times, edges]), kind="stable")
    all_times, all_values = (np.concatenate(pair)[order] for pair in ((times, edges), (given, held)))
    end_s = (np.floor(times[-1] * rate_hz + 1e-6) + 1) / rate_hz
    found = resampled(all_times, all_values, rate_hz, end_s)
    middles = (np.arange(len(found)) + 0.5) / rate_hz
    for start_s, stop_s in zip(before_s + half_s, after_s - half_s, strict=True):
        found[(middles > start_s) & (middles < stop_s)] = np.nan
    found[middles < times[0] - half_s] = np.nan
    return found


def traces_of(
    some: Sequence[Samples], ranges: Mapping[str, tuple[float, float]] | None = None, rate_hz: float = 0.0
) -> tuple[Task, pd.DataFrame, tuple[str, ...]]:
    """Return targets, their traces as ratings, and notes on rates, lengths, raters and gaps.

    Parameters
    ----------
    some : sequence of Samples
        Of all recordings.
    ranges : mapping of target to (low, high), optional
        Native ranges; left out: [-1, 1] where that holds all values, else guessed.
    rate_hz : float
        Values per second of all traces; 0: as most samples of a target are apart.

    Raises
    ------
    BadCorpus
        When a range does not hold a value, or no trace has two samples.

    Examples
    --------
    >>> one = Samples("a.wav", "arousal", "r1", np.arange(4) / 25, np.zeros(4))
    >>> task, ratings, notes = traces_of([one])
    >>> task[0].rate_hz, ratings["value"].tolist(), notes
    (25.0, [(0.0, 0.0, 0.0, 0.0)], ('arousal: 1 traces of 1 recordings at 25 Hz (a value every 40 ms), 0.16 s long, ...
    """
    by_target: dict[str, list[Samples]] = {}
    for one in some:
        by_target.setdefault(one.target, []).append(one)
    task: list[Target] = []
    parts: list[pd.DataFrame] = []
    notes: list[str] = []
    for name, own in by_target.items():
        target, guessed = _target(name, own, (ranges or {}).get(name))
        target = replace(target, rate_hz=rate_hz) if rate_hz else target
        others = sum(not _at_rate(one, target.rate_hz) for one in own)
        rows = [(s.segment, name, s.rater, as_trace(in_frames(s.times_s, s.values, target.rate_hz))) for s in own]
        part = rating_frame(rows)
        notes += [*guessed, f"{name}: {about_traces(part, target)}"]
        if others:
            notes.append(
                f"{name}: {others} of {len(own)} traces had other rates or irregular times; each is now the mean of "
                f"its values over frames of {1000 / target.rate_hz:g} ms"
            )
        task.append(target)
        parts.append(part)
    ratings = pd.concat(parts, ignore_index=True) if parts else rating_frame([])
    return tuple(task), checked(ratings, tuple(task)), tuple(notes)


def with_lengths(corpus: Corpus) -> Corpus:
    """Return a corpus with notes on recordings without traces, and on traces of another length than the audio.

    Examples
    --------
    >>> with_lengths(toy_corpus()).notes
    ()
    """
    rates = {target.name: target.rate_hz for target in corpus.task if target.rate_hz}
    if not rates:
        return corpus
    timed = corpus.ratings[corpus.ratings["target"].isin(list(rates))]
    seconds = timed["value"].map(len) / timed["target"].map(rates)
    notes: list[str] = []
    without = [segment for segment in corpus.ids if segment not in set(timed["segment"])]
    if without:
        notes.append(f"{len(without)} of {len(corpus)} recordings have no trace: {few(without)}")
    lasts = timed["segment"].map(durations_s(corpus).to_dict()) if corpus.root is not None else None
    if lasts is not None:
        short, long = seconds < lasts - 1, seconds > lasts + 1
        for which, how in (
            (short, "end before their recordings do"),
            (long, "go on after their recordings have ended"),
        ):
            if which.any():
                row = which[which].index[0]
                first = f"{timed['segment'][row]} {seconds[row]:g} of {lasts[row]:.2f} s"
                notes.append(f"{int(which.sum())} traces {how}, by more than a second, such as {first}")
    return replace(corpus, notes=(*corpus.notes, *notes))


def _at_rate(one: Samples, rate_hz: float) -> bool:
    steps = np.diff(np.sort(one.times_s)) * rate_hz
    return bool((np.abs(steps - np.round(steps)) < _OFF).all() and (steps > 0.5).all())


def _target(name: str, own: Sequence[Samples], given: tuple[float, float] | None) -> tuple[Target, tuple[str, ...]]:
    step_s = usual_step_s(own)
    if np.isnan(step_s):
        raise BadCorpus(f"no trace of {name} has two values; expected values along time; leave {name} out")
    values = np.concatenate([one.values[~np.isnan(one.values)] for one in own])
    if given is not None or not len(values) or (values.min() >= -1 and values.max() <= 1):
        low, high = given or (-1.0, 1.0)
        return Target(name, low=low, high=high, rate_hz=rate_of(step_s)), ()
    fitting = [(low, high) for low, high in RANGES if low <= values.min() and values.max() <= high]
    if not fitting:
        raise BadCorpus(
            f"{name} goes from {values.min():g} to {values.max():g}, which is none of the usual ranges; give its own "
            f"(--range {name}=1:9)"
        )
    low, high = fitting[0]
    note = f"range of {name} guessed: [{low:g}, {high:g}] (--range {name}=LOW:HIGH for another)"
    return Target(name, low=low, high=high, rate_hz=rate_of(step_s)), (note,)
