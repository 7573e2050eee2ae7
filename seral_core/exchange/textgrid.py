"""Praat's TextGrids: a file for each recording, with a tier of intervals for each target and rater."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seral_core.corpora.reading import AS_FOUND, Reading
from seral_core.errors import BadLabel, MissingExtra
from seral_core.exchange.contents import Contents
from seral_core.exchange.tiers import Tier, named, read_files, write_files
from seral_core.store import Answer
from seral_core.types import Task

ENDING = ".TextGrid"


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

    Raises
    ------
    BadLabel
        When one cannot be read; names it.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.TextGrid"
    >>> _ = path.write_text("no grid")
    >>> read(path)
    Traceback (most recent call last):
    seral_core.errors.BadLabel: ...a.TextGrid cannot be read as a TextGrid ...
    """
    praat = _praat(f"reading {path}")

    def one(file: Path) -> list[Tier]:
        try:
            grid = praat.openTextgrid(str(file), includeEmptyIntervals=False, duplicateNamesMode="rename")
            return [named(tier.name, [_entry(entry) for entry in tier.entries]) for tier in grid.tiers]
        except Exception as wrong:  # praatio lets pass whatever a file of another kind leads to
            raise BadLabel(
                f"{file} cannot be read as a TextGrid ({type(wrong).__name__}: {str(wrong)[:100]}); expected what "
                "Praat saves; save it again"
            ) from None

    return read_files(path, ENDING, one, "praat")


def _entry(entry: Any) -> tuple[float, float, str]:
    start_s, end_s = (entry[0], entry[1]) if len(entry) == 3 else (entry[0], entry[0])
    return float(start_s), float(end_s), str(entry[-1])


def _praat(what: str) -> Any:
    try:
        from praatio import textgrid
    except ImportError:
        raise MissingExtra(what, "praatio", "tiers") from None
    return textgrid
