"""Votes on their way to the store: each is checked, and those that come at once are written together."""

from __future__ import annotations

import math
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seral_core.errors import BadLabel, BadStore, SeralError
from seral_core.types import Target

#: Longer than anybody takes; a phone's word on its own time beyond it is none.
_MOST_S = 3600.0


@dataclass(eq=False)
class Ballot:
    """One vote as a phone sent it.

    Parameters
    ----------
    rater, id, value : str
        Who, the phone's own number for it, and the class.
    question : int
        From 1.
    after_s, played_s : float
        Seconds from the clip's beginning to the answer, and to when it was first heard.
    plays : int
        How often it was heard.
    """

    rater: str
    id: str
    question: int
    value: str
    after_s: float
    played_s: float | None
    plays: int
    saved: int = -1
    wrong: SeralError | None = None

    @property
    def done(self) -> bool:
        """Whether it is in the store, or refused."""
        return self.saved >= 0 or self.wrong is not None


def ballot_of(rater: str, payload: Mapping[str, Any], target: Target) -> Ballot:
    """Return a vote, once all of it is as it should be.

    Raises
    ------
    BadLabel
        When it cannot be a vote.

    Examples
    --------
    >>> emotion = Target("emotion", ("anger", "sadness"))
    >>> made = "0f6b3a52-6f0e-4c43-9a35-0d3f2a5b7c11"
    >>> ballot_of("anna", {"id": made, "question": 1, "value": "anger", "after_s": 2.5}, emotion).after_s
    2.5
    >>> ballot_of("anna", {"id": "1", "question": 1, "value": "anger"}, emotion)
    Traceback (most recent call last):
    seral_core.errors.BadLabel: got a vote with id '1'; expected a random UUID; reload the page
    """
    made, number, plays = payload.get("id"), payload.get("question"), payload.get("plays", 0)
    if not isinstance(made, str) or not _is_random(made):
        raise BadLabel(f"got a vote with id {made!r:.60}; expected a random UUID; reload the page")
    if type(number) is not int or type(plays) is not int or not 0 <= plays < 1000:
        raise BadLabel(f"got a vote on question {number!r:.40}; expected its number; reload the page")
    value = str(target.check(payload.get("value")))
    after_s, played_s = (_seconds(payload.get(name)) for name in ("after_s", "played_s"))
    return Ballot(rater, made, number, value, after_s or 0.0, played_s, plays)


class Together:
    """Writes down what waits, all of it at once: whoever comes first does so for those who came meanwhile.

    Parameters
    ----------
    lock : RLock
        Held while something is written.
    write : callable
        Gets the ballots in order of arrival, and gives each its ``saved``, or what was ``wrong``.

    Examples
    --------
    >>> import threading
    >>> def write(ballots):
    ...     for ballot in ballots:
    ...         ballot.saved = 1
    >>> Together(threading.RLock(), write)(Ballot("anna", "1", 1, "anger", 2.0, None, 1))
    1
    """

    def __init__(self, lock: Any, write: Callable[[Sequence[Ballot]], None]) -> None:
        self._lock, self._write = lock, write
        self._waiting: deque[Ballot] = deque()

    def __call__(self, ballot: Ballot) -> int:
        """Return how many rows are new, once they are on the disk; raise what was wrong."""
        self._waiting.append(ballot)
        with self._lock:
            if not ballot.done:
                self._write([self._waiting.popleft() for _ in range(len(self._waiting))])
        if ballot.wrong is not None:
            raise ballot.wrong
        if not ballot.done:  # whoever wrote it down met with something that nobody thought of
            raise BadStore("this vote was not stored; it may be sent again")
        return ballot.saved


def _is_random(made: str) -> bool:
    """Whether an id is one that SERAL never works out itself."""
    try:
        found = uuid.UUID(made)
    except ValueError:
        return False
    return found.version == 4 and str(found) == made


def _seconds(given: object) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
        return None
    return min(max(float(given), 0.0), _MOST_S)
