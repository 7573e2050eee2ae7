"""Classes as this server has them: found by key or word, who is there now, and whom it tells when something happens."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from seral_core import process
from seral_core.classroom import FILE, PLACE
from seral_core.classroom.learned import curves_of, model_stamp
from seral_core.classroom.plan import ClassPlan, open_class
from seral_core.classroom.room import Classroom
from seral_core.classroom.trainer import PREPARING
from seral_core.errors import BadPlan, SeralError
from seral_core.folders import inside
from seral_core.runs.job import trouble
from seral_core.studio.files import read_json
from seral_dashboard import projects
from seral_dashboard.access import NotAllowed

_log = logging.getLogger("seral.dashboard")
#: How long a phone that asked waits for news, how long after its last word it counts as there, and how often it is
#: looked whether the time is up or a model is trained. In seconds.
WAIT_S, AWAY_S, TICK_S = 10.0, 6.0, 0.25
#: After how long a class that nobody looks at is not ticked any longer, and a trainer that ended is tried again.
ALONE_S, AGAIN_S = 60.0, 30.0


class NoClass(NotAllowed):
    """A word or key that opens no class."""

    def __init__(self) -> None:
        super().__init__("no class with this word is open now; look at the wall once more, and type it as it is there")


class Hub:
    """One class that this server holds.

    Parameters
    ----------
    folder : Path
        Of the class.
    train : bool
        Whether the trainer is started.

    Raises
    ------
    BadPlan
        When another server holds it.
    """

    def __init__(self, folder: Path, train: bool = True) -> None:
        projects.check_links(folder)
        self.folder, self.key, self._train = folder, projects.key_of(folder), train
        self._held = FileLock(inside(folder, ".class"), thread_local=False)
        try:
            self._held.acquire(timeout=2)
        except Timeout:
            raise BadPlan(f"the class at {folder} is held by another dashboard; close that one, then reload") from None
        self.room = Classroom(folder)
        self._waiting: Counter[str] = Counter()
        self._heard: dict[str, float] = {}
        self._bells: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._lock = threading.Lock()
        self._task: asyncio.Task[None] | None = None
        self._looked = time.monotonic()
        self._trainer: subprocess.Popen[bytes] | None = None
        self._tried = float("-inf")
        self.opened = threading.Event()
        threading.Thread(target=self._open, daemon=True).start()

    def _open(self) -> None:
        """Open the recordings before anybody needs them; what is wrong with them is said to whoever does."""
        with contextlib.suppress(SeralError, OSError):
            self.room.corpus.gold(self.room.target.name)
            self.opened.set()

    # ---- who is there

    @property
    def present(self) -> list[str]:
        """Raters whose phone waits for news, or was heard a moment ago."""
        now = time.monotonic()
        return [r for r in self.room.story.raters if self._waiting[r] or now - self._heard.get(r, -1e9) < AWAY_S]

    @contextlib.contextmanager
    def listening(self, rater: str) -> Iterator[None]:
        """Count a phone as present for as long as it waits."""
        new = rater not in self.present
        self._waiting[rater] += 1
        if new:
            self.ring()
        try:
            yield
        finally:
            self._waiting[rater] -= 1
            self._heard[rater] = time.monotonic()

    # ---- news

    @property
    def state(self) -> str:
        """What changes with everything that the wall shows."""
        story = self.room.story
        votes = story.question.votes if story.question else {}
        people = f"{len(story.raters)}.{len(story.removed)}.{len(self.present)}"
        return f"{story.step}.{len(story.known)}.{len(votes)}.{people}.{self._learned}"

    @property
    def _learned(self) -> str:
        return f"{model_stamp(self.folder)}.{self.preparing}.{bool(self.trouble)}"

    def ring(self) -> None:
        """Tell all who wait, in whichever thread and loop they do, that something may have happened."""
        with self._lock:
            bells = list(self._bells.items())
        for bell, loop in bells:
            with contextlib.suppress(RuntimeError):  # its loop is closed
                loop.call_soon_threadsafe(bell.set)

    async def changed(self, said: Callable[[], str], after: str, gone: Callable[[], object] | None = None) -> None:
        """Return when what is said differs from ``after``, or after a while; at once where ``gone`` says so."""
        loop, bell = asyncio.get_running_loop(), asyncio.Event()
        self._tick(loop)
        with self._lock:
            self._bells[bell] = loop
        try:
            until = loop.time() + WAIT_S
            while said() == after and (left := until - loop.time()) > 0:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(bell.wait(), min(left, 2.0))
                bell.clear()
                if gone is not None and await gone():  # type: ignore[misc]
                    return
        finally:
            with self._lock:
                self._bells.pop(bell, None)

    # ---- what the server decides

    def settle(self) -> None:
        """Reveal where that is due, and tell everybody what is new; what fails is tried again at the next look."""
        try:
            if self.room.due(self.present):
                with contextlib.suppress(BadPlan):  # somebody else was quicker
                    self.room.reveal()
        except (SeralError, OSError):
            _log.warning("the class at %s could not go on", self.folder, exc_info=True)
        self.ring()

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._looked = time.monotonic()
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._task = loop.create_task(self._watch())

    async def _watch(self) -> None:
        before = ""
        while time.monotonic() - self._looked < ALONE_S or self._bells:
            await asyncio.sleep(TICK_S)
            before = await asyncio.to_thread(self._look, before)

    def _look(self, before: str) -> str:
        """Do what is due, and return how things stand."""
        self.keep_training()
        if (now := self.state) != before or self.room.due(self.present):
            self.settle()
        return now

    # ---- the trainer

    @property
    def trouble(self) -> str:
        """Why the models could not be trained; empty where they are."""
        return trouble(inside(self.folder, PLACE))

    @property
    def preparing(self) -> str:
        """How far the clips are prepared; empty where they are, or nothing is known yet."""
        found = read_json(inside(self.folder, f"{PLACE}/{PREPARING}"))
        return f"{found.get('done', 0)} of {found.get('total', 0)} clips prepared" if found.get("total") else ""

    def keep_training(self) -> None:
        """Start the trainer where there is something to learn and none is at work."""
        if not self._train or (self._trainer is not None and self._trainer.poll() is None):
            return
        rounds, story = len(curves_of(self.folder)), self.room.story
        over = story.ended and rounds > len(story.revealed)
        if over or time.monotonic() - self._tried < AGAIN_S:
            return
        self._tried = time.monotonic()
        with contextlib.suppress(OSError):
            self._trainer = process.start("seral_core.classroom.trainer", str(self.folder), log="class.log")

    def close(self) -> None:
        """Let go of the class, and train no more."""
        self._train = False
        if self._trainer is not None and self._trainer.poll() is None:
            self._trainer.terminate()
            self._trainer.wait()
        self.room.store.close()
        self._held.release()


_hubs: dict[Path, Hub] = {}
_lock = threading.Lock()


def folders() -> list[Path]:
    """Return the folders of all classes, the newest first."""
    return [folder for folder in projects.folders() if (folder / FILE).is_file()]


def plan_of(folder: Path) -> ClassPlan | None:
    """Return what a class is about; None where its file is damaged."""
    with contextlib.suppress(SeralError, OSError):
        return open_class(folder)
    return None


def hub(folder: Path, train: bool = True) -> Hub:
    """Return the one hub that this process has of a class."""
    with _lock:
        if folder not in _hubs:
            _hubs[folder] = Hub(folder, train)
        return _hubs[folder]


@contextlib.contextmanager
def closed(folder: Path) -> Iterator[bool]:
    """Keep nothing of a class open for the length of a ``with`` block; tell whether nobody takes part now."""
    with _lock:
        opened = _hubs.get(folder)
        if opened is not None and (opened.room.story.ended or not opened.present):
            _hubs.pop(folder).close()
        lock = FileLock(inside(folder, ".class"), thread_local=False)
        with contextlib.suppress(Timeout):
            if (folder / FILE).is_file():
                lock.acquire(timeout=0)
                lock.release()
            yield True
            return
        yield False


def is_open(key: str) -> bool:
    """Whether this process has a class, and its recordings too, so that looking at it takes no time."""
    return any(hub.key == key and hub.opened.is_set() for hub in _hubs.copy().values())


def by_key(key: str) -> Hub:
    """Return the class that an address names; raise `NoClass` where it names none."""
    try:
        folder = projects.by_key(key)
    except projects.NoLink:
        raise NoClass from None
    if not (folder / FILE).is_file():
        raise NoClass
    return hub(folder)


def by_word(word: str, key: str) -> Hub:
    """Return the open class that is joined by a word, or by the key of its QR code; raise `NoClass` for any other."""
    found = None
    for folder in folders():
        plan = plan_of(folder)
        if plan is not None and (_same(plan.key, key) | _same(plan.word, plain(word))):
            found = found or folder
    if found is None or (opened := hub(found)).room.story.ended:
        raise NoClass
    return opened


def plain(word: str) -> str:
    """Return a word as people may type it: capitals, spaces and dashes do not count.

    Examples
    --------
    >>> plain(" Tami-Rolu ")
    'tamirolu'
    """
    return "".join(letter for letter in word.lower() if letter.isalpha())


def address() -> str:
    """Return where phones find this server."""
    return os.environ.get("SERAL_ADDRESS", "")


def _same(one: str, other: str) -> bool:
    return bool(one) and hmac.compare_digest(one.encode(), other.encode("utf-8", "replace"))
