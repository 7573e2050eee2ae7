"""Folders of one kind get another name, or go to a bin, from which they come back for 30 days."""

from __future__ import annotations

import errno
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from seral_core.errors import BadPlan
from seral_core.folders import inside
from seral_core.home import private_folder
from seral_dashboard.aging import ages
from seral_dashboard.data import free_folder, locked, runs_folder
from seral_dashboard.workers import crew

BIN = ".bin"
KEPT = timedelta(days=30)
_STAMP = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Thrown:
    """What lies in the bin.

    Parameters
    ----------
    folder : Path
        Where it lies now.
    name : str
        What it was called.
    when : datetime
        Since when, in UTC.
    seen : timedelta
        For how long it was seen to lie there, see `seral_dashboard.aging`.
    """

    folder: Path
    name: str
    when: datetime
    seen: timedelta = timedelta(0)

    @property
    def days_left(self) -> int:
        """For how many days it can be brought back, at least."""
        return min(KEPT, max(timedelta(0), KEPT - self.seen, self.when + KEPT - clock())).days

    @property
    def over(self) -> bool:
        """Whether it has lain there for long enough, by the clock and as far as somebody looked: clocks jump."""
        return self.seen > KEPT and clock() - self.when > KEPT


def clock() -> datetime:
    """Return what the computer's clock says, in UTC."""
    return datetime.now(UTC)


class Shelf(ABC):
    """Where folders of one kind lie, with their bin beside them."""

    @property
    @abstractmethod
    def root(self) -> Path:
        """Where they lie."""

    @abstractmethod
    def at_rest(self, folder: Path, done: str) -> AbstractContextManager[None]:
        """Have nobody hold anything of a folder for the length of a ``with`` block; `BadPlan` where it is at work."""

    def name_of(self, thrown: Thrown) -> str:
        """Return what people call what lies in the bin."""
        return thrown.name

    def rename(self, folder: Path, wanted: str) -> Path:
        """Give what lies there another name; return its folder.

        Raises
        ------
        BadPlan
            When it is at work, lies elsewhere than the others, or the name is empty.
        """
        self._check(folder, "renamed")
        with self.at_rest(folder, "renamed"):
            return folder.rename(free_folder(named(wanted), self.root))

    def throw_away(self, folder: Path) -> Thrown:
        """Move a folder to the bin.

        Raises
        ------
        BadPlan
            When it is at work, lies elsewhere than the others, or its name is too long for the bin.
        """
        self._check(folder, "thrown away")
        now = clock()
        place = private_folder(inside(self.root, BIN)) / f"{now.strftime(_STAMP)}-{folder.name}"
        number = 0
        try:
            while place.exists():  # within the same second
                number += 1
                place = place.with_name(f"{(now + timedelta(seconds=number)).strftime(_STAMP)}-{folder.name}")
            with self.at_rest(folder, "thrown away"):
                return _thrown(folder.rename(place))  # type: ignore[return-value]
        except OSError as wrong:
            if wrong.errno != errno.ENAMETOOLONG:
                raise
            text = f"the name {folder.name:.40}... is too long for the bin; give it a shorter name first"
            raise BadPlan(text) from None

    def thrown_away(self) -> list[Thrown]:
        """Return what lies in the bin, the newest first; what was there for too long is removed for good."""
        place = inside(self.root, BIN)  # a link would have others' folders removed
        found = [each for one in (place.iterdir() if place.is_dir() else ()) if (each := _thrown(one)) is not None]
        seen = ages(place, [each.folder.name for each in found], clock()) if place.is_dir() else {}
        found = [replace(each, seen=seen[each.folder.name]) for each in found]
        for each in found:
            if each.over:
                shutil.rmtree(each.folder, ignore_errors=True)
        return sorted((e for e in found if e.folder.is_dir()), key=lambda e: e.when, reverse=True)

    def bring_back(self, folder_name: str) -> Path:
        """Take something out of the bin, under its old name or one that is free; return its folder.

        Raises
        ------
        BadPlan
            When it is not in the bin.
        """
        for each in self.thrown_away():
            if each.folder.name == folder_name:
                return each.folder.rename(free_folder(each.name, self.root))
        raise BadPlan(f"'{folder_name:.80}' is not in the bin; expected one that the page offers; reload the page")

    def _check(self, folder: Path, done: str) -> None:
        if folder.resolve().parent != self.root.resolve() or folder.is_symlink():
            raise BadPlan(
                f"{folder} was opened from another place than {self.root}, so it is not {done} here; "
                "move or remove it where it lies"
            )


class Runs(Shelf):
    """Experiments and recipes: their folders lie side by side."""

    @property
    def root(self) -> Path:
        """Where all runs are kept."""
        return runs_folder()

    @contextmanager
    def at_rest(self, folder: Path, done: str) -> Iterator[None]:
        """Raise `BadPlan` where somebody works on it."""
        runs = folder / "runs"
        held = [folder, *(runs.iterdir() if runs.is_dir() else ())]
        if crew().busy(folder) or any(map(locked, held)):
            raise at_work(folder.name, done)
        yield


def named(wanted: str) -> str:
    """Return a name as it was typed, or raise `BadPlan` for none.

    Examples
    --------
    >>> named(" first ")
    'first'
    """
    if not wanted.strip():
        raise BadPlan("got no name; expected one; type what it is to be called")
    return wanted.strip()


def at_work(name: str, done: str) -> BadPlan:
    """Return the error that says that something must end first."""
    return BadPlan(f"{name} is at work; it can be {done} when it has ended; stop it first")


def _thrown(folder: Path) -> Thrown | None:
    stamp, dash, name = folder.name.partition("-")
    try:
        when = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None  # not put there by us
    return Thrown(folder, name, when) if dash and name and folder.is_dir() and not folder.is_symlink() else None
