"""Clock time of every stage, from what was recorded: pre-training, hearing, fine-tuning, choosing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from seral_core.recipes.base import Result
from seral_core.recipes.cells import Cell
from seral_core.runs.log import Log

#: Stages in the order in which a method goes through them.
STAGES = ("pre-training", "hearing all clips", "fine-tuning", "choosing")
COLUMNS = ("strategy", "seed", "fold", "spent", "fine-tuning", "choosing")


def round_times(log: Log) -> list[tuple[float, float, float]]:
    """Return labels, seconds of fine-tuning and seconds of choosing of every round, each up to and with that round.

    Where a run was stopped and resumed, the pause counts for the stage that was cut off: only ends are recorded.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> round_times(Log(Path(tempfile.mkdtemp())))
    []
    """
    found: list[tuple[float, float, float]] = []
    tuning = choosing = 0.0
    lines = log.lines()
    for before, line in zip([None, *lines], lines, strict=False):
        if before is None:
            continue
        took_s = (_at(line) - _at(before)).total_seconds()
        if line["event"] == "Trained":
            tuning += took_s
        elif line["event"] == "Asked":
            choosing += took_s
        elif line["event"] == "Scored":
            found.append((float(line["spent"]), tuning, choosing))
    return found


def _at(line: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(line["at"])


@dataclass(frozen=True)
class Times:
    """Seconds of all methods.

    Parameters
    ----------
    rounds : DataFrame
        Columns ``strategy seed fold spent fine-tuning choosing``, cumulated over rounds.
    before : dict
        Method (``"FT"``) to stage to mean seconds before the first label.
    """

    rounds: pd.DataFrame
    before: dict[str, dict[str, float]]

    def until(self, strategy: str, spent: float) -> dict[str, float]:
        """Return mean seconds by stage that a strategy such as ``"entropy (FT)"`` takes for so many labels."""
        mine = self.rounds[self.rounds["strategy"] == strategy]
        runs = [run for _, run in mine.groupby(["seed", "fold"])]
        means = {
            stage: float(np.mean([np.interp(spent, run["spent"], run[stage]) for run in runs])) for stage in STAGES[2:]
        }
        return {**dict.fromkeys(STAGES[:2], 0.0), **self.before.get(method_of(strategy), {}), **means}


def method_of(strategy: str) -> str:
    """Return the method in a strategy's brackets.

    Examples
    --------
    >>> method_of("entropy (TAPT+FT)")
    'TAPT+FT'
    """
    return strategy.rpartition("(")[2].rstrip(")")


def times_of(result: Result) -> Times:
    """Read the times of a finished recipe."""
    rows = [
        (log.plan.strategy + cell.suffix, log.plan.seed, log.plan.fold, *each)
        for cell in result.cells
        if isinstance(cell, Cell) and cell.scenario == "pool"
        for log in cell.logs(result.folder)
        for each in round_times(log)
    ]
    seconds = result.frame[result.frame["metric"] == "seconds"]
    before: dict[str, dict[str, float]] = {}
    for (method, stage), mine in seconds.groupby(["strategy", "target"]):
        before.setdefault(str(method), {})[str(stage)] = float(mine["value"].mean())
    return Times(pd.DataFrame(rows, columns=list(COLUMNS)), before)
