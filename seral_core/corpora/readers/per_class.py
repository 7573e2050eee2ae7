"""A folder for each class, or names with the class in them: ``anger/*.wav``, ``OAF_sad/*.wav``, ``sad_03.wav``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar

import pandas as pd

from seral_core.corpora.base import readers
from seral_core.corpora.corpus import ABOUT, Corpus, rating_frame, segment_index
from seral_core.corpora.files import audio_files, few, sample, some_audio
from seral_core.corpora.layouts import Layout, layout_of
from seral_core.corpora.named import INTENDED
from seral_core.corpora.words import noun
from seral_core.errors import BadCorpus
from seral_core.types import Target


@dataclass(frozen=True)
class FolderPerClass:
    """Recordings sorted into folders by class, or with the class in their names.

    A folder counts whose name is an emotion or has one in it, in many languages, however deep; where
    folders say no two emotions, names of files do. A file in no such folder is of the class that its
    own folder is called. Who speaks is taken from folders above or below, and words before the
    emotion, where each speaker then has several emotions; else it stays empty.

    Examples
    --------
    >>> reader = FolderPerClass()
    >>> reader.labels(["happy/one.wav", "whispered/one.wav"])
    {'happy/one.wav': 'happiness', 'whispered/one.wav': 'whispered'}
    """

    name: ClassVar[str] = "folder-per-class"
    pattern: ClassVar[str] = "<emotion>/*.wav, or an emotion as a word of folders' or files' names"

    def labels(self, files: list[str], layout: Layout | None = None) -> dict[str, str]:
        """Return the class of each file; those that have none are left out."""
        found = layout or layout_of(files)
        if found.in_names:
            return {file: found.emotions[file] for file in files if file in found.emotions}
        labels = {file: found.emotions.get(file) or _folder(file) for file in files}
        return {file: label for file, label in labels.items() if label}

    def recognises(self, path: Path) -> float:
        """Return how sure it is: nearly all files say one of at least two emotions."""
        files = sample(audio_files(path))
        found = layout_of(files)
        share = 0.9 if found.in_names else 0.5  # beside folders of emotions may lie others, which are left out
        several = len(set(found.emotions.values())) > 1 and len(found.emotions) >= share * len(files)
        return (0.5 if found.in_names else 0.6) if several else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the folder ``path``; raise `BadCorpus` where neither folders nor names say a class."""
        files = some_audio(path)
        layout = layout_of(files)
        labels = self.labels(files, layout)
        loose = [file for file in files if file not in labels]
        if not labels:
            raise BadCorpus(
                f"the recordings are in {path} itself, first {loose[0]}; expected a folder for "
                "each class, such as anger/ and sadness/, or emotions in their names; sort them, say what the names "
                "mean with --pattern, or open the folder without labels by --reader folder"
            )
        notes = []
        if loose:
            why = "their names say no emotion, or several" if layout.in_names else "they are in no class folder"
            notes.append(f"{len(loose)} files left out, {why}: {few(loose)}")
        other = Counter(label for file, label in labels.items() if file not in layout.emotions)
        if other:
            each = [f"{label} ({n})" for label, n in other.items()]
            notes.append(f"no known words for emotions are the folders {few(each)}; they are taken for classes")
        notes += _merged(files, labels)
        task = (Target("emotion", tuple(sorted(set(labels.values())))),)
        ratings = rating_frame((file, "emotion", INTENDED, label) for file, label in labels.items())
        about = {c: [layout.about[c].get(f) for f in labels] for c in ABOUT if c in layout.about}
        segments = pd.DataFrame(about, index=segment_index(list(labels)), dtype=object)
        return Corpus(path.resolve().name, segments, ratings, task, path, notes=(*notes, *layout.notes))


def _merged(files: list[str], labels: Mapping[str, str]) -> list[str]:
    """Say which folders of different names became one class."""
    names: dict[str, set[str]] = {}
    for file in files:
        if file in labels and "/" in file:
            names.setdefault(labels[file], set()).update(
                part.lower() for part in PurePosixPath(file).parts[:-1] if noun(part) == labels[file]
            )
    return [f"{' and '.join(sorted(own))} are one class, {label}" for label, own in names.items() if len(own) > 1]


def _folder(file: str) -> str:
    """Return the class that a file's own folder is called; empty where it lies in none."""
    return noun(PurePosixPath(file).parts[-2]) if "/" in file else ""


readers.register(FolderPerClass.name)(FolderPerClass())
