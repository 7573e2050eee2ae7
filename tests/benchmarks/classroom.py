"""A class of 60 scripted phones: from the last vote to the reveal on all of them, and two kills without a lost answer.

Run as ``python -m tests.benchmarks classroom``, or with ``phones`` and ``questions`` behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import statistics
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from seral_core.classroom.plan import ClassPlan, new_class, open_class
from seral_core.classroom.story import story_of
from seral_core.store import LabelStore
from seral_dashboard.keys import Cookies, token
from seral_dashboard.projects import key_of
from tests.dashboard.conftest import Server
from tests.dashboard.phones import Phone

PHONES, QUESTIONS, KILLS = 60, 20, 2
#: From the last vote to the reveal as the last phone sees it.
AIM_MS = 300.0
#: The built-in corpus, in a size that is made in a minute.
CORPUS = "synthetic:clips=120:speakers=6"


class Teacher:
    """Who says "next" at the wall."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.place = server, f"/api/wall/{key_of(folder)}"
        cookies = Cookies(token(), server.port)
        self.cookie = f"{cookies.name}={cookies.owner()}"

    def say(self, method: str, verb: str) -> Any:
        import json

        line = HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        with contextlib.closing(line):
            line.request(method, f"{self.place}/{verb}", headers={"Cookie": self.cookie})
            answer = line.getresponse()
            content = json.loads(answer.read())
        if answer.status >= 400:
            raise OSError(f"{answer.status}: {content}")
        return content

    async def until(self, method: str, verb: str, done: Any = lambda _: True) -> Any:
        """Say it until it is done, whatever happens to the server."""
        while True:
            with contextlib.suppress(OSError):
                if done(content := await asyncio.to_thread(self.say, method, verb)):
                    return content
            await asyncio.sleep(0.2)


def cpu_ms(server: Server) -> float:
    """Return how long server and phones have computed so far, whatever else the machine is at."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return 1000 * ((int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + time.process_time())


async def last_vote(phones: list[Phone], number: int) -> None:
    """Wait until every phone has sent its vote."""
    while not all(number in phone.voted_at for phone in phones):
        await asyncio.sleep(0.005)


async def held(
    server: Server, folder: Path, phones: list[Phone], questions: int, kills: int
) -> list[tuple[float, float]]:
    """Hold the class; return milliseconds from last vote to reveal, and of computing, of questions without a kill."""
    teacher = Teacher(server, folder)
    await teacher.until("GET", "look", lambda seen: seen["ready"])
    names = [await phone.join() for phone in phones]
    assert len(set(names)) == len(phones)
    running = [asyncio.ensure_future(phone.run()) for phone in phones]
    await teacher.until("GET", "look", lambda seen: len(seen["present"]) == len(phones))
    struck = {round((i + 1) * questions / (kills + 1)) for i in range(kills)}
    spans = []
    for number in range(1, questions + 1):
        await teacher.until("GET", "look", lambda seen: len(seen["curves"]) >= number)  # noqa: B023
        opened = await asyncio.to_thread(teacher.say, "POST", "open")
        assert opened["number"] == number
        if number in struck:
            await asyncio.sleep(max(0.0, opened["starts_at"] - time.time()) + 0.5 * phones[0].slow_s)
            server.kill()  # half of the votes are under way
            await asyncio.sleep(1.0)
            teacher.server = server = Server(folder.parent, server.log, port=server.port)
            await asyncio.to_thread(server.wait)
        await last_vote(phones, number)
        before = cpu_ms(server)
        while not all(number in phone.revealed_at for phone in phones):
            await asyncio.sleep(0.005)
        last = max(phone.voted_at[number] for phone in phones)
        if number not in struck:
            span = 1000 * (max(phone.revealed_at[number] for phone in phones) - last)
            spans.append((span, cpu_ms(server) - before))
    await teacher.until("POST", "end")
    await asyncio.gather(*running)
    server.process.terminate()
    server.process.wait(30)
    return spans


def lost(folder: Path, phones: list[Phone]) -> list[str]:
    """Return what is wrong with the store: acknowledged votes that it lacks, doubles, other values, late ones."""
    rows = {row.id: row for row in LabelStore(folder / "labels.sqlite").rows()}
    wrong = []
    for phone in phones:
        for made, (number, value) in phone.sent.items():
            row = rows.get(made)
            if made not in phone.acknowledged:
                wrong.append(f"{phone.name}: vote on {number} was never acknowledged")
            elif row is None or (row.round, row.value) != (number, value):
                wrong.append(f"{phone.name}: vote on {number} is not in the store as it was sent")
    sent = sum(len(phone.sent) for phone in phones)
    counted = sum(len(question.votes) for question in story_of(folder).questions)
    if len(rows) != sent or counted != sent:
        wrong.append(f"{sent} votes were sent, {len(rows)} rows are stored, {counted} count in the room")
    return wrong


def main(phones: int = PHONES, questions: int = QUESTIONS) -> int:
    """Hold two classes, one without kills and one with two; print what was found."""
    fine = True
    for kills in (0, KILLS):
        place = Path(tempfile.mkdtemp(prefix="seral-class-"))
        os.environ.setdefault("SERAL_HOME", str(place / "own"))
        folder = new_class(ClassPlan(CORPUS, questions=questions, known=20, answer_s=60), place / "class")
        from seral_dashboard import projects

        projects.remember(folder)
        word = open_class(folder).word
        crowd = [Phone(0, f"phone {i}", word, lambda seen, i=i: seen["classes"][i % 3], seed=i) for i in range(phones)]
        server = Server(place, place / "server.log").wait()
        for phone in crowd:
            phone.port = phone.listening.port = phone.voting.port = server.port
        spans = asyncio.run(held(server, folder, crowd, questions, kills))
        wrong = lost(folder, crowd)
        waits, work = [span for span, _ in spans], statistics.median(computed for _, computed in spans)
        middle, late = statistics.median(waits), sorted(waits)[int(0.95 * (len(waits) - 1))]
        sent = sum(len(phone.sent) for phone in crowd)
        print(
            f"{phones} phones, {kills} kills: vote to reveal {middle:.0f} ms median, {late:.0f} ms at 95 %, "
            f"{max(waits):.0f} ms at most (aim {AIM_MS:.0f}), of which {work:.0f} ms of computing on both sides; "
            f"{sent} votes, {len(wrong)} wrong",
            flush=True,
        )
        print("\n".join(wrong[:10]))
        fine &= late < AIM_MS and not wrong
        shutil.rmtree(place, ignore_errors=True)
    return 0 if fine else 1
