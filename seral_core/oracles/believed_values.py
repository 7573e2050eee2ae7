"""What a belief says of each row, as values of labels."""

from __future__ import annotations

from itertools import pairwise

from seral_core.types import Belief, Target, Trace, Value


def believed_values(belief: Belief, target: Target) -> list[Value | Trace]:
    """Return the likeliest class or expected value of each row; a trace where the target has a rate.

    Examples
    --------
    >>> from seral_core.types import Classes
    >>> believed_values(Classes(np.array([[[0.25, 0.75], [0.5, 0.5]]])), Target("emotion", ("anger", "sadness")))
    ['sadness', 'anger']
    """
    belief = belief if target.rate_hz else belief.pooled()
    guess = belief.guess.tolist()
    units = guess if target.is_scale else [target.classes[number] for number in guess]
    if not target.rate_hz:
        return units
    return [tuple(units[low:high]) for low, high in pairwise(belief.bounds.tolist())]
