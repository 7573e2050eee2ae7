"""What the log of a run holds beside its scores: time for choosing, random rounds, and how labels spread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from seral_core.runs.log import Log

#: How strategies remark on a round in which they had nothing to go by, in this version and in
#: earlier ones.
AT_RANDOM = ("at random", "by lot")


@dataclass(frozen=True)
class Trail:
    """What the log of a run holds beside its scores.

    Parameters
    ----------
    choosing_s : float
        Seconds that the strategy took in all; the choice of the first labels is not counted.
    at_random : int
        Rounds in which it had nothing to go by.
    spread : float
        Standard deviation of the first half of its labels, in native units.
    """

    choosing_s: float
    at_random: int
    spread: float


def trail(log: Log) -> Trail:
    """Read from a log how long its strategy took to choose, and how far apart its labels lie.

    Parameters
    ----------
    log : Log
        Of a run on scales.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> trail(Log(Path(tempfile.mkdtemp())))
    Trail(choosing_s=0.0, at_random=0, spread=0.0)
    """
    lines, choosing, rounds = log.lines(), 0.0, 0
    values: list[float] = []
    for before, line in zip([{}, *lines], lines, strict=False):
        if line["event"] == "Asked" and before.get("event") == "Scored":
            choosing += (datetime.fromisoformat(line["at"]) - datetime.fromisoformat(before["at"])).total_seconds()
            rounds += any(words in line["remark"] for words in AT_RANDOM)
        elif line["event"] == "Labelled":
            values += [float(label["value"]) for label in line["labels"] if label["source"] != "machine"]
    early = values[: max(1, len(values) // 2)]
    return Trail(choosing, rounds, float(np.std(early)) if early else 0.0)
