"""Options of ``seral dashboard`` and ``seral label`` that say which other computers may come in, and how."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from seral_core.cli.place import Place
from seral_core.console import echo

_SHARE = "Let other computers in, with a password (or SERAL_PASSWORD); raters need only their link."
_PROXY = "Address under which a proxy on this computer shows the dashboard."
_FILE = Place(path_type=Path, exists=True, dir_okay=False)


def sharing(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of sharing to a command, which gets them as one ``reach``."""

    @click.option("--share", is_flag=True, help=_SHARE)
    @click.option("--behind-proxy", "proxy", default="", metavar="URL", help=_PROXY)
    @click.option("--certificate", type=_FILE, help="Certificate of TLS, as a PEM file; with --key.")
    @click.option("--key", type=_FILE, help="Its key, as a PEM file.")
    @wraps(command)
    def shared(*, share: bool, proxy: str, certificate: Path | None, key: Path | None, **how: Any) -> None:
        from seral_dashboard.reach import Reach

        reach = Reach(_password() if share else "", proxy, certificate, key)
        command(reach=reach, **how)

    return shared


def _password() -> str:
    """Return the password of a shared dashboard: from ``SERAL_PASSWORD``, as the user types it, or a new one.

    The variable is taken out of the environment, which every child of this process would inherit.
    """
    from seral_dashboard.passwords import check_password, made_password

    given = os.environ.pop("SERAL_PASSWORD", "") or click.prompt(
        "Password for those who may see the dashboard (empty: one is made)",
        default="",
        show_default=False,
        hide_input=True,
        confirmation_prompt=True,
    )
    if given:
        return check_password(str(given))
    made = made_password()
    echo(f"password: {made}")
    return made
