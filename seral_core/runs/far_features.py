"""Features in partitions, opened once a process and joined to a corpus by id."""

from __future__ import annotations

from functools import lru_cache

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.files import few
from seral_core.errors import BadFeatures
from seral_core.far.opening import is_far as is_far
from seral_core.far.opening import open_far
from seral_core.far.table import FarTable
from seral_core.features.ready import FEW


@lru_cache(maxsize=4)
def far_features(where: str) -> FarTable:
    """Open a feature set, once a process."""
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
