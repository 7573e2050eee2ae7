"""Scripted phones of a class: each keeps its vote until that is acknowledged, as the page does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


class Gone(OSError):
    """The server was not reached, or did not answer."""


@dataclass
class Line:
    """One connection that is kept open, as a browser's is."""

    port: int
    secret: str = ""
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: Any = None, wait_s: float = 15.0) -> tuple[int, Any]:
        """Return status and content; raise `Gone` where there is none."""
        try:
            async with asyncio.timeout(wait_s):
                return await self._ask(method, path, body)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError, IndexError) as wrong:
            self.close()
            raise Gone(str(wrong)) from None

    async def _ask(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        if self.streams is None:
            self.streams = await asyncio.open_connection("127.0.0.1", self.port)
        reader, writer = self.streams
        content = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nContent-Length: {len(content)}\r\n"
        writer.write(f"{head}Authorization: Bearer {self.secret}\r\n\r\n".encode() + content)
        await writer.drain()
        first = await reader.readuntil(b"\r\n\r\n")
        lines = first.decode("latin-1").split("\r\n")
        status, headers = (
            int(lines[0].split()[1]),
            dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line),
        )
        raw = await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection") == "close":
            self.close()
        return status, json.loads(raw) if "json" in headers.get("content-type", "") else raw

    def close(self) -> None:
        if self.streams is not None:
            self.streams[1].close()
        self.streams = None


@dataclass
class Phone:
    """A phone: in step with the class, and sure that each vote arrives.

    Parameters
    ----------
    port : int
        Of the server.
    name, word : str
        Nickname, and the word on the wall.
    says : callable
        Returns the class that it votes for, given what it sees.
    slow_s : float
        It votes so long after the clip began, at most.
    """

    port: int
    name: str
    word: str
    says: Callable[[dict[str, Any]], str]
    slow_s: float = 1.0
    seed: int = 0
    place: str = ""
    step: str = ""
    seen: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, tuple[int, str]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    voted_at: dict[int, float] = field(default_factory=dict)
    revealed_at: dict[int, float] = field(default_factory=dict)
    prefetched: set[int] = field(default_factory=set)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.secret = f"{self.rng.getrandbits(128):032x}"
        self.listening, self.voting = Line(self.port, self.secret), Line(self.port, self.secret)

    async def join(self) -> str:
        while True:
            with contextlib.suppress(Gone):
                body = {"word": self.word, "name": self.name, "secret": self.secret}
                status, content = await self.voting.ask("POST", "/api/class/join", body)
                assert status == 200, content
                self.place = content["place"]
                return str(content["rater"])
            await asyncio.sleep(0.3)

    async def run(self) -> None:
        """Follow the class to its end."""
        if not self.place:
            await self.join()
        while self.seen.get("phase") != "ended":
            try:
                status, seen = await self.listening.ask("GET", f"{self.place}/look?after={self.step}")
            except Gone:
                await asyncio.sleep(0.3 * (0.5 + self.rng.random()))
                continue
            if status >= 500:
                await asyncio.sleep(0.5)
                continue
            assert status == 200, seen
            self.take(seen)
        while self.tasks:
            await asyncio.gather(*self.tasks)
        for line in (self.listening, self.voting):
            line.close()

    def take(self, seen: dict[str, Any]) -> None:
        before, self.seen, self.step = self.seen, seen, seen["step"]
        number = seen["number"]
        if seen["phase"] == "revealed":
            self.revealed_at.setdefault(number, time.monotonic())
        if seen["phase"] == "question" and number != before.get("number"):
            wait = seen["starts_at"] - seen["now"] + self.slow_s * self.rng.random()
            self._begin(self.vote(number, self.says(seen), wait))

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def vote(self, number: int, value: str, wait_s: float = 0.0) -> None:
        """Vote, and send it again until it is acknowledged."""
        if self.seen.get("sound"):
            with contextlib.suppress(Gone):
                await self.voting.ask("GET", f"{self.place}/clip?question={number + self.seen['then']}")
                self.prefetched.add(number + self.seen["then"])
        await asyncio.sleep(max(0.0, wait_s))
        made = str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
        body = {"id": made, "question": number, "value": value, "after_s": max(0.0, wait_s), "plays": 1}
        self.sent[made] = (number, value)
        self.voted_at[number] = time.monotonic()
        while True:
            with contextlib.suppress(Gone):
                status, content = await self.voting.ask("POST", f"{self.place}/answer", body)
                if status == 200 and isinstance(content.get("saved"), int):
                    self.acknowledged.add(made)
                    return
                assert status >= 500, content
            await asyncio.sleep(0.3)
