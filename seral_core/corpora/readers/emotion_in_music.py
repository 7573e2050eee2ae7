"""Emotion in music (MediaEval 2013): 744 songs, arousal and valence twice a second, means and deviations of raters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar

import numpy as np
import pandas as pd

from seral_core.corpora.base import readers
from seral_core.corpora.corpus import Corpus, checked, rating_frame, segment_index
from seral_core.corpora.files import audio_files
from seral_core.corpora.samples import in_frames, rate_of
from seral_core.corpora.tables import GOLD, read_table
from seral_core.corpora.traces import about_traces, as_trace
from seral_core.errors import BadCorpus
from seral_core.types import Floats, Target

TARGETS = ("arousal", "valence")
_SAMPLE = re.compile(r"sample_(\d+)ms")
#: What MediaEval calls the parts, and what they are for.
_PARTS = {"development": "train", "evaluation": "test"}


@dataclass(frozen=True)
class EmotionInMusic:
    """A folder with ``arousal_cont_average.csv``, ``valence_cont_average.csv`` and perhaps ``songs_info.csv``.

    A song is the part that was rated, from 15 to 45 s: raters were given the first seconds to settle, so that the part
    before has no labels and is left out. The artist stands as the speaker, so that songs of one do not get into
    training and test. Audio of songs (``2.mp3``, or another format, in any folder below) may be missing.

    Parameters
    ----------
    deviation : bool
        Whether the deviation over raters is there too, as targets ``arousal_deviation`` and ``valence_deviation``.

    Examples
    --------
    >>> EmotionInMusic().recognises(Path("no/such/folder"))
    0.0
    """

    deviation: bool = False

    name: ClassVar[str] = "emotion-in-music"
    pattern: ClassVar[str] = "arousal_cont_average.csv and valence_cont_average.csv, with columns sample_15000ms ..."
    licence: ClassVar[str] = "annotations CC BY-NC, for research; songs of the Free Music Archive"
    citation: ClassVar[str] = (
        "Soleymani, Caro, Schmidt, Sha and Yang, 1000 songs for emotional analysis of music, CrowdMM 2013"
    )

    def recognises(self, path: Path) -> float:
        """Return how sure it is: the files are called so nowhere else."""
        return 0.97 if all((path / f"{name}_cont_average.csv").is_file() for name in TARGETS) else 0.0

    def read(self, path: Path) -> Corpus:
        """Open the folder.

        Raises
        ------
        BadCorpus
            When a file is missing, or its columns are others.
        """
        tables = {name: _curves(path / f"{name}_cont_average.csv") for name in TARGETS}
        first = tables["arousal"]
        if self.deviation:
            tables |= {f"{name}_deviation": _curves(path / f"{name}_cont_std.csv") for name in TARGETS}
        for name, table in tables.items():
            if list(table.columns) != list(first.columns):
                raise BadCorpus(
                    f"{name} has other times than arousal in {path}; expected the same; copy the files again"
                )
        times = first.columns.to_numpy(float)
        rate_hz = rate_of(float(np.median(np.diff(times))))
        songs = list(dict.fromkeys(song for table in tables.values() for song in table.index))
        audio = {PurePosixPath(name).stem: name for name in audio_files(path)}
        names = [audio.get(song, f"{song}.mp3") for song in songs]
        # A sample stands for the frame that begins with it; the last one begins nothing.
        end_s = float(times[-1])
        index = segment_index(names, [float(times[0])] * len(names), [end_s] * len(names))
        corpus = Corpus(self.name, pd.DataFrame(index=index), rating_frame([]), ())
        ids = dict(zip(songs, corpus.ids, strict=True))
        rows = [
            (ids[song], name, GOLD, as_trace(_framed(times, curve, rate_hz)))
            for name, table in tables.items()
            for song, curve in zip(table.index, table.to_numpy(float), strict=True)
        ]
        task = tuple(Target(name, low=0.0 if "_" in name else -1.0, high=1.0, rate_hz=rate_hz) for name in tables)
        ratings = checked(rating_frame(rows), task)
        there = sum(song in audio for song in songs)
        notes = [
            f"{t.name}: {about_traces(ratings[ratings['target'] == t.name], t)}: the mean of several raters"
            for t in task
        ]
        notes += [
            f"songs are cut to {times[0]:g} to {end_s:g} s, which raters traced",
            f"audio of {there} of {len(songs)} songs is there",
            *_about_deviation(path, self.deviation),
        ]
        about, read = _songs(path, songs)
        segments = about.set_axis(index)
        root = path if there else None
        return Corpus(self.name, segments, ratings, task, root, self.licence, self.citation, (*notes, *read))


def _curves(path: Path) -> pd.DataFrame:
    """Return one row a song, and one column a sample, called by its second."""
    if not path.is_file():
        raise BadCorpus(f"{path} is not there; expected {EmotionInMusic.pattern}; check the path")
    table = read_table(path).frame
    found = {name: int(match[1]) / 1000 for name in map(str, table) if (match := _SAMPLE.fullmatch(name))}
    if "song_id" not in table or len(found) < 2:
        raise BadCorpus(f"{path} has no column song_id, or no samples; expected columns song_id sample_15000ms ...")
    numbers = table[list(found)].apply(pd.to_numeric, errors="coerce")
    wrong = numbers.isna() & table[list(found)].notna()
    if wrong.any(axis=None):
        song = table["song_id"][wrong.any(axis=1)].iloc[0]
        raise BadCorpus(f"{path}: song {song} has a value that is no number; expected numbers; copy the file again")
    if table["song_id"].duplicated().any():
        raise BadCorpus(f"{path}: song {table['song_id'][table['song_id'].duplicated()].iloc[0]} is there twice")
    named: pd.DataFrame = numbers.set_axis(list(found.values()), axis=1).set_axis(table["song_id"].str.strip())
    return named


def _framed(times: Floats, curve: Floats, rate_hz: float) -> Floats:
    return in_frames(times - times[0], curve, rate_hz)[: round((times[-1] - times[0]) * rate_hz)]


def _about_deviation(path: Path, kept: bool) -> list[str]:
    if kept:
        return ["deviations over raters are targets of their own"]
    there = all((path / f"{name}_cont_std.csv").is_file() for name in TARGETS)
    return ["deviations over raters are there and left out (deviation=True in Python keeps them)"] if there else []


def _songs(path: Path, songs: list[str]) -> tuple[pd.DataFrame, list[str]]:
    """Return artist, title, genre and part of each song."""
    file = path / "songs_info.csv"
    if not file.is_file():
        return pd.DataFrame(index=songs), ["songs_info.csv is not there: artists and parts are unknown"]
    table = read_table(file).frame
    table = table.map(lambda cell: cell.strip() if isinstance(cell, str) else cell)
    own = {"speaker": "artist", "title": "song title", "genre": "genre", "split": "mediaeval 2013 set"}
    lacks = [column for column in ("song_id", *own.values()) if column not in table]
    if lacks:
        raise BadCorpus(f"{file} has no column {', '.join(lacks)}; expected the file as it was published")
    about = table.set_index("song_id")[list(own.values())].reindex(songs).set_axis(list(own), axis=1)
    about["split"] = about["split"].map(lambda part: _PARTS.get(str(part).lower(), part), na_action="ignore")
    about = about.astype(object).where(about.notna(), None)
    return about, ["the artist stands as the speaker; development is train, evaluation is test"]


readers.register(EmotionInMusic.name)(EmotionInMusic())
