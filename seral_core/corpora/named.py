"""Corpora whose file names say everything: who speaks, and which emotion was acted."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar

import pandas as pd

from seral_core.corpora.copies import same_sound
from seral_core.corpora.corpus import Corpus, noun, rating_frame, segment_index
from seral_core.corpora.files import LOSSLESS, audio_files, few, sample, some_audio
from seral_core.errors import BadCorpus
from seral_core.types import Target

#: What a file name says: ``emotion`` and ``speaker``, perhaps ``sex``, and whatever else the corpus
#: has.
Said = Mapping[str, str | None]

_ADDED = re.compile(
    r"(?:[_\-. ](?:(?:8|16|22|24|32|44|48)(?:\.\d+)? ?k(?:hz)?|(?:8|16|22|24|32|44|48)[01]\d{2}(?: ?hz)?"
    r"|mono|16bit|resampled|converted|norm|normali[sz]ed|trimmed|copy|\(\d\))| \(\d\))+$",
    re.IGNORECASE,
)

#: Rater of an emotion that an actor was asked to show.
INTENDED = "intended"


@dataclass(frozen=True)
class NamedFiles:
    """Base of readers that understand file names; a new one gives `parse` and four facts.

    Attributes
    ----------
    name, licence, citation : str
        What people call the corpus, and what a user must know.
    pattern : str
        The file name in words, for messages.

    Examples
    --------
    >>> from seral_core.corpora.readers.emodb import EmoDB
    >>> EmoDB().parse("wav/03a01Fa.wav")["emotion"]
    'happiness'
    """

    name: ClassVar[str]
    pattern: ClassVar[str]
    licence: ClassVar[str] = ""
    citation: ClassVar[str] = ""

    def parse(self, file: str) -> Said | None:
        """Return what the relative path ``file`` says, or None where it is not of this corpus."""
        raise NotImplementedError

    def parsed(self, file: str) -> Said | None:
        """Return what the name of a file says, also where a copy has the corpus's name or a sampling rate added."""
        found = self.parse(file)
        if found is not None:
            return found
        bare = _bare(file, self.name)
        return self.parse(bare) if bare != file else None

    def recognises(self, path: Path) -> float:
        """Return how sure it is, from 0 to 1: nearly all names must fit."""
        files = sample(audio_files(path))
        good = sum(self.parsed(file) is not None for file in files)
        odd = len(files) - good
        fits = good > odd and odd <= max(2, 0.1 * len(files))
        return 0.75 + 0.25 * good / len(files) if fits else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the folder ``path``; files with other names are left out and noted.

        Raises
        ------
        BadCorpus
            When there are no recordings, or none of them has a name of this corpus.
        """
        files = some_audio(path)
        by_file = {file: parsed for file in files if (parsed := self.parsed(file)) is not None}
        if not by_file:
            raise BadCorpus(
                f"no file below {path} has the name of a {self.name} file, first {files[0]}; "
                f"expected names like {self.pattern}; check the path or choose another reader"
            )
        kept, notes = _once(by_file, self.name, path)
        odd = [file for file in files if file not in by_file]
        if odd:
            notes.append(f"{len(odd)} files left out, their names are not of {self.name}: {few(odd)}")
        return self.build(path, kept, tuple(notes))

    def build(self, path: Path, by_file: Mapping[str, Said], notes: tuple[str, ...]) -> Corpus:
        """Return the corpus of the files in ``by_file``."""
        about = pd.DataFrame(list(by_file.values()), index=segment_index(list(by_file)))
        emotions = {file: noun(one["emotion"]) for file, one in by_file.items() if one["emotion"]}
        ratings = rating_frame((file, "emotion", INTENDED, emotion) for file, emotion in emotions.items())
        task = (Target("emotion", tuple(sorted(set(emotions.values())))),)
        segments = about.drop(columns="emotion")
        if len(emotions) < len(by_file):
            notes += (f"{len(by_file) - len(emotions)} files have no emotion whose meaning is known",)
        return Corpus(self.name, segments, ratings, task, path, self.licence, self.citation, notes)


def _once(by_file: Mapping[str, Said], corpus: str, root: Path) -> tuple[dict[str, Said], list[str]]:
    """Keep one file of each clip: archives in circulation hold some corpora twice.

    A copy says the same in its name, of whatever part of the corpus it is, and is the same sound, or lies at the same
    place of another copy of the whole corpus.
    """
    clips: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for file, one in by_file.items():
        said = tuple(sorted((name, value or "") for name, value in one.items() if name != "split"))
        clips[(PurePosixPath(_bare(file, corpus)).stem.lower(), said)].append(file)
    copies: dict[str, str] = {}
    for files in clips.values():
        kept: list[str] = []
        for file in sorted(files, key=lambda name: not _lossless(name)):
            own = next((other for other in kept if _is_copy(file, other, root)), None)
            if own is None:
                kept.append(file)
            else:
                copies[file] = own
    gone = [file for file in by_file if file in copies]
    notes = [f"{len(gone)} files left out, they are copies of another: {few(gone)}"] if gone else []
    odd = [file for file in gone if not same_sound(root / file, root / copies[file])]
    if odd:
        notes.append(
            f"{len(odd)} of the files left out sound otherwise than what they are copies of by name: {few(odd)}"
        )
    return {file: one for file, one in by_file.items() if file not in copies}, notes


def _is_copy(file: str, other: str, root: Path) -> bool:
    one, two = sorted((f"/{file}", f"/{other}"), key=len)
    return two.endswith(one) or same_sound(root / file, root / other)


def _bare(file: str, corpus: str) -> str:
    """Return a file's name without what copies in circulation add: the corpus's name, a sampling rate and the like.

    Examples
    --------
    >>> _bare("16k/RAVDESS_03-01-05-01-01-01-12_16kHz.wav", "ravdess")
    '16k/03-01-05-01-01-01-12.wav'
    """
    folder, slash, name = file.rpartition("/")
    whole, ending = os.path.splitext(name)
    stem = _ADDED.sub("", whole)
    if stem.lower().startswith(corpus) and stem[len(corpus) :][:1] in ("_", "-", " "):
        stem = stem[len(corpus) + 1 :]
    return f"{folder}{slash}{stem}{ending}" if stem else file


def _lossless(file: str) -> bool:
    return PurePosixPath(file).suffix.lower() in LOSSLESS
