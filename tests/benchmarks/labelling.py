"""Labelling in a headless browser: from key to saved to next sound; eight raters at once; and kills."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.dashboard import scripted
from tests.dashboard.scripted import CHROMIUM, CLASSES, FLAGS, VIEW, Dashboard, begun, open_page, press, settled

#: Aims, in milliseconds.
ONE, EIGHT = 100.0, 150.0
CLIPS, MINUTES = 200, 2.0
#: A rater who listens to half a second of each clip is quicker than any.
PAUSE_MS = 500


def real() -> Path | None:
    """Return RAVDESS where SERAL_TEST_DATA has it."""
    folder = Path(os.environ.get("SERAL_TEST_DATA", "")) / "ravdess"
    return folder if os.environ.get("SERAL_TEST_DATA") and folder.is_dir() else None


@contextmanager
def place() -> Iterator[Path]:
    """A folder for one benchmark; on failure it is kept."""
    folder = Path(tempfile.mkdtemp(prefix="seral-labelling-"))
    os.environ.setdefault("SERAL_HOME", str(folder / "own"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def spans(notes: list[dict[str, Any]], to: str) -> list[float]:
    """Return the milliseconds from each key to its answer saved, or to the next sound."""
    return [note[to] - note["key"] for note in notes if note.get(to)]


def say(name: str, times: list[float], aim: float | None = None) -> bool:
    """Print one row; return whether the median is below the aim."""
    middle, late = statistics.median(times), sorted(times)[int(0.95 * (len(times) - 1))]
    wanted = f"aim {aim:.0f} ms" if aim else ""
    print(f"{name:<62} {middle:>6.0f} ms median, {late:>6.0f} ms at 95 %  {len(times):>5} keys  {wanted}", flush=True)
    return aim is None or middle < aim


def alone(browsers: Any) -> bool:
    """One rater labels 200 clips of a folder that nobody has labelled; the model retrains meanwhile."""
    with place() as folder, browser(browsers) as chromium:
        corpus = scripted.unlabelled(folder / "recordings", CLIPS + 40, real())
        with begun(Dashboard.on(folder, corpus)) as dashboard:
            context = chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
            page = open_page(context, dashboard.link("anna"))
            pressed = {}
            for i in range(CLIPS):
                page.wait_for_timeout(PAUSE_MS)
                pressed[press(page, str(1 + i % 8))] = CLASSES[i % 8]
            notes = settled(page)
            rounds = page.evaluate(f"{VIEW}.face.progress.state.trainer.round")
            exact = exported(dashboard, folder) == pressed and len(pressed) == CLIPS
        fine = say("key to next sound, one rater", spans(notes, "sound"), ONE)
        both = [max(n["saved"], n["sound"]) - n["key"] for n in notes if n.get("saved") and n.get("sound")]
        fine &= say("key to saved and next sound, one rater", both, ONE)
        told = "" if exact else "NOT "
        print(f"    {rounds + 1} rounds of training meanwhile; exported labels are {told}what was pressed", flush=True)
        return fine and exact and rounds > 0


def exported(dashboard: Dashboard, folder: Path) -> dict[str, str]:
    """Return the labels of an exported table by clip."""
    import pandas as pd

    from seral_core.exchange import export_labels
    from seral_core.store import LabelStore

    export_labels(LabelStore(dashboard.folder / "labels.sqlite"), folder / "labels.parquet", only_current=True)
    frame = pd.read_parquet(folder / "labels.parquet")
    frame = frame[frame["kind"] == "answer"]
    return dict(zip(frame["segment"], frame["class"], strict=True))


def eight(browsers: Any) -> bool:
    """Eight raters label at once for two minutes, each about every second and a half."""
    names = tuple(f"rater {i}" for i in range(8))
    with place() as folder, browser(browsers) as chromium:
        corpus = scripted.unlabelled(folder / "recordings", CLIPS + 40, real())
        with begun(Dashboard.on(folder, corpus, names, k=8)) as dashboard:
            pages = {}
            for name in names:
                context = chromium.new_context(viewport={"width": 1280, "height": 800}, bypass_csp=True)
                pages[name] = open_page(context, dashboard.link(name))
            for page in pages.values():
                page.evaluate(scripted.RATES, 1500)
            time.sleep(60 * MINUTES)
            for page in pages.values():
                page.evaluate("window.rating = false")
            notes = {name: settled(page) for name, page in pages.items()}
            kept = all(
                {row.segment: row.value for row in dashboard.rows(name)}
                == {note["segment"]: CLASSES[int(note["pressed"]) - 1] for note in notes[name]}
                for name in names
            )
            rows = sum(len(dashboard.rows(name)) for name in names)
        everything = [note for of in notes.values() for note in of]
        fine = say("key to next sound, eight raters at once", spans(everything, "sound"), EIGHT)
        say("key to saved, eight raters at once", spans(everything, "saved"))
        print(f"    {rows} answers in the store, {'all' if kept and rows == len(everything) else 'NOT all'} as pressed")
        return fine and kept and rows == len(everything)


def kills(browsers: Any, each: int = 20) -> bool:
    """Kill server, browser and trainer, each so often, while somebody labels."""
    with place() as folder:
        try:
            scripted.killed(browsers, folder, each, scripted.unlabelled(folder / "recordings", 400 + 20 * each, real()))
        except AssertionError as wrong:
            print(wrong)
            return False
    return True


@contextmanager
def browser(browsers: Any) -> Iterator[Any]:
    """A headless Chromium."""
    chromium = browsers.launch(executable_path=CHROMIUM, args=FLAGS)
    yield chromium
    chromium.close()


def main(wanted: list[str]) -> bool:
    """Run those benchmarks whose name is wanted; without a name, those that take few minutes."""
    if not Path(CHROMIUM).exists():
        print(f"labelling is not measured: there is no {CHROMIUM}; apt-get install chromium")
        return True
    from playwright.sync_api import sync_playwright

    known = {"alone": alone, "eight": eight, "kills": kills}
    with sync_playwright() as play:
        fine = [known[name](play.chromium) for name in wanted or ("alone", "eight")]
    return all(fine)
