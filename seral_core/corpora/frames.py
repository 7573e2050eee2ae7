"""A table that a user holds in memory, put where the reader of tables finds it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadCorpus
from seral_core.in_memory import in_memory

#: What messages call it.
NAME = "the DataFrame"


def corpus_from(frame: Any, read: Callable[[Path], Corpus]) -> Corpus:
    """Return the corpus that a DataFrame describes.

    Parameters
    ----------
    frame : pandas or polars DataFrame
        A column (or the index) with files, and columns of labels. A named index, such as audformat's ``(file, start,
        end)``, counts as columns.
    read : callable
        Opens a table in a file.

    Raises
    ------
    BadCorpus
        When it is no table, or none that can be read.

    Examples
    --------
    >>> corpus_from({"file": ["a.wav"]}, lambda path: toy_corpus())
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: got dict as corpus; expected a path, the name of a corpus, a Corpus or a DataFrame
    """
    frame = in_memory(frame)
    if not isinstance(frame, pd.DataFrame):
        raise BadCorpus(
            f"got {type(frame).__name__} as corpus; expected a path, the name of a corpus, a Corpus or a DataFrame"
        )
    named = any(name is not None for name in frame.index.names)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "DataFrame.csv"
        (frame.reset_index() if named else frame).to_csv(path, index=False)
        try:
            corpus = read(path)
        except BadCorpus as wrong:
            raise BadCorpus(str(wrong).replace(str(path), NAME)) from None
    return replace(corpus, notes=tuple(note.replace(str(path), NAME) for note in corpus.notes))
