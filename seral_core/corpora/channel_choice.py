"""Which channels of a corpus are used: each as clips of their own, one alone, or all of them mixed."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from seral_core.corpora.channels import LOOK_S, differ, file_and_channel, inverse, of_channel
from seral_core.corpora.corpus import INDEX, Corpus, segment_ids
from seral_core.corpora.files import few
from seral_core.corpora.recording import Recording, channels_of
from seral_core.errors import BadClip, BadCorpus

EACH, MIX = "each", "mix"
_MIXED = "hold different voices, and are mixed into one"
_VOICES = (
    f"{_MIXED}; --channel each makes clips of every channel, --channel 1 or 2 takes one alone, and --channel mix keeps "
    "the mix"
)
#: So many files are looked at when a corpus is opened, evenly spread over it.
LOOKED_AT = 20


def with_channels(corpus: Corpus, choice: str = "") -> Corpus:
    """Return a corpus of which each clip lies on one channel, or on all channels mixed.

    Clips whose channel is known already stay what they are, and so do recordings with one channel, which is their
    channel 1. Recordings without the channel that is chosen are left out.

    Parameters
    ----------
    corpus : Corpus
        Its ids become such as ``call.wav#ch2`` and ``call.wav#ch2#1.500-3.000``.
    choice : str
        ``each`` makes a clip of every channel; ``1``, ``2`` and so on take that one alone; ``mix`` takes all of them
        mixed. Left out: they are mixed as well, and a note says so where channels hold different voices.

    Returns
    -------
    Corpus
        Its ``notes`` say what was left out, and what its labels now stand for.

    Raises
    ------
    BadCorpus
        When the choice is none of these, there is no audio, no recording has such a channel, or the corpus says the
        channel of each clip already.

    Examples
    --------
    >>> with_channels(toy_corpus(), "left")
    Traceback (most recent call last):
    seral_core.errors.BadCorpus: got the channel 'left'; expected each, mix, or the number of one, such as 1
    """
    notes = [_lacking(corpus), "" if choice else _mixed(corpus)]
    if any(notes):
        corpus = replace(corpus, notes=(*corpus.notes, *filter(None, notes)))
    if choice == "":
        return corpus
    corpus = replace(corpus, notes=tuple(note for note in corpus.notes if _MIXED not in note))
    if choice == MIX:
        return corpus
    if choice != EACH and not (choice.isascii() and choice.isdecimal() and int(choice)):
        raise BadCorpus(f"got the channel '{choice}'; expected {EACH}, {MIX}, or the number of one, such as 1")
    if corpus.root is None:
        raise BadCorpus(f"{corpus.name} has no audio to take the channel {choice} of; leave --channel out")
    wanted = None if choice == EACH else int(choice)
    files = corpus.segments.index.get_level_values("file")
    if all(file_and_channel(file)[1] is not None for file in files):
        raise BadCorpus(
            f"got the channel '{choice}', but {corpus.name} says of each clip which channel it is on, such as "
            f"{files[0]}; leave --channel out, or say what that column is: --column description=NAME"
        )
    names = {file: _names(corpus, file, wanted) for file in files.unique()}
    gone = [file for file, new in names.items() if not new]
    if len(gone) == len(names):
        raise BadCorpus(f"no recording of {corpus.name} has a channel {choice}; expected some; choose a lower number")
    split = [file for file, new in names.items() if len(new) > 1]
    labelled = bool(len(corpus.ratings)) or bool(corpus.segments["speaker"].notna().any())
    notes = [f"{few(gone)}: no channel {choice}, and left out"] if gone else []
    notes += [
        f"labels and speakers of {few(split)} are taken for each channel; where they are those of one side, choose it "
        "with --channel, or name it in a column channel"
    ] * bool(split and labelled)
    return _renamed(corpus, names, tuple(notes))


def _names(corpus: Corpus, file: str, wanted: int | None) -> list[str]:
    """Return what clips of a file lie on from now on; nothing where it has no such channel."""
    place = corpus.place(file)
    count = channels_of(place[0] / place[1]) if place else 0
    if count == 0 or file_and_channel(file)[1] is not None:  # features say what cannot be read
        return [file]
    if wanted is None:
        return [file] if count == 1 else [of_channel(file, number) for number in range(1, count + 1)]
    if wanted > count:
        return []
    return [file] if count == 1 else [of_channel(file, wanted)]


def _renamed(corpus: Corpus, names: dict[str, list[str]], notes: tuple[str, ...]) -> Corpus:
    """Return a corpus with a row for each new name of a row's file, and the row's ratings for all of them."""
    old = corpus.segments.index
    new = [names[file] for file in old.get_level_values("file")]
    rows = np.repeat(np.arange(len(old)), [len(each) for each in new])
    times: list[Any] = [old.get_level_values(time)[rows] for time in INDEX[1:]]
    index = pd.MultiIndex.from_arrays([pd.Index([n for each in new for n in each], dtype=object), *times], names=INDEX)
    ids = pd.DataFrame({"old": np.array(corpus.ids, dtype=object)[rows], "segment": segment_ids(index)})
    ratings = corpus.ratings.merge(ids, left_on="segment", right_on="old", suffixes=("_old", ""))
    return replace(
        corpus, segments=corpus.segments.iloc[rows].set_axis(index),
        ratings=ratings[list(corpus.ratings.columns)], notes=(*corpus.notes, *notes), _gold={},
    )  # fmt: skip


def _lacking(corpus: Corpus) -> str:
    """Return a note on clips whose recordings lack the channel that they are said to be on; raise where all do."""
    lack: dict[str, int] = {}
    files = corpus.segments.index.get_level_values("file").unique()
    for file in files:
        channel, place = file_and_channel(file)[1], corpus.place(file)
        count = channels_of(place[0] / place[1]) if channel and place else 0
        if channel and 0 < count < channel:
            lack[file] = count
    if not lack:
        return ""
    file, count = next(iter(lack.items()))
    have = f"{file}, where the recording has {count} channel{'s' * (count != 1)}"
    if len(lack) == len(files):
        raise BadCorpus(
            f"no recording of {corpus.name} has the channel that its clips are on, first {have}; correct the channels, "
            "or say that the column is none: --column description=NAME"
        )
    return (
        f"{len(lack)} of {len(files)} clips' channels are not there and cannot be heard, first {have}; correct the "
        "channels, or say that the column is none: --column description=NAME"
    )


def _mixed(corpus: Corpus) -> str:
    """Return a note where some recordings have channels that no mix keeps: different voices, or one upside down."""
    files = [
        file for file in corpus.segments.index.get_level_values("file").unique() if file_and_channel(file)[1] is None
    ]
    notes: dict[str, str] = {}
    for at in np.unique(np.linspace(0, len(files) - 1, LOOKED_AT).astype(int)) if files else ():
        place = corpus.place(files[at])
        if place and (what := _of_channels(place[0] / place[1])):
            notes.setdefault(what, f"channels of {files[at]} {what}")
    return "; ".join(notes.values())


def _of_channels(path: Path) -> str:
    """Return what is odd about the channels of a file; empty where nothing is."""
    if channels_of(path) < 2:
        return ""
    stat = path.stat()
    return _compared(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=10_000)
def _compared(path: Path, _changed: int, _size: int) -> str:
    try:
        with Recording(path) as file:
            blocks = list(file.blocks(0, round(LOOK_S * file.rate_hz), strict=False))
            rate_hz = file.rate_hz
    except BadClip:
        return ""
    sound = np.concatenate(blocks) if blocks else np.zeros((0, 2), np.float32)
    if pair := inverse(sound):
        return f"are one sound, channel {pair[1]} upside down; channel {pair[0]} alone is used"
    return _VOICES if differ(sound, rate_hz) else ""
