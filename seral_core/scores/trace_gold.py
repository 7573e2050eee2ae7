"""Gold of traces: one trace from those of all raters, with reaction lags taken back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from seral_core.errors import BadPlan
from seral_core.scores.traces import gold_trace, lags, mean_trace, shifted
from seral_core.types import Floats

Way = Literal["ewe", "mean"]
Delay = Literal["none", "raters"]


@dataclass(frozen=True)
class TraceGold:
    """A rule for the gold of a recording.

    Parameters
    ----------
    way : {"ewe", "mean"}
        The evaluator weighted estimator, whose weights are leave-one-out correlations within the recording; or the
        plain mean of the raters who have a frame.
    delay : {"none", "raters"}
        ``"raters"`` takes back how much later than the quickest each rater reacts (`seral_core.scores.traces.lags`).
    shift_s : float
        All traces are moved back in time by so many seconds, such as the fixed delay of four seconds of [1]_; the last
        seconds then have no gold.

    References
    ----------
    .. [1] Mariooryad and Busso, Correcting time-continuous emotional labels by modeling the reaction lag of
       evaluators, IEEE Transactions on Affective Computing 6, 2015.

    Examples
    --------
    >>> two = np.array([[0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 4.0, np.nan]])
    >>> TraceGold("mean").of(two, rate_hz=1.0), TraceGold("mean", shift_s=1).of(two, rate_hz=1.0)
    (array([0., 1., 3., 3.]), array([ 1.,  3.,  3., nan]))
    >>> TraceGold("median")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: got the way 'median' to the gold of traces; expected ewe or mean; correct it
    """

    way: Way = "ewe"
    delay: Delay = "none"
    shift_s: float = 0.0

    def __post_init__(self) -> None:
        for what, value, known in (("way", self.way, get_args(Way)), ("delay", self.delay, get_args(Delay))):
            if value not in known:
                raise BadPlan(
                    f"got the {what} '{value}' to the gold of traces; expected {' or '.join(known)}; correct it"
                )
        if not math.isfinite(self.shift_s) or abs(self.shift_s) > 60:
            raise BadPlan(f"got a shift of traces by {self.shift_s:g} s; expected at most 60 s; correct it")

    def of(self, traces: Floats, rate_hz: float) -> Floats:
        """Return the gold of one recording.

        Parameters
        ----------
        traces : Floats of shape (raters, frames)
            nan where a rater has no frame.
        rate_hz : float
            Frames per second.

        Returns
        -------
        Floats of shape (frames,)
            nan where nobody has a frame.
        """
        given = np.asarray(traces, float)
        if self.delay == "raters" and len(given) > 1:
            late = lags(given, rate_hz)
            given = np.stack([shifted(trace, lag, rate_hz) for trace, lag in zip(given, late, strict=True)])
        found = mean_trace(given) if self.way == "mean" else gold_trace(given)
        return shifted(found, self.shift_s, rate_hz) if self.shift_s else found

    def __str__(self) -> str:
        """Return the rule in words.

        Examples
        --------
        >>> str(TraceGold(delay="raters", shift_s=2.0))
        'weighted by agreement (EWE), lags of raters taken back, moved back by 2 s'
        """
        parts = ["weighted by agreement (EWE)" if self.way == "ewe" else "mean of the raters"]
        parts += ["lags of raters taken back"] if self.delay == "raters" else []
        parts += [f"moved {'back' if self.shift_s > 0 else 'on'} by {abs(self.shift_s):g} s"] if self.shift_s else []
        return ", ".join(parts)


#: Where nobody asked for another rule.
USUAL = TraceGold()
#: What `rule_of` takes.
OPTIONS = ("gold", "delay", "shift")


def rule_of(options: Mapping[str, Any]) -> TraceGold:
    """Return the rule that options of `seral_core.corpora.base.open_corpus` ask for.

    Parameters
    ----------
    options : mapping of str to str or float
        ``gold`` (``ewe`` or ``mean``), ``delay`` (``none`` or ``raters``) and ``shift`` (seconds), any of them.

    Raises
    ------
    BadPlan
        When one is something else.

    Examples
    --------
    >>> rule_of({"gold": "mean", "shift": "4"})
    TraceGold(way='mean', delay='none', shift_s=4.0)
    """
    try:
        shift_s = float(options.get("shift", USUAL.shift_s))
    except ValueError:
        raise BadPlan(f"got a shift of traces by '{options['shift']}'; expected seconds, such as shift=4") from None
    return TraceGold(options.get("gold", USUAL.way), options.get("delay", USUAL.delay), shift_s)
