"""The answers that are valid now: all rows, without those taken back, corrected or answered again."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from seral_core.store.answer import Answer


class Standing:
    """Keeps the valid answers up to date while rows arrive.

    A rater's last word on a segment, target and purpose counts; each repeat counts for itself, and
    so does each comment. Whatever is taken back gives way to what was valid before it. Nobody takes
    back or corrects another rater's answer.

    Examples
    --------
    >>> valid = Standing()
    >>> valid.add([Answer("1", "a.wav", "emotion", "anger", rater="r1")])
    >>> valid.add([Answer("2", "a.wav", "emotion", "sadness", rater="r1")])
    >>> [answer.value for answer in valid.now()]
    ['sadness']
    >>> valid.add([Answer("3", "a.wav", "emotion", rater="r1", kind="retraction", of="2")])
    >>> [answer.value for answer in valid.now("r1")], valid.now("r2")
    (['anger'], [])
    """

    def __init__(self) -> None:
        self._arrived = 0
        self._by_rater: dict[str, dict[tuple[str, ...], list[tuple[int, Answer]]]] = {}
        self._retracted: set[tuple[str, str]] = set()
        self._corrections: dict[tuple[str, str], list[Answer]] = {}

    def add(self, rows: Iterable[Answer]) -> None:
        """Take in further rows, in order of arrival."""
        for row in rows:
            self._arrived += 1
            if row.kind == "shown":
                continue
            if row.kind == "retraction":
                self._retracted.add((row.rater, row.of))
                continue
            if row.of:
                self._corrections.setdefault((row.rater, row.of), []).append(row)
            places = self._by_rater.setdefault(row.rater, {})
            places.setdefault(_place(row), []).append((self._arrived, row))

    def now(self, rater: str = "") -> list[Answer]:
        """Return the valid answers, of all raters or one, in order of arrival; no retractions, nor clips just shown."""
        of = self._by_rater.values() if not rater else [self._by_rater.get(rater, {})]
        last = (self._last(rows) for rows in chain.from_iterable(places.values() for places in of))
        return [row for _, row in sorted((found for found in last if found), key=lambda found: found[0])]

    def _last(self, rows: list[tuple[int, Answer]]) -> tuple[int, Answer] | None:
        return next((found for found in reversed(rows) if self._stands(found[1])), None)

    def _stands(self, row: Answer) -> bool:
        if (row.rater, row.id) in self._retracted:
            return False
        corrections = self._corrections.get((row.rater, row.id), ())
        return all((other.rater, other.id) in self._retracted for other in corrections)


def standing(rows: Iterable[Answer]) -> list[Answer]:
    """Return those of ``rows`` that are valid, see `Standing`.

    Parameters
    ----------
    rows : iterable of Answer
        All rows of the raters in question, in order of arrival.

    Returns
    -------
    list of Answer
        In order of arrival; skips, unsure answers and comments among them, retractions not.

    Examples
    --------
    >>> rows = [Answer(str(i), "a.wav", "arousal", i / 10, rater="r1") for i in range(3)]
    >>> [answer.value for answer in standing(rows)]
    [0.2]
    """
    valid = Standing()
    valid.add(rows)
    return valid.now()


def _place(row: Answer) -> tuple[str, ...]:
    """Return what a later row must share to replace this one."""
    again = (row.screen or row.id) if row.purpose == "repeat" else ""
    note = row.id if row.kind == "comment" else ""
    return (row.segment, row.target, row.purpose, again, note)
