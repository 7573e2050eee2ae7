"""The log: a run's folder, with its plan and one JSON line an event, each chained to those before."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from seral_core.errors import BadLog, SeralError
from seral_core.files import appending, opened, read_bytes, write_text
from seral_core.folders import inside
from seral_core.look import look
from seral_core.runs.chain import NAME, Chain, after
from seral_core.runs.events import Event, Training, from_json, to_json
from seral_core.runs.plan import Plan


class DiskTrouble(SeralError, OSError):
    """An event could not be written down."""


@dataclass(frozen=True)
class Log:
    """The folder of one run.

    Parameters
    ----------
    folder : Path
        Holds ``plan.toml`` and ``events.jsonl``; made when the first event is written.

    Examples
    --------
    >>> import tempfile
    >>> from seral_core.runs.events import Finished
    >>> log = Log.create(Path(tempfile.mkdtemp()), Plan(budget=50))
    >>> log.append(Finished(50, "the budget is spent"))
    >>> log.events()
    [Finished(spent=50, why='the budget is spent')]
    """

    folder: Path
    _end: _End = field(default_factory=lambda: _End(), init=False, compare=False, repr=False)

    def _repr_html_(self) -> str:
        state = "finished" if self.finished() else "not finished"
        return look(f"Run {self.folder.name}, {state}", {"folder": self.folder}) + self.plan._repr_html_()

    @classmethod
    def create(cls, parent: Path, plan: Plan) -> Log:
        """Return the log of a plan below ``parent``, in a folder named by the plan's key."""
        log = cls(inside(Path(parent), plan.key))
        if not log.plan_path.exists():
            with _Told(log.plan_path):
                write_text(log.plan_path, plan.to_toml())
        return log

    @property
    def plan_path(self) -> Path:
        """Where the plan is."""
        return inside(self.folder, "plan.toml")

    @property
    def path(self) -> Path:
        """Where the events are."""
        return inside(self.folder, "events.jsonl")

    @property
    def plan(self) -> Plan:
        """The plan of the run; raise `BadLog` where it is not the one that the folder is named after."""
        plan = Plan.load(self.folder)
        if plan.key != self.folder.name:
            raise BadLog(
                f"{self.plan_path} is not the plan this run was made by (it says {plan.key}); "
                "expected what was written at the start; restore it, or start a new run"
            )
        return plan

    def append(self, event: Event) -> None:
        """Write one event down at once, with the time; raise `DiskTrouble` where that fails."""
        if isinstance(event, Training):
            return
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, **to_json(event)}, ensure_ascii=False, separators=(",", ":")).encode()
        with _Told(self.path), appending(self.path) as file:
            chain = self._chain_at(file.tell())
            content = chain.linked(line) + b"\n"
            if file.write(content) < len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._end.size, self._end.chain = file.tell(), chain

    def events(self, most: int | None = None) -> list[Event]:
        """Return all events, or the first few; a last line that was cut off while being written is passed over.

        Raises
        ------
        BadLog
            When a line is no event, or is not the one that was written after those before it.
        """
        return [event for _, event in islice(self._parsed(), most)]

    def lines(self) -> list[dict[str, Any]]:
        """Return all events as dictionaries, with the time of writing under ``"at"``."""
        return [{name: value for name, value in line.items() if name != NAME} for line, _ in self._parsed()]

    def finished(self) -> bool:
        """Whether the run is over; looks only at the end of the file."""
        if not self.path.exists():
            return False
        with opened(self.path) as file:
            file.seek(max(0, self.path.stat().st_size - 4096))
            return b'"event":"Finished"' in file.read().splitlines()[-1:][0] if self.path.stat().st_size else False

    def mend(self) -> None:
        """Cut off a last line that was not written to its end, so that the next one starts afresh."""
        if not self.path.exists():
            return
        content = read_bytes(self.path)
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            with _Told(self.path):
                os.truncate(self.path, whole)

    def repair(self) -> int:
        """Move everything from the first line that cannot be trusted to ``events.jsonl.damaged``.

        Returns
        -------
        int
            Number of lines that were moved; the run can be resumed from the rest.
        """
        content = read_bytes(self.path).splitlines(keepends=True)
        good, chain = 0, self.chain()
        for good, line in enumerate(content):  # noqa: B007
            if _trouble(line) or not chain.follows(line.rstrip(b"\n")):
                break
        else:
            return 0
        damaged = inside(self.folder, "events.jsonl.damaged")
        with appending(damaged) as file:
            file.writelines(content[good:])
        os.truncate(self.path, sum(map(len, content[:good])))
        return len(content) - good

    def _parsed(self) -> Iterator[tuple[dict[str, Any], Event]]:
        if not self.path.exists():
            return
        content, chain = read_bytes(self.path), self.chain()
        for number, line in enumerate(content.split(b"\n")[:-1], 1):
            repair = f"'seral resume --repair {self.folder}' keeps the lines before it and sets the others aside"
            try:
                data, event = _event(line)
            except BadLog as wrong:
                raise BadLog(f"line {number} of {self.path}: {wrong}; {repair}") from None
            if not chain.follows(line):
                before = f"line {number - 1}" if number > 1 else "plan.toml beside it"
                raise BadLog(
                    f"line {number} of {self.path} is not what was written after {before}: one of "
                    "them was changed, inserted, moved or doubled, or a line is missing; restore "
                    f"the file, or {repair}"
                )
            yield data, event

    def chain(self) -> Chain:
        """Return the chain at the beginning of the log: it follows from the plan."""
        try:
            return Chain(Plan.load(self.folder).key if self.plan_path.exists() else "")
        except SeralError:  # somebody edited it
            return Chain(hashlib.sha256(read_bytes(self.plan_path)).hexdigest())

    def _chain_at(self, size: int) -> Chain:
        """Return the chain at the end of the log: as it was left, or else as the file says."""
        if self._end.chain is not None and self._end.size == size:
            return self._end.chain
        lines = read_bytes(self.path).split(b"\n")[:-1]
        if lines and (found := after(lines[-1])):
            return found
        chain = self.chain()
        for line in lines:
            chain.follows(line)
        return chain


@dataclass
class _End:
    """How large a log was, and its chain, after what was written last."""

    size: int = -1
    chain: Chain | None = None


def _event(line: bytes) -> tuple[dict[str, Any], Event]:
    """Return what a line says, as a dictionary and as an event; raise `BadLog` where it is none."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLog(f"got {line[:60]!r}; expected a JSON event") from None
    return data, from_json(data)


def _trouble(line: bytes) -> bool:
    """Return whether a line is no event."""
    try:
        _event(line)
    except BadLog:
        return True
    return False


class _Told:
    """Turn trouble with the disk into a sentence."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, wrong: BaseException | None, trace: object) -> None:
        if isinstance(wrong, OSError) and not isinstance(wrong, SeralError):
            raise DiskTrouble(
                f"cannot write {self.path}: {wrong.strerror}; all events before are kept; "
                f"free some space, then continue with: seral resume {self.path.parent}"
            ) from wrong
