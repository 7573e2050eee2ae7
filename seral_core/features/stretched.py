"""Stretches of recordings: their frames are cut from those of the whole recording."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from seral_core.corpora.corpus import RATINGS, Corpus, segment_index, segment_place
from seral_core.errors import BadFeatures
from seral_core.features.cache import table_key
from seral_core.features.table import FeatureTable
from seral_core.units import from_lengths

#: Column of a corpus's segments: the id of the recording that a stretch was cut out of.
WHOLE = "recording"


def in_parts(corpus: Corpus) -> bool:
    """Whether a corpus says of its segments which recordings they are stretches of.

    Examples
    --------
    >>> in_parts(toy_corpus())
    False
    """
    if WHOLE not in corpus.segments.columns or not len(corpus):
        return False
    return all(
        isinstance(whole, str) and segment_place(whole)[0] == segment_place(segment)[0]
        for segment, whole in zip(corpus.ids, corpus.segments[WHOLE], strict=True)
    )


def recordings_of(corpus: Corpus) -> Corpus:
    """Return the recordings that a corpus's segments are stretches of: each once, without ratings.

    Examples
    --------
    >>> recordings_of(replace(toy_corpus(), segments=toy_corpus().segments.assign(recording=toy_corpus().ids))).ids
    ('a.wav', 'b.wav', 'c.wav', 'd.wav')
    """
    first = ~corpus.segments[WHOLE].duplicated().to_numpy()
    segments = corpus.segments[first]
    places = [segment_place(whole) for whole in segments[WHOLE]]
    index = segment_index(*map(list, zip(*places, strict=True)))
    ratings = pd.DataFrame(columns=list(RATINGS), dtype=object)
    return replace(corpus, segments=segments.set_axis(index).drop(columns=WHOLE), ratings=ratings, _gold={})


def stretched(table: FeatureTable, corpus: Corpus) -> FeatureTable:
    """Return the frames of stretches, cut from those of their recordings.

    So windows and what is normalised per recording take in the whole recording, which is extracted once.

    Parameters
    ----------
    table : FeatureTable
        Frames of the recordings, with their rate.
    corpus : Corpus
        As `seral_core.corpora.stretches.in_stretches` cuts it; see `in_parts`.

    Returns
    -------
    FeatureTable
        Rows in the order of ``corpus.ids``. A stretch begins and ends with the border of frames that is nearest, as
        traces are cut; earlier where the recording ends before. One whose recording has no features is in
        ``problems``, as is one beyond the recording's end.

    Raises
    ------
    BadFeatures
        When the table has no frames with a rate.

    Examples
    --------
    >>> from seral_core.corpora.corpus import rating_frame
    >>> table = FeatureTable(np.arange(10.0)[:, None], ("a.wav",), bounds=np.array([0, 10]), rate_hz=2.0)
    >>> index = segment_index(["a.wav", "a.wav"], [0.0, 1.0], [1.0, 5.0])
    >>> halves = Corpus("a", pd.DataFrame({"recording": "a.wav"}, index), rating_frame([]), ())
    >>> cut = stretched(table, halves)
    >>> cut.ids, cut.bounds
    (('a.wav#0.000-1.000', 'a.wav#1.000-5.000'), array([ 0,  2, 10]))
    """
    if len(table) and not table.rate_hz:
        raise BadFeatures(
            f"the features of {corpus.name} are one row per recording, or frames of an unknown rate, and its segments "
            "are stretches of recordings; expected frames with a rate; choose others, such as mfcc-windows"
        )
    why = dict(table.problems)
    cuts: dict[str, range] = {}
    problems = []
    for segment, whole, (_, start, end) in zip(corpus.ids, corpus.segments[WHOLE], corpus.segments.index, strict=True):
        if whole not in table:
            problems.append((segment, why.get(whole, "its recording has no features")))
            continue
        before_s = segment_place(whole)[1]
        cuts[segment] = _units(table, whole, start.total_seconds() - before_s, end.total_seconds() - before_s)
        if not len(cuts[segment]):
            problems.append((segment, "has no frames: its recording ends before"))
            del cuts[segment]
    units = np.concatenate([np.zeros(0, np.intp), *(np.arange(cut.start, cut.stop) for cut in cuts.values())])
    key = table_key(table.key, dict.fromkeys(cuts, "")) if table.key else ""
    bounds = from_lengths([len(cut) for cut in cuts.values()])
    return replace(table, values=table.values[units], ids=tuple(cuts), bounds=bounds, key=key, problems=tuple(problems))


def _units(table: FeatureTable, whole: str, start_s: float, end_s: float) -> range:
    """Return which frames of a table belong to a part of a recording; nan as the end means to its end."""
    row = table.rows([whole])[0]
    first, stop = int(table.bounds[row]), int(table.bounds[row + 1])
    begin = min(first + round(start_s * table.rate_hz), stop)
    return range(begin, stop if np.isnan(end_s) else min(first + round(end_s * table.rate_hz), stop))
