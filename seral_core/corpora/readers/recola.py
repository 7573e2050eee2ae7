"""RECOLA as in the AVEC challenges of 2015 to 2018: folders of gold and of single raters, a file for each recording."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import ClassVar

import pandas as pd

from seral_core.corpora.base import readers
from seral_core.corpora.corpus import Corpus, segment_index
from seral_core.corpora.files import audio_files, few
from seral_core.corpora.samples import Samples, traces_of, with_lengths
from seral_core.corpora.tables import GOLD
from seral_core.corpora.trace_files import TIME, read_columns, samples_in, time_note
from seral_core.corpora.usual_names import squashed
from seral_core.errors import BadCorpus

GOLD_FOLDER, RATERS_FOLDER = "ratings_gold_standard", "ratings_individual"
STEP_S = 0.04
_ENDINGS = (".arff", ".csv")
_PART = re.compile(r"(train|dev|devel|test)(?:elopment)?[_-]?\w*", re.IGNORECASE)
_ALL = re.compile(r"(?:^|_)(?:all|concat)(?:$|_)", re.IGNORECASE)
_PARTS = {"train": "train", "dev": "dev", "devel": "dev", "test": "test"}


@dataclass(frozen=True)
class Recola:
    """Folders ``ratings_gold_standard/arousal`` and ``ratings_individual/arousal``, with ``train_1.arff`` or ``.csv``.

    The gold that was given out counts as the gold; the raters' own traces are kept beside it. Every recording is one of
    a speaker of its own. Recordings (``recordings_audio/train_1.wav``) may be missing, and so may labels of test
    recordings.

    Parameters
    ----------
    ranges : mapping of target to (low, high)
        Native ranges; left out: [-1, 1].

    Examples
    --------
    >>> Recola().recognises(Path("no/such/folder"))
    0.0
    """

    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    name: ClassVar[str] = "recola"
    pattern: ClassVar[str] = "ratings_gold_standard/arousal/train_1.arff and ratings_individual/arousal/train_1.csv"
    licence: ClassVar[str] = "for research, on request: see https://diuf.unifr.ch/main/diva/recola"
    citation: ClassVar[str] = (
        "Ringeval, Sonderegger, Sauer and Lalanne, Introducing the RECOLA multimodal corpus of remote collaborative "
        "and affective interactions, EmoSPACE 2013"
    )

    def recognises(self, path: Path) -> float:
        """Return how sure it is: such folders are found nowhere else."""
        return 0.97 if any((path / name).is_dir() for name in (GOLD_FOLDER, RATERS_FOLDER)) else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the folder that holds the two.

        Raises
        ------
        BadCorpus
            When there is no file with traces, or one cannot be read.
        """
        files = {kind: _files(path / kind) for kind in (GOLD_FOLDER, RATERS_FOLDER)}
        if not any(files.values()):
            raise BadCorpus(f"{path} has no traces below it; expected {self.pattern}; check the path")
        audio = {PurePosixPath(name).stem.lower(): name for name in audio_files(path)}
        some: list[Samples] = []
        notes: dict[str, None] = {}
        for kind, found in files.items():
            for target, file in found:
                segment = audio.get(file.stem.lower(), f"{file.stem}.wav")
                columns = read_columns(file, ["gold"] if kind == GOLD_FOLDER else [])
                if note := time_note(columns, STEP_S):
                    notes[f"{file.parent.name}: {note}"] = None
                some += samples_in(file, segment, _raters(file, kind, target, columns), columns, STEP_S)
        task, ratings, about = traces_of(some, self.ranges)
        return self._corpus(path, audio, (task, ratings), (*notes, *about, *_both(files)))

    def _corpus(
        self, path: Path, audio: dict[str, str], labels: tuple[tuple[object, ...], pd.DataFrame], notes: tuple[str, ...]
    ) -> Corpus:
        task, ratings = labels
        rated = list(dict.fromkeys(ratings["segment"]))
        # Recordings of a part are of the corpus though nobody gave out their labels; other sound is not.
        more = [name for stem, name in audio.items() if name not in rated and _PART.fullmatch(stem)]
        names = sorted([*rated, *more])
        stems = [PurePosixPath(name).stem for name in names]
        splits = [_PARTS[part[1].lower()] if (part := _PART.fullmatch(stem)) else None for stem in stems]
        segments = pd.DataFrame({"speaker": stems, "split": splits}, index=segment_index(names), dtype=object)
        lacks = [name for name in rated if name not in audio.values()]
        if audio and lacks:
            notes = (*notes, f"{len(lacks)} of {len(names)} recordings are not there: {few(lacks)}")
        root = path if set(names) & set(audio.values()) else None
        notes = (*notes, *(["no audio: none of the recordings is in the folder"] if root is None else []))
        corpus = Corpus(self.name, segments, ratings, task, root, self.licence, self.citation, notes)  # type: ignore[arg-type]
        return with_lengths(corpus)


def _files(folder: Path) -> list[tuple[str, Path]]:
    """Return the target and the file of each trace; of a recording with an ARFF and a CSV the first."""
    found: dict[tuple[str, str], Path] = {}
    for target in sorted(folder.iterdir()) if folder.is_dir() else ():
        for file in sorted(target.iterdir()) if target.is_dir() else ():
            if file.suffix.lower() in _ENDINGS and not _ALL.search(file.stem) and not file.name.startswith("."):
                found.setdefault((target.name.lower(), file.stem.lower()), file)
    return [(target, file) for (target, _), file in found.items()]


def _raters(file: Path, kind: str, target: str, columns: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """Return whose values the columns of a file are: of gold the last one."""
    own = [name for name in map(str, columns) if squashed(name) not in TIME]
    if not own:
        raise BadCorpus(f"{file} has no column beside the time; expected values of {target}; copy it again")
    if kind == GOLD_FOLDER:
        return {own[-1]: (target, GOLD)}
    return {name: (target, name.upper()) for name in own}


def _both(files: Mapping[str, list[tuple[str, Path]]]) -> tuple[str, ...]:
    if all(files.values()):
        return ("gold is as it was given out; the raters' own traces are kept beside it",)
    return () if files[GOLD_FOLDER] else ("gold is made of the raters' traces",)


readers.register(Recola.name)(Recola())
