"""A far corpus: the clips of a feature set in partitions, whose recordings lie in a folder; no list of them is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from seral_core.corpora.channels import file_and_channel
from seral_core.corpora.corpus import ABOUT, Corpus, rating_frame, segment_index, segment_place
from seral_core.errors import BadCorpus
from seral_core.far.table import FarTable


@dataclass(frozen=True, eq=False)
class FarCorpus(Corpus):
    """Clips whose ids say where they are; of each, only what is asked for is looked up.

    Parameters
    ----------
    table : FarTable
        Its ids are those of the clips.
    who : callable, optional
        Returns who speaks in some clips; left out: nobody knows.

    Examples
    --------
    >>> from seral_core.far.table import far_example
    >>> corpus = far_corpus("calls", far_example(), Path("calls"))
    >>> corpus
    FarCorpus('calls': 5 clips in 2 partitions)
    >>> len(corpus), "d" in corpus.ids, corpus.path("d")[0].as_posix(), corpus.only(["d"]).ids
    (5, True, 'calls/d', ('d',))
    >>> corpus.about
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: this part needs all 5 clips of calls at once, but they lie in partitions; give it a ...
    """

    table: FarTable = None  # type: ignore[assignment]
    who: Callable[[list[str]], list[str | None]] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", self.table.ids)

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        return f"FarCorpus('{self.name}': {len(self):,} clips in {len(self.table.blocks)} partitions)"

    def has(self, segment: str) -> bool:
        """Whether a segment is in the corpus."""
        return segment in self.table

    def here(self, segments: Iterable[str]) -> frozenset[str]:
        """Return those of some segments that are in the corpus; each partition is looked at once."""
        wanted = list(dict.fromkeys(segments))
        return frozenset(i for i, row in zip(wanted, self.table.there(wanted).tolist(), strict=True) if row >= 0)

    def files_of(self, segments: Iterable[str]) -> list[str]:
        """Return the files of those of some segments that are in the corpus, each once."""
        wanted = list(segments)
        here = self.here(wanted)
        return list(dict.fromkeys(segment_place(segment)[0] for segment in wanted if segment in here))

    def speakers_of(self, ids: Iterable[str]) -> list[str | None]:
        """Return who speaks in some segments; None where nobody knows."""
        ids = list(ids)
        return [None] * len(ids) if self.who is None else self.who(ids)

    def only(self, ids: Iterable[str]) -> Corpus:
        """Return a corpus in memory of these segments, in this order; those that are not here are left out."""
        found = self.here(ids := list(dict.fromkeys(ids)))
        here = [segment for segment in ids if segment in found]
        segments = pd.DataFrame(dict.fromkeys(ABOUT), index=segment_index(*_columns(here)), columns=list(ABOUT))
        segments["speaker"] = pd.Series(self.speakers_of(here), index=segments.index, dtype=object)
        return Corpus(
            self.name, segments, self.ratings, self.task, self.root, self.licence, self.citation, self.notes,
            links=self.links, trace_gold=self.trace_gold,
        )  # fmt: skip

    def path(self, segment: str) -> tuple[Path, float, float, int | None]:
        """Return where a segment's audio is; see `Corpus.path`. Raise `KeyError` for one that is not here."""
        if segment not in self.table:
            raise KeyError(segment)
        file, start_s, end_s = segment_place(segment)
        place = self.place(file)
        if place is None:
            raise BadCorpus(f"{self.name} has no audio; open it from a folder with recordings to listen")
        return place[0] / place[1], start_s, end_s, file_and_channel(file)[1]

    @cached_property
    def about(self) -> pd.DataFrame:
        """Speaker, session, sex and split of all clips: not at once."""
        self._refuse()

    def gold(self, target: str) -> pd.Series[Any]:
        """Gold of all clips: not at once."""
        self._refuse()

    def to_frame(self) -> pd.DataFrame:
        """All ratings: not at once."""
        self._refuse()

    @cached_property
    def _position(self) -> dict[str, int]:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise BadCorpus(
            f"this part needs all {len(self):,} clips of {self.name} at once, but they lie in partitions; give it a "
            "part of them: a table that names some clips"
        )


def _columns(ids: list[str]) -> tuple[list[str], list[float], list[float]]:
    places = [segment_place(segment) for segment in ids]
    return [p[0] for p in places], [p[1] for p in places], [p[2] for p in places]


def far_corpus(
    name: str,
    table: FarTable,
    root: Path | None,
    notes: tuple[str, ...] = (),
    *,
    links: bool = False,
    who: Callable[[list[str]], list[str | None]] | None = None,
) -> FarCorpus:
    """Return the clips of a feature set as a corpus without labels.

    Parameters
    ----------
    name : str
        What people call it.
    table : FarTable
        The set.
    root : Path or None
        Folder that the recordings' names are relative to.
    notes : tuple of str
        What the user should know.
    links, who
        As of a `FarCorpus`.
    """
    nothing = pd.DataFrame(columns=list(ABOUT), index=segment_index([]))
    return FarCorpus(name, nothing, rating_frame([]), (), root, notes=notes, links=links, table=table, who=who)
