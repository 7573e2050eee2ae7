"""ELAN's annotation files: a file for each recording, with a tier for each target and rater."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

from seral_core.corpora.reading import AS_FOUND, Reading
from seral_core.errors import BadLabel, MissingExtra
from seral_core.exchange.contents import Contents
from seral_core.exchange.tiers import Tier, named, read_files, write_files
from seral_core.files import read_bytes
from seral_core.guard import for_terminal
from seral_core.store import Answer
from seral_core.types import Task

ENDING = ".eaf"
_ANNOTATIONS = ("ALIGNABLE_ANNOTATION", "REF_ANNOTATION")
#: Signs that no XML 1.0 document can hold, not even spelled out.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Attributes of a document that other programs leave out.
_WANTED = {
    "VERSION": "3.0",
    "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
}


def write(answers: Sequence[Answer], to: Path, task: Task = ()) -> None:
    """Write an annotation file for each recording into a new folder; raters are participants.

    Raises
    ------
    BadLabel
        When a text holds a sign that XML has no place for.
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
        for text in (file, *(text for tier in tiers for text in (tier.name, *(entry[2] for entry in tier.entries)))):
            if found := _UNWRITABLE.search(text):
                raise BadLabel(
                    f"{for_terminal(text)[:80]!r} holds the sign {found[0]!r}, for which .eaf files have no place; "
                    "export to .csv; nothing was written"
                )
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
    seral_core.errors.BadLabel: ...a.eaf cannot be read as annotations of ELAN: ...
    """
    elan = _elan(f"reading {path}")

    def one(file: Path) -> tuple[list[Tier], tuple[str, ...]]:
        try:
            root = _document(file)
            with TemporaryDirectory() as folder:
                whole = Path(folder) / "whole.eaf"
                ElementTree.ElementTree(root).write(whole, encoding="utf-8")
                found = elan.Eaf(str(whole), suppress_version_warning=True)
            tiers = [_tier(found, name) for name in found.get_tier_names()]
            _check_count(root, tiers)
            return tiers, _overlaps(tiers)
        except (BadLabel, OSError, ElementTree.ParseError) as wrong:
            raise BadLabel(
                f"{file} cannot be read as annotations of ELAN: {wrong}; expected a whole .eaf file; copy it again, or "
                "open and save it in ELAN"
            ) from None
        except Exception as wrong:  # pympi lets pass whatever a file of another kind leads to
            raise BadLabel(
                f"{file} cannot be read as annotations of ELAN ({type(wrong).__name__}: {str(wrong)[:100]}); expected "
                "an .eaf file; open it in ELAN, and save it again"
            ) from None

    return read_files(path, ENDING, one, "elan")


def _document(file: Path) -> ElementTree.Element:
    """Return the document in a file, with the attributes that pympi wants and that tell nothing of annotations."""
    root = ElementTree.fromstring(read_bytes(file))
    if root.tag != "ANNOTATION_DOCUMENT":
        raise BadLabel(f"it is a document of the kind {root.tag:.60}, not ANNOTATION_DOCUMENT")
    for name, value in _WANTED.items():
        root.attrib.setdefault(name, value)
    slots = {one.get("TIME_SLOT_ID") for one in root.iter("TIME_SLOT")}
    known = {one.get("ANNOTATION_ID") for kind in _ANNOTATIONS for one in root.iter(kind)}
    for one in root.iter(_ANNOTATIONS[0]):
        for name in ("TIME_SLOT_REF1", "TIME_SLOT_REF2"):
            if one.get(name) not in slots:
                raise BadLabel(f"annotation {one.get('ANNOTATION_ID')} is at the time {one.get(name)}, which it lacks")
    for one in root.iter(_ANNOTATIONS[1]):
        if one.get("ANNOTATION_REF") not in known:
            raise BadLabel(
                f"annotation {one.get('ANNOTATION_ID')} belongs to {one.get('ANNOTATION_REF')}, which it lacks"
            )
    return root


def _check_count(root: ElementTree.Element, tiers: Sequence[Tier]) -> None:
    """Raise where fewer annotations were read than there are, such as two of one id."""
    there, got = sum(1 for kind in _ANNOTATIONS for _ in root.iter(kind)), sum(len(tier.entries) for tier in tiers)
    if there != got:
        raise BadLabel(f"it holds {there} annotations, of which {got} can be told apart by their tiers and ids")


def _overlaps(tiers: Sequence[Tier]) -> tuple[str, ...]:
    """Return a note on labels that overlap another one of their tier, which ELAN does not make."""
    often = 0
    for tier in tiers:
        timed = sorted({(start, end) for start, end, _ in tier.entries if start < end})
        often += sum(after[0] < before[1] for before, after in pairwise(timed))
    return (f"{often} labels overlap another one of the same tier, and were read as they are",) if often else ()


def _tier(found: Any, name: str) -> Tier:
    entries = [
        (_seconds(start), _seconds(end), text or "")
        for start, end, text, *_ in found.get_annotation_data_for_tier(name)
    ]
    tier, about = named(name, entries), found.get_parameters_for_tier(name)
    return Tier(tier.target, tier.rater or about.get("PARTICIPANT") or about.get("ANNOTATOR") or "", tier.entries)


def _seconds(time_ms: int | None) -> float:
    """Return a time in seconds; nan for one that ELAN does not say, between others."""
    return float("nan") if time_ms is None else time_ms / 1000


def _elan(what: str) -> Any:
    try:
        from pympi import Elan
    except ImportError:
        raise MissingExtra(what, "pympi-ling", "tiers") from None
    return Elan
