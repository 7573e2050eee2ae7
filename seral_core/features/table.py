"""A feature table: one row of numbers (or one block of frames) per segment, joined by id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadFeatures
from seral_core.look import look
from seral_core.types import Ints
from seral_core.units import are_one_each, checked, one_each, owners, per_row, taken
from seral_core.units import joined as joined_bounds

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """Features of segments, keyed by segment id.

    Parameters
    ----------
    values : array of shape (units, features)
        float32 or float64; may be memory-mapped.
    ids : tuple of str
        Segment ids, one per row, each once.
    names : tuple of str
        Feature names; empty where unknown.
    bounds : Ints of shape (rows + 1,)
        Row ``i`` owns the units ``bounds[i]:bounds[i + 1]``, which are frames in order of time.
        Left out: one unit per row.
    rate_hz : float
        Frames per second; 0 for one unit per row, or where it is not known.
    key : str
        Says what made it (corpus, extractor, parameters); empty where unknown.
    problems : tuple of (str, str)
        Segments that were left out, each with the reason.
    notes : tuple of str
        What was guessed while reading or joining, one sentence each.
    normalised : str
        How values were brought to another scale, and by which pool; empty for features as they were extracted. A
        learner that was trained on the one refuses the other.

    Raises
    ------
    BadFeatures
        When shapes or bounds disagree, or an id is there twice (found when rows are first asked for
        by id).

    Examples
    --------
    >>> table = FeatureTable(np.eye(3), ("a", "b", "c"))
    >>> table.only(["c", "a"]).values
    array([[0., 0., 1.],
           [1., 0., 0.]])
    >>> table.rows(["b", "z"])
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: no features for 1 of 2 segments, first 'z'; extract them or leave the segments out
    """

    values: NDArray[np.floating]
    ids: tuple[str, ...]
    names: tuple[str, ...] = ()
    bounds: Ints = field(default=None)  # type: ignore[arg-type]
    key: str = ""
    problems: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    rate_hz: float = 0.0
    normalised: str = ""

    def __post_init__(self) -> None:
        if self.bounds is None:
            object.__setattr__(self, "bounds", one_each(len(self.values)))
            self.__dict__["plain"] = len(self.values) == len(self.ids)
        else:
            object.__setattr__(self, "bounds", checked(self.bounds, len(self.values), "features"))
        if self.values.ndim != 2 or len(self.bounds) != len(self.ids) + 1:
            raise BadFeatures(
                f"got features of shape {self.values.shape} with {len(self.ids)} ids; expected a "
                "two-dimensional array with one row per id; take both from the same extraction"
            )
        if self.names and len(self.names) != self.values.shape[1]:
            raise BadFeatures(
                f"got {len(self.names)} feature names for {self.values.shape[1]} columns; give one per column"
            )

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        frames = "" if self.plain else f" of {len(self.values)} frames"
        return f"FeatureTable({len(self)} rows{frames}, {self.values.shape[1]} features)"

    def _repr_html_(self) -> str:
        left = f"{len(self.problems)}, first {': '.join(self.problems[0])}" if self.problems else ""
        return look(repr(self), {"made by": self.key, "left out": left, "notes": "; ".join(self.notes)})

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return the values, for numpy."""
        return np.array(self.values, dtype=dtype, copy=copy)

    def __getitem__(self, which: Any) -> FeatureTable:
        """Return rows by id, or by number where a slice, whole numbers or a mask of true and false are given.

        Examples
        --------
        >>> table = FeatureTable(np.eye(3), ("a", "b", "c"))
        >>> table["b"].ids, table[["c", "a"]].ids, table[1:].ids, table[-1].ids, table[table.values[:, 1] < 1].ids
        (('b',), ('c', 'a'), ('b', 'c'), ('c',), ('a', 'c'))
        """
        if isinstance(which, str):
            return self.only([which])
        rows = which if isinstance(which, slice | int | np.integer) else np.asarray(which)
        if isinstance(rows, np.ndarray) and rows.dtype.kind not in "iub":
            return self.only(map(str, which))
        return self.take(np.atleast_1d(np.arange(len(self))[rows]))

    def to_frame(self) -> pd.DataFrame:
        """Return the values with a column per feature, by segment; of frames, a row per frame.

        Examples
        --------
        >>> FeatureTable(np.eye(2), ("a", "b"), ("loudness", "pitch")).to_frame()["pitch"].tolist()
        [0.0, 1.0]
        """
        import pandas as pd

        names = list(self.names) or [f"f{i}" for i in range(self.values.shape[1])]
        index = pd.Index(np.repeat(np.array(self.ids, dtype=object), np.diff(self.bounds)), name="segment")
        return pd.DataFrame(np.asarray(self.values), index=index, columns=names)

    @cached_property
    def _row(self) -> dict[str, int]:
        row = {segment: i for i, segment in enumerate(self.ids)}
        if len(row) < len(self.ids):
            seen: set[str] = set()
            twice = next(i for i in self.ids if i in seen or seen.add(i))  # type: ignore[func-returns-value]
            raise BadFeatures(f"segment '{twice}' has two rows of features; expected one each; remove one")
        return row

    @cached_property
    def plain(self) -> bool:
        """Whether every row owns the one unit of its number."""
        return are_one_each(self.bounds)

    @cached_property
    def marks(self) -> dict[str, bytes]:
        """A hash of each row's values, by id: equal where all values are.

        Examples
        --------
        >>> marks = FeatureTable(np.array([[1.0], [2.0], [1.0]]), ("a", "b", "c")).marks
        >>> marks["a"] == marks["c"], marks["a"] == marks["b"]
        (True, False)
        """
        ends = self.bounds.tolist()
        return {
            segment: hashlib.blake2b(self.values[start:stop].tobytes(), digest_size=16).digest()
            for segment, start, stop in zip(self.ids, ends, ends[1:], strict=False)
        }

    def __contains__(self, segment: object) -> bool:
        return segment in self._row

    def rows(self, ids: Iterable[str]) -> Ints:
        """Return the row numbers of ``ids``, in their order; raise `BadFeatures` for an unknown one."""
        ids = list(ids)
        found = np.fromiter(map(self._row.get, ids, repeat(-1)), np.intp, len(ids))
        if missing := [ids[i] for i in np.flatnonzero(found < 0)]:
            raise BadFeatures(
                f"no features for {len(missing)} of {len(ids)} segments, first '{missing[0]}'; "
                "extract them or leave the segments out"
            )
        return found

    def take(self, rows: Ints | Sequence[int]) -> FeatureTable:
        """Return the rows with these numbers, in this order."""
        rows = np.asarray(rows, dtype=np.intp)
        ids = tuple(map(self.ids.__getitem__, rows.tolist()))
        if self.plain:
            return replace(self, values=self.values[rows], ids=ids, bounds=None)  # type: ignore[arg-type]
        units, bounds = taken(self.bounds, rows)
        return replace(self, values=self.values[units], ids=ids, bounds=bounds)

    def only(self, ids: Iterable[str]) -> FeatureTable:
        """Return the rows with these ids, in this order."""
        return self.take(self.rows(ids))

    def pooled(self) -> FeatureTable:
        """Return a table with one unit per row, the mean of its frames; worked out once.

        Raises
        ------
        BadFeatures
            When a row has no frames.
        """
        return self if self.plain else self._pooled

    @cached_property
    def _pooled(self) -> FeatureTable:
        key = f"{self.key}+mean" if self.key else ""
        values = per_row(self.values, self.bounds)
        return replace(self, values=values, bounds=None, rate_hz=0.0, key=key)  # type: ignore[arg-type]

    def finite(self) -> FeatureTable:
        """Leave out rows without frames or with a value that is not finite, and name them in ``problems``."""
        good = np.isfinite(self.values).all(axis=1)
        empty = np.zeros(0, np.intp) if self.plain else np.flatnonzero(np.diff(self.bounds) == 0)
        if good.all() and not len(empty):
            return self
        why = dict.fromkeys(owners(self.bounds)[~good].tolist(), "features are not finite")
        why |= dict.fromkeys(empty.tolist(), "has no frames")
        keep = np.setdiff1d(np.arange(len(self)), list(why))
        found = tuple((self.ids[row], why[row]) for row in sorted(why))
        return replace(self.take(keep), problems=self.problems + found)

    def left_out(self) -> tuple[str, ...]:
        """Say which segments were left out and why: a sentence each, or one for all that have the same reason.

        Examples
        --------
        >>> FeatureTable(np.array([[1.0], [np.nan], [np.nan]]), ("a", "b", "c")).finite().left_out()
        ('left out 2 clips, b, c: features are not finite',)
        """
        reasons = dict.fromkeys(why for _, why in self.problems)
        alike = {why: [segment for segment, each in self.problems if each == why] for why in reasons}
        return tuple(f"left out {_listed(clips)}: {why}" for why, clips in alike.items())

    @cached_property
    def fingerprint(self) -> str:
        """Hash of ids, values and bounds: tables with equal fingerprints are equal."""
        digest = hashlib.sha256("\n".join(self.ids).encode())
        digest.update(np.ascontiguousarray(self.values).data)
        if not self.plain:
            digest.update(f"{self.rate_hz}".encode() + np.ascontiguousarray(self.bounds, np.int64).data)
        return digest.hexdigest()[:16]


def _listed(clips: Sequence[str], most: int = 3) -> str:
    more = f" and {len(clips) - most} more" if len(clips) > most else ""
    return clips[0] if len(clips) == 1 else f"{len(clips)} clips, {', '.join(clips[:most])}{more}"


def joined(tables: Sequence[FeatureTable]) -> FeatureTable:
    """Return the rows of several tables, one after another; empty ones are passed over.

    Parameters
    ----------
    tables : sequence of FeatureTable
        With the same columns and rate, and no id in two of them; names and notes are those of the
        first.

    Returns
    -------
    FeatureTable
        Of no rows where no table has any.

    Examples
    --------
    >>> joined([FeatureTable(np.eye(2), ("a", "b")), FeatureTable(np.ones((1, 2)), ("c",))]).ids
    ('a', 'b', 'c')
    """
    some = [table for table in tables if len(table)]
    if not some:
        return FeatureTable(np.zeros((0, 0)), ())
    if len(some) == 1:
        return some[0]
    rates = sorted({table.rate_hz for table in some})
    if len(rates) > 1:
        raise BadFeatures(
            f"got tables of {rates[0]:g} and {rates[-1]:g} frames per second to join; expected one "
            "rate; extract all with the same extractor"
        )
    if len({table.normalised for table in some}) > 1:
        raise BadFeatures(
            "got tables to join that were normalised in different ways; expected one scale; join them as they were "
            "extracted, then normalise"
        )
    bounds = None if all(table.plain for table in some) else joined_bounds(table.bounds for table in some)
    ids = tuple(segment for table in some for segment in table.ids)
    values = np.concatenate([table.values for table in some])
    return replace(some[0], values=values, ids=ids, bounds=bounds)  # type: ignore[arg-type]
