"""A folder for each class: ``anger/*.wav``, ``sadness/*.wav`` and so on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar

import pandas as pd

from seral_core.corpora.base import readers
from seral_core.corpora.corpus import NOUNS, Corpus, noun, rating_frame, segment_index
from seral_core.corpora.files import audio_files, few, some_audio
from seral_core.corpora.named import INTENDED
from seral_core.errors import BadCorpus
from seral_core.types import Target

#: Folder names that are taken for classes although nobody says so.
EMOTIONS = frozenset(NOUNS.values()) | {"neutral", "calm", "contempt", "amusement", "pride", "relief", "shame", "other"}


@dataclass(frozen=True)
class FolderPerClass:
    """Recordings sorted into folders by class; who speaks is not known.

    A folder counts whose name is an emotion, however deep; without one, the folder that the file
    lies in.

    Examples
    --------
    >>> FolderPerClass().label("happy/one.wav"), FolderPerClass().label("whispered/one.wav")
    ('happiness', 'whispered')
    """

    name: ClassVar[str] = "folder-per-class"
    pattern: ClassVar[str] = "<emotion>/*.wav"

    def label(self, file: str) -> str:
        """Return the class of a relative path, or empty text where it lies in no folder."""
        folders = [noun(part) for part in PurePosixPath(file).parts[:-1]]
        known = [name for name in folders if name in EMOTIONS]
        return (known or folders or [""])[-1]

    def recognises(self, path: Path) -> float:
        """Return how sure it is: nearly all files in folders with at least two emotions between them."""
        labels = [self.label(file) for file in audio_files(path)]
        good = [label for label in labels if label in EMOTIONS]
        return 0.6 if len(set(good)) > 1 and len(good) >= 0.9 * len(labels) else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the folder ``path``; raise `BadCorpus` where no recording lies in a folder below it."""
        labels = {file: self.label(file) for file in some_audio(path)}
        loose = [file for file, label in labels.items() if not label]
        labels = {file: label for file, label in labels.items() if label}
        if not labels:
            raise BadCorpus(
                f"the recordings are in {path} itself, first {loose[0]}; expected a folder for "
                "each class, such as anger/ and sadness/; sort them, or open the folder without "
                "labels by --reader folder"
            )
        task = (Target("emotion", tuple(sorted(set(labels.values())))),)
        ratings = rating_frame((file, "emotion", INTENDED, label) for file, label in labels.items())
        notes = (f"{len(loose)} files left out, they are in no class folder: {few(loose)}",) if loose else ()
        segments = pd.DataFrame(index=segment_index(list(labels)))
        return Corpus(path.resolve().name, segments, ratings, task, path, notes=notes)


readers.register(FolderPerClass.name)(FolderPerClass())
