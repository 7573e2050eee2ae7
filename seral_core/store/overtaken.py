"""What others stored between the moment a writer looked and the moment it writes, where that would change its mind.

Asked within the transaction of the only writer: from here on nobody else writes.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from seral_core.errors import BadStore
from seral_core.store.answer import Answer, Purpose
from seral_core.store.schema import answers

#: Purposes whose clips ask for so many raters and no more.
ASKED: tuple[Purpose, ...] = ("query", "test")


class Overtaken(BadStore):
    """Something was stored on the same screen since the caller looked; nothing was written: look again, then decide."""


class Taken(Overtaken):
    """Another rater got the clip that was chosen for this one; nothing was written: choose again."""


def check_screens(connection: Connection, given: Sequence[Answer], seen: int, where: str) -> None:
    """Raise `Overtaken` where other rows arrived after row ``seen`` on the screens of these."""
    others = select(answers.c.screen).where(
        answers.c.seq > seen,
        answers.c.screen.in_({answer.screen for answer in given} - {""}),
        answers.c.id.not_in({answer.id for answer in given}),
    )
    if (screen := connection.scalar(others.limit(1))) is not None:
        raise Overtaken(f"{where}: screen {screen} was answered at the same moment; nothing was stored; go on")


def check_clips(connection: Connection, given: Sequence[Answer], chosen: int, where: str) -> None:
    """Raise `Taken` where others got, or answered, a clip after row ``chosen`` that these give to a rater.

    What a rater is shown once more was that rater's before; clips with known answers go to everybody.
    """
    clips = {row.segment for row in given if row.kind == "shown" and not row.of and row.purpose in ASKED}
    others = select(answers.c.segment).where(
        answers.c.seq > chosen,
        answers.c.segment.in_(clips),
        answers.c.kind.in_(("shown", "answer")),
        answers.c.id.not_in({row.id for row in given}),
    )
    if clips and (clip := connection.scalar(others.limit(1))) is not None:
        raise Taken(f"{where}: {clip} was given to others at the same moment; nothing was stored; choose again")
