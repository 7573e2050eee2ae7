"""Lesson 5, scales: checks the measure of Han et al., and the number of labels needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from seral_core.course.answers import Right, alike, answer_of, called, need, predicted

__all__ = ["informative", "needed", "predicted"]


def informative(function: Any) -> Right:
    """Check the informativeness of clips: highest where a classifier cannot say which side they are on.

    Examples
    --------
    >>> informative(lambda p: -abs(p - 0.5))
    ✓ informative: 0 where the sides are level, -.5 where one is certain.
    """
    p = np.array([0.0, 0.25, 0.5, 0.9])
    got = called(function, "informative", p)
    need(not alike(got, np.abs(p - 0.5)), "The largest value is to be asked for first: change the sign.")
    need(
        not alike(got, p - 0.5), "Certainly positive and certainly negative are equally dull: take the absolute value."
    )
    hint = "Of p = 0, .25, .5 and .9, the informativeness is -.5, -.25, 0 and -.4."
    answer_of(function, "informative", (p,), [-0.5, -0.25, 0.0, -0.4], hint)
    return Right("informative: 0 where the sides are level, -.5 where one is certain.")


def needed(function: Any) -> Right:
    """Check a function that says with how many labels a curve reaches a level first.

    Examples
    --------
    >>> def right(spent, scores, level):
    ...     reached = [n for n, score in zip(spent, scores) if score >= level]
    ...     return reached[0] if reached else np.nan
    >>> needed(right)
    ✓ needed: the first number of labels at the level, or nan.
    """
    spent, scores = [20, 60, 100, 140], [0.5, 0.7, 0.65, 0.75]
    hint = "The curve .5, .7, .65, .75 after 20, 60, 100 and 140 labels"
    answer_of(
        function, "needed", (spent, scores, 0.7), 60, f"{hint} reaches .7 with 60 labels: reaching is enough (>=)."
    )
    answer_of(function, "needed", (spent, scores, 0.6), 60, f"{hint} reaches .6 with 60 labels first.")
    never = called(function, "needed", spent, scores, 0.9)
    need(never != never, f"{hint} never reaches .9: return np.nan. Got {never!r}.")
    return Right("needed: the first number of labels at the level, or nan.")
