"""The desk: what a labelling screen asks, from a page or a notebook, and how the project's session answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seral_core.errors import BadLabel, BadStore, SeralError
from seral_core.studio.given import Answered, NotGiven
from seral_core.studio.recordings import Away
from seral_core.studio.session import Session

#: What only reads, and what writes to the store.
READS = ("next", "progress", "why", "curve", "curves")
WRITES = ("answer", "trace", "undo")
MOST_CLIPS = 20


def reply(session: Session, rater: str, verb: str, request: Mapping[str, Any]) -> Any:
    """Return what a session answers to one rater's screen, as plain data.

    Parameters
    ----------
    session : Session
        Of the project.
    rater : str
        Who asks: looked up by the secret, never taken from what was sent.
    verb : str
        One of `READS` and `WRITES`.
    request : mapping
        What was sent along.

    Raises
    ------
    SeralError
        When what was sent cannot be an answer.
    """
    match verb:
        case "next":
            return {**session.next(rater, _number(request.get("n", 4))), "project": session.studio.name, "rater": rater}
        case "progress":
            return session.progress(rater)
        case "why":
            return session.why(rater, str(request.get("segment", "")))
        case "curve":
            return session.curve(rater)
        case "curves":
            return session.curves(rater, str(request.get("segment", "")))
        case "answer":
            return session.record(rater, _on_a_screen(request))
        case "trace":
            return session.trace(rater, _on_a_screen(request))
        case "undo":
            return session.undo(rater, _screen_to_undo(request), answers=request.get("answers", ()))
    raise BadLabel(f"got '{verb:.40}'; expected one of {', '.join((*READS, *WRITES))}; reload the page")


def refusal(wrong: SeralError) -> tuple[int, dict[str, Any]]:
    """Return HTTP status and content for a request that was not answered.

    Only with a ``reason`` is it final: ``refused`` (this very answer or clip cannot be accepted) or
    ``answered`` (there is another answer already, see ``stored``). Without one the same request may
    succeed later.

    Examples
    --------
    >>> refusal(BadLabel("plays is -1"))
    (422, {'error': 'plays is -1', 'reason': 'refused'})
    >>> refusal(BadStore("the disk is full"))
    (503, {'error': 'the disk is full'})
    """
    match wrong:
        case Answered():
            return 409, {"error": str(wrong), "reason": "answered", "stored": wrong.stored}
        case NotGiven():
            return 403, {"error": str(wrong), "reason": "refused"}
        case BadLabel():
            return 422, {"error": str(wrong), "reason": "refused"}
        case BadStore() | Away():  # the same may be sent again
            return 503, {"error": str(wrong)}
        case _:
            return 422, {"error": str(wrong)}


def _on_a_screen(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an answer that names its screen, and leaves to the screen why it was shown."""
    if not request.get("shown"):
        raise NotGiven("got an answer without its screen; expected one that was given to the rater; reload the page")
    if "purpose" in request:
        raise BadLabel("got an answer with a purpose, which its screen has already; leave it out, or reload the page")
    return request


def _screen_to_undo(request: Mapping[str, Any]) -> str:
    """Return the screen that an undo names: sent twice, as where a reply was lost, "the last one" would be two."""
    if not request.get("shown"):
        raise NotGiven("got an undo without its screen; expected the one to take back; reload the page")
    return str(request["shown"])


def _number(raw: object) -> int:
    text = str(raw)
    return max(1, min(MOST_CLIPS, int(text[:4]))) if text.isascii() and text.isdigit() else 4
