"""Watching a folder: the stream loop on recordings as they arrive, with people who answer later.

What is decided is written to the log before it is shown, each buffer in one line, and the features of what
is asked for are kept before that. So the process may be killed at any moment and started again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.random import Generator

from seral_core.corpora.channel_choice import chosen_names
from seral_core.errors import BadPlan
from seral_core.features.audio import TWO_VOICES
from seral_core.features.base import Extractor, extractor_from, frames_hz
from seral_core.features.cache import FeatureCache, Row
from seral_core.features.extract import extract_file, table_of
from seral_core.features.table import FeatureTable
from seral_core.files import SQLITE, replacing
from seral_core.folders import claim, inside
from seral_core.guard import echo, for_spreadsheet, for_terminal
from seral_core.learners.base import learners
from seral_core.learners.scaled import Measure, Scaled
from seral_core.oracles.answers import Answers
from seral_core.runs.events import Asked, Event, Finished, Labelled, Passed
from seral_core.runs.fit import check_fit
from seral_core.runs.incoming import Arriving, stamp_of
from seral_core.runs.log import Log
from seral_core.runs.parts import hears, part
from seral_core.runs.rounds import Step
from seral_core.runs.run import alone
from seral_core.runs.stream import stream_loop
from seral_core.runs.watch_folder import Watch, learn, learned_by, save
from seral_core.strategies.base import Strategy, View
from seral_core.strategies.compose import phases_of, strategy_from
from seral_core.types import Ints, Query

Tell = Callable[[str], None]


def watch(plan: Watch, *, once: bool = False, tell: Tell = echo) -> Iterator[Event]:
    """Score recordings as they arrive and yield every event after it was written down.

    Parameters
    ----------
    plan : Watch
        What to do. Targets and features must stay what they were when ``out`` was begun.
    once : bool
        Whether to end when all that is there now is decided on.
    tell : callable
        Is called with one line per clip (``ask`` or ``pass``), and for clips and answers that cannot be used.

    Raises
    ------
    SeralError
        When the plan cannot be carried out, or ``out`` belongs to another stream.
    """
    if hears(learners[phases_of(plan.learner)[0].name]):
        raise BadPlan(f"learner {plan.learner} hears, but a watched stream keeps only features; choose another one")
    check_fit(plan.learner, plan.chosen, plan.task)
    extractor = extractor_from(plan.features)
    claim(plan.out, "stream")
    plan.out.mkdir(parents=True, exist_ok=True)
    log = Log(plan.out)
    for ending in SQLITE:
        inside(plan.out, "clips.sqlite" + ending)
    with alone(plan.out), FeatureCache(plan.out / "clips.sqlite") as kept, FeatureCache() as cache:
        log.mend()
        past = log.events()
        save(plan)
        clips = Clips(plan, extractor, kept, cache, past, once, tell)
        learned = learned_by(past)
        answers = Answers(plan.answers, _each_once(tell), learned)
        answers.usable(Query((), plan.task))  # says what of it is not used, also where nothing is open
        look = Look(strategy_from(plan.chosen), plan.keep)
        # A gate counts its budget over many buffers: it may take whole ones only where somebody chose it.
        n = plan.buffer if look.takes_all and plan.strategy else plan.most
        loop = stream_loop(
            clips,
            plan.task,
            Scaled(part(learners, plan.learner, plan.task)),
            Step("query", look, answers, n),
            None,
            buffer=plan.buffer,
            initial=plan.initial,
            seed=plan.seed,
            past=past,
            data=_hash(plan, extractor),
            find=clips.find,
        )
        questions = Questions(plan, past)
        for event in loop:
            if isinstance(event, Finished):
                break  # a folder is never at its end
            if isinstance(event, Asked):
                clips.keep(event.segments)
            log.append(event)
            learn(learned, event)
            _say(event, look, tell)
            questions.update(event)
            yield event


class Clips:
    """The source: recordings as rows of features. Those that cannot be used are named, and remembered.

    Parameters
    ----------
    plan, extractor
        What to do.
    kept : FeatureCache
        Of this stream: rows of the clips asked for, by id, and why others cannot be used.
    cache : FeatureCache
        Of all extractions.
    past : list of Event
        What was decided is not taken again.
    once, tell
        As in `watch`.
    """

    def __init__(
        self, plan: Watch, extractor: Extractor, kept: FeatureCache, cache: FeatureCache,
        past: list[Event], once: bool, tell: Tell,
    ) -> None:  # fmt: skip
        self.folder, self.extractor, self.kept, self.cache = plan.folder, extractor, kept, cache
        self.channel, self.clip, self.tell = plan.channel, plan.clip, tell
        self.done = {i for event in past if isinstance(event, Passed) for i in event.segments}
        self.done |= {i for event in past if isinstance(event, Asked) for i in (*event.segments, *event.let_go)}
        files = {file for file, _ in map(plan.clip, self.done) if self.done.issuperset(self._clips_of(file))}
        self.arriving = Arriving(plan.folder, files, once, plan.settle_s, 10 * plan.settle_s, tell=tell)
        self._rows: dict[str, Row] = {}
        self._mixed = False

    def __iter__(self) -> Iterator[FeatureTable]:
        """Yield a table of one row for every usable recording, or for each of its channels that was chosen."""
        for file in self.arriving:
            before = stamp_of(self.folder / file)
            clips = self._clips_of(file)
            if not clips and before is not None:
                self._leave_out(file, f"has no channel {self.channel}", f"unusable {file} {before}")
            for name in clips:
                mark = f"unusable {name} {before}"
                if name in self.done or self.kept.get([mark]):
                    continue
                found = extract_file(self.folder / file, self.extractor, self.cache, self.clip(name)[1])
                if before is None or stamp_of(self.folder / file) != before:
                    self.arriving.again(file)
                    break
                if isinstance(found.outcome, str):
                    self._leave_out(name, found.outcome, mark)
                    continue
                self._say_mixed(name, found.note)
                self._rows[name] = found.outcome
                self.done.add(name)
                yield self._table(name, found.outcome)

    def _clips_of(self, file: str) -> list[str]:
        """Return what is asked for of a recording: itself, or such as ``call.wav#ch1``."""
        return chosen_names(file, self.folder / file, self.channel)

    def _leave_out(self, name: str, why: str, mark: str) -> None:
        if not self.kept.get([mark]):
            self.tell(f"left out {name}: it {why}")
            self.kept.put(mark, why)

    def _say_mixed(self, name: str, note: str) -> None:
        """Say once that recordings hold two voices, where nobody said what to do with them."""
        if note == TWO_VOICES and not self.channel and not self._mixed:
            self._mixed = True
            self.tell(f"{name}: {note}; a stream that does so needs another folder (--out); mix keeps the mix")

    def keep(self, segments: tuple[str, ...]) -> None:
        """Keep the rows of clips that are asked for; their files may go."""
        for segment in segments:
            if segment in self._rows:
                self.kept.put(segment, self._rows[segment])
        self._rows.clear()

    def find(self, segment: str) -> FeatureTable | None:
        """Return a clip that was asked for before."""
        row = self.kept.get([segment]).get(segment)
        return self._table(segment, row) if isinstance(row, np.ndarray) else None

    def _table(self, name: str, row: Row) -> FeatureTable:
        rate_hz = frames_hz(self.extractor)
        return replace(table_of({name: row}, self.extractor.names if rate_hz else (), rate_hz), names=())


@dataclass
class Look:
    """A strategy for live streams: on the scale of the labelled clips, and at random while there are none.

    Parameters
    ----------
    strategy : Strategy
        What chooses as soon as anything is known.
    keep : float
        Share that is drawn at random until then, where the strategy has none of its own.
    """

    strategy: Strategy
    keep: float
    believed: dict[str, str] = field(default_factory=dict)

    @property
    def takes_all(self) -> bool:
        """Whether the strategy decides itself how many it takes."""
        return bool(getattr(self.strategy, "takes_all", False))

    def __call__(self, view: View, n: int, rng: Generator) -> Ints:
        """Choose, and note what is believed of each clip of the buffer."""
        if not len(view.labelled):
            view.note("no answer is known yet: drawn at random")
            share = getattr(self.strategy, "share", self.keep) if self.takes_all else 1.0
            wanted = rng.binomial(len(view.candidates), share) if self.takes_all else n
            return np.sort(rng.permutation(view.candidates)[: min(n, wanted)])
        measure = Measure.of(view.table, view.labelled) if len(view.labelled) > 1 else None
        scaled = view if measure is None else replace(view, table=measure.scaled(view.table))
        chosen = self.strategy(scaled, n, rng)
        self.believed = {view.table.ids[row]: text for row, text in zip(view.candidates, _beliefs(scaled), strict=True)}
        return chosen


class Questions:
    """The table of open questions; it is rewritten, and the one with the answers never is.

    Parameters
    ----------
    plan : Watch
        Where it is and what is asked.
    past : list of Event
        What was asked and answered before.
    """

    def __init__(self, plan: Watch, past: list[Event]) -> None:
        self.path, self.task = plan.out / "questions.csv", plan.task
        self.open: dict[str, None] = {}
        for event in past:
            self._take(event)
        self._write()

    def update(self, event: Event) -> None:
        """Write the table where the event changes it."""
        if self._take(event):
            self._write()

    def _take(self, event: Event) -> bool:
        match event:
            case Asked(segments=segments):
                self.open.update(dict.fromkeys(segments))
            case Labelled(labels=labels):
                for label in labels:
                    self.open.pop(label.segment, None)
            case _:
                return False
        return True

    def _write(self) -> None:
        import csv

        with replacing(self.path) as draft, draft.open("w", encoding="utf-8", errors="surrogatepass", newline="") as to:
            table = csv.writer(to, lineterminator="\r\n")  # a lone return in a name is quoted then
            table.writerow(["file", *(for_spreadsheet(target.name) for target in self.task)])
            table.writerows([for_spreadsheet(for_terminal(segment)), *("" for _ in self.task)] for segment in self.open)


def _say(event: Event, look: Look, tell: Tell) -> None:
    if isinstance(event, Asked):
        asked = dict(zip(event.places, event.segments, strict=True))
        others = iter(event.let_go)
        why = f"  ({event.remark or event.step})" if event.remark or event.step != "query" else ""
        for place in range(len(event.segments) + len(event.let_go)):
            name = asked.get(place) or next(others)
            believed = look.believed.get(name, "")
            tell(f"{'ask ' if place in asked else 'pass'}  {name}{'  ' if believed else ''}{believed}{why}")
        look.believed = {}
    if isinstance(event, Labelled):
        tell(f"learned from {len({label.segment for label in event.labels})} answers")


def _each_once(tell: Tell) -> Tell:
    """Return what passes each sentence on only the first time: a wrong row is read again in every round."""
    seen: set[str] = set()

    def tell_new(sentence: str) -> None:
        if sentence not in seen:
            seen.add(sentence)
            tell(sentence)

    return tell_new


def _beliefs(view: View) -> list[str]:
    """Say what the learner believes of each candidate."""
    each: list[list[str]] = []
    for target in view.task:
        if target.is_scale:
            each.append([f"{target.name} {value:.2f}" for value in view.scale(target).pooled().guess])
        else:
            mean = view.classes(target).pooled().mean
            each.append([f"{target.classes[row.argmax()]} {row.max():.2f}" for row in mean])
    return [", ".join(texts) for texts in zip(*each, strict=True)]


def _hash(plan: Watch, extractor: Any) -> str:
    return hashlib.sha256(f"{extractor.key} {plan.task}".encode()).hexdigest()[:16]
