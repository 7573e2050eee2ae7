"""One folder under two names: ``audio16k/a.wav`` in a table is ``wav/a.wav`` here, where nothing speaks against it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import lru_cache
from itertools import product

from seral_core.corpora.people import are_people
from seral_core.corpora.words import SPLITS, noun_of


def in_renamed_folder(
    theirs: Collection[str], ours: Collection[str], names_differ: Callable[[], bool] | None = None
) -> dict[str, str]:
    """Return our path for each of theirs that it may mean, where their only folder is merely called otherwise.

    Parameters
    ----------
    theirs, ours : collection of str
        Paths that are spelled alike, without endings, each once.
    names_differ : callable, optional
        Where ``ours`` are not all: whether no two of all share a name. Asked last, for it may take long.

    Returns
    -------
    dict of str to str
        Empty unless all of theirs lie in one folder, most of them are here by name, no two of ours share a name, and
        the folders do not tell people, numbered things, parts of a corpus or emotions apart.

    Examples
    --------
    >>> in_renamed_folder(["audio16k/a", "audio16k/b"], ["wav/a", "wav/b", "wav/c"])
    {'audio16k/a': 'wav/a', 'audio16k/b': 'wav/b'}
    >>> in_renamed_folder(["s2/a", "s2/b"], ["s1/a", "s1/b"]), in_renamed_folder(["x/a", "x/b"], ["wav/a", "old/a"])
    ({}, {})
    """
    folders = {path.rpartition("/")[0] for path in theirs}
    by_name = {path.rpartition("/")[2]: path for path in ours}
    if len(folders) != 1 or len(theirs) < 2 or len(by_name) < len(ours) or not (folder := folders.pop()):
        return {}
    found = {path: our for path in theirs if (our := by_name.get(path.rpartition("/")[2])) is not None}
    apart = any(tell_apart(folder, place) for place in {our.rpartition("/")[0] for our in found.values()})
    if not found or apart or 2 * len(found) < len(theirs):
        return {}
    return found if names_differ is None or names_differ() else {}


def at_odds(one: str, other: str) -> bool:
    """Tell whether folders contradict one another: train/1.wav is not dev/1.wav, nor angry/1.wav sad/1.wav.

    Examples
    --------
    >>> at_odds("data/train", "dev"), at_odds("data/angry", "angry"), at_odds("wav", "angry")
    (True, False, False)
    """
    first, second = _meanings(one), _meanings(other)
    return bool(first and second) and not first & second


def tell_apart(one: str, other: str) -> bool:
    """Tell whether two folders may be different ones of their kind: s1 and s2, anna and ben, train and dev, x and y.

    Examples
    --------
    >>> tell_apart("s2", "data/s1"), tell_apart("audio16k", "data/s1")
    (True, False)
    """
    pairs = [(a, b) for a, b in product(one.split("/"), other.split("/")) if a != b and b]
    numbered = any(re.sub(r"\d+", "0", a) == re.sub(r"\d+", "0", b) for a, b in pairs)
    short = any(max(len(a), len(b)) < 3 for a, b in pairs)
    return numbered or short or at_odds(one, other) or any(are_people(pair, numbers=True) for pair in pairs)


@lru_cache(maxsize=10_000)
def _meanings(folders: str) -> frozenset[str]:
    """Return the parts of corpora and the emotions that folders are called after."""
    return frozenset(SPLITS.get(part.lower()) or noun_of(part) or "" for part in folders.split("/")) - {""}
