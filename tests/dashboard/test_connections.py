"""Connections: nobody blocks others by holding many open, and answers are not held back."""

from __future__ import annotations

import contextlib
import resource
import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from uvicorn import config

from seral_dashboard import bodies, connections
from seral_dashboard.connections import OF_ONE, Places, Polite
from tests.dashboard.label import serving
from tests.dashboard.test_access import talk, websocket


class Line:
    """A connection that only knows whether it is open."""

    closed = False

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


def at_once(request: Request) -> PlainTextResponse:
    return PlainTextResponse("here")


async def reads(request: Request) -> Response:
    try:
        return PlainTextResponse(str(len(await bodies.body_of(request, 10) or b"")))
    except bodies.NoBody as wrong:
        return wrong.answer


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server with few places."""
    monkeypatch.setitem(config.HTTP_PROTOCOLS, "auto", f"{connections.__name__}:{Polite.__name__}")
    monkeypatch.setattr(connections, "places", Places(20))
    monkeypatch.setattr(connections, "SILENT_S", 1.0)
    monkeypatch.setattr(bodies, "BODY_S", 3.0)
    routes = [Route("/", at_once), Route("/body", reads, methods=["POST"]), WebSocketRoute("/_stcore/stream", talk)]
    with serving(app=Starlette(routes=routes)) as port:
        yield port


def ask(port: int) -> bytes:
    with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        line.request("GET", "/")
        return line.getresponse().read()


def test_idle_connections_block_nobody_and_are_closed(port: int) -> None:
    with contextlib.ExitStack() as open_:
        idle = [open_.enter_context(socket.create_connection(("127.0.0.1", port), 20)) for _ in range(60)]
        idle[-1].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")  # a head without an end
        assert ask(port) == b"here"
        for line in idle:
            with contextlib.suppress(ConnectionResetError):
                assert line.recv(10) == b""
    assert ask(port) == b"here"


def test_bodies_that_do_not_come_block_nobody_and_are_not_waited_for(port: int) -> None:
    head = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    with contextlib.ExitStack() as open_:
        slow = []
        for _ in range(20):
            slow.append(open_.enter_context(socket.create_connection(("127.0.0.1", port), 20)))
            slow[-1].sendall(head)
            assert slow[-1].recv(100).startswith(b"HTTP/1.1 100"), "the body is waited for"
            slow[-1].sendall(b"x")
        assert ask(port) == b"here", "a place of theirs is free for who asks"
        last = b"".join(iter(lambda: slow[-1].recv(1000), b""))
        assert last.startswith(b"HTTP/1.1 408")
        assert b"send it again" in last
    with socket.create_connection(("127.0.0.1", port), 20) as line:
        line.sendall(head.replace(b"Expect: 100-continue\r\n", b"") + b"x")
        line.sendall(b"yes")
        assert line.recv(1000).startswith(b"HTTP/1.1 200")
        silent = [one.get_extra_info("peername") for one in list(connections.places._silent)]
        assert line.getsockname() not in silent, "all of it has come"


def test_the_head_of_a_second_request_must_come_in_time_too(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 20) as line:
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line.recv(1000).startswith(b"HTTP/1.1 200")
        line.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert line.recv(10) in (b"", b"here")
            assert line.recv(10) == b""


def test_a_crowd_of_connections_that_ended_is_passed_over_without_going_deep() -> None:
    places = Places(10)
    for _ in range(3000):
        line = Line()
        places.enter(line, "127.0.0.1")
        line.closed = True
    busy = [Line() for _ in range(10)]
    for line in busy:
        assert places.enter(line, "127.0.0.1")
        places.speaks(line)
    assert not places.enter(Line(), "127.0.0.1")
    assert not any(line.closed for line in busy)


def test_a_connection_that_spoke_stays_and_a_websocket_too(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 20) as line:
        head = (
            f"GET /_stcore/stream HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        )
        line.sendall(f"{head}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        assert line.recv(20).startswith(b"HTTP/1.1 101")
        assert not [one for one in connections.places._silent if not one.is_closing()]
    assert websocket(port).startswith(b"HTTP/1.1 101")


def test_one_network_gets_its_part_and_this_computer_always_has_room() -> None:
    places = Places(OF_ONE + 100)

    def come(address: str) -> Line:
        line = Line()
        if places.enter(line, address):
            places.speaks(line)
        return line

    flood = [come(f"2001:db8::{number:x}") for number in range(OF_ONE + 50)]
    assert sum(not line.closed for line in flood) <= OF_ONE, "one network, whatever its addresses"
    strangers = [come(f"192.0.2.{number}") for number in range(200)]
    assert not strangers[0].closed
    assert strangers[-1].closed
    assert not any(come("127.0.0.1").closed for _ in range(20))
    for line in flood:
        line.closed = True
    assert not come("192.0.2.250").closed, "places are free again"


def test_places_of_connections_that_ended_are_given_back() -> None:
    places = Places(10)
    for _ in range(100):
        line = Line()
        assert places.enter(line, "127.0.0.1")
        places.speaks(line)
        line.closed = True  # as a WebSocket ends: nobody is informed
    assert len(places._open) <= 10


def test_the_server_may_open_more_files_where_the_system_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: wanted[-1] if wanted else (256, 4096))
    monkeypatch.setattr(resource, "setrlimit", lambda _, limits: wanted.append(limits))
    assert connections._files() == 4096
    assert wanted == [(4096, 4096)]


def test_connections_send_every_piece_as_it_comes(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), 20):
        assert ask(port) == b"here"
        kept = [line.get_extra_info("socket") for line in connections.places._open if not line.is_closing()]
        assert kept
        assert all(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for line in kept)


def test_a_long_trace_of_a_rater_may_come_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    async def of_a_rater(request: Request) -> Response:
        try:
            return PlainTextResponse(str(len(await bodies.body_of(request, 6, known=True) or b"")))
        except bodies.NoBody as wrong:
            return wrong.answer

    monkeypatch.setattr(bodies, "BODY_S", 0.01)
    monkeypatch.setattr(bodies, "SLOWEST", 0.1)
    app = Starlette(routes=[Route("/", of_a_rater, methods=["POST"])])
    with serving(app=app) as port, socket.create_connection(("127.0.0.1", port), 60) as line:
        line.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nx")
        time.sleep(0.3)
        line.sendall(b"yes")
        assert line.recv(1000).startswith(b"HTTP/1.1 200")
