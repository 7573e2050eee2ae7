"""Lesson 3, fair comparison: checks a split by speaker, and that an interval counts what is independent."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from seral_core.course.answers import Right, alike, called, need, predicted, three_numbers

__all__ = ["grouped", "interval", "parts", "predicted"]

_GAINS = [0.01, 0.03, 0.02, 0.06]
#: Mean .03; 1.96 and Student's 3.182 times the standard error .0108.
_MEAN, _ERROR = 0.03, 0.010801234497346433


def parts(function: Any) -> Right:
    """Check a function that gives each clip the number of a test part, all clips of a speaker the same.

    Examples
    --------
    >>> parts(lambda speakers, n: np.unique(speakers, return_inverse=True)[1] % n)
    ✓ parts: no speaker is in two parts.
    """
    speakers = np.array(["01", "01", "02", "02", "03", "04", "04", "04", "05", "06", "06", "01"])
    got = np.asarray(called(function, "parts", speakers, 3))
    need(
        got.shape == (12,),
        f"There were 12 clips; `parts` returned something of shape {got.shape}. Return a number for each clip.",
    )
    need(
        set(got.tolist()) == {0, 1, 2},
        f"With n = 3 the parts are 0, 1 and 2; `parts` returned {sorted(set(got.tolist()))}.",
    )
    torn = ", ".join(str(who) for who in np.unique(speakers) if len(set(got[speakers == who].tolist())) > 1)
    need(
        not torn,
        f"Speaker {torn} is in more than one part: that is the leak. Number speakers, not clips.",
    )
    sizes = [len(set(speakers[got == part])) for part in range(3)]
    need(sizes == [2, 2, 2], f"6 speakers make 3 parts of 2; your parts have {', '.join(map(str, sizes))} speakers.")
    return Right("parts: no speaker is in two parts.")


def interval(function: Any) -> Right:
    """Check a 95 % interval of a mean by Student's t.

    Examples
    --------
    >>> from scipy import stats
    >>> def right(values):
    ...     half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    ...     return np.mean(values), np.mean(values) - half, np.mean(values) + half
    >>> interval(right)
    ✓ interval: Student's t, for few values wider than 1.96 standard errors.
    """
    got = called(function, "interval", np.array(_GAINS))
    mean, low, high = three_numbers(got, "Return three numbers: the mean, the lower end and the upper end.")
    need(alike(mean, _MEAN), f"The mean of .01, .03, .02 and .06 is .03, and comes first; got {mean:.4f}.")
    need(
        alike(mean - low, high - mean, 1e-6) and low < high,
        "The ends should lie as far below the mean as above it, the lower one first.",
    )
    times = (high - low) / 2 / _ERROR
    need(
        not alike(times, 1.96, 0.01),
        "That is 1.96 standard errors, right for many values. With four, use Student's t: stats.t.ppf(0.975, n - 1).",
    )
    need(
        not alike(times, 3.1824 * 3**0.5 / 2, 0.01),
        "np.std divides by n unless it is told otherwise: np.std(values, ddof=1).",
    )
    need(
        not alike(times, 2 * 3.1824, 0.01), "Divide the standard deviation by the square root of the number of values."
    )
    need(
        not alike(times, 2.3534, 0.01),
        "That is a 90 % interval: 2.5 % are left out on each side, so the quantile is .975.",
    )
    need(alike(times, 3.1824, 0.01), f"The half width should be 3.182 standard errors of .0108; yours is {times:.3f}.")
    return Right("interval: Student's t, for few values wider than 1.96 standard errors.")


def grouped(function: Any) -> Right:
    """Check an interval over the means of test parts.

    Examples
    --------
    >>> from scipy import stats
    >>> def right(gains):
    ...     values = gains.groupby("part")["gain"].mean()
    ...     half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    ...     return np.mean(values), np.mean(values) - half, np.mean(values) + half
    >>> grouped(right)
    ✓ grouped: as many values as there are test parts.
    """
    # Lopsided, so that a median is not the mean.
    each = [
        (part, seed, gain + more) for part, gain in enumerate(_GAINS) for seed, more in enumerate((-0.01, -0.01, 0.02))
    ]
    got = called(function, "grouped", pd.DataFrame(each, columns=["part", "seed", "gain"]))
    mean, low, high = three_numbers(
        got, "Return what `interval` returns for the column `gain`: the mean, the lower end and the upper end."
    )
    times = (high - low) / 2 / _ERROR
    need(alike(mean, _MEAN), f"The mean should be .03 here; got {mean:.4f}.")
    need(times > 2.5, "That is too narrow: it counts 12 runs, and there are 4 parts. Take the mean of each part first.")
    need(
        alike(times, 3.1824, 0.01),
        "Group by the column `part`, take the mean of `gain` in each, and give these four to `interval`.",
    )
    return Right("grouped: as many values as there are test parts.")
