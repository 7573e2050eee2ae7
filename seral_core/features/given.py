"""Features that a user holds in memory: a table, an array, or a function that makes them of sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from seral_core.corpora.corpus import Corpus, segment_ids
from seral_core.digests import digest
from seral_core.errors import BadFeatures
from seral_core.features.audio import RATE_HZ, Signal
from seral_core.features.base import Extractor
from seral_core.features.ready import match
from seral_core.features.table import FeatureTable
from seral_core.in_memory import in_memory

#: Columns that may say which segment a row belongs to, where the index does not.
_IDS = ("segment", "file", "id", "name")


@dataclass(frozen=True)
class OfFunction:
    """An extractor made of a function from sound to numbers.

    Parameters
    ----------
    function : callable
        From mono samples at 16 kHz to a vector, the same length for every clip.

    Examples
    --------
    >>> loudness = OfFunction(lambda signal: [np.abs(signal).mean(), signal.std()])
    >>> loudness.names, loudness(np.ones(1600, np.float32))
    (('f0', 'f1'), array([1., 0.], dtype=float32))
    """

    function: Callable[[Signal], Any]
    rate_hz: int = RATE_HZ
    key: str = ""
    names: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        noise = np.random.default_rng(0).normal(scale=0.1, size=RATE_HZ).astype(np.float32)
        object.__setattr__(self, "key", f"own.{digest(self.function)}")
        object.__setattr__(self, "names", tuple(f"f{i}" for i in range(len(self(noise)))))

    def __call__(self, signal: Signal) -> NDArray[np.float32]:
        """Return the function's numbers for one clip, of shape (features,)."""
        return np.asarray(self.function(signal), dtype=np.float32).reshape(-1)


def extractor_of(given: Any) -> Extractor | None:
    """Return the extractor that an object is, or that a function makes; None for tables and arrays.

    Examples
    --------
    >>> extractor_of(np.eye(2)) is None, extractor_of(lambda signal: [signal.std()]).names
    (True, ('f0',))
    """
    if isinstance(given, FeatureTable | np.ndarray | pd.DataFrame) or not callable(given):
        return None
    return given if hasattr(given, "key") and hasattr(given, "names") else OfFunction(given)


def table_from(corpus: Corpus, given: Any) -> FeatureTable:
    """Return the rows of a corpus from features in memory.

    Parameters
    ----------
    corpus : Corpus
        Whose segments are wanted.
    given : FeatureTable, pandas or polars DataFrame, or array, also of torch or sparse
        A table is joined by its ids: its index, or a column ``segment``, ``file``, ``id`` or ``name``. An array of
        shape (segments, features) is in the order of the corpus.

    Raises
    ------
    BadFeatures
        When it is something else, or does not fit.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> table_from(toy_corpus(), np.eye(4))
    FeatureTable(4 rows, 4 features)
    >>> table_from(toy_corpus(), np.eye(3))
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: got an array of shape (3, 3) as features; expected a row for each of the 4 ...
    """
    given = given if isinstance(given, FeatureTable) else in_memory(given)
    if isinstance(given, FeatureTable):
        return match(given, corpus)
    if isinstance(given, pd.DataFrame):
        return match(_of_frame(given, corpus), corpus)
    try:
        values = np.asarray(given, dtype=np.float32)
    except (TypeError, ValueError):
        raise BadFeatures(
            f"got {type(given).__name__} as features; expected the name of an extractor, a path, a FeatureTable, a "
            "DataFrame, an array of numbers, or a function of sound"
        ) from None
    if values.ndim != 2 or len(values) != len(corpus):
        raise BadFeatures(
            f"got an array of shape {values.shape} as features; expected a row for each of the {len(corpus)} segments "
            f"of {corpus.name}, in its order; or give a DataFrame whose index names the segments"
        )
    return _keyed(FeatureTable(values, corpus.ids).finite())


def _of_frame(frame: pd.DataFrame, corpus: Corpus) -> FeatureTable:
    notes: tuple[str, ...] = ()
    column = next((name for name in _IDS if name in frame.columns and not pd.api.types.is_float_dtype(frame[name])), "")
    if {"file", "start", "end"} <= {*map(str, frame.index.names)}:
        ids = segment_ids(frame.index)  # type: ignore[arg-type]
    elif column and frame.index.names == [None]:
        ids, frame = frame[column].astype(str).tolist(), frame.drop(columns=column)
    elif isinstance(frame.index, pd.RangeIndex) and len(frame) == len(corpus):
        ids, notes = (
            list(corpus.ids),
            (f"rows of the features name no segments: they are in the order of {corpus.name}",),
        )
    else:
        ids = frame.index.astype(str).tolist()
    numbers = frame.select_dtypes("number")
    if len(set(ids)) < len(ids):
        raise BadFeatures("the DataFrame of features has rows for the same segment; expected one each; drop the others")
    if not numbers.shape[1]:
        raise BadFeatures("the DataFrame of features has no columns of numbers; expected one a feature")
    left = [str(name) for name in frame.columns if name not in numbers.columns]
    notes += (f"columns of the features that are no numbers are left out: {', '.join(left)}",) if left else ()
    values = numbers.to_numpy(np.float32)
    return _keyed(FeatureTable(values, tuple(ids), tuple(map(str, numbers.columns)), notes=notes))


def _keyed(table: FeatureTable) -> FeatureTable:
    return replace(table, key=f"own-{table.fingerprint}")
