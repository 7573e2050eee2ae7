"""What phones and the wall are shown of a class, as plain data: phones no more than they need, and no answer early."""

from __future__ import annotations

import time
from typing import Any

from seral_core.classroom.learned import curves_of
from seral_core.classroom.question import QUADRANTS, Question, quadrants
from seral_dashboard import labelling
from seral_dashboard.classes import Hub, address


def phone(hub: Hub, rater: str) -> dict[str, Any]:
    """Return what one phone shows: never the name of a clip, which may tell its emotion; gold only once it is revealed.

    Returns
    -------
    dict
        ``step``, ``phase``, ``now`` (the server's clock), ``rater``, ``word``, ``classes``, ``number``, ``of``,
        ``sound`` (whether phones play); in a question ``starts_at``, ``ends_at``, ``mine`` and whether there is a
        ``then`` to fetch; when it is revealed also what `result` returns.
    """
    room = hub.room
    story, question = room.story, room.story.question
    shown: dict[str, Any] = {
        "step": story.step, "phase": story.phase, "now": time.time(), "rater": rater, "word": room.plan.word,
        "classes": list(story.classes), "number": len(story.questions), "of": room.plan.questions,
        "sound": room.plan.sound == "phones",
    }  # fmt: skip
    if question is not None:
        vote = question.votes.get(rater)
        times = {"starts_at": question.opened.starts_at, "ends_at": room.ends_at, "then": bool(question.opened.then)}
        shown |= {**times, "mine": vote.value if vote else None}
        if question.revealed:
            shown |= result(hub, question)
    return shown


def result(hub: Hub, question: Question) -> dict[str, Any]:
    """Return what a question came to: ``gold``, ``counts``, ``guess`` of the model, and how far each is in doubt."""
    return {
        "gold": hub.room.gold(question),
        "counts": question.counts,
        "guess": question.guess,
        "room_entropy": question.entropy,
        "model_entropy": question.doubt,
        "unknown": question.unknown,
    }


def wall(hub: Hub) -> dict[str, Any]:
    """Return what the wall shows now.

    Returns
    -------
    dict
        As `phone`, with ``state``, ``raters``, ``present``, ``voted``, ``counts``, ``curves``, ``ready``, ``trouble``,
        ``preparing``, and how phones join: ``address``, ``shared``. Of a blind class no ``counts`` before the reveal.
    """
    room = hub.room
    story, question = room.story, room.story.question
    return {
        **phone(hub, ""), "state": hub.state, "raters": story.raters, "present": hub.present,
        "voted": sorted(question.votes) if question else [],
        "counts": question.counts if question and (question.revealed or not room.plan.blind) else [],
        "curves": curves_of(hub.folder), "ready": room.model is not None, "trouble": hub.trouble,
        "preparing": hub.preparing, "address": f"{address()}/join", "shared": labelling.is_shared(),
    }  # fmt: skip


def history(hub: Hub) -> dict[str, Any]:
    """Return all that was revealed, so that the class can be shown again without its people.

    Returns
    -------
    dict
        ``questions`` (each ``number``, ``clip``: as people call it, ``votes``: ``[seconds, class]`` in order, and what
        `result` returns, with ``quadrant``), ``quadrants`` (their names), ``lines`` between them, and ``curves``.
    """
    revealed = hub.room.story.revealed
    places, lines = quadrants(revealed)
    questions = [
        {
            "number": question.opened.number,
            "clip": question.opened.segment,
            "votes": sorted([vote.after_s, vote.value] for vote in question.votes.values()),
            "quadrant": place,
            **result(hub, question),
        }
        for question, place in zip(revealed, places, strict=True)
    ]
    return {"questions": questions, "quadrants": QUADRANTS, "lines": lines, "curves": curves_of(hub.folder)}
