"""The clips of a project, too many to be listed: which there are, and random orders of them, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from seral_core.far.table import FarTable
from seral_core.studio.project import LabelProject
from seral_core.studio.stable_random import stable_random

#: So many are put in a rater's own order at once; they are drawn from all at random.
BATCH = 20_000


@dataclass(frozen=True, eq=False)
class FarClips:
    """Clips of a far table, less some; used as a set is.

    Parameters
    ----------
    table : FarTable
        Has the ids.
    begin : float
        Where their random order begins, see `seral_core.far.table.FarTable.drawn`.
    out : frozenset of str
        Clips that do not count.
    keep : callable, optional
        Whether another clip counts; left out: all do.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> clips = FarClips(far_example(), 0.0) - {"b"}
    >>> "a" in clips, "b" in clips, "z" in clips, len(clips), {"a", "b"} & clips
    (True, False, False, 4, frozenset({'a'}))
    >>> some = clips.where(lambda segment: segment < "d")
    >>> [sorted(batch) for batch in some.batches()], "a" in clips - some, "b" in some | {"b"}
    ([['a', 'c']], False, True)
    """

    table: FarTable
    begin: float
    out: frozenset[str] = frozenset()
    keep: Callable[[str], bool] | None = None
    _there: dict[str, bool] = field(default_factory=dict, repr=False)

    def __contains__(self, segment: object) -> bool:
        return isinstance(segment, str) and self.counts(segment) and bool(self._in_table([segment]))

    def __len__(self) -> int:
        """How many there are, without ``keep``, which nobody has asked of all."""
        return len(self.table) - len(self.out)

    def where(self, keep: Callable[[str], bool]) -> FarClips:
        """Return those that a function keeps."""
        return replace(self, keep=_both(self.keep, keep))

    def __sub__(self, other: Collection[str] | FarClips) -> FarClips:
        if isinstance(other, FarClips):
            return replace(self, keep=_both(self.keep, _not(other)))
        return replace(self, out=self.out | (self & frozenset(other)))

    def __and__(self, other: AbstractSet[str]) -> frozenset[str]:
        return frozenset(filter(self.counts, self._in_table(other)))

    __rand__ = __and__

    def __or__(self, other: AbstractSet[str]) -> Either:
        return Either(self, frozenset(other))

    def batches(self) -> Iterator[list[str]]:
        """Yield all of them at random, a batch at a time; those of a batch in no order."""
        for start in range(0, len(self.table.lookup), BATCH):
            names = self.table.names_of(self.table.drawn(self.begin, start, start + BATCH))
            yield [segment for segment in names if self.counts(segment)]

    def _in_table(self, segments: Collection[str]) -> list[str]:
        """Return those of some segments that the table has: looked up together, and once: each answer asks for all."""
        there = self._there
        if new := [segment for segment in segments if segment not in there]:
            there.update(zip(new, (self.table.there(new) >= 0).tolist(), strict=True))
        return [segment for segment in segments if there[segment]]

    def counts(self, segment: str) -> bool:
        """Whether a clip of the table is one of these."""
        return segment not in self.out and (self.keep is None or self.keep(segment))


@dataclass(frozen=True, eq=False)
class Either:
    """Clips that are of one kind or of another."""

    one: FarClips
    other: frozenset[str]

    def __contains__(self, segment: object) -> bool:
        return segment in self.other or segment in self.one


def test_part(studio: LabelProject, ids: Any) -> Any:
    """Return the clips that are set aside for testing: a random share, the same whatever else is in the corpus.

    Parameters
    ----------
    studio : LabelProject
        Says how many.
    ids : iterable of str or FarClips
        All that may be.

    Returns
    -------
    frozenset of str, or FarClips where ``ids`` are

    Examples
    --------
    >>> studio = LabelProject("recordings", ("arousal",), test_share=0.1)
    >>> 80 < len(test_part(studio, (f"{i}.wav" for i in range(1000)))) < 120
    True
    """

    def is_test(segment: str) -> bool:
        return stable_random(studio.seed, "test", segment) < studio.test_share

    return ids.where(is_test) if isinstance(ids, FarClips) else frozenset(filter(is_test, ids))


test_part.__test__ = False  # type: ignore[attr-defined]


def _both(one: Callable[[str], bool] | None, other: Callable[[str], bool]) -> Callable[[str], bool]:
    return other if one is None else lambda segment: one(segment) and other(segment)


def _not(clips: FarClips) -> Callable[[str], bool]:
    return lambda segment: not clips.counts(segment)


class Order:
    """A rater's own random order of some clips, less those that are done with.

    Parameters
    ----------
    clips : frozenset of str or FarClips
        Which ones.
    rank : callable
        Where each stands; of clips that are too many to be listed, within its batch.

    Examples
    --------
    >>> order = Order(frozenset("abc"), ord)
    >>> order.first(lambda segment: segment != "a"), order.first(lambda segment: True)
    ('b', 'b')
    """

    def __init__(self, clips: frozenset[str] | FarClips, rank: Callable[[str], float]) -> None:
        self._more = clips.batches() if isinstance(clips, FarClips) else iter([clips])
        self._here: list[str] = []
        self._rank = rank

    def first(self, free: Callable[[str], bool]) -> str | None:
        """Return the first clip that is free; those before it are not asked about again."""
        while True:
            for place, segment in enumerate(self._here):
                if free(segment):
                    del self._here[:place]
                    return segment
            self._here = []
            batch = next(self._more, None)
            if batch is None:
                return None
            self._here = sorted(batch, key=self._rank)
