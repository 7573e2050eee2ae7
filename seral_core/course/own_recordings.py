"""Lesson 6, your own recordings: checks how wide an estimate is, and how many clips it takes."""

from __future__ import annotations

from typing import Any

from seral_core.course.answers import Right, alike, answer_of, called, need, predicted

__all__ = ["clips_needed", "half_width", "predicted"]


def half_width(function: Any) -> Right:
    """Check the half width of a 95 % interval of a share.

    Examples
    --------
    >>> half_width(lambda share, n: 1.96 * (share * (1 - share) / n) ** 0.5)
    ✓ half_width: four times the clips, half the width.
    """
    got = called(function, "half_width", 0.5, 100)
    need(not alike(got, 0.05, 1e-6), "That is the standard error. A 95 % interval reaches 1.96 of them to each side.")
    need(not alike(got, 0.0049, 1e-6), "The square root is missing.")
    need(not alike(got, 0.196, 1e-6), "That is the whole width; the half of it is asked for.")
    hint = "Of a share of .5 on 100 clips, the standard error is .05, and 1.96 times that is .098."
    need(alike(got, 0.098, 1e-3), f"`half_width` returned {got}. {hint}")
    again = called(function, "half_width", 0.8, 400)
    need(
        alike(again, 0.0392, 1e-4), f"Of .8 on 400 clips it is .039; got {again}. It is 1.96 √(share (1 - share) / n)."
    )
    return Right("half_width: four times the clips, half the width.")


def clips_needed(function: Any) -> Right:
    """Check how many clips it takes for an interval of ± so much.

    Examples
    --------
    >>> import math
    >>> clips_needed(lambda half, share=0.5: math.ceil(share * (1 - share) * (1.96 / half) ** 2))
    ✓ clips_needed: ± .05 takes 385 clips, ± .10 takes 97.
    """
    got = called(function, "clips_needed", 0.05)
    need(
        alike(got, 385, 1.01),
        f"For ± .05 at a share of .5 it takes 385 clips; got {got}. Solve half = 1.96 √(share (1 - share) / n) for n.",
    )
    need(alike(got, 385), "Part of a clip is no clip: round up, with math.ceil.")
    answer_of(function, "clips_needed", (0.1,), 97, "For ± .10 it takes 97 clips.")
    return Right("clips_needed: ± .05 takes 385 clips, ± .10 takes 97.")
