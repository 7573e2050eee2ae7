"""The machine's labels of a run: which stand, and which of them are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from seral_core.errors import BadPlan
from seral_core.runs.events import Event, Labelled, MachineLabelled, Withdrawn

#: Where partitions keep what the machine labelled, see `seral_core.runs.self_training`.
NOT_KNOWN = (
    "the machine's labels lie beside features in partitions, and which of them are wrong is not known here; expected "
    "labels in memory; choose another learner than sgd, or features that fit in memory"
)


class Standing:
    """The labels that the machine alone has given and not taken back.

    Parameters
    ----------
    gold : mapping of str to value
        By segment id.
    target : str
        Which labels count.

    Examples
    --------
    >>> from seral_core.types import Label
    >>> standing = Standing({"a": "anger", "b": "fear"}, "emotion")
    >>> mine = tuple(Label(i, "emotion", "anger", "machine", 0.0, source="machine") for i in "ab")
    >>> standing.take(Labelled(1, "machine", mine)); len(standing), standing.wrong
    (2, 0.5)
    >>> standing.take(Withdrawn(2, "machine", ("b",), ("emotion",))); len(standing), standing.wrong
    (1, 0.0)
    """

    def __init__(self, gold: Mapping[Any, Any], target: str) -> None:
        self._gold, self._target = gold, target
        self._labels: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self._labels)

    @property
    def wrong(self) -> float:
        """Share of them that is not gold; 0 of none."""
        return float(sum(self._gold[i] != value for i, value in self._labels.items()) / max(len(self._labels), 1))

    def take(self, event: Event) -> None:
        """Take what happened next."""
        match event:
            case Withdrawn(_, _, segments, targets) if self._target in targets:
                for segment in segments:
                    self._labels.pop(segment, None)
            case Labelled(_, _, labels):
                for label in (label for label in labels if label.target == self._target):
                    if label.source == "machine":
                        self._labels[label.segment] = label.value
                    else:
                        self._labels.pop(label.segment, None)
            case MachineLabelled():
                raise BadPlan(NOT_KNOWN)
            case _:
                pass


def machine_labels(events: Iterable[Event], gold: Mapping[Any, Any], target: str) -> pd.DataFrame:
    """Return all labels that the machine gave in a run.

    Parameters
    ----------
    events : iterable of Event
        Of one run.
    gold, target
        As of `Standing`.

    Returns
    -------
    DataFrame
        A row for each label, in order: ``round``, ``said`` and ``gold`` (classes), ``wrong``, ``withdrawn`` (whether
        the machine took it back).

    Examples
    --------
    >>> from seral_core.types import Label
    >>> events = [Labelled(1, "machine", (Label("a", "emotion", "fear", "machine", 0.0, source="machine"),))]
    >>> machine_labels(events, {"a": "anger"}, "emotion").values.tolist()
    [[1, 'fear', 'anger', True, False]]
    """
    rows: list[list[Any]] = []
    of: dict[str, list[Any]] = {}
    for event in events:
        match event:
            case Withdrawn(_, _, segments, targets) if target in targets:
                for segment in segments:
                    if segment in of:
                        of.pop(segment)[-1] = True
            case Labelled(number, _, labels):
                for label in labels:
                    if label.source == "machine" and label.target == target:
                        true = gold[label.segment]
                        of[label.segment] = [number, label.value, true, label.value != true, False]
                        rows.append(of[label.segment])
            case MachineLabelled():
                raise BadPlan(NOT_KNOWN)
            case _:
                pass
    return pd.DataFrame(rows, columns=["round", "said", "gold", "wrong", "withdrawn"])
