"""How sure a belief is: one number in [0, 1] for each segment, for categories and scales alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadPlan
from seral_core.types import Belief, Classes, Floats, Scale, Target, Trace, Value
from seral_core.units import valued


def confidence(belief: Belief, target: Target) -> Floats:
    r"""Return how sure a belief is of each row.

    For a category it is the posterior of the predicted class. For a scale it is
    :math:`\max(0, 1 - \sigma / h)`, where :math:`h` is half the range of the target and
    :math:`\sigma` the standard deviation, members' disagreement included: a decision of ours, so
    that both lie in [0, 1].

    Parameters
    ----------
    belief : Belief
        Of one or several units per row; units are averaged.
    target : Target
        What is believed.

    Returns
    -------
    Floats of shape (rows,)
        From 0 to 1.

    References
    ----------
    .. [1] MixedEmotions, deliverable D4.2, section 2.4 (margin and posterior as confidence).

    Raises
    ------
    BadPlan
        When a scale has no finite range.

    Examples
    --------
    >>> confidence(Classes(np.array([[[0.9, 0.1], [0.5, 0.5]]])), Target("emotion", ("anger", "sadness")))
    array([0.9, 0.5])
    >>> confidence(Scale(np.array([[0.3, 0.3]]), np.array([[0.0, 0.5]])), Target("arousal"))
    array([1. , 0.5])
    """
    match belief:
        case Classes():
            return belief.per_row(belief.mean.max(-1))
        case Scale(mean, std):
            spread = np.sqrt((std**2).mean(0) + mean.var(0))
            return belief.per_row(np.clip(1 - spread / _half(target), 0, 1))


def confidence_in(values: Sequence[Value | Trace], belief: Belief, target: Target) -> Floats:
    r"""Return how sure a belief is of given values, one for each row, such as labels that it gave before.

    Of a category, the posterior of that class. Of a scale, :math:`\max(0, 1 - d / h)`, where :math:`d` is the root of
    the expected squared distance from the value, :math:`\sqrt{\sigma^2 + (\mu - v)^2}`: at the mean it is what
    `confidence` says.

    Parameters
    ----------
    values : sequence of str or float, or of tuples of them
        As of a `Label`, one for each row of the belief.
    belief : Belief
        Of one or several units per row.
    target : Target
        What is believed.

    Returns
    -------
    Floats of shape (rows,)
        From 0 to 1; of a trace, the mean over the units that both have and that have a value.

    Examples
    --------
    >>> belief = Classes(np.array([[[0.75, 0.25], [0.5, 0.5]]]))
    >>> confidence_in(["sadness", "anger"], belief, Target("emotion", ("anger", "sadness")))
    array([0.25, 0.5 ])
    >>> confidence_in([0.5], Scale(np.array([[0.25]]), np.array([[0.0]])), Target("arousal"))
    array([0.75])
    """
    if target.rate_hz:
        rows = (belief.take(np.array([row], dtype=np.intp)) for row in range(len(values)))
        return np.array([_of_trace(target.units(v), one, target) for v, one in zip(values, rows, strict=True)], float)
    units = np.concatenate([np.zeros(0, np.intp), *(target.units(value) for value in values)])
    return confidence_in_units(units, belief, target)


def confidence_in_units(values: NDArray[Any], belief: Belief, target: Target) -> Floats:
    """Return what `confidence_in` does, of class numbers or numbers in native units.

    Examples
    --------
    >>> confidence_in_units(np.array([1]), Classes(np.array([[[0.75, 0.25]]])), Target("emotion", ("anger", "sadness")))
    array([0.25])
    """
    return _of_units(values, belief.pooled(), target)


def _of_units(values: NDArray[Any], belief: Belief, target: Target) -> Floats:
    """Return how sure a belief is of a value for each of its units."""
    match belief:
        case Classes():
            return np.asarray(belief.mean[np.arange(len(values)), values.astype(np.intp)])
        case Scale(mean, std):
            squares = (std**2).mean(0) + mean.var(0) + (mean.mean(0) - values) ** 2
            return np.asarray(np.clip(1 - np.sqrt(squares) / _half(target), 0, 1))


def _of_trace(values: NDArray[Any], belief: Belief, target: Target) -> float:
    both = np.arange(min(len(values), int(belief.bounds[-1])), dtype=np.intp)
    both = both[valued(values[both])]
    return float(_of_units(values[both], belief.at(both), target).mean()) if len(both) else 0.0


def _half(target: Target) -> float:
    """Return half the range of a scale."""
    half = (target.high - target.low) / 2
    if not 0 < half < np.inf:
        raise BadPlan(f"{target.name} has no range to be sure within; give it one, such as --range {target.name}=1:9")
    return half
