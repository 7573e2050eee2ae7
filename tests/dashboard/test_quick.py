"""Answers are not held back on their way to the browser."""

from __future__ import annotations

import socket

from streamlit.web.server.starlette import starlette_server

from dashboard.quick import answer_at_once


def test_connections_to_the_dashboard_send_every_piece_as_it_comes() -> None:
    answer_at_once()
    answer_at_once()  # a second dashboard in one process changes nothing more
    with starlette_server._bind_socket("127.0.0.1", 0, 5) as listener:
        listener.setblocking(True)
        with socket.create_connection(listener.getsockname()):
            accepted, _ = listener.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
