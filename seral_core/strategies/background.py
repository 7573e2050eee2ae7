"""Background: the speech that is plentiful, mostly neutral, against which all else stands out."""

from __future__ import annotations

import numpy as np

from seral_core.strategies.base import View
from seral_core.types import Ints, Target

NEUTRAL = "neutral"
#: A scale counts as neutral within this share of its half range, around the middle.
NEAR = 0.25


def background_class(view: View, target: Target, neutral: str = NEUTRAL) -> int:
    """Return the number of the class that is the background.

    Parameters
    ----------
    view : View
        Uses ``answers``.
    target : Target
        A category.
    neutral : str
        Its name; where there is no such class, the one with the most labels is taken, the first of equals.

    Returns
    -------
    int
        Class number.

    Examples
    --------
    >>> background_class(line_view(0.0), Target("emotion", ("anger", "neutral")))
    1
    """
    if neutral in target.classes:
        return target.classes.index(neutral)
    return int(np.bincount(view.known(target).values.astype(np.intp), minlength=len(target.classes)).argmax())


def background_rows(view: View, neutral: str = NEUTRAL) -> Ints:
    """Return the labelled rows that are background for every target asked for.

    Parameters
    ----------
    view : View
        Uses ``answers``.
    neutral : str
        Name of the class; a scale is neutral around its middle.

    Returns
    -------
    Ints of shape (rows,)
        Ascending.

    Examples
    --------
    >>> from seral_core.learners.base import Answers
    >>> known = {"arousal": Answers(np.arange(3), np.array([0.1, -0.9, 0.0]), np.ones(3))}
    >>> background_rows(line_view(0.0, 1.0, 5.0, 6.0, labelled=[0, 1, 2], answers=known))
    array([0, 2])
    """
    rows: Ints | None = None
    for target in view.task:
        known = view.known(target)
        if target.is_scale:
            middle, half = (target.low + target.high) / 2, (target.high - target.low) / 2
            calm = np.abs(known.values - middle) <= NEAR * half
        else:
            calm = known.values == background_class(view, target, neutral)
        rows = known.rows[calm] if rows is None else np.intersect1d(rows, known.rows[calm])
    return np.zeros(0, np.intp) if rows is None else rows
