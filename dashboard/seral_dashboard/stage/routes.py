"""The stage's routes: its page, the story it plays, and what each scene shows."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from seral_core.errors import UnknownName
from seral_dashboard.component.scripts import HERE, script, style
from seral_dashboard.refusals import PRIVATE, answered_in_words
from seral_dashboard.routes import as_json
from seral_dashboard.stage.scenes import shown
from seral_dashboard.stage.story import SHIPPED, Scene, Story, read

#: Stories beside the one that ships: their files, as the command line was given them, a line each.
STORIES = "SERAL_STORIES"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>SERAL</title><link rel="icon" href="/rate.svg" type="image/svg+xml"><link rel="stylesheet" href="/present.css">
</head><body><main class="seral stage"></main>
<noscript>The stage needs JavaScript: it draws maps and plays clips.</noscript>
<script type="module" src="/present.js"></script></body></html>"""


def known() -> dict[str, Path]:
    """Return the stories that may be asked for, by name."""
    given = [Path(path) for path in os.environ.get(STORIES, "").split("\n") if path]
    return {"demo": SHIPPED} | {path.stem: path for path in given}


def offer(path: Path) -> str:
    """Let the stage play a story; return its name."""
    read(path)  # says at once what is wrong
    os.environ[STORIES] = "\n".join(filter(None, [os.environ.get(STORIES, ""), str(path.resolve())]))
    return path.stem


def page(request: Request) -> Response:
    """The stage."""
    return HTMLResponse(PAGE, 200, {**PRIVATE, "Cache-Control": "no-store"})


def page_script(request: Request) -> Response:
    """What draws the scenes."""
    return Response(script("present"), 200, {**PRIVATE, "Cache-Control": "no-cache"}, "text/javascript")


def page_style(request: Request) -> Response:
    """How the stage looks."""
    text = "\n".join([style(), (HERE / "stage.css").read_text(encoding="utf-8")])
    return Response(text, 200, {**PRIVATE, "Cache-Control": "no-cache"}, "text/css")


@answered_in_words
def story(request: Request) -> Response:
    """The scenes of a story, or the one scene of an address."""
    asked = request.query_params
    if "at" in asked:
        told = Story((Scene(asked["at"]),))
    else:
        name, stories = asked.get("story", "demo"), known()
        if name not in stories:
            raise UnknownName("story", name[:80], stories)
        told = read(stories[name])
    return as_json({"title": told.title, "scenes": [{"at": s.at, "caption": s.caption} for s in told.scenes]})


@answered_in_words
def scene(request: Request) -> Response:
    """What one scene shows."""
    return as_json(shown(Scene(request.query_params.get("at", ""))))


class Presenting:
    """Lead addresses of views with ``present=1`` to the stage, which shows them large and without pickers.

    Parameters
    ----------
    app : ASGIApp
        What lies behind.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or connection."""
        to = staged(URL(scope=scope)) if scope["type"] == "http" and scope["method"] == "GET" else ""
        await (RedirectResponse(to, 307) if to else self.app)(scope, receive, send)


def staged(url: URL) -> str:
    """Return where an address is shown on the stage; empty where it does not ask for that.

    Examples
    --------
    >>> staged(URL("http://localhost/duel?run=demo&present=1")), staged(URL("http://localhost/duel?run=demo"))
    ('/present?at=duel%3Frun%3Ddemo', '')
    """
    query = parse_qsl(url.query, keep_blank_values=True)
    if ("present", "1") not in query or url.path == "/present":
        return ""
    rest = urlencode([pair for pair in query if pair[0] not in ("present", "look")])
    looks = {"look": "light"} if ("look", "light") in query else {}
    return "/present?" + urlencode({"at": (url.path.strip("/") or "run") + (f"?{rest}" if rest else ""), **looks})


ROUTES = [
    Route("/present", page),
    Route("/present.js", page_script),
    Route("/present.css", page_style),
    Route("/api/story", story),
    Route("/api/scene", scene),
]
