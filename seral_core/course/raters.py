"""Lesson 4, raters: checks that the majority wins, and that a tie is no label."""

from __future__ import annotations

from typing import Any

from seral_core.course.answers import NotYet, Right, need, predicted

__all__ = ["majority", "predicted"]

_CASES: tuple[tuple[list[str], str | None], ...] = (
    (["anger", "anger", "fear"], "anger"),
    (["sadness", "fear", "fear", "neutral"], "fear"),
    (["neutral"], "neutral"),
    (["anger", "fear", "sadness"], None),
    (["fear", "fear", "anger", "anger", "neutral"], None),
)


def majority(function: Any) -> Right:
    """Check a function that returns what most raters said, and None where several classes are level.

    Examples
    --------
    >>> from collections import Counter
    >>> def right(votes):
    ...     (first, most), *rest = Counter(votes).most_common(2)
    ...     return None if rest and rest[0][1] == most else first
    >>> majority(right)
    ✓ majority: most votes win, and a tie is no label.
    """
    need(callable(function), "`majority` is no function any more: run the cell that defines it again.")
    for votes, expected in _CASES:
        try:
            got = function(list(votes))
        except Exception as wrong:
            raise NotYet(
                f"`majority` stopped with {type(wrong).__name__}: {wrong}, at the votes {', '.join(votes)}"
            ) from None
        need(
            got is not None or expected is None,
            f"For {', '.join(votes)} `majority` returns nothing; expected {expected}.",
        )
        why = "it is a tie, and whoever breaks it makes up a label" if expected is None else "it has most votes"
        need(
            got is not ... and got == expected,
            f"For {', '.join(votes)} `majority` returned {got!r}; expected {expected!r}: {why}.",
        )
    return Right("majority: most votes win, and a tie is no label.")
