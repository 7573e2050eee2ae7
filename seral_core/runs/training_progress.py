"""The progress of a training, in a file beside the log: for people who watch, and never part of the record."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from seral_core.files import read_text, replacing
from seral_core.folders import inside
from seral_core.progress import Pace
from seral_core.runs.events import Event, Training

FILE = "training.json"
#: It is not written more often than this, in seconds.
EVERY_S = 0.3


class TrainingProgress:
    """Listens to a run and keeps ``training.json`` in its folder while the learner trains.

    Parameters
    ----------
    folder : Path
        Of the run.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.runs.events import Trained
    >>> folder = Path(tempfile.mkdtemp())
    >>> listen = TrainingProgress(folder)
    >>> listen(Training(2, 0.5, "epoch 3")); training_of(folder)["text"]
    'epoch 3'
    >>> listen(Trained(2, 20)); training_of(folder)
    {}
    """

    def __init__(self, folder: Path) -> None:
        self.path, self._written_s = inside(folder, FILE), float("-inf")
        self._pace = Pace()

    def __call__(self, event: Event) -> None:
        """Write down how far the training has come, or that it is over."""
        if not isinstance(event, Training):
            self.path.unlink(missing_ok=True)
            self._pace = Pace()
            return
        left_s = self._pace.left_s(round(1000 * event.done), 1000)
        if time.monotonic() - self._written_s < EVERY_S:
            return
        self._written_s = time.monotonic()
        now: dict[str, Any] = {"round": event.round, "done": event.done, "text": event.text}
        now |= {"left_s": left_s} if left_s < float("inf") else {}
        now |= {"epochs": [dict(epoch) for epoch in event.epochs]} if event.epochs else {}
        with replacing(self.path) as draft:
            draft.write_text(json.dumps(now), encoding="utf-8")


def training_of(folder: Path) -> dict[str, Any]:
    """Return what a run's learner is at: ``round done text left_s epochs``; empty if nothing."""
    try:
        found = json.loads(read_text(inside(folder, FILE)))
    except (OSError, ValueError):
        return {}
    kinds = {"round": int, "done": int | float, "text": str, "left_s": int | float, "epochs": list}
    of_kind = isinstance(found, dict) and all(isinstance(found[name], kinds[name]) for name in kinds if name in found)
    return found if of_kind else {}
