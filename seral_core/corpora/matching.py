"""Match clips that somebody else names to a corpus's own: by id, then by less and less of the file's name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath

import numpy as np

from seral_core.corpora.channels import file_and_channel, of_channel
from seral_core.corpora.corpus import segment_id, segment_place
from seral_core.corpora.find_files import as_path

#: A part that ends so near to the end of its file ends with the file, in seconds.
SAME_END_S = 0.05


def _as_is(file: str) -> str:
    return file


def _spelling(file: str) -> str:
    """Return a file's path without what differs between computers: Unicode form, case, slashes."""
    return unicodedata.normalize("NFC", as_path(file)).casefold()


def _name(file: str) -> str:
    return _spelling(file).rsplit("/", 1)[-1]


def _stem(file: str) -> str:
    bare, channel = file_and_channel(_name(file))
    stem = PurePosixPath(bare).stem
    return stem if channel is None else of_channel(stem, channel)


def _plain(file: str) -> str:
    """Return a file's name without what web servers and other programs change when they keep it."""
    return re.sub(r"[^-\w.#]", "", _stem(file).replace(" ", "_"))


#: From all of a file's name to as little as may do.
WAYS: dict[str, Callable[[str], str]] = {
    "id": _as_is,
    "id in another spelling": _spelling,
    "file name": _name,
    "file name without ending": _stem,
    "file name without odd characters": _plain,
}


def matched(
    theirs: Sequence[str],
    ours: Sequence[str],
    way: Callable[[str], str],
    lengths_s: Mapping[str, float] | None = None,
    *,
    guess: bool = False,
) -> dict[str, str]:
    """Return their id for each of our segments that has one; a name that is not unique on either side has none.

    Parameters
    ----------
    theirs, ours : sequence of str
        Segment ids, each once.
    way : callable
        One of `WAYS`: what of a file's name is compared. Times are always compared.
    lengths_s : mapping of str to float, optional
        How long our files are, nan where that is not known. If given, a part from 0 s to the end of a file is the
        whole file.
    guess : bool
        Take a part from 0 s for the whole file also where nobody knows how long that is, and the file has no other.

    Examples
    --------
    >>> matched(["there/a.wav", "there/b.wav"], ["a.wav", "b.wav"], WAYS["file name"])
    {'a.wav': 'there/a.wav', 'b.wav': 'there/b.wav'}
    >>> matched(["a.wav#0.000-1.200"], ["a.wav"], WAYS["id"], {"a.wav": 1.2})
    {'a.wav': 'a.wav#0.000-1.200'}
    """
    lengths = None if lengths_s is None else _by_name(lengths_s, way)
    their_keys, our_keys = _keys(theirs, way, lengths, guess), _keys(ours, way, lengths, guess)
    often, ours_often = Counter(their_keys), Counter(our_keys)
    found = {key: segment for key, segment in zip(their_keys, theirs, strict=True) if often[key] == 1}
    both = zip(our_keys, ours, strict=True)
    return {segment: found[key] for key, segment in both if key in found and ours_often[key] == 1}


def _keys(ids: Sequence[str], way: Callable[[str], str], lengths: Mapping[str, float] | None, guess: bool) -> list[str]:
    places = [segment_place(segment) for segment in ids]
    names = [way(file) for file, _, _ in places]
    if lengths is None:
        return [segment_id(name, *times) for name, (_, *times) in zip(names, places, strict=True)]
    alone = Counter(names)
    keys = []
    for name, (_, start_s, end_s) in zip(names, places, strict=True):
        length_s = lengths.get(name, np.nan)
        is_whole = abs(end_s - length_s) <= SAME_END_S or (guess and np.isnan(length_s) and alone[name] == 1)
        keys.append(segment_id(name, start_s, np.nan if start_s == 0 and is_whole else end_s))
    return keys


def _by_name(lengths_s: Mapping[str, float], way: Callable[[str], str]) -> dict[str, float]:
    """Return lengths by what is compared of files' names; nan where files that share it differ."""
    found: dict[str, float] = {}
    for file, length_s in lengths_s.items():
        name = way(file)
        found[name] = length_s if found.get(name, length_s) == length_s else np.nan
    return found
