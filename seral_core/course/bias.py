"""Lesson 2, cold start and imbalance: checks shares and the chance to miss a class."""

from __future__ import annotations

from typing import Any

import numpy as np

from seral_core.course.answers import Right, alike, answer_of, called, need, predicted

__all__ = ["chance_to_miss", "predicted", "shares"]


def shares(function: Any) -> Right:
    """Check a function that says what share of some labels each class has.

    Examples
    --------
    >>> shares(lambda labels, classes: [list(labels).count(name) / len(labels) for name in classes])
    ✓ shares: they sum to 1, and a class that nobody said has 0.
    """
    # An array, as the lesson has: what passes here must do there.
    labels, classes = np.array(["anger", "neutral", "neutral", "neutral"]), ["anger", "fear", "neutral"]
    got = called(function, "shares", labels, classes)
    need(
        np.ndim(got) == 1 and not isinstance(got, dict),
        "Return a list: a number for each class, in the order of `classes`.",
    )
    got = np.asarray(got, dtype=float).tolist()
    need(not alike(got, [25, 0, 75]), "These are per cent. A share is a number from 0 to 1.")
    need(not alike(got, [1, 0, 3]), "These are counts. Divide them by the number of labels.")
    need(
        len(got) == 3,
        f"There are 3 classes; `shares` returned {len(got)} numbers. A class that nobody said has share 0.",
    )
    hint = "Of anger, neutral, neutral, neutral, the classes anger, fear, neutral have .25, 0 and .75."
    need(alike(got, [0.25, 0, 0.75]), f"`shares` returned {got}. {hint}")
    return Right("shares: they sum to 1, and a class that nobody said has 0.")


def chance_to_miss(function: Any) -> Right:
    """Check a function that says how probable it is that random labels lack a class.

    Examples
    --------
    >>> chance_to_miss(lambda share, n: (1 - share) ** n)
    ✓ chance_to_miss: one label misses it with 1 - share, n labels with that to the power of n.
    """
    missed = called(function, "chance_to_miss", 0.25, 2)
    need(
        not alike(missed, 0.0625),
        "That is the chance that all labels are of the class. One label misses it with 1 - share.",
    )
    need(not alike(missed, 0.4375), "That is the chance to meet the class. The chance to miss it is the rest up to 1.")
    hint = "With a share of .25, one label misses the class with probability .75, and two with .75 times .75."
    answer_of(function, "chance_to_miss", (0.25, 2), 0.5625, hint)
    answer_of(function, "chance_to_miss", (0.5, 1), 0.5, hint)
    return Right("chance_to_miss: one label misses it with 1 - share, n labels with that to the power of n.")
