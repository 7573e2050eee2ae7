"""What people wait for: the first point after Start, a sound after a click among 100,000, thirty viewers at once.

Run as ``python -m tests.benchmarks shown``; each part alone with ``start``, ``click`` or ``viewers`` behind it.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.runs.grid import Grid
from seral_core.runs.plan import Plan
from seral_core.runs.worker import work
from seral_dashboard.keys import Cookies, token
from tests.benchmarks.labelling import place, say
from tests.benchmarks.viewers import Viewer, watched
from tests.dashboard.conftest import CHROMIUM, QUIET, Server, known_to
from tests.dashboard.test_browser import WIDGET
from tests.loops import run

#: Aims, in milliseconds.
START, CLICK, WATCH = 2000.0, 80.0, 500.0
POINTS, FILES, CLICKS = 100_000, 20, 40
VIEWERS, WATCH_S = 30, 30.0
#: Notes in the page when a click began and when a sound did; what plays within a component is not heard outside of it.
HEARS = """() => {
  window.spans = []; let at = 0;
  addEventListener("pointerdown", () => { at = performance.now(); }, true);
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () {
    this.addEventListener("playing", () => { if (at) { spans.push(performance.now() - at); at = 0; } }, { once: true });
    return play.call(this);
  };
}"""


@contextmanager
def serving(runs: Path) -> Iterator[Server]:
    """A dashboard on these experiments."""
    server = Server(runs, runs.parent / "server.log").wait()
    try:
        yield server
    finally:
        server.process.terminate()
        server.process.wait(60)


@contextmanager
def browsing(port: int) -> Iterator[Any]:
    """A page of a browser that the server knows."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        context = known_to(chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True), port)
        page = context.new_page()
        page.set_default_timeout(300_000)
        yield page
        chromium.close()


def start() -> bool:
    """From the click on Start to the first score: the built-in corpus, whose features are there, five times."""
    with place() as folder:
        first = folder / "runs" / "first"
        grid = Grid(Plan(budget=30), ("random",), (0,), (0,))
        first.mkdir(parents=True)
        grid.save(first)
        work(first)  # as after the demo: corpus and features are there
        times = []
        with serving(folder / "runs") as server, browsing(server.port) as page:
            for _ in range(5):
                page.goto(f"{server.address}/?new=1")
                button = page.get_by_role("button", name="Start", exact=True)
                button.wait_for()
                page.wait_for_timeout(1500)  # a person reads the form
                began = time.monotonic()
                button.click()
                page.get_by_test_id("stMetricValue").first.wait_for()
                times.append(1000 * (time.monotonic() - began))
                page.get_by_role("button", name="Stop").click()
                page.get_by_text("stopped").first.wait_for()
        return say("click on Start to first point", times, START)


def large(folder: Path) -> Path:
    """A finished run on a pool of 100,000 clips, pieces of a few recordings, with ready features; its runs folder."""
    import pandas as pd
    import soundfile

    rng, each = np.random.default_rng(0), POINTS // FILES
    sound = folder / "recordings"
    sound.mkdir(parents=True)
    for number in range(FILES):
        noise = 0.1 * rng.standard_normal(16_000 * (each // 10 + 2)).astype(np.float32)
        soundfile.write(sound / f"{number:02d}.wav", noise, 16_000, subtype="PCM_16")
    starts = np.tile(np.arange(each) / 10, FILES)
    frame = pd.DataFrame(
        {
            "file": np.repeat([f"{number:02d}.wav" for number in range(FILES)], each), "start": starts,
            "end": starts + 1.0, "speaker": np.repeat(np.arange(FILES), each),
            "emotion": rng.choice(["anger", "neutral", "sadness"], POINTS),
        }
    )  # fmt: skip
    frame.to_csv(sound / "clips.csv", index=False)
    values = pd.DataFrame(rng.standard_normal((POINTS, 8)), columns=[f"f{i}" for i in range(8)])
    pd.concat([frame[["file", "start", "end"]], values], axis=1).to_parquet(folder / "features.parquet")
    grid = Grid(Plan(str(sound / "clips.csv"), features=str(folder / "features.parquet"), budget=40), ("random",))
    place = folder / "runs" / "large"
    place.mkdir(parents=True)
    grid.save(place)
    work(place)
    return place.parent


def click() -> bool:
    """From a click on a point to its sound, on a map of 100,000 points."""
    with place() as folder:
        runs = large(folder)
        with serving(runs) as server, browsing(server.port) as page:
            page.goto(f"{server.address}/map?run=large&layout=PCA")
            page.wait_for_function(WIDGET, arg="map")
            page.wait_for_function("widget.pool?.n > 0 && widget.frames.length > 0")
            page.wait_for_timeout(3000)
            page.evaluate(HEARS)
            box = page.locator("canvas.map-canvas").bounding_box()
            rng = np.random.default_rng(1)
            for number in range(CLICKS):
                x, y = rng.normal(0.5, 0.06, 2)
                page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
                page.wait_for_timeout(700)  # a person looks where to click
                page.mouse.click(box["x"] + box["width"] * x, box["y"] + box["height"] * y)
                page.wait_for_function(f"spans.length > {number}")
            return say(f"click to sound among {POINTS:,} points", page.evaluate("spans"), CLICK)


def viewers(many: int = VIEWERS, seconds: float = WATCH_S) -> bool:
    """How long the live part of the page takes, for thirty who watch one run that is at work."""
    with place() as folder:
        runs = folder / "runs"
        running = runs / "running"
        running.mkdir(parents=True)
        grid = Grid(Plan(budget=300, corpus="synthetic:clips=600"), ("margin", "random"), tuple(range(50)))
        grid.save(running)
        os.environ["SERAL_RUNS"] = str(runs)
        with serving(runs) as server, browsing(server.port) as page:
            page.goto(f"{server.address}/?run=running")
            page.get_by_role("button", name="Resume").click()
            page.get_by_test_id("stMetricValue").first.wait_for()
            page.goto("about:blank")
            cookies = Cookies(token(), server.port)
            room = [Viewer(server.address, f"{cookies.name}={cookies.owner()}", "running") for _ in range(many)]
            before, began = _cpu_s(server), time.monotonic()
            run(watched(room, seconds))
            share = (_cpu_s(server) - before) / (time.monotonic() - began)
            page.goto(f"{server.address}/?run=running")
            page.get_by_role("button", name="Stop").click()
            page.get_by_text("stopped").first.wait_for()
        fewest = min(len(viewer.waits_ms) for viewer in room)
        kilobytes = statistics.mean(viewer.bytes_in for viewer in room) / seconds / 1000
        print(f"{many} viewers: each saw {fewest} refreshes or more in {seconds:.0f} s, {kilobytes:.1f} kB/s; "
              f"the server took {share:.0%} of a core", flush=True)  # fmt: skip
        return say(f"live part of the page, {many} viewers", [ms for viewer in room for ms in viewer.waits_ms], WATCH)


def _cpu_s(server: Server) -> float:
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


PARTS = {"start": start, "click": click, "viewers": viewers}


def main(wanted: list[str]) -> bool:
    """Measure some parts, or all; return whether every aim was reached."""
    reached = [PARTS[name]() for name in wanted or PARTS]
    return all(reached)
