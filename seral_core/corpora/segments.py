"""Segments: parts of recordings, their ids and their index."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from seral_core.errors import BadCorpus

INDEX = ("file", "start", "end")
#: No recording lasts longer, in seconds: over thirty years.
LATEST_S = 1e9

_PLACE = re.compile(r"(?P<file>.+)#(?P<start>\d+\.\d{3})-(?P<end>\d+\.\d{3})?", re.DOTALL)


def segment_id(file: str, start_s: float = 0.0, end_s: float = float("nan")) -> str:
    """Return the id of a segment: its file, and its times where it is a part of one.

    Parameters
    ----------
    file : str
        Relative to the corpus's folder, with forward slashes.
    start_s, end_s : float
        In seconds, written to the millisecond; nan as the end means to the end of the file.

    Examples
    --------
    >>> segment_id("a.wav"), segment_id("a.wav", 1.5, 3.0)
    ('a.wav', 'a.wav#1.500-3.000')
    """
    to_the_end = end_s != end_s
    if start_s == 0 and to_the_end:
        return file
    end = "" if to_the_end else f"{end_s:.3f}"
    return f"{file}#{start_s:.3f}-{end}"


def segment_place(segment: str) -> tuple[str, float, float]:
    """Return the file, start and end in seconds of a segment's id: what `segment_id` was given.

    Examples
    --------
    >>> segment_place("a.wav"), segment_place("take #2.wav#1.500-3.000")
    (('a.wav', 0.0, nan), ('take #2.wav', 1.5, 3.0))
    """
    match = _PLACE.fullmatch(segment)
    if match is None:
        return segment, 0.0, float("nan")
    return match["file"], float(match["start"]), float(match["end"] or "nan")


def segment_ids(index: pd.MultiIndex) -> list[str]:
    """Return the ids of an index ``(file, start, end)``, in its order.

    Examples
    --------
    >>> segment_ids(segment_index(["a.wav", "a.wav"], [0.0, 1.5], [1.5, float("nan")]))
    ['a.wav#0.000-1.500', 'a.wav#1.500-']
    """
    starts, ends = (
        pd.TimedeltaIndex(index.get_level_values(time)).total_seconds().tolist() for time in ("start", "end")
    )
    return [segment_id(f, s, e) for f, s, e in zip(index.get_level_values("file"), starts, ends, strict=True)]


def segment_index(
    files: Sequence[str], starts_s: Sequence[float] | None = None, ends_s: Sequence[float] | None = None
) -> pd.MultiIndex:
    """Return audformat's segmented index; left-out times mean whole files.

    Parameters
    ----------
    files : sequence of str
        Relative to the corpus's folder, with forward slashes.
    starts_s, ends_s : sequence of float, optional
        In seconds; nan as an end means to the end of the file.

    Returns
    -------
    MultiIndex
        Levels ``file``, ``start`` and ``end``; times as time deltas, missing where a segment has no
        end.

    Examples
    --------
    >>> index = segment_index(["a.wav", "b.wav"], [0.5, 0.0], [2.0, float("nan")])
    >>> list(index.names), index.get_level_values("start").total_seconds().tolist()
    (['file', 'start', 'end'], [0.5, 0.0])
    """
    starts = np.zeros(len(files)) if starts_s is None else np.asarray(starts_s, float)
    ends = np.full(len(files), np.nan) if ends_s is None else np.asarray(ends_s, float)
    wrong = np.flatnonzero(~(np.abs(starts) < LATEST_S) | (np.abs(ends) >= LATEST_S))
    if len(wrong):
        raise BadCorpus(
            f"{files[wrong[0]]} goes from {starts[wrong[0]]:g} s to {ends[wrong[0]]:g} s; expected "
            "seconds within a recording; correct that row, or leave the end out for the end of "
            "the file"
        )
    return pd.MultiIndex.from_arrays(
        [pd.Index(files, dtype=object), pd.to_timedelta(starts, unit="s"), pd.to_timedelta(ends, unit="s")], names=INDEX
    )
