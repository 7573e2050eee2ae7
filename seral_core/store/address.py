"""Addresses of stores: what one may ask for, and how messages show it.

A project may come from anybody, and so may the address in it. What PostgreSQL's own library takes there may load a
program (``sslkey``), write a file, or lead elsewhere than the address says: only what a store needs is taken.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from seral_core.errors import BadStore

#: What may stand behind the question mark of a PostgreSQL address; the last ones only where no host comes before it.
SETTINGS = (
    "application_name", "channel_binding", "client_encoding", "connect_timeout", "gssencmode", "keepalives",
    "keepalives_count", "keepalives_idle", "keepalives_interval", "krbsrvname", "load_balance_hosts", "options",
    "password", "require_auth", "requirepeer", "sslcert", "sslcertmode", "sslcrl", "sslkey", "sslmode",
    "sslnegotiation", "sslpassword", "sslrootcert", "sslsni", "target_session_attrs", "tcp_user_timeout",
)  # fmt: skip
PLACES = ("host", "port")
SECRETS = ("password", "sslpassword")
_WANTED = (
    "got {}; expected a file or the address of a PostgreSQL database, such as "
    "postgresql://user:password@host/name; correct it"
)


def url_of(place: Path | str) -> URL:
    """Return the address of a store.

    Parameters
    ----------
    place : Path or str
        File, or address of a PostgreSQL database.

    Raises
    ------
    BadStore
        When it is neither, or asks for what no store needs.

    Examples
    --------
    >>> url_of("postgresql://me@host/labels?sslmode=require").drivername
    'postgresql+psycopg'
    >>> url_of("postgresql://me@host/labels?hostaddr=192.0.2.1")
    Traceback (most recent call last):
    seral_core.errors.BadStore: the address ...://me@host/labels?hostaddr=192.0.2.1 asks for hostaddr; expected ...
    """
    if isinstance(place, Path) or "://" not in place:
        return URL.create("sqlite", database=str(Path(place).absolute()))
    try:
        url = make_url(place)
    except ArgumentError:
        raise BadStore(_WANTED.format("an address that cannot be read")) from None
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    is_far = url.drivername == "postgresql+psycopg"
    if not is_far and not (url.drivername == "sqlite" and url.database):
        raise BadStore(_WANTED.format(shown(url)))
    _check_query(url, (*SETTINGS, *(() if url.host else PLACES)) if is_far else ())
    return url


def shown(url: URL) -> str:
    """Return an address without secrets, and with all that says where it leads.

    Examples
    --------
    >>> shown(make_url("postgresql://me:secret@host/labels?sslmode=require&password=secret"))
    'postgresql://me:***@host/labels?password=***&sslmode=require'
    """
    hidden = url.set(query={name: "***" if name in SECRETS else value for name, value in url.query.items()})
    return hidden.render_as_string(hide_password=True).replace("=%2A%2A%2A", "=***")


def _check_query(url: URL, known: tuple[str, ...]) -> None:
    odd = [name for name, values in url.normalized_query.items() if name not in known or _is_odd(name, values)]
    if odd:
        wanted = f"{', '.join(known)}, each once, and as sslkey a file" if known else "nothing"
        raise BadStore(
            f"the address {shown(url)} asks for {odd[0]:.40}; expected behind the question mark: {wanted}; take it out "
            "of the address, or say it in your own environment, as PostgreSQL's PGSERVICE"
        )


def _is_odd(name: str, values: Sequence[str]) -> bool:
    """Whether a setting says more than it may: what stands before a colon in ``sslkey`` is a program to load."""
    drive = 2 if os.name == "nt" else 0
    return (len(values) > 1 and name not in PLACES) or (name == "sslkey" and ":" in values[0][drive:])
