"""An answer as a row of the store's table, and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from sqlalchemy import Row

from seral_core.store.answer import Answer

#: Whether a row was asked for, or came along.
WANTED = "wanted"
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


def answer_of(row: Row[Any]) -> Answer:
    """Return the answer in a row of the table; it was checked when it was stored."""
    fields = dict(row._mapping)
    word, number, trace = fields.pop("word"), fields.pop("number"), fields["trace"]
    del fields["stored_at"]
    fields.pop(WANTED, None)
    answer = object.__new__(Answer)
    answer.__dict__.update(
        fields,
        value=number if word is None else word,
        trace=None if trace is None else tuple(map(tuple, trace)),
        secondary=tuple(fields["secondary"]),
    )
    return answer
