"""Scripted raters in a real browser: they press keys as people do, and write down what they pressed."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from seral_core.store import Answer, LabelStore
from seral_core.studio.project import LabelProject, new_project, open_project
from tests.patience import PATIENCE

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
CLASSES = ("anger", "calm", "disgust", "fear", "happiness", "neutral", "sadness", "surprise")
VIEW = "document.querySelector('main.seral').__seral_label"

#: What a page shows and knows, for the message of a test that waited for a sound in vain.
STATE = f"""
(() => {{
  const view = {VIEW}, {{ now, clips, outbox, shelf, player }} = view, {{ audio }} = player;
  return JSON.stringify({{
    now, clips: clips.length, waiting: outbox.letters.length, busy: outbox.busy,
    shelf: [...shelf.clips.keys()], why: shelf.why,
    ready: audio.readyState, network: audio.networkState, paused: audio.paused, at: audio.currentTime,
    error: audio.error?.message,
    text: document.body.innerText.slice(0, 600),
  }});
}})()
"""

#: Notes, in the page, when each key was pressed, when its answer was saved, and when the next clip sounded.
#: Keys are noted before the page's own listeners hear of them.
NOTES = """
window.notes = [];
addEventListener("keydown", (e) => {
  const view = document.querySelector("main.seral")?.__seral_label, clip = view?.now;
  if (!clip?.played_at || !/^[0-9]$/.test(e.key)) return;
  notes.push({ key: performance.now(), pressed: e.key, segment: clip.segment });
}, true);
addEventListener("playing", (e) => {
  const last = notes.at(-1);
  if (last && !last.sound && e.target.dataset.clip !== last.segment) last.sound = performance.now();
}, true);
const patience = setInterval(() => {
  const outbox = document.querySelector("main.seral")?.__seral_label?.outbox;
  if (!outbox) return;
  clearInterval(patience);
  const notify = outbox.notify;
  outbox.notify = (news) => {
    if (news.saved && news.letter.verb === "answer") {
      const note = notes.findLast((one) => one.segment === news.letter.body.segment);
      if (note) note.saved = performance.now();
    }
    notify(news);
  };
}, 5);
"""
#: Presses keys by itself, like a person who listens for a while.
RATES = """(pause) => {
  const view = document.querySelector("main.seral").__seral_label;
  window.rating = true;
  const press = () => {
    if (!window.rating) return;
    const key = String(1 + Math.floor(Math.random() * 8));
    const event = new KeyboardEvent("keydown", { key, code: `Digit${key}`, bubbles: true });
    if (view.now?.played_at) window.dispatchEvent(event);
    setTimeout(press, pause * (0.5 + Math.random()));
  };
  press();
}"""


def unlabelled(folder: Path, clips: int, source: Path | None = None) -> Path:
    """Copy recordings under names that say nothing about them; without a source, those of the built-in corpus."""
    from seral_core.corpora.base import open_corpus

    found = sorted(source.rglob("*.flac")) if source is not None else []
    if not found:
        corpus = open_corpus(f"synthetic:clips={clips}:speakers=12")
        found = [corpus.path(segment)[0] for segment in corpus.ids]
    random.Random(0).shuffle(found)
    folder.mkdir(parents=True)
    for i, path in enumerate(found[:clips]):
        shutil.copy(path, folder / f"recording {i:04}{path.suffix}")
    return folder


@dataclass
class Dashboard:
    """A dashboard in a process of its own, on one project."""

    home: Path
    folder: Path
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @classmethod
    def on(cls, place: Path, corpus: Path, raters: tuple[str, ...] = ("anna",), **how: Any) -> Dashboard:
        """Make a project for a folder of recordings."""
        folder = place / "home" / "labels" / "scripted"
        how = {"test_share": 0.1, "batch": 10, "initial": 10, **how}
        new_project(folder, LabelProject(str(corpus), (f"emotion={','.join(CLASSES)}",), **how), raters)
        return cls(place / "home", folder, free_port())

    def start(self) -> Dashboard:
        begin = f"from seral_dashboard.serve import serve; serve(port={self.port}, browser=False)"
        with (self.home / "server.log").open("ab") as out:
            env = {**os.environ, "SERAL_HOME": str(self.home), "SERAL_RUNS": str(self.home / "runs")}
            self.process = subprocess.Popen([sys.executable, "-c", begin], env=env, stdout=out, stderr=out)
        for _ in range(10 * PATIENCE):
            with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=2):
                return self
            assert self.process.poll() is None, (self.home / "server.log").read_text()
            time.sleep(0.1)
        raise AssertionError("the dashboard did not come up")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(PATIENCE)
        for pid in self.trainers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def link(self, rater: str) -> str:
        return f"http://127.0.0.1:{self.port}/rate/{open_project(self.folder).rater(rater).secret}"

    def trainers(self) -> list[int]:
        """Processes that train on this project."""
        return processes("seral_core.studio.trainer", str(self.folder))

    def rows(self, rater: str) -> list[Answer]:
        """All answers of a rater, in order of arrival."""
        return [row for row in LabelStore(self.folder / "labels.sqlite").rows(rater=rater) if row.kind == "answer"]


def free_port() -> int:
    """Return a port that nobody listens on."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes(*words: str) -> list[int]:
    """Return the processes whose command line holds all of these words."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
                if all(any(word == part or word in part for part in line) for word in words):
                    found.append(int(entry.name))
    return [pid for pid in found if pid != os.getpid()]


@contextlib.contextmanager
def begun(dashboard: Dashboard) -> Iterator[Dashboard]:
    """A dashboard that ends with the block."""
    try:
        yield dashboard.start()
    finally:
        dashboard.stop()


def open_page(context: Any, link: str) -> Any:
    """Open a rater's link, and start."""
    context.add_init_script(NOTES)
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(link)
    page.get_by_role("button", name="Start", exact=True).click()
    sounds(page)
    return page


def sounds(page: Any) -> None:
    """Wait until a clip sounds; a page on which none does is described."""
    from playwright.sync_api import TimeoutError as Late

    try:
        page.wait_for_function(f"{VIEW}.now?.played_at > 0")
    except Late as silent:
        state = page.evaluate(STATE)
        raise AssertionError(f"no clip sounded within {PATIENCE} s: {state}") from silent


def press(page: Any, key: str) -> str:
    """Press a key as soon as the clip sounds and the next one is there; return the clip."""
    sounds(page)
    page.wait_for_function(
        f"{VIEW}.now?.played_at > 0 && ({VIEW}.clips.length === 0 || {VIEW}.shelf.have({VIEW}.clips[0].segment)?.audio)"
    )
    segment = str(page.evaluate(f"{VIEW}.now.segment"))
    page.keyboard.press(key)
    return segment


def settled(page: Any) -> list[dict[str, Any]]:
    """Wait until all is saved; return the notes."""
    page.wait_for_function(f"{VIEW}.outbox.letters.length === 0 && !{VIEW}.outbox.busy")
    return list(page.evaluate("notes"))


@dataclass
class Written:
    """What a scripted rater pressed, and what the page showed as saved; survives any kill."""

    pressed: dict[str, str] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)

    def take(self, notes: list[dict[str, Any]]) -> None:
        for note in notes:
            self.pressed[note["segment"]] = CLASSES[int(note["pressed"]) - 1]
            if note.get("saved"):
                self.saved.add(note["segment"])


def start_browser(browsers: Any, profile: Path) -> Any:
    """Start a browser that keeps what it stores in a folder; return its context."""
    return browsers.launch_persistent_context(
        str(profile),
        executable_path=CHROMIUM,
        args=FLAGS,
        bypass_csp=True,
        viewport={"width": 1280, "height": 800},
    )


def kill_browser(context: Any, profile: Path) -> None:
    """Kill every process of such a browser at once; the profile stays."""
    for pid in processes(CHROMIUM.rsplit("/", 1)[-1], str(profile)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(Exception):
        context.close()
    for lock in profile.glob("Singleton*"):
        lock.unlink()


@dataclass
class Killing:
    """Label on while server, browser and trainer are killed in turn; the browser keeps its profile."""

    browsers: Any
    dashboard: Dashboard
    profile: Path
    rng: random.Random
    written: Written = field(default_factory=Written)
    context: Any = None
    page: Any = None
    gone_on: list[tuple[str, str, str]] = field(default_factory=list)

    def open(self) -> None:
        """Start the browser on the profile, and go on."""
        self.context = start_browser(self.browsers, self.profile)
        self.page = open_page(self.context, self.dashboard.link("anna"))

    def label(self, many: int) -> None:
        """Press keys; each is noted outside of the browser at once."""
        for _ in range(many):
            key = str(1 + self.rng.randrange(8))
            segment = press(self.page, key)
            self.written.pressed[segment] = CLASSES[int(key) - 1]
            self.written.take(self.page.evaluate("notes"))

    def kill(self, what: str) -> None:
        """Kill one of the three at a random moment after a key was pressed, start it again, and compare."""
        self.label(self.rng.randint(1, 3))
        with contextlib.suppress(Exception):
            self.page.keyboard.press(str(1 + self.rng.randrange(8)))
        time.sleep(self.rng.random() * 0.08)
        self.written.take(self.page.evaluate("notes"))
        {"server": self._server, "browser": self._browser, "trainer": self._trainer}[what]()
        notes = settled(self.page)
        self.written.take(notes)
        self.page.wait_for_function(f"{VIEW}.now")
        self.gone_on.append((what, str(self.page.evaluate(f"{VIEW}.now.segment")), self._open_clip()))

    def _server(self) -> None:
        self.dashboard.kill()
        time.sleep(self.rng.random())
        self.dashboard.start()

    def _browser(self) -> None:
        self.end_browser()
        self.open()

    def end_browser(self) -> None:
        """Kill every process of the browser at once; the profile stays."""
        kill_browser(self.context, self.profile)

    def _trainer(self) -> None:
        for _ in range(60):  # one is started with the next answer, when another was killed a moment ago
            if self.dashboard.trainers():
                break
            self.label(1)
            time.sleep(0.5)
        assert self.dashboard.trainers(), "there is no trainer to kill"
        for pid in self.dashboard.trainers():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _open_clip(self) -> str:
        """Return the clip that the store has open for the rater, asked for again as any page would."""
        from seral_core.studio.session import Session

        return str(Session(self.dashboard.folder, train=False).next("anna", 1)["clips"][0]["segment"])

    def check(self) -> None:
        """No acknowledged label is lost, none is there twice, and all are what was pressed."""
        self.written.take(settled(self.page))
        rows = self.dashboard.rows("anna")
        kept = {row.segment: row.value for row in rows}
        assert len(rows) == len(kept), "a label is there twice"
        assert len({row.id for row in rows}) == len(rows)
        lost = self.written.saved - set(kept)
        assert not lost, f"acknowledged, but lost: {sorted(lost)}"
        wrong = {s: (v, self.written.pressed.get(s)) for s, v in kept.items() if self.written.pressed.get(s) != v}
        assert not wrong, f"not what was pressed: {wrong}"
        other = [found for found in self.gone_on if found[1] != found[2]]
        assert not other, f"went on with another clip than the open one: {other}"


Say = Callable[[str], None]


def killed(browsers: Any, place: Path, each: int, corpus: Path, say: Say = print, seed: int = 0) -> Killing:
    """Kill server, browser and trainer so often each, in random order, while somebody labels; then check."""
    rng = random.Random(seed)
    order = [what for what in ("server", "browser", "trainer") for _ in range(each)]
    rng.shuffle(order)
    with begun(Dashboard.on(place, corpus)) as dashboard:
        run = Killing(browsers, dashboard, place / "profile", rng)
        run.open()
        run.label(12)
        for what in order:
            run.kill(what)
        run.label(2)
        run.check()
        kept = len(dashboard.rows("anna"))
        say(f"{len(order)} kills, {len(run.written.saved)} labels acknowledged, {kept} kept, none lost, none twice")
        run.context.close()
    return run
