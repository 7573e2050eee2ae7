"""What others stored between the moment a writer looked and the moment it writes, where that would change its mind.

Asked within the transaction of the only writer: from here on nobody else writes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, select

from seral_core.errors import BadStore
from seral_core.store.answer import Answer, Purpose
from seral_core.store.schema import answers

#: Purposes whose clips ask for so many raters and no more.
ASKED: tuple[Purpose, ...] = ("query", "test")


class Overtaken(BadStore):
    """Something was stored on the same screen since the caller looked; nothing was written: look again, then decide."""


class Taken(Overtaken):
    """Another rater got the clip that was chosen for this one; nothing was written: choose again."""


def check_others(
    connection: Connection, where: str, given: Sequence[Answer], seen: int | None, chosen: int | None, newest: int
) -> str | None:
    """Raise `Overtaken` where others were quicker on a screen of these, or got a clip that these give to a rater.

    Parameters
    ----------
    connection : Connection
        Of the only writer.
    where : str
        Of the store, for messages.
    given : sequence of Answer
        What is about to be written.
    seen, chosen : int, optional
        As in `seral_core.store.labels.LabelStore.append`.
    newest : int
        A row.

    Returns
    -------
    str or None
        The id of the row ``newest``, asked for in the same question: each is a way to a database and back.
    """
    ids = {row.id for row in given}
    parts = {
        "there": select(answers.c.id).where(answers.c.seq == newest) if newest else None,
        "screen": None if seen is None else _screens(given, seen, ids),
        "clip": None if chosen is None else _clips(given, chosen, ids),
    }
    wanted = [part.scalar_subquery().label(name) for name, part in parts.items() if part is not None]
    found: dict[str, str] = dict(connection.execute(select(*wanted)).mappings().one()) if wanted else {}
    if found.get("screen") is not None:
        raise Overtaken(f"{where}: screen {found['screen']} was answered at the same moment; nothing was stored; go on")
    if found.get("clip") is not None:
        raise Taken(
            f"{where}: {found['clip']} was given to others at the same moment; nothing was stored; choose again"
        )
    return found.get("there")


def _screens(given: Sequence[Answer], seen: int, ids: set[str]) -> Select[Any] | None:
    """Return what finds a screen of these on which other rows arrived."""
    screens = {row.screen for row in given} - {""}
    if not screens:
        return None
    others = answers.c.seq > seen, answers.c.screen.in_(screens), answers.c.id.not_in(ids)
    return select(answers.c.screen).where(*others).limit(1)


def _clips(given: Sequence[Answer], chosen: int, ids: set[str]) -> Select[Any] | None:
    """Return what finds a clip that others got, or answered, and these give to a rater.

    What a rater is shown once more was that rater's before; clips with known answers go to everybody.
    """
    clips = {row.segment for row in given if row.kind == "shown" and not row.of and row.purpose in ASKED}
    if not clips:
        return None
    others = answers.c.seq > chosen, answers.c.segment.in_(clips), answers.c.id.not_in(ids)
    return select(answers.c.segment).where(*others, answers.c.kind.in_(("shown", "answer"))).limit(1)
