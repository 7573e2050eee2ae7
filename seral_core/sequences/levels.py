"""Levels: values of a trace as a few classes, found by k-means, and back again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.random import Generator

from seral_core.errors import BadLabel, BadPlan
from seral_core.scores.metrics import ccc, rmse
from seral_core.types import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

#: How many levels Le et al. try.
LEVELS = (4, 6, 8, 10)
#: From how many random starts k-means searches, beside one that is spread evenly.
_STARTS = 10
#: Where it ends at the latest.
_ROUNDS = 1000


@dataclass(frozen=True, eq=False)
class Levels:
    """A scale cut into levels; level 0 is the lowest.

    Parameters
    ----------
    means : Floats of shape (levels,)
        What each level stands for, ascending.

    References
    ----------
    .. [1] Le, Aldeneh and Mower Provost, Discretized continuous speech emotion recognition with multi-task deep
       recurrent neural network, Interspeech 2017, section 4.1.

    Examples
    --------
    >>> levels = Levels(np.array([-0.5, 0.0, 0.8]))
    >>> levels.classes(np.array([-0.9, 0.1, 0.5, np.nan]))
    array([ 0,  1,  2, -1])
    >>> levels.values(np.array([2, 0, -1]))
    array([ 0.8, -0.5,  nan])
    """

    means: Floats

    def __post_init__(self) -> None:
        means = np.asarray(self.means, dtype=np.float64)
        if means.ndim != 1 or len(means) < 2 or not (np.diff(means) > 0).all():
            raise BadPlan(f"got levels {means.tolist()}; expected two or more different numbers, the lowest first")
        object.__setattr__(self, "means", means)

    @classmethod
    def fit(cls, values: Floats, k: int, rng: Generator) -> Self:
        """Find the levels of all values together, by k-means in one dimension.

        Parameters
        ----------
        values : Floats
            Of all recordings, in any order; nan is left out.
        k : int
            How many levels.
        rng : Generator
            Decides where k-means starts.

        Raises
        ------
        BadPlan
            Where there are fewer different values than levels.

        Examples
        --------
        >>> Levels.fit(np.array([0.0, 0.1, 0.9, 1.0]), 2, np.random.default_rng(0)).means
        array([0.05, 0.95])
        """
        given = np.asarray(values, dtype=np.float64)
        given = given[~np.isnan(given)]
        different = np.unique(given)
        if not 2 <= k <= len(different):
            raise BadPlan(
                f"got {k} levels for {len(different)} different values; expected at least 2 levels and no more than "
                "values; ask for fewer levels, or give more recordings"
            )
        starts = [np.sort(rng.choice(different, k, replace=False)) for _ in range(_STARTS)]
        return cls(_k_means(np.sort(given), [different[np.linspace(0, len(different) - 1, k).astype(int)], *starts]))

    def __len__(self) -> int:
        return len(self.means)

    def classes(self, values: Floats) -> Ints:
        """Return the level that is nearest to each value; -1 where it is nan."""
        values = np.asarray(values, dtype=np.float64)
        nearest = np.searchsorted((self.means[1:] + self.means[:-1]) / 2, values)
        return np.where(np.isnan(values), -1, nearest)

    def values(self, classes: Ints) -> Floats:
        """Return the mean of each level; nan where it is -1.

        Raises
        ------
        BadLabel
            Where a number is no level.
        """
        return np.append(self.means, np.nan)[checked(classes, len(self))]


def _k_means(values: Floats, starts: Sequence[Floats]) -> Floats:
    """Return the best of several searches by Lloyd's algorithm; values are sorted.

    On a line, clusters are ranges of sorted values, and their sums are differences of running sums: milliseconds, where
    k-means for any number of dimensions took 15 s of 45,000 values.
    """
    middle = values.mean()
    values = values - middle
    sums = np.concatenate([[0.0], np.cumsum(values)])
    searched = [_lloyd(values, sums, start - middle) for start in starts]
    # The squares that remain are those of all values less these.
    return np.asarray(max(searched, key=lambda found: found[1])[0] + middle)


def _lloyd(values: Floats, sums: Floats, means: Floats) -> tuple[Floats, float]:
    """Return the means where the search ends, and how much of the squares they explain."""
    before, counts = None, np.zeros(len(means))
    for _ in range(_ROUNDS):
        borders = np.searchsorted(values, (means[1:] + means[:-1]) / 2)
        if before is not None and np.array_equal(before, borders):
            break
        ends, before = np.concatenate([[0], borders, [len(values)]]), borders
        counts, totals = np.diff(ends), np.diff(sums[ends])
        means = np.divide(totals, counts, out=means.copy(), where=counts > 0)
    return means, float((counts * means**2).sum())


def checked(classes: Ints, k: int) -> Ints:
    """Return class numbers when each is below ``k``, or -1 for a frame without one.

    Raises
    ------
    BadLabel
        Where one is not.

    Examples
    --------
    >>> checked(np.array([0, -1, 4]), 4)
    Traceback (most recent call last):
    seral_core.errors.BadLabel: got level 4; expected 0 to 3, or -1 for a frame without one; use the levels that ...
    """
    classes = np.asarray(classes, dtype=np.intp)
    wrong = classes[(classes < -1) | (classes >= k)]
    if len(wrong):
        raise BadLabel(
            f"got level {wrong[0]}; expected 0 to {k - 1}, or -1 for a frame without one; use the levels that the "
            "classes were made with"
        )
    return classes


def averaged(levels: Sequence[Levels], classes: Sequence[Ints]) -> Floats:
    """Return the values of several classifiers together: cluster means, averaged over heads (Figure 2 of Le et al.).

    Parameters
    ----------
    levels : sequence of Levels
        Of each head.
    classes : sequence of Ints of shape (frames,)
        What each head found, of one recording.

    Returns
    -------
    Floats of shape (frames,)
        nan where a head has no class.

    Examples
    --------
    >>> heads = Levels(np.array([-1.0, 1.0])), Levels(np.array([-1.0, 0.0, 1.0]))
    >>> averaged(heads, [np.array([0, 1, 1]), np.array([0, 1, 2])])
    array([-1. ,  0.5,  1. ])
    """
    return np.asarray(np.mean([head.values(found) for head, found in zip(levels, classes, strict=True)], axis=0))


def reconstruction(values: Floats, ks: Sequence[int] = LEVELS, rng: Generator | None = None) -> pd.DataFrame:
    """Say what is lost by levels: each value against the mean of its level (Table 1 of Le et al.).

    Parameters
    ----------
    values : Floats
        Gold of all recordings, one after another; nan is left out.
    ks : sequence of int
        Numbers of levels.
    rng : Generator, optional
        For k-means; left out, always the same.

    Returns
    -------
    DataFrame
        Columns ``k``, ``ccc`` and ``rmse``.

    Examples
    --------
    >>> reconstruction(np.array([0.0, 0.2, 0.8, 1.0]), [2, 4]).round(3)
       k   ccc  rmse
    0  2  0.97   0.1
    1  4  1.00   0.0
    """
    import pandas as pd

    rng = rng or np.random.default_rng(0)
    given = np.asarray(values, dtype=np.float64)
    given = given[~np.isnan(given)]
    rows = []
    for k in ks:
        levels = Levels.fit(given, k, rng)
        back = levels.values(levels.classes(given))
        rows.append({"k": k, "ccc": ccc(given, back), "rmse": rmse(given, back)})
    return pd.DataFrame(rows, columns=["k", "ccc", "rmse"])
