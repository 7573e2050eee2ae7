"""What happens in a run, as plain data that goes to JSON and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeAlias, get_args

from seral_core.errors import BadLog
from seral_core.runs.event_fields import BUDGET, FITS
from seral_core.types import Label


@dataclass(frozen=True)
class Started:
    """A run begins.

    Parameters
    ----------
    pool : int
        Number of segments to choose from; 0 in a stream.
    seed : int
        Of every random choice.
    budget : float
        In clips listened to, or seconds of traces; infinite where a stream is watched.
    targets : tuple of str
        What is learned.
    alarms : tuple of str
        What the user should know.
    data : str
        Hash of segments, features and labels, so that a resumed run notices when they have changed.
    unit : {"clips", "seconds"}
        What budget and costs count.

    Examples
    --------
    >>> Started(pool=480, seed=0, budget=200, targets=("emotion",), data="5f3a").alarms
    ()
    """

    pool: int
    seed: int
    budget: float
    targets: tuple[str, ...]
    alarms: tuple[str, ...] = ()
    data: str = ""
    unit: str = "clips"


@dataclass(frozen=True)
class Training:
    """A training has come so far; never written down, because it says nothing new when repeated.

    Parameters
    ----------
    round : int
        From 0.
    done : float
        From 0 to 1.
    text : str
        What the learner is doing.
    epochs : sequence of mapping of str to float
        As in `seral_core.learners.base.Progress`.

    Examples
    --------
    >>> Training(round=2, done=0.5, text="arousal")
    Training(round=2, done=0.5, text='arousal', epochs=())
    """

    round: int
    done: float
    text: str = ""
    epochs: Sequence[Mapping[str, float]] = ()


@dataclass(frozen=True)
class Trained:
    """The learner was trained on so many segments.

    Parameters
    ----------
    round : int
        From 0.
    labelled : int
        Number of segments with an answer for the target that has most, by people or in their place.
    machine : int
        Number of further ones that only the machine itself labelled.

    Examples
    --------
    >>> Trained(round=0, labelled=20)
    Trained(round=0, labelled=20, machine=0)
    """

    round: int
    labelled: int
    machine: int = 0


@dataclass(frozen=True)
class Scored:
    """How good the learner is, after spending so much.

    Parameters
    ----------
    round : int
        From 0.
    spent : float
        Clips, or seconds, listened to so far.
    scores : dict
        Target to metric to value.
    detail : dict
        Target to what does not fit into one number: ``confusion`` (true by predicted class) and
        ``recall``.

    Examples
    --------
    >>> event = Scored(1, 30, {"emotion": {"uar": 0.65}}, {"emotion": {"recall": [0.8, 0.5]}})
    >>> event.scores["emotion"]["uar"], event.detail["emotion"]["recall"]
    (0.65, [0.8, 0.5])
    """

    round: int
    spent: float
    scores: dict[str, dict[str, float]]
    detail: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A strategy chose these segments, in this order.

    Parameters
    ----------
    round : int
        From 0.
    step : str
        Name of the step.
    segments : tuple of str
        Segment ids, in the order of choice.
    remark : str
        What the strategy wants the user to know.
    places : tuple of int
        Positions of the segments in the buffer of a stream; empty in a pool.
    let_go : tuple of str
        Of a stream, the others of the buffer: a decision is written down whole.
    about, whom : tuple of str
        For each segment the target that alone is asked about, and the rater that is asked; an empty text where
        that is left open, and no texts at all where it is left open for all.

    Examples
    --------
    >>> Asked(2, "query", ("c.wav", "a.wav"), remark="drawn at random").segments
    ('c.wav', 'a.wav')
    """

    round: int
    step: str
    segments: tuple[str, ...]
    remark: str = ""
    places: tuple[int, ...] = ()
    let_go: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    whom: tuple[str, ...] = ()


@dataclass(frozen=True)
class Labelled:
    """An oracle answered.

    Parameters
    ----------
    round : int
        From 0.
    step : str
        Name of the step that asked.
    labels : tuple of Label
        What is new; perhaps not for all that was asked.

    Examples
    --------
    >>> event = Labelled(2, "query", (Label("c.wav", "emotion", "anger", "r1"),))
    >>> from_json(to_json(event)) == event
    True
    """

    round: int
    step: str
    labels: tuple[Label, ...]


@dataclass(frozen=True)
class Withdrawn:
    """The machine takes back labels of its own; those that people gave are never taken back.

    Parameters
    ----------
    round : int
        From 0.
    step : str
        Name of the machine's step.
    segments : tuple of str
        Segment ids.
    targets : tuple of str
        Targets whose labels are taken back.

    Examples
    --------
    >>> to_json(Withdrawn(2, "machine", ("c.wav",), ("emotion",)))
    {'event': 'Withdrawn', 'round': 2, 'step': 'machine', 'segments': ('c.wav',), 'targets': ('emotion',)}
    """

    round: int
    step: str
    segments: tuple[str, ...]
    targets: tuple[str, ...]


@dataclass(frozen=True)
class MachineLabelled:
    """The machine labelled clips of a pool in partitions, where they lie: the labels themselves are not recorded.

    Parameters
    ----------
    round : int
        From 0.
    step : str
        Name of the machine's step.
    labelled, withdrawn : int
        How many clips it labelled, and how many labels it took back before.
    given : dict
        Target to class to how many it labelled so; of a scale, ``clips``.
    digest : str
        Hash of all labels of the machine that stand now; empty where nothing was looked at.

    Examples
    --------
    >>> event = MachineLabelled(2, "machine", 3, 0, {"emotion": {"anger": 1, "sadness": 2}}, "5f3a")
    >>> from_json(to_json(event)) == event
    True
    """

    round: int
    step: str
    labelled: int
    withdrawn: int
    given: dict[str, dict[str, float]]
    digest: str


@dataclass(frozen=True)
class Passed:
    """These segments of a stream were let go, for good.

    Parameters
    ----------
    round : int
        From 0.
    segments : tuple of str
        Segment ids, in the order of arrival.

    Examples
    --------
    >>> to_json(Passed(2, ("b.wav",)))
    {'event': 'Passed', 'round': 2, 'segments': ('b.wav',)}
    """

    round: int
    segments: tuple[str, ...]


@dataclass(frozen=True)
class Waiting:
    """The run ends here for now: these segments wait for an answer.

    Parameters
    ----------
    round : int
        From 0.
    step : str
        Name of the step that asked.
    segments : tuple of str
        Segment ids without an answer yet.

    Examples
    --------
    >>> to_json(Waiting(2, "query", ("a.wav",)))
    {'event': 'Waiting', 'round': 2, 'step': 'query', 'segments': ('a.wav',)}
    """

    round: int
    step: str
    segments: tuple[str, ...]


#: Why a run ends before its budget is spent.
NO_ANSWER = "nobody had an answer left to give"


@dataclass(frozen=True)
class Finished:
    """The run is over.

    Parameters
    ----------
    spent : float
        Clips, or seconds, listened to.
    why : str
        For people to read.

    Examples
    --------
    >>> print(Finished(200, "the budget is spent").why)
    the budget is spent
    """

    spent: float
    why: str


Event: TypeAlias = (
    Started | Training | Trained | Scored | Asked | Labelled | Withdrawn | MachineLabelled | Passed | Waiting | Finished
)
KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}


def to_json(event: Event) -> dict[str, Any]:
    """Return an event as a dictionary of JSON types, its kind under ``"event"``.

    Examples
    --------
    >>> to_json(Trained(round=1, labelled=20))
    {'event': 'Trained', 'round': 1, 'labelled': 20, 'machine': 0}
    """
    flat = {"event": type(event).__name__, **vars(event)}
    if isinstance(event, Labelled):
        flat["labels"] = tuple({**vars(label), "value": _written(label.value)} for label in event.labels)
    return flat


def from_json(data: Mapping[str, Any]) -> Event:
    """Return the event that `to_json` made the dictionary from; unknown keys are passed over.

    Raises
    ------
    BadLog
        When the kind is unknown, or a field is missing or of another kind: a score that is no finite
        number, say.

    Examples
    --------
    >>> from_json({"event": "Asked", "round": 2, "step": "query", "segments": ["a.wav"]})
    Asked(round=2, step='query', segments=('a.wav',), remark='', places=(), let_go=(), about=(), whom=())
    >>> from_json({"event": "Scored", "round": 2, "spent": float("nan"), "scores": {}})
    Traceback (most recent call last):
    seral_core.errors.BadLog: 'spent' of Scored is nan; expected a finite number
    """
    try:
        kind = KINDS[data["event"]]
        values = {f.name: _back(kind, f, data[f.name]) for f in fields(kind) if f.name in data}
        event: Event = kind(**values)
    except (KeyError, TypeError) as wrong:
        raise BadLog(f"not an event: {data!r:.120}; expected one of {', '.join(KINDS)} with its fields") from wrong
    return event


def _back(kind: type[Any], of: Field[Any], value: Any) -> Any:
    """Return a field's value, once it is of the kind that the field says."""
    fits, expected = BUDGET if of.name == "budget" else FITS[str(of.type)]
    if not fits(value):
        raise BadLog(f"'{of.name}' of {kind.__name__} is {value!r:.80}; expected {expected}")
    if of.name == "labels":
        return tuple(Label(**label | {"value": _trace(label["value"])}) for label in value)
    return tuple(value) if isinstance(value, list) else value


def _written(value: Any) -> Any:
    """Return a label's value as JSON has it: null in the gaps of a trace."""
    return tuple(None if unit != unit else unit for unit in value) if isinstance(value, tuple) else value


def _trace(value: Any) -> Any:
    """Return a label's value; JSON has lists where a trace is a tuple, and null where it has gaps."""
    return tuple(math.nan if unit is None else unit for unit in value) if isinstance(value, list) else value
