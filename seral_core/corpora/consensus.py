"""Votes beside the label that a corpus's authors published: what was published stays the gold."""

from __future__ import annotations

from typing import Any

import pandas as pd

from seral_core.corpora.corpus import RATINGS
from seral_core.scores.ratings import gold
from seral_core.types import Target

#: Rater of a published label that the votes alone do not give.
CONSENSUS = "consensus"


def agreed(votes: pd.DataFrame, published: pd.Series[Any], target: Target) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return ratings whose gold is the published label, as votes wherever their majority is that label.

    Parameters
    ----------
    votes : DataFrame
        Columns ``segment target rater value``, all of ``target``; each rater once a segment.
    published : Series
        The label by segment; missing where there was no agreement.
    target : Target
        Has the classes of both.

    Returns
    -------
    ratings : DataFrame
        As ``votes``, in the order of ``published``.
    notes : tuple of str
        How often votes were left out, since they alone give another label.

    Examples
    --------
    >>> said = zip("123", ("anger", "anger", "fear"))
    >>> votes = pd.DataFrame([("a", "emotion", rater, value) for rater, value in said], columns=RATINGS)
    >>> target = Target("emotion", ("anger", "fear"))
    >>> len(agreed(votes, pd.Series({"a": "anger"}), target)[0])
    3
    >>> ratings, notes = agreed(votes, pd.Series({"a": None}), target)
    >>> len(ratings), notes[0][:40]
    (0, '1 clips have another majority than the p')
    """
    majority = gold(votes, target).reindex(published.index)
    same = (majority == published) | (majority.isna() & published.isna())
    kept = votes[votes["segment"].isin(list(published.index[same]))]
    given = published[~same & published.notna()]
    rows = pd.DataFrame(
        {"segment": list(given.index), "target": target.name, "rater": CONSENSUS, "value": list(given)},
        columns=list(RATINGS),
        dtype=object,
    )
    both = pd.concat([kept, rows], ignore_index=True)
    place = {segment: i for i, segment in enumerate(published.index)}
    both = both.iloc[both["segment"].map(place).to_numpy().argsort(kind="stable")].reset_index(drop=True)
    heard = int((~same & published.index.isin(list(votes["segment"]))).sum())
    notes = (
        f"{heard} clips have another majority than the published consensus, which is kept: their votes for "
        f"{target.name} are left out",
    )
    return both.astype(object), notes if heard else ()
