"""Who may look: this computer alone, or, when shared, whoever knows the password or has a rater's link."""

from __future__ import annotations

import hashlib
import hmac
import html
import re
import secrets
import threading
import time
from collections import deque
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from seral_core.errors import SeralError

COOKIE = "seral_session"
#: How long a visitor stays known, in seconds.
STAYS_S = 12 * 3600
#: Wrong passwords a minute, from one address and from all together.
TRIES, ALL_TRIES = 5, 60
SHORTEST = 8
_MOST_BYTES = 4000

#: What needs no password: a rater's page, what it loads, and the desk, which asks for the rater's secret itself.
OPEN = re.compile(r"/rate/[^/]+|/rate\.(js|css|svg)|/api/label/[0-9a-f]{12}/[a-z]+|/login|/_stcore/health")

LOGIN = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>SERAL</title><link rel="icon" href="/rate.svg"><link rel="stylesheet" href="/rate.css">
<main class="seral"><form class="card login" method="post" action="/login"><h1>SERAL</h1>
<label for="password">Password of this dashboard</label>
<input class="filter" id="password" name="password" type="password" autocomplete="current-password" autofocus required>
<p class="error" role="alert">{text}</p><button class="on" type="submit">Open</button></form></main></html>"""
HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}


class NotAllowed(SeralError, PermissionError):
    """Somebody without the secret that opens what was asked for."""


class BadPassword(SeralError, ValueError):
    """A password that protects nothing."""


class Gate:
    """Let nobody through without the password, but to raters' pages.

    Parameters
    ----------
    app : ASGIApp
        What lies behind.
    password : str
        At least `SHORTEST` characters.

    Examples
    --------
    >>> gate = Gate(None, "correct horse")
    >>> gate.opens("wrong"), gate.opens("correct horse")
    (False, True)
    >>> gate.is_open("/rate/abc"), gate.is_open("/rate/../run"), gate.is_open("/api/clip/abc")
    (True, False, False)
    """

    def __init__(self, app: ASGIApp, password: str) -> None:
        check_password(password)
        self.app = app
        self._password = _digest(password)
        self._known: dict[bytes, float] = {}
        self._wrong: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or connection."""
        if scope["type"] == "lifespan" or (scope["type"] == "http" and self.is_open(scope["path"])):
            if scope.get("path") == "/login":
                await (await self._login(Request(scope, receive)))(scope, receive, send)
                return
            await self.app(scope, receive, send)
        elif self.knows(HTTPConnection(scope).cookies.get(COOKIE, "")):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 4401})
        elif scope["method"] in ("GET", "HEAD") and "text/html" in HTTPConnection(scope).headers.get("accept", ""):
            await RedirectResponse("/login", 303, HEADERS)(scope, receive, send)
        else:
            await PlainTextResponse("a password is needed: open the dashboard's first page", 401)(scope, receive, send)

    @staticmethod
    def is_open(path: str) -> bool:
        """Whether a path needs no password."""
        return OPEN.fullmatch(path) is not None and "/.." not in path

    def opens(self, said: str) -> bool:
        """Whether this is the password; takes as long for a wrong one."""
        return hmac.compare_digest(_digest(said), self._password)

    def knows(self, token: str) -> bool:
        """Whether a visitor has given the password before."""
        with self._lock:
            return self._known.get(_digest(token), 0.0) > time.monotonic()

    async def _login(self, request: Request) -> Response:
        if request.method != "POST":
            return HTMLResponse(LOGIN.format(text=""), 200, HEADERS)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _MOST_BYTES:
                return _again("that is no password; try again", 413)
        address = request.client.host if request.client else ""
        if self._too_many(address):  # asked now: many may have begun before the first was found wrong
            return _again("too many wrong passwords; wait a minute, then try again", 429)
        said = parse_qs(body.decode("utf-8", "replace")).get("password", [""])[0]
        if not self.opens(said):
            self._note_wrong(address)
            return _again("that is not the password; whoever started the dashboard knows it", 401)
        return self._welcome(request)

    def _welcome(self, request: Request) -> Response:
        token = secrets.token_urlsafe(32)
        now = time.monotonic()
        with self._lock:
            self._known = {known: end for known, end in self._known.items() if end > now}
            self._known[_digest(token)] = now + STAYS_S
        answer = RedirectResponse("/", 303, HEADERS)
        secure = request.url.scheme == "https"
        answer.set_cookie(COOKIE, token, max_age=STAYS_S, httponly=True, samesite="strict", secure=secure)
        return answer

    def _too_many(self, address: str) -> bool:
        since = time.monotonic() - 60
        with self._lock:
            for times in self._wrong.values():
                while times and times[0] < since:
                    times.popleft()
            self._wrong = {known: times for known, times in self._wrong.items() if times}
            return len(self._wrong.get(address, ())) >= TRIES or sum(map(len, self._wrong.values())) >= ALL_TRIES

    def _note_wrong(self, address: str) -> None:
        with self._lock:
            self._wrong.setdefault(address, deque()).append(time.monotonic())


def check_password(password: str) -> str:
    """Return a password, or raise `BadPassword` where it is too short to protect anything.

    Examples
    --------
    >>> check_password("short")
    Traceback (most recent call last):
    dashboard.access.BadPassword: the password has 5 characters; expected at least 8; choose a longer one
    """
    if len(password) < SHORTEST:
        raise BadPassword(
            f"the password has {len(password)} characters; expected at least {SHORTEST}; choose a longer one"
        )
    return password


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _again(text: str, status: int) -> Response:
    sentence = html.escape(text[0].upper() + text[1:] + ".")
    return HTMLResponse(LOGIN.format(text=sentence), status, HEADERS)
