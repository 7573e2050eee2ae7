"""The learning curve of a project, from the trainer's log: estimates with their intervals, and stopping advice."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from seral_core.runs.events import Scored
from seral_core.runs.log import Log
from seral_core.studio.estimate import ABOUT_TEST, BIASED
from seral_core.studio.stopping import Round, advise


def curve(run: Path, per_minute: float | None = None) -> dict[str, Any]:
    """Return how good the model has become.

    Parameters
    ----------
    run : Path
        The project's ``run`` folder.
    per_minute : float, optional
        Labels a minute, to say what more of them cost.

    Returns
    -------
    dict
        ``targets``: by name, ``metric`` (``uar`` or ``ccc``), ``test`` (points with ``spent``,
        ``value``, ``low``, ``high``, ``n``), ``cross_validated`` (points with ``spent`` and
        ``value``), ``accuracy`` (the last ``value``, ``low``, ``high``, ``n``, or None),
        ``confusion`` (or None) and ``advice`` (each ``name``, ``stop``, ``at``, ``says``,
        ``source``); ``bias`` and ``about_test``: what cross-validated scores suffer from, and what
        those of the test part mean.

    Examples
    --------
    >>> curve(Path("nowhere"))["targets"]
    {}
    """
    rounds: dict[str, list[tuple[float, dict[str, Any]]]] = {}
    for event in _scored(run):
        for target, detail in event.detail.items():
            rounds.setdefault(target, []).append((event.spent, detail))
    bias = next((of[-1][1]["bias"] for of in rounds.values()), BIASED)
    targets = {name: _target(of, per_minute) for name, of in rounds.items()}
    return {"targets": targets, "bias": bias, "about_test": ABOUT_TEST}


def _target(rounds: list[tuple[float, dict[str, Any]]], per_minute: float | None) -> dict[str, Any]:
    last = rounds[-1][1]
    metric = next((m for _, d in rounds for m in (*d["cross_validated"], *d["test"]) if m in ("uar", "ccc")), "")
    test = [{"spent": s, **d["test"][metric]} for s, d in rounds if metric in d["test"]]
    crossed = [{"spent": s, "value": d["cross_validated"][metric]} for s, d in rounds if metric in d["cross_validated"]]
    known = [Round(**d["round"]) for _, d in rounds]
    return {
        "metric": metric,
        "test": test,
        "cross_validated": crossed,
        "accuracy": last["test"].get("wa"),
        "confusion": last.get("confusion"),
        "advice": [a.as_data() for a in advise(known, per_minute)],
    }


def _scored(run: Path) -> tuple[Scored, ...]:
    logs = sorted(run.glob("*/events.jsonl"))
    if not logs:
        return ()
    return _read(logs[0], logs[0].stat().st_size)


@lru_cache(maxsize=16)
def _read(path: Path, _size: int) -> tuple[Scored, ...]:
    return tuple(event for event in Log(path.parent).events() if isinstance(event, Scored))
