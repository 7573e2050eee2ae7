"""What happens in a class: events, kept in a file, from which a class that was killed goes on, or is replayed."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

from seral_core.classroom import LOG, PLACE
from seral_core.errors import BadLog
from seral_core.files import appending, read_bytes
from seral_core.folders import inside
from seral_core.home import private_folder
from seral_core.runs.chain import NAME, Chain, after


@dataclass(frozen=True)
class Joined:
    """A phone joined.

    Parameters
    ----------
    at : float
        When, in seconds since the epoch; so for all events.
    rater : str
        Under which name it answers.
    mark : str
        Hash of the secret that the phone made for itself.

    Examples
    --------
    >>> Joined(1.0, "anna", "5f3a").rater
    'anna'
    """

    at: float
    rater: str
    mark: str


@dataclass(frozen=True)
class Removed:
    """The teacher took a nickname off the wall; its phone may join again under another one, its votes stay.

    Examples
    --------
    >>> Removed(2.0, "rude").rater
    'rude'
    """

    at: float
    rater: str


@dataclass(frozen=True)
class Opened:
    """A question began.

    Parameters
    ----------
    at : float
        When it was said.
    number : int
        From 1.
    segment : str
        The clip.
    then : str
        The clip of the next question, which phones fetch meanwhile; empty in the last one.
    starts_at : float
        When the clip begins, everywhere at once.

    Examples
    --------
    >>> Opened(1.0, 1, "a.wav", "b.wav", 2.5).then
    'b.wav'
    """

    at: float
    number: int
    segment: str
    then: str
    starts_at: float


@dataclass(frozen=True)
class Revealed:
    """A question ended: votes that arrive later do not count, for gold was on the wall.

    Parameters
    ----------
    at : float
        When.
    number : int
        Of the question.
    guess : list of float
        What the model believed of each class, without knowing the answer; empty where there was no model.
    unknown : float
        How far the members of its ensemble disagreed, in [0, 1].

    Examples
    --------
    >>> Revealed(9.0, 1, [0.75, 0.25], 0.1).unknown
    0.1
    """

    at: float
    number: int
    guess: list[float]
    unknown: float


@dataclass(frozen=True)
class Ended:
    """The class is over.

    Examples
    --------
    >>> Ended(9.0).at
    9.0
    """

    at: float


ClassEvent: TypeAlias = Joined | Removed | Opened | Revealed | Ended
_KINDS = {kind.__name__: kind for kind in (Joined, Removed, Opened, Revealed, Ended)}
_FITS = {"float": (int, float), "int": (int,), "str": (str,), "list[float]": (list,)}


class ClassLog:
    """The events of a class, a JSON line each, chained to those before; written by one process at a time.

    Parameters
    ----------
    folder : Path
        Of the class.

    Examples
    --------
    >>> import tempfile
    >>> log = ClassLog(Path(tempfile.mkdtemp()))
    >>> log.append(Joined(1.0, "anna", "5f3a"))
    >>> log.append(Ended(2.0))
    >>> ClassLog(log.path.parent.parent).events()
    [Joined(at=1.0, rater='anna', mark='5f3a'), Ended(at=2.0)]
    """

    def __init__(self, folder: Path) -> None:
        self.path = inside(folder, f"{PLACE}/{LOG}")

    def append(self, event: ClassEvent) -> None:
        """Write one event down, to the disk; raise `OSError`, and leave nothing of it, where that fails."""
        line = {"event": type(event).__name__, **asdict(event)}
        private_folder(self.path.parent)
        with appending(self.path) as file:
            begun = file.tell()
            content = self._chain().linked(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode()) + b"\n"
            try:
                if file.write(content) < len(content):  # a disk that is nearly full takes the first bytes
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
                os.fsync(file.fileno())
            except OSError:
                file.truncate(begun)
                raise

    def events(self) -> list[ClassEvent]:
        """Return all events; raise `BadLog` where a line is not what was written."""
        chain, found = Chain(PLACE), []
        for number, line in enumerate(self._lines(), 1):
            event = _event(line)
            if event is None or not chain.follows(line):
                raise BadLog(
                    f"line {number} of {self.path} is not as it was written; expected the class as it went on; restore "
                    "the file from a backup, or start a new class: its answers stay in the label store"
                )
            found.append(event)
        return found

    def mend(self) -> None:
        """Cut off a last line that was not written to its end, as where the computer lost power."""
        if self.path.exists() and (content := read_bytes(self.path)) and not content.endswith(b"\n"):
            os.truncate(self.path, content.rfind(b"\n") + 1)

    def _lines(self) -> list[bytes]:
        return read_bytes(self.path).split(b"\n")[:-1] if self.path.exists() else []

    def _chain(self) -> Chain:
        lines = self._lines()
        return (after(lines[-1]) if lines else None) or Chain(PLACE)


def _event(line: bytes) -> ClassEvent | None:
    """Return the event that a line is, or None."""
    try:
        data = json.loads(line)
        kind: Any = _KINDS[data["event"]]
        values = {field.name: data[field.name] for field in fields(kind)}
        fits = all(type(values[field.name]) in _FITS[str(field.type)] for field in fields(kind))
        event: ClassEvent = kind(**values)
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    return event if fits and set(data) <= {"event", NAME, *values} else None
