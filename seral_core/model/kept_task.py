"""Targets as the files of a model keep them; files that name different ones do not belong together."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from seral_core.errors import BadModel
from seral_core.files import read_text
from seral_core.types import Target, Task

_MOST = 1_000_000


def task_entries(task: Task) -> list[dict[str, Any]]:
    """Return targets as a file keeps them.

    Examples
    --------
    >>> task_entries((Target("arousal"),))
    [{'name': 'arousal', 'classes': (), 'low': -1.0, 'high': 1.0}]
    """
    return [{"name": t.name, "classes": t.classes, "low": t.low, "high": t.high} for t in task]


def task_from(entries: Iterable[Mapping[str, Any]]) -> Task:
    """Return the targets that `task_entries` gave.

    Examples
    --------
    >>> task_from(task_entries((Target("arousal"),)))
    (Target(name='arousal', classes=(), low=-1.0, high=1.0, rate_hz=0.0),)
    """
    return tuple(
        Target(str(e["name"]), tuple(map(str, e["classes"])), float(e["low"]), float(e["high"])) for e in entries
    )


def write_task(task: Task, path: Path) -> None:
    """Write targets beside what learned them."""
    path.write_text(json.dumps(task_entries(task)), encoding="utf-8")


def read_task(path: Path) -> Task:
    """Return what `write_task` wrote; raise `BadModel` where it is damaged."""
    try:
        return task_from(json.loads(read_text(path, most=_MOST)))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as wrong:
        raise BadModel(f"{path} is damaged ({wrong}); export the model again") from None


def check_task(path: Path, said: Task, learned: Any) -> None:
    """Raise `BadModel` where a model's description has other targets or classes than its learner learned.

    Parameters
    ----------
    path : Path
        Where the learner is.
    said : tuple of Target
        By the description.
    learned : tuple of Target
        By the learner; from a file, so that it may be anything.

    Examples
    --------
    >>> check_task(Path("learner.skops"), (Target("emotion", ("a", "b")),), (Target("emotion", ("b", "a")),))
    Traceback (most recent call last):
    seral_core.errors.BadModel: the model's files do not belong together: model.json has emotion (a, b), and ...
    """
    try:
        pairs = list(zip_longest(map(_shown, said), map(_shown, learned), fillvalue="nothing"))
    except (AttributeError, TypeError, ValueError) as wrong:
        raise BadModel(f"{path} is damaged ({wrong}); export the model again") from None
    for ours, theirs in pairs:
        if ours != theirs:
            raise BadModel(
                f"the model's files do not belong together: model.json has {ours:.200}, and {path.name} learned "
                f"{theirs:.200}; nothing was predicted; get the model again from whoever made it, or export it again"
            )


def _shown(target: Any) -> str:
    return f"{target.name} ({', '.join(target.classes) or f'{target.low!r} to {target.high!r}'})"
