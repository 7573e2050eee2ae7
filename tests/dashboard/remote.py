"""Scripted raters at other computers: each does what the page does, but for the sound."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from tests.dashboard.phones import Gone, Line

#: As in the page: screens that may wait, clips that are fetched ahead, and what lies between two tries, in seconds.
MOST_WAITING, AHEAD, FIRST_S, LONGEST_S = 4, 3, 0.3, 5.0


@dataclass
class Letter:
    """What was answered or taken back, and is sent until the server acknowledges it."""

    verb: str
    body: dict[str, Any]
    put_at: float
    tried: bool = False

    @property
    def ids(self) -> list[str]:
        """Of the answers in it, or of those that it takes back."""
        if "id" in self.body:
            return [self.body["id"]]
        return [one if isinstance(one, str) else one["id"] for one in self.body["answers"]]


@dataclass
class Rater:
    """One rater; answers until `stop` is set, and then until nothing waits.

    Parameters
    ----------
    ports : sequence of int
        Of the servers; another one is taken whenever one is in trouble.
    place, secret : str
        How addresses of the project begin, and whose link it is.
    classes : sequence of str
        To choose from, all of one target, ``emotion``.
    pause_s : float
        How long a clip is listened to, on average.
    """

    ports: Sequence[int]
    place: str
    secret: str
    classes: Sequence[str]
    pause_s: float = 1.5
    seed: int = 0
    now: dict[str, Any] | None = None
    clips: list[dict[str, Any]] = field(default_factory=list)
    shelf: dict[str, bytes] = field(default_factory=dict)
    past: list[tuple[dict[str, Any], list[str]]] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    letters: list[Letter] = field(default_factory=list)
    sent: dict[str, tuple[str, str]] = field(default_factory=dict)
    acknowledged: list[Letter] = field(default_factory=list)
    sounded_ms: list[float] = field(default_factory=list)
    saved_ms: list[tuple[float, float]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    stop: bool = False

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.at = self.seed % len(self.ports)
        self.lines = {name: Line(self.ports[self.at], self.secret) for name in ("letters", "clips")}

    async def run(self) -> None:
        """Label, send and fetch at the same time."""
        sending, fetching = asyncio.ensure_future(self._send()), asyncio.ensure_future(self._fetch())
        await self._label()
        await sending
        fetching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await fetching
        for line in self.lines.values():
            line.close()

    # ---- what a person does

    async def _label(self) -> None:
        pressed: float | None = None
        while not self.stop:
            if self.now is None and self.clips:
                self.now = self.clips.pop(0)
            if self.now is None or self.now["segment"] not in self.shelf:
                await asyncio.sleep(0.002)
                continue
            if pressed is not None:
                self.sounded_ms.append(1000 * (time.perf_counter() - pressed))
            await asyncio.sleep(self.pause_s * (0.5 + self.rng.random()))
            while len({letter.body["shown"] for letter in self.letters}) >= MOST_WAITING and not self.stop:
                await asyncio.sleep(0.01)  # the page says that answers wait, and the rater waits too
            if self.stop:
                return
            pressed = time.perf_counter()
            kind = self.rng.random()
            if kind < 0.05 and self.past:
                self._undo()
            else:
                self._answer("skip" if kind > 0.97 else "answer")

    def _answer(self, kind: str) -> None:
        clip, self.now = self.now, None
        assert clip is not None
        made, value = str(uuid.UUID(int=self.rng.getrandbits(128), version=4)), self.rng.choice(self.classes)
        answers = [{"id": made, "target": "emotion", "value": value}] if kind == "answer" else []
        body = {"shown": clip["shown"], "segment": clip["segment"], "kind": kind, "answers": answers, "plays": 1,
                "answered_at": time.time(), **({"id": made} if kind == "skip" else {})}  # fmt: skip
        self.sent[made] = (clip["segment"], value if kind == "answer" else "")
        self.past.append((clip, [made]))
        self.done.add(clip["shown"])
        self.letters.append(Letter("answer", body, time.perf_counter()))

    def _undo(self) -> None:
        clip, answers = self.past.pop()
        for letter in [letter for letter in self.letters if letter.verb == "answer" and letter.ids == answers]:
            if not letter.tried:  # it never left
                self.letters.remove(letter)
                del self.sent[answers[0]]
                answers = []
        if answers:
            self.letters.append(Letter("undo", {"shown": clip["shown"], "answers": answers}, time.perf_counter()))
        self.done.discard(clip["shown"])
        self.clips[:0] = [clip, *([self.now] if self.now else [])]
        self.now = None

    # ---- what the page does behind

    async def _send(self) -> None:
        pause = 0.0
        while not self.stop or self.letters:
            if not self.letters:
                await asyncio.sleep(0.002)
                continue
            letter = self.letters[0]
            letter.tried = True
            answer = await self._ask("letters", "POST", letter.verb, letter.body)
            if answer is None:
                pause = min(LONGEST_S, pause * 1.7 or FIRST_S)
                await asyncio.sleep(pause)
                continue
            pause = 0.0
            self.letters.remove(letter)
            now = time.perf_counter()
            if "error" in answer:
                self.refused.append(f"{letter.verb} {letter.ids}: {answer['error']}")
                continue
            self.acknowledged.append(letter)
            self.saved_ms.append((now, 1000 * (now - letter.put_at)))
            if letter.verb == "undo":
                self._renew(letter.body["shown"], answer["again"])
            self._take(answer["clips"])

    async def _fetch(self) -> None:
        while True:
            wanted = [clip["segment"] for clip in [self.now, *self.clips[:AHEAD]] if clip is not None]
            missing = next((segment for segment in wanted if segment not in self.shelf), None)
            if missing is not None:
                content = await self._ask("clips", "GET", f"clip?segment={quote(missing)}")
                if isinstance(content, bytes):
                    self.shelf[missing] = content
                else:
                    await asyncio.sleep(0.7)
            elif self.now is None and not self.clips:
                answer = await self._ask("clips", "GET", f"next?n={MOST_WAITING}")
                self._take((answer or {}).get("clips", []))
                if not self.clips:
                    await asyncio.sleep(1.0)
            else:
                await asyncio.sleep(0.002)

    def _take(self, clips: list[dict[str, Any]]) -> None:
        known = {clip["shown"] for clip in [self.now, *self.clips] if clip} | self.done
        self.clips += [clip for clip in clips if clip["shown"] not in known]

    def _renew(self, shown: str, again: str | None) -> None:
        if again and shown in self.done:
            self.done.add(again)
        for clip in [self.now, *self.clips, *(clip for clip, _ in self.past)]:
            if clip and again and clip["shown"] == shown:
                clip["shown"] = again
        seen = {self.now["shown"] if self.now else "", *self.done}
        self.clips = [clip for clip in self.clips if clip["shown"] not in seen and not seen.add(clip["shown"])]  # type: ignore[func-returns-value]

    async def _ask(self, line: str, method: str, what: str, body: Any = None) -> Any:
        """Return content, what is wrong with a request as ``error``, or None where it was not answered for now."""
        used = self.lines[line]
        try:
            status, content = await used.ask(method, f"{self.place}/{what}", body)
        except Gone:
            status, content = 503, None
        if status < 500:
            return content
        used.close()
        self.at = (self.at + 1) % len(self.ports)
        self.lines[line] = Line(self.ports[self.at], self.secret)
        return None
