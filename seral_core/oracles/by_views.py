"""Co-training: a clip is labelled where one view of a model is sure of it and no other surely contradicts."""

from __future__ import annotations

import numpy as np

from seral_core.errors import BadPlan
from seral_core.learners.confidence import confidence, confidence_in
from seral_core.oracles.believed_values import believed_values
from seral_core.types import Belief, Classes, Floats, Ints, Scale, Target
from seral_core.units import owners


def by_views(belief: Belief, target: Target, above: float) -> tuple[Floats, Belief]:
    """Return how sure the surest view is of each row, 0 where another one surely contradicts, and what it believes.

    A view contradicts surely where it is sure itself, and less sure than that of the surest view's value.

    Parameters
    ----------
    belief : Belief
        One member for each view, two or more.
    target : Target
        What is believed.
    above : float
        From which confidence on a view is sure.

    Returns
    -------
    sure : Floats of shape (rows,)
        From 0 to 1.
    belief : Belief
        Of one member: row by row, that of the surest view.

    Raises
    ------
    BadPlan
        When the learner has one view.

    References
    ----------
    .. [1] Blum and Mitchell, Combining labeled and unlabeled data with co-training, COLT 1998.

    Examples
    --------
    >>> views = Classes(np.array([[[0.95, 0.05], [0.95, 0.05]], [[0.4, 0.6], [0.05, 0.95]]]))
    >>> sure, found = by_views(views, Target("emotion", ("anger", "sadness")), 0.9)
    >>> sure, found.guess
    (array([0.95, 0.  ]), array([0, 0]))
    """
    views = _each(belief)
    if len(views) < 2:
        raise BadPlan(
            f"the learner has one view of {target.name}; expected two or more to label by views; choose the learner "
            "views, or machine:by=belief"
        )
    own = np.stack([confidence(view, target) for view in views])
    surest = own.argmax(axis=0)
    found = _picked(belief, surest)
    values = believed_values(found, target)
    in_that = np.stack([confidence_in(values, view, target) for view in views])
    contradicted = ((own >= above) & (in_that < above)).any(axis=0)
    return np.where(contradicted, 0.0, own.max(axis=0)), found


def _each(belief: Belief) -> list[Belief]:
    match belief:
        case Classes(proba):
            return [Classes(one[None], belief.bounds) for one in proba]
        case Scale(mean, std):
            return [Scale(m[None], s[None], belief.bounds) for m, s in zip(mean, std, strict=True)]


def _picked(belief: Belief, view: Ints) -> Belief:
    """Return the belief of one view for each row."""
    unit = np.arange(int(belief.bounds[-1]))
    of = view[owners(belief.bounds)]
    match belief:
        case Classes(proba):
            return Classes(proba[of, unit][None], belief.bounds)
        case Scale(mean, std):
            return Scale(mean[of, unit][None], std[of, unit][None], belief.bounds)
