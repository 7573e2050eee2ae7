"""The label store: answers go in, nothing is ever changed or lost.

SQLite by default, PostgreSQL by address. An answer is acknowledged (`LabelStore.append` returns)
only once it is on the disk, in the file itself; while another program reads that file for long, in
the ``-wal`` beside it until that program is done; see `seral_core.store.whole`. Several threads and
processes may use one store at the same time.
"""

from __future__ import annotations

import glob
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import ColumnElement, Connection, and_, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite

from seral_core.errors import BadLabel, BadStore
from seral_core.files import clear_drafts, replacing
from seral_core.store.answer import Answer
from seral_core.store.bond import Bond
from seral_core.store.overtaken import check_others
from seral_core.store.reach import Anew, Reach
from seral_core.store.rows import WANTED, answers_of, columns_of
from seral_core.store.schema import answers, bring_up, check_ours, check_sound
from seral_core.store.standing import Standing
from seral_core.store.whole import check_whole, forget_count, mark, missing, required, rows_in, set_mark

_BATCH = 500
#: What is known where a store could not be read.
READING = "everything that was stored is kept"
#: How often a writer looks at a file that others change.
_LOOKS = 20


class LabelStore:
    """All answers of raters, in order of arrival.

    Parameters
    ----------
    place : Path or str
        File of an SQLite store, made with the first answer; or the address of a PostgreSQL
        database, such as ``"postgresql://user:password@host/name"``.
    bond : Bond, optional
        To the project that the store belongs to.

    Examples
    --------
    >>> import tempfile
    >>> store = LabelStore(Path(tempfile.mkdtemp()) / "labels.sqlite")
    >>> answer = Answer("1", "a.wav", "emotion", "anger", rater="r1", screen="s1")
    >>> store.append([answer]), store.append([answer])
    (1, 0)
    >>> _ = store.append([Answer("2", "a.wav", "emotion", rater="r1", kind="retraction", of="1", screen="s1")])
    >>> store.current(), [(row.seq, row.kind) for row in store.rows()]
    ([], [(1, 'answer'), (2, 'retraction')])
    """

    def __init__(self, place: Path | str, bond: Bond | None = None) -> None:
        self._reach = Reach(place)
        # While it is in use, a file is watched over by `Reach`; a bond notices what became of it before.
        self._bond = bond or (Bond() if self._reach.path is None else None)
        self._readable = self._writable = self._sound = 0
        self._standing, self._seen = Standing(), 0

    def __repr__(self) -> str:
        return f"LabelStore({self._reach.shown!r})"

    def __reduce__(self) -> tuple[type[LabelStore], tuple[str, Bond | None]]:
        return LabelStore, (str(self._reach.path or self._reach.url.render_as_string(hide_password=False)), self._bond)

    @property
    def version(self) -> int:
        """Version of the store's schema; 0 where nothing was written yet."""
        if not self._reach.exists:
            return 0
        with self._reach.named_errors(READING), self._reach.connect() as connection:
            return check_ours(connection, self._reach.shown)

    def append(self, rows: Iterable[Answer], *, seen: int | None = None, chosen: int | None = None) -> int:
        """Write answers down, all or none; return how many of them are new.

        An answer that is there already, by its id, is passed over.

        Parameters
        ----------
        rows : iterable of Answer
            The answers.
        seen : int, optional
            Last ``seq`` that the caller had read when it decided to write.
        chosen : int, optional
            Last ``seq`` that it had read when it chose the clips that are given to a rater.

        Raises
        ------
        BadLabel
            When an id is another answer's already.
        Overtaken
            When other rows arrived after ``seen`` on the screens of these; of it `Taken`, when
            others got or answered a clip after it was chosen for somebody.
        BadStore
            When they could not be written; none of them is then.
        """
        given = list(rows)
        if not given:
            return 0
        new: list[tuple[int, str]] = []
        with self._write() as connection:
            self._check_others(connection, given, seen, chosen)
            for start in range(0, len(given), _BATCH):
                new += self._append(connection, given[start : start + _BATCH])
            if new and self._reach.path is not None:
                set_mark(connection, mark(connection) + len(new))
        if self._bond is not None:
            told = {row.id for row in given if row.kind != "shown"}  # the id of a screen is the same in every state
            if newest := max((row for row in new if row[1] in told), default=None):
                self._bond.note(*newest, keep=True)
        return len(new)

    def rows(
        self,
        *,
        rater: str = "",
        segment: str = "",
        target: str = "",
        after: int = 0,
        screen: str = "",
        kind: str = "",
    ) -> list[Answer]:
        """Return all rows as they arrived, or those of a rater, segment, target, screen or kind, or after a ``seq``."""
        filters = {"rater": rater, "segment": segment, "target": target, "screen": screen, "kind": kind}
        wanted = [answers.c[name] == text for name, text in filters.items() if text]
        return self._find(and_(true(), *wanted, *([answers.c.seq > after] if after else [])))

    def current(self, rater: str = "") -> list[Answer]:
        """Return the answers that are valid now, of all raters or one, in order of arrival; see `Standing`.

        Only what arrived since the last call is read.
        """
        with self._reach.folding:
            new = self.rows(after=self._seen)
            self._standing.add(new)
            self._seen = new[-1].seq if new else self._seen
            return self._standing.now(rater)

    @property
    def place(self) -> str:
        """Path or address, as messages say it: without a password."""
        return self._reach.shown

    def check(self) -> None:
        """Raise `BadStore` where rows are missing, or the store cannot be read; one that is not made yet is fine.

        Of a database that may come back, it is `seral_core.store.database.Away`.
        """
        with self._reach.named_errors(READING):
            self._reach.check_files()
            self._look()

    def check_same(self, rows: Sequence[Answer]) -> None:
        """Raise `BadLabel` where an id of these is another answer's, and `BadStore` where one is not stored."""
        with self._reach.named_errors(READING), self._reach.connect() as connection:
            self._check_same(connection, rows)

    def expect(self, holder: int = 0) -> None:
        """Raise `seral_core.store.database.Away` at once where others found a database away, a moment ago.

        Parameters
        ----------
        holder : int
            A thread that one waits for: not where it waits for the database, and has done so for long.
        """
        self._reach.expect(holder)

    def accept(self) -> int:
        """Go on with the rows that are there, though more were stored; return how many they are.

        Examples
        --------
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels.sqlite"
        >>> answer = Answer("1", "a.wav", "emotion", "anger", rater="r1")
        >>> store = LabelStore(path)
        >>> _ = store.append([answer])
        >>> path.unlink()
        >>> LabelStore(path).rows()
        Traceback (most recent call last):
        seral_core.errors.BadStore: ... has 0 rows (answers, and clips that were shown), but 1 were stored in it ...
        >>> LabelStore(path).accept(), LabelStore(path).rows()
        (0, [])
        """
        self.close()
        self._reach.known = 0
        with self._reach.named_errors():
            if self._bond is not None and self._reach.exists:
                with self._reach.connect() as connection:
                    if check_ours(connection, self._reach.shown):
                        self._bond.look_again()
                        self._bond.check_own(connection, self._reach.shown)
            if self._reach.path is not None:
                forget_count(self._reach.path)
            if self._bond is not None:
                self._bond.forget()
            self._bring_up(self._reach.generation)
            with self._reach.connect() as connection:
                rows = rows_in(connection)
        self.close()
        return rows

    def backup(self, to: Path) -> int:
        """Write a copy of an SQLite store that is whole, also while others write; return how many rows it has.

        Parameters
        ----------
        to : Path
            A new file, readable only by its owner.

        Raises
        ------
        BadStore
            When rows are missing, ``to`` is there already, or the store is a PostgreSQL database.
        """
        if self._reach.path is None:
            raise BadStore(
                f"{self.place} is a PostgreSQL database; back it up with pg_dump, or write its "
                "rows to a file: seral labels export"
            )
        if to.exists():
            raise BadStore(f"{to} is there already; nothing was written; name a new file (--out)")
        self.check()
        if not self._reach.exists:
            raise BadStore(f"{self.place} is not there; there is nothing to back up; check the path")
        clear_drafts(to.parent, "*", f"{glob.escape(to.suffix)}*")  # each backup has a name of its own
        with self._reach.named_errors(), replacing(to, mode=0o600) as draft:
            self._reach.copy(draft, to)
            copied = LabelStore(draft)
            rows = len(copied.rows())
            copied.close()
        return rows

    def close(self) -> None:
        """Let go of the file or database; the next verb opens it again."""
        self._reach.close()
        self._standing, self._seen = Standing(), 0

    def _append(self, connection: Connection, given: Sequence[Answer]) -> list[tuple[int, str]]:
        insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(answers)
        now = time.time()
        statement = insert.on_conflict_do_nothing(index_elements=["id"]).returning(answers)
        new = answers_of(connection.execute(statement, [columns_of(one, now) for one in given]), self.place)
        if len(new) < len(given):
            self._check_same(connection, given)
        first = {one.id: one for one in reversed(given)}
        if odd := next((row for row in new if vars(row) != vars(first[row.id]) | {"seq": row.seq}), None):
            raise BadStore(  # as where a trigger in a database of others changes answers
                f"{self.place} stored another answer than {odd.id}, which was given; check its rules and triggers"
            )
        return [(row.seq, row.id) for row in new]

    def _check_others(
        self, connection: Connection, given: Sequence[Answer], seen: int | None, chosen: int | None
    ) -> None:
        """Within the transaction: make sure of what is there, and of what others wrote meanwhile."""
        bond = self._bond if self._reach.path is None else None
        known = bond.newest if bond else (0, "")
        there = check_others(connection, self.place, given, seen, chosen, known[0])
        if bond:
            bond.check(connection, self.place, known, there)

    def _check_same(self, connection: Connection, given: Sequence[Answer]) -> None:
        stored = select(answers).where(answers.c.id.in_([answer.id for answer in given]))
        by_id = {row.id: row for row in answers_of(connection.execute(stored), self.place)}
        for answer in given:
            if answer.id not in by_id:  # as where a rule in a database of others lets answers go
                raise BadStore(f"{self.place} did not take answer {answer.id}; check its rules and triggers")
            if by_id[answer.id].content != answer.content:
                raise BadLabel(  # no word of the other answer, which may be another rater's
                    f"got answer {answer.id} on {answer.segment}; expected a new id, for this one is taken; "
                    "give each answer an id of its own"
                )

    def _find(self, wanted: ColumnElement[bool]) -> list[Answer]:
        with self._reach.named_errors(READING):
            if self._readable != self._reach.generation and not self._look():
                return []
            with self._reach.connect() as connection:
                found = self._read(connection, wanted)
        if found and self._bond is not None:
            self._bond.note(found[-1].seq, found[-1].id)
        return found

    def _read(self, connection: Connection, wanted: ColumnElement[bool]) -> list[Answer]:
        """Read rows; of a database with the row that must be there, for each question is a way there and back."""
        query = select(answers, wanted.label(WANTED)).order_by(answers.c.seq)
        if self._reach.path is not None or self._bond is None:
            return answers_of(connection.execute(query.where(wanted)), self.place)
        known = self._bond.newest
        rows = connection.execute(query.where(or_(wanted, answers.c.seq == known[0]))).all()
        there = next((row.id for row in rows if row.seq == known[0]), None)
        self._bond.check(connection, self._reach.shown, known, there)
        return answers_of((row for row in rows if row._mapping[WANTED]), self.place)

    def _look(self) -> bool:
        """Return whether there is anything to read; make sure that nothing is missing."""
        try:
            return self._looked()
        except Exception:
            if self._reach.path is not None:  # when it is asked again, the right file may have been put back
                self._reach.close()
            raise

    def _looked(self) -> bool:
        path, generation = self._reach.path, self._reach.generation
        must = max(required(path), self._reach.known) if path else 0
        known = self._bond.newest if self._bond is not None else (0, "")  # others raise it
        if not self._reach.exists:
            if must:
                raise missing(path, 0, must)  # type: ignore[arg-type]
            return False
        with self._reach.connect() as connection:
            version = check_ours(connection, self._reach.shown)
            if path:
                self._reach.known = check_whole(connection, path, must)
                self._check_sound(connection, generation)
            if self._bond is not None:
                there = connection.scalar(select(answers.c.id).where(answers.c.seq == known[0])) if version else None
                self._bond.check(connection, self._reach.shown, known, there, made=version > 0)
        self._readable = generation if version else 0
        return version > 0

    def _check_sound(self, connection: Connection, generation: int) -> None:
        """Look into the whole file, once until it changes hands: a damaged one may have as many rows as it must."""
        if self._sound != generation:
            check_sound(connection, self._reach.shown)
            self._sound = generation
            if self._bond is not None:
                self._bond.look_again()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with self._reach.named_errors(), ExitStack() as held:
            for left in reversed(range(_LOOKS)):
                try:
                    connection = held.enter_context(self._reach.transaction(self._made_sure()))
                    break
                except Anew:  # as where several threads make a new file
                    if not left:
                        raise
            yield connection

    def _made_sure(self) -> int:
        """Make sure of the file where that was not done since it changed; return the generation."""
        with self._reach.looking:  # one thread makes a new file, and the others find it made
            generation = self._reach.generation
            if self._writable != generation:
                self._look()
                self._bring_up(generation)
                self._writable = generation
            return generation

    def _bring_up(self, generation: int) -> None:
        """Make sure of the file before the first word is written to it."""
        if self._reach.exists:
            with self._reach.connect() as connection:
                check_ours(connection, self._reach.shown)
                self._check_sound(connection, generation)
        self._reach.make_file()
        with self._reach.transaction(generation) as connection:
            bring_up(connection, self._reach.shown)
            if self._reach.path is not None:
                set_mark(connection, rows_in(connection))
