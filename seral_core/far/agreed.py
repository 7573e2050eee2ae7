"""Stores of files and schedulers that somebody on this computer has agreed to: a run or a project that was given away
may name any.

What a folder says of itself proves nothing, so that it is kept in SERAL's home.
"""

from __future__ import annotations

import json
import shlex

from filelock import FileLock

from seral_core.errors import BadFeatures, BadPlan
from seral_core.far.place import HERE, check_address, is_address
from seral_core.files import read_text, write_text
from seral_core.home import home


def agree(address: str) -> None:
    """Note that the user has named a store: what is no address, or lies on this computer, needs no note.

    Examples
    --------
    >>> agree("SERALv01"), agree("memory://bucket/features")
    (None, None)
    """
    if store := _store(address):
        _note(store)


def check_agreed(address: str) -> None:
    """Raise `BadFeatures` for a store that nobody on this computer has named, before SERAL connects to it.

    Examples
    --------
    >>> check_agreed("SERALv01")
    >>> check_agreed("s3://bucket-of-others/features")
    Traceback (most recent call last):
    seral_core.errors.BadFeatures: ... at s3://bucket-of-others, where nobody on this computer has asked for any; ...
    """
    store = _store(address)
    if store and store not in _agreed():
        raise BadFeatures(
            f"features are to be read at {store}, where nobody on this computer has asked for any; SERAL has not "
            f"connected there; if you know that place and want to use it, name it once: seral plan-cost "
            f"{shlex.quote(address)}"
        )


def agree_scheduler(dask: str) -> None:
    """Note that the user has named a Dask scheduler; processes of this computer need no note.

    Examples
    --------
    >>> agree_scheduler("local:2"), agree_scheduler("")
    (None, None)
    """
    if scheduler := _scheduler(dask):
        _note(scheduler)


def check_scheduler(dask: str) -> None:
    """Raise `BadPlan` for a scheduler that nobody on this computer has named: whoever runs it can run code here.

    Examples
    --------
    >>> check_scheduler("local")
    >>> check_scheduler("tcp://example.org:8786")
    Traceback (most recent call last):
    seral_core.errors.BadPlan: ... to the Dask scheduler tcp://example.org:8786, which nobody on this computer has ...
    """
    scheduler = _scheduler(dask)
    if scheduler and scheduler not in _agreed():
        raise BadPlan(
            f"work is to be sent to the Dask scheduler {dask:.80}, which nobody on this computer has named; SERAL has "
            "not connected there, for whoever runs it can run code here; if you know it and want to use it, name it "
            f"once: seral label PROJECT --dask {shlex.quote(dask[:80])}; or take dask out of studio.toml"
        )


def _scheduler(dask: str) -> str:
    return f"dask {dask}" if dask and dask.partition(":")[0] != "local" else ""


def _note(name: str) -> None:
    with FileLock(home() / ".agreed-addresses", timeout=10):
        if name not in (known := _agreed()):
            write_text(home() / "agreed-addresses.json", json.dumps([*known, name], indent=1), mode=0o600)


def _store(address: str) -> str:
    """Return kind and host, or bucket, of an address; empty where nobody is asked over a network."""
    if not is_address(address):
        return ""
    check_address(address)
    kind, _, path = address.rpartition("::")[2].partition("://")
    return "" if kind in HERE else f"{kind}://{path.split('/')[0]}"


def _agreed() -> list[str]:
    try:
        found = json.loads(read_text(home() / "agreed-addresses.json"))
    except (OSError, ValueError, RecursionError):
        return []  # asked again
    return [entry for entry in found if isinstance(entry, str)] if isinstance(found, list) else []
