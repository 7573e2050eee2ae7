"""Where a project's answers are: in its folder, or elsewhere once the owner has agreed.

A project's folder may come from anybody, and may name a database anywhere. SERAL connects to none,
and opens no file outside the folder, before somebody on this computer has agreed to it. That is
kept in SERAL's home, for what a folder says of itself proves nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from filelock import FileLock

from seral_core.errors import BadPlan, BadStore
from seral_core.files import read_text, write_text
from seral_core.folders import inside, leads_out
from seral_core.home import home
from seral_core.store import LabelStore
from seral_core.store.bond import NEWEST, Bond, NotOwn
from seral_core.store.whole import BESIDE

#: The store in a project's folder.
OWN = "labels.sqlite"


class ForeignStore(BadStore):
    """A project that keeps its answers at a place which nobody on this computer has agreed to.

    Parameters
    ----------
    folder : Path
        Of the project.
    place : str
        Path or address, without a password.
    """

    def __init__(self, folder: Path, place: str) -> None:
        self.folder, self.place = folder, place
        super().__init__(
            f"the project {folder} keeps its answers at {place}, outside of its folder; SERAL has "
            "not connected there; if you know that place and want to use it, say so once: seral "
            f"labels trust {shlex.quote(str(folder))}"
        )


class Storing(Protocol):
    """What a project says of its store: an address, empty for the file in the folder; and what its rows say of it."""

    @property
    def store(self) -> str:
        """Address, or nothing."""

    @property
    def run(self) -> str:
        """What its rows say."""

    @property
    def former_runs(self) -> tuple[str, ...]:
        """What they said before."""


def store_of(folder: Path, studio: Storing | None) -> LabelStore:
    """Return the store of a project.

    Parameters
    ----------
    folder : Path
        Of the project.
    studio : LabelProject, optional
        The project; None for a folder that has labels and no project.

    Raises
    ------
    ForeignStore
        When it is elsewhere, also by a link, and nobody has agreed.
    BadPlan
        When a file beside it is a link that leads elsewhere.

    Examples
    --------
    >>> from seral_core.studio.project import LabelProject
    >>> store_of(Path("project"), None).place.endswith("labels.sqlite")
    True
    >>> address = "postgresql://me:secret@example.org/labels"
    >>> store_of(Path("project"), LabelProject("recordings", ("arousal",), store=address))
    Traceback (most recent call last):
    seral_core.studio.stores.ForeignStore: the project project keeps its answers at ...me:***@example.org/labels, ...
    """
    place = outside(folder, studio.store if studio else "")
    if not place:
        for ending in (*BESIDE, "-journal"):
            inside(folder, OWN + ending)
        return LabelStore(folder / OWN, _of_file(folder, studio))
    if not agreed(folder, place):
        raise ForeignStore(folder, LabelStore(place).place)
    return _bound(folder, place, studio)


def check_own(folder: Path, studio: Storing) -> None:
    """Raise `BadStore` where a new project names the database of another one; one that is not reached is asked later.

    Examples
    --------
    >>> from seral_core.studio.project import LabelProject
    >>> check_own(Path("project"), LabelProject("recordings", ("arousal",)))
    """
    if studio.store:
        store = _bound(folder, studio.store, studio)
        try:
            store.check()
        except NotOwn:
            raise
        except BadStore:
            return
        finally:
            store.close()


def _bound(folder: Path, place: str, studio: Storing | None) -> LabelStore:
    inside(folder, NEWEST)
    runs = (studio.run, *studio.former_runs) if studio else ()
    return LabelStore(place, Bond(tuple(filter(None, runs)), folder))


def _of_file(folder: Path, studio: Storing | None) -> Bond | None:
    """Return what notices that a file is another project's, or that its whole folder was put back, numbers and all.

    The latter is noted in SERAL's home, and is about the place, too: a copy elsewhere may well be older.
    """
    runs = tuple(filter(None, (*studio.former_runs, studio.run))) if studio else ()
    if not runs:
        return None
    noted = hashlib.sha256(f"{folder.resolve()}\n{runs[0]}".encode("utf-8", "replace")).hexdigest()[:32]
    with suppress(OSError):
        return Bond(runs, folder, home("stores") / noted)
    return Bond(runs)


def outside(folder: Path, store: str) -> str:
    """Return where a project's store is if that is outside of its folder: as it says, or by a link; empty otherwise.

    Examples
    --------
    >>> outside(Path("project"), ""), outside(Path("project"), "postgresql://example.org/labels")
    ('', 'postgresql://example.org/labels')
    """
    if store:
        return store
    return os.path.realpath(folder / OWN) if leads_out(folder, folder / OWN) else ""


def agreed(folder: Path, store: str) -> bool:
    """Return whether a place outside of a project's folder was agreed to by somebody on this computer.

    An empty place is the folder itself.

    Examples
    --------
    >>> agreed(Path("project"), ""), agreed(Path("project"), "postgresql://example.org/labels")
    (True, False)
    """
    return not store or _entry(folder, store) in _agreements()


def agree(folder: Path, store: str) -> None:
    """Note that a project may keep its answers at a place outside of its folder; see `store_of`."""
    with FileLock(home() / ".agreed-stores", timeout=10):
        entries = _agreements()
        if store and _entry(folder, store) not in entries:
            write_text(_list(), json.dumps([*entries, _entry(folder, store)], indent=1), mode=0o600)


def check_writable(folder: Path) -> None:
    """Raise `BadPlan` where a project may be read but not written to.

    Examples
    --------
    >>> import tempfile
    >>> check_writable(Path(tempfile.mkdtemp()))
    """
    for place in (folder, folder / OWN):
        if place.exists() and not os.access(place, os.W_OK):
            raise BadPlan(
                f"{place} may only be read; expected a project that may be written to; give "
                "yourself that right, or copy the whole folder to a place of yours; its labels "
                f"can be exported as it is: seral labels export {shlex.quote(str(folder))} --to "
                "labels.csv"
            )


def _entry(folder: Path, store: str) -> list[str]:
    return [str(folder.resolve()), LabelStore(store).place]


def _list() -> Path:
    return home() / "agreed-stores.json"


def _agreements() -> list[list[str]]:
    try:
        entries = json.loads(read_text(_list()))
    except (OSError, ValueError, RecursionError):
        return []  # asked again
    return [entry for entry in entries if isinstance(entry, list)] if isinstance(entries, list) else []
