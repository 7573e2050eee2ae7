"""The desk: what a labelling screen asks, from a page or a notebook, and how the project's session answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seral_core.errors import BadLabel
from seral_core.studio.session import Session

#: What only reads, and what writes to the store.
READS = ("next", "progress", "why", "curve")
WRITES = ("answer", "trace", "undo")
MOST_CLIPS = 20


def reply(session: Session, rater: str, verb: str, said: Mapping[str, Any]) -> Any:
    """Return what a session answers to one rater's screen, as plain data.

    Parameters
    ----------
    session : Session
        Of the project.
    rater : str
        Who asks: looked up by the secret, never taken from what was sent.
    verb : str
        One of `READS` and `WRITES`.
    said : mapping
        What was sent along.

    Raises
    ------
    SeralError
        When what was sent cannot be an answer.
    """
    match verb:
        case "next":
            return {**session.next(rater, _number(said.get("n", 4))), "project": session.studio.name, "rater": rater}
        case "progress":
            return session.progress(rater)
        case "why":
            return session.why(rater, str(said.get("segment", "")))
        case "curve":
            return session.curve(rater)
        case "answer":
            return session.record(rater, said)
        case "trace":
            return session.trace(rater, said)
        case "undo":
            return session.undo(rater, str(said.get("shown", "")))
    raise BadLabel(f"'{verb:.40}' came; expected one of {', '.join((*READS, *WRITES))}; reload the page")


def _number(said: object) -> int:
    text = str(said)
    return max(1, min(MOST_CLIPS, int(text[:4]))) if text.isascii() and text.isdigit() else 4
