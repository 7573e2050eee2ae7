"""A folder of recordings without labels, as one starts with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from seral_core.corpora.base import readers
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.corpora.files import audio_files, few, sample, some_audio
from seral_core.corpora.layouts import unclear_in
from seral_core.corpora.tables import WORKBOOKS, is_table


@dataclass(frozen=True)
class PlainFolder:
    """A folder of recordings nobody has labelled: no targets, no speakers.

    Examples
    --------
    >>> PlainFolder().recognises(Path("no such folder"))
    0.0
    """

    name: ClassVar[str] = "folder"
    pattern: ClassVar[str] = "recordings without labels"

    def recognises(self, path: Path) -> float:
        """Return little confidence in any folder of recordings: other readers come first."""
        return 0.1 if audio_files(path) else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the folder ``path``; raise `BadCorpus` where it holds no recordings."""
        files = some_audio(path)
        notes = [f"no labels were found for these {len(files)} recordings, and no speakers; {_remedy(files)}"]
        tables = [p.name for p in sorted(path.iterdir()) if is_table(p)]
        if tables:
            notes.append(f"to take labels from a table, open it by its own path: {few(tables)}")
        others = [
            p.name
            for p in sorted(path.iterdir())
            if p.suffix.lower() in WORKBOOKS and not p.name.startswith(("~", "."))
        ]
        if others:
            notes.append(f"to take labels from {few(others)}, save it as 'CSV UTF-8' in its program and open that")
        segments = pd.DataFrame(index=segment_index(files))
        return Corpus(path.resolve().name, segments, rating_frame([]), (), path, notes=tuple(notes))


def _remedy(files: list[str]) -> str:
    """Return why names say no emotions, where they have words for some, and how to say what they mean."""
    pattern = "{emotion}/*" if any("/" in file for file in files) else "{speaker}_{emotion}_*"
    how = f"--pattern, such as '{pattern}'"
    if unclear := unclear_in(sample(files)):
        return (
            f"names such as {few(unclear)} deny an emotion or say several, and too few others say one: say what they "
            f"mean with {how}"
        )
    return f"if names say them: {how}"


readers.register(PlainFolder.name)(PlainFolder())
