"""Which of a project's clips the answers of others are about: by id, by place on the disk, else by name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seral_core.corpora.channels import file_and_channel, of_channel
from seral_core.corpora.corpus import Corpus, segment_id, segment_place
from seral_core.corpora.durations import file_lengths_s
from seral_core.corpora.files import AUDIO
from seral_core.corpora.find_files import agree
from seral_core.corpora.matching import WAYS, matched, namesakes
from seral_core.exchange.contents import Contents


class Clips(NamedTuple):
    """Which clips were found.

    Parameters
    ----------
    found : dict of str to str
        The project's segment by theirs.
    notes : list of str
        How those were found that have another id.
    names : dict of str to str
        Each of their segments as their file writes it, or as its file lies among the recordings.
    elsewhere, doubtful : dict of str to list of str
        Of segments that were not found, segments of the project: those with the name of theirs in folders that
        contradict it, and those between which nothing decides.

    Examples
    --------
    >>> Clips({"x/a.wav": "a.wav"}, [], {"x/a.wav": "x/a.wav"}, {}, {}).found["x/a.wav"]
    'a.wav'
    """

    found: dict[str, str]
    notes: list[str]
    names: dict[str, str]
    elsewhere: dict[str, list[str]]
    doubtful: dict[str, list[str]]


def clips_in(contents: Contents, corpus: Corpus) -> Clips:
    """Find a project's segments for those of others.

    A name as it is written is an id first. Then it is a file in the folder of the table, if that is one of the
    recordings; then it is compared by less and less of it, as `seral_core.corpora.matching` does.

    Parameters
    ----------
    contents : Contents
        What a file holds.
    corpus : Corpus
        The project's recordings.

    Examples
    --------
    >>> from seral_core.store import Answer
    >>> theirs = [Answer(name, name, "emotion", "anger", rater="r") for name in ("x/a.wav", "z.wav")]
    >>> clips_in(Contents(others=theirs), toy_corpus()).found
    {'x/a.wav': 'a.wav'}
    """
    theirs = list(dict.fromkeys([*(answer.segment for answer in contents.others), *contents.clips]))
    written = {segment: contents.written.get(segment, segment) for segment in theirs}
    ids = set(corpus.ids)
    found = {segment: name for segment, name in written.items() if name in ids}
    if len(found) == len(theirs) and contents.root is None:
        return Clips(found, [], written, {}, {})
    look = _Look(corpus, found)
    placed = _placed(written, contents.root, corpus.root)
    two = {s: [found.pop(s), name] for s, name in placed.items() if found.get(s, name) != name}
    look.add({s: name for s, name in placed.items() if name in ids and s not in two}, "place on the disk")
    if len(found) < len(theirs):
        look.by_name({placed.get(s, name): s for s, name in written.items() if s not in two})
        look.by_name({s: s for s, name in written.items() if s != name and s not in {*two, *placed}}, written)
        marked = {_first_channel(row.segment): row.segment for row in contents.others if row.device == "label-studio"}
        look.by_name({name: s for name, s in marked.items() if name and s not in found}, also=", on the first channel")
    names = {s: name if s in two else placed.get(s, name) for s, name in written.items()}
    left = {s: name for s, name in names.items() if s not in found and s not in two}
    elsewhere, doubtful = _not_found(left, corpus)
    return Clips(found, look.notes, names, elsewhere, doubtful | two)


class _Look:
    """Looks for names among a corpus's segments, and adds to ``found`` what each finds first."""

    def __init__(self, corpus: Corpus, found: dict[str, str]) -> None:
        self.corpus, self.found = corpus, found
        self.notes: list[str] = []
        self._lengths_s: Mapping[str, float] | None = None

    def by_name(self, meant: Mapping[str, str], written: Mapping[str, str] | None = None, *, also: str = "") -> None:
        """Look for names in every way, for the segments that are meant; folders as ``written`` have to agree too."""
        if not meant:
            return
        self._lengths_s = file_lengths_s(self.corpus) if self._lengths_s is None else self._lengths_s
        for whole in (False, True):
            for how in WAYS:
                place = matched(list(meant), self.corpus.ids, how, self._lengths_s if whole else None)
                new = {meant[name]: own for own, name in place.items()}
                if written is not None:
                    new = {s: own for s, own in new.items() if agree(_file(written[s]), _file(own))}
                self.add(new, how + ", as whole files" * whole + also)

    def add(self, new: Mapping[str, str], how: str) -> None:
        """Add what was found, unless another name means it."""
        taken = set(self.found.values())
        new = {segment: own for segment, own in new.items() if segment not in self.found and own not in taken}
        self.found.update(new)
        if renamed := [f"{segment} is {own}" for segment, own in new.items() if segment != own]:
            self.notes.append(f"clips found by {how}: {len(renamed)}, such as {renamed[0]}")


def mixed(segment: str) -> str:
    """Return the same part of all channels of a file; empty where no channel is named.

    Examples
    --------
    >>> mixed("call.wav#ch2"), mixed("call.wav")
    ('call.wav', '')
    """
    file, *times = segment_place(segment)
    bare, channel = file_and_channel(file)
    return "" if channel is None else segment_id(bare, *times)


def _file(segment: str) -> str:
    return segment_place(segment)[0]


def _first_channel(segment: str) -> str:
    """Return the same part of a file's first channel; empty for a whole file, or where a channel is named."""
    file, start_s, end_s = segment_place(segment)
    if (start_s == 0 and np.isnan(end_s)) or file_and_channel(file)[1] is not None:
        return ""
    return segment_id(of_channel(file, 1), start_s, end_s)


def _placed(written: Mapping[str, str], folder: Path | None, recordings: Path | None) -> dict[str, str]:
    """Return the segments whose files are recordings of the project, as it is seen from their own folder."""
    if folder is None or recordings is None:
        return {}
    top, here = os.path.realpath(recordings), os.path.realpath(folder)  # files may be links to anywhere
    found = {}
    for segment, name in written.items():
        file, *times = segment_place(name)
        bare, channel = file_and_channel(file)
        if path := _recording(os.path.normpath(os.path.join(here, bare))):
            inside = os.path.relpath(path, top).replace(os.sep, "/")
            if not inside.startswith("../"):
                found[segment] = segment_id(inside if channel is None else of_channel(inside, channel), *times)
    return found


def _recording(path: str) -> str:
    """Return the path of the only recording that has this path, or with an ending behind; empty where none is there."""
    try:
        if os.path.isfile(path):
            return path
        there = [path + ending for ending in sorted(AUDIO) if os.path.isfile(path + ending)]
    except ValueError:  # a name that no file can have
        return ""
    return there[0] if len(there) == 1 else ""


def _not_found(names: Mapping[str, str], corpus: Corpus) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return our segments of the same name where folders contradict, and where several agree."""
    elsewhere, doubtful = {}, {}
    same = namesakes(list(names.values()), corpus.ids)
    for segment, name in names.items():
        ours = same.get(name, [])
        fitting = [own for own in ours if agree(_file(name), _file(own))]
        if ours and not fitting:
            elsewhere[segment] = ours
        elif len({_file(own) for own in fitting}) > 1:
            doubtful[segment] = fitting
    return elsewhere, doubtful
