"""SEWA as the AVEC challenges of 2017 to 2019 gave it out: a file of labels for each recording, 100 ms a row."""

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

STEP_S = 0.1
#: What the columns are where a file has no names for them.
TARGETS = ("arousal", "valence", "liking")
_NAME = re.compile(r"(train|devel|dev|test)(?:_([a-z]{2}))?_(\d+)", re.IGNORECASE)
_PARTS = {"train": "train", "dev": "dev", "devel": "dev", "test": "test"}


@dataclass(frozen=True)
class Sewa:
    """A folder ``labels`` with files such as ``Train_01.csv`` or ``Devel_DE_03.csv``: name, time and a column a target.

    The traces are the gold that was given out. People in the recordings are not told apart by the files: every
    recording counts as another speaker's. Recordings (``audio/Train_01.wav``) may be missing, and so may labels of test
    recordings.

    Parameters
    ----------
    ranges : mapping of target to (low, high)
        Native ranges; left out: [-1, 1].

    Examples
    --------
    >>> Sewa().recognises(Path("no/such/folder"))
    0.0
    """

    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    name: ClassVar[str] = "sewa"
    pattern: ClassVar[str] = "labels/Train_01.csv with name;time;arousal;valence;liking"
    licence: ClassVar[str] = "for research, on request: see https://db.sewaproject.eu"
    citation: ClassVar[str] = (
        "Kossaifi et al., SEWA DB: a rich database for audio-visual emotion and sentiment research in the wild, IEEE "
        "Transactions on Pattern Analysis and Machine Intelligence 43(3), 2021"
    )

    def recognises(self, path: Path) -> float:
        """Return how sure it is: nearly all tables must be called so."""
        files = list(_folder(path).glob("*.csv")) if path.is_dir() else []
        good = sum(_NAME.fullmatch(file.stem) is not None for file in files)
        return 0.9 if good and good >= 0.9 * len(files) else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the folder with the labels, or the one that holds it.

        Raises
        ------
        BadCorpus
            When there is no file with traces, or one cannot be read.
        """
        files = sorted(file for file in _folder(path).glob("*.csv") if _NAME.fullmatch(file.stem))
        if not files:
            raise BadCorpus(f"{path} has no traces below it; expected {self.pattern}; check the path")
        audio = {
            PurePosixPath(name).stem.lower(): name
            for name in audio_files(path)
            if _NAME.fullmatch(PurePosixPath(name).stem)
        }
        some: list[Samples] = []
        notes: dict[str, None] = {}
        for file in files:
            columns = read_columns(file, TARGETS)
            if note := time_note(columns, STEP_S):
                notes[note] = None
            gold = {name: (name.lower(), GOLD) for name in map(str, columns) if squashed(name) not in TIME}
            some += samples_in(file, audio.get(file.stem.lower(), f"{file.stem}.wav"), gold, columns, STEP_S)
        task, ratings, about = traces_of(some, self.ranges)
        names = sorted({*ratings["segment"], *audio.values()})
        lacks = [name for name in names if name not in audio.values()]
        root = path if audio else None
        told = [f"{len(lacks)} of {len(names)} recordings are not there: {few(lacks)}"] if root and lacks else []
        told += [] if root else ["no audio: none of the recordings is in the folder"]
        all_notes = (*notes, *about, *told)
        segments = _segments(names)
        return with_lengths(Corpus(self.name, segments, ratings, task, root, self.licence, self.citation, all_notes))


def _folder(path: Path) -> Path:
    return path / "labels" if (path / "labels").is_dir() else path


def _segments(names: list[str]) -> pd.DataFrame:
    found = [_NAME.fullmatch(PurePosixPath(name).stem) for name in names]
    about = {
        "speaker": [PurePosixPath(name).stem for name in names],
        "split": [_PARTS[match[1].lower()] if match else None for match in found],
    }
    if any(match and match[2] for match in found):
        about["culture"] = [match[2].upper() if match and match[2] else None for match in found]
    return pd.DataFrame(about, index=segment_index(names), dtype=object)


readers.register(Sewa.name)(Sewa())
