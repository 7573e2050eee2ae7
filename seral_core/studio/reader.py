"""A labelling project as a corpus: its recordings, with people's answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from seral_core.corpora.base import readers
from seral_core.corpora.corpus import Corpus, noun, rating_frame
from seral_core.corpora.files import few
from seral_core.errors import BadCorpus
from seral_core.oracles.votes import fits
from seral_core.studio import FILE
from seral_core.types import Task, Value

#: First answers, whatever they were asked for; repeats would count a rater twice.
COUNTED = ("query", "free", "test", "gold")


class LabelledProject:
    """What people labelled with ``seral label``, ready for experiments.

    Examples
    --------
    >>> from seral_core.corpora.base import open_corpus
    >>> from seral_core.studio.testing import answered, made_project
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
        """Open the recordings of the project at ``path``, rated by its raters: each rater's last word on a clip."""
        # Loaded only when a project is opened: every search for a reader comes by here.
        from seral_core.far.corpus import FarCorpus
        from seral_core.studio.heard import other_now
        from seral_core.studio.project import open_project, refuse_circle
        from seral_core.studio.recordings import gone, recordings
        from seral_core.studio.stores import store_of

        if not self.recognises(path):
            raise BadCorpus(f"{path} is no labelling project; expected a folder with {FILE}; check the path")
        studio = open_project(path)
        refuse_circle(path, studio.corpus)
        corpus = recordings(studio)
        task, nouns = _in_nouns(studio.learned)
        asked = {target.name: target for target in studio.learned}
        store = store_of(path, studio)
        answers = store.current()
        known = corpus.here(row.segment for row in answers)
        rows = [
            row
            for row in answers
            if row.kind == "answer" and row.value is not None and row.purpose in COUNTED
            if row.target in asked and row.segment in known and row.source != "machine"
        ]
        votes: dict[tuple[str, str, str], Value] = {
            (row.segment, row.target, row.rater): nouns.get(row.value, row.value)  # type: ignore[arg-type, misc]
            for row in rows
            if fits(asked[row.target], row.value)
        }
        ratings = rating_frame((*place, value) for place, value in votes.items())
        notes: tuple[str, ...] = (f"labels are those of the project {studio.name}, not the corpus's own",)
        notes += gone(answers, corpus) + other_now(store, corpus)
        if isinstance(corpus, FarCorpus):
            notes += (f"of {len(corpus):,} clips those that somebody has labelled are here",)
            corpus = corpus.only(dict.fromkeys(row.segment for row in rows))
        odd = [f"{row.target} is {row.value} by {row.rater}" for row in rows if not fits(asked[row.target], row.value)]
        if odd:
            notes += (f"{len(odd)} answers are left out, their values are not of the project: {few(odd)}",)
        return replace(corpus, name=studio.name, ratings=ratings, task=task, notes=notes, _gold={})


def _in_nouns(task: Task) -> tuple[Task, dict[str, str]]:
    """Return the targets with the field's nouns for classes, and which name became which."""
    nouns = {c: noun(c) for target in task for c in target.classes}
    if len(set(nouns.values())) < len(nouns):
        return task, {}
    return tuple(replace(target, classes=tuple(nouns[c] for c in target.classes)) for target in task), nouns


readers.register(LabelledProject.name)(LabelledProject())
