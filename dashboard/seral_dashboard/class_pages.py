"""The two pages of a class, the phone's and the wall's, and what they load."""

from __future__ import annotations

import io
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from seral_dashboard import classes
from seral_dashboard.component.scripts import HERE, script, style
from seral_dashboard.refusals import PRIVATE, answered_in_words
from seral_dashboard.routes_label import PAGE

FRESH = {**PRIVATE, "Cache-Control": "no-cache"}


def phone_page(request: Request) -> Response:
    """Where phones join; the same page whatever the word, so that nothing is told about words."""
    return HTMLResponse((Path(__file__).parent / "class.html").read_text(encoding="utf-8"), 200, PAGE)


def phone_script(request: Request) -> Response:
    """Its script."""
    return Response(script("class_phone"), 200, FRESH, "text/javascript")


def class_style(request: Request) -> Response:
    """The look of both pages."""
    parts = [style(), *((HERE / name).read_text(encoding="utf-8") for name in ("page.css", "class.css"))]
    return Response("\n".join(parts), 200, FRESH, "text/css")


def wall_page(request: Request) -> Response:
    """The wall: for the teacher's projector."""
    try:
        classes.by_key(request.path_params["key"])
    except classes.NoClass:
        text = "There is no such class any more; it may have been moved or removed. Start one on the page Class."
        return Response(text, 404, PAGE, "text/plain")
    text = (Path(__file__).parent / "wall.html").read_text(encoding="utf-8")
    return HTMLResponse(text.format(place=f"/api/wall/{request.path_params['key']}"), 200, PAGE)


def wall_script(request: Request) -> Response:
    """Its script."""
    return Response(script("class_wall"), 200, FRESH, "text/javascript")


@answered_in_words
def code(request: Request) -> Response:
    """The QR code: it holds the class's key, which nobody can guess."""
    import segno

    plan = classes.by_key(request.path_params["key"]).room.plan
    out = io.BytesIO()
    segno.make(f"{classes.address()}/join/{plan.key}", error="m", micro=False).save(
        out, kind="svg", border=2, xmldecl=False, dark="#1B2A33", light="white", scale=8
    )
    return Response(out.getvalue(), 200, {**PRIVATE, "Cache-Control": "no-store"}, "image/svg+xml")


ROUTES = [
    Route("/join", phone_page),
    Route("/join/{key}", phone_page),
    Route("/class.js", phone_script),
    Route("/class.css", class_style),
    Route("/wall/{key}", wall_page),
    Route("/wall.js", wall_script),
    Route("/api/wall/{key}/code", code),
]
