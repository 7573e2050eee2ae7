"""Corpora whose emotion is a curve in time, as recipes take them: what users set, and recordings in three parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from seral_core.corpora.base import read_corpus
from seral_core.corpora.corpus import Corpus
from seral_core.corpora.folds import speaker_alarms
from seral_core.corpora.reading import settled
from seral_core.errors import BadPlan
from seral_core.features.base import placed_features
from seral_core.features.extract import features_for
from seral_core.recipes.settings import Settings, option
from seral_core.sequences.aligned import Sequences, aligned
from seral_core.sequences.parts import parts
from seral_core.types import Floats, Task
from seral_core.units import from_lengths

#: The built-in corpus, and one of shorter recordings for a first look.
BUILT_IN, SMALL = "synthetic-continuous", "synthetic-continuous:longest=180"
#: However many frames shall become one, so many per second remain.
LEAST_HZ = 1.0
Report = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class TraceSettings(Settings):
    """What users set of every recipe on recordings with traces, whose features are the recipe's own.

    Parameters
    ----------
    corpus, reader, ranges, targets
        As in `seral_core.runs.plan.Plan`; targets have a rate.
    shift : float
        Seconds by which raters are late: gold is moved back by it.
    repetitions : int
        Seeds of every network; 0 for three.

    Examples
    --------
    >>> TraceSettings(quick=True).where, TraceSettings(corpus="out/recola").where
    ('synthetic-continuous:longest=180', 'out/recola')
    """

    corpus: str = option(BUILT_IN, "Built-in corpus, folder or table with traces.", kind="corpus")
    reader: str = option("", "How to read it (see 'seral corpora').", kind="reader", shown="recognised")
    ranges: tuple[str, ...] = option(
        (), "Range of a scale: arousal=1:9.", kind="ranges", flag="range", shown="the reader's"
    )
    targets: tuple[str, ...] = option((), "Scales in time.", kind="targets", shown="all that have a rate")
    shift: float = option(0.0, "Seconds by which raters are late; gold is moved back by it.", least=0.0, rare=True)
    repetitions: int = option(0, "Seeds of every network.", least=1, shown="3")

    @property
    def where(self) -> str:
        """The corpus, or a smaller built-in one for a first look."""
        return SMALL if self.quick and self.corpus == BUILT_IN else self.corpus

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of every network."""
        return tuple(range(self.choose("repetitions", 3)))


@dataclass(frozen=True, kw_only=True)
class TimeSettings(TraceSettings):
    """What users set of every recipe on frames and traces.

    Parameters
    ----------
    features : str
        As in `seral_core.runs.plan.Plan`.

    Examples
    --------
    >>> TimeSettings(quick=True).in_time().features
    'log-mel-frames'
    """

    features: str = option("log-mel-frames", "Extractor of frames, or path to ready ones.", kind="features")

    def in_time(self, thin: int = 1) -> InTime:
        """Return the recordings that the settings name, with so many frames made into one."""
        return InTime(
            self.where, self.reader, self.ranges, placed_features(self.features), self.targets, self.shift, thin
        )


@dataclass(frozen=True)
class InTime:
    """Where recordings with traces come from; opened once a process.

    Parameters
    ----------
    corpus, reader, ranges, features, targets, shift
        As in `TimeSettings`.
    thin : int
        So many frames become one, their mean; fewer where less than `LEAST_HZ` per second would remain.
    standardised : bool
        Whether features are standardised by the training part; samples of sound stay as they are.
    """

    corpus: str
    reader: str = ""
    ranges: tuple[str, ...] = ()
    features: str = "log-mel-frames"
    targets: tuple[str, ...] = ()
    shift: float = 0.0
    thin: int = 1
    standardised: bool = True

    def open(self, progress: Report | None = None) -> Parts:
        """Return the recordings, with features extracted.

        Raises
        ------
        BadPlan
            When the corpus has no such targets in time, or too few recordings.
        """
        if progress is not None:  # which the opening below finds in the cache
            features_for(self._corpus(), self.features, progress=progress)
        return _opened(self)

    def _corpus(self) -> Corpus:
        corpus = read_corpus(self.corpus, settled(self.corpus, self.reader, self.ranges))
        return replace(corpus, trace_gold=replace(corpus.trace_gold, shift_s=self.shift)) if self.shift else corpus

    def _task(self, corpus: Corpus) -> Task:
        rated = [target for target in corpus.task if target.is_scale and target.rate_hz]
        wanted = [corpus.target(name) for name in self.targets] or rated
        if not wanted:
            raise BadPlan(
                f"{corpus.name} has no scale that is rated in time; expected traces of arousal or the like; choose "
                f"another corpus, such as {BUILT_IN}"
            )
        return tuple(wanted)


@dataclass(frozen=True, eq=False)
class Parts:
    """Recordings of a training, a development and a test part, with features standardised by the first if wanted.

    Parameters
    ----------
    corpus : Corpus
        All recordings.
    sequences : Sequences
        Features and gold of all, in no special order.
    train, dev, test : tuple of str
        Ids of each part's recordings.
    thin : int
        So many frames became one.
    """

    corpus: Corpus
    sequences: Sequences
    train: tuple[str, ...]
    dev: tuple[str, ...]
    test: tuple[str, ...]
    thin: int = 1

    @property
    def alarms(self) -> tuple[str, ...]:
        """What makes scores on the test part look better than they are, one sentence each."""
        return speaker_alarms(self.corpus, (*self.train, *self.dev), self.test)

    @property
    def task(self) -> Task:
        """The scales."""
        return self.sequences.task

    @property
    def rate_hz(self) -> float:
        """Frames per second."""
        return self.sequences.table.rate_hz

    def features(self, ids: Sequence[str]) -> list[np.ndarray]:
        """Return the frames of some recordings, each of shape (frames, features)."""
        return [self.sequences.of(segment)[0] for segment in ids]

    def gold(self, ids: Sequence[str], target: str) -> list[Floats]:
        """Return the gold of some recordings, each of shape (frames,)."""
        return [self.sequences.of(segment)[1][target] for segment in ids]


@lru_cache(maxsize=4)
def _opened(where: InTime) -> Parts:
    corpus = where._corpus()
    whole = aligned(corpus, features_for(corpus, where.features), where._task(corpus))
    thin = max(1, min(where.thin, int(whole.table.rate_hz / LEAST_HZ)))
    found = thinned(whole, thin)
    there = {name: tuple(i for i in ids if i in found.table) for name, ids in parts(corpus).items()}
    lacks = [name for name, ids in there.items() if not ids]
    if lacks:
        raise BadPlan(
            f"{corpus.name} has no recording with features and gold in its {' and '.join(lacks)} part; expected one or "
            "more in train, dev and test; add recordings, or correct the column split"
        )
    if where.standardised:
        mean, std = _standards(found, there["train"])
        table = replace(found.table, values=((found.table.values - mean) / std).astype(np.float32))
        found = replace(found, table=table)
    return Parts(corpus, found, there["train"], there["dev"], there["test"], thin)


def _standards(found: Sequences, train: Sequence[str]) -> tuple[Floats, Floats]:
    """Return mean and deviation of each feature over the training part."""
    values = found.only(train).table.values
    std = values.std(axis=0)
    return values.mean(axis=0), np.where(std > 0, std, 1.0)


def thinned(sequences: Sequences, by: int) -> Sequences:
    """Return recordings with every ``by`` frames made into one: the means of features and gold; a rest is left out.

    Examples
    --------
    >>> from seral_core.features.table import FeatureTable
    >>> from seral_core.types import Target
    >>> table = FeatureTable(np.arange(5.0)[:, None], ("a",), bounds=np.array([0, 5]), rate_hz=4.0)
    >>> found = thinned(Sequences(table, {"arousal": np.array([0, 1, np.nan, 1, 9])}, (Target("arousal"),)), 2)
    >>> found.table.values.ravel().tolist(), found.gold["arousal"].tolist(), found.table.rate_hz
    ([0.5, 2.5], [0.5, 1.0], 2.0)
    """
    if by == 1:
        return sequences
    table, rows = sequences.table, []
    for start, stop in zip(table.bounds[:-1].tolist(), table.bounds[1:].tolist(), strict=True):
        rows.append(np.arange(start, start + (stop - start) // by * by).reshape(-1, by))
    units = np.concatenate(rows)
    gold = {name: _means(values[units]) for name, values in sequences.gold.items()}
    bounds = from_lengths([len(each) for each in rows])
    thin = replace(table, values=table.values[units].mean(axis=1), bounds=bounds, rate_hz=table.rate_hz / by)
    return replace(sequences, table=thin, gold=gold)


def _means(values: Floats) -> Floats:
    have = ~np.isnan(values)
    total = np.where(have, values, 0.0).sum(axis=1)
    return np.asarray(np.divide(total, have.sum(axis=1), out=np.full(len(total), np.nan), where=have.any(axis=1)))
