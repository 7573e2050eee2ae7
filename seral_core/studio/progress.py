"""How far a rater, and all raters together, have come, and how long the rest takes at the rater's pace."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from seral_core.studio.background import trainer_state
from seral_core.studio.queue import Queue

#: A pause longer than this is none of the labelling, in seconds.
PAUSE_S = 120.0
#: Answers that a pace is said after.
FEW_TIMES = 4


def progress_of(rater: str, queue: Queue, run: Path) -> dict[str, Any]:
    """Return how far the labels of a project are, see `seral_core.studio.session.Session.progress`.

    Parameters
    ----------
    rater : str
        Whose answers are counted.
    queue : Queue
        As the store has it now.
    run : Path
        Folder of the project's training.
    """
    hand = queue.slots.hand(rater)
    mine = {name: hand.counts[name] for name in ("answered", "skipped", "unsure")}
    asked = len(queue.ids) - len(queue.gold)
    whole = len((queue.ids & queue.slots.enough) - queue.gold)
    left = asked - whole
    pace = labels_per_minute(hand.times)
    return {
        **mine, "labelled": whole, "clips": asked, "left": left, "per_minute": pace,
        "seconds_left": round(60 * left / pace) if pace else None, "trainer": trainer_state(run),
    }  # fmt: skip


def labels_per_minute(times: Iterable[float]) -> float | None:
    """Return labels a minute from when they were given, in seconds, pauses left out; None for too few.

    Examples
    --------
    >>> labels_per_minute([0, 6, 12, 18, 24]), labels_per_minute([0, 6, 12, 900, 906, 912]), labels_per_minute([0, 6])
    (10.0, 10.0, None)
    """
    times = sorted(times)
    gaps = [b - a for a, b in pairwise(times) if 0 < b - a < PAUSE_S]
    return round(60 / median(gaps), 1) if len(gaps) >= FEW_TIMES else None
