"""How sure a belief is: one number in [0, 1] for each segment, for categories and scales alike."""

from __future__ import annotations

import numpy as np

from seral_core.errors import BadPlan
from seral_core.types import Belief, Classes, Floats, Scale, Target


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
            half = (target.high - target.low) / 2
            if not 0 < half < np.inf:
                raise BadPlan(
                    f"{target.name} has no range to be sure within; give it one, such as --range {target.name}=1:9"
                )
            spread = np.sqrt((std**2).mean(0) + mean.var(0))
            return belief.per_row(np.clip(1 - spread / half, 0, 1))
