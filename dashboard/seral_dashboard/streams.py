"""Streams as the view Run shows them: what arrived, what was asked for, what was let go, and the score."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from seral_core.runs.events import Asked, Passed
from seral_core.runs.remarks import remarks as runs_remarks
from seral_dashboard.data import Experiment, version
from seral_dashboard.live import LiveCurve, standings


def is_stream(experiment: Experiment) -> bool:
    """Whether the clips of an experiment arrive one after another."""
    return experiment.grid.plan.scenario == "stream"


def counts(experiment: Experiment) -> pd.DataFrame:
    """Return one row per strategy, summed over its runs so far; not to be changed.

    Returns
    -------
    DataFrame
        ``strategy``, ``arrived``, ``asked``, ``passed`` (numbers of clips) and ``runs`` (how many
        have begun). What arrived is what was decided on: clips of a buffer that is not full yet do
        not count.
    """
    return _counts(experiment, version(experiment))


@lru_cache(maxsize=16)
def _counts(experiment: Experiment, _version: tuple[int, ...]) -> pd.DataFrame:
    rows = []
    for strategy in experiment.grid.strategies:
        logs = [log for plan, log in experiment.started if plan.strategy == strategy]
        events = [event for log in logs for event in log.events()]
        asked = sum(len(event.segments) for event in events if isinstance(event, Asked))
        passed = sum(len(event.segments) for event in events if isinstance(event, Passed))
        rows.append((strategy, asked + passed, asked, passed, len(logs)))
    return pd.DataFrame(rows, columns=["strategy", "arrived", "asked", "passed", "runs"])


def table(experiment: Experiment, curves: list[LiveCurve]) -> pd.DataFrame:
    """Return what `counts` does, with the latest ``score``, and in ``stands`` how far above random it is."""
    now = {name: (value, note) for name, value, note in standings(curves)}
    found = counts(experiment).copy()
    found["score"] = [now[name][0] if name in now else float("nan") for name in found["strategy"]]
    found["stands"] = [now[name][1] if name in now else "" for name in found["strategy"]]
    return found


def remarks(experiment: Experiment) -> list[str]:
    """Return what is to be known of the runs; see `seral_core.runs.remarks`.

    Returns
    -------
    list of str
        Such as ``"margin: drawn at random (3 rounds)"``.
    """
    return list(_remarks(experiment, version(experiment)))


@lru_cache(maxsize=16)
def _remarks(experiment: Experiment, _version: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(runs_remarks(log for _, log in experiment.started))
