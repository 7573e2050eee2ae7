"""Units: a row owns one (a label of a clip) or several (the frames of a clip, a trace); all that knows bounds.

Row ``i`` owns the units ``bounds[i]:bounds[i + 1]``, one after another and without gaps. Tables,
beliefs and answers have bounds; none of them slices by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadFeatures, BadLabel

Ints = NDArray[np.intp]


def one_each(rows: int) -> Ints:
    """Return the bounds of rows that own one unit each.

    Examples
    --------
    >>> one_each(3)
    array([0, 1, 2, 3])
    """
    return np.arange(rows + 1, dtype=np.intp)


def are_one_each(bounds: Ints) -> bool:
    """Whether every row owns one unit.

    Examples
    --------
    >>> are_one_each(np.array([0, 1, 2])), are_one_each(np.array([0, 2, 4]))
    (True, False)
    """
    return bool((np.diff(bounds) == 1).all())


def from_lengths(lengths: Sequence[int] | Ints) -> Ints:
    """Return the bounds of rows that own so many units.

    Examples
    --------
    >>> from_lengths([2, 0, 3])
    array([0, 2, 2, 5])
    """
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)


def checked(bounds: Any, units: int, what: str) -> Ints:
    """Return bounds that fit the number of units.

    Raises
    ------
    BadFeatures
        When they do not begin at 0, fall, or end elsewhere than at the last unit.

    Examples
    --------
    >>> checked([0, 2, 3], 3, "features")
    array([0, 2, 3])
    >>> checked([0, 2], 3, "features")
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: bounds of features are [0, 2]; expected numbers that rise from 0 to 3, the number ...
    """
    found = np.asarray(bounds)
    whole = found.ndim == 1 and np.issubdtype(found.dtype, np.integer) and len(found) > 0
    if not whole or found[0] != 0 or found[-1] != units or (np.diff(found) < 0).any():
        text = np.array2string(found, threshold=6, separator=", ")
        raise BadFeatures(
            f"bounds of {what} are {text:.80}; expected numbers that rise from 0 to {units}, the "
            "number of units, one more than there are rows; write both from the same extraction"
        )
    return found.astype(np.intp, copy=False)


def taken(bounds: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Return the numbers of the units that some rows own, in the order of the rows, and their new bounds.

    Examples
    --------
    >>> taken(np.array([0, 2, 2, 5]), np.array([2, 0]))
    (array([2, 3, 4, 0, 1]), array([0, 3, 5]))
    """
    if are_one_each(bounds):
        return np.asarray(rows, dtype=np.intp), one_each(len(rows))
    lengths = np.diff(bounds)[rows]
    new = from_lengths(lengths)
    return np.arange(new[-1], dtype=np.intp) + np.repeat(bounds[:-1][rows] - new[:-1], lengths), new


def valued(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which of some values of a target are there, and not gaps of a trace.

    Examples
    --------
    >>> valued(np.array([0.5, np.nan])), valued(np.array([1, 0]))
    (array([ True, False]), array([ True,  True]))
    """
    return ~np.isnan(values) if values.dtype.kind == "f" else np.ones(len(values), dtype=bool)


def trace_of(
    given: Sequence[object] | NDArray[Any], name: str, low: float, high: float, check: Callable[[object], object]
) -> NDArray[np.float64]:
    """Return the numbers of a trace, nan in its gaps; raise `BadLabel` where one is beyond its range, or all are gaps.

    Examples
    --------
    >>> trace_of((0.5, float("nan")), "arousal", -1.0, 1.0, float)
    array([0.5, nan])
    """
    try:
        found = np.array(given, dtype=np.float64)
    except (TypeError, ValueError):
        found = np.array([check(one) for one in given], dtype=np.float64)
    gaps = np.isnan(found)
    if gaps.all():
        raise BadLabel(f"{name} is a trace of {len(found)} gaps; expected a value somewhere; leave it out")
    for value in found[~gaps & ~((found >= low) & (found <= high))][:1]:
        check(value)
    return found


def kept(bounds: Ints, keep: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return the numbers of the units that are kept, and the bounds of what is left of each row.

    Examples
    --------
    >>> kept(np.array([0, 2, 3]), np.array([False, True, False]))
    (array([1]), array([0, 1, 1]))
    """
    if keep.all():
        return np.arange(len(keep), dtype=np.intp), bounds
    left = np.concatenate([[0], np.cumsum(keep)]).astype(np.intp)
    return np.flatnonzero(keep), left[bounds]


def joined(several: Iterable[Ints]) -> Ints:
    """Return the bounds of rows of several tables, one table after another.

    Examples
    --------
    >>> joined([np.array([0, 2]), np.array([0, 1, 4])])
    array([0, 2, 3, 6])
    """
    return from_lengths(np.concatenate([np.zeros(0, np.intp), *(np.diff(bounds) for bounds in several)]))


def owners(bounds: Ints) -> Ints:
    """Return the row that each unit belongs to.

    Examples
    --------
    >>> owners(np.array([0, 2, 2, 3]))
    array([0, 0, 2])
    """
    return np.repeat(np.arange(len(bounds) - 1, dtype=np.intp), np.diff(bounds))


def per_row(values: NDArray[Any], bounds: Ints, axis: int = 0) -> NDArray[Any]:
    """Return the mean of each row's units; where every row has one unit, ``values`` themselves.

    Parameters
    ----------
    values : array
        With the units along ``axis``.
    bounds : Ints of shape (rows + 1,)
        Which row owns which units.
    axis : int
        Along which to pool.

    Raises
    ------
    BadFeatures
        When a row has no unit: it has no value.

    Examples
    --------
    >>> per_row(np.array([1.0, 3.0, 5.0]), np.array([0, 2, 3]))
    array([2., 5.])
    """
    lengths = np.diff(bounds)
    if len(lengths) == values.shape[axis] and (lengths == 1).all():
        return values
    if not len(lengths):
        return values
    if not lengths.all():
        raise BadFeatures(
            f"row {int(np.flatnonzero(lengths == 0)[0])} has no frames; expected one or more per clip; leave it out"
        )
    sums = np.add.reduceat(values, bounds[:-1], axis=axis, dtype=np.float64)
    shape = [1] * values.ndim
    shape[axis] = len(lengths)
    means = sums / lengths.reshape(shape)
    return means.astype(values.dtype) if np.issubdtype(values.dtype, np.floating) else means


def shared(one: Ints, other: Ints, most: int) -> tuple[Ints, Ints, Ints]:
    """Pair the units of rows that were cut in the same way, but may differ a little at their ends.

    Parameters
    ----------
    one, other : Ints of shape (rows + 1,)
        Bounds of the same rows.
    most : int
        By how many units the two may differ in a row; what one of them lacks is left out.

    Returns
    -------
    units of one, units of other : Ints of shape (shared units,)
    bounds : Ints of shape (rows + 1,)
        Of what is left.

    Raises
    ------
    BadFeatures
        When rows differ by more.

    Examples
    --------
    >>> shared(np.array([0, 3, 5]), np.array([0, 2, 5]), most=1)
    (array([0, 1, 3, 4]), array([0, 1, 2, 3]), array([0, 2, 4]))
    """
    lengths = np.diff(one), np.diff(other)
    apart = np.abs(lengths[0] - lengths[1])
    far = np.flatnonzero((apart > most) | ((lengths[0] > 0) != (lengths[1] > 0)))
    if len(far):
        row = int(far[0])
        raise BadFeatures(
            f"row {row} has {lengths[0][row]} units on one side and {lengths[1][row]} on the "
            f"other; expected the same number, up to {most} at the end; use one rate for both"
        )
    if np.array_equal(one, other):
        every = np.arange(one[-1], dtype=np.intp)
        return every, every, one
    bounds = from_lengths(np.minimum(*lengths))
    place = np.arange(bounds[-1], dtype=np.intp) - np.repeat(bounds[:-1], np.diff(bounds))
    return (
        place + np.repeat(one[:-1], np.diff(bounds)),
        place + np.repeat(other[:-1], np.diff(bounds)),
        bounds,
    )
