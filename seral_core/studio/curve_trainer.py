"""The trainer of traces: learns what raters traced, and says what curve it expects of every clip.

Like `seral_core.studio.trainer` it only ever reads the labels, and all it writes can be worked out again.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from seral_core.corpora.corpus import Corpus
from seral_core.features.base import extractor_from, features_at, frames_hz, is_extractor
from seral_core.features.extract import features_for
from seral_core.features.table import FeatureTable
from seral_core.folders import inside
from seral_core.learners.base import Learner, learners, predicted, trained
from seral_core.runs.parts import Surroundings, part
from seral_core.runs.pool import Pool
from seral_core.runs.rounds import rng_for
from seral_core.sequences.aligned import at_rate
from seral_core.studio.beliefs import keep_beliefs
from seral_core.studio.beside import PLACE, expected
from seral_core.studio.control_clips import control_clips
from seral_core.studio.files import write_json
from seral_core.studio.project import LabelProject, open_project
from seral_core.studio.queue import test_part
from seral_core.studio.recordings import duration_s, recordings
from seral_core.studio.stores import store_of
from seral_core.studio.table import prepared
from seral_core.studio.traced import trace_labels, traced
from seral_core.studio.training_labels import trainable
from seral_core.threads import one_thread
from seral_core.types import Label, Scale, Target
from seral_core.units import from_lengths

#: Frames where a project's features are none; who learns where its learner has clips to learn.
FRAMES, LEARNER = "mfcc-windows", "ridge"


class CurveTrainer:
    """Learns the traces of a project, all of them anew whenever there is another one.

    Parameters
    ----------
    folder : Path
        Of the project, which has targets that `seral_core.studio.traced.traced` names.
    tells : bool
        Whether it says in ``run/state.json`` what it is at; not where the trainer of other targets does.

    Examples
    --------
    >>> from seral_core.studio.testing import traced_project
    >>> trainer = CurveTrainer(traced_project(answered=8))
    >>> trainer.look(), trainer.look(), sorted(expected(trainer.run).by_target)
    (True, False, ['arousal'])
    """

    def __init__(self, folder: Path, *, tells: bool = True) -> None:
        self.folder, self.run, self.tells = folder, inside(folder, "run"), tells
        self.studio = open_project(folder)
        self.store = store_of(folder, self.studio)
        self.place = inside(self.run, PLACE)
        self.place.mkdir(parents=True, exist_ok=True)
        before = expected(self.run)
        self.round = before.round if before else -1
        self._say("features")
        self.corpus = recordings(self.studio)
        gold = frozenset(control_clips(self.studio, self.corpus))
        self.without = gold | test_part(self.studio, set(self.corpus.ids) - gold)
        self.tables = self._tables()
        self._seconds: dict[str, float | None] = {}
        self._learned: tuple[Label, ...] | None = None
        self._seen, self._quiet_since = 0, time.monotonic()
        self._say("waiting")

    @property
    def idle_s(self) -> float:
        """Seconds since the last answer."""
        return time.monotonic() - self._quiet_since

    def look(self) -> bool:
        """Learn, and return True, where traces came or were taken back since the last time."""
        rows = self.store.rows(after=self._seen)
        if rows:
            self._seen, self._quiet_since = rows[-1].seq, time.monotonic()
        elif self._learned is not None:
            return False
        self.studio = open_project(self.folder) if rows else self.studio
        labels = self._labels()
        if labels == self._learned:
            return False
        self._learned = labels
        self._learn(labels)
        return True

    def _labels(self) -> tuple[Label, ...]:
        rows = [row for row in self.store.current() if row.trace]
        found: tuple[Label, ...] = ()
        for target in traced(self.studio.task):
            table = self.tables[target.rate_hz]
            seconds = {row.segment: self._length(row.segment) for row in rows if row.segment in table}
            at_hand = replace(target, rate_hz=table.rate_hz)
            found += trace_labels(rows, (at_hand,), seconds, without=self.without)
        return found

    def _length(self, segment: str) -> float | None:
        if segment not in self._seconds:
            self._seconds[segment] = duration_s(self.corpus, segment)
        return self._seconds[segment]

    def _learn(self, labels: tuple[Label, ...]) -> None:
        self._say("training")
        self.round += 1
        task = trainable(traced(self.studio.task), labels)
        found = {target.name: self._curves(target, [each for each in labels if each.target == target.name])
                 for target in task}  # fmt: skip
        learned = tuple(f"{label.target}\n{label.segment}" for label in labels)
        ids = next(iter(self.tables.values())).ids
        keep_beliefs(self.place, self.round, ids, found, learned)
        self._say("waiting")

    def _curves(self, target: Target, labels: list[Label]) -> Scale:
        """Return what is expected of every clip, at the rate of the target."""
        table = self.tables[target.rate_hz]
        at_hand = replace(target, rate_hz=table.rate_hz)
        learner: Learner = part(learners, self._learner, (at_hand,), Surroundings(self.corpus, None))
        pool = Pool(table, (at_hand,))
        pool.add(labels)
        with one_thread():
            trained(learner, pool.known(), rng_for(self.studio.seed, self.round, target.name))
            belief = predicted(learner.predict, table)[target.name]
        assert isinstance(belief, Scale)
        return _at(belief, table.rate_hz, target.rate_hz)

    @property
    def _learner(self) -> str:
        return LEARNER if self.studio.learned else self.studio.learner

    def _tables(self) -> dict[float, FeatureTable]:
        """Return the frames for each rate of a target: of the same clips."""
        features = frames_for(self.studio, self.corpus)
        rates = sorted({target.rate_hz for target in traced(self.studio.task)})
        made = {rate: prepared(self.corpus, features_at(features, rate), self.without, self._told)[0] for rate in rates}
        ids = [i for i in made[rates[0]].ids if all(i in table for table in made.values())]
        return {rate: table.only(ids) for rate, table in made.items()}

    def _told(self, done: int, total: int, what: str) -> None:
        if time.monotonic() - self._last_said > 0.3:
            self._say("features", done=done, total=total)

    _last_said = 0.0

    def _say(self, state: str, **more: int) -> None:
        if not self.tells:
            return
        self._last_said = time.monotonic()
        now: Mapping[str, Any] = {"state": state, "round": self.round, "at": time.time(), **more}
        write_json(self.run / "state.json", now)


def frames_for(studio: LabelProject, corpus: Corpus) -> str:
    """Return the features that curves are learned from: the project's where they are frames, else `FRAMES`.

    Examples
    --------
    >>> studio = LabelProject("recordings", ("arousal@25",))
    >>> frames_for(studio, toy_corpus()), frames_for(replace(studio, features="log-mel-frames"), toy_corpus())
    ('mfcc-windows', 'log-mel-frames')
    """
    if is_extractor(studio.features):
        return studio.features if frames_hz(extractor_from(studio.features)) else FRAMES
    return studio.features if features_for(corpus, studio.features).rate_hz else FRAMES


def _at(belief: Scale, from_hz: float, to_hz: float) -> Scale:
    """Return what is believed of frames at another rate."""
    parts = [
        at_rate(belief.guess[first:stop], from_hz, to_hz, round((stop - first) * to_hz / from_hz))
        for first, stop in pairwise(belief.bounds.tolist())
    ]
    curve = np.concatenate([np.zeros(0), *parts])[None]
    return Scale(curve, np.zeros_like(curve), from_lengths([len(each) for each in parts]))
