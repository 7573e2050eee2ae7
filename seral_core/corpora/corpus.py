"""A corpus: segments of recordings, and every rating that was given for them.

Segments have audformat's index ``(file, start, end)``; ratings are kept one by one in long
form. Gold is worked out from the ratings when asked for, so no vote is ever thrown away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.channels import file_and_channel
from seral_core.corpora.segments import INDEX as INDEX
from seral_core.corpora.segments import segment_id as segment_id
from seral_core.corpora.segments import segment_ids as segment_ids
from seral_core.corpora.segments import segment_index as segment_index
from seral_core.corpora.segments import segment_place as segment_place
from seral_core.corpora.traces import check_traces, gold_of_traces
from seral_core.corpora.words import NOUNS as NOUNS
from seral_core.corpora.words import noun as noun
from seral_core.errors import BadCorpus, BadLabel, UnknownName
from seral_core.look import look
from seral_core.scores.ratings import counts, gold
from seral_core.scores.trace_gold import USUAL, TraceGold
from seral_core.types import Target, Task, Trace, Value

ABOUT = ("speaker", "session", "sex", "split")
RATINGS = ("segment", "target", "rater", "value")


@dataclass(frozen=True, eq=False)
class Corpus:
    """Segments of recordings with all their ratings.

    Parameters
    ----------
    name : str
        What people call it.
    segments : DataFrame
        Index ``(file, start, end)``; a file may name one channel, as in ``call.wav#ch2``. Columns ``speaker session
        sex split``, each text or missing.
    ratings : DataFrame
        Columns ``segment target rater value``: one row a vote. The value for a target with a rate is a trace: a tuple
        of numbers, one a frame from the start of the segment, nan where the rater gave none.
    task : tuple of Target
        All annotated quantities, in order; the first is the default.
    root : Path, optional
        Folder that the files are relative to; None where there is no audio.
    licence, citation : str
        What a user must know before using it.
    notes : tuple of str
        What was left out or guessed while reading, one sentence each.
    parts : mapping of str to Path or None
        Of a merged corpus: the folder of each corpus by its name, with which names of files begin.
    columns : mapping of str to str
        Of a table: what each column was taken for.
    written : mapping of str to str
        Of a table: segments as it writes their files, by id, where that is otherwise.
    links : bool
        Whether recordings may be played that lead out of the folder, as links do.
    trace_gold : TraceGold
        How the traces of several raters become the gold of a target with a rate.

    Examples
    --------
    >>> corpus = toy_corpus()
    >>> corpus
    Corpus('toy': 4 segments, 2 speakers, emotion (2 classes), arousal [-1, 1])
    >>> corpus.gold("emotion").tolist()
    ['anger', 'anger', 'sadness', 'sadness']
    >>> corpus.votes("emotion").loc["b.wav"].tolist()
    [2, 1]
    """

    name: str
    segments: pd.DataFrame
    ratings: pd.DataFrame
    task: Task
    root: Path | None = None
    licence: str = ""
    citation: str = ""
    notes: tuple[str, ...] = ()
    parts: Mapping[str, Path | None] = field(default_factory=dict, repr=False)
    columns: Mapping[str, str] = field(default_factory=dict, repr=False)
    written: Mapping[str, str] = field(default_factory=dict, repr=False)
    links: bool = False
    trace_gold: TraceGold = USUAL
    _gold: dict[tuple[str, TraceGold], pd.Series[Any]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        ids = segment_ids(self.segments.index)  # type: ignore[arg-type]
        object.__setattr__(self, "ids", tuple(ids))
        if len(set(ids)) < len(ids):
            twice = pd.Index(ids)[pd.Index(ids).duplicated()][0]
            raise BadCorpus(f"segment {twice} is in {self.name} twice; each needs a row of its own: remove one")
        missing = [column for column in ABOUT if column not in self.segments.columns]
        if missing:
            object.__setattr__(self, "segments", self.segments.assign(**dict.fromkeys(missing, None)))

    ids: tuple[str, ...] = field(init=False, repr=False)

    def __len__(self) -> int:
        return len(self.segments)

    def __repr__(self) -> str:
        def say(t: Target) -> str:
            what = f"{t.name} [{t.low:g}, {t.high:g}]" if t.is_scale else f"{t.name} ({len(t.classes)} classes)"
            return f"{what} at {t.rate_hz:g} Hz" if t.rate_hz else what

        speakers = self.segments["speaker"].nunique()
        targets = ", ".join(map(say, self.task)) or "no labels"
        return f"Corpus('{self.name}': {len(self)} segments, {speakers} speakers, {targets})"

    def _repr_html_(self) -> str:
        return look(repr(self), {"ratings": len(self.ratings), "licence": self.licence, "notes": "; ".join(self.notes)})

    def to_frame(self) -> pd.DataFrame:
        """Return all ratings, a row each, with columns of one type: what parquet and other libraries take.

        Returns
        -------
        DataFrame
            ``segment``, ``target``, ``rater``, ``word`` (of a category) and ``number`` (of a scale), and ``file``,
            ``start``, ``end`` (seconds; missing to the end of the file), ``speaker``, ``session``, ``sex``, ``split``.
            Where targets have a rate, also ``trace``, a list of numbers.

        Examples
        --------
        >>> toy_corpus().to_frame()[["segment", "word", "number"]].iloc[[0, 12]].values.tolist()
        [['a.wav', 'anger', nan], ['a.wav', <NA>, 0.8]]
        """
        timed = self.ratings["target"].isin([target.name for target in self.task if target.rate_hz])
        scale = self.ratings["target"].isin([target.name for target in self.task if target.is_scale]) & ~timed
        frame = pd.DataFrame({name: self.ratings[name].astype("string") for name in ("segment", "target", "rater")})
        frame["word"] = self.ratings["value"].where(~(scale | timed)).astype("string")
        frame["number"] = pd.to_numeric(self.ratings["value"].where(scale))
        if timed.any():
            values = [list(v) if in_time else None for v, in_time in zip(self.ratings["value"], timed, strict=True)]
            frame["trace"] = pd.Series(values, frame.index, dtype=object)
        places = pd.DataFrame(map(segment_place, self.ids), index=self.about.index, columns=list(INDEX))
        about = places.join(self.about.astype("string"))
        return frame.join(about.astype({"file": "string"}), on="segment")

    @cached_property
    def about(self) -> pd.DataFrame:
        """Speaker, session, sex and split by segment id; of a merged corpus, also which corpus it comes from.

        Of stretches (`seral_core.corpora.stretches`), also which recording each is a part of.
        """
        in_parts = any(target.rate_hz for target in self.task) and "recording" in self.segments
        columns = [*ABOUT, *["corpus"] * bool(self.parts), *["recording"] * in_parts]
        return self.segments.set_axis(pd.Index(self.ids, name="segment"))[columns]

    def speakers_of(self, ids: Iterable[str]) -> list[str | None]:
        """Return who speaks in some segments; None where nobody knows, or there is no such segment.

        Examples
        --------
        >>> toy_corpus().speakers_of(["b.wav", "nowhere.wav"])
        ['02', None]
        """
        found = self.about["speaker"].reindex(list(ids))
        return [speaker if isinstance(speaker, str) else None for speaker in found]

    def has(self, segment: str) -> bool:
        """Whether a segment is in the corpus.

        Examples
        --------
        >>> toy_corpus().has("b.wav"), toy_corpus().has("nowhere.wav")
        (True, False)
        """
        return segment in self._position

    def here(self, segments: Iterable[str]) -> frozenset[str]:
        """Return those of some segments that are in the corpus.

        Examples
        --------
        >>> toy_corpus().here(["b.wav", "nowhere.wav"])
        frozenset({'b.wav'})
        """
        return frozenset(segment for segment in segments if segment in self._position)

    def files_of(self, segments: Iterable[str]) -> list[str]:
        """Return the files that some segments are parts of, as far as the corpus has them, each once.

        Examples
        --------
        >>> toy_corpus().files_of(["b.wav#0.000-1.000", "nowhere.wav", "b.wav"])
        ['b.wav']
        """
        known = set(self.segments.index.get_level_values("file"))
        return [file for file in dict.fromkeys(segment_place(segment)[0] for segment in segments) if file in known]

    def target(self, name: str) -> Target:
        """Return the target called ``name``, or raise `UnknownName`."""
        for target in self.task:
            if target.name == name:
                return target
        raise UnknownName("target", name, [t.name for t in self.task])

    def of(self, target: str) -> pd.DataFrame:
        """Return the ratings of one target."""
        self.target(target)
        of_target: pd.DataFrame = self.ratings.iloc[self._rows.get(target, [])]
        return of_target

    def gold(self, target: str) -> pd.Series[Any]:
        """Gold by segment id: the majority of the votes, or their mean on a scale; a trace where the target has a rate.

        Returns
        -------
        Series of length ``len(corpus)``
            Missing where nobody rated, or where no class has more votes than every other. Traces are tuples of one
            number a frame, by the rule `trace_gold`, with nan for frames without gold.
        """
        key = target, self.trace_gold
        if key not in self._gold:
            about, votes = self.target(target), self.of(target)
            traced = about.rate_hz > 0
            found = gold_of_traces(votes, about, self.trace_gold) if traced else gold(votes, about)
            found = found.reindex(list(self.ids))
            self._gold[key] = found.where(found.notna(), None) if traced else found
        return self._gold[key]

    def votes(self, target: str) -> pd.DataFrame:
        """Count votes, of shape (rated segments, classes)."""
        return counts(self.of(target), self.target(target).classes)

    def only(self, ids: Iterable[str]) -> Corpus:
        """Return the corpus with only these segments, in their order here."""
        wanted = set(ids)
        keep = [i in wanted for i in self.ids]
        ratings = self.ratings[self.ratings["segment"].isin(list(wanted))]
        return replace(self, segments=self.segments[keep], ratings=ratings, _gold={})

    def path(self, segment: str) -> tuple[Path, float, float, int | None]:
        """Return where a segment's audio is: its file, start and end in seconds (nan: to the end), and channel.

        Channels are counted from 1; None is all of them. `seral_core.features.audio.read_segment` takes these four.
        """
        file, start, end = self.segments.index[self._position[segment]]
        place = self.place(file)
        if place is None:
            raise BadCorpus(f"{self.name} has no audio; open it from a folder with recordings to listen")
        seconds = float("nan") if pd.isna(end) else end.total_seconds()
        return place[0] / place[1], start.total_seconds(), seconds, file_and_channel(file)[1]

    def place(self, file: str) -> tuple[Path, str] | None:
        """Return the folder that a file belongs to, and its name in there; None where there is no audio.

        A channel, as in ``call.wav#ch2``, is no part of the name.

        Examples
        --------
        >>> toy_corpus().place("a.wav"), replace(toy_corpus(), root=Path("toy")).place("a.wav")
        (None, (PosixPath('toy'), 'a.wav'))
        """
        name, _, rest = file.partition("/")
        folder, rest = (self.parts.get(name), rest) if self.parts else (self.root, file)
        return None if folder is None else (folder, file_and_channel(rest)[0])

    @cached_property
    def _rows(self) -> dict[str, Any]:
        return rows_by_target(self.ratings)

    @cached_property
    def _position(self) -> dict[str, int]:
        return {segment: i for i, segment in enumerate(self.ids)}


def rating_frame(rows: Iterable[tuple[str, str, str, Value | Trace]]) -> pd.DataFrame:
    """Return ratings in long form from ``(segment, target, rater, value)`` rows.

    Returns
    -------
    DataFrame
        Columns ``segment target rater value``, a row per vote.

    Examples
    --------
    >>> rating_frame([("a.wav", "emotion", "r1", "anger"), ("a.wav", "arousal", "r1", 0.5)])
      segment   target rater  value
    0   a.wav  emotion    r1  anger
    1   a.wav  arousal    r1    0.5
    """
    return pd.DataFrame(list(rows), columns=list(RATINGS), dtype=object)


def rows_by_target(ratings: pd.DataFrame) -> dict[str, Any]:
    """Return the positions of each target's rows: found once, since a table may have thousands of targets.

    Parameters
    ----------
    ratings : DataFrame
        With a column ``target``; rows without one are left out.

    Examples
    --------
    >>> rows = rows_by_target(toy_corpus().ratings)
    >>> {target: positions.tolist() for target, positions in rows.items()}["arousal"]
    [12, 13, 14, 15]
    """
    found = ratings.groupby("target", sort=False, observed=True).indices
    return {str(target): np.asarray(positions, dtype=np.intp) for target, positions in found.items()}


def checked(ratings: pd.DataFrame, task: Task) -> pd.DataFrame:
    """Return ``ratings`` when every value fits its target.

    Raises
    ------
    BadCorpus
        When a value does not fit; the message names its segment.

    Examples
    --------
    >>> votes = rating_frame([("a.wav", "arousal", "r1", 7)])
    >>> len(checked(votes, (Target("arousal", low=1, high=9),)))
    1
    >>> checked(votes, (Target("arousal"),))
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: segment a.wav: arousal is 7; expected a number in [-1, 1]; ...
    """
    places, values = rows_by_target(ratings), ratings["value"].to_numpy(dtype=object)
    for target in task:
        rows = places.get(target.name, [])
        if target.rate_hz:
            check_traces(ratings.iloc[rows], target)
            continue
        for value in pd.unique(values[rows]):
            try:
                target.check(value)
            except BadLabel as wrong:
                segment = ratings["segment"].iloc[rows[values[rows] == value][0]]
                raise BadCorpus(f"segment {segment}: {wrong}") from None
    return ratings


def toy_corpus() -> Corpus:
    """Four clips of two speakers without audio, for examples and tests.

    Examples
    --------
    >>> toy_corpus().about["speaker"].to_dict()
    {'a.wav': '01', 'b.wav': '02', 'c.wav': '01', 'd.wav': '02'}
    """
    files = ["a.wav", "b.wav", "c.wav", "d.wav"]
    votes = {"a.wav": "aaa", "b.wav": "aas", "c.wav": "sss", "d.wav": "ssa"}
    names = {"a": "anger", "s": "sadness"}
    rows: list[tuple[str, str, str, Value]] = [
        (file, "emotion", f"r{i}", names[v]) for file, vs in votes.items() for i, v in enumerate(vs, 1)
    ]
    rows += [(file, "arousal", "r1", value) for file, value in zip(files, (0.8, 0.5, -0.4, -0.6), strict=True)]
    segments = pd.DataFrame({"speaker": ["01", "02", "01", "02"]}, index=segment_index(files))
    task = (Target("emotion", ("anger", "sadness")), Target("arousal"))
    return Corpus("toy", segments, rating_frame(rows), task)
