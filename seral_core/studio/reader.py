"""A labelling project as a corpus: its recordings, with what people said of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from seral_core.corpora.base import open_corpus, readers
from seral_core.corpora.corpus import Corpus, rating_frame
from seral_core.store import LabelStore
from seral_core.studio.project import FILE, open_project

#: First answers, whatever they were asked for; repeats would count a rater twice.
COUNTED = ("query", "free", "test", "gold")


class LabelledProject:
    """What people labelled with ``seral label``, ready for experiments.

    Examples
    --------
    >>> from seral_core.studio.made import answered, made_project
    >>> corpus = open_corpus(answered(made_project(clips=12), 5))
    >>> len(corpus), int(corpus.gold("emotion").notna().sum())
    (12, 5)
    """

    name: ClassVar[str] = "project"
    pattern: ClassVar[str] = "studio.toml and labels.sqlite, as 'seral label' makes them"

    def recognises(self, path: Path) -> float:
        """Return 1 for the folder of a project."""
        return 1.0 if (path / FILE).is_file() else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the recordings of the project at ``path``, rated by its raters; every vote is kept."""
        studio = open_project(path)
        corpus = open_corpus(studio.corpus, studio.reader or None)
        names, known = {target.name for target in studio.learned}, set(corpus.ids)
        rows = [
            (row.segment, row.target, row.rater, row.value)
            for row in LabelStore(studio.store or path / "labels.sqlite").current()
            if row.kind == "answer" and row.value is not None and row.purpose in COUNTED
            if row.target in names and row.segment in known and row.source != "machine"
        ]
        notes = (f"labels are those of the project {studio.name}, not the corpus's own",)
        return replace(corpus, name=studio.name, ratings=rating_frame(rows), task=studio.learned, notes=notes, _gold={})


readers.register(LabelledProject.name)(LabelledProject())
