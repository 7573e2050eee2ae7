"""Which of a project's clips the answers of others are about: by id, by place on the disk, else by name."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from seral_core.corpora.channels import file_and_channel, of_channel
from seral_core.corpora.corpus import Corpus, segment_id, segment_place
from seral_core.corpora.durations import file_lengths_s
from seral_core.corpora.files import AUDIO, few
from seral_core.corpora.find_files import agree
from seral_core.corpora.matching import WAYS, matched
from seral_core.corpora.names_differ import names_differ
from seral_core.corpora.namesakes import same_name
from seral_core.corpora.narrowed import narrowed
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
    elsewhere, doubtful : dict of str to str
        Of segments that were not found, segments of the project, as text: those with the name of theirs in folders
        that contradict it, and those between which nothing decides.

    Examples
    --------
    >>> Clips({"x/a.wav": "a.wav"}, [], {"x/a.wav": "x/a.wav"}, {}, {}).found["x/a.wav"]
    'a.wav'
    """

    found: dict[str, str]
    notes: list[str]
    names: dict[str, str]
    elsewhere: dict[str, str]
    doubtful: dict[str, str]


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
    placed = _placed(written, contents.root, corpus.root)
    ids = corpus.here({*written.values(), *placed.values()})
    found = {segment: name for segment, name in written.items() if name in ids}
    two = {s: few([found.pop(s), name]) for s, name in placed.items() if found.get(s, name) != name}
    marked = {_first_channel(row.segment): row.segment for row in contents.others if row.device == "label-studio"}
    look = _Look(corpus, found, {*theirs, *written.values(), *placed.values(), *marked} - {""})
    look.add({s: name for s, name in placed.items() if name in ids and s not in two}, "place on the disk")
    if len(found) < len(theirs):
        look.by_name({placed.get(s, name): s for s, name in written.items() if s not in two})
        look.by_name({s: s for s, name in written.items() if s != name and s not in {*two, *placed}}, written)
        look.by_name({name: s for name, s in marked.items() if name and s not in found}, also=", on the first channel")
    names = {s: name if s in two else placed.get(s, name) for s, name in written.items()}
    left = {s: name for s, name in names.items() if s not in found and s not in two}
    elsewhere, doubtful = _not_found(left, corpus)
    return Clips(found, look.notes, names, elsewhere, doubtful | two)


class _Look:
    """Looks for names among a corpus's segments, and adds to ``found`` what each finds first."""

    def __init__(self, corpus: Corpus, found: dict[str, str], names: Collection[str]) -> None:
        self.corpus, self.found, self.names = corpus, found, names
        self.notes: list[str] = []

    @cached_property
    def ours(self) -> list[str]:
        """Segments of the corpus that the names may mean."""
        return narrowed(self.names, self.corpus.ids)

    @cached_property
    def lengths_s(self) -> Mapping[str, float]:
        """How long their files are."""
        return file_lengths_s(self.corpus, self.ours)

    def by_name(self, meant: Mapping[str, str], written: Mapping[str, str] | None = None, *, also: str = "") -> None:
        """Look for names in every way, for the segments that are meant; folders as ``written`` have to agree too."""
        if not meant:
            return
        for whole in (False, True):
            for how in WAYS:
                apart = partial(self._names_differ, how)
                place = matched(list(meant), self.ours, how, self.lengths_s if whole else None, names_differ=apart)
                new = {meant[name]: own for own, name in place.items()}
                if written is not None:
                    new = {s: own for s, own in new.items() if agree(_file(written[s]), _file(own))}
                self.add(new, how + ", as whole files" * whole + also)

    def _names_differ(self, how: str) -> bool:
        if how not in self._differ:
            self._differ[how] = names_differ(self.corpus.ids, how)
        return self._differ[how]

    @cached_property
    def _differ(self) -> dict[str, bool]:
        return {}

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


def _not_found(names: Mapping[str, str], corpus: Corpus) -> tuple[dict[str, str], dict[str, str]]:
    """Return our segments of the same name where folders contradict, and where several agree."""
    elsewhere, doubtful = {}, {}
    same = same_name(names.values(), corpus.ids) if names else {}
    for segment, name in names.items():
        ours = same.get(name)
        if ours is not None and not ours.fitting.count:
            elsewhere[segment] = ours.everywhere.text(2)
        elif ours is not None and ours.fitting.files > 1:
            doubtful[segment] = ours.fitting.text()
    return elsewhere, doubtful
