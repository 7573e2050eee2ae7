"""What ties a project to its store: whose it is, and the newest row that it must still have.

A file in the project's folder is the project's own, and `seral_core.store.whole` watches over it; but the whole folder
may be put back to an older state. A database is not the project's own: two projects may name the same one, and somebody
may empty it, or put back an older state of it. So the newest row is noted elsewhere: of a file in SERAL's home, of a
database in the project's folder.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, select

from seral_core.errors import BadStore
from seral_core.files import read_bytes, regular
from seral_core.store.schema import answers

#: What keeps the newest row, in a project's folder.
NEWEST = "labels.newest"


class NotOwn(BadStore):
    """A store that holds the answers of another project."""


@dataclass
class Bond:
    """Checked with every reading and writing of a store outside of its project's folder, and when a file is opened.

    Parameters
    ----------
    runs : tuple of str
        What the rows of the project say as their ``run``: now, and before its raters got new links. Without any,
        as for a store without a project, it is nobody's.
    folder : Path, optional
        Of the project.
    noted : Path, optional
        File in which the newest row is noted, to be looked for after the next start; left out: in ``folder``. It is not
        waited for the disk, so the note may be behind, but never ahead.

    Examples
    --------
    >>> bond = Bond(("a1",))
    >>> bond.note(3, "id of an answer")
    >>> bond.newest
    (3, '18435d0ea49d2a64')
    """

    runs: tuple[str, ...] = ()
    folder: Path | None = None
    noted: Path | None = None
    _newest: tuple[int, str] | None = field(default=None, repr=False, compare=False)
    _own: bool = field(default=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.noted is None and self.folder is not None:
            self.noted = self.folder / NEWEST

    @property
    def newest(self) -> tuple[int, str]:
        """Number of the newest row that is known to be stored, and a digest of its id; 0 where none is."""
        if self._newest is None:
            self._newest = self._noted()
        return self._newest

    def check(
        self, connection: Connection, where: str, known: tuple[int, str], there: str | None, *, made: bool = True
    ) -> None:
        """Raise `BadStore` where a store is another project's, or lacks what was stored in it.

        Parameters
        ----------
        connection : Connection
            To the store.
        where : str
            Its address, for messages.
        known : tuple of int and str
            What `newest` was before the store was asked: other threads raise it meanwhile.
        there : str, optional
            The id that the store has for that number.
        made : bool
            Whether it has tables.
        """
        if made:
            self.check_own(connection, where)
        number, digest = known
        if number and (there is None or _digest(there) != digest):
            raise self._lost(where, number)

    def check_own(self, connection: Connection, where: str) -> None:
        """Raise `NotOwn` where a store holds clips that were given to the raters of another project."""
        if not self.runs or self._own:
            return
        given = answers.c.kind == "shown"
        if connection.dialect.name == "sqlite":  # in a file that is damaged or put together, any row may be another's
            strange = select(answers.c.run).where(given, answers.c.run.not_in([*self.runs, ""])).limit(1)
            if (whose := connection.scalar(strange)) is not None:
                raise NotOwn(
                    f"{where} holds the answers of another project (run {whose!r:.40}); expected those of this project "
                    "alone: its file was exchanged, or mixed with another one; nothing was stored; put this project's "
                    f"own file back; all that this one holds: seral labels export {shlex.quote(where)}"
                )
            self._own = True
            return
        whose = connection.scalar(select(answers.c.run).where(given).order_by(answers.c.seq).limit(1))
        if whose is not None and whose not in self.runs:
            raise NotOwn(
                f"{where} holds the answers of another project (run {whose!r:.40}); expected a database of this "
                "project's own, for clips and raters of two would be taken for one another; nothing was stored; "
                "name another database, or an empty schema of this one (?options=-csearch_path%3DNAME at the end "
                "of the address), as store in studio.toml; all that it holds: seral labels export ADDRESS"
            )
        self._own = whose is not None

    def note(self, number: int, made: str, *, keep: bool = False) -> None:
        """Note a row that is stored, by its ``seq`` and its id; ``keep`` it for the next start too."""
        if number <= self.newest[0]:
            return
        self._newest = (number, _digest(made))
        if keep and self.noted is not None:
            with suppress(OSError):  # it stays behind, which does no harm
                self._write(self.noted, f"{number:<12} {self._newest[1]}\n")

    def look_again(self) -> None:
        """Ask again whose a store is: the file may have been exchanged."""
        self._own = False

    def forget(self) -> None:
        """Start again, for a user who goes on with what is there."""
        self._newest = (0, "")
        if self.noted is not None:
            self.noted.unlink(missing_ok=True)

    def _noted(self) -> tuple[int, str]:
        if self.noted is not None:
            with suppress(OSError, ValueError):
                number, digest = read_bytes(self.noted, 1000).decode("ascii").split()
                return max(0, int(number)), digest
        return 0, ""

    def _write(self, path: Path, text: str) -> None:
        """Write in place and in one piece; a link is not followed, for the folder may come from anybody."""
        handle = os.open(regular(path), os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            os.write(handle, text.encode("ascii"))
        finally:
            os.close(handle)

    def _lost(self, where: str, number: int) -> BadStore:
        accept = f"seral labels accept {shlex.quote(str(self.folder))}" if self.folder is not None else "start again"
        return BadStore(
            f"{where} lacks row {number}, which was stored in it: it was emptied, replaced, or put back to an "
            "older state; nothing was stored; restore a copy that has it, or stop SERAL and go on with what is "
            f"there: {accept}"
        )


def _digest(made: str) -> str:
    return hashlib.sha256(made.encode()).hexdigest()[:16]
