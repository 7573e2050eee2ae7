"""Who gets in: by the printed token, by the password of a shared dashboard, and where a rater's link does not lead."""

from __future__ import annotations

import contextlib
import socket
import stat
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute

from seral_core.errors import BadPlan
from seral_dashboard import projects
from seral_dashboard.access import Gate
from seral_dashboard.keys import Cookies, token
from seral_dashboard.passwords import TRIES, BadPassword, check_password, made_password
from seral_dashboard.reach import Reach
from seral_dashboard.routes_label import ROUTES
from tests.dashboard.label import Desk, Reply, project, recordings, serving
from tests.patience import PATIENCE

PASSWORD = "correct horse"
TOKEN = "t" * 43
PORT = 8501


def behind(_: Request) -> PlainTextResponse:
    return PlainTextResponse("secret")


async def talk(line: Any) -> None:
    await line.accept()
    await line.send_text("secret")


INSIDE = Starlette(
    routes=[*ROUTES, WebSocketRoute("/_stcore/stream", talk), Mount("/", routes=[Route("/{p:path}", behind)])]
)


def gate(password: str = PASSWORD, origin: str = "") -> Gate:
    return Gate(INSIDE, TOKEN, PORT, password, origin)


def cookie(password: str = PASSWORD, port: int = PORT) -> str:
    cookies = Cookies(TOKEN, port, password)
    return f"{cookies.name}={cookies.owner()}"


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
    line = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    line.request(method, path, body or None, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = line.getresponse()
    try:
        return Reply(answer.status, answer.headers, answer.read())
    finally:
        line.close()


def login(port: int, said: str, **headers: str) -> Reply:
    return ask(port, "POST", "/login", f"password={said.replace(' ', '+')}".encode(), **headers)


def websocket(port: int, **headers: str) -> bytes:
    """Knock at the pages' WebSocket; return the first line of the answer."""
    said = {
        "Host": f"127.0.0.1:{port}",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        **headers,
    }
    text = "".join(f"{name}: {value}\r\n" for name, value in said.items())
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(f"GET /_stcore/stream HTTP/1.1\r\n{text}\r\n".encode())
        return line.recv(200).split(b"\r\n")[0]


@pytest.mark.parametrize("path", ["/", "/map", "/api/clip/abc?id=a", "/api/map/a/b", "/_stcore/stream", "/static/x.js",
                                  "/rate/../api/clip/abc", "/rate/a/b", "/api/label/x", "/rate.js/..", "//", "/login/x",
                                  "/_stcore/upload_file/a/b", "/media/a.wav"])  # fmt: skip
@pytest.mark.parametrize("password", ["", PASSWORD])
def test_without_a_cookie_nothing_of_the_dashboard_is_reached(path: str, password: str) -> None:
    with serving(app=gate(password)) as port:
        reply = ask(port, "GET", path)
        assert reply.status == 401
        assert b"secret" not in reply.content
        page = ask(port, "GET", path, Accept="text/html")
        assert (page.status, page.headers["location"]) == (303, "/login")
        assert ask(port, "POST", path, b"x").status == 401
        assert ask(port, "GET", path, Cookie=f"seral_{PORT}=forged").status == 401


def test_the_printed_token_becomes_a_strict_cookie_and_leaves_the_address() -> None:
    with serving(app=gate("")) as port:
        reply = ask(port, "GET", f"/map?run=a%20b&token={TOKEN}", Accept="text/html")
        assert (reply.status, reply.headers["location"]) == (303, "/map?run=a+b")
        said = reply.headers["set-cookie"]
        assert said.startswith(f"seral_{PORT}=")
        assert "HttpOnly" in said
        assert "SameSite=strict" in said
        assert TOKEN not in said
        assert ask(port, "GET", "/map", Cookie=said.split(";")[0]).content == b"secret"
        assert ask(port, "GET", "/map?token=wrong").status == 401
        assert ask(port, "GET", f"//evil.example/?token={TOKEN}").headers["location"] == "/evil.example/"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_or_port_steers_nothing_without_a_click(site: str) -> None:
    led = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": "navigate", "Accept": "text/html"}
    with serving(app=gate("", "https://seral.example.org")) as port:
        reply = ask(port, "GET", "/corpus?corpus=/etc", Cookie=cookie(""), **led)
        assert b"secret" not in reply.content
        assert b'<a href="/corpus?corpus=%2Fetc">' in reply.content
        assert b"refresh" not in reply.content
        assert reply.headers["cross-origin-opener-policy"] == "same-origin"
        here = {**led, "Sec_Fetch_Site": "same-origin"}
        assert ask(port, "GET", "/corpus?corpus=/etc", Cookie=cookie(""), **here).content == b"secret"
        known = ask(port, "GET", f"/map?token={TOKEN}", **led)  # a user who knows the token may go on
        assert b'url=/map"' in known.content
        assert "Secure" in known.headers["set-cookie"], "the proxy's address is https, whatever it says of requests"


def test_a_cookie_opens_its_own_server_alone_until_password_or_token_change() -> None:
    other = Cookies(TOKEN, PORT + 1).owner()
    with serving(app=gate("")) as port:
        assert ask(port, "GET", "/", Cookie=f"seral_{PORT}={other}").status == 401
    visitor = Cookies(TOKEN, PORT, PASSWORD).visitor()
    assert Cookies(TOKEN, PORT, PASSWORD).knows(visitor), "also after a restart"
    assert not Cookies(TOKEN, PORT, "another horse").knows(visitor)
    assert not Cookies("u" * 43, PORT, PASSWORD).knows(visitor)


def test_the_token_is_kept_for_this_user_alone_and_made_again_where_others_could_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERAL_HOME", str(tmp_path))
    made = token()
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600
    assert token() == made
    (tmp_path / "token").chmod(0o644)
    assert token() != made
    assert stat.S_IMODE((tmp_path / "token").stat().st_mode) == 0o600


@pytest.mark.parametrize("origin", ["http://127.0.0.1:1", "http://localhost:{port}", "https://127.0.0.1:{port}",
                                    "http://127.0.0.1:{port}.evil.example", "http://127.0.0.1", "null"])  # fmt: skip
@pytest.mark.parametrize("password", ["", PASSWORD])
def test_a_page_of_any_other_origin_reaches_nothing_even_with_the_cookie(origin: str, password: str) -> None:
    with serving(app=gate(password)) as port:
        mine, theirs = f"http://127.0.0.1:{port}", origin.format(port=port)
        known = cookie(password)
        assert websocket(port, Origin=theirs, Cookie=known) == b"HTTP/1.1 403 Forbidden"
        assert websocket(port, Origin=mine, Cookie=known).startswith(b"HTTP/1.1 101")
        for method, path in (("GET", "/"), ("PUT", "/_stcore/upload_file/a/b"), ("POST", "/login")):
            assert ask(port, method, path, b"x", Origin=theirs, Cookie=known).status == 403
        assert ask(port, "GET", "/", Origin=mine, Cookie=known).content == b"secret"


def test_a_websocket_without_origin_or_of_ours_needs_the_cookie() -> None:
    with serving(app=gate("")) as port:
        assert websocket(port) == b"HTTP/1.1 403 Forbidden"
        assert websocket(port, Origin=f"http://127.0.0.1:{port}") == b"HTTP/1.1 403 Forbidden"
        assert websocket(port, Cookie=cookie("")).startswith(b"HTTP/1.1 101")


def test_behind_a_proxy_its_address_is_ours() -> None:
    with serving(app=gate(origin="https://seral.example.org")) as port:
        assert ask(port, "GET", "/", Origin="https://seral.example.org", Cookie=cookie()).content == b"secret"
        assert ask(port, "GET", "/", Origin="http://seral.example.org", Cookie=cookie()).status == 403


@pytest.mark.parametrize("path", ["/", "/login", "/media/a.html", "/rate/abc", "/api/clips/abc", "/rate.css"])
def test_every_answer_forbids_frames_and_asking_other_hosts(path: str) -> None:
    with serving(app=gate("")) as port:
        headers = ask(port, "GET", path, Cookie=cookie("")).headers
        policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
        assert headers["x-frame-options"] in ("DENY", "SAMEORIGIN")
        assert headers["x-content-type-options"] == "nosniff"
        assert policy["frame-ancestors"] in ("'none'", "'self'")  # the stage shows pages of its own server
        assert policy["default-src"] == "'none'"
        own = {"'self'", "'none'", "data:", "blob:", f"ws://127.0.0.1:{port}", f"wss://127.0.0.1:{port}", ""}
        asked = {name: source for name, source in policy.items() if name not in ("script-src", "style-src", "sandbox")}
        assert {one for source in asked.values() for one in source.split(" ")} <= own
        assert "unsafe" not in policy.get("script-src", "")


def test_the_password_opens_the_dashboard_and_the_cookie_stays_with_the_browser() -> None:
    with serving(app=gate()) as port:
        reply = login(port, PASSWORD)
        said = reply.headers["set-cookie"]
        assert (reply.status, reply.headers["location"]) == (303, "/")
        assert "HttpOnly" in said
        assert "SameSite=strict" in said
        assert ask(port, "GET", "/map", Cookie=said.split(";")[0]).content == b"secret"


def test_who_guesses_has_to_wait_and_the_owner_does_not() -> None:
    with serving(app=gate()) as port:
        for _ in range(TRIES):
            wrong = login(port, "wrong horse")
            assert wrong.status == 401
            assert "set-cookie" not in wrong.headers
        assert login(port, PASSWORD).status == 429, "also the right one has to wait"
        assert ask(port, "POST", "/login", b"password=" + b"x" * 100_000).status in (413, 429)
        assert login(port, TOKEN).status == 303
        assert ask(port, "GET", f"/?token={TOKEN}").status == 303
        assert ask(port, "GET", "/", Cookie=cookie()).content == b"secret"


def test_a_forwarded_address_is_believed_behind_a_proxy_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for proxy, status in (("", 429), ("https://seral.example.org", 401)):
        monkeypatch.setenv("FORWARDED_ALLOW_IPS", Reach(PASSWORD, proxy).trusted)
        with serving(app=gate()) as port:
            for number in range(TRIES):
                login(port, "wrong horse", X_Forwarded_For=f"192.0.2.{number}")
            assert login(port, "wrong horse", X_Forwarded_For="192.0.2.99").status == status


def test_who_guesses_from_many_addresses_locks_nobody_else_out_and_fills_no_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from seral_dashboard import passwords

    monkeypatch.setattr(passwords, "MOST_NETWORKS", 100)
    tries = passwords.Tries()
    for number in range(1000):
        tries.wrong(f"2001:db8:0:{number % 500:x}::1")
    assert not tries.too_many("192.0.2.1")
    assert len(tries._wrong) == 100
    for number in range(TRIES):
        tries.wrong(f"2001:db8:1:1::{number:x}")
    assert tries.too_many("2001:db8:1:1::ffff"), "a household has a whole /64"


def test_guesses_that_begin_all_at_once_are_slowed_down_too() -> None:
    body = b"password=wrong+horse"
    head = f"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with serving(app=gate()) as port, contextlib.ExitStack() as open_:
        lines = [open_.enter_context(socket.create_connection(("127.0.0.1", port), 10)) for _ in range(3 * TRIES)]
        for line in lines:
            line.sendall(head + body[:-1])
        ask(port, "GET", "/rate.css")  # by now every one of them has begun
        for line in lines:
            line.sendall(body[-1:])
        told = [line.makefile("rb").readline().split()[1] for line in lines]
    assert (told.count(b"401"), told.count(b"429")) == (TRIES, 2 * TRIES)


@pytest.mark.parametrize("weak", ["12345678", "password", " " * 8, "aaaaaaaaaaaaaaaaaaaaaaaa", "Summer2026!", "seral"])
def test_a_password_that_is_easily_guessed_is_refused(weak: str) -> None:
    with pytest.raises(BadPassword, match="easy to guess"):
        Reach(weak)
    assert check_password(made_password())


def test_a_proxy_needs_a_password_and_an_address(tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="add --share"):
        Reach(proxy="https://seral.example.org")
    for wrong in ("seral.example.org", "https://seral.example.org/here", "ftp://x", "https://x y"):
        with pytest.raises(BadPlan, match="without a path"):
            Reach(PASSWORD, wrong)
    with pytest.raises(BadPlan, match="expected both"):
        Reach(certificate=tmp_path)


def test_a_raters_link_opens_only_the_labelling_view(tmp_path: Path) -> None:
    with serving(app=gate()) as port:
        desk = Desk(port, project(tmp_path))
        assert desk.ask("GET", f"/rate/{desk.secret}").status == 200
        clip = desk.get("next").json()["clips"][0]["segment"]
        assert desk.get("clip", segment=clip).status == 200
        for path in ("/", "/label", "/api/clips/abc", f"/api/clip/abc?id={clip.replace(' ', '+')}"):
            assert desk.ask("GET", path, Cookie=f"seral_{PORT}={desk.secret}").status == 401


def test_share_asks_for_a_password_that_protects(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from seral_core.cli import commands

    served: list[dict[str, Any]] = []
    monkeypatch.setattr("seral_dashboard.serve.serve", lambda **how: served.append(how))
    recordings(tmp_path / "mine", 4)
    label = ["label", str(tmp_path / "mine"), "--target", "emotion=anger,calm", "--project", str(tmp_path / "project")]
    for command in (["dashboard"], label):
        for typed in ("short\nshort\n", f"{PASSWORD}\n{PASSWORD}\n"):
            CliRunner().invoke(commands, [*command, "--share", "--no-browser"], input=typed)
        CliRunner().invoke(commands, [*command, "--no-browser"])
        said = CliRunner().invoke(commands, [*command, "--share", "--no-browser"], input="\n\n").output
        assert f"password: {served[-1]['reach'].password}\n" in said
    passwords = [how["reach"].password for how in served]
    assert [passwords[0], passwords[1], passwords[3], passwords[4]] == [PASSWORD, "", PASSWORD, ""]
    assert check_password(passwords[2]) != check_password(passwords[5])


@pytest.mark.browser
@pytest.mark.usefixtures("no_trainer_left")
def test_the_shared_dashboard_asks_for_the_password_in_a_browser(
    browser: Any, start_server: Callable[..., Any], finished: Path, tmp_path: Path
) -> None:
    folder = project(tmp_path)
    server = start_server(finished.parent, PASSWORD)
    page = browser.new_page()
    page.goto(f"{server.address}/?run=small")
    page.get_by_label("Password of this dashboard").fill("wrong horse")
    page.get_by_role("button", name="Open").click()
    page.get_by_text("This password is wrong").wait_for()
    page.goto(f"{server.address}/rate/{projects.studio(folder).raters[0].secret}")
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_text("Clip 1", exact=True).wait_for()
    page.goto(f"{server.address}/label")
    page.get_by_label("Password of this dashboard").fill(PASSWORD)
    page.get_by_role("button", name="Open").click()
    page.get_by_text("margin").first.wait_for()


@pytest.mark.browser
def test_the_printed_address_opens_the_dashboard_from_anywhere_and_open_pages_outlive_a_restart(
    browser: Any, start_server: Callable[..., Any], finished: Path, tmp_path: Path
) -> None:
    server = start_server(finished.parent)
    page = browser.new_page()
    page.goto(f"{server.address}/?run=small")
    page.get_by_text("Open the address that the terminal shows").wait_for()
    printed = next(line for line in server.log.read_text().splitlines() if line.startswith("SERAL dashboard: "))
    address = printed.split()[2]
    assert address == f"http://localhost:{server.port}/?token={token()}"
    # As SERAL opens it itself: by a file that leads there, which is another site to the browser.
    (tmp_path / "open.html").write_text(f'<meta http-equiv="refresh" content="0; url={address}">')
    page.goto((tmp_path / "open.html").as_uri())
    page.get_by_text("margin").first.wait_for()
    assert token() not in page.url
    server.kill()
    page.get_by_role("dialog").wait_for()
    again = start_server(finished.parent, port=server.port)
    page.get_by_role("dialog").wait_for(state="detached")
    page.get_by_role("link", name="Compare").click()
    page.get_by_text("Labels needed").wait_for()
    assert again.port == server.port
