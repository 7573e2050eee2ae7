"""How long segments are, from the headers of their files."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.recording import duration_s


def durations_s(corpus: Corpus) -> pd.Series[float]:
    """Return the duration of every segment.

    Headers are read once for each file and kept in memory until the file changes.

    Returns
    -------
    Series of length ``len(corpus)``
        Seconds by segment id, 0 where it starts after its recording; missing where there is no audio or the file
        cannot be read.

    Examples
    --------
    >>> durations_s(toy_corpus()).isna().all()
    np.True_
    """
    index = corpus.segments.index
    starts, ends = (pd.TimedeltaIndex(index.get_level_values(t)).total_seconds().to_numpy() for t in ("start", "end"))
    whole = np.array([_of_file(corpus, file) for file in index.get_level_values("file")], float)
    lengths = np.maximum(np.where(np.isnan(ends), whole, np.fmin(ends, whole)) - starts, 0)
    return pd.Series(lengths, index=pd.Index(corpus.ids, name="segment"), name="duration_s")


def file_lengths_s(corpus: Corpus, segments: Iterable[str] | None = None) -> dict[str, float]:
    """Return how long each file of a corpus is, in seconds; nan where there is no audio or it cannot be read.

    Parameters
    ----------
    corpus : Corpus
        Whose files.
    segments : iterable of str, optional
        Only files of these are looked at.

    Examples
    --------
    >>> file_lengths_s(toy_corpus())
    {'a.wav': nan, 'b.wav': nan, 'c.wav': nan, 'd.wav': nan}
    >>> file_lengths_s(toy_corpus(), ["b.wav#0.000-1.000"])
    {'b.wav': nan}
    """
    if segments is None:
        files = list(dict.fromkeys(corpus.segments.index.get_level_values("file")))
    else:
        files = corpus.files_of(segments)
    return {file: _of_file(corpus, file) for file in files}


def _of_file(corpus: Corpus, file: str) -> float:
    place = corpus.place(file)
    if place is None:
        return float("nan")
    path = place[0] / place[1]
    try:
        changed = path.stat().st_mtime_ns
    except OSError:
        return float("nan")
    return _header_s(str(path), changed)


@lru_cache(maxsize=200_000)
def _header_s(path: str, changed: int) -> float:
    return duration_s(Path(path))
