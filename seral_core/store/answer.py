"""One answer: a person's label for one target of one clip, and how it was given."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass, field
from itertools import chain
from numbers import Real
from typing import Literal, TypeAlias, get_args

from seral_core.errors import BadLabel
from seral_core.types import Source, Value

Kind: TypeAlias = Literal["answer", "unsure", "skip", "comment", "retraction", "shown"]
Purpose: TypeAlias = Literal["query", "gold", "repeat", "test", "free"]
Trace: TypeAlias = tuple[tuple[float, ...], ...]

KINDS: tuple[Kind, ...] = get_args(Kind)
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
SOURCES: tuple[Source, ...] = get_args(Source)

#: Most letters of a text that is read from files of others, and the largest weight, where 1 is a full label.
LONGEST_NAME, LONGEST, MOST_WEIGHT = 1_000, {"segment": 5_000, "comment": 100_000}, 1e6


def new_id() -> str:
    """Return a fresh id for an answer or a screen.

    Examples
    --------
    >>> new_id() != new_id(), len(new_id())
    (True, 36)
    """
    return str(uuid.uuid4())


@dataclass(frozen=True)
class Answer:
    """One row of the store: never changed, never deleted.

    Times are seconds since the epoch, UTC. The sender of the answer makes its ``id``, so that
    sending it twice does no harm.

    Parameters
    ----------
    id : str
        Unique among all answers, see `new_id`.
    segment : str
        Segment id, see `seral_core.corpora.corpus.segment_id`.
    target : str
        Name of the target; empty where the row is about the whole clip, such as a skip.
    value : str or float, optional
        Class name, or number in the target's native range.
    trace : tuple of tuples of float, optional
        Raw samples ``(second in the clip, value)`` or ``(second in the clip, value, time of day)``.
    rater : str
        Who gave it.
    weight : float
        How much it counts; 1 is a full label.
    kind : {"answer", "unsure", "skip", "comment", "retraction", "shown"}
        Only an answer gives a label. An unsure rater heard the clip and could not say. ``shown``
        says that the clip was given to the rater, before any answer.
    of : str
        Id of the row that is taken back, or that an answer corrects.
    purpose : {"query", "gold", "repeat", "test", "free"}
        Why the clip was shown: chosen by the strategy, hidden gold, again for self-agreement, set
        aside for testing, or picked by the rater.
    screen : str
        Rows of one screen share it, so that undo takes back all of them.
    shown_at, played_at, answered_at : float, optional
        When the clip was shown, was first heard, and was answered.
    plays : int
        How often it was played.
    guess_visible : bool
        Whether the model's guess was on the screen.
    round : int
        Round of the run that asked, from 0.
    run : str
        Key of that run.
    device : str
        What the rater used: keyboard, mouse, touch, gamepad ...
    confidence : float, optional
        The rater's own, in [0, 1].
    secondary : tuple of str
        Further classes that were heard.
    comment : str
        Free text.
    source : {"human", "simulated", "machine"}
        Machine answers never count as answers that people gave.
    seq : int
        Place in the order of arrival, from 1; given by the store.

    Raises
    ------
    BadLabel
        Where a part is not what it should be.

    Examples
    --------
    >>> answer = Answer("1", "a.wav", "emotion", "anger", rater="r1", answered_at=1.0)
    >>> answer.value, answer.kind, answer.purpose
    ('anger', 'answer', 'query')
    >>> Answer("2", "a.wav", "arousal", float("nan"), rater="r1")
    Traceback (most recent call last):
    seral_core.errors.BadLabel: value of answer 2 is nan; expected a finite number; leave the answer out or correct it
    """

    id: str
    segment: str
    target: str
    value: Value | None = None
    trace: Trace | None = None
    rater: str = ""
    weight: float = 1.0
    kind: Kind = "answer"
    of: str = ""
    purpose: Purpose = "query"
    screen: str = ""
    shown_at: float | None = None
    played_at: float | None = None
    answered_at: float | None = None
    plays: int = 0
    guess_visible: bool = False
    round: int = 0
    run: str = ""
    device: str = ""
    confidence: float | None = None
    secondary: tuple[str, ...] = ()
    comment: str = ""
    source: Source = "human"
    seq: int = field(default=0, compare=False)

    def __post_init__(self) -> None:
        for name in _TEXTS:
            self._check_text(name, getattr(self, name))
        for name in _NUMBERS:
            object.__setattr__(self, name, self._number(name, getattr(self, name)))
        for name in _COUNTS:
            self._check_count(name, getattr(self, name))
        if isinstance(self.value, str):
            self._check_text("value", self.value)
        else:
            object.__setattr__(self, "value", self._number("value", self.value))
        self._check_many()
        self._check_choices()

    @property
    def content(self) -> tuple[object, ...]:
        """What must be the same where an answer comes twice."""
        return (self.segment, self.target, self.value, self.trace, self.rater, self.kind, self.of)

    def check_size(self) -> None:
        """Raise `BadLabel` where a text is longer, or the weight larger, than any that is meant.

        Rows that a store has may be; those that come from files of others may not.

        Examples
        --------
        >>> Answer("1", "a.wav", "emotion", "anger", rater="r" * 1_000_000).check_size()
        Traceback (most recent call last):
        seral_core.errors.BadLabel: rater of answer 1 is 'rrr...; expected at most 1,000 letters; leave ...
        """
        for name in _TEXTS:
            self._check_length(name, getattr(self, name))
        for text in (*self.secondary, *([self.value] if isinstance(self.value, str) else [])):
            self._check_length("value", text)
        if self.weight > MOST_WEIGHT:
            raise self._wrong("weight", f"at most {MOST_WEIGHT:,.0f}")

    def _check_length(self, name: str, text: str) -> None:
        most = LONGEST.get(name, LONGEST_NAME)
        if len(text) > most:
            raise self._wrong(name, f"at most {most:,} letters")

    def _check_text(self, name: str, text: object) -> None:
        if not isinstance(text, str) or "\0" in text or not _is_unicode(text):
            raise self._wrong(name, "text in Unicode without NUL")
        if not text and name in _NEEDED:
            raise self._wrong(name, "a text that is not empty")

    def _number(self, name: str, number: object) -> float | None:
        if number is None and name not in ("weight",):
            return None
        if isinstance(number, bool) or not isinstance(number, Real) or not math.isfinite(number):
            raise self._wrong(name, "a finite number")
        low, high = _RANGES.get(name, (-math.inf, math.inf))
        if not low <= float(number) <= high:
            raise self._wrong(name, f"a number in [{low:g}, {high:g}]")
        return float(number)

    def _check_count(self, name: str, number: object) -> None:
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**31:
            raise self._wrong(name, "a whole number of at least 0")

    def _check_many(self) -> None:
        """Check what has several parts, and make tuples of them."""
        if isinstance(self.secondary, str):
            raise self._wrong("secondary", "several texts")
        object.__setattr__(self, "secondary", tuple(self.secondary))
        for text in self.secondary:
            self._check_text("secondary", text)
        if self.trace is None:
            return
        if self._is_plain():
            return
        try:
            samples = tuple(tuple(self._number("trace", part) or 0.0 for part in sample) for sample in self.trace)
        except TypeError:
            samples = ()
        if {len(sample) for sample in samples} not in ({2}, {3}):
            raise self._wrong("trace", "samples (second, value) or (second, value, time of day), and at least one")
        object.__setattr__(self, "trace", samples)

    def _is_plain(self) -> bool:
        """Whether the trace is as it shall be already; quick, as it may be very long."""
        trace = self.trace
        if type(trace) is not tuple or set(map(type, trace)) != {tuple} or set(map(len, trace)) not in ({2}, {3}):
            return False
        flat = list(chain.from_iterable(trace))
        return set(map(type, flat)) == {float} and all(map(math.isfinite, flat))

    def _check_choices(self) -> None:
        for name, known in (("kind", KINDS), ("purpose", PURPOSES), ("source", SOURCES)):
            if getattr(self, name) not in known:
                raise self._wrong(name, f"one of {', '.join(known)}")
        if not isinstance(self.guess_visible, bool):
            raise self._wrong("guess_visible", "true or false")
        if self.kind == "answer" and (not self.target or (self.value is None and self.trace is None)):
            raise self._wrong("value", "a class, a number or a trace for a target that is named")
        if self.of == self.id or (self.kind == "retraction" and not self.of):
            raise self._wrong("of", "the id of the other row that is taken back or corrected")

    def _wrong(self, name: str, expected: str) -> BadLabel:
        given = repr(getattr(self, name))
        given = given if len(given) < 80 else f"{given[:77]}..."
        return BadLabel(
            f"{name} of answer {self.id!s:.60} is {given}; expected {expected}; leave the answer out or correct it"
        )


_TEXTS = ("id", "segment", "target", "rater", "kind", "of", "purpose", "screen", "run", "device", "comment", "source")
_NEEDED = ("id", "segment", "rater", "secondary", "value")
_NUMBERS = ("weight", "shown_at", "played_at", "answered_at", "confidence")
_COUNTS = ("plays", "round", "seq")
_RANGES = {"weight": (0.0, math.inf), "confidence": (0.0, 1.0)}


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
