"""The recordings of a project, as sessions and trainer both see them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from seral_core.corpora import recording
from seral_core.corpora.base import read_corpus
from seral_core.corpora.corpus import Corpus, segment_place
from seral_core.corpora.files import few
from seral_core.corpora.stretches import WHOLE, in_stretches
from seral_core.errors import BadCorpus
from seral_core.far.corpus import FarCorpus
from seral_core.runs.far_features import far_features
from seral_core.store import Answer
from seral_core.studio.clips import FarClips
from seral_core.studio.far_recordings import far_recordings, far_set
from seral_core.studio.ids_alone import ids_alone
from seral_core.studio.project import LabelProject
from seral_core.studio.stable_random import stable_random

#: Of the sound before a stretch.
LEAD_IN_S = 2.0


class Away(BadCorpus):
    """Recordings that are not there now, all together: their disk was taken out, say, and may come back."""


def recordings(studio: LabelProject) -> Corpus:
    """Open the corpus of a project, in stretches where it asks for them, less clips whose names no store can hold.

    Raises
    ------
    BadCorpus
        When it cannot be read.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> from seral_core.studio.project import open_project
    >>> len(recordings(open_project(made_project(clips=6))))
    6
    """
    if (table := far_set(studio.features, studio.dask)) is not None:
        return far_recordings(studio, table)
    if ids_alone(studio.corpus, studio.features):
        few_clips = far_recordings(studio, far_features(studio.features))
        return few_clips.only(few_clips.ids)
    corpus = read_corpus(studio.corpus, studio.how)
    corpus = corpus if corpus.links == studio.links else replace(corpus, links=studio.links)
    if studio.stretch:
        corpus = in_stretches(
            corpus, studio.stretch, rate_hz=min(target.rate_hz for target in studio.task if target.rate_hz)
        )
    good = [segment for segment in corpus.ids if is_text(segment)]
    if len(good) == len(corpus):
        return corpus
    note = f"{len(corpus) - len(good)} clips are left out: their names are not text; rename them"
    return replace(corpus.only(good), notes=(*corpus.notes, note))


def gone(answers: Iterable[Answer], corpus: Corpus) -> tuple[str, ...]:
    """Return a note where people answered on clips that a corpus has not got, as where a recording is lost.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> gone([Answer("1", "lost.wav", "emotion", "anger", rater="r")], toy_corpus())
    ('1 answer is for a clip that is not there: lost.wav; it is kept, but not used; put the recording back as it was',)
    """
    given = [row.segment for row in answers if row.kind == "answer"]
    here = corpus.here(given)
    lost = [segment for segment in given if segment not in here]
    if not lost:
        return ()
    one = len(lost) == 1
    return (
        f"{len(lost)} answer{' is' if one else 's are'} for {'a clip that is' if one else 'clips that are'} not there: "
        f"{few(list(dict.fromkeys(lost)))}; {'it is' if one else 'they are'} kept, but not used; put the "
        f"recording{'s' * (not one)} back as {'it was' if one else 'they were'}",
    )


def clips_of(studio: LabelProject, corpus: Corpus) -> frozenset[str] | FarClips:
    """Return all clips of a project, as its queue deals them.

    Examples
    --------
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> sorted(clips_of(LabelProject("toy", ("emotion=anger,sadness",)), toy_corpus()))
    ['a.wav', 'b.wav', 'c.wav', 'd.wav']
    """
    if isinstance(corpus, FarCorpus):
        return FarClips(corpus.table, stable_random(studio.seed, "begin"))
    return frozenset(corpus.ids)


def check_there(corpus: Corpus, segment: str = "") -> None:
    """Raise `Away` where the folder of the recordings, or that of one clip, is gone or empty.

    Where a disk is taken out, the folder that showed it goes or stays behind empty. A clip that is
    missing among others is no such case.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from seral_core.corpora.corpus import toy_corpus
    >>> check_there(replace(toy_corpus(), root=Path("nowhere")))
    Traceback (most recent call last):
    seral_core.studio.recordings.Away: nowhere is gone or empty; expected the recordings; put them back, or mount ...
    """
    if corpus.root is None:
        return
    found = corpus.place(segment_place(segment)[0]) if segment else None
    root = place = found[0] if found else corpus.root
    if segment and _holds_anything(place):
        place = corpus.path(segment)[0].parent
        while place != root and not place.is_dir():
            place = place.parent
    if not _holds_anything(place):
        raise Away(f"{place} is gone or empty; expected the recordings; put them back, or mount their disk again")


def _holds_anything(folder: Path) -> bool:
    try:
        with os.scandir(folder) as found:
            return any(found)
    except OSError:
        return False


def duration_s(corpus: Corpus, segment: str) -> float | None:
    """Return how long a clip is, from its times or the header of its file; None where nobody knows.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> from seral_core.studio.project import open_project
    >>> duration_s(recordings(open_project(made_project(clips=6))), "0000.wav")
    """
    if corpus.root is None:
        return None
    path, start_s, end_s, _ = corpus.path(segment)
    end_s = end_s if end_s == end_s else recording.duration_s(path)
    if end_s != end_s:
        return None
    return round(max(end_s - start_s, 0.0), 3)


def lead_in_s(corpus: Corpus, segment: str) -> float:
    """Return how many seconds of a recording are played before a stretch of it, so that a rater is in the midst of it.

    Examples
    --------
    >>> from seral_core.corpora.corpus import rating_frame, segment_index, toy_corpus
    >>> from seral_core.types import Target
    >>> rows = [("a.wav", "arousal", "r", (0.5,) * 30)]
    >>> index = toy_corpus().segments.iloc[:1]
    >>> parts = in_stretches(Corpus("one", index, rating_frame(rows), (Target("arousal", rate_hz=1.0),)), 10)
    >>> [lead_in_s(parts, segment) for segment in parts.ids], lead_in_s(toy_corpus(), "a.wav")
    ([0.0, 2.0, 2.0], 0.0)
    """
    if WHOLE not in corpus.segments or segment not in corpus.ids:
        return 0.0
    whole = str(corpus.segments[WHOLE].iloc[corpus.ids.index(segment)])
    return round(max(0.0, min(LEAD_IN_S, segment_place(segment)[1] - segment_place(whole)[1])), 3)


def is_text(name: str) -> bool:
    r"""Whether a name can be written down; names of files need not be.

    Examples
    --------
    >>> is_text("größe.wav"), is_text("\udcff.wav")
    (True, False)
    """
    try:
        return "\0" not in name and bool(name.encode())
    except UnicodeEncodeError:
        return False
