"""A belief beside what is known: one unit for one value, or a sentence that says why they do not fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadPlan
from seral_core.learners.base import Answers, ends
from seral_core.types import Belief, Classes, Floats, Ints, Scale, Target
from seral_core.units import from_lengths, kept, one_each, shared, taken, valued


@dataclass(frozen=True)
class Matched:
    """A belief of one unit for each known value.

    Parameters
    ----------
    belief : Classes or Scale
        Of shape (members, values) and classes.
    values : array of shape (values,)
        Class numbers, or native units.
    bounds : Ints of shape (known rows + 1,)
        Which values are of one row.
    """

    belief: Belief
    values: NDArray[Any]
    bounds: Ints


def matched(belief: Belief, known: Answers, target: Target) -> Matched:
    """Bring a belief and known values together: unit by unit for traces, else the mean of a row's units.

    Where a known trace has gaps, nothing is compared.

    Parameters
    ----------
    belief : Classes or Scale
        About all rows that ``known`` numbers.
    known : Answers
        One value per row, or a trace.
    target : Target
        Its ``rate_hz`` says which of the two it has.

    Raises
    ------
    BadPlan
        When one has traces where the other has one value.
    BadFeatures
        When traces are of another length, apart from the last second.

    Examples
    --------
    >>> three = Scale(np.array([[0.0, 0.5, 1.0, 0.2, 0.2, 0.2]]), np.zeros((1, 6)), np.array([0, 3, 6]))
    >>> matched(three, Answers(np.array([0]), np.array([0.5]), np.ones(1)), Target("arousal")).belief.guess
    array([0.5])
    >>> trace = Answers(np.array([1]), np.array([0.1, 0.2]), np.ones(1), np.array([0, 2]))
    >>> matched(three, trace, Target("arousal", rate_hz=1.0)).belief.guess
    array([0.2, 0.2])
    """
    about = belief.take(known.rows)
    if not target.rate_hz:
        if not known.is_plain:
            raise BadPlan(
                f"got traces of {target.name}, which has no rate; expected one value per clip; "
                "give the target its rate (rate_hz), or take each trace's mean"
            )
        return Matched(about.pooled(), known.values, one_each(len(known)))
    if about.is_plain and not known.is_plain:
        raise BadPlan(
            f"{target.name} has a trace for each clip, and the learner believes one value; "
            f"expected {target.rate_hz:g} values per second; choose a learner that gives traces, "
            "or learn the traces' means"
        )
    ours, theirs, bounds = shared(about.bounds, known.bounds, ends(target))
    units, bounds = kept(bounds, valued(known.values[theirs]))
    ours, theirs = ours[units], theirs[units]
    return Matched(about.at(ours), known.values[theirs], bounds)


def filled(belief: Belief, known: Answers, target: Target) -> Belief:
    """Return a belief with certainty about what is known; in the gaps of a known trace it stays what it is.

    Parameters
    ----------
    belief, known, target
        As in `matched`.

    Returns
    -------
    Classes or Scale
        Of all rows; those known have the units of their answers.

    Examples
    --------
    >>> belief = Scale(np.array([[0.0, 0.2, 0.4]]), np.ones((1, 3)))
    >>> filled(belief, Answers(np.array([1]), np.array([0.9]), np.ones(1)), Target("arousal")).guess
    array([0. , 0.9, 0.4])
    """
    belief = belief if target.rate_hz else belief.pooled()
    bounds, labelled, kept, before = _places(belief, known)

    def with_known(part: Floats, values: Any) -> Floats:
        new = np.empty((len(part), bounds[-1], *part.shape[2:]))
        new[:, kept] = part[:, before]
        new[:, labelled] = values
        return new

    match belief:
        case Classes(proba):
            return Classes(with_known(proba, np.eye(proba.shape[-1])[known.values]), bounds)
        case Scale(mean, std):
            there = valued(known.values)
            if there.all():
                return Scale(with_known(mean, known.values), with_known(std, 0.0), bounds)
            beside = _beside(belief, known)
            values = np.where(there, known.values, mean[:, beside])
            return Scale(with_known(mean, values), with_known(std, np.where(there, 0.0, std[:, beside])), bounds)


def _beside(belief: Belief, known: Answers) -> Ints:
    """Return the unit of the belief at the time of each known value; the last where it has fewer."""
    lengths = np.diff(known.bounds)
    place = np.arange(known.bounds[-1]) - np.repeat(known.bounds[:-1], lengths)
    last = np.diff(belief.bounds)[known.rows] - 1
    return np.asarray(np.repeat(belief.bounds[:-1][known.rows], lengths) + np.minimum(place, np.repeat(last, lengths)))


def _places(belief: Belief, known: Answers) -> tuple[Ints, Ints, Any, Any]:
    """Return bounds with the units of the answers, where these and all others are, and where the others were."""
    if belief.is_plain and known.is_plain:
        return belief.bounds, known.rows, slice(None), slice(None)
    lengths = np.diff(belief.bounds)
    lengths[known.rows] = np.diff(known.bounds)
    bounds = from_lengths(lengths)
    unknown = np.ones(belief.rows, dtype=bool)
    unknown[known.rows] = False
    others = np.flatnonzero(unknown)
    return bounds, taken(bounds, known.rows)[0], taken(bounds, others)[0], taken(belief.bounds, others)[0]
