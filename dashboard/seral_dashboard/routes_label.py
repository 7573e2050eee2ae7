"""What raters' pages fetch: the page itself, clips of their project, and the desk where answers are kept.

Every request has a rater's secret, in the address of the page and in a header of everything else.
So a link opens one project for one rater, and no other site can make a browser send an answer.
"""

from __future__ import annotations

import hashlib
import html
import json
from functools import wraps
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from seral_core.errors import BadClip, BadLabel, SeralError
from seral_dashboard import label_api, projects, ranges
from seral_dashboard.bodies import NoBody, body_of
from seral_dashboard.component.scripts import HERE, script, style
from seral_dashboard.overview import overview
from seral_dashboard.refusals import PRIVATE, Handler, told_to_raters, trainer_for_rater
from seral_dashboard.routes import as_json

#: Longest body of a request; pages thin out a trace that would be longer, see `trace.js`.
MOST_BYTES = 8_000_000
#: The page may load what this server has, play what it fetched, and be shown in no other page.
PAGE = {
    **PRIVATE,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
NO_LINK = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>SERAL</title><link rel="stylesheet" href="/rate.css"><div class="notice-page"><h1>This link does not work</h1>
<p>{text}</p></div></html>"""


class NotUnderstood(SeralError, ValueError):
    """A request that no page sends: damaged on its way, or of another version."""


def judged(handler: Handler) -> Handler:
    """Answer what is refused for good with its reason; all else as `seral_dashboard.refusals.told_to_raters` does."""

    @told_to_raters
    @wraps(handler)
    def safe(request: Request) -> Response:
        try:
            return handler(request)
        except (BadLabel, NotUnderstood) as wrong:
            status, content = label_api.refusal(wrong)
            return JSONResponse(content, status, PRIVATE)

    return safe


def page(request: Request) -> Response:
    """A rater's own page."""
    secret = request.path_params["secret"]
    try:
        folder, _ = projects.of_secret(secret)
    except projects.NoLink as wrong:
        text = html.escape(str(wrong).capitalize())
        return HTMLResponse(NO_LINK.format(text=f"{text}."), 404, PAGE)
    name = hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()[:12]
    text = (Path(__file__).parent / "rate.html").read_text(encoding="utf-8")
    return HTMLResponse(text.format(place=f"/api/label/{projects.key_of(folder)}", name=name), 200, PAGE)


def page_script(request: Request) -> Response:
    """The labelling view."""
    return Response(script("label_page"), 200, {**PRIVATE, "Cache-Control": "no-cache"}, "text/javascript")


def page_style(request: Request) -> Response:
    """Its look."""
    text = style(label=True) + (HERE / "page.css").read_text(encoding="utf-8")
    return Response(text, 200, {**PRIVATE, "Cache-Control": "no-cache"}, "text/css")


def page_icon(request: Request) -> Response:
    """Its icon."""
    text = Path(__file__).with_name("icon.svg").read_bytes()
    return Response(text, 200, {**PRIVATE, "Cache-Control": "max-age=86400"}, "image/svg+xml")


@judged
def clip(request: Request) -> Response:
    """One clip as WAV, of those that were given to the rater; of a long one its look, and where it streams from."""
    folder, rater = _who(request)
    segment = request.query_params.get("segment", "")
    projects.session(folder).check_given(rater, segment)
    sound = projects.sound(folder, segment)
    if not sound.whole:
        return as_json({**overview(sound), "stream": projects.ticket(folder, rater, segment, sound.version)})
    return Response(projects.clip(folder, segment), 200, {**PRIVATE, "Cache-Control": "no-store"}, ranges.WAV)


@judged
def stream(request: Request) -> Response:
    """A long clip, a range of it at a time: an audio element cannot show the secret, so it shows a ticket."""
    folder, segment = projects.by_key(request.path_params["project"]), request.query_params.get("segment", "")
    projects.check_ticket(folder, dict(request.query_params))
    sound = projects.sound(folder, segment)
    if sound.version != request.query_params.get("version"):  # the rest of another recording is no part of this one
        raise BadClip(segment[:80], "was replaced while it played; it is fetched again")
    return ranges.streamed(request, sound, {**PRIVATE, "Cache-Control": "no-store"})


@judged
def ask(request: Request) -> Response:
    """What the screen wants to know."""
    folder, rater = _who(request)
    verb = request.path_params["verb"]
    if verb not in label_api.READS:
        raise NotUnderstood(
            f"'{verb:.40}' cannot be read; expected one of {', '.join(label_api.READS)}; reload the page"
        )
    return as_json(
        trainer_for_rater(label_api.reply(projects.session(folder), rater, verb, dict(request.query_params)))
    )


async def tell(request: Request) -> Response:
    """What the rater answered: it counts as saved when this returns."""
    refused = await run_in_threadpool(_check, request)  # before anything is read of a stranger
    if refused.status_code != 204:
        return refused
    try:
        body = await body_of(request, MOST_BYTES, known=True)
    except NoBody as wrong:  # the page sends its answer again
        return wrong.answer
    if body is None:
        sentence = f"got more than {MOST_BYTES // 1_000_000} MB at once; expected one answer; trace a shorter part"
        return JSONResponse({"error": sentence, "reason": "refused"}, 413, PRIVATE)
    return await run_in_threadpool(_write, request, body)


@told_to_raters
def _check(request: Request) -> Response:
    _who(request)
    return Response(status_code=204)


def _write(request: Request, body: bytes) -> Response:
    @judged
    def write(request: Request) -> Response:
        folder, rater = _who(request)
        verb = request.path_params["verb"]
        if verb not in label_api.WRITES:
            raise NotUnderstood(
                f"'{verb:.40}' cannot be sent; expected one of {', '.join(label_api.WRITES)}; reload the page"
            )
        return as_json(trainer_for_rater(label_api.reply(projects.session(folder), rater, verb, said(body))))

    return write(request)


def said(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a body, or raise `NotUnderstood`."""
    try:
        content = json.loads(body, parse_constant=_no_number)
        json.dumps(content, ensure_ascii=False).encode()  # no halves of letters, which cannot be stored
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise NotUnderstood("the request is no JSON object; expected an answer as the page sends it; reload the page")
    return content


def _no_number(text: str) -> float:
    raise ValueError(text)


def _who(request: Request) -> tuple[Path, str]:
    """Return project and rater; the project first, so that a secret opens no other."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    if kind != "Bearer":
        raise projects.NoLink
    folder = projects.by_key(request.path_params["project"])
    return folder, projects.whose(folder, secret.strip()).name


ROUTES = [
    Route("/rate/{secret}", page),
    Route("/rate.js", page_script),
    Route("/rate.css", page_style),
    Route("/rate.svg", page_icon),
    Route("/api/label/{project}/clip", clip),
    Route("/api/label/{project}/stream", stream),
    Route("/api/label/{project}/{verb}", ask, methods=["GET"]),
    Route("/api/label/{project}/{verb}", tell, methods=["POST"]),
]
