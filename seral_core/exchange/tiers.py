"""Tiers of intervals, as Praat and ELAN have them: a file for each recording, a tier for each target and rater."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from seral_core.corpora.corpus import segment_place
from seral_core.corpora.files import few
from seral_core.errors import BadLabel, BadPlan
from seral_core.exchange.contents import Contents, LeftOut, answer_id, span
from seral_core.folders import new_folder
from seral_core.store import Answer

#: Longest name of a file that usual systems take, in bytes.
LONGEST_NAME = 255
#: Numbers; digits of other scripts, and what begins with a needless zero, are words.
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)?(?:\.[0-9]+|(?<=[0-9])\.?)(?:[eE][-+]?[0-9]+)?")


@dataclass(frozen=True)
class Tier:
    """Labels of one rater for one target in one recording.

    Parameters
    ----------
    target : str
        What was asked.
    rater : str
        Who answered; empty where that is not known.
    entries : tuple of (float, float, str)
        Start and end in seconds, and the label.

    Examples
    --------
    >>> Tier("emotion", "anna", ((0.0, 1.5, "anger"),)).name
    'emotion/anna'
    """

    target: str
    rater: str
    entries: tuple[tuple[float, float, str], ...]

    @property
    def name(self) -> str:
        """Its name in the file."""
        return f"{self.target}/{self.rater}" if self.rater else self.target


def with_ends(answers: Sequence[Answer], lengths_s: Mapping[str, float]) -> list[Answer]:
    """Return the answers that are labels, those of whole recordings from 0 s to the recording's end.

    Parameters
    ----------
    answers : sequence of Answer
        Of a store; traces, skips and the machine's are left out.
    lengths_s : mapping of str to float
        How long recordings are, in seconds.

    Raises
    ------
    BadPlan
        When a label is of a whole recording, and nobody knows how long that is; or all there is are traces.

    Examples
    --------
    >>> [row.segment for row in with_ends([Answer("1", "a.wav", "emotion", "anger", rater="r1")], {"a.wav": 2.0})]
    ['a.wav#0.000-2.000']
    """
    kept, unknown = [], []
    for row in answers:
        file, start_s, end_s = segment_place(row.segment)
        if row.kind != "answer" or row.value is None or row.source == "machine":
            continue
        end_s = lengths_s.get(file, np.nan) if np.isnan(end_s) else end_s
        if np.isnan(end_s):
            unknown.append(row.segment)
        else:
            kept.append(replace(row, segment=span(file, start_s, end_s)))
    if unknown:
        raise BadPlan(
            f"it is not known how long {len(unknown)} recordings are ({few(unknown)}); expected their lengths, as "
            "tiers have times; name the project's folder, with its recordings in place, or export to .csv"
        )
    if not kept and (note := traces_note(answers)):
        raise BadPlan(f"{note}; nothing was written")
    return kept


def traces_note(answers: Sequence[Answer]) -> str:
    """Return a sentence on traces, which no tier can hold; empty where there are none.

    Examples
    --------
    >>> traces_note([Answer("1", "a.wav", "arousal", trace=((0.0, 0.1),), rater="r1")])
    '1 trace is left out, as tiers hold no curves; export to .csv, .parquet, .json or a folder without ending ...'
    """
    many = sum(row.trace is not None and row.source != "machine" for row in answers)
    what = f"{many} traces are" if many > 1 else "1 trace is"
    return (
        f"{what} left out, as tiers hold no curves; export to .csv, .parquet, .json or a folder without ending "
        "(audformat)"
        if many
        else ""
    )


def tiers_of(answers: Sequence[Answer]) -> dict[str, list[Tier]]:
    """Return the tiers of each recording; labels that overlap get a tier of their own, as one tier cannot hold both.

    Examples
    --------
    >>> rows = [Answer("1", "a.wav#0.000-2.000", "emotion", "anger", rater="r1")]
    >>> tiers_of(rows)["a.wav"]
    [Tier(target='emotion', rater='r1', entries=((0.0, 2.0, 'anger'),))]
    >>> tiers_of([replace(rows[0], target="arousal", value=1 / 3)])["a.wav"][0].entries
    ((0.0, 2.0, '0.3333333333333333'),)
    """
    entries: dict[tuple[str, str, str], list[tuple[float, float, str]]] = defaultdict(list)
    for row in answers:
        file, start_s, end_s = segment_place(row.segment)
        text = row.value if isinstance(row.value, str) else repr(row.value).removesuffix(".0")
        entries[file, row.target, row.rater].append((start_s, end_s, text))
    found: dict[str, list[Tier]] = defaultdict(list)
    for (file, target, rater), all_of_them in entries.items():
        ends_in_layer = named(f"{target}/{rater}", ()).rater != rater  # somebody called 'team/2' has it said behind it
        for number, layer in enumerate(_layers(sorted(all_of_them)), 1):
            of = rater if number == 1 and not ends_in_layer else f"{rater}/{number}"
            found[file].append(Tier(target, of, tuple(layer)))
    return dict(found)


def write_files(
    answers: Sequence[Answer], to: Path, ending: str, write: Callable[[list[Tier], str, Path], None]
) -> None:
    """Write a file for each recording into a new folder.

    Parameters
    ----------
    answers : sequence of Answer
        As `with_ends` returns them.
    to : Path
        The folder; new, or empty.
    ending : str
        Of each file, behind the name of its recording.
    write : callable
        Takes the tiers, the name of the recording, and the path.

    Raises
    ------
    BadPlan
        When the folder is not empty.
    BadLabel
        When a recording's name cannot be a file's; nothing is written then.

    Examples
    --------
    >>> import tempfile
    >>> write_files([], Path(tempfile.mkdtemp()), ".TextGrid", lambda tiers, file, path: None)
    """
    of_file = tiers_of(answers)
    names = {file: _name_in(file, ending) for file in of_file}
    with new_folder(to) as draft:
        for file, tiers in of_file.items():
            path = draft / names[file]
            path.parent.mkdir(parents=True, exist_ok=True)
            write(tiers, file, path)


def _name_in(file: str, ending: str) -> str:
    """Return the path of a recording's file below the folder, or raise `BadLabel` where it can have none."""
    name = PurePosixPath(file.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts:
        raise BadLabel(f"the recording {file} lies outside of its corpus; expected a path within it; export to .csv")
    if len(f"{name.name}{ending}".encode()) > LONGEST_NAME:
        raise BadLabel(
            f"the recording {file} has a name of {len(name.name.encode())} bytes; expected at most "
            f"{LONGEST_NAME - len(ending)} for {ending} behind it; rename it, or export to .csv; nothing was written"
        )
    return f"{name}{ending}"


Read = Callable[[Path], tuple[Sequence[Tier], Sequence[str]]]


def read_files(place: Path, ending: str, read: Read, tool: str) -> Contents:
    """Read the answers in a file, or in all files of a folder and below; there, those that cannot be read are left out.

    The name of the file without its ending is the recording, and a tier ``emotion/anna`` is what anna answered for
    emotion; a tier without a slash is a target of a rater called as the tool is.

    Parameters
    ----------
    place : Path
        File or folder.
    ending : str
        Of the files.
    read : callable
        Returns the tiers of one, and notes.
    tool : str
        Name of the program that writes them.

    Raises
    ------
    BadLabel
        When no file can be read.

    Examples
    --------
    >>> tier = Tier("emotion", "anna", ((0.0, 1.5, "anger"),))
    >>> contents = read_files(Path("a.wav.TextGrid"), ".TextGrid", lambda path: ([tier], ()), "praat")
    >>> [(row.segment, row.target, row.value, row.rater) for row in contents.others]
    [('a.wav#0.000-1.500', 'emotion', 'anger', 'anna')]
    """
    paths = _below(place, ending) if place.is_dir() else [place]
    left, unread, answers, notes = LeftOut(), list[str](), list[Answer](), dict[str, list[str]]()
    for path in paths:
        try:
            tiers, said = read(path)
            own = [answer for tier in tiers for answer in _answers(tier, _recording(path, place), tool, left)]
        except BadLabel as wrong:
            if len(paths) == 1:
                raise
            unread.append(str(wrong))
            continue
        answers += own
        for note in said:
            notes.setdefault(note, []).append(_recording(path, place))
    if unread and len(unread) == len(paths):
        raise BadLabel(f"none of the {len(paths)} files in {place} can be read; the first: {unread[0]}")
    told = tuple(f"{few(files)}: {note}" for note, files in notes.items())
    lost = (
        [f"files left out, since they cannot be read: {len(unread)} of {len(paths)}: {few(unread)}"] if unread else []
    )
    root = place if place.is_dir() else place.parent
    return Contents(others=answers, notes=(*told, *left.notes, *lost), root=root, unread=len(unread))


def _below(folder: Path, ending: str) -> list[Path]:
    """Return the files with an ending; hidden ones are what systems leave behind."""
    paths = (path for path in folder.rglob("*") if path.suffix.lower() == ending.lower())
    return sorted(path for path in paths if not path.name.startswith(".") and not path.is_dir())


def named(name: str, entries: Sequence[tuple[float, float, str]]) -> Tier:
    """Return the tier of a file that has this name there.

    Examples
    --------
    >>> named("emotion/anna/2", []).rater, named("emotion", []).rater
    ('anna', '')
    """
    target, _, rest = name.partition("/")
    rater, _, layer = rest.rpartition("/")
    return Tier(target, rater if rater and layer.isdecimal() else rest, tuple(entries))


def _answers(tier: Tier, recording: str, tool: str, left: LeftOut) -> Iterator[Answer]:
    rater = tier.rater or tool
    for start_s, end_s, text in tier.entries:
        if not text.strip():
            continue
        if not 0 <= start_s < end_s:
            known = np.isfinite(end_s - start_s)
            left.add(f"labels that {'last no time' if known else 'have no times of their own'} are left out", recording)
            continue
        segment = span(recording, start_s, end_s)
        own = answer_id(tool, segment, tier.target, rater, text)
        said = _value(text.strip())
        yield Answer(own, segment, tier.target, said, rater=rater, purpose="free", device=tool, screen=own)


def _value(text: str) -> str | float:
    """Return a number where a text is one as people and programs write them; 01 and 1_000 are names of classes."""
    number = float(text) if _NUMBER.fullmatch(text) else np.nan
    return number if np.isfinite(number) else text


def _recording(path: Path, place: Path) -> str:
    relative = path.relative_to(place) if place.is_dir() else Path(path.name)
    return relative.with_suffix("").as_posix()


def _layers(entries: Sequence[tuple[float, float, str]]) -> list[list[tuple[float, float, str]]]:
    """Return entries in as many layers as it takes for none to overlap another."""
    layers: list[list[tuple[float, float, str]]] = []
    for entry in entries:
        free = next((layer for layer in layers if layer[-1][1] <= entry[0]), None)
        if free is None:
            layers.append([entry])
        else:
            free.append(entry)
    return layers
