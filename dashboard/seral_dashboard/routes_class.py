"""What a phone in a class asks: to join by word, what is shown now, the clip of the present question, and its vote.

Joining gives a phone no more than this: it names questions by number, learns no name of a clip, and votes for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from seral_core.classroom.room import NotOfClass
from seral_core.errors import BadClip, BadLabel
from seral_dashboard import class_views, classes, label_api, projects, ranges
from seral_dashboard.bodies import NoBody, body_of
from seral_dashboard.clips import wav
from seral_dashboard.passwords import Tries
from seral_dashboard.refusals import PRIVATE, Handler, told_to_raters
from seral_dashboard.routes import as_json
from seral_dashboard.routes_label import NotUnderstood, said

MOST_BYTES = 4000
#: Wrong words a minute from one network, such as that of a room: its people mistype, and there are millions of words.
WORDS = 40
_tries = Tries(WORDS)


def judged(handler: Handler) -> Handler:
    """Answer what is refused for good with its reason, and a phone that has not joined as a stranger."""

    @told_to_raters
    @wraps(handler)
    def safe(request: Request) -> Response:
        try:
            return handler(request)
        except NotOfClass as wrong:
            return JSONResponse({"error": str(wrong), "reason": "stranger"}, 403, PRIVATE)
        except (BadLabel, NotUnderstood) as wrong:
            status, content = label_api.refusal(wrong)
            return JSONResponse(content, status, PRIVATE)

    return safe


async def look(request: Request) -> Response:
    """What the phone shows, as soon as it is something else than it shows already."""
    found: list[tuple[classes.Hub, str]] = []

    @judged
    def who(request: Request) -> Response:
        found.append(_who(request))
        return Response(status_code=204)

    refused = await soon(request, who)
    if not found:
        return refused
    hub, rater = found[0]
    with hub.listening(rater):
        await hub.changed(lambda: hub.room.story.step, request.query_params.get("after", ""), request.is_disconnected)
    return await soon(request, judged(lambda _: as_json(class_views.phone(hub, rater))))


async def soon(request: Request, handler: Handler) -> Response:
    """Answer at once what only looks at a class that is open; a thread for each of sixty phones would take longer."""
    if classes.is_open(request.path_params["key"]):
        return handler(request)
    return await run_in_threadpool(handler, request)


@judged
def clip(request: Request) -> Response:
    """The clip of the present question, or of the next one."""
    hub, _ = _who(request)
    number = request.query_params.get("question", "")
    if hub.room.plan.sound != "phones":
        raise BadLabel("in this class the loudspeakers play; listen to them")
    present = len(hub.room.story.questions)
    if not number.isascii() or not number.isdecimal() or len(number) > 6 or int(number) not in (present, present + 1):
        raise BadLabel(f"question {number:.10} is not the present one, nor the next; reload the page")
    return Response(sound(hub, int(number)), 200, {**PRIVATE, "Cache-Control": "no-store"}, ranges.WAV)


def sound(hub: classes.Hub, number: int) -> bytes:
    """Return the clip of a question as WAV; a class has no use for one of many minutes."""
    made = projects.sound(hub.folder, hub.room.clip(number), hub.room.corpus)
    if not made.whole:
        raise BadClip(made.path.name, f"lasts {made.seconds:.0f} s, too long for a class; go on to the next one")
    return wav(made)


async def join(request: Request) -> Response:
    """Let a phone in that knows the word, or has the key of the QR code."""
    return await _with_body(request, _join)


async def answer(request: Request) -> Response:
    """Keep a vote: it counts as saved when this returns."""
    refused = await soon(request, _check)  # before anything is read of a stranger
    return refused if refused.status_code != 204 else await _with_body(request, _answer)


async def _with_body(request: Request, then: Callable[[Request, Mapping[str, Any]], Response]) -> Response:
    try:
        body = await body_of(request, MOST_BYTES)
    except NoBody as wrong:
        return wrong.answer
    if body is None:
        return JSONResponse({"error": "got too much at once; reload the page", "reason": "refused"}, 413, PRIVATE)
    return await run_in_threadpool(judged(lambda request: then(request, said(body))), request)


def _join(request: Request, given: Mapping[str, Any]) -> Response:
    word, key = (str(given.get(name) or "")[:80] for name in ("word", "key"))
    where = request.client.host if request.client else ""
    if not key and _tries.too_many(where):
        text = "too many wrong words from this network; wait a minute, or scan the code on the wall"
        return JSONResponse({"error": text}, 429, PRIVATE)
    try:
        hub = classes.by_word("" if key else word, key)
    except classes.NoClass:
        _tries.wrong(where)
        raise
    rater = hub.room.join(given.get("name", ""), str(given.get("secret", "")))
    hub.ring()
    return as_json({"place": f"/api/class/{projects.key_of(hub.folder)}", "rater": rater})


@judged
def _check(request: Request) -> Response:
    _who(request)
    return Response(status_code=204)


def _answer(request: Request, given: Mapping[str, Any]) -> Response:
    hub, rater = _who(request)
    saved = hub.room.vote(rater, given)
    hub.settle()
    return as_json({"saved": saved})


def _who(request: Request) -> tuple[classes.Hub, str]:
    """Return class and rater; the class first, so that a secret opens no other."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind != "Bearer":
        raise NotOfClass("this phone has not joined the class; type the word that is on the wall")
    try:
        hub = classes.by_key(request.path_params["key"])
    except classes.NoClass:
        raise NotOfClass("this class is not here any more; type the word of the next one") from None
    return hub, hub.room.whose(secret.strip())


ROUTES = [
    Route("/api/class/join", join, methods=["POST"]),
    Route("/api/class/{key}/look", look),
    Route("/api/class/{key}/clip", clip),
    Route("/api/class/{key}/answer", answer, methods=["POST"]),
]
