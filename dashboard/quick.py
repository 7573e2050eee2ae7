"""Answers leave at once: without this, each waits some 40 ms for the browser to acknowledge its first half.

The server that Streamlit starts writes head and body of an answer one after the other on a socket that
gathers small pieces (Nagle's algorithm), while the browser puts off its acknowledgement.
"""

from __future__ import annotations

import socket
from collections.abc import Callable


def answer_at_once() -> None:
    """Have sockets that Streamlit listens on from now on send every piece as it comes.

    Examples
    --------
    >>> answer_at_once()
    >>> from streamlit.web.server.starlette import starlette_server
    >>> with starlette_server._bind_socket("127.0.0.1", 0, 5) as listener:
    ...     listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
    True
    """
    from streamlit.web.server.starlette import starlette_server

    # asyncio would do so itself, but not for a socket that was made without naming its protocol.
    bind = getattr(starlette_server, "_bind_socket", None)
    if bind is not None and not hasattr(bind, "at_once"):
        starlette_server._bind_socket = _at_once(bind)  # type: ignore[assignment]


def _at_once(bind: Callable[[str, int, int], socket.socket]) -> Callable[[str, int, int], socket.socket]:
    def quick(address: str, port: int, backlog: int) -> socket.socket:
        listener = bind(address, port, backlog)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # those it accepts inherit it
        return listener

    quick.at_once = True  # type: ignore[attr-defined]
    return quick
