"""The report: every measure of confidence, by how far it can be trusted, with intervals over groups of speakers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from seral_core.corpora.planted import AMBIGUOUS, FOREIGN
from seral_core.recipes.base import Report, Result
from seral_core.recipes.confidence.measuring import AREA, CALIBRATION, ERRORS, RATIO, VOTES
from seral_core.recipes.report import alarms, joined, notes_list, p_text, table
from seral_core.scores.groups import ScoredOn, basis_text, group_values, half_width, p_values
from seral_core.scores.statistics import holm

#: Columns of the table, and what is best.
METRICS = {
    RATIO: "higher",
    AREA: "lower",
    CALIBRATION: "lower",
    ERRORS: "higher",
    VOTES: "higher",
    f"{AMBIGUOUS} above usual": "0.5 is chance",
    f"{FOREIGN} above usual": "0.5 is chance",
}


def report_of(result: Result, baseline: str) -> Report:
    """Return tables of all measures, and of their differences from the baseline."""
    frame = result.frame
    present = [metric for metric in METRICS if (frame["metric"] == metric).any()]
    names = list(dict.fromkeys(frame["strategy"]))
    scores = {metric: {name: _groups(frame, name, metric) for name in names} for metric in present}
    names.sort(key=lambda name: -float(scores[RATIO][name].mean()))
    rows = [[name, *(_with_interval(scores[metric][name]) for metric in present)] for name in names]
    flat = pd.DataFrame(
        [
            (name, metric, values.mean(), float(half_width(values)), len(values))
            for metric, each in scores.items()
            for name, values in each.items()
        ],
        columns=["measure", "metric", "mean", "half_width", "groups"],
    )
    head = ["measure", *(f"{metric} ({METRICS[metric]})" for metric in present)]
    labels = sorted({round(n) for n in frame["spent"]})
    return Report(
        joined(
            "# How far confidence can be trusted",
            alarms(result.alarms),
            f"Models learned from {labels[0]} to {labels[-1]} labels drawn at random and were scored on speakers they "
            f"had not heard. {basis_text(len(scores[RATIO][names[0]]))}",
        ),
        joined(
            "## All measures",
            table(head, rows),
            "The rejection ratio is 1 where the least sure clips are the wrong ones, and 0 by chance. The last "
            "columns, where there are any, say how often a planted clip is less sure than a usual one (AUC).",
            f"## Against {baseline}",
            _against(scores[RATIO], names, baseline),
            notes_list(result.notes),
        ),
        summary={"best": names[0], RATIO: {name: float(scores[RATIO][name].mean()) for name in names}},
        tables={"confidence": flat},
    )


def _groups(frame: pd.DataFrame, name: str, metric: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return one value for each test part: the mean over the seeds."""
    some = frame[(frame["strategy"] == name) & (frame["metric"] == metric)]
    values = some["value"].to_numpy(np.float64)
    return np.asarray(group_values(values, some["fold"].astype(int).tolist(), ScoredOn()), np.float64)


def _with_interval(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> str:
    half = float(half_width(values))
    return f"{values.mean():.3f}" + ("" if np.isnan(half) else f" ± {half:.3f}")


def _against(scores: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]], names: Sequence[str], base: str) -> str:
    others = [name for name in names if name != base]
    if base not in scores or not others:
        return ""
    gaps = [scores[name] - scores[base] for name in others]
    tests = holm([float(p_values(gap)) for gap in gaps])
    rows = [[name, _with_interval(gap), p_text(p)] for name, gap, p in zip(others, gaps, tests, strict=True)]
    return table(["measure", f"rejection ratio above {base}", "p (Holm)"], rows)
