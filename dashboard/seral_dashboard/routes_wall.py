"""What the wall of a class asks, for browsers that the gate knows: how things stand, all clips, and to go on."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from seral_core.errors import UnknownName
from seral_dashboard import class_views, classes, ranges
from seral_dashboard.refusals import PRIVATE, answered_in_words
from seral_dashboard.routes import as_json
from seral_dashboard.routes_class import sound

#: What a teacher may say.
STEPS = ("open", "reveal", "end", "remove")


async def look(request: Request) -> Response:
    """How the class stands, as soon as that is something else than the wall shows already."""
    found: list[classes.Hub] = []

    @answered_in_words
    def which(request: Request) -> Response:
        found.append(_hub(request))
        return Response(status_code=204)

    refused = await run_in_threadpool(which, request)
    if not found:
        return refused
    (hub,) = found
    await hub.changed(lambda: hub.state, request.query_params.get("after", ""), request.is_disconnected)
    return await run_in_threadpool(answered_in_words(lambda _: as_json(class_views.wall(hub))), request)


@answered_in_words
def history(request: Request) -> Response:
    """All that was revealed so far."""
    return as_json(class_views.history(_hub(request)))


@answered_in_words
def clip(request: Request) -> Response:
    """The clip of a question."""
    number = request.query_params.get("question", "")
    if not number.isascii() or not number.isdecimal():
        raise UnknownName("question", number[:20], ())
    content = sound(_hub(request), int(number[:6]))
    return ranges.whole(request, content, {**PRIVATE, "Cache-Control": "private, no-cache"})


@answered_in_words
def go(request: Request) -> Response:
    """Open the next question, reveal the present one, end the class, or take a nickname off the wall."""
    hub, verb = _hub(request), request.path_params["verb"]
    if verb not in STEPS:
        raise UnknownName("step", verb[:20], STEPS)
    if verb == "remove":
        hub.room.remove(request.query_params.get("rater", ""))
    else:
        {"open": hub.room.open_next, "reveal": hub.room.reveal, "end": hub.room.end}[verb]()
    hub.ring()
    return as_json(class_views.wall(hub))


def _hub(request: Request) -> classes.Hub:
    return classes.by_key(request.path_params["key"])


ROUTES = [
    Route("/api/wall/{key}/look", look),
    Route("/api/wall/{key}/history", history),
    Route("/api/wall/{key}/clip", clip),
    Route("/api/wall/{key}/{verb}", go, methods=["POST"]),
]
