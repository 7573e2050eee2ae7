"""A shared dashboard: who gets in, and where a rater's link does not lead."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute

from dashboard import projects
from dashboard.access import COOKIE, TRIES, BadPassword, Gate
from dashboard.routes_label import ROUTES
from tests.dashboard.label import Desk, Reply, project, recordings, serving

PASSWORD = "correct horse"


def behind(_: Request) -> PlainTextResponse:
    return PlainTextResponse("secret")


async def talk(line: Any) -> None:
    await line.accept()
    await line.send_text("secret")


INSIDE = Starlette(
    routes=[*ROUTES, WebSocketRoute("/_stcore/stream", talk), Mount("/", routes=[Route("/{p:path}", behind)])]
)


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
    line = HTTPConnection("127.0.0.1", port, timeout=30)
    line.request(method, path, body or None, headers)
    answer = line.getresponse()
    try:
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        line.close()


def login(port: int, said: str) -> Reply:
    return ask(port, "POST", "/login", f"password={said.replace(' ', '+')}".encode())


@pytest.mark.parametrize("path", ["/", "/map", "/api/clip/abc?id=a", "/api/map/a/b", "/_stcore/stream", "/static/x.js",
                                  "/rate/../api/clip/abc", "/rate/a/b", "/api/label/x", "/rate.js/..", "//", "/login/x",
                                  "/_stcore/upload_file/a/b", "/media/a.wav"])  # fmt: skip
def test_without_the_password_nothing_of_the_dashboard_is_reached(path: str) -> None:
    with serving(app=Gate(INSIDE, PASSWORD)) as port:
        reply = ask(port, "GET", path)
        assert reply.status == 401
        assert b"secret" not in reply.content
        page = ask(port, "GET", path, Accept="text/html")
        assert (page.status, page.headers["location"]) == (303, "/login")
        assert ask(port, "POST", path, b"x").status == 401


def test_a_websocket_is_refused_without_the_password() -> None:
    with serving(app=Gate(INSIDE, PASSWORD)) as port, socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(
            b"GET /_stcore/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert line.recv(200).startswith(b"HTTP/1.1 403")


def test_the_password_opens_the_dashboard_and_the_cookie_stays_with_the_browser() -> None:
    with serving(app=Gate(INSIDE, PASSWORD)) as port:
        reply = login(port, PASSWORD)
        cookie = reply.headers["set-cookie"]
        assert (reply.status, reply.headers["location"]) == (303, "/")
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        token = cookie.split(";")[0]
        assert ask(port, "GET", "/map", Cookie=token).content == b"secret"
        assert ask(port, "GET", "/map", Cookie=f"{COOKIE}=forged").status == 401


def test_wrong_passwords_are_told_slowed_down_and_kept_out() -> None:
    with serving(app=Gate(INSIDE, PASSWORD)) as port:
        for _ in range(TRIES):
            wrong = login(port, "wrong horse")
            assert wrong.status == 401
            assert "set-cookie" not in wrong.headers
        assert login(port, PASSWORD).status == 429, "also the right one has to wait"
        assert ask(port, "POST", "/login", b"password=" + b"x" * 100_000).status in (413, 429)


def test_guesses_that_begin_all_at_once_are_slowed_down_too() -> None:
    body = b"password=wrong+horse"
    head = f"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with serving(app=Gate(INSIDE, PASSWORD)) as port, contextlib.ExitStack() as open_:
        lines = [open_.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(3 * TRIES)]
        for line in lines:
            line.sendall(head + body[:-1])
        ask(port, "GET", "/rate.css")  # by now every one of them has begun
        for line in lines:
            line.sendall(body[-1:])
        told = [line.makefile("rb").readline().split()[1] for line in lines]
    assert (told.count(b"401"), told.count(b"429")) == (TRIES, 2 * TRIES)


def test_a_short_password_is_refused() -> None:
    with pytest.raises(BadPassword, match="expected at least 8"):
        Gate(INSIDE, "short")


def test_a_raters_link_opens_the_labelling_view_alone(tmp_path: Path) -> None:
    with serving(app=Gate(INSIDE, PASSWORD)) as port:
        desk = Desk(port, project(tmp_path))
        assert desk.ask("GET", f"/rate/{desk.secret}").status == 200
        clip = desk.get("next").json()["clips"][0]["segment"]
        assert desk.get("clip", segment=clip).status == 200
        for path in ("/", "/label", "/api/clips/abc", f"/api/clip/abc?id={clip.replace(' ', '+')}"):
            assert desk.ask("GET", path, Cookie=f"{COOKIE}={desk.secret}").status == 401


def test_share_asks_for_a_password_that_protects(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from seral_core.cli import commands

    served: list[dict[str, Any]] = []
    monkeypatch.setattr("dashboard.serve.serve", lambda **how: served.append(how))
    recordings(tmp_path / "mine", 4)
    label = ["label", str(tmp_path / "mine"), "--target", "emotion=anger,calm", "--project", str(tmp_path / "project")]
    for command in (["dashboard"], label):
        for typed in ("short\nshort\n", f"{PASSWORD}\n{PASSWORD}\n"):
            CliRunner().invoke(commands, [*command, "--share", "--no-browser"], input=typed)
        CliRunner().invoke(commands, [*command, "--no-browser"])
    assert [how["password"] for how in served] == [PASSWORD, "", PASSWORD, ""]


@pytest.mark.browser
@pytest.mark.usefixtures("no_trainer_left")
def test_the_shared_dashboard_asks_for_the_password_in_a_browser(
    page: Any, start_server: Callable[..., Any], finished: Path, tmp_path: Path
) -> None:
    folder = project(tmp_path)
    server = start_server(finished.parent, PASSWORD)
    page.goto(f"{server.address}/?run=small")
    page.get_by_label("Password of this dashboard").fill("wrong horse")
    page.get_by_role("button", name="Open").click()
    page.get_by_text("That is not the password").wait_for()
    page.goto(f"{server.address}/rate/{projects.studio(folder).raters[0].secret}")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("Clip 1", exact=True).wait_for()
    page.goto(f"{server.address}/label")
    page.get_by_label("Password of this dashboard").fill(PASSWORD)
    page.get_by_role("button", name="Open").click()
    page.get_by_text("margin").first.wait_for()
    assert page.mistakes == []
