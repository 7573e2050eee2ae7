"""Praat's TextGrids: a file for each recording, with a tier of intervals for each target and rater."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seral_core.corpora.encodings import encoding_of
from seral_core.corpora.reading import AS_FOUND, Reading
from seral_core.errors import BadCorpus, BadLabel, MissingExtra
from seral_core.exchange.contents import Contents
from seral_core.exchange.textgrid_text import grids_in
from seral_core.exchange.tiers import Tier, named, read_files, write_files
from seral_core.files import opened, read_text
from seral_core.store import Answer
from seral_core.types import Task

ENDING = ".TextGrid"
_REMEDY = "save it in UTF-8 (in Praat: Preferences, Text writing preferences)"


def write(answers: Sequence[Answer], to: Path, task: Task = ()) -> None:
    """Write a TextGrid for each recording into a new folder.

    Raises
    ------
    MissingExtra
        When praatio is not installed.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "mine.textgrid"
    >>> write([Answer("1", "a.wav#0.000-1.500", "emotion", "anger", rater="r1")], folder)
    >>> [(row.segment, row.value, row.rater) for row in read(folder).others]
    [('a.wav#0.000-1.500', 'anger', 'r1')]
    """
    praat = _praat(f"writing {to}")

    def one(tiers: list[Tier], _file: str, path: Path) -> None:
        end_s = max(end for tier in tiers for _, end, _ in tier.entries)
        grid = praat.Textgrid(0, end_s)
        for tier in tiers:
            grid.addTier(praat.IntervalTier(tier.name, list(tier.entries), 0, end_s))
        grid.save(str(path), format="long_textgrid", includeBlankSpaces=True)

    write_files(answers, to, ENDING, one)


def read(path: Path, how: Reading = AS_FOUND) -> Contents:
    """Read answers from a TextGrid, or from all in a folder; points, which last no time, are left out.

    Texts in UTF-8, UTF-16 and the western encodings that Praat wrote before are read.

    Raises
    ------
    BadLabel
        When one cannot be read, or holds less than it says; names it.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.TextGrid"
    >>> _ = path.write_text("no grid")
    >>> read(path)
    Traceback (most recent call last):
    seral_core.errors.BadLabel: ...a.TextGrid cannot be read as a TextGrid: it ends within its first line; ...
    """
    return read_files(path, ENDING, _tiers, "praat")


def _tiers(file: Path) -> tuple[list[Tier], tuple[str, ...]]:
    try:
        with opened(file) as binary:
            if binary.read(12) == b"ooBinaryFile":
                raise BadLabel("it is a binary file of Praat; open it there, and save it as a text file")
        coded, notes = encoding_of(file, what="the TextGrid", remedy=_REMEDY)
        grids = grids_in(read_text(file, coded))
    except UnicodeDecodeError:
        raise BadLabel(
            f"{file} cannot be read as a TextGrid: it ends within a letter, so it was cut off or damaged; copy it "
            "again, or open and save it in Praat"
        ) from None
    except (BadLabel, BadCorpus, OSError, ValueError) as wrong:
        raise BadLabel(f"{file} cannot be read as a TextGrid: {wrong}") from None
    often: Counter[str] = Counter()
    tiers = []
    for grid in grids:
        often[grid.name] += 1
        again = f"_{often[grid.name]}" if often[grid.name] > 1 else ""  # Praat lets two tiers have one name
        tiers.append(named(grid.name + again, grid.entries))
    return tiers, notes


def _praat(what: str) -> Any:
    try:
        from praatio import textgrid
    except ImportError:
        raise MissingExtra(what, "praatio", "tiers") from None
    return textgrid
