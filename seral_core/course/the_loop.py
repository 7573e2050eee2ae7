"""Lesson 1, the loop: checks `margin`, and that the loop asks for what is chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from seral_core.course.answers import NotYet, Right, called, need, predicted

__all__ = ["loop", "margin", "predicted"]

#: Rows are clips; margins .5, .02, .3, .04, so clips 11, 13, 12, 10 in this order.
_PROBA = np.array([[0.7, 0.2, 0.1], [0.49, 0.47, 0.04], [0.1, 0.3, 0.6], [0.33, 0.37, 0.3]])
_CLIPS = np.array([10, 11, 12, 13])


def margin(function: Any) -> Right:
    """Check a strategy that asks for the smallest margin first.

    Examples
    --------
    >>> def right(proba, left, rng):
    ...     two = np.sort(proba, axis=1)[:, -2:]
    ...     return left[np.argsort(two[:, 1] - two[:, 0])]
    >>> margin(right)
    ✓ margin: clips between two emotions come first.
    """
    rows = {"out of bounds": "Row i of `proba` is about clip `left[i]`: sort places in `left`, then take its clips."}
    got = called(function, "margin", _PROBA, _CLIPS, np.random.default_rng(0), hints=rows)
    shape = np.shape(got)
    need(
        shape == (4,),
        f"There were 4 clips left; `margin` returned a shape of {shape}. Return all of `left`, in another order.",
    )
    order = np.asarray(got).tolist()
    if sorted(order) == [0, 1, 2, 3]:
        raise NotYet("These are places in `left`, not clips: `left[order]` gives the clips at these places.")
    need(sorted(order) == _CLIPS.tolist(), f"`margin` returned {order}; expected the clips of `left`, each once.")
    if order == [11, 13, 12, 10]:
        return Right("margin: clips between two emotions come first.")
    need(order != [10, 12, 13, 11], "The largest gap comes first: turn the order round.")
    need(
        order != [13, 11, 12, 10],
        "That is the order by the likeliest emotion alone. A margin needs the second likeliest, too.",
    )
    least = [13, 10, 12, 11], [11, 12, 10, 13]
    need(order not in least, "That is the gap of the two *least* likely. After sorting, the likeliest come last.")
    need(order != [10, 11, 12, 13], "That is the order in which the clips came. Sort them by the gap.")
    raise NotYet(
        f"The gaps of clips 10 to 13 are .50, .02, .30 and .04; expected the order 11, 13, 12, 10, got {order}. "
        "Sort each row first (axis=1): the likeliest emotion is not the same one in each."
    )


def loop(function: Any) -> Right:
    """Check a loop: 20 clips at random, then ten a round, those that ``choose`` puts first.

    Examples
    --------
    >>> def right(choose):
    ...     labelled = list(range(20))
    ...     while True:
    ...         yield len(labelled), 0.5, labelled
    ...         if len(labelled) >= 40:
    ...             return
    ...         left = np.setdiff1d(np.arange(50), labelled)
    ...         labelled = labelled + list(choose(np.full((len(left), 2), 0.5), left, None)[:10])
    >>> loop(right)
    ✓ loop: train, score, ask, label, and again.
    """
    seen: list[tuple[Any, Any]] = []

    def choose(proba: Any, left: Any, rng: Any) -> Any:
        need(
            np.ndim(proba) == 2 and np.ndim(left) == 1,
            "`choose` gets the probabilities first, then the clips that are left.",
        )
        need(len(proba) == len(left), "`proba` and `left` differ in length: predict for the clips that are left.")
        need(
            seen or len(left) > 10,
            "Let `choose` see all clips that are left, and take the first ten of what it returns.",
        )
        order = left[::-1]
        seen.append((np.array(left), order[:10]))
        return order

    rounds = called(lambda: list(_first(function(choose), 3)), "loop")
    need(seen, "The loop never asks `choose`: call it with `proba`, `left` and `rng`.")
    spent = [one[0] for one in rounds]
    need(
        spent[:2] != [20, 20], "The second round has 20 labels still: add the clips that were asked for to `labelled`."
    )
    need(
        spent == [20, 30, 40],
        f"The first rounds have {', '.join(map(str, spent))} labels; expected 20, 30, 40: ask for ten at a time.",
    )
    for (_, asked), one, (left, _) in zip(seen, rounds[1:], [*seen[1:], seen[-1]], strict=False):
        known = set(np.asarray(one[2]).tolist())
        need(set(asked.tolist()) <= known, "Take the ten clips that `choose` puts first.")
        need(left is seen[-1][0] or not set(left.tolist()) & set(asked.tolist()), "A clip was asked for twice.")
    return Right("loop: train, score, ask, label, and again.")


def _first(rounds: Iterable[Any], number: int) -> Iterable[Any]:
    for one, _ in zip(rounds, range(number), strict=False):
        yield one
