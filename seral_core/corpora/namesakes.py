"""Of very many clips, those that have the name of somebody else's: counted in one pass, and the first ones named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from seral_core.corpora.corpus import segment_place
from seral_core.corpora.files import few
from seral_core.corpora.find_files import spelled
from seral_core.corpora.matching import plain_name

#: So many are named at most.
NAMED = 3
_Folders = tuple[str, ...]


@dataclass
class Some:
    """How many clips there are of a kind, and the first of them.

    Examples
    --------
    >>> some = Some()
    >>> for name in "abcde":
    ...     some.add(name)
    >>> some.text(), some.text(2), some.files
    ('a, b, c and 2 more', 'a, b and 3 more', 2)
    """

    first: list[str] = field(default_factory=list)
    count: int = 0
    files: int = 0
    _file: str = ""

    def add(self, segment: str) -> None:
        """Count a clip; of files, it is counted whether there are none, one, or two or more."""
        self.count += 1
        if self.count <= NAMED:
            self.first.append(segment)
        if self.files < 2 and (file := segment_place(segment)[0]) != self._file:
            self.files, self._file = self.files + 1, self._file or file

    def text(self, most: int = NAMED) -> str:
        """Return the first names and how many more there are, as `seral_core.corpora.files.few` does."""
        return few(_AsLong(self.first, self.count), most)


class _AsLong(Sequence[str]):
    """The beginning of a list that is as long as the whole of it."""

    def __init__(self, first: list[str], count: int) -> None:
        self._first, self._count = first, count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, which: int | slice) -> str | list[str]:  # type: ignore[override]
        return self._first[which]


@dataclass(frozen=True)
class Same:
    """Of a name of theirs: all our clips of that name, and those whose folders do not contradict."""

    everywhere: Some
    fitting: Some


def same_name(theirs: Iterable[str], ours: Iterable[str]) -> dict[str, Same]:
    """Return our clips whose files have the name of theirs; nothing for names that none has.

    Parameters
    ----------
    theirs, ours : iterable of str
        Segment ids. ``ours`` may be read from a disk.

    Examples
    --------
    >>> found = same_name(["s2/01.wav", "01.wav", "s2/09.wav"], ["s1/01.flac", "s3/01.flac"])
    >>> {name: (same.everywhere.text(), same.fitting.text()) for name, same in found.items()}
    {'s2/01.wav': ('s1/01.flac, s3/01.flac', ''), '01.wav': ('s1/01.flac, s3/01.flac', 's1/01.flac, s3/01.flac')}
    """
    places = {segment: _place(segment) for segment in theirs}
    by_name = {name: Some() for name, _ in places.values()}
    found = {place: Same(by_name[place[0]], Some()) for place in places.values()}
    below: dict[tuple[str, _Folders], list[Some]] = defaultdict(list)
    for (name, folders), same in found.items():
        for i in range(1, len(folders) + 1):
            below[name, folders[i:]].append(same.fitting)
    for segment in ours if found else ():
        if (everywhere := by_name.get(plain_name(segment_place(segment)[0]))) is None:
            continue
        everywhere.add(segment)
        name, folders = _place(segment)
        for i in range(len(folders) + 1):  # theirs is the end of ours
            if (fits := found.get((name, folders[i:]))) is not None:
                fits.fitting.add(segment)
        for fitting in below.get((name, folders), ()):  # ours is the end of theirs
            fitting.add(segment)
    return {segment: found[place] for segment, place in places.items() if found[place].everywhere.count}


def _place(segment: str) -> tuple[str, _Folders]:
    file = segment_place(segment)[0]
    return plain_name(file), tuple(spelled(file).split("/")[:-1])
