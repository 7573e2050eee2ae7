"""ELAN's annotation files: a file for each recording, with a tier for each target and rater."""

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

ENDING = ".eaf"


def write(answers: Sequence[Answer], to: Path, task: Task = ()) -> None:
    """Write an annotation file for each recording into a new folder; raters are participants.

    Raises
    ------
    MissingExtra
        When pympi-ling is not installed.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp()) / "mine.eaf"
    >>> write([Answer("1", "a.wav#0.000-1.500", "arousal", 0.5, rater="r1")], folder)
    >>> [(row.segment, row.value, row.rater) for row in read(folder).others]
    [('a.wav#0.000-1.500', 0.5, 'r1')]
    """
    elan = _elan(f"writing {to}")

    def one(tiers: list[Tier], file: str, path: Path) -> None:
        made = elan.Eaf(author="SERAL")
        made.remove_tier("default")
        made.add_linked_file(file, relpath=file, mimetype="audio/x-wav")
        for tier in tiers:
            made.add_tier(tier.name, part=tier.rater)
            for start_s, end_s, text in tier.entries:
                made.add_annotation(tier.name, round(1000 * start_s), round(1000 * end_s), text)
        made.to_file(str(path))

    write_files(answers, to, ENDING, one)


def read(path: Path, how: Reading = AS_FOUND) -> Contents:
    """Read answers from an annotation file, or from all in a folder.

    A tier that names no rater is its participant's, or its annotator's.

    Raises
    ------
    BadLabel
        When one cannot be read; names it.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.eaf"
    >>> _ = path.write_text("no annotations")
    >>> read(path)
    Traceback (most recent call last):
    seral_core.errors.BadLabel: ...a.eaf cannot be read as annotations of ELAN ...
    """
    elan = _elan(f"reading {path}")

    def one(file: Path) -> list[Tier]:
        try:
            found = elan.Eaf(str(file))
            return [_tier(found, name) for name in found.get_tier_names()]
        except Exception as wrong:  # pympi lets pass whatever a file of another kind leads to
            raise BadLabel(
                f"{file} cannot be read as annotations of ELAN ({type(wrong).__name__}: {str(wrong)[:100]}); expected "
                "an .eaf file; save it again"
            ) from None

    return read_files(path, ENDING, one, "elan")


def _tier(found: Any, name: str) -> Tier:
    entries = [
        (start / 1000, end / 1000, text or "") for start, end, text, *_ in found.get_annotation_data_for_tier(name)
    ]
    tier, about = named(name, entries), found.get_parameters_for_tier(name)
    return Tier(tier.target, tier.rater or about.get("PARTICIPANT") or about.get("ANNOTATOR") or "", tier.entries)


def _elan(what: str) -> Any:
    try:
        from pympi import Elan
    except ImportError:
        raise MissingExtra(what, "pympi-ling", "tiers") from None
    return Elan
