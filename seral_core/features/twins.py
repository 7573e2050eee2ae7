"""Twins: clips on both sides of a split whose features are equal to the last bit, as those of one recording are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seral_core.features.table import FeatureTable

#: Fewer numbers than this may be equal by chance: ratings, counts, toy features.
FEWEST = 10


def twins(table: FeatureTable, pool: Sequence[str], test: Sequence[str]) -> list[tuple[str, str]]:
    """Return the clips of a test part that have the features of a clip in the pool, each with the first such clip.

    Parameters
    ----------
    table : FeatureTable
        As extracted: speakers that are normalised each by themselves differ, whatever they say.
    pool, test : sequence of str
        Segment ids; those without features are passed over.

    Returns
    -------
    list of (str, str)
        Segment of the test part, segment of the pool.

    Examples
    --------
    >>> table = FeatureTable(np.tile(np.arange(10.0), (2, 1)), ("s1/a.wav", "s2/b.wav"))
    >>> twins(table, ["s1/a.wav"], ["s2/b.wav"])
    [('s2/b.wav', 's1/a.wav')]
    """
    marks = table.marks
    wide = table.values.shape[1] * np.diff(table.bounds) >= FEWEST
    enough = {segment for segment, is_wide in zip(table.ids, wide, strict=True) if is_wide}
    here: dict[bytes, str] = {}
    for segment in pool:
        if segment in enough:
            here.setdefault(marks[segment], segment)
    return [(own, here[marks[own]]) for own in test if own in enough and marks[own] in here]


def twin_alarms(table: FeatureTable, pool: Sequence[str], test: Sequence[str]) -> tuple[str, ...]:
    """Say in a sentence how many clips of a test part are such twins; nothing where none is.

    Examples
    --------
    >>> twin_alarms(FeatureTable(np.eye(10), tuple("abcdefghij")), ["a"], ["b"])
    ()
    """
    found = twins(table, pool, test)
    if not found:
        return ()
    many = "1 clip of the test part has" if len(found) == 1 else f"{len(found)} clips of the test part have"
    own, other = found[0]
    return (
        f"{many} exactly the features of a clip in the pool, such as {own} and {other}: one recording under two names, "
        "speakers or classes makes scores look better than on new speech; leave one of each out",
    )
