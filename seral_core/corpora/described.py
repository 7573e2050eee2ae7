"""What only describes clips, such as who speaks, as a target: the sex of a speaker is learned like an emotion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from seral_core.corpora.corpus import RATINGS, Corpus
from seral_core.corpora.tables import GOLD
from seral_core.types import Target


def with_described(corpus: Corpus, names: Sequence[str]) -> Corpus:
    """Return a corpus with further categories, read from the columns that describe its segments.

    Parameters
    ----------
    corpus : Corpus
        Whose ``segments`` have these columns; a segment without a value has no gold.
    names : sequence of str
        Columns, none of them a target yet.

    Examples
    --------
    >>> with_described(toy_corpus(), ["speaker"]).gold("speaker").tolist()
    ['01', '02', '01', '02']
    """
    targets, rows = [], []
    for name in names:
        values = pd.Series(corpus.segments[name].to_numpy(object), index=list(corpus.ids)).dropna().astype(str)
        targets.append(Target(name, tuple(sorted(values.unique()))))
        columns = {"segment": values.index, "target": name, "rater": GOLD, "value": values.to_numpy(object)}
        rows.append(pd.DataFrame(columns, dtype=object)[list(RATINGS)])
    ratings = pd.concat([corpus.ratings, *rows], ignore_index=True)
    return replace(corpus, task=(*corpus.task, *targets), ratings=ratings)
