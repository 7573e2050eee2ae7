"""Recordings that arrive in a folder: each is taken once, when it has been written to its end."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from seral_core.corpora.files import Listing, listing
from seral_core.files import opened
from seral_core.guard import echo


@dataclass
class Arriving:
    """Looks again and again for recordings that are new in a folder, folders below it included.

    A recording is taken when neither its size nor its time of change have moved for ``settle_s``.
    One that looks unfinished even so (no bytes, or fewer than its header says) is given
    ``patience_s``, and then taken as it is: some programs never correct their headers.

    Parameters
    ----------
    folder : Path
        Where to look.
    done : set of str
        Recordings, relative to the folder, that are not looked at again. Grows with those that were
        taken.
    once : bool
        Whether to end when all that was there at the beginning has been taken; else it goes on for
        ever.
    settle_s, patience_s : float
        As above, in seconds.
    tell : callable
        Is called with a sentence on recordings that are passed over, such as those of formats that are
        not read.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.wav").write_bytes(b"some")
    >>> list(Arriving(folder, set(), once=True, settle_s=0.01, patience_s=0.02))
    ['a.wav']
    """

    folder: Path
    done: set[str]
    once: bool = False
    settle_s: float = 1.0
    patience_s: float = 10.0
    clock: Callable[[], float] = time.monotonic
    tell: Callable[[str], None] = echo
    _seen: dict[str, tuple[tuple[int, int], float]] = field(default_factory=dict)
    _passed_over: set[str] = field(default_factory=set)

    def __iter__(self) -> Iterator[str]:
        """Yield recordings that are complete, the oldest first."""
        there, end = set(self._there()), self.clock() + 2 * self.patience_s
        while True:
            began = self.clock()
            names = [n for n in self._there() if n not in self.done and (n in there or not self.once)]
            for name in self._complete(names):
                # It may have changed while those before it were worked on.
                if self._settled(name):
                    self.done.add(name)
                    del self._seen[name]
                    yield name
                    end = self.clock() + 2 * self.patience_s  # the time that the work took is no time of waiting
            if self.once and (there <= self.done or self.clock() > end or not names):
                return
            # A large folder takes long to list: look most of the time at nothing.
            time.sleep(max(self.settle_s / 2, 5 * (self.clock() - began)) if not self.once else self.settle_s / 2)

    def _there(self) -> tuple[str, ...]:
        """Return the recordings that are there now; say once of each other one why it is passed over."""
        found = listing(self.folder)
        kinds = (found.unread, found.foreign, found.locked)
        new = Listing((), *(tuple(n for n in names if n not in self._passed_over) for names in kinds))
        self._passed_over.update(*kinds)
        for note in new.notes:
            self.tell(note)
        return found.audio

    def again(self, name: str) -> None:
        """Look at a recording once more, because it changed while it was read."""
        self.done.discard(name)

    def _complete(self, names: list[str]) -> list[str]:
        ready = [name for name in names if self._settled(name)]
        return sorted(ready, key=lambda name: (self._seen[name][0][1], name))

    def _settled(self, name: str) -> bool:
        now, stamp = self.clock(), stamp_of(self.folder / name)
        if stamp is None:
            self._seen.pop(name, None)
            return False
        last, since = self._seen.get(name, (None, now))
        if last != stamp:
            self._seen[name] = (stamp, now)
            return False
        wait = self.settle_s if looks_whole(self.folder / name) else self.patience_s
        return now - since >= wait


def stamp_of(path: Path) -> tuple[int, int] | None:
    """Return size and time of change, or None where a file is gone."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_size, stat.st_mtime_ns


def looks_whole(path: Path) -> bool:
    """Whether a recording has as many bytes as its header says; only RIFF files, such as .wav, say that.

    Examples
    --------
    >>> looks_whole(Path("nowhere.wav"))
    False
    """
    try:
        with opened(path) as file:
            head = file.read(8)
        size = path.stat().st_size
    except OSError:
        return False
    if len(head) < 8:
        return False
    return head[:4] != b"RIFF" or 8 < struct.unpack("<I", head[4:])[0] + 8 <= size
