"""Connections to the server: room for everybody, even if somebody holds many open without asking for anything.

Who connects gets a place; when there is none left, the connection goes that has been silent
longest. One network gets a part of all places, and some are only for this computer. Besides,
answers leave at once: without that, each waits some 40 ms for the browser to acknowledge its first
half (Nagle's algorithm).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections import OrderedDict
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from seral_dashboard.passwords import network

#: Seconds until the head of a request must have come.
SILENT_S = 10.0
#: Open files that the server wants where the system allows; those it needs for itself; connections
#: of one network.
FILES, OWN_FILES, OF_ONE = 16_384, 256, 256
#: The part of all places that is only for this computer.
LOCAL_PART = 0.25


class Places:
    """The open connections of a server.

    Parameters
    ----------
    most : int
        In all.

    Examples
    --------
    >>> class Line:
    ...     closed = False
    ...     def is_closing(self): return self.closed
    ...     def abort(self): self.closed = True
    >>> places, first, second, third = Places(2), Line(), Line(), Line()
    >>> [places.enter(line, "127.0.0.1") for line in (first, second)]
    [True, True]
    >>> places.speaks(first)
    >>> places.enter(third, "127.0.0.1"), [line.closed for line in (first, second, third)]
    (True, [False, True, False])
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._open: dict[Any, str] = {}
        self._silent: OrderedDict[Any, None] = OrderedDict()

    def enter(self, line: Any, address: str) -> bool:
        """Give a connection a place; False, and it is closed, where there is none."""
        where, here = network(address), _is_local(address)
        bounds = [(self.most, lambda _: True)]
        if not here:
            bounds += [(int(self.most * (1 - LOCAL_PART)), lambda of: not _is_local(of)), (OF_ONE, where.__eq__)]
        for most, counts in bounds:
            if not self._room(most, counts):
                line.abort()
                return False
        self._open[line] = where
        self._silent[line] = None
        return True

    def speaks(self, line: Any) -> None:
        """Note that a connection has asked for something, and all of it has come."""
        self._silent.pop(line, None)

    def waits(self, line: Any) -> None:
        """Note that a connection has not come to an end with what it asks."""
        if line in self._open:
            self._silent.setdefault(line)

    def _room(self, most: int, counts: Any) -> bool:
        """Whether there is room for one more; the one that was silent longest makes room."""
        if len(self._open) < most:
            return True
        self._open = {line: where for line, where in self._open.items() if not line.is_closing()}
        if sum(counts(where) for where in self._open.values()) < most:
            return True
        self._silent = OrderedDict((line, None) for line in self._silent if line in self._open)
        longest = next((line for line in self._silent if counts(self._open[line])), None)
        if longest is None:
            return False
        self.left(longest)
        longest.abort()
        return True

    def left(self, line: Any) -> None:
        """Take a place back."""
        self._open.pop(line, None)
        self._silent.pop(line, None)


def _is_local(address: str) -> bool:
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(address.split("%")[0]).is_loopback
    return address == ""


places = Places(OF_ONE)


class Polite(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
    """uvicorn's protocol, with a place of its own among others, and a time until it must have spoken."""

    _until: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin a connection."""
        line = transport.get_extra_info("socket")
        if line is not None and line.family in (socket.AF_INET, socket.AF_INET6):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().connection_made(transport)
        if places.enter(transport, self.client[0] if self.client else ""):
            self._listen()

    def connection_lost(self, exc: Exception | None) -> None:
        """End it."""
        self._spoken()
        places.left(self.transport)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Go on: heads of requests must arrive in time; what reads bodies has limits of its own."""
        before = self.cycle
        super().data_received(data)
        now = self.cycle
        is_socket = self.transport.get_protocol() is not self
        if not is_socket and (now is None or (now is before and now.response_complete)):  # a head that is not whole
            self._listen()
            places.waits(self.transport)
            return
        self._spoken()
        if is_socket or not now.more_body:
            places.speaks(self.transport)
        else:
            places.waits(self.transport)

    def _listen(self) -> None:
        if self._until is None and not self.transport.is_closing():
            self._until = self.loop.call_later(SILENT_S, self._too_silent)

    def _spoken(self) -> None:
        if self._until is not None:
            self._until.cancel()
            self._until = None

    def _too_silent(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()


def be_polite() -> None:
    """Have servers of this process that are made from now on serve so, with as many open files as are allowed."""
    from uvicorn import config

    global places
    places = Places(max(64, _files() - OWN_FILES))
    config.HTTP_PROTOCOLS["auto"] = f"{__name__}:{Polite.__name__}"


def _files() -> int:
    """Raise how many files may be open, and return how many."""
    try:
        import resource
    except ImportError:  # not on Windows, where sockets are no files
        return 2048
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return min(FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
