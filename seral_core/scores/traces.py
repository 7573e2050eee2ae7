"""Time-continuous ratings: frames at one rate, reaction lag, relative scales, agreement of raters.

A raw trace is what a rater's hand did: times in seconds and values, at the moments that the device
gave. All comparing is done on frames, which every rater has at the same times.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from seral_core.errors import BadLabel
from seral_core.scores.metrics import ccc
from seral_core.scores.ratings import weighted
from seral_core.types import Floats

#: Longest reaction that raters are thought to need, in seconds.
LONGEST_LAG_S = 8.0


def resampled(
    times_s: Sequence[float] | Floats, values: Sequence[float] | Floats, rate_hz: float, end_s: float
) -> Floats:
    """Return the mean of a trace over each frame.

    The trace runs in straight lines from sample to sample, and stays as it is before the first and
    after the last. Means, not points: nothing faster than the frames is taken for something slower.

    Parameters
    ----------
    times_s : sequence of float
        Seconds from the start of the clip, in the order of saying. Of samples at the same time the
        last counts; where the rater went back and traced a part again, the last values.
    values : sequence of float
        One a time.
    rate_hz : float
        Frames per second.
    end_s : float
        Where the clip ends; a last frame that would be cut off is left out.

    Returns
    -------
    Floats of shape (frames,)
        Frame ``i`` covers ``[i / rate_hz, (i + 1) / rate_hz)``.

    Raises
    ------
    BadLabel
        Where there is no sample, or times and values are not as many.

    Examples
    --------
    >>> resampled([0.0, 2.0], [0.0, 2.0], rate_hz=1.0, end_s=3.5)
    array([0.5, 1.5, 2. ])
    """
    times, given = _ordered(times_s, values)
    borders = np.arange(int(np.floor(end_s * rate_hz + 1e-9)) + 1) / rate_hz
    grid = np.union1d(times, borders)
    heights = np.interp(grid, times, given)
    area = np.concatenate([[0.0], np.cumsum(np.diff(grid) * (heights[1:] + heights[:-1]) / 2)])
    return np.asarray(np.diff(area[np.searchsorted(grid, borders)]) * rate_hz)


def _ordered(times_s: Sequence[float] | Floats, values: Sequence[float] | Floats) -> tuple[Floats, Floats]:
    times, given = np.asarray(times_s, float), np.asarray(values, float)
    if not len(times) or len(times) != len(given) or not np.isfinite(times).all():
        raise BadLabel(
            f"got a trace with {len(times)} times and {len(given)} values; expected equally many, "
            "and at least one; leave the trace out, or record it again"
        )
    kept = np.zeros(0, dtype=np.intp)
    for again in np.split(np.arange(len(times)), np.flatnonzero(np.diff(times) < 0) + 1):
        outside = (times[kept] < times[again[0]]) | (times[kept] > times[again[-1]])
        kept = np.concatenate([kept[outside], again])
    kept = kept[np.argsort(times[kept], kind="stable")]
    last = np.append(np.diff(times[kept]) > 0, True)
    return times[kept][last], given[kept][last]


def normalised(values: Floats, way: Literal["range", "deviation"] = "range") -> Floats:
    """Bring a trace on an unbounded relative scale to one that can be compared with others'.

    Parameters
    ----------
    values : Floats of shape (frames,)
        As the rater turned the wheel.
    way : {"range", "deviation"}
        From 0 at the lowest to 1 at the highest, as for RankTrace [1]_; or in standard deviations
        from the mean.

    Returns
    -------
    Floats of shape (frames,)
        All 0 where the trace never moves.

    References
    ----------
    .. [1] Lopes, Yannakakis and Liapis, RankTrace: relative and unbounded affect annotation, ACII
       2017.

    Examples
    --------
    >>> normalised(np.array([-20.0, 30.0, 5.0]))
    array([0. , 1. , 0.5])
    """
    values = np.asarray(values, float)
    low, width = (values.min(), np.ptp(values)) if way == "range" else (values.mean(), values.std())
    return np.asarray((values - low) / width if width > 0 else np.zeros_like(values))


def stacked(traces: Sequence[Sequence[float]]) -> Floats:
    """Return traces as one array; the missing ends of shorter ones are nan.

    Parameters
    ----------
    traces : sequence of sequences of float
        One a rater.

    Returns
    -------
    Floats of shape (raters, frames)

    Examples
    --------
    >>> stacked([(1.0, 2.0), (3.0,)])
    array([[ 1.,  2.],
           [ 3., nan]])
    """
    found = np.full((len(traces), max(map(len, traces), default=0)), np.nan)
    for row, trace in zip(found, traces, strict=True):
        row[: len(trace)] = trace
    return found


def pairwise_ccc(traces: Floats) -> Floats:
    """Return the concordance of every pair of raters.

    Parameters
    ----------
    traces : Floats of shape (raters, frames)
        nan where a rater has no frame; a pair is compared where both have one.

    Returns
    -------
    Floats of shape (raters, raters)
        In [-1, 1]; nan on the diagonal, and where two raters share no frame.

    Examples
    --------
    >>> pairwise_ccc(np.array([[0.0, 1.0, 2.0], [0.0, 1.0, 2.0], [1.0, 2.0, 3.0]])).round(2)
    array([[ nan, 1.  , 0.57],
           [1.  ,  nan, 0.57],
           [0.57, 0.57,  nan]])
    """
    traces = np.asarray(traces, float)
    raters = len(traces)
    found = np.full((raters, raters), np.nan)
    for one in range(raters):
        for other in range(one):
            found[one, other] = found[other, one] = ccc(*_both(traces[one], traces[other]))
    return found


def gold_trace(traces: Floats, *, leave_one_out: bool = True) -> Floats:
    """Return one trace from those of all raters: their mean, weighted by how far each goes along with the others.

    Parameters
    ----------
    traces : Floats of shape (raters, frames)
        With their lags taken back; nan where a rater has no frame.
    leave_one_out : bool
        As for `seral_core.scores.ratings.ewe`.

    Returns
    -------
    Floats of shape (frames,)
        nan where nobody has a frame.

    Examples
    --------
    >>> gold_trace(np.array([[0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0], [0.0, 1.0, 2.0, 3.0], [3.0, 2.0, 1.0, 0.0]]))
    array([0., 1., 2., 3.])
    """
    return weighted(np.asarray(traces, float).T, leave_one_out=leave_one_out)


def shifted(values: Floats, lag_s: float, rate_hz: float) -> Floats:
    """Take a reaction lag back: a value given at ``t`` was meant for ``t - lag_s``.

    Parameters
    ----------
    values : Floats of shape (frames,)
        A trace.
    lag_s : float
        How late the rater was, in seconds, to the nearest frame; negative for early.
    rate_hz : float
        Frames per second.

    Returns
    -------
    Floats of shape (frames,)
        nan where no value was given.

    Examples
    --------
    >>> shifted(np.array([0.0, 0.0, 1.0, 2.0]), lag_s=0.5, rate_hz=4.0)
    array([ 1.,  2., nan, nan])
    """
    values, by = np.asarray(values, float), round(lag_s * rate_hz)
    found = np.full(len(values), np.nan)
    if abs(by) < len(values):
        found[max(0, -by) : len(values) - max(0, by)] = values[max(0, by) : len(values) - max(0, -by)]
    return found


def best_lag(trace: Floats, others: Floats, rate_hz: float, longest_s: float = LONGEST_LAG_S) -> float:
    """Return how much later than the others a rater reacts: the shift with the highest correlation.

    Parameters
    ----------
    trace, others : Floats of shape (frames,)
        One rater, and the mean of the other ones.
    rate_hz : float
        Frames per second.
    longest_s : float
        Longest lag that is tried, to either side; never one that leaves less than half of the
        frames.

    Returns
    -------
    float
        In seconds; 0 where no shift correlates better than none.

    Examples
    --------
    >>> wave = np.sin(np.arange(200) / 9)
    >>> best_lag(np.roll(wave, 7), wave, rate_hz=10.0)
    0.7
    """
    trace, others = np.asarray(trace, float), np.asarray(others, float)
    most = min(round(longest_s * rate_hz), len(trace) // 2)
    by = np.arange(-most, most + 1)
    found = _shifted_pcc(trace, others, most)
    # Of shifts that correlate alike, up to rounding, the smallest.
    near = by[found > found.max() - 1e-9]
    best = near[np.abs(near).argmin()]
    return float(best / rate_hz) if found[most + best] > found[most] + 1e-9 else 0.0


def lags(traces: Floats, rate_hz: float, longest_s: float = LONGEST_LAG_S, most: int = 20) -> Floats:
    """Return how much later than the quickest rater each one reacts.

    Every rater is put where the mean of the others correlates best, in turn, until nobody moves.
    How late the quickest rater is cannot be known from traces alone: add a fixed shift for that.

    Parameters
    ----------
    traces : Floats of shape (raters, frames)
        nan where a rater has no frame.
    rate_hz : float
        Frames per second.
    longest_s : float
        As for `best_lag`.
    most : int
        Rounds, at most.

    Returns
    -------
    Floats of shape (raters,)
        In seconds, the smallest 0.

    References
    ----------
    .. [1] Mariooryad and Busso, Correcting time-continuous emotional labels by modeling the
       reaction lag of evaluators, IEEE Transactions on Affective Computing 6, 2015.

    Examples
    --------
    >>> wave = np.sin(np.arange(300) / 15) + np.cos(np.arange(300) / 37)
    >>> lags(np.stack([shifted(wave, -late, 10.0) for late in (0.5, 0.0, 2.0)]), rate_hz=10.0)
    array([0.5, 0. , 2. ])
    """
    traces = np.asarray(traces, float)
    late = np.zeros(len(traces))
    for _ in range(most if len(traces) > 1 else 0):
        before = late.copy()
        for rater in range(len(traces)):
            placed = np.stack([shifted(trace, lag, rate_hz) for trace, lag in zip(traces, late, strict=True)])
            late[rater] = best_lag(traces[rater], mean_trace(np.delete(placed, rater, axis=0)), rate_hz, longest_s)
        if np.array_equal(late, before):
            break
    return np.asarray((late - late.min()).round(9)) if len(late) else late


def _shifted_pcc(trace: Floats, others: Floats, most: int) -> Floats:
    """Return the correlation for each shift from ``-most`` to ``most`` frames; -2 where too few frames are left.

    A shift's sums over the frames that both have are one point of a cross-correlation, so that all shifts together
    cost a few Fourier transforms.
    """
    from scipy.fft import irfft, next_fast_len, rfft

    (a, have_a), (b, have_b) = _filled(trace), _filled(others)
    size = next_fast_len(len(trace) + most, real=True)
    one, other = rfft(np.stack([a, have_a, a * a]), size), rfft(np.stack([b, have_b, b * b]), size).conj()
    pairs = irfft(one[[1, 0, 1, 2, 1, 0]] * other[[1, 1, 0, 1, 2, 0]], size)
    many, sum_a, sum_b, squares_a, squares_b, products = np.roll(pairs, most, axis=1)[:, : 2 * most + 1]
    many = np.round(many)
    safe = np.maximum(many, 1.0)
    var_a, var_b = squares_a - sum_a**2 / safe, squares_b - sum_b**2 / safe
    moves = (var_a > 1e-9 * (a @ a)) & (var_b > 1e-9 * (b @ b))
    size_of_both = np.sqrt(np.where(moves, var_a * var_b, 1.0))
    found = np.where(moves, (products - sum_a * sum_b / safe) / size_of_both, 0.0)
    return np.where(many > max(2, len(trace) // 4), np.clip(found, -1.0, 1.0), -2.0)


def _filled(trace: Floats) -> tuple[Floats, Floats]:
    """Return a trace about its mean, 0 where it has no frame, and where it has some."""
    have = ~np.isnan(trace)
    centred = trace - (trace[have].mean() if have.any() else 0.0)
    return np.where(have, centred, 0.0), have.astype(float)


def _both(one: Floats, other: Floats) -> tuple[Floats, Floats]:
    have = ~np.isnan(one) & ~np.isnan(other)
    return one[have], other[have]


def mean_trace(traces: Floats) -> Floats:
    """Return the mean of the raters who have a frame.

    Parameters
    ----------
    traces : Floats of shape (raters, frames)
        nan where a rater has no frame.

    Returns
    -------
    Floats of shape (frames,)
        nan where nobody has a frame.

    Examples
    --------
    >>> mean_trace(np.array([[0.0, 1.0, np.nan], [1.0, np.nan, np.nan]]))
    array([0.5, 1. , nan])
    """
    have = ~np.isnan(traces)
    total = np.where(have, traces, 0.0).sum(axis=0)
    return np.asarray(np.divide(total, have.sum(axis=0), out=np.full(len(total), np.nan), where=have.any(axis=0)))
