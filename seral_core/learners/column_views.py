"""Two views of the same clips: which columns of a table belong to which."""

from __future__ import annotations

import re

import numpy as np

from seral_core.errors import BadPlan
from seral_core.features.table import FeatureTable
from seral_core.types import Ints

#: Columns of SERALv01, eGeMAPSv02 and ComParE_2016 about the source of the voice and its rhythm: pitch, loudness,
#: timing, and how regular the voice is. All their others are about the spectrum.
PROSODIC = re.compile(
    r"pitch|F0|logRelF0|loudness|level|equivalentSoundLevel|duration|voiced_(share|per_s|length)|unvoiced_length|pause"
    r"|syllables|modulation|shimmer|jitter|hnr|HNR|logHNR|h1_|VoicedSegments|(Mean|Stddev)(Unv|V)oicedSegment|voicing"
    r"|pcm_RMSenergy|audspec_lengthL1norm|audspecRasta_lengthL1norm"
)
WAYS = ("auto", "sets", "kinds", "halves")


def column_views(table: FeatureTable, by: str = "auto") -> dict[str, Ints]:
    """Return the columns of each view of a table, by its name.

    Parameters
    ----------
    table : FeatureTable
        With names of features, but for halves.
    by : {"auto", "sets", "kinds", "halves"}
        ``sets``: those joined by ``+`` in the plan's features. ``kinds``: prosodic (pitch, loudness, timing, voice
        quality) and spectral, by the names of SERALv01, eGeMAPSv02 or ComParE_2016. ``halves``: every other column;
        as good as the features are redundant. ``auto``: the first of these that the table has.

    Returns
    -------
    dict of str to Ints
        Two views or more; of a table of one column, two views of that.

    Raises
    ------
    BadPlan
        When the names do not say what belongs to which view.

    References
    ----------
    .. [1] Nigam and Ghani, Analyzing the effectiveness and applicability of co-training, CIKM 2000 (random halves).

    Examples
    --------
    >>> table = FeatureTable(np.eye(3), ("a", "b", "c"), ("mfcc1_mean", "pitch_st_mean", "loudness_mean"))
    >>> column_views(table)
    {'prosodic': array([1, 2]), 'spectral': array([0])}
    """
    for way in WAYS[1:] if by == "auto" else (by,):
        found = _FOUND[way](table)
        if len(found) > 1:
            return found
    names = ", ".join(table.names[:3]) or "no names"
    raise BadPlan(
        f"the features have one view by {by} ({names} ...); expected sets joined by + in the plan's features, such as "
        "SERALv01+eGeMAPSv02, or prosodic and spectral columns of SERALv01; choose views:by=halves"
    )


def _sets(table: FeatureTable) -> dict[str, Ints]:
    # A set's own name may have slashes; that before the column is the last one.
    owner = [name.rpartition("/")[0] for name in table.names]
    return {name: _where(owner, name) for name in dict.fromkeys(owner) if name}


def _kinds(table: FeatureTable) -> dict[str, Ints]:
    kind = ["prosodic" if PROSODIC.match(name.rpartition("/")[2]) else "spectral" for name in table.names]
    return {name: _where(kind, name) for name in sorted(set(kind))}


def _halves(table: FeatureTable) -> dict[str, Ints]:
    columns = np.arange(table.values.shape[1])
    return {"even columns": columns[::2], "odd columns": columns[1::2] if len(columns) > 1 else columns}


_FOUND = {"sets": _sets, "kinds": _kinds, "halves": _halves}


def _where(owner: list[str], name: str) -> Ints:
    return np.flatnonzero([each == name for each in owner])
