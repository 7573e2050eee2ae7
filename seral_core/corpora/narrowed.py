"""Of very many clips, those that somebody else's names may mean: found in one pass, so that no list of all is held.

`seral_core.corpora.matching` compares names with the few that are left, and finds what it would find among all.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from seral_core.corpora.corpus import segment_place
from seral_core.corpora.find_files import tails
from seral_core.corpora.matching import PARTLY, WAYS, plain_name


def narrowed(theirs: Iterable[str], ours: Iterable[str]) -> list[str]:
    """Return those of our segments, in their order, with which `matched` finds what it finds with all of them.

    Of each file whose name is one of theirs, parts of the same times are kept, and one more. Files in other folders
    are kept as far as they make a name unclear: two for each way to write it.

    Parameters
    ----------
    theirs, ours : iterable of str
        Segment ids, each once. ``ours`` may be read from a disk.

    Examples
    --------
    >>> narrowed(["x/a.wav#1.000-2.000"], (f"a.wav#{i}.000-{i + 1}.000" for i in range(1000)))
    ['a.wav#0.000-1.000', 'a.wav#1.000-2.000']
    >>> narrowed(["a.wav"], (f"s{i}/a.wav" for i in range(1000)))
    ['s0/a.wav', 's1/a.wav']
    """
    meant = _Meant(theirs)
    return [segment for segment in ours if meant.by(segment)]


class _Meant:
    """Which segments names may mean, asked about one after the other."""

    def __init__(self, theirs: Iterable[str]) -> None:
        places = [segment_place(segment) for segment in theirs]
        files = {file for file, _, _ in places}
        self.names = {plain_name(file) for file in files}
        self.parts = {(plain_name(file), start_s, _end(end_s)) for file, start_s, end_s in places}
        self.from_start = {name for name, start_s, _ in self.parts if start_s == 0}
        self.paths = [{WAYS[how](file) for file in files} for how in PARTLY]
        ends = [{end for path in paths for end in tails(path)} for paths in self.paths]
        self.ends: list[dict[str, set[str]]] = [{end: set() for end in each} for each in ends]
        self.files: set[str] = set()

    def by(self, segment: str) -> bool:
        """Whether this one may be meant, or makes another one unclear."""
        file, start_s, end_s = segment_place(segment)
        name = plain_name(file)
        if name not in self.names:
            return False
        if file in self.files:
            return (start_s == 0 and name in self.from_start) or (name, start_s, _end(end_s)) in self.parts
        if not self._file(file):
            return False
        self.files.add(file)
        return True

    def _file(self, file: str) -> bool:
        found = False
        for path, paths, ends in zip(_paths(file), self.paths, self.ends, strict=True):
            found |= path in paths
            for end in tails(path):
                if (seen := ends.get(end)) is not None and (len(seen) < 2 or path in seen):
                    seen.add(path)
                    found = True
        return found


def _end(end_s: float) -> float | None:
    return None if end_s != end_s else end_s


@lru_cache(maxsize=2**16)
def _paths(file: str) -> tuple[str, ...]:
    return tuple(WAYS[how](file) for how in PARTLY)
