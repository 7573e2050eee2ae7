"""What a rater may answer: the screens that were given to that rater, each once unless the rater corrects it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from seral_core.errors import BadLabel
from seral_core.store import Answer
from seral_core.studio.parse_answers import text
from seral_core.studio.screenings import Screening, Screenings

#: Of the ids of rows that follow from others: the same ones every time.
SPACE = uuid.UUID("0f6b3a52-6f0e-4c43-9a35-0d3f2a5b7c11")


class NotGiven(BadLabel):
    """A clip or an answer that does not belong to any screen given to this rater."""


class Answered(BadLabel):
    """A screen has another answer already, which the rater has not seen.

    Parameters
    ----------
    segment : str
        The clip.
    standing : sequence of Answer
        The answer there.

    Examples
    --------
    >>> wrong = Answered("a.wav", [Answer("1", "a.wav", "emotion", "anger", rater="anna")])
    >>> print(wrong)
    a.wav was answered already; expected a correction that names the answer it replaces (1); look at it, then decide
    >>> wrong.stored
    [{'id': '1', 'kind': 'answer', 'target': 'emotion', 'value': 'anger'}]
    """

    def __init__(self, segment: str, standing: Sequence[Answer]) -> None:
        self.stored = [{"id": row.id, "kind": row.kind, "target": row.target, "value": row.value} for row in standing]
        super().__init__(
            f"{segment} was answered already; expected a correction that names the answer it "
            f"replaces ({', '.join(row.id for row in standing)}); look at it, then decide"
        )


def screen_of(slots: Screenings, rater: str, segment: str, shown: str) -> Screening:
    """Return the screen that an answer belongs to: where the clip was given again after an undo, the latest one.

    Raises
    ------
    NotGiven
        When the screen was never shown, or not to this rater, or showed another clip.

    Examples
    --------
    >>> slots = Screenings(["emotion"])
    >>> slots.feed([Answer("1", "a.wav", "", rater="anna", kind="shown", screen="s1", seq=1)])
    >>> screen_of(slots, "anna", "a.wav", "s1").position
    0
    >>> screen_of(slots, "ben", "a.wav", "s1")
    Traceback (most recent call last):
    seral_core.studio.given.NotGiven: got an answer for a.wav from another rater's screen; reload the page
    """
    slot = slots.by_screen.get(shown)
    if slot is None or slot.position < 0:
        raise NotGiven(f"screen {shown!r:.60} was never shown; reload the page, then label {segment!r:.80} again")
    if slot.rater != rater:
        raise NotGiven(f"got an answer for {segment!s:.80} from another rater's screen; reload the page")
    if slot.segment != segment:
        raise NotGiven(f"got an answer for {segment!s:.80} from a screen that showed another clip; reload the page")
    return slots.latest(slot)


def corrected(slot: Screening, rows: Sequence[Answer], payload: Mapping[str, Any], at: float) -> list[Answer]:
    """Return rows that take back what ``rows`` replace on a screen; none where the screen has none.

    Parameters
    ----------
    slot : Screening
        The screen.
    rows : sequence of Answer
        The answers given now.
    payload : mapping
        ``corrects`` holds the ids of all answers that the rater saw and replaces.
    at : float
        When, in seconds since the epoch.

    Raises
    ------
    Answered
        When the screen has another answer than ``corrects`` says.
    """
    targets = {row.target for row in rows}
    whole = any(row.kind == "skip" for row in rows)
    standing = [
        row
        for row in slot.live.values()
        if row.kind != "comment" and (whole or row.kind == "skip" or row.target in targets)
    ]
    if not standing:
        return []
    named = payload.get("corrects", ())
    if (
        not isinstance(named, Sequence)
        or isinstance(named, str)
        or {row.id for row in standing} != set(map(str, named))
    ):
        raise Answered(slot.segment, standing)
    replaced = {row.id for row in standing}
    notes = [row for row in slot.live.values() if row.kind == "comment" and row.id.removesuffix(" comment") in replaced]
    return taken_back([*standing, *notes], at)


def answer_to_undo(slots: Screenings, rater: str, shown: str, answers: object) -> Screening | None:
    """Return the screen of a rater that an undo means; None where it was taken back before.

    Parameters
    ----------
    shown : str
        The screen; empty for the last one that was answered.
    answers : sequence of str
        Ids of the answers that are meant: later answers on the screen stay.

    Examples
    --------
    >>> slots = Screenings(["emotion"])
    >>> slots.feed([Answer("1", "a.wav", "", rater="anna", kind="shown", screen="s1", seq=1)])
    >>> slots.feed([Answer("2", "a.wav", "emotion", "anger", rater="anna", screen="s1", seq=2)])
    >>> answer_to_undo(slots, "anna", "s1", ["2"]).segment, answer_to_undo(slots, "anna", "s1", ["1"])
    ('a.wav', None)
    """
    if not isinstance(answers, Sequence) or isinstance(answers, str) or not all(isinstance(i, str) for i in answers):
        raise BadLabel(f"the answers to undo are {answers!r:.60}; expected a list of their ids; reload the page")
    if answers:
        found = (slots.of_row(text(i, "id")) for i in answers)
        return next((slot for slot in found if slot is not None and slot.rater == rater), None)
    if not shown:
        return slots.last(rater)
    slot = slots.by_screen.get(text(shown, "id"))
    return slot if slot is not None and slot.rater == rater and slot.live else None


def taken_back(rows: Sequence[Answer], at: float) -> list[Answer]:
    """Return the rows that take others back; the same ones every time, so that twice is once.

    Examples
    --------
    >>> (row,) = taken_back([Answer("1", "a.wav", "emotion", "anger", rater="anna")], at=2.0)
    >>> row.kind, row.of, row.rater
    ('retraction', '1', 'anna')
    """
    return [
        Answer(
            str(uuid.uuid5(SPACE, f"{row.id} taken back")),
            row.segment,
            row.target,
            rater=row.rater,
            kind="retraction",
            of=row.id,
            purpose=row.purpose,
            screen=row.screen,
            answered_at=at,
            run=row.run,
        )
        for row in rows
    ]
