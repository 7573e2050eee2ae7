"""What a crowd was asked: answers for each clip, how many clips were labelled right, and how long it took."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.corpus import Corpus
from seral_core.crowds.raters import Raters, hours_needed
from seral_core.oracles.base import oracles
from seral_core.recipes.cells import Cell
from seral_core.runs.events import Labelled
from seral_core.runs.log import Log
from seral_core.runs.parts import part
from seral_core.types import Target

COLUMNS = ("scenario", "way", "answers", "clips", "each", "right", "skill", "hours")


def what_was_asked(cells: tuple[Cell, ...], folder: Path, corpus: Corpus, target: Target) -> pd.DataFrame:
    """Return a row for each way to ask: means over its runs.

    Parameters
    ----------
    cells : tuple of Cell
        Grids whose oracle is ``raters``.
    folder : Path
        Of the recipe.
    corpus : Corpus
        Has the gold.
    target : Target
        The category.

    Returns
    -------
    DataFrame
        ``answers`` and ``clips`` of a run; ``each``: answers for a clip; ``right``: share of clips whose majority is
        the gold; ``skill``: mean share of right answers that the raters who were asked are made with; ``hours``: how
        long the answers took, raters working side by side.
    """
    gold = {str(segment): value for segment, value in corpus.gold(target.name).items()}
    rows = []
    for cell in cells:
        crowd: Raters = part(oracles, cell.grid.plan.oracle, corpus).crowd(target)
        runs = [_of_run(log, gold, crowd) for log in cell.logs(folder)]
        mean = {name: float(np.mean([run[name] for run in runs])) for name in COLUMNS[2:]}
        rows.append({"scenario": cell.scenario, "way": cell.part, **mean})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _of_run(log: Log, gold: Mapping[str, Any], crowd: Raters) -> dict[str, float]:
    skill = {rater.name: float(np.diag(rater.confusion).mean()) for rater in crowd.raters}
    votes: dict[str, Counter[Any]] = defaultdict(Counter)
    rounds: dict[int, list[str]] = defaultdict(list)
    for event in log.events():
        for label in event.labels if isinstance(event, Labelled) else ():
            votes[label.segment][label.value] += 1
            rounds[event.round].append(label.annotator)  # type: ignore[union-attr]
    answers = sum(map(len, rounds.values()))
    right = np.mean([heard.most_common(1)[0][0] == gold[segment] for segment, heard in votes.items()])
    return {
        "answers": answers,
        "clips": len(votes),
        "each": answers / len(votes),
        "right": float(right),
        "skill": float(np.mean([skill[name] for names in rounds.values() for name in names])),
        "hours": hours_needed(list(rounds.values()), crowd),
    }
