"""A session: the one object that pages, routes and widgets talk to while people label.

Every verb takes and returns plain data. An answer is acknowledged only once it is on the disk.
Several threads may share a session, and several processes may share a project.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from seral_core.corpora.corpus import Corpus
from seral_core.errors import BadLabel, SeralError
from seral_core.folders import inside
from seral_core.store.overtaken import Overtaken
from seral_core.studio.background import Background
from seral_core.studio.beliefs import last_beliefs
from seral_core.studio.beside import beside, expected
from seral_core.studio.control_clips import control_clips
from seral_core.studio.curve import curve
from seral_core.studio.given import NotGiven, answer_to_undo, corrected, screen_of
from seral_core.studio.parse_answers import answers_of, text, trace_of
from seral_core.studio.progress import progress_of
from seral_core.studio.project import FILE, LabelProject, Rater, open_project
from seral_core.studio.queue import Queue, some
from seral_core.studio.recordings import check_there, clips_of, duration_s, lead_in_s, recordings
from seral_core.studio.screenings import Screening
from seral_core.studio.screens import as_data
from seral_core.studio.stores import store_of
from seral_core.studio.traced import traced
from seral_core.studio.turns import Turns
from seral_core.studio.why import why

MOST_AHEAD = 20
#: How long until the recordings are looked for again, in seconds.
LOOK_AGAIN_S = 1.0
#: What raters are shown meanwhile: where they lie is not theirs to know.
AWAY = "the recordings cannot be read right now; clips come by themselves as soon as they can; answers are saved"


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
        When there is no project. Recordings that cannot be read are looked for again later, see `look`.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> session = Session(made_project(clips=6), train=False)
    >>> first, second = session.next("me", 2)["clips"]
    >>> answer = {"id": "1", "target": "emotion", "value": "anger"}
    >>> done = session.record("me", {"shown": first["shown"], "segment": first["segment"], "answers": [answer]}, n=2)
    >>> done["saved"], done["clips"][0] == second, done["progress"]["answered"]
    (1, True, 1)
    >>> back = session.undo("me", n=2)
    >>> back["undone"] == first["segment"] == back["clips"][0]["segment"], back["progress"]["answered"]
    (True, 0)
    """

    def __init__(self, folder: Path, *, train: bool = True) -> None:
        self.folder = Path(folder).resolve()
        self.run = inside(self.folder, "run")
        self._lock, self._reading = Turns(lambda holder: self.store.expect(holder)), threading.Lock()
        self._stamp = 0
        self._dealt = False
        self._look_again = float("-inf")
        self.trouble = ""
        self._versus: tuple[tuple[Any, ...], dict[str, Any]] | None = None
        self._studio = self._read()
        learns = self._studio.learned or traced(self._studio.task)
        self.trainer = Background(self.folder) if train and learns else None
        self.store = store_of(self.folder, self._studio)
        self._queue = Queue(self._studio, (), self.store, inside(self.run, "next.json"))

    @property
    def studio(self) -> LabelProject:
        """The project; read again where raters or keys were added, and as it was while its file cannot be read."""
        with self._reading, suppress(OSError, SeralError):
            if (self.folder / FILE).stat().st_mtime_ns != self._stamp:
                self._studio = self._read()
        return self._studio

    @cached_property
    def corpus(self) -> Corpus:
        """The recordings."""
        return recordings(self._studio)

    @property
    def queue(self) -> Queue:
        """What every rater hears next; no clips while the recordings cannot be read, see `look`."""
        self.look()
        return self._queue

    def look(self) -> str:
        """Look whether the recordings are here; return what is wrong with them, empty where nothing is.

        What was answered is kept without them; they are looked for again whenever somebody asks. Where they go
        away later, nothing more is given until they are back.
        """
        with self._lock:
            if time.monotonic() < self._look_again:
                return self.trouble
            try:
                check_there(corpus := self.corpus)
                if not self._dealt:
                    self._queue.deal(clips_of(self._studio, corpus), control_clips(self._studio, corpus), corpus)
                self._dealt, self.trouble = True, ""
            except (SeralError, OSError) as wrong:
                if self._dealt:
                    self._queue.deal(())
                self._dealt, self.trouble = False, str(wrong)
            self._look_again = time.monotonic() + LOOK_AGAIN_S
            return self.trouble

    def check_given(self, rater: str, segment: str) -> None:
        """Raise `seral_core.studio.given.NotGiven` for a clip that was never given to this rater."""
        if segment in self._queue.slots.hand(rater).clips:  # also while the store is away
            return
        with self._lock:
            self._queue.sync()
            if segment not in self._queue.slots.hand(rater).clips:
                raise NotGiven(f"segment {segment!r:.80} was not given to {rater}; expected a clip of the rater's own")

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
            ``clips`` (each ``segment``, ``shown``, ``round``, ``seconds``; of stretches ``lead_in_s``), ``task``,
            ``screen``, ``keys``, ``guess``, ``progress`` (None while the recordings cannot be read), ``trouble``: a
            sentence for raters, empty where there is none, and ``last``: what `undo` would take back now, as
            ``shown`` and ``answers``, or None.
        """
        studio = self.studio
        studio.rater(rater)
        with self._lock:
            slots = self.queue.next(rater, _ahead(n))
            self._keep_training()
            last = self.queue.slots.last(rater)
            undo = {"shown": last.screen, "answers": list(last.live)} if last else None
            return {**self.asked(), **self._reply(rater, slots), "last": undo}

    def asked(self) -> dict[str, Any]:
        """Return what is asked: ``task``, ``screen``, ``keys``, and whether the ``guess`` is shown."""
        studio = self.studio
        return {"task": as_data(studio.task), "screen": list(studio.parts), "keys": dict(studio.keys),
                "guess": studio.guess}  # fmt: skip

    def record(self, rater: str, payload: Mapping[str, Any], n: int = 4) -> dict[str, Any]:
        """Keep a rater's answer to a clip; return only once it is on the disk.

        Parameters
        ----------
        rater : str
            Name of a rater of the project.
        payload : mapping
            ``shown`` and ``segment`` as `next` gave them, and what `seral_core.studio.parse_answers.answers_of` takes.
            ``corrects``: ids of all answers on this screen that it replaces. Without ``shown`` the clip counts
            as picked by the rater; none that is set aside or has a known answer can be.
        n : int
            How many clips shall be at hand.

        Returns
        -------
        dict
            ``saved`` (number of new rows; 0 where the same was sent before), ``clips``, ``progress``, ``trouble``
            as `next` has them, and ``guess``: what the model had believed.

        Raises
        ------
        BadLabel
            When anything does not fit; `seral_core.studio.given.Answered` where there is another answer that
            ``corrects`` does not name, `seral_core.studio.given.NotGiven` for a screen of somebody else.
            Nothing is kept then.
        """
        return self._keep(rater, payload, n, answers_of)

    def trace(self, rater: str, payload: Mapping[str, Any], n: int = 4) -> dict[str, Any]:
        """Keep a time-continuous trace of a clip, as `record` keeps answers; see `parse_answers.trace_of`."""
        return self._keep(rater, payload, n, trace_of)

    def undo(self, rater: str, shown: str = "", n: int = 4, answers: object = ()) -> dict[str, Any]:
        """Take back a rater's last answer, and show that clip again.

        Parameters
        ----------
        rater : str
            Name of a rater of the project.
        shown : str
            Take back this screen, and nothing where that was done before; left out: the last one.
        n : int
            How many clips shall be at hand.
        answers : sequence of str
            Ids of the answers that are meant; later answers on the screen stay.

        Returns
        -------
        dict
            ``undone`` (segment, or None where there was nothing), ``again`` (the screen that shows it again, or
            None), ``clips``, ``progress`` and ``trouble``.
        """
        self.studio.rater(rater)
        with self._lock:
            queue = self.queue
            queue.sync()
            slot = answer_to_undo(queue.slots, rater, shown, answers)
            slots = queue.undo(slot, rater, time.time(), _ahead(n)) if slot else queue.next(rater, _ahead(n))
            named = slot or queue.slots.by_screen.get(shown)
            again = queue.slots.latest(named).screen if named is not None and named.rater == rater else None
            return {"undone": slot.segment if slot else None, "again": again, **self._reply(rater, slots)}

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
            return progress_of(rater, self.queue, self.run)

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
            done = [slot for slot in slots if slot.state != "open"]
            if not done:
                raise BadLabel(f"{rater} has not answered {segment!r:.80} yet; the reasons are shown after that")
            return why(self.run, self._studio, segment, max(done, key=lambda slot: slot.at), self.store.current(rater))

    def curves(self, rater: str, segment: str) -> dict[str, Any]:
        """Return a rater's traces of a clip beside the model's curves; see `seral_core.studio.beside.beside`."""
        rows = [row for row in self.store.current(self.studio.rater(rater).name) if row.segment == segment]
        return beside(self.run, self.studio.task, segment, rows, self._seconds(segment) if rows else None)

    def versus(self, target: str = "", rater: str = "", every: int = 10) -> dict[str, Any]:
        """Return how a rater compares with the corpus's recorded gold; see `seral_core.studio.human_vs_gold.versus`.

        Takes seconds, and is worked out again only when there are new answers.
        """
        with self._lock:
            self.queue.sync()
            key = (target, rater, every, self.queue.slots.seq)
        if self._versus is None or self._versus[0] != key:
            from seral_core.studio.human_vs_gold import versus

            self._versus = (key, versus(self.folder, target, rater, every).as_data())
        return self._versus[1]

    def _keep(self, rater: str, payload: Mapping[str, Any], n: int, rows_of: Any) -> dict[str, Any]:
        studio = self.studio
        studio.rater(rater)
        if not isinstance(payload, Mapping):
            raise BadLabel(f"got {payload!r:.60}; expected what a screen sends; correct it")
        with self._lock:
            while True:
                with suppress(Overtaken):  # by another process, on this very screen: decide again
                    return self._keep_now(studio, rater, payload, n, rows_of)

    def _keep_now(
        self, studio: LabelProject, rater: str, payload: Mapping[str, Any], n: int, rows_of: Any
    ) -> dict[str, Any]:
        self._queue.sync()
        seen = self._queue.slots.seq
        segment = payload.get("segment")
        slot = self._slot(rater, segment, text(payload.get("shown") or "", "id"))
        purpose, shown, number = (slot.purpose, slot.screen, slot.round) if slot else ("free", "", 0)
        if slot is not None and slot.again and (self.guess(slot.segment) or expected(self.run)):
            payload = {**payload, "guess_visible": True}  # the rater saw it with the first answer
        rows = rows_of(studio, rater, payload, segment, purpose, shown, number)
        known = self._queue.slots.known
        new = sum(row.id not in known for row in rows)
        if 0 < new < len(rows):  # those that are known may have been taken back, or be about to
            taken = next(row.id for row in rows if row.id in known)
            raise BadLabel(
                f"got answer {taken} beside new ones; expected new ids alone, for this one is taken; "
                "give each answer an id of its own"
            )
        before = corrected(slot, rows, payload, time.time()) if slot and new else []
        if not new:  # sent again, as where the receipt was lost: over a slow line, storing it anew might lose it again
            self.store.check_same(rows)
        kept = [*before, *rows] if new else []
        slots = self._queue.write(kept, rater, _ahead(n), self._resolved(slot, rows), seen)
        if not self._dealt and not self.look():
            slots = self._queue.next(rater, _ahead(n))
        self._keep_training()
        return {"saved": new, "guess": self.guess(rows[0].segment), **self._reply(rater, slots)}

    def _slot(self, rater: str, segment: object, shown: str) -> Screening | None:
        if not isinstance(segment, str):
            raise BadLabel(f"clip {segment!r:.80} is not in this project; choose one that it shows")
        if shown:
            return screen_of(self._queue.slots, rater, segment, shown)
        if segment not in self.queue.pool:
            raise NotGiven(f"clip {segment!r:.80} is not in this project, or not to be picked; answer what it shows")
        return None

    def _reply(self, rater: str, slots: list[Screening]) -> dict[str, Any]:
        trouble = self.trouble and AWAY
        progress = None if trouble else progress_of(rater, self.queue, self.run)
        return {"clips": self._clips(slots), "progress": progress, "trouble": trouble}

    def _resolved(self, slot: Screening | None, rows: list[Any]) -> str:
        if slot is None:
            return ""
        answered = {row.target for row in slot.live.values()} | {row.target for row in rows}
        whole = any(row.kind == "skip" for row in rows) or self.queue.slots.required <= answered
        return slot.screen if whole else ""

    def _clips(self, slots: list[Screening]) -> list[dict[str, Any]]:
        clips = some(slots)
        for clip in clips:
            clip["seconds"] = self._seconds(clip["segment"])
            if self._studio.stretch:
                clip["lead_in_s"] = self.lead_in_s(clip["segment"])
            if self._studio.guess == "shown":
                clip["guess"] = self.guess(clip["segment"])
        return clips

    def lead_in_s(self, segment: str) -> float:
        """Return how many seconds are played before a clip; see `seral_core.studio.recordings.lead_in_s`."""
        return lead_in_s(self.corpus, segment) if self._studio.stretch else 0.0

    def _seconds(self, segment: str) -> float | None:
        known: dict[str, float | None] = self.__dict__.setdefault("_durations", {})
        if segment not in known:
            known[segment] = duration_s(self.corpus, segment)
        return known[segment]

    def _keep_training(self) -> None:
        if self.trainer is not None and not self.trouble:
            self.trainer.start()

    def _read(self) -> LabelProject:
        studio = open_project(self.folder)
        self._stamp = (self.folder / FILE).stat().st_mtime_ns
        return studio


def _ahead(n: object) -> int:
    if not isinstance(n, int) or isinstance(n, bool) or not 1 <= n <= MOST_AHEAD:
        raise BadLabel(f"n is {n!r:.60}; expected how many clips to have at hand, from 1 to {MOST_AHEAD}")
    return n
