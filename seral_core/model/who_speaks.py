"""Who speaks in what is to be predicted: as a user may say it, for every clip that was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from seral_core.corpora.corpus import segment_ids
from seral_core.errors import BadFeatures

#: By segment id, one entry per clip, or one name for all of them.
Speakers: TypeAlias = Mapping[str, str] | Sequence[str | None] | pd.Series | str | None


def who_speaks(
    given: Any, ids: Sequence[str], known: Sequence[str | None], labels: pd.Index[Any] | None = None
) -> list[str | None]:
    """Return who speaks in each clip, as the user says or as is known.

    Parameters
    ----------
    given : mapping, Series, sequence, str or None
        A mapping is by segment id, and what it lacks is as known. A Series is joined by its index; in the order of
        the clips where these have no names, or its own index is only numbers from 0 on. A sequence is in that order.
    ids : sequence of str
        Of all clips that were given, in order.
    known : sequence of (str or None)
        Who speaks as far as is known.
    labels : Index, optional
        What names the clips where the user gave them: of a DataFrame or Series, its index. Left out: nothing does.

    Raises
    ------
    BadFeatures
        When it does not fit.

    Examples
    --------
    >>> who_speaks(pd.Series(["x", "y"], index=["b", "a"]), ["a", "b"], [None, None], pd.Index(["a", "b"]))
    ['y', 'x']
    >>> who_speaks(["x"], ["a", "b"], [None, None])
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: got 1 speakers for 2 clips; expected one for each clip that was given, in their ...
    """
    if given is None:
        return list(known)
    if hasattr(given, "to_pandas"):
        given = given.to_pandas()
    if isinstance(given, pd.Series):
        given = given.to_numpy() if labels is None else _by_index(given, labels)
    if isinstance(given, Mapping):
        return _by_id({str(segment): _name(who) for segment, who in given.items()}, ids, known)
    if isinstance(given, str) or np.ndim(given) == 0:
        return [_name(given)] * len(ids)
    if len(given) != len(ids):
        raise BadFeatures(
            f"got {len(given)} speakers for {len(ids)} clips; expected one for each clip that was given, in their "
            "order (also for those that cannot be used), a mapping from clip to speaker, or one name for all"
        )
    return [_name(each) for each in given]


def _by_id(given: Mapping[str, str | None], ids: Sequence[str], known: Sequence[str | None]) -> list[str | None]:
    if given and ids and not any(segment in given for segment in ids):
        raise BadFeatures(
            f"got speakers of other clips, such as '{next(iter(given))}'; expected those of clips such as '{ids[0]}'; "
            "name the clips as they were given"
        )
    return [given.get(segment, found) for segment, found in zip(ids, known, strict=True)]


def _by_index(given: pd.Series[Any], labels: pd.Index[Any]) -> Any:
    """Return the values of a Series in the order of the clips."""
    index, wanted = _names(given.index), _names(labels)
    if index.equals(wanted):
        return given.to_numpy()
    if index.is_unique and wanted.isin(index).all():
        return given.set_axis(index).reindex(wanted).to_numpy()
    if given.index.equals(pd.RangeIndex(len(labels))):  # nobody named the entries
        return given.to_numpy()
    missing = next((str(each) for each in wanted if each not in index), "")
    raise BadFeatures(
        f"the index of the speakers is not that of the clips (it "
        f"{f'lacks {missing!r}' if missing else 'has a clip twice'}); expected an entry per clip; give both the same "
        "index, a mapping from clip to speaker, or a list in the order of the clips"
    )


def names_of(index: pd.Index[Any]) -> list[str]:
    """Return the ids of clips that an index names: audformat's, or any other as text.

    Examples
    --------
    >>> names_of(pd.Index([3, 1]))
    ['3', '1']
    """
    if isinstance(index, pd.MultiIndex) and {"file", "start", "end"} <= set(index.names):
        return segment_ids(index)
    return [str(each) for each in index]


def _names(index: pd.Index[Any]) -> pd.Index[Any]:
    """Return an index whose entries are segment ids, where it is audformat's."""
    return pd.Index(names_of(index)) if isinstance(index, pd.MultiIndex) else index


def _name(who: Any) -> str | None:
    return None if who is None or pd.isna(who) else str(who)
