"""Match clips that somebody else names to a corpus's own: by id, then by less and less of the file's name.

Folders are never passed over: ``s2/01.wav`` is not ``s1/01.wav``, see `seral_core.corpora.find_files.agree`; a single
one may be called otherwise, see `seral_core.corpora.renamed`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

import numpy as np

from seral_core.corpora.channels import file_and_channel, of_channel
from seral_core.corpora.corpus import segment_id, segment_place
from seral_core.corpora.find_files import spelled, tails
from seral_core.corpora.renamed import in_renamed_folder

#: A part that ends so near to the end of its file ends with the file, in seconds.
SAME_END_S = 0.05


def _as_is(file: str) -> str:
    return file


def _stem(file: str) -> str:
    folders, slash, name = spelled(file).rpartition("/")
    bare, channel = file_and_channel(name)
    stem = PurePosixPath(bare).stem
    return folders + slash + (stem if channel is None else of_channel(stem, channel))


def _plain(file: str) -> str:
    """Return a path with a name without what web servers and other programs change when they keep it."""
    folders, slash, name = _stem(file).rpartition("/")
    return folders + slash + re.sub(r"[^-\w.#]", "", name.replace(" ", "_"))


#: From all of a file's path to as little of its name as may do.
WAYS: dict[str, Callable[[str], str]] = {
    "id": _as_is,
    "id in another spelling": spelled,
    "file name": spelled,
    "file name without ending": _stem,
    "file name without odd characters": _plain,
}
#: Those that compare whole paths; the others take one for the end of the other.
_WHOLE = ("id", "id in another spelling")
PARTLY = tuple(how for how in WAYS if how not in _WHOLE)


@lru_cache(maxsize=2**16)
def plain_name(file: str) -> str:
    """Return the least of a file's name that is compared: files that may be the same have it in common.

    Examples
    --------
    >>> plain_name("S1/My Clip!.WAV"), plain_name("my_clip.flac")
    ('my_clip', 'my_clip')
    """
    return _plain(file).rpartition("/")[2]


def matched(
    theirs: Sequence[str],
    ours: Sequence[str],
    how: str,
    lengths_s: Mapping[str, float] | None = None,
    *,
    guess: bool = False,
    names_differ: Callable[[], bool] | None = None,
) -> dict[str, str]:
    """Return their id for each of our segments that has one; a name that is not unique on either side has none.

    Parameters
    ----------
    theirs, ours : sequence of str
        Segment ids, each once.
    how : str
        One of `WAYS`: what of a file's name is compared. Folders and times are always compared.
    lengths_s : mapping of str to float, optional
        How long our files are, nan where that is not known. If given, a part from 0 s to the end of a file is the
        whole file.
    guess : bool
        Take a part from 0 s for the whole file also where nobody knows how long that is, and the file has no other.
    names_differ : callable, optional
        Where ``ours`` are only those that `seral_core.corpora.narrowed` left: whether no two of all our files have one
        name, compared in this way.

    Examples
    --------
    >>> matched(["there/a.wav", "there/b.wav"], ["a.wav", "b.wav"], "file name")
    {'a.wav': 'there/a.wav', 'b.wav': 'there/b.wav'}
    >>> matched(["s2/01.wav", "data/s1/02.wav"], ["s1/01.wav", "s1/02.wav"], "file name")
    {'s1/02.wav': 'data/s1/02.wav'}
    >>> matched(["a.wav#0.000-1.200"], ["a.wav"], "id", {"a.wav": 1.2})
    {'a.wav': 'a.wav#0.000-1.200'}
    """
    their_places, our_places = ([segment_place(segment) for segment in ids] for ids in (theirs, ours))
    meant = _files([file for file, _, _ in their_places], [file for file, _, _ in our_places], how, names_differ)
    known = [segment for segment, (file, _, _) in zip(theirs, their_places, strict=True) if file in meant]
    their_keys = _keys(
        [(meant[file], start, end) for file, start, end in their_places if file in meant], lengths_s, guess
    )
    our_keys = _keys(our_places, lengths_s, guess)
    often, ours_often = Counter(their_keys), Counter(our_keys)
    found = {key: segment for key, segment in zip(their_keys, known, strict=True) if often[key] == 1}
    both = zip(our_keys, ours, strict=True)
    return {segment: found[key] for key, segment in both if key in found and ours_often[key] == 1}


def namesakes(theirs: Sequence[str], ours: Sequence[str]) -> dict[str, list[str]]:
    """Return our segments whose files have the name of theirs, in whatever folder; nothing for names that none has.

    Examples
    --------
    >>> namesakes(["s2/01.wav", "s2/09.wav"], ["s1/01.flac", "s3/01.flac"])
    {'s2/01.wav': ['s1/01.flac', 's3/01.flac']}
    """
    named = defaultdict(list)
    for segment in ours:
        named[plain_name(segment_place(segment)[0])].append(segment)
    found = {segment: named.get(plain_name(segment_place(segment)[0]), []) for segment in theirs}
    return {segment: same for segment, same in found.items() if same}


def _files(
    theirs: Iterable[str], ours: Iterable[str], how: str, names_differ: Callable[[], bool] | None
) -> dict[str, str]:
    """Return our file for each of theirs that has one."""
    their_files, our_files = (_by_path(files, WAYS[how]) for files in (theirs, ours))
    paths = {path: path for path in our_files if path in their_files}
    if how not in _WHOLE:
        paths = dict(_same_ends(their_files, our_files)) | paths
        paths = paths or in_renamed_folder(their_files, our_files, names_differ)
    both = ((their_files[their], our_files[our]) for their, our in paths.items())
    return {one[0]: other[0] for one, other in both if len(one) == len(other) == 1}


def _by_path(files: Iterable[str], way: Callable[[str], str]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for file in dict.fromkeys(files):
        if (path := way(file)).rpartition("/")[2]:
            found[path].append(file)
    return found


def _same_ends(theirs: Iterable[str], ours: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Give each path of theirs and ours of which one is the end of the other, if no third path ends so."""
    their_ends, our_ends = _by_end(theirs), _by_end(ours)
    for end, our in our_ends.items():
        their = their_ends.get(end, [])
        if len(our) == len(their) == 1 and end in (our[0], their[0]) and our != their:
            yield their[0], our[0]


def _by_end(paths: Iterable[str]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for path in paths:
        for end in tails(path):
            found[end].append(path)
    return found


def _keys(places: Sequence[tuple[str, float, float]], lengths: Mapping[str, float] | None, guess: bool) -> list[str]:
    if lengths is None:
        return [segment_id(*place) for place in places]
    alone = Counter(file for file, _, _ in places)
    keys = []
    for file, start_s, end_s in places:
        length_s = lengths.get(file, np.nan)
        is_whole = abs(end_s - length_s) <= SAME_END_S or (guess and np.isnan(length_s) and alone[file] == 1)
        keys.append(segment_id(file, start_s, np.nan if start_s == 0 and is_whole else end_s))
    return keys
