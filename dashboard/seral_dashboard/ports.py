"""The port of the server: free, and nobody else's on this computer for as long as the server runs."""

from __future__ import annotations

import contextlib
import errno
import os
import socket

from seral_core.errors import BadPlan
from seral_dashboard.reach import LOCALHOST

#: Where this computer has no addresses of the sixth version, nobody listens on one.
_NO_SIX = (errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EPROTONOSUPPORT)
SIX = "::1"


def take_port(wanted: int, address: str = LOCALHOST, tries: int = 50) -> tuple[int, socket.socket | None]:
    """Return the first free port from ``wanted`` on, and what keeps ``[::1]`` of it from others.

    Browsers ask for ``localhost`` at ``[::1]`` first. A program of another user that listens there
    would be sent the token. The socket is bound but does not listen, so that browsers go on to the
    other address at once.

    Parameters
    ----------
    wanted : int
        Where to begin.
    address : str
        What the server will listen on.
    tries : int
        How many ports are looked at.

    Returns
    -------
    int
        The port.
    socket or None
        To be held until the server ends; None where the computer has no such address.

    Raises
    ------
    BadPlan
        When no port is free.

    Examples
    --------
    >>> port, held = take_port(8501)
    >>> 1024 < port < 65536
    True
    >>> if held is not None:
    ...     held.close()
    """
    if not 0 < wanted < 65536:
        raise BadPlan(f"port is {wanted}; expected 1 to 65535; choose another one: --port 8501")
    for port in range(wanted, min(wanted + tries, 65536)):
        with contextlib.suppress(OSError):
            held = _hold(port)
            try:
                _try(address, port)
            except OSError:
                if held is not None:
                    held.close()
                raise
            return port, held
    raise BadPlan(f"no free port from {wanted} on; choose another one: seral dashboard --port 9000")


def _hold(port: int) -> socket.socket | None:
    try:
        held = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    except OSError:
        return None
    try:
        held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        held.bind((SIX, port))
    except OSError as wrong:
        held.close()
        if wrong.errno in _NO_SIX:
            return None
        raise
    return held


def _try(address: str, port: int) -> None:
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))
