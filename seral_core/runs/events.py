"""What happens in a run, as plain data that goes to JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeAlias

from seral_core.errors import BadLog
from seral_core.types import Label


@dataclass(frozen=True)
class Started:
    """A run begins.

    It has so many segments to choose from, ``alarms`` the user should know of, and ``data``: a hash of
    ids and features, so that a resumed run notices when they have changed.
    """

    pool: int
    seed: int
    budget: float
    targets: tuple[str, ...]
    alarms: tuple[str, ...] = ()
    data: str = ""


@dataclass(frozen=True)
class Training:
    """A training has come so far; never written down, because it says nothing new when repeated."""

    round: int
    done: float
    text: str = ""


@dataclass(frozen=True)
class Trained:
    """The learner was trained on so many segments."""

    round: int
    labelled: int


@dataclass(frozen=True)
class Scored:
    """How good the learner is, after spending so much.

    ``scores`` maps target to metric to value; ``detail`` maps target to what does not fit into one
    number: ``confusion`` (true by predicted class) and ``recall``.
    """

    round: int
    spent: float
    scores: dict[str, dict[str, float]]
    detail: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A strategy chose these segments, in this order.

    ``remark`` is what it wants the user to know. Of a stream, ``places`` are the positions of the
    segments in the buffer, and ``let_go`` the others of the buffer: a decision is written down whole.
    """

    round: int
    step: str
    segments: tuple[str, ...]
    remark: str = ""
    places: tuple[int, ...] = ()
    let_go: tuple[str, ...] = ()


@dataclass(frozen=True)
class Labelled:
    """An oracle answered."""

    round: int
    step: str
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Passed:
    """These segments of a stream were let go, for good."""

    round: int
    segments: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """The run ends here for now: these segments wait for an answer."""

    round: int
    step: str
    segments: tuple[str, ...]


@dataclass(frozen=True)
class Finished:
    """The run is over."""

    spent: float
    why: str


Event: TypeAlias = Started | Training | Trained | Scored | Asked | Labelled | Passed | Waiting | Finished
KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Started, Training, Trained, Scored, Asked, Labelled, Passed, Waiting, Finished)
}


def to_json(event: Event) -> dict[str, Any]:
    """Return an event as a dictionary of JSON types, its kind under ``"event"``.

    Examples
    --------
    >>> to_json(Trained(round=1, labelled=20))
    {'event': 'Trained', 'round': 1, 'labelled': 20}
    """
    return {"event": type(event).__name__, **asdict(event)}


def from_json(data: Mapping[str, Any]) -> Event:
    """Return the event that `to_json` made the dictionary from; unknown keys are passed over.

    Raises
    ------
    BadLog
        When the kind is unknown or a field is missing.

    Examples
    --------
    >>> from_json({"event": "Asked", "round": 2, "step": "query", "segments": ["a.wav"]})
    Asked(round=2, step='query', segments=('a.wav',), remark='', places=(), let_go=())
    """
    try:
        kind = KINDS[data["event"]]
        values = {f.name: _back(f.name, data[f.name]) for f in fields(kind) if f.name in data}
        event: Event = kind(**values)
    except (KeyError, TypeError) as wrong:
        raise BadLog(
            f"not an event: {dict(data)!r:.120}; expected one of {', '.join(KINDS)} with its fields"
        ) from wrong
    return event


def _back(name: str, value: Any) -> Any:
    if name == "labels":
        return tuple(Label(**label) for label in value)
    return tuple(value) if isinstance(value, list) else value
