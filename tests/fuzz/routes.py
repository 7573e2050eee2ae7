"""Generated requests: paths, queries, headers and bodies for every route; none is answered by a traceback."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote_from_bytes, unquote

from hypothesis import strategies as st
from starlette.applications import Starlette

from tests.fuzz import commands, world
from tests.fuzz.rule import Hang, limited, report


class Ask(NamedTuple):
    """A request."""

    method: str
    path: str
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Place(NamedTuple):
    """What requests can name, and whom they ask."""

    app: Starlette
    secret: str
    words: list[bytes]
    shown: list[dict[str, Any]]
    logged: list[BaseException]


@cache
def place() -> Place:
    """Open the world's project, grid and corpus in this process, behind all routes."""
    from seral_core.corpora.base import open_corpus
    from seral_core.studio.opening import opened_project
    from seral_dashboard import clips, data, projects
    from seral_dashboard.routes import ROUTES
    from seral_dashboard.routes_label import ROUTES as LABEL_ROUTES

    here = world.copied(commands.made(), Path(tempfile.mkdtemp(prefix="fuzz-routes-")) / "world")
    project = (here / "project").resolve()
    opened_project(str(project), {}, new_links=True)  # a copy has no links before
    projects.remember(project)
    session = projects.session(project, train=False)
    secret = session.studio.raters[0].secret
    os.environ["SERAL_OPEN"] = str(here / "grid")
    grid = data.experiment(data.show_too(here / "grid"))
    corpus = clips.admit("recordings", open_corpus(here / "recordings"))
    shown = session.next("me", 4)["clips"]
    words = [
        corpus,
        secret,
        projects.key_of(project),
        grid.id,
        grid.started[0][0].key,
        "clip",
        "next",
        "answer",
        "trace",
        "undo",
        "progress",
        "why",
        "curve",
        "0.wav",
        shown[0]["segment"],
        "pca",
        "umap",
    ]
    logged: list[BaseException] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if record.exc_info and record.exc_info[1] is not None:
                logged.append(record.exc_info[1])

    logging.getLogger("seral.dashboard").addHandler(Keep())
    app = Starlette(routes=[*ROUTES, *LABEL_ROUTES], debug=False)
    return Place(app, secret, [word.encode() for word in words], shown, logged)


PATHS = ("/run", "/rate/{}", "/rate.js", "/api/clip/{}", "/api/clips/{}", "/api/map/{}/{}", "/api/rounds/{}/{}",
         "/api/label/{}/clip", "/api/label/{}/next", "/api/label/{}/{}", "/{}")  # fmt: skip
FIELDS = ("id", "layout", "after", "segment", "n", "shown", "kind", "value", "a b")
RANGES = (b"bytes=0-10", b"bytes=-5", b"bytes=5-", b"bytes=9-3", b"bytes=0-" + b"9" * 20, b"bytes=" + b"9" * 5000,
          b"bytes=\xb2-", b"bytes=-", b"", b"lines=1-2", b"bytes=0-0,5-9")  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> Ask:
    """Draw a request that is nearly right."""
    words = st.one_of(st.sampled_from(place().words), st.sampled_from(world.ODD), st.binary(max_size=6))
    path = draw(st.sampled_from(PATHS))
    while "{}" in path:
        path = path.replace("{}", quote_from_bytes(draw(words)) or "x", 1)
    query = [(draw(st.sampled_from(FIELDS)), draw(words)) for _ in range(draw(st.integers(0, 3)))]
    path += "?" + "&".join(f"{name}={quote_from_bytes(value)}" for name, value in query) if query else ""
    headers = [(b"range", draw(st.sampled_from(RANGES)))] if draw(st.booleans()) else []
    if draw(st.integers(0, 9)) == 0:
        headers.append((b"authorization", b"Bearer " + draw(words).replace(b"\n", b"").replace(b"\r", b"")))
    method = draw(st.sampled_from(["GET", "GET", "POST", "HEAD"]))
    return Ask(method, path, headers, draw(bodies()) if method == "POST" else b"")


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Draw an answer with something odd in it."""
    odd = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("\ud800"), st.just(10**400),
        st.lists(st.integers(), max_size=3), st.just({}), st.sampled_from(["anger", "answer", "skip", "emotion"]),
    )  # fmt: skip
    clip = draw(st.sampled_from(place().shown))
    inner: dict[str, Any] = {"id": draw(st.uuids()).hex, "target": "emotion", "value": "anger"}
    for name in draw(st.lists(st.sampled_from(INNER), max_size=2)):
        inner[name] = draw(odd)
    body: dict[str, Any] = {"shown": clip["shown"], "segment": clip["segment"], "kind": "answer", "answers": [inner]}
    for name in draw(st.lists(st.sampled_from(MORE), max_size=3)):
        body[name] = draw(odd)
    text = json.dumps(body).encode()
    return text if draw(st.integers(0, 3)) else world.broken(text, draw)


INNER = ("id", "target", "value", "confidence", "secondary", "note")
MORE = (
    "shown", "segment", "kind", "answers", "answered_at", "played", "heard", "times", "values", "started_at", "trace",
    "id", "target", "listened", "duration", "undo", "reason", "rate_hz", "screen", "shown_at", "plays", "points",
)  # fmt: skip


async def answered(app: Starlette, ask: Ask, secret: str) -> int:
    """Hand a request to an application as a server does; return the status of its answer."""
    path, _, query = ask.path.partition("?")
    headers = [(b"host", b"localhost"), *ask.headers]
    if b"authorization" not in dict(headers):
        headers.append((b"authorization", f"Bearer {secret}".encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": ask.method, "scheme": "http",
        "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip
    sent: list[dict[str, Any]] = []
    parts = [{"type": "http.request", "body": ask.body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return parts.pop() if parts else {"type": "http.disconnect"}

    async def keep(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, keep)
    return int(sent[0]["status"])


@cache
def _loop() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1)


def send(ask: Ask) -> int:
    """Send a request; raise `Broken` where it is answered by a traceback, status 500, or not at all."""
    here = place()
    here.logged.clear()
    status = 0
    try:
        with limited():
            # In a thread of its own: the test process may have a loop running, as after a test in a browser.
            status = _loop().submit(asyncio.run, answered(here.app, ask, here.secret)).result()
    except (Exception, Hang) as wrong:
        report(wrong)
    for wrong in here.logged:
        report(wrong)
    return status
