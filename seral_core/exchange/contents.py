"""What a file of labels holds: answers that SERAL wrote, answers of others, and what cannot be read as one."""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from seral_core.corpora.corpus import segment_id, segment_place
from seral_core.corpora.files import few
from seral_core.corpora.scales import from_text
from seral_core.errors import BadLabel
from seral_core.store import Answer

_NAMES = uuid.UUID("9a2f4c1b-51b3-4a57-9d2e-2f3f5f0d7a64")


class Range(NamedTuple):
    """Which range the numbers of a target are in, as a file says it, or as it was guessed from them.

    Examples
    --------
    >>> Range(1.0, 7.0, guessed=True).ends
    (1.0, 7.0)
    """

    low: float
    high: float
    guessed: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """Its lowest and highest number."""
        return self.low, self.high


@dataclass(frozen=True)
class Contents:
    """What was read from a file.

    Parameters
    ----------
    own : sequence of Answer
        Rows that SERAL exported, as they were.
    others : sequence of Answer
        Answers that were given elsewhere; they may name clips and classes in other words than a project's.
    notes : tuple of str
        What was left out or guessed, a sentence each.
    ranges : mapping of str to Range
        By target, as the file names it; nothing for numbers of which nobody says it.
    as_said : bool
        Whether words and columns mean already what was said of them, since a table was read so.
    clips : collection of str
        Further clips that the file names; those of answers need not be here.
    written : mapping of str to str
        Clips of answers as the file itself writes them, where they were taken for recordings in a folder.
    root : Path, optional
        Folder that names of clips are relative to, where that is known.
    unread : int
        Number of files that were left out, since they cannot be read.

    Examples
    --------
    >>> len(Contents(others=[Answer("1", "a.wav", "emotion", "anger", rater="r1")]))
    1
    """

    own: Sequence[Answer] = ()
    others: Sequence[Answer] = ()
    notes: tuple[str, ...] = ()
    ranges: Mapping[str, Range] = field(default_factory=dict)
    as_said: bool = False
    clips: Collection[str] = ()
    written: Mapping[str, str] = field(default_factory=dict)
    root: Path | None = None
    unread: int = 0

    def __len__(self) -> int:
        return len(self.own) + len(self.others)


def ranges_in(cells: Iterable[tuple[object, object]]) -> dict[str, Range]:
    """Return the ranges that rows of SERAL give, from target and text of each; empty texts give none.

    Raises
    ------
    BadLabel
        When a text is no range, or rows of one target give different ones.

    Examples
    --------
    >>> ranges_in([("arousal", "1:5"), ("emotion", None)])
    {'arousal': Range(low=1.0, high=5.0, guessed=False)}
    """
    found: dict[str, Range] = {}
    for target, text in dict.fromkeys(cells):
        if not isinstance(text, str) or not text:
            continue
        ends = from_text(text)
        if ends is None or found.setdefault(str(target), Range(*ends)).ends != ends:
            raise BadLabel(
                f"range of {target} is {text!r:.40}; expected one such as 1:5 in all rows of a target; correct it, or "
                "import rows of different ranges from files of their own"
            )
    return found


@dataclass
class LeftOut:
    """Counts what is left out of a file, by reason.

    Examples
    --------
    >>> left = LeftOut()
    >>> left.add("cancelled annotations are left out", "a.wav")
    >>> left.add("cancelled annotations are left out", "b.wav")
    >>> left.notes
    ('cancelled annotations are left out: 2 (a.wav, b.wav)',)
    """

    reasons: dict[str, list[str]] = field(default_factory=dict)

    def add(self, reason: str, name: str) -> None:
        """Count one more thing of this name."""
        self.reasons.setdefault(reason, []).append(name)

    def unusable(self, number: Any, name: str) -> bool:
        """Tell whether a number is infinite or none, and count it where it is; what is no number is not.

        Examples
        --------
        >>> LeftOut().unusable(float("inf"), "a.wav"), LeftOut().unusable(2.0, "a.wav")
        (True, False)
        """
        odd = isinstance(number, float) and not isfinite(number)
        if odd:
            self.add("answers left out, since they are no finite numbers", name)
        return odd

    @property
    def notes(self) -> tuple[str, ...]:
        """Return a sentence for each reason."""
        return tuple(
            f"{reason}: {len(names)} ({few(list(dict.fromkeys(names)))})" for reason, names in self.reasons.items()
        )


def answer_id(*parts: Any) -> str:
    """Return the id of an answer that was given elsewhere: the same for the same parts.

    Examples
    --------
    >>> answer_id("a.wav", 1) == answer_id("a.wav", 1), answer_id("a.wav", 1) == answer_id("a.wav", 2)
    (True, False)
    """
    return str(uuid.uuid5(_NAMES, json.dumps(parts, sort_keys=True)))


def span(segment: str, start_s: float, end_s: float) -> str:
    """Return the segment of a labelled span of a recording.

    Raises
    ------
    BadLabel
        When the span cannot be one.

    Examples
    --------
    >>> span("a.wav", 0.5, 1.25)
    'a.wav#0.500-1.250'
    """
    if not 0 <= start_s < end_s < 1e9:
        raise BadLabel(
            f"a label of {segment} goes from {start_s:g} to {end_s:g} s; expected a span of the "
            "recording; correct it, or leave it out"
        )
    return segment_id(segment_place(segment)[0], start_s, end_s)
