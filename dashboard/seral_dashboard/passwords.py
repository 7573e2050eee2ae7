"""Passwords of a shared dashboard: strong ones only, and few tries for those who guess."""

from __future__ import annotations

import ipaddress
import re
import secrets
import threading
import time
from collections import OrderedDict, deque

from seral_core.errors import SeralError

#: Wrong passwords per minute from one network, and of how many networks that is remembered.
TRIES, MOST_NETWORKS = 5, 4096
#: Of zxcvbn's scores from 0 to 4: "safely unguessable" for who may try a few times a minute.
STRONG = 3
_LONGEST = 72  # what zxcvbn reads
#: What anybody would try first, alone or joined.
_OURS = {"seral", "dashboard", "label", "labels", "labelling", "speech", "emotion", "password"}
_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that looks like another


class BadPassword(SeralError, ValueError):
    """A password that protects nothing."""


def check_password(password: str) -> str:
    """Return a password, or raise `BadPassword` where it is easily guessed.

    Examples
    --------
    >>> check_password("12345678")
    Traceback (most recent call last):
    seral_dashboard.passwords.BadPassword: the password is easy to guess (this is a top-10 common password); ...
    >>> check_password("seral-dashboard-2026")
    Traceback (most recent call last):
    seral_dashboard.passwords.BadPassword: the password is easy to guess; expected a strong one; ...
    >>> check_password("correct horse battery")
    'correct horse battery'
    """
    from zxcvbn import zxcvbn

    # Only the start is judged: what follows makes a password no weaker.
    found = zxcvbn(password[:_LONGEST], user_inputs=list(_OURS)) if password else None
    words = set(re.findall(r"[a-z]+", password.lower()))
    if found is None or found["score"] < STRONG or (words and words <= _OURS):
        why = found["feedback"]["warning"].rstrip(".") if found else ""
        reason = f" ({why[0].lower()}{why[1:]})" if why else ""
        raise BadPassword(
            f"the password is easy to guess{reason}; expected a strong one; "
            "take three unusual words, or leave it empty and one is made"
        )
    return password


def made_password() -> str:
    """Return a password of 15 random characters, some 74 bits, in groups that can be read aloud.

    Examples
    --------
    >>> len(made_password()), made_password() != made_password()
    (17, True)
    """
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(3))


def network(address: str) -> str:
    """Return to whom an address belongs: in IPv6 a household or an office has a whole /64.

    All of a computer's own addresses are one, and so is all that is no address, which a client may have made up.

    Examples
    --------
    >>> network("192.0.2.7"), network("2001:db8::1:2"), network("::ffff:192.0.2.7"), network("garbage17")
    ('192.0.2.7', '2001:db8::/64', '192.0.2.7', '')
    >>> network("127.1.2.3"), network("::1"), network("::ffff:127.0.0.9")
    ('127.0.0.1', '127.0.0.1', '127.0.0.1')
    """
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback:
        return "127.0.0.1"
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(found) >> 64 << 64, 64)))
    return str(found)


class Tries:
    """Wrong passwords of the last minute, by network: one that guesses waits, and nobody else does.

    Parameters
    ----------
    most : int
        How many a network may have.

    Examples
    --------
    >>> tries = Tries()
    >>> for _ in range(TRIES):
    ...     tries.wrong("192.0.2.7")
    >>> tries.too_many("192.0.2.7"), tries.too_many("192.0.2.8")
    (True, False)
    """

    def __init__(self, most: int = TRIES) -> None:
        self._most = most
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def too_many(self, address: str) -> bool:
        """Whether somebody at this address has to wait."""
        with self._lock:
            times = self._wrong.get(network(address), deque())
            return len(times) == self._most and times[0] > time.monotonic() - 60

    def wrong(self, address: str) -> None:
        """Note a wrong password; of very many networks, those are forgotten that were quiet longest."""
        where = network(address)
        with self._lock:
            self._wrong.setdefault(where, deque(maxlen=self._most)).append(time.monotonic())
            self._wrong.move_to_end(where)
            if len(self._wrong) > MOST_NETWORKS:
                self._wrong.popitem(last=False)
