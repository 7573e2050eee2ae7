"""Where raters' links lead: to the project that had them first, never by themselves to a copy of its folder.

A copy of a project's folder holds the same secrets. So SERAL's home keeps which folder each of
them belongs to. A folder that was moved is known by its number on the disk. That another one takes
the place of one that is gone, only its owner can say, by opening it.
"""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock

from seral_core.errors import BadPlan
from seral_core.files import read_text, write_text
from seral_core.home import home
from seral_core.studio import FILE

#: Folder and number of what no folder has any more.
RETIRED = ["", ""]


class Copied(BadPlan):
    """A project that raters' links do not lead to, or perhaps not.

    Parameters
    ----------
    folder : Path
        Of the project.
    other : Path, optional
        Of the one that has the same secrets; None where its raters were given others.
    holds : bool
        Whether the links are known to lead there.

    Attributes
    ----------
    original : Path or None
        Where the links are known to lead, if that is there now.
    retired : bool
        Whether they lead nowhere any more.

    Examples
    --------
    >>> print(Copied(Path("saved"), Path("first"), holds=False))
    saved and first are copies of one project, and it is not known to which its raters' links lead; open that one ...
    """

    def __init__(self, folder: Path, other: Path | None, *, holds: bool = True) -> None:
        self.original, self.retired = other if other and holds and _is_there(other) else None, other is None
        own = f"seral label {shlex.quote(str(folder))} --new-links"
        if self.retired:
            what = "has raters' links that were replaced by new ones, and lead nowhere any more"
        elif self.original:
            what = f"is a copy of {other}, to which its raters' links lead; label there"
        elif holds:
            what = (
                f"has the raters' links of a project at {other}, which is not there now; if that was "
                f"moved to here, or this is what you saved of it, open it once: seral label {shlex.quote(str(folder))}"
            )
        else:
            what = (
                f"and {other} are copies of one project, and it is not known to which its raters' links lead; "
                "open that one once: seral label FOLDER"
            )
        super().__init__(f"{folder} {what}; or make it a project of its own, with new links: {own}")


def marks_of(run: str, secrets: Iterable[str]) -> frozenset[str]:
    """Return what tells a project and its copies from all others: its run, and its raters' secrets, not readable.

    Examples
    --------
    >>> len(marks_of("a1", ["secret of anna", "secret of ben"]))
    3
    """
    return frozenset(
        hashlib.sha256(text.encode()).hexdigest() for text in (f"run {run}" if run else "", *secrets) if text
    )


def check_original(folder: Path, marks: frozenset[str]) -> bool:
    """Return whether a project's links are known to lead to it; raise `Copied` where they lead elsewhere.

    Examples
    --------
    >>> check_original(Path("first"), marks_of("never seen", []))
    False
    """
    places = [place for mark, place in _places().items() if mark in marks]
    for place in places:
        if place == RETIRED:
            raise Copied(folder, None)
        if not _is_same(folder, place):
            raise Copied(folder, Path(place[0]))
    return bool(places)


def retire(folder: Path, marks: frozenset[str]) -> None:
    """Let marks that belong to this folder belong to none from now on: a copy that was saved holds them too.

    Examples
    --------
    >>> folder, marks = Path("first"), marks_of("retired", [])
    >>> settle(folder, marks), retire(folder, marks)
    (None, None)
    >>> check_original(Path("saved"), marks)
    Traceback (most recent call last):
    seral_core.studio.copies.Copied: saved has raters' links that were replaced by new ones, ...
    """
    with FileLock(home() / ".links", timeout=10):
        known = _places()
        mine = {mark for mark, place in known.items() if mark in marks and place[0] == str(folder.resolve())}
        if mine:
            write_text(_list(), json.dumps({**known, **dict.fromkeys(sorted(mine), RETIRED)}, indent=1), mode=0o600)


def settle(folder: Path, marks: frozenset[str]) -> None:
    """Let the links of a project lead to this folder from now on."""
    folder = folder.resolve()
    place = [str(folder), _inode(folder)]
    with FileLock(home() / ".links", timeout=10):
        known = _places()
        kept = {mark: other for mark, other in known.items() if other[0] != place[0] and mark not in marks}
        if (new := {**kept, **dict.fromkeys(sorted(marks), place)}) != known:
            write_text(_list(), json.dumps(new, indent=1), mode=0o600)


def take(folder: Path, marks: frozenset[str]) -> str:
    """Open a project because its owner says so: where the one that had its links is gone, they lead here from now on.

    Returns
    -------
    str
        What the owner should know; empty where nothing has changed.

    Raises
    ------
    Copied
        When the one that has the links is there, or they lead nowhere any more.

    Examples
    --------
    >>> import tempfile
    >>> take(Path(tempfile.mkdtemp()), marks_of("taken", []))
    ''
    """
    note = ""
    try:
        check_original(folder, marks)
    except Copied as wrong:
        if wrong.original or wrong.retired:
            raise
        note = f"the raters' links of this project led to another folder, which is not there now; they lead to {folder}"
    settle(folder, marks)
    return note


def _is_same(folder: Path, place: list[str]) -> bool:
    """Whether a folder is the one that was noted: at its path, or moved away from there."""
    path, inode = Path(place[0]), place[1]
    if folder.resolve() == path:
        return True
    if _is_there(path):
        return path.samefile(folder) if folder.exists() else False
    return bool(inode) and inode == _inode(folder)


def _is_there(folder: Path) -> bool:
    return (folder / FILE).is_file()


def _inode(folder: Path) -> str:
    try:
        stat = folder.stat()
    except OSError:
        return ""
    return f"{stat.st_dev}:{stat.st_ino}"


def _list() -> Path:
    return home() / "links.json"


def _places() -> dict[str, list[str]]:
    try:
        found = json.loads(read_text(_list()))
    except (OSError, ValueError, RecursionError):
        return {}  # found out anew
    places = found.items() if isinstance(found, dict) else ()
    return {mark: place for mark, place in places if isinstance(place, list) and list(map(type, place)) == [str, str]}
