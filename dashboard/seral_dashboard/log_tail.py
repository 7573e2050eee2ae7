"""A log that is followed while it grows: what was read once is not read again."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from seral_core.errors import BadPlan
from seral_core.files import opened
from seral_core.runs.chain import Chain
from seral_core.runs.events import Event, from_json
from seral_core.runs.log import Log
from seral_core.runs.plan import Plan


@dataclass(frozen=True)
class Followed(Log):
    """A log whose events are read once, and later only what was added."""

    def events(self, most: int | None = None) -> list[Event]:
        """Return all events so far, or the first few."""
        return [event for _, event in _tails(self.path).read()[:most]]

    def timed(self) -> list[tuple[datetime, Event]]:
        """Return all events so far, with the time of writing."""
        return _tails(self.path).read()

    @property
    def size(self) -> int:
        """Bytes written so far; 0 where nothing is."""
        try:
            return os.stat(f"{self.folder}/events.jsonl").st_size
        except OSError:
            return 0

    def finished(self) -> bool:
        """Whether the run is over; looked for again when something was written."""
        return _finished(self.folder, self.size)

    @property
    def plan(self) -> Plan:
        """The plan, read once."""
        return _plan(self.folder)


@lru_cache(maxsize=4000)
def _finished(folder: Path, _size: int) -> bool:
    return Log(folder).finished()


@lru_cache(maxsize=2000)
def _plan(folder: Path) -> Plan:
    return Plan.load(folder)


@dataclass
class _Tail:
    path: Path
    read_to: int = 0
    file_number: int = 0
    chain: Chain = field(default_factory=lambda: Chain(""))
    events: list[tuple[datetime, Event]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self) -> list[tuple[datetime, Event]]:
        with self.lock:
            size, file_number = self._now()
            if size < self.read_to or file_number != self.file_number:  # repaired, or started again
                self.read_to, self.events, self.file_number = 0, [], file_number
            if self.read_to == 0:
                self.chain = Log(self.path.parent).chain()
            if size > self.read_to:
                with opened(self.path) as file:
                    file.seek(self.read_to)
                    content = file.read()
                whole = content[: content.rfind(b"\n") + 1]
                chain = replace(self.chain)
                self.events = self.events + list(self._parsed(whole, chain))
                self.chain = chain
                self.read_to += len(whole)
            return self.events

    def _now(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except OSError:
            return 0, 0
        return found.st_size, found.st_ino

    def _parsed(self, content: bytes, chain: Chain) -> Iterator[tuple[datetime, Event]]:
        for line in content.split(b"\n")[:-1]:
            try:
                if not chain.follows(line):
                    raise ValueError(line)
                data = json.loads(line)
                yield datetime.fromisoformat(data["at"]), from_json(data)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                Log(self.path.parent).lines()  # says which line it is, and what to do
                raise BadPlan(f"{self.path} has a line without a time; 'seral resume --repair' repairs it") from None


@lru_cache(maxsize=4000)
def _tails(path: Path) -> _Tail:
    return _Tail(path)
