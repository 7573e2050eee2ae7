"""Traces among a corpus's ratings: a tuple of numbers for each rater and recording, one a frame, nan for none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.tables import GOLD
from seral_core.errors import BadCorpus
from seral_core.scores.trace_gold import TraceGold
from seral_core.scores.traces import stacked
from seral_core.types import Floats, Target


def as_trace(values: Iterable[float] | Floats) -> tuple[float, ...]:
    """Return frames as ratings hold them.

    Examples
    --------
    >>> as_trace(np.array([0.5, np.nan]))
    (0.5, nan)
    """
    return tuple(np.asarray(values, float).tolist())


def check_traces(ratings: pd.DataFrame, target: Target) -> None:
    """Raise where a rating of a target with a rate is no trace, or a value of it does not fit.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment rater value``, all about ``target``.
    target : Target
        With a rate.

    Raises
    ------
    BadCorpus
        The message names segment, rater and time.

    Examples
    --------
    >>> ratings = pd.DataFrame({"segment": ["a.wav"], "rater": ["r1"], "value": [(0.0, float("nan"), 2.0)]})
    >>> check_traces(ratings, Target("arousal", rate_hz=2.0))
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: segment a.wav: arousal of r1 is 2 at 1 s; expected numbers in [-1, 1]; ...
    """
    for segment, rater, value in zip(ratings["segment"], ratings["rater"], ratings["value"], strict=True):
        if not isinstance(value, tuple) or not value:
            raise BadCorpus(
                f"segment {segment}: {target.name} of {rater} is {value!r}; expected a trace: a tuple of numbers, one "
                f"for each frame at {target.rate_hz:g} Hz, nan where nothing was given"
            )
        try:
            found = np.asarray(value, float)
        except (TypeError, ValueError):
            raise BadCorpus(
                f"segment {segment}: the trace of {target.name} by {rater} holds something other than numbers; "
                "expected numbers; traces of classes cannot be opened yet"
            ) from None
        wrong = np.flatnonzero(~np.isnan(found) & ~((target.low <= found) & (found <= target.high)))
        if len(wrong):
            raise BadCorpus(
                f"segment {segment}: {target.name} of {rater} is {found[wrong[0]]:g} at "
                f"{wrong[0] / target.rate_hz:g} s; expected numbers in [{target.low:g}, {target.high:g}]; correct the "
                f"value, or give the target its range (--range {target.name}=LOW:HIGH)"
            )


def gold_of_traces(ratings: pd.DataFrame, target: Target, rule: TraceGold) -> pd.Series[Any]:
    """Return the gold trace of each segment that has ratings; one of a rater called gold counts alone.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment rater value``, all about ``target``.
    target : Target
        With a rate.
    rule : TraceGold
        How raters become one.

    Returns
    -------
    Series of tuple of float by segment
        As long as the longest trace; nan where there is no gold. A segment without any gold is missing.

    Examples
    --------
    >>> ratings = pd.DataFrame({"segment": ["a.wav"] * 2, "rater": ["r1", "r2"], "value": [(0.0, 1.0), (1.0,)]})
    >>> gold_of_traces(ratings, Target("arousal", rate_hz=1.0), TraceGold("mean")).to_dict()
    {'a.wav': (0.5, 1.0)}
    """
    found: dict[str, tuple[float, ...]] = {}
    for segment, rows in ratings.groupby("segment", sort=False):
        of_gold = rows[rows["rater"] == GOLD]
        values = rule.of(stacked(list((of_gold if len(of_gold) else rows)["value"])), target.rate_hz)
        if not np.isnan(values).all():
            found[str(segment)] = as_trace(values)
    return pd.Series(found, dtype=object, name=target.name).rename_axis("segment")


def gaps_s(trace: Sequence[float] | Floats, rate_hz: float) -> list[tuple[float, float]]:
    """Return where a trace has no value, as starts and ends in seconds.

    Examples
    --------
    >>> gaps_s((float("nan"), float("nan"), 0.5, float("nan")), rate_hz=2.0)
    [(0.0, 1.0), (1.5, 2.0)]
    """
    empty = np.concatenate([[False], np.isnan(np.asarray(trace, float)), [False]])
    borders = np.flatnonzero(np.diff(empty.astype(int))) / rate_hz
    return [(float(start), float(end)) for start, end in zip(borders[::2], borders[1::2], strict=True)]


def about_traces(ratings: pd.DataFrame, target: Target) -> str:
    """Return in a sentence how many traces there are, of how many raters, how long, and with what gaps.

    Parameters
    ----------
    ratings : DataFrame
        Columns ``segment rater value``, all about ``target``.
    target : Target
        With a rate.

    Examples
    --------
    >>> nan = float("nan")
    >>> ratings = pd.DataFrame({"segment": ["a", "a", "b"], "rater": ["r1", "r2", "r1"], "value": [(0.0,) * 40,
    ...     (nan, *(0.5,) * 39), (1.0,) * 50]})
    >>> about_traces(ratings, Target("arousal", rate_hz=2.0))
    '3 traces of 2 recordings at 2 Hz (a value every 500 ms), 20 to 25 s long, 1 to 2 raters for each; 1 has gaps, ...'
    """
    if ratings.empty:
        return f"no traces at {target.rate_hz:g} Hz"
    lengths = ratings["value"].map(len) / target.rate_hz
    empty = ratings["value"].map(lambda trace: int(np.isnan(trace).sum())) / target.rate_hz
    raters = ratings.groupby("segment")["rater"].nunique()
    each = f"{raters.min()}" if raters.min() == raters.max() else f"{raters.min()} to {raters.max()}"
    long = f"{lengths.min():g}" if lengths.min() == lengths.max() else f"{lengths.min():g} to {lengths.max():g}"
    said = (
        f"{len(ratings)} traces of {len(raters)} recordings at {target.rate_hz:g} Hz (a value every "
        f"{1000 / target.rate_hz:g} ms), {long} s long, {each} rater{'s' * (each != '1')} for each"
    )
    many = int((empty > 0).sum())
    if not many:
        return said
    return f"{said}; {many} {'has' if many == 1 else 'have'} gaps, {empty.sum():g} s in all without a value"
