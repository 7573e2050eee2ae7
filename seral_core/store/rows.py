"""An answer as a row of the store's table, and back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import Row

from seral_core.errors import BadStore
from seral_core.store.answer import KINDS, PURPOSES, SOURCES, Answer

#: Whether a row was asked for, or came along.
WANTED = "wanted"
#: What columns hold that may be empty, or are no text. SQLite gives back 1.0 as 1 from what it has just inserted.
_NUMBERS = ("number", "shown_at", "played_at", "answered_at", "confidence", "weight", "stored_at")
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(_NUMBERS, (float, int, type(None))), **dict.fromkeys(("seq", "plays", "round"), (int,)),
    "word": (str, type(None)), "trace": (list, type(None)), "secondary": (list,), "guess_visible": (bool,),
    WANTED: (bool, int),
}  # fmt: skip
_SAME = tuple(part.name for part in fields(Answer) if part.name not in ("value", "secondary", "seq"))


def columns_of(answer: Answer, now: float) -> dict[str, Any]:
    """Return an answer as a row for the table, stored ``now`` in seconds since the epoch.

    Examples
    --------
    >>> row = columns_of(Answer("1", "a.wav", "arousal", 0.5, rater="r1"), 7.0)
    >>> row["number"], row["word"], row["stored_at"]
    (0.5, None, 7.0)
    """
    row = {name: getattr(answer, name) for name in _SAME}
    is_word = isinstance(answer.value, str)
    return {
        **row,
        "word": answer.value if is_word else None,
        "number": None if is_word else answer.value,
        "secondary": list(answer.secondary),
        "stored_at": now,
    }


def answers_of(rows: Iterable[Row[Any]], where: str) -> list[Answer]:
    """Return the answers in rows of the table at a place; they were checked when they were stored.

    Raises
    ------
    BadStore
        When one holds what SERAL does not write: SQLite takes any value in any column.
    """
    found: list[Answer] = []
    try:
        for row in rows:
            found.append(_answer_of(row))
    except (ValueError, TypeError, RecursionError) as wrong:  # of JSON too
        after = f"after row {found[-1].seq}" if found else "in its first row"
        raise BadStore(
            f"{where} holds what is no answer {after} ({wrong!s:.100}); expected a store as SERAL wrote it; everything "
            "in it is kept; restore a copy, or ask the person who gave it to you for an export"
        ) from None
    return found


def _answer_of(row: Row[Any]) -> Answer:
    if wrong := _misfit(row._fields, tuple(map(type, row))):
        raise ValueError(f"{wrong} is {row._mapping[wrong]!r:.60}")
    fields = dict(row._mapping)
    word, number, trace = fields.pop("word"), fields.pop("number"), fields["trace"]
    del fields["stored_at"]
    fields.pop(WANTED, None)
    if fields["kind"] not in KINDS or fields["purpose"] not in PURPOSES or fields["source"] not in SOURCES:
        raise ValueError(f"a kind, purpose or source is unknown: {fields['kind']!r:.30}, {fields['purpose']!r:.30}")
    answer = object.__new__(Answer)
    answer.__dict__.update(
        fields,
        value=number if word is None else word,
        trace=None if trace is None else tuple(map(tuple, trace)),
        secondary=tuple(fields["secondary"]),
    )
    return answer


@cache
def _misfit(names: tuple[str, ...], types: tuple[type, ...]) -> str:
    """Return the first column that holds another type than it shall; empty where none does."""
    return next((name for name, kind in zip(names, types, strict=True) if kind not in _TYPES.get(name, (str,))), "")
