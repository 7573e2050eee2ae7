"""A session: the one object that pages, routes and widgets talk to while people label.

Every verb takes and returns plain data. What a rater said is acknowledged only once it is on the disk.
Several threads may share a session, and several processes a project.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from seral_core.corpora.corpus import Corpus
from seral_core.corpora.recording import duration_s
from seral_core.errors import BadLabel, SeralError
from seral_core.studio.background import Background, trainer_state
from seral_core.studio.beliefs import last_beliefs
from seral_core.studio.curve import curve
from seral_core.studio.golden import golden
from seral_core.studio.project import FILE, Rater, Studio, open_project
from seral_core.studio.queue import Queue, some
from seral_core.studio.recordings import recordings
from seral_core.studio.said import answers_of, text, trace_of
from seral_core.studio.slots import Slot
from seral_core.studio.stores import store_of
from seral_core.studio.why import why

#: A pause longer than this is none of the labelling, in seconds.
PAUSE_S = 120.0
#: Answers that a pace is said after.
FEW_TIMES = 4
MOST_AHEAD = 20


class Session:
    """People label a project.

    Parameters
    ----------
    folder : Path
        Of the project, see `seral_core.studio.project.new_project`.
    train : bool
        Whether the trainer is started in the background.

    Raises
    ------
    SeralError
        When there is no project, or its corpus cannot be read.

    Examples
    --------
    >>> from seral_core.studio.made import made_project
    >>> session = Session(made_project(clips=6), train=False)
    >>> first, second = session.next("me", 2)["clips"]
    >>> said = {"id": "1", "target": "emotion", "value": "anger"}
    >>> done = session.record("me", {"shown": first["shown"], "segment": first["segment"], "answers": [said]}, n=2)
    >>> done["saved"], done["clips"][0] == second, done["progress"]["answered"]
    (1, True, 1)
    >>> back = session.undo("me", n=2)
    >>> back["undone"] == first["segment"] == back["clips"][0]["segment"], back["progress"]["answered"]
    (True, 0)
    """

    def __init__(self, folder: Path, *, train: bool = True) -> None:
        self.folder = Path(folder).resolve()
        self.run = self.folder / "run"
        self._lock = threading.RLock()
        self._stamp = 0
        self._queue: Queue | None = None
        self._versus: tuple[tuple[Any, ...], dict[str, Any]] | None = None
        self._studio = self._read()
        self._trainer = Background(self.folder) if train and self._studio.learned else None
        self.store = store_of(self.folder, self._studio.store)

    @property
    def studio(self) -> Studio:
        """The project; read again where raters or keys were added, and as it was while its file cannot be read."""
        with self._lock, suppress(OSError, SeralError):
            if (self.folder / FILE).stat().st_mtime_ns != self._stamp:
                self._studio = self._read()
        return self._studio

    @cached_property
    def corpus(self) -> Corpus:
        """The recordings."""
        return recordings(self._studio)

    @property
    def queue(self) -> Queue:
        """What every rater hears next."""
        with self._lock:
            if self._queue is None:
                gold = golden(self._studio, self.corpus)
                self._queue = Queue(self._studio, self.corpus.ids, self.store, self.run / "next.json", gold)
            return self._queue

    def rater(self, secret: str) -> Rater | None:
        """Return whose secret this is, or None."""
        return self.studio.by_secret(secret)

    def next(self, rater: str, n: int = 4) -> dict[str, Any]:
        """Return what a rater hears next, and what is asked.

        Parameters
        ----------
        rater : str
            Name of a rater of the project.
        n : int
            How many clips shall be at hand, from 1 to 20; the first is the one that is open.

        Returns
        -------
        dict
            ``clips`` (each ``segment``, ``shown``, ``round``, ``seconds``), ``task``, ``screen``, ``keys``,
            ``guess`` and ``progress``.
        """
        studio = self.studio
        studio.rater(rater)
        with self._lock:
            slots = self.queue.next(rater, _ahead(n))
            self._keep_training()
            return {**self.asked(), "clips": self._clips(slots), "progress": self._progress(rater)}

    def asked(self) -> dict[str, Any]:
        """Return what is asked: ``task``, ``screen``, ``keys``, and whether the ``guess`` is shown."""
        studio = self.studio
        task = [
            {
                "name": t.name, "classes": list(t.classes) or None, "rate_hz": t.rate_hz,
                "low": _finite(t.low), "high": _finite(t.high),
            }
            for t in studio.task
        ]  # fmt: skip
        return {"task": task, "screen": list(studio.parts), "keys": dict(studio.keys), "guess": studio.guess}

    def record(self, rater: str, payload: Mapping[str, Any], n: int = 4) -> dict[str, Any]:
        """Keep what a rater said of a clip; return only once it is on the disk.

        Parameters
        ----------
        rater : str
            Name of a rater of the project.
        payload : mapping
            ``shown`` and ``segment`` as `next` gave them, and what `seral_core.studio.said.answers_of` takes.
            Without ``shown`` the clip counts as picked by the rater.
        n : int
            How many clips shall be at hand.

        Returns
        -------
        dict
            ``saved`` (number of new rows; 0 where the same was sent before), ``clips``, ``progress``, and
            ``guess``: what the model had believed.

        Raises
        ------
        BadLabel
            When anything does not fit; nothing is kept then.
        """
        return self._keep(rater, payload, n, answers_of)

    def trace(self, rater: str, payload: Mapping[str, Any], n: int = 4) -> dict[str, Any]:
        """Keep a time-continuous trace of a clip, as `record` keeps answers; see `seral_core.studio.said.trace_of`."""
        return self._keep(rater, payload, n, trace_of)

    def undo(self, rater: str, shown: str = "", n: int = 4) -> dict[str, Any]:
        """Take back what a rater said last, and show that clip again.

        Parameters
        ----------
        rater : str
            Name of a rater of the project.
        shown : str
            Take back this screen, and nothing where that was done before; left out: the last one.
        n : int
            How many clips shall be at hand.

        Returns
        -------
        dict
            ``undone`` (segment, or None where there was nothing), ``clips`` and ``progress``.
        """
        self.studio.rater(rater)
        with self._lock:
            self.queue.sync()
            slot = self.queue.slots.last(rater)
            if shown:
                named = self.queue.slots.by_screen.get(text(shown, "id"))
                slot = named if named is not None and named.rater == rater and named.live else None
            undone = slot.segment if slot is not None else None
            slots = self.queue.undo(slot, rater, time.time(), _ahead(n)) if slot else self.queue.next(rater, _ahead(n))
            return {"undone": undone, "clips": self._clips(slots), "progress": self._progress(rater)}

    def progress(self, rater: str) -> dict[str, Any]:
        """Return how far a rater, and all together, have come.

        Returns
        -------
        dict
            ``answered``, ``skipped`` and ``unsure`` of this rater; ``labelled`` of ``clips`` by all;
            ``left`` for all; ``per_minute`` of this rater, and ``seconds_left`` at that pace (None while
            unknown); ``trainer``, see `seral_core.studio.background.trainer_state`.
        """
        self.studio.rater(rater)
        with self._lock:
            self.queue.sync()
            return self._progress(rater)

    def guess(self, segment: str) -> dict[str, Any] | None:
        """Return what the model believes of a clip now; None before there is a model.

        Returns
        -------
        dict or None
            By target: ``proba`` (class to probability), or ``mean`` and ``std`` in the target's units.
        """
        beliefs = last_beliefs(self.run)
        return beliefs.of(segment, {t.name: t.classes for t in self._studio.task}) if beliefs else None

    def curve(self, rater: str = "") -> dict[str, Any]:
        """Return how good the model has become, and what stopping criteria say; see `seral_core.studio.curve.curve`."""
        pace = self.progress(rater)["per_minute"] if rater else None
        return curve(self.run, pace)

    def why(self, rater: str, segment: str) -> dict[str, Any]:
        """Return why a clip was shown to a rater who has answered it; see `seral_core.studio.why.why`.

        Raises
        ------
        BadLabel
            When the rater has not answered it yet: the reasons would give the model's guess away.
        """
        self.studio.rater(rater)
        with self._lock:
            self.queue.sync()
            slots = self.queue.slots.hand(rater).seen.get(segment, [])
            said = [slot for slot in slots if slot.state != "open"]
            if not said:
                raise BadLabel(f"{rater} has not answered {segment!r:.80} yet; the reasons are shown after that")
            return why(self.run, self._studio, segment, max(said, key=lambda slot: slot.at), self.store.current(rater))

    def versus(self, target: str = "", rater: str = "", every: int = 10) -> dict[str, Any]:
        """Return how a rater compares with the corpus's recorded gold; see `seral_core.studio.versus.versus`.

        Takes seconds, and is worked out anew only when there are new answers.
        """
        with self._lock:
            self.queue.sync()
            key = (target, rater, every, self.queue.slots.seq)
        if self._versus is None or self._versus[0] != key:
            from seral_core.studio.versus import versus

            self._versus = (key, versus(self.folder, target, rater, every).as_data())
        return self._versus[1]

    def _keep(self, rater: str, payload: Mapping[str, Any], n: int, rows_of: Any) -> dict[str, Any]:
        studio = self.studio
        studio.rater(rater)
        if not isinstance(payload, Mapping):
            raise BadLabel(f"{payload!r:.60} came; expected what a screen sends; correct it")
        segment, shown = payload.get("segment"), text(payload.get("shown") or "", "id")
        if not isinstance(segment, str) or segment not in self.queue.all:
            raise BadLabel(f"clip {segment!r:.80} is not in this project; choose one that it shows")
        with self._lock:
            self.queue.sync()
            slot = self._slot(rater, segment, shown)
            purpose, number = (slot.purpose, slot.round) if slot else ("free", 0)
            if slot is not None and slot.again and self.guess(segment) is not None:
                payload = {**payload, "guess_visible": True}  # it was told when the first answer came
            rows = rows_of(studio, rater, payload, segment, purpose, shown, number)
            new = sum(row.id not in self.queue.slots.known for row in rows)
            slots = self.queue.write(rows, rater, _ahead(n), self._resolved(slot, rows))
            self._keep_training()
            return {
                "saved": new, "clips": self._clips(slots), "progress": self._progress(rater),
                "guess": self.guess(segment),
            }  # fmt: skip

    def _slot(self, rater: str, segment: str, shown: str) -> Slot | None:
        slot = self.queue.slots.by_screen.get(shown) if shown else None
        if slot is None and shown:
            raise BadLabel(f"screen {shown!r:.60} was never shown; reload the page, then label {segment} again")
        if slot is not None and (slot.rater != rater or slot.segment != segment):
            raise BadLabel(f"an answer for {segment} came from a screen that showed another clip; reload the page")
        return slot

    def _resolved(self, slot: Slot | None, rows: list[Any]) -> str:
        if slot is None:
            return ""
        said = {row.target for row in slot.live.values()} | {row.target for row in rows}
        whole = any(row.kind == "skip" for row in rows) or self.queue.slots.required <= said
        return slot.screen if whole else ""

    def _clips(self, slots: list[Slot]) -> list[dict[str, Any]]:
        clips = some(slots)
        for clip in clips:
            clip["seconds"] = self._seconds(clip["segment"])
            if self._studio.guess == "shown":
                clip["guess"] = self.guess(clip["segment"])
        return clips

    def _seconds(self, segment: str) -> float | None:
        known: dict[str, float | None] = self.__dict__.setdefault("_durations", {})
        if segment not in known:
            known[segment] = _duration_s(self.corpus, segment)
        return known[segment]

    def _progress(self, rater: str) -> dict[str, Any]:
        queue, hand = self.queue, self.queue.slots.hand(rater)
        mine = {name: hand.counts[name] for name in ("answered", "skipped", "unsure")}
        asked = len(queue.ids) - len(queue.gold)
        whole = len((queue.slots.enough & queue.ids) - queue.gold)
        left = asked - whole
        pace = _per_minute(list(hand.times))
        return {
            **mine, "labelled": whole, "clips": asked, "left": left, "per_minute": pace,
            "seconds_left": round(60 * left / pace) if pace else None, "trainer": trainer_state(self.run),
        }  # fmt: skip

    def _keep_training(self) -> None:
        if self._trainer is not None:
            self._trainer.begin()

    def _read(self) -> Studio:
        studio = open_project(self.folder)
        self._stamp = (self.folder / FILE).stat().st_mtime_ns
        return studio


def _ahead(n: object) -> int:
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= MOST_AHEAD:
        raise BadLabel(f"n is {n!r:.60}; expected how many clips to have at hand, from 1 to {MOST_AHEAD}")
    return n


def _finite(number: float) -> float | None:
    return number if abs(number) != float("inf") else None


def _per_minute(times: list[float]) -> float | None:
    """Return labels a minute from when they were given, pauses left out; None for too few."""
    times = sorted(times)
    gaps = [b - a for a, b in pairwise(times) if 0 < b - a < PAUSE_S]
    return round(60 / median(gaps), 1) if len(gaps) >= FEW_TIMES else None


def _duration_s(corpus: Corpus, segment: str) -> float | None:
    """Return how long a clip is, from its times or the header of its file; None where nobody knows."""
    if corpus.root is None:
        return None
    path, start_s, end_s = corpus.path(segment)
    end_s = end_s if end_s == end_s else duration_s(path)
    if end_s != end_s:
        return None
    return round(max(end_s - start_s, 0.0), 3)
