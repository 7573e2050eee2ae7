"""What a run has recorded already, by round: so that a resumed run asks nothing twice and says only what is new."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seral_core.errors import BadLog
from seral_core.runs.events import Asked, Event, Labelled, MachineLabelled, Started, Training, Waiting, Withdrawn
from seral_core.types import Label


class History:
    """What has happened already, by round.

    Parameters
    ----------
    past : iterable of Event
        Events of the run so far.

    Attributes
    ----------
    last : int
        The last round that anything was recorded of; -1 for none.

    Examples
    --------
    >>> from seral_core.runs.events import Trained
    >>> label = Label("a.wav", "arousal", 0.5, "r1")
    >>> history = History([Asked(0, "query", ("a.wav",)), Labelled(0, "query", (label,)), Trained(1, 1)])
    >>> history.asked(0, "query").segments, len(history.labels(0, "query")), history.has(Trained, 1), history.passed(1)
    (('a.wav',), 1, True, False)
    >>> list(history.news(Trained(1, 1))), list(history.news(Trained(2, 1)))
    ([], [Trained(round=2, labelled=1, machine=0)])
    """

    def __init__(self, past: Iterable[Event]) -> None:
        self._past = [event for event in past if not isinstance(event, Training | Waiting)]
        self._rounds = [getattr(event, "round", -1) for event in self._past]
        self.last = max(self._rounds, default=-1)
        self._by_key: dict[tuple[type[Event], int, str], list[Event]] = {}
        for event, number in zip(self._past, self._rounds, strict=True):
            key = (type(event), number, getattr(event, "step", ""))
            self._by_key.setdefault(key, []).append(event)

    def has(self, kind: type[Event], number: int = -1) -> bool:
        """Whether an event of this kind happened in this round (-1: outside the rounds)."""
        return (kind, number, "") in self._by_key

    def check_same_data(self, now: str) -> None:
        """Raise `BadLog` where the run started with other segments, features or labels."""
        for event in self._past:
            if isinstance(event, Started) and event.data != now:
                raise BadLog(
                    f"the run started with other data ({event.data}, now {now}): its segments, "
                    "features or labels have changed; restore them, or start a new run in another "
                    "folder (--out)"
                )

    def passed(self, number: int) -> bool:
        """Whether a later round has started, so that this one needs no model any more."""
        return self.last > number

    def news(self, event: Event) -> Iterator[Event]:
        """Yield the event unless one of its kind happened in its round."""
        if not self.has(type(event), getattr(event, "round", -1)):
            yield event

    def asked(self, number: int, step: str) -> Asked | None:
        """Return the question that was put already, so that people see the same one again."""
        for event in self._by_key.get((Asked, number, step), ()):
            if isinstance(event, Asked):
                return event
        return None

    def withdrawn(self, number: int, step: str) -> Withdrawn | None:
        """Return what the machine took back already, before it labelled anew."""
        for event in self._by_key.get((Withdrawn, number, step), ()):
            if isinstance(event, Withdrawn):
                return event
        return None

    def machine_labelled(self, number: int, step: str) -> MachineLabelled | None:
        """Return what was recorded of the machine's labels in partitions already."""
        for event in self._by_key.get((MachineLabelled, number, step), ()):
            if isinstance(event, MachineLabelled):
                return event
        return None

    def all_machine_labelled(self) -> list[MachineLabelled]:
        """Return all that was recorded of the machine's labels in partitions."""
        return [event for event in self._past if isinstance(event, MachineLabelled)]

    def labels(self, number: int, step: str) -> tuple[Label, ...]:
        """Return the labels that were given already."""
        events = self._by_key.get((Labelled, number, step), ())
        return tuple(label for event in events if isinstance(event, Labelled) for label in event.labels)
