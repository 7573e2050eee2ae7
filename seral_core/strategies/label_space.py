"""Label space: where segments lie by their values on the scales, estimated or known.

Values are taken in parts of each target's range, from 0 at its low end to 1 at its high end, so
that no target counts more for its units. Where all ranges are equal, this changes no order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seral_core.strategies.base import View
from seral_core.types import Belief, Floats, Prediction, Scale, Target


@dataclass(frozen=True)
class Labels:
    """Where rows lie in label space, in parts of each target's range.

    Parameters
    ----------
    guess : Floats of shape (candidates, targets)
        Estimated values of the candidates.
    known : Floats of shape (labelled, targets)
        Values of the labelled rows.

    Examples
    --------
    >>> Labels(np.zeros((3, 1)), np.zeros((2, 1))).known.shape
    (2, 1)
    """

    guess: Floats
    known: Floats


def asked_labels(view: View) -> Labels:
    """Return where rows lie by what the learner estimates and what is known of the targets asked for.

    Where a labelled row has no value for one of several targets, the estimated one is used.

    Raises
    ------
    BadPlan
        When a target is a category, or no model is trained yet.

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> known = {"arousal": Answers(np.array([0]), np.array([0.0]), np.ones(1))}
    >>> guess = {"arousal": Scale(np.array([[1.0, -1.0]]), np.zeros((1, 2)))}
    >>> asked_labels(line_view(0.0, 1.0, 5.0, labelled=[0], answers=known, predict=lambda rows: guess))
    Labels(guess=array([[1.], [0.]]), known=array([[0.5]]))
    """
    return Labels(estimates(view, view.task, view.beliefs), known_values(view))


def estimates(view: View, targets: Sequence[Target], beliefs: Prediction) -> Floats:
    """Return estimated values in parts of each target's range, of shape (rows, targets).

    Examples
    --------
    >>> target, belief = Target("arousal", low=1, high=5), Scale(np.array([[2.0, 5.0]]), np.zeros((1, 2)))
    >>> estimates(line_view(0.0, 1.0), (target,), {"arousal": belief}).tolist()
    [[0.25], [1.0]]
    """
    return np.stack([_value(view, target, beliefs[target.name]) for target in targets], axis=1)


def _value(view: View, target: Target, belief: Belief) -> Floats:
    if not isinstance(belief, Scale):
        view.scale(target)
        raise AssertionError("a scale was expected")
    return _part_of_range(target, belief.pooled().guess)


def known_values(view: View) -> Floats:
    """Return known values in parts of each target's range, estimated ones where unknown; (labelled, targets).

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> known = {"arousal": Answers(np.array([0]), np.array([0.0]), np.ones(1))}
    >>> known_values(line_view(0.0, 1.0, 5.0, labelled=[0], answers=known))
    array([[0.5]])
    """
    values = np.full((len(view.labelled), len(view.task)), np.nan)
    for t, target in enumerate(view.task):
        answers = view.known(target)
        if len(answers):
            mine = np.isin(answers.rows, view.labelled)
            values[np.searchsorted(view.labelled, answers.rows[mine]), t] = _part_of_range(target, answers.values[mine])
    gaps = np.isnan(values)
    missing = np.flatnonzero(gaps.any(axis=1))
    if len(missing):
        guess = estimates(view, view.task, view.predict(view.labelled[missing]))
        values[missing] = np.where(gaps[missing], guess, values[missing])
    return values


def _part_of_range(target: Target, values: Floats) -> Floats:
    return (values - target.low) / ((target.high - target.low) or 1.0)
