"""Who may look: everybody who has the user's token, knows the password where there is one, or has a rater's link.

Besides, every answer forbids pages to ask other hosts and to be framed by other sites (the stage frames our own),
and whatever a page of another origin sends is refused, other ports of this computer included.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import re
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, quote, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seral_core.errors import SeralError
from seral_dashboard.bodies import NoBody, body_of
from seral_dashboard.keys import OWNER_S, VISITOR_S, Cookies
from seral_dashboard.passwords import Tries, check_password

_MOST_BYTES = 4000

#: What needs no cookie: a rater's page, what it loads, and the desk, which asks for the rater's
#: secret itself.
#: Likewise a phone's page of a class, and what asks for its word, or for the secret that it then has.
OPEN = re.compile(
    r"/rate/[^/]+|/rate\.(js|css|svg)|/api/label/[0-9a-f]{12}/[a-z]+|/login|/_stcore/health"
    r"|/join(/[\w\-]{1,60})?|/class\.(js|css)|/api/class/(join|[0-9a-f]{12}/(look|clip|answer))",
    re.ASCII,
)
_HOST = re.compile(r"[\w.\-]+(:\d+)?|\[[0-9a-fA-F:.]+\](:\d+)?", re.ASCII)

LOGIN = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>SERAL</title><link rel="icon" href="/rate.svg"><link rel="stylesheet" href="/rate.css">
<main class="seral"><form class="card login" method="post" action="/login"><h1>SERAL</h1>
<label for="password">{label}</label>
<input class="filter" id="password" name="password" type="password" autocomplete="current-password" autofocus required>
<p>{hint}</p><p class="error" role="alert">{text}</p><button class="on" type="submit">Open</button>
</form></main></html>"""
PASSWORD = ("Password of this dashboard", "")
TOKEN = (
    "Token of this dashboard",
    "Open the address that the terminal shows after <b>SERAL dashboard:</b>, or paste the token at its end.",
)
#: A page that leads to itself: a browser keeps strict cookies back where the way began at another
#: site. Where another page leads here, a person says whether to go on: an address may open any
#: folder.
LED_HERE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>SERAL</title><link rel="icon" href="/rate.svg"><link rel="stylesheet" href="/rate.css">
<main class="seral"><div class="card login"><h1>SERAL</h1><p>Another page leads to this address of your dashboard:</p>
<p><a href="{url}">{url}</a></p><p>Open it if you know why.</p></div></main></html>"""
ONWARD = (
    """<!doctype html><meta charset="utf-8"><title>SERAL</title><meta http-equiv="refresh" content="0; url={url}">"""
)

HEADERS = {
    "Cache-Control": "no-store",
    # Not no-referrer: a browser would then hide, in the form that it sends, that it comes from
    # here.
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}
#: For every answer that does not bring its own.
EVERY = {
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: Streamlit sets styles in its pages, and loads the scripts of components from memory (blob:). The
#: hash is that of the one script that is in its page.
POLICY = (
    "default-src 'none'; script-src 'self' blob:{inline}; style-src 'self' 'unsafe-inline'; font-src 'self' data:; "
    "img-src 'self' data: blob:; media-src 'self' blob:; worker-src 'self' blob:; connect-src 'self'{socket}; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; frame-src 'self'; "
    "frame-ancestors 'self'"
)


class NotAllowed(SeralError, PermissionError):
    """Somebody without the secret that opens what was asked for."""


class Gate:
    """Let nobody through without the token's or the password's cookie, but to raters' pages.

    Parameters
    ----------
    app : ASGIApp
        What lies behind.
    token : str
        The user's secret: opens by ``?token=``, always.
    port : int
        Of the server.
    password : str
        Of a shared dashboard; empty where there is none.
    origin : str
        Under which a proxy shows the server, such as ``https://seral.example.org``; empty where
        none does.

    Examples
    --------
    >>> gate = Gate(None, "secret", 8501, "correct horse")
    >>> gate.is_open("/rate/abc"), gate.is_open("/rate/../run"), gate.is_open("/api/clip/abc")
    (True, False, False)
    """

    def __init__(self, app: ASGIApp, token: str, port: int, password: str = "", origin: str = "") -> None:
        self.app = app
        self.cookies = Cookies(token, port, password)
        self._token, self._password, self._origin = token, check_password(password) if password else "", origin
        self._tries = Tries()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or connection."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        line = HTTPConnection(scope)
        if scope["type"] == "http":
            send = _with_headers(send, line.headers.get("host", ""))
        if not self._from_here(line):
            await _refuse(scope, receive, send, 403, "this request is from a page of another address; open SERAL's own")
        elif scope["type"] == "http" and scope["path"] == "/login":
            await (await self._login(Request(scope, receive)))(scope, receive, send)
        elif scope["type"] == "http" and self.is_open(scope["path"]):
            await self.app(scope, receive, send)
        elif scope["type"] == "http" and self._shows_token(line):
            await self._welcome(line, owner=True)(scope, receive, send)
        elif _led_here(line):
            await HTMLResponse(LED_HERE.format(url=html.escape(_place(line))), 200, HEADERS)(scope, receive, send)
        elif self.cookies.knows(line.cookies.get(self.cookies.name, "")):
            await self.app(scope, receive, send)
        else:
            await self._stranger(line)(scope, receive, send)

    @staticmethod
    def is_open(path: str) -> bool:
        """Whether a path needs no cookie."""
        return OPEN.fullmatch(path) is not None and "/.." not in path

    def _from_here(self, line: HTTPConnection) -> bool:
        """Whether a request comes from a page of this server, or from no page at all."""
        origin = line.headers.get("origin")
        scheme = {"ws": "http", "wss": "https"}.get(line.scope["scheme"], line.scope["scheme"])
        return origin is None or origin in (f"{scheme}://{line.headers.get('host', '')}", self._origin or None)

    def _shows_token(self, line: HTTPConnection) -> bool:
        if line.scope["method"] != "GET" or b"token=" not in line.scope["query_string"]:
            return False
        return any(_same(shown, self._token) for shown in line.query_params.getlist("token"))

    def _stranger(self, line: HTTPConnection) -> ASGIApp:
        scope, headers = line.scope, line.headers
        if scope["type"] == "websocket":
            return _closed
        if scope["method"] not in ("GET", "HEAD") or "text/html" not in headers.get("accept", ""):
            return PlainTextResponse("open the dashboard by the address that its terminal shows", 401)
        return RedirectResponse("/login", 303, HEADERS)

    async def _login(self, request: Request) -> Response:
        if request.method != "POST":
            return self._form("", 200)
        try:
            body = await body_of(request, _MOST_BYTES)
        except NoBody as wrong:
            return wrong.answer
        if body is None:
            return self._form("that is no password; try again", 413)
        given = parse_qs(body.decode("utf-8", "replace")).get("password", [""])[0]
        if _same(given, self._token):  # never made to wait: it cannot be guessed
            return self._welcome(request, owner=True)
        address = request.client.host if request.client else ""
        if self._tries.too_many(address):  # asked now: many may have begun before the first was found wrong
            return self._form("too many wrong passwords; wait a minute, then try again", 429)
        if not self._password or not _same(given, self._password):
            self._tries.wrong(address)
            return self._form("this password is wrong; ask the person who started the dashboard", 401)
        return self._welcome(request, owner=False)

    def _form(self, text: str, status: int) -> Response:
        label, hint = PASSWORD if self._password else TOKEN
        sentence = html.escape(text[:1].upper() + text[1:] + "." * bool(text))
        return HTMLResponse(LOGIN.format(label=label, hint=hint, text=sentence), status, HEADERS)

    def _welcome(self, line: HTTPConnection, owner: bool) -> Response:
        to = "/" if line.scope["path"] == "/login" else _place(line)
        answer: Response = RedirectResponse(to, 303, HEADERS)
        if _led_here(line):  # who knows the token may go on; a redirect would still count as the other page's
            answer = HTMLResponse(ONWARD.format(url=html.escape(to)), 200, HEADERS)
        answer.set_cookie(
            self.cookies.name,
            self.cookies.owner() if owner else self.cookies.visitor(),
            max_age=OWNER_S if owner else VISITOR_S,
            httponly=True,
            samesite="strict",
            secure="https" in (line.scope["scheme"], self._origin.partition(":")[0]),
        )
        return answer


def content_policy(host: str) -> str:
    """Return what a page of this server may load and ask: this server, and what it made itself.

    Examples
    --------
    >>> "connect-src 'self' ws://localhost:8501 wss://localhost:8501;" in content_policy("localhost:8501")
    True
    """
    # Not every browser takes 'self' to hold for WebSockets too.
    return POLICY.format(inline=_inline(), socket=f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else "")


@cache
def _inline() -> str:
    """Return the hashes of what Streamlit's page runs by itself."""
    from streamlit import file_util

    text = (Path(file_util.get_static_dir()) / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    return "".join(f" 'sha256-{one}'" for one in hashes)


def _with_headers(send: Send, host: str) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in EVERY.items():
                headers.setdefault(name, value)
            if "content-security-policy" not in headers:
                headers["Content-Security-Policy"] = content_policy(host)
        await send(message)

    return sent


def _led_here(line: HTTPConnection) -> bool:
    """Whether a page of another site, or of another port of this host, opens this address in a window."""
    if line.scope["type"] != "http" or line.headers.get("sec-fetch-mode") != "navigate":
        return False
    return line.headers.get("sec-fetch-site") in ("cross-site", "same-site")


def _place(line: HTTPConnection) -> str:
    """Return path and query of a request on this server, without the token."""
    query = [pair for pair in parse_qsl(line.scope["query_string"].decode("latin-1"), True) if pair[0] != "token"]
    return "/" + quote(line.scope["path"].lstrip("/\\")) + ("?" + urlencode(query) if query else "")


def _same(one: str, other: str) -> bool:
    """Whether two secrets are the same; takes as long for a wrong one."""
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
    await (_closed if scope["type"] == "websocket" else PlainTextResponse(text, status))(scope, receive, send)


async def _closed(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "websocket.close", "code": 4401})
