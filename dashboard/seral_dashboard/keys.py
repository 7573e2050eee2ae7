"""The secret of SERAL's user on this computer, and the cookies that a server makes from it.

Nothing is kept of visitors: a cookie carries its own signature, so that open pages go on after a
restart.
"""

from __future__ import annotations

import hashlib
import os
import secrets

from itsdangerous import BadSignature, TimestampSigner

from seral_core.files import write_text
from seral_core.home import home

#: How long a browser stays known, in seconds: the user's own, and one that was let in with the
#: password.
OWNER_S, VISITOR_S = 30 * 24 * 3600, 12 * 3600
_FILE = "token"
_LEAST = 32


def token() -> str:
    """Return the user's secret, made on first use and readable only by this user.

    One that others may have read is replaced.

    Examples
    --------
    >>> token() == token(), len(token())
    (True, 43)
    """
    path = home() / _FILE
    try:
        if os.name == "nt" or not path.stat().st_mode & 0o077:
            kept = path.read_text(encoding="ascii").strip()
            if len(kept) >= _LEAST:
                return kept
    except (OSError, ValueError):
        pass
    made = secrets.token_urlsafe(32)
    write_text(path, made + "\n", mode=0o600)
    return made


class Cookies:
    """Cookies of one server: those of another port, another secret or an earlier password open nothing.

    Parameters
    ----------
    token : str
        The user's secret.
    port : int
        Of the server. Browsers send a cookie to every port of a host, so its name and its signature
        hold the port.
    password : str
        Of a shared dashboard; visitors' cookies end with it.

    Examples
    --------
    >>> mine, other = Cookies("secret", 8501), Cookies("secret", 8502)
    >>> mine.name, mine.knows(mine.owner()), other.knows(mine.owner()), mine.knows("owner")
    ('seral_8501', True, False, False)
    """

    def __init__(self, token: str, port: int, password: str = "") -> None:
        self.name = f"seral_{port}"
        mark = hashlib.sha256(password.encode("utf-8", "surrogatepass")).hexdigest()
        self._owner = _signer(token, f"seral owner {port}")
        self._visitor = _signer(token, f"seral visitor {port} {mark}")

    def owner(self) -> str:
        """Return a cookie for the user's own browser."""
        return self._owner.sign("owner").decode()

    def visitor(self) -> str:
        """Return a cookie for somebody who gave the password."""
        return self._visitor.sign("visitor").decode()

    def knows(self, cookie: str) -> bool:
        """Whether this server made a cookie, and not too long ago."""
        return _holds(self._owner, cookie, OWNER_S) or _holds(self._visitor, cookie, VISITOR_S)


def _signer(token: str, salt: str) -> TimestampSigner:
    return TimestampSigner(token, salt=salt, digest_method=hashlib.sha256)


def _holds(signer: TimestampSigner, cookie: str, most_s: int) -> bool:
    try:
        signer.unsign(cookie, max_age=most_s)
    except (BadSignature, UnicodeError):
        return False
    return True
