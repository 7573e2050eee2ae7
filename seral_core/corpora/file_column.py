"""Which column of a table names the recordings: by what it is called, and by what is in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pandas as pd

from seral_core.corpora.files import AUDIO, ending_of, few
from seral_core.corpora.usual_names import USUAL, names_recordings, squashed
from seral_core.errors import BadCorpus


def file_column(frame: pd.DataFrame, free: Collection[str], exists: Callable[[pd.Series[Any]], float]) -> str:
    """Return the column that names the recordings: by its name, and where several could be, by what is in them.

    Examples
    --------
    >>> file_column(pd.DataFrame({"id": ["1"], "clip": ["a.wav"]}), ["id", "clip"], lambda cells: 0.0)
    'clip'
    """
    names = USUAL["file"]
    found = [(names.index(squashed(c)), at, c) for at, c in enumerate(free) if squashed(c) in names]
    scored: list[tuple[float, float, int, int, str]] = []
    weak: list[tuple[float, float, int, int, str]] = []
    for rank, at, column in found:
        cells = frame[column].dropna().astype(str).head(2000)
        proves = names_recordings([column])
        there = exists(cells) if len(found) > 1 or not proves else 0.0
        like = sounds(cells)
        (scored if proves or there > 0.5 or like > 0.5 else weak).append(
            (-round(there, 3), -round(like), rank, at, column)
        )
    scored = scored or [one for one in weak if one[0] < 0]  # a few recordings of many are there
    scored = scored or [(0.0, 0.0, 0, at, c) for at, c in enumerate(free) if sounds(frame[c]) > 0.5]
    scored = scored or [(0.0, 0.0, 0, at, c) for at, c in enumerate(free) if _are_there(frame[c], exists)]
    if not scored:
        listed = few([str(c) or "(without a name)" for c in frame.columns], 8) or "none"
        raise BadCorpus(
            f"no column 'file'; its columns are {listed}; rename the one that names the recordings, or say which it "
            "is, such as --column file=NAME (the first row must hold names of columns)"
        )
    return str(min(scored)[-1])


def sounds(cells: pd.Series[Any]) -> float:
    """Return the part of some cells that end as recordings do.

    Examples
    --------
    >>> sounds(pd.Series(["a.wav", "b"]))
    0.5
    """
    there = cells.dropna().astype(str).head(2000)
    return float(there.map(lambda cell: ending_of(cell) in AUDIO).mean()) if len(there) else 0.0


def _are_there(cells: pd.Series[Any], exists: Callable[[pd.Series[Any]], float]) -> bool:
    """Tell whether nearly all cells name recordings which are there, and not by chance as 1 does 1.wav."""
    there = cells.dropna().astype(str).head(2000)
    names = {cell for cell in there if any(map(str.isalpha, cell))}
    return len(names) > 1 and names == set(there) and exists(there) > 0.9
