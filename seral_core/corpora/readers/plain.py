"""A folder of recordings without labels, as one starts with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from seral_core.corpora.base import readers
from seral_core.corpora.corpus import Corpus, rating_frame, segment_index
from seral_core.corpora.files import audio_files, few, some_audio
from seral_core.corpora.tables import is_table


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
        notes = [f"no labels were found for these {len(files)} recordings, and no speakers"]
        tables = [p.name for p in sorted(path.iterdir()) if is_table(p)]
        if tables:
            notes.append(f"to take labels from a table, open it by its own path: {few(tables)}")
        segments = pd.DataFrame(index=segment_index(files))
        return Corpus(path.resolve().name, segments, rating_frame([]), (), path, notes=tuple(notes))


readers.register(PlainFolder.name)(PlainFolder())
