"""Features in partitions, opened once a process and joined to a corpus by id."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import few
from seral_core.errors import BadFeatures
from seral_core.far.agreed import check_agreed
from seral_core.far.opening import is_far as is_far
from seral_core.far.opening import open_far
from seral_core.far.table import FarTable
from seral_core.features.ready import FEW
from seral_core.features.table import FeatureTable


@lru_cache(maxsize=4)
def far_features(where: str) -> FarTable:
    """Open a feature set, once a process; one elsewhere only where the user has named that place."""
    check_agreed(where)
    return open_far(where)


def joined(table: FarTable, corpus: Corpus) -> FarTable:
    """Return the rows of a corpus's segments, in the order of the feature set.

    Raises
    ------
    BadFeatures
        When 5 % or more of the segments have none.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> from seral_core.far.table import far_example
    >>> joined(far_example(), toy_corpus())
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: no features for 4 of 4 segments of toy, first a.wav, b.wav, c.wav ...
    """
    rows = table.there(corpus.ids)
    missing = [segment for segment, row in zip(corpus.ids, rows.tolist(), strict=True) if row < 0]
    if len(missing) >= FEW * len(corpus):
        raise BadFeatures(
            f"no features for {len(missing)} of {len(corpus)} segments of {corpus.name}, first {few(missing)} (first "
            f"id in the features: '{next(iter(table.ids), '')}'); expected a row for each; extract the missing ones, "
            "or write the segments' ids as the corpus has them"
        )
    found = table.among(rows[rows >= 0])
    problems = tuple((segment, "has no features") for segment in missing)
    found.__dict__.update(problems=problems)
    return found


#: Features that may be brought into memory for what needs them so, in bytes.
MOST_BYTES = 2 * 2**30


def in_memory_for(where: str, corpus: Corpus) -> FeatureTable:
    """Return the features of a corpus from a set in partitions, in memory, for what needs them all at once.

    Parameters
    ----------
    where : str
        The set.
    corpus : Corpus
        Whose segments are wanted.

    Raises
    ------
    BadFeatures
        When they take more than `MOST_BYTES`.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> from seral_core.far.place import Place
    >>> from seral_core.far.writing import Writer
    >>> writer = Writer(Place(tempfile.mkdtemp()))
    >>> writer.write(0, toy_corpus().ids, np.eye(4))
    >>> in_memory_for(writer.finish(1).address, toy_corpus())
    FeatureTable(4 rows, 4 features)
    """
    table = joined(far_features(where), corpus)
    size = 4 * len(table) * table.values.shape[1]
    if size > MOST_BYTES:
        raise BadFeatures(
            f"the features of {len(table):,} clips at {where} take {size / 2**30:.1f} GiB, and labelling needs them in "
            f"memory; expected {MOST_BYTES / 2**30:.0f} GiB at most; label a part of the corpus: a "
            "table that names some of its clips"
        )
    found = table.take(range(len(table)))
    return replace(found, problems=table.problems)
