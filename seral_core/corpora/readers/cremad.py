"""CREMA-D: 91 American actors, six emotions, and the votes of those who heard them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import ClassVar

import numpy as np
import pandas as pd

from seral_core.corpora.base import readers
from seral_core.corpora.corpus import Corpus, noun
from seral_core.corpora.files import audio_files
from seral_core.corpora.named import INTENDED, NamedFiles, Said
from seral_core.corpora.tables import column_names, is_table, read_table
from seral_core.errors import BadCorpus
from seral_core.home import placed
from seral_core.scores.dawid_skene import SLOT
from seral_core.types import Target

_NAME = re.compile(r"(1\d{3})_([a-z]{3})_(ang|dis|fea|hap|neu|sad)_(lo|md|hi|xx?)", re.IGNORECASE)
_VOTE = {"a": "anger", "d": "disgust", "f": "fear", "h": "happiness", "n": "neutral", "s": "sadness"}
_TABLES = ("votes.parquet", "votes.csv", "tabulatedVotes.csv")
_LEVEL = {"lo": "low", "md": "medium", "hi": "high"}


@dataclass(frozen=True)
class CremaD(NamedFiles):
    """Crowd-sourced emotional actors: ``1001_DFA_ANG_XX.wav`` is actor 1001, sentence DFA, anger.

    Without a table of votes the target ``emotion`` is the intended one. With one (given, or lying
    by the files as ``votes.parquet``, ``votes.csv`` or ``tabulatedVotes.csv``), ``emotion`` holds
    what listeners heard in the voice alone, and ``intended`` what was acted. A table of votes opens
    without audio, too.

    Parameters
    ----------
    votes : str, optional
        Path of the table of votes: columns ``fileName A D F H N S``, and ``modality`` (``voice``)
        or an unnamed number whose first digit is 1 for voice.

    References
    ----------
    .. [1] Cao et al., CREMA-D: crowd-sourced emotional multimodal actors dataset, IEEE Transactions
       on Affective Computing 2014.

    Examples
    --------
    >>> CremaD().parse("AudioWAV/1001_DFA_ANG_XX.wav")["emotion"]
    'anger'
    """

    votes: str = ""

    name: ClassVar[str] = "cremad"
    pattern: ClassVar[str] = "1001_DFA_ANG_XX.wav (actor, sentence, emotion, level)"
    licence: ClassVar[str] = "ODbL 1.0"
    citation: ClassVar[str] = (
        "Cao et al., CREMA-D: crowd-sourced emotional multimodal actors dataset, "
        "IEEE Transactions on Affective Computing 2014"
    )

    def parse(self, file: str) -> Said | None:
        """Return what a file name says, or None."""
        match = _NAME.fullmatch(PurePosixPath(file).stem)
        if match is None:
            return None
        actor, sentence, emotion, level = match.groups()
        return {
            "emotion": noun(emotion),
            "speaker": actor,
            "sentence": sentence.upper(),
            "intensity": _LEVEL.get(level.lower()),
        }

    def recognises(self, path: Path) -> float:
        """Return how sure it is: by file names, or by a table of votes where there is no audio."""
        if audio_files(path):
            return super().recognises(path)
        table = path if is_table(path) else self._table(path)
        if not table or not {"filename", *_VOTE} <= set(column_names(table)):
            return 0.0
        return 1.0 if any(map(self.parse, read_table(table).frame["filename"].dropna().astype(str))) else 0.0

    def read(self, path: Path) -> Corpus:
        """Open a folder, or a table of votes; raise `BadCorpus` where neither is there."""
        if audio_files(path) or not (table := path if is_table(path) else self._table(path)):
            return super().read(path)
        votes = _voice_votes(table)
        by_file = {f"{clip}.wav": parsed for clip in votes.index if (parsed := self.parse(clip)) is not None}
        if not by_file:
            raise BadCorpus(
                f"{table} names no file of CREMA-D, first {next(iter(votes.index), 'none')}; expected names like "
                f"{self.pattern}; choose another reader, such as --reader table"
            )
        corpus = self.build(table.parent, by_file, (f"there is no audio beside the votes in {table.name}",))
        return replace(corpus, root=None)

    def build(self, path: Path, by_file: Mapping[str, Said], notes: tuple[str, ...]) -> Corpus:
        """Return the corpus of the files in ``by_file``, with votes and sexes where tables lie by them."""
        corpus = super().build(path, by_file, notes)
        speakers = corpus.segments["speaker"]
        segments = corpus.segments.assign(sex=speakers.map(_sexes(path)).astype(object))
        corpus = replace(corpus, segments=segments)
        table = self._table(path)
        return _with_votes(corpus, _voice_votes(table)) if table else corpus

    def _table(self, path: Path) -> Path | None:
        if self.votes:
            given = placed(self.votes)
            if not given.is_file():
                raise BadCorpus(f"votes '{given}' do not exist; expected a CSV or parquet file; check the path")
            return given
        return _beside(path, _TABLES)


def _beside(path: Path, names: tuple[str, ...]) -> Path | None:
    """Return the first of ``names`` in the folder, above it, or among the publisher's results."""
    around = (path, path.resolve().parent, path / "processedResults", path.resolve().parent / "processedResults")
    return next((folder / name for folder in around for name in names if (folder / name).is_file()), None)


def _sexes(path: Path) -> dict[str, str]:
    table = _beside(path, ("VideoDemographics.csv",))
    if table is None:
        return {}
    frame = read_table(table).frame
    return dict(zip(frame["actorid"].astype(str), frame["sex"].str.lower(), strict=True))


def _voice_votes(table: Path) -> pd.DataFrame:
    """Count the votes of those who only heard the clip, of shape (clips, emotions)."""
    frame = read_table(table).frame
    missing = sorted({"filename", *_VOTE} - set(frame.columns))
    if missing:
        raise BadCorpus(
            f"votes {table} have no column {', '.join(missing)}; expected fileName A D F H N S; "
            "take tabulatedVotes.csv of CREMA-D"
        )
    if "modality" in frame:
        voice = frame["modality"] == "voice"
    else:  # the publisher numbers questions: 1xxxxx voice, 2xxxxx face, 3xxxxx both
        voice = frame.iloc[:, 0].astype(str).str.startswith("1")
    counts = frame.loc[voice, list(_VOTE)].apply(pd.to_numeric)
    by_clip: pd.DataFrame = counts.groupby(frame.loc[voice, "filename"], sort=True).sum()
    return by_clip.rename(columns=_VOTE)


def _with_votes(corpus: Corpus, votes: pd.DataFrame) -> Corpus:
    """Return the corpus with what listeners heard as ``emotion``, what was acted as ``intended``."""
    clips = pd.Series(list(corpus.ids), index=[PurePosixPath(file).stem.upper() for file in corpus.ids])
    votes = votes.set_axis(votes.index.str.upper())
    votes = votes[votes.index.isin(clips.index)]
    counts = votes.to_numpy(int)
    rows = np.repeat(np.arange(len(votes)), counts.sum(axis=1))
    heard = np.repeat(np.tile(np.array(votes.columns, dtype=object), len(votes)), counts.ravel())
    number = np.concatenate([np.arange(n) + 1 for n in counts.sum(axis=1)]) if len(votes) else np.zeros(0, int)
    ratings = pd.DataFrame(
        {
            "segment": clips.loc[votes.index].to_numpy(object)[rows],
            "target": "emotion",
            "rater": [f"{SLOT}{n:02d}" for n in number],
            "value": heard,
        },
        dtype=object,
    )
    acted = corpus.ratings.assign(target=INTENDED)
    emotion = Target("emotion", tuple(sorted(set(_VOTE.values()))))
    task = (emotion, replace(corpus.target("emotion"), name=INTENDED))
    notes = (
        *corpus.notes,
        "emotion is what listeners heard, intended what actors were asked to show",
        "votes were given without names: vote-01 of two clips need not be one person, and "
        "dawid-skene takes all of them as one rater's",
    )
    unheard = len(corpus) - len(votes)
    if unheard:
        notes += (f"{unheard} clips have no votes",)
    return replace(corpus, ratings=pd.concat([ratings, acted], ignore_index=True), task=task, notes=notes, _gold={})


readers.register(CremaD.name)(CremaD())
