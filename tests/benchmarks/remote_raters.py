"""Fifty scripted raters, two servers, a PostgreSQL database that is stopped hard twice: nothing lost, or doubled.

Run as ``python -m tests.benchmarks remote-raters``, or with ``raters``, ``seconds`` and ``stops`` behind it.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
import wave
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np

from seral_core.store import Answer, LabelStore
from seral_core.store.standing import standing
from seral_core.studio.project import LabelProject, new_project, open_project
from seral_core.studio.stores import agree
from tests.dashboard.remote import Rater
from tests.dashboard.scripted import Dashboard, begun, free_port
from tests.postgres import Postgres

RATERS, SECONDS, STOPS, AWAY_S, PAUSE_S, SERVERS = 50, 120.0, 2, 5.0, 1.5, 2
#: How many raters each clip asks for.
WANTED = 2
#: From key to next sound, in milliseconds.
AIM_MS = 150.0
CLASSES = ("anger", "happiness", "neutral", "sadness")


@contextmanager
def at_home(folder: Path) -> Iterator[Path]:
    """Be another computer for a while: SERAL's own files are in this folder."""
    before = os.environ.get("SERAL_HOME")
    os.environ["SERAL_HOME"] = str(folder)
    try:
        yield folder
    finally:
        os.environ.pop("SERAL_HOME")
        if before is not None:
            os.environ["SERAL_HOME"] = before


def tones(folder: Path, clips: int) -> Path:
    """Make short recordings."""
    folder.mkdir()
    for i in range(clips):
        sound = np.sin(np.arange(4000) * (0.05 + 0.4 * (i % 97) / 97)) * 8000
        with wave.open(str(folder / f"{i:05}.wav"), "wb") as file:
            file.setnchannels(1), file.setsampwidth(2), file.setframerate(8000)
            file.writeframes(sound.astype("<i2").tobytes())
    return folder


def dashboards(place: Path, store: str, raters: int, clips: int) -> list[Dashboard]:
    """Make a project, and servers for it on computers of their own that share its folder."""
    from seral_dashboard import projects

    folder, names = place / "project", tuple(f"rater {i}" for i in range(raters))
    project = LabelProject(
        str(tones(place / "recordings", clips)), (f"emotion={','.join(CLASSES)}",), store=store, k=WANTED
    )
    with at_home(place / "own"):
        new_project(folder, project, names)
    servers = []
    for number in range(SERVERS):
        with at_home(place / f"computer {number}") as home:
            home.mkdir()
            agree(folder, store)
            projects.remember(folder)
            servers.append(Dashboard(home, folder, free_port()))
    return servers


async def labelled(
    raters: Sequence[Rater], seconds: float, database: Postgres, stops: int, away_s: float
) -> list[float]:
    """Let raters label while the database is stopped so often; return when it was, and when it was back."""
    running, times = [asyncio.ensure_future(rater.run()) for rater in raters], []
    begin = time.perf_counter()
    for number in range(stops):
        await asyncio.sleep(max(0.0, begin + seconds * (number + 1) / (stops + 1) - time.perf_counter()))
        times.append(time.perf_counter())
        await asyncio.to_thread(database.stop)
        await asyncio.sleep(away_s)
        await asyncio.to_thread(database.start)
        times.append(time.perf_counter())
    await asyncio.sleep(max(0.0, begin + seconds - time.perf_counter()))
    for rater in raters:
        rater.stop = True
    await asyncio.wait_for(asyncio.gather(*running), 120)
    return times


def wrong_in(rows: Sequence[Answer], raters: Sequence[Rater], names: Sequence[str], wanted: int = WANTED) -> list[str]:
    """Return what is wrong with a store after raters have labelled: beside what they sent, and were told."""
    wrong = []
    by_id = {row.id: row for row in rows}
    if len(by_id) != len(rows):
        wrong.append(f"{len(rows) - len(by_id)} rows are there twice")
    sent = {made for rater in raters for made in rater.sent}
    back = {made for rater in raters for letter in rater.acknowledged if letter.verb == "undo" for made in letter.ids}
    for rater, name in zip(raters, names, strict=True):
        wrong += [f"{name}: {text}" for text in rater.refused]
        acknowledged = [made for letter in rater.acknowledged if letter.verb == "answer" for made in letter.ids]
        for made in acknowledged:
            row = by_id.get(made)
            if row is None or (row.rater, row.segment, row.value or "") != (name, *rater.sent[made]):
                wrong.append(f"{name}: answer {made} was acknowledged, and is not in the store as it was sent: {row}")
        places = [by_id[made].seq for made in acknowledged if made in by_id]
        if places != sorted(places):
            wrong.append(f"{name}: answers are not in the order in which they were given")
    for row in rows:
        if row.kind in ("answer", "skip") and row.id not in sent:
            wrong.append(f"{row.rater}: {row.kind} {row.id} was never sent")
        if row.kind == "retraction" and row.of not in back:
            wrong.append(f"{row.rater}: answer {row.of} was taken back, and nobody wanted that")
    valid = [row for row in standing(rows) if row.kind == "answer"]
    taken_back = {row.of for row in rows if row.kind == "retraction"}
    live = Counter((row.rater, row.segment) for row in rows if row.kind == "answer" and row.id not in taken_back)
    wrong += [f"{who} answered {clip} {n} times" for (who, clip), n in live.items() if n > 1]
    lost = back - taken_back
    wrong += [f"answer {made} was to be taken back, and was not" for made in lost]
    # Whoever takes something back hears the clip again, though others may have got it since.
    again = {row.segment for row in rows if row.kind == "retraction"}
    many = Counter(row.segment for row in valid if row.segment not in again)
    wrong += [f"{clip} was answered by {n} raters, {wanted} were wanted" for clip, n in many.items() if n > wanted]
    return wrong


def say(what: str, times: list[float], aim: str = "") -> None:
    """Print one row of milliseconds."""
    middle, late = statistics.median(times), sorted(times)[int(0.95 * (len(times) - 1))]
    print(f"{what:<44} {middle:>6.0f} ms median, {late:>6.0f} ms at 95 %, {max(times):>6.0f} ms at most  {aim}")


def main(raters: int = RATERS, seconds: float = SECONDS, stops: int = STOPS) -> int:
    """Let them label; print what was found."""
    clips = round(1.4 * raters * seconds / PAUSE_S / WANTED) + 4 * raters
    with ExitStack() as held:
        place = Path(held.enter_context(tempfile.TemporaryDirectory(prefix="seral-remote-")))
        database = held.enter_context(Postgres(fsync="on"))
        servers = dashboards(place, database.new(), raters, clips)
        for server in servers:
            held.enter_context(begun(server))
        people = crowd(servers, PAUSE_S)
        before = cpu_ms(servers)
        times = asyncio.run(labelled(people, seconds, database, stops, AWAY_S))
        work = cpu_ms(servers) - before
        project = open_project(servers[0].folder)
        rows = LabelStore(project.store).rows()
    wrong = wrong_in(rows, people, [rater.name for rater in project.raters])
    sounds = [ms for one in people for ms in one.sounded_ms]
    calm = [ms for one in people for at, ms in one.saved_ms if not near(at, times)]
    kinds = Counter(row.kind for row in rows)
    print(f"{raters} raters, {SERVERS} servers, {seconds:.0f} s, database stopped {stops} times for {AWAY_S:.0f} s:")
    say("key to next sound", sounds, f"(aim {AIM_MS:.0f})")
    say("key to saved, but for when it was stopped", calm)
    for down, up in zip(times[::2], times[1::2], strict=True):
        first = [min((at for at, _ in one.saved_ms if at > down + 0.5), default=up) - up for one in people]
        print(
            f"  back after {up - down:.1f} s; first saved {min(first):.1f} s later, everybody {max(first):.1f} s later"
        )
    letters = sum(len(one.acknowledged) for one in people)
    print(f"{letters} letters acknowledged, {work / letters:.1f} ms of computing each; in the store: {dict(kinds)}")
    print(f"{len(wrong)} wrong", *wrong[:20], sep="\n  ", flush=True)
    return int(bool(wrong) or statistics.median(sounds) >= AIM_MS)


def cpu_ms(servers: Sequence[Dashboard]) -> float:
    """Return how long servers have computed so far, whatever else the machine is at; trainers not counted."""
    spent = 0
    for server in servers:
        assert server.process is not None
        fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
        spent += int(fields[11]) + int(fields[12])
    return 1000 * spent / os.sysconf("SC_CLK_TCK")


def crowd(servers: Sequence[Dashboard], pause_s: float) -> list[Rater]:
    """Return a scripted rater for each of the project."""
    from seral_dashboard.projects import key_of

    folder = servers[0].folder
    ports, place = [server.port for server in servers], f"/api/label/{key_of(folder)}"
    return [Rater(ports, place, one.secret, CLASSES, pause_s, i) for i, one in enumerate(open_project(folder).raters)]


def near(at: float, times: Sequence[float], settled_s: float = 8.0) -> bool:
    """Whether something happened while the database was stopped, or soon after."""
    return any(down - 0.2 <= at <= up + settled_s for down, up in zip(times[::2], times[1::2], strict=True))
