"""Learning curves: what the runs of a grid say together."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from seral_core.files import replacing, write_text
from seral_core.own import shown
from seral_core.runs.effort import Effort, ended_together
from seral_core.runs.events import Finished, Labelled, Scored, Started, Trained
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan
from seral_core.scores.spent import CLIPS, SECONDS, spent_in
from seral_core.scores.statistics import WHERE, aligned

COLUMNS = ("strategy", "seed", "fold", "target", "metric", "spent", "value", "machine")


def curves(
    logs: Iterable[Log], *, along: str = "cost", seconds: Mapping[str, float] = MappingProxyType({})
) -> pd.DataFrame:
    """Return every score of every run in long form.

    Parameters
    ----------
    logs : iterable of Log
        Finished or not; one without events adds nothing.
    along : {"cost", "labels", "listened"}
        What ``spent`` counts: what the run itself counts, clips that people labelled, or seconds they listened. Then
        the curves of one strategy end where its first finished run does.
    seconds : mapping of str to float
        How long each clip is, for ``listened``; such as ``durations_s(corpus).to_dict()``.

    Returns
    -------
    DataFrame
        Columns ``strategy seed fold target metric spent value machine corpus split judge unit``; ``spent``
        in ``unit``, clips listened to or seconds of traces, ``machine`` in clips that only the machine had labelled.
        Corpus, split and judge say what a run is scored on: only runs that agree in them are paired. A finished run
        on traces has its last score at its budget again: its last segments need not fill the budget.

    Raises
    ------
    BadLog
        When a record cannot be trusted.
    BadPlan
        When ``along`` is another word, or how long a clip is cannot be told.

    Examples
    --------
    >>> import tempfile
    >>> log = Log.create(Path(tempfile.mkdtemp()), Plan(strategy="margin", seed=3))
    >>> log.append(Scored(1, 20, {"emotion": {"uar": 0.5, "wa": 0.6}}))
    >>> print(curves([log]).to_string(index=False))
    strategy  seed  fold  target metric  spent  value  machine    corpus      split    judge  unit
      margin     3     0 emotion    uar     20    0.5        0 synthetic speakers:5 held-out clips
      margin     3     0 emotion     wa     20    0.6        0 synthetic speakers:5 held-out clips
    """
    logs = list(logs)
    frame = framed(row for log in logs for row in rows_of(log, Effort(along, seconds)))
    if along == "cost":
        return frame
    plans = [log.plan for log in logs if log.finished()]
    return ended_together(frame, {(shown(plan.strategy), plan.seed, plan.fold) for plan in plans})


def framed(rows: Iterable[tuple[Any, ...]]) -> pd.DataFrame:
    """Return what `rows_of` gives, of one run or several, in long form."""
    return pd.DataFrame(list(rows), columns=[*COLUMNS, *WHERE, "unit"])


def rows_of(log: Log, effort: Effort | None = None) -> list[tuple[Any, ...]]:
    """Return the scores of one run; in seconds, what a finished one had last is what it has at the budget, too."""
    effort, plan, machine, begun, last = effort or Effort(), log.plan, 0, None, None
    rows: list[tuple[Any, ...]] = []
    for event in log.events():
        match event:
            case Started():
                begun = event
            case Trained():
                machine = event.machine
            case Labelled():
                effort.add(event)
            case Scored():
                last = event
                rows += _rows(plan, replace(event, spent=effort.spent(event)), machine, effort.unit(begun))
            case Finished() if begun and last and effort.unit(begun) == SECONDS and last.spent < begun.budget:
                rows += _rows(plan, replace(last, spent=begun.budget), machine, begun.unit)
            case _:
                pass
    return rows


def _rows(plan: Plan, event: Scored, machine: int, unit: str) -> list[tuple[Any, ...]]:
    judge = "whole-set" if plan.split == "none" else plan.judge
    where = (_clips_of(plan), plan.split, judge)
    return [
        (shown(plan.strategy), plan.seed, plan.fold, target, metric, event.spent, value, machine, *where, unit)
        for target, scores in event.scores.items()
        for metric, value in scores.items()
    ]


def _clips_of(plan: Plan) -> str:
    """Name the corpus, and how it is read: another way to read it may give other clips."""
    return " ".join(filter(None, (plan.corpus, plan.reader, *plan.ranges, *plan.reading, *plan.classes)))


def mean_curves(frame: pd.DataFrame) -> pd.DataFrame:
    """Return mean and standard deviation over the runs of every curve.

    Runs that are still on their way are left out; where runs have different points, as those of a
    crowd have, values between are interpolated, as `seral_core.scores.statistics.aligned` does.

    Parameters
    ----------
    frame : DataFrame
        As `curves` returns it.

    Returns
    -------
    DataFrame
        Columns ``strategy target metric spent mean std runs``; the deviation of a single run is nan.

    Examples
    --------
    >>> rows = [("random", s, 0, "emotion", "uar", x, 0.5 + s / 10, 0) for s in (0, 1) for x in (20, 30)]
    >>> mean_curves(pd.DataFrame(rows, columns=list(COLUMNS)))[["spent", "mean", "runs"]].values.tolist()
    [[20.0, 0.55, 2.0], [30.0, 0.55, 2.0]]
    """
    which = ["strategy", "target", "metric"]
    parts = [pd.DataFrame(columns=[*which, "spent", "mean", "std", "runs"])]
    for key, mine in frame.groupby(which):
        (curve,) = aligned(mine.assign(curve=""))
        points = {"spent": curve.spent, "mean": curve.mean, "std": curve.std, "runs": len(curve.values)}
        parts.append(pd.DataFrame({**dict(zip(which, key, strict=True)), **points}))
    return pd.concat(parts[1:] or parts, ignore_index=True)


def summary(plan: Plan, frame: pd.DataFrame) -> dict[str, Any]:
    """Return the mean curves of a grid as plain data, in the order of the strategies.

    Parameters
    ----------
    plan : Plan
        Names corpus, features and learner.
    frame : DataFrame
        As `curves` returns it.

    Returns
    -------
    dict
        ``corpus``, ``features``, ``learner``, and ``curves``: a list of dicts with ``strategy``,
        ``target``, ``metric``, ``spent`` (clips listened to, or seconds: then there is ``unit``), ``mean``, ``std``
        (None for a single run) and ``runs``.

    Examples
    --------
    >>> rows = [("random", s, 0, "emotion", "uar", x, 0.5 + s / 10, 0) for s in (0, 1) for x in (20, 30)]
    >>> (curve,) = summary(Plan(), pd.DataFrame(rows, columns=list(COLUMNS)))["curves"]
    >>> curve["strategy"], curve["spent"], curve["mean"], curve["runs"]
    ('random', [20, 30], [0.55, 0.55], 2)
    """
    means = mean_curves(frame)
    order = list(dict.fromkeys(zip(frame["strategy"], frame["target"], frame["metric"], strict=True)))
    found = []
    for strategy, target, metric in order:
        mine = means[(means["strategy"] == strategy) & (means["target"] == target) & (means["metric"] == metric)]
        found.append(
            {
                "strategy": strategy,
                "target": target,
                "metric": metric,
                "spent": [int(x) if x.is_integer() else round(x, 6) for x in mine["spent"].tolist()],
                "mean": [round(x, 6) for x in mine["mean"].tolist()],
                "std": [None if math.isnan(x) else round(x, 6) for x in mine["std"].tolist()],
                "runs": int(mine["runs"].max()) if len(mine) else 0,
            }
        )
    unit = {} if spent_in(frame).unit == CLIPS else {"unit": spent_in(frame).unit}
    return {"corpus": plan.corpus, "features": plan.features, "learner": plan.learner, **unit, "curves": found}


def write(plan: Plan, logs: Iterable[Log], folder: Path) -> pd.DataFrame:
    """Write ``curves.parquet`` and ``summary.json`` into a folder, and return the curves.

    Parameters
    ----------
    plan : Plan
        Names corpus, features and learner.
    logs : iterable of Log
        The runs.
    folder : Path
        Made where it is missing; files there are replaced.

    Returns
    -------
    DataFrame
        As `curves` returns it.

    Examples
    --------
    >>> import tempfile
    >>> log = Log.create(Path(tempfile.mkdtemp()), Plan(strategy="margin", seed=3))
    >>> log.append(Scored(1, 20, {"emotion": {"uar": 0.5, "wa": 0.6}}))
    >>> frame = write(log.plan, [log], log.folder.parent)
    >>> sorted(path.name for path in log.folder.parent.glob("*.*"))
    ['curves.parquet', 'summary.json']
    """
    frame = curves(logs)
    with replacing(folder / "curves.parquet") as draft:
        frame.to_parquet(draft, index=False)
    text = json.dumps(summary(plan, frame), indent=1, ensure_ascii=False)
    write_text(folder / "summary.json", text + "\n")
    return frame
