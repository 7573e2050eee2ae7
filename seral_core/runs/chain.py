"""Chained lines: each ends in a hash of itself and of all before it, so that a later change of any is noticed.

This finds accidents and simple edits: a line that was changed, inserted, moved, doubled or left
out. It does not protect from somebody who calculates the hashes again, and does not show that whole
lines at the end are missing: a run that was killed looks the same.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

#: What the hash is called in a line, always its last entry.
NAME = "chain"
_LINK = re.compile(rb',"chain":"([0-9a-f]{16})"\}$')


@dataclass
class Chain:
    """The hash of the lines so far; takes one line after the other.

    Parameters
    ----------
    last : str
        Hash of all lines before, or what the first one follows: the key of the run's plan.
    begun : bool
        Whether a line with a hash has been seen: from then on, each must have one. Earlier versions
        wrote none.

    Examples
    --------
    >>> writing = Chain("plan")
    >>> lines = [writing.linked(b'{"round":0}'), writing.linked(b'{"round":1}')]
    >>> lines[0]
    b'{"round":0,"chain":"43a6ecce86812294"}'
    >>> reading = Chain("plan")
    >>> [reading.follows(line) for line in lines], Chain("another").follows(lines[0])
    ([True, True], False)
    """

    last: str
    begun: bool = False

    def linked(self, line: bytes) -> bytes:
        """Return a JSON object on one line with the hash added to it."""
        self._add(line)
        self.begun = True
        return line[:-1] + f',"{NAME}":"{self.last}"}}'.encode()

    def follows(self, line: bytes) -> bool:
        """Take a line, and return whether it is the one that was written after those before."""
        found = _LINK.search(line)
        self._add(line[: found.start()] + b"}" if found else line)
        if found is None:
            return not self.begun
        self.begun = True
        return found[1].decode() == self.last

    def _add(self, line: bytes) -> None:
        self.last = hashlib.sha256(self.last.encode() + line).hexdigest()[:16]


def after(line: bytes) -> Chain | None:
    """Return the chain that goes on after a line; None where the line has no hash.

    Examples
    --------
    >>> after(b'{"round":0}') is None, after(Chain("plan").linked(b'{"round":0}'))
    (True, Chain(last='43a6ecce86812294', begun=True))
    """
    found = _LINK.search(line)
    return Chain(found[1].decode(), begun=True) if found else None
