"""How the dashboard is reached: only on this computer, by a whole network, or behind a proxy."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seral_core.errors import BadPlan
from seral_dashboard.passwords import check_password

LOCALHOST, EVERYWHERE = "127.0.0.1", "0.0.0.0"
_ORIGIN = re.compile(r"https?://([\w.\-]+|\[[0-9a-fA-F:]+\])(:\d+)?", re.ASCII)


@dataclass(frozen=True)
class Reach:
    """Who reaches the dashboard, and under which address.

    Parameters
    ----------
    password : str
        Lets other computers in that know it; empty for only this computer.
    proxy : str
        Address under which a proxy on this computer shows the dashboard, such as
        ``https://seral.example.org``.
    certificate, key : Path, optional
        Of TLS, as PEM files; with them everything is encrypted.

    Raises
    ------
    BadPassword
        When the password is easy to guess.
    BadPlan
        When the proxy's address is none, it is open to everybody, or certificate and key do not
        fit.

    Examples
    --------
    >>> Reach().address(8501), Reach().hosts
    ('http://localhost:8501', ['localhost', '127.0.0.1'])
    >>> behind = Reach("correct horse battery", proxy="https://seral.example.org")
    >>> behind.address(8501), behind.listens, behind.hosts
    ('https://seral.example.org', '127.0.0.1', ['localhost', '127.0.0.1', 'seral.example.org'])
    """

    password: str = ""
    proxy: str = ""
    certificate: Path | None = None
    key: Path | None = None

    def __post_init__(self) -> None:
        if self.password:
            check_password(self.password)
        if self.proxy and not self.password:
            raise BadPlan("a proxy lets other computers in; expected a password; add --share")
        if self.proxy and not _ORIGIN.fullmatch(self.proxy):
            raise BadPlan(
                f"got '{self.proxy:.100}' as the address of the proxy; expected one such as "
                "https://seral.example.org, without a path; check --behind-proxy"
            )
        if self.certificate or self.key:
            self._check_certificate()

    def _check_certificate(self) -> None:
        try:
            if self.certificate is None or self.key is None:
                raise BadPlan("got one of certificate and key; expected both; give --certificate and --key")
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.key, password=lambda: "")
        except (OSError, ValueError) as wrong:
            raise BadPlan(
                f"certificate and key could not be used ({wrong}); expected two PEM files that "
                "belong together, the key without a passphrase; check --certificate and --key"
            ) from None

    @property
    def listens(self) -> str:
        """The address that the server listens on."""
        return EVERYWHERE if self.password and not self.proxy else LOCALHOST

    @property
    def hosts(self) -> list[str]:
        """Names of this server; all where it is shared, as nobody knows by which names others reach it.

        Other names that point here (DNS rebinding) would let a web site read recordings; where the
        dashboard is shared, such a site lacks the cookie.
        """
        if self.listens == EVERYWHERE:
            return ["*"]
        mine = _ORIGIN.fullmatch(self.proxy)
        return ["localhost", LOCALHOST, *([mine[1]] if mine else [])]

    def own(self, port: int) -> str:
        """Return how addresses of this server begin on this computer."""
        return f"http{'s' * bool(self.certificate)}://localhost:{port}"

    def address(self, port: int) -> str:
        """Return how addresses of this server begin, as raters write them."""
        if self.proxy or not self.password:
            return self.proxy or self.own(port)
        return f"http{'s' * bool(self.certificate)}://{_outward()}:{port}"

    @property
    def trusted(self) -> str:
        """Whose word counts on who is asking (``X-Forwarded-For``): nobody's, unless there is a proxy."""
        return f"{LOCALHOST},::1" if self.proxy else ""

    @property
    def settings(self) -> dict[str, Any]:
        """Options of Streamlit's server."""
        tls = {"server.sslCertFile": str(self.certificate), "server.sslKeyFile": str(self.key)}
        return {"server.address": self.listens, **(tls if self.certificate else {})}

    def greeting(self, port: int) -> str:
        """Say to the person who started it what sharing means."""
        if not self.password:
            return ""
        lines = f"shared: others open {self.address(port)} with the password; raters open their own links (view Label)."
        if not self.proxy and not self.certificate:
            lines += (
                "\nWhat is sent is not encrypted: on a network that you do not trust, use "
                "--certificate and --key, or a proxy."
            )
        return lines


def _outward() -> str:
    """Return the address by which other computers reach this one."""
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; asks which way out there is
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
