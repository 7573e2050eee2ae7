"""Whether no two of very many files have one name: counted on the disk, 16 bytes a file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from itertools import islice
from typing import IO

import numpy as np
from pandas.util import hash_array

from seral_core.corpora.corpus import segment_place
from seral_core.corpora.matching import WAYS
from seral_core.home import home

#: Ids and hashes that are looked at together.
AT_ONCE = 100_000


def names_differ(segments: Iterable[str], how: str) -> bool:
    """Tell whether no two files have one name, in whatever folders.

    Parameters
    ----------
    segments : iterable of str
        Ids of clips; may be read from a disk.
    how : str
        One of `seral_core.corpora.matching.WAYS`: what of a file's name is compared.

    Examples
    --------
    >>> names_differ(["s1/a.wav", "s2/c.wav#0.000-1.000", "s2/c.wav#1.000-2.000"], "file name")
    True
    >>> [names_differ(["s1/a.wav", "s2/a.flac"], how) for how in ("file name", "file name without ending")]
    [True, False]
    """
    way, count = WAYS[how], 0
    with tempfile.TemporaryFile(dir=home("cache")) as names, tempfile.TemporaryFile(dir=home("cache")) as paths:
        rest = iter(segments)
        while some := list(islice(rest, AT_ONCE)):
            files = dict.fromkeys(segment_place(segment)[0] for segment in some)
            found = [path for path in dict.fromkeys(map(way, files)) if path.rpartition("/")[2]]
            count += len(found)
            _add(names, [path.rpartition("/")[2] for path in found])
            _add(paths, found)
        return _distinct(names, count) == _distinct(paths, count)


def _add(file: IO[bytes], words: list[str]) -> None:
    file.write(np.asarray(hash_array(np.array(words, dtype=object), categorize=False), np.uint64).tobytes())


def _distinct(file: IO[bytes], count: int) -> int:
    """Return how many of the hashes in a file are different; they are sorted where they lie."""
    file.flush()
    if not count:
        return 0
    hashes = np.memmap(file, dtype=np.uint64, mode="r+", shape=(count,))
    hashes.sort()
    starts = range(0, count, AT_ONCE)
    return 1 + sum(int(np.count_nonzero(np.diff(hashes[i : i + AT_ONCE + 1]))) for i in starts)
