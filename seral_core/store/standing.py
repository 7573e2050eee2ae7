"""What stands now: rows in order of arrival, less what was taken back, corrected or said anew."""

from __future__ import annotations

from collections.abc import Iterable

from seral_core.store.answer import Answer


def standing(rows: Iterable[Answer]) -> list[Answer]:
    """Return the rows that stand.

    A rater's last word on a segment, target and purpose counts; each repeat counts for itself, and so do
    comments. Whatever is taken back gives way to what stood before it. Nobody takes back or corrects what
    another rater said.

    Parameters
    ----------
    rows : iterable of Answer
        All rows of the raters in question, in order of arrival.

    Returns
    -------
    list of Answer
        In order of arrival; skips, unsure answers and comments among them, retractions not, nor clips that
        were only shown.

    Examples
    --------
    >>> rows = [
    ...     Answer("1", "a.wav", "emotion", "anger", rater="r1"),
    ...     Answer("2", "a.wav", "emotion", "sadness", rater="r1"),
    ...     Answer("3", "a.wav", "emotion", rater="r1", kind="retraction", of="2"),
    ... ]
    >>> [answer.value for answer in standing(rows[:2])], [answer.value for answer in standing(rows)]
    (['sadness'], ['anger'])
    """
    rows = list(rows)
    retracted = {(row.rater, row.of) for row in rows if row.kind == "retraction"}
    said = (row for row in rows if row.kind not in ("retraction", "shown"))
    left = [row for row in said if (row.rater, row.id) not in retracted]
    corrected = {(row.rater, row.of) for row in left if row.of}
    last: dict[tuple[str, ...], Answer] = {}
    for row in left:
        if (row.rater, row.id) not in corrected:
            place = _place(row)
            last.pop(place, None)
            last[place] = row
    return list(last.values())


def _place(row: Answer) -> tuple[str, ...]:
    """Return what a later row must share to replace this one."""
    again = row.screen or row.id if row.purpose == "repeat" else ""
    note = row.id if row.kind == "comment" else ""
    return (row.rater, row.segment, row.target, row.purpose, again, note)
