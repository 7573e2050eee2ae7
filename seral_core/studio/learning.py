"""What a trainer does in a round: learn from the answers so far, say how good that is, and choose what to ask next."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seral_core.errors import BadLog, BadPlan, SeralError
from seral_core.features.table import FeatureTable
from seral_core.folders import inside
from seral_core.learners.base import Learner, learners, predicted
from seral_core.learners.offers import Offers
from seral_core.runs.events import Asked, Event, Labelled, Scored, Started, Training
from seral_core.runs.history import History
from seral_core.runs.log import Log
from seral_core.runs.parts import Surroundings, part
from seral_core.runs.plan import Plan
from seral_core.runs.pool import Pool
from seral_core.runs.predictions_log import PredictionsLog
from seral_core.runs.rounds import Round, rng_for
from seral_core.store import Answer
from seral_core.strategies.base import View
from seral_core.strategies.compose import chooses_first_labels, strategy_from
from seral_core.studio.as_run import run_of
from seral_core.studio.beliefs import keep_beliefs, last_beliefs
from seral_core.studio.control_clips import control_clips
from seral_core.studio.evaluation import verdict
from seral_core.studio.files import write_json
from seral_core.studio.project import open_project
from seral_core.studio.queue import AHEAD, Ranked, test_part
from seral_core.studio.recordings import clips_of, recordings
from seral_core.studio.stable_random import stable_random
from seral_core.studio.stores import store_of
from seral_core.studio.table import advice, keep_table, prepared
from seral_core.studio.training_labels import trainable, training_labels
from seral_core.studio.whom import screenings_of
from seral_core.threads import one_thread
from seral_core.types import Label, Task

#: How long nobody answers before what is there is learned from, though no batch is full, in seconds.
QUIET_S = 4.0
#: Name of the one step of a round: people answer what the strategy asks for.
STEP = "query"
#: A learner that takes longer is cross-validated only every few rounds, in seconds of processor
#: time.
SLOW_S, SELDOM = 2.0, 5
#: Clips that successive models are compared on.
STOP_SET = 1000


class Trainer:
    """Learns what raters say of a project, round by round.

    Parameters
    ----------
    folder : Path
        Of the project.

    Examples
    --------
    >>> from seral_core.studio.testing import made_project
    >>> from seral_core.studio.session import Session
    >>> session = Session(made_project(clips=60, strategy="margin", initial=6), train=False)
    >>> nouns = ("anger", "neutral", "sadness")
    >>> for i in range(12):
    ...     clip = session.next("me")["clips"][0]
    ...     answer = {"id": str(i), "target": "emotion", "value": nouns[int(clip["segment"][:4]) % 3]}
    ...     done = session.record("me", {"shown": clip["shown"], "segment": clip["segment"], "answers": [answer]})
    >>> trainer = Trainer(session.folder)
    >>> trainer.look(), trainer.look()
    (True, False)
    >>> [type(event).__name__ for event in trainer.log.events()]
    ['Started', 'Labelled', 'Trained', 'Scored', 'Asked']
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.run = folder, inside(folder, "run")
        self.studio = open_project(folder)
        self.store = store_of(folder, self.studio)
        self.corpus = recordings(self.studio)
        self.gold = frozenset(control_clips(self.studio, self.corpus))
        self.test = test_part(self.studio, clips_of(self.studio, self.corpus) - self.gold)
        self.slots = screenings_of(self.studio)
        self._say("features")
        self._remark = ""
        self.table = self._prepared()
        self.log = Log.create(self.run, self._plan())
        past = self._past()
        ranked = Ranked(inside(self.run, "next.json")).now()
        self.round = max([getattr(event, "round", -1) for event in past] + [ranked.round])
        self._logged = {label for event in past if isinstance(event, Labelled) for label in event.labels}
        self._learned, self._scratch = dict[tuple[str, str], Any](), dict[Any, Any]()
        self._quiet_since = time.monotonic()
        self._ranked: tuple[str, ...] | None = None
        if not past:
            names = tuple(target.name for target in self.studio.task)
            self.log.append(Started(self._size, self.studio.seed, float(self._size), names))
        self._say("waiting")

    def _prepared(self) -> FeatureTable:
        """Extract the features, and return them on one scale."""
        table, _ = prepared(self.corpus, self.studio.features, self.test, self._features_told)
        keep_table(self.run, table)
        self._by_speaker = advice(self.corpus, table, ())[0]
        return table

    @property
    def _size(self) -> int:
        """How many clips there are."""
        return len(self.table)

    def look(self) -> bool:
        """Carry out the next round and return True if there are enough answers since the last one."""
        rows = self.store.rows(after=self.slots.seq)
        self.slots.feed(rows)
        if rows:
            self._quiet_since = time.monotonic()
        elif self._ranked is not None and not self._waits_for_quiet():
            return False
        labels = self._labels()
        if not self._due(labels):
            return False
        self._next_round(labels)
        return True

    def _past(self) -> list[Event]:
        """Return what happened; what cannot be read is set aside, for the labels are kept elsewhere."""
        self.log.mend()
        try:
            return self.log.events()
        except BadLog:
            self.log.repair()
            return self.log.events()

    @cached_property
    def _aside(self) -> Any:
        """Clips that no model learns from."""
        return self.test | self.gold

    @property
    def place(self) -> Path:
        """Where it keeps its record."""
        return self.log.folder

    @property
    def idle_s(self) -> float:
        """Seconds since the last answer."""
        return time.monotonic() - self._quiet_since

    def _waits_for_quiet(self) -> bool:
        return self._behind and self.idle_s > QUIET_S

    _behind = False

    def _labels(self) -> tuple[Label, ...]:
        rows = [row for row in self.store.current() if row.segment in self.table]
        return training_labels(self.studio, rows, self._aside)

    def _due(self, labels: tuple[Label, ...]) -> bool:
        now = {(label.segment, label.target): (label.value, label.weight) for label in labels}
        changed = {key[0] for key in now.keys() | self._learned.keys() if now.get(key) != self._learned.get(key)}
        self._behind = bool(changed)
        if self._ranked is None:  # nothing may be there to learn from, but raters need to know which clips are usable
            return True
        if self.idle_s > QUIET_S:
            return bool(changed)
        wanted = self.studio.batch
        if self._ranked and sum(map(self._free, self._ranked)) < AHEAD:  # soon the lot would have to decide
            wanted = max(1, min(wanted // 2, len(self._ranked)))
        return len(changed) >= wanted

    def _next_round(self, labels: tuple[Label, ...]) -> None:
        with suppress(SeralError):  # somebody is at the file just now
            self.studio = open_project(self.folder)
        self._learned = {(label.segment, label.target): (label.value, label.weight) for label in labels}
        task = trainable(self.studio.learned, labels)
        self._rescale(labels)
        number = max(self.round + 1, 1 if task else 0)  # labels before the first model belong to round 0
        with one_thread():
            pool = self._pool(task or self.studio.learned, labels)
            self._log_labels(number - 1)
            now = Round(self.studio.seed, number, self._fresh(pool.task, self.log.folder), pool.known(), History(()))
            if task:
                self._train(now)
            self.round = number
            segments, remark = self._choice(now, pool, now.offers() if task else None)
            if task:
                self._score(now.learner, self._with(segments, pool), number)
            self._ask(number, segments, remark)
        self._say("waiting")

    def _with(self, segments: Sequence[str], pool: Pool) -> Pool:
        """Return a pool that has what is asked now, so that it can be said what was believed of it."""
        return pool

    def _pool(self, task: Task, labels: Sequence[Label]) -> Pool:
        """Return the clips with the labels that a model of these targets learns from."""
        pool = Pool(self.table, task)
        pool.scratch = self._scratch
        pool.add(label for label in labels if any(label.target == t.name for t in task))
        return pool

    def _rescale(self, labels: tuple[Label, ...]) -> None:
        """Stop or start normalising speakers where the labels so far advise it, and say so in the next question."""
        by_speaker, why = advice(self.corpus, self.table, self.studio.learned, labels)
        if by_speaker != self._by_speaker:
            self._by_speaker, self._remark, self._scratch = by_speaker, why, {}
            self.table, _ = prepared(self.corpus, self.studio.features, self.test, by_speaker=by_speaker)
            self.__dict__.pop("_open", None)
            keep_table(self.run, self.table)

    def _train(self, now: Round) -> None:
        self._say("training")
        began = time.process_time()
        for event in now.train(None, self._spent()):
            if isinstance(event, Training):
                self._say("training", percent=round(100 * event.done))
            self.log.append(event)
        self._slow = time.process_time() - began > SLOW_S

    def _fresh(self, task: Task, folder: Path | None) -> Learner:
        """Return a learner that knows nothing: labels may be corrected, so no model goes on from the last one."""
        made: Learner = part(learners, self.studio.learner, task, Surroundings(self.corpus, folder))
        return made

    def _score(self, learner: Learner, pool: Pool, number: int) -> None:
        before, known = last_beliefs(self.run), pool.known()
        prediction = predicted(learner.predict, self.table)
        speakers = self.corpus.speakers_of(self.table.ids)
        tests = training_labels(self.studio, self.store.current(), purposes=("test",))
        make = None if self._slow and number % SELDOM else lambda: self._fresh(pool.task, None)
        scores, detail = verdict(
            prediction,
            known,
            make,
            tests,
            before,
            self._stop_set,
            self._spent(),
            speakers,
            rng_for(self.studio.seed, number, "score"),
        )
        event = Scored(number, self._spent(), scores, detail)
        labelled = tuple(f"{name}\n{self.table.ids[row]}" for name, a in known.answers.items() for row in a.rows)
        keep_beliefs(self.run, number, self.table.ids, prediction, labelled)
        PredictionsLog(self.log.folder)(event, SimpleNamespace(learner=learner, pool=pool))  # type: ignore[arg-type]
        self.log.append(event)

    def _ask(self, number: int, segments: Sequence[str], remark: str) -> None:
        remark, self._remark = "; ".join(filter(None, (self._remark, remark))), ""
        self._ranked = tuple(segments)
        unusable = [segment for segment, _ in self.table.problems]
        write_json(self.run / "next.json", {"round": number, "segments": self._ranked, "unusable": unusable})
        if self._ranked:
            self.log.append(Asked(number, STEP, self._ranked, remark))

    def _choice(self, now: Round, pool: Pool, offers: Offers | None) -> tuple[list[str], str]:
        """Return the clips that the strategy wants; none where it is too early for it: clips then come at random."""
        studio = self.studio
        first = chooses_first_labels(studio.strategy, studio.learned)
        if not first and (offers is None or len(now.known) < studio.initial):
            return [], ""
        view = self._view(now, pool, offers)
        n = studio.batch + AHEAD * max(1, len(studio.raters))
        try:
            rows, remark = now.choose(strategy_from(studio.strategy), STEP, view, min(n, len(view.candidates)))
        except BadPlan as wrong:  # a strategy without a model: people go on in random order
            return [], str(wrong)
        return [view.table.ids[row] for row in rows], remark

    def _view(self, now: Round, pool: Pool, offers: Offers | None) -> View:
        """Return what the strategy sees: clips that somebody may still be asked about."""
        view = pool.view(pool.task, now.number, offers)
        free = self._open.copy()
        touched = [segment for segment in self.slots.segments if segment in self.table and not self._wanted(segment)]
        free[self.table.rows(touched)] = False
        return view.among(np.asarray(view.candidates)[free[view.candidates]])

    @cached_property
    def _open(self) -> NDArray[np.bool_]:
        """Which clips of the table are not set aside."""
        return np.array([segment not in self._aside for segment in self.table.ids], dtype=bool)

    def _free(self, segment: str) -> bool:
        """Whether somebody may still be asked about a clip."""
        return segment not in self.test and segment not in self.gold and self._wanted(segment)

    def _wanted(self, segment: str) -> bool:
        """Whether somebody may hear a clip that is not set aside."""
        if segment in self.slots.enough:
            return False
        if len(self.slots.answered(segment)) + len(self.slots.holding(segment)) >= self.studio.k:
            return False
        raters = self.studio.raters
        return not raters or any(segment not in self.slots.hand(rater.name).seen for rater in raters)

    def _log_labels(self, number: int) -> None:
        share = 1 / len(self.studio.learned)
        new = []
        for row in self.store.current():
            if _is_label(row) and row.segment in self.table and row.segment not in self._aside:
                label = Label(row.segment, row.target, row.value, row.rater, share, row.weight, row.source)  # type: ignore[arg-type]
                if label not in self._logged:
                    new.append(label)
        if new:
            self._logged.update(new)
            self.log.append(Labelled(max(number, 0), STEP, tuple(new)))

    def _spent(self) -> float:
        """Clips listened to, by all raters."""
        return float(sum(hand.counts["answered"] + hand.counts["unsure"] for hand in self.slots.hands.values()))

    @cached_property
    def _stop_set(self) -> NDArray[np.intp]:
        order = sorted(
            range(len(self.table)), key=lambda r: stable_random(self.studio.seed, "stop set", self.table.ids[r])
        )
        return np.sort(np.array(order[:STOP_SET], dtype=np.intp))

    def _plan(self) -> Plan:
        """Return the plan of the run as pages show it: the first one that was made, also when clips were added."""
        studio, made = self.studio, run_of(self.folder)
        if made is not None:
            return Plan.load(made)
        size = max(self._size, studio.initial, 1)
        return Plan(
            corpus=str(self.folder), reader="", features=studio.features, targets=tuple(t.name for t in studio.learned),
            learner=studio.learner, strategy=studio.strategy, oracle="people", initial=studio.initial,
            batch=studio.batch, budget=size, split="none", judge="held-out", seed=studio.seed,
        )  # fmt: skip

    def _features_told(self, done: int, total: int, what: str) -> None:
        if time.monotonic() - self._told > 0.3:
            self._say("features", done=done, total=total)

    _told = 0.0

    def _say(self, state: str, **more: int) -> None:
        self._told = time.monotonic()
        state_now: Mapping[str, Any] = {"state": state, "round": getattr(self, "round", -1), "at": time.time(), **more}
        write_json(self.run / "state.json", state_now)


def _is_label(row: Answer) -> bool:
    is_answer = row.kind == "answer" and row.value is not None and row.source != "machine"
    return is_answer and row.purpose in ("query", "free")
